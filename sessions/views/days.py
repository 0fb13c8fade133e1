"""Pages about days that are not as every week, and about how a programme's sessions are booked."""

from __future__ import annotations

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rules import allowed, allows
from mentoring.templatetags.ui import zone_name
from mentoring.tenancy.clock import today
from programs.models import Program

from .. import services
from ..forms_booking import HolidayForm, OtherDayForm, PolicyForm, TimeOffForm
from ..models import DateOverride, Holiday, TimeOff

HOLIDAYS_SHOWN = 10


@never_cache
@require_http_methods(["GET", "POST"])
def days(request, org):
    """Let a member say on which days they are away, and on which they offer other hours than every week."""
    member = request.member
    sent = request.POST if request.method == "POST" else None
    off = TimeOffForm(sent if sent and "time_off" in sent else None)
    other = OtherDayForm(sent if sent and "time_off" not in sent else None)
    try:
        if off.is_valid():
            services.take_off(member, **off.cleaned_data, by=member)
            messages.success(request, _("Nobody can book you on these days. What is booked already stays as it is."))
            return redirect("sessions:days", org=org)
        if other.is_valid():
            services.set_day(member, day=other.cleaned_data["day"], windows=other.windows(), by=member)
            messages.success(request, _("Saved. On that day these hours hold instead of your weekly ones."))
            return redirect("sessions:days", org=org)
    except services.SessionProblem as problem:
        (off if off.is_bound else other).add_error(None, str(problem))
    day = timezone.now().astimezone(member.zone).date()
    holidays = Holiday.objects.filter(day__gte=day, site__in=("", member.site))
    context = {
        "off": off,
        "other": other,
        "times_off": TimeOff.objects.filter(member=member, last_day__gte=day),
        "overrides": [
            {"pk": each.pk, "day": each.day, "windows": [(_clock(start), _clock(end)) for start, end in each.windows]}
            for each in DateOverride.objects.filter(member=member, day__gte=day)
        ],
        "holidays": holidays[:HOLIDAYS_SHOWN],
        "may_manage": allows(member, "programs.manage"),
        "zone": zone_name(timezone.now().astimezone(member.zone)),
    }
    return render(request, "sessions/days.html", context, status=422 if sent is not None else 200)


@require_POST
def time_off_remove(request, org, pk):
    """Take one's days away back."""
    services.come_back(get_object_or_404(TimeOff.objects.filter(member=request.member), pk=pk), by=request.member)
    messages.success(request, _("Removed. You can be booked on these days again, in your hours."))
    return redirect("sessions:days", org=org)


@require_POST
def day_remove(request, org, pk):
    """Let one's weekly hours hold on a day again."""
    services.clear_day(get_object_or_404(DateOverride.objects.filter(member=request.member), pk=pk), by=request.member)
    messages.success(request, _("Removed. Your weekly hours hold on that day again."))
    return redirect("sessions:days", org=org)


@never_cache
@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def holidays(request, org):
    """Let admins say on which days nobody of the organisation, or of one of its sites, is booked."""
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.add_holiday(**form.cleaned_data, by=request.member)
        except services.SessionProblem as problem:
            form.add_error("day", str(problem))
        else:
            messages.success(request, _("Nobody is booked on that day. Sessions that stand already stay as they are."))
            return redirect("sessions:holidays", org=org)
    context = {"form": form, "holidays": Holiday.objects.filter(day__gte=today())}
    return render(request, "sessions/holidays.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("programs.manage")
def holiday_remove(request, org, pk):
    """Take a holiday back."""
    services.remove_holiday(get_object_or_404(Holiday, pk=pk), by=request.member)
    messages.success(request, _("Removed. People can be booked on that day again."))
    return redirect("sessions:holidays", org=org)


@never_cache
@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def policy(request, org, pk):
    """Let admins say how a programme's sessions are booked."""
    program = get_object_or_404(Program, pk=pk)
    policy = services.policy_of(program)
    form = PolicyForm(request.POST if request.method == "POST" else None, program=program, policy=policy)
    if form.is_valid():
        services.set_policy(program, **form.cleaned_data, by=request.member)
        messages.success(request, _("Saved. It holds for what is booked from now on."))
        return redirect("programs:detail", org=org, pk=pk)
    context = {"form": form, "program": program, "length": program.session_length // services.MINUTE}
    return render(request, "sessions/policy.html", context, status=422 if form.errors else 200)


def _clock(minute):
    return f"{minute // 60 % 24:02}:{minute % 60:02}"
