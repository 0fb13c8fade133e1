"""The worker's way in to matching."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mentoring.jobs.progress import Progress
from mentoring.jobs.registry import every_night, job

from . import services


@job("matching.run", title=gettext_lazy("Matching"))
def run_matching(progress: Progress, *, program_id: int) -> str:
    """Score a programme and propose who is paired with whom."""
    run = services.run_matching(program_id, progress)
    left = run.mentees - run.proposed
    done = _("%(proposed)d of %(mentees)d mentees are proposed a mentor.") % {
        "proposed": run.proposed,
        "mentees": run.mentees,
    }
    rest = ngettext("%(left)d has none, with the reason given.", "%(left)d have none, with the reasons given.", left)
    return f"{done} {rest % {'left': left}}" if left else done


@job("matching.publish", title=gettext_lazy("Publishing"))
def publish(progress: Progress, *, program_id: int, proposal_ids: list[int], member_id: int) -> str:
    """Offer many proposals at once."""
    return services.publish_in_a_job(program_id, proposal_ids, member_id, progress).sentence()


@every_night("matching.nightly")
def start_nightly_runs() -> None:
    """Look for mentors for those who wait, in every running programme."""
    services.start_nightly_runs()


@every_night("matching.requests")
def expire_requests() -> None:
    """Requests that no mentor answered in time lapse, and their mentees are told."""
    services.expire_requests()
