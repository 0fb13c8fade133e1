"""Pages about hours and sessions. Everybody finds their own here, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Member
from mentoring.templatetags.ui import zone_name
from programs.models import Mentorship, Participant, Role

from .. import emails, services
from ..forms import BookingForm, CancelForm, MoveForm, WeeklyHoursForm
from ..models import Session, WeeklyHours
from ..services import groups, pausing, wishing
from ..slots import Slot
from . import series

PER_PAGE = 20
DAYS_PER_PAGE = 7
TABS = ("upcoming", "to-log", "past")


@require_safe
def session_list(request, org):
    """Show a member's own sessions: what is coming, what is to be logged, what is behind."""
    member = request.member
    own = Session.objects.involving(member)
    found = {
        "upcoming": own.coming().order_by("starts_at", "id"),
        "to-log": own.waiting_for(member).order_by("-starts_at", "-id"),
        "past": own.settled_or_said(member).order_by("-starts_at", "-id"),
    }
    tab = request.GET.get("tab")
    if tab not in TABS:
        tab = "upcoming"
    counts = {name: sessions.count() for name, sessions in found.items()}
    page = Paginator(found[tab].with_people(), PER_PAGE).get_page(request.GET.get("page"))
    labels = {"upcoming": _("Upcoming"), "to-log": _("To log"), "past": _("Past")}
    partners = _partners(member)
    context = {
        "tab": tab,
        "tabs": [
            {"label": labels[name], "url": f"?tab={name}", "current": name == tab, "count": counts[name]}
            for name in TABS
        ],
        "page": page,
        "rows": [
            {"session": session, "others": session.others(member), "standing": session.standing_for(member)}
            for session in page
        ],
        "to_log": counts["to-log"],
        "partners": partners,
        "booking": [
            {"label": partner["name"], "url": reverse("sessions:book", args=[org, partner["mentorship"]])}
            for partner in partners
        ],
        "mentors": any(partner["role"] == Role.MENTOR for partner in partners),
        "groups": groups.next_open_to(member),
        "offers_hours": WeeklyHours.objects.filter(member=member).exists(),
    }
    return render(request, "sessions/session_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def availability(request, org):
    """Let a member say in which hours of each week they can be booked."""
    member = request.member
    hours = list(WeeklyHours.objects.filter(member=member).values_list("weekday", "start_minute", "end_minute"))
    usual = services.usual_hours(member)
    form = WeeklyHoursForm(sent(request), hours=hours or usual)
    if "copy" in request.POST:
        form = WeeklyHoursForm(_monday_for_all(request.POST, form.rows), hours=hours or usual)
    elif form.is_valid():
        saved = services.set_weekly_hours(member, form.windows(), by=member)
        messages.success(
            request,
            _("Your hours are saved. You can be booked in them from now on.")
            if saved
            else _("You offer no hours now. Nobody can book you until you add some."),
        )
        return redirect("sessions:availability", org=org)
    context = {
        "form": form,
        "zone": zone_name(timezone.now().astimezone(member.zone)),
        "source": _source(hours, usual),
        "copied": "copy" in request.POST,
    }
    failed = form.is_bound and "copy" not in request.POST
    return render(request, "sessions/availability.html", context, status=422 if failed else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def session_book(request, org, pk):
    """Show the free times of a mentorship, and book the one that was chosen."""
    member = request.member
    mentorship = get_object_or_404(Mentorship.objects.involving(member).select_related("program"), pk=pk)
    context = {"mentorship": mentorship, **sides(mentorship, member), "keep": f"session-book-{pk}"}
    if mentorship.status != Mentorship.Status.ACTIVE:
        status = 409 if request.method == "POST" else 200
        return render(request, "sessions/session_book.html", {**context, "closed": True}, status=status)
    if request.method == "GET" and (why := pausing.why_not_now(mentorship)):
        return render(request, "sessions/session_book.html", {**context, "closed": True, "why": why})
    policy = services.policy_of(mentorship.program)
    offered, length = services.lengths_of(mentorship.program, policy), length_asked(request)
    if length not in offered:
        length = offered[0]
    repeat = series.repeat_form(request)
    context["repeat"] = repeat
    if request.method == "POST":
        form = BookingForm(request.POST)
        if form.is_valid() and form.cleaned_data["length"] not in (None, *offered):
            form.add_error("length", _("Sessions of this programme don’t last so long."))
            messages.error(request, _("Sessions of this programme don’t last so long. Choose a time again."))
        if form.is_valid() and repeat.is_valid():
            try:
                if repeat.cleaned_data["repeat"]:
                    return series.book(request, mentorship, form, repeat, context)
                session = services.book_session(mentorship, **form.cleaned_data, by=member)
            except services.SlotTaken as taken:
                return show_taken(request, "sessions/session_book.html", {**context, "form": form}, taken)
            except services.SessionProblem as problem:
                return render(
                    request, "sessions/session_book.html", {**context, "closed": True, "why": str(problem)}, status=409
                )
            messages.success(
                request,
                _("Asked. You get an invitation as soon as the answer is yes.")
                if session.is_wished
                else _("Booked. Everyone gets an invitation by e-mail."),
            )
            return redirect("sessions:detail", org=org, pk=session.pk)
    opening = services.opening(mentorship, by=member, length=length, policy=policy)
    free = opening.slots
    context |= {
        "lengths": length_tabs(offered, length),
        "full": [*filter(None, [pausing.until_when(mentorship)]), *_full(opening)],
    }
    if request.method == "POST":
        if "starts_at" in form.errors or "length" in form.errors:
            return show_slots(request, "sessions/session_book.html", context, free, 422)
        return show_choice(request, "sessions/session_book.html", context, free, form)
    if "start" not in request.GET:
        context["has_hours"] = bool(free) or services.has_hours(mentorship)
        return show_slots(request, "sessions/session_book.html", context, free)
    place = services.usual_place(mentorship, by=member, policy=policy)
    form = BookingForm(initial={"place": place, "starts_at": request.GET["start"], "length": length})
    return show_choice(request, "sessions/session_book.html", context, free, form)


@never_cache
@require_http_methods(["GET", "POST"])
def session_move(request, org, pk):
    """Show the times to which a session can move, and move it to the one that was chosen."""
    member = request.member
    session = get_object_or_404(groups.changeable_by(member), pk=pk)
    _require_leader(session, member)
    context = {"session": session, **sides_of(session, member), "keep": f"session-move-{pk}"}
    if not can_change(session, member):
        return settled(request, org, session)
    context["is_wish"] = session.is_wished
    if request.method == "POST":
        form = MoveForm(request.POST)
        if form.is_valid():
            try:
                if series.is_for_all(request) and not session.is_wished:
                    return series.move(request, session, form, context)
                moved = services.change_time(session, **form.cleaned_data, by=member)
            except services.SlotTaken as taken:
                return show_taken(request, "sessions/session_move.html", {**context, "form": form}, taken)
            except services.SessionProblem as problem:
                return settled(request, org, session, str(problem))
            if moved.is_wished:
                messages.success(
                    request, _("Asked for the new time. You get an invitation as soon as the answer is yes.")
                )
            elif session.is_wished:
                messages.success(request, _("Planned at this time. Everyone gets an invitation by e-mail."))
            else:
                messages.success(request, _("Moved. Everyone gets the new time by e-mail."))
            return redirect("sessions:detail", org=org, pk=pk)
        return show_slots(
            request, "sessions/session_move.html", context, services.slots_to_move_to(session, by=member), 422
        )
    free = services.slots_to_move_to(session, by=member)
    if "start" not in request.GET:
        return show_slots(request, "sessions/session_move.html", context, free)
    form = MoveForm(initial={"starts_at": request.GET["start"]})
    context["following"] = 0 if session.is_wished else series.count_of(session)
    return show_choice(request, "sessions/session_move.html", context, free, form)


@never_cache
@require_http_methods(["GET", "POST"])
def session_cancel(request, org, pk):
    """Ask whether a session is really off, and cancel it."""
    session = get_object_or_404(groups.changeable_by(request.member), pk=pk)
    _require_leader(session, request.member)
    if not can_change(session, request.member):
        return settled(request, org, session)
    form = CancelForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            if series.is_for_all(request) and not session.is_wished:
                series.services.cancel_following(session, **form.cleaned_data, by=request.member)
            else:
                services.call_off(session, **form.cleaned_data, by=request.member)
        except services.SessionProblem as problem:
            return settled(request, org, session, str(problem))
        if not session.is_wished:
            messages.success(request, _("Cancelled. Everyone hears of it by e-mail, and the time is free again."))
        elif session.booked_by_id == request.member.pk:
            messages.success(request, _("Taken back."))
        else:
            messages.success(request, _("Whoever asked hears that it does not suit."))
        return redirect("sessions:detail", org=org, pk=pk)
    context = {"session": session, "form": form, **sides_of(session, request.member)}
    context["following"] = 0 if session.is_wished else series.count_of(session)
    context["is_wish"] = session.is_wished
    return render(request, "sessions/session_cancel.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def session_ics(request, org, pk):
    """Hand out one session as a calendar file."""
    session = get_object_or_404(own_sessions(request.member).exclude(status=Session.Status.CANCELLED), pk=pk)
    return HttpResponse(
        emails.calendar_file(session, method="PUBLISH", reader=request.member),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="session.ics"'},
    )


def sent(request: HttpRequest) -> Any:
    """What was sent, even when every field was left empty; nothing for a page that is only opened."""
    return request.POST if request.method == "POST" else None


def _require_leader(session: Session, member: Member) -> None:
    """Who has only joined a group session doesn't change it for everybody."""
    if session.has_seats and not groups.may_lead(session, member):
        raise PermissionDenied


def own_sessions(member: Member) -> Any:
    return Session.objects.involving(member).with_people()


def can_change(session: Session, member: Member) -> bool:
    """Whether this member can move or cancel the session; of a wish, whoever asked, and who answers."""
    if session.is_wished:
        return session.booked_by_id == member.pk or wishing.answers(session, member)
    return session.is_planned and not session.has_begun


def _partners(member: Member) -> list[dict[str, Any]]:
    """With whom a member can book: the others of each active mentorship."""
    own = Participant.objects.met().filter(enrolment__member=member, mentorship__status=Mentorship.Status.ACTIVE)
    roles = dict(own.values_list("mentorship_id", "role"))
    others = (
        Participant.objects.met()
        .filter(mentorship__in=roles)
        .exclude(enrolment__member=member)
        .select_related("enrolment__member")
        .order_by("enrolment__member__given_name", "id")
    )
    return [
        {"name": each.enrolment.member.name, "mentorship": each.mentorship_id, "role": roles[each.mentorship_id]}
        for each in others
    ]


def sides(mentorship: Mentorship, member: Member) -> dict[str, Any]:
    """Who the others are, whether this member is the mentor, and the zone of somebody whose clock differs."""
    people = list(Participant.objects.met().filter(mentorship=mentorship).select_related("enrolment__member"))
    others = [each.enrolment.member for each in people if each.enrolment.member_id != member.pk]
    is_mentor = any(each.role == Role.MENTOR for each in people if each.enrolment.member_id == member.pk)
    # A circle or a board goes by its name.
    names = mentorship.name if len(others) > 1 and mentorship.name else emails.names_of(others)
    return {"names": names, "is_mentor": is_mentor, "many": len(others) > 1, **_clocks(others, member)}


def sides_of(session: Session, member: Member) -> dict[str, Any]:
    """The same of a session, be it a mentorship's or a group's."""
    if session.mentorship is not None:
        return sides(session.mentorship, member)
    # In a group it is the leader's clock that others go by.
    leader = [other for other in session.others(member) if other.pk == session.led_by_id]
    return {
        "names": emails.names_for(session, member),
        "is_mentor": session.led_by_id == member.pk,
        **_clocks(leader, member),
        "others": session.others(member),
    }


def _clocks(others: list[Member], member: Member) -> dict[str, Any]:
    now = timezone.now()
    elsewhere = [other for other in others if other.zone.utcoffset(now) != member.zone.utcoffset(now)]
    return {
        "others": others,
        "zone": zone_name(now.astimezone(member.zone)),
        "elsewhere": elsewhere[0] if elsewhere else None,
        "elsewhere_zone": zone_name(now.astimezone(elsewhere[0].zone)) if elsewhere else "",
    }


def length_asked(request: HttpRequest) -> timedelta | None:
    """The length that was chosen, if it can be one."""
    chosen = (request.POST if request.method == "POST" else request.GET).get("length", "")
    return int(chosen) * services.MINUTE if chosen.isascii() and chosen.isdigit() and len(chosen) < 4 else None


def length_tabs(offered: list[timedelta], length: timedelta) -> list[dict[str, Any]]:
    """The lengths as tabs, where there is a choice."""
    if len(offered) == 1:
        return []
    minutes = [each // services.MINUTE for each in offered]
    return [
        {"label": _("%(n)d minutes") % {"n": n}, "url": f"?length={n}", "current": n * services.MINUTE == length}
        for n in minutes
    ]


def _full(opening: services.Opening) -> list[str]:
    """A sentence for each month and for the weeks in which nothing more can be booked."""
    sentences = [
        _("All hours that %(name)s gives in %(month)s are planned.")
        % {"name": mentor.name, "month": date_format(month, "F Y")}
        for mentor, month in opening.full_months
    ]
    if opening.full_weeks:
        most = opening.policy.most_a_week or 0
        weeks = ", ".join(date_format(monday, "j F") for monday in opening.full_weeks)
        sentence = ngettext(
            "This programme has %(n)d session a week at most: nothing more can be booked in the week of %(weeks)s.",
            "This programme has %(n)d sessions a week at most: nothing more can be booked in the week of %(weeks)s.",
            most,
        )
        sentences.append(sentence % {"n": most, "weeks": weeks})
    return sentences


def show_slots(
    request: HttpRequest, template: str, context: dict[str, Any], free: list[Slot], status: int = 200
) -> HttpResponse:
    member: Member = request.member  # type: ignore[attr-defined]  # set by the gate
    page = Paginator(_by_day(free, member), DAYS_PER_PAGE).get_page(request.GET.get("page"))
    # Only what is shown is put into words.
    shown = [_day(day, slots, member, context["elsewhere"]) for day, slots in page.object_list]
    page.object_list = shown  # type: ignore[assignment]  # days in words instead of days
    return render(request, template, {**context, "page": page}, status=status)


def show_choice(
    request: HttpRequest, template: str, context: dict[str, Any], free: list[Slot], form: BookingForm | MoveForm
) -> HttpResponse:
    """Ask for the one click more, or say at once that the time is not free any more."""
    asked = MoveForm({"starts_at": form["starts_at"].value()})
    if not asked.is_valid():
        return show_slots(request, template, context, free)
    starts_at = asked.cleaned_data["starts_at"]
    slot = next((slot for slot in free if slot.starts_at == starts_at), None)
    if slot is None:
        taken = services.SlotTaken(services.nearest(free, starts_at))
        return show_taken(request, template, {**context, "form": form}, taken)
    times = [(emails.session_times(*slot, request.member.zone), "")]  # type: ignore[attr-defined]  # set by the gate
    if context["elsewhere"]:
        times.append((emails.session_times(*slot, context["elsewhere"].zone), context["elsewhere"].name))
    repeat = context.get("repeat")
    status = 422 if form.errors or (repeat is not None and repeat.errors) else 200
    return render(request, template, {**context, "form": form, "times": times}, status=status)


def show_taken(request: HttpRequest, template: str, context: dict[str, Any], taken: services.SlotTaken) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]  # set by the gate
    days = [_day(day, slots, member, context["elsewhere"]) for day, slots in _by_day(taken.alternatives, member)]
    return render(request, template, {**context, "taken": str(taken), "alternatives": days}, status=409)


def settled(request: HttpRequest, org: str, session: Session, problem: str = "") -> HttpResponse:
    """Nothing of this kind can be done with the session any more: say so on its page."""
    messages.warning(request, problem or _("That is not possible with this session now. Here is how it stands."))
    return redirect("sessions:detail", org=org, pk=session.pk)


def _by_day(free: Iterable[Slot], member: Member) -> list[tuple[date, list[Slot]]]:
    """Slots by the day on which they are for the member."""
    zone = member.zone
    return [(day, list(slots)) for day, slots in groupby(free, key=lambda slot: slot.starts_at.astimezone(zone).date())]


def _day(day: date, slots: Iterable[Slot], member: Member, elsewhere: Member | None) -> dict[str, Any]:
    return {"day": day, "slots": [_choice(slot, member, elsewhere) for slot in slots]}


def _choice(slot: Slot, member: Member, elsewhere: Member | None) -> dict[str, Any]:
    mine = slot.starts_at.astimezone(member.zone)
    theirs, other = mine, ""
    if elsewhere is not None:
        theirs = slot.starts_at.astimezone(elsewhere.zone)
        other = f"{theirs:%H:%M}" if theirs.date() == mine.date() else f"{date_format(theirs, 'D')} {theirs:%H:%M}"
    return {
        "value": _value(slot.starts_at),
        "clock": f"{mine:%H:%M}",
        "other": other,
        "label": emails.session_times(*slot, member.zone) + (f" ({other} {zone_name(theirs)})" if other else ""),
    }


def _value(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _source(hours: list[Any], usual: list[Any]) -> str:
    """Whether the hours shown were given at sign-up: not yet offered, offered as they are, or neither."""
    if not hours and usual:
        return "prefilled"
    return "sign_up" if hours and hours == usual else ""


def _monday_for_all(data: Any, rows: int) -> dict[str, str]:
    """What was entered, with Monday's hours on the other working days too. Nothing is saved yet."""
    values = {name: data[name] for name in data}
    for day in range(1, 5):
        for row in range(rows):
            for bound in ("start", "end"):
                values[f"{bound}_{day}_{row}"] = data.get(f"{bound}_0_{row}", "")
    return values
