"""Pausing a whole programme, and going on with it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Member
from accounts.rules import require

from ..models import Mentorship, Program
from ..signals import program_paused, program_resumed
from .places import locked_program, require_running


@transaction.atomic
def pause_program(program: Program, *, by: Member, at: datetime | None = None) -> Program:
    """Let a programme rest: nobody is matched at night and nobody is nudged.

    Sessions that are booked stay, and those who meet are told so; nothing new can be booked.
    """
    require(by, "programs.manage")
    program = locked_program(program)
    require_running(program)
    if program.paused_at is None:
        program.paused_at = at or timezone.now()
        program.save(update_fields=["paused_at"])
        program_paused.send(Program, program=program)
    return program


@transaction.atomic
def resume_program(program: Program, *, by: Member, at: datetime | None = None) -> Program:
    """Go on. Whoever still had time to answer when it was paused has as much of it again."""
    require(by, "programs.manage")
    program = locked_program(program)
    require_running(program)
    if program.paused_at is None:
        return program
    rested = (at or timezone.now()) - program.paused_at
    program.paused_at = None
    program.save(update_fields=["paused_at"])
    Mentorship.objects.filter(program=program, answer_by__isnull=False).offered().update(
        answer_by=F("answer_by") + rested
    )
    program_resumed.send(Program, program=program, rested=rested)
    return program
