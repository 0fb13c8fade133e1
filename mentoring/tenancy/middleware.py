"""Opens the scope of the organisation that the address names, for whoever may enter it."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from .scope import organisation_scope


class OrganisationMiddleware:
    """For addresses with `<org>`: ask the gate, open the scope until the response is made.

    The gate (setting TENANCY_GATE) takes the request and the organisation's slug. It returns the organisation, or an
    HttpResponse that sends the visitor elsewhere, or raises Http404.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.gate = import_string(settings.TENANCY_GATE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as stack:
            request.organisation = None  # type: ignore[attr-defined]  # ours, declared nowhere
            request.scope_stack = stack  # type: ignore[attr-defined]  # ours, declared nowhere
            return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        if "org" not in kwargs:
            return None
        answer = self.gate(request, kwargs["org"])
        if isinstance(answer, HttpResponse):
            return answer
        request.organisation = answer
        request.scope_stack.enter_context(organisation_scope(answer))
        return None
