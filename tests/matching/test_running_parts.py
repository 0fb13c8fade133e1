"""A run whose blocks are shared: the same result as alone, whoever is killed in the middle."""

import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from celery import current_app
from django.db.models import F

from matching import services
from matching.models import Candidate, MatchRun, Proposal, Unmatched
from matching.services.running import scoring
from mentoring.jobs.models import Job, JobPart
from mentoring.jobs.progress import NoProgress
from mentoring.jobs.services import rescue_jobs, run_job
from mentoring.tenancy.scope import organisation_scope
from programs.models import Enrolment
from tests.matching.cast import load_sample
from tests.people import inside, make_organisation
from tests.processes import eventually, kill, process

SILENCE = 5.0


@pytest.fixture
def org(db, settings):
    settings.JOB_SILENCE = timedelta(seconds=SILENCE)
    current_app.control.purge()
    yield make_organisation()
    current_app.control.purge()


@pytest.fixture
def nobody_helps(monkeypatch):
    monkeypatch.setattr("mentoring.jobs.parts.current_app.send_task", lambda name, kwargs: None)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(scoring, "ALONE", 1)
    monkeypatch.setattr(scoring, "BLOCK", 100)


def alone(program):
    with organisation_scope(program.organisation):
        return services.run_matching(program.pk, NoProgress())


def asked_for(program):
    with inside(program.organisation):
        return services.start_run(program, by=None)


def result(program):
    """All that the last run wrote, in plain values."""
    with inside(program.organisation):
        run = MatchRun.objects.filter(program=program).first()
        figures = ("mentees", "mentors", "places", "proposed", "mean_score", "lowest_score", "bound", "disturbed")
        return {
            "run": [getattr(run, name) for name in (*figures, "criteria", "relaxations")],
            "candidates": list(
                Candidate.objects.filter(run=run)
                .order_by("mentee", "rank")
                .values_list("mentee", "mentor", "rank", "score", "components", "reasons")
            ),
            "proposals": list(
                Proposal.objects.filter(program=program, status="draft", run=F("run"))
                .order_by("mentee")
                .values_list("mentee", "mentor", "score", "components", "reasons")
            ),
            "unmatched": list(
                Unmatched.objects.filter(run=run).order_by("mentee").values_list("mentee", "code", "reason", "details")
            ),
        }


def test_in_blocks_or_alone_the_result_is_the_same(org, small_blocks, nobody_helps):
    program = load_sample(org)
    alone(program)
    expected = result(program)
    assert len(expected["candidates"]) > 6000
    job = asked_for(program)
    with organisation_scope(org):
        run_job(job.pk)
    with inside(org):
        job.refresh_from_db()
        assert (job.status, MatchRun.objects.count(), JobPart.objects.count()) == ("done", 2, 0)
        assert job.note.startswith(f"{expected['run'][3]} of 320 mentees are proposed a mentor.")
    found = result(program)
    for name, rows in expected.items():
        assert found[name] == rows


def test_every_block_sees_what_the_first_reader_saw(org, small_blocks, nobody_helps, monkeypatch):
    """Whoever changes their answers in the middle is for the next run, in every block alike."""
    program = load_sample(org)
    alone(program)
    expected = result(program)
    real, changed = scoring._found, []

    def change(block, explainer):
        if not changed:
            changed.append(True)
            with inside(org):
                Enrolment.objects.filter(program=program).update(languages=["Klingon"], free_hours=[])
                program.criteria = {"weights": {"department": 1}, "rules": {}}
                program.save()
        return real(block, explainer)

    monkeypatch.setattr(scoring, "_found", change)
    job = asked_for(program)
    with organisation_scope(org):
        run_job(job.pk)
    assert result(program) == expected


def test_the_snapshot_thaws_as_it_was(org):
    program = load_sample(org)
    with organisation_scope(org):
        from matching.freezing import freeze, thaw
        from matching.services.running.run import _take_snapshot

        snapshot = _take_snapshot(program.pk)
        back = thaw(freeze(snapshot))
        one, other = snapshot.scorer(), back.scorer()
        for mine, theirs in zip(one.raw_block(0, 320), other.raw_block(0, 320), strict=True):
            assert np.array_equal(mine, theirs)
    assert (back.started_at, back.criteria, back.gathered.earlier_pairs) == (
        snapshot.started_at,
        snapshot.criteria,
        snapshot.gathered.earlier_pairs,
    )


# Real workers.


@contextmanager
def worker(folder):
    command = ("-m", "celery", "-A", "mentoring", "worker", "--concurrency", "1", "--loglevel", "error")
    command += ("--hostname", f"{time.monotonic_ns()}@test", "--include", "tests.matching.small_blocks")
    with process(*command, JOB_SILENCE=SILENCE, SCORED=folder, SLOWLY=0.8) as started:
        yield started


def scored(folder):
    return {pid: len(files) for pid, files in _by_pid(folder).items()}


def _by_pid(folder):
    found = {}
    for file in folder.iterdir():
        found.setdefault(file.read_text(), []).append(file.name)
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("killed", ["nobody", "the helper", "the one whose run it is"])
def test_two_workers_one_of_them_killed(org, transactional_db, tmp_path, killed):
    program = load_sample(org)
    alone(program)
    expected = result(program)
    with worker(tmp_path) as one, worker(tmp_path) as other:
        eventually(lambda: len(current_app.control.ping(timeout=1)) == 2)
        job = asked_for(program)
        eventually(lambda: len(scored(tmp_path)) == 2)
        # Not who scored first: a helper may be quicker.
        owner, helper = (one, other) if _child(one) == eventually(_whose_run) else (other, one)
        if killed != "nobody":
            kill_at_work(helper if killed == "the helper" else owner, tmp_path)

        def finished():
            rescue_jobs()
            with inside(org):
                return Job.objects.get(pk=job.pk).note.startswith(f"{expected['run'][3]} of 320 mentees")

        eventually(finished, within=120)
    with inside(org):
        assert MatchRun.objects.count() == 2
        assert JobPart.objects.count() == 0
        assert Job.objects.get(pk=job.pk).attempt == (2 if killed == "the one whose run it is" else 1)
    # Of the twenty blocks only the one that the killed worker was at is begun again.
    assert sum(scored(tmp_path).values()) == (20 if killed == "nobody" else 21)
    assert result(program) == expected


def kill_at_work(victim, folder):
    """Right after it began a block, so never between two."""
    pid = _child(victim)
    before = scored(folder).get(pid, 0)
    eventually(lambda: scored(folder).get(pid, 0) > before)
    kill(victim)


def _whose_run():
    active = current_app.control.inspect(timeout=1).active() or {}
    tasks = [task for tasks in active.values() for task in tasks if task["name"].endswith(".run_job")]
    return str(tasks[0]["worker_pid"]) if tasks else None


def _child(started):
    """The process of a worker that does its tasks."""
    return Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()[-1]
