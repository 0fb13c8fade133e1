"""Mentorships: offers, answers, and ends without blame."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Invitation
from mentoring.outbox.models import Message
from programs import services
from programs.models import Enrolment, Mentorship
from programs.signals import mentorship_ended, mentorship_started
from tests.people import inside, make_member, make_organisation
from tests.programs.scheme import make_pair, make_program, sign_up


@pytest.fixture
def org(db):
    return make_organisation()


@pytest.fixture
def admin(org):
    return make_member(org, "Alice", is_admin=True)


@pytest.fixture
def program(admin):
    return make_program(admin)


@pytest.fixture
def heard():
    """What the signals told, in order."""
    told = []

    def started(mentorship, **kwargs):
        told.append(("started", mentorship.pk))

    def ended(mentorship, **kwargs):
        told.append((mentorship.status, mentorship.pk))

    mentorship_started.connect(started)
    mentorship_ended.connect(ended)
    yield told
    mentorship_started.disconnect(started)
    mentorship_ended.disconnect(ended)


def parts(mentorship):
    return mentorship.participants.get(role="mentor"), mentorship.participants.get(role="mentee")


def test_an_offer_asks_both_and_says_why(org, admin, program):
    reasons = [
        {"text": "Offers Python, which they want", "tone": "for"},
        {"text": "Works elsewhere", "tone": "against"},
    ]
    mentorship = make_pair(program, admin, score=0.8, reasons=reasons)
    with inside(org):
        assert (mentorship.status, mentorship.score) == ("offered", 0.8)
        to_mentor, to_mentee = Message.objects.filter(kind="mentorship_offered").order_by("recipient")
        assert to_mentor.subject == "Would you like to mentor Theo Osei?"
        assert to_mentee.subject == "We have found a mentor for you: Maya Osei"
        assert "- Offers Python, which they want" in to_mentee.text
        assert "Works elsewhere" not in to_mentee.text
        assert f"/o/northwind/mentorships/{mentorship.pk}/answer/" in to_mentee.text


def test_the_letter_brings_a_login_to_who_has_none(org, admin, program):
    mentor = sign_up(program, make_member(org, "Maya"), role="mentor", by=admin)
    mentee = sign_up(program, make_member(org, "Theo", login=False), by=admin)
    with inside(org):
        mentorship = services.offer_mentorship(program, mentor=mentor, mentee=mentee, by=admin)
        invitation = Invitation.objects.get()
        assert invitation.member == mentee.member
        assert invitation.next_path == f"/o/northwind/mentorships/{mentorship.pk}/answer/"
        assert [message.kind for message in Message.objects.filter(recipient=mentee.member.email)] == [
            "sign_up", "mentorship_offered",
        ]  # fmt: skip
        to_mentee = Message.objects.get(kind="mentorship_offered", recipient=mentee.member.email)
        assert "http://127.0.0.1:8000/invitations/northwind/" in to_mentee.text
        to_mentor = Message.objects.get(kind="mentorship_offered", recipient=mentor.member.email)
        assert "/invitations/" not in to_mentor.text


def test_it_begins_once_both_have_accepted(org, admin, program, heard):
    mentorship = make_pair(program, admin)
    with inside(org):
        mentor, mentee = parts(mentorship)
        assert services.accept(mentor, by=mentor.enrolment.member).status == "offered"
        assert services.accept(mentor, by=mentor.enrolment.member).status == "offered"
        assert heard == []
        begun = services.accept(mentee, by=mentee.enrolment.member)
        assert begun.status == "active"
        assert begun.started_at is not None
        assert heard == [("started", mentorship.pk)]
        assert Message.objects.filter(kind="mentorship_started").count() == 2


def test_a_no_frees_the_place_and_only_admins_read_why(org, admin, program, heard):
    mentorship = make_pair(program, admin)
    with inside(org):
        mentor, mentee = parts(mentorship)
        Enrolment.objects.filter(pk=mentor.enrolment_id).update(capacity=1)
        services.accept(mentee, by=mentee.enrolment.member)
        services.decline(mentor, reason="We fell out in 2019.", by=mentor.enrolment.member)
        mentorship.refresh_from_db()
        assert mentorship.status == "declined"
        assert heard == [("declined", mentorship.pk)]
        to_mentee = Message.objects.get(kind="mentorship_over")
        assert to_mentee.recipient == "theo@northwind.example"
        assert "2019" not in to_mentee.text + to_mentee.html
        to_admin = Message.objects.get(kind="mentorship_declined")
        assert to_admin.recipient == "alice@northwind.example"
        assert "We fell out in 2019." in to_admin.text
        with pytest.raises(services.AlreadySettled, match="withdrawn meanwhile"):
            services.decline(mentee, by=mentee.enrolment.member)
        other = services.offer_mentorship(program, mentor=mentor.enrolment, mentee=mentee.enrolment, by=admin)
        assert other.status == "offered"


def test_nobody_answers_for_somebody_else(org, admin, program):
    mentorship = make_pair(program, admin)
    with inside(org):
        mentor, mentee = parts(mentorship)
        for by in (admin, mentee.enrolment.member):
            with pytest.raises(PermissionDenied):
                services.accept(mentor, by=by)
            with pytest.raises(PermissionDenied):
                services.decline(mentor, by=by)


def test_a_mentor_takes_no_more_than_offered_and_a_mentee_one(org, admin, program):
    full = sign_up(program, make_member(org, "Maya"), role="mentor", by=admin, capacity=1)
    free = sign_up(program, make_member(org, "Max"), role="mentor", by=admin, capacity=1)
    one, two = (sign_up(program, make_member(org, name), by=admin) for name in ("Theo", "Tia"))
    with inside(org):
        services.offer_mentorship(program, mentor=full, mentee=one, by=admin)
        with pytest.raises(services.MentorFull, match="Maya Osei has no place left"):
            services.offer_mentorship(program, mentor=full, mentee=two, by=admin)
        with pytest.raises(services.AlreadyMatched, match="Theo Osei has a mentor"):
            services.offer_mentorship(program, mentor=free, mentee=one, by=admin)


def test_only_people_enrolled_in_one_running_programme_are_paired(org, admin, program):
    other = make_program(admin, name="Autumn")
    mentor = sign_up(program, make_member(org, "Maya"), role="mentor", by=admin)
    mentee = sign_up(program, make_member(org, "Theo"))
    elsewhere = sign_up(other, make_member(org, "Tia"), by=admin)
    with inside(org):
        with pytest.raises(services.ProgramProblem, match="Theo Osei is not enrolled any more"):
            services.offer_mentorship(program, mentor=mentor, mentee=mentee, by=admin)
        with pytest.raises(services.ProgramProblem, match="same programme"):
            services.offer_mentorship(program, mentor=mentor, mentee=elsewhere, by=admin)
        with pytest.raises(services.ProgramProblem, match="needs a mentor and a mentee"):
            services.offer_mentorship(program, mentor=mentor, mentee=mentor, by=admin)
        services.approve(mentee, by=admin)
        services.close_program(program, by=admin)
        with pytest.raises(services.ProgramProblem, match="closed"):
            services.offer_mentorship(program, mentor=mentor, mentee=mentee, by=admin)


def test_ending_tells_the_other_and_keeps_both_enrolled(org, admin, program, heard):
    mentorship = make_pair(program, admin)
    with inside(org):
        mentor, mentee = parts(mentorship)
        for part in (mentor, mentee):
            services.accept(part, by=part.enrolment.member)
        services.end_mentorship(mentorship, reason="No time", by=mentee.enrolment.member)
        mentorship.refresh_from_db()
        assert (mentorship.status, mentorship.end_reason) == ("ended", "No time")
        assert heard == [("started", mentorship.pk), ("ended", mentorship.pk)]
        letter = Message.objects.get(kind="mentorship_over")
        assert letter.recipient == "maya@northwind.example"
        assert "No time" not in letter.text
        assert set(Enrolment.objects.values_list("status", flat=True)) == {"active"}
        services.end_mentorship(mentorship, reason="Again", by=admin)
        assert Mentorship.objects.get(pk=mentorship.pk).end_reason == "No time"


def test_a_colleague_ends_nothing(org, admin, program):
    mentorship = make_pair(program, admin)
    colleague = make_member(org, "Bob")
    with inside(org):
        for service in (services.end_mentorship, services.complete_mentorship):
            if service is services.complete_mentorship:
                Mentorship.objects.update(status="active")
            with pytest.raises(PermissionDenied):
                service(mentorship, by=colleague)


def test_only_what_is_active_is_completed(org, admin, program, heard):
    mentorship = make_pair(program, admin)
    with inside(org):
        with pytest.raises(services.AlreadySettled):
            services.complete_mentorship(mentorship, by=admin)
        for part in parts(mentorship):
            services.accept(part, by=part.enrolment.member)
        assert services.complete_mentorship(mentorship, by=admin).status == "completed"
        assert heard[-1] == ("completed", mentorship.pk)
        assert Message.objects.filter(kind="mentorship_thanks").count() == 2


def test_closing_completes_what_runs_and_ends_the_rest(org, admin, program, heard):
    running = make_pair(program, admin)
    offered = make_pair(program, admin, mentor="Max", mentee="Tia")
    applied = sign_up(program, make_member(org, "Bob"))
    with inside(org):
        for part in parts(running):
            services.accept(part, by=part.enrolment.member)
        services.close_program(program, by=admin)
        services.close_program(program, by=admin)
        assert dict(Mentorship.objects.values_list("pk", "status")) == {running.pk: "completed", offered.pk: "ended"}
        assert Enrolment.objects.get(pk=applied.pk).status == "declined"
        assert not Enrolment.objects.filter(ended_at__isnull=True).exists()
        assert Message.objects.filter(kind="sign_up_ended").count() == 5


def test_history_is_brought_along_without_letters(org, admin, program):
    from datetime import UTC, datetime

    day = datetime(2024, 3, 1, 9, tzinfo=UTC)
    maya, theo = make_member(org, "Maya"), make_member(org, "Theo")
    with inside(org):
        mentor = services.enrol(program, maya, role="mentor", by=admin, at=day)
        mentee = services.enrol(program, theo, role="mentee", by=admin, at=day)
        mentorship = services.offer_mentorship(program, mentor=mentor, mentee=mentee, by=admin, at=day)
        for part in parts(mentorship):
            services.accept(part, by=part.enrolment.member, at=day)
        services.complete_mentorship(mentorship, by=admin, at=day)
        mentorship.refresh_from_db()
        assert (mentee.joined_at, mentorship.started_at, mentorship.ended_at) == (day, day, day)
        assert not Message.objects.exists()
