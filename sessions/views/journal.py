"""The reflection journal of a mentorship: one's own, and nobody else's."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programs.models import Mentorship, Participant

from ..agenda_forms import JournalForm
from ..models import JournalEntry
from ..services import journal as services
from ..services.problems import SessionProblem
from .sessions import sent, sides

PER_PAGE = 20


@never_cache
@require_http_methods(["GET", "POST"])
def journal(request, org, pk):
    """Read one's own journal of a mentorship, and write into it."""
    member = request.member
    mentorship = _mentorship(member, pk)
    form = JournalForm(sent(request))
    if form.is_valid() and _does(form, services.write_entry, mentorship, text=form.cleaned_data["text"], by=member):
        messages.success(request, _("Written. Only you can read it."))
        return redirect("sessions:journal", org=org, pk=pk)
    page = Paginator(services.entries_of(mentorship, by=member), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "mentorship": mentorship,
        "form": form,
        "page": page,
        "entries": [services.opened(entry, by=member) for entry in page],
        **sides(mentorship, member),
    }
    return render(request, "sessions/journal.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def journal_entry(request, org, pk):
    """Change an entry, or remove it with `do=remove`."""
    member = request.member
    entry = get_object_or_404(JournalEntry.objects.filter(author=member), pk=pk)
    mentorship = _mentorship(member, entry.mentorship_id)
    if request.POST.get("do") == "remove":
        services.remove_entry(entry, by=member)
        messages.success(request, _("The entry is gone."))
        return redirect("sessions:journal", org=org, pk=mentorship.pk)
    shown = services.opened(entry, by=member)
    form = JournalForm(sent(request), initial={"text": shown.text or ""})
    if form.is_valid() and _does(form, services.change_entry, entry, text=form.cleaned_data["text"], by=member):
        messages.success(request, _("Changed. Only you can read it."))
        return redirect("sessions:journal", org=org, pk=mentorship.pk)
    context = {"mentorship": mentorship, "form": form, "entry": shown, **sides(mentorship, member)}
    return render(request, "sessions/journal_entry.html", context, status=422 if form.errors else 200)


def _mentorship(member, pk):
    # Also one that has ended, or that one has left: what one wrote stays one's own.
    own = Participant.objects.filter(enrolment__member=member).values("mentorship_id")
    begun = Mentorship.objects.filter(pk__in=own, started_at__isnull=False)
    return get_object_or_404(begun.select_related("program"), pk=pk)


def _does(form: forms.Form, service, *args, **kwargs) -> bool:
    try:
        service(*args, **kwargs)
    except SessionProblem as problem:
        form.add_error("text", str(problem))
    return not form.errors
