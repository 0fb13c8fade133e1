"""What the pages of booking, moving and cancelling do for sessions that repeat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Member
from programs.models import Mentorship

from ..models import Session, SessionSeries
from ..services import series as services


class RepeatForm(forms.Form):
    """Whether a session repeats, and how many there are."""

    repeat = forms.ChoiceField(
        label=gettext_lazy("Repeat"),
        choices=[("", gettext_lazy("Only once")), *SessionSeries.Rhythm.choices],
        required=False,
        help_text=gettext_lazy("Always at the same time on the mentor’s clock, also when the clocks change."),
    )
    times = forms.IntegerField(
        label=gettext_lazy("How many sessions"),
        min_value=services.FEWEST,
        max_value=services.MOST,
        initial=4,
        required=False,
        help_text=gettext_lazy("Only when it repeats; from 2 to 26."),
    )

    def clean(self) -> None:
        if not self.cleaned_data.get("repeat"):
            # What doesn't repeat has no number.
            self.errors.pop("times", None)
        elif self.cleaned_data.get("times") is None and "times" not in self.errors:
            self.add_error("times", _("How many?"))


def repeat_form(request: HttpRequest) -> RepeatForm:
    """The choice to repeat a session."""
    return RepeatForm(request.POST if request.method == "POST" else None)


def book(
    request: HttpRequest, mentorship: Mentorship, form: forms.Form, repeat: RepeatForm, context: dict[str, Any]
) -> HttpResponse:
    """Book a series, or say which of its times aren't free. Raises SlotTaken and SessionProblem as for one session."""
    member: Member = request.member  # type: ignore[attr-defined]  # set by the gate
    try:
        made = services.book_series(
            mentorship,
            **form.cleaned_data,
            rhythm=repeat.cleaned_data["repeat"],
            count=repeat.cleaned_data["times"],
            skip_taken="skip_taken" in request.POST,
            by=member,
        )
    except services.SeriesTaken as taken:
        hidden = _hidden(form, repeat)
        return render(
            request, "sessions/series_taken.html", {**context, **_times(taken, member), "hidden": hidden}, status=409
        )
    if made[0].is_wished:
        sentence = ngettext(
            "Asked for %(n)d session. You get an invitation as soon as the answer is yes.",
            "Asked for %(n)d sessions at once. You get an invitation to each as soon as the answer is yes.",
            len(made),
        )
    else:
        sentence = ngettext(
            "%(n)d session is booked. Everyone gets an invitation by e-mail.",
            "%(n)d sessions are booked. Everyone gets an invitation to each by e-mail.",
            len(made),
        )
    messages.success(request, sentence % {"n": len(made)})
    return redirect("sessions:detail", org=mentorship.organisation.slug, pk=made[0].pk)


def move(request: HttpRequest, session: Session, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    """Move a session and those that follow, or say which of the new times aren't free."""
    member: Member = request.member  # type: ignore[attr-defined]  # set by the gate
    try:
        moved = services.move_following(
            session, **form.cleaned_data, skip_taken="skip_taken" in request.POST, by=member
        )
    except services.SeriesTaken as taken:
        hidden = [("starts_at", _value(form.cleaned_data["starts_at"])), ("scope", "following")]
        page = {**context, **_times(taken, member), "hidden": hidden, "is_move": True}
        return render(request, "sessions/series_taken.html", page, status=409)
    sentence = ngettext(
        "%(n)d session is moved. Everyone gets the new time by e-mail.",
        "%(n)d sessions are moved. Everyone gets the new times by e-mail.",
        len(moved),
    )
    messages.success(request, sentence % {"n": len(moved)})
    return redirect("sessions:detail", org=session.organisation.slug, pk=session.pk)


def is_for_all(request: HttpRequest) -> bool:
    """Whether a change is meant for those that follow too."""
    return request.POST.get("scope") == "following"


def count_of(session: Session) -> int:
    """How many sessions a change of this and all that follow would touch; 0 where it is the only one."""
    count = len(services.following(session))
    return count if count > 1 else 0


def _hidden(form: forms.Form, repeat: RepeatForm) -> list[tuple[str, Any]]:
    """What was sent, for the form that sends it once more."""
    sent = [(name, form.data.get(name, "")) for name in ("length", "topic", "place")]
    again = [(name, repeat.data.get(name, "")) for name in ("repeat", "times")]
    return [("starts_at", _value(form.cleaned_data["starts_at"])), *sent, *again]


def _times(taken: services.SeriesTaken, member: Member) -> dict[str, Any]:
    return {
        "not_free": [_day(at, member) for at in taken.taken],
        "free": [_day(at, member) for at in taken.free],
    }


def _day(at: datetime, member: Member) -> str:
    local = at.astimezone(member.zone)
    return f"{date_format(local, 'l j F Y')}, {local:%H:%M}"


def _value(at: datetime) -> str:
    return at.isoformat()
