"""Mentees ask mentors, and mentors answer. Whoever writes here holds the programme, then the two enrolments."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from programs.models import Enrolment, Mentorship, Participant, Program, Role
from programs.services import AlreadyMatched, MentorFull, accept, offer_mentorship
from programs.services.places import has_mentor, locked_enrolments, locked_program, places_taken, require_running

from .. import emails
from ..criteria import stored
from ..gathering import room, room_of, set_aside, taking_part
from ..models import Declaration, MentorRequest, Proposal
from ..telling import REASONS, speaking
from .attention import forbidden_now
from .pairs import score_pair
from .problems import MatchingProblem

Status = MentorRequest.Status
CHOOSING = (Program.Pairing.CHOICE, Program.Pairing.HYBRID)


class NotPossible(MatchingProblem):
    """A rule forbids the pair. Which one isn't told: it may be what one of the two said in confidence."""

    def __init__(self) -> None:
        super().__init__(_("This pair isn’t possible in this programme."))


class RequestOver(MatchingProblem):
    """The request was answered, withdrawn, or has lapsed meanwhile."""


class TooManyRequests(MatchingProblem):
    """The mentee has as many open requests as the programme allows."""


def mentees_choose(program: Program) -> bool:
    """Whether mentees may ask mentors now."""
    return program.pairing in CHOOSING and program.status in (Program.Status.OPEN, Program.Status.RUNNING)


def open_requests(*, now: datetime | None = None) -> Any:
    """Requests that can still be answered: one whose time is over isn't, even before the night that says so."""
    return MentorRequest.objects.open().filter(expires_at__gt=now or timezone.now())


def choosing_mentees(program: Program) -> frozenset[int]:
    """Enrolments of mentees who have asked somebody and wait for the answer: nobody else is looked for meanwhile."""
    if not mentees_choose(program):
        return frozenset()
    return frozenset(open_requests().filter(program=program).values_list("mentee_id", flat=True))


@transaction.atomic
def ask_mentor(mentee: Enrolment, mentor: Enrolment, *, note: str = "", by: Member) -> MentorRequest:
    """Ask a mentor, who has the programme's time to answer. One who has no free place may be asked: the request waits.

    Raises TooManyRequests, NotPossible, AlreadyMatched or MatchingProblem.
    """
    program = locked_program(mentee.program)
    require_running(program)
    if mentee.member_id != by.pk:
        raise PermissionDenied
    if program.pairing not in CHOOSING:
        raise MatchingProblem(_("In this programme the programme admins find the mentors."))
    found = locked_enrolments(mentee.pk, mentor.pk)
    mentee, mentor = found[mentee.pk], found[mentor.pk]
    if mentee.role != Role.MENTEE or mentor.role != Role.MENTOR or mentor.program_id != program.pk:
        raise NotPossible
    if mentee.status != Enrolment.Status.ACTIVE:
        raise MatchingProblem(_("You can ask a mentor once you are enrolled."))
    if mentor.status != Enrolment.Status.ACTIVE or mentor.member.has_left:
        raise MatchingProblem(_("%(name)s no longer takes part.") % {"name": mentor.member.name})
    if has_mentor(mentee):
        raise AlreadyMatched(_("You have a mentor in this programme already, or an offer of one."))
    if mentor.paused_at:
        raise MatchingProblem(_("%(name)s is pausing and takes no requests now.") % {"name": mentor.member.name})
    now = timezone.now()
    _expire(MentorRequest.objects.filter(mentee=mentee), now=now)
    earlier = list(MentorRequest.objects.filter(mentee=mentee))
    if any(each.mentor_id == mentor.pk and each.status == Status.DECLINED for each in earlier):
        raise MatchingProblem(
            _("%(name)s has answered you already. Please choose somebody else.") % {"name": mentor.member.name}
        )
    open_now = [each for each in earlier if each.status in (Status.PENDING, Status.ASKED)]
    for each in open_now:
        if each.mentor_id == mentor.pk:
            return each
    if len(open_now) >= program.requests_at_once:
        raise TooManyRequests(
            ngettext(
                "You have asked somebody already. Wait for the answer, or withdraw that request first.",
                "You have %(count)d open requests, and more are not possible at once. Withdraw one first.",
                program.requests_at_once,
            )
            % {"count": program.requests_at_once}
        )
    pair = score_pair(program, mentee, mentor)
    if pair is None or pair.forbidden:
        raise NotPossible
    request = MentorRequest.objects.create(
        program=program,
        mentee=mentee,
        mentor=mentor,
        note=note.strip(),
        score=pair.score,
        reasons=[reason.as_dict() for reason in pair.reasons],
        made_at=now,
        expires_at=now + program.answer_within,
    )
    emails.request_received(request, by=by)
    return request


@transaction.atomic
def ask_back(request: MentorRequest, *, question: str, by: Member) -> MentorRequest:
    """The mentor wants to know more first. Both get the programme's time again: the mentee now, the mentor afterwards."""
    request = _held(request, by=by, side="mentor")
    if request.status != Status.PENDING:
        raise RequestOver(_("You have asked already; the answer isn’t there yet."))
    if request.question:
        raise MatchingProblem(_("You have asked once already. Please say yes or no now."))
    request.status, request.question = Status.ASKED, question.strip()
    request.expires_at = timezone.now() + request.program.answer_within
    request.save(update_fields=["status", "question", "expires_at"])
    emails.question_asked(request)
    return request


@transaction.atomic
def answer_question(request: MentorRequest, *, answer: str, by: Member) -> MentorRequest:
    """The mentee says more, and the mentor's time begins anew."""
    request = _held(request, by=by, side="mentee")
    if request.status != Status.ASKED:
        raise RequestOver(_("There is no question to answer."))
    request.status, request.answer = Status.PENDING, answer.strip()
    request.expires_at = timezone.now() + request.program.answer_within
    request.save(update_fields=["status", "answer", "expires_at"])
    emails.question_answered(request)
    return request


@transaction.atomic
def accept_request(request: MentorRequest, *, by: Member) -> Mentorship:
    """Say yes. Both have agreed by now, so the mentorship is active at once; the mentee's other requests are void.

    Raises MentorFull, AlreadyMatched, NotPossible or RequestOver.
    """
    request = _held(request, by=by, side="mentor")
    program, mentee, mentor = request.program, request.mentee, request.mentor
    require_running(program)
    if has_mentor(mentee):
        raise AlreadyMatched(_("%(name)s has found a mentor meanwhile.") % {"name": mentee.member.name})
    if places_taken(mentor) >= room_of(mentor, program):
        raise MentorFull(
            _("You have no free place now. The request waits, in the order of asking, until its time is over.")
        )
    _require_allowed(program, mentee, mentor)
    now = timezone.now()
    # Saved first, so that what begins finds only the others open.
    request.status, request.decided_at = Status.ACCEPTED, now
    request.save(update_fields=["status", "decided_at"])
    # Both have said yes: there is no letter that asks them.
    mentorship = offer_mentorship(
        program,
        mentor=mentor,
        mentee=mentee,
        score=request.score,
        reasons=[
            {**reason.as_dict(), "text": reason.text("admin"), "mentee_text": reason.text("mentee")}
            for reason in speaking(request.reasons, limit=REASONS)
        ],
        by=by,
        at=now,
    )
    for participant in Participant.objects.filter(mentorship=mentorship).select_related("enrolment__member"):
        mentorship = accept(participant, by=participant.enrolment.member, at=now)
    request.mentorship = mentorship
    request.save(update_fields=["mentorship"])
    Proposal.objects.filter(mentee=mentee, status=Proposal.Status.DRAFT).delete()
    emails.request_accepted(request)
    return mentorship


@transaction.atomic
def decline_request(request: MentorRequest, *, reason: str = "", by: Member) -> MentorRequest:
    """Say no, kindly. The mentee reads the reason if there is one."""
    request = _held(request, by=by, side="mentor")
    request.status, request.decided_at = Status.DECLINED, timezone.now()
    request.decline_reason = reason.strip()[:300]
    request.save(update_fields=["status", "decided_at", "decline_reason"])
    emails.request_declined(request)
    return request


@transaction.atomic
def withdraw_request(request: MentorRequest, *, by: Member) -> MentorRequest:
    """The mentee takes a request back; the mentor is told if they knew of it."""
    request = _held(request, by=by, side="mentee")
    _end(request, Status.WITHDRAWN, now=timezone.now())
    return request


@transaction.atomic
def expire_requests(*, now: datetime | None = None) -> int:
    """Let what nobody answered in time lapse, and tell the mentees. Returns how many."""
    now = now or timezone.now()
    due = MentorRequest.objects.open().filter(expires_at__lte=now, program__paused_at__isnull=True)
    lapsed = 0
    for pk in sorted(set(due.values_list("program_id", flat=True))):
        locked_program(Program(pk=pk))
        lapsed += _expire(MentorRequest.objects.filter(program_id=pk), now=now)
    return lapsed


def give_time(program: Program, rested: timedelta) -> None:
    """After a pause, open requests have as long to be answered as they had before it."""
    MentorRequest.objects.open().filter(program=program).update(expires_at=F("expires_at") + rested)


def void_requests(*enrolments: int) -> None:
    """End the open requests of mentees who have found somebody, and of anybody who has left.

    Holds nothing but the requests, because whoever begins or ends a mentorship holds that one already.
    """
    now = timezone.now()
    concerned = MentorRequest.objects.filter(Q(mentee_id__in=enrolments) | Q(mentor_id__in=enrolments))
    for request in _held_open(concerned):
        _end(request, Status.VOID, now=now, mentor_left=request.mentor_id in enrolments)


def tell_of_free_place(mentorship: Mentorship) -> None:
    """A mentorship has ended, so its mentor may have a place for who waits."""
    program = mentorship.program
    if mentees_choose(program):
        for part in mentorship.participants.filter(role=Role.MENTOR).select_related("enrolment__member"):
            _serve_waiting(part.enrolment, program)


def serve_more(mentor: Enrolment, *, had: tuple[int, int | None]) -> None:
    """A mentor who was full, with places for so many and so many hours a month, may have more of either now."""
    program = mentor.program
    if mentor.role != Role.MENTOR or not mentees_choose(program):
        return
    hours_count = bool(stored(program)["rules"]["hours_capacity"])
    before = room(program, *had, hours_count=hours_count)
    if room_of(mentor, program) > before <= places_taken(mentor):
        _serve_waiting(mentor, program)


def _serve_waiting(mentor: Enrolment, program: Program) -> None:
    """The mentor is told of who waits for a free place, in the order in which they asked.

    As many of them as there are places get the programme's time again, so that nobody lapses just before their turn.
    """
    now = timezone.now()
    free = room_of(mentor, program) - places_taken(mentor)
    if free < 1 or mentor.status != Enrolment.Status.ACTIVE or mentor.paused_at:
        return
    # Holds nothing but the requests: see void_requests.
    waiting = list(open_requests(now=now).filter(mentor=mentor).order_by("made_at", "pk"))
    if waiting:
        until = now + program.answer_within
        first = [request.pk for request in waiting[:free]]
        MentorRequest.objects.open().filter(pk__in=first, expires_at__lt=until).update(expires_at=until)
        emails.place_free_again(mentor, program=program, waiting=len(waiting))


@transaction.atomic
def pause(mentor: Enrolment, *, by: Member) -> Enrolment:
    """Take no more requests and proposals for now. What is there stays."""
    return _set_paused(mentor, True, by=by)


@transaction.atomic
def resume(mentor: Enrolment, *, by: Member) -> Enrolment:
    """Be there again for requests and proposals."""
    return _set_paused(mentor, False, by=by)


def forget_declarations(enrolment: Enrolment) -> None:
    """What somebody declared was for this programme only."""
    Declaration.objects.filter(enrolment=enrolment).delete()


def _set_paused(mentor: Enrolment, paused: bool, *, by: Member) -> Enrolment:
    locked_program(mentor.program)
    mentor = locked_enrolments(mentor.pk)[mentor.pk]
    if mentor.member_id != by.pk:
        raise PermissionDenied
    if mentor.role != Role.MENTOR or mentor.status != Enrolment.Status.ACTIVE:
        raise MatchingProblem(_("Only mentors who are enrolled can pause."))
    if bool(mentor.paused_at) != paused:
        mentor.paused_at = timezone.now() if paused else None
        mentor.save(update_fields=["paused_at"])
        if paused:
            Proposal.objects.filter(mentor=mentor, status=Proposal.Status.DRAFT).delete()
        elif mentees_choose(mentor.program):
            _serve_waiting(mentor, mentor.program)
    return mentor


def _require_allowed(program: Program, mentee: Enrolment, mentor: Enrolment) -> None:
    """The rules alone: how well the two fit was said when the mentor was asked, and may no longer be counted."""
    pair = (mentee.pk, mentor.pk)
    if taking_part(program).filter(pk__in=pair).count() < 2 or forbidden_now(program, [pair]):
        raise NotPossible
    if (mentee.member_id, mentor.member_id) in set_aside(program):
        raise NotPossible


def _held(request: MentorRequest, *, by: Member, side: str) -> MentorRequest:
    """The request as it is now, if it is open and `by` is the one whose turn it can be. Everything around it is held."""
    program = locked_program(Program(pk=request.program_id))
    found = locked_enrolments(request.mentee_id, request.mentor_id)
    request = MentorRequest.objects.select_for_update(no_key=True, of=("self",)).get(pk=request.pk)
    request.program, request.mentee, request.mentor = program, found[request.mentee_id], found[request.mentor_id]
    if getattr(request, side).member_id != by.pk:
        raise PermissionDenied
    if request.status not in (Status.PENDING, Status.ASKED):
        raise RequestOver(_("This request is over: it is %(status)s.") % {"status": request.get_status_display()})
    if request.expires_at <= timezone.now():
        raise RequestOver(_("This request has lapsed: nobody answered in time."))
    return request


def _end(request: MentorRequest, status: str, *, now: datetime, mentor_left: bool = False) -> None:
    request.status, request.decided_at = status, now
    request.save(update_fields=["status", "decided_at"])
    if mentor_left:
        emails.request_ended(request, to=request.mentee.member, why="mentor_left")
    elif status == Status.EXPIRED:
        emails.request_ended(request, to=request.mentee.member, why="expired")
    else:
        emails.request_ended(request, to=request.mentor.member, why=status)


def _expire(requests: Any, *, now: datetime) -> int:
    due = _held_open(requests.filter(expires_at__lte=now))
    for request in due:
        _end(request, Status.EXPIRED, now=now)
    return len(due)


def _held_open(requests: Any) -> list[MentorRequest]:
    held = requests.open().select_for_update(no_key=True, of=("self",)).order_by("pk")
    return list(held.select_related("program", "mentee__member", "mentor__member"))
