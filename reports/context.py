"""The main navigation: what each role comes for."""

from functools import cache, partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.rules import allows
from mentoring.outbox.telling import MOST_UNREAD, unread_count

# Pages that belong to another entry than their app's.
UNDER = {
    "accounts:logo": "accounts:settings",
    "accounts:api_key_create": "accounts:settings",
    "accounts:api_key_revoke": "accounts:settings",
    "outbox:list": "accounts:member_list",
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    organisation = getattr(request, "organisation", None)
    if organisation is None:
        return {"nav": []}
    member = request.member  # type: ignore[attr-defined]  # set by the gate
    # Programme admins see how programmes do; what HR sees of everybody else is not for them.
    reports = "reports:overview" if allows(member, "reports.view") else "reports:program_health"
    entries = [
        (_("Home"), "reports:home", "house", None),
        (_("Programmes"), "programs:list", "sprout", None),
        (_("Sessions"), "sessions:list", "calendar", None),
        (_("Notifications"), "outbox:told", "bell", None),
        (_("People"), "accounts:member_list", "users", "people.view"),
        (
            _("Reports"),
            reports,
            "chart-line",
            "programs.manage" if reports == "reports:program_health" else "reports.view",
        ),
        (_("Settings"), "accounts:settings", "settings", "organisation.manage"),
    ]
    app = request.resolver_match.app_name if request.resolver_match else ""
    # Matching is part of a programme.
    app = "programs" if app == "matching" else app
    name = request.resolver_match.view_name if request.resolver_match else ""
    name = UNDER.get(name, name)
    nav = []
    for label, view_name, icon, permission in entries:
        if permission and not allows(member, permission):
            continue
        url = reverse(view_name, kwargs={"org": organisation.slug})
        # An app's entry stays lit on every page of the app, unless another entry is the very page.
        exact = name == view_name
        inside = (
            app == view_name.split(":")[0]
            and view_name not in ("reports:home", "accounts:settings")
            and name != "reports:home"
        )
        nav.append({"label": label, "url": url, "icon": icon, "current": exact, "inside": inside})
        if view_name == "outbox:told":
            # Asked when the navigation is drawn, which parts of pages don't do.
            nav[-1]["count"] = cache(partial(_unread, member.email))
    if not any(entry["current"] for entry in nav):
        for entry in nav:
            if entry["inside"]:
                entry["current"] = True
                break
    return {"nav": nav}


def _unread(address: str) -> str:
    """How many things somebody was told and hasn't read; empty for none."""
    count = unread_count(address)
    return "" if not count else f"{MOST_UNREAD - 1}+" if count >= MOST_UNREAD else str(count)
