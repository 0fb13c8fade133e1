"""Filters that only take what the database can compare."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField
from drf_spectacular.drainage import set_override

LARGEST_ID = 2**63 - 1


class TimeField(IsoDateTimeField):
    """A time in UTC: PostgreSQL knows no offsets of sixteen hours and more, which are valid elsewhere."""

    def to_python(self, value: Any) -> datetime | None:
        at = super().to_python(value)
        try:
            return at and at.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class TimeFilter(django_filters.IsoDateTimeFilter):
    field_class = TimeField


class IdFilter(django_filters.Filter):
    """Rows that point to this id."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=LARGEST_ID, **kwargs)
        described = {"type": "integer", "format": "int64", "minimum": 1, "description": kwargs.get("help_text", "")}
        set_override(self, "field", described)
