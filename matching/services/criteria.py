"""Changes what counts in a programme's matching: each saved change is a version that can be looked at and restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.criteria import Criteria, changes, complete, problems, without_questions
from programs.models import Program, Question
from programs.services.places import locked_program, require_running
from programs.services.questions import following

from ..models import CriteriaVersion
from .problems import MatchingProblem


class CriteriaChanged(MatchingProblem):
    """Somebody else has saved other criteria since these were looked at; `changes` says what in words."""

    def __init__(self, version: CriteriaVersion, changed: list[str]) -> None:
        self.version = version
        self.changes = changed
        who = version.made_by.name if version.made_by else _("Somebody")
        super().__init__(
            _("%(name)s changed what counts while this page was open: %(changes)s.")
            % {"name": who, "changes": "; ".join(changed)}
        )


@dataclass(frozen=True)
class Step:
    """A version with what it changed in words; nothing for the first."""

    version: CriteriaVersion
    changes: list[str]


def latest_version(program: Program) -> CriteriaVersion:
    """The version in force, not saved yet where none was made, or the programme was changed without one."""
    last = CriteriaVersion.objects.filter(program=program).select_related("made_by").first()
    criteria = complete(program.criteria, program.kind)
    if last is not None and complete(last.criteria, program.kind) == criteria:
        return last
    made_at = timezone.now() if last else program.launched_at or program.created_at
    return CriteriaVersion(program=program, number=last.number + 1 if last else 1, criteria=criteria, made_at=made_at)


@transaction.atomic
def current_version(program: Program) -> CriteriaVersion:
    """The version in force; the first is made of what the programme has."""
    version = latest_version(program)
    if version.pk is None:
        # Two who ask at once make one.
        version = latest_version(locked_program(program))
        if version.pk is None:
            version.save()
    return version


@transaction.atomic
def change_criteria(
    program: Program, criteria: Criteria, *, by: Member, seen: int | None = None, restores: int | None = None
) -> CriteriaVersion:
    """Put other criteria in force, as a version of their own; the same ones again make none.

    `seen` is the version that `by` was looking at. Raises CriteriaChanged if it isn't in force any more, and
    MatchingProblem with a sentence for criteria that make no sense.
    """
    program = locked_program(program)
    require_running(program)
    current = current_version(program)
    if seen is not None and seen != current.number:
        raise CriteriaChanged(current, _since(program, seen, current))
    criteria = without_questions(following(program, complete(criteria, program.kind)), asked(program))
    if wrong := problems(criteria):
        raise MatchingProblem(" ".join(wrong))
    if criteria == complete(current.criteria, program.kind):
        return current
    program.criteria = criteria
    program.save(update_fields=["criteria"])
    return CriteriaVersion.objects.create(
        program=program, number=current.number + 1, criteria=criteria, made_by=by, restores=restores
    )


def restore_criteria(program: Program, number: int, *, by: Member, seen: int | None = None) -> CriteriaVersion:
    """Put an older version in force again, without the questions that are not asked any more.

    Raises CriteriaVersion.DoesNotExist.
    """
    version = CriteriaVersion.objects.get(program=program, number=number)
    return change_criteria(program, version.criteria, by=by, seen=seen, restores=number)


def asked(program: Program) -> list[int]:
    """The questions of the sign-up page that can count."""
    return list(Question.objects.filter(program=program, retired_at__isnull=True).values_list("pk", flat=True))


def question_texts(program: Program) -> dict[int, str]:
    return dict(Question.objects.filter(program=program).values_list("pk", "text"))


def differences(program: Program, before: Any, after: Any) -> list[str]:
    """What differs between two versions' criteria in words."""
    return changes(complete(before, program.kind), complete(after, program.kind), questions=question_texts(program))


def steps(program: Program, versions: list[CriteriaVersion]) -> list[Step]:
    """The versions, newest first, with what each changed against the one before it."""
    if not versions:
        return []
    texts = question_texts(program)
    oldest = versions[-1].number
    before = CriteriaVersion.objects.filter(program=program, number__lt=oldest).first()
    older: list[CriteriaVersion | None] = [*versions[1:], before]
    return [
        Step(
            version,
            changes(
                complete(previous.criteria, program.kind), complete(version.criteria, program.kind), questions=texts
            )
            if previous
            else [],
        )
        for version, previous in zip(versions, older, strict=True)
    ]


def _since(program: Program, seen: int, current: CriteriaVersion) -> list[str]:
    before = CriteriaVersion.objects.filter(program=program, number=seen).first()
    return differences(program, before.criteria, current.criteria) if before else [_("it has been saved anew")]
