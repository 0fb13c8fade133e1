"""Twelve months of one mentorship, on the pages, with a clock that is moved and the nights' work done as the night does it.

Maya in London mentors Theo in Berlin, from the launch of their programme on 22 November 2026 to the end of November 2027:
both clock changes, a session moved, one missed, one that only one confirms, a month's pause, a quiet summer, a later
last day, and a good end.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from feedback.models import Pulse, Survey, SurveyInvitation
from mentoring.jobs.registry import nightly
from mentoring.jobs.services import start_nightly_jobs
from mentoring.outbox.models import Message
from programs.models import (
    AgreementAcceptance,
    Certificate,
    Enrolment,
    Goal,
    Mentorship,
    Milestone,
    Program,
    Question,
)
from sessions.models import Session
from tests.people import inside, make_member, make_organisation
from tests.programs.every_format import (
    approve_those_who_wait,
    browser,
    everybody_says_yes,
    filled,
    join,
    launch,
    match,
    ok,
    publish,
    together,
)

BASE = "/o/northwind/"
WEEK = timedelta(days=7)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Year:
    """What the months share: the clock, the two, and who runs the programme."""

    def __init__(self, clock):
        self.clock = clock
        self.org = make_organisation()
        self.alice = make_member(self.org, "Alice", is_admin=True)
        self.maya = make_member(self.org, "Maya", level=6, time_zone="Europe/London")
        self.theo = make_member(self.org, "Theo", level=3, time_zone="Europe/Berlin")
        self.both = (self.maya, self.theo)

    def until(self, text):
        """Move the clock, with the work of one night in each week: Mondays at three."""
        there, now = utc(text), datetime.now(UTC)
        night = (now + timedelta(days=(7 - now.weekday()) % 7)).replace(hour=3, minute=0)
        while night < there:
            if night > now:
                self.clock.move_to(night)
                assert start_nightly_jobs([self.org], night_hour=2, now=night) == len(nightly())
            night += WEEK
        self.clock.move_to(there)

    def at(self, path=""):
        return f"{BASE}mentorships/{self.pk}/{path}"

    def mentorship(self):
        with inside(self.org):
            return Mentorship.objects.get()

    def letters(self, kind):
        """Who was written to, in order."""
        with inside(self.org):
            found = Message.objects.filter(kind=kind).exclude(status="cancelled")
            return [
                address.partition("@")[0] for address in found.order_by("recipient").values_list("recipient", flat=True)
            ]

    def book(self, text, topic=""):
        ok(browser(self.theo).post(f"{BASE}sessions/book/{self.pk}/", {"starts_at": f"{text}Z", "topic": topic}))
        with inside(self.org):
            return Session.objects.get(starts_at=utc(text))

    def log(self, session, *members, report="held"):
        """An hour after its end."""
        with inside(self.org):
            session.refresh_from_db()
        self.until((session.ends_at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
        for member in members or self.both:
            ok(browser(member).post(f"{BASE}sessions/{session.pk}/log/", {"report": report, "length": "60"}))
        with inside(self.org):
            session.refresh_from_db()
        return session.status, session.confirmation

    def pulse(self, session):
        for member in self.both:
            ok(browser(member).post(f"{BASE}sessions/{session.pk}/pulse/", {"useful": "4", "understood": "5"}))

    def meet(self, text, topic=""):
        """Booked a few days ahead, held, confirmed by both, and answered."""
        session = self.book(text, topic)
        assert self.log(session) == ("held", "both")
        self.pulse(session)
        return session


@pytest.fixture
def year(db):
    with time_machine.travel(utc("2026-11-22T12:00"), tick=False) as clock:
        yield Year(clock)


def test_twelve_months(year):
    program = november_a_programme_begins(year)
    they_are_matched_and_say_yes(year, program)
    december_they_agree_and_set_a_goal(year)
    january_one_session_is_moved(year)
    february_one_is_missed(year)
    march_one_is_held(year)
    april_only_one_says_how_it_went(year)
    may_it_rests(year)
    june_it_goes_on(year)
    summer_it_goes_quiet(year)
    autumn_the_end_is_put_off(year)
    november_they_look_back(year)
    it_is_completed(year)
    the_timeline_shows_it_all(year)
    the_report_counts_what_it_should(year, program)


def november_a_programme_begins(year):
    who = {"rhythm": "28", "starts_on": "2026-12-01", "ends_on": "2027-10-29"}
    program = launch(year.alice, "traditional", who)
    admin, base = browser(year.alice), f"{BASE}programmes/{program.pk}/"
    page = admin.get(f"{base}questions/new/")
    ok(admin.post(f"{base}questions/new/", filled(page.context["form"], text="What drew you here?", kind="text")))
    with inside(year.org):
        surveys = [(each.moment, each.status, each.sends_itself) for each in Survey.objects.order_by("pk")]
        question = Question.objects.get()
    # The format's own, ready to be sent when their moments come.
    assert surveys == [("start", "draft", True), ("middle", "draft", True), ("end", "draft", True)]
    for member, role in ((year.maya, "mentor"), (year.theo, "mentee")):
        join(program, member, role, {"skills": "Speaking", f"question_{question.pk}": f"{member.given_name}’s reason"})
    with inside(year.org):
        said = {each.member.given_name: each.answers.get().value for each in Enrolment.objects.all()}
    assert said == {"Maya": "Maya’s reason", "Theo": "Theo’s reason"}
    approve_those_who_wait(program, year.alice)
    return program


def they_are_matched_and_say_yes(year, program):
    year.until("2026-11-24T10:00")
    match(program, year.alice)
    publish(program, year.alice)
    assert together(program) == [("Maya mentor", "Theo mentee")]
    assert year.letters("mentorship_offered") == ["maya", "theo"]
    year.until("2026-12-01T10:00")
    everybody_says_yes(program, {"Maya": year.maya, "Theo": year.theo})
    found = year.mentorship()
    year.pk = found.pk
    assert (found.status, found.started_at) == ("active", utc("2026-12-01T10:00"))
    assert invited(year, "start") == ["Maya", "Theo"]


def invited(year, moment):
    with inside(year.org):
        found = SurveyInvitation.objects.filter(survey__moment=moment)
        return sorted(found.values_list("enrolment__member__given_name", flat=True))


def december_they_agree_and_set_a_goal(year):
    theo, maya = browser(year.theo), browser(year.maya)
    page = theo.get(year.at("agreement/edit/"))
    ok(theo.post(year.at("agreement/edit/"), filled(page.context["form"], aims="Theo speaks to the board")))
    ok(maya.post(year.at("agreement/"), {"version": "1"}))
    page = theo.get(year.at("goals/new/"))
    goal = filled(
        page.context["form"], text="I speak without notes", measure="talks given", baseline="0", target="4",
        unit="talks", due_on="2027-10-01", milestones="First talk\nTalk to the board",
    )  # fmt: skip
    ok(theo.post(year.at("goals/new/"), goal))
    with inside(year.org):
        assert AgreementAcceptance.objects.filter(agreement__version=1).count() == 2
        found = Goal.objects.get()
        assert (found.owner, found.status, found.milestones.count()) == (year.theo, "open", 2)
    year.meet("2026-12-08T09:00", "Getting to know each other")
    year.goal = found.pk


def january_one_session_is_moved(year):
    year.until("2027-01-04T10:00")
    session = year.book("2027-01-12T09:00", "Moved one")
    ok(browser(year.maya).post(f"{BASE}sessions/{session.pk}/move/", {"starts_at": "2027-01-14T08:00Z"}))
    with inside(year.org):
        session.refresh_from_db()
    assert (session.starts_at, session.sequence) == (utc("2027-01-14T08:00"), 1)
    assert year.log(session) == ("held", "both")
    year.pulse(session)


def february_one_is_missed(year):
    year.until("2027-02-01T10:00")
    session = year.book("2027-02-09T09:00", "Missed one")
    assert year.log(session, report="missed") == ("missed", "")


def march_one_is_held(year):
    year.until("2027-03-01T10:00")
    year.meet("2027-03-09T09:00")
    ok(browser(year.maya).post(f"{BASE}goals/{year.goal}/progress/", {"value": "2", "note": "Two talks"}))
    with inside(year.org):
        step = Milestone.objects.get(text="First talk")
    ok(browser(year.theo).post(f"{BASE}milestones/{step.pk}/", {"do": "done"}))


def april_only_one_says_how_it_went(year):
    """The clocks have gone forward: nine in London is eight by the sun."""
    year.until("2027-04-05T10:00")
    session = year.book("2027-04-13T08:00", "Unconfirmed one")
    assert session.starts_at.astimezone(year.maya.zone).hour == 9
    assert year.log(session, year.theo) == ("planned", "")
    year.until("2027-04-27T10:00")
    with inside(year.org):
        session.refresh_from_db()
    assert (session.status, session.confirmation) == ("held", "one")


def may_it_rests(year):
    session = year.book("2027-05-11T08:00", "In the pause")
    year.until("2027-05-03T10:00")
    ok(browser(year.theo).post(year.at("pause/"), {"until": "2027-06-01"}))
    with inside(year.org):
        session.refresh_from_db()
        said = Message.objects.count()
    assert session.status == "cancelled"
    assert year.letters("mentorship_paused") == ["maya"]
    year.until("2027-05-31T10:00")
    assert year.mentorship().paused_at == utc("2027-05-03T10:00")
    assert invited(year, "middle") == []
    # Four nights, and nobody is written to.
    with inside(year.org):
        assert Message.objects.count() == said


def june_it_goes_on(year):
    year.until("2027-06-07T10:00")
    assert year.mentorship().paused_at is None
    # The middle, without the time of rest, fell into the pause: they are asked in the night that ends it.
    assert invited(year, "middle") == ["Maya", "Theo"]
    year.meet("2027-06-10T08:00", "Going on")


def summer_it_goes_quiet(year):
    year.until("2027-08-05T10:00")
    assert year.letters("mentorship_quiet") == []
    year.until("2027-08-10T10:00")
    assert year.letters("mentorship_quiet") == ["maya", "theo"]
    year.until("2027-09-01T10:00")
    assert year.letters("mentorship_quiet") == ["maya", "theo"]
    year.meet("2027-09-07T08:00", "Back again")


def autumn_the_end_is_put_off(year):
    ok(browser(year.maya).post(year.at("extend/"), {"to": "2027-11-30"}))
    assert str(year.mentorship().planned_end) == "2027-11-30"
    year.until("2027-10-04T10:00")
    year.meet("2027-10-12T08:00")
    # The clocks have gone back: nine in London is nine by the sun again.
    year.until("2027-11-01T10:00")
    session = year.meet("2027-11-09T09:00", "Last but one")
    assert session.starts_at.astimezone(year.maya.zone).hour == 9
    assert year.letters("closing_review") == []


def november_they_look_back(year):
    year.until("2027-11-26T10:00")
    assert year.letters("closing_review") == ["maya", "theo"]
    theo, maya = browser(year.theo), browser(year.maya)
    page = theo.get(year.at("closing/"))
    said = {f"goal_{year.goal}": "reached", f"score_{year.goal}": "8", "thanks": "You listened.", "would_mentor": "yes"}
    ok(theo.post(year.at("closing/"), filled(page.context["form"], went_well="I speak now", **said)))
    page = maya.get(year.at("closing/"))
    ok(maya.post(year.at("closing/"), filled(page.context["form"], thanks="It was a pleasure.")))
    with inside(year.org):
        goal = Goal.objects.get()
    assert (goal.status, goal.score) == ("reached", 8)


def it_is_completed(year):
    ok(browser(year.theo).post(year.at("complete/")))
    found = year.mentorship()
    assert (found.status, found.ended_at) == ("completed", utc("2027-11-26T10:00"))
    with inside(year.org):
        certificates = {each.member.given_name: each for each in Certificate.objects.all()}
        facts = {
            name: (each.role, each.facts["sessions"], each.facts["minutes"]) for name, each in certificates.items()
        }
    # Seven that both have confirmed; neither the missed one nor that of which only one has spoken.
    assert facts == {"Maya": ("mentor", 7, 420), "Theo": ("mentee", 7, 420)}
    for name, certificate in certificates.items():
        page = Client().get(f"/certificates/{certificate.code}/")
        assert page.status_code == 200
        assert f"{name} Osei" in page.content.decode()
    assert Client().get("/certificates/AAAAABBBBBCCCCCDDDDD/").status_code == 404
    assert year.letters("mentorship_thanks") == ["maya", "theo"]
    with inside(year.org):
        thanks = {
            each.recipient.partition("@")[0]: each.text for each in Message.objects.filter(kind="mentorship_thanks")
        }
    assert "You listened." in thanks["maya"]
    assert "It was a pleasure." in thanks["theo"]
    assert year.at("mentor-next/") in thanks["theo"]
    assert year.at("mentor-next/") not in thanks["maya"]
    assert browser(year.theo).get(year.at("mentor-next/")).status_code == 200
    # Once each, though there was a pause and a later last day.
    assert (invited(year, "middle"), invited(year, "end")) == (["Maya", "Theo"], ["Maya", "Theo"])


def the_timeline_shows_it_all(year):
    page = browser(year.theo).get(year.at("timeline/"))
    assert page.status_code == 200
    found = [(f"{each.at:%Y-%m-%d}", each.what) for each in page.context["happenings"]]
    assert found == TIMELINE


TIMELINE = [
    ("2026-11-24", "Offered"),
    ("2026-12-01", "Said yes"),
    ("2026-12-01", "Said yes"),
    ("2026-12-01", "It began"),
    ("2026-12-01", "Agreement, version 1"),
    ("2026-12-01", "Accepted version 1 of the agreement"),
    ("2026-12-01", "Goal set"),
    ("2026-12-08", "Session: held"),
    ("2027-01-14", "Session: held"),
    ("2027-02-09", "Session: missed"),
    ("2027-03-09", "Session: held"),
    ("2027-03-09", "Progress"),
    ("2027-03-09", "Step done"),
    ("2027-04-13", "Session: unconfirmed"),
    ("2027-05-03", "Paused"),
    ("2027-05-11", "Session: cancelled"),
    ("2027-06-07", "Went on"),
    ("2027-06-10", "Session: held"),
    ("2027-09-07", "Session: held"),
    ("2027-09-07", "New last day"),
    ("2027-10-12", "Session: held"),
    ("2027-11-09", "Session: held"),
    ("2027-11-26", "Completed"),
    ("2027-11-26", "Goal: reached (8 of 10)"),
]


def the_report_counts_what_it_should(year, program):
    page = browser(year.alice).get(f"{BASE}reports/programmes/{program.pk}/")
    health = page.context["health"]
    counted = (health.mentors, health.mentees, health.active, health.held, health.missed, health.cancelled)
    assert (*counted, health.unconfirmed) == (1, 1, 0, 7, 1, 1, 1)
    with inside(year.org):
        assert Pulse.objects.count() == 14
        assert Program.objects.get().status == "open"
