"""The questionnaire of a sign-up page: building it, looking at it as those who answer, and what people said to everybody."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Skill
from accounts.rules import allowed, allows

from .. import services
from ..forms import QuestionForm, SignUpForm, as_lines
from ..forms.asking import audience_name, only_after
from ..models import Answer, Enrolment, Program, Question
from ..services import questions as asking
from .posting import posted
from .programs import find_program, trail

PER_PAGE = 20
SUGGESTIONS = 500


@require_safe
@allowed("programs.manage")
def question_list(request, org, pk):
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    questions = list(Question.objects.asked().filter(program=program).select_related("shown_if"))
    rows = [
        {"question": each, "audience": audience_name(each, program), "only_after": only_after(each)}
        for each in questions
    ]
    retired = Question.objects.filter(program=program, retired_at__isnull=False)
    context = {
        "program": program,
        "questions": rows,
        "retired": list(retired.annotate(count=Count("answers")).order_by("-retired_at")[:100]),
        "has_open": any(each.visible_to == Question.Visibility.EVERYBODY for each in questions),
        "may_add": len(questions) < asking.MOST_QUESTIONS,
        "trail": trail(request, program),
    }
    return render(request, "programs/question_list.html", context)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def question_create(request, org, pk):
    program = get_object_or_404(Program.objects.running(), pk=pk)
    before = list(Question.objects.asked().filter(program=program))
    form = QuestionForm(posted(request), program=program, before=before)
    if form.is_valid():
        try:
            services.add_question(program, by=request.member, **form.cleaned_data)
        except services.QuestionProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("The question is asked from now on."))
            return redirect("programs:questions", org=org, pk=pk)
    context = {"form": form, "program": program, "trail": _trail(request, program)}
    return render(request, "programs/question_form.html", context, status=422 if form.errors else 200)


def _find(pk):
    """A question that is asked. Where a newer version has taken its place meanwhile, that one."""
    questions = Question.objects.select_related("program").filter(program__status__in=["open", "running"])
    question = asking.latest(get_object_or_404(questions, pk=pk))
    if question.retired_at is not None:
        raise Http404
    return question


def _trail(request, program):
    url = reverse("programs:questions", args=[request.organisation.slug, program.pk])
    return [*trail(request, program), {"label": _("Questions"), "url": url}]


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def question_edit(request, org, pk):
    question = _find(pk)
    program = question.program
    asked = list(Question.objects.asked().filter(program=program))
    before = asked[: next(at for at, each in enumerate(asked) if each.pk == question.pk)]
    form = QuestionForm(posted(request), instance=question, program=program, before=before)
    status = 200
    if form.is_valid():
        if form.was_changed_meanwhile():
            form.add_error(
                None,
                _(
                    "Somebody else has changed this question meanwhile. Your words are still here; save again to keep them."
                ),
            )
            form.read_again()
            status = 409
        else:
            try:
                services.change_question(question, by=request.member, **form.cleaned_data)
            except services.QuestionProblem as problem:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem))
            else:
                messages.success(request, _("The question is changed."))
                return redirect("programs:questions", org=org, pk=question.program_id)
    if form.errors and status == 200:
        status = 422
    context = {
        "form": form,
        "program": program,
        "question": question,
        "answers": question.answers.count(),
        "following": [each for each in asked if each.shown_if_id == question.pk],
        "counts": asking.stays_in_matching(question, program) is not None,
        "trail": _trail(request, program),
    }
    return render(request, "programs/question_form.html", context, status=status)


@require_POST
@allowed("programs.manage")
def question_move(request, org, pk):
    question = _find(pk)
    to = request.POST.get("to", "")
    try:
        if to.isdecimal() and len(to) < 4:
            services.move_question(question, to=int(to), by=request.member)
        else:
            services.move_question(question, up=bool(request.POST.get("up")), by=request.member)
    except services.QuestionProblem as problem:
        messages.warning(request, str(problem))
    return redirect("programs:questions", org=org, pk=question.program_id)


@require_POST
@allowed("programs.manage")
def question_retire(request, org, pk):
    question = _find(pk)
    try:
        services.retire_question(question, by=request.member)
    except services.QuestionProblem as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, _("The question is not asked any more."))
    return redirect("programs:questions", org=org, pk=question.program_id)


@require_safe
@allowed("programs.manage")
def question_preview(request, org, pk):
    """The sign-up page as somebody in a role sees it; nothing can be sent from it."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    parts = program.parts
    role = request.GET.get("role", "")
    if role not in parts:
        role = next(iter(parts))
    skills = list(Skill.objects.values_list("name", flat=True)[:SUGGESTIONS])
    context = {
        "program": program,
        "part": parts[role],
        "form": SignUpForm(program=program, role=role, member=request.member, skills=skills),
        "tabs": [
            {"label": capfirst(part.name), "url": f"?role={each}", "current": each == role}
            for each, part in parts.items()
        ],
        "trail": _trail(request, program),
    }
    return render(request, "programs/question_preview.html", context)


@require_safe
def question_answers(request, org, pk):
    """What people said to everybody in the programme, for those who take part in it and its admins."""
    program = find_program(request, pk)
    takes_part = Enrolment.objects.filter(program=program, member=request.member, status=Enrolment.Status.ACTIVE)
    if not allows(request.member, "programs.manage") and not takes_part.exists():
        raise PermissionDenied
    said = Answer.objects.filter(question__visible_to__in=asking.EVERYBODY).values("enrolment_id")
    people = (
        Enrolment.objects.filter(program=program, status=Enrolment.Status.ACTIVE, pk__in=said)
        .select_related("member")
        .order_by("member__given_name", "member__family_name", "pk")
    )
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    shown = asking.answers_seen(page.object_list, of=asking.EVERYBODY)
    context = {
        "program": program,
        "page": page,
        "rows": [
            {"enrolment": each, "answers": as_lines(shown[each.pk])} for each in page.object_list if each.pk in shown
        ],
        "trail": trail(request, program),
    }
    return render(request, "programs/question_answers.html", context)
