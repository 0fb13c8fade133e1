"""Accounts of Google and Microsoft, asked for nothing but when somebody is busy (OAuth 2.0 with PKCE, RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from .fetching import FetchProblem

# As fetching.exchange() does it.
Exchange = Callable[..., tuple[int, bytes]]
Times = list[tuple[datetime, datetime]]
# The most that Google takes in one question.
SPAN = timedelta(days=60)
MOST_PAGES = 40
FREE = ("free", "workingElsewhere")


class Revoked(Exception):
    """The account's owner, or its administrator, has taken the access back."""


class Tokens(NamedTuple):
    """What opens the account now, and what brings the next of it."""

    access: str
    refresh: str


@dataclass(frozen=True)
class Client:
    """What the provider knows this installation by."""

    id: str
    secret: str
    redirect_uri: str


@dataclass(frozen=True)
class Provider:
    """What differs between providers."""

    key: str
    name: str
    authorize_url: str
    token_url: str
    api_url: str
    scope: str
    busy: Callable[[Provider, str, datetime, datetime, frozenset[str], Exchange], Times]
    more: dict[str, str] = field(default_factory=dict)


def new_verifier() -> str:
    """A secret that only this browser's way through the provider knows."""
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """What of it the provider is told beforehand (S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorize_url(provider: Provider, client: Client, *, state: str, verifier: str) -> str:
    """Where somebody allows the access."""
    asked = {
        "client_id": client.id,
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "scope": provider.scope,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        **provider.more,
    }
    return f"{provider.authorize_url}?{urlencode(asked)}"


def tokens_for(provider: Provider, client: Client, *, code: str, verifier: str, exchange: Exchange) -> Tokens:
    """Turn what somebody brought back from the provider into tokens. Raises Revoked when it is not worth anything."""
    sent = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    found = _tokens(provider, client, sent, exchange)
    if not found.refresh:
        # Without it the access would end within the hour.
        raise Revoked
    return found


def refreshed(provider: Provider, client: Client, *, refresh: str, exchange: Exchange) -> Tokens:
    """New tokens for old; the old ones may be worth nothing from then on. Raises Revoked."""
    found = _tokens(provider, client, {"grant_type": "refresh_token", "refresh_token": refresh}, exchange)
    return found._replace(refresh=found.refresh or refresh)


def _tokens(provider: Provider, client: Client, sent: dict[str, str], exchange: Exchange) -> Tokens:
    body = {"client_id": client.id, "client_secret": client.secret, "redirect_uri": client.redirect_uri, **sent}
    if sent["grant_type"] == "refresh_token":
        del body["redirect_uri"]
    status, content = exchange(
        provider.token_url,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(body).encode(),
    )
    said = _json(content)
    if status in (400, 401) and said.get("error") in ("invalid_grant", "interaction_required", "consent_required"):
        raise Revoked
    if status != 200 or not isinstance(said.get("access_token"), str):
        raise FetchProblem("status", str(status))
    refresh = said.get("refresh_token")
    return Tokens(said["access_token"], refresh if isinstance(refresh, str) else "")


def _google(
    provider: Provider, access: str, start: datetime, end: datetime, own: frozenset[str], exchange: Exchange
) -> Times:
    """Google says when somebody is busy, and nothing else (calendar/v3/freeBusy)."""
    found: Times = []
    while start < end:
        until = min(start + SPAN, end)
        asked = {"timeMin": _iso(start), "timeMax": _iso(until), "items": [{"id": "primary"}]}
        said = _asked(
            exchange,
            provider.api_url,
            access,
            headers={"Content-Type": "application/json"},
            body=json.dumps(asked).encode(),
        )
        primary = said.get("calendars", {}).get("primary", {})
        if primary.get("errors"):
            raise FetchProblem("status", "calendar")
        found += [(_instant(each["start"]), _instant(each["end"])) for each in primary.get("busy", [])]
        start = until
    return found


def _microsoft(
    provider: Provider, access: str, start: datetime, end: datetime, own: frozenset[str], exchange: Exchange
) -> Times:
    """Microsoft lists the occurrences of a calendar, of which only when, whether and their UIDs are asked for."""
    asked = {
        "startDateTime": _iso(start),
        "endDateTime": _iso(end),
        "$select": "start,end,showAs,isCancelled,iCalUId",
        "$top": "200",
    }
    found: Times = []
    address = f"{provider.api_url}?{urlencode(asked)}"
    for _page in range(MOST_PAGES):
        said = _asked(exchange, address, access, headers={"Prefer": 'outlook.timezone="UTC"'})
        for each in said.get("value", []):
            is_own = str(each.get("iCalUId", "")).lower() in own
            if not is_own and not each.get("isCancelled") and each.get("showAs") not in FREE:
                found.append((_instant(each["start"]["dateTime"]), _instant(each["end"]["dateTime"])))
        address = said.get("@odata.nextLink", "")
        if not address:
            return found
        if urlsplit(address).netloc != urlsplit(provider.api_url).netloc:
            # The token is for this server only.
            raise FetchProblem("redirects")
    raise FetchProblem("large")


def _asked(exchange: Exchange, address: str, access: str, *, headers: dict[str, str], body: bytes | None = None) -> Any:
    status, content = exchange(address, headers={"Authorization": f"Bearer {access}", **headers}, body=body)
    if status in (401, 403):
        raise Revoked
    if status != 200:
        raise FetchProblem("status", str(status))
    return _json(content)


def busy(
    provider: Provider, access: str, *, start: datetime, end: datetime, own: frozenset[str], exchange: Exchange
) -> Times:
    """When the account's owner is busy. Raises Revoked and FetchProblem."""
    try:
        found = provider.busy(provider, access, start, end, own, exchange)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FetchProblem("broken") from error
    return sorted((begins, ends) for begins, ends in found if begins < ends)


def _json(content: bytes) -> Any:
    try:
        said = json.loads(content)
    except ValueError as error:
        raise FetchProblem("broken") from error
    if not isinstance(said, dict):
        raise FetchProblem("broken")
    return said


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _instant(text: str) -> datetime:
    # Microsoft writes seven digits of a second, which no Python before 3.11 reads, and no zone: UTC, as it was asked to.
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


PROVIDERS: dict[str, Provider] = {
    "google": Provider(
        key="google",
        name="Google",
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106  (an address)
        api_url="https://www.googleapis.com/calendar/v3/freeBusy",
        scope="https://www.googleapis.com/auth/calendar.freebusy",
        busy=_google,
        # Google gives what brings new tokens only when it is asked to ask.
        more={"access_type": "offline", "prompt": "consent"},
    ),
    "microsoft": Provider(
        key="microsoft",
        name="Microsoft",
        authorize_url="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        token_url="https://login.microsoftonline.com/common/oauth2/v2.0/token",  # noqa: S106  (an address)
        api_url="https://graph.microsoft.com/v1.0/me/calendarView",
        scope="offline_access https://graph.microsoft.com/Calendars.ReadBasic",
        busy=_microsoft,
    ),
}
