"""How the mentorships of a programme do, for its admins, and what can be done for those at risk."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rules import allowed
from programs.models import Mentorship, Program
from programs.panels import tabs_of_program

from . import helping, standing

PER_PAGE = 20
NAMES = {
    standing.AT_RISK: gettext_lazy("At risk"),
    standing.WATCH: gettext_lazy("Worth a look"),
    standing.WELL: gettext_lazy("Doing well"),
    standing.PAUSED: gettext_lazy("Paused"),
}


class TalkForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("A word from you"),
        max_length=helping.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Such as when you have time. Don’t name who said what."),
        error_messages={"required": gettext_lazy("Write a few words, such as when you have time.")},
    )


@require_safe
@allowed("programs.manage")
def relationships(request, org, pk):
    """Every mentorship of a programme by how it does, those at risk first."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    found = standing.standings_of(program, by=request.member)
    counts = {state: sum(each.health.state == state for each in found) for state in standing.STATES}
    chosen = request.GET.get("state")
    if chosen not in standing.STATES:
        chosen = standing.AT_RISK
    page = Paginator([each for each in found if each.health.state == chosen], PER_PAGE).get_page(
        request.GET.get("page")
    )
    standing.complete(page.object_list)
    here = reverse("feedback:relationships", args=[org, pk])
    context = {
        "program": program,
        "page": page,
        "chosen": chosen,
        "counts": counts,
        "total": len(found),
        "pages": tabs_of_program(program, by=request.member, current="relationships"),
        "tabs": [
            {
                "label": NAMES[state],
                "url": f"{here}?state={state}",
                "current": state == chosen,
                "count": counts[state],
            }
            for state in standing.STATES
        ],
        "trail": _trail(org, program),
    }
    return render(request, "feedback/relationships.html", context)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def help_mentorship(request, org, pk):
    """How one does and what was done; `do` reminds both, offers a talk, or leads to another match."""
    member = request.member
    mentorship = get_object_or_404(Mentorship.objects.taking_places().select_related("program"), pk=pk)
    if Mentorship.objects.involving(member).filter(pk=pk).exists():
        # What is known of it in confidence is not for those in it; another admin has to help.
        raise Http404
    do = request.POST.get("do", "")
    form = TalkForm(request.POST if do == "talk" else None)
    back = redirect("feedback:help", org=org, pk=pk)
    try:
        if do == "nudge":
            helping.nudge(mentorship, by=member)
            messages.success(request, _("Everybody in it has been written to."))
            return back
        if do == "rematch":
            helping.look_for_another(mentorship, by=member)
            return redirect("programs:mentorship_end", org=org, pk=pk)
        if do == "talk" and form.is_valid():
            helping.offer_talk(mentorship, note=form.cleaned_data["note"], by=member)
            messages.success(request, _("Your offer is on its way; answers come to your own e-mail address."))
            return back
    except helping.HelpProblem as problem:
        if do == "talk":
            form.add_error("note", str(problem))
        else:
            messages.warning(request, str(problem))
            return back
    found = standing.standing_of(mentorship)
    context = {
        "program": mentorship.program,
        "mentorship": mentorship,
        "standing": found,
        "state_name": NAMES[found.health.state],
        "form": form,
        "trail": [
            *_trail(org, mentorship.program),
            {
                "label": _("Relationships"),
                "url": reverse("feedback:relationships", args=[org, mentorship.program_id]),
            },
        ],
    }
    return render(request, "feedback/help.html", context, status=422 if form.errors else 200)


def _trail(org, program):
    return [
        {"label": _("Programmes"), "url": reverse("programs:list", args=[org])},
        {"label": program.name, "url": reverse("programs:detail", args=[org, program.pk])},
    ]
