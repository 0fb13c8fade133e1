"""A programme that rests: nothing is done by itself, what was promised stays, and time goes on where it stopped."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from feedback import services as feedback
from matching import services as matching
from matching.models import MentorRequest
from mentoring.outbox.models import Message
from programs import services
from programs.models import Enrolment, Mentorship, Program
from programs.services import resting
from sessions.models import Session
from sessions.services.nudging import quiet_mentorships
from tests.people import inside, make_member, make_mentorship
from tests.programs.scheme import make_pair, make_program, sign_up


@pytest.fixture
def paused(org, alice, program):
    with inside(org):
        return resting.pause_program(program, by=alice)


def test_paused_and_resumed_on_the_page(sign_in, url, org, alice, bob, program):
    client = sign_in(alice)
    page = client.post(url("pause", program.pk), follow=True).content.decode()
    assert "This programme was paused" in page
    assert "This programme was paused" in sign_in(bob).get(url("detail", program.pk)).content.decode()
    client.post(url("pause", program.pk), {"resume": "1"})
    assert "This programme was paused" not in client.get(url("detail", program.pk)).content.decode()


def test_pausing_twice_keeps_the_first_moment(org, alice, paused):
    with inside(org):
        again = resting.pause_program(paused, by=alice, at=timezone.now() + timedelta(days=3))
        assert again.paused_at == paused.paused_at


def test_nobody_is_matched_at_night(org, alice, program):
    sign_up(program, make_member(org, "Maya"), role="mentor", by=alice, capacity=2)
    sign_up(program, make_member(org, "Theo"), by=alice)
    with inside(org):
        resting.pause_program(program, by=alice)
        assert matching.start_nightly_runs() == []
        resting.resume_program(program, by=alice)
        assert len(matching.start_nightly_runs()) == 1


def test_offers_wait_and_have_as_much_time_again(org, alice, program):
    offer = make_pair(program, alice)
    before = offer.answer_by
    assert before is not None
    start = timezone.now()
    with inside(org):
        resting.pause_program(program, by=alice, at=start)
        late = start + timedelta(days=30)
        assert services.lapse_offers(now=late) == []
        assert services.remind_of_offers(now=before - timedelta(hours=20)) == 0
        resting.resume_program(program, by=alice, at=late)
        assert Mentorship.objects.get(pk=offer.pk).answer_by == before + timedelta(days=30)
        assert len(services.lapse_offers(now=before + timedelta(days=31))) == 1


def test_requests_wait_too(org, alice):
    program = make_program(alice, pairing="choice")
    mentor = sign_up(program, make_member(org, "Maya"), role="mentor", by=alice, capacity=2)
    mentee = sign_up(program, make_member(org, "Theo"), by=alice)
    start = timezone.now()
    with inside(org):
        asked = MentorRequest.objects.create(
            program=program, mentor=mentor, mentee=mentee, note="Please", expires_at=start + timedelta(days=2)
        )
        resting.pause_program(program, by=alice, at=start)
        assert matching.expire_requests(now=start + timedelta(days=5)) == 0
        resting.resume_program(program, by=alice, at=start + timedelta(days=5))
        assert MentorRequest.objects.get(pk=asked.pk).expires_at == start + timedelta(days=7)


def test_nobody_is_nudged_and_nobody_is_asked_how_it_was(org, alice):
    maya, theo = make_member(org, "Maya"), make_member(org, "Theo")
    pair = make_mentorship(maya, theo, started_at=timezone.now() - timedelta(days=200))
    with inside(org):
        program = Program.objects.get(pk=pair.program_id)
        assert quiet_mentorships().count() == 1
        now = timezone.now()
        session = Session.objects.create(
            mentorship=pair, starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1), zone_name="UTC",
            status=Session.Status.HELD,
        )  # fmt: skip
        Session.objects.filter(pk=session.pk).update(status=Session.Status.CANCELLED)
        assert quiet_mentorships().count() == 1
        resting.pause_program(program, by=alice)
        assert quiet_mentorships().count() == 0
        feedback.ask_for_pulse(Session.objects.get(pk=session.pk))
        assert not Message.objects.filter(kind="pulse").exists()


def test_sessions_that_are_booked_stay(org, alice):
    pair = make_mentorship(make_member(org, "Maya"), make_member(org, "Theo"))
    with inside(org):
        starts = timezone.now() + timedelta(days=3)
        booked = Session.objects.create(
            mentorship=pair, starts_at=starts, ends_at=starts + timedelta(hours=1), zone_name="UTC"
        )
        resting.pause_program(Program.objects.get(pk=pair.program_id), by=alice)
        assert Session.objects.get(pk=booked.pk).status == Session.Status.PLANNED


def test_people_may_still_sign_up(org, bob, paused):
    assert sign_up(paused, bob).status == Enrolment.Status.APPLIED


def test_a_colleague_pauses_nothing(sign_in, url, org, bob, program):
    assert sign_in(bob).post(url("pause", program.pk)).status_code == 403
    with inside(org), pytest.raises(PermissionDenied):
        resting.pause_program(program, by=bob)


def test_closing_ends_the_pause(org, alice, paused):
    with inside(org):
        assert services.close_program(paused, by=alice).paused_at is None


def test_a_closed_programme_is_not_paused(sign_in, url, org, alice, program):
    with inside(org):
        services.close_program(program, by=alice)
    assert sign_in(alice).post(url("pause", program.pk)).status_code == 404
