"""What an answer says when something went wrong: a code for programs, a sentence for people, the fields it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions, serializers, status, views
from rest_framework.response import Response

WORDS = {
    400: ("bad_request", "The request can't be read."),
    401: ("not_authenticated", "Sign in, or send a valid API key of this organisation."),
    403: ("permission_denied", "You don't have the right to do this."),
    404: ("not_found", "There is nothing at this address, or nothing that you may see."),
    500: ("error", "Something went wrong on our side. Nothing was changed."),
}
INVALID = "Something that was sent can't be used; see `errors`."


class Conflict(exceptions.APIException):
    """What was asked can't be done as things stand. `more` stands in the answer beside the sentence."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, detail: str, *, code: str = "conflict", more: dict[str, Any] | None = None) -> None:
        super().__init__(detail, code)
        self.more = more or {}


class ProblemSerializer(serializers.Serializer):
    """Why a request was not carried out. Nothing was changed."""

    code = serializers.CharField(help_text="For programs; it does not change.")
    detail = serializers.CharField(help_text="A sentence for people.")
    errors = serializers.DictField(  # type: ignore[assignment]  # a field, not what a serializer found
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="What is wrong with which field; of nested ones the path, such as `free_hours.0`.",
    )


def problem(status: int) -> HttpResponse:
    """The answer of a status, for what fails outside of a view of the API."""
    code, detail = WORDS.get(status, WORDS[400])
    return JsonResponse({"code": code, "detail": detail}, status=status)


def code_of(problem: Exception) -> str:
    """The code of a service's refusal: MentorFull is mentor_full."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(problem).__name__).lower()


def answer(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into an answer. What it didn't foresee stays an error of the server."""
    view = context["view"]
    if isinstance(exc, getattr(view, "refusals", ())):
        exc = view.conflict(exc)
    elif isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(serializers.as_serializer_error(exc))
    elif isinstance(exc, Http404):
        exc = exceptions.NotFound(WORDS[404][1])
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or WORDS[403][1])
    response = views.exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    if isinstance(exc, exceptions.ValidationError):
        errors: dict[str, list[str]] = {}
        for path, message in _flat(exc.detail):
            errors.setdefault(path.replace(NON_FIELD_ERRORS, "non_field_errors"), []).append(message)
        response.data = {"code": "invalid", "detail": INVALID, "errors": errors}
    else:
        # One detail, one code: only a ValidationError has several.
        code = getattr(exc.detail, "code", exc.default_code)
        response.data = {"code": code, "detail": str(exc.detail), **getattr(exc, "more", {})}
    return response


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every message with the path of the field that it is about."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flat(inner, f"{path}.{number}" if nested and path else path)
    else:
        yield path or "non_field_errors", str(detail)
