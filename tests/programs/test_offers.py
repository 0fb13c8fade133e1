"""Offers in time: the term, the reminder, the end of what nobody answered, and asking for somebody else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from mentoring.outbox.models import Message
from programs import services
from programs.models import Mentorship, Participant, Program
from programs.tasks import mind_offers
from tests.people import inside
from tests.programs.scheme import make_pair, make_program

DAY = timedelta(days=1)


def parts(mentorship):
    return mentorship.participants.get(role="mentor"), mentorship.participants.get(role="mentee")


def letters(kind):
    return sorted(Message.objects.filter(kind=kind).values_list("recipient", flat=True))


def test_an_offer_has_the_term_of_its_programme_and_says_so(org, alice):
    program = make_program(alice, answer_within=timedelta(days=10))
    mentorship = make_pair(program, alice)
    with inside(org):
        assert mentorship.answer_by - mentorship.offered_at == timedelta(days=10)
        Mentorship.objects.update(answer_by=datetime(2026, 12, 1, 23, 30, tzinfo=UTC))
        letter = Message.objects.filter(kind="mentorship_offered").first()
        assert "Please say yes or no by " in letter.text


def test_who_has_not_answered_is_reminded_a_day_before(org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        _mentor, mentee = parts(mentorship)
        services.accept(mentee, by=mentee.enrolment.member)
        services.remind_of_offers(now=mentorship.answer_by - 3 * DAY)
        assert letters("offer_reminder") == []
        assert services.remind_of_offers(now=mentorship.answer_by - 2 * DAY) == 1
        assert services.remind_of_offers(now=mentorship.answer_by - 1 * DAY) == 0
        letter = Message.objects.get(kind="offer_reminder")
        assert letter.recipient == "maya@northwind.example"
        assert letter.due_at == mentorship.answer_by - DAY
        assert "would like to mentor Theo Osei" in letter.text
        # Too late for an answer, so no more to be sent.
        assert letter.expires_at == mentorship.answer_by


def test_a_late_night_reminds_at_once(org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        now = mentorship.answer_by - timedelta(hours=5)
        assert services.remind_of_offers(now=now) == 2
        assert {each.due_at for each in Message.objects.filter(kind="offer_reminder")} == {now}


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_an_answer_takes_the_reminder_back(org, alice, program, answer):
    mentorship = make_pair(program, alice)
    with inside(org):
        services.remind_of_offers(now=mentorship.answer_by - 2 * DAY)
        mentor, _mentee = parts(mentorship)
        getattr(services, answer)(mentor, by=mentor.enrolment.member)
        waiting = Message.objects.filter(kind="offer_reminder", status="pending")
        # The other still owes an answer only while there is an offer.
        assert list(waiting.values_list("recipient", flat=True)) == (
            ["theo@northwind.example"] if answer == "accept" else []
        )


def test_the_reminder_brings_a_fresh_login_to_who_has_none(org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        mentor, _mentee = parts(mentorship)
        member = mentor.enrolment.member
        member.user = None
        member.save()
        services.end_mentorship(mentorship, by=alice)
        again = services.offer_mentorship(program, mentor=mentor.enrolment, mentee=_mentee.enrolment, by=alice)
        services.remind_of_offers(now=again.answer_by - 2 * DAY)
        letter = Message.objects.get(kind="offer_reminder", recipient="maya@northwind.example")
        assert "/invitations/northwind/" in letter.text


def test_what_nobody_answered_in_time_lapses(org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        _mentor, mentee = parts(mentorship)
        services.accept(mentee, by=mentee.enrolment.member)
        assert services.lapse_offers(now=mentorship.answer_by - timedelta(seconds=1)) == []
        assert services.lapse_offers(now=mentorship.answer_by) == [mentorship]
        assert services.lapse_offers(now=mentorship.answer_by + DAY) == []
        mentorship.refresh_from_db()
        assert (mentorship.status, mentorship.end_reason) == ("declined", "Not answered in time.")
        to_mentor = Message.objects.get(kind="mentorship_over", recipient="maya@northwind.example")
        assert "We did not hear from you in time about your match with Theo Osei" in to_mentor.text
        to_mentee = Message.objects.get(kind="mentorship_over", recipient="theo@northwind.example")
        assert "did not come about" in to_mentee.text
        assert "in time" not in to_mentee.text
        to_admin = Message.objects.get(kind="offer_lapsed")
        assert to_admin.recipient == "alice@northwind.example"
        assert to_admin.subject == "Maya Osei did not answer in time"
        # The place is free again.
        mentor, mentee = parts(mentorship)
        assert services.offer_mentorship(program, mentor=mentor.enrolment, mentee=mentee.enrolment, by=alice)


def test_what_has_begun_or_has_no_term_does_not_lapse(org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        for part in parts(mentorship):
            services.accept(part, by=part.enrolment.member)
        assert services.lapse_offers(now=mentorship.answer_by + DAY) == []
        Mentorship.objects.update(status="offered", answer_by=None)
        assert services.lapse_offers(now=timezone.now() + 100 * DAY) == []


def test_the_offers_of_a_closed_programme_are_left_alone(org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        Program.objects.update(status="closed")
        assert services.lapse_offers(now=mentorship.answer_by + DAY) == []
        assert services.remind_of_offers(now=mentorship.answer_by - DAY) == 0


def test_the_night_does_both(org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        Mentorship.objects.update(answer_by=timezone.now() - DAY)
        mind_offers()
        mentorship.refresh_from_db()
        assert mentorship.status == "declined"


def active(program, alice):
    mentorship = make_pair(program, alice)
    with inside(alice.organisation):
        for part in parts(mentorship):
            services.accept(part, by=part.enrolment.member)
    return mentorship


def test_somebody_asks_for_somebody_else_in_confidence(org, alice, program):
    mentorship = active(program, alice)
    with inside(org):
        mentor, mentee = parts(mentorship)
        services.ask_for_change(mentee, reason="  We never find the time. ", by=mentee.enrolment.member)
        mentee.refresh_from_db()
        assert mentee.change_asked_at is not None
        assert mentee.change_reason == "We never find the time."
        assert letters("change_asked") == ["alice@northwind.example"]
        assert "We never find the time." in Message.objects.get(kind="change_asked").text
        # A second time changes the reason and writes no second letter.
        services.ask_for_change(mentee, reason="Other", by=mentee.enrolment.member)
        assert letters("change_asked") == ["alice@northwind.example"]
        services.take_back_change(mentee, by=mentee.enrolment.member)
        mentee.refresh_from_db()
        assert (mentee.change_asked_at, mentee.change_reason) == (None, "")
        assert Message.objects.get(kind="change_asked").status == "skipped"
        with pytest.raises(PermissionDenied):
            services.ask_for_change(mentee, by=mentor.enrolment.member)
        with pytest.raises(PermissionDenied):
            services.take_back_change(mentee, by=alice)


def test_only_in_an_active_mentorship(org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        _mentor, mentee = parts(mentorship)
        with pytest.raises(services.AlreadySettled, match="Only in an active mentorship"):
            services.ask_for_change(mentee, by=mentee.enrolment.member)


def test_the_pages_show_it_to_who_asked_and_to_admins_only(org, alice, program, sign_in, url):
    mentorship = active(program, alice)
    with inside(org):
        mentor, mentee = (part.enrolment.member for part in parts(mentorship))
    theo, page = sign_in(mentee), url("mentorship", mentorship.pk)
    assert "Ask for somebody else" in theo.get(page).content.decode()
    answer = theo.post(url("mentorship_change", mentorship.pk), {"reason": "Too busy for me"})
    assert answer["Location"] == page
    assert "You asked for somebody else" in theo.get(page).content.decode()
    text = sign_in(mentor).get(page).content.decode()
    assert "asked for somebody else" not in text
    assert "Too busy" not in text
    for address in (page, url("detail", program.pk)):
        text = sign_in(alice).get(address).content.decode()
        assert "Too busy for me" in text, address
        assert "Too busy" not in sign_in(mentor).get(address).content.decode()
    theo.post(url("mentorship_change", mentorship.pk), {"take_back": "1"})
    assert "Too busy" not in sign_in(alice).get(page).content.decode()


def test_an_admin_does_not_read_what_their_own_mentee_asks(org, alice, program, sign_in, url):
    mentorship = active(program, alice)
    with inside(org):
        mentor, mentee = parts(mentorship)
        services.ask_for_change(mentee, reason="Too busy", by=mentee.enrolment.member)
        member = mentor.enrolment.member
        member.is_admin = True
        member.save()
        Message.objects.all().delete()
        services.take_back_change(mentee, by=mentee.enrolment.member)
        services.ask_for_change(mentee, reason="Too busy", by=mentee.enrolment.member)
    for address in (url("mentorship", mentorship.pk), url("detail", program.pk)):
        assert "Too busy" not in sign_in(member).get(address).content.decode()


def test_the_change_page_is_for_the_two(org, alice, program, bob, sam, sign_in, url):
    mentorship = active(program, alice)
    address = url("mentorship_change", mentorship.pk)
    for member in (alice, bob, sam):
        assert sign_in(member).get(address).status_code == 404
        assert sign_in(member).post(address).status_code == 404
    with inside(org):
        mentee = parts(mentorship)[1].enrolment.member
    assert sign_in(mentee).get(address).status_code == 200
    assert sign_in(mentee).post(address, {"reason": "x" * 301}).status_code == 422
    assert sign_in(mentee).delete(address).status_code == 405
    with inside(org):
        assert not Participant.objects.filter(change_asked_at__isnull=False).exists()


def test_both_see_until_when_to_answer(org, alice, program, sign_in, url):
    mentorship = make_pair(program, alice)
    with inside(org):
        Mentorship.objects.update(answer_by=timezone.now() + timedelta(days=3, hours=1))
        mentee = parts(mentorship)[1].enrolment.member
    assert "Please answer by" in sign_in(mentee).get(url("respond", mentorship.pk)).content.decode()


def test_the_term_is_a_setting(org, alice, program, sign_in, url):
    data = {
        "name": "Summer",
        "default_capacity": "3",
        "session_length": "30",
        "rhythm": "7",
        "answer_within": "14",
        "pairing": "admin",
        "requests_at_once": "1",
    }
    page = sign_in(alice).post(url("edit", program.pk), data)
    assert page.status_code == 302
    with inside(org):
        assert Program.objects.get(pk=program.pk).answer_within == timedelta(days=14)
    page = sign_in(alice).post(url("edit", program.pk), {**data, "answer_within": "4000"})
    assert page.status_code == 422
