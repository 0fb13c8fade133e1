"""What was answered, and what people gained."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import allowed, allows
from mentoring.charts import Bar, bars
from programs.models import Program

from .. import services
from ..averaging import FLOOR, score
from ..models import Survey
from ..surveying.exports import results_csv
from ..surveying.gains import gains_by_format, gains_of
from ..surveying.results import recommending, results_of
from .surveys import trail


def _require_reader(member):
    if not (allows(member, "programs.manage") or allows(member, "reports.view")):
        raise PermissionDenied


@require_safe
def survey_results(request, org, pk):
    _require_reader(request.member)
    survey = get_object_or_404(Survey.objects.select_related("program"), pk=pk)
    results = results_of(survey)
    manages = allows(request.member, "programs.manage")
    context = {
        "survey": survey,
        "program": survey.program,
        "results": results,
        "questions": [(told, _chart(told)) for told in results.questions],
        "is_closed": survey.status == Survey.Status.CLOSED,
        "floor": FLOOR,
        "trail": trail(request, survey.program, survey) if manages else [],
    }
    return render(request, "feedback/survey_results.html", context)


def _chart(told):
    if told.spread is None:
        return None
    names = {"-1": _("0 to 6"), "0": _("7 or 8"), "1": _("9 or 10")} if told.is_recommending else {}
    return bars(
        [Bar(names.get(option, option), count) for option, count in told.spread],
        title=told.question.text,
        description=_("How many people gave each answer, to the nearest five."),
        label=_("Answer"),
        value_label=_("People, to the nearest 5"),
        id=f"question-{told.question.pk}",
    )


@require_safe
def survey_results_csv(request, org, pk):
    _require_reader(request.member)
    survey = get_object_or_404(Survey.objects.select_related("program"), pk=pk)
    results = results_of(survey)
    name = f"survey-{survey.pk}-{results.as_of.astimezone(request.organisation.zone).date()}.csv"
    return HttpResponse(
        results_csv(results),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@require_safe
def program_gains(request, org, pk):
    """What the people of a programme gained, and what they think of their sessions."""
    _require_reader(request.member)
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    averages = services.averages(program)
    pulse = None
    if averages is not None:
        usual = {"answers": averages.answers, "people": averages.people, "lowest": 1, "highest": 5}
        pulse = {
            "useful": score([averages.useful * averages.answers], **usual),
            "understood": score([averages.understood * averages.answers], **usual),
        }
    manages = allows(request.member, "programs.manage")
    context = {
        "program": program,
        "gains": gains_of(program),
        "recommending": recommending(program),
        "may_compare": allows(request.member, "reports.view"),
        "pulse": pulse,
        "floor": FLOOR,
        "trail": trail(request, program) if manages else [],
    }
    return render(request, "feedback/program_gains.html", context)


@require_safe
@allowed("reports.view")
def gains(request, org):
    """What people gained, by format."""
    formats, everybody = gains_by_format(list(Program.objects.launched()))
    context = {"formats": formats, "everybody": everybody, "floor": FLOOR}
    return render(request, "feedback/gains.html", context)
