"""A proposal as it stands in its row, and the figures above them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Exists, Max, Min, OuterRef
from django.utils.formats import number_format

from programs.models import Program

from ..models import Proposal
from ..services import ProposalChanged, came_to_nothing
from ..telling import reasons_from
from .attention import Flag, Glance
from .leftovers import unmatched_mentees
from .people import about
from .reasons import Line, lines

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def token(proposal: Proposal) -> str:
    """Names a proposal as it was when the page was made, so that a change in between is noticed."""
    return f"{proposal.pk}-{(proposal.changed_at - _EPOCH) // timedelta(microseconds=1)}"


def seen(program: Program, tokens: Iterable[str]) -> list[Proposal]:
    """The drafts that tokens name. Raises ProposalChanged if one isn't any more what was seen."""
    wanted = set(tokens)
    numbers = [each.partition("-")[0] for each in wanted]
    ids = [int(each) for each in numbers if each.isdecimal() and len(each) < 19]
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT, pk__in=ids)
    found = [each for each in drafts.select_related("program") if token(each) in wanted]
    if len(found) != len(wanted):
        raise ProposalChanged
    return found


def state(drafts: Any) -> str:
    """Changes whenever one of these proposals does."""
    now = drafts.aggregate(count=Count("pk"), last=Max("pk"), changed=Max("changed_at"))
    return _state(now["count"], now["last"], now["changed"])


def state_of(rows: Sequence[Glance]) -> str:
    """The same of drafts that have been read already."""
    last = max((each.pk for each in rows), default=None)
    return _state(len(rows), last, max((each.changed_at for each in rows), default=None))


def _state(count: int, last: int | None, changed: datetime | None) -> str:
    at = (changed - _EPOCH) // timedelta(microseconds=1) if changed else 0
    return f"{count}-{last or 0}-{at}"


@dataclass(frozen=True)
class Row:
    """A proposal with all that stands in its row."""

    proposal: Proposal
    anchor: str
    token: str
    score: str
    mentee: str
    mentee_detail: str
    mentor: str
    mentor_detail: str
    flags: Sequence[Flag]
    lines: list[Line]


def row(proposal: Proposal, flags: Sequence[Flag] = ()) -> Row:
    return Row(
        proposal=proposal,
        anchor=f"p{proposal.pk}",
        token=token(proposal),
        score="" if proposal.score is None else number_format(proposal.score, 2),
        mentee=proposal.mentee.member.name,
        mentee_detail=about(proposal.mentee.member),
        mentor=proposal.mentor.member.name,
        mentor_detail=about(proposal.mentor.member),
        flags=flags,
        lines=lines(reasons_from(proposal.reasons)),
    )


@dataclass(frozen=True)
class Summary:
    proposed: int
    unmatched: int
    mean: float | None
    lowest: float | None
    # How many running pairs publishing all would end.
    replacing: int = 0
    # How many mentees are proposed somebody else after an offer that came to nothing.
    next_best: int = 0

    @property
    def mentees(self) -> int:
        return self.proposed + self.unmatched


def summary(program: Program) -> Summary:
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    in_vain = came_to_nothing(program).filter(mentee=OuterRef("mentee"))
    figures = drafts.aggregate(
        count=Count("pk"),
        mean=Avg("score"),
        lowest=Min("score"),
        replacing=Count("replaces", distinct=True),
        next_best=Count("mentee", distinct=True, filter=Exists(in_vain)),
    )
    return Summary(
        proposed=figures["count"],
        unmatched=unmatched_mentees(program).count(),
        mean=figures["mean"],
        lowest=figures["lowest"],
        replacing=figures["replacing"],
        next_best=figures["next_best"],
    )
