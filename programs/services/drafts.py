"""Making a programme step by step, launching it, and changing it afterwards."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.tenancy.clock import today

from ..criteria import default_criteria
from ..formats import FORMATS
from ..models import Objective, Program
from ..signals import program_launched
from .enrolling import move_up
from .places import locked_program, require_running
from .problems import ProgramProblem
from .resources import give_guides
from .staging import begin_first, move_days, plan_stages

FIELDS = frozenset(
    {
        "name", "format", "objective", "description", "starts_on", "ends_on", "needs_approval", "mentee_places",
        "default_capacity", "session_length", "rhythm", "pairing", "requests_at_once", "answer_within", "criteria",
        "hired_within", "wizard_step", "group_min", "group_max", "format_settings", "rolling", "approver",
    }
)  # fmt: skip
# What may still change once people have signed up.
LATER_FIELDS = FIELDS - {"format", "wizard_step", "hired_within"}


@transaction.atomic
def start_draft(*, format: str, by: Member) -> Program:
    """Begin a programme with the defaults of its format."""
    program = Program(created_by=by)
    _take_defaults(program, format)
    program.save()
    plan_stages(program)
    return program


@transaction.atomic
def save_draft(program: Program, *, by: Member, **fields: Any) -> Program:
    """Keep what a step of the wizard has gathered. Another format brings its own defaults for what isn't given."""
    _check_names(fields, FIELDS)
    program = locked_program(program)
    if program.status != Program.Status.DRAFT:
        raise ProgramProblem(_("This programme has been launched already."))
    before = copy(program)
    is_other = fields.get("format", program.format) != program.format
    if is_other:
        _take_defaults(program, fields["format"])
    for name, value in fields.items():
        setattr(program, name, value)
    program.save()
    if is_other:
        plan_stages(program)
    else:
        move_days(program, before=before)
    return program


@transaction.atomic
def discard_draft(program: Program, *, by: Member) -> None:
    """Throw a draft away. What has been launched stays."""
    program = locked_program(program)
    if program.status != Program.Status.DRAFT:
        raise ProgramProblem(_("This programme has been launched already."))
    program.delete()


@transaction.atomic
def launch(program: Program, *, by: Member, at: datetime | None = None) -> Program:
    """Open a draft for sign-up. Launching it twice launches it once."""
    program = locked_program(program)
    if program.status != Program.Status.DRAFT:
        return program
    if not program.name.strip():
        raise ProgramProblem(_("Give the programme a name before you launch it."))
    if at is None and program.ends_on and program.ends_on <= today():
        raise ProgramProblem(_("The programme would end before it began: choose a later last day."))
    program.status = Program.Status.OPEN
    program.launched_at = at or timezone.now()
    program.save(update_fields=["status", "launched_at"])
    begin_first(program)
    give_guides(program)
    if program.objective and not Objective.objects.filter(program=program).exists():
        # What the admin chose at the start; how it is measured is theirs to say.
        Objective.objects.create(program=program, text=program.objective)
    program_launched.send(Program, program=program, by=by)
    return program


@transaction.atomic
def change_program(program: Program, *, by: Member, **fields: Any) -> Program:
    """Change a launched programme. More places move the waiting list up; fewer take none away."""
    _check_names(fields, LATER_FIELDS)
    program = locked_program(program)
    require_running(program)
    before = copy(program)
    for name, value in fields.items():
        setattr(program, name, value)
    program.save(update_fields=list(fields))
    if (program.starts_on, program.ends_on) != (before.starts_on, before.ends_on):
        move_days(program, before=before)
    move_up(program)
    return program


def _take_defaults(program: Program, format: str) -> None:
    kind = FORMATS[format]
    program.format = format
    program.default_capacity = kind.default_capacity
    program.session_length = kind.session_length
    program.rhythm = kind.rhythm
    program.criteria = default_criteria(kind)
    program.hired_within, program.rolling = kind.hired_within, kind.rolling
    program.needs_approval = kind.needs_approval
    program.group_min, program.group_max = kind.group_size or (None, None)
    program.format_settings = {}
    if not kind.choosing:
        program.pairing = Program.Pairing.ADMIN
    # Where people come any day, there is no common last one.
    program.ends_on = program.starts_on + kind.duration if program.starts_on and not kind.rolling else None


def _check_names(fields: dict[str, Any], known: frozenset[str]) -> None:
    if unknown := fields.keys() - known:
        raise TypeError(f"A programme has no such fields to change: {', '.join(sorted(unknown))}.")
