"""Each format from its template to its close in a real browser, by what its people find on their pages.

The cast and what must come of it are those of test_every_format. Here the admin and two of the people click through
every step, each time from their home page: nobody is told an address. What the others do is done by the client.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from playwright.sync_api import Page, expect

from mentoring.jobs.models import Job
from mentoring.jobs.services import run_job
from mentoring.tenancy.scope import organisation_scope
from programs.formats import FORMATS
from programs.models import Certificate, Enrolment, Mentorship, Program
from sessions.models import Attendance, Session
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_organisation
from tests.programs.every_format import (
    CASES,
    NOON,
    book_first,
    everybody_books,
    everybody_logs,
    everybody_says_yes,
    join,
    left_over,
    together,
)

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Walk:
    """What two of a format's people and its admin see that those of no other format do."""

    # Who clicks through it all: somebody who is mentored, or one of a pool; and somebody they are with.
    guest: str
    host: str
    # What stands on the admin's page of who is with whom.
    seen: list[str]
    # What the guest and the host read when they are asked whether they would like to.
    asked: tuple[str, str] = ("", "")
    # How the guest's home page says with whom they are, once it has begun.
    at_home: str = ""
    # What the mentorship is called on each one's home page, where it isn't the other's name.
    group: str = ""

    def called(self, name):
        return self.group or f"{self.host if name == self.guest else self.guest} Osei"


WALKS = {
    "traditional": Walk(
        guest="Theo",
        host="Maya",
        seen=["2 of 3 mentees are proposed a mentor", "Theo Osei", "Maya Osei"],
        asked=("Would you like Maya Osei as your mentor?", "Would you like to mentor Theo Osei?"),
        at_home="Your mentor",
    ),
    "reverse": Walk(
        guest="Rex",
        host="Jo",
        seen=["2 of 2 mentees are proposed a mentor", "Rex Osei", "Jo Osei"],
        asked=("Would you like Jo Osei as your junior mentor?", "Would you like to be the junior mentor of Rex Osei?"),
        at_home="Your junior mentor",
    ),
    "peer": Walk(
        guest="Ann",
        host="Ben",
        seen=["Ann Osei, Ben Osei", "Cem Osei, Dot Osei, Eva Osei"],
        asked=("Would you like to be together with Ben Osei?", "Would you like to be together with Ann Osei?"),
        at_home="Your peer",
    ),
    "circle": Walk(
        guest="P01",
        host="Maya",
        seen=["Circle of Maya Osei", "Circle of Sam Osei", "1 seat free", "P10 Osei"],
        asked=("Would you like to join Circle of Maya Osei?", "Would you like to lead Circle of Maya Osei?"),
        at_home="Circle member",
        group="Circle of Maya Osei",
    ),
    "onboarding": Walk(
        guest="Nia",
        host="Gus",
        seen=["2 of 2 mentees are proposed a mentor", "Nia Osei", "Gus Osei"],
        asked=("Would you like Gus Osei as your guide?", "Would you like to be the guide of N"),
        at_home="Your guide",
    ),
    "skills": Walk(
        guest="Cy",
        host="Bo",
        seen=["2 of 2 mentees are proposed a mentor", "Cy Osei", "Bo Osei", "Offers the skill wanted: Carpentry"],
        asked=("Would you like Bo Osei as your skill mentor?", "Would you like to be the skill mentor of Cy Osei?"),
        at_home="Your skill mentor",
    ),
    "cross": Walk(
        guest="Fin",
        host="Sal",
        seen=["2 of 2 mentees are proposed a mentor", "Fin Osei", "Sal Osei"],
        asked=("Would you like Sal Osei as your mentor?", "Would you like to mentor Fin Osei?"),
        at_home="Your mentor",
    ),
    "speed": Walk(
        guest="Pam", host="Max", seen=["Amber", "Birch", "09:15–09:25", "Event sheet"], at_home="Your mentor"
    ),
    "cascade": Walk(
        guest="Low",
        host="Mid",
        seen=["Who mentors whom", "Top Osei", "Mid Osei", "Low Osei"],
        # He is asked twice, as a mentor and as a mentee.
        asked=("Would you like Mid Osei as your mentor?", "Would you like"),
        at_home="Your mentor",
    ),
    "board": Walk(
        guest="P01",
        host="Eli",
        seen=["How Board 1 is composed", "Finance", "P05 Osei"],
        asked=("Would you like to join Board 1?", "Would you like to lead Board 1?"),
        at_home="Board member",
        group="Board 1",
    ),
    "network": Walk(
        guest="Quin",
        host="Maya",
        seen=["The network", "Quin Osei asks Maya Osei", "Chess: nobody offers it."],
        asked=("Would you like Maya Osei as your topic mentor?", "Would you like to be the topic mentor of"),
        at_home="Your topic mentor",
    ),
}


def test_every_format_is_walked():
    assert sorted(WALKS) == sorted(FORMATS)


@pytest.fixture(autouse=True)
def patience():
    """Each walk is long, and many run at once."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=True) as traveller:
        yield traveller


def away(act, *args):
    """Beside Playwright's loop, as another process would."""

    def run():
        try:
            act(*args)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


class Stage:
    """An organisation with an admin, a programme and its people, each with a browser once they need one."""

    def __init__(self, key, visitor):
        self.key, self.case, self.walk, self.kind = key, CASES[key], WALKS[key], FORMATS[key]
        self.visitor = visitor
        self.org = make_organisation()
        self.alice = make_member(self.org, "Alice", is_admin=True)
        self.people = {
            name: make_member(self.org, name, **member) for name, (_role, member, _said) in self.case.people.items()
        }
        self.pages: dict[str, Page] = {}

    def page(self, name) -> Page:
        """Their browser, wherever it is."""
        if name not in self.pages:
            self.pages[name] = self.visitor(reduced_motion="reduce")
            self.pages[name].set_default_timeout(40_000)
            sign_in(self.pages[name], (self.alice if name == "Alice" else self.people[name]).user)
        return self.pages[name]

    def home(self, name) -> Page:
        page = self.page(name)
        page.goto("/o/northwind/")
        return page

    def look(self, page, name):
        page.evaluate("window.scrollTo(0, 0)")
        assert_accessible(page)
        screenshot(page, f"{self.key}-{name}")

    def shoot(self, page, name):
        screenshot(page, f"{self.key}-{name}")

    def later(self, clock, at):
        """The clock is moved; whoever was signed in signs in anew, as one does after weeks."""
        clock.move_to(at)
        for name, page in self.pages.items():
            sign_in(page, (self.alice if name == "Alice" else self.people[name]).user)

    def mentorship(self):
        """The one in which the two are together."""
        with inside(self.org):
            both = Mentorship.objects.involving(self.people[self.walk.guest]).involving(self.people[self.walk.host])
            return both.first().pk


def step(page, label):
    """What the one card at the top says to do next, or else what waits below it."""
    to_do = page.locator(".next-step, section[aria-labelledby=waiting]")
    to_do.get_by_role("link", name=label).first.click()


@pytest.mark.parametrize("key", CASES)
def test_from_template_to_close(key, visitor, transactional_db, clock):
    stage = Stage(key, visitor)
    launch(stage)
    sign_ups(stage)
    approval(stage)
    matching(stage)
    answers(stage)
    goals(stage)
    booking(stage)
    logs(stage, clock)
    course(stage, clock)
    look_back(stage, clock)
    closing(stage)


def launch(stage):
    page = stage.home("Alice")
    step(page, "Start a programme")
    page.get_by_role("button", name=f"Use {stage.kind.name}", exact=True).click()
    page.get_by_label(str(stage.kind.objectives[0]), exact=True).check()
    page.get_by_label("Name of the programme").fill(f"{stage.kind.name} 2027")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("radio", name=re.compile(f"^{re.escape(str(stage.kind.name))} "))).to_be_checked()
    page.get_by_role("button", name="Save and continue").click()
    days = {} if stage.kind.rolling or stage.key == "speed" else {"starts_on": "2026-11-23", "ends_on": "2026-12-11"}
    for name, value in (stage.case.who | days).items():
        page.locator(f"[name={name}]").fill(value)
    stage.look(page, "1-who")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Save and continue").click()
    stage.shoot(page, "2-check")
    page.get_by_role("button", name="Launch the programme").click()
    expect(page.get_by_text(f"“{stage.kind.name} 2027” is open for sign-up.")).to_be_visible()
    stage.shoot(page, "3-launched")
    with inside(stage.org):
        stage.program = Program.objects.get()
    assert (stage.program.format, stage.program.status) == (stage.key, "open")


def sign_ups(stage):
    by_hand = [stage.walk.guest, stage.walk.host]
    for name in by_hand:
        page = stage.home(name)
        step(page, "Sign up")
        role, _member, said = stage.case.people[name]
        part = stage.program.parts[role]
        if len(stage.program.parts) > 1:
            stage.shoot(page, f"4-join-{role}")
            page.get_by_role("link", name=str(part.sign_up), exact=True).click()
        page.locator("[name=skills][hidden]").wait_for(state="attached")
        page.get_by_label(str(part.skills)).fill(said["skills"])
        page.get_by_label(str(part.goal)).fill("Get better at it")
        if part.capacity and said.get("capacity"):
            page.get_by_label(str(part.capacity)).fill(said["capacity"])
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
            page.get_by_label(f"{day}, 8 to 10 o’clock").check()
        stage.look(page, f"4-sign-up-{role}")
        page.get_by_role("button", name="Sign up", exact=True).click()
        expect(page.get_by_text("Thank you, you have signed up.")).to_be_visible()
        stage.shoot(page, f"4-signed-up-{role}")
    for name, (role, _member, said) in stage.case.people.items():
        if name not in by_hand:
            join(stage.program, stage.people[name], role, said)


def approval(stage):
    if not stage.program.needs_approval:
        return
    page = stage.home("Alice")
    step(page, "Look at the sign-ups")
    page.get_by_role("button", name=f"Approve all {len(stage.people)}").click()
    with inside(stage.org):
        assert Enrolment.objects.filter(status="active").count() == len(stage.people)


def matching(stage):
    guest = stage.home(stage.walk.guest)
    stage.shoot(guest, "5-waiting-at-home")
    page = stage.home("Alice")
    stage.shoot(page, "5-admin-home")
    step(page, re.compile("matching|timetable"))
    stage.shoot(page, "5-before")
    page.get_by_role("button", name=re.compile("Match now|Find the best")).first.click()
    away(work, stage.org)
    for text in stage.walk.seen:
        expect(page.get_by_text(text).filter(visible=True).first).to_be_visible()
    page.reload()
    stage.look(page, "6-suggested")
    assert left_over(stage.program).keys() == stage.case.left.keys()
    dark = stage.visitor(width=360, color_scheme="dark", reduced_motion="reduce")
    dark.set_default_timeout(40_000)
    sign_in(dark, stage.alice.user)
    dark.goto(page.url)
    stage.look(dark, "6-suggested-360-dark")
    page = stage.home("Alice")
    stage.shoot(page, "6-admin-home")
    step(page, re.compile("Review"))
    page.get_by_role("button", name=re.compile("^Publish (all|the timetable)")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text(re.compile(r"^Published \d+"))).to_be_visible()
    stage.look(page, "7-published")
    dark.reload()
    stage.shoot(dark, "7-published-360-dark")
    dark.context.close()
    assert together(stage.program) == sorted(stage.case.together)


def work(org):
    with inside(org):
        job = Job.objects.unfinished().get(kind="matching.run")
    with organisation_scope(org):
        run_job(job.pk)
    with inside(org):
        job.refresh_from_db()
    assert job.status == "done", job.error


def answers(stage):
    if stage.kind.arranging != "rotation":
        for name, asked in zip((stage.walk.guest, stage.walk.host), stage.walk.asked, strict=True):
            page = stage.home(name)
            stage.shoot(page, f"8-asked-home-{name}")
            step(page, "Answer")
            expect(page.get_by_role("heading", name=asked)).to_be_visible()
            stage.look(page, f"8-asked-{name}")
            page.get_by_role("button", name="Yes, gladly").click()
            expect(page.get_by_role("button", name="Yes, gladly")).to_have_count(0)
            stage.shoot(page, f"8-said-yes-{name}")
    everybody_says_yes(stage.program, stage.people)
    with inside(stage.org):
        assert set(Mentorship.objects.values_list("status", flat=True)) == {"active"}
    for name in (stage.walk.guest, stage.walk.host):
        page = stage.home(name)
        stage.look(page, f"9-begun-home-{name}")
    page = stage.page(stage.walk.guest)
    expect(page.locator("section[aria-labelledby=mentorships]").get_by_text(stage.walk.at_home).first).to_be_visible()


def open_mentorship(stage, name):
    """From the card of it at home."""
    page = stage.home(name)
    page.locator("section[aria-labelledby=mentorships]").get_by_role("link", name=stage.walk.called(name)).first.click()
    return page


def goals(stage):
    page = open_mentorship(stage, stage.walk.guest)
    stage.look(page, "9-mentorship")
    if stage.kind.arranging in ("rotation", "panel", "topics"):
        return
    page.get_by_role("link", name="Add a goal").click()
    page.get_by_label("Goal", exact=True).fill("I speak without notes")
    page.get_by_label("How you will know").fill("talks given without notes")
    page.get_by_label("By when").fill("2026-12-10")
    stage.shoot(page, "9-goal")
    page.get_by_role("button", name="Add the goal").click()
    expect(page.get_by_role("heading", name="I speak without notes")).to_be_visible()


def booking(stage):
    if stage.kind.arranging != "rotation":
        page = stage.home(stage.walk.guest)
        step(page, "Choose a time")
        stage.look(page, "10-slots")
        page.locator(".slots a").first.click()
        page.get_by_label("What it is about").fill("Getting to know each other")
        stage.shoot(page, "10-book")
        page.get_by_role("button", name="Book this session").click()
        page.get_by_text("Booked. Everyone gets an invitation by e-mail.").wait_for()
        stage.shoot(page, "10-booked")
    everybody_books(stage.program, stage.people)
    page = stage.home(stage.walk.host)
    stage.shoot(page, "10-home-host")
    if stage.kind.arranging == "panel":
        brief(stage, stage.walk.host, "The question, and what the board should know", "Shall we open a second site?")
    with inside(stage.org):
        sessions = list(Session.objects.all())
        assert len(sessions) == stage.case.sessions
        assert {(each.ends_at - each.starts_at) // timedelta(minutes=1) for each in sessions} == {stage.case.minutes}
        assert sorted(each.attendances.count() for each in sessions) == stage.case.sizes


def brief(stage, name, label, text):
    page = open_mentorship(stage, name)
    page.locator("section[aria-labelledby=boards]").get_by_role("link", name="Open").click()
    page.get_by_role("link", name="Read and write").click()
    page.get_by_label(label).fill(text)
    stage.look(page, f"11-brief-{name}")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text(text)).to_be_visible()
    stage.shoot(page, f"11-board-{name}")


def logs(stage, clock):
    with inside(stage.org):
        last = max(each.ends_at for each in Session.objects.all())
    stage.later(clock, last + timedelta(hours=1))
    for name in (stage.walk.guest, stage.walk.host):
        page = stage.home(name)
        stage.shoot(page, f"11-home-{name}")
        step(page, "Log the session")
        page.get_by_label(re.compile("Yes, (we met|I was there)")).check()
        stage.shoot(page, f"11-log-{name}")
        page.get_by_role("button", name="Log this session").click()
        expect(page.get_by_role("button", name="Log this session")).to_have_count(0)
    everybody_logs(stage.org, stage.people, stage.case.minutes)
    with inside(stage.org):
        assert list(Session.objects.values_list("status", flat=True)) == ["held"] * stage.case.sessions
        assert Attendance.objects.filter(report="held").count() == sum(stage.case.sizes)
    if stage.kind.arranging == "panel":
        brief(stage, stage.walk.guest, "What the board recommends", "Yes, in Leeds, and by the summer.")
        brief(stage, stage.walk.host, "What becomes of it, and why", "We will, in spring.")


def course(stage, clock):
    """Where the days to meet on are uneven, they stand on the page, and each is ticked off once it is held."""
    days = stage.kind.meeting_days
    if not days:
        return
    pk = stage.mentorship()
    for at, number in enumerate(days[1:], start=1):
        page = open_mentorship(stage, stage.walk.guest)
        expect(page.get_by_text(re.compile(f"day {number}: ")).filter(visible=True)).to_be_visible()
        if at == 1:
            stage.look(page, "11-course")
        stage.later(clock, NOON + timedelta(days=number - 1))
        book_first(stage.people[stage.walk.guest], pk)
        with inside(stage.org):
            last = Session.objects.latest("ends_at").ends_at
        stage.later(clock, last + timedelta(hours=1))
        everybody_logs(stage.org, stage.people, stage.case.minutes)
    page = open_mentorship(stage, stage.walk.guest)
    expect(page.get_by_text(f"You have met {len(days)} times.")).to_be_visible()
    expect(page.locator("#sessions").locator("../..").get_by_text("held", exact=True)).to_have_count(len(days))
    stage.shoot(page, "11-course-done")


def look_back(stage, clock):
    if stage.kind.arranging == "rotation":
        page = stage.home(stage.walk.guest)
        expect(page.get_by_text("Would you like to meet Max Osei again?", exact=True)).to_be_visible()
        step(page, "Say so")
        stage.shoot(page, "12-met")
        page.get_by_role("button", name="Yes, I would").click()
        expect(page.get_by_text("You have said yes.")).to_be_visible()
        return
    is_dated = not stage.kind.rolling
    if is_dated:
        stage.later(clock, datetime(2026, 12, 8, 10, tzinfo=UTC))
        page = open_mentorship(stage, stage.walk.guest)
        page.get_by_role("link", name="Look back", exact=True).click()
        review(stage, page, "12-review", "You listened first")
    page = open_mentorship(stage, stage.walk.host)
    stage.look(page, "12-host")
    page.get_by_role("link", name="Complete the mentorship").click()
    stage.shoot(page, "12-complete")
    page.get_by_role("button", name="Yes, complete it").click()
    expect(page.get_by_role("heading", name="Your certificate")).to_be_visible()
    review(stage, page, "12-review-host", "You asked well")
    page = stage.home(stage.walk.guest)
    stage.shoot(page, "12-home")
    page.get_by_role("link", name=f"Certificate and look back {stage.walk.called(stage.walk.guest)}").first.click()
    if not is_dated:
        review(stage, page, "12-review", "You listened first")
    expect(page.get_by_text("You asked well")).to_be_visible()
    stage.look(page, "12-certificate")
    page.get_by_role("link", name="See what others see").click()
    certificate(stage, page)


def review(stage, page, name, thanks):
    page.get_by_label("What went well").fill("We met as we had said")
    page.get_by_label("A word of thanks").fill(thanks)
    ended = page.get_by_label("How did it end?")
    if ended.count():
        ended.select_option("reached")
    stage.look(page, name)
    page.get_by_role("button", name="Save the look back").click()
    expect(page.get_by_text("Thank you for looking back.")).to_be_visible()


def certificate(stage, page):
    with inside(stage.org):
        code = Certificate.objects.filter(member=stage.people[stage.walk.guest]).latest("pk").code
    assert page.url.endswith(f"/certificates/{code}/")
    expect(page.get_by_role("heading", name="This certificate is valid")).to_be_visible()
    expect(page.get_by_text(f"{stage.walk.guest} Osei")).to_be_visible()
    stage.shoot(page, "12-checked")


def closing(stage):
    page = stage.home("Alice")
    stage.shoot(page, "13-admin-home")
    page.get_by_role("link", name=f"{stage.kind.name} 2027", exact=True).click()
    stage.look(page, "13-programme")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Close the programme").click()
    stage.shoot(page, "13-close")
    page.get_by_role("button", name="Close the programme").click()
    expect(page.get_by_role("button", name="Close the programme")).to_have_count(0)
    stage.shoot(page, "13-closed")
    with inside(stage.org):
        assert Program.objects.get().status == "closed"
        assert set(Mentorship.objects.values_list("status", flat=True)) == {"completed"}
        assert Certificate.objects.count() == stage.case.certificates
    page = stage.home(stage.walk.guest)
    stage.shoot(page, "13-guest-home")
