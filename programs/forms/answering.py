"""The form fields that ask the questions of a programme's sign-up page; how answers are kept says programs.answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import Skill
from accounts.services import skill_key

from .. import answers, hours
from ..models import Question

DAY_NAMES = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday")]
SHORT_DAYS = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
BLOCK_CHOICES = [(hours.key(day, start), "") for day in hours.DAYS for start, _end in hours.BLOCKS]
# Rows for skills without a script: as many as were filled in and two more.
SKILL_ROWS = 3

# Who reads an answer, as it stands beside the field.
SEEN_BY: dict[str, Any] = {
    Question.Visibility.ADMINS: _("programme admins"),
    Question.Visibility.MATCH: _("programme admins, and whoever you are matched with"),
    Question.Visibility.EVERYBODY: _("everybody in the programme"),
}


class HoursInput(forms.CheckboxSelectMultiple):
    template_name = "programs/widgets/hours.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = set(value or [])
        context["days"] = [{"name": full, "short": SHORT_DAYS[day]} for day, full in enumerate(DAY_NAMES)]
        number = 0
        rows = []
        for start, end in hours.BLOCKS:
            cells = []
            for day, full in enumerate(DAY_NAMES):
                key = hours.key(day, start)
                cells.append(
                    {
                        "value": key,
                        "id": f"{attrs.get('id', name)}_{number}",
                        "checked": key in chosen,
                        "label": _("%(day)s, %(start)d to %(end)d o’clock")
                        % {"day": full, "start": start // 60, "end": end // 60},
                    }
                )
                number += 1
            rows.append({"label": f"{start // 60:02}–{end // 60:02}", "cells": cells})
        context["rows"] = rows
        return context


class AvailabilityField(forms.MultipleChoiceField):
    """The weekly grid. Windows that don't fit it, which came another way, stay beside it."""

    def __init__(self, *, kept: Iterable[Sequence[int]] = (), **kwargs: Any) -> None:
        self.beside = hours.to_grid(kept)[1]
        super().__init__(choices=BLOCK_CHOICES, widget=HoursInput, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        windows = value and all(isinstance(each, (list, tuple)) for each in value)
        return sorted(hours.to_grid(value)[0]) if windows else value

    def clean(self, value: Any) -> list[list[int]]:
        return hours.from_grid(super().clean(value), self.beside)


class _Rows(forms.Widget):
    """A control of several rows, each with names of its own, kept together as what was sent."""

    use_fieldset = True

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0" if id_ else ""

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class RankingInput(_Rows):
    """A list with a place to choose beside each; static/js/questions.js moves them by buttons as well."""

    template_name = "programs/widgets/ranking.html"

    def __init__(self, options: Sequence[str]) -> None:
        super().__init__()
        self.options = list(options)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str]:
        return {option: data.get(f"{name}_{at}") or "" for at, option in enumerate(self.options)}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if isinstance(value, list):
            value = {option: str(place) for place, option in enumerate(value, start=1)}
        chosen = value or {}
        rows = [
            {"name": f"{name}_{at}", "id": f"{attrs.get('id', name)}_{at}", "option": option, "place": chosen.get(option, "")}
            for at, option in enumerate(self.options)
        ]  # fmt: skip
        if sorted(row["place"] for row in rows) == sorted(str(n) for n in range(1, len(rows) + 1)):
            rows.sort(key=lambda row: int(row["place"]))
        context |= {"rows": rows, "places": [str(number) for number in range(1, len(rows) + 1)]}
        return context


class RankingField(forms.Field):
    """A list put in order: every option has a place of its own, or none has one."""

    def __init__(self, *, options: Sequence[str], **kwargs: Any) -> None:
        self.options = list(options)
        super().__init__(widget=RankingInput(options), **kwargs)

    def clean(self, value: Any) -> list[str]:
        places: dict[str, str] = value or {}
        given = {option: place for option in self.options if (place := places.get(option, ""))}
        if not given:
            if self.required:
                raise forms.ValidationError(_now("Put them in order: give each a place."))
            return []
        allowed = {str(number) for number in range(1, len(self.options) + 1)}
        if not set(given.values()) <= allowed:
            raise forms.ValidationError(_now("Choose the places from the lists."))
        if missing := [option for option in self.options if option not in given]:
            raise forms.ValidationError(
                _now("“%(option)s” has no place yet. Give each a place, or none."), params={"option": missing[0]}
            )
        order = sorted(self.options, key=lambda option: int(given[option]))
        for one, other in pairwise(order):
            if given[one] == given[other]:
                raise forms.ValidationError(
                    _now("“%(one)s” and “%(other)s” are both number %(place)s. Give each a place of its own."),
                    params={"one": one, "other": other, "place": given[one]},
                )
        return order

    def has_changed(self, initial: Any, data: Any) -> bool:
        return True


class SkillsInput(_Rows):
    """Skills with how well, a row each."""

    template_name = "programs/widgets/skills.html"

    def __init__(self) -> None:
        super().__init__()
        self.suggestions: list[str] = []

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, list[tuple[str, str]]]:
        rows = [
            (data.get(f"{name}_{at}") or "", data.get(f"{name}_{at}_level") or "") for at in range(answers.MOST_SKILLS)
        ]
        return {"rows": rows}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        given = value["rows"] if isinstance(value, dict) else value or []
        filled = [(str(skill), str(level)) for skill, level in given if skill or level]
        shown = min(answers.MOST_SKILLS, max(SKILL_ROWS, len(filled) + 2))
        filled += [("", "")] * (shown - len(filled))
        context["rows"] = [
            {"name": f"{name}_{at}", "id": f"{attrs.get('id', name)}_{at}", "number": at + 1, "skill": skill, "level": level}
            for at, (skill, level) in enumerate(filled)
        ]  # fmt: skip
        context["levels"] = [(str(level), label) for level, label in answers.SKILL_LEVELS.items()]
        context["suggestions"] = self.suggestions
        return context


class SkillsField(forms.Field):
    """Skills that the organisation knows, each with how well."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=SkillsInput(), **kwargs)

    def clean(self, value: Any) -> list[list[Any]]:
        rows = [(" ".join(name.split()), level) for name, level in (value or {}).get("rows", [])]
        wanted = {skill_key(name): (name, level) for name, level in rows if name}
        known = dict(Skill.objects.filter(key__in=list(wanted)).values_list("key", "name")) if wanted else {}
        found = []
        for key, (name, level) in wanted.items():
            if key not in known:
                raise forms.ValidationError(
                    _now("“%(skill)s” is not among the skills of your organisation. Choose one that is suggested."),
                    params={"skill": name[:80]},
                )
            if level not in {str(each) for each in answers.SKILL_LEVELS}:
                raise forms.ValidationError(_now("Say how well, beside “%(skill)s”."), params={"skill": known[key]})
            found.append([known[key], int(level)])
        if not found and self.required:
            raise forms.ValidationError(_now("Name at least one skill."))
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return True


def question_field(question: Question, *, kept: Any = None, skills: Sequence[str] = ()) -> forms.Field:
    """The form field that asks a question. `kept` is the answer there is, `skills` what may be suggested."""
    common: dict[str, Any] = {
        "label": question.text, "help_text": _help(question), "required": question.required,
    }  # fmt: skip
    options = [(option, option) for option in question.options]
    match question.kind:
        case Question.Kind.LONG_TEXT:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=4000, **common)
        case Question.Kind.CHOICE:
            return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)
        case Question.Kind.CHOICES:
            return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **common)
        case Question.Kind.SCALE:
            scale = [("", "–")] + [(str(number), str(number)) for number in answers.SCALE]
            return forms.TypedChoiceField(choices=scale, coerce=int, empty_value=None, **common)
        case Question.Kind.RANKING:
            return RankingField(options=question.options, **common)
        case Question.Kind.SKILLS:
            field = SkillsField(**common)
            field.widget.suggestions = list(skills)
            return field
        case Question.Kind.AVAILABILITY:
            common["help_text"] = format_html(
                '<span class="block">{}</span>{}',
                _now("In your own time zone. Tick what suits in most weeks."),
                common["help_text"],
            )
            return AvailabilityField(kept=kept or (), **common)
    return forms.CharField(max_length=300, **common)


def condition(question: Question) -> str:
    """Who is asked, where it depends on another answer; empty where it doesn't."""
    if question.shown_if is None:
        return ""
    values = _now("” or “").join(question.shown_if_values)
    return _now("Only if you answered “%(values)s” to “%(question)s”.") % {
        "values": values,
        "question": question.shown_if.text,
    }


def _help(question: Question) -> Any:
    """The hint, and on what it depends."""
    if question.shown_if_id is None:
        return question.help_text
    return format_html(
        '<span class="block" data-shown-if="question_{}" data-shown-values="{}">{}</span>{}',
        question.shown_if_id,
        json.dumps(question.shown_if_values),
        condition(question),
        question.help_text,
    )


def as_lines(said: Iterable[Any]) -> list[dict[str, Any]]:
    """Answers (`question`, `value`) for a page: each question, and lines to read."""
    days = [str(day) for day in SHORT_DAYS]
    return [
        {"question": each.question, "lines": answers.in_words(each.question, each.value, days=days)} for each in said
    ]
