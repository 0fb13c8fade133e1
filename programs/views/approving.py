"""Deciding about a sign-up as a line manager, and signing somebody up as an admin."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rules import allowed

from .. import services
from ..forms import ReasonForm
from ..forms.planning import AddPersonForm
from ..models import Enrolment, Program
from ..services import approving, planning
from ..services.problems import ProgramProblem
from ..wording import rhythm
from .posting import posted
from .programs import trail

PER_PAGE = 50


@require_safe
def approval_list(request, org):
    """What waits for somebody as a line manager, whatever else they may do here."""
    page = Paginator(approving.waiting_for(request.member), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "programs/approval_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
def enrolment_approval(request, org, pk):
    """What a line manager is asked: may this person take part? They see nothing of what was written at sign-up."""
    enrolment = get_object_or_404(Enrolment.objects.select_related("program", "member__manager", "decided_by"), pk=pk)
    if not approving.may_decide(enrolment, by=request.member):
        raise PermissionDenied
    program, person = enrolment.program, enrolment.member
    is_open = enrolment.status == Enrolment.Status.APPLIED and program.status != Program.Status.CLOSED
    form = ReasonForm(
        posted(request),
        help_text=_("Only if you say no. You may leave it empty."),
        visible_to=_("%(name)s and programme admins") % {"name": person.name},
    )
    if form.is_valid() and is_open:
        try:
            if request.POST.get("answer") == "yes":
                enrolment = services.approve(enrolment, by=request.member)
                text = (
                    _("%(name)s is on the waiting list and has been told.")
                    if enrolment.status == Enrolment.Status.WAITING
                    else _("%(name)s takes part and has been told.")
                )
            elif request.POST.get("answer") == "no":
                services.decline_enrolment(enrolment, reason=form.cleaned_data["reason"], by=request.member)
                text = _("%(name)s has been told.")
            else:
                text = ""
        except ProgramProblem as problem:
            messages.error(request, str(problem))
        else:
            if text:
                messages.success(request, text % {"name": person.name})
            else:
                messages.warning(request, _("Say yes or no."))
        return redirect("programs:approval", org=org, pk=pk)
    context = {
        "enrolment": enrolment,
        "program": program,
        "person": person,
        "form": form,
        "is_open": is_open,
        "rhythm": rhythm(program),
        "trail": trail(request, program),
    }
    return render(request, "programs/enrolment_approval.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def enrolment_add(request, org, pk):
    """Sign somebody up; who does not meet the rules gets in with a reason."""
    program = get_object_or_404(Program.objects.running(), pk=pk)
    form = AddPersonForm(posted(request), program=program, find=planning.found_by)
    if form.is_valid():
        person, role = form.cleaned_data["person"], form.cleaned_data["role"]
        try:
            enrolment = services.enrol(
                program, person, role=role, skills=form.cleaned_data["skills"],
                despite=form.cleaned_data["despite"], by=request.member,
            )  # fmt: skip
        except services.NotEligible as refusal:
            form.add_error(None, str(refusal))
            if services.why_not(program, person, role=role, despite_rules=True) == "":
                form.add_error(
                    "despite", _("Say why, if %(name)s is to take part all the same.") % {"name": person.name}
                )
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("%(name)s is signed up and has been told.") % {"name": person.name})
            return redirect("programs:enrolment", org=org, pk=enrolment.pk)
    context = {
        "form": form,
        "program": program,
        "trail": [
            *trail(request, program), {"label": _("People"), "url": reverse("programs:enrolments", args=[org, pk])},
        ],
    }  # fmt: skip
    return render(request, "programs/enrolment_add.html", context, status=422 if form.errors else 200)
