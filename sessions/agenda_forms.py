"""What people fill in about agendas and actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member

from .services.agendas import LONGEST_POINT, MOST_POINTS, STAGES, Proposal


class ProposalsForm(forms.Form):
    """What a programme proposes for the sessions of each stage: points, one a line, and what to think about before."""

    unmarked = True

    def __init__(self, *args: Any, proposals: dict[str, Proposal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for stage, proposal in proposals.items():
            self.fields[f"{stage}_points"] = forms.CharField(
                label=_("Points, one a line"),
                required=False,
                initial="\n".join(proposal.points),
                max_length=MOST_POINTS * LONGEST_POINT,
                widget=forms.Textarea(attrs={"rows": 6}),
            )
            self.fields[f"{stage}_preparation"] = forms.CharField(
                label=_("What to think about beforehand"),
                required=False,
                initial=proposal.preparation,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("Everybody gets it by e-mail two days before. Empty: no letter."),
            )

    def clean(self) -> None:
        for stage in STAGES:
            points = self.points(stage)
            if len(points) > MOST_POINTS:
                self.add_error(f"{stage}_points", _("At most %(n)d points.") % {"n": MOST_POINTS})
            elif any(len(point) > LONGEST_POINT for point in points):
                self.add_error(f"{stage}_points", _("A point has at most %(n)d characters.") % {"n": LONGEST_POINT})

    def points(self, stage: str) -> list[str]:
        lines = (" ".join(line.split()) for line in self.cleaned_data.get(f"{stage}_points", "").splitlines())
        return [line for line in lines if line]

    def stages(self) -> Iterable[dict[str, Any]]:
        for stage, label in STAGES.items():
            yield {
                "key": stage,
                "label": label,
                "points": self[f"{stage}_points"],
                "preparation": self[f"{stage}_preparation"],
            }


class ActionForm(forms.Form):
    """Who does what by when."""

    visible_to = {"text": _("everyone in this mentorship")}

    text = forms.CharField(label=_("What"), max_length=300)
    owner: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Who"), queryset=Member.objects.none(), empty_label=None
    )
    due_on = forms.DateField(
        label=_("By when"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, people: list[Member], by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        owner: Any = self.fields["owner"]
        owner.queryset = Member.objects.filter(pk__in=[person.pk for person in people])
        owner.label_from_instance = lambda person: _("You") if person.pk == by.pk else person.name
        owner.initial = by.pk

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on and due_on < timezone.now().astimezone(self.by.zone).date():
            raise forms.ValidationError(_("This day is past."))
        return due_on


class JournalForm(forms.Form):
    """What somebody writes for themselves."""

    visible_to = {"text": _("only you, not even an administrator")}

    text = forms.CharField(
        label=_("What you want to keep"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What surprised you? What will you do otherwise? What do you want to ask next time?"),
    )
