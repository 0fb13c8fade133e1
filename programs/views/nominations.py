"""Putting somebody forward for a programme: managers those who report to them, programme admins anybody."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.rules import allows

from .. import services
from ..forms import NominationForm
from .posting import posted
from .programs import find_program, trail


@require_http_methods(["GET", "POST"])
def program_nominate(request, org, pk):
    """Name somebody, and say why."""
    program = find_program(request, pk)
    if not program.takes_nominations:
        raise Http404
    if not allows(request.member, "programs.manage") and not request.member.reports.exists():
        raise PermissionDenied
    form = NominationForm(posted(request), program=program, by=request.member)
    if form.is_valid():
        person = form.cleaned_data["person"]
        try:
            services.nominate(
                program, person, role=form.cleaned_data["role"], reason=form.cleaned_data["reason"], by=request.member
            )
        except services.ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("%(name)s is nominated, and has been told.") % {"name": person.name})
            return redirect("programs:detail", org=org, pk=pk)
    context = {
        "form": form,
        "program": program,
        "closed": services.why_closed(program),
        "trail": trail(request, program),
    }
    return render(request, "programs/program_nominate.html", context, status=422 if form.errors else 200)
