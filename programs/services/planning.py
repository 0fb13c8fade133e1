"""What a programme is planned with: the check before its launch, its objectives, and who may sign up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import require
from mentoring.tenancy.clock import today

from ..eligibility import FACTS, Facts, fails, is_empty, tidy
from ..measures import figures_of
from ..models import Objective, Program
from ..readiness import CHECKS, Finding, findings
from .places import locked_program
from .problems import ProgramProblem

MOST_OBJECTIVES = 12


def readiness_of(program: Program) -> list[Finding]:
    """Every check before the launch, with what was answered and who was named."""
    people = {check.person: getattr(program, check.person) for check in CHECKS if check.person}
    return findings(program.readiness, people)


@transaction.atomic
def answer_readiness(
    program: Program,
    *,
    answers: Mapping[str, str],
    sponsor: Member | None,
    safeguarding_contact: Member | None,
    by: Member,
) -> Program:
    """Keep what was answered to the check before the launch, and who was named."""
    require(by, "programs.manage")
    program = locked_program(program)
    _require_unclosed(program)
    known = {check.key: check.answers for check in CHECKS}
    program.readiness = {key: value for key, value in answers.items() if value and value in known.get(key, ())}
    program.sponsor, program.safeguarding_contact = sponsor, safeguarding_contact
    program.save(update_fields=["readiness", "sponsor", "safeguarding_contact"])
    return program


def found_by(text: str) -> list[Member]:
    """Members who work here and whom a name or an address means: the one with exactly this address, else all alike."""
    text = text.strip()
    current = Member.objects.current()
    exact = current.filter(email=text.lower()).first() if "@" in text else None
    return [exact] if exact is not None else list(current.matching_text(text)[:8]) if text else []


# Objectives


@transaction.atomic
def add_objective(program: Program, *, by: Member, **fields: Any) -> Objective:
    """Put an objective at the end."""
    require(by, "programs.manage")
    program = locked_program(program)
    _require_unclosed(program)
    own = Objective.objects.filter(program=program)
    if own.count() >= MOST_OBJECTIVES:
        raise ProgramProblem(_("There are twelve objectives already. Fewer are remembered better."))
    last = own.aggregate(last=Max("position"))["last"]
    return Objective.objects.create(program=program, position=0 if last is None else last + 1, **fields)


@transaction.atomic
def change_objective(objective: Objective, *, by: Member, **fields: Any) -> Objective:
    require(by, "programs.manage")
    _require_unclosed(locked_program(objective.program))
    for name, value in fields.items():
        setattr(objective, name, value)
    objective.save(update_fields=list(fields))
    return objective


@transaction.atomic
def move_objective(objective: Objective, *, up: bool, by: Member) -> None:
    """Change places with the objective before or after it."""
    require(by, "programs.manage")
    locked_program(objective.program)
    own = list(Objective.objects.filter(program_id=objective.program_id))
    swap(own, objective, up=up)
    Objective.objects.bulk_update(own, ["position"])


@transaction.atomic
def remove_objective(objective: Objective, *, by: Member) -> None:
    """Take an objective out. One that has been looked back on stays."""
    require(by, "programs.manage")
    _require_unclosed(locked_program(objective.program))
    if objective.reviewed_at is not None:
        raise ProgramProblem(_("You have looked back on this objective already, so it stays."))
    objective.delete()


@transaction.atomic
def review_objective(objective: Objective, *, result: Decimal | None, review: str, by: Member) -> Objective:
    """Keep what came of an objective and what was learned. What the platform counts is kept as it stands now."""
    require(by, "programs.manage")
    program = locked_program(objective.program)
    if program.status == Program.Status.DRAFT:
        raise ProgramProblem(_("This programme has not been launched yet."))
    figures = figures_of(program, [objective])
    if objective.measure in figures:
        result = figures[objective.measure].value
    objective.result, objective.review, objective.reviewed_at = result, review.strip(), timezone.now()
    objective.save(update_fields=["result", "review", "reviewed_at"])
    return objective


def is_reached(objective: Objective, value: Decimal | None) -> bool | None:
    """Whether a figure is at the target, whichever way that lies from today's; None where it can't be said."""
    if value is None or objective.target is None:
        return None
    if objective.baseline is not None and objective.target < objective.baseline:
        return value <= objective.target
    return value >= objective.target


def swap(rows: list[Any], row: Any, *, up: bool) -> None:
    """Move one of the rows by a place, and number all of them anew."""
    at = next((i for i, each in enumerate(rows) if each.pk == row.pk), None)
    if at is not None and 0 <= (other := at - 1 if up else at + 1) < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    for position, each in enumerate(rows):
        each.position = position


# Who may sign up


@transaction.atomic
def set_eligibility(program: Program, *, rules: Mapping[str, Mapping[str, Any]], by: Member) -> Program:
    """Say who may sign up in each role. Who takes part already stays."""
    require(by, "programs.manage")
    program = locked_program(program)
    _require_unclosed(program)
    if unknown := rules.keys() - program.parts.keys():
        raise TypeError(f"This programme has no such roles: {', '.join(sorted(unknown))}.")
    kept = {role: tidy(each) for role, each in rules.items()}
    program.eligibility = {role: each for role, each in kept.items() if each}
    program.save(update_fields=["eligibility"])
    return program


def eligible_ids(
    rules: Mapping[str, Mapping[str, Any]], *, hired_within: Mapping[str, timedelta | None] | None = None
) -> dict[str, set[int]]:
    """Role → who works here, meets its rules, and was hired within so long, where that is asked."""
    on = today()
    rows = [(pk, Facts(*facts)) for pk, *facts in Member.objects.current().order_by().values_list("pk", *FACTS)]
    found = {}
    for role, each in rules.items():
        longest = (hired_within or {}).get(role)
        since = on - longest if longest is not None else None
        found[role] = {
            pk
            for pk, facts in rows
            if (since is None or (facts.hired_on is not None and facts.hired_on >= since))
            and (is_empty(each) or not fails(each, facts, on=on))
        }
    return found


def _require_unclosed(program: Program) -> None:
    if program.status == Program.Status.CLOSED:
        raise ProgramProblem(_("This programme is closed."))
