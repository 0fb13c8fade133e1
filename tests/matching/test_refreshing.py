"""When people change what they said, their own scores follow without a run."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from accounts.services import edit_profile
from matching import services
from matching.models import Candidate, MatchRun, Proposal, Unmatched
from matching.services import refreshing
from mentoring.jobs.models import Job, PendingJob
from mentoring.jobs.progress import NoProgress
from mentoring.jobs.services import run_job
from mentoring.tenancy.scope import organisation_scope
from programs.models import Program
from programs.services import change_sign_up
from tests.matching.cast import drafts, enrol, make_program
from tests.matching.test_running import people, run, small
from tests.people import inside, make_organisation


def jobs(org):
    with inside(org):
        return list(Job.objects.filter(kind="matching.refresh").order_by("pk"))


def refreshed(org, job):
    with organisation_scope(org):
        run_job(job.pk)
    with inside(org):
        job.refresh_from_db()
    assert job.status == "done", job.error
    return job.note


@pytest.fixture
def scheme(org):
    """Theo and Uma want Python; Maya offers it, Noor offers Law; Theo is proposed Maya."""
    program = make_program(org, criteria={"weights": {"skills": 1}, "rules": {"common_language": True}})
    who = {
        "Maya": enrol(program, *people(org, "Maya"), "mentor", skills=["Python"], languages=["English"]),
        "Noor": enrol(program, *people(org, "Noor"), "mentor", skills=["Law"], languages=["English"]),
        "Theo": enrol(program, *people(org, "Theo"), "mentee", skills=["Python"], languages=["English"]),
    }
    run(program)
    assert drafts(program) == [("Theo", "Maya")]
    return program, who


def change(org, enrolment, **fields):
    with inside(org):
        change_sign_up(enrolment, by=enrolment.member, **{"skills": ["Python"], "languages": ["English"], **fields})


def test_changed_skills_change_candidates_and_the_draft(org, scheme, django_capture_on_commit_callbacks):
    program, who = scheme
    change(org, who["Theo"], skills=["Law"])
    (job,) = jobs(org)
    assert job.params == {"program_id": program.pk, "enrolment_ids": [who["Theo"].pk]}
    assert refreshed(org, job) == "2 pairs were scored again."
    with inside(org):
        best = Candidate.objects.filter(mentee=who["Theo"]).select_related("mentor__member")
        assert [(each.rank, each.mentor.member.given_name, each.score) for each in best] == [
            (0, "Noor", best[0].score),
            (1, "Maya", best[1].score),
        ]
        assert best[0].score > 0.9 > 0.1 > best[1].score
        draft = Proposal.objects.get()
        assert (draft.mentor, draft.score) == (who["Maya"], best[1].score)
        assert draft.reasons[0]["code"] == "skills.none"
        assert MatchRun.objects.count() == 1


def test_a_draft_that_a_rule_forbids_by_now_is_taken_back_with_the_reason(org, scheme, admin):
    program, who = scheme
    change(org, who["Maya"], languages=["Welsh"])
    (job,) = jobs(org)
    assert refreshed(org, job) == "1 pair was scored again. 1 proposal was taken back, with the reason given."
    assert drafts(program) == []
    reason = "The proposal of Maya Osei was taken back: Maya Osei and Theo Osei have no language in common"
    with inside(org):
        (left,) = Unmatched.objects.all()
        assert (left.mentee, left.code, left.reason) == (who["Theo"], "unmatched.taken_back", reason)
        assert [each.mentor for each in Candidate.objects.filter(mentee=who["Theo"])] == [who["Noor"]]
    page = admin.get(f"/o/northwind/programmes/{program.pk}/matching/unmatched/").content.decode()
    assert reason in page


def test_a_locked_draft_is_left_to_the_admin(org, alice, scheme, admin):
    program, who = scheme
    with inside(org):
        services.lock(Proposal.objects.get(), by=alice)
    change(org, who["Maya"], languages=["Welsh"])
    refreshed(org, jobs(org)[0])
    assert drafts(program) == [("Theo", "Maya")]
    board = admin.get(f"/o/northwind/programmes/{program.pk}/matching/").content.decode()
    assert "No longer allowed: Maya Osei and Theo Osei have no language in common" in board


def test_those_who_change_something_meanwhile_join_the_job(org, scheme):
    _program, who = scheme
    change(org, who["Theo"])
    change(org, who["Maya"])
    change(org, who["Maya"], skills=["Cooking"])
    (job,) = jobs(org)
    assert job.params["enrolment_ids"] == sorted([who["Theo"].pk, who["Maya"].pk])
    refreshed(org, job)
    change(org, who["Noor"])
    assert len(jobs(org)) == 2


def test_who_joins_while_the_job_runs_is_not_forgotten(org, scheme, monkeypatch):
    """After the job was taken up with its first params, and before it looks who has joined."""
    _program, who = scheme
    change(org, who["Noor"], skills=["Law"])
    (job,) = jobs(org)
    real = refreshing.locked_program

    def joining(program):
        change(org, who["Theo"], skills=["Law"])
        return real(program)

    monkeypatch.setattr(refreshing, "locked_program", joining)
    refreshed(org, job)
    assert len(jobs(org)) == 1
    with inside(org):
        assert Candidate.objects.get(mentee=who["Theo"], rank=0).mentor == who["Noor"]


def test_it_waits_a_little_for_others(org, scheme, monkeypatch, django_capture_on_commit_callbacks):
    _program, who = scheme
    sent = []
    monkeypatch.setattr("mentoring.jobs.services.current_app.send_task", lambda name, **told: sent.append(told))
    with django_capture_on_commit_callbacks(execute=True):
        change(org, who["Theo"])
    (job,) = jobs(org)
    assert sent == [{"kwargs": {"organisation_id": org.pk, "job_id": job.pk}, "countdown": 20.0}]
    pending = PendingJob.objects.get(job_id=job.pk)
    assert pending.send_again_at - job.created_at > timedelta(seconds=75)


def test_what_is_known_of_a_member_counts_wherever_they_take_part(org, scheme):
    program, who = scheme
    other, _ = small(org, mentors={"Omar": 1}, mentees=["Vera"], name="Another")
    theo = who["Theo"].member
    there = enrol(other, theo, "mentee", skills=["Python"])
    run(other)
    with inside(org):
        edit_profile(theo, given_name="Theo", family_name="Osei", time_zone="Asia/Tokyo", languages=["Welsh"])
    found = {job.params["program_id"]: job.params["enrolment_ids"] for job in jobs(org)}
    assert found == {program.pk: [who["Theo"].pk], other.pk: [there.pk]}


def test_wishes_count_as_well(org, scheme):
    _program, who = scheme
    with inside(org):
        services.say_interests(who["Theo"], ["chess"], by=who["Theo"].member)
    assert len(jobs(org)) == 1


@pytest.mark.parametrize("status", ["draft", "closed"])
def test_nothing_is_asked_for_where_no_run_was_or_none_will_be(org, scheme, status):
    _program, who = scheme
    fresh, others = small(org, mentors={"Omar": 1}, mentees=["Vera"], name="Fresh")
    with inside(org):
        assert services.ask_for_refresh(others["Vera"].pk) == []
        Program.objects.exclude(pk=fresh.pk).update(status=status)
        assert services.ask_for_refresh(who["Theo"].pk) == []


def test_it_costs_the_same_few_queries_for_many(org, django_assert_max_num_queries):
    program = make_program(org)
    mentors = [enrol(program, *people(org, f"M{n}", level=5), "mentor", skills=["Python"]) for n in range(6)]
    for n in range(12):
        enrol(program, *people(org, f"T{n}", level=3), "mentee", skills=["Python"])
    run(program)
    with organisation_scope(org), django_assert_max_num_queries(45):
        services.refresh(program.pk, NoProgress(), enrolment_ids=[mentors[0].pk])


def test_another_organisation_is_not_touched(org, scheme):
    _program, who = scheme
    other = make_organisation("sandbox")
    with inside(other):
        assert services.ask_for_refresh(who["Theo"].pk) == []


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_one_job():
    org = make_organisation()
    program, who = small(org, mentors={"Maya": 2}, mentees=[f"T{n}" for n in range(6)])
    run(program)
    errors = []

    def work(enrolment):
        try:
            with inside(org):
                services.ask_for_refresh(enrolment.pk)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[each]) for each in who.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    (job,) = jobs(org)
    assert job.params["enrolment_ids"] == sorted(each.pk for each in who.values())
