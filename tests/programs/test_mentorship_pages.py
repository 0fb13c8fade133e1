"""The pages of a mentorship: answering, looking, ending, completing."""

import pytest

from mentoring.outbox.models import Message
from programs import services
from programs.models import Mentorship
from tests.people import inside
from tests.programs.scheme import make_pair

REASONS = [
    {"text": "Offers Python, which they want", "mentee_text": "Offers Python, which you want", "tone": "for"},
    {"text": "Works elsewhere", "tone": "against"},
]


@pytest.fixture
def offer(alice, program):
    return make_pair(program, alice, reasons=REASONS)


@pytest.fixture
def pair(org, offer, sign_in):
    """The browsers of mentor and mentee."""
    with inside(org):
        parts = [offer.participants.get(role=role) for role in ("mentor", "mentee")]
        return [sign_in(part.enrolment.member) for part in parts]


@pytest.fixture
def active(org, offer):
    with inside(org):
        for part in offer.participants.all():
            services.accept(part, by=part.enrolment.member)
    return offer


def status_of(org, mentorship):
    with inside(org):
        return Mentorship.objects.get(pk=mentorship.pk).status


def test_both_say_yes(pair, url, org, offer):
    mentor, mentee = pair
    assert mentor.get(url("mentorship", offer.pk)).url == url("respond", offer.pk)
    asked = mentee.get(url("respond", offer.pk)).content.decode()
    assert "Would you like Maya Osei as your mentor?" in asked
    assert "Offers Python, which you want" in asked
    assert "Works elsewhere" not in asked
    assert "Offers Python, which they want" in mentor.get(url("respond", offer.pk)).content.decode()
    answer = mentor.post(url("respond", offer.pk), {"answer": "yes"}, follow=True)
    assert "It begins as soon as the other has said yes too." in answer.content.decode()
    assert "has said yes" in answer.content.decode()
    answer = mentee.post(url("respond", offer.pk), {"answer": "yes"}, follow=True)
    assert "both of you have said yes" in answer.content.decode()
    assert status_of(org, offer) == "active"
    assert mentee.get(url("respond", offer.pk)).url == url("mentorship", offer.pk)


def test_a_no_is_kept_from_the_other_and_told_to_admins(pair, url, org, offer, sign_in, alice):
    mentor, mentee = pair
    answer = mentor.post(url("respond", offer.pk), {"answer": "no", "reason": "We fell out."}, follow=True)
    assert "We go on looking" in answer.content.decode()
    assert status_of(org, offer) == "declined"
    seen = mentee.get(url("mentorship", offer.pk)).content.decode()
    assert "This match did not come about." in seen
    assert "We fell out." not in seen
    assert "We fell out." in sign_in(alice).get(url("mentorship", offer.pk)).content.decode()


def test_an_answer_that_comes_too_late_says_so(pair, url, org, alice, offer):
    mentor, _mentee = pair
    with inside(org):
        services.end_mentorship(offer, by=alice)
    answer = mentor.post(url("respond", offer.pk), {"answer": "yes"}, follow=True)
    assert "This match has been withdrawn meanwhile" in answer.content.decode()


@pytest.mark.parametrize("data", [{}, {"answer": "maybe"}, {"answer": "no", "reason": "x" * 301}])
def test_what_is_no_answer_changes_nothing(pair, url, org, offer, data):
    answer = pair[0].post(url("respond", offer.pk), data)
    assert answer.status_code in (200, 422)
    assert status_of(org, offer) == "offered"


def test_ending_without_blame(pair, url, org, active):
    mentor, mentee = pair
    assert (
        "Maya Osei is told that it has ended, without a reason."
        in mentee.get(url("mentorship_end", active.pk)).content.decode()
    )
    mentee.post(url("mentorship_end", active.pk), {"reason": "No time"})
    assert status_of(org, active) == "ended"
    seen = mentor.get(url("mentorship", active.pk)).content.decode()
    assert "nobody is to blame" in seen
    assert "No time" not in seen
    assert mentee.get(url("mentorship_end", active.pk)).url == url("mentorship", active.pk)
    with inside(org):
        assert Message.objects.get(kind="mentorship_over").recipient == "maya@northwind.example"


def test_an_admin_ends_it_for_both(url, org, active, sign_in, alice):
    sign_in(alice).post(url("mentorship_end", active.pk), {"reason": ""})
    assert status_of(org, active) == "ended"
    with inside(org):
        assert Message.objects.filter(kind="mentorship_over").count() == 2


def test_completing(pair, url, org, active):
    mentor, _mentee = pair
    mentor.post(url("mentorship_complete", active.pk))
    assert status_of(org, active) == "completed"
    assert mentor.get(url("mentorship_complete", active.pk)).url == url("mentorship", active.pk)
    assert "This mentorship is complete." in mentor.get(url("mentorship", active.pk)).content.decode()


def test_an_offer_is_not_completed(pair, url, org, offer):
    assert pair[0].post(url("mentorship_complete", offer.pk)).url == url("mentorship", offer.pk)
    assert status_of(org, offer) == "offered"
