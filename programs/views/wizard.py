"""From nothing to a launched programme in five steps, each kept as soon as it is sent."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import Member
from accounts.rules import allowed

from .. import criteria, services
from ..arrangers import on_offer
from ..formats import FAMILIES
from ..forms import CriteriaStepForm, FormatForm, ObjectiveForm, PeopleForm
from ..forms.seen import SEEN
from ..models import Program, ProgramTemplate, Role
from ..services import planning
from ..services.places import locked_program
from ..templates import TEMPLATES
from ..wording import own_length, pace, rhythm, settings_in_words
from .posting import posted

STEPS = {
    "objective": (gettext_lazy("Objective"), ObjectiveForm),
    "format": (gettext_lazy("Format"), FormatForm),
    "who": (gettext_lazy("Who and when"), PeopleForm),
    "matching": (gettext_lazy("Matching"), CriteriaStepForm),
    "check": (gettext_lazy("Check your answers"), None),
}
ORDER = list(STEPS)
# On the page where a programme begins.
MOST_SHOWN = 50
MOST_COPIED = 10


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def program_start(request, org):
    """Say what is coming, and begin or go on."""
    if request.method == "POST":
        program = _begin(request)
        step = reverse("programs:wizard", args=[org, program.pk, "objective"])
        return redirect(f"{step}?then=check" if program.wizard_step == "check" else step)
    drafts = Program.objects.filter(status=Program.Status.DRAFT)[:20]
    for draft in drafts:
        draft.step_label = STEPS[draft.wizard_step][0]
    context = {
        "drafts": drafts,
        "labels": [label for label, _form in STEPS.values()],
        "own": ProgramTemplate.objects.select_related("made_by")[:MOST_SHOWN],
        "ready": TEMPLATES.values(),
        "families": families(on_offer()),
        "earlier": Program.objects.launched()[:MOST_COPIED],
    }
    return render(request, "programs/program_start.html", context)


def _begin(request):
    """A draft from what was chosen: a format, a template of ours or their own, or nothing yet."""
    kind, _colon, key = request.POST.get("from", "").partition(":")
    if kind == "format" and key in {each.key for each in on_offer()}:
        return services.start_draft(format=key, by=request.member)
    if kind == "ready" and key in TEMPLATES:
        return services.start_from_ready(key, by=request.member)
    if kind == "own" and key.isdecimal() and len(key) < 19:
        template = get_object_or_404(ProgramTemplate, pk=int(key))
        return services.start_from_template(template, by=request.member)
    if kind:
        raise Http404
    return services.start_draft(format="traditional", by=request.member)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def program_wizard(request, org, pk, step):
    program = get_object_or_404(Program, pk=pk)
    if step not in STEPS:
        raise Http404
    if request.method == "POST":
        # Two who save at once come one after the other, so that the second sees what the first has saved.
        program = locked_program(program)
    if program.status != Program.Status.DRAFT:
        if request.method == "POST" and step != "check":
            return _too_late(request, program, step)
        return redirect("programs:detail", org=org, pk=pk)
    reached = ORDER.index(program.wizard_step)
    if ORDER.index(step) > reached:
        return redirect("programs:wizard", org=org, pk=pk, step=program.wizard_step)
    if step == "check":
        return _check(request, org, program)
    _label, form_class = STEPS[step]
    more = {"suggested": _suggested(program)} if step == "format" and reached == ORDER.index("format") else {}
    form = form_class(posted(request), program=program, by=request.member, **more)
    if form.is_valid():
        following = ORDER[ORDER.index(step) + 1]
        furthest = max(following, program.wizard_step, key=ORDER.index)
        fields = form.fields_to_save()
        # Another format has its own people and matching, which are to be looked at once more.
        if fields.get("format", program.format) != program.format:
            furthest = following
        program = services.save_draft(program, by=request.member, wizard_step=furthest, **fields)
        # One step may change what stands in another: a format brings its own people and matching.
        for each in _steps_as_they_stand(program, by=request.member).values():
            each.remember()
        target = "check" if furthest == "check" and request.POST.get("then") == "check" else following
        return redirect("programs:wizard", org=org, pk=pk, step=target)
    return _step_page(request, program, step, form, status=422 if form.errors else 200)


def _step_page(request, program, step, form, *, status, **more):
    context = _context(request, program, step) | {"form": form, **more}
    if step == "format":
        context |= {
            "families": families(form.on_offer), "suits": _suggested(program), "chosen": form["format"].value(),
        }  # fmt: skip
    return render(request, f"programs/wizard_{step}.html", context, status=status)


def _too_late(request, program, step):
    """Launched while somebody was writing: what they typed still stands there, to be taken to where it can be saved."""
    _label, form_class = STEPS[step]
    typed = request.POST.copy()
    typed.pop(SEEN, None)
    return _step_page(request, program, step, form_class(typed, program=program), status=409, is_launched=True)


def _steps_as_they_stand(program, *, by):
    return {step: form_class(program=program, by=by) for step, (_label, form_class) in STEPS.items() if form_class}


def _changed_by_others(request, program):
    """The steps that somebody else has changed since the page was opened; and what it shows now, as tokens."""
    now = _steps_as_they_stand(program, by=request.member)
    seen = dict(zip(now, request.POST.get(SEEN, "").split(" "), strict=False))
    changed = [step for step, form in now.items() if seen.get(step) and seen[step] != form.token and not form.is_own]
    return [STEPS[step][0] for step in changed], " ".join(form.token for form in now.values())


def _suggested(program):
    """The format whose objectives hold the one that was chosen."""
    return next((kind.key for kind in on_offer() if program.objective in [str(text) for text in kind.objectives]), "")


def families(on_offer):
    """Formats under their headings, each with its place among all of them."""
    found = [
        {"key": key, "name": name, "kinds": [{"kind": kind, "pace": pace(kind)} for kind in on_offer if kind.family == key]}
        for key, name in FAMILIES.items()
    ]  # fmt: skip
    for number, each in enumerate(each for family in found for each in family["kinds"]):
        each["number"] = number
    return [family for family in found if family["kinds"]]


def _context(request, program, step):
    org, reached = request.organisation.slug, ORDER.index(program.wizard_step)
    steps = []
    for number, (key, (label, _form)) in enumerate(STEPS.items()):
        state = "current" if key == step else "done" if number < reached else ""
        url = reverse("programs:wizard", args=[org, program.pk, key]) if number <= reached else ""
        steps.append({"label": label, "url": url, "state": state})
    number = ORDER.index(step)
    return {
        "program": program,
        "steps": steps,
        "step": number + 1,
        "step_label": STEPS[step][0],
        "back": reverse("programs:wizard", args=[org, program.pk, ORDER[number - 1]]) if number else "",
        "then": request.POST.get("then") or request.GET.get("then") or "",
    }


def _check(request, org, program):
    changed, seen = _changed_by_others(request, program)
    if request.method == "POST" and not changed:
        try:
            services.launch(program, by=request.member)
        except services.ProgramProblem as problem:
            messages.error(request, str(problem))
            return redirect("programs:wizard", org=org, pk=program.pk, step="check")
        messages.success(request, _("“%(name)s” is open for sign-up.") % {"name": program.name})
        return redirect("programs:detail", org=org, pk=program.pk)
    chosen = criteria.complete(program.criteria, program.kind)
    people = Member.objects.current()
    context = _context(request, program, "check") | {
        "weights": [
            {"label": label, "value": _("%(weight)g of 10") % {"weight": weight}}
            for key, label in criteria.LABELS.items()
            if (weight := chosen["weights"][key])
        ],
        "level_rule": criteria.level_words(chosen),
        "rules": criteria.in_words(chosen),
        "people": people.count(),
        "rhythm": rhythm(program),
        "own_length": own_length(program),
        "others": next(part.plural for role, part in program.parts.items() if role != Role.MENTOR),
        "particulars": settings_in_words(program),
        "findings": (found := planning.readiness_of(program)),
        "well": sum(each.is_well for each in found),
        "changed": changed,
        "seen": seen,
    }
    return render(request, "programs/wizard_check.html", context, status=409 if changed else 200)
