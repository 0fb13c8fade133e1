"""Mentees ask mentors: the services, their limits, and their letters."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from accounts.models import Member
from matching import services
from matching.models import Avoidance, MentorRequest, Proposal
from mentoring.outbox.models import Message
from programs.models import Enrolment, Mentorship, Participant, Program
from programs.services import AlreadyMatched, MentorFull, change_sign_up, end_mentorship, withdraw
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Scheme:
    """Mentees choose: Theo and Uma want Python, which Maya (one place), Noor and Omar offer."""

    def __init__(self, org, **fields):
        self.org = org
        self.program = make_program(org, pairing="choice", **fields)
        for name, capacity in (("Maya", 1), ("Noor", 1), ("Omar", 2)):
            member = make_member(org, name, level=5, department="Sales")
            setattr(self, name.lower(), enrol(self.program, member, "mentor", capacity=capacity, skills=["Python"]))
        for name in ("Theo", "Uma"):
            member = make_member(org, name, level=3, department="Legal")
            setattr(self, name.lower(), enrol(self.program, member, "mentee", skills=["Python", "Law"]))

    def ask(self, mentee, mentor, note="Would you?"):
        with inside(self.org):
            return services.ask_mentor(mentee, mentor, note=note, by=mentee.member)

    def do(self, act, request, **more):
        side = "mentee" if act in ("withdraw_request", "answer_question") else "mentor"
        with inside(self.org):
            by = more.pop("by", None) or getattr(request, side).member
            return getattr(services, act)(MentorRequest.objects.get(pk=request.pk), by=by, **more)

    def status(self, request):
        with inside(self.org):
            return MentorRequest.objects.get(pk=request.pk).status

    def letters(self, **about):
        with inside(self.org):
            return sorted(Message.objects.filter(**about).values_list("kind", "recipient"))


@pytest.fixture
def scheme(org):
    return Scheme(org)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


def test_asking_keeps_the_note_the_reasons_and_the_term(scheme, clock):
    request = scheme.ask(scheme.theo, scheme.maya, note="  I write reports by hand.  ")
    assert request.status == "pending"
    assert request.note == "I write reports by hand."
    assert request.expires_at == NOW + timedelta(days=7)
    assert 0 < request.score <= 1
    assert "skills.some" in [each["code"] for each in request.reasons]
    with inside(scheme.org):
        letter = Message.objects.get()
    assert (letter.kind, letter.recipient) == ("request_received", "maya@northwind.example")
    assert letter.subject == "Theo Osei asks you to be their mentor"
    assert "I write reports by hand." in letter.text
    assert "Offers 1 of the 2 skills wanted: Python" in letter.text
    assert "by Monday 30 November 2026" in letter.text
    assert f"/o/northwind/requests/{request.pk}/" in letter.text


def test_one_request_at_a_time_or_as_many_as_the_programme_says(scheme, org):
    first = scheme.ask(scheme.theo, scheme.maya)
    assert scheme.ask(scheme.theo, scheme.maya).pk == first.pk
    with pytest.raises(services.TooManyRequests, match="You have asked somebody already"):
        scheme.ask(scheme.theo, scheme.noor)
    with inside(org):
        Program.objects.update(requests_at_once=2)
    scheme.ask(scheme.theo, scheme.noor)
    with pytest.raises(services.TooManyRequests, match="You have 2 open requests"):
        scheme.ask(scheme.theo, scheme.omar)
    scheme.do("withdraw_request", first)
    assert scheme.ask(scheme.theo, scheme.omar).status == "pending"


def test_accepting_begins_at_once_and_voids_the_others(org):
    scheme = Scheme(org, requests_at_once=3)
    chosen = scheme.ask(scheme.theo, scheme.maya)
    other = scheme.ask(scheme.theo, scheme.noor)
    with inside(org):
        Message.objects.update(status="sent")
        Proposal.objects.create(program=scheme.program, mentee=scheme.theo, mentor=scheme.omar, score=0.5)
    mentorship = scheme.do("accept_request", chosen)
    with inside(org):
        assert mentorship.status == Mentorship.Status.ACTIVE
        assert sorted(Participant.objects.values_list("role", "response")) == [
            ("mentee", "accepted"), ("mentor", "accepted"),
        ]  # fmt: skip
        assert MentorRequest.objects.get(pk=chosen.pk).mentorship_id == mentorship.pk
        assert mentorship.reasons[0]["text"] == "Offers 1 of the 2 skills wanted: Python"
        assert not Proposal.objects.exists()
    assert (scheme.status(chosen), scheme.status(other)) == ("accepted", "void")
    assert scheme.letters(status="pending") == [
        ("request_accepted", "theo@northwind.example"), ("request_over", "noor@northwind.example"),
    ]  # fmt: skip
    with pytest.raises(AlreadyMatched):
        scheme.ask(scheme.theo, scheme.omar)


def test_a_mentor_who_never_heard_of_a_request_isnt_told_of_its_end(scheme):
    request = scheme.ask(scheme.theo, scheme.maya)
    scheme.do("withdraw_request", request)
    assert scheme.letters(status="pending") == []
    assert scheme.letters(status="skipped") == [("request_received", "maya@northwind.example")]


def test_hours_a_month_limit_how_many_a_mentor_takes(scheme, clock, org):
    with inside(org):
        # An hour every two weeks is about two hours a month: three hours are enough for one mentee.
        Enrolment.objects.filter(pk=scheme.omar.pk).update(hours_per_month=3)
        scheme.program.criteria["rules"]["hours_capacity"] = True
        scheme.program.save()
    first, second = scheme.ask(scheme.theo, scheme.omar), scheme.ask(scheme.uma, scheme.omar)
    scheme.do("accept_request", first)
    with pytest.raises(MentorFull, match="no free place now"):
        scheme.do("accept_request", second)


def test_a_full_mentor_keeps_the_requests_and_hears_when_a_place_is_free(scheme, clock, org):
    first, second = scheme.ask(scheme.theo, scheme.maya), scheme.ask(scheme.uma, scheme.maya)
    mentorship = scheme.do("accept_request", first)
    with pytest.raises(MentorFull, match="no free place now"):
        scheme.do("accept_request", second)
    assert scheme.status(second) == "pending"
    clock.shift(timedelta(days=6))
    with inside(org):
        end_mentorship(mentorship, by=scheme.theo.member)
        renewed = MentorRequest.objects.get(pk=second.pk)
        assert renewed.expires_at == NOW + timedelta(days=13)
        letter = Message.objects.get(kind="mentor_place_free")
    assert letter.recipient == "maya@northwind.example"
    assert letter.subject == "You have a free place, and one request waits for it"
    assert scheme.do("accept_request", second).status == "active"


def test_a_full_mentor_who_takes_more_hears_of_who_waits(scheme, clock, org):
    first, second = scheme.ask(scheme.theo, scheme.maya), scheme.ask(scheme.uma, scheme.maya)
    scheme.do("accept_request", first)
    clock.shift(timedelta(days=6))
    with inside(org):
        change_sign_up(Enrolment.objects.get(pk=scheme.maya.pk), by=scheme.maya.member, skills=["Python"], capacity=3)
        assert MentorRequest.objects.get(pk=second.pk).expires_at == NOW + timedelta(days=13)
        assert Message.objects.get(kind="mentor_place_free").recipient == "maya@northwind.example"
        # She has room now: another change tells her nothing new.
        change_sign_up(Enrolment.objects.get(pk=scheme.maya.pk), by=scheme.maya.member, skills=["Python"], capacity=4)
        assert Message.objects.filter(kind="mentor_place_free").count() == 1
    assert scheme.do("accept_request", second).status == "active"


def test_who_asked_before_a_pause_has_time_again_after_it(scheme, clock, org):
    request = scheme.ask(scheme.theo, scheme.maya)
    with inside(org):
        services.pause(scheme.maya, by=scheme.maya.member)
    clock.shift(timedelta(days=6))
    with inside(org):
        services.resume(scheme.maya, by=scheme.maya.member)
        assert MentorRequest.objects.get(pk=request.pk).expires_at == NOW + timedelta(days=13)


def test_where_nothing_counts_any_more_a_request_can_still_be_accepted_but_not_made(scheme, org):
    request = scheme.ask(scheme.theo, scheme.maya)
    with inside(org):
        program = Program.objects.get(pk=scheme.program.pk)
        program.criteria["weights"] = dict.fromkeys(program.criteria["weights"], 0)
        program.save()
    with pytest.raises(services.MatchingProblem, match="Nothing counts in this programme’s matching"):
        scheme.ask(scheme.uma, scheme.noor)
    assert scheme.do("accept_request", request).status == "active"


def test_only_as_many_as_there_are_places_get_their_time_again(org, clock):
    scheme = Scheme(org)
    vera = enrol(scheme.program, make_member(org, "Vera", level=3), "mentee", skills=["Python"])
    first = scheme.ask(scheme.theo, scheme.maya)
    waiting = []
    for mentee in (scheme.uma, vera):
        clock.shift(timedelta(hours=1))
        waiting.append(scheme.ask(mentee, scheme.maya))
    mentorship = scheme.do("accept_request", first)
    clock.shift(timedelta(days=2))
    with inside(org):
        end_mentorship(mentorship, by=scheme.theo.member)
        ends = [MentorRequest.objects.get(pk=each.pk).expires_at for each in waiting]
    assert ends == [NOW + timedelta(days=9, hours=2), NOW + timedelta(days=7, hours=2)]


def test_a_question_back_and_its_answer_begin_the_term_anew(scheme, clock):
    request = scheme.ask(scheme.theo, scheme.maya)
    clock.shift(timedelta(days=5))
    asked = scheme.do("ask_back", request, question="What have you tried?")
    assert (asked.status, asked.expires_at) == ("asked", NOW + timedelta(days=12))
    clock.shift(timedelta(days=5))
    answered = scheme.do("answer_question", request, answer="Two courses.")
    assert (answered.status, answered.answer, answered.expires_at) == (
        "pending", "Two courses.", NOW + timedelta(days=17),
    )  # fmt: skip
    with pytest.raises(services.MatchingProblem, match="You have asked once already"):
        scheme.do("ask_back", request, question="And books?")
    assert scheme.letters() == [
        ("request_answer", "maya@northwind.example"),
        ("request_question", "theo@northwind.example"),
        ("request_received", "maya@northwind.example"),
    ]
    assert scheme.do("accept_request", request).status == "active"


def test_declining_tells_the_mentee_kindly_and_only_once(scheme):
    request = scheme.ask(scheme.theo, scheme.maya)
    scheme.do("decline_request", request, reason="I am away until March.")
    with inside(scheme.org):
        letter = Message.objects.get(kind="request_declined")
    assert "it says nothing about you" in letter.text
    assert "I am away until March." in letter.text
    with pytest.raises(services.RequestOver, match="it is declined"):
        scheme.do("accept_request", request)
    with pytest.raises(services.MatchingProblem, match="has answered you already"):
        scheme.ask(scheme.theo, scheme.maya)


def test_what_nobody_answers_lapses_at_reading_and_in_the_night(scheme, clock, org):
    request = scheme.ask(scheme.theo, scheme.maya)
    clock.shift(timedelta(days=7))
    with inside(org):
        assert not services.open_requests().exists()
    with pytest.raises(services.RequestOver, match="has lapsed"):
        scheme.do("accept_request", request)
    # Whoever waits for the night isn't kept from asking again.
    again = scheme.ask(scheme.theo, scheme.noor)
    assert scheme.status(request) == "expired"
    clock.shift(timedelta(days=7))
    with inside(org):
        assert services.expire_requests() == 1
        assert services.expire_requests() == 0
    assert scheme.status(again) == "expired"
    assert scheme.letters(kind="request_over") == [("request_over", "theo@northwind.example")] * 2


@pytest.mark.parametrize("said_by", ["theo", "maya"])
def test_an_avoided_pair_is_refused_at_asking_and_at_accepting_without_the_reason(scheme, org, said_by):
    request = scheme.ask(scheme.theo, scheme.maya)
    other = {"theo": scheme.maya, "maya": scheme.theo}[said_by]
    with inside(org):
        Avoidance.objects.create(member=getattr(scheme, said_by).member, avoided=other.member)
    with pytest.raises(services.NotPossible, match=r"^This pair isn’t possible in this programme\.$"):
        scheme.do("accept_request", request)
    scheme.do("withdraw_request", request)
    with pytest.raises(services.NotPossible, match=r"^This pair isn’t possible in this programme\.$"):
        scheme.ask(scheme.theo, scheme.maya)


def test_the_reporting_line_is_refused_with_the_same_words(scheme, org):
    with inside(org):
        Member.objects.filter(pk=scheme.theo.member_id).update(manager=scheme.maya.member)
    with pytest.raises(services.NotPossible, match="This pair isn’t possible"):
        scheme.ask(scheme.theo, scheme.maya)


def test_who_may_not(scheme, org):
    request = scheme.ask(scheme.theo, scheme.maya)
    admin = make_member(org, "Alice", is_admin=True)
    for act, more in (
        ("accept_request", {}), ("decline_request", {}), ("ask_back", {"question": "?"}), ("withdraw_request", {}),
        ("answer_question", {"answer": "!"}),
    ):  # fmt: skip
        for by in (admin, scheme.uma.member):
            with pytest.raises(PermissionDenied):
                scheme.do(act, request, by=by, **more)
    with inside(org), pytest.raises(PermissionDenied):
        services.ask_mentor(scheme.uma, scheme.maya, by=admin)
    with inside(org), pytest.raises(PermissionDenied):
        services.pause(scheme.maya, by=admin)


def test_nobody_asks_where_admins_decide_or_a_mentor_pauses(scheme, org):
    with inside(org):
        services.pause(scheme.maya, by=scheme.maya.member)
    with pytest.raises(services.MatchingProblem, match="Maya Osei is pausing"):
        scheme.ask(scheme.theo, scheme.maya)
    with inside(org):
        services.resume(scheme.maya, by=scheme.maya.member)
        Program.objects.update(pairing="admin")
    with pytest.raises(services.MatchingProblem, match="programme admins find the mentors"):
        scheme.ask(scheme.theo, scheme.maya)


def test_leaving_ends_what_is_open(org):
    scheme = Scheme(org, requests_at_once=2)
    lost, kept = scheme.ask(scheme.theo, scheme.maya), scheme.ask(scheme.uma, scheme.noor)
    with inside(org):
        Message.objects.update(status="sent")
        withdraw(scheme.maya, by=scheme.maya.member)
    assert (scheme.status(lost), scheme.status(kept)) == ("void", "pending")
    assert scheme.letters(status="pending") == [("request_over", "theo@northwind.example")]
    with inside(org):
        letter = Message.objects.get(kind="request_over")
        assert letter.subject == "Maya Osei no longer takes part"
        withdraw(scheme.uma, by=scheme.uma.member)
    assert scheme.status(kept) == "void"


def test_a_mentor_without_a_login_gets_a_link_that_brings_one(scheme, org):
    pia = enrol(scheme.program, make_member(org, "Pia", login=False, level=5), "mentor", capacity=1, skills=["Python"])
    scheme.ask(scheme.theo, pia)
    with inside(org):
        letter = Message.objects.get(recipient="pia@northwind.example")
    assert "You have no login yet" in letter.text
    assert "/invitations/" in letter.text
