"""What waits for somebody who takes part: an answer, a session to log or to book, a look back."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from feedback import concerns
from feedback.surveying.answering import waiting_for as surveys_for
from matching.models import MentorRequest
from matching.services import mentees_choose
from mentoring.tenancy.clock import today
from programs.models import Enrolment, Mentorship, Role
from programs.services import approving, chat, closing
from programs.wording import role_name

from .actions import Action, address
from .taking_part import PULSE_WITHIN, Part, Partnership, day_of, names_of

SURVEYS_SHOWN = 3
APPROVALS_COUNTED = 50


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


def _concerns_to_read(member: Member) -> Iterator[Action]:
    """Without a name: others may see the screen."""
    waiting = concerns.to_do_of(member)
    for pk in waiting["read"][:1]:
        yield Action(
            key="concern",
            title=_("Somebody has told you something in confidence"),
            text=_("Please read it soon, and say that you have."),
            label=_("Open it"),
            url=address(member, "feedback:concern", pk=pk),
            icon="shield",
        )
    for pk in waiting["hand_over"][:1]:
        yield Action(
            key="concern_unread",
            title=_("Choose who reads what you told in confidence"),
            text=_("Whom you told has left, or can’t sign in any more, and nobody else can open it."),
            label=_("Choose who reads it"),
            url=address(member, "feedback:concern_hand_over", pk=pk),
            icon="shield",
        )


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


def _wishes_to_answer(member: Member, part: Part) -> Iterator[Action]:
    mentoring = {each.mentorship.pk for each in part.partnerships if each.is_mentor}
    for session in part.wished:
        if session.mentorship_id in mentoring and session.booked_by_id != member.pk:
            yield Action(
                key="wish",
                title=_("%(names)s would like to meet you on %(day)s")
                % {"names": names_of(session, member), "day": day_of(session.starts_at, member)},
                text=_("Nothing is planned until you say yes."),
                label=_("Say yes or no"),
                url=address(member, "sessions:detail", pk=session.pk),
                icon="calendar-clock",
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


def _sessions_to_log(member: Member, part: Part) -> Iterator[Action]:
    for session in part.to_log:
        yield Action(
            key="log",
            title=_("Did you meet %(names)s on %(day)s?")
            % {"names": names_of(session, member), "day": day_of(session.starts_at, member)},
            text=_("You say only for yourself whether you were there.")
            if session.is_group
            else _("A session counts once both of you have confirmed it."),
            label=_("Log the session"),
            url=address(member, "sessions:log", pk=session.pk),
            icon="clipboard-list",
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
        if is_complete:
            title = _("%(names)s is complete") if each.is_group else _("Your mentorship with %(names)s is complete")
            text = (
                _("Your certificate is ready. Look back, and leave a word of thanks.")
                if each.has_certificate
                else _("Look back, and leave a word of thanks.")
            )
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
            is_over = day[1] < today()
            text = (
                _("Day %(number)d, a good one to meet on, was %(day)s.")
                if is_over
                else _("Day %(number)d, a good one to meet on, is %(day)s.")
            ) % {
                "number": day[0],
                "day": date_format(day[1], "l j F"),
            }
        elif each.last_at:
            text = _("You last met on %(day)s.") % {"day": day_of(each.last_at, member)}
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
