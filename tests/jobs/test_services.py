"""The life of a job, inside one process."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Skill
from mentoring.jobs import registry, services
from mentoring.jobs.models import Job, JobRun, PendingJob
from mentoring.jobs.progress import Cancelled, NoProgress, Progress, Replaced
from mentoring.jobs.services import cancel_job, rescue_jobs, run_job, start_job
from tests.jobs import handlers  # noqa: F401  (registers the jobs of tests)
from tests.people import inside, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation():
    return make_organisation()


@pytest.fixture
def sent(monkeypatch):
    """What would have gone to the broker."""
    calls = []
    monkeypatch.setattr(services, "send", lambda organisation_id, job_id: calls.append((organisation_id, job_id)))
    return calls


def ran(kind, **params):
    job = start_job(kind, subject="test:1", **params)
    run_job(job.pk)
    job.refresh_from_db()
    return job


def test_a_job_is_done(organisation):
    with inside(organisation):
        job = ran("tests.count", to=3)
        assert (job.status, job.done, job.total, job.note) == ("done", 3, 3, "Counted to 3.")
        assert job.title == "Counting"
        assert (job.is_finished, job.finished_at is not None, job.attempt) == (True, True, 1)
        assert Skill.objects.count() == 1
    assert PendingJob.objects.count() == 0


def test_a_finished_job_is_not_done_again(organisation):
    with inside(organisation):
        job = ran("tests.count", to=1)
        run_job(job.pk)
        assert Skill.objects.count() == 1


def test_starting_twice_returns_the_one_that_is_unfinished(organisation, sent, django_capture_on_commit_callbacks):
    with inside(organisation), django_capture_on_commit_callbacks(execute=True):
        first = start_job("tests.count", subject="program:1", to=1)
        assert start_job("tests.count", subject="program:1", to=2) == first
        other = start_job("tests.count", subject="program:2", to=1)
        assert other != first
        run_job(first.pk)
        again = start_job("tests.count", subject="program:1", to=1)
        assert again not in (first, other)
    assert sent == [(organisation.pk, first.pk), (organisation.pk, other.pk), (organisation.pk, again.pk)]


def test_an_unknown_kind_is_refused_at_once(organisation):
    with inside(organisation), pytest.raises(KeyError):
        start_job("tests.unknown", subject="test:1")


def test_a_refusal_is_told_in_its_own_words(organisation):
    with inside(organisation):
        job = ran("tests.refuse")
    assert (job.status, job.error) == ("failed", "There is nobody to match.")


def test_a_crash_changes_nothing_and_says_so(organisation):
    with inside(organisation):
        job = ran("tests.crash")
        assert Skill.objects.count() == 0
    assert (job.status, job.error) == ("failed", "Something went wrong on our side. Nothing was changed.")
    assert PendingJob.objects.count() == 0


def test_a_lost_database_is_tried_again(organisation, monkeypatch):
    def lose(progress):
        raise OperationalError("server closed the connection")

    monkeypatch.setitem(registry._handlers, "tests.lose", lose)
    with inside(organisation):
        job = ran("tests.lose")
    assert (job.status, job.attempt) == ("running", 1)
    assert rescue_jobs(now=timezone.now() + timedelta(seconds=61)) == 1


def test_cancelling_before_it_began(organisation):
    with inside(organisation):
        job = start_job("tests.count", subject="test:1", to=1)
        cancel_job(job)
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, job.note, Skill.objects.count()) == ("cancelled", "Cancelled before it began.", 0)


def test_cancelling_stops_the_next_step_and_the_results(organisation):
    with inside(organisation):
        job = start_job("tests.count", subject="test:1", to=1)
        progress = Progress(services._take_up(job.pk))
        progress.step(1, 5, "On its way")
        cancel_job(job)
        with pytest.raises(Cancelled):
            progress.step(2, 5)
        with pytest.raises(Cancelled), progress.writing():
            pytest.fail("must not begin")


def test_cancelling_while_results_are_written_undoes_them(organisation):
    with inside(organisation):
        progress = Progress(services._take_up(start_job("tests.count", subject="test:1", to=1).pk))
        with pytest.raises(Cancelled), progress.writing():
            Skill.objects.create(name="Half", key="half")
            progress.step(1, 2)
            Job.objects.update(cancel_requested=True)
            progress.step(2, 2)
        assert Skill.objects.count() == 0


def test_cancelling_what_is_done_changes_nothing(organisation):
    with inside(organisation):
        job = ran("tests.count", to=1)
        cancel_job(job)
        job.refresh_from_db()
        assert (job.status, job.cancel_requested) == ("done", False)


def test_one_that_was_replaced_writes_nothing(organisation):
    with inside(organisation):
        job = start_job("tests.count", subject="test:1", to=1)
        old = Progress(services._take_up(job.pk))
        PendingJob.objects.update(heard_at=timezone.now() - timedelta(seconds=61))
        new = Progress(services._take_up(job.pk))
        assert (old.attempt, new.attempt) == (1, 2)
        with pytest.raises(Replaced):
            old.step(1, 2)
        with pytest.raises(Replaced), old.writing():
            pytest.fail("must not begin")
        services._close(old, Job.Status.FAILED, error="late")
        job.refresh_from_db()
        assert job.status == "running"
        new.step(1, 2)


def test_one_that_is_replaced_while_it_writes_undoes_what_it_wrote(organisation):
    with inside(organisation):
        progress = Progress(services._take_up(start_job("tests.count", subject="test:1", to=1).pk))
        with pytest.raises(Replaced), progress.writing():
            Skill.objects.create(name="Half", key="half")
            Job.objects.update(attempt=2)
        assert Skill.objects.count() == 0


def test_a_second_worker_leaves_a_living_one_alone(organisation):
    with inside(organisation):
        job = start_job("tests.count", subject="test:1", to=1)
        assert services._take_up(job.pk) is not None
        assert services._take_up(job.pk) is None


def test_results_are_written_once_and_last(organisation):
    with inside(organisation):
        progress = Progress(services._take_up(start_job("tests.count", subject="test:1", to=1).pk))
        with progress.writing():
            progress.step(7, 7, "Written")
        progress.step(1, 1, "Too late to matter")
        with pytest.raises(RuntimeError), progress.writing():
            pytest.fail("must not begin")
        services._close(progress, Job.Status.DONE, note="Well done. " * 100)
        job = Job.objects.get()
        assert (job.status, job.note[:11], len(job.note)) == ("done", "Well done. ", 300)


def test_a_job_that_kills_its_workers_is_set_aside(organisation):
    with inside(organisation):
        job = start_job("tests.count", subject="test:1", to=1)
        for attempt in (1, 2, 3, 4):
            assert services._take_up(job.pk).attempt == attempt
            PendingJob.objects.update(heard_at=timezone.now() - timedelta(seconds=61))
        assert services._take_up(job.pk) is None
        job.refresh_from_db()
        assert job.error == "This work stopped its worker several times and was set aside."
    assert PendingJob.objects.count() == 0


def test_what_never_reached_a_worker_is_sent_again_less_and_less_often(organisation, sent):
    with inside(organisation):
        job = start_job("tests.count", subject="test:1", to=1)
    now = timezone.now()
    assert rescue_jobs(now=now + timedelta(seconds=59)) == 0
    waits = []
    now += timedelta(seconds=61)
    for _ in range(6):
        assert rescue_jobs(now=now) == 1
        due = PendingJob.objects.get().send_again_at
        waits.append(round((due - now).total_seconds()))
        assert rescue_jobs(now=due - timedelta(seconds=1)) == 0
        now = due
    assert waits == [120, 240, 480, 960, 960, 960]
    assert sent == [(organisation.pk, job.pk)] * 6


def test_nobody_is_asked_where_nobody_watches(organisation):
    progress = NoProgress()
    with inside(organisation):
        progress.step(1, 2, "ignored")
        with pytest.raises(ZeroDivisionError), progress.writing():
            Skill.objects.create(name="Half", key="half")
            raise ZeroDivisionError
        assert Skill.objects.count() == 0


def test_the_night_goes_by_the_order_of_the_apps_whatever_was_imported_first(monkeypatch):
    names = list(registry.nightly())
    monkeypatch.setattr(registry, "_nightly", dict(reversed(registry.nightly().items())))
    apps = [name.partition(".")[0] for name in registry.nightly()]
    order = ["outbox", "jobs", "accounts", "programs", "matching", "sessions", "feedback", "reports"]
    assert list(dict.fromkeys(apps)) == order
    assert sorted(registry.nightly()) == sorted(names)


class TestNight:
    @pytest.fixture(autouse=True)
    def nightly(self, monkeypatch):
        """One thing to do at night, in a registry of its own."""
        self.done = []
        registry.nightly()
        monkeypatch.setattr(registry, "_nightly", {"tests.night": self.do})
        self.berlin = make_organisation("berlin", time_zone="Europe/Berlin")
        self.auckland = make_organisation("auckland", time_zone="Pacific/Auckland")

    def do(self):
        from mentoring.tenancy.scope import current_organisation_id

        self.done.append(current_organisation_id())

    def tick(self, *when, of=None):
        of = of or [self.berlin, self.auckland]
        return services.start_nightly_jobs(of, night_hour=2, now=datetime(*when, tzinfo=UTC))

    def test_each_in_its_own_night(self):
        assert self.tick(2026, 11, 22, 0, 45) == 0  # 01:45 in Berlin, 13:45 in Auckland
        assert self.tick(2026, 11, 22, 1, 0) == 1  # 02:00 in Berlin
        assert self.tick(2026, 11, 22, 13, 0) == 1  # 02:00 in Auckland, on the 23rd
        assert self.done == [self.berlin.pk, self.auckland.pk]

    def test_twice_is_once(self):
        assert [self.tick(2026, 11, 22, 1, 0), self.tick(2026, 11, 22, 1, 15), self.tick(2026, 11, 22, 6, 59)] == [
            1,
            0,
            0,
        ]
        assert self.tick(2026, 11, 23, 1, 0) == 1
        assert self.done == [self.berlin.pk] * 2

    def test_made_up_for_until_the_morning(self):
        assert self.tick(2026, 11, 22, 6, 59) == 1  # 07:59
        assert self.tick(2026, 11, 23, 7, 0) == 0  # 08:00 is day

    def test_the_hour_that_is_left_out_skips_no_night(self):
        # 29 March 2026: from 02:00 straight to 03:00 in Berlin.
        ticks = [datetime(2026, 3, 29, 0, 0) + timedelta(minutes=15 * each) for each in range(12)]
        assert [self.tick(*each.timetuple()[:5]) for each in ticks] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]

    def test_the_hour_that_comes_twice_makes_one_night(self):
        # 25 October 2026: 02:00 to 03:00 twice in Berlin, from 00:00 and from 01:00 UTC.
        ticks = [datetime(2026, 10, 24, 23, 45) + timedelta(minutes=15 * each) for each in range(12)]
        assert [self.tick(*each.timetuple()[:5], of=[self.berlin]) for each in ticks] == [0, 1] + [0] * 10

    def test_one_organisations_trouble_is_its_own(self, monkeypatch, caplog):
        def fail_in_berlin():
            self.do()
            if self.done[-1] == self.berlin.pk:
                raise RuntimeError

        monkeypatch.setitem(registry._nightly, "tests.night", fail_in_berlin)
        london = make_organisation("london", time_zone="Europe/Berlin")
        caplog.set_level(logging.CRITICAL)
        assert self.tick(2026, 11, 22, 1, 0, of=[self.berlin, london]) == 1
        monkeypatch.setitem(registry._nightly, "tests.night", self.do)
        assert self.tick(2026, 11, 22, 1, 15, of=[self.berlin, london]) == 1
        assert self.done == [self.berlin.pk, london.pk, self.berlin.pk]


def test_jobs_are_forgotten_three_months_after_they_ended(organisation):
    with inside(organisation):
        old, recent = ran("tests.count", to=1), ran("tests.count", to=1)
        going_on = start_job("tests.count", subject="test:2", to=1)
        long_ago = timezone.now() - timedelta(days=91)
        Job.objects.filter(pk__in=[old.pk, going_on.pk]).update(created_at=long_ago)
        Job.objects.filter(pk=old.pk).update(finished_at=long_ago)
        for job, started_at in (("tests.a", long_ago), ("tests.b", timezone.now())):
            JobRun.objects.create(job=job, local_date=started_at.date(), started_at=started_at)
        assert services.forget_jobs() == 1
        assert set(Job.objects.all()) == {recent, going_on}
        assert [run.job for run in JobRun.objects.all()] == ["tests.b"]
