"""Home for each role, the reports and the pulse in a real browser: accessible, and nothing wider than the screen."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from accounts.models import Spell
from feedback.models import Pulse
from mentoring.jobs.progress import NoProgress
from programs.models import Participant
from reports import snapshots
from reports.choices import Choice, last_full_month
from sessions.models import Attendance, Session, WeeklyHours
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation

from .conftest import enrol, make_people, make_program

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SCREENS = [
    {"width": 1280, "color_scheme": "light"},
    {"width": 360, "color_scheme": "dark"},
]


@pytest.fixture
def scene(transactional_db):
    """A programme in full swing, with somebody for each role in it."""
    now = timezone.now()
    today = timezone.localdate()
    northwind = make_organisation("northwind", name="Northwind Traders")
    cast = {
        "owner": make_member(northwind, "Olga", is_owner=True),
        "admin": make_member(northwind, "Adam", is_admin=True),
        "hr": make_member(northwind, "Hanna", is_hr=True),
        "mentor": make_member(northwind, "Ines", family_name="Adler-Wolkenstein", time_zone="Europe/London"),
        "mentee": make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/Berlin"),
        "newcomer": make_member(northwind, "Nina", family_name="Novak"),
    }
    program = make_program(
        northwind, "Growing together", "open", objective="Prepare people for their next role",
        ends_on=today + 60 * DAY,
    )  # fmt: skip
    make_program(northwind, "First hundred days with a guide", "open", objective="Help new hires feel at home sooner")
    make_program(northwind, "Leaders learn from juniors", "draft")
    mentorships = [make_mentorship(cast["mentor"], cast["mentee"], program=program)]
    for number, name in enumerate(("Ada", "Björn", "Chioma")):
        other = make_member(northwind, name, family_name="Lindqvist", login=False, time_zone="Asia/Kolkata")
        if number < 2:
            mentorships.append(make_mentorship(cast["mentor"], other, program=program))
        else:
            offered = make_mentorship(cast["mentor"], other, program=program, status="offered", started_at=None)
            with inside(northwind):
                Participant.objects.filter(mentorship=offered).update(response="pending")
    with inside(northwind):
        WeeklyHours.objects.create(member=cast["mentor"], weekday=1, start_minute=540, end_minute=720)
        for number, mentorship in enumerate(mentorships):
            people = [each.enrolment.member for each in mentorship.participants.select_related("enrolment__member")]
            for starts_at, status in (
                (now + (2 + number) * DAY, "planned"),
                (now - (1 + number) * DAY, "held"),
                (now - (15 + number) * DAY, "held"),
                (now - (5 + number) * HOUR * 2, "planned"),
            ):
                session = Session.objects.create(
                    mentorship=mentorship, status=status, starts_at=starts_at, ends_at=starts_at + HOUR,
                    zone_name="Europe/London", topic="Preparing for the next role",
                )  # fmt: skip
                for person in people:
                    Attendance.objects.create(
                        session=session, member=person, during=DateTimeTZRange(starts_at, starts_at + HOUR)
                    )
                if status == "held" and starts_at < now - 14 * DAY:
                    for person in people:
                        Pulse.objects.create(session=session, member=person, useful=4, understood=5)
        cast["session"] = Session.objects.held().latest("starts_at")
        Pulse.objects.update(counted_at=now)
    # Employees of many lengths of service, of whom participants leave more rarely.
    for number, (name, size) in enumerate(
        (("Sales", 40), ("Research & development", 60), ("Legal", 9), ("Finance", 25))
    ):
        people = make_people(northwind, size, department=name, level=number + 3, site="Leeds" if number % 2 else "Bonn")
        with inside(northwind):
            for offset, member in enumerate(people):
                hired_on = today - (1400 - 17 * (offset % 40)) * DAY
                leaves = offset % 5 == 0 if offset % 3 == 0 else offset % 2 == 0
                left_on = hired_on + (300 + 11 * (offset % 37)) * DAY if leaves else None
                Spell.objects.filter(member=member).update(started_on=hired_on, ended_on=left_on)
        if name != "Legal":
            enrol(program, people[::3], "mentee", joined_at=now - 1150 * DAY)
    enrol(program, make_people(northwind, 4), "mentee", joined_at=None, status="applied")
    with inside(northwind):
        snapshots.make_snapshot(northwind, Choice(last_full_month(today)), NoProgress())
    cast["program"], cast["northwind"] = program, northwind
    return cast


ROLES = ("owner", "admin", "hr", "mentor", "mentee", "newcomer")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: f"{screen['width']}-{screen['color_scheme']}")
def test_every_page_for_everybody(visitor, scene, screen):
    reports = {
        "overview": "reports/", "participation": "reports/participation/", "retention": "reports/retention/",
        "health": f"reports/programmes/{scene['program'].pk}/", "downloads": "reports/downloads/",
        "data-quality": "reports/data-quality/", "access": "reports/access/",
    }  # fmt: skip
    pages = [(role, f"home-{role}", "") for role in ROLES]
    pages += [("hr", name, path) for name, path in reports.items()]
    pages += [("admin", "health-admin", reports["health"])]
    pages += [("mentee", "pulse", f"sessions/{scene['session'].pk}/pulse/")]
    for role, name, path in pages:
        member = scene["mentor"] if name == "pulse" else scene[role]
        page = visitor(**screen)
        sign_in(page, member.user)
        answer = page.goto(f"/o/northwind/{path}")
        assert answer.status == 200
        assert_accessible(page)
        screenshot(page, f"{name}-{screen['width']}-{screen['color_scheme']}")


def test_the_pulse_from_the_keyboard(visitor, scene):
    page = visitor()
    sign_in(page, scene["mentor"].user)
    page.goto(f"/o/northwind/sessions/{scene['session'].pk}/pulse/")
    page.get_by_role("radio", name="1 – not at all").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/o/northwind/")
    assert "Thank you. Your answers are in." in page.inner_text("main")
    with inside(scene["northwind"]):
        pulse = Pulse.objects.get(session=scene["session"], member=scene["mentor"])
        assert (pulse.useful, pulse.understood) == (4, 5)


def test_nothing_chosen_is_complained_about_on_top(visitor, scene):
    page = visitor(width=360)
    sign_in(page, scene["mentor"].user)
    page.goto(f"/o/northwind/sessions/{scene['session'].pk}/pulse/")
    page.get_by_role("button", name="Send my answers").click()
    summary = page.locator(".error-summary")
    summary.get_by_role("link", name="How useful was this session for you?").click()
    assert page.evaluate("document.activeElement.name") == "useful"
    assert_accessible(page)


def test_a_curve_prints_with_its_table(visitor, scene):
    page = visitor()
    sign_in(page, scene["hr"].user)
    page.goto("/o/northwind/reports/retention/")
    page.emulate_media(media="print")
    assert page.locator("svg.chart-wide").is_visible()
    assert page.get_by_text("Simple count: who ever took part, and who never did").is_visible()
    assert not page.locator("#side").is_visible()
    screenshot(page, "retention-print")
