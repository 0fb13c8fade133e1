"""What people choose about a file of people: which one, and how it is to be read."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from mentoring.tenancy.clock import today

from .importing.guessing import DATE_ORDERS, NAME_ORDERS, Guess, Settings
from .importing.headings import HOLDS, LABELS_OF
from .importing.reading import DELIMITERS, ENCODINGS
from .imports import MAX_BYTES


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("HR export"),
        help_text=_(
            "A CSV file of up to 30 MB with headings in English or German: one row for each person, or one for each promotion or move."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if file.size and file.size > MAX_BYTES:
            raise ValidationError(
                _("This file is larger than 30 MB. Split it, and upload the parts one after the other.")
            )
        return file


class ColumnsForm(forms.Form):
    """How a file is written and what each of its columns holds: guessed, for somebody to correct."""

    unmarked = True

    encoding = forms.ChoiceField(label=_("Letters are written in"), choices=list(ENCODINGS.items()))
    # By name: a tab as a value wouldn't survive everywhere.
    delimiter = forms.ChoiceField(
        label=_("Cells are separated by a"), choices=[(name, name) for name in DELIMITERS.values()]
    )
    date_order = forms.ChoiceField(label=_("Dates are written"), choices=list(DATE_ORDERS.items()))
    name_order = forms.ChoiceField(label=_("Full names are written"), choices=list(NAME_ORDERS.items()))
    has_header = forms.BooleanField(label=_("The first row holds headings"), required=False)
    holds = forms.ChoiceField(label=_("Each row is"), choices=list(HOLDS.items()))
    absence_until = forms.DateField(
        label=_("Days absent are of the twelve months up to"),
        help_text=_("For people who have left: up to their last day of work."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )

    def __init__(self, data: Any = None, *, settings: Settings, guess: Guess) -> None:
        self.settings, self.guess = settings, guess
        initial: dict[str, Any] = {
            "encoding": settings.encoding,
            "delimiter": DELIMITERS[settings.delimiter],
            "date_order": settings.date_order,
            "name_order": settings.name_order,
            "has_header": settings.has_header,
            "holds": settings.holds,
            "absence_until": settings.absence_until,
        }
        for i, field in enumerate(settings.columns):
            initial[f"column_{i}"] = field or ""
        super().__init__(data, initial=initial)
        self.labels = LABELS_OF[settings.holds]
        if settings.holds != "people":
            del self.fields["name_order"], self.fields["absence_until"]
        elif "absence_days" not in settings.columns:
            del self.fields["absence_until"]
        choices = [("", _("– leave out –")), *((name, capfirst(label)) for name, label in self.labels.items())]
        for i, column in enumerate(guess.columns):
            self.fields[f"column_{i}"] = forms.ChoiceField(
                label=_("“%s” holds") % (column.heading or _("column %s") % (i + 1)), choices=choices, required=False
            )

    def columns(self) -> list[dict[str, Any]]:
        """Each column with its heading, a few of its cells, and the field that says what it holds."""
        return [
            {"number": i + 1, "heading": column.heading, "samples": column.samples, "field": self[f"column_{i}"]}
            for i, column in enumerate(self.guess.columns)
        ]

    @property
    def wants_reading(self) -> bool:
        """Whether the file has to be read anew before its columns mean anything."""
        return any(name in self.changed_data for name in ("encoding", "delimiter", "has_header", "holds"))

    def how(self) -> dict[str, Any]:
        """How the file is to be read, of a form whose first part is in order."""
        by_name = {name: delimiter for delimiter, name in DELIMITERS.items()}
        chosen = self.cleaned_data
        return {
            "encoding": chosen["encoding"],
            "delimiter": by_name[chosen["delimiter"]],
            "has_header": chosen["has_header"],
            "holds": chosen["holds"],
        }

    def clean_absence_until(self) -> date | None:
        until: date | None = self.cleaned_data["absence_until"]
        if until and until > today():
            raise ValidationError(_("These twelve months end today at the latest."))
        return until

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        if self.wants_reading or self.errors:
            return chosen
        taken: dict[str, int] = {}
        for i in range(len(self.guess.columns)):
            field = chosen.get(f"column_{i}")
            if field and field in taken:
                self.add_error(
                    f"column_{i}",
                    _("Column %(number)s holds the %(field)s already; choose one of the two.")
                    % {"number": taken[field] + 1, "field": self.labels[field]},
                )
            elif field:
                taken[field] = i
        if not self.errors:
            for problem in self.as_settings().problems():
                self.add_error(None, problem.text)
        return chosen

    def as_settings(self) -> Settings:
        """The settings that were chosen, of a valid form."""
        chosen = self.cleaned_data
        order = chosen["date_order"]
        return Settings.from_dict(
            {
                **self.how(),
                "columns": [chosen[f"column_{i}"] or None for i in range(len(self.guess.columns))],
                "date_order": order,
                # Whoever decides against the dates of the file is told how each of them was read.
                "date_order_proven": self.guess.date_order_proven and order == self.guess.date_order,
                "name_order": chosen.get("name_order", self.settings.name_order),
                "absence_until": chosen.get("absence_until") or self.settings.absence_until,
            }
        )
