"""What a programme gives its people to read: the pages of its admins, and the page “Prepare”."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import allowed, allows
from mentoring.files.checking import FileProblem
from mentoring.files.models import StoredFile
from mentoring.files.serving import attachment

from ..forms.resources import ResourceForm
from ..marked_text import to_html
from ..models import Enrolment, Program, Resource
from ..panels import tabs_of_program
from ..services import resources as services
from ..services.problems import ChangedMeanwhile, ProgramProblem
from .posting import posted
from .programs import trail


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def resource_list(request, org, pk):
    """All resources of a programme; a post adds the guides of its format, or says whether training is required."""
    program = get_object_or_404(Program, pk=pk)
    if request.method == "POST":
        if request.POST.get("guides"):
            services.give_guides(program)
            messages.success(request, _("The guides are there. Change them as you like."))
        elif request.POST.get("training") in ("on", "off"):
            is_on = request.POST["training"] == "on"
            services.require_training(program, required=is_on, by=request.member)
            messages.success(
                request,
                _("Nobody is matched any more before they have read what is required.")
                if is_on
                else _("People are matched whether they have read it or not."),
            )
        return redirect("programs:resources", org=org, pk=pk)
    found = list(services.resources_of(program))
    have = {each.role for each in found if each.is_guide}
    context = {
        "program": program,
        "resources": found,
        "training": [
            (program.parts[each.role].plural, each)
            for each in services.training_of(program)
            if each.role in program.parts
        ],
        "has_required": any(each.required for each in found),
        "guides_missing": any(part.guide and role not in have for role, part in program.parts.items()),
        "tabs": tabs_of_program(program, by=request.member, current="resources"),
        "trail": trail(request, program),
    }
    return render(request, "programs/resource_list.html", context)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def resource_create(request, org, pk):
    program = get_object_or_404(Program, pk=pk)
    form = ResourceForm(posted(request), request.FILES or None, program=program)
    if form.is_valid():
        try:
            services.add_resource(
                program, upload=form.cleaned_data["upload"], by=request.member, **form.fields_to_save()
            )
        except FileProblem as problem:
            form.add_error("upload", str(problem))
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The resource is there for everybody it is for."))
            return redirect("programs:resources", org=org, pk=pk)
    return _form(request, program, form)


@never_cache
@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def resource_edit(request, org, pk):
    resource = _find(pk)
    program, status = resource.program, 200
    form = ResourceForm(
        posted(request), request.FILES or None, program=program, instance=resource,
        initial={"version": services.version_of(resource)},
    )  # fmt: skip
    if form.is_valid():
        try:
            services.change_resource(
                resource,
                version=form.cleaned_data["version"],
                upload=form.cleaned_data["upload"],
                by=request.member,
                **form.fields_to_save(),
            )
        except FileProblem as problem:
            form.add_error("upload", str(problem))
        except ChangedMeanwhile as problem:
            data = form.data.copy()
            data["version"] = services.version_of(resource)
            form.data, status = data, 409
            form.add_error(None, str(problem))
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("programs:resources", org=org, pk=program.pk)
    return _form(request, program, form, resource=resource, status=status)


def _form(request, program, form, *, resource=None, status=200):
    org = request.organisation.slug
    here = {"label": _("Resources"), "url": reverse("programs:resources", args=[org, program.pk])}
    context = {"program": program, "form": form, "resource": resource, "trail": [*trail(request, program), here]}
    if status == 409:
        context["now"] = resource
    elif form.errors:
        status = 422
    return render(request, "programs/resource_form.html", context, status=status)


@require_POST
@allowed("programs.manage")
def resource_move(request, org, pk):
    resource = _find(pk)
    services.move_resource(resource, up=bool(request.POST.get("up")), by=request.member)
    return redirect("programs:resources", org=org, pk=resource.program_id)


@require_POST
@allowed("programs.manage")
def resource_remove(request, org, pk):
    resource = _find(pk)
    services.remove_resource(resource, by=request.member)
    messages.success(request, _("“%(title)s” is removed.") % {"title": resource.title})
    return redirect("programs:resources", org=org, pk=resource.program_id)


@never_cache
@require_safe
def prepare(request, org, pk):
    """What somebody who takes part should read: their guide first, then by stage."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    enrolment = _enrolment(request, program)
    if enrolment is None:
        if allows(request.member, "programs.manage"):
            return redirect("programs:resources", org=org, pk=pk)
        raise PermissionDenied
    found = services.for_reader(program, enrolment.role, request.member)
    guide = next((each for each in found if each.is_guide), None)
    stages = {}
    for each in sorted(
        (each for each in found if each is not guide),
        key=lambda each: (each.stage.position, each.stage_id) if each.stage else (-1, 0),
    ):
        stages.setdefault(each.stage, []).append(each)
    required = [each for each in found if each.required]
    context = {
        "program": program,
        "own": enrolment,
        "guide": guide,
        "guide_html": to_html(guide.body) if guide else "",
        "groups": list(stages.items()),
        "required": len(required),
        "required_done": sum(each.is_read for each in required),
        "trail": trail(request, program),
    }
    return render(request, "programs/prepare.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def resource(request, org, pk):
    """One resource to read; a post marks it as read, or takes that back with `unread=1`."""
    found, enrolment = _readable(request, pk)
    if request.method == "POST":
        services.mark_read(found, read=not request.POST.get("unread"), by=request.member)
        return redirect("programs:prepare", org=org, pk=found.program_id)
    context = {
        "program": found.program,
        "resource": found,
        "html": to_html(found.body),
        "own": enrolment,
        "is_read": bool(services.read_by(request.member, [found])),
        "trail": [
            *trail(request, found.program),
            {"label": _("Prepare"), "url": reverse("programs:prepare", args=[org, found.program_id])},
        ],
    }
    return render(request, "programs/resource.html", context)


@require_safe
def resource_file(request, org, pk):
    """The file of a resource, for whoever may read that."""
    found, _enrolment = _readable(request, pk)
    if found.kind != Resource.Kind.FILE:
        raise Http404
    return attachment(StoredFile.objects.get(pk=found.file_id))


def _find(pk):
    found = Resource.objects.select_related("program", "file").defer("file__content")
    return get_object_or_404(found, pk=pk, removed_at__isnull=True)


def _readable(request, pk):
    """A resource of one's own role; admins read all."""
    found = _find(pk)
    enrolment = _enrolment(request, found.program)
    may_read = enrolment is not None and found.role in ("", enrolment.role)
    if not may_read and not allows(request.member, "programs.manage"):
        raise PermissionDenied
    return found, enrolment if may_read else None


def _enrolment(request, program):
    return Enrolment.objects.filter(program=program, member=request.member, status__in=services.READING).first()
