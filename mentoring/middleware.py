"""What every response carries, and the one log line of every request."""

import logging
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("mentoring.requests")

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_log(get_response: GetResponse) -> GetResponse:
    """Log route, status and time of each request. Not the path: it may carry a token or a name."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex[:12]
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = get_response(request)
            match = request.resolver_match
            # Only a user whom the view has looked up: the log must not ask the database.
            user = getattr(request, "_cached_user", None)
            organisation = getattr(request, "organisation", None)
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": match.view_name if match else "",
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - began) * 1000, 1),
                    "user": user.pk if user else None,
                    "organisation": organisation.pk if organisation else None,
                },
            )
        response["X-Request-ID"] = request_id
        return response

    return middleware


def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Switch off the browser's features that no page uses."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Permissions-Policy"] = (
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self), "
            "publickey-credentials-create=(self)"
        )
        return response

    return middleware
