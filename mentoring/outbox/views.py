"""The letters that could not be sent, for who looks after them; and for everybody, what they themselves were told."""

from typing import Any

import rules
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import services, telling
from .kinds import CONFIDENTIAL
from .models import Message

PER_PAGE = 50


def _require(request: Any) -> None:
    """Who looks after letters is for the apps above to say: they give "letters.manage"."""
    if not rules.has_perm("letters.manage", request.member):
        raise PermissionDenied


@never_cache
@require_safe
def letter_list(request: HttpRequest, org: str) -> HttpResponse:
    _require(request)
    page = Paginator(services.not_sent(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "outbox/letter_list.html", {"page": page})


@require_POST
def letter_retry(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    _require(request)
    letter: Message = get_object_or_404(Message.objects.exclude(kind__in=CONFIDENTIAL), pk=pk)
    try:
        services.send_again(letter)
    except services.CannotSendAgain as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The letter to %(address)s is on its way.") % {"address": letter.recipient})
    return redirect("outbox:list", org=org)


@never_cache
@require_http_methods(["GET", "POST"])
def told(request: HttpRequest, org: str) -> HttpResponse:
    """What the reader was told, the latest first; a post marks all of it as read."""
    address = request.member.email  # type: ignore[attr-defined]  # set by the gate
    if request.method == "POST":
        telling.mark_read(address)
        return redirect("outbox:told", org=org)
    page = Paginator(telling.told(address) if address else Message.objects.none(), PER_PAGE).get_page(
        request.GET.get("page")
    )
    has_unread = any(letter.read_at is None for letter in page)
    return render(request, "outbox/told.html", {"page": page, "has_unread": has_unread})


@never_cache
@require_safe
def told_open(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Go to the page that it is about; it is read then."""
    address = request.member.email  # type: ignore[attr-defined]  # set by the gate
    letter = get_object_or_404(telling.told(address), pk=pk)
    telling.mark_read(address, pk=letter.pk)
    is_ours = letter.path and url_has_allowed_host_and_scheme(letter.path, allowed_hosts=None)
    return redirect(letter.path) if is_ours else redirect("outbox:told", org=org)
