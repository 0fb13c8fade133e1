"""Where mentees choose: their list of mentors, a mentor's page, a mentor's requests, and the page of one request."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from programs.forms import as_lines
from programs.models import Enrolment, Mentorship, Program, Role
from programs.services import ProgramProblem
from programs.services.places import places_taken
from programs.services.questions import EVERYBODY, answers_seen

from .. import services
from ..forms import AnswerForm, AskForm, DeclineForm, MentorFilter, QuestionBackForm
from ..gathering import room_of
from ..models import MentorRequest
from ..recommending import Recommendations, clock_of, options
from ..showing import about
from ..telling import REASONS, speaking

PER_PAGE = 20
PAST_SHOWN = 10
Status = MentorRequest.Status


def own_enrolment(request: Any, pk: int) -> Enrolment:
    """The reader's place in a launched programme. A colleague who has none is refused."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    own = Enrolment.objects.filter(program=program, member=request.member).select_related("member").first()
    if own is None or own.status in (Enrolment.Status.DECLINED, Enrolment.Status.WITHDRAWN):
        raise PermissionDenied
    own.program = program
    return own


def trail(request: Any, program: Program, *more: tuple[str, str]) -> list[dict[str, str]]:
    org = request.organisation.slug
    return [
        {"label": _("Programmes"), "url": reverse("programs:list", args=[org])},
        {"label": program.name, "url": reverse("programs:detail", args=[org, program.pk])},
        *({"label": label, "url": url} for label, url in more),
    ]


def _why_not_choosing(own: Enrolment) -> str:
    """Why somebody can't choose, or be chosen, at the moment; empty when they can."""
    program = own.program
    if program.status == Program.Status.CLOSED:
        return _("This programme is closed.")
    if not services.mentees_choose(program):
        return _("In this programme the programme admins find the mentors. There is nothing to do for you.")
    if own.status != Enrolment.Status.ACTIVE:
        return _("Mentors can be asked once your sign-up is through.")
    return ""


@require_safe
def mentors(request: Any, org: str, pk: int) -> HttpResponse:
    """Find a mentor: everybody who can be asked, best first, and what the mentee has asked already."""
    own = own_enrolment(request, pk)
    if own.role == Role.MENTOR:
        return redirect("matching:requests", org=org, pk=pk)
    if why := _why_not_choosing(own):
        messages.info(request, why)
        return redirect("programs:detail", org=org, pk=pk)
    context = {"program": own.program, "own": own, "trail": trail(request, own.program), **_asked(own)}
    if not context["mentorship"]:
        try:
            found = Recommendations(own.program, own)
        except ValueError:
            # No weights, or limits that contradict each other; an admin has to put that right.
            context["unready"] = True
            return render(request, "matching/mentors.html", context)
        form = MentorFilter(request.GET, options=options(found.everybody))
        narrowed = form.narrow(found.everybody)
        page = Paginator(narrowed, PER_PAGE).get_page(request.GET.get("page"))
        found.explain(list(page.object_list))
        context |= {"form": form, "page": page, "has_any": bool(found.everybody)}
    return render(request, "matching/mentors.html" + ("#results" if request.htmx else ""), context)


def _asked(own: Enrolment) -> dict[str, Any]:
    """What a mentee has asked, and whether they may ask again."""
    made = list(
        MentorRequest.objects.filter(mentee=own).select_related("mentor__member").order_by("-made_at", "-pk")[:50]
    )
    now = timezone.now()
    open_now = [each for each in made if each.status in (Status.PENDING, Status.ASKED) and each.expires_at > now]
    mentorship = Mentorship.objects.taking_places().filter(participants__enrolment=own).first()
    return {
        "open_requests": open_now,
        "past_requests": [each for each in made if each not in open_now][:PAST_SHOWN],
        "asked": {each.mentor_id: each for each in open_now},
        "declined": {each.mentor_id for each in made if each.status == Status.DECLINED},
        "may_ask": not mentorship and len(open_now) < own.program.requests_at_once,
        "mentorship": mentorship,
    }


@require_http_methods(["GET", "POST"])
def mentor(request: Any, org: str, pk: int, mentor: int) -> HttpResponse:
    """One mentor, and the request to them. Whom a rule forbids is as little there as somebody who never signed up."""
    own = own_enrolment(request, pk)
    if own.role == Role.MENTOR:
        raise Http404
    if why := _why_not_choosing(own):
        messages.info(request, why)
        return redirect("programs:detail", org=org, pk=pk)
    try:
        found = Recommendations(own.program, own, only=mentor)
    except ValueError:
        return redirect("matching:mentors", org=org, pk=pk)
    if not found.everybody:
        raise Http404
    found.explain(found.everybody)
    row = found.everybody[0]
    form = AskForm(request.POST if request.method == "POST" else None)
    status, problem = 200, ""
    if form.is_valid():
        try:
            made = services.ask_mentor(own, row.mentor, note=form.cleaned_data["note"], by=request.member)
        except ProgramProblem as clash:
            status, problem = 409, str(clash)
        else:
            messages.success(
                request,
                _("Asked. %(name)s gets a letter, and so do you with the answer.") % {"name": row.mentor.member.name},
            )
            return redirect("matching:request", org=org, pk=made.pk)
    asked = _asked(own)
    wanted = set(own.skills.values_list("skill__name", flat=True))
    context = {
        "program": own.program, "own": own, "row": row, "detail": about(row.mentor.member), "form": form,
        "problem": problem, "asked_now": asked["asked"].get(row.mentor.pk), "wanted": wanted,
        "has_declined": row.mentor.pk in asked["declined"], **asked,
        "said": as_lines(answers_seen([row.mentor], of=EVERYBODY).get(row.mentor.pk, [])),
        "trail": trail(request, own.program, (_("Find a mentor"), reverse("matching:mentors", args=[org, pk]))),
    }  # fmt: skip
    return render(request, "matching/mentor.html", context, status=422 if form.errors else status)


@require_http_methods(["GET", "POST"])
def requests(request: Any, org: str, pk: int) -> HttpResponse:
    """A mentor's requests in the order of asking, and pausing."""
    own = own_enrolment(request, pk)
    if own.role == Role.MENTEE:
        return redirect("matching:mentors", org=org, pk=pk)
    if why := _why_not_choosing(own):
        messages.info(request, why)
        return redirect("programs:detail", org=org, pk=pk)
    if request.method == "POST":
        return _pause(request, own)
    waiting = services.open_requests().filter(mentor=own).select_related("mentee__member").order_by("made_at", "pk")
    page = Paginator(waiting, PER_PAGE).get_page(request.GET.get("page"))
    past = MentorRequest.objects.filter(mentor=own).exclude(pk__in=services.open_requests().values("pk"))
    taken = places_taken(own)
    context = {
        "program": own.program,
        "own": own,
        "page": page,
        "rows": [
            {"request": each, "detail": about(each.mentee.member), "speaking": _speaking(each, Role.MENTOR)}
            for each in page.object_list
        ],
        "past": list(past.select_related("mentee__member").order_by("-made_at", "-pk")[:PAST_SHOWN]),
        "taken": taken,
        "free": max(0, room_of(own, own.program) - taken),
        "trail": trail(request, own.program),
    }
    return render(request, "matching/requests.html", context)


def _pause(request: Any, own: Enrolment) -> HttpResponse:
    org, pk = request.organisation.slug, own.program_id
    try:
        if request.POST.get("act") == "pause":
            services.pause(own, by=request.member)
            messages.success(request, _("You are pausing: nobody new can ask you, and nobody is proposed to you."))
        elif request.POST.get("act") == "resume":
            services.resume(own, by=request.member)
            messages.success(request, _("Welcome back: mentees can ask you again."))
    except ProgramProblem as problem:
        messages.error(request, str(problem))
    return redirect("matching:requests", org=org, pk=pk)


@require_http_methods(["GET", "POST"])
def request_detail(request: Any, org: str, pk: int) -> HttpResponse:
    """One request, for the two people of it: what was said, and what each can do now."""
    made: MentorRequest = get_object_or_404(
        MentorRequest.objects.select_related("program", "mentee__member", "mentor__member"), pk=pk
    )
    roles = {made.mentee.member_id: Role.MENTEE, made.mentor.member_id: Role.MENTOR}
    role = roles.get(request.member.pk)
    if role is None:
        raise Http404
    forms = {
        "ask": QuestionBackForm(prefix="ask"), "decline": DeclineForm(prefix="decline"), "answer": AnswerForm(),
    }  # fmt: skip
    status, problem = 200, ""
    if request.method == "POST":
        act = request.POST.get("act", "")
        bound = {"ask": QuestionBackForm(request.POST, prefix="ask"), "answer": AnswerForm(request.POST),
                 "decline": DeclineForm(request.POST, prefix="decline")}.get(act)  # fmt: skip
        if bound is not None:
            forms[act] = bound
        if act not in ACTS[role]:
            problem, status = _("Please choose one of the answers."), 422
        elif bound is not None and not bound.is_valid():
            status = 422
        else:
            try:
                return _act(request, made, act, bound.cleaned_data if bound is not None else {})
            except ProgramProblem as clash:
                problem, status = str(clash), 409
                made.refresh_from_db(fields=["status", "expires_at", "question", "answer"])
    is_open = made.status in (Status.PENDING, Status.ASKED) and made.expires_at > timezone.now()
    other = made.mentor if role == Role.MENTEE else made.mentee
    taken = places_taken(made.mentor)
    back = "matching:mentors" if role == Role.MENTEE else "matching:requests"
    label = _("Find a mentor") if role == Role.MENTEE else _("Requests")
    context = {
        "program": made.program,
        "made": made,
        "role": role,
        "other": other,
        "detail": about(other.member),
        "clock": clock_of(other, reader=request.member),
        "skills": [each.skill.name for each in other.skills.select_related("skill")],
        "speaking": _speaking(made, role),
        "is_open": is_open,
        "lapsed": made.status in (Status.PENDING, Status.ASKED) and not is_open,
        "taken": taken,
        "free": max(0, room_of(made.mentor, made.program) - taken),
        "forms": forms,
        "problem": problem,
        "trail": trail(request, made.program, (label, reverse(back, args=[org, made.program_id]))),
    }
    return render(request, "matching/request_detail.html", context, status=status)


ACTS = {Role.MENTOR: ("accept", "decline", "ask"), Role.MENTEE: ("answer", "withdraw")}


def _act(request: Any, made: MentorRequest, act: str, said: dict[str, str]) -> HttpResponse:
    org, by = request.organisation.slug, request.member
    if act == "accept":
        mentorship = services.accept_request(made, by=by)
        messages.success(
            request, _("Wonderful. Your mentorship with %(name)s begins now.") % {"name": made.mentee.member.name}
        )
        return redirect("programs:mentorship", org=org, pk=mentorship.pk)
    if act == "decline":
        services.decline_request(made, reason=said["reason"], by=by)
        messages.success(
            request, _("Thank you for your answer. %(name)s is told kindly.") % {"name": made.mentee.member.name}
        )
        return redirect("matching:requests", org=org, pk=made.program_id)
    if act == "withdraw":
        services.withdraw_request(made, by=by)
        messages.success(request, _("Withdrawn. You can ask somebody else now."))
        return redirect("matching:mentors", org=org, pk=made.program_id)
    if act == "ask":
        services.ask_back(made, question=said["question"], by=by)
        messages.success(request, _("Your question is on its way to %(name)s.") % {"name": made.mentee.member.name})
    else:
        services.answer_question(made, answer=said["answer"], by=by)
        messages.success(request, _("Your answer is on its way to %(name)s.") % {"name": made.mentor.member.name})
    return redirect("matching:request", org=org, pk=made.pk)


def _speaking(made: MentorRequest, role: str) -> list[str]:
    voice = "mentee" if role == Role.MENTEE else "admin"
    return [reason.text(voice) for reason in speaking(made.reasons, limit=REASONS)]  # type: ignore[arg-type]  # reasons as they are kept
