"""Templates of programmes, and nominations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from accounts.rules import allows

from ..models import Program, Role
from .seen import SeenMixin


class TemplateForm(SeenMixin, forms.Form):
    name = forms.CharField(label=_("Name of the template"), max_length=100)
    description = forms.CharField(
        label=_("What it is for"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=1000,
        help_text=_("Colleagues read it when they choose what to begin from."),
    )


class NominationForm(forms.Form):
    """Whom, for what, and why. A manager chooses from those who report to them, an admin names anybody."""

    person = forms.Field()
    role = forms.ChoiceField(label=_("As"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why this person?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text=_("What you have seen them do, and what the programme would gain."),
    )
    visible_to = {"reason": _("programme admins")}

    def __init__(self, *args: Any, program: Program, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        if allows(by, "programs.manage"):
            self.fields["person"] = forms.EmailField(
                label=_("E-mail address of the person"), help_text=_("As it stands in the list of people.")
            )
        else:
            own = Member.objects.current().filter(manager=by).order_by("family_name", "given_name", "pk")
            self.fields["person"] = forms.ModelChoiceField(label=_("Who of those who report to you?"), queryset=own)
        self.order_fields(["person", "role", "reason"])
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role, part.name) for role, part in program.parts.items()]
        # Whoever is put forward is seldom meant to lead.
        field.initial = next(role for role in program.parts if role != Role.MENTOR)

    def clean_person(self) -> Member:
        person = self.cleaned_data["person"]
        if isinstance(person, Member):
            return person
        member = Member.objects.current().filter(email=person.strip().lower()).first()
        if member is None:
            raise forms.ValidationError(_("Nobody who works here has this address."))
        return member
