"""A file of promotions and moves on its way to the report, in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import JobChange, Member
from mentoring.jobs.models import Job
from mentoring.jobs.progress import NoProgress
from mentoring.jobs.services import run_job
from reports import snapshots
from reports.choices import Choice, last_full_month
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_organisation

from .conftest import enrol, make_people, make_program

DAY = timedelta(days=1)
SCREENS = [
    {"width": 1280, "color_scheme": "light"},
    {"width": 360, "color_scheme": "dark"},
]


def work(organisation):
    """Do the jobs that wait, as a worker would."""
    with inside(organisation):
        for job in list(Job.objects.unfinished()):
            run_job(job.pk)


@pytest.mark.parametrize("screen", SCREENS, ids=["wide", "narrow"])
def test_from_the_file_to_the_report(transactional_db, visitor, screen):
    today = timezone.localdate()
    northwind = make_organisation("northwind")
    olga = make_member(northwind, "Olga", is_owner=True)
    hired_on, joined_on = today - 1200 * DAY, today - 800 * DAY
    participants = make_people(northwind, 60, hired_on=hired_on, department="Sales", level=3)
    others = make_people(northwind, 120, hired_on=hired_on, department="Sales", level=3)
    program = make_program(northwind)
    enrol(program, participants, "mentee", joined_at=timezone.now() - 800 * DAY)
    with inside(northwind):
        for number, member in enumerate((*participants, *others)):
            member.employee_number = str(10_000 + number)
            member.absence_days, member.absence_until = number % 5, today
        Member.objects.bulk_update([*participants, *others], ["employee_number", "absence_days", "absence_until"])
    rows = [f"{10_000 + number},{joined_on + 40 * DAY},Promotion,Legal" for number in (*range(24), *range(60, 84))]
    rows += [f"{10_000 + number},{today - 200 * DAY},Lateral move,Sales" for number in (*range(12), *range(90, 120))]
    rows += [f"99999,{today - 200 * DAY},Promotion,", f"10001,{today + 5 * DAY},Promotion,", "10002,soon,Sabbatical,"]
    content = "\n".join(["Employee #,Effective Date,Change,Department after", *rows]).encode()

    page = visitor(**screen)
    sign_in(page, olga.user)
    page.goto("/o/northwind/people/import/")
    screenshot(page, f"changes-upload-{screen['width']}")
    page.get_by_label("HR export").set_input_files(
        files=[{"name": "job_changes.csv", "mimeType": "text/csv", "buffer": content}]
    )
    page.get_by_role("button", name="Upload and check the columns").click()
    expect(page.get_by_label("Each row is")).to_have_value("job_changes")
    expect(page.get_by_label("“Change” holds")).to_have_value("change")
    assert_accessible(page)
    screenshot(page, f"changes-columns-{screen['width']}")
    page.get_by_role("button", name="Show what would happen").click()
    work(northwind)
    expect(page.get_by_role("button", name="Add 90 changes")).to_be_visible(timeout=30_000)
    assert_accessible(page)
    screenshot(page, f"changes-preview-{screen['width']}")
    page.get_by_role("button", name="Add 90 changes").click()
    work(northwind)
    expect(page.get_by_role("heading", name="90 promotions and moves added.")).to_be_visible(timeout=30_000)
    assert_accessible(page)
    screenshot(page, f"changes-result-{screen['width']}")
    with inside(northwind):
        assert JobChange.objects.count() == 90
        choice = Choice(last_full_month(today))
        snapshots.make_snapshot(northwind, choice, NoProgress())

    page.goto(f"/o/northwind/reports/retention/?{choice.query}")
    table = page.get_by_role("table").filter(has_text="Others like them").filter(has_text="Promotion rate")
    expect(table.get_by_role("row")).to_have_count(4)
    # 24 of 60 beside 24 of 120.
    expect(table.get_by_role("row", name="Promotion rate")).to_contain_text("200%")
    # Of both, a fifth each had none, one, two, three and four days.
    expect(table.get_by_role("row", name="Absence days")).to_contain_text("100%")
    assert_accessible(page)
    screenshot(page, f"careers-report-{screen['width']}")
    page.goto("/o/northwind/reports/data-quality/")
    expect(page.get_by_role("row", name="Promotions and moves without their day")).to_contain_text("none")
    screenshot(page, f"careers-quality-{screen['width']}")
