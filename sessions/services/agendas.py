"""What a session is to be about: the points that a programme proposes for its stage, edited by everybody in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from accounts.rules import require
from programs.models import Program

from ..models import AgendaPoint, AgendaTemplate, Attendance, Session
from .problems import SessionProblem

STAGES: dict[str, Any] = {
    "first": gettext_lazy("First meeting"),
    "usual": gettext_lazy("Usual session"),
    "review": gettext_lazy("Review of the goals"),
    "closing": gettext_lazy("Closing"),
}
MOST_POINTS = 30
LONGEST_POINT = 200
# A session so shortly before the programme's end is about the end.
LAST_WEEKS = timedelta(weeks=3)


@dataclass(frozen=True)
class Proposal:
    """The points of a stage, and what to think about before it."""

    points: list[str]
    preparation: str
    # Whether an admin wrote it; else it is ours.
    is_own: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a change; `meanwhile` says what somebody else had done to the same point."""

    point: AgendaPoint | None = None
    meanwhile: str = ""


def proposal_of(program: Program, stage: str) -> Proposal:
    """What a programme proposes for a stage: what its admins wrote, else what suits its format."""
    return proposals_of(program)[stage]


def proposals_of(program: Program) -> dict[str, Proposal]:
    """What a programme proposes for each stage."""
    written = {template.stage: template for template in AgendaTemplate.objects.filter(program=program)}
    found = {}
    for stage in STAGES:
        template = written.get(stage)
        if template is not None:
            found[stage] = Proposal(list(template.points), template.preparation, is_own=True)
        else:
            found[stage] = usual_proposal(program, stage)
    return found


def usual_proposal(program: Program, stage: str) -> Proposal:
    """What we propose for a stage of this format when an admin has written nothing."""
    agenda = program.kind.agendas[stage]
    return Proposal([str(point) for point in agenda.points], str(agenda.preparation))


@transaction.atomic
def set_proposal(program: Program, *, stage: str, points: Iterable[str], preparation: str, by: Member) -> None:
    """Write what a programme proposes for a stage; what is the same as ours stays ours. Begun agendas stay as they are."""
    require(by, "programs.manage")
    kept = [point for point in (tidy(point) for point in points) if point][:MOST_POINTS]
    usual = usual_proposal(program, stage)
    if (kept, preparation.strip()) == (usual.points, usual.preparation):
        AgendaTemplate.objects.filter(program=program, stage=stage).delete()
        return
    AgendaTemplate.objects.update_or_create(
        program=program, stage=stage, defaults={"points": kept, "preparation": preparation.strip()}
    )


def guess_stage(session: Session) -> str:
    """What a session is about by when it is: the first, one in the last weeks, one about the middle, or a usual one."""
    mentorship, program = session.mentorship, session.scheme
    if mentorship is None:
        return "usual"
    others = Session.objects.filter(mentorship=mentorship).exclude(pk=session.pk)
    others = others.exclude(status__in=[Session.Status.CANCELLED, Session.Status.MISSED])
    if not others.filter(starts_at__lt=session.starts_at).exists():
        return "first"
    started_at = mentorship.started_at or session.booked_at
    ends_at = (
        datetime.combine(program.ends_on, time(23, 59), session.zone)
        if program.ends_on
        else started_at + program.kind.duration
    )
    if program.ends_on and session.starts_at > ends_at - LAST_WEEKS:
        return "closing"
    middle = started_at + (ends_at - started_at) / 2
    # The first session from the middle on, unless the programme has just begun and is nearly over.
    if middle <= session.starts_at < ends_at and not others.filter(
        starts_at__gte=middle, starts_at__lt=session.starts_at
    ):
        return "review"
    return "usual"


@transaction.atomic
def begin_agenda(session: Session) -> Session:
    """Give a session that is still to come the points of its stage, once."""
    session = _locked(session)
    if session.stage or not session.is_planned or session.is_over:
        return session
    session.stage = guess_stage(session)
    session.save(update_fields=["stage"])
    if not session.agenda_points.exists():
        _fill(session)
    return session


@transaction.atomic
def choose_stage(session: Session, *, stage: str, by: Member) -> Session:
    """Say what a session is about. The points that were proposed and left alone make way for those of the new stage."""
    session = _locked(session, by)
    if stage not in STAGES:
        raise SessionProblem(_("There is no such kind of session."))
    if stage != session.stage:
        untouched = proposal_of(session.scheme, session.stage).points if session.stage else []
        session.agenda_points.filter(added_by=None, done_at=None, text__in=untouched).delete()
        session.stage = stage
        session.save(update_fields=["stage"])
        _fill(session)
    return session


@transaction.atomic
def add_point(session: Session, *, text: str, by: Member) -> AgendaPoint:
    """Add a point at the end."""
    session = _locked(session, by)
    return _add(session, text, by)


@transaction.atomic
def change_point(session: Session, pk: int, *, text: str, was: str, by: Member) -> Outcome:
    """Write a point anew. Who does it hears what somebody else had made of it since they read it (`was`)."""
    session = _locked(session, by)
    point = session.agenda_points.filter(pk=pk).first()
    text = _checked(text)
    if point is None:
        return Outcome(
            _add(session, text, by), _("Somebody had removed this point meanwhile; yours stands here again.")
        )
    meanwhile = ""
    if point.text not in (was, text):
        meanwhile = _("Somebody had changed this point to “%(text)s” meanwhile; now yours stands.") % {
            "text": point.text
        }
    point.text = text
    # Whoever wrote it last: a point that was proposed and rewritten is somebody's own.
    point.added_by = point.added_by or by
    point.save(update_fields=["text", "added_by"])
    return Outcome(point, meanwhile)


@transaction.atomic
def tick_point(session: Session, pk: int, *, done: bool, by: Member) -> Outcome:
    """Say that a point has been talked about, or not yet."""
    session = _locked(session, by)
    point = session.agenda_points.filter(pk=pk).first()
    if point is None:
        return _gone()
    if done != bool(point.done_at):
        point.done_at = timezone.now() if done else None
        point.save(update_fields=["done_at"])
    return Outcome(point)


@transaction.atomic
def move_point(session: Session, pk: int, *, by_places: int, by: Member) -> Outcome:
    """Move a point up (-1) or down (1)."""
    session = _locked(session, by)
    points = list(session.agenda_points.all())
    at = next((index for index, point in enumerate(points) if point.pk == pk), None)
    if at is None:
        return _gone()
    moved = points.pop(at)
    points.insert(max(0, at + by_places), moved)
    for position, point in enumerate(points):
        point.position = position
    AgendaPoint.objects.bulk_update(points, ["position"])
    return Outcome(moved)


@transaction.atomic
def remove_point(session: Session, pk: int, *, was: str, by: Member) -> Outcome:
    """Take a point off the agenda, unless somebody else has just rewritten it."""
    session = _locked(session, by)
    point = session.agenda_points.filter(pk=pk).first()
    if point is None:
        return _gone()
    if was and point.text != was:
        text = _("Somebody had changed this point to “%(text)s” meanwhile, so it was not removed.")
        return Outcome(point, text % {"text": point.text})
    point.delete()
    return Outcome()


def tidy(text: str) -> str:
    return " ".join(text.split())[:LONGEST_POINT]


def _gone() -> Outcome:
    return Outcome(None, _("Somebody had removed this point meanwhile."))


def _checked(text: str) -> str:
    text = tidy(text)
    if not text:
        raise SessionProblem(_("Write what the point is about."))
    return text


def _add(session: Session, text: str, by: Member) -> AgendaPoint:
    text = _checked(text)
    points = list(session.agenda_points.values_list("position", flat=True))
    if len(points) >= MOST_POINTS:
        raise SessionProblem(_("An agenda has at most %(n)d points.") % {"n": MOST_POINTS})
    return AgendaPoint.objects.create(session=session, text=text, position=max(points, default=-1) + 1, added_by=by)


def _fill(session: Session) -> None:
    """Put the points of the session's stage after those that are there."""
    there = dict(session.agenda_points.values_list("text", "position"))
    after = max(there.values(), default=-1) + 1
    new = [text for text in proposal_of(session.scheme, session.stage).points if text not in there]
    AgendaPoint.objects.bulk_create(
        AgendaPoint(session=session, text=text, position=after + number)
        for number, text in enumerate(new[: MOST_POINTS - len(there)])
    )


def _locked(session: Session, by: Member | None = None) -> Session:
    """The session as it is now, so that changes by two people come one after the other."""
    if by is not None and not Attendance.objects.filter(session=session, member=by).exists():
        raise PermissionDenied
    found = Session.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "mentorship__program", "program"
    )
    return found.get(pk=session.pk)
