"""What people say when they sign up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mentoring.templatetags.ui import ui_zone

from .. import answers, hours
from ..formats import tier_of
from ..models import Enrolment, Program, Question, Role
from .answering import BLOCK_CHOICES, SEEN_BY, HoursInput, question_field

MOST_SKILLS = 20


class TokensInput(forms.TextInput):
    """Words with commas between; static/js/tokens.js makes them into tokens that can be removed and reordered."""

    template_name = "programs/widgets/tokens.html"

    def __init__(self, *, ranked: bool = False) -> None:
        super().__init__(attrs={"autocomplete": "off", "data-tokens": "ranked" if ranked else ""})
        self.suggestions: list[str] = []

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["suggestions"] = self.suggestions
        context["widget"]["attrs"]["list"] = f"{context['widget']['attrs'].get('id', name)}_list"
        return context


class TokensField(forms.CharField):
    """Several words or phrases in one line, each kept once, in their order."""

    def __init__(self, *, most: int, longest: int = 80, ranked: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=4000, widget=TokensInput(ranked=ranked), **kwargs)
        self.most, self.longest = most, longest

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        words = (" ".join(part.split()) for part in text.replace("\n", ",").replace(";", ",").split(","))
        found = list({word.casefold(): word for word in words if word}.values())
        if len(found) > self.most:
            raise forms.ValidationError(_("Please give %(most)d at most."), params={"most": self.most})
        if any(len(word) > self.longest for word in found):
            raise forms.ValidationError(_("Put commas between them: one is longer than 80 letters."))
        if self.required and not found:
            raise forms.ValidationError(self.error_messages["required"])
        return found


class SignUpForm(forms.Form):
    """What a mentor or a mentee says when signing up, with the programme's own questions at the end."""

    skills = TokensField(label="", most=MOST_SKILLS)
    goal = forms.CharField(label="", widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=2000)
    capacity = forms.IntegerField(label=_("How many mentees can you take at once?"), min_value=1, max_value=20)
    hours_per_month = forms.IntegerField(
        label=_("How many hours a month can you give?"), min_value=1, max_value=100, required=False
    )
    languages = TokensField(
        label=_("Languages you are comfortable in"), most=10, required=False, help_text=_("Put commas between them.")
    )
    free_hours = forms.MultipleChoiceField(
        label=_("When are you usually free?"), choices=BLOCK_CHOICES, widget=HoursInput, required=False
    )
    preference = forms.ChoiceField(label=_("Any preference?"), choices=Enrolment.Preference, required=False)
    note = forms.CharField(
        label=_("Anything we should know?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2000,
        help_text=_("Such as somebody you would rather not be matched with."),
    )

    def __init__(
        self,
        *args: Any,
        program: Program,
        role: str,
        member: Any,
        enrolment: Enrolment | None = None,
        skills: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        self.questions: list[Question] = list(
            Question.objects.for_role(role).filter(program=program).select_related("shown_if")
        )
        kept = _kept(self.questions, enrolment) if enrolment else {}
        blocks, self.other_hours = hours.to_grid(enrolment.free_hours if enrolment else [])
        kwargs["initial"] = {"capacity": program.default_capacity, "languages": member.languages}
        if enrolment:
            kwargs["initial"] = {
                "skills": [each.skill.name for each in enrolment.skills.all()],
                "free_hours": sorted(blocks),
                **{
                    name: getattr(enrolment, name)
                    for name in ("goal", "capacity", "hours_per_month", "languages", "preference", "note")
                },
                **{f"question_{pk}": value for pk, value in kept.items()},
            }
        super().__init__(*args, **kwargs)
        is_mentor = role == Role.MENTOR
        part = program.kind.all_parts[role]
        matched = _("programme admins, and whoever you are matched with")
        admins = _("programme admins")
        self.visible_to = dict.fromkeys(self.fields, admins) | {
            "skills": matched, "goal": matched, "languages": matched,
        }  # fmt: skip
        if program.pairing != Program.Pairing.ADMIN:
            # Who chooses has to know whom, and who is asked by whom.
            everybody = (
                _("programme admins, and mentees who look for a mentor")
                if is_mentor
                else _("programme admins, mentors whom you ask, and whoever you are matched with")
            )
            self.visible_to |= dict.fromkeys(["skills", "languages", "free_hours"], everybody)
            if not is_mentor:
                self.visible_to["goal"] = everybody
        field = self.fields["skills"]
        field.label, field.help_text = part.skills, part.skills_help
        if part.ranked:
            field.widget.attrs["data-tokens"] = "ranked"
        self.fields["goal"].label = part.goal
        if part.capacity is None:
            del self.fields["capacity"], self.fields["hours_per_month"]
        else:
            self.fields["capacity"].label = part.capacity
        tiers = program.tiers
        if tiers is not None and tier_of(member.level, tiers) is None:
            self.fields["tier"] = tier_field(tiers)
            self.initial["tier"] = enrolment.tier if enrolment else None
            self.visible_to["tier"] = admins
        field.widget.suggestions = list(skills)
        self.fields["free_hours"].help_text = _("In your own time zone, %(zone)s. Tick what is free in most weeks.") % {
            "zone": ui_zone(member.time_zone)
        }
        for question in self.questions:
            name = f"question_{question.pk}"
            self.fields[name] = question_field(question, kept=kept.get(question.pk), skills=skills)
            self.visible_to[name] = SEEN_BY[question.visible_to]

    def clean(self) -> dict[str, Any]:
        """What isn't asked of somebody who answered that needs no answer, and gets none."""
        cleaned: dict[str, Any] = super().clean() or {}
        given = {each.pk: cleaned.get(f"question_{each.pk}") for each in self.questions}
        asked = answers.asked(self.questions, given)
        for question in self.questions:
            if question.pk not in asked:
                self.errors.pop(f"question_{question.pk}", None)
                cleaned[f"question_{question.pk}"] = None
        return cleaned

    def fields_to_save(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        saved = {name: value for name, value in cleaned.items() if not name.startswith("question_")}
        saved["free_hours"] = hours.from_grid(cleaned["free_hours"], self.other_hours)
        saved["answers"] = {each.pk: cleaned[f"question_{each.pk}"] for each in self.questions}
        return saved


def _kept(questions: Sequence[Question], enrolment: Enrolment) -> dict[int, Any]:
    """What somebody answered to these questions: to an earlier version of one, if it is an answer to this one still."""
    said = {each.question_id: each.value for each in enrolment.answers.all()}
    found = {}
    for question in questions:
        versions = [question.pk, *question.earlier]
        value = next((said[pk] for pk in versions if pk in said), None)
        if value is not None and (question.pk in said or answers.suits(question, value)):
            found[question.pk] = value
    return found


def tier_field(tiers: Sequence[Any]) -> forms.Field:
    """Where somebody stands of whom no level is known."""
    names = [
        _("Top tier")
        if number == 0
        else (_("Lowest tier") if number == len(tiers) - 1 else _("Tier %(n)d from the top") % {"n": number + 1})
        for number in range(len(tiers))
    ]
    return forms.TypedChoiceField(
        label=_("Where do you stand in the organisation?"),
        help_text=_("We don’t know your level. Each tier mentors the one below it."),
        choices=[("", "–"), *((str(number), name) for number, name in enumerate(names))],
        coerce=int,
    )
