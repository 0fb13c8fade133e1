"""A real Celery worker, killed in the middle: no job is lost, and none has its results written twice."""

import os
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.db import connection

from accounts.models import Skill
from mentoring.jobs import registry, services
from mentoring.jobs.models import Job, JobRun, PendingJob
from mentoring.jobs.services import cancel_job, rescue_jobs, start_job
from tests.jobs import handlers  # noqa: F401  (registers the jobs of tests)
from tests.people import inside, make_organisation
from tests.processes import eventually, kill, process

pytestmark = pytest.mark.django_db(transaction=True)
SILENCE = 5.0


@pytest.fixture
def organisation(settings):
    settings.JOB_SILENCE = timedelta(seconds=SILENCE)
    current_app.control.purge()
    yield make_organisation()
    current_app.control.purge()


@contextmanager
def worker():
    command = ("-m", "celery", "-A", "mentoring", "worker", "--concurrency", "1", "--loglevel", "error")
    with process(*command, "--include", "tests.jobs.handlers", JOB_SILENCE=SILENCE) as started:
        yield started


@pytest.fixture
def read(organisation):
    def read(job):
        with inside(organisation):
            return Job.objects.get(pk=job.pk)

    return read


@pytest.fixture
def finished(organisation, read):
    """Rescue until a job is finished, as beat does, and return it."""

    def wait(job, within=60.0):
        def look():
            rescue_jobs()
            return read(job).is_finished

        eventually(look, within=within)
        return read(job)

    return wait


def started(organisation, kind, subject="test:1", **params):
    with inside(organisation):
        return start_job(kind, subject=subject, **params)


def written(organisation, name):
    with inside(organisation):
        return Skill.objects.filter(name=name).count()


def test_a_worker_killed_in_mid_run_loses_nothing(organisation, read, finished, tmp_path):
    with worker() as first:
        job = started(organisation, "tests.count", to=8, pause=0.3, folder=str(tmp_path))
        eventually(lambda: read(job).done >= 2)
        assert read(job).note.startswith("Counting ")
        with worker() as second:
            kill(first)
            finished(job)
            # What it says of its results comes just after them.
            done = eventually(lambda: read(job).note.startswith("Counted") and read(job))
            assert (done.status, done.attempt, done.note) == ("done", 2, "Counted to 8.")
            assert written(organisation, "Counted") == 1
            pids = {file.read_text() for file in tmp_path.iterdir()}
            assert len(pids) == 2
            # What is still in the queue for it finds nothing to do.
            services.send(organisation.pk, job.pk)
            other = finished(started(organisation, "tests.count", subject="test:2", to=1, name="Other"))
            assert (other.status, other.attempt) == ("done", 1)
            assert written(organisation, "Counted") == 1
            assert second.poll() is None
    assert PendingJob.objects.count() == 0


def test_one_worker_and_several_ends(organisation, read, finished, tmp_path):
    with worker():
        # A cancel while it writes.
        job = started(organisation, "tests.write_slowly", steps=20, pause=0.1)
        eventually(lambda: read(job).done >= 5)  # told although its transaction is still open
        assert written(organisation, "Half") == 0
        cancel_job_in(organisation, job)
        assert finished(job).status == "cancelled"
        assert written(organisation, "Half") == 0

        # A cancel between two steps.
        job = started(organisation, "tests.count", to=100, pause=0.1)
        eventually(lambda: read(job).done >= 2)
        cancel_job_in(organisation, job)
        ended = finished(job)
        assert (ended.status, ended.note) == ("cancelled", "Cancelled. Nothing was changed.")
        assert 2 <= ended.done < 100

        # A step longer than the silence that makes a job be given to another.
        job = started(organisation, "tests.silent", seconds=SILENCE * 2)
        ended = finished(job)
        assert (ended.status, ended.attempt) == ("done", 1)
        assert written(organisation, "Silent") == 1

        # A process that died between its commit and telling the worker.
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(services, "send", lambda *ids: None)
            job = started(organisation, "tests.count", to=1, name="Unsent")
        assert finished(job).status == "done"
        assert written(organisation, "Unsent") == 1

        # Only the child is killed, as by the kernel when memory is short.
        job = started(organisation, "tests.count", to=5, pause=0.3, name="Child", folder=str(tmp_path))
        eventually(lambda: read(job).done >= 1)
        (pid,) = (file.read_text() for file in tmp_path.iterdir())
        os.kill(int(pid), signal.SIGKILL)
        ended = finished(job)
        assert (ended.status, ended.attempt) == ("done", 2)
        assert written(organisation, "Child") == 1


def test_poison_is_set_aside_after_four_workers(organisation, finished, tmp_path):
    with worker():
        job = started(organisation, "tests.poison", folder=str(tmp_path))
        ended = finished(job, within=90)
    assert (ended.status, ended.attempt) == ("failed", 4)
    assert ended.error == "This work stopped its worker several times and was set aside."
    assert len(list(tmp_path.iterdir())) == 4


def cancel_job_in(organisation, job):
    with inside(organisation):
        cancel_job(job)


def side_by_side(count, do):
    """Run `do` in so many threads at once; what each returned."""
    ready, answers = threading.Barrier(count), []

    def run():
        try:
            ready.wait()
            answers.append(do())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(answers) == count
    return answers


def test_asked_for_at_once_a_job_is_one(organisation):
    answers = side_by_side(8, lambda: started(organisation, "tests.count", to=1).pk)
    assert len(set(answers)) == 1
    with inside(organisation):
        assert Job.objects.count() == 1


def test_two_beats_at_once_start_a_night_once(organisation, monkeypatch):
    other = make_organisation("auckland", time_zone="Pacific/Auckland")
    nights = []

    def do():
        time.sleep(0.05)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('app.organisation_id')")
            nights.append(int(cursor.fetchone()[0]))

    registry.nightly()
    monkeypatch.setattr(registry, "_nightly", {"tests.a": do, "tests.b": do})
    now = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    answers = side_by_side(2, lambda: services.start_nightly_jobs([organisation, other], night_hour=2, now=now))
    assert sum(answers) == 2
    assert Counter(nights) == {organisation.pk: 2}
    with inside(organisation):
        assert sorted(JobRun.objects.values_list("job", "local_date")) == [
            ("tests.a", now.date()),
            ("tests.b", now.date()),
        ]
