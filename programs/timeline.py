"""The whole of a relationship in order, for the people in it. Apps above add what they know of it:

@timeline_source
def sessions(mentorship: Mentorship, *, by: Member) -> Iterable[Happening]: …
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.spreadsheets import csv_file
from mentoring.templatetags.ui import zone_name

from .models import (
    Agreement,
    AgreementAcceptance,
    Goal,
    GoalProgress,
    Mentorship,
    MentorshipEvent,
    Milestone,
    Participant,
)


@dataclass(frozen=True)
class Happening:
    """Something that happened, or is planned: when, what in a few words, and what was said of it."""

    at: datetime
    what: str
    # A name of static/src/icons.txt.
    icon: str
    text: str = ""
    who: str = ""


Source = Callable[..., Iterable[Happening]]
_sources: list[Source] = []


def timeline_source(find: Source) -> Source:
    """Have what `find` returns stand in every timeline. It must return only what `by` may read."""
    _sources.append(find)
    return find


def timeline_of(mentorship: Mentorship, *, by: Member) -> list[Happening]:
    """Everything in order, the earliest first."""
    found = [happening for find in _sources for happening in find(mentorship, by=by)]
    return sorted(found, key=lambda happening: happening.at)


def as_csv(happenings: Iterable[Happening], *, by: Member) -> bytes:
    """One row for each, in the reader's own zone."""
    rows = []
    for each in happenings:
        at = each.at.astimezone(by.zone)
        rows.append([f"{at:%Y-%m-%d}", f"{at:%H:%M}", f"{zone_name(at)} ({at:%z})", each.what, each.who, each.text])
    header = [_("Day"), _("Time"), _("Time zone"), _("What"), _("Who"), _("Details")]
    return csv_file(header, rows).encode()


@timeline_source
def beginning_and_end(mentorship: Mentorship, *, by: Member) -> Iterable[Happening]:
    yield Happening(mentorship.offered_at, _("Offered"), "mail")
    parts = Participant.objects.filter(mentorship=mentorship, responded_at__isnull=False)
    for part in parts.select_related("enrolment__member"):
        if part.response == Participant.Response.ACCEPTED and part.responded_at is not None:
            yield Happening(part.responded_at, _("Said yes"), "check", who=part.enrolment.member.name)
        if part.left_at is not None:
            yield Happening(part.left_at, _("Left"), "log-out", who=part.enrolment.member.name)
    if mentorship.started_at is not None:
        yield Happening(mentorship.started_at, _("It began"), "sprout")
    if mentorship.ended_at is not None and mentorship.status == Mentorship.Status.COMPLETED:
        yield Happening(mentorship.ended_at, _("Completed"), "award")
    elif mentorship.ended_at is not None:
        yield Happening(mentorship.ended_at, _("Ended"), "circle")


@timeline_source
def turns(mentorship: Mentorship, *, by: Member) -> Iterable[Happening]:
    """Pauses and extensions; what admins looked at is not for the people in it."""
    kinds = MentorshipEvent.Kind
    words = {
        kinds.PAUSED: (_("Paused"), _("until %(day)s"), "pause"),
        kinds.RESUMED: (_("Went on"), "", "play"),
        kinds.EXTENDED: (_("New last day"), "%(day)s", "calendar-clock"),
    }
    for event in MentorshipEvent.objects.filter(mentorship=mentorship, kind__in=words).select_related("by"):
        what, text, icon = words[event.kind]  # type: ignore[index]  # a choice of this field
        day = date_format(event.until, "j F Y") if event.until else ""
        yield Happening(event.at, what, icon, text=text % {"day": day} if day and text else "", who=_name(event.by))


@timeline_source
def agreements(mentorship: Mentorship, *, by: Member) -> Iterable[Happening]:
    versions = list(Agreement.objects.filter(mentorship=mentorship).select_related("written_by"))
    for each in versions:
        what = _("Agreement, version %(number)d") % {"number": each.version}
        yield Happening(each.written_at, what, "handshake", text=each.aims, who=_name(each.written_by))
    accepted = AgreementAcceptance.objects.filter(agreement__in=versions).exclude(member=F("agreement__written_by"))
    for yes in accepted.select_related("member", "agreement"):
        what = _("Accepted version %(number)d of the agreement") % {"number": yes.agreement.version}
        yield Happening(yes.accepted_at, what, "check", who=yes.member.name)


@timeline_source
def goals(mentorship: Mentorship, *, by: Member) -> Iterable[Happening]:
    found = list(Goal.objects.filter(mentorship=mentorship).select_related("owner"))
    for goal in found:
        yield Happening(goal.made_at, _("Goal set"), "target", text=goal.text, who=goal.owner.name)
        if goal.closed_at is not None:
            score = "" if goal.score is None else _(" (%(score)d of 10)") % {"score": goal.score}
            what = _("Goal: %(state)s") % {"state": goal.get_status_display()}
            yield Happening(goal.closed_at, what + score, "flag", text=goal.text, who=goal.owner.name)
    for each in GoalProgress.objects.filter(goal__in=found).select_related("by", "goal"):
        value = (
            ""
            if each.value is None
            else f"{each.value:f}".rstrip("0").rstrip(".")
            if "." in f"{each.value}"
            else f"{each.value}"
        )
        number = f"{value} {each.goal.unit}".strip() if value else ""
        text = ": ".join(part for part in (each.goal.text, number, each.note) if part)
        yield Happening(each.at, _("Progress"), "trending-up", text=text, who=each.by.name)
    for step in Milestone.objects.filter(goal__in=found, done_at__isnull=False):
        assert step.done_at is not None
        yield Happening(step.done_at, _("Step done"), "list-checks", text=step.text)


def _name(member: Any) -> str:
    return member.name if member else ""
