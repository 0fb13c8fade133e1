"""The surveys of a programme, for whoever runs it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import allowed
from programs.models import Program
from programs.panels import tabs_of_program

from ..forms import AnswerForm, SurveyForm, SurveyQuestionForm
from ..models import Survey, SurveyQuestion
from ..services import FeedbackProblem
from ..surveying import answering, building
from ..surveying.results import response_rates


def trail(request, program, survey=None):
    org = request.organisation.slug
    steps = [
        {"label": _("Programmes"), "url": reverse("programs:list", args=[org])},
        {"label": program.name, "url": reverse("programs:detail", args=[org, program.pk])},
        {"label": _("Feedback"), "url": reverse("feedback:surveys", args=[org, program.pk])},
    ]
    if survey is not None:
        steps.append({"label": survey.name, "url": reverse("feedback:survey", args=[org, survey.pk])})
    return steps


def _posted(request):
    return request.POST if request.method == "POST" else None


def _survey(pk):
    return get_object_or_404(Survey.objects.select_related("program"), pk=pk)


@require_safe
@allowed("programs.manage")
def survey_list(request, org, pk):
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    surveys = list(program.surveys.prefetch_related("questions"))
    rates = response_rates(surveys)
    context = {
        "program": program,
        "surveys": [(survey, rates.get(survey.pk)) for survey in surveys],
        "missing": building.missing_moments(program),
        "trail": trail(request, program)[:-1],
        "tabs": tabs_of_program(program, by=request.member, current="feedback"),
    }
    return render(request, "feedback/survey_list.html", context)


@require_POST
@allowed("programs.manage")
def survey_copy(request, org, pk):
    program = get_object_or_404(Program.objects.running(), pk=pk)
    made = building.copy_from_format(program, by=request.member)
    if made:
        said = ngettext("%(n)d draft is made.", "%(n)d drafts are made.", len(made)) % {"n": len(made)}
        messages.success(request, _("%(said)s Look at them, then open them.") % {"said": said})
    return redirect("feedback:surveys", org=org, pk=pk)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def survey_create(request, org, pk):
    program = get_object_or_404(Program.objects.running(), pk=pk)
    form = SurveyForm(_posted(request), program=program)
    if form.is_valid():
        survey = building.create_survey(program, by=request.member, **form.cleaned_data)
        return redirect("feedback:survey", org=org, pk=survey.pk)
    context = {"form": form, "program": program, "trail": trail(request, program)}
    return render(request, "feedback/survey_form.html", context, status=422 if form.errors else 200)


@require_safe
@allowed("programs.manage")
def survey_detail(request, org, pk):
    survey = _survey(pk)
    questions = list(survey.questions.all())
    context = {
        "survey": survey,
        "program": survey.program,
        "questions": questions,
        "is_draft": survey.status == Survey.Status.DRAFT,
        "may_add": len(questions) < building.MOST_QUESTIONS,
        "rate": response_rates([survey]).get(survey.pk),
        "trail": trail(request, survey.program),
    }
    return render(request, "feedback/survey_detail.html", context)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def survey_edit(request, org, pk):
    survey = _survey(pk)
    known = {"program": survey.program, "by": request.member}
    form = SurveyForm(_posted(request), instance=survey, **known)
    if form.is_valid():
        try:
            building.change_survey(survey, by=request.member, **form.cleaned_data)
        except FeedbackProblem as problem:
            form.add_error(None, str(problem))
        else:
            SurveyForm(instance=_survey(pk), **known).remember()
            messages.success(request, _("The survey is changed."))
            return redirect("feedback:survey", org=org, pk=pk)
    context = {
        "form": form,
        "program": survey.program,
        "survey": survey,
        "trail": trail(request, survey.program, survey),
    }
    return render(request, "feedback/survey_form.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("programs.manage")
def survey_open(request, org, pk):
    survey = _survey(pk)
    try:
        asked = building.open_survey(survey, by=request.member)
    except FeedbackProblem as problem:
        messages.error(request, str(problem))
    else:
        said = ngettext("%(n)d person was asked now.", "%(n)d people were asked now.", asked) % {"n": asked}
        messages.success(request, _("The survey is open. %(said)s") % {"said": said})
    return redirect("feedback:survey", org=org, pk=pk)


@require_POST
@allowed("programs.manage")
def survey_hold(request, org, pk):
    """Whether a draft is sent by itself: not any more, or (with `on`) again."""
    survey = _survey(pk)
    try:
        held = building.send_by_itself(survey, wanted=request.POST.get("on") == "1", by=request.member)
    except FeedbackProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(
            request,
            _("It is sent by itself when its moment comes.")
            if held.sends_itself
            else _("Nobody is asked before you open it."),
        )
    return redirect("feedback:survey", org=org, pk=pk)


@require_POST
@allowed("programs.manage")
def survey_close(request, org, pk):
    survey = _survey(pk)
    try:
        answering.close_survey(survey, by=request.member)
    except FeedbackProblem as problem:
        messages.error(request, str(problem))
        return redirect("feedback:survey", org=org, pk=pk)
    messages.success(request, _("The survey is closed."))
    return redirect("feedback:results", org=org, pk=pk)


@require_POST
@allowed("programs.manage")
def survey_remove(request, org, pk):
    survey = _survey(pk)
    try:
        building.remove_survey(survey, by=request.member)
    except FeedbackProblem as problem:
        messages.error(request, str(problem))
        return redirect("feedback:survey", org=org, pk=pk)
    messages.success(request, _("The draft is thrown away."))
    return redirect("feedback:surveys", org=org, pk=survey.program_id)


@require_safe
@allowed("programs.manage")
def survey_preview(request, org, pk):
    """The survey as those who are asked see it."""
    survey = _survey(pk)
    skills = [(0, _("(a skill of theirs)"))]
    form = AnswerForm(questions=list(survey.questions.all()), skills=skills)
    context = {
        "survey": survey,
        "program": survey.program,
        "form": form,
        "trail": trail(request, survey.program, survey),
    }
    return render(request, "feedback/survey_preview.html", context)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def survey_question_create(request, org, pk):
    survey = _survey(pk)
    form = SurveyQuestionForm(_posted(request))
    return _question_form(request, survey, form, lambda fields: building.add_question(survey, **fields))


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def survey_question(request, org, pk):
    question = _question(pk)
    form = SurveyQuestionForm(_posted(request), instance=question, by=request.member)
    return _question_form(request, question.survey, form, lambda fields: building.change_question(question, **fields))


def _question_form(request, survey, form, keep):
    if form.is_valid():
        try:
            keep(form.cleaned_data | {"by": request.member})
        except FeedbackProblem as problem:
            form.add_error(None, str(problem))
        else:
            if form.instance.pk:
                SurveyQuestionForm(instance=_question(form.instance.pk), by=request.member).remember()
            messages.success(request, _("The question is kept."))
            return redirect("feedback:survey", org=request.organisation.slug, pk=survey.pk)
    context = {
        "form": form,
        "survey": survey,
        "program": survey.program,
        "question": form.instance if form.instance.pk else None,
        "trail": trail(request, survey.program, survey),
    }
    return render(request, "feedback/survey_question_form.html", context, status=422 if form.errors else 200)


def _question(pk):
    return get_object_or_404(SurveyQuestion.objects.select_related("survey__program"), pk=pk)


@require_POST
@allowed("programs.manage")
def survey_question_move(request, org, pk):
    return _change(request, _question(pk), building.move_question, up=bool(request.POST.get("up")))


@require_POST
@allowed("programs.manage")
def survey_question_remove(request, org, pk):
    return _change(request, _question(pk), building.remove_question)


def _change(request, question, change, **how):
    try:
        change(question, by=request.member, **how)
    except FeedbackProblem as problem:
        messages.error(request, str(problem))
    return redirect("feedback:survey", org=request.organisation.slug, pk=question.survey_id)
