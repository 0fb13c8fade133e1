"""Signing up: places, approval, the waiting list, leaving."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from accounts.services import mark_left
from mentoring.outbox.models import Message
from programs import services
from programs.models import Enrolment, Program
from programs.signals import enrolment_ended
from tests.people import inside, make_member, make_organisation
from tests.programs.scheme import make_pair, make_program, sign_up


@pytest.fixture
def org(db):
    return make_organisation()


@pytest.fixture
def admin(org):
    return make_member(org, "Alice", is_admin=True)


@pytest.fixture
def bob(org):
    return make_member(org, "Bob")


def letters(member):
    return list(Message.objects.filter(recipient=member.email).values_list("kind", "subject"))


def test_a_sign_up_waits_for_approval(org, admin, bob):
    program = make_program(admin)
    enrolment = sign_up(program, bob, skills=["Python", "python ", "Leading people"], goal=" Lead ")
    with inside(org):
        assert enrolment.status == "applied"
        assert enrolment.joined_at is None
        assert enrolment.goal == "Lead"
        assert [(each.skill.name, each.rank) for each in enrolment.skills.all()] == [
            ("Python", 0),
            ("Leading people", 1),
        ]
        approved = services.approve(enrolment, by=admin)
        assert (approved.status, approved.decided_by) == ("active", admin)
        assert approved.joined_at is not None
        assert services.approve(enrolment, by=admin).joined_at == approved.joined_at
        assert letters(bob) == [
            ("sign_up", "We have your sign-up for Spring mentoring"),
            ("sign_up_decided", "You are enrolled in Spring mentoring"),
        ]


def test_without_approval_the_place_is_given_at_once(org, admin, bob):
    enrolment = sign_up(make_program(admin, needs_approval=False), bob, role="mentor")
    assert enrolment.status == "active"
    assert enrolment.joined_at == enrolment.applied_at
    assert enrolment.capacity == 2


def test_an_admin_enrols_somebody_without_approval_and_a_colleague_may_not(org, admin, bob):
    program = make_program(admin)
    assert sign_up(program, bob, by=admin).status == "active"
    with pytest.raises(PermissionDenied):
        sign_up(program, make_member(org, "Chidi"), by=bob)


def test_nobody_signs_up_twice(org, admin, bob):
    program = make_program(admin)
    sign_up(program, bob)
    with pytest.raises(services.AlreadyEnrolled, match=r"^Bob Osei has signed up already\.$"):
        sign_up(program, bob, role="mentor")


def test_who_left_the_programme_may_come_back(org, admin, bob):
    program = make_program(admin, needs_approval=False)
    first = sign_up(program, bob, skills=["Python"])
    with inside(org):
        services.withdraw(first, by=bob)
    again = sign_up(program, bob, role="mentor", skills=["Writing"], capacity=3)
    with inside(org):
        assert again.pk == first.pk
        assert (again.status, again.role, again.capacity, again.ended_at) == ("active", "mentor", 3, None)
        assert again.joined_at == first.joined_at
        assert [each.skill.name for each in again.skills.all()] == ["Writing"]
        assert [kind for kind, _ in letters(bob)] == ["sign_up", "sign_up"]


def test_who_was_not_accepted_has_to_ask(org, admin, bob):
    program = make_program(admin)
    enrolment = sign_up(program, bob)
    heard = []
    enrolment_ended.connect(lambda enrolment, **_: heard.append(enrolment.pk), weak=False, dispatch_uid="test")
    try:
        with inside(org):
            services.decline_enrolment(enrolment, reason="It is for engineers only.", by=admin)
    finally:
        enrolment_ended.disconnect(dispatch_uid="test")
    assert heard == [enrolment.pk]
    with pytest.raises(services.NotEligible, match="not accepted"):
        sign_up(program, bob)
    with inside(org):
        letter = Message.objects.get(kind="sign_up_ended")
        assert "Reason: It is for engineers only." in letter.text
        assert services.approve(enrolment, by=admin).status == "active"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("draft", "This programme has not been launched yet."),
        ("running", "Sign-up for this programme is closed."),
        ("closed", "This programme is closed."),
    ],
)
def test_sign_up_needs_an_open_programme(org, admin, bob, status, sentence):
    program = make_program(admin, launched=status != "draft")
    with inside(org):
        if status == "running":
            services.close_sign_up(program, by=admin)
        if status == "closed":
            services.close_program(program, by=admin)
    with pytest.raises(services.ProgramProblem, match=sentence):
        sign_up(program, bob)


def test_sign_up_ends_with_the_programme(org, admin, bob):
    program = make_program(admin)
    with inside(org):
        Program.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(services.NotEligible, match=r"This programme has ended\."):
        sign_up(program, bob)


def test_who_left_the_organisation_cannot_sign_up(org, admin):
    gone = make_member(org, "Gone", left_on=date(2024, 1, 31))
    with pytest.raises(services.NotEligible, match=r"^Gone Osei no longer works here\.$"):
        sign_up(make_program(admin), gone, by=admin)


def test_onboarding_takes_new_hires_any_day_without_approval(org, admin):
    program = make_program(admin, format="onboarding", hired_within=timedelta(days=30), needs_approval=True)
    today = timezone.localdate()
    new = make_member(org, "New", hired_on=today - timedelta(days=30))
    assert sign_up(program, new).status == "active"
    for days, name in ((31, "Late"), (400, "Old")):
        late = make_member(org, name, hired_on=today - timedelta(days=days))
        with pytest.raises(services.NotEligible, match="hired within the last 30 days"):
            sign_up(program, late)
    assert sign_up(program, late, role="mentor").capacity == 3


def test_mentees_beyond_the_places_wait_first_come_first_served(org, admin):
    program = make_program(admin, needs_approval=False, mentee_places=1)
    people = [make_member(org, name) for name in ("Ann", "Ben", "Cleo")]
    ann, ben, cleo = (sign_up(program, member) for member in people)
    assert [ann.status, ben.status, cleo.status] == ["active", "waiting", "waiting"]
    assert sign_up(program, make_member(org, "Maya"), role="mentor").status == "active"
    with inside(org):
        services.withdraw(ann, by=people[0])
        assert dict(Enrolment.objects.mentees().values_list("member__given_name", "status")) == {
            "Ann": "withdrawn", "Ben": "active", "Cleo": "waiting",
        }  # fmt: skip
        assert Enrolment.objects.get(pk=ben.pk).joined_at > ben.applied_at
        assert letters(people[1])[-1] == ("sign_up_decided", "A place for you in Spring mentoring")
        services.change_program(program, by=admin, mentee_places=2)
        assert Enrolment.objects.get(pk=cleo.pk).status == "active"


def test_approval_leads_to_the_waiting_list_when_the_places_are_gone(org, admin):
    program = make_program(admin, mentee_places=1)
    first, second = (sign_up(program, make_member(org, name)) for name in ("Ann", "Ben"))
    with inside(org):
        assert services.approve_all([second, first], by=admin) == 2
        assert Enrolment.objects.get(pk=first.pk).status == "active"
        assert Enrolment.objects.get(pk=second.pk).status == "waiting"
        services.decline_enrolment(second, reason="", by=admin)
        assert Enrolment.objects.get(pk=second.pk).status == "declined"


def test_leaving_ends_the_mentorship_and_tells_the_other_no_reason(org, admin):
    program = make_program(admin)
    mentorship = make_pair(program, admin)
    with inside(org):
        theo = mentorship.participants.get(role="mentee").enrolment
        services.withdraw(theo, by=theo.member)
        mentorship.refresh_from_db()
        assert (mentorship.status, mentorship.end_reason) == ("ended", "Theo Osei left the programme.")
        letter = Message.objects.get(kind="mentorship_over")
        assert letter.recipient == "maya@northwind.example"
        assert "left the programme" not in letter.text
        assert services.withdraw(theo, by=theo.member).status == "withdrawn"
        assert Message.objects.filter(kind="mentorship_over").count() == 1


def test_nobody_leaves_a_programme_that_has_closed(org, admin):
    program = make_program(admin)
    mentorship = make_pair(program, admin)
    with inside(org):
        theo = mentorship.participants.get(role="mentee").enrolment
        services.close_program(program, by=admin)
        closed = Enrolment.objects.get(pk=theo.pk)
        services.withdraw(theo, by=theo.member)
        theo.refresh_from_db()
        assert (theo.status, theo.ended_at) == ("active", closed.ended_at)


def test_an_admin_takes_somebody_out_who_is_told_and_a_colleague_may_not(org, admin, bob):
    enrolment = sign_up(make_program(admin), bob)
    with inside(org), pytest.raises(PermissionDenied):
        services.withdraw(enrolment, by=make_member(org, "Chidi"))
    with inside(org):
        services.withdraw(enrolment, by=admin)
        assert letters(bob)[-1][0] == "sign_up_ended"


def test_who_leaves_the_organisation_leaves_its_programmes(org, admin, bob):
    make_member(org, "Owner", is_owner=True)
    program = make_program(admin, mentee_places=1, needs_approval=False)
    theirs, next_one = sign_up(program, bob), sign_up(program, make_member(org, "Next"))
    with inside(org):
        mark_left(bob, last_day=timezone.localdate(), by=admin)
        assert services.withdraw_leavers() == 0
        mark_left(bob, last_day=timezone.localdate() - timedelta(days=1), by=admin)
        assert Enrolment.objects.get(pk=theirs.pk).status == "withdrawn"
        assert Enrolment.objects.get(pk=next_one.pk).status == "active"


def test_the_night_takes_out_who_left_by_import(org, admin, bob):
    enrolment = sign_up(make_program(admin), bob)
    with inside(org):
        bob.left_on = timezone.localdate() - timedelta(days=1)
        bob.save()
        assert services.withdraw_leavers() == 1
        assert services.withdraw_leavers() == 0
        assert Enrolment.objects.get(pk=enrolment.pk).status == "withdrawn"


def test_answers_can_be_changed_until_there_is_a_mentor(org, admin):
    program = make_program(admin)
    theo = sign_up(program, make_member(org, "Theo"), by=admin)
    maya = sign_up(program, make_member(org, "Maya"), by=admin, role="mentor", capacity=1)
    with inside(org):
        changed = services.change_sign_up(theo, by=theo.member, skills=["Writing"], free_hours=[[0, 480, 600]])
        assert [each.skill.name for each in changed.skills.all()] == ["Writing"]
        assert changed.free_hours == [[0, 480, 600]]
        services.offer_mentorship(program, mentor=maya, mentee=theo, by=admin)
        with pytest.raises(services.AlreadySettled):
            services.change_sign_up(theo, by=theo.member, skills=[])
        assert services.change_sign_up(maya, by=maya.member, skills=["Go"], capacity=2).capacity == 2
        with pytest.raises(services.ProgramProblem, match="You have 1 mentees or offers already"):
            services.change_sign_up(maya, by=maya.member, skills=["Go"], capacity=0)


def test_answers_to_questions_are_kept_for_the_role_that_is_asked(org, admin, bob):
    program = make_program(admin)
    with inside(org):
        both = services.add_question(program, by=admin, text="Why now?")
        mentors = services.add_question(program, by=admin, text="Mentored before?", audience="mentor")
    with pytest.raises(services.ProgramProblem, match="isn’t asked"):
        sign_up(program, bob, answers={mentors.pk: "Yes"})
    enrolment = sign_up(program, bob, answers={both.pk: "A new role"})
    with inside(org):
        assert [(each.question.text, each.value) for each in enrolment.answers.all()] == [("Why now?", "A new role")]


def at_once(organisation, works):
    """Run each function in a thread of its own with its own connection, all released at the same moment."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def run(number, work):
        try:
            gate.wait()
            with inside(organisation):
                results[number] = work()
        except services.ProgramProblem as problem:
            results[number] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_sign_ups_for_the_last_place_get_one_between_them():
    org = make_organisation()
    admin = make_member(org, "Alice", is_admin=True)
    program = make_program(admin, needs_approval=False, mentee_places=1)
    people = [make_member(org, name) for name in ("Ann", "Ben")]
    results = at_once(
        org,
        [
            lambda member=member: services.enrol(program, member, role="mentee", by=member, skills=["Python"])
            for member in people
        ],
    )
    assert sorted(each.status for each in results) == ["active", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_ten_offers_at_once_to_a_mentor_of_three_make_three():
    org = make_organisation()
    admin = make_member(org, "Alice", is_admin=True)
    program = make_program(admin, needs_approval=False)
    mentor = sign_up(program, make_member(org, "Maya"), role="mentor", capacity=3)
    mentees = [sign_up(program, make_member(org, f"Mentee{number}")) for number in range(10)]
    results = at_once(
        org,
        [
            lambda mentee=mentee: services.offer_mentorship(program, mentor=mentor, mentee=mentee, by=admin)
            for mentee in mentees
        ],
    )
    assert sorted(type(each).__name__ for each in results) == ["MentorFull"] * 7 + ["Mentorship"] * 3


@pytest.mark.django_db(transaction=True)
def test_nobody_is_offered_in_a_programme_that_is_just_being_closed():
    org = make_organisation()
    admin = make_member(org, "Alice", is_admin=True)
    program = make_program(admin, needs_approval=False)
    mentor = sign_up(program, make_member(org, "Maya"), role="mentor")
    mentee = sign_up(program, make_member(org, "Theo"))
    results = []

    def offer():
        try:
            with inside(org):
                asked.set()
                results.append(services.offer_mentorship(program, mentor=mentor, mentee=mentee, by=admin))
        except services.ProgramProblem as problem:
            results.append(str(problem))
        finally:
            connection.close()

    asked, thread = threading.Event(), threading.Thread(target=offer)
    with inside(org):
        services.close_program(program, by=admin)
        thread.start()
        asked.wait(10)
        # It has to wait for the end of this transaction.
        thread.join(0.5)
        assert results == []
    thread.join(10)
    assert results == ["This programme is closed."]
