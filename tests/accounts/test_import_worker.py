"""A worker that is killed while it writes an import: all of it or nothing, and in the end all of it."""

from datetime import timedelta

import pytest
from celery import current_app

from accounts import imports
from accounts.models import Member, PeopleImport
from mentoring.jobs.models import Job
from mentoring.jobs.progress import NoProgress
from mentoring.jobs.services import cancel_job, rescue_jobs
from tests.people import inside, make_member, make_organisation
from tests.processes import eventually, kill, process

from .people_files import many_people

pytestmark = pytest.mark.django_db(transaction=True)
SILENCE = 2.0
COMMAND = ("-m", "celery", "-A", "mentoring", "worker", "--concurrency", "1", "--loglevel", "error")


@pytest.fixture
def north(settings):
    settings.JOB_SILENCE = timedelta(seconds=SILENCE)
    current_app.control.purge()
    yield make_organisation()
    current_app.control.purge()


def test_killed_in_mid_run_and_stopped_in_mid_run(north):
    alice = make_member(north, "Alice", is_admin=True)

    def read(model, pk):
        with inside(north):
            return model.objects.get(pk=pk)

    def people():
        with inside(north):
            return Member.objects.count()

    def is_finished():
        rescue_jobs()
        return read(Job, job.pk).is_finished

    def begin():
        with inside(north):
            fresh = PeopleImport.objects.get(pk=people_import.pk)
            return imports.confirm_import(fresh, planned_at=fresh.planned_at.isoformat(), by=alice)

    with inside(north):
        people_import = imports.upload(name="people.csv", content=many_people(8_000), by=alice)
        imports.plan_import(people_import, NoProgress())
    with process(*COMMAND, JOB_SILENCE=SILENCE) as first:
        job = begin()
        eventually(lambda: read(Job, job.pk).done >= 1000)
        kill(first)
    assert people() == 1
    assert read(PeopleImport, people_import.pk).status == "planned"
    assert not read(Job, job.pk).is_finished
    with process(*COMMAND, JOB_SILENCE=SILENCE):
        # The next worker takes it up; this time somebody stops it.
        eventually(lambda: rescue_jobs() or read(Job, job.pk).attempt == 2, within=30)
        with inside(north):
            cancel_job(read(Job, job.pk))
        eventually(is_finished, within=30)
        assert read(Job, job.pk).status == "cancelled"
        assert people() == 1
        job = begin()
        # The job is closed together with its results; what it says of them follows.
        eventually(lambda: read(Job, job.pk).note == "8,000 people created.", within=60)
    assert read(Job, job.pk).status == "done"
    assert people() == 8_001
