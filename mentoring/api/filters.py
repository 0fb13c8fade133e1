"""Filters that only take what the database can compare."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from drf_spectacular.drainage import set_override

LARGEST_ID = 2**63 - 1


class IdFilter(django_filters.Filter):
    """Rows that point to this id."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=LARGEST_ID, **kwargs)
        described = {"type": "integer", "format": "int64", "minimum": 1, "description": kwargs.get("help_text", "")}
        set_override(self, "field", described)
