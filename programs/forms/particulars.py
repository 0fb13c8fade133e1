"""The fields for what only one format asks of its admin, made from its declaration."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..formats import Setting

MOST_LINES = 200
LONGEST_LINE = 100
MOST_TIERS = 8
HIGHEST_LEVEL = 20
_TIER = re.compile(r"(\d{1,2})(?:\s*(?:[-–—]|to)\s*(\d{1,2}))?")


class MomentField(forms.DateTimeField):
    """A day and a time in the zone of the organisation, kept in UTC."""

    def __init__(self, *, zone: ZoneInfo, **kwargs: Any) -> None:
        self.zone = zone
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(self.zone):
            found = super().to_python(value)
        return found.astimezone(ZoneInfo("UTC")) if found else None

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and value <= timezone.now():
            raise forms.ValidationError(_("This must lie ahead."))
        if value and value.year > 2999:
            raise forms.ValidationError(_("This is too far ahead."))


class LinesField(forms.CharField):
    """Several texts, one on each line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        lines = (" ".join(line.split()) for line in super().clean(value).splitlines())
        found = list(dict.fromkeys(line for line in lines if line))
        if len(found) > MOST_LINES or any(len(line) > LONGEST_LINE for line in found):
            raise forms.ValidationError(_("Give at most 200 lines of at most 100 letters each."))
        return found


class TiersField(forms.CharField):
    """The levels of each tier, one tier on each line, from the top."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), max_length=1000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return "\n".join(str(low) if low == high else f"{low}–{high}" for low, high in value)

    def clean(self, value: Any) -> list[list[int]]:
        tiers = []
        for line in super().clean(value).splitlines():
            if not line.strip():
                continue
            match = _TIER.fullmatch(line.strip())
            if match is None:
                raise forms.ValidationError(
                    _("“%(line)s” names no levels; write it as 5–6."), params={"line": line[:40]}
                )
            low, high = sorted((int(match[1]), int(match[2] or match[1])))
            tiers.append([low, high])
        if not 2 <= len(tiers) <= MOST_TIERS:
            raise forms.ValidationError(_("Give two to eight tiers, each on a line of its own."))
        if not all(low >= 1 and high <= HIGHEST_LEVEL for low, high in tiers):
            raise forms.ValidationError(_("Levels are numbers from 1 to 20."))
        if any(above[0] <= below[1] for above, below in pairwise(tiers)):
            raise forms.ValidationError(_("Begin at the top: each tier has lower levels than the one before it."))
        return tiers


def setting_field(setting: Setting, *, zone: ZoneInfo) -> forms.Field:
    """The form field that asks for a setting."""
    common: dict[str, Any] = {
        "label": setting.label, "help_text": setting.help_text, "required": setting.required,
    }  # fmt: skip
    match setting.kind:
        case "moment":
            return MomentField(zone=zone, **common)
        case "lines":
            return LinesField(**common)
        case "tiers":
            return TiersField(**common)
        case "choice":
            return forms.ChoiceField(choices=setting.choices, widget=forms.RadioSelect, **common)
    return forms.IntegerField(min_value=setting.lowest, max_value=setting.highest, **common)
