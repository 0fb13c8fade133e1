"""Turns in the life of a mentorship: a pause, a longer time, lessons, and the second look of an admin."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rules import allowed

from ..forms.along import ExtendForm, LessonsForm, PauseForm
from ..models import Mentorship
from ..services import lifelines, rechecking
from ..services.problems import ProgramProblem
from .finding import find_own
from .posting import posted


@require_http_methods(["GET", "POST"])
def mentorship_pause(request, org, pk):
    """Let it rest; `resume=1` goes on."""
    mentorship, context = find_own(request, pk, admins=True)
    if request.POST.get("resume"):
        lifelines.resume(mentorship, by=request.member)
        messages.success(request, _("It goes on. A good moment to book the next session."))
        return redirect("programs:mentorship", org=org, pk=pk)
    if not context["is_active"] or (mentorship.paused_at and request.method == "GET"):
        return redirect("programs:mentorship", org=org, pk=pk)
    form = PauseForm(posted(request))
    if form.is_valid():
        try:
            lifelines.pause(mentorship, until=form.cleaned_data["until"], by=request.member)
        except ProgramProblem as problem:
            form.add_error("until", str(problem))
        else:
            messages.success(request, _("It is paused. Nobody is reminded of anything until it goes on."))
            return redirect("programs:mentorship", org=org, pk=pk)
    context |= {"form": form}
    return render(request, "programs/mentorship_pause.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def mentorship_extend(request, org, pk):
    mentorship, context = find_own(request, pk, admins=True)
    if not context["is_active"]:
        return redirect("programs:mentorship", org=org, pk=pk)
    last_day = lifelines.end_of(mentorship)
    form = ExtendForm(posted(request), initial={"to": last_day})
    if form.is_valid():
        try:
            mentorship = lifelines.extend(mentorship, to=form.cleaned_data["to"], by=request.member)
        except ProgramProblem as problem:
            form.add_error("to", str(problem))
        else:
            day = date_format(form.cleaned_data["to"], "j F Y")
            messages.success(request, _("It is now meant to end on %(day)s.") % {"day": day})
            return redirect("programs:mentorship", org=org, pk=pk)
    context |= {"form": form, "last_day": last_day}
    return render(request, "programs/mentorship_extend.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def mentorship_lessons(request, org, pk):
    """After the end: what to do otherwise with the next one, for programme admins."""
    mentorship, context = find_own(request, pk)
    if mentorship.status not in (Mentorship.Status.ENDED, Mentorship.Status.COMPLETED):
        return redirect("programs:mentorship", org=org, pk=pk)
    form = LessonsForm(posted(request))
    if form.is_valid():
        lifelines.add_lessons(mentorship, text=form.cleaned_data["text"], by=request.member)
        messages.success(request, _("Thank you. Programme admins read it when they look for somebody new."))
        return redirect("programs:mentorship", org=org, pk=pk)
    context |= {"form": form}
    return render(request, "programs/mentorship_lessons.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("programs.manage")
def mentorship_keep(request, org, pk):
    """An admin has looked at it, and leaves it as it is."""
    mentorship, _context = find_own(request, pk, admins=True)
    rechecking.keep(mentorship, by=request.member)
    messages.success(request, _("Kept as it is. The same reason is not raised again."))
    return redirect("programs:mentorship", org=org, pk=pk)
