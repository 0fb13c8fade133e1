"""The gate to an organisation: who may enter, and as which member."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from mentoring.tenancy.clock import today
from mentoring.tenancy.scope import organisation_scope

from .models import ApiKey, Member, Organisation

API_KEY_PREFIX = "mk_"


def gate(request: HttpRequest, slug: str) -> Organisation | HttpResponse:
    """Let members in. Visitors are asked to sign in; strangers hear 404, whether the organisation exists or not."""
    if _bearer(request):
        return _enter_with_key(request, slug)
    if not request.user.is_authenticated:
        if request.path.startswith("/api/"):
            return _unauthorised()
        return redirect_to_login(request.get_full_path())
    # All of them, as every page shows the way to the others.
    found = list(Organisation.objects.filter(accesses__user=request.user))
    organisation = next((each for each in found if each.slug == slug), None)
    if organisation is None:
        raise Http404
    request.organisations = found  # type: ignore[attr-defined]  # ours, declared nowhere
    user_id = request.user.pk
    _act_as(request, organisation, lambda: Member.objects.get(user_id=user_id))
    return organisation


def _enter_with_key(request: HttpRequest, slug: str) -> Organisation | HttpResponse:
    organisation = Organisation.objects.filter(slug=slug).first()
    # Keys open the API and nothing else.
    if organisation is None or not request.path.startswith("/api/"):
        return _unauthorised()
    with organisation_scope(organisation), transaction.atomic():
        key = (
            ApiKey.objects.filter(key_hash=hash_token(_bearer(request)), revoked_at__isnull=True)
            .select_related("created_by")
            .first()
        )
        if key is None or key.created_by.has_left:
            return _unauthorised()
        if key.last_used_on != today():
            ApiKey.objects.filter(pk=key.pk).update(last_used_on=today())
    member = key.created_by
    request.api_key = key  # type: ignore[attr-defined]  # ours, declared nowhere
    _act_as(request, organisation, lambda: member)
    return organisation


def _act_as(request: HttpRequest, organisation: Organisation, load: Callable[[], Member]) -> None:
    def known() -> Member:
        member = load()
        # Almost every page asks for it again.
        member.organisation = organisation
        return member

    # Loaded when first asked for, inside the view's transaction.
    request.member = SimpleLazyObject(known)  # type: ignore[attr-defined]  # ours, declared nowhere


def _bearer(request: HttpRequest) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _unauthorised() -> HttpResponse:
    return HttpResponse(
        '{"code": "not_authenticated", "detail": "Sign in, or send a valid API key of this organisation."}',
        status=401,
        content_type="application/json",
        headers={"WWW-Authenticate": 'Bearer realm="mentoring"'},
    )


def hash_token(token: str) -> str:
    """Tokens are long and random, so a plain digest is enough to keep them out of the database."""
    return hashlib.sha256(token.encode()).hexdigest()
