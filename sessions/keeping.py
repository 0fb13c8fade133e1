"""What of a programme's sessions goes into templates and copies: what an admin wrote for its agendas."""

from __future__ import annotations

from typing import Any

from programs.keeping import Later, register_keeper
from programs.models import Program

from .models import AgendaTemplate


def take_agendas(program: Program) -> list[dict[str, Any]]:
    written = AgendaTemplate.objects.filter(program=program)
    return [{"stage": each.stage, "points": each.points, "preparation": each.preparation} for each in written]


def give_agendas(program: Program, kept: list[dict[str, Any]], later: Later) -> None:
    AgendaTemplate.objects.bulk_create(AgendaTemplate(program=program, **each) for each in kept)


register_keeper("agendas", take=take_agendas, give=give_agendas)
