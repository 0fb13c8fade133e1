"""What people fill in about their own calendars."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .services import is_meeting_link


class AddCalendarForm(forms.Form):
    """A calendar to read."""

    visible_to = {
        "address": _("nobody. It is kept sealed; of the calendar only the times are kept at which you are busy."),
    }

    address = forms.CharField(
        label=_("ICS address"),
        max_length=2000,
        help_text=_(
            "Begins with https:// or webcal:// and is usually called “secret address” or “published calendar”."
        ),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "data-keep": "no"}
        ),
    )
    name = forms.CharField(label=_("Name"), max_length=100, required=False, help_text=_("Only you see it."))


class MeetingLinkForm(forms.Form):
    """Where somebody meets people by video."""

    visible_to = {"meeting_link": _("the people you meet, as the place of your sessions.")}

    meeting_link = forms.CharField(
        label=_("Your own meeting link"),
        max_length=300,
        required=False,
        help_text=_(
            "Of Zoom, Teams, Google Meet, Webex, Whereby or Jitsi. It is proposed whenever a session with you is booked."
        ),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_meeting_link(self) -> str:
        link: str = self.cleaned_data["meeting_link"].strip()
        if link and "://" not in link:
            link = f"https://{link}"
        if link and not is_meeting_link(link):
            raise ValidationError(
                _("This is no https:// link to a meeting of Zoom, Teams, Google Meet, Webex, Whereby or Jitsi.")
            )
        return link
