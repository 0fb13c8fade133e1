"""Who asks: somebody who has signed in, or a program with an organisation's key.

The gate of the tenancy middleware has looked at keys already, because only the organisation in the address tells whose
key it is.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class SessionOrKey(SessionAuthentication):
    """A key acts without a user. A session needs the token against forged requests for whatever changes something."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        key = getattr(request._request, "api_key", None)
        if key is not None:
            return AnonymousUser(), key
        if request.headers.get("Authorization", "").lower().startswith("bearer"):
            raise AuthenticationFailed("A key opens the addresses of its organisation, below /api/v1/o/.")
        return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="mentoring"'


class SignedIn(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return request.auth is not None or request.user.is_authenticated
