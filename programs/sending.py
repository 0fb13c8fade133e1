"""A form that is sent twice is one: a double click, a page that is sent again by the back button, a line that dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from .models import SentForm

KEPT = timedelta(days=1)
MARK_OF_PAGE = "csrfmiddlewaretoken"

View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """A view that makes something: the same page with the same words makes it once and answers alike.

    Each page has a token of its own in its forms, so whoever opens the form anew may say the same again. Two at once
    wait for each other; what was refused may come again.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or not request.POST.get(MARK_OF_PAGE):
            return view(request, *args, **kwargs)
        with transaction.atomic():
            now = timezone.now()
            own = SentForm.objects.filter(member=request.member)  # type: ignore[attr-defined]  # set by the gate
            own.filter(sent_at__lte=now - KEPT).delete()
            sent, is_new = own.get_or_create(
                key=_key(request),
                defaults={"member": request.member, "sent_at": now},  # type: ignore[attr-defined]  # as above
            )
            if not is_new:
                return redirect(sent.location)
            response = view(request, *args, **kwargs)
            if response.status_code == 302:
                sent.location = response["Location"]
                sent.save(update_fields=["location"])
            else:
                sent.delete()
            return response

    return guarded


def _key(request: HttpRequest) -> str:
    made = sha256(f"{settings.SECRET_KEY}{request.path}".encode())
    for name in sorted(request.POST):
        made.update(f"\0{name}\0{request.POST.getlist(name)!r}".encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            made.update(f"\0{name}\0{file.name}\0{file.size}\0".encode())
            made.update(file.read())
            file.seek(0)
    return made.hexdigest()
