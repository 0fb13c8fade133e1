"""Where the pages of a programme lead to what there is to read, and to what its people were told."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Member

from .models import Enrolment, Mentorship, Program
from .panels import NextStep, Tab, mentorship_panel, participant_panel, program_tab
from .services import announcements, chat, resources


@program_tab
def resources_tab(program: Program, *, by: Member) -> Tab | None:
    if program.status == Program.Status.DRAFT:
        return None
    url = reverse("programs:resources", args=[by.organisation.slug, program.pk])
    return Tab("resources", _("Resources"), url, rank=60)


@participant_panel
def preparing(enrolment: Enrolment, *, by: Member) -> dict[str, Any] | None:
    """The way to what there is to read, and first of all to the training that matching waits for."""
    program = enrolment.program
    found = resources.for_reader(program, enrolment.role, by)
    if not found or program.status == Program.Status.CLOSED:
        return None
    open_ = [each for each in found if each.required and not each.is_read]
    step = None
    is_waiting = program.training_required and enrolment.trained_at is None and bool(open_)
    if is_waiting and not Mentorship.objects.involving(by).taking_places().filter(program=program).exists():
        step = NextStep(
            title=_("Read what you need to know first"),
            text=_("You are matched once you have read everything that is required."),
            url=reverse("programs:prepare", args=[by.organisation.slug, program.pk]),
            action=_("Prepare"),
            rank=5,
        )
    return {
        "template": "programs/prepare_panel.html",
        "next_step": step,
        "count": len(found),
        "read": sum(each.is_read for each in found),
    }


@program_tab
def announcements_tab(program: Program, *, by: Member) -> Tab | None:
    if program.status == Program.Status.DRAFT:
        return None
    url = reverse("programs:announcements", args=[by.organisation.slug, program.pk])
    return Tab("announcements", _("Announcements"), url, rank=65)


@participant_panel
def told(enrolment: Enrolment, *, by: Member) -> dict[str, Any] | None:
    """The last thing that those who take part were told."""
    last = announcements.announcements_for(enrolment.program, enrolment.role).first()
    return {"template": "programs/announcement_panel.html", "last": last} if last else None


@mentorship_panel
def messages_panel(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """The way to what its people write to each other."""
    if mentorship.status in (Mentorship.Status.OFFERED, Mentorship.Status.DECLINED):
        return None
    unread = bool(chat.unread_in(by, [mentorship.pk]))
    # News comes first.
    return {
        "template": "programs/messages_panel.html",
        "rank": 5 if unread else 55,
        "aside": not unread,
        "unread": unread,
    }
