"""The base of every endpoint, the description of them all, and the page that shows it."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rules import has_perm

from .errors import Conflict, ProblemSerializer, code_of


class OrganisationViewSet(viewsets.GenericViewSet):
    """Rows of the organisation in the address, as the member who asks may see them."""

    lookup_value_converter = "int"
    # Action → the right that it needs.
    needs: dict[str, str] = {}
    # What services raise when something can't be done as things stand.
    refusals: tuple[type[Exception], ...] = ()
    conflict_serializer: type[serializers.Serializer] = ProblemSerializer
    tag = ""

    @property
    def organisation(self) -> Any:
        return self.request.organisation  # type: ignore[attr-defined]  # set by the gate

    @property
    def member(self) -> Any:
        """Who asks: whoever is signed in, or whoever made the key."""
        return self.request.member  # type: ignore[attr-defined]  # set by the gate

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        needed = self.needs.get(self.action or "")
        if needed and not has_perm(needed, self.member):
            raise PermissionDenied

    def conflict(self, refusal: Exception) -> Conflict:
        return Conflict(str(refusal), code=code_of(refusal))

    def asked(self, serializer_class: type[serializers.Serializer], **kwargs: Any) -> dict[str, Any]:
        """What the body asks for, checked."""
        context = self.get_serializer_context()
        serializer = serializer_class(data=self.request.data, context=context, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def answer(self, pk: int, *, status: int = status.HTTP_200_OK) -> Response:
        """One row as it is now, just as `retrieve` shows it."""
        row = self.get_queryset().get(pk=pk)
        return Response(self.get_serializer_class()(row, context=self.get_serializer_context()).data, status=status)


@cache
def description() -> bytes:
    """The OpenAPI document. It holds no data, and is the same for everybody until the next start."""
    return OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True))


@require_safe
@transaction.non_atomic_requests
@cache_control(max_age=300)
def schema(request: HttpRequest) -> HttpResponse:
    """Hand out the OpenAPI description."""
    return HttpResponse(description(), content_type="application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description in a form that can be read and tried out."""
    return render(request, "api/docs.html")
