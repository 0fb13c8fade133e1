"""Every write of feedback, and the averages that may be shown of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Program
from sessions.models import Attendance, Session

from . import emails
from .averaging import told_sum
from .models import Pulse

# Averages are shown of the answers of this many people, and change by the answers of this many people.
PEOPLE_FLOOR = 5
# Nobody is asked about a meeting that is longer ago, unless they have just said how it went; nor ever after so long.
ASKED_WITHIN = timedelta(days=14)
REMEMBERED = timedelta(days=42)


class FeedbackProblem(Exception):
    """This can't be answered now; the message is a sentence for whoever tried. Nothing was changed."""


@dataclass(frozen=True)
class Averages:
    """Means from 1 to 5, of how many answers, given by how many people."""

    useful: float
    understood: float
    answers: int
    people: int


@transaction.atomic
def give_pulse(session: Session, *, useful: int, understood: int, by: Member, at: datetime | None = None) -> Pulse:
    """Answer the two questions about a held session, or change the answers as long as no average contains them."""
    # Held until the end, so that two people who answer at once are counted once each.
    program = Program.objects.select_for_update(no_key=True, of=("self",)).get(pk=session.scheme.pk)
    session = Session.objects.get(pk=session.pk)
    own = Attendance.objects.filter(session=session, member=by).first()
    if own is None:
        raise PermissionDenied
    if session.status != Session.Status.HELD:
        raise FeedbackProblem(_("You can answer once everybody has confirmed that the session was held."))
    if is_group(session) and own.report != Attendance.Report.HELD:
        raise FeedbackProblem(_("You can answer once you have said that you were there."))
    pulse = Pulse.objects.filter(session=session, member=by).first() or Pulse(session=session, member=by)
    if pulse.is_counted:
        raise FeedbackProblem(_("Your answers are part of an average by now, so they can’t be changed any more."))
    pulse.useful, pulse.understood = useful, understood
    pulse.given_at = at or timezone.now()
    pulse.full_clean(exclude=["organisation", "session", "member"], validate_unique=False, validate_constraints=False)
    pulse.save()
    _count_together(program, at=pulse.given_at)
    emails.pulse_given(pulse)
    return pulse


def is_group(session: Session) -> bool:
    """Whether it may have been held without some of those who were expected: only who says so was there."""
    return session.has_seats or session.attendances.count() > 2


def ask_for_pulse(session: Session) -> None:
    """Send everybody who was there the two questions, once, unless the session is long ago or the programme rests.

    Who logs it late has it before their eyes, and is asked although it is longer ago.
    """
    now = timezone.now()
    if session.scheme.paused_at is None and session.ends_at > now - REMEMBERED:
        is_recent = session.ends_at > now - ASKED_WITHIN
        emails.pulse_request(session, logged_since=None if is_recent else now - ASKED_WITHIN)


def averages(program: Program) -> Averages | None:
    """What people think of a programme's sessions; None until five people have answered.

    It changes only when five more people have answered, so that comparing two of them tells nothing of one person.
    """
    return averages_of([program]).get(program.pk)


def averages_of(programs: Collection[Program]) -> dict[int, Averages]:
    """Programme → what people think of its sessions, where five have answered; in one query."""
    # Those that were counted together are one block, of which is told what may be told of any.
    rows = (
        Pulse.objects.counted()
        .annotate(of=Coalesce("session__mentorship__program_id", "session__program_id"))
        .filter(of__in=[program.pk for program in programs])
        .order_by()
        .values("of", "counted_at")
        .annotate(
            useful=Sum("useful"), understood=Sum("understood"), answers=Count("pk"),
            people=ArrayAgg("member_id", distinct=True),
        )
    )  # fmt: skip
    blocks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        # Of a block with fewer people, since somebody was erased, nothing is told any more.
        if len(row["people"]) >= PEOPLE_FLOOR:
            blocks[row["of"]].append(row)
    found = {}
    for program_id, own in blocks.items():
        answers = sum(row["answers"] for row in own)
        means = {
            name: sum(told_sum(row[name], row["answers"], lowest=1, highest=5) for row in own) / answers
            for name in ("useful", "understood")
        }
        people = {person for row in own for person in row["people"]}
        found[program_id] = Averages(**means, answers=answers, people=len(people))
    return found


def _count_together(program: Program, *, at: datetime) -> None:
    waiting = dict(Pulse.objects.of(program).uncounted().values_list("pk", "member_id"))
    if len(set(waiting.values())) >= PEOPLE_FLOOR:
        Pulse.objects.filter(pk__in=waiting).update(counted_at=at)
