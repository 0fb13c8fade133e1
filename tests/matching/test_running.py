"""Runs: what they propose, whom they leave out and why, what survives them, and what stops them."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from matching import services
from matching.models import Candidate, MatchRun, Proposal, Unmatched
from mentoring.jobs.models import Job, JobRun
from mentoring.jobs.progress import JobError, NoProgress
from mentoring.jobs.services import cancel_job, run_job, start_nightly_jobs
from mentoring.tenancy.scope import organisation_scope
from programs.models import Enrolment, Mentorship, Participant, Program
from programs.services import withdraw
from tests.matching.cast import drafts, enrol, load_sample, make_program
from tests.people import inside, make_member, make_organisation


def people(org, *names, **fields):
    return [make_member(org, name, login=False, **fields) for name in names]


def small(org, *, mentors, mentees, **fields):
    """A programme of mentors (name → capacity) and mentees, whom only their levels tell apart."""
    program = make_program(org, **fields)
    enrolments = {}
    for name, capacity in mentors.items():
        enrolments[name] = enrol(program, *people(org, name, level=5), "mentor", capacity=capacity, skills=["Python"])
    for name in mentees:
        enrolments[name] = enrol(program, *people(org, name, level=3), "mentee", skills=["Python"])
    return program, enrolments


def run(program, progress=None):
    # Runs begin outside a transaction, inside the scope.
    with organisation_scope(program.organisation):
        return services.run_matching(program.pk, progress or NoProgress())


class Watched(NoProgress):
    """Does something the first time that the scoring reports, as a colleague would in the middle of a run."""

    def __init__(self, meanwhile):
        self.meanwhile = meanwhile

    def step(self, done, total, note=""):
        if done and self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()


def test_every_mentee_of_the_sample_is_proposed_or_told_why(org):
    program = load_sample(org)
    found = run(program)
    with inside(org):
        proposals = Proposal.objects.filter(program=program, status="draft").select_related("mentor", "mentee")
        assert found.mentees == Enrolment.objects.mentees().count() == 320
        assert (found.mentors, found.proposed) == (110, proposals.count())
        unmatched = Unmatched.objects.filter(run=found)
        assert all(each.reason and each.code.startswith("unmatched.") for each in unmatched)
        placed, left = {each.mentee_id for each in proposals}, {each.mentee_id for each in unmatched}
        assert not placed & left
        assert placed | left == set(Enrolment.objects.mentees().values_list("pk", flat=True))
        for mentor in Enrolment.objects.mentors():
            assert sum(each.mentor_id == mentor.pk for each in proposals) <= mentor.capacity
        assert all(len(each.reasons) == 8 for each in proposals)
        assert found.lowest_score == pytest.approx(min(each.score for each in proposals), abs=1e-4)
        best = Candidate.objects.filter(run=found, mentee=proposals[0].mentee)
        assert [each.rank for each in best] == list(range(20))
        assert [bool(each.reasons) for each in best] == [True] * 5 + [False] * 15
        assert [each.score for each in best] == sorted((each.score for each in best), reverse=True)
        assert set(best[0].components) == {
            "skills", "level", "department", "site", "languages", "hours", "mentee_wish", "mentor_wish",
        }  # fmt: skip


def test_nobody_is_proposed_to_a_manager_or_to_somebody_below(org):
    program = load_sample(org)
    run(program)
    with inside(org):
        for each in Proposal.objects.select_related("mentee__member__manager", "mentor__member"):
            assert each.mentor.member.level >= each.mentee.member.level
            above, line = each.mentee.member.manager, []
            while above is not None:
                line.append(above)
                above = above.manager
            assert each.mentor.member not in line


def test_a_second_run_of_the_same_people_changes_no_row(org):
    program = load_sample(org)
    run(program)
    with inside(org):
        before = list(Proposal.objects.order_by("pk").values_list("pk", "mentee", "mentor", "score", "changed_at"))
    second = run(program)
    with inside(org):
        after = Proposal.objects.order_by("pk")
        assert list(after.values_list("pk", "mentee", "mentor", "score", "changed_at")) == before
        assert {each.run for each in after} == {second}


def test_mentors_with_places_left_by_mentorships_are_filled_no_further(org, alice):
    program, who = small(org, mentors={"Maya": 2}, mentees=["Theo", "Uma", "Vera"])
    with inside(org):
        held = Mentorship.objects.create(program=program, status="active")
        for name, role in (("Maya", "mentor"), ("Theo", "mentee")):
            Participant.objects.create(mentorship=held, enrolment=who[name], role=role)
    found = run(program)
    assert drafts(program) == [("Uma", "Maya")]
    assert (found.mentees, found.places, found.proposed) == (2, 1, 1)
    with inside(org):
        (left,) = Unmatched.objects.filter(run=found)
        assert left.mentee == who["Vera"]
        assert left.reason == (
            "1 mentor would suit; all their places (1) are taken by pairs that score as high or higher"
        )


@pytest.mark.parametrize("status", ["declined", "ended", "completed"])
def test_earlier_pairs_do_not_meet_again_in_any_programme_or_role(org, status):
    other, _ = small(org, mentors={}, mentees=[], name="Last year")
    program, who = small(org, mentors={"Maya": 1}, mentees=["Theo"])
    with inside(org):
        earlier = Mentorship.objects.create(program=other, status=status)
    for name, role in (("Theo", "mentor"), ("Maya", "mentee")):
        before = enrol(other, who[name].member, role)
        with inside(org):
            Participant.objects.create(mentorship=earlier, enrolment=before, role=role)
    found = run(program)
    with inside(org):
        (left,) = Unmatched.objects.filter(run=found)
        assert left.reason == "The only mentor is not allowed: 1 was paired with them before"


def test_a_locked_proposal_is_kept_and_a_discarded_one_does_not_come_back(org, alice):
    program, who = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo", "Uma"])
    run(program)
    assert drafts(program) == [("Theo", "Maya"), ("Uma", "Noor")]
    with inside(org):
        services.discard(Proposal.objects.get(mentee=who["Uma"]), by=alice)
        services.lock(Proposal.objects.get(mentee=who["Theo"]), by=alice)
    found = run(program)
    assert drafts(program) == [("Theo", "Maya")]
    with inside(org):
        (left,) = Unmatched.objects.filter(run=found)
        assert left.mentee == who["Uma"]
        assert left.reason == (
            "1 mentor would suit; all their places (1) are taken by pairs that score as high or higher"
        )
        services.unlock(Proposal.objects.get(mentee=who["Theo"], status="draft"), by=alice)
    run(program)
    # Only now can both be placed: they change over.
    assert drafts(program) == [("Theo", "Noor"), ("Uma", "Maya")]


def test_a_locked_pair_whose_mentor_offers_fewer_places_now_is_let_go(org, alice):
    program, who = small(org, mentors={"Maya": 2}, mentees=["Theo", "Uma"])
    run(program)
    with inside(org):
        for each in Proposal.objects.all():
            services.lock(each, by=alice)
        Enrolment.objects.filter(pk=who["Maya"].pk).update(capacity=1)
    found = run(program)
    assert drafts(program) == [("Theo", "Maya")]
    assert found.proposed == 1


def test_who_withdraws_in_the_middle_is_not_proposed(org, alice):
    program, who = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo", "Uma"])

    def leave():
        with inside(org):
            withdraw(Enrolment.objects.get(pk=who["Theo"].pk), by=alice)
            withdraw(Enrolment.objects.get(pk=who["Maya"].pk), by=alice)

    found = run(program, Watched(leave))
    assert drafts(program) == [("Uma", "Noor")]
    assert (found.mentees, found.mentors, found.places) == (1, 1, 1)
    with inside(org):
        assert not Candidate.objects.filter(mentee=who["Theo"]).exists()
        assert not Candidate.objects.filter(mentor=who["Maya"]).exists()


def test_what_an_admin_locks_in_the_middle_is_kept(org, alice):
    program, who = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo", "Uma"])

    def place():
        # Maya, whom the run would give to Theo.
        with inside(org):
            services.propose_by_hand(who["Uma"], who["Maya"], by=alice)

    run(program, Watched(place))
    assert drafts(program) == [("Theo", "Noor"), ("Uma", "Maya")]


def test_who_signs_up_and_is_placed_in_the_middle_is_kept(org, alice):
    program, _who = small(org, mentors={"Maya": 1}, mentees=["Theo"])

    def join():
        mentee = enrol(program, *people(org, "Uma", level=3), "mentee", skills=["Python"])
        mentor = enrol(program, *people(org, "Noor", level=5), "mentor", skills=["Python"])
        with inside(org):
            services.propose_by_hand(mentee, mentor, by=alice)

    run(program, Watched(join))
    assert drafts(program) == [("Theo", "Maya"), ("Uma", "Noor")]


def test_proposals_of_who_leaves_are_taken_back(org, alice):
    program, who = small(org, mentors={"Maya": 2}, mentees=["Theo", "Uma"])
    run(program)
    with inside(org):
        withdraw(who["Theo"], by=alice)
    assert drafts(program) == [("Uma", "Maya")]
    with inside(org):
        withdraw(Enrolment.objects.get(pk=who["Maya"].pk), by=alice)
    assert drafts(program) == []


def test_who_no_longer_works_here_is_not_matched(org):
    program, who = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo", "Uma"])
    with inside(org):
        for name in ("Maya", "Theo"):
            who[name].member.left_on = datetime(2026, 1, 31).date()
            who[name].member.save()
    found = run(program)
    assert drafts(program) == [("Uma", "Noor")]
    assert found.mentees == 1


@pytest.mark.parametrize(
    ("mentors", "mentees", "criteria", "sentence"),
    [
        ({}, ["Theo"], None, "Nobody has been enrolled as a mentor yet, so there is nobody to propose."),
        (
            {"Maya": 1},
            [],
            None,
            "No mentee is waiting: everybody who is enrolled has or had a mentor, or has an offer of one.",
        ),
        (
            {"Maya": 1},
            ["Theo"],
            {"weights": {"skills": 0, "level": 0}, "rules": {}},
            "Nothing counts in this programme’s matching: give at least one criterion some importance.",
        ),
    ],
)
def test_what_cannot_be_matched_is_said(org, mentors, mentees, criteria, sentence):
    program, _ = small(org, mentors=mentors, mentees=mentees, **({"criteria": criteria} if criteria else {}))
    with pytest.raises(JobError) as problem:
        run(program)
    assert str(problem.value) == sentence
    with inside(org):
        assert not MatchRun.objects.exists()


def test_a_programme_that_closes_in_the_middle_gets_no_proposals(org):
    program, _ = small(org, mentors={"Maya": 1}, mentees=["Theo"])

    def close():
        with inside(org):
            Program.objects.update(status="closed")

    with pytest.raises(JobError, match="was closed meanwhile"):
        run(program, Watched(close))
    assert drafts(program) == []


def test_old_runs_keep_their_figures_only(org):
    program, _ = small(org, mentors={"Maya": 1}, mentees=["Theo", "Uma"])
    for _time in range(7):
        last = run(program)
    with inside(org):
        assert MatchRun.objects.count() == 7
        assert Candidate.objects.values("run").distinct().count() == 5
        assert Unmatched.objects.values("run").distinct().count() == 5
        assert Unmatched.objects.filter(run=last).count() == 1


def test_reverse_matching_looks_for_juniors_who_mentor(org):
    program = make_program(org, format="reverse")
    senior = enrol(program, *people(org, "Sol", level=6), "mentee", skills=["Social media"])
    for name, level in (("Ann", 4), ("Ben", 5), ("Cem", 7)):
        enrol(program, *people(org, name, level=level), "mentor", skills=["Social media"])
    found = run(program)
    assert drafts(program) == [("Sol", "Ann")]
    with inside(org):
        best = Candidate.objects.filter(run=found, mentee=senior).select_related("mentor__member")
        assert [each.mentor.member.given_name for each in best] == ["Ann", "Ben"]


# As a job.


def test_the_job_says_what_came_of_it(org, alice):
    program, _ = small(org, mentors={"Maya": 1}, mentees=["Theo", "Uma"])
    with inside(org):
        job = services.start_run(program, by=alice)
    with organisation_scope(org):
        run_job(job.pk)
    with inside(org):
        job.refresh_from_db()
        assert (job.status, job.done, job.total) == ("done", 2, 2)
        assert job.note == "1 of 2 mentees are proposed a mentor. 1 has none, with the reason given."
        assert MatchRun.objects.get().job == job


def test_a_cancelled_run_leaves_the_earlier_proposals(org, alice, monkeypatch):
    program, who = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo"])
    run(program)
    with inside(org):
        job = services.start_run(program, by=alice)
        Enrolment.objects.filter(pk=who["Maya"].pk).update(status="withdrawn")

    def cancelled_while_writing(self, *args, **kwargs):
        cancel_job(job)
        return real(self, *args, **kwargs)

    # The first thing that is written inside the last transaction; its rows must not stay.
    real = type(Candidate.objects).bulk_create
    monkeypatch.setattr(type(Candidate.objects), "bulk_create", cancelled_while_writing)
    with organisation_scope(org):
        run_job(job.pk)
    with inside(org):
        job.refresh_from_db()
        assert job.status == "cancelled"
        assert MatchRun.objects.count() == 1
    assert drafts(program) == [("Theo", "Maya")]


def test_only_one_run_of_a_programme_at_a_time(org, alice):
    program, _ = small(org, mentors={"Maya": 1}, mentees=["Theo"])
    other, _ = small(org, mentors={}, mentees=[], name="Another")
    with inside(org):
        first = services.start_run(program, by=alice)
        assert services.start_run(program, by=alice) == first
        assert services.start_run(other, by=alice) != first


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_leave_one_set_of_proposals():
    org = make_organisation()
    program, _ = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo", "Uma", "Vera"])
    errors = []

    def work():
        try:
            run(program)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert drafts(program) == [("Theo", "Maya"), ("Uma", "Noor")]
    with inside(org):
        assert MatchRun.objects.count() == 4


def test_the_night_starts_a_run_where_somebody_waits_and_somebody_could_help(org):
    waiting, _ = small(org, mentors={"Maya": 1}, mentees=["Theo"], name="Waiting")
    small(org, mentors={"Noor": 1}, mentees=[], name="No mentees")
    small(org, mentors={}, mentees=["Uma"], name="No mentors")
    small(org, mentors={"Omar": 1}, mentees=["Vera"], name="Closed", status="closed")
    other = make_organisation("sandbox", time_zone="Asia/Tokyo")
    small(other, mentors={"Pia": 1}, mentees=["Wim"])
    # Two in the morning in London, eleven in Tokyo.
    night = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
    start_nightly_jobs([org, other], night_hour=2, now=night)
    start_nightly_jobs([org, other], night_hour=2, now=night)
    with inside(org):
        assert [job.params for job in Job.objects.filter(kind="matching.run")] == [{"program_id": waiting.pk}]
        assert JobRun.objects.filter(job="matching.nightly").count() == 1
    with inside(other):
        assert not Job.objects.filter(kind="matching.run").exists()


def test_a_run_sees_nothing_of_another_organisation(org):
    program, _ = small(org, mentors={"Maya": 1}, mentees=["Theo"])
    other = make_organisation("sandbox")
    with organisation_scope(other), pytest.raises(JobError, match="no longer there"):
        services.run_matching(program.pk, NoProgress())
