"""The stages of a programme: planned with its format, changed by hand, begun by hand or in the night of their day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import require
from mentoring.tenancy.clock import today

from ..models import Program, Stage
from .places import locked_program
from .planning import swap
from .problems import ProgramProblem

MOST_STAGES = 15


def stages_of(program: Program) -> list[Stage]:
    return list(Stage.objects.filter(program=program))


def day_of(program: Program, share: float | None) -> date | None:
    """The day at which a share of a programme's time is over; none where its days are not known."""
    if share is None or program.starts_on is None:
        return None
    if share == 0:
        return program.starts_on
    if program.ends_on is None:
        return None
    return program.starts_on + timedelta(days=round((program.ends_on - program.starts_on).days * share))


def plan_stages(program: Program) -> None:
    """Make the stages of the format, with the days that the programme has."""
    Stage.objects.filter(program=program).delete()
    Stage.objects.bulk_create(
        Stage(
            program=program, key=step.key, name=str(step.name)[:60], position=number, starts_on=day_of(program, step.at)
        )
        for number, step in enumerate(program.kind.stages)
    )  # fmt: skip


def move_days(program: Program, *, before: Program) -> None:
    """Days of coming stages that nobody has changed by hand move along with those of the programme."""
    shares = {step.key: step.at for step in program.kind.stages}
    moved = []
    for stage in Stage.objects.filter(program=program, begun_at__isnull=True, key__in=shares):
        usual, new = day_of(before, shares[stage.key]), day_of(program, shares[stage.key])
        if stage.starts_on == usual != new:
            stage.starts_on = new
            moved.append(stage)
    Stage.objects.bulk_update(moved, ["starts_on"])


def begin_first(program: Program) -> None:
    """With its launch, a programme is in its first stage."""
    if not Stage.objects.filter(program=program).exists():
        plan_stages(program)
    first = Stage.objects.filter(program=program).first()
    if first is not None and first.begun_at is None:
        first.begun_at = program.launched_at
        first.save(update_fields=["begun_at"])


def end_last(program: Program) -> None:
    """A programme that is closed is in no stage any more."""
    Stage.objects.filter(program=program, begun_at__isnull=False, ended_at__isnull=True).update(
        ended_at=program.closed_at
    )


@transaction.atomic
def begin_stage(stage: Stage, *, by: Member) -> Stage:
    """Begin a stage by hand; the one before it ends. Beginning the current one changes nothing."""
    require(by, "programs.manage")
    program = _held(stage.program)
    if program.status == Program.Status.DRAFT:
        raise ProgramProblem(_("Launch the programme first: its first stage begins with that."))
    return _begin(Stage.objects.get(pk=stage.pk))


def begin_due_stages(*, on: date | None = None) -> int:
    """Begin what begins by itself on this day or began while nobody looked. Returns how many."""
    now, begun = on or today(), 0
    due = Stage.objects.filter(
        program__in=Program.objects.working(), by_itself=True, begun_at__isnull=True, starts_on__lte=now
    )
    for pk in sorted(set(due.values_list("program_id", flat=True))):
        with transaction.atomic():
            program = locked_program(Program(pk=pk))
            if program.paused_at is not None:
                continue
            stages = stages_of(program)
            reached = max((stage.position for stage in stages if stage.begun_at is not None), default=-1)
            ahead = [
                stage
                for stage in stages
                if stage.by_itself
                and stage.begun_at is None
                and stage.starts_on
                and stage.starts_on <= now
                # An earlier stage that was left out is not gone back to.
                and stage.position > reached
            ]
            if ahead:
                _begin(ahead[-1])
                begun += 1
    return begun


def _begin(stage: Stage) -> Stage:
    if stage.begun_at is not None and stage.ended_at is None:
        return stage
    now = timezone.now()
    Stage.objects.filter(program_id=stage.program_id, begun_at__isnull=False, ended_at__isnull=True).update(
        ended_at=now
    )
    stage.begun_at, stage.ended_at = now, None
    stage.save(update_fields=["begun_at", "ended_at"])
    return stage


@transaction.atomic
def add_stage(program: Program, *, name: str, starts_on: date | None, by_itself: bool, by: Member) -> Stage:
    """Put a stage of one's own at the end."""
    require(by, "programs.manage")
    program = _held(program)
    own = Stage.objects.filter(program=program)
    keys = set(own.values_list("key", flat=True))
    if len(keys) >= MOST_STAGES:
        raise ProgramProblem(_("There are fifteen stages already."))
    key = base = slugify(name)[:17] or "stage"
    number = 2
    while key in keys:
        key, number = f"{base}-{number}", number + 1
    last = own.aggregate(last=Max("position"))["last"]
    return Stage.objects.create(
        program=program, key=key, name=name, starts_on=starts_on, by_itself=by_itself,
        position=0 if last is None else last + 1,
    )  # fmt: skip


@transaction.atomic
def change_stage(stage: Stage, *, by: Member, **fields: Any) -> Stage:
    require(by, "programs.manage")
    _held(stage.program)
    for name, value in fields.items():
        setattr(stage, name, value)
    stage.save(update_fields=list(fields))
    return stage


@transaction.atomic
def move_stage(stage: Stage, *, up: bool, by: Member) -> None:
    """Change places with the stage before or after it."""
    require(by, "programs.manage")
    rows = stages_of(_held(stage.program))
    swap(rows, stage, up=up)
    Stage.objects.bulk_update(rows, ["position"])


@transaction.atomic
def remove_stage(stage: Stage, *, by: Member) -> None:
    """Take out a stage that is not the current one; what was given out in it stays, without a stage."""
    require(by, "programs.manage")
    _held(stage.program)
    current = Stage.objects.get(pk=stage.pk)
    if current.begun_at is not None and current.ended_at is None:
        raise ProgramProblem(_("The programme is in this stage. Begin another one first."))
    current.delete()


def _held(program: Program) -> Program:
    program = locked_program(program)
    if program.status == Program.Status.CLOSED:
        raise ProgramProblem(_("This programme is closed."))
    return program
