"""What can't be matched, or only badly, is said in a sentence; nothing is half written."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Member
from matching import services
from matching.models import Candidate, MatchRun, Proposal, Unmatched
from mentoring.jobs.models import Job
from mentoring.jobs.services import run_job
from mentoring.tenancy.scope import organisation_scope
from programs.models import Answer, Enrolment, Question
from tests.matching.cast import drafts, enrol, make_program
from tests.matching.test_running import people, run, small
from tests.people import inside


def told(program, alice):
    """Run it as a job; what it says in the end."""
    org = program.organisation
    with inside(org):
        job = services.start_run(program, by=alice)
    with organisation_scope(org):
        run_job(job.pk)
    with inside(org):
        job = Job.objects.get(pk=job.pk)
        return job.note if job.status == "done" else job.error


def test_empty_sides(org, alice):
    program, _ = small(org, mentors={}, mentees=[])
    assert told(program, alice) == (
        "No mentee is waiting: everybody who is enrolled has or had a mentor, or has an offer of one."
    )
    with inside(org):
        assert not MatchRun.objects.exists()


def test_one_person(org, alice):
    program, _ = small(org, mentors={}, mentees=["Theo"])
    assert told(program, alice) == "Nobody has been enrolled as a mentor yet, so there is nobody to propose."


def test_all_forbidden(org, alice):
    program = make_program(org, criteria={"weights": {"skills": 1}, "rules": {"common_language": True}})
    enrol(program, *people(org, "Maya"), "mentor", skills=["Python"], languages=["Welsh"])
    enrol(program, *people(org, "Theo"), "mentee", skills=["Python"], languages=["English"])
    assert told(program, alice) == (
        "0 of 1 mentees are proposed a mentor. 1 has none, with the reason given. The rules forbid every pair."
    )


def test_capacity_0(org, alice):
    program, _ = small(org, mentors={"Maya": 0, "Noor": 0}, mentees=["Theo", "Uma"])
    assert told(program, alice) == (
        "0 of 2 mentees are proposed a mentor. 2 have none, with the reasons given. No mentor has a free place."
    )
    with inside(org):
        assert {each.reason for each in Unmatched.objects.all()} == {
            "2 mentors would suit, but none of them has a place"
        }


def test_everyone_identical(org, alice):
    program, _ = small(org, mentors={"Maya": 1, "Noor": 1}, mentees=["Theo", "Uma", "Vera"])
    assert told(program, alice) == (
        "2 of 3 mentees are proposed a mentor. 1 has none, with the reason given. "
        "All pairs score the same, so the earliest sign-ups went first."
    )
    assert [mentee for mentee, _mentor in drafts(program)] == ["Theo", "Uma"]


def test_weights_all_0(org, alice):
    program, _ = small(
        org, mentors={"Maya": 1}, mentees=["Theo"], criteria={"weights": {"skills": 0, "level": 0}, "rules": {}}
    )
    assert told(program, alice).startswith("Nothing counts in this programme’s matching")


def test_ten_thousand_ties(org, alice):
    program = make_program(org, criteria={"weights": {"level": 1}, "rules": {}})
    with inside(org):
        members = Member.objects.bulk_create(
            Member(given_name=f"P{n}", family_name="Q", email=f"p{n}@example.org", level=3, time_zone="Europe/London")
            for n in range(200)
        )
        Enrolment.objects.bulk_create(
            Enrolment(
                program=program, member=member, role="mentor" if n < 100 else "mentee", status="active",
                capacity=1 if n < 100 else 0,
            )
            for n, member in enumerate(members)
        )  # fmt: skip
    assert told(program, alice) == (
        "100 of 100 mentees are proposed a mentor. All pairs score the same, so the earliest sign-ups went first."
    )
    with inside(org):
        first = list(Proposal.objects.order_by("mentee").values_list("mentee", "mentor"))
    run(program)
    with inside(org):
        assert list(Proposal.objects.order_by("mentee").values_list("mentee", "mentor")) == first


def test_a_question_that_was_deleted_is_left_out_and_told(org, alice):
    program, who = small(org, mentors={"Maya": 1}, mentees=["Theo"])
    with inside(org):
        question = Question.objects.create(program=program, text="Which day?", kind="text")
        program.criteria = program.criteria | {
            "questions": [
                {"question": question.pk, "compare": "equal", "weight": 2},
                {"question": question.pk + 999, "compare": "equal", "weight": 5},
            ]
        }
        program.save()
        for each in who.values():
            Answer.objects.create(enrolment=each, question=question, value="Monday")
    assert told(program, alice) == (
        "1 of 1 mentees are proposed a mentor. 1 question that counted no longer exists and was left out."
    )
    with inside(org):
        found = MatchRun.objects.get()
        assert [each["question"] for each in found.criteria["questions"]] == [question.pk]
        assert found.criteria["left_out"] == [question.pk + 999]
        assert found.version.number == 1


def test_limits_that_contradict_each_other(org, alice):
    rules = {"min_level_gap": 2, "max_level_gap": 1}
    program, _ = small(org, mentors={"Maya": 1}, mentees=["Theo"], criteria={"weights": {"skills": 1}, "rules": rules})
    assert told(program, alice) == "No pair can be at least 2 and at most 1 levels apart."
    with inside(org):
        assert not MatchRun.objects.exists()


@pytest.mark.parametrize("objective", ["most", "fairest", "stable"])
def test_every_objective_places_people(org, alice, objective):
    program, _ = small(
        org,
        mentors={"Maya": 1, "Noor": 1},
        mentees=["Theo", "Uma"],
        criteria={"weights": {"skills": 1}, "rules": {}, "objective": objective},
    )
    assert told(program, alice).startswith("2 of 2 mentees are proposed a mentor.")
    with inside(org):
        found = MatchRun.objects.get()
        assert (found.bound is None) == (objective == "stable")


def test_the_fairest_and_the_highest_total_differ(org, alice):
    """Maya offers most of what Theo wants and a third of what Uma wants; Noor a sixth for Theo and nothing for Uma."""
    placed = {}
    for objective in ("most", "fairest"):
        program = make_program(
            org, name=objective, criteria={"weights": {"skills": 1}, "objective": objective, "rules": {}}
        )
        enrol(program, *people(org, f"Maya{objective}"), "mentor", skills=["A", "B"])
        enrol(program, *people(org, f"Noor{objective}"), "mentor", skills=["C"])
        enrol(program, *people(org, f"Theo{objective}"), "mentee", skills=["A", "B", "C"])
        enrol(program, *people(org, f"Uma{objective}"), "mentee", skills=["D", "A"])
        run(program)
        placed[objective] = [(one[:4].rstrip("mf"), other[:4]) for one, other in drafts(program)]
    assert placed == {
        "most": [("Theo", "Maya"), ("Uma", "Noor")],
        "fairest": [("Theo", "Noor"), ("Uma", "Maya")],
    }


def test_runs_older_than_a_year_are_deleted_but_for_the_last(org):
    program, _ = small(org, mentors={"Maya": 1}, mentees=["Theo"])
    quiet, _ = small(org, mentors={"Noor": 1}, mentees=["Uma"], name="Quiet")
    first, last, only = run(program), run(program), run(quiet)
    with inside(org):
        MatchRun.objects.update(started_at=timezone.now() - timedelta(days=366))
        MatchRun.objects.filter(pk=last.pk).update(started_at=timezone.now())
        proposal = Proposal.objects.get(program=program)
        Proposal.objects.filter(pk=proposal.pk).update(run=first)
        assert services.forget_old_runs() == 1
        assert set(MatchRun.objects.all()) == {last, only}
        assert not Candidate.objects.filter(run=first.pk).exists()
        # What is proposed stays.
        assert Proposal.objects.get(pk=proposal.pk).run is None
