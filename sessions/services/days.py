"""Days that are not as every week: other hours, time off, and the organisation's holidays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import require

from ..models import DateOverride, Holiday, TimeOff
from .hours import MIDNIGHT
from .problems import SessionProblem

MOST = 200


@transaction.atomic
def set_day(member: Member, *, day: date, windows: Iterable[Sequence[int]], by: Member) -> DateOverride:
    """Offer these hours on one day instead of the weekly ones; none at all means that nobody can book that day."""
    hours: list[list[int]] = []
    for start, end in sorted((start, end) for start, end in windows):
        if not (0 <= start < MIDNIGHT and 0 <= end <= MIDNIGHT):
            raise SessionProblem(_("These are not hours of a day."))
        # An end at or below its start lies on the next day; it opens last, so nothing follows it.
        if hours and (hours[-1][1] <= hours[-1][0] or start < hours[-1][1]):
            raise SessionProblem(_("These hours overlap."))
        hours.append([start, end])
    _require_few(DateOverride.objects.filter(member=member).exclude(day=day).count())
    override, _is_new = DateOverride.objects.update_or_create(member=member, day=day, defaults={"windows": hours})
    return override


def clear_day(override: DateOverride, *, by: Member) -> None:
    """Let the weekly hours hold on that day again."""
    override.delete()


@transaction.atomic
def take_off(member: Member, *, first_day: date, last_day: date, by: Member) -> TimeOff:
    """Let nobody book these days. What is booked already stays, and is for the member to move or cancel."""
    if last_day < first_day:
        raise SessionProblem(_("The last day must not be before the first."))
    _require_few(TimeOff.objects.filter(member=member).count())
    return TimeOff.objects.create(member=member, first_day=first_day, last_day=last_day)


def come_back(time_off: TimeOff, *, by: Member) -> None:
    """Be there after all."""
    time_off.delete()


@transaction.atomic
def add_holiday(*, day: date, name: str, site: str = "", by: Member) -> Holiday:
    """A day on which nobody of a site, or without one nobody at all, is booked."""
    require(by, "programs.manage")
    _require_few(Holiday.objects.filter(day__gte=day).count())
    holiday, is_new = Holiday.objects.get_or_create(day=day, site=site.strip(), defaults={"name": name.strip()})
    if not is_new:
        raise SessionProblem(_("This day is a holiday there already: %(name)s.") % {"name": holiday.name})
    return holiday


def remove_holiday(holiday: Holiday, *, by: Member) -> None:
    """Let people be booked on that day again."""
    require(by, "programs.manage")
    holiday.delete()


def _require_few(count: int) -> None:
    if count >= MOST:
        raise SessionProblem(_("That is as many as can be kept. Remove some that you no longer need."))
