"""Pauses, another last day, an early end with lessons, and the next match that follows it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mentoring.outbox.models import Message
from programs.models import Mentorship, MentorshipEvent
from programs.services import lifelines
from programs.services.problems import ProgramProblem
from sessions.models import Session
from sessions.services.nudging import quiet_mentorships
from tests.people import inside, make_member, make_mentorship
from tests.programs.scheme import make_pair

NOW = timezone.now().replace(hour=9)
TODAY = NOW.date()


@pytest.fixture
def maya(org):
    return make_member(org, "Maya")


@pytest.fixture
def theo(org):
    return make_member(org, "Theo")


@pytest.fixture
def mentorship(program, maya, theo):
    return make_mentorship(maya, theo, program=program)


def session(mentorship, days):
    at = NOW + timedelta(days=days)
    return Session.objects.create(
        mentorship=mentorship, starts_at=at, ends_at=at + timedelta(hours=1), zone_name="Europe/London"
    )


def test_a_pause_cancels_what_falls_into_it_and_ends_on_its_day(org, mentorship, theo, maya):
    until = TODAY + timedelta(days=20)
    with inside(org):
        early, late = session(mentorship, 5), session(mentorship, 25)
        assert quiet_mentorships(now=NOW + timedelta(days=90)).count() == 1
        lifelines.pause(mentorship, until=until, by=theo)
        early.refresh_from_db()
        late.refresh_from_db()
        assert (early.status, late.status) == ("cancelled", "planned")
        assert quiet_mentorships(now=NOW + timedelta(days=90)).count() == 0
        assert Message.objects.get(kind="mentorship_paused").recipient == "maya@northwind.example"
        with pytest.raises(ProgramProblem):
            lifelines.pause(mentorship, until=None, by=maya)
        assert lifelines.resume_due(on=until - timedelta(days=1)) == 0
        assert lifelines.resume_due(on=until) == 1
        assert lifelines.resume_due(on=until) == 0
        found = Mentorship.objects.get()
        assert (found.paused_at, found.resumes_on) == (None, None)
        assert list(MentorshipEvent.objects.values_list("kind", "by__given_name")) == [
            ("paused", "Theo"), ("resumed", None),
        ]  # fmt: skip


def test_an_open_pause_cancels_all_and_is_ended_by_hand(org, mentorship, theo, maya, sign_in, url):
    with inside(org):
        planned = session(mentorship, 25)
    mine = sign_in(theo)
    assert mine.post(url("mentorship_pause", mentorship.pk), {"until": "2020-01-01"}).status_code == 422
    mine.post(url("mentorship_pause", mentorship.pk), {"until": ""})
    assert "It is paused until somebody goes on with it." in mine.get(url("mentorship", mentorship.pk)).content.decode()
    with inside(org):
        planned.refresh_from_db()
        assert planned.status == "cancelled"
        assert lifelines.resume_due(on=TODAY + timedelta(days=400)) == 0
    sign_in(maya).post(url("mentorship_pause", mentorship.pk), {"resume": "1"})
    with inside(org):
        assert Mentorship.objects.get().paused_at is None


def test_another_last_day(org, mentorship, theo, sign_in, url):
    mine = sign_in(theo)
    to = TODAY + timedelta(days=300)
    assert mine.post(url("mentorship_extend", mentorship.pk), {"to": TODAY.isoformat()}).status_code == 422
    assert mine.post(url("mentorship_extend", mentorship.pk), {"to": "soon"}).status_code == 422
    mine.post(url("mentorship_extend", mentorship.pk), {"to": to.isoformat()})
    with inside(org):
        found = Mentorship.objects.select_related("program").get()
        assert lifelines.end_of(found) == to
        assert MentorshipEvent.objects.get().until == to


def test_an_early_end_leaves_lessons_for_admins_and_the_next_follows_it(
    org, program, mentorship, theo, maya, alice, sign_in, url
):
    sign_in(theo).post(
        url("mentorship_end", mentorship.pk), {"reason": "We never met", "lessons": "Somebody in my time zone"}
    )
    sign_in(maya).post(url("mentorship_lessons", mentorship.pk), {"text": "A mentee who writes first"})
    other = sign_in(maya).get(url("mentorship", mentorship.pk)).content.decode()
    assert "time zone" not in other
    assert "We never met" not in other
    admin = sign_in(alice).get(url("mentorship", mentorship.pk)).content.decode()
    assert "Theo Osei: Somebody in my time zone" in admin
    assert "Maya Osei: A mentee who writes first" in admin
    assert "We never met" in admin
    assert "Find a mentor for Theo Osei" in admin
    with inside(org):
        mentee = mentorship.participants.get(role="mentee").enrolment
        assert lifelines.earlier_of(mentee) == mentorship
    second = make_pair(program, alice, mentor="Nora", mentee="Ivan")
    with inside(org):
        assert Mentorship.objects.get(pk=second.pk).follows is None
        from programs import services

        nora = Mentorship.objects.get(pk=second.pk).participants.get(role="mentor").enrolment
        third = services.offer_mentorship(program, mentor=nora, mentee=mentee, by=alice)
        assert third.follows == mentorship
    page = sign_in(alice).get(url("mentorship", third.pk)).content.decode()
    assert "It follows a mentorship that ended early." in page
    assert "Somebody in my time zone" in page


@pytest.mark.parametrize("who", ["bob", "sam"])
@pytest.mark.parametrize("name", ["mentorship_pause", "mentorship_extend", "mentorship_lessons"])
def test_strangers_and_colleagues(name, who, mentorship, sign_in, url, request):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(url(name, mentorship.pk)).status_code == 404
    assert client.post(url(name, mentorship.pk), {"to": "2099-01-01", "text": "x"}).status_code == 404


def test_the_night_ends_pauses(org, mentorship, theo):
    from programs import tasks

    with inside(org):
        lifelines.pause(mentorship, until=TODAY + timedelta(days=3), by=theo)
    with time_machine.travel(NOW + timedelta(days=3), tick=False), inside(org):
        tasks.mind_mentorships()
        assert Mentorship.objects.get().paused_at is None
