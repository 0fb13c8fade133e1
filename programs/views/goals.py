"""The goals of a mentorship, for the people in it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Skill
from mentoring.charts import Point, Series, step_curves

from ..forms.along import GoalCloseForm, GoalForm, MilestoneForm, ProgressForm
from ..models import EnrolmentSkill, Goal, Milestone
from ..services import goals as services
from ..services.problems import ChangedMeanwhile, ProgramProblem
from .finding import find_own
from .posting import posted, read_again


@never_cache
@require_safe
def goal_list(request, org, pk):
    mentorship, context = find_own(request, pk)
    found = services.goals_of(mentorship)
    context |= {"goals": [_shown(goal) for goal in found], "today": _today(request)}
    return render(request, "programs/goal_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def goal_create(request, org, pk):
    mentorship, context = find_own(request, pk)
    if not context["is_active"]:
        messages.warning(request, _("This mentorship is not active, so no goal can be added."))
        return redirect("programs:goals", org=org, pk=pk)
    form = _form(request, mentorship, context)
    if form.is_valid():
        try:
            goal = services.add_goal(
                mentorship,
                _wanted(form),
                owner=form.cleaned_data["owner"],
                milestones=form.cleaned_data["milestones"].splitlines(),
                by=request.member,
            )
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The goal is written down."))
            return redirect("programs:goal", org=org, pk=goal.pk)
    return render(request, "programs/goal_form.html", context | {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_safe
def goal_detail(request, org, pk):
    goal, context = _find(request, pk)
    return render(request, "programs/goal_detail.html", context | _page(request, goal))


@never_cache
@require_http_methods(["GET", "POST"])
def goal_edit(request, org, pk):
    goal, context = _find(request, pk)
    form = _form(request, goal.mentorship, context, goal=goal)
    status = 200
    if form.is_valid():
        try:
            services.change_goal(goal, _wanted(form), version=form.cleaned_data["version"], by=request.member)
        except ChangedMeanwhile as problem:
            goal.refresh_from_db()
            # What was typed stays, and is sent as a change of what stands now.
            form.data = read_again(form.data, goal.version)
            form.add_error(None, str(problem))
            context["now"], status = goal, 409
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The goal is changed."))
            return redirect("programs:goal", org=org, pk=pk)
    if form.errors and status == 200:
        status = 422
    return render(request, "programs/goal_form.html", context | {"form": form}, status=status)


@require_POST
def goal_progress(request, org, pk):
    goal, context = _find(request, pk)
    form = ProgressForm(request.POST, goal=goal)
    if form.is_valid():
        try:
            services.note_progress(
                goal, value=form.cleaned_data.get("value"), note=form.cleaned_data["note"], by=request.member
            )
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Noted."))
            return redirect("programs:goal", org=org, pk=pk)
    page = _page(request, goal) | {"progress_form": form}
    return render(request, "programs/goal_detail.html", context | page, status=422)


@require_POST
def milestone_add(request, org, pk):
    goal, context = _find(request, pk)
    form = MilestoneForm(request.POST, auto_id="step_%s")
    if form.is_valid():
        try:
            services.add_milestone(goal, **form.cleaned_data, by=request.member)
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("programs:goal", org=org, pk=pk)
    page = _page(request, goal) | {"milestone_form": form}
    return render(request, "programs/goal_detail.html", context | page, status=422)


@require_POST
def milestone(request, org, pk):
    """Tick a step off, take the tick back, or remove it."""
    step = get_object_or_404(Milestone.objects.select_related("goal__mentorship"), pk=pk)
    find_own(request, step.goal.mentorship_id)
    try:
        if request.POST.get("do") == "remove":
            services.remove_milestone(step, by=request.member)
        elif request.POST.get("do") in ("done", "open"):
            services.tick_milestone(step, done=request.POST["do"] == "done", by=request.member)
    except ProgramProblem as problem:
        messages.warning(request, str(problem))
    return redirect("programs:goal", org=org, pk=step.goal_id)


@never_cache
@require_http_methods(["GET", "POST"])
def goal_close(request, org, pk):
    """Say how a goal ended; `reopen=1` takes that back."""
    goal, context = _find(request, pk)
    if request.POST.get("reopen"):
        try:
            services.reopen_goal(goal, by=request.member)
        except ProgramProblem as problem:
            messages.warning(request, str(problem))
        return redirect("programs:goal", org=org, pk=pk)
    if goal.status != Goal.Status.OPEN and request.method == "GET":
        return redirect("programs:goal", org=org, pk=pk)
    form = GoalCloseForm(posted(request))
    if form.is_valid():
        try:
            services.close_goal(goal, **form.cleaned_data, by=request.member)
        except ProgramProblem as problem:
            messages.warning(request, str(problem))
        else:
            messages.success(request, _("The goal is closed."))
        return redirect("programs:goal", org=org, pk=pk)
    return render(request, "programs/goal_close.html", context | {"form": form}, status=422 if form.errors else 200)


def _find(request, pk):
    goal = get_object_or_404(Goal.objects.select_related("mentorship__program", "owner", "skill"), pk=pk)
    try:
        mentorship, context = find_own(request, goal.mentorship_id)
    except Http404:
        raise Http404 from None
    goal.mentorship = mentorship
    return goal, context | {"goal": goal}


def _form(request, mentorship, context, *, goal=None):
    parts = sorted(context["people"], key=lambda part: part.role == "mentor")
    enrolments = [part.enrolment_id for part in parts]
    skills = Skill.objects.filter(
        pk__in=EnrolmentSkill.objects.filter(enrolment__in=enrolments).values("skill_id")
    ) | Skill.objects.filter(pk=goal.skill_id if goal else None)
    return GoalForm(
        posted(request),
        people=[part.enrolment.member for part in parts],
        by=request.member,
        skills=skills,
        goal=goal,
        last_day=mentorship.planned_end or mentorship.program.ends_on,
    )


def _wanted(form):
    names = ("text", "measure", "due_on", "why", "skill", "baseline", "target", "unit")
    return services.Wanted(**{name: form.cleaned_data[name] for name in names})


def _page(request, goal):
    goal = next(each for each in services.goals_of(goal.mentorship) if each.pk == goal.pk)
    return {
        "shown": _shown(goal),
        "chart": _chart(goal, request.member),
        "progress_form": ProgressForm(goal=goal),
        "milestone_form": MilestoneForm(auto_id="step_%s"),
        "today": _today(request),
    }


def _shown(goal):
    share = services.share_reached(goal)
    progress = list(goal.progress.all())
    steps = list(goal.milestones.all())
    values = [each.value for each in progress if each.value is not None]
    return {
        "goal": goal,
        "percent": None if share is None else round(share * 100),
        "value": values[-1] if values else goal.baseline,
        "progress": progress[::-1],
        "steps": steps,
        "done": sum(step.done_at is not None for step in steps),
    }


def _chart(goal, reader):
    """How the number has moved, over the days since the goal was set."""
    values = [each for each in goal.progress.all() if each.value is not None]
    if goal.baseline is None or not values:
        return None
    first = goal.made_at.astimezone(reader.zone).date()
    points = {0: float(goal.baseline)}
    for each in values:
        # Of several on one day the last counts.
        points[max(0, (each.at.astimezone(reader.zone).date() - first).days)] = float(each.value)
    unit = f" {goal.unit}" if goal.unit and goal.unit != "%" else goal.unit
    return step_curves(
        [
            Series(_("Progress"), [Point(x, y) for x, y in sorted(points.items())]),
            Series(_("Target"), [Point(0, float(goal.target)), Point(max(points), float(goal.target))]),
        ],
        title=_("How this goal has moved"),
        description=_("From %(from)s to %(now)s, with a target of %(target)s%(unit)s.")
        % {
            "from": floatformat(goal.baseline, "-2"),
            "now": floatformat(values[-1].value, "-2"),
            "target": floatformat(goal.target, "-2"),
            "unit": unit,
        },
        x_label=_("Days since the goal was set"),
        y_label=goal.measure,
        y_suffix=unit,
        bands=False,
        id=f"goal-{goal.pk}",
    )


def _today(request):
    return timezone.now().astimezone(request.member.zone).date()
