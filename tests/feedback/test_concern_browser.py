"""A concern from the first word to the close, and an admin who helps a mentorship at risk, as people do it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from feedback.models import Concern, Help
from programs.models import Mentorship, Program
from reports.exports_programs import document_of
from reports.exports_tables import as_pdf
from reports.health import health_of
from reports.program_figures import figures_for
from sessions.models import Session
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation

DAY = timedelta(days=1)


@pytest.fixture
def northwind(transactional_db):
    return make_organisation()


@pytest.fixture
def people(northwind):
    return {name: make_member(northwind, name) for name in ("Ines", "Tom", "Cora", "Mira", "Jon", "Lea", "Abe")}


@pytest.fixture
def program(northwind, people):
    """Three pairs: one has gone quiet, one keeps its rhythm, one rests."""
    now = timezone.now()
    quiet = make_mentorship(people["Ines"], people["Tom"], started_at=now - 70 * DAY)
    with inside(northwind):
        Program.objects.update(safeguarding_contact=people["Cora"])
        program = Program.objects.get(pk=quiet.program_id)
    well = make_mentorship(people["Mira"], people["Jon"], program=program, started_at=now - 70 * DAY)
    make_mentorship(people["Mira"], people["Lea"], program=program, started_at=now - 70 * DAY, paused_at=now)
    with inside(northwind):
        Session.objects.bulk_create(
            Session(
                mentorship=well, status="held", starts_at=now - ago * DAY, ends_at=now - ago * DAY + timedelta(hours=1),
                zone_name="Europe/London",
            )
            for ago in (3, 17, 31, 45)
        )  # fmt: skip
        Program.objects.create(name="Second wave", status="running", launched_at=now - DAY)
    return program


def test_a_concern_from_the_first_word_to_the_close(visitor, northwind, people, program):
    tom, cora = visitor(width=360, color_scheme="dark"), visitor(reduced_motion="reduce")
    sign_in(tom, people["Tom"].user)
    with inside(northwind):
        mentorship = Mentorship.objects.earliest("pk")
    tom.goto(f"/o/northwind/mentorships/{mentorship.pk}/")
    tom.get_by_role("link", name="Raise a concern").click()
    assert_accessible(tom)
    tom.get_by_label("What worries you?").fill("He shouts at me")
    screenshot(tom, "concern-raise-360-dark")
    tom.get_by_role("button", name="Tell it in confidence").click()
    expect(tom.get_by_text("Cora Osei has been told, and nobody else.")).to_be_visible()
    sign_in(cora, people["Cora"].user)
    cora.goto("/o/northwind/")
    cora.get_by_role("link", name="Open it").click()
    cora.get_by_role("button", name="I have read it, and look into it").click()
    cora.get_by_label("Write to each other").fill("Come and see me at noon")
    cora.get_by_role("button", name="Send in confidence").click()
    expect(cora.get_by_text("Come and see me at noon")).to_be_visible()
    assert_accessible(cora)
    screenshot(cora, "concern-contact-1280")
    tom.reload()
    expect(tom.get_by_text("Come and see me at noon")).to_be_visible()
    assert_accessible(tom)
    screenshot(tom, "concern-raiser-360-dark")
    cora.get_by_text("Hand it over, or close it").click()
    cora.get_by_label("A last word").fill("Settled with both")
    cora.get_by_role("button", name="Close it").click()
    cora.get_by_role("dialog").get_by_role("button", name="Close it").click()
    expect(cora.get_by_text("It is closed.").first).to_be_visible()
    with inside(northwind):
        assert Concern.objects.get().status == "closed"
    cora.goto("/o/northwind/concerns/")
    assert_accessible(cora)
    screenshot(cora, "concern-list-1280")


def test_help_for_those_at_risk_and_the_report(visitor, northwind, people, program, tmp_path):
    with inside(northwind):
        abe = people["Abe"]
        abe.is_admin = True
        abe.save(update_fields=["is_admin"])
    wide, narrow = visitor(), visitor(width=360, color_scheme="dark")
    for page in (wide, narrow):
        sign_in(page, abe.user)
    wide.goto(f"/o/northwind/programmes/{program.pk}/relationships/")
    expect(wide.get_by_text("They have not met since it began")).to_be_visible()
    assert_accessible(wide)
    screenshot(wide, "relationships-1280")
    narrow.goto(f"/o/northwind/programmes/{program.pk}/relationships/")
    assert_accessible(narrow)
    screenshot(narrow, "relationships-360-dark")
    wide.get_by_role("button", name="Remind both").click()
    expect(wide.get_by_text("Everybody in it has been written to.")).to_be_visible()
    expect(wide.get_by_role("heading", name="What was done")).to_be_visible()
    assert_accessible(wide)
    screenshot(wide, "help-1280")
    with inside(northwind):
        assert Help.objects.get().kind == "nudge"
    for page, name in ((wide, "1280"), (narrow, "360-dark")):
        page.goto(f"/o/northwind/reports/programmes/{program.pk}/")
        page.get_by_text("Mentorships that keep the rhythm").click()
        assert_accessible(page)
        screenshot(page, f"programme-health-{name}")
        page.goto("/o/northwind/reports/programmes/compare/")
        assert_accessible(page)
        screenshot(page, f"compare-{name}")
    with inside(northwind):
        read = figures_for(program, exact=True)
        document = document_of(northwind, [read], healths=[health_of(northwind, read)])
    picture = as_pdf(document, picture=True)
    assert picture.startswith(b"\x89PNG")
    (tmp_path / "health.pdf").write_bytes(as_pdf(document))


def test_who_reads_it_stands_there_before_it_is_sent(visitor, northwind, people, program):
    with inside(northwind):
        Program.objects.update(safeguarding_contact=None)
        mentorship = Mentorship.objects.earliest("pk")
    olga = make_member(northwind, "Olga", is_owner=True)
    make_member(northwind, "Hanna", is_hr=True)
    tom, wide = visitor(width=360, color_scheme="dark"), visitor(reduced_motion="reduce")
    for page in (tom, wide):
        sign_in(page, people["Tom"].user)
        page.goto(f"/o/northwind/mentorships/{mentorship.pk}/")
        page.get_by_role("link", name="Raise a concern").click()
        assert_accessible(page)
        expect(page.get_by_label("Olga Osei – an owner of the organisation")).to_be_checked()
    screenshot(tom, "concern-no-contact-360-dark")
    screenshot(wide, "concern-no-contact-1280")
    tom.get_by_label("What worries you?").fill("She shouts at me")
    tom.get_by_role("button", name="Tell it in confidence").click()
    expect(tom.get_by_text("Olga Osei has been told, and nobody else.")).to_be_visible()
    owner = visitor()
    sign_in(owner, olga.user)
    owner.goto("/o/northwind/")
    expect(owner.get_by_role("heading", name="Somebody has told you something in confidence")).to_be_visible()
    expect(owner.get_by_role("link", name="Name a safeguarding contact")).to_be_visible()
    assert_accessible(owner)
    screenshot(owner, "home-no-contact-1280")
