"""What counts in a programme's matching: its weights, settings, rules, aim, and what people may declare."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from .. import criteria
from ..models import Program, Question
from .seen import SeenMixin

LEVELS = [*criteria.LEVELS.items(), (criteria.OWN_LIMITS, _("Own limits"))]
KEEP, REPLACE = "keep", "replace"
KEEP_GAIN = 0.1
LONGEST_REASON = 500


class Slider(forms.NumberInput):
    input_type = "range"


@dataclass(frozen=True)
class Row:
    """A criterion as the page shows it: how much it counts, and what exactly it asks for."""

    code: str
    weight: forms.BoundField
    settings: list[forms.BoundField]

    @property
    def counts(self) -> bool:
        """As saved, so that the rows stay where they are while somebody tries weights."""
        return bool(self.weight.initial)

    @property
    def opens(self) -> bool:
        """Whether there is something to see that was typed, or is wrong."""
        return bool(
            str(self.weight.value()) not in ("", "0") or any(bound.errors for bound in (self.weight, *self.settings))
        )


@dataclass(frozen=True)
class Asked:
    """A question whose answers can be compared."""

    question: Question
    weight: forms.BoundField
    compare: forms.BoundField

    @property
    def settings(self) -> list[forms.BoundField]:
        return [self.compare]


@dataclass(frozen=True)
class Declared:
    """One characteristic that people may declare, or the empty place for another."""

    number: int
    is_new: bool
    key: forms.BoundField
    label: forms.BoundField
    options: forms.BoundField
    why: forms.BoundField
    want: forms.BoundField
    weight: forms.BoundField


class CriteriaForm(forms.Form):
    """What counts how much, what forbids a pair, and what matching aims for."""

    # Everything has a default: nothing is to be filled in.
    unmarked = True
    level_rule = forms.ChoiceField(label=_("Levels"), choices=LEVELS)
    objective = forms.ChoiceField(
        label=_("What matching aims for"),
        choices=[(key, name) for key, (name, _text) in criteria.OBJECTIVES.items()],
        widget=forms.RadioSelect,
        required=False,
    )
    running = forms.ChoiceField(
        label=_("Pairs that are running"),
        choices=[(KEEP, _("They stay as they are")), (REPLACE, _("They may be replaced when the whole gains enough"))],
        widget=forms.RadioSelect,
        required=False,
    )
    keep_gain = forms.FloatField(
        label=_("Gain that is enough"),
        min_value=0,
        max_value=1,
        required=False,
        help_text=_(
            "How much the sum of all scores must rise for each pair that is replaced, from 0 to 1. "
            "Beside running pairs that may be replaced, matching always aims for most people, then the highest sum."
        ),
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        self.program = program
        self.kind = program.kind
        self.stored = criteria.complete(program.criteria, program.kind)
        self.questions = list(
            Question.objects.filter(
                program=program, retired_at__isnull=True, audience=Question.Audience.BOTH, kind__in=criteria.COMPARABLE
            )
        )
        self.stored = criteria.without_questions(self.stored, [each.pk for each in self.questions])
        rules, gain = self.stored["rules"], self.stored["keep_gain"]
        kwargs["initial"] = {
            **kwargs.get("initial", {}),
            **rules,
            "level_rule": criteria.level_rule(self.stored),
            "objective": self.stored["objective"],
            "running": KEEP if gain is None else REPLACE,
            "keep_gain": KEEP_GAIN if gain is None else gain,
        }
        super().__init__(*args, **kwargs)
        for name, limit in criteria.LIMITS.items():
            self.fields[name] = forms.IntegerField(
                label=limit.label,
                min_value=limit.lowest,
                max_value=limit.highest,
                required=False,
                help_text=_("Leave it empty for no limit."),
            )
        for name, label in criteria.RULES.items():
            self.fields[name] = forms.BooleanField(label=label, required=False)
        for code, label in criteria.LABELS.items():
            self.fields[f"weight_{code}"] = _weight(label, self.stored["weights"][code], criteria.EXPLANATIONS[code])
        for name, setting in criteria.SETTINGS.items():
            self.fields[f"setting_{name}"] = _setting(setting, self.stored["settings"][name])
        self._add_questions()
        self._add_characteristics()

    def _add_questions(self) -> None:
        chosen = {each["question"]: each for each in self.stored["questions"]}
        for question in self.questions:
            ways = criteria.COMPARABLE[question.kind]
            kept = chosen.get(question.pk, {})
            self.fields[f"question_{question.pk}_weight"] = _weight(question.text, kept.get("weight", 0))
            self.fields[f"question_{question.pk}_compare"] = forms.ChoiceField(
                label=_("Wanted answers to “%(question)s”") % {"question": question.text},
                choices=[(way, criteria.COMPARE[way]) for way in ways],
                initial=kept.get("compare", ways[0]),
                required=False,
            )

    def _add_characteristics(self) -> None:
        """Those that there are, and an empty place for another."""
        kept = self.stored["characteristics"]
        self.places = min(len(kept) + 1, criteria.MOST_CHARACTERISTICS)
        for number in range(self.places):
            each = kept[number] if number < len(kept) else {}
            fields = {
                "key": forms.CharField(required=False, max_length=40, widget=forms.HiddenInput),
                "label": forms.CharField(
                    label=_("What people may say about themselves"),
                    max_length=60,
                    required=False,
                    help_text=_("Empty it to ask no more.") if each else "",
                ),
                "options": forms.CharField(
                    label=_("Options, one on each line"),
                    required=False,
                    max_length=2000,
                    widget=forms.Textarea(attrs={"rows": 4}),
                ),
                "why": forms.CharField(
                    label=_("Why the programme asks"),
                    required=False,
                    max_length=LONGEST_REASON,
                    help_text=_("People read this before they decide whether to say anything."),
                ),
                "want": forms.ChoiceField(
                    label=_("Wanted in a pair"), choices=criteria.SAME_OR_DIFFERENT, required=False
                ),
                "weight": _weight(_("How much it counts"), each.get("weight", 0), required=False),
            }
            initial = {
                "key": each.get("key", ""),
                "label": each.get("label", ""),
                "options": "\n".join(each.get("options", [])),
                "why": each.get("why", ""),
                "want": each.get("want", "same"),
                "weight": each.get("weight", 0),
            }
            for name, field in fields.items():
                field.initial = initial[name]
                self.fields[f"declared_{number}_{name}"] = field

    # What the page shows, in its groups.

    def rows(self) -> list[Row]:
        return [
            Row(
                code,
                self[f"weight_{code}"],
                [self[f"setting_{name}"] for name, each in criteria.SETTINGS.items() if each.criterion == code],
            )
            for code in criteria.LABELS
        ]

    def counting(self) -> list[Row]:
        return [row for row in self.rows() if row.counts]

    def others(self) -> list[Row]:
        return [row for row in self.rows() if not row.counts]

    def others_open(self) -> bool:
        return not self.counting() or any(row.opens for row in self.others())

    def asked(self) -> list[Asked]:
        return [
            Asked(each, self[f"question_{each.pk}_weight"], self[f"question_{each.pk}_compare"])
            for each in self.questions
        ]

    def asked_open(self) -> bool:
        return any(
            str(each.weight.value()) not in ("", "0") or each.weight.errors or each.compare.errors
            for each in self.asked()
        )

    def declared(self) -> list[Declared]:
        names = ("key", "label", "options", "why", "want", "weight")
        kept = len(self.stored["characteristics"])
        return [
            Declared(number, number >= kept, **{name: self[f"declared_{number}_{name}"] for name in names})
            for number in range(self.places)
        ]

    def declared_open(self) -> bool:
        return bool(self.stored["characteristics"]) or any(
            bound.value() or bound.errors for each in self.declared() for bound in (each.label, each.options, each.why)
        )

    def rules(self) -> list[forms.BoundField]:
        return [self[name] for name in criteria.RULES]

    @property
    def has_aims(self) -> bool:
        """Whether there is anything to aim for: what is arranged in another way than in pairs has one aim of its own."""
        return self.kind.arranging == "pairs"

    def objectives(self) -> list[dict[str, Any]]:
        """Each aim with its sentence, for a group of radio buttons."""
        chosen = self["objective"].value() or "most"
        return [
            {"key": key, "name": name, "text": text, "chosen": key == chosen}
            for key, (name, text) in criteria.OBJECTIVES.items()
        ]

    # What was typed.

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._clean_levels(cleaned)
        if cleaned.get("running") == REPLACE and "keep_gain" in cleaned and cleaned["keep_gain"] is None:
            self.add_error("keep_gain", _("Say how much must be gained for each pair that is replaced."))
        self._clean_questions()
        for number in range(self.places):
            self._clean_characteristic(number, cleaned)
        if not self.errors:
            self.criteria = self._criteria(cleaned)
            for sentence in criteria.problems(self.criteria):
                self.add_error(None, sentence)
        return cleaned

    def _clean_levels(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("level_rule") != criteria.OWN_LIMITS:
            return
        low, high = cleaned.get("min_level_gap"), cleaned.get("max_level_gap")
        if low is not None and high is not None and low > high:
            self.add_error(
                "max_level_gap",
                _now("No pair can be at least %(low)s and at most %(high)s levels apart.") % {"low": low, "high": high},
            )

    def _clean_questions(self) -> None:
        """What somebody weighed while somebody else retired the question must not vanish without a word."""
        known = {f"question_{each.pk}_weight" for each in self.questions}
        for name, value in self.data.items():
            if name.startswith("question_") and name.endswith("_weight") and name not in known and value != "0":
                self.add_error(
                    None,
                    _("A question that you weighed is no longer asked, so it was left out. Save again without it."),
                )
                return

    def _clean_characteristic(self, number: int, cleaned: dict[str, Any]) -> None:
        def named(name: str) -> str:
            return f"declared_{number}_{name}"

        label = (cleaned.get(named("label")) or "").strip()
        was_kept = number < len(self.stored["characteristics"])
        if not label:
            typed = cleaned.get(named("options")) or cleaned.get(named("why"))
            if typed and not was_kept:
                self.add_error(named("label"), _("Say what people may declare, or empty the other fields."))
            return
        if not (cleaned.get(named("why")) or "").strip():
            self.add_error(named("why"), _("Say why the programme asks: without a reason nobody may be asked."))
        options = _lines(cleaned.get(named("options")) or "")
        if len(options) < 2:
            self.add_error(named("options"), _("Give at least two options, each on a line of its own."))
        elif len(options) > 30 or max(map(len, options)) > 100:
            self.add_error(named("options"), _("Give at most 30 options of at most 100 characters each."))

    def _criteria(self, cleaned: dict[str, Any]) -> criteria.Criteria:
        stored = self.stored
        level = cleaned["level_rule"]
        gaps = (
            {name: cleaned[name] for name in ("min_level_gap", "max_level_gap")}
            if level == criteria.OWN_LIMITS
            else {"min_level_gap": None, "max_level_gap": None, **criteria.LEVEL_RULES[level]}
        )
        questions = [
            {
                "question": each.pk,
                "compare": cleaned[f"question_{each.pk}_compare"] or criteria.COMPARABLE[each.kind][0],
                "weight": _number(cleaned[f"question_{each.pk}_weight"]),
            }
            for each in self.questions
        ]
        return {
            "weights": {code: _number(cleaned[f"weight_{code}"]) for code in criteria.LABELS},
            "settings": {name: self._setting(name, cleaned) for name in criteria.SETTINGS},
            "rules": {
                **{name: cleaned[name] for name in criteria.RULES},
                **gaps,
                **{name: cleaned[name] for name in ("max_zone_hours", "mentor_min_tenure_months")},
            },
            "questions": [each for each in questions if each["weight"]],
            "characteristics": [each for number in range(self.places) if (each := self._declared(number, cleaned))],
            "objective": cleaned["objective"] or stored["objective"],
            "keep_gain": _number(cleaned["keep_gain"])
            if cleaned["running"] == REPLACE
            else (None if cleaned["running"] else stored["keep_gain"]),
        }

    def _setting(self, name: str, cleaned: dict[str, Any]) -> Any:
        value = cleaned[f"setting_{name}"]
        if value in (None, ""):
            return criteria.default_setting(name, self.kind)
        return value if criteria.SETTINGS[name].choices else _number(value)

    def _declared(self, number: int, cleaned: dict[str, Any]) -> dict[str, Any] | None:
        of = {
            name: cleaned[f"declared_{number}_{name}"] for name in ("key", "label", "options", "why", "want", "weight")
        }
        label, why = of["label"].strip(), of["why"].strip()
        if not label:
            return None
        # A consent holds for what was asked and why: other words ask anew, under a key of their own.
        kept = next((each for each in self.stored["characteristics"] if each["key"] == of["key"]), None)
        same = kept is not None and (kept["label"], kept["why"]) == (label, why)
        return {
            "key": of["key"] if same else f"k{secrets.token_hex(4)}",
            "label": label,
            "options": _lines(of["options"]),
            "why": why,
            "want": of["want"] or "same",
            "weight": _number(of["weight"] or 0),
        }

    def fields_to_save(self) -> dict[str, Any]:
        return {"criteria": self.criteria}


class CriteriaStepForm(SeenMixin, CriteriaForm):
    """The same while the programme is a draft, when there are no versions of it yet."""

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        super().__init__(*args, program=program, about=program, **kwargs)


def _weight(label: Any, initial: Any, help_text: Any = "", *, required: bool = True) -> forms.FloatField:
    field = forms.FloatField(
        label=label,
        min_value=0,
        max_value=criteria.MOST_WEIGHT,
        initial=initial,
        help_text=help_text,
        required=required,
        widget=Slider(attrs={"step": "1"}),
    )
    return field


def _setting(setting: criteria.Setting, initial: Any) -> forms.Field:
    if setting.choices:
        return forms.ChoiceField(label=setting.label, choices=setting.choices, initial=initial, required=False)
    return forms.FloatField(
        label=setting.label,
        min_value=setting.lowest,
        max_value=setting.highest,
        initial=initial,
        required=False,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


def _number(value: float) -> float:
    """5.0 as 5, as a page and a version show it."""
    return int(value) if float(value).is_integer() else value


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
