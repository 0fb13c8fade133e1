"""Proposals, candidates and reasons as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Max, Min
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from programs.criteria import LABELS
from programs.models import Enrolment, Program

from .explain import Reason, Statement, headlines, shortfall
from .gathering import waiting_mentees
from .models import MatchRun, Proposal, Unmatched
from .services import ProposalChanged, Scored, best_candidates, places_left
from .telling import reasons_from
from .wording import WORDING

CRITERION_LABELS: dict[str, Any] = {
    **LABELS,
    "mentee_wish": gettext_lazy("Mentee’s wish"),
    "mentor_wish": gettext_lazy("Mentor’s wish"),
}
HEADLINES = 3
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
    changed = (now["changed"] - _EPOCH) // timedelta(microseconds=1) if now["changed"] else 0
    return f"{now['count']}-{now['last'] or 0}-{changed}"


@dataclass(frozen=True)
class Line:
    """What one criterion says about a pair."""

    label: str
    text: str
    tone: str
    value: float | None


@dataclass(frozen=True)
class Row:
    """A proposal with all that stands in its row."""

    proposal: Proposal
    token: str
    mentee_detail: str
    mentor_detail: str
    speaking: list[str]
    against: str
    lines: list[Line]


def row(proposal: Proposal) -> Row:
    reasons = reasons_from(proposal.reasons)
    return Row(
        proposal=proposal,
        token=token(proposal),
        mentee_detail=about(proposal.mentee.member),
        mentor_detail=about(proposal.mentor.member),
        speaking=[reason.text("admin") for reason in headlines(reasons, limit=HEADLINES)],
        against=_against(reasons),
        lines=lines(reasons),
    )


def _against(reasons: Sequence[Reason]) -> str:
    reason = shortfall(reasons)
    return reason.text("admin") if reason else ""


def lines(reasons: Iterable[Reason]) -> list[Line]:
    return [
        Line(
            label=str(CRITERION_LABELS.get(reason.criterion, reason.criterion)),
            text=reason.text("admin"),
            tone=reason.tone,
            value=reason.value,
        )
        for reason in reasons
    ]


def about(member: Member) -> str:
    """Department, level and site in one line."""
    parts = [member.department, _("level %(level)d") % {"level": member.level} if member.level else "", member.site]
    return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class Summary:
    proposed: int
    unmatched: int
    mean: float | None
    lowest: float | None

    @property
    def mentees(self) -> int:
        return self.proposed + self.unmatched


def summary(program: Program) -> Summary:
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    figures = drafts.aggregate(count=Count("pk"), mean=Avg("score"), lowest=Min("score"))
    return Summary(
        proposed=figures["count"],
        unmatched=unmatched_mentees(program).count(),
        mean=figures["mean"],
        lowest=figures["lowest"],
    )


def unmatched_mentees(program: Program) -> Any:
    """Enrolments of mentees who have neither a mentor nor a proposal."""
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    return waiting_mentees(program).exclude(pk__in=drafts.values("mentee_id"))


@dataclass(frozen=True)
class Blocked:
    """What a rule takes from a mentee."""

    text: str
    count: int
    frees: int


@dataclass(frozen=True)
class Left:
    """A mentee without a proposal, and why."""

    enrolment: Enrolment
    detail: str
    reason: str
    blocked: list[Blocked]


def left_over(run: MatchRun | None, enrolments: Sequence[Enrolment]) -> list[Left]:
    """Why each of these mentees has no proposal: as the last run found, or what has happened since."""
    found = {each.mentee_id: each for each in Unmatched.objects.filter(run=run, mentee__in=enrolments)} if run else {}
    discarded = set(
        Proposal.objects.filter(mentee__in=enrolments, status=Proposal.Status.DISCARDED).values_list(
            "mentee_id", flat=True
        )
    )
    return [
        Left(
            enrolment=enrolment,
            detail=about(enrolment.member),
            reason=_why(found.get(enrolment.pk), run, discarded=enrolment.pk in discarded),
            blocked=_blocked(found.get(enrolment.pk)),
        )
        for enrolment in enrolments
    ]


def _why(unmatched: Unmatched | None, run: MatchRun | None, *, discarded: bool) -> str:
    if run is None:
        return _("Matching hasn’t run in this programme yet.")
    if unmatched is not None:
        # The rules are told in the table below it.
        return Statement(unmatched.code, unmatched.details.get("params", {})).text("admin") + "."
    if discarded:
        return _("Their proposal was discarded. The next run looks for somebody else.")
    return _("Signed up, or free again, since matching last ran. The next run looks for somebody.")


def _blocked(unmatched: Unmatched | None) -> list[Blocked]:
    removed: list[Mapping[str, Any]] = unmatched.details.get("removed", []) if unmatched else []
    return [
        Blocked(
            text=Statement(each["code"], each["params"]).text("admin"),
            count=each["params"].get("count", 0),
            frees=each.get("frees", 0),
        )
        for each in removed
        if each["code"] in WORDING
    ]


@dataclass(frozen=True)
class Holder:
    """A mentee who is proposed a mentor that somebody else might have."""

    name: str
    mentee: int
    token: str


@dataclass(frozen=True)
class Choice:
    """A mentor whom an admin could give to a mentee."""

    mentor: Enrolment
    detail: str
    scored: Scored
    lines: list[Line]
    speaking: list[str]
    free: int
    is_current: bool
    # Their proposals, for a swap while there is no free place.
    holders: list[Holder]


def choices(program: Program, mentee: Enrolment, current: Proposal | None) -> list[Choice]:
    """The best mentors for a mentee, best first, with the one proposed now among them."""
    found = best_candidates(program, mentee)
    ids = [each.mentor for each in found]
    mentors = {each.pk: each for each in Enrolment.objects.filter(pk__in=ids).select_related("member")}
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT, mentor_id__in=ids)
    holders: dict[int, list[Holder]] = {}
    for proposal in drafts.exclude(mentee=mentee).select_related("mentee__member"):
        holder = Holder(proposal.mentee.member.name, proposal.mentee_id, token(proposal))
        holders.setdefault(proposal.mentor_id, []).append(holder)
    left = places_left(program)
    return [
        Choice(
            mentor=mentors[each.mentor],
            detail=about(mentors[each.mentor].member),
            scored=each,
            lines=lines(each.reasons),
            speaking=[reason.text("admin") for reason in headlines(each.reasons, limit=HEADLINES)],
            free=max(0, left.get(each.mentor, 0)),
            is_current=current is not None and current.mentor_id == each.mentor,
            holders=holders.get(each.mentor, []),
        )
        for each in found
    ]
