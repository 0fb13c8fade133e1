"""A member's own sessions by week and by month, on the days that their own clock says."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Member
from mentoring.templatetags.ui import zone_name

from ..models import Session

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# Addresses name a day of these years; another one means today.
FIRST_YEAR, LAST_YEAR = 2000, 2100


@never_cache
@require_safe
def session_week(request, org):
    """Show one week of a member's own sessions, from Monday to Sunday."""
    member = request.member
    today = timezone.now().astimezone(member.zone).date()
    asked = _asked(request, today)
    first = asked - asked.weekday() * DAY
    days = _days(member, first, first + WEEK, today)
    context = {
        "days": days,
        "first": first,
        "last": first + 6 * DAY,
        "zone": zone_name(timezone.now().astimezone(member.zone)),
        "total": sum(len(each["rows"]) for each in days),
        "earlier": _address(first - WEEK),
        "later": _address(first + WEEK),
        "month": _address(asked),
        "is_now": first <= today < first + WEEK,
    }
    return render(request, "sessions/session_week.html", context)


@never_cache
@require_safe
def session_month(request, org):
    """Show one month of a member's own sessions, in whole weeks."""
    member = request.member
    today = timezone.now().astimezone(member.zone).date()
    month = _asked(request, today).replace(day=1)
    following = (month + 31 * DAY).replace(day=1)
    first = month - month.weekday() * DAY
    last = following - DAY
    days = _days(member, first, last + (7 - last.weekday()) * DAY, today)
    for each in days:
        each["outside"] = each["day"].month != month.month
    context = {
        "weeks": [days[start : start + 7] for start in range(0, len(days), 7)],
        # Weeks that belong to two months show the sessions of both; the month has only its own.
        "busy": [each for each in days if each["rows"] and not each["outside"]],
        "month": month,
        "weekdays": [
            {"short": date_format(first + n * DAY, "D"), "name": date_format(first + n * DAY, "l")} for n in range(7)
        ],
        "zone": zone_name(timezone.now().astimezone(member.zone)),
        "earlier": _address((month - DAY).replace(day=1)),
        "later": _address(following),
        "week": _address(today if month.replace(day=1) == today.replace(day=1) else month),
        "is_now": month == today.replace(day=1),
    }
    return render(request, "sessions/session_month.html", context)


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins; where the clocks skip its midnight, with the first moment after it."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def _days(member: Member, first: date, after: date, today: date) -> list[dict[str, Any]]:
    """Each day from the first until before the last, with the sessions that begin on it."""
    zone = member.zone
    begin_then = Session.objects.involving(member).filter(
        starts_at__gte=midnight(first, zone), starts_at__lt=midnight(after, zone)
    )
    by_day = defaultdict(list)
    for session in begin_then.with_people().order_by("starts_at", "id"):
        start, end = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
        standing = session.standing_for(member)
        by_day[start.date()].append(
            {
                "session": session,
                "others": session.others(member),
                "standing": standing,
                "is_off": standing in (Session.Standing.CANCELLED, Session.Standing.MISSED),
                "from": f"{start:%H:%M}",
                "until": f"{end:%H:%M}",
            }
        )
    numbers = range((after - first).days)
    return [
        {
            "day": day,
            "rows": by_day[day],
            "is_today": day == today,
            "clock_changes": midnight(day + DAY, zone) - midnight(day, zone) != DAY,
            "address": _address(day),
        }
        for day in (first + n * DAY for n in numbers)
    ]


def _asked(request: HttpRequest, today: date) -> date:
    try:
        day = date.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        return today
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else today


def _address(day: date) -> str:
    return f"?at={day:%Y-%m-%d}"
