"""Pages of one session: what is in it, how it went, and what was written down of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Member
from mentoring.templatetags.ui import zone_name
from programs.models import Goal, Mentorship, Participant, Role
from programs.services.goals import goals_of

from .. import emails, services
from ..agenda_forms import ActionForm
from ..forms import MINUTE, LogForm, NotesForm, RecordForm
from ..models import Attendance, Session
from ..services import groups, wishing
from ..services.actions import actions_of
from ..services.agendas import begin_agenda
from .agendas import agenda_context
from .groups import group_context
from .sessions import can_change, own_sessions, sent, settled, sides, sides_of
from .wishing import DeclineForm

# The fields of the log and of the notes that are kept while somebody types.
DRAFTED = ("report", "length", "shared_note", "private_note")
LONGEST_DRAFT = 20_000
# As many as a series has.
MOST_TIMES = 26


@never_cache
@require_http_methods(["GET", "POST"])
def session_detail(request, org, pk):
    """Show everything about one session to those who take part, and keep their notes."""
    member = request.member
    session = own_sessions(member).filter(pk=pk).first()
    if session is None:
        # Who has no seat sees what it is, and joins there.
        get_object_or_404(groups.visible_to(member), pk=pk)
        return redirect("sessions:group", org=org, pk=pk)
    kept = services.draft(session, by=member)
    form = NotesForm(sent(request), initial=_typed(session, member, kept))
    if request.method == "POST" and form.is_valid():
        services.write_notes(session, **form.notes(), by=member)
        messages.success(request, _("Your notes are saved."))
        return redirect("sessions:detail", org=org, pk=pk)
    # The usual points are for two who meet again and again; a group writes its own.
    if not session.stage and session.is_planned and not session.is_over and not session.has_seats:
        session.stage = begin_agenda(session).stage
    attendances = list(session.attendances.all())
    own = next(each for each in attendances if each.member_id == member.pk)
    agenda = agenda_context(session, member)
    context = {
        **agenda,
        # Of a meeting that is behind, or off, an empty agenda is no use.
        "show_agenda": agenda["points"] or (session.is_planned and not session.is_over),
        "actions": actions_of(session.mentorship, session=session) if session.mentorship else [],
        "action_form": ActionForm(people=session.people(), by=member),
        "group": group_context(session, member) if session.has_seats else None,
        "today": timezone.now().astimezone(member.zone).date(),
        "session": session,
        "form": form,
        "standing": session.standing_for(member),
        "attendances": attendances,
        "answers": _answers(session, [each for each in attendances if each.member_id != member.pk]),
        "own_answer": own.answer_to(session),
        "is_invited": is_invited(session, member),
        "said": session.is_over and any(attendance.report for attendance in attendances),
        "can_change": session.is_planned and can_change(session, member),
        "own_report": own.report,
        "may_change": not session.has_seats or session.led_by_id == member.pk,
        "can_log": session.is_planned and session.has_begun,
        "can_say_late": _is_late(session, own),
        "notes": services.shared_notes(session, by=member),
        "touched": services.goals_touched(session),
        "kept": kept,
        "wish": wish_of(session, member),
        "times": emails.session_times(session.starts_at, session.ends_at, member.zone),
        **sides_of(session, member),
    }
    return render(request, "sessions/session_detail.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def session_log(request, org, pk):
    """Let somebody who took part say how a session went."""
    member = request.member
    session = get_object_or_404(own_sessions(member), pk=pk)
    own = Attendance.objects.get(session=session, member=member)
    if not (session.is_planned and session.has_begun) and not session.is_unconfirmed and not _is_late(session, own):
        return settled(request, org, session)
    kept = services.draft(session, by=member)
    touched = services.goals_touched(session)
    initial = {
        "report": own.report or None,
        "length": own.reported_length or session.ends_at - session.starts_at,
        "goals": [goal.pk for goal in touched],
        **_typed(session, member, kept),
    }
    form = LogForm(sent(request), initial=initial)
    form.ask_about(_to_tick(session, touched))
    if session.is_group:
        form.ask_of_group(leads=_leads(session, member))
    if request.method == "POST" and form.is_valid():
        try:
            session = services.log_session(session, **form.cleaned_data, by=member)
        except services.SessionProblem as problem:
            return settled(request, org, session, str(problem))
        messages.success(request, _thanks(session))
        return redirect("sessions:detail", org=org, pk=pk)
    context = {
        "session": session,
        "form": form,
        "standing": session.standing_for(member),
        "kept": kept,
        "goals": _goals(session.mentorship) if session.mentorship else [],
        **sides_of(session, member),
    }
    return render(request, "sessions/session_log.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def session_record(request, org, pk):
    """Let somebody write down a meeting that was never booked."""
    member = request.member
    mentorship = get_object_or_404(Mentorship.objects.involving(member).select_related("program"), pk=pk)
    form = RecordForm(sent(request), initial={"length": mentorship.program.session_length})
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            session = services.record_session(
                mentorship,
                starts_at=form.starts_at(member),
                length=form.cleaned_data["length"],
                topic=form.cleaned_data["topic"],
                by=member,
                **form.notes(),
            )
        except services.SlotTaken as taken:
            form.add_error("start", str(taken))
            status = 409
        except services.SessionProblem as problem:
            form.add_error("day", str(problem))
        else:
            messages.success(request, _("Written down. It counts once everyone who was there has confirmed it."))
            return redirect("sessions:detail", org=org, pk=session.pk)
    context = {
        "mentorship": mentorship,
        "form": form,
        "zone": zone_name(timezone.now().astimezone(member.zone)),
        **sides(mentorship, member),
    }
    return render(request, "sessions/session_record.html", context, status=status if form.errors else 200)


@never_cache
@require_POST
def session_draft(request, org, pk):
    """Keep what somebody is typing about a session, or throw it away."""
    member = request.member
    session = get_object_or_404(own_sessions(member), pk=pk)
    if "discard" in request.POST:
        services.keep_draft(session, {}, by=member)
        return redirect("sessions:log" if request.POST["discard"] == "log" else "sessions:detail", org=org, pk=pk)
    own = Attendance.objects.get(session=session, member=member)
    length = own.reported_length or session.ends_at - session.starts_at
    # What stands there anyway is no draft.
    there = {"report": own.report, "length": str(length // MINUTE), **_typed(session, member, {})}
    values = services.draft(session, by=member)
    for name in DRAFTED:
        if name in request.POST:
            values[name] = request.POST[name][:LONGEST_DRAFT]
            if _lines(values[name]) == _lines(there.get(name, "")):
                del values[name]
    services.keep_draft(session, values, by=member)
    now = timezone.now().astimezone(member.zone)
    return render(request, "sessions/session_log.html#kept", {"at": now})


def wish_of(session: Session, member: Member) -> dict[str, Any] | None:
    """What a member can say to a session that waits for a yes."""
    if not session.is_wished:
        return None
    is_own = session.booked_by_id == member.pk
    together = wishing.wished_with(session)
    return {
        "answers": wishing.answers(session, member),
        "is_own": is_own,
        "form": DeclineForm(),
        # Of a series the one answer is for all.
        "times": [emails.session_times(each.starts_at, each.ends_at, member.zone) for each in together][:MOST_TIMES]
        if len(together) > 1
        else [],
    }


def is_invited(session: Session, member: Member) -> bool:
    """Whether somebody is asked if they come: all but who booked it, until it is moved."""
    by_them = session.booked_by_id == member.pk and session.sequence == 0
    return session.is_planned and not session.has_begun and not session.has_seats and not by_them


def _answers(session: Session, attendances: list[Attendance]) -> list[dict[str, str]]:
    """Who comes and who does not, and who has not said so yet."""
    return [
        {"name": each.member.name, "answer": each.answer_to(session)}
        for each in attendances
        if each.answer_to(session) or is_invited(session, each.member)
    ]


def _is_late(session: Session, own: Attendance) -> bool:
    """Who is in a group says for themselves whether they were there, also when it is settled that it was held."""
    return session.is_group and session.status == Session.Status.HELD and not own.report


def _leads(session: Session, member: Member) -> bool:
    """Whether it is for this member to say that it took place, and not only that they were there."""
    if session.mentorship_id is None:
        return session.led_by_id == member.pk
    people = Participant.objects.filter(mentorship=session.mentorship_id, enrolment__member=member)
    return people.filter(role=Role.MENTOR).exists()


def _thanks(session: Session) -> str:
    """What somebody reads who has just said how it went."""
    is_open = session.is_planned or session.is_unconfirmed
    if session.is_group:
        if is_open:
            return _("Thank you. It counts once the leader and somebody who joined say that it was held.")
        return _("Thank you. What you said is kept.")
    if is_open:
        return _("Thank you. It counts once everyone in this session has confirmed it.")
    return _("Thank you. Everyone agrees, so this session is settled.")


def _typed(session: Session, member: Member, kept: dict[str, str]) -> dict[str, str]:
    """What the notes say so far, and what was typed since without being sent."""
    notes = services.own_notes(session, by=member)
    return {f"{visibility}_note": body for visibility, body in notes.items()} | kept


def _lines(text: str) -> list[str]:
    """Text however its lines end."""
    return text.strip().splitlines()


def _to_tick(session: Session, touched: list[Goal]) -> list[Goal]:
    """The goals that a session can have been about: those under way, and those that somebody has ticked already."""
    if session.mentorship_id is None:
        return []
    return [goal for goal in goals_of(session.pair) if goal.status == Goal.Status.OPEN or goal in touched]


def _goals(mentorship: Mentorship) -> list[dict[str, str]]:
    """What those in it want to reach."""
    people = Participant.objects.filter(mentorship=mentorship).exclude(enrolment__goal="")
    found = people.select_related("enrolment__member").order_by("role", "id")
    return [{"name": each.enrolment.member.name, "goal": each.enrolment.goal} for each in found]
