"""The home page of those who take part: their mentorships, their sessions, and what they can do next."""

from __future__ import annotations

from collections.abc import Iterator
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
from feedback import concerns
from feedback.models import Pulse
from feedback.surveying.answering import waiting_for as surveys_for
from matching.models import MentorRequest
from matching.services import mentees_choose, open_requests
from programs.models import ClosingReview, Enrolment, Mentorship, Participant, Program, Role
from programs.services import approving, chat, closing
from programs.wording import role_name
from sessions.emails import names_for
from sessions.models import ActionItem, Attendance, Session, WeeklyHours
from sessions.services.actions import overdue_of

from .actions import Action, address

SESSIONS_SHOWN = 5
TO_LOG_SHOWN = 5
MENTORSHIPS_SHOWN = 20
REQUESTS_SHOWN = 20
PROGRAMS_SUGGESTED = 3
SURVEYS_SHOWN = 3
# For so long a completed mentorship stays on the home page.
LOOKED_BACK_ON = timedelta(days=60)
APPROVALS_COUNTED = 50
# Who has not answered by then will not remember.
PULSE_WITHIN = timedelta(days=14)


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
        roles = [(self.own.role, member), *((other.role, other.enrolment.member) for other in self.others)]
        new = [person.hired_on for role, person in roles if role != Role.MENTOR and person.hired_on]
        number = days[self.held]
        return number, max([begun.astimezone(member.zone).date(), *new]) + timedelta(days=number - 1)

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


def waiting_for(member: Member, part: Part) -> Iterator[Action]:
    """What waits for this member, the most urgent first."""
    yield from _concerns_to_read(member)
    yield from _sign_ups_to_approve(member)
    yield from _offers_to_answer(member, part)
    yield from _requests_to_answer(member, part)
    yield from _wishes_to_answer(member, part)
    yield from _messages_to_read(member, part)
    yield from _sessions_to_log(member, part)


def waiting_later(member: Member, part: Part) -> Iterator[Action]:
    """What waits too, but less urgently than what keeps many people waiting."""
    yield from _actions_to_do(member, part)
    yield from _mentors_to_find(member, part)
    yield from _pulses_to_give(member, part)
    yield from _hours_to_give(member, part)
    yield from _ends_to_look_back_on(member, part)
    yield from _sessions_to_book(member, part)
    # Whoever has yet to meet does that first.
    yield from _surveys_to_answer(member)
    yield from _meetings_to_go_on_with(member, part)


def suggestions_for(member: Member, part: Part) -> Iterator[Action]:
    """What a member can do who isn't waited for."""
    for program in part.joinable:
        yield Action(
            key="join",
            title=_("Take part in %(program)s") % {"program": program.name},
            text=program.objective or _("Sign up; it takes a few minutes."),
            label=_("Sign up"),
            url=address(member, "programs:join", pk=program.pk),
            icon="user-plus",
            waits=False,
        )


def _concerns_to_read(member: Member) -> Iterator[Action]:
    """Without a name: others may see the screen."""
    for pk in concerns.waiting_for(member).order_by("raised_at", "pk").values_list("pk", flat=True)[:1]:
        yield Action(
            key="concern",
            title=_("Somebody has told you something in confidence"),
            text=_("Please read it soon, and say that you have."),
            label=_("Open it"),
            url=address(member, "feedback:concern", pk=pk),
            icon="shield",
        )
    for pk in concerns.unread_of(member).order_by("raised_at", "pk").values_list("pk", flat=True)[:1]:
        yield Action(
            key="concern_unread",
            title=_("Choose who reads what you told in confidence"),
            text=_("Whom you told has left, or can’t sign in any more, and nobody else can open it."),
            label=_("Choose who reads it"),
            url=address(member, "feedback:concern_hand_over", pk=pk),
            icon="shield",
        )


def state_of(member: Member, part: Part) -> Action | None:
    """Where things stand for somebody with nothing to do: what happens next, and who does it."""
    if part.upcoming:
        session = part.upcoming[0]
        return Action(
            key="next_session",
            title=_("You are all set for your session with %(names)s") % {"names": names_of(session, member)},
            text=_("It is on %(day)s. Nothing else waits for you.") % {"day": _day(session.starts_at, member)},
            label=_("Look at the session"),
            url=address(member, "sessions:detail", pk=session.pk),
            icon="calendar-check",
            waits=False,
            is_state=True,
        )
    for each in part.accepted:
        return Action(
            key="accepted",
            title=_("You said yes to %(names)s") % {"names": each.title},
            text=_("It begins as soon as enough of the others have said yes. You will get an e-mail then.")
            if each.is_group
            else _("You can book your first session as soon as they have answered too. You will get an e-mail then."),
            label=_("Look at the match"),
            url=address(member, "programs:mentorship", pk=each.mentorship.pk),
            icon="clock",
            waits=False,
            is_state=True,
        )
    if state := _state_of_choosing(member, part):
        return state
    for status, title, text in (
        (
            Enrolment.Status.ACTIVE,
            _("You are enrolled in %(program)s"),
            _("The programme admin looks for a match next. You will get an e-mail; there is nothing to do until then."),
        ),
        (
            Enrolment.Status.APPLIED,
            _("Your sign-up for %(program)s is with the programme admin"),
            _("You will get an e-mail as soon as it is decided; there is nothing to do until then."),
        ),
        (
            Enrolment.Status.WAITING,
            _("You are on the waiting list of %(program)s"),
            _("You move up as soon as a place is free, and get an e-mail then."),
        ),
    ):
        for enrolment in part.enrolments:
            if enrolment.status == status:
                is_event = status == Enrolment.Status.ACTIVE and enrolment.program.kind.arranging == "rotation"
                return Action(
                    key=f"enrolled_{status.value}",
                    title=title % {"program": enrolment.program.name},
                    text=_(
                        "The timetable comes next. You will get an e-mail with everybody whom you meet, when and where."
                    )
                    if is_event
                    else text,
                    label=_("Look at the programme"),
                    url=address(member, "programs:detail", pk=enrolment.program_id),
                    icon="clock",
                    waits=False,
                    is_state=True,
                )
    return None


def _state_of_choosing(member: Member, part: Part) -> Action | None:
    """Where mentees choose: whose turn it is, when it isn't this member's."""
    for request in part.requests:
        if request.mentee.member_id == member.pk:
            return Action(
                key="asked",
                title=_("You have asked %(name)s") % {"name": request.mentor.member.name},
                text=_("You get an e-mail as soon as there is an answer; there is nothing to do until then."),
                label=_("Look at your request"),
                url=address(member, "matching:request", pk=request.pk),
                icon="clock",
                waits=False,
                is_state=True,
            )
    for enrolment in part.enrolments:
        is_mentor = enrolment.role == Role.MENTOR and enrolment.status == Enrolment.Status.ACTIVE
        if is_mentor and mentees_choose(enrolment.program):
            return Action(
                key="may_be_asked",
                title=_("You are pausing") if enrolment.paused_at else _("Mentees can ask you now"),
                text=_("In %(program)s mentees choose. You get an e-mail when somebody would like you as their mentor.")
                % {"program": enrolment.program.name},
                label=_("Look at your requests"),
                url=address(member, "matching:requests", pk=enrolment.program_id),
                icon="clock",
                waits=False,
                is_state=True,
            )
    return None


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


def _sessions(member: Member) -> dict[str, list[Session]]:
    """The sessions that the page speaks of, by what it says of them; read in one query, they are told apart here."""
    now = timezone.now()
    own = Session.objects.involving(member)
    rated = Pulse.objects.filter(member=member).values("session_id")
    unrated = own.held().attended_by(member).filter(ends_at__gt=now - PULSE_WITHIN).exclude(pk__in=rated)
    shown = (
        own.upcoming().values("pk")[:SESSIONS_SHOWN],
        own.waiting_for(member).values("pk")[:TO_LOG_SHOWN],
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
            has_looked_back=Exists(
                ClosingReview.objects.filter(
                    mentorship=OuterRef("mentorship_id"), member=OuterRef("enrolment__member_id")
                )
            )
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


def _sign_ups_to_approve(member: Member) -> Iterator[Action]:
    """Of people whose line manager this member is."""
    waiting = list(approving.waiting_for(member)[: APPROVALS_COUNTED + 1])
    if len(waiting) == 1:
        yield Action(
            key="approve",
            title=_("May %(name)s take part?") % {"name": waiting[0].member.name},
            text=_("In %(program)s. You are asked as their line manager.") % {"program": waiting[0].program.name},
            label=_("Say yes or no"),
            url=address(member, "programs:approval", pk=waiting[0].pk),
            icon="inbox",
        )
    elif waiting:
        count = str(len(waiting)) if len(waiting) <= APPROVALS_COUNTED else f"{APPROVALS_COUNTED}+"
        yield Action(
            key="approve",
            title=_("%(count)s people of your team wait for your yes") % {"count": count},
            text=_("They would like to take part in a programme. You are asked as their line manager."),
            label=_("Answer them"),
            url=address(member, "programs:approvals"),
            icon="inbox",
        )


def _messages_to_read(member: Member, part: Part) -> Iterator[Action]:
    running = {each.mentorship.pk: each for each in part.partnerships}
    unread = chat.unread_counts(member, list(running)) if running else {}
    for pk, count in unread.items():
        title = ngettext(
            "A new message in your mentorship with %(names)s",
            "%(count)d new messages in your mentorship with %(names)s",
            count,
        )
        yield Action(
            key="message",
            title=title % {"names": running[pk].names, "count": count},
            text=_("Only the people in the mentorship can read it."),
            label=_("Read"),
            url=address(member, "programs:messages", pk=pk),
            icon="message-square",
        )


def _offers_to_answer(member: Member, part: Part) -> Iterator[Action]:
    for offer in part.offers:
        program = offer.mentorship.program
        if offer.is_group:
            text = _("In %(program)s. See who is in it, then say yes or no.")
        elif offer.mentorship.topic:
            text = _("In %(program)s, about %(topic)s. See why you two were matched, then say yes or no.")
        else:
            text = _("In %(program)s. See why you two were matched, then say yes or no.")
        yield Action(
            key="answer",
            title=_offer_in_words(offer),
            text=text % {"program": program.name, "topic": offer.mentorship.topic},
            label=_("Answer"),
            url=address(member, "programs:respond", pk=offer.mentorship.pk),
            icon="handshake",
        )


def _offer_in_words(offer: Partnership) -> str:
    program = offer.mentorship.program
    if offer.is_group and offer.is_mentor:
        title = _("Will you lead %(group)s?")
    elif offer.is_group and offer.mentorship.name:
        title = _("You are invited into %(group)s")
    elif offer.is_group:
        title = _("%(names)s are suggested to you")
    elif offer.is_mentor and role_name(program, Role.MENTOR) == role_name(None, Role.MENTOR):
        title = _("Will you mentor %(names)s?")
    elif offer.is_mentor:
        title = _("Will you be the %(own)s of %(names)s?")
    else:
        title = _("%(names)s is suggested as your %(role)s")
    return title % {
        "group": offer.title,
        "names": offer.names,
        "own": role_name(program, offer.own.role),
        "role": role_name(program, offer.others[0].role) if offer.others else "",
    }


def _requests(enrolments: list[Enrolment]) -> list[MentorRequest]:
    mine = [enrolment.pk for enrolment in enrolments]
    found = open_requests().filter(Q(mentee_id__in=mine) | Q(mentor_id__in=mine))
    return list(
        found.select_related("program", "mentee__member", "mentor__member").order_by("made_at", "pk")[:REQUESTS_SHOWN]
    )


def _requests_to_answer(member: Member, part: Part) -> Iterator[Action]:
    for request in part.requests:
        if request.mentor.member_id == member.pk and request.status == MentorRequest.Status.PENDING:
            yield Action(
                key="request",
                title=_("%(name)s asks you to be their mentor") % {"name": request.mentee.member.name},
                text=_("In %(program)s. See why they ask you, then say yes or no, or ask something first.")
                % {"program": request.program.name},
                label=_("Look and answer"),
                url=address(member, "matching:request", pk=request.pk),
                icon="handshake",
            )
        elif request.mentee.member_id == member.pk and request.status == MentorRequest.Status.ASKED:
            yield Action(
                key="question",
                title=_("%(name)s would like to know more") % {"name": request.mentor.member.name},
                text=_("Answer the question, so that they can say yes or no."),
                label=_("Answer"),
                url=address(member, "matching:request", pk=request.pk),
                icon="message-square",
            )


def _mentors_to_find(member: Member, part: Part) -> Iterator[Action]:
    busy = {each.own.enrolment_id for each in (*part.offers, *part.accepted, *part.partnerships)}
    busy |= {request.mentee_id for request in part.requests}
    for enrolment in part.enrolments:
        is_mentee = enrolment.role == Role.MENTEE and enrolment.status == Enrolment.Status.ACTIVE
        if is_mentee and enrolment.pk not in busy and mentees_choose(enrolment.program):
            yield Action(
                key="choose",
                title=_("Find a mentor in %(program)s") % {"program": enrolment.program.name},
                text=_("You choose. Look who suits you and why, and ask somebody."),
                label=_("Look at the mentors"),
                url=address(member, "matching:mentors", pk=enrolment.program_id),
                icon="search",
            )


def _wishes_to_answer(member: Member, part: Part) -> Iterator[Action]:
    mentoring = {each.mentorship.pk for each in part.partnerships if each.is_mentor}
    for session in part.wished:
        if session.mentorship_id in mentoring and session.booked_by_id != member.pk:
            yield Action(
                key="wish",
                title=_("%(names)s would like to meet you on %(day)s")
                % {"names": names_of(session, member), "day": _day(session.starts_at, member)},
                text=_("Nothing is planned until you say yes."),
                label=_("Say yes or no"),
                url=address(member, "sessions:detail", pk=session.pk),
                icon="calendar-clock",
            )


def _sessions_to_log(member: Member, part: Part) -> Iterator[Action]:
    for session in part.to_log:
        yield Action(
            key="log",
            title=_("Did you meet %(names)s on %(day)s?")
            % {"names": names_of(session, member), "day": _day(session.starts_at, member)},
            text=_("You say only for yourself whether you were there.")
            if session.is_group
            else _("A session counts once both of you have confirmed it."),
            label=_("Log the session"),
            url=address(member, "sessions:log", pk=session.pk),
            icon="clipboard-list",
        )


def _surveys_to_answer(member: Member) -> Iterator[Action]:
    for invitation in surveys_for(member)[:SURVEYS_SHOWN]:
        yield Action(
            key="survey",
            title=_("%(program)s has a few questions for you") % {"program": invitation.survey.program.name},
            text=_("“%(name)s”. Nobody sees your answers.") % {"name": invitation.survey.name},
            label=_("Answer"),
            url=address(member, "feedback:survey_answer", pk=invitation.pk),
            icon="clipboard-list",
        )


def _pulses_to_give(member: Member, part: Part) -> Iterator[Action]:
    for session in part.to_rate:
        yield Action(
            key="pulse",
            title=_("How was your session with %(names)s?") % {"names": names_of(session, member)},
            text=_("Two questions. Nobody sees your answers."),
            label=_("Answer two questions"),
            url=address(member, "feedback:pulse", pk=session.pk),
            icon="message-square",
        )


def _actions_to_do(member: Member, part: Part) -> Iterator[Action]:
    for item in part.overdue:
        if item.due_on is not None:
            yield Action(
                key="action",
                title=item.text,
                text=_("You said you would do it by %(day)s.") % {"day": date_format(item.due_on, "l j F")},
                label=_("Tick it off, or talk about it"),
                url=address(member, "sessions:actions", pk=item.mentorship_id),
                icon="list-checks",
            )


def _hours_to_give(member: Member, part: Part) -> Iterator[Action]:
    is_mentor = any(each.is_mentor for each in part.partnerships)
    if is_mentor and not part.has_hours:
        yield Action(
            key="hours",
            title=_("Say when you have time"),
            text=_("You can be booked only in hours that you offer."),
            label=_("Offer hours"),
            url=address(member, "sessions:availability"),
            icon="calendar-clock",
        )


def _ends_to_look_back_on(member: Member, part: Part) -> Iterator[Action]:
    """Near the end, and once it is complete, until somebody has written a word."""
    for each in (*part.completed, *part.partnerships):
        is_complete = each.mentorship.status == Mentorship.Status.COMPLETED
        if each.has_looked_back or not (is_complete or closing.nears_end(each.mentorship)):
            continue
        if is_complete and each.is_group:
            title, text = (
                _("%(names)s is complete"),
                _("Your certificate is ready. Look back, and leave a word of thanks."),
            )
        elif is_complete:
            title = _("Your mentorship with %(names)s is complete")
            text = _("Your certificate is ready. Look back, and leave a word of thanks.")
        else:
            title = _("Look back on %(names)s") if each.is_group else _("Look back with %(names)s")
            text = _("It nears its end. What went well, what would you do otherwise? Ten minutes make it worth more.")
        yield Action(
            key="look_back",
            title=title % {"names": each.title},
            text=text,
            label=_("Look back"),
            url=address(member, "programs:closing", pk=each.mentorship.pk),
            icon="award" if is_complete else "history",
        )


def _sessions_to_book(member: Member, part: Part) -> Iterator[Action]:
    unsettled = {session.mentorship_id for session in (*part.to_log, *part.wished)}
    for each in part.partnerships:
        # In a pause with a last day, what comes after it can be booked, but nobody is pressed.
        if each.mentorship.paused_at or each.mentorship.program.paused_at:
            continue
        # Who met at an event is asked whether they would like to meet again; see programs.services.meet_again.
        if each.mentorship.round is not None:
            continue
        if each.next_at or each.mentorship.pk in unsettled or (each.is_mentor and not part.has_hours):
            continue
        if each.is_group:
            title = _("Book the next session of %(names)s") if each.held else _("Book the first session of %(names)s")
        elif each.held:
            title = _("Book your next session with %(names)s")
        else:
            title = _("Book your first session with %(names)s")
        day = each.next_day(member)
        if day:
            text = _("Day %(number)d, a good one to meet on, is %(day)s.") % {
                "number": day[0],
                "day": date_format(day[1], "l j F"),
            }
        elif each.last_at:
            text = _("You last met on %(day)s.") % {"day": _day(each.last_at, member)}
        elif each.is_group:
            text = _("Whoever is first chooses one of the free times; everybody gets a calendar invitation.")
        else:
            text = _("Choose one of the free times; both of you get a calendar invitation.")
        yield Action(
            key="book",
            title=title % {"names": each.title},
            text=text,
            label=_("Choose a time"),
            url=address(member, "sessions:book", pk=each.mentorship.pk),
            icon="calendar-plus",
        )


def _meetings_to_go_on_with(member: Member, part: Part) -> Iterator[Action]:
    """After an event, whom one would like to meet again."""
    now = timezone.now()
    for each in part.partnerships:
        met_at = each.mentorship.meets_at
        if each.mentorship.round is None or met_at is None or each.own.again_at is not None:
            continue
        if met_at < now < met_at + PULSE_WITHIN:
            yield Action(
                key="again",
                title=_("Would you like to meet %(names)s again?") % {"names": each.names},
                text=_("Only if both of you would, you are offered to each other. Otherwise nobody learns of it."),
                label=_("Say so"),
                url=address(member, "programs:mentorship", pk=each.mentorship.pk),
                icon="handshake",
            )


def _day(at: datetime, member: Member) -> str:
    return date_format(at.astimezone(member.zone), "l j F")
