"""Templates that an organisation keeps of its programmes, and copies of earlier ones."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rules import allowed

from .. import services
from ..forms import TemplateForm
from ..models import Program, ProgramTemplate
from .posting import posted
from .programs import trail


@require_POST
@allowed("programs.manage")
def program_copy(request, org, pk):
    """A draft like this programme, a year or more later; its name is asked first."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    try:
        draft = services.copy_program(program, by=request.member)
    except services.ProgramProblem as problem:
        messages.error(request, str(problem))
        return redirect("programs:detail", org=org, pk=pk)
    messages.success(request, _("Copied, without its people. Give it a name, and look at the days."))
    return redirect(f"{reverse('programs:wizard', args=[org, draft.pk, 'objective'])}?then=check")


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def template_create(request, org, pk):
    """Keep a programme as a template."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    form = TemplateForm(posted(request), initial={"name": program.name})
    if form.is_valid():
        try:
            services.save_template(program, by=request.member, **form.cleaned_data)
        except services.ProgramProblem as problem:
            form.add_error("name", str(problem))
        else:
            messages.success(request, _("Saved. You find it where a new programme begins."))
            return redirect("programs:detail", org=org, pk=pk)
    context = {"form": form, "program": program, "trail": trail(request, program)}
    return render(request, "programs/template_create.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def template_edit(request, org, pk):
    template = get_object_or_404(ProgramTemplate, pk=pk)
    form = _template_form(template, posted(request), by=request.member)
    if form.is_valid():
        try:
            services.change_template(template, by=request.member, **form.cleaned_data)
        except services.ProgramProblem as problem:
            form.add_error("name", str(problem))
        else:
            _template_form(template, by=request.member).remember()
            messages.success(request, _("Saved."))
            return redirect("programs:start", org=org)
    context = {"form": form, "template": template, "trail": trail(request)}
    return render(request, "programs/template_edit.html", context, status=422 if form.errors else 200)


def _template_form(template, data=None, *, by):
    initial = {"name": template.name, "description": template.description}
    return TemplateForm(data, initial=initial, about=template, by=by)


@require_POST
@allowed("programs.manage")
def template_remove(request, org, pk):
    template = get_object_or_404(ProgramTemplate, pk=pk)
    services.remove_template(template, by=request.member)
    messages.success(request, _("The template “%(name)s” is gone.") % {"name": template.name})
    return redirect("programs:start", org=org)
