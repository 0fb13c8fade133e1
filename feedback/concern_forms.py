"""What is written about a concern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Member

from .concerns import LONGEST, Ways, standing_of


class RaiseForm(forms.Form):
    """What is wrong, and who reads it: as the page named them, or nobody does."""

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
            self.fields["to"] = forms.CharField(
                required=False, initial=str(ways.contact.pk), widget=forms.HiddenInput(attrs={"data-keep": "no"})
            )
        else:
            self.visible_to = {"text": _("the one whom you choose above, and you")}
            self.fields["to"] = forms.ChoiceField(
                label=_("Who reads it?"),
                choices=[
                    (str(each.pk), _("%(name)s – %(standing)s") % {"name": each.name, "standing": standing_of(each)})
                    for each in ways.others
                ],
                initial=str(ways.others[0].pk) if ways.others else None,
                help_text=_("Is it about them? Then choose somebody else.") if len(ways.others) > 1 else "",
                widget=forms.RadioSelect(attrs={"data-keep": "no"}),
                error_messages={
                    "required": _("Choose whom you want to tell."),
                    "invalid_choice": _("This person can’t be told any more. Look who can, and choose."),
                },
            )
            self.order_fields(["to", "text"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        contact = self.ways.contact
        # Whoever stood on the page when it was written is who reads it, and nobody who has come in their place.
        if contact is not None and cleaned.get("to") not in ("", None, str(contact.pk)):
            self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            self.data["to"] = str(contact.pk)  # type: ignore[index]  # as above
            self.add_error(
                None,
                _("Nothing was sent: the safeguarding contact is %(name)s now. Send it again to tell it to them.")
                % {"name": contact.name},
            )
        return cleaned

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
