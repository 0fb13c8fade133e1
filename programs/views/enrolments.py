"""The people of a programme, for its admins."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Member
from accounts.rules import allowed

from .. import hours, services
from ..forms import SHORT_DAYS, EnrolmentFilterForm, ReasonForm, as_lines
from ..models import Enrolment, Mentorship, Participant, Program, Role
from ..panels import tabs_of_program
from ..services import approving, supply
from .posting import posted
from .programs import trail

PER_PAGE = 50
# Of those waiting for approval, as many are decided at once.
MOST_AT_ONCE = 500
STATUSES = ["active", "applied", "waiting", "withdrawn", "declined"]


@require_safe
@allowed("programs.manage")
def enrolment_list(request, org, pk):
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    counts = program.enrolments.aggregate(**{status: Count("pk", filter=Q(status=status)) for status in STATUSES})
    usual = "applied" if counts["applied"] else "active"
    status = request.GET.get("status") if request.GET.get("status") in counts else usual
    form = EnrolmentFilterForm(request.GET, program=program)
    form.is_valid()
    found = Enrolment.objects.filter(program=program, status=status)
    if role := form.cleaned_data.get("role"):
        found = found.filter(role=role)
    if text := form.cleaned_data.get("q"):
        found = found.filter(member__in=Member.objects.matching_text(text))
    matched = Participant.objects.present().filter(
        enrolment=OuterRef("pk"), mentorship__status__in=["offered", "active"]
    )
    waits_for_manager = status == "applied" and program.approver == Program.Approver.MANAGER
    found = found.select_related("member", *(["member__manager"] if waits_for_manager else []))
    found = found.prefetch_related("skills__skill").annotate(is_matched=Exists(matched))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    if waits_for_manager:
        for each in page:
            each.program = program
            each.approver = approving.approver_of(each)
    if status == "waiting":
        queue = program.enrolments.filter(status="waiting").exclude(role=Role.MENTOR).values_list("pk", flat=True)
        numbers = {waiting: number for number, waiting in enumerate(queue, 1)}
        for each in page:
            each.number = numbers.get(each.pk)
    url = reverse("programs:enrolments", args=[org, pk])
    labels = {
        "active": _("Enrolled"),
        "applied": _("To approve"),
        "waiting": _("Waiting list"),
        "withdrawn": _("Left"),
        "declined": _("Not accepted"),
    }
    context = {
        "program": program,
        "form": form,
        "page": page,
        "pages": tabs_of_program(program, by=request.member, current="people"),
        "supply_url": reverse("programs:supply", args=[org, pk]) if supply.is_counted(program) else "",
        "waits_for_manager": waits_for_manager,
        "status": status,
        "is_filtered": bool(role or text),
        "counts": counts,
        "tabs": [
            {"label": labels[key], "url": f"{url}?status={key}", "current": key == status, "count": counts[key]}
            for key in STATUSES
        ],
        "trail": trail(request, program),
    }
    return render(request, "programs/enrolment_list.html" + ("#results" if request.htmx else ""), context)


@require_POST
@allowed("programs.manage")
def enrolment_approve(request, org, pk):
    """Approve those ticked, or all that wait."""
    program = get_object_or_404(Program.objects.running(), pk=pk)
    waiting = program.enrolments.filter(status=Enrolment.Status.APPLIED).select_related("program", "member")
    if not request.POST.get("all"):
        chosen = [int(each) for each in request.POST.getlist("enrolment") if each.isdecimal() and len(each) < 19]
        waiting = waiting.filter(pk__in=chosen)
    approved = services.approve_all(list(waiting[:MOST_AT_ONCE]), by=request.member)
    if approved:
        text = ngettext("%(n)d sign-up is approved.", "%(n)d sign-ups are approved.", approved) % {"n": approved}
        messages.success(request, text)
    else:
        messages.warning(request, _("Nobody was chosen, so nothing has changed."))
    back = f"{reverse('programs:enrolments', args=[org, pk])}?status=applied"
    return redirect(back if program.enrolments.filter(status="applied").exists() else back.partition("?")[0])


def _find(pk):
    return get_object_or_404(Enrolment.objects.select_related("program", "member", "decided_by", "nominated_by"), pk=pk)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def enrolment_detail(request, org, pk):
    """What somebody said when signing up; a post approves it."""
    enrolment = _find(pk)
    if request.method == "POST":
        try:
            enrolment = services.approve(enrolment, by=request.member)
        except services.ProgramProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, _("%(name)s is approved.") % {"name": enrolment.member.name})
        return redirect("programs:enrolment", org=org, pk=pk)
    mentorships = (
        Mentorship.objects.filter(participants__enrolment=enrolment).with_people().order_by("-offered_at")[:20]
    )
    related = []
    for mentorship in mentorships:
        others = [part for part in mentorship.participants.all() if part.enrolment_id != enrolment.pk]
        related.append({"mentorship": mentorship, "names": ", ".join(part.enrolment.member.name for part in others)})
    context = {
        "enrolment": enrolment,
        "program": enrolment.program,
        "person": enrolment.member,
        "skills": [each.skill.name for each in enrolment.skills.select_related("skill")],
        "free": hours.in_words(enrolment.free_hours, [str(day) for day in SHORT_DAYS]),
        "answers": as_lines(enrolment.answers.select_related("question")),
        "related": related,
        "is_open": enrolment.program.status != Program.Status.CLOSED,
        "trail": [
            *trail(request, enrolment.program),
            {"label": _("People"), "url": reverse("programs:enrolments", args=[org, enrolment.program_id])},
        ],
    }
    return render(request, "programs/enrolment_detail.html", context)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def enrolment_decline(request, org, pk):
    enrolment = _find(pk)
    form = ReasonForm(
        posted(request),
        help_text=_("They read it in their letter. You may leave it empty."),
        visible_to=_("%(name)s and programme admins") % {"name": enrolment.member.name},
    )
    if form.is_valid():
        try:
            services.decline_enrolment(enrolment, reason=form.cleaned_data["reason"], by=request.member)
        except services.ProgramProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, _("%(name)s has been told.") % {"name": enrolment.member.name})
        return redirect("programs:enrolments", org=org, pk=enrolment.program_id)
    context = {"enrolment": enrolment, "program": enrolment.program, "form": form}
    return render(request, "programs/enrolment_decline.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def enrolment_remove(request, org, pk):
    """Take somebody out of a programme."""
    enrolment = _find(pk)
    if enrolment.program.status == Program.Status.CLOSED:
        return redirect("programs:enrolment", org=org, pk=pk)
    if request.method == "POST":
        services.withdraw(enrolment, by=request.member)
        messages.success(request, _("%(name)s no longer takes part.") % {"name": enrolment.member.name})
        return redirect("programs:enrolments", org=org, pk=enrolment.program_id)
    running = Mentorship.objects.taking_places().filter(participants__enrolment=enrolment).count()
    context = {"enrolment": enrolment, "program": enrolment.program, "running": running}
    return render(request, "programs/enrolment_remove.html", context)
