"""How the mentorships of programmes do: the facts read in a few queries, judged, and put into words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from mentoring.outbox.models import Message
from programs.models import Enrolment, Goal, Mentorship, Participant, Program
from sessions.models import Session
from sessions.prompting import QUIET
from sessions.services.course import day_one
from sessions.services.nudging import first_days_at_work, quiet_mentorships

from .health import AT_RISK, PAUSED, WATCH, WELL, Facts, Health, health_of
from .models import Help
from .rests import rested

STATES = (AT_RISK, WATCH, WELL, PAUSED)


@dataclass
class Standing:
    """One mentorship, who is in it, how it does, and what was done for it."""

    mentorship: Mentorship
    health: Health
    people: list[Member] = field(default_factory=list)
    help_given: list[Help] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.mentorship.name or " & ".join(person.name for person in self.people)

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """Every sign in words, the worst first."""
        zone = self.mentorship.organisation.zone
        return [
            {"key": sign.key, "tone": sign.tone, "text": words_for(sign.key, sign.values, zone)}
            for sign in self.health.signs
        ]


def healths_by_program(programs: Collection[Program | int]) -> dict[int, list[Health]]:
    """Programme → how each of its mentorships does that is offered or active."""
    found: dict[int, list[Health]] = defaultdict(list)
    for health, mentorship in _judged(programs).values():
        found[mentorship.program_id].append(health)
    return found


def counts_of(programs: Collection[Program | int], *, without: Collection[int] = ()) -> dict[int, dict[str, int]]:
    """Programme → state → how many mentorships, without these."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    for pk, (health, mentorship) in _judged(programs).items():
        if pk not in without:
            found[mentorship.program_id][health.state] += 1
    return found


def standings_of(program: Program, *, by: Member, states: Collection[str] = STATES) -> list[Standing]:
    """The mentorships of a programme in these states, those with the worst signs first.

    Not those that `by` takes part in: who asked for somebody else is told to everybody but the other person.
    """
    own = set(Mentorship.objects.involving(by).values_list("pk", flat=True))
    found = [
        Standing(mentorship, health)
        for pk, (health, mentorship) in _judged([program]).items()
        if health.state in states and pk not in own
    ]
    found.sort(key=lambda each: (STATES.index(each.health.state), -_weight(each.health), each.mentorship.pk))
    return found


def standing_of(mentorship: Mentorship) -> Standing | None:
    """How one does; None for one that is over."""
    judged = _judged([mentorship.program_id], only=mentorship.pk).get(mentorship.pk)
    if judged is None:
        return None
    found = Standing(judged[1], judged[0])
    complete([found])
    return found


def complete(standings: Iterable[Standing]) -> None:
    """Read who is in them and what was done, for those that are shown."""
    by_pk = {each.mentorship.pk: each for each in standings}
    people = Participant.objects.present().filter(mentorship__in=by_pk).select_related("enrolment__member")
    for part in people.order_by("-role", "id"):
        by_pk[part.mentorship_id].people.append(part.enrolment.member)
    for given in Help.objects.filter(mentorship__in=by_pk).select_related("by"):
        by_pk[given.mentorship_id].help_given.append(given)


def _weight(health: Health) -> int:
    return sum({"risk": 10, "look": 1}.get(sign.tone, 0) for sign in health.signs)


def _judged(
    programs: Collection[Program | int], *, now: datetime | None = None, only: int | None = None
) -> dict[int, tuple[Health, Mentorship]]:
    now = now or timezone.now()
    wanted = Mentorship.objects.taking_places().filter(program__in=programs)
    if only is not None:
        wanted = wanted.filter(pk=only)
    present = Participant.objects.present().filter(mentorship=OuterRef("pk"))
    nudges = Help.objects.filter(mentorship=OuterRef("pk"), kind=Help.Kind.NUDGE).order_by("-at")
    found = list(
        wanted.select_related("program", "organisation")
        .annotate(
            resting=Exists(
                Enrolment.objects.filter(participations__mentorship=OuterRef("pk"), paused_at__isnull=False)
            ),
            asks=Exists(present.filter(change_asked_at__isnull=False)),
            # What is quiet is said in one place only: where the letters to the quiet come from.
            is_quiet=Exists(quiet_mentorships(now=now).filter(pk=OuterRef("pk"))),
            hired_on=Subquery(first_days_at_work().values("day")),
            unanswered=_count(present.filter(response=Participant.Response.PENDING)),
            helped_at=Subquery(nudges.values("at")[:1]),
        )
        .prefetch_related("events")
        .order_by("pk")
    )
    if not found:
        return {}
    met = _sessions(wanted, now)
    goals = _goals(wanted)
    nudged = _nudged({each.pk: each.helped_at for each in found if each.is_quiet})
    judged = {}
    for mentorship in found:
        pk, program = mentorship.pk, mentorship.program
        sessions, own_goals = met.get(pk, {}), goals.get(pk, {})
        facts = Facts(
            now=now,
            is_active=mentorship.status == Mentorship.Status.ACTIVE,
            is_paused=bool(mentorship.paused_at or program.paused_at or mentorship.resting),
            started_at=mentorship.started_at,
            offered_at=mentorship.offered_at,
            answer_by=mentorship.answer_by,
            unanswered=mentorship.unanswered,
            rhythm=program.rhythm,
            meeting_days=program.kind.meeting_days,
            day_one=_day_one(mentorship),
            rested=rested(mentorship, now=now),
            held=sessions.get("held", 0),
            last_at=sessions.get("last_at"),
            next_at=sessions.get("next_at"),
            missed_lately=sessions.get("missed", 0),
            unconfirmed=sessions.get("unconfirmed", 0),
            is_quiet=mentorship.is_quiet,
            nudged_at=nudged.get(pk),
            goals=None if mentorship.round is not None else own_goals.get("all", 0),
            goals_open=own_goals.get("open", 0),
            goal_moved_at=own_goals.get("moved_at"),
            asks_for_change=bool(mentorship.asks),
            to_check=mentorship.check_since is not None,
        )
        judged[pk] = health_of(facts), mentorship
    return judged


def _day_one(mentorship: Any) -> datetime | None:
    """When day 1 begins, where the format counts its days."""
    if not mentorship.program.kind.meeting_days or mentorship.started_at is None:
        return None
    zone = mentorship.organisation.zone
    return datetime.combine(day_one(mentorship.started_at, zone, [mentorship.hired_on]), time(), tzinfo=zone)


def _sessions(wanted: Any, now: datetime) -> dict[int, dict[str, Any]]:
    planned = Q(status=Session.Status.PLANNED)
    lately = Q(starts_at__gt=now - timedelta(days=56))
    rows = (
        Session.objects.filter(mentorship__in=wanted)
        .order_by()
        .values("mentorship_id")
        .annotate(
            held=Count("pk", filter=Session.CONFIRMED),
            last_at=Max("starts_at", filter=Q(status=Session.Status.HELD)),
            next_at=Min("starts_at", filter=planned & Q(ends_at__gt=now)),
            missed=Count("pk", filter=Q(status=Session.Status.MISSED) & lately),
            unconfirmed=Count("pk", filter=planned & Q(ends_at__lte=now - timedelta(days=7))),
        )
    )
    return {row["mentorship_id"]: dict(row) for row in rows}


def _goals(wanted: Any) -> dict[int, dict[str, Any]]:
    rows = (
        Goal.objects.filter(mentorship__in=wanted)
        .order_by()
        .values("mentorship_id")
        .annotate(
            all=Count("pk", distinct=True),
            open=Count("pk", filter=Q(status=Goal.Status.OPEN), distinct=True),
            made=Max("made_at"),
            closed=Max("closed_at"),
            measured=Max("progress__at"),
        )
    )
    return {
        row["mentorship_id"]: row
        | {"moved_at": max(filter(None, (row["made"], row["closed"], row["measured"])), default=None)}
        for row in rows
    }


def _count(rows: Any) -> Coalesce:
    """How many of these rows belong to one."""
    return Coalesce(Subquery(rows.order_by().values("mentorship").annotate(n=Count("pk")).values("n")), 0)


def _nudged(quiet: Mapping[int, datetime | None]) -> dict[int, datetime]:
    """When those that are quiet were last written to: by an admin, which is known, or by the night."""
    found = {pk: at for pk, at in quiet.items() if at is not None}
    if not quiet:
        return found
    written = Message.objects.filter(kind=QUIET, written_at__gt=timezone.now() - timedelta(days=90))
    for about, at in written.values_list("subject_ref", "written_at"):
        pk = int(about.split(":")[1])
        if pk in quiet and (pk not in found or found[pk] < at):
            found[pk] = at
    return found


def words_for(key: str, values: Any, zone: Any) -> str:
    """A sign as a sentence."""

    def day(name: str) -> str:
        at = values.get(name)
        return date_format(at.astimezone(zone), "j F Y") if at else ""

    n = values.get("n", 0)
    sentences = {
        "paused": lambda: _("It is paused."),
        "change_asked": lambda: _("Somebody in it has asked, in confidence, for somebody else."),
        "to_check": lambda: _("Something has changed since they were matched, and nobody has looked at it yet."),
        "not_met": lambda: (
            _("They have not met since it began on %(day)s, and nothing is planned.") % {"day": day("at")}
        ),
        "quiet": lambda: _("They last met on %(day)s, and nothing is planned.") % {"day": day("at")},
        "nudged": lambda: _("They were written to on %(day)s; nothing has happened since.") % {"day": day("at")},
        "new": lambda: _("It has only begun."),
        "rhythm_kept": lambda: (
            ngettext(
                "They keep the rhythm: %(held)d confirmed session, %(due)d were due.",
                "They keep the rhythm: %(held)d confirmed sessions, %(due)d were due.",
                values["held"],
            )
            % values
        ),
        "rhythm_slow": lambda: (
            ngettext(
                "They meet less often than planned: %(held)d confirmed session, %(due)d were due.",
                "They meet less often than planned: %(held)d confirmed sessions, %(due)d were due.",
                values["held"],
            )
            % values
        ),
        "next": lambda: _("The next session is on %(day)s.") % {"day": day("at")},
        "missed": lambda: (
            ngettext(
                "%(n)d session was missed in the last eight weeks.",
                "%(n)d sessions were missed in the last eight weeks.",
                n,
            )
            % {"n": n}
        ),
        "unconfirmed": lambda: (
            ngettext(
                "Of %(n)d session nobody has said whether it took place.",
                "Of %(n)d sessions nobody has said whether they took place.",
                n,
            )
            % {"n": n}
        ),
        "no_goals": lambda: _("They have set no goal yet."),
        "goals_still": lambda: _("No goal has moved since %(day)s.") % {"day": day("at")},
        "goals_move": lambda: _("A goal last moved on %(day)s.") % {"day": day("at")},
        "unanswered": lambda: (
            ngettext(
                "%(n)d answer to the offer of %(day)s is missing.",
                "%(n)d answers to the offer of %(day)s are missing.",
                n,
            )
            % {"n": n, "day": day("at")}
            + (" " + _("It lapses on %(day)s.") % {"day": day("by")} if values.get("by") else "")
        ),
    }
    return sentences[key]()
