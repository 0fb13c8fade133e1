"""What the page of a mentorship shows of its goals, its agreement and its end, and a programme’s of what to look at."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member

from .models import Certificate, ClosingReview, Enrolment, Goal, Mentorship, Program, Question
from .panels import NextStep, Tab, mentorship_panel, participant_panel, program_panel, program_tab
from .services import agreements, closing, goals, lifelines

SHOWN = 3


@mentorship_panel
def goals_panel(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """The open goals, and how far they are."""
    if mentorship.round is not None:
        # A meeting of an event is over in minutes.
        return None
    is_active = mentorship.status == Mentorship.Status.ACTIVE
    found = goals.goals_of(mentorship) if is_active or mentorship.goals.exists() else []
    if not is_active and not found:
        return None
    shown = [goal for goal in found if goal.status == Goal.Status.OPEN or not is_active][:SHOWN]
    rows = []
    for goal in shown:
        share, steps = goals.share_reached(goal), list(goal.milestones.all())
        rows.append({
            "goal": goal,
            "percent": None if share is None else round(share * 100),
            "steps": steps,
            "done": sum(step.done_at is not None for step in steps),
        })  # fmt: skip
    return {
        "template": "programs/goals_panel.html",
        "rank": 60,
        "goals": rows,
        "count": len(found),
        "today": timezone.now().astimezone(by.zone).date(),
        "is_active": is_active,
    }


@mentorship_panel
def agreement_panel(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """Whether there is an agreement, and who has still to accept it."""
    if mentorship.round is not None:
        return None
    is_active = mentorship.status == Mentorship.Status.ACTIVE
    versions = agreements.standings_of(mentorship)
    if not versions and not is_active:
        return None
    latest = versions[0] if versions else None
    return {
        "template": "programs/agreement_panel.html",
        "rank": 70,
        "aside": True,
        "latest": latest,
        "to_accept": is_active and latest is not None and any(member.pk == by.pk for member in latest.missing),
        "is_active": is_active,
    }


@mentorship_panel
def closing_panel(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """Near the end the look back comes first, and afterwards the certificate."""
    is_done = mentorship.status == Mentorship.Status.COMPLETED
    if not is_done and not closing.nears_end(mentorship):
        return None
    return {
        "template": "programs/closing_panel.html",
        "rank": 10,
        "is_done": is_done,
        "last_day": lifelines.end_of(mentorship),
        "has_certificate": Certificate.objects.filter(mentorship=mentorship, member=by).exists(),
        "has_review": ClosingReview.objects.filter(mentorship=mentorship, member=by).exists(),
    }


@mentorship_panel
def path_panel(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """Since when, until when, and the way to everything that happened."""
    if mentorship.started_at is None or mentorship.round is not None:
        return None
    return {"template": "programs/path_panel.html", "rank": 75, "aside": True, "last_day": lifelines.end_of(mentorship)}


@participant_panel
def answers_panel(enrolment: Enrolment, *, by: Member) -> dict[str, Any] | None:
    """The way to what people said to everybody."""
    said = Question.objects.filter(program=enrolment.program_id, visible_to=Question.Visibility.EVERYBODY)
    if enrolment.status != Enrolment.Status.ACTIVE or not said.exists():
        return None
    return {"template": "programs/answers_panel.html"}


@program_panel
def checks(program: Program, *, by: Member) -> dict[str, Any] | None:
    """Mentorships that something has changed for."""
    own = Mentorship.objects.involving(by).values("pk")
    found = Mentorship.objects.filter(program=program, check_since__isnull=False).exclude(pk__in=own)
    shown = list(found.order_by("check_since", "pk").with_people()[:10])
    if not shown:
        return None
    first = shown[0]
    step = NextStep(
        title=_("Something has changed for a mentorship"),
        text=first.check_reason,
        url=reverse("programs:mentorship", args=[by.organisation.slug, first.pk]),
        action=_("Look at it"),
        rank=15,
    )
    return {"template": "programs/checks_panel.html", "next_step": step, "checks": shown}


@program_tab
def overview_tab(program: Program, *, by: Member) -> Tab | None:
    """Where a programme stands; a draft has its wizard instead."""
    if program.status == Program.Status.DRAFT:
        return None
    return Tab("overview", _("Overview"), reverse("programs:detail", args=[by.organisation.slug, program.pk]), rank=0)


@program_tab
def plan_tab(program: Program, *, by: Member) -> Tab:
    """Stages, objectives, the check before the launch, and who may sign up."""
    return Tab("plan", _("Plan"), reverse("programs:plan", args=[by.organisation.slug, program.pk]), rank=10)


@program_tab
def people_tab(program: Program, *, by: Member) -> Tab | None:
    if program.status == Program.Status.DRAFT:
        return None
    return Tab("people", _("People"), reverse("programs:enrolments", args=[by.organisation.slug, program.pk]), rank=20)
