"""What people fill in about their hours and sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.outbox.telling import wants_digest
from programs.models import Goal

from .models import Attendance
from .reminding import KINDS, SESSION, chosen
from .services import LONGEST
from .zones import resolve_local

MINUTE = timedelta(minutes=1)
# Times of a day that can be given without a script: the first shown, the others to unfold.
ROWS = 4


@dataclass(frozen=True)
class Row:
    """Two fields of the hours form: from when until when."""

    start: forms.BoundField
    end: forms.BoundField
    next_day: Any

    @property
    def runs_on(self) -> bool:
        """Whether it ends after the midnight that ends its day."""
        start, end = (_given(bound) for bound in (self.start, self.end))
        return start is not None and end is not None and _end_minutes(end) < _minutes(start)

    @property
    def is_filled(self) -> bool:
        return any(bound.value() or bound.errors for bound in (self.start, self.end))


@dataclass(frozen=True)
class Day:
    """A day of the hours form; spare rows are unfolded when needed."""

    name: Any
    shown: list[Row]
    spare: list[Row]


class WeeklyHoursForm(forms.Form):
    """The hours of each day of the week; an end at midnight is the end of the day, an earlier one is on the next."""

    unmarked = True

    def __init__(self, *args: Any, hours: Iterable[tuple[int, int, int]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_day: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for day, start, end in hours:
            by_day[day].append((start, end))
        self.rows = max([ROWS, *(len(given) for given in by_day.values())])
        for day in range(7):
            for row in range(self.rows):
                given: tuple[int | None, int | None] = by_day[day][row] if row < len(by_day[day]) else (None, None)
                self.fields[f"start_{day}_{row}"] = _time_field(_("%(day)s, from"), day, given[0])
                self.fields[f"end_{day}_{row}"] = _time_field(_("%(day)s, until"), day, given[1])

    def clean(self) -> None:
        for day in range(7):
            for row in range(self.rows):
                start, end = (self.cleaned_data.get(f"{bound}_{day}_{row}") for bound in ("start", "end"))
                if start is not None and end is None and f"end_{day}_{row}" not in self.errors:
                    self.add_error(f"end_{day}_{row}", _("Until when?"))
                elif end is not None and start is None and f"start_{day}_{row}" not in self.errors:
                    self.add_error(f"start_{day}_{row}", _("From when?"))
                elif start is not None and end is not None and _minutes(start) == _end_minutes(end):
                    self.add_error(f"end_{day}_{row}", _("This is when it begins."))

    def windows(self) -> list[tuple[int, int, int]]:
        """What was entered, as the services take it."""
        found = []
        for day in range(7):
            for row in range(self.rows):
                start, end = (self.cleaned_data.get(f"{bound}_{day}_{row}") for bound in ("start", "end"))
                if start is not None and end is not None:
                    found.append((day, _minutes(start), _end_minutes(end)))
        return found

    def days(self) -> Iterable[Day]:
        for day, name in WEEKDAYS.items():
            next_day = WEEKDAYS[(day + 1) % 7]
            rows = [Row(self[f"start_{day}_{row}"], self[f"end_{day}_{row}"], next_day) for row in range(self.rows)]
            count = max([1, *(number + 1 for number, row in enumerate(rows) if row.is_filled)])
            yield Day(name, rows[:count], rows[count:])


class MinutesField(forms.IntegerField):
    """A length in whole minutes, cleaned to a timedelta."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LONGEST // MINUTE, **kwargs)

    def clean(self, value: Any) -> timedelta | None:
        minutes = super().clean(value)
        return None if minutes is None else minutes * MINUTE

    def prepare_value(self, value: Any) -> Any:
        return value // MINUTE if isinstance(value, timedelta) else value


class BookingForm(forms.Form):
    """A free time, and what the session is about."""

    visible_to = {"topic": _("everyone in this session"), "place": _("everyone in this session")}

    starts_at = forms.DateTimeField(widget=forms.HiddenInput)
    length = MinutesField(required=False, widget=forms.HiddenInput)
    topic = forms.CharField(label=_("What it is about"), max_length=200, required=False)
    place = forms.CharField(
        label=_("Where, or the meeting link"),
        max_length=300,
        required=False,
        help_text=_("A room, a phone number or a link."),
    )


class MoveForm(forms.Form):
    """Another free time."""

    starts_at = forms.DateTimeField(widget=forms.HiddenInput)


class CancelForm(forms.Form):
    """Why a session is off."""

    visible_to = {"reason": _("everyone in this session")}

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class NotesForm(forms.Form):
    """What somebody keeps of a session, for all in it and for themselves."""

    visible_to = {
        "shared_note": _("everyone in this session. Programme admins and HR cannot open it."),
        "private_note": _("only you. Nobody else can open it, whatever their role."),
    }

    shared_note = forms.CharField(
        label=_("Shared note"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    private_note = forms.CharField(
        label=_("Private note"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def notes(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("shared_note", "private_note")}


class LogForm(NotesForm):
    """Whether a session was held, how long, and what to remember."""

    visible_to = {
        **NotesForm.visible_to,
        "report": _("everyone in this session; the programme’s admins see whether it was held, once you agree."),
        "length": _("everyone in this session; reports count the hours."),
        "goals": _("everyone in this session. Programme admins and HR cannot open it."),
    }

    report = forms.ChoiceField(
        label=_("Did it take place?"),
        choices=[(Attendance.Report.HELD, _("Yes, we met")), (Attendance.Report.MISSED, _("No, it did not happen"))],
        widget=forms.RadioSelect,
    )
    length = MinutesField(
        label=_("How long, in minutes"),
        help_text=_("Only when you met. When you say different lengths, the shorter one counts."),
    )

    goals = forms.TypedMultipleChoiceField(
        label=_("Goals you talked about"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    field_order = ["report", "length", "goals", "shared_note", "private_note"]

    def ask_about(self, goals: Iterable[Goal]) -> None:
        """Offer the goals of the mentorship to be ticked; without any there is no question."""
        field: Any = self.fields["goals"]
        field.choices = [(goal.pk, goal.text) for goal in goals]
        if not field.choices:
            del self.fields["goals"]

    def ask_of_group(self, *, leads: bool) -> None:
        """In a group session each of those who joined says only whether they were there."""
        if not leads:
            report: Any = self.fields["report"]
            report.label = _("Were you there?")
            report.choices = [(Attendance.Report.HELD, _("Yes, I was there")), (Attendance.Report.MISSED, _("No"))]

    def clean(self) -> None:
        if self.cleaned_data.get("report") == Attendance.Report.MISSED:
            # What did not happen has no length.
            self.errors.pop("length", None)
            self.cleaned_data["length"] = None


class RecordForm(NotesForm):
    """A meeting that was never booked."""

    visible_to = {**NotesForm.visible_to, "topic": _("everyone in this session")}

    # Near the ends of the calendar a day in one zone is none in another.
    day = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))],
    )
    start = forms.TimeField(label=_("Began at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    length = MinutesField(
        label=_("How long, in minutes"), help_text=_("When you say different lengths, the shorter one counts.")
    )
    topic = forms.CharField(label=_("What it was about"), max_length=200, required=False)

    field_order = ["day", "start", "length", "topic", "shared_note", "private_note"]

    def starts_at(self, member: Member) -> datetime:
        """The day and time on the member's own clock."""
        return resolve_local(self.cleaned_data["day"], self.cleaned_data["start"], member.zone)


def _time_field(label: Any, day: int, minute: int | None) -> forms.TimeField:
    return forms.TimeField(
        label=label % {"day": WEEKDAYS[day]},
        required=False,
        initial=None if minute is None else f"{minute // 60 % 24:02}:{minute % 60:02}",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Write a time such as 09:30.")},
    )


def _given(bound: forms.BoundField) -> time | None:
    """The time that stands in a field, if it is one."""
    try:
        found: time | None = bound.field.to_python(bound.value())
    except forms.ValidationError:
        return None
    return found


def _minutes(value: time) -> int:
    return value.hour * 60 + value.minute


def _end_minutes(value: time) -> int:
    return _minutes(value) or 24 * 60


class RemindersForm(forms.Form):
    """Which letters around sessions somebody wants: at which times before one, and which others at all."""

    unmarked = True

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, about in KINDS.items():
            ahead = chosen([member], kind)[member.pk]
            if about.times:
                self.fields[kind] = forms.TypedMultipleChoiceField(
                    label=about.label, help_text=about.help, choices=about.times, coerce=int, required=False,
                    initial=ahead, widget=forms.CheckboxSelectMultiple,
                )  # fmt: skip
            else:
                self.fields[kind] = forms.BooleanField(
                    label=about.label, help_text=about.help, required=False, initial=bool(ahead)
                )

        self.fields["digest"] = forms.BooleanField(
            label=_("One letter a day"),
            help_text=_("Announcements, new messages and such come together in your morning. Nothing urgent waits."),
            required=False,
            initial=bool(member.email) and wants_digest(member.email),
        )

    def chosen(self) -> dict[str, list[int]]:
        """Minutes ahead of each kind; [0] for one that simply comes."""
        data = self.cleaned_data
        return {kind: data[kind] if kind == SESSION else [0] * data[kind] for kind in KINDS}
