"""Programmes: their list, their page for admins and for members, and their closing."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import allowed, allows

from .. import eligibility, services
from ..forms import ProgramForm
from ..models import Enrolment, Mentorship, Participant, Program, Role
from ..panels import NextStep, panels_of_enrolment, panels_of_program, tabs_of_program
from ..services import approving, seeking, staging
from ..services.places import waiting_position
from ..wording import own_length, rhythm
from .posting import posted

PER_PAGE = 20


@require_safe
def program_list(request, org):
    """What one may sign up for or takes part in; for admins, also every programme there is."""
    may_manage = allows(request.member, "programs.manage")
    managing = may_manage and request.GET.get("tab") != "mine"
    own = Enrolment.objects.filter(member=request.member)
    programs = Program.objects.all()
    if managing:
        programs = programs.annotate(
            mentors=Count("enrolments", filter=Q(enrolments__status="active", enrolments__role="mentor")),
            mentees=Count("enrolments", filter=Q(enrolments__status="active") & ~Q(enrolments__role="mentor")),
            to_approve=Count("enrolments", filter=Q(enrolments__status="applied")),
        )
    else:
        mine = own.exclude(status=Enrolment.Status.DECLINED).values("program_id")
        programs = programs.launched().filter(Q(status=Program.Status.OPEN) | Q(pk__in=mine))
    page = Paginator(programs.order_by("-created_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    enrolments = {each.program_id: each for each in own.filter(program__in=[each.pk for each in page])}
    for program in page:
        program.own = enrolments.get(program.pk)
    tabs = [
        {"label": _("All programmes"), "url": "?", "current": managing},
        {"label": _("For you"), "url": "?tab=mine", "current": not managing},
    ]
    context = {"page": page, "managing": managing, "may_manage": may_manage, "tabs": tabs if may_manage else []}
    return render(request, "programs/program_list.html", context)


def find_program(request, pk):
    """A programme that the reader may know of: drafts are for admins."""
    program = get_object_or_404(Program, pk=pk)
    if program.status == Program.Status.DRAFT and not allows(request.member, "programs.manage"):
        raise Http404
    return program


@require_safe
def program_detail(request, org, pk):
    """A programme, with the reader's own part in it; for admins also its numbers and what to do next."""
    program = find_program(request, pk)
    if program.status == Program.Status.DRAFT:
        return redirect("programs:wizard", org=org, pk=pk, step=program.wizard_step)
    may_manage = allows(request.member, "programs.manage")
    own = Enrolment.objects.filter(program=program, member=request.member).first()
    if own is not None:
        own.program = program
    mentorships = (
        list(
            # By the one enrolment: a join would leave it to the planner to find out that it is one.
            Mentorship.objects.filter(
                pk__in=Participant.objects.present().filter(enrolment=own).values("mentorship_id")
            ).with_people()[:20]
        )
        if own
        else []
    )
    for mentorship in mentorships:
        mentorship.others = [
            part.enrolment.member
            for part in services.present(mentorship.participants.all())
            if part.enrolment.member_id != request.member.pk
        ]
    closed = services.why_closed(program)
    parts = program.parts
    context = {
        "program": program,
        "own": own,
        "leading": parts.get(Role.MENTOR),
        "joining": next(part for role, part in parts.items() if role != Role.MENTOR),
        "may_nominate": program.takes_nominations
        and not closed
        and (may_manage or request.member.reports.filter(left_on__isnull=True).exists()),
        "mentorships": mentorships,
        "is_taken_up": own is not None and own.status in ("applied", "waiting", "active"),
        "closed": closed,
        "rhythm": rhythm(program),
        "own_length": own_length(program),
        "may_manage": may_manage,
        "stages": staging.stages_of(program),
        "eligibility": eligibility_rows(program),
        "approver": approving.approver_of(own) if own is not None and own.status == "applied" else None,
        "position": waiting_position(own) if own is not None else None,
        "trail": trail(request),
    }
    own_panels = panels_of_enrolment(own, by=request.member) if context["is_taken_up"] else []
    steps = [panel["next_step"] for panel in own_panels if panel.get("next_step")]
    if may_manage:
        counts = count(program)
        panels = panels_of_program(program, by=request.member)
        context |= {"counts": counts, "panels": panels, "changes_asked": changes_asked(program, besides=request.member)}
        context["tabs"] = tabs_of_program(program, by=request.member, current="overview")
        steps.append(next_step(request, program, counts, panels))
    steps = [step for step in steps if step]
    context |= {"own_panels": own_panels, "next_step": min(steps, key=lambda step: step.rank, default=None)}
    return render(request, "programs/program_detail.html", context)


def eligibility_rows(program):
    """Each role with who may sign up for it, in words."""
    return [
        {"role": role, "part": part, "words": eligibility.in_words(program.eligibility.get(role) or {})}
        for role, part in program.parts.items()
    ]


def changes_asked(program, *, besides):
    """Who asks for somebody else, in mentorships that the reader has no part in."""
    asked = Participant.objects.filter(
        mentorship__program=program, mentorship__status="active", change_asked_at__isnull=False
    )
    own = Mentorship.objects.involving(besides).values("pk")
    return list(asked.exclude(mentorship__in=own).select_related("enrolment__member").order_by("change_asked_at")[:20])


def trail(request, program=None):
    steps = [{"label": _("Programmes"), "url": reverse("programs:list", args=[request.organisation.slug])}]
    if program is not None:
        url = reverse("programs:detail", args=[request.organisation.slug, program.pk])
        steps.append({"label": program.name or _("New programme"), "url": url})
    return steps


def count(program):
    """Mentors, places, mentees and mentorships of a programme, in two queries."""
    enrolments = program.enrolments.aggregate(
        mentors=Count("pk", filter=Q(status="active", role="mentor")),
        places=Sum("capacity", filter=Q(status="active", role="mentor"), default=0),
        # All who are no mentors: where all are alike that is everybody.
        mentees=Count("pk", filter=Q(status="active") & ~Q(role="mentor")),
        to_approve=Count("pk", filter=Q(status="applied")),
        unmatched=Count("pk", filter=Q(pk__in=seeking.seeking([program]).values("pk"))),
        served=Count("pk", filter=Q(pk__in=seeking.served([program]).values("enrolment_id"))),
        waiting=Count("pk", filter=Q(status="waiting")),
    )
    mentorships = program.mentorships.aggregate(
        offered=Count("pk", filter=Q(status="offered")),
        active=Count("pk", filter=Q(status="active")),
        declined=Count("pk", filter=Q(status="declined")),
        completed=Count("pk", filter=Q(status="completed")),
        ended=Count("pk", filter=Q(status="ended")),
    )
    return {**enrolments, **mentorships}


def next_step(request, program, counts, panels):
    """The one thing to do next; the apps above add theirs through their panels."""
    org = request.organisation.slug
    if program.status == Program.Status.CLOSED:
        return None
    steps = [panel["next_step"] for panel in panels if panel.get("next_step")]
    people = reverse("programs:enrolments", args=[org, program.pk])
    if counts["to_approve"] and program.approver == Program.Approver.MANAGER:
        if n := approving.without_manager(program).count():
            title = ngettext("%(n)d sign-up waits for you", "%(n)d sign-ups wait for you", n) % {"n": n}
            text = _("Their line managers would decide, but nobody is known who could be asked.")
            steps.append(NextStep(title, text, f"{people}?status=applied", _("Look at them"), rank=10))
    elif counts["to_approve"]:
        n = counts["to_approve"]
        title = ngettext("%(n)d sign-up waits for your approval", "%(n)d sign-ups wait for your approval", n) % {"n": n}
        text = _("Until then they don’t take part, and nobody has told them yes or no.")
        steps.append(NextStep(title, text, f"{people}?status=applied", _("Look at them"), rank=10))
    invite = reverse("programs:invite", args=[org, program.pk])
    parts = program.parts
    two_sides = len(parts) > 1
    has_places = two_sides and parts[Role.MENTOR].capacity is not None
    if not counts["mentors"] and not counts["mentees"]:
        text = _("The sign-up page is open, but nobody knows of it yet. Invite people, or import a sheet of sign-ups.")
        steps.append(NextStep(_("Invite people to sign up"), text, invite, _("Invite people"), rank=20))
    elif two_sides and not (counts["mentors"] and counts["mentees"]):
        of_whom = next(
            part.plural for role, part in parts.items() if (role == Role.MENTOR) is not bool(counts["mentors"])
        )
        missing = _("There are no %(people)s yet") % {"people": of_whom}
        steps.append(NextStep(missing, _("Invite people to sign up for it."), invite, _("Invite people"), rank=20))
    elif has_places and (n := counts["mentees"] - counts["served"] - counts["places"]) > 0:
        title = ngettext("%(n)d more place for mentees is needed", "%(n)d more places for mentees are needed", n)
        text = _("The mentors take %(places)d mentees, and %(mentees)d have signed up. Invite more mentors.") % counts
        if counts["served"]:
            text = _(
                "The mentors take %(places)d mentees, and %(needed)d have somebody or look for somebody. Invite more mentors."
            ) % {"places": counts["places"], "needed": n + counts["places"]}
        steps.append(NextStep(title % {"n": n}, text, invite, _("Invite people"), rank=60))
    return min(steps, key=lambda step: step.rank, default=None)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def program_edit(request, org, pk):
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    form = ProgramForm(posted(request), program=program, by=request.member)
    if form.is_valid():
        try:
            program = services.change_program(program, by=request.member, **form.fields_to_save())
        except services.ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            ProgramForm(program=program, by=request.member).remember()
            messages.success(request, _("Saved."))
            return redirect("programs:detail", org=org, pk=pk)
    context = {"form": form, "program": program, "trail": trail(request, program)}
    return render(request, "programs/program_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def program_discard(request, org, pk):
    program = get_object_or_404(Program, pk=pk, status=Program.Status.DRAFT)
    if request.method == "POST":
        services.discard_draft(program, by=request.member)
        messages.success(request, _("The draft is gone."))
        return redirect("programs:list", org=org)
    return render(request, "programs/program_discard.html", {"program": program, "trail": trail(request)})


@require_POST
@allowed("programs.manage")
def program_sign_up(request, org, pk):
    """Close sign-up, or open it again."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    act = services.reopen_sign_up if request.POST.get("open") else services.close_sign_up
    try:
        program = act(program, by=request.member)
    except services.ProgramProblem as problem:
        messages.error(request, str(problem))
    else:
        is_open = program.status == Program.Status.OPEN
        messages.success(request, _("Sign-up is open again.") if is_open else _("Sign-up is closed."))
    return redirect("programs:detail", org=org, pk=pk)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def program_close(request, org, pk):
    program = get_object_or_404(Program.objects.running(), pk=pk)
    if request.method == "POST":
        services.close_program(program, by=request.member)
        messages.success(request, _("“%(name)s” is closed, and everybody has been told.") % {"name": program.name})
        if to_review := program.objectives.filter(reviewed_at__isnull=True).first():
            return redirect(f"{reverse('programs:objective_review', args=[org, to_review.pk])}?next=1")
        return redirect("programs:detail", org=org, pk=pk)
    objectives = list(program.objectives.all())
    context = {
        "program": program,
        "counts": count(program),
        "objectives": objectives,
        "to_review": next((each for each in objectives if each.reviewed_at is None), None),
        "trail": trail(request, program),
    }
    return render(request, "programs/program_close.html", context)
