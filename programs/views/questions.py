"""The questionnaire of a sign-up page."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import allowed

from .. import services
from ..forms import QuestionForm
from ..models import Program, Question
from .posting import posted
from .programs import trail

MOST_QUESTIONS = 40


@require_safe
@allowed("programs.manage")
def question_list(request, org, pk):
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    questions = list(program.questions.filter(retired_at__isnull=True))
    context = {
        "program": program,
        "questions": questions,
        "retired": program.questions.filter(retired_at__isnull=False).count(),
        "may_add": len(questions) < MOST_QUESTIONS,
        "trail": trail(request, program),
    }
    return render(request, "programs/question_list.html", context)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def question_create(request, org, pk):
    program = get_object_or_404(Program.objects.running(), pk=pk)
    form = QuestionForm(posted(request))
    if form.is_valid():
        if program.questions.filter(retired_at__isnull=True).count() >= MOST_QUESTIONS:
            form.add_error(None, _("There are 40 questions already. Retire one first."))
        else:
            services.add_question(program, by=request.member, **form.cleaned_data)
            messages.success(request, _("The question is asked from now on."))
            return redirect("programs:questions", org=org, pk=pk)
    context = {"form": form, "program": program}
    return render(request, "programs/question_form.html", context, status=422 if form.errors else 200)


def _find(pk):
    return get_object_or_404(
        Question.objects.select_related("program"),
        pk=pk,
        retired_at__isnull=True,
        program__status__in=["open", "running"],
    )


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def question_edit(request, org, pk):
    question = _find(pk)
    form = QuestionForm(posted(request), instance=question)
    if form.is_valid():
        services.change_question(question, by=request.member, **form.cleaned_data)
        messages.success(request, _("The question is changed."))
        return redirect("programs:questions", org=org, pk=question.program_id)
    context = {"form": form, "program": question.program, "question": question, "answers": question.answers.count()}
    return render(request, "programs/question_form.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("programs.manage")
def question_move(request, org, pk):
    question = _find(pk)
    services.move_question(question, up=bool(request.POST.get("up")), by=request.member)
    return redirect("programs:questions", org=org, pk=question.program_id)


@require_POST
@allowed("programs.manage")
def question_retire(request, org, pk):
    question = _find(pk)
    services.retire_question(question, by=request.member)
    messages.success(request, _("The question is not asked any more."))
    return redirect("programs:questions", org=org, pk=question.program_id)
