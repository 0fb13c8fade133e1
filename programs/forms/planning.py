"""What programme admins type when they plan a programme: the check, objectives, stages, and who may sign up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Member

from ..formats import Part
from ..measures import plain
from ..models import Objective, Program, Stage
from ..readiness import CHECKS
from .launching import THINKABLE, date_input
from .seen import SeenMixin
from .signing_up import TokensField

MOST_NAMES = 50


class PersonField(forms.CharField):
    """A member, typed as a name or an address. Where several are meant, the error names them."""

    def __init__(self, *, find: Callable[[str], list[Member]], **kwargs: Any) -> None:
        self.find = find
        super().__init__(max_length=200, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return (value.email or value.name) if isinstance(value, Member) else value

    def clean(self, value: Any) -> Member | None:
        text = super().clean(value)
        if not text:
            return None
        found = self.find(text)
        if not found:
            raise forms.ValidationError(_("Nobody who works here is called that or has this address."))
        if len(found) > 1:
            names = "; ".join(f"{each.name} ({each.email or each.job_title or each.department})" for each in found)
            raise forms.ValidationError(
                _("Several people are meant: %(names)s. Give the e-mail address of one."), params={"names": names}
            )
        return found[0]


class ReadinessForm(SeenMixin, forms.Form):
    """The check before the launch. Every question may stay open."""

    unmarked = True

    def __init__(self, *args: Any, program: Program, find: Callable[[str], list[Member]], **kwargs: Any) -> None:
        kwargs["initial"] = {f"answer_{key}": answer for key, answer in program.readiness.items()}
        kwargs["initial"] |= {check.person: getattr(program, check.person) for check in CHECKS if check.person}
        super().__init__(*args, about=program, **kwargs)
        for check in CHECKS:
            choices = [*check.answers.items(), ("", _("Not looked at yet"))]
            self.fields[f"answer_{check.key}"] = forms.ChoiceField(
                label=check.question, help_text=check.why, choices=choices, widget=forms.RadioSelect, required=False
            )
            if check.person:
                self.fields[check.person] = PersonField(
                    label=_("Who is it?"),
                    find=find,
                    required=False,
                    help_text=_("A name, or better the e-mail address."),
                )
        self.fields["safeguarding_contact"].help_text = _(
            "A name, or better the e-mail address. Everybody who takes part sees who it is."
        )

    def groups(self) -> list[dict[str, Any]]:
        """Each check with its fields, for the page."""
        return [
            {
                "check": check,
                "answer": self[f"answer_{check.key}"],
                "person": self[check.person] if check.person else None,
            }
            for check in CHECKS
        ]

    def fields_to_save(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "answers": {check.key: cleaned[f"answer_{check.key}"] for check in CHECKS},
            **{check.person: cleaned[check.person] for check in CHECKS if check.person},
        }


class ObjectiveEditForm(SeenMixin, forms.ModelForm):
    """An objective, and how one will see whether it was reached."""

    class Meta:
        model = Objective
        fields = ["text", "measure", "own_measure", "baseline", "target"]
        widgets = {"text": forms.TextInput, "measure": forms.RadioSelect}
        help_texts = {
            "text": _("What should be different at the end, in one sentence."),
            "measure": _("The platform counts all but the last by itself."),
            "own_measure": _("Such as: resignations in the first year, from the HR system, in per cent."),
            "baseline": _("Where it stands now, or stood before the programme."),
            "target": _("Shares in per cent, without the sign."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("baseline", "target"):
            self.fields[name].required = False
            if self.initial.get(name) is not None:
                self.initial[name] = plain(self.initial[name])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("measure") == Objective.Measure.OWN:
            if not cleaned.get("own_measure", "").strip():
                self.add_error("own_measure", _("Say which figure, and where it comes from."))
        else:
            cleaned["own_measure"] = ""
        shares = (Objective.Measure.GOALS, Objective.Measure.COMPLETED, Objective.Measure.MATCHED)
        most = 100 if cleaned.get("measure") in shares else 5 if cleaned.get("measure") == "satisfaction" else None
        target = cleaned.get("target")
        if most is not None and target is not None and not 0 <= target <= most:
            self.add_error("target", _("This figure lies between 0 and %(most)d.") % {"most": most})
        return cleaned


class ObjectiveReviewForm(SeenMixin, forms.Form):
    """What came of an objective."""

    result = forms.DecimalField(label=_("Result"), required=False, max_digits=12, decimal_places=2)
    review = forms.CharField(
        label=_("What we learned"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
        required=False,
        help_text=_("What helped, what stood in the way, and what the next programme should do otherwise."),
    )
    visible_to = {"review": _("programme admins")}

    def __init__(self, *args: Any, objective: Objective, is_counted: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"result": plain(objective.result), "review": objective.review}
        super().__init__(*args, about=objective, **kwargs)
        if is_counted:
            del self.fields["result"]
        else:
            self.fields["result"].label = objective.own_measure or _("Result")


class StageForm(SeenMixin, forms.ModelForm):
    class Meta:
        model = Stage
        fields = ["name", "starts_on", "by_itself"]
        widgets = {"starts_on": date_input()}
        help_texts = {
            "starts_on": _("Leave it empty to begin this stage by hand."),
            "by_itself": _("In the night of its first day, in your organisation’s time zone. Else you begin it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].validators.extend(THINKABLE)
        if self.instance.begun_at is not None:
            # What has begun has its day.
            del self.fields["starts_on"], self.fields["by_itself"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not name:
            raise forms.ValidationError(_("Give the stage a name."))
        return name


class EligibilityForm(SeenMixin, forms.Form):
    """Who may sign up in one role; what stays empty rules nobody out."""

    unmarked = True

    departments = TokensField(
        label=_("Departments"), most=MOST_NAMES, longest=100, required=False, help_text=_("Put commas between them.")
    )
    sites = TokensField(
        label=_("Sites"), most=MOST_NAMES, longest=100, required=False, help_text=_("Put commas between them.")
    )
    languages = TokensField(
        label=_("Languages"),
        most=MOST_NAMES,
        required=False,
        help_text=_("One of them is enough. Put commas between them."),
    )
    level_from = forms.IntegerField(label=_("Level from"), min_value=1, max_value=20, required=False)
    level_to = forms.IntegerField(label=_("Level to"), min_value=1, max_value=20, required=False)
    months_from = forms.IntegerField(label=_("Months here, at least"), min_value=0, max_value=600, required=False)
    months_to = forms.IntegerField(label=_("Months here, at most"), min_value=0, max_value=600, required=False)

    def __init__(
        self,
        *args: Any,
        role: str,
        part: Part,
        rules: Mapping[str, Any],
        known: Mapping[str, Sequence[str]],
        **kwargs: Any,
    ) -> None:
        self.role, self.part = role, part
        low, high = rules.get("levels") or (None, None)
        least, most = rules.get("months") or (None, None)
        initial = {name: rules.get(name, []) for name in ("departments", "sites", "languages")}
        initial |= {"level_from": low, "level_to": high, "months_from": least, "months_to": most}
        kwargs |= {"prefix": role, "initial": initial}
        super().__init__(*args, **kwargs)
        for name, words in known.items():
            self.fields[name].widget.suggestions = list(words)
        self.title = capfirst(str(part.plural))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for low, high in (("level_from", "level_to"), ("months_from", "months_to")):
            if cleaned.get(low) is not None and cleaned.get(high) is not None and cleaned[high] < cleaned[low]:
                self.add_error(high, _("This must not be less than the lower end."))
        return cleaned

    def rules(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            **{name: cleaned.get(name) or [] for name in ("departments", "sites", "languages")},
            "levels": [cleaned.get("level_from"), cleaned.get("level_to")],
            "months": [cleaned.get("months_from"), cleaned.get("months_to")],
        }


class AddPersonForm(forms.Form):
    """Somebody whom an admin signs up, if need be against the rules of who may."""

    role = forms.ChoiceField(label=_("As"), widget=forms.RadioSelect)
    skills = TokensField(
        label=_("Skills that they offer or want to learn"),
        most=20,
        required=False,
        help_text=_("Put commas between them."),
    )
    despite = forms.CharField(
        label=_("Why, although the programme is not meant for them?"),
        max_length=300,
        required=False,
        help_text=_("Needed only if they don’t meet who may sign up. It is kept with their sign-up."),
    )
    visible_to = {"despite": _("programme admins")}

    def __init__(self, *args: Any, program: Program, find: Callable[[str], list[Member]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"] = PersonField(
            label=_("Who?"), find=find, help_text=_("A name, or better the e-mail address.")
        )
        self.order_fields(["person", "role", "skills", "despite"])
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role, capfirst(part.name)) for role, part in program.parts.items()]
        if len(program.parts) == 1:
            field.initial = next(iter(program.parts))
