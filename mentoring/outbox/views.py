"""The letters that could not be sent: to whom, why, and a way to try again. What they say is shown to nobody."""

from typing import Any

import rules
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from . import services
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
    letter = get_object_or_404(Message.objects.exclude(kind__in=CONFIDENTIAL), pk=pk)
    try:
        services.send_again(letter)
    except services.CannotSendAgain as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The letter to %(address)s is on its way.") % {"address": letter.recipient})
    return redirect("outbox:list", org=org)
