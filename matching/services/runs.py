"""A run, whatever the format of its programme makes of people."""

from __future__ import annotations

from django.db import transaction

from mentoring.jobs.progress import NoProgress, Progress
from programs.models import Program

from .groups import arrange, is_arranged
from .running import outcome, run_matching


def run(program_id: int, progress: Progress | NoProgress) -> str:
    """Propose who is with whom, in the way of the programme's format. Returns what came of it. Raises JobError."""
    with transaction.atomic():
        program = Program.objects.filter(pk=program_id).first()
        arranged = program is not None and is_arranged(program)
    return arrange(program_id, progress) if arranged else outcome(run_matching(program_id, progress))
