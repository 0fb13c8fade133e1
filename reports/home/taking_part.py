"""What somebody takes part in: their mentorships, their sessions, and what they can sign up for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from feedback.models import Pulse
from matching.models import MentorRequest
from matching.services import open_requests
from programs.models import Certificate, ClosingReview, Enrolment, Mentorship, Participant, Program, Role
from programs.wording import role_name
from sessions.emails import names_for
from sessions.models import ActionItem, Attendance, Session, WeeklyHours
from sessions.services.actions import overdue_of
from sessions.services.course import day_one

SESSIONS_SHOWN = 5
TO_LOG_SHOWN = 5
MENTORSHIPS_SHOWN = 20
REQUESTS_SHOWN = 20
PROGRAMS_SUGGESTED = 3
# For so long a completed mentorship stays on the home page.
LOOKED_BACK_ON = timedelta(days=60)
# Who has not answered by then will not remember. What was not logged stands with its mentorship ever after.
PULSE_WITHIN, LOG_WITHIN = timedelta(days=14), timedelta(days=90)


@dataclass
class Partnership:
    """One of the member's mentorships, as seen from their side."""

    own: Participant
    others: list[Participant]
    held: int = 0
    expected: int | None = None
    last_at: datetime | None = None
    next_at: datetime | None = None

    @property
    def mentorship(self) -> Mentorship:
        return self.own.mentorship

    @property
    def shown(self) -> int:
        """How much of the bar is full; some meet more often than expected."""
        return min(self.held, self.expected or 0)

    @property
    def is_mentor(self) -> bool:
        return self.own.role == Role.MENTOR

    @property
    def names(self) -> str:
        return join_names([participant.enrolment.member.name for participant in self.others])

    @property
    def has_looked_back(self) -> bool:
        return bool(self.own.has_looked_back)  # type: ignore[attr-defined]  # annotated by _partnerships

    @property
    def has_certificate(self) -> bool:
        return bool(self.own.has_certificate)  # type: ignore[attr-defined]  # annotated by _partnerships

    @property
    def is_group(self) -> bool:
        return len(self.others) > 1

    @property
    def title(self) -> str:
        """A circle or a board by its name, a few who are all alike by theirs."""
        return self.mentorship.name if self.is_group and self.mentorship.name else self.names

    def next_day(self, member: Member) -> tuple[int, date] | None:
        """The next of the days on which their format wants them to meet: its number, and when that is."""
        days, begun = self.mentorship.program.kind.meeting_days, self.mentorship.started_at
        if begun is None or self.held >= len(days):
            return None
        people = [(self.own.role, member), *((other.role, other.enrolment.member) for other in self.others)]
        hired = [person.hired_on for role, person in people if role != Role.MENTOR]
        number = days[self.held]
        return number, day_one(begun, member.organisation.zone, hired) + timedelta(days=number - 1)

    @property
    def detail(self) -> str:
        """The programme; with the topic or the number of people where it has them."""
        name = self.mentorship.program.name
        if self.mentorship.topic:
            return f"{name} · {self.mentorship.topic}"
        if self.is_group:
            n = len(self.others) + 1
            return f"{name} · " + ngettext("%(n)d person", "%(n)d people", n) % {"n": n}
        return name

    @property
    def badge(self) -> str:
        """What the other is to the member; in a group, the member's own part in it."""
        program = self.mentorship.program
        if self.is_group or not self.others:
            return str(capfirst(role_name(program, self.own.role)))
        return _("Your %(role)s") % {"role": role_name(program, self.others[0].role)}

    @property
    def other_zone(self) -> str:
        """The zone of the first of the others, whose clock may differ."""
        return self.others[0].enrolment.member.time_zone if self.others else ""


@dataclass
class Meeting:
    """A session to come, as one of those who take part sees it."""

    pk: int
    names: str
    starts_at: datetime
    other_zone: str
    topic: str


@dataclass
class Part:
    """What somebody takes part in."""

    offers: list[Partnership] = field(default_factory=list)
    # This member has said yes, somebody else has not answered yet.
    accepted: list[Partnership] = field(default_factory=list)
    partnerships: list[Partnership] = field(default_factory=list)
    completed: list[Partnership] = field(default_factory=list)
    # Open requests of mentees to mentors, made by this member or to them.
    requests: list[MentorRequest] = field(default_factory=list)
    upcoming: list[Session] = field(default_factory=list)
    to_log: list[Session] = field(default_factory=list)
    # Waiting for a yes, of this member or of the other side.
    wished: list[Session] = field(default_factory=list)
    to_rate: list[Session] = field(default_factory=list)
    # What this member has promised to do and not done by the day.
    overdue: list[ActionItem] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)
    joinable: list[Program] = field(default_factory=list)
    has_hours: bool = True


def part_of(member: Member) -> Part:
    """Read everything that the home page shows of a member's own mentoring, in as many queries for many as for few."""
    enrolments = list(Enrolment.objects.filter(member=member).select_related("program"))
    partnerships = _partnerships(enrolments)
    sessions = _sessions(member)
    running = Program.Status.OPEN, Program.Status.RUNNING
    offered = [each for each in partnerships if each.mentorship.status == Mentorship.Status.OFFERED]
    return Part(
        offers=[each for each in offered if each.own.response == Participant.Response.PENDING],
        accepted=[each for each in offered if each.own.response == Participant.Response.ACCEPTED],
        partnerships=[each for each in partnerships if each.mentorship.status == Mentorship.Status.ACTIVE],
        completed=[each for each in partnerships if each.mentorship.status == Mentorship.Status.COMPLETED],
        requests=_requests(enrolments),
        **sessions,
        overdue=overdue_of(member),
        enrolments=[each for each in enrolments if each.program.status in running],
        joinable=list(
            Program.objects.open_for_sign_up()
            .exclude(pk__in=[each.program_id for each in enrolments if each.status != Enrolment.Status.WITHDRAWN])
            .order_by("-launched_at", "-pk")[:PROGRAMS_SUGGESTED]
        ),
        # Only of those who have mentees is it ever asked.
        has_hours=not any(each.is_mentor for each in partnerships)
        or WeeklyHours.objects.filter(member=member).exists(),
    )


def meetings(member: Member, part: Part) -> list[Meeting]:
    """The next sessions, each with the name and the zone of whom the member meets."""
    return [
        Meeting(
            pk=session.pk,
            names=names_of(session, member),
            starts_at=session.starts_at,
            other_zone=next((person.time_zone for person in session.others(member)), ""),
            topic=session.topic,
        )
        for session in part.upcoming
    ]


def names_of(session: Session, member: Member) -> str:
    """Whom a member meets; of many the first, and how many more."""
    others = session.others(member)
    if session.has_seats or len(others) < 4:
        return names_for(session, member)
    return _("%(name)s and %(n)d others") % {"name": others[0].name, "n": len(others) - 1}


def join_names(names: list[str]) -> str:
    """Join names as people say them: Ines, Tom and Mira."""
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def day_of(at: datetime, member: Member) -> str:
    """The day of a moment where a member is: “Thursday 26 November”, with the year of another one."""
    day = at.astimezone(member.zone)
    is_now = day.year == timezone.now().astimezone(member.zone).year
    return date_format(day, "l j F" if is_now else "l j F Y")


def _sessions(member: Member) -> dict[str, list[Session]]:
    """The sessions that the page speaks of, by what it says of them; read in one query, they are told apart here."""
    now = timezone.now()
    own = Session.objects.involving(member)
    rated = Pulse.objects.filter(member=member).values("session_id")
    unrated = own.held().attended_by(member).filter(ends_at__gt=now - PULSE_WITHIN).exclude(pk__in=rated)
    shown = (
        own.upcoming().values("pk")[:SESSIONS_SHOWN],
        own.waiting_for(member).filter(ends_at__gt=now - LOG_WITHIN).values("pk")[:TO_LOG_SHOWN],
        own.asking().order_by("held_until").values("pk")[:TO_LOG_SHOWN],
        unrated.values("pk")[:TO_LOG_SHOWN],
    )
    # By the ids of the few: a join would leave it to the planner to find out that they are few.
    few = [row["pk"] for row in shown[0].union(*shown[1:], all=True)]
    found = Session.objects.filter(pk__in=few).select_related("led_by")
    found = found.prefetch_related(Prefetch("attendances", Attendance.objects.select_related("member")))
    by_kind: dict[str, list[Session]] = {"upcoming": [], "to_log": [], "wished": [], "to_rate": []}
    for session in found.order_by("starts_at"):
        if session.status == Session.Status.WISHED:
            by_kind["wished"].append(session)
        elif session.status != Session.Status.PLANNED:
            by_kind["to_rate"].append(session)
        else:
            by_kind["upcoming" if session.ends_at > now else "to_log"].append(session)
    by_kind["wished"].sort(key=lambda session: session.held_until or now)
    return by_kind


def _partnerships(enrolments: list[Enrolment]) -> list[Partnership]:
    # By the ids of the few enrolments: a join would leave it to the planner to find out that they are few.
    mine = [enrolment.pk for enrolment in enrolments]
    own = list(
        Participant.objects.present()
        .filter(
            Q(mentorship__status__in=[Mentorship.Status.OFFERED, Mentorship.Status.ACTIVE])
            # What has just been completed has its certificate; a meeting of an event is over when it is over.
            | Q(
                mentorship__status=Mentorship.Status.COMPLETED,
                mentorship__ended_at__gt=timezone.now() - LOOKED_BACK_ON,
                mentorship__round__isnull=True,
            ),
            enrolment_id__in=mine,
        )
        .annotate(
            has_certificate=Exists(
                Certificate.objects.filter(
                    mentorship=OuterRef("mentorship_id"), member=OuterRef("enrolment__member_id")
                )
            ),
            has_looked_back=Exists(
                ClosingReview.objects.filter(
                    mentorship=OuterRef("mentorship_id"), member=OuterRef("enrolment__member_id")
                )
            ),
        )
        .select_related("mentorship__program", "mentorship__topic")
        .order_by("-mentorship__offered_at", "-mentorship_id")[:MENTORSHIPS_SHOWN]
    )
    ids = [participant.mentorship_id for participant in own]
    others: dict[int, list[Participant]] = {}
    everybody = Participant.objects.present().filter(mentorship__in=ids).select_related("enrolment__member")
    for participant in everybody.exclude(enrolment_id__in=mine):
        others.setdefault(participant.mentorship_id, []).append(participant)
    took_place = Q(status=Session.Status.HELD)
    planned = Q(status=Session.Status.PLANNED, ends_at__gt=timezone.now())
    met = {
        each["mentorship_id"]: each
        for each in Session.objects.filter(mentorship__in=ids)
        .order_by()
        .values("mentorship_id")
        .annotate(
            held=Count("pk", filter=Session.CONFIRMED),
            last_at=Max("starts_at", filter=took_place),
            next_at=Min("starts_at", filter=planned),
        )
    }
    found = []
    for participant in own:
        sessions: Any = met.get(participant.mentorship_id, {})
        found.append(
            Partnership(
                own=participant,
                others=others.get(participant.mentorship_id, []),
                held=sessions.get("held", 0),
                expected=_expected(participant.mentorship),
                last_at=sessions.get("last_at"),
                next_at=sessions.get("next_at"),
            )
        )
    return found


def _expected(mentorship: Mentorship) -> int | None:
    """How many sessions the programme's rhythm makes of the mentorship's time; None when it is open-ended."""
    program = mentorship.program
    if mentorship.started_at is None or program.ends_on is None or not program.rhythm:
        return None
    return max(1, (program.ends_on - mentorship.started_at.date()) // program.rhythm)


def _requests(enrolments: list[Enrolment]) -> list[MentorRequest]:
    mine = [enrolment.pk for enrolment in enrolments]
    found = open_requests().filter(Q(mentee_id__in=mine) | Q(mentor_id__in=mine))
    return list(
        found.select_related("program", "mentee__member", "mentor__member").order_by("made_at", "pk")[:REQUESTS_SHOWN]
    )
