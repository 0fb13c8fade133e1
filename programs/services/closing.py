"""The good end of a mentorship: a look back by each, thanks, and certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.tenancy.clock import today

from .. import emails
from ..models import (
    Certificate,
    ClosingReview,
    Enrolment,
    Goal,
    Mentorship,
    MentorshipEvent,
    Program,
    Role,
)
from . import goals
from .lifelines import end_of
from .problems import AlreadySettled, ProgramProblem
from .taking_part import held_by, parts_of

# So long before the end everybody is asked to look back; a short mentorship, in its last quarter.
AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class LookBack:
    """What one of a mentorship says at its end."""

    went_well: str = ""
    otherwise: str = ""
    thanks: str = ""
    # {"skill": id, "before": 1–5, "after": 1–5}
    skills: Sequence[Mapping[str, int]] = ()
    would_mentor: bool | None = None
    # Goal → how it ended, and how far one got.
    goals: Mapping[int, tuple[str, int | None]] = field(default_factory=dict)


def nears_end(mentorship: Mentorship, *, on: date | None = None) -> bool:
    """Whether it is time to look back."""
    last_day, now = end_of(mentorship), on or today()
    if mentorship.status != Mentorship.Status.ACTIVE or last_day is None or mentorship.started_at is None:
        return False
    length = last_day - mentorship.started_at.date()
    return now >= last_day - min(AHEAD, length / 4)


def ask_for_reviews(*, on: date | None = None) -> int:
    """Write, once for each last day, to everybody whose mentorship nears its end. Returns how many letters."""
    now = on or today()
    near = (
        Mentorship.objects.active()
        .filter(program__in=Program.objects.working(), paused_at__isnull=True)
        .annotate(last_day=Coalesce("planned_end", "program__ends_on"))
        .filter(last_day__lte=now + AHEAD)
        .select_related("program")
    )
    written = 0
    for mentorship in near.order_by("pk"):
        if nears_end(mentorship, on=now) and (last_day := end_of(mentorship)):
            done = _looked_back(mentorship).values_list("member_id", flat=True)
            people = parts_of(mentorship)
            silent = [part for part in people if part.enrolment.member_id not in set(done)]
            with transaction.atomic():
                written += emails.closing_review(mentorship, people=silent, day=last_day)
    return written


def _looked_back(mentorship: Mentorship) -> Any:
    """What was said of the end that is meant now: what was said before it was put off is of another."""
    found = ClosingReview.objects.filter(mentorship=mentorship)
    turns = MentorshipEvent.objects.filter(mentorship=mentorship, kind=MentorshipEvent.Kind.EXTENDED)
    put_off_at = turns.order_by("-at").values_list("at", flat=True).first()
    return found.filter(written_at__gt=put_off_at) if put_off_at else found


def may_review(mentorship: Mentorship) -> bool:
    return mentorship.status in (Mentorship.Status.ACTIVE, Mentorship.Status.COMPLETED)


@transaction.atomic
def write_review(mentorship: Mentorship, said: LookBack, *, by: Member) -> ClosingReview:
    """Keep somebody's look back, and close the goals that they scored. It may be written anew until the end and after it."""
    held, _people = held_by(mentorship, by)
    if not may_review(held):
        raise AlreadySettled(_("This mentorship ended early, so there is nothing to look back on here."))
    for each in said.skills:
        if not (1 <= each["before"] <= 5 and 1 <= each["after"] <= 5):
            raise ProgramProblem(_("Skills are from 1 to 5."))
    found, _is_new = ClosingReview.objects.update_or_create(
        mentorship=held,
        member=by,
        defaults={
            "went_well": said.went_well.strip(),
            "otherwise": said.otherwise.strip(),
            "thanks": said.thanks.strip(),
            "skills_gained": [dict(each) for each in said.skills],
            "would_mentor": said.would_mentor,
            "written_at": timezone.now(),
        },
    )
    still_open = {goal.pk: goal for goal in Goal.objects.filter(mentorship=held, status=Goal.Status.OPEN)}
    for pk, (status, score) in said.goals.items():
        if status and pk in still_open:
            goals.close_goal(still_open[pk], status=status, score=score, by=by)
    return found


@dataclass(frozen=True)
class Recognition:
    """Who stands on the board, by programme and role; the newest only, where there are more."""

    programs: list[dict[str, Any]]
    limit: int
    is_cut: bool


def recognised(*, limit: int = 500) -> Recognition:
    """Who has a certificate: their name, the programme and their role, unless they don't want to be shown anywhere.

    The programme that somebody completed last comes first.
    """
    hidden = Enrolment.objects.filter(hidden_from_recognition=True).values("member_id")
    found = list(
        Certificate.objects.filter(withdrawn_at__isnull=True)
        .exclude(member__in=hidden)
        .order_by()
        .values("member_id", "role", "mentorship__program__name", "member__given_name", "member__family_name")
        .annotate(at=Max(Coalesce("mentorship__ended_at", "issued_at")))
        .order_by("-at", "member_id")[: limit + 1]
    )
    rows: dict[str, dict[str, list[str]]] = {}
    for each in found[:limit]:
        name = f"{each['member__given_name']} {each['member__family_name']}".strip()
        if name:
            by_role = rows.setdefault(each["mentorship__program__name"], {})
            by_role.setdefault(each["role"], []).append(name)
    labels: dict[str, str] = {Role.MENTOR: _("mentors"), Role.MENTEE: _("mentees"), Role.PEER: _("peers")}
    programs = [
        {
            "program": program,
            "roles": [
                {"label": labels.get(role, role), "names": sorted(names)} for role, names in sorted(by_role.items())
            ],
        }
        for program, by_role in rows.items()
    ]
    return Recognition(programs, limit, is_cut=len(found) > limit)


@transaction.atomic
def show_on_board(member: Member, *, shown: bool, by: Member) -> None:
    """Choose whether one's own name stands on the recognition board."""
    if member.pk == by.pk:
        Enrolment.objects.filter(member=member).update(hidden_from_recognition=not shown)


def is_shown(member: Member) -> bool:
    """Whether somebody's name is shown."""
    return not Enrolment.objects.filter(member=member, hidden_from_recognition=True).exists()
