"""Runs beside running mentorships: who asked for another is placed, others move only where that is allowed and pays."""

import pytest
from django.utils import timezone

from matching import services
from matching.models import Proposal, Unmatched
from matching.scoring import LevelGap, People, Scorer
from matching.services.running import choosing
from matching.services.running.situation import Running, Situation
from mentoring.jobs.models import Job
from mentoring.jobs.progress import JobError
from mentoring.jobs.services import run_job
from mentoring.outbox.models import Message
from mentoring.tenancy.scope import organisation_scope
from programs.models import Mentorship, Participant
from programs.services import AlreadyMatched, MentorFull, accept, decline, offer_mentorship
from tests.matching.cast import drafts, enrol, make_program
from tests.matching.test_running import people, run, small
from tests.people import inside

FAR = {"weights": {"skills": 1}, "rules": {}}


def pair(org, program, mentor, mentee):
    with inside(org):
        mentorship = Mentorship.objects.create(program=program, status="active")
        for enrolment, role in ((mentor, "mentor"), (mentee, "mentee")):
            Participant.objects.create(mentorship=mentorship, enrolment=enrolment, role=role, response="accepted")
    return mentorship


def ask(org, enrolment):
    with inside(org):
        Participant.objects.filter(enrolment=enrolment).update(change_asked_at=timezone.now())


def answer_all(org, mentorship, say):
    with inside(org):
        for each in mentorship.participants.all():
            say(each, by=each.enrolment.member)


def read(org, mentorship):
    with inside(org):
        return Mentorship.objects.get(pk=mentorship.pk).status


def test_who_asked_for_another_is_proposed_one_and_nobody_else_moves(org):
    program, who = small(org, mentors={"Maya": 1, "Noor": 1, "Omar": 1}, mentees=["Theo", "Uma", "Vera"])
    old = pair(org, program, who["Maya"], who["Theo"])
    pair(org, program, who["Noor"], who["Uma"])
    ask(org, who["Theo"])
    found = run(program)
    assert drafts(program) == [("Theo", "Omar"), ("Vera", "Maya")]
    with inside(org):
        assert {each.mentee.member.given_name: each.replaces for each in Proposal.objects.all()} == {
            "Theo": old,
            "Vera": None,
        }
    assert (found.mentees, found.proposed, found.disturbed) == (2, 2, 1)


def test_a_mentor_who_asked_counts_as_well(org):
    program, who = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo"])
    pair(org, program, who["Maya"], who["Theo"])
    ask(org, who["Maya"])
    run(program)
    assert drafts(program) == [("Theo", "Noor")]


def test_who_asked_in_vain_keeps_the_mentor(org):
    program, who = small(org, mentors={"Maya": 1}, mentees=["Theo", "Uma"])
    old = pair(org, program, who["Maya"], who["Theo"])
    ask(org, who["Theo"])
    found = run(program)
    assert drafts(program) == []
    assert read(org, old) == "active"
    assert (found.mentees, found.places, found.proposed) == (1, 0, 0)
    with inside(org):
        assert [each.mentee for each in Unmatched.objects.filter(run=found)] == [who["Uma"]]


def test_the_night_looks_for_another_for_who_asked(org):
    program, who = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo"])
    pair(org, program, who["Maya"], who["Theo"])
    with inside(org):
        assert services.start_nightly_runs() == []
    ask(org, who["Theo"])
    with inside(org):
        assert len(services.start_nightly_runs()) == 1


def better(org, gain):
    """Theo is with Maya, who offers nothing that he wants; Noor offers all of it."""
    program = make_program(org, criteria=FAR | {"keep_gain": gain})
    maya = enrol(program, *people(org, "Maya", level=5), "mentor", skills=["Law"])
    noor = enrol(program, *people(org, "Noor", level=5), "mentor", skills=["Python"])
    theo = enrol(program, *people(org, "Theo", level=3), "mentee", skills=["Python"])
    uma = enrol(program, *people(org, "Uma", level=3), "mentee", skills=["Law"])
    return program, maya, noor, theo, uma


@pytest.mark.parametrize(
    ("gain", "expected", "disturbed"),
    [(None, [("Uma", "Noor")], 0), (0.2, [("Theo", "Noor"), ("Uma", "Maya")], 1), (1.0, [("Uma", "Noor")], 0)],
)
def test_running_pairs_move_only_where_it_pays(org, alice, gain, expected, disturbed):
    program, maya, _noor, theo, _uma = better(org, gain)
    old = pair(org, program, maya, theo)
    if gain == 1.0:
        # Both together gain 2; so much is asked for that nobody moves.
        with inside(org):
            program.criteria = program.criteria | {"keep_gain": 3.0}
            program.save()
    with inside(org):
        job = services.start_run(program, by=alice)
    with organisation_scope(org):
        run_job(job.pk)
    assert drafts(program) == expected
    with inside(org):
        note = Job.objects.get(pk=job.pk).note
        assert ("1 running pair would change." in note) == bool(disturbed)
        assert [each.replaces for each in Proposal.objects.exclude(replaces=None)] == [old] * disturbed


def test_the_old_one_goes_on_until_both_have_accepted(org, alice):
    program, maya, _noor, theo, uma = better(org, 0.2)
    old = pair(org, program, maya, theo)
    run(program)
    with inside(org):
        first, second = Proposal.objects.order_by("-replaces")
        assert {first.mentee, second.mentee} == {theo, uma}
        done = services.publish_each(program, proposals=[first, second], by=alice)
        # Maya’s place is Theo’s until he has gone.
        assert done.count == 1
        assert done.problems == ("Maya Osei has no place left for another mentee.",)
        new = Mentorship.objects.offered().get()
        one, other = new.participants.all()
        accept(one, by=one.enrolment.member)
    assert read(org, old) == "active"
    with inside(org):
        # Another run in between leaves him alone.
        letters = Message.objects.count()
    run(program)
    with inside(org):
        assert not Proposal.objects.filter(mentee=theo, status="draft").exists()
        accept(other, by=other.enrolment.member)
        assert (read(org, old), read(org, new)) == ("ended", "active")
        assert Mentorship.objects.get(pk=old.pk).end_reason == "Matched with somebody else."
        assert Message.objects.count() > letters
    run(program)
    assert drafts(program) == [("Uma", "Maya")]


def test_a_change_that_is_declined_changes_nothing(org, alice):
    program, maya, noor, theo, _uma = better(org, 0.2)
    old = pair(org, program, maya, theo)
    run(program)
    with inside(org):
        services.publish(program, proposals=Proposal.objects.exclude(replaces=None), by=alice)
        new = Mentorship.objects.offered().get()
        decline(new.participants.get(role="mentor"), by=noor.member)
    assert (read(org, old), read(org, new)) == ("active", "declined")


def test_nobody_is_offered_a_second_mentor_beside_another_than_the_one_replaced(org, alice):
    program, who = small(org, mentors={"Maya": 1, "Noor": 1, "Omar": 1}, mentees=["Theo", "Uma"])
    pair(org, program, who["Maya"], who["Theo"])
    other = pair(org, program, who["Noor"], who["Uma"])
    with inside(org):
        with pytest.raises(AlreadyMatched):
            offer_mentorship(program, mentor=who["Omar"], mentee=who["Theo"], instead_of=other, by=alice)
        with pytest.raises(MentorFull):
            offer_mentorship(program, mentor=who["Maya"], mentee=who["Uma"], instead_of=other, by=alice)


def test_those_who_could_only_change_places_stay(org):
    """Each would suit the other’s mentor, but nobody can be the first to go."""
    program = make_program(org, criteria=FAR | {"keep_gain": 0.1})
    maya = enrol(program, *people(org, "Maya", level=5), "mentor", skills=["Law"])
    noor = enrol(program, *people(org, "Noor", level=5), "mentor", skills=["Python"])
    theo = enrol(program, *people(org, "Theo", level=3), "mentee", skills=["Python"])
    uma = enrol(program, *people(org, "Uma", level=3), "mentee", skills=["Law"])
    pair(org, program, maya, theo)
    pair(org, program, noor, uma)
    found = run(program)
    assert drafts(program) == []
    assert (found.mentees, found.proposed, found.disturbed) == (0, 0, 0)


def chosen_beside(objective, **more):
    """Theo and Uma wait, Wim asked for somebody other than Noor: who gets whom."""
    theo, uma, wim, maya, omar, noor, pia = 1, 2, 3, 11, 12, 13, 14
    mentees = People.of([theo, uma, wim], level=[3, 4, 1])
    mentors = People.of([maya, omar, noor, pia], level=[5, 4, 2, 3])
    scorer = Scorer(mentees, mentors, criteria=[LevelGap(weight=1, target=2, tolerance=1.5)])
    situation = Situation(
        mentees=frozenset([theo, uma, wim]),
        capacity={maya: 1, omar: 1, noor: 1, pia: 1},
        held={},
        running={wim: Running(mentorship=7, mentee=wim, mentor=noor, asked=True)},
    )
    found = choosing.choose(scorer, situation, criteria={"objective": objective} | more)
    names = {1: "Theo", 2: "Uma", 3: "Wim", 11: "Maya", 12: "Omar", 13: "Noor", 14: "Pia"}
    assert found.replaced == ((wim, noor, pia),)
    assert not any(pair.locked for pair in found.assignment.pairs)
    return {names[pair.mentee]: (names[pair.mentor], round(pair.score, 2)) for pair in found.assignment.pairs}


def test_the_objective_holds_among_those_who_wait_when_somebody_asks_for_another():
    assert chosen_beside("most")["Theo"] == ("Maya", 1.0)
    assert chosen_beside("fairest") == {"Theo": ("Omar", 0.33), "Uma": ("Maya", 0.33), "Wim": ("Pia", 1.0)}


def test_somebody_may_ask_for_another_however_many_take_part(monkeypatch):
    monkeypatch.setattr(choosing, "MOST_AT_ONCE", 4)
    assert chosen_beside("most")["Theo"] == ("Maya", 1.0)
    with pytest.raises(JobError, match="Choose “most people” in what counts"):
        chosen_beside("fairest")
    with pytest.raises(JobError, match="Let them stay, in what counts"):
        chosen_beside("most", keep_gain=0.2)


def test_a_run_tells_everybody_why_however_many_are_left_over(org, monkeypatch):
    monkeypatch.setattr(choosing, "MOST_AT_ONCE", 4)
    program, _who = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo", "Uma", "Vera", "Wim", "Xia"])
    found = run(program)
    assert found.proposed == 2
    with inside(org):
        assert set(Unmatched.objects.filter(run=found).values_list("code", flat=True)) == {"unmatched.full"}
        assert Unmatched.objects.filter(run=found).count() == 3
