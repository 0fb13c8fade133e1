"""What people of a mentorship have promised each other to do."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from programs.models import Mentorship

from ..agenda_forms import ActionForm
from ..models import ActionItem, Session
from ..services import actions as services
from ..services.problems import SessionProblem
from .sessions import sent, sides

PER_PAGE = 20


@never_cache
@require_http_methods(["GET", "POST"])
def actions(request, org, pk):
    """Show what is open and what is done in a mentorship, and add to it."""
    member = request.member
    mentorship = get_object_or_404(Mentorship.objects.involving(member).select_related("program"), pk=pk)
    # Sent from a session's page, it belongs to that session, and one returns there.
    number = request.POST.get("session", "")
    session = None
    if number:
        of_it = Session.objects.filter(mentorship=mentorship)
        session = get_object_or_404(of_it, pk=number if number.isdecimal() and len(number) < 19 else 0)
    form = ActionForm(sent(request), people=services.people_of(mentorship), by=member)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_action(mentorship, session=session, **form.cleaned_data, by=member)
        except SessionProblem as problem:
            form.add_error("text", str(problem))
        else:
            messages.success(request, _("Added."))
            if session is not None:
                return redirect(reverse("sessions:detail", args=[org, session.pk]) + "#actions")
            return redirect("sessions:actions", org=org, pk=pk)
    done = ActionItem.objects.filter(mentorship=mentorship, done_at__isnull=False).select_related("owner")
    context = {
        "mentorship": mentorship,
        "form": form,
        "session": session,
        "actions": services.actions_of(mentorship),
        "page": Paginator(done.order_by("-done_at", "-id"), PER_PAGE).get_page(request.GET.get("page")),
        "today": timezone.now().astimezone(member.zone).date(),
        **sides(mentorship, member),
    }
    return render(request, "sessions/action_list.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def action(request, org, pk):
    """Tick an action off, take the tick back, or remove it."""
    member = request.member
    own = Mentorship.objects.involving(member)
    item = get_object_or_404(ActionItem.objects.filter(mentorship__in=own).select_related("mentorship"), pk=pk)
    try:
        if request.POST.get("do") == "remove":
            services.remove_action(item, by=member)
        elif request.POST.get("do") in ("done", "open"):
            services.tick_action(item, done=request.POST["do"] == "done", by=member)
    except SessionProblem as problem:
        messages.warning(request, str(problem))
    number = request.POST.get("session", "")
    if number.isdecimal() and len(number) < 19:
        return redirect(reverse("sessions:detail", args=[org, int(number)]) + "#actions")
    if request.POST.get("back") == "mentorship":
        return redirect(reverse("programs:mentorship", args=[org, item.mentorship_id]) + "#actions")
    return redirect("sessions:actions", org=org, pk=item.mentorship_id)
