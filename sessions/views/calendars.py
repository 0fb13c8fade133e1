"""Somebody's own calendar: feeds of their sessions, the calendars that are read, and where they meet."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import hash_token
from mentoring.tenancy.scope import current_organisation_id, organisation_scope

from .. import feeds, services, tasks
from ..busy import providers
from ..calendar_forms import AddCalendarForm, MeetingLinkForm
from ..models import BusyCalendar, CalendarSettings

# Calendar programs ask once an hour; somebody who tries things out asks a little more often.
FEED_REQUESTS_PER_MINUTE = 20
MINUTE = 60
# Where the session keeps who was sent to which provider.
CONNECTING = "connecting_calendar"


@never_cache
@require_safe
def calendar(request, org):
    """Show a member what they have set up for their calendar."""
    return _page(request)


@never_cache
@require_POST
def calendar_feed(request, org, kind):
    """Make an address of one's own sessions, put another in its place, or take it back. It is shown this once."""
    if kind not in services.FEED_FIELDS:
        raise Http404
    if "remove" in request.POST:
        services.remove_feed(request.member, kind=kind, by=request.member)
        messages.success(request, _("Taken back. Calendars that use this address get nothing any more."))
        return redirect("sessions:calendar", org=org)
    token = services.make_feed(request.member, kind=kind, by=request.member)
    address = settings.SITE_URL + reverse("calendar_feed", args=[token])
    return _page(request, made={"kind": kind, "address": address})


@never_cache
@require_POST
def calendar_add(request, org):
    """Have a calendar read from now on."""
    form = AddCalendarForm(request.POST)
    if form.is_valid():
        try:
            added = services.add_calendar(request.member, **form.cleaned_data, by=request.member)
        except services.SessionProblem as problem:
            form.add_error("address", str(problem))
        else:
            _read_soon(added)
            messages.success(
                request, _("Added. It is being read now; from then on you are not booked when it is full.")
            )
            return redirect("sessions:calendar", org=org)
    return _page(request, add_form=form)


@never_cache
@require_safe
def calendar_connect(request, org, provider):
    """Send a member to their provider, to allow the reading of when they are busy.

    A link, not a form: the page's policy lets no form lead to another site.
    """
    client = services.client_of(provider)
    if client is None:
        messages.error(request, _("Accounts of this kind can’t be connected here."))
        return redirect("sessions:calendar", org=org)
    state, verifier = secrets.token_urlsafe(24), providers.new_verifier()
    request.session[CONNECTING] = {"state": state, "verifier": verifier, "provider": provider, "org": org}
    address = providers.authorize_url(providers.PROVIDERS[provider], client, state=state, verifier=verifier)
    return redirect(address)


@never_cache
@require_safe
def came_back(request, provider):
    """Where providers send people back to, the same for all organisations: on to the one that they came from."""
    org = request.session.get(CONNECTING, {}).get("org")
    if not org:
        raise Http404
    address = reverse("sessions:calendar_connected", kwargs={"org": org, "provider": provider})
    return redirect(f"{address}?{request.META['QUERY_STRING']}")


@never_cache
@require_safe
def calendar_connected(request, org, provider):
    """Take what a member brings back from their provider, once, and only in the browser that was sent there."""
    asked = request.session.pop(CONNECTING, {})
    is_ours = (asked.get("provider"), asked.get("org")) == (provider, org) and secrets.compare_digest(
        asked["state"].encode(), request.GET.get("state", "").encode()
    )
    if not is_ours or not request.GET.get("code"):
        messages.warning(request, _("The account was not connected."))
        return redirect("sessions:calendar", org=org)
    try:
        added = services.connect_calendar(
            request.member, provider=provider, code=request.GET["code"], verifier=asked["verifier"], by=request.member
        )
    except services.SessionProblem as problem:
        messages.error(request, str(problem))
        return redirect("sessions:calendar", org=org)
    _read_soon(added)
    messages.success(request, _("Connected. It is being read now; from then on you are not booked when it is full."))
    return redirect("sessions:calendar", org=org)


@never_cache
@require_POST
def calendar_remove(request, org, pk):
    """Read a calendar no more, and forget what was read."""
    services.remove_calendar(
        get_object_or_404(BusyCalendar.objects.select_related("member"), pk=pk, member=request.member),
        by=request.member,
    )
    messages.success(request, _("Removed, with everything that was read from it."))
    return redirect("sessions:calendar", org=org)


@never_cache
@require_POST
def calendar_link(request, org):
    """Keep where somebody meets people by video."""
    form = MeetingLinkForm(request.POST)
    if form.is_valid():
        services.set_meeting_link(request.member, link=form.cleaned_data["meeting_link"], by=request.member)
        messages.success(request, _("Saved. It is proposed when a session with you is booked."))
        return redirect("sessions:calendar", org=org)
    return _page(request, link_form=form)


@require_safe
def feed(request, token):
    """Hand out somebody's sessions to whoever has the address; to everybody else there is nothing here."""
    organisation = feeds.organisation_of(token)
    if organisation is None:
        raise Http404
    if wait := _too_many(token):
        return HttpResponse(status=429, headers={"Retry-After": str(wait)})
    with organisation_scope(organisation):
        found = feeds.feed_of(token)
        if found is None:
            raise Http404
        content = feeds.write_feed(found)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="mentoring.ics"',
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response)


def _read_soon(added: BusyCalendar) -> None:
    ids = {"organisation_id": current_organisation_id(), "calendar_id": added.pk}
    # Should it be lost on the way, the next round reads the calendar.
    transaction.on_commit(lambda: tasks.read_calendar.apply_async(kwargs=ids), robust=True)


def _too_many(token: str) -> int:
    """For how many seconds this address is not to be asked again; 0 when it may."""
    name = f"feed-requests:{hash_token(token)}:{int(time.time() // MINUTE)}"
    cache.add(name, 0, timeout=2 * MINUTE)
    try:
        count = cache.incr(name)
    except ValueError:
        # Thrown out of a full cache between the two calls.
        return 0
    return int(MINUTE - time.time() % MINUTE) + 1 if count > FEED_REQUESTS_PER_MINUTE else 0


def _page(
    request: HttpRequest,
    *,
    add_form: AddCalendarForm | None = None,
    link_form: MeetingLinkForm | None = None,
    made: dict[str, str] | None = None,
) -> HttpResponse:
    member: Any = request.member  # type: ignore[attr-defined]  # set by the gate
    own = CalendarSettings.objects.filter(member=member).first()
    link = own.meeting_link if own else ""
    context = {
        "feeds": [
            {
                "kind": services.FULL,
                "name": _("Your sessions"),
                "text": _("With whom, what about and where. For your own calendar."),
                "is_on": bool(own and own.feed_hash),
                "made": made["address"] if made and made["kind"] == services.FULL else "",
            },
            {
                "kind": services.BUSY,
                "name": _("Only when you are busy"),
                "text": _("Times and nothing else. To pass on to others."),
                "is_on": bool(own and own.busy_feed_hash),
                "made": made["address"] if made and made["kind"] == services.BUSY else "",
            },
        ],
        "made": made,
        "calendars": [
            {"calendar": each, "problem": services.problem_text(each)}
            for each in BusyCalendar.objects.filter(member=member)
        ],
        "add_form": add_form or AddCalendarForm(),
        "link_form": link_form or MeetingLinkForm(initial={"meeting_link": link}),
        "link": link,
        "providers": [each for each in providers.PROVIDERS.values() if services.client_of(each.key)],
    }
    failed = bool((add_form and add_form.errors) or (link_form and link_form.errors))
    return render(request, "sessions/calendar_settings.html", context, status=422 if failed else 200)
