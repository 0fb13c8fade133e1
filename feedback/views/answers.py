"""Answering a survey."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..averaging import FLOOR
from ..forms import AnswerForm
from ..models import Survey, SurveyInvitation
from ..services import FeedbackProblem
from ..surveying import answering


@never_cache
@require_http_methods(["GET", "POST"])
def survey_answer(request, org, pk):
    mine = SurveyInvitation.objects.filter(enrolment__member=request.member)
    invitation = get_object_or_404(mine.select_related("survey__program", "enrolment", "mentorship"), pk=pk)
    survey = invitation.survey
    is_open = survey.status == Survey.Status.OPEN and invitation.closes_at > timezone.now()
    skills = [(each.skill_id, each.skill.name) for each in invitation.enrolment.skills.select_related("skill")]
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        questions=list(survey.questions.all()),
        skills=skills,
        given=dict(invitation.answers.values_list("question_id", "value")),
    )
    if form.is_valid():
        try:
            answering.answer_survey(invitation, answers=form.answers(), by=request.member)
        except FeedbackProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("Thank you. Your answers are in."))
            return redirect("reports:home", org=org)
    others = []
    if invitation.mentorship is not None:
        parts = invitation.mentorship.participants.present().exclude(enrolment=invitation.enrolment_id)
        others = [part.enrolment.member.name for part in parts.select_related("enrolment__member")]
    context = {
        "invitation": invitation,
        "survey": survey,
        "form": form,
        "others": others,
        "is_open": is_open,
        "floor": FLOOR,
        "others_needed": FLOOR - 1,
    }
    return render(request, "feedback/survey_answer.html", context, status=422 if form.errors else 200)
