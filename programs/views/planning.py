"""Planning a programme: the plan as a whole, the check before the launch, objectives, stages, who may sign up, supply."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Member
from accounts.rules import allowed
from mentoring.charts import Bar, bars

from ..forms.planning import EligibilityForm, ObjectiveEditForm, ObjectiveReviewForm, ReadinessForm, StageForm
from ..measures import UNITS, Figure, figures_of, plain
from ..models import Objective, Program, Role, Stage
from ..panels import tabs_of_program
from ..services import planning, resting, staging, supply
from ..services.problems import ProgramProblem
from .posting import posted
from .programs import eligibility_rows, trail

KNOWN_SHOWN = 300
BARS_SHOWN = 15


@require_safe
@allowed("programs.manage")
def program_plan(request, org, pk):
    """All that is planned, each with the way to change it."""
    program = get_object_or_404(Program.objects.select_related("sponsor", "safeguarding_contact"), pk=pk)
    context = {
        "program": program,
        "tabs": tabs_of_program(program, by=request.member, current="plan"),
        "trail": trail(request, program),
        "stages": staging.stages_of(program),
        "objectives": objective_rows(program),
        "findings": planning.readiness_of(program),
        "eligibility": eligibility_rows(program),
        "is_open": program.status != Program.Status.CLOSED,
        "is_draft": program.status == Program.Status.DRAFT,
    }
    if not context["is_draft"] and supply.is_counted(program):
        context["supply_url"] = reverse("programs:supply", args=[org, pk])
    context["well"] = sum(each.is_well for each in context["findings"])
    return render(request, "programs/plan.html", context)


def objective_rows(program):
    """Each objective with where it stands, and whether that is its target."""
    objectives = list(program.objectives.all())
    figures = figures_of(program, objectives)
    rows = []
    for each in objectives:
        unit = UNITS.get(each.measure, "")
        figure = figures.get(each.measure)
        value = each.result if each.reviewed_at else figure.value if figure else None
        rows.append({
            "objective": each,
            "measure": each.own_measure or (each.get_measure_display() if each.measure != "own" else ""),
            "figure": figure,
            "baseline": plain(each.baseline) + unit if each.baseline is not None else "",
            "target": plain(each.target) + unit if each.target is not None else "",
            "result": plain(each.result) + unit if each.result is not None else "",
            "reached": planning.is_reached(each, value),
        })  # fmt: skip
    return rows


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def program_readiness(request, org, pk):
    program = get_object_or_404(Program.objects.select_related("sponsor", "safeguarding_contact"), pk=pk)
    form = ReadinessForm(posted(request), program=program, find=planning.found_by, by=request.member)
    if form.is_valid():
        try:
            program = planning.answer_readiness(program, by=request.member, **form.fields_to_save())
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            ReadinessForm(program=program, find=planning.found_by, by=request.member).remember()
            left = sum(not each.is_well for each in planning.readiness_of(program))
            text = ngettext("Saved. We have advice on %(n)d point.", "Saved. We have advice on %(n)d points.", left)
            messages.success(request, text % {"n": left} if left else _("Saved. You are well prepared."))
            return redirect("programs:readiness", org=org, pk=pk)
    context = {
        "program": program,
        "form": form,
        "groups": list(zip(form.groups(), planning.readiness_of(program), strict=True)),
        "likely": _likely_mentors(program),
        "is_draft": program.status == Program.Status.DRAFT,
        "trail": [*trail(request, program), plan_step(request, program)],
    }
    return render(request, "programs/readiness.html", context, status=422 if form.errors else 200)


def _likely_mentors(program):
    """How many could mentor, and what one in ten of them would be good for; empty where nobody leads."""
    if Role.MENTOR not in program.parts:
        return ""
    able = len(planning.eligible_ids({Role.MENTOR: program.eligibility.get(Role.MENTOR, {})})[Role.MENTOR])
    places = able // 10 * program.default_capacity
    people = str(program.parts[Role.MENTOR].plural)
    return _(
        "%(able)d people may sign up as %(people)s. If one in ten does, that makes about %(places)d places."
    ) % {"able": able, "people": people, "places": places}  # fmt: skip


def plan_step(request, program):
    return {"label": _("Plan"), "url": reverse("programs:plan", args=[request.organisation.slug, program.pk])}


# Objectives


def _objective(pk):
    return get_object_or_404(Objective.objects.select_related("program"), pk=pk)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def objective_create(request, org, pk):
    program = get_object_or_404(Program, pk=pk)
    return _edit_objective(request, org, program, None)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def objective_edit(request, org, pk):
    objective = _objective(pk)
    return _edit_objective(request, org, objective.program, objective)


def _edit_objective(request, org, program, objective):
    form = ObjectiveEditForm(posted(request), instance=objective, by=request.member)
    if form.is_valid():
        try:
            if objective is None:
                planning.add_objective(program, by=request.member, **form.cleaned_data)
            else:
                planning.change_objective(objective, by=request.member, **form.cleaned_data)
                ObjectiveEditForm(instance=_objective(objective.pk), by=request.member).remember()
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The objective is saved."))
            return redirect("programs:plan", org=org, pk=program.pk)
    context = {
        "form": form, "program": program, "objective": objective,
        "trail": [*trail(request, program), plan_step(request, program)],
    }  # fmt: skip
    return render(request, "programs/objective_form.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("programs.manage")
def objective_move(request, org, pk):
    objective = _objective(pk)
    planning.move_objective(objective, up=bool(request.POST.get("up")), by=request.member)
    return redirect("programs:plan", org=org, pk=objective.program_id)


@require_POST
@allowed("programs.manage")
def objective_remove(request, org, pk):
    objective = _objective(pk)
    try:
        planning.remove_objective(objective, by=request.member)
    except ProgramProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The objective is gone."))
    return redirect("programs:plan", org=org, pk=objective.program_id)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def objective_review(request, org, pk):
    """Look back on an objective: what came of it, and what we learned."""
    objective = _objective(pk)
    program = objective.program
    if program.status == Program.Status.DRAFT:
        raise Http404
    figure: Figure | None = figures_of(program, [objective]).get(objective.measure)
    known = {"is_counted": figure is not None, "by": request.member}
    form = ObjectiveReviewForm(posted(request), objective=objective, **known)
    if form.is_valid():
        planning.review_objective(
            objective, result=form.cleaned_data.get("result"), review=form.cleaned_data["review"], by=request.member
        )
        ObjectiveReviewForm(objective=_objective(pk), **known).remember()
        messages.success(request, _("Kept. The next programme will be glad of it."))
        following = program.objectives.filter(reviewed_at__isnull=True).first()
        if following is not None and request.POST.get("next"):
            return redirect(f"{reverse('programs:objective_review', args=[org, following.pk])}?next=1")
        return redirect("programs:plan", org=org, pk=program.pk)
    context = {
        "form": form,
        "program": program,
        "objective": objective,
        "row": next(row for row in objective_rows(program) if row["objective"].pk == objective.pk),
        "goes_on": request.POST.get("next") or request.GET.get("next") or "",
        "trail": [*trail(request, program), plan_step(request, program)],
    }
    return render(request, "programs/objective_review.html", context, status=422 if form.errors else 200)


# Stages


def _stage(pk):
    return get_object_or_404(Stage.objects.select_related("program"), pk=pk)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def stage_create(request, org, pk):
    return _edit_stage(request, org, get_object_or_404(Program, pk=pk), None)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def stage_edit(request, org, pk):
    stage = _stage(pk)
    return _edit_stage(request, org, stage.program, stage)


def _edit_stage(request, org, program, stage):
    form = StageForm(posted(request), instance=stage, by=request.member)
    if form.is_valid():
        try:
            if stage is None:
                staging.add_stage(program, by=request.member, **form.cleaned_data)
            else:
                staging.change_stage(stage, by=request.member, **form.cleaned_data)
                StageForm(instance=_stage(stage.pk), by=request.member).remember()
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The stage is saved."))
            return redirect("programs:plan", org=org, pk=program.pk)
    context = {
        "form": form, "program": program, "stage": stage,
        "trail": [*trail(request, program), plan_step(request, program)],
    }  # fmt: skip
    return render(request, "programs/stage_form.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("programs.manage")
def stage_move(request, org, pk):
    stage = _stage(pk)
    return _done(
        request, org, stage, lambda: staging.move_stage(stage, up=bool(request.POST.get("up")), by=request.member)
    )


@require_POST
@allowed("programs.manage")
def stage_begin(request, org, pk):
    stage = _stage(pk)
    text = _("“%(name)s” has begun.") % {"name": stage.name}
    return _done(request, org, stage, lambda: staging.begin_stage(stage, by=request.member), text)


@require_POST
@allowed("programs.manage")
def stage_remove(request, org, pk):
    stage = _stage(pk)
    text = _("“%(name)s” is gone.") % {"name": stage.name}
    return _done(request, org, stage, lambda: staging.remove_stage(stage, by=request.member), text)


def _done(request, org, stage, act, text=""):
    try:
        act()
    except ProgramProblem as problem:
        messages.error(request, str(problem))
    else:
        if text:
            messages.success(request, text)
    return redirect("programs:plan", org=org, pk=stage.program_id)


@require_POST
@allowed("programs.manage")
def program_pause(request, org, pk):
    """Pause the whole programme, or go on with it."""
    program = get_object_or_404(Program.objects.running(), pk=pk)
    if request.POST.get("resume"):
        resting.resume_program(program, by=request.member)
        messages.success(
            request, _("The programme goes on. Open offers and requests have as much time as before the pause.")
        )
    else:
        resting.pause_program(program, by=request.member)
        messages.success(request, _("The programme is paused. Sessions that are booked stay."))
    return redirect("programs:detail", org=org, pk=pk)


# Who may sign up


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def program_eligibility(request, org, pk):
    """Who may sign up in each role. While somebody types, how many that are comes in by itself."""
    program = get_object_or_404(Program, pk=pk)
    known = _known()
    data = request.POST if request.method == "POST" else request.GET if request.htmx else None
    forms = _eligibility_forms(program, known, data, by=request.member)
    # All of them, so that each shows its errors.
    answers = [form.is_valid() for form in forms]
    is_valid = data is not None and all(answers)
    if is_valid and request.method == "POST":
        try:
            rules = {form.role: form.rules() for form in forms}
            program = planning.set_eligibility(program, rules=rules, by=request.member)
        except ProgramProblem as problem:
            forms[0].add_error(None, str(problem))
        else:
            for form in _eligibility_forms(program, known, by=request.member):
                form.remember()
            messages.success(request, _("Saved. It holds for everybody who signs up from now on."))
            return redirect("programs:plan", org=org, pk=pk)
    rules = (
        {form.role: form.rules() for form in forms}
        if is_valid
        else {role: program.eligibility.get(role) or {} for role in program.parts}
    )
    found = planning.eligible_ids(rules, hired_within={Role.MENTEE: program.hired_within})
    counts = {role: len(people) for role, people in found.items()}
    for form in forms:
        form.count = counts[form.role]
    context = {
        "program": program,
        "forms": forms,
        "everybody": Member.objects.current().count(),
        "taking_part": program.enrolments.filter(status__in=["applied", "waiting", "active"]).count(),
        "trail": [*trail(request, program), plan_step(request, program)],
    }
    if request.htmx and request.method == "GET":
        return render(request, "programs/eligibility.html#counts", context)
    errors = any(form.errors for form in forms)
    return render(request, "programs/eligibility.html", context, status=422 if errors else 200)


def _eligibility_forms(program, known, data=None, *, by):
    return [
        EligibilityForm(
            data, role=role, part=part, rules=program.eligibility.get(role) or {}, known=known, about=program, by=by
        )
        for role, part in program.parts.items()
    ]


def _known():
    """What departments, sites and languages there are, to be proposed."""
    people = Member.objects.current().order_by()
    words = {}
    for name, field in (("departments", "department"), ("sites", "site")):
        found = people.exclude(**{field: ""}).values_list(field, flat=True).distinct()[:KNOWN_SHOWN]
        words[name] = sorted(found, key=str.casefold)
    spoken = {word for own in people.exclude(languages=[]).values_list("languages", flat=True)[:2000] for word in own}
    words["languages"] = sorted(spoken, key=str.casefold)[:KNOWN_SHOWN]
    return words


@require_safe
@allowed("programs.manage")
def program_supply(request, org, pk):
    """What is wanted against what is offered, skill by skill."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    if not supply.is_counted(program):
        raise Http404
    found = supply.supply_of(program)
    shown = [each for each in found.skills if each.wanted][:BARS_SHOWN]
    context = {
        "program": program,
        "supply": found,
        "chart": bars(
            [
                Bar(each.name, each.wanted, ngettext("%(n)d place", "%(n)d places", each.places) % {"n": each.places})
                for each in shown
            ],
            title=_("Wanted, with the free places beside it"),
            description=_(
                "How many people who have nobody yet want to learn each skill, and the free places of those who offer it."
            ),
            label=_("Skill"),
            value_label=_("Wanted by"),
            note_label=_("Free places"),
            empty=_("Nobody waits who has named a skill."),
            id="supply",
        ),
        "tabs": tabs_of_program(program, by=request.member, current="people"),
        "leading": program.parts[Role.MENTOR],
        "others": next(part for role, part in program.parts.items() if role != Role.MENTOR),
        "trail": trail(request, program),
    }
    return render(request, "programs/supply.html", context)
