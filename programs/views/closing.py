"""The end of a mentorship: looking back, the certificate, what comes next, and who is recognised."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Skill
from accounts.rules import allowed

from .. import services
from ..forms.along import ClosingForm
from ..models import Certificate, ClosingReview, Enrolment, EnrolmentSkill, Goal, Program, Role
from ..services import certificates, closing, lifelines
from ..services.problems import ProgramProblem
from .finding import find_own
from .posting import posted

MOST_SKILLS = 6


@never_cache
@require_http_methods(["GET", "POST"])
def mentorship_closing(request, org, pk):
    """Look back: one's own words, those of the others, the goals, and one's certificate."""
    mentorship, context = find_own(request, pk)
    if not closing.may_review(mentorship):
        return redirect("programs:mentorship", org=org, pk=pk)
    reviews = list(ClosingReview.objects.filter(mentorship=mentorship).select_related("member"))
    own_review = next((each for each in reviews if each.member_id == request.member.pk), None)
    goals = list(Goal.objects.filter(mentorship=mentorship, status=Goal.Status.OPEN).order_by("due_on", "pk"))
    enrolments = [part.enrolment_id for part in context["people"] if part.role != Role.MENTOR]
    wanted = EnrolmentSkill.objects.filter(enrolment__in=enrolments).values("skill_id")
    skills = list(Skill.objects.filter(pk__in=wanted).order_by("key")[:MOST_SKILLS])
    form = ClosingForm(posted(request), goals=goals, skills=skills, review=own_review)
    if form.is_valid():
        names = ("went_well", "otherwise", "thanks", "would_mentor")
        said = closing.LookBack(
            **{name: form.cleaned_data[name] for name in names}, skills=form.skills_said(), goals=form.goals_said()
        )
        try:
            closing.write_review(mentorship, said, by=request.member)
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Thank you for looking back."))
            return redirect("programs:closing", org=org, pk=pk)
    names = dict(Skill.objects.filter(pk__in=_skills_in(reviews)).values_list("pk", "name"))
    context |= {
        "form": form,
        "own_review": own_review,
        "may_complete": services.may_complete(mentorship, context["people"], by=request.member),
        "is_group": services.is_group(mentorship.program, context["people"]),
        "group_name": mentorship.name,
        "others_reviews": [_shown(each, names) for each in reviews if each is not own_review],
        "certificate": Certificate.objects.filter(mentorship=mentorship, member=request.member).first(),
        "last_day": lifelines.end_of(mentorship),
        "missing": [
            part for part in context["others"] if part.enrolment.member_id not in {each.member_id for each in reviews}
        ],
    }
    return render(request, "programs/mentorship_closing.html", context, status=422 if form.errors else 200)


@require_safe
def mentor_next(request, org, pk):
    """From the letter of thanks straight to signing up as a mentor, where one can."""
    _mentorship, context = find_own(request, pk)
    taken = Enrolment.objects.filter(member=request.member, ended_at__isnull=True).values("program_id")
    for program in Program.objects.open_for_sign_up().exclude(pk__in=taken).order_by("starts_on", "pk"):
        if Role.MENTOR in program.parts and not services.why_not(program, request.member, role=Role.MENTOR):
            return redirect(reverse("programs:join", args=[org, program.pk]) + "?role=mentor")
    return render(request, "programs/mentor_next.html", context)


@never_cache
@require_safe
def certificate_pdf(request, org, pk):
    """One's own certificate; programme admins may fetch it for somebody too."""
    certificate = get_object_or_404(Certificate.objects.select_related("member"), pk=pk)
    if certificate.member_id != request.member.pk:
        find_own(request, certificate.mentorship_id, admins=True)
        if not request.member.is_admin and not request.member.is_owner:
            raise Http404
    response = HttpResponse(certificates.as_pdf(certificate), content_type="application/pdf")
    name = slugify(certificate.facts.get("name", "")) or str(certificate.pk)
    response["Content-Disposition"] = f'attachment; filename="certificate-{name}.pdf"'
    return response


@require_POST
@allowed("programs.manage")
def certificate_withdraw(request, org, pk):
    certificate = get_object_or_404(Certificate, pk=pk)
    certificates.withdraw(certificate, by=request.member)
    messages.success(request, _("The certificate is withdrawn. Whoever looks it up is told."))
    return redirect("programs:mentorship", org=org, pk=certificate.mentorship_id)


@require_safe
def certificate(request, code):
    """What a certificate's code stands for, for anybody; nothing else."""
    checked = certificates.look_up(code)
    response = render(
        request, "programs/certificate.html", {"checked": checked, "code": code[:40]}, status=200 if checked else 404
    )
    response["X-Robots-Tag"] = "noindex"
    return response


@require_http_methods(["GET", "POST"])
def recognition(request, org):
    """Who has completed a mentorship, for everybody in the organisation; a post takes one's own name off or on."""
    if request.method == "POST":
        shown = request.POST.get("shown") == "1"
        closing.show_on_board(request.member, shown=shown, by=request.member)
        messages.success(request, _("Your name is shown.") if shown else _("Your name is not shown any more."))
        return redirect("programs:recognition", org=org)
    context = {
        "recognised": closing.recognised(),
        "takes_part": Enrolment.objects.filter(member=request.member).exists(),
        "is_shown": closing.is_shown(request.member),
    }
    return render(request, "programs/recognition.html", context)


def _skills_in(reviews):
    return {each["skill"] for review in reviews for each in review.skills_gained}


def _shown(review, names):
    gained = [each | {"name": names[each["skill"]]} for each in review.skills_gained if each["skill"] in names]
    return {"review": review, "gained": gained}
