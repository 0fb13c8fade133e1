"""What programme admins type, and the reason that anybody may give."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.importing.signups import SIGNUP_LABELS

from ..models import Program


class EnrolmentFilterForm(forms.Form):
    unmarked = True

    q = forms.CharField(
        label=_("Name or e-mail"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    role = forms.ChoiceField(label=_("Role"), required=False)

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Both")), *((role, part.name) for role, part in program.parts.items())]
        if len(program.parts) == 1:
            del self.fields["role"]


class ReasonForm(forms.Form):
    """Why, in the reader's view; an empty reason is an answer too."""

    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=300
    )

    def __init__(self, *args: Any, help_text: Any = "", visible_to: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = help_text
        self.visible_to = {"reason": visible_to} if visible_to else {}


class InviteForm(forms.Form):
    message = forms.CharField(
        label=_("A few words from you"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=1000,
        help_text=_("They stand in the letter, above the link to the sign-up page."),
    )


class InviteFilterForm(forms.Form):
    unmarked = True

    q = forms.CharField(
        label=_("Name or e-mail"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    department = forms.ChoiceField(label=_("Department"), required=False)
    new_hires = forms.BooleanField(label=_("Only new colleagues"), required=False)

    def __init__(self, *args: Any, departments: list[str], program: Program, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All"))] + [(name, name) for name in departments]
        if program.hired_within is None:
            del self.fields["new_hires"]


class SheetForm(forms.Form):
    sheet = forms.FileField(
        label=_("Sheet with sign-ups"),
        help_text=_("A CSV file, up to 5 MB, as form tools export it. It needs a column with e-mail addresses."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )


class SheetColumnsForm(forms.Form):
    """Who answered, and what each column holds."""

    role = forms.ChoiceField(label=_("Who answered?"))

    def __init__(self, *args: Any, sheet: Any, headings: list[tuple[str, list[str]]], **kwargs: Any) -> None:
        kwargs["initial"] = {"role": sheet.role} | {
            f"column_{number}": column or "" for number, column in enumerate(sheet.columns)
        }
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role, capfirst(part.plural)) for role, part in reversed(sheet.program.parts.items())]
        choices = [("", _("not imported")), *list(SIGNUP_LABELS.items())]
        self.columns = []
        for number, (heading, samples) in enumerate(headings):
            name = f"column_{number}"
            self.fields[name] = forms.ChoiceField(
                label=heading or _("Column %(n)d") % {"n": number + 1}, choices=choices, required=False
            )
            self.columns.append({"field": self[name], "samples": samples})

    def chosen(self) -> list[str | None]:
        return [self.cleaned_data[f"column_{number}"] or None for number in range(len(self.columns))]
