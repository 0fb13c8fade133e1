"""Parts of one job: shared by real workers, some of them killed, with the same end as undisturbed."""

import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.utils import timezone

from accounts.models import Skill
from mentoring.jobs import parts, services
from mentoring.jobs.models import Job, JobPart, PendingJob
from mentoring.jobs.progress import Progress, Replaced
from mentoring.jobs.services import cancel_job, rescue_jobs, run_job, start_job
from mentoring.tenancy.scope import NoOrganisation, organisation_scope
from tests.jobs import handlers  # noqa: F401  (registers the jobs of tests)
from tests.people import inside, make_organisation
from tests.processes import eventually, kill, process

SILENCE = 5.0
SUM = 0 + 1 + 4 + 9 + 16 + 25 + 36 + 49


@pytest.fixture
def organisation(db, settings):
    settings.JOB_SILENCE = timedelta(seconds=SILENCE)
    current_app.control.purge()
    yield make_organisation()
    current_app.control.purge()


@pytest.fixture
def calls(monkeypatch):
    """Who would have been asked to help."""
    asked = []
    monkeypatch.setattr(parts.current_app, "send_task", lambda name, kwargs: asked.append((name, kwargs)))
    return asked


def asked_for(organisation, kind="tests.sum", **params):
    with inside(organisation):
        return start_job(kind, subject="test:1", **params)


def read(organisation, job):
    with inside(organisation):
        return Job.objects.get(pk=job.pk)


def sums(organisation):
    with inside(organisation):
        return [skill.key.split("-")[1] for skill in Skill.objects.filter(name="Sum")]


def left(organisation):
    with inside(organisation):
        return JobPart.objects.count()


def who(folder, prefix=""):
    """Who did what: the part → the processes that began it."""
    signed = {}
    for file in folder.iterdir():
        if file.name.startswith(prefix):
            signed.setdefault(file.name.split(".")[0], []).append(file.read_text())
    return signed


# Inside one process.


def test_alone_it_finishes_too(organisation, calls, tmp_path):
    job = asked_for(organisation, folder=str(tmp_path), pause=0)
    with organisation_scope(organisation):
        run_job(job.pk)
    job = read(organisation, job)
    assert (job.status, job.note, job.done, job.total) == ("done", "The sum is 140.", 8, 8)
    assert sums(organisation) == ["140"]
    assert left(organisation) == 0
    helping = ("mentoring.jobs.tasks.help_job", {"organisation_id": organisation.pk, "job_id": job.pk})
    assert calls.count(helping) == 7


def test_a_helper_that_comes_late_finds_nothing_to_do(organisation, calls, tmp_path):
    job = asked_for(organisation, folder=str(tmp_path), pause=0)
    with organisation_scope(organisation):
        assert parts.help_job(job.pk) == 0
        run_job(job.pk)
        assert parts.help_job(job.pk) == 0
    assert len(who(tmp_path, "part")) == 8


def test_a_part_that_fails_fails_the_job_and_its_rows_go(organisation, calls, tmp_path):
    job = asked_for(organisation, "tests.sum_badly", folder=str(tmp_path))
    with organisation_scope(organisation):
        run_job(job.pk)
    job = read(organisation, job)
    assert (job.status, job.error) == ("failed", "Something went wrong on our side. Nothing was changed.")
    assert left(organisation) == 0
    assert sums(organisation) == []


def laid_out(organisation, tmp_path):
    """A job in the hands of a worker that has laid out its parts and done none."""
    job = asked_for(organisation, folder=str(tmp_path), pause=0)
    with inside(organisation):
        Job.objects.filter(pk=job.pk).update(status="running", attempt=1)
        job.refresh_from_db()
        parts._lay_out(Progress(job), f"{tmp_path}|0".encode(), [{"number": n} for n in range(8)])
    return job


def test_a_helper_does_what_nobody_has_claimed(organisation, calls, tmp_path):
    job = laid_out(organisation, tmp_path)
    with inside(organisation):
        soon = timezone.now() + timedelta(minutes=1)
        JobPart.objects.filter(number__in=[1, 2, 3]).update(claimed_until=soon)
        JobPart.objects.filter(number=4).update(claimed_until=soon - timedelta(minutes=2))
    with organisation_scope(organisation):
        assert parts.help_job(job.pk) == 5
    with inside(organisation):
        assert list(JobPart.objects.filter(finished_at=None).values_list("number", flat=True)) == [1, 2, 3]
        assert bytes(JobPart.objects.get(number=8).result) == b"49"


def test_a_result_that_is_there_stays(organisation, calls, tmp_path):
    job = laid_out(organisation, tmp_path)

    def slow(*, number):
        # Another took it when this one's claim had passed, and was faster.
        with inside(organisation):
            JobPart.objects.filter(number=1).update(result=b"theirs", finished_at=timezone.now())
        return b"mine"

    with organisation_scope(organisation):
        with parts._Claim(job.pk) as claim:
            assert claim.do_one(slow)
    with inside(organisation):
        assert bytes(JobPart.objects.get(number=1).result) == b"theirs"


def test_a_claim_is_renewed_while_the_part_is_done(organisation, calls, tmp_path, settings, transactional_db):
    settings.JOB_SILENCE = timedelta(seconds=0.4)
    job = laid_out(organisation, tmp_path)
    with organisation_scope(organisation), parts._Claim(job.pk) as claim, parts._Claim(job.pk) as other:

        def long(*, number):
            time.sleep(1)
            # All but the one that is held are free.
            for _each in range(7):
                assert other.do_one(lambda number: b"")
            assert not other.do_one(lambda number: b"")
            return b"done"

        assert claim.do_one(long)


def test_a_cancelled_job_gets_no_more_help(organisation, calls, tmp_path):
    job = laid_out(organisation, tmp_path)
    with inside(organisation):
        cancel_job(job)
    with organisation_scope(organisation):
        assert parts.help_job(job.pk) == 0
    assert who(tmp_path) == {}


def test_one_that_was_replaced_lays_out_nothing(organisation, calls, tmp_path):
    job = asked_for(organisation, folder=str(tmp_path))
    with inside(organisation):
        Job.objects.filter(pk=job.pk).update(status="running", attempt=1)
        job.refresh_from_db()
        Job.objects.filter(pk=job.pk).update(attempt=2)
    with organisation_scope(organisation), pytest.raises(Replaced):
        parts.share_parts(Progress(job), shared=b"", params=[{"number": 1}])
    assert left(organisation) == 0


def test_helpers_see_their_own_organisation_only(organisation, calls, tmp_path):
    job = laid_out(organisation, tmp_path)
    other = make_organisation("sandbox")
    with organisation_scope(other):
        assert parts.help_job(job.pk) == 0
    with pytest.raises(NoOrganisation):
        current_app.tasks["mentoring.jobs.tasks.help_job"](job_id=job.pk)
    assert who(tmp_path) == {}


# Real workers.


@contextmanager
def worker():
    command = ("-m", "celery", "-A", "mentoring", "worker", "--concurrency", "1", "--loglevel", "error")
    command += ("--hostname", f"{time.monotonic_ns()}@test")
    with process(*command, "--include", "tests.jobs.handlers", JOB_SILENCE=SILENCE) as started:
        yield started


def both_up():
    """A worker that is still starting would come too late for its share."""
    eventually(lambda: len(current_app.control.ping(timeout=1)) == 2)


def finished(organisation, job, within=60.0):
    """Rescue until a job is finished, as beat does, and return it."""

    def look():
        rescue_jobs()
        return read(organisation, job).is_finished

    eventually(look, within=within)
    return read(organisation, job)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("killed", ["nobody", "the helper", "the one whose job it is"])
def test_two_workers_share_and_either_may_be_killed(organisation, transactional_db, tmp_path, killed):
    with worker() as one, worker() as other:
        both_up()
        job = asked_for(organisation, folder=str(tmp_path), pause=0.6)
        eventually(lambda: len({pid for pids in who(tmp_path, "part").values() for pid in pids}) == 2)
        (owner,) = who(tmp_path, "first")["first"]
        by_pid = {_child(each): each for each in (one, other)}
        if killed == "the helper":
            kill(next(each for pid, each in by_pid.items() if pid != owner))
        elif killed != "nobody":
            kill(by_pid[owner])
        finished(organisation, job)
        # What it says of its results comes a moment after them.
        done = eventually(lambda: (now := read(organisation, job)).note == "The sum is 140." and now)
    assert done.status == "done"
    assert done.attempt == (2 if killed == "the one whose job it is" else 1)
    assert sums(organisation) == [str(SUM)]
    assert left(organisation) == 0
    assert PendingJob.objects.count() == 0
    begun = Counter({part: len(pids) for part, pids in who(tmp_path, "part").items()})
    assert set(begun) == {f"part-{number}" for number in range(8)}
    # Only what the killed one was at is begun again; what was done stays done.
    assert sum(begun.values()) == (8 if killed == "nobody" else 9)
    assert ("again" in who(tmp_path)) == (killed == "the one whose job it is")


def _child(started):
    """The process of a worker that does its tasks."""
    return Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()[-1]


@pytest.mark.django_db(transaction=True)
def test_a_cancel_reaches_the_helpers(organisation, transactional_db, tmp_path):
    with worker(), worker():
        both_up()
        job = asked_for(organisation, parts=100, folder=str(tmp_path), pause=0.3)
        eventually(lambda: len({pid for pids in who(tmp_path, "part").values() for pid in pids}) == 2)
        with inside(organisation):
            cancel_job(job)
        ended = finished(organisation, job)
        assert (ended.status, ended.note) == ("cancelled", "Cancelled. Nothing was changed.")
        begun = len(who(tmp_path, "part"))
        time.sleep(1)
        assert len(who(tmp_path, "part")) == begun < 100
    assert sums(organisation) == []
    assert left(organisation) == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_both_think_that_the_job_is_theirs(organisation, transactional_db, tmp_path, calls):
    """One was silent for too long, and wakes up when another has taken the job up."""
    job = asked_for(organisation, folder=str(tmp_path), pause=0)
    real, slept = parts._Claim.do_one, []

    def sleepy(self, do):
        if not slept:
            slept.append(True)
            with inside(organisation):
                PendingJob.objects.update(heard_at=timezone.now() - timedelta(minutes=5))
            with organisation_scope(organisation):
                services.run_job(job.pk)
        return real(self, do)

    with pytest.MonkeyPatch.context() as patched, organisation_scope(organisation):
        patched.setattr(parts._Claim, "do_one", sleepy)
        run_job(job.pk)
    done = read(organisation, job)
    assert (done.status, done.attempt, done.note) == ("done", 2, "The sum is 140.")
    assert sums(organisation) == ["140"]
    assert {part: len(pids) for part, pids in who(tmp_path, "part").items()} == {f"part-{n}": 1 for n in range(8)}
