"""What a mentor fills in about a group session."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from .forms import MinutesField
from .services import MOST_SEATS

EVERYBODY = _("everybody in the programme who can join")


class GroupForm(forms.Form):
    """A free time of the mentor's, and what people join it for."""

    visible_to = {"topic": EVERYBODY, "place": _("you and those who have joined")}

    starts_at = forms.DateTimeField(widget=forms.HiddenInput)
    length = MinutesField(required=False, widget=forms.HiddenInput)
    topic = forms.CharField(label=_("What it is about"), max_length=200)
    seats = forms.IntegerField(
        label=_("Seats"),
        min_value=1,
        max_value=MOST_SEATS,
        initial=6,
        help_text=_("How many can join, besides the mentor."),
    )
    own_mentees_only = forms.TypedChoiceField(
        label=_("Who can join"),
        choices=[("all", _("Every mentee of the programme")), ("own", _("Only the mentor’s own mentees"))],
        coerce=lambda chosen: chosen == "own",
        initial="all",
        widget=forms.RadioSelect,
    )
    place = forms.CharField(
        label=_("Where, or the meeting link"),
        max_length=300,
        required=False,
        help_text=_("A room, a phone number or a link."),
    )


class SeatsForm(forms.Form):
    """How many may join."""

    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=MOST_SEATS)
