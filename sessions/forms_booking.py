"""What people fill in about single days, and admins about how sessions are booked."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from programs.models import Program

from .models import BookingPolicy
from .services.policy import JITSI

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Times of one day that can be given at once.
ROWS = 3
DAY_LIMITS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


def _day_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), validators=DAY_LIMITS, **kwargs
    )


class TimeOffForm(forms.Form):
    """Days away, the first and the last included."""

    first_day = _day_field(_("First day"))
    last_day = _day_field(_("Last day"), required=False)

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        if first and last is None and "last_day" not in self.errors:
            self.cleaned_data["last_day"] = first
        elif first and last and last < first:
            self.add_error("last_day", _("The last day must not be before the first."))


class OtherDayForm(forms.Form):
    """The hours of one day; none at all means not that day."""

    day = _day_field(_("Day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in range(ROWS):
            for bound, label in (("start", _("Time %(n)d, from")), ("end", _("Time %(n)d, until"))):
                self.fields[f"{bound}_{row}"] = forms.TimeField(
                    label=label % {"n": row + 1},
                    required=False,
                    widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                    error_messages={"invalid": _("Write a time such as 09:30.")},
                )

    def clean(self) -> None:
        for row in range(ROWS):
            start, end = (self.cleaned_data.get(f"{bound}_{row}") for bound in ("start", "end"))
            if start is not None and end is None and f"end_{row}" not in self.errors:
                self.add_error(f"end_{row}", _("Until when?"))
            elif end is not None and start is None and f"start_{row}" not in self.errors:
                self.add_error(f"start_{row}", _("From when?"))

    def windows(self) -> list[tuple[int, int]]:
        """Minutes of the day; an end at or below its start lies on the next day."""
        found = []
        for row in range(ROWS):
            start, end = (self.cleaned_data.get(f"{bound}_{row}") for bound in ("start", "end"))
            if start is not None and end is not None:
                found.append((_minutes(start), _minutes(end) or 24 * 60))
        return found

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"start_{row}"], self[f"end_{row}"]) for row in range(ROWS)]


class HolidayForm(forms.Form):
    """A holiday of the organisation, or of one of its sites."""

    day = _day_field(_("Day"))
    name = forms.CharField(label=_("Name"), max_length=100)
    site = forms.ChoiceField(label=_("Where"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = Member.objects.exclude(site="").order_by("site").values_list("site", flat=True).distinct()
        self.fields["site"].choices = [("", _("Everywhere")), *((site, site) for site in sites)]  # type: ignore[attr-defined]  # a field of choices


class UnitField(forms.IntegerField):
    """A whole number of minutes, hours or days, cleaned to a timedelta."""

    def __init__(self, *, unit: timedelta, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unit = unit

    def clean(self, value: Any) -> timedelta | None:
        number = super().clean(value)
        return None if number is None else number * self.unit

    def prepare_value(self, value: Any) -> Any:
        return value // self.unit if isinstance(value, timedelta) else value


class PolicyForm(forms.Form):
    """How the sessions of a programme are booked."""

    lengths = forms.CharField(
        label=_("Other lengths, in minutes"),
        required=False,
        max_length=100,
        help_text=_("Besides the programme’s own length, for example: 30, 90."),
    )
    step = UnitField(
        label=_("Minutes between the starts that are offered"),
        unit=MINUTE,
        min_value=5,
        max_value=480,
        required=False,
        help_text=_("Empty: one session after the other."),
    )
    buffer_before = UnitField(label=_("Free minutes before a session"), unit=MINUTE, min_value=0, max_value=240)
    buffer_after = UnitField(
        label=_("Free minutes after a session"),
        unit=MINUTE,
        min_value=0,
        max_value=240,
        help_text=_("Between two sessions lies the larger of the gaps that they ask for."),
    )
    notice = UnitField(
        label=_("Shortest notice, in hours"),
        unit=HOUR,
        min_value=0,
        max_value=720,
        help_text=_("Nobody finds a session in their diary that was booked later than this."),
    )
    horizon = UnitField(label=_("How many days ahead"), unit=DAY, min_value=1, max_value=365)
    most_a_week = forms.IntegerField(
        label=_("Most sessions a week of two people"),
        min_value=1,
        max_value=20,
        required=False,
        help_text=_("Monday to Sunday on the mentor’s clock. Empty: no limit."),
    )
    needs_yes = forms.BooleanField(label=_("The mentor says yes to each session first"), required=False)
    hold = UnitField(
        label=_("How many hours a mentor has for the answer"),
        unit=HOUR,
        min_value=1,
        max_value=336,
        required=False,
        help_text=_("Empty: two days."),
    )
    video = forms.ChoiceField(
        label=_("Where people meet"),
        choices=[("", _("They agree on it themselves")), (JITSI, _("In a video room of our own server"))],
        required=False,
        help_text=_(
            "A session booked without a place then gets a room whose address nobody can guess. "
            "The mentor’s own meeting link comes before it."
        ),
    )

    def __init__(self, *args: Any, program: Program, policy: BookingPolicy, **kwargs: Any) -> None:
        names = (
            "step", "buffer_before", "buffer_after", "notice", "horizon", "most_a_week", "needs_yes", "hold", "video",
        )  # fmt: skip
        initial = {name: getattr(policy, name) for name in names}
        kwargs["initial"] = initial | {"lengths": ", ".join(map(str, policy.lengths))}
        super().__init__(*args, **kwargs)
        self.program = program
        if not settings.JITSI_SERVER:
            # There is no server, so there is no choice; what was chosen when there was one stays.
            self.fields["video"].disabled = True
            self.fields["video"].widget = forms.HiddenInput()

    def clean_lengths(self) -> list[int]:
        """Minutes, sorted, each once."""
        parts = [part for part in re.split(r"[,;\s]+", self.cleaned_data["lengths"]) if part]
        if not all(part.isascii() and part.isdigit() and 5 <= int(part) <= 480 for part in parts) or len(parts) > 5:
            raise forms.ValidationError(_("Write up to five whole numbers of minutes from 5 to 480, such as 30, 90."))
        return sorted({int(part) for part in parts})

    def clean_hold(self) -> timedelta:
        """Two days unless told otherwise."""
        return self.cleaned_data["hold"] or 2 * DAY

    def clean(self) -> None:
        notice, horizon = self.cleaned_data.get("notice"), self.cleaned_data.get("horizon")
        if notice is not None and horizon is not None and notice >= horizon:
            self.add_error("horizon", _("With this notice nothing could ever be booked: look further ahead."))


def _minutes(value: time) -> int:
    return value.hour * 60 + value.minute
