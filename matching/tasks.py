"""The worker's way in to matching."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy

from mentoring.jobs.progress import Progress
from mentoring.jobs.registry import every_night, job, part

from . import services


@job("matching.run", title=gettext_lazy("Matching"))
def run_matching(progress: Progress, *, program_id: int) -> str:
    """Score a programme and propose who is with whom, in the way of its format."""
    return services.run(program_id, progress)


@part("matching.run")
def start_scoring(shared: bytes, step: Callable[[], None]) -> Callable[..., bytes]:
    """Score blocks of a large programme for the worker that runs it."""
    return services.start_scoring(shared, step)


@job("matching.publish", title=gettext_lazy("Publishing"))
def publish(progress: Progress, *, program_id: int, proposal_ids: list[int], member_id: int) -> str:
    """Offer many proposals at once."""
    return services.publish_in_a_job(program_id, proposal_ids, member_id, progress).sentence()


@job("matching.refresh", title=gettext_lazy("Bringing scores up to date"))
def refresh(progress: Progress, *, program_id: int, enrolment_ids: list[int]) -> str:
    """Score the pairs of people again who changed what they said."""
    return services.refresh(program_id, progress, enrolment_ids=enrolment_ids)


@every_night("matching.nightly")
def start_nightly_runs() -> None:
    """Look for mentors for those who wait, in every running programme."""
    services.start_nightly_runs()


@every_night("matching.requests")
def expire_requests() -> None:
    """Requests that no mentor answered in time lapse, and their mentees are told."""
    services.expire_requests()


@every_night("matching.forget_runs")
def forget_old_runs() -> None:
    """The figures of runs are of no use after a year."""
    services.forget_old_runs()
