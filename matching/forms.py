"""What admins type and choose around matching."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from programs.criteria import EXPLANATIONS, LABELS, Criteria, importance, level_rule, make_criteria
from programs.models import Program

from .criteria import stored


class BoardFilter(forms.Form):
    """Narrows the proposals to a department's mentees, or to mentors of a name."""

    unmarked = True
    department = forms.ChoiceField(label=_("Mentee’s department"), required=False)
    mentor = forms.CharField(
        label=_("Mentor"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )

    def __init__(self, data: Any = None, *, departments: list[str], **options: Any) -> None:
        super().__init__(data, **options)
        choices = [("", _("All departments")), *((each, each) for each in departments)]
        self.fields["department"] = forms.ChoiceField(label=_("Mentee’s department"), required=False, choices=choices)

    def narrow(self, proposals: Any) -> Any:
        if not self.is_valid():
            return proposals
        if department := self.cleaned_data["department"]:
            proposals = proposals.filter(mentee__member__department=department)
        if mentor := self.cleaned_data["mentor"]:
            members = Member.objects.matching_text(mentor)
            proposals = proposals.filter(mentor__member__in=members)
        return proposals

    @property
    def narrows(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())


IMPORTANCES = [("none", _("Not at all")), ("normal", _("Normally")), ("high", _("A lot"))]
LEVEL_CHOICES = [
    ("any", _("Any level")),
    ("not_below", _("Mentors are at least at their mentee’s level")),
    ("above", _("Mentors are above their mentee’s level")),
    ("below", _("Mentors are below their mentee’s level")),
]
RULES = {
    "reporting_line": _("Nobody is matched with somebody in their own reporting line"),
    "earlier_pairs": _("Nobody is matched with somebody they were paired with before"),
    "common_language": _("The two must share a language"),
}


class CriteriaForm(forms.Form):
    """How much each criterion counts, and what forbids a pair."""

    level_rule = forms.ChoiceField(label=_("Levels"), choices=LEVEL_CHOICES, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, program: Program) -> None:
        self.program = program
        kept = stored(program)
        initial: dict[str, Any] = {"level_rule": level_rule(kept), **{name: kept["rules"].get(name) for name in RULES}}
        for key in program.kind.weights:
            initial[f"weight_{key}"] = importance(kept, key, program.kind)
        super().__init__(data, initial=initial)
        for key in program.kind.weights:
            self.fields[f"weight_{key}"] = forms.ChoiceField(
                label=LABELS[key], help_text=EXPLANATIONS[key], choices=IMPORTANCES
            )
        for name, label in RULES.items():
            self.fields[name] = forms.BooleanField(label=label, required=False)

    def weights(self) -> list[Any]:
        """The fields of how much each criterion counts."""
        return [self[f"weight_{key}"] for key in self.program.kind.weights]

    def rules(self) -> list[Any]:
        """The fields of what forbids a pair, except for the levels."""
        return [self[name] for name in RULES]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [cleaned.get(f"weight_{key}") for key in self.program.kind.weights]
        if chosen and all(each == "none" for each in chosen):
            raise forms.ValidationError(
                _("At least one thing must count, or every pair would be as good as any other."), code="nothing"
            )
        return cleaned

    def criteria(self) -> Criteria:
        return make_criteria(
            self.program.kind,
            importances={key: self.cleaned_data[f"weight_{key}"] for key in self.program.kind.weights},
            level=self.cleaned_data["level_rule"],
            **{name: self.cleaned_data[name] for name in RULES},
        )
