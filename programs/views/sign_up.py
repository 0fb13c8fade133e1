"""The sign-up page, and leaving again."""

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Skill

from .. import services
from ..forms import SignUpForm
from ..models import Enrolment, Mentorship, Program
from .posting import posted
from .programs import find_program, trail

SUGGESTIONS = 500


@require_http_methods(["GET", "POST"])
def program_join(request, org, pk):
    """Choose a role and sign up; afterwards the same page changes what was said."""
    program = find_program(request, pk)
    if program.status == Program.Status.DRAFT:
        return redirect("programs:detail", org=org, pk=pk)
    own = Enrolment.objects.filter(program=program, member=request.member).first()
    is_taken_up = own is not None and own.status in ("applied", "waiting", "active")
    context = {"program": program, "own": own, "is_taken_up": is_taken_up, "trail": trail(request, program)}
    if not is_taken_up:
        parts = program.parts
        refusals = {role: services.why_not(program, request.member, role=role) for role in parts}
        context |= {
            "closed": services.why_closed(program),
            "choices": [{"role": role, "part": part, "refusal": refusals[role]} for role, part in parts.items()],
        }
        role = request.POST.get("role") or request.GET.get("role") or ""
        if len(parts) == 1:
            # Where all are alike there is nothing to choose.
            role = next(iter(parts))
        if role not in parts or context["closed"] or refusals[role]:
            if request.method == "POST" and (refusal := context["closed"] or refusals.get(role)):
                messages.error(request, refusal)
            return render(request, "programs/program_join_role.html", context)
    else:
        role = own.role
    if own is not None:
        prefetch_related_objects([own], "skills__skill", "answers")
    form = SignUpForm(
        posted(request),
        program=program,
        role=role,
        member=request.member,
        # Somebody who comes back as the same finds what they said the last time.
        enrolment=own if own is not None and own.role == role else None,
        skills=list(Skill.objects.values_list("name", flat=True)[:SUGGESTIONS]),
    )
    if form.is_valid():
        try:
            if is_taken_up:
                services.change_sign_up(own, by=request.member, **form.fields_to_save())
                messages.success(request, _("Your answers are saved."))
            else:
                services.enrol(program, request.member, role=role, by=request.member, **form.fields_to_save())
                messages.success(request, _("Thank you, you have signed up."))
        except services.ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("programs:detail", org=org, pk=pk)
    context |= {"form": form, "role": role, "part": program.kind.all_parts[role]}
    context["changes"] = own is not None and is_taken_up and services.stays_open(own)
    return render(request, "programs/program_join.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def program_leave(request, org, pk):
    """Ask, naming what ends with it, and leave."""
    enrolment = get_object_or_404(
        Enrolment.objects.select_related("program"),
        program_id=pk,
        member=request.member,
        status__in=["applied", "waiting", "active"],
    )
    if enrolment.program.status == Program.Status.CLOSED:
        return redirect("programs:detail", org=org, pk=pk)
    if request.method == "POST":
        services.withdraw(enrolment, by=request.member)
        messages.success(request, _("You have left “%(name)s”.") % {"name": enrolment.program.name})
        return redirect("programs:detail", org=org, pk=pk)
    running = Mentorship.objects.taking_places().filter(participants__enrolment=enrolment).with_people()
    others = [
        part.enrolment.member.name
        for mentorship in running
        for part in mentorship.participants.all()
        if part.enrolment_id != enrolment.pk
    ]
    context = {"program": enrolment.program, "others": others, "trail": trail(request, enrolment.program)}
    return render(request, "programs/program_leave.html", context)
