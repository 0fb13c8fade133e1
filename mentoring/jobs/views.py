"""The page of one job: how far it is, what came of it, and a way to stop it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import rules
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from . import services
from .models import Job


def needs(permission: str) -> Callable[..., Any]:
    """Who may watch and cancel jobs is for the apps above to say: they give "jobs.watch" and "jobs.cancel"."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not rules.has_perm(permission, request.member):  # type: ignore[attr-defined]  # set by the gate
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


@never_cache
@require_safe
@needs("jobs.watch")
def job_detail(request: Any, org: str, pk: int) -> HttpResponse:
    """Show one job; while it isn't finished the page asks again every second. `?next=` is where to go afterwards."""
    job = get_object_or_404(Job, pk=pk)
    if request.htmx:
        return render(request, "jobs/progress.html", {"job": job})
    return render(request, "jobs/job_detail.html", {"job": job, "next": _next(request)})


@require_POST
@needs("jobs.cancel")
def job_cancel(request: Any, org: str, pk: int) -> HttpResponse:
    """Ask the job to stop, and go back to where it is watched."""
    services.cancel_job(get_object_or_404(Job, pk=pk))
    return redirect(_next(request) or reverse("jobs:detail", args=[org, pk]))


def _next(request: Any) -> str:
    """An address of ours that the visitor asked to go to, or nothing."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else ""
