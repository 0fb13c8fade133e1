"""Asking for runs, and forgetting old ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.jobs.models import Job
from mentoring.jobs.services import start_job
from programs.models import Program
from programs.services.places import require_running

from ...arranging import arranger_of
from ...gathering import taking_part, waiting_mentees
from ...models import Candidate, IdleMentor, MatchRun, Unmatched
from ..problems import MatchingProblem
from .situation import running_pairs

RUNS_KEPT = 5
# The figures of a run are kept for so long; its rows only while it is one of the last few.
FIGURES_KEPT = timedelta(days=365)


def start_run(program: Program, *, by: Member | None) -> Job:
    """Ask for a run; while one of this programme is unfinished, that one is returned. Raises ProgramProblem."""
    require_running(program)
    arranger = arranger_of(program)
    if arranger is None and program.pairing == Program.Pairing.CHOICE:
        raise MatchingProblem(_("In this programme mentees choose their mentors themselves, so nobody is proposed."))
    return start_job("matching.run", subject=f"program:{program.pk}", program_id=program.pk)


def start_nightly_runs() -> list[Job]:
    """Start a run for each running programme in which somebody waits, or asked for another, and somebody could help."""
    return [start_run(program, by=None) for program in Program.objects.working().order_by("pk") if _is_wanted(program)]


def _is_wanted(program: Program) -> bool:
    arranger = arranger_of(program)
    if arranger is not None:
        return arranger.is_wanted(arranger.situation(program))
    return (
        program.pairing != Program.Pairing.CHOICE
        and taking_part(program).mentors().exists()
        and (waiting_mentees(program).exists() or bool(running_pairs(program, all_of_them=False)))
    )


def forget_rows(program: Program) -> None:
    """Runs are kept for their figures, the rows that they found only for the last few."""
    runs = MatchRun.objects.filter(program=program).order_by("-started_at", "-id").values_list("pk", flat=True)
    old = list(runs[RUNS_KEPT : RUNS_KEPT + 20])
    Candidate.objects.filter(run_id__in=old).delete()
    Unmatched.objects.filter(run_id__in=old).delete()
    IdleMentor.objects.filter(run_id__in=old).delete()


def forget_old_runs(*, now: datetime | None = None) -> int:
    """Delete runs that are older than a year, except for the last of each programme. Returns how many."""
    last = MatchRun.objects.order_by("program_id", "-started_at", "-id").distinct("program_id")
    old = MatchRun.objects.filter(started_at__lt=(now or timezone.now()) - FIGURES_KEPT)
    chosen = list(old.exclude(pk__in=last.values("pk")).values_list("pk", flat=True))
    # Their proposals stay, as what became of people.
    MatchRun.objects.filter(pk__in=chosen).delete()
    return len(chosen)
