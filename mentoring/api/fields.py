"""Fields that several apps' endpoints share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class RowField(serializers.PrimaryKeyRelatedField):
    """The id of a row; `rows` gives those that the asking member may name."""

    default_error_messages = {"does_not_exist": "There is no row {pk_value}, or none that you may see."}

    def __init__(self, rows: Callable[[Any], Any], **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(pk_field=serializers.IntegerField(min_value=1), **kwargs)

    def get_queryset(self) -> Any:
        return self.rows(self.context["request"].member)


@extend_schema_field(OpenApiTypes.DURATION)
class LengthField(serializers.DurationField):
    """A length of time as ISO 8601 writes it, such as PT1H30M."""
