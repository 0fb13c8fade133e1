"""What a programme's page shows of matching to its admins."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from programs.models import Enrolment, Program, Role
from programs.panels import NextStep, participant_panel, program_panel
from programs.services.places import has_mentor

from . import services, showing
from .gathering import taking_part
from .models import GroupProposal, MatchRun, MentorRequest, Proposal


@program_panel
def matching(program: Program, *, by: Member) -> dict[str, Any] | None:
    if program.status not in (Program.Status.OPEN, Program.Status.RUNNING):
        return None
    run = MatchRun.objects.filter(program=program).finished().first()
    if services.is_arranged(program):
        return _arranged(program, run, by=by)
    figures = showing.summary(program)
    # Until there is somebody to match, recruiting comes first.
    is_ready = bool(figures.proposed) or bool(figures.unmatched and taking_part(program).mentors().exists())
    url = reverse("matching:board", args=[by.organisation.slug, program.pk])
    return {
        "template": "matching/program_panel.html",
        "figures": figures,
        "run": run,
        "next_step": _next_step(program, figures, run, url) if is_ready else None,
    }


def _arranged(program: Program, run: MatchRun | None, *, by: Member) -> dict[str, Any]:
    """Where people are not in plain pairs of two sides."""
    drafts = GroupProposal.objects.filter(program=program, status=Proposal.Status.DRAFT).count()
    drafts += Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT).count()
    url = reverse("matching:groups", args=[by.organisation.slug, program.pk])
    step = None
    if drafts:
        title = ngettext("Look at %(n)d suggestion", "Look at %(n)d suggestions", drafts) % {"n": drafts}
        text = _("Nobody has been told yet: change or lock what you like, then publish.")
        step = NextStep(title, text, url, _("Look at the suggestions"), rank=20)
    elif run is None and taking_part(program).count() > 1:
        title = _("Find out who could be with whom")
        text = _("Matching compares everybody with everybody and suggests the best as a whole.")
        step = NextStep(title, text, url, _("Go to matching"), rank=30)
    elif run is not None and (late := _latecomers(program, run)):
        title = ngettext(
            "%(n)d person has come since it last ran", "%(n)d people have come since it last ran", late
        ) % {"n": late}  # fmt: skip
        text = _("Let it find a place for them; what is published stays as it is.")
        step = NextStep(title, text, url, _("Go to matching"), rank=30)
    return {"template": "matching/arranged_panel.html", "drafts": drafts, "run": run, "url": url, "next_step": step}


def _latecomers(program: Program, run: MatchRun) -> int:
    """Who has joined since a run and is in no group; a timetable is made once for all."""
    if program.kind.arranging not in ("pool", "circles"):
        return 0
    count: int = services.people_without_group(program).filter(joined_at__gt=run.started_at).count()
    return count


def _next_step(program: Program, figures: showing.Summary, run: MatchRun | None, url: str) -> NextStep | None:
    if figures.proposed:
        title = ngettext("Look at %(n)d proposed pair", "Look at %(n)d proposed pairs", figures.proposed)
        text = _("Nobody has been told yet: swap, lock or discard what you like, then publish.")
        return NextStep(title % {"n": figures.proposed}, text, url, _("Look at the proposals"), rank=20)
    if run is None and program.pairing != Program.Pairing.CHOICE:
        title = ngettext(
            "%(n)d mentee is waiting for a mentor", "%(n)d mentees are waiting for a mentor", figures.unmatched
        )
        text = _("Matching compares everybody with everybody and proposes the best pairs. It also runs every night.")
        return NextStep(title % {"n": figures.unmatched}, text, url, _("Go to matching"), rank=30)
    return None


@participant_panel
def choosing(enrolment: Enrolment, *, by: Member) -> dict[str, Any] | None:
    """Where mentees choose: whom to answer, or whom to ask; and everybody's wishes."""
    program = enrolment.program
    if program.status not in (Program.Status.OPEN, Program.Status.RUNNING):
        return None
    panel: dict[str, Any] = {"template": "matching/participant_panel.html", "chooses": False, "next_step": None}
    if enrolment.status != Enrolment.Status.ACTIVE or not services.mentees_choose(program):
        return panel
    panel["chooses"] = True
    org = by.organisation.slug
    if enrolment.role == Role.MENTOR:
        waiting = services.open_requests().filter(mentor=enrolment, status=MentorRequest.Status.PENDING).count()
        panel["waiting"] = waiting
        if waiting:
            title = ngettext("%(n)d mentee asks you", "%(n)d mentees ask you", waiting) % {"n": waiting}
            text = _("They would like you as their mentor, and wait for your answer.")
            url = reverse("matching:requests", args=[org, program.pk])
            panel["next_step"] = NextStep(title, text, url, _("Look and answer"), rank=15)
        return panel
    made = list(services.open_requests().filter(mentee=enrolment).select_related("mentor__member").order_by("-status"))
    panel["made"] = made
    asked = next((each for each in made if each.status == MentorRequest.Status.ASKED), None)
    if asked is not None:
        title = _("%(name)s would like to know more") % {"name": asked.mentor.member.name}
        text = _("Answer the question, so that they can say yes or no.")
        url = reverse("matching:request", args=[org, asked.pk])
        panel["next_step"] = NextStep(title, text, url, _("Answer"), rank=15)
    elif not made and not has_mentor(enrolment):
        text = _("You choose. Look who suits you and why, and ask somebody.")
        url = reverse("matching:mentors", args=[org, program.pk])
        panel["next_step"] = NextStep(_("Find a mentor"), text, url, _("Look at the mentors"), rank=30)
    return panel
