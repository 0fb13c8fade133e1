"""What counts in a programme's matching: the page on which an admin decides it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.rules import allowed
from programs.forms import CriteriaForm
from programs.models import Program
from programs.services import ProgramProblem, change_program

from .shared import frame


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def criteria(request: Any, org: str, pk: int) -> HttpResponse:
    """What counts when pairs are compared, and what forbids them; it holds from the next run on."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    form = CriteriaForm(request.POST if request.method == "POST" else None, program=program)
    if form.is_valid():
        try:
            change_program(program, by=request.member, **form.fields_to_save())
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(
                request, _("Saved. It holds from the next run on: run matching again to see what changes.")
            )
            return redirect("matching:board", org=org, pk=pk)
    context = {**frame(request, program, "criteria"), "form": form}
    return render(request, "matching/criteria.html", context, status=422 if form.errors else 200)
