"""What is written about a concern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Member

from .concerns import LONGEST, Ways


class RaiseForm(forms.Form):
    """What is wrong; and where there is no contact, whom to tell."""

    text = forms.CharField(
        label=_("What worries you?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What happened, when, and what you wish for, as far as you like to say it."),
        error_messages={"required": _("Write what worries you.")},
    )

    visible_to: dict[str, Any]

    def __init__(self, *args: Any, ways: Ways, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ways = ways
        if ways.contact:
            self.visible_to = {"text": _("%(name)s, and you") % {"name": ways.contact.name}}
        else:
            self.visible_to = {"text": _("whom you choose, and you")}
            self.fields["to"] = forms.ChoiceField(
                label=_("Whom do you want to tell?"),
                # Nobody is chosen beforehand: it is told to an owner only because somebody wants that.
                choices=[(str(each.pk), each.name) for each in ways.others],
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose whom you want to tell.")},
            )

    def reader(self) -> Member:
        """Who is told."""
        chosen = self.cleaned_data.get("to")
        return self.ways.contact or next(each for each in self.ways.others if str(each.pk) == chosen)


class WriteForm(forms.Form):
    """An answer, a note or a last word."""

    text = forms.CharField(
        label=_("Your answer"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write something first.")},
    )

    def __init__(self, *args: Any, may_be_empty: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = not may_be_empty


class HandOverForm(forms.Form):
    """Who is to look into it from now on."""

    to = forms.ChoiceField(
        label=_("Who looks into it from now on?"), error_messages={"required": _("Choose somebody.")}
    )

    def __init__(self, *args: Any, people: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people
        choices = [(str(each.pk), each.name) for each in people]
        self.fields["to"].choices = [("", _("Choose somebody")), *choices]  # type: ignore[attr-defined]  # a field of choices

    def successor(self) -> Member:
        return next(each for each in self.people if str(each.pk) == self.cleaned_data["to"])
