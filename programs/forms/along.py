"""What the people of a mentorship write as it goes: goals, their agreement, pauses, and the look back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Skill
from mentoring.tenancy.clock import today

from ..models import Goal
from .managing import ReasonForm

ALL = _("the people in this mentorship, and nobody else")


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _day() -> forms.DateInput:
    # Browsers show a day in no other form.
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _number() -> forms.NumberInput:
    return forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})


def _plain(number: Decimal | None) -> str:
    # As people type it: 4, not the 4.00 that the database keeps.
    return "" if number is None else f"{number.normalize():f}"


class VersionField(forms.IntegerField):
    """Which version was read, so that of two who write at once the second is told."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.HiddenInput(attrs={"data-keep": "no"}), **kwargs)

    def clean(self, value: Any) -> int:
        return super().clean(value) or 0


class GoalForm(forms.Form):
    """A goal: specific, measurable, relevant, with a day."""

    visible_to = {"text": ALL}

    text = forms.CharField(
        label=_("Goal"), max_length=200, help_text=_("What will be different? Such as: I present to the board myself.")
    )
    owner: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Whose goal"), queryset=Member.objects.none(), empty_label=None
    )
    measure = forms.CharField(
        label=_("How you will know"),
        max_length=200,
        help_text=_("What could both of you see or count? Such as: talks given without notes."),
    )
    baseline = forms.DecimalField(
        label=_("Today, as a number"), required=False, max_digits=10, decimal_places=2, widget=_number()
    )
    target = forms.DecimalField(label=_("Target"), required=False, max_digits=10, decimal_places=2, widget=_number())
    unit = forms.CharField(label=_("Unit"), required=False, max_length=20, help_text=_("Such as: talks, %, of 10."))
    due_on = forms.DateField(label=_("By when"), widget=_day())
    why = forms.CharField(label=_("Why it matters to you"), required=False, max_length=1000, widget=_area(3))
    skill: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Skill that it is about"), queryset=Skill.objects.none(), required=False, empty_label=_("None")
    )
    milestones = forms.CharField(
        label=_("Steps on the way"),
        required=False,
        max_length=2000,
        widget=_area(3),
        help_text=_("One per line. You can add more later."),
    )
    version = VersionField()

    def __init__(
        self,
        *args: Any,
        people: Sequence[Member],
        by: Member,
        skills: Any,
        goal: Goal | None = None,
        last_day: Any = None,
        **kwargs: Any,
    ) -> None:
        if goal is not None:
            names = ("text", "measure", "baseline", "target", "unit", "due_on", "why", "version")
            kwargs["initial"] = {name: getattr(goal, name) for name in names} | {"skill": goal.skill_id}
            for name in ("baseline", "target"):
                kwargs["initial"][name] = _plain(kwargs["initial"][name])
        super().__init__(*args, **kwargs)
        self.goal = goal
        owner: Any = self.fields["owner"]
        owner.queryset = Member.objects.filter(pk__in=[person.pk for person in people])
        owner.label_from_instance = lambda person: _("You") if person.pk == by.pk else person.name
        owner.initial = people[0].pk if people else None
        skill: Any = self.fields["skill"]
        skill.queryset = skills
        if goal is not None:
            del self.fields["owner"], self.fields["milestones"]
        elif last_day is not None:
            self.fields["due_on"].initial = last_day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        baseline, target, due_on = cleaned.get("baseline"), cleaned.get("target"), cleaned.get("due_on")
        if "baseline" in cleaned and "target" in cleaned:
            if (baseline is None) != (target is None):
                missing = "baseline" if baseline is None else "target"
                self.add_error(missing, _("Give both numbers, or neither."))
            elif baseline is not None and baseline == target:
                self.add_error("target", _("The target must differ from today."))
        was = self.goal.due_on if self.goal else None
        if due_on and due_on != was and due_on < today():
            self.add_error("due_on", _("This day is past."))
        return cleaned


class ProgressForm(forms.Form):
    visible_to = {"note": ALL}

    value = forms.DecimalField(
        label=_("Where it stands now"), required=False, max_digits=10, decimal_places=2, widget=_number()
    )
    note = forms.CharField(label=_("What happened"), required=False, max_length=300, widget=_area(2))

    def __init__(self, *args: Any, goal: Goal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if goal.baseline is None:
            del self.fields["value"]
        elif goal.unit:
            self.fields["value"].help_text = goal.unit

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and cleaned.get("value") is None and not cleaned.get("note", "").strip():
            self.add_error("note", _("Write where it stands, or what happened."))
        return cleaned


class MilestoneForm(forms.Form):
    text = forms.CharField(label=_("Next step"), max_length=200)
    due_on = forms.DateField(label=_("By when"), required=False, widget=_day())


class GoalCloseForm(forms.Form):
    visible_to = {"score": ALL}

    status = forms.ChoiceField(
        label=_("How did it end?"),
        choices=[(value, capfirst(label)) for value, label in Goal.Status.choices if value != Goal.Status.OPEN],
        widget=forms.RadioSelect,
    )
    score = forms.IntegerField(
        label=_("How far did you get?"),
        required=False,
        min_value=0,
        max_value=10,
        help_text=_("From 0, not at all, to 10, all the way."),
    )


class AgreementForm(forms.Form):
    visible_to = {"aims": ALL}

    aims = forms.CharField(
        label=_("What we want to reach"),
        max_length=2000,
        widget=_area(4),
        help_text=_("What should be different at the end? What is each of you here for?"),
    )
    rhythm = forms.CharField(label=_("How often and where we meet"), max_length=300)
    confidentiality = forms.CharField(label=_("What stays between us"), max_length=2000, widget=_area(4))
    ending = forms.CharField(label=_("How we end it"), max_length=2000, widget=_area(3))
    version = VersionField()


class PauseForm(forms.Form):
    until = forms.DateField(
        label=_("It goes on on"),
        required=False,
        widget=_day(),
        help_text=_("Leave it empty if you don’t know yet: either of you can go on at any time."),
    )


class ExtendForm(forms.Form):
    to = forms.DateField(label=_("New last day"), widget=_day())


class LessonsForm(forms.Form):
    visible_to = {"text": _("programme admins only, so that the next match suits you better")}

    text = forms.CharField(
        label=_("What to do otherwise next time"),
        max_length=1000,
        widget=_area(4),
        help_text=_("About what you need, not about who was to blame. Such as: somebody from another department."),
    )


class EndForm(ReasonForm):
    """An early end: why, and what to do otherwise with the next one; both for programme admins."""

    lessons = forms.CharField(
        label=_("What to do otherwise next time"),
        required=False,
        max_length=1000,
        widget=_area(3),
        help_text=_("About what you need, not about who was to blame."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visible_to = self.visible_to | {"lessons": _("programme admins only")}


RATING = [("", _("–")), (1, _("1, little")), (2, "2"), (3, _("3, some")), (4, "4"), (5, _("5, very much"))]


class ClosingForm(forms.Form):
    """The look back at the end of a mentorship."""

    visible_to = {"went_well": ALL, "otherwise": ALL, "thanks": ALL}

    went_well = forms.CharField(label=_("What went well"), required=False, max_length=2000, widget=_area(3))
    otherwise = forms.CharField(
        label=_("What you would do otherwise"), required=False, max_length=2000, widget=_area(3)
    )
    thanks = forms.CharField(
        label=_("A word of thanks"),
        required=False,
        max_length=1000,
        widget=_area(3),
        help_text=_("It is sent to the others, with their certificate, once the mentorship is complete."),
    )
    would_mentor = forms.TypedChoiceField(
        label=_("Would you mentor somebody?"),
        required=False,
        choices=[("", _("I don’t know yet")), ("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: {"yes": True, "no": False}.get(value),
        empty_value=None,
    )

    def __init__(
        self, *args: Any, goals: Sequence[Goal], skills: Sequence[Skill], review: Any = None, **kwargs: Any
    ) -> None:
        self.goals, self.skills = list(goals), list(skills)
        if review is not None:
            initial = {name: getattr(review, name) for name in ("went_well", "otherwise", "thanks")}
            initial["would_mentor"] = {True: "yes", False: "no", None: ""}[review.would_mentor]
            for each in review.skills_gained:
                initial |= {f"before_{each['skill']}": each["before"], f"after_{each['skill']}": each["after"]}
            kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        for goal in self.goals:
            self.fields[f"goal_{goal.pk}"] = forms.ChoiceField(
                label=_("How did it end?"),
                required=False,
                choices=[("", _("still under way")), *[each for each in Goal.Status.choices if each[0] != "open"]],
            )
            self.fields[f"score_{goal.pk}"] = forms.IntegerField(
                label=_("How far, from 0 to 10?"), required=False, min_value=0, max_value=10
            )
        for skill in self.skills:
            for when, label in (("before", _("Before")), ("after", _("Today"))):
                self.fields[f"{when}_{skill.pk}"] = forms.TypedChoiceField(
                    label=label, required=False, choices=RATING, coerce=int, empty_value=None
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for goal in self.goals:
            if cleaned.get(f"score_{goal.pk}") is not None and not cleaned.get(f"goal_{goal.pk}"):
                self.add_error(f"goal_{goal.pk}", _("Say how it ended as well."))
        for skill in self.skills:
            before, after = cleaned.get(f"before_{skill.pk}"), cleaned.get(f"after_{skill.pk}")
            if (before is None) != (after is None):
                missing = "before" if before is None else "after"
                self.add_error(f"{missing}_{skill.pk}", _("Give both, or neither."))
        return cleaned

    def goal_rows(self) -> list[dict[str, Any]]:
        return [
            {"goal": goal, "status": self[f"goal_{goal.pk}"], "score": self[f"score_{goal.pk}"]} for goal in self.goals
        ]

    def skill_rows(self) -> list[dict[str, Any]]:
        return [
            {"skill": skill, "before": self[f"before_{skill.pk}"], "after": self[f"after_{skill.pk}"]}
            for skill in self.skills
        ]

    def skills_said(self) -> list[dict[str, int]]:
        data = self.cleaned_data
        return [
            {"skill": skill.pk, "before": data[f"before_{skill.pk}"], "after": data[f"after_{skill.pk}"]}
            for skill in self.skills
            if data.get(f"before_{skill.pk}") is not None
        ]

    def goals_said(self) -> dict[int, tuple[str, int | None]]:
        data = self.cleaned_data
        return {goal.pk: (data[f"goal_{goal.pk}"], data[f"score_{goal.pk}"]) for goal in self.goals}
