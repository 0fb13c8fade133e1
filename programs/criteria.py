"""What a programme asks of matching, in the words of its pages: what counts how much, and what forbids a pair.

Kept on the programme as a dictionary; this module is its one description. `complete` fills in what is missing, so that
programmes from before a criterion existed stay as they were:

weights          code of LABELS → 0 to 10
settings         name of SETTINGS → what a criterion asks for exactly
rules            name of RULES → True or False; name of LIMITS → a number, or None for no limit
questions        [{"question": pk, "compare": one of COMPARE, "weight": 0 to 10}]
characteristics  [{"key", "label", "options", "why", "want": "same" or "different", "weight"}], declared with consent only
objective        one of OBJECTIVES
keep_gain        None: running pairs stay; else a gain from 0 to 1 above which a running pair may be replaced
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from .formats import Format

Criteria = dict[str, Any]

MOST_WEIGHT = 10
MOST_CHARACTERISTICS = 5

LABELS: dict[str, Any] = {
    "skills": _("Skills"),
    "goals": _("Goals"),
    "level": _("Level"),
    "department": _("Department"),
    "site": _("Location"),
    "languages": _("Languages"),
    "hours": _("Free hours"),
    "zone": _("Time zones"),
    "tenure": _("Years here"),
    "style": _("Working style"),
    "interests": _("Interests"),
    "choices": _("Stated choices"),
}
EXPLANATIONS: dict[str, Any] = {
    "skills": _("The mentor offers what the mentee wants to learn; what the mentee put first counts most."),
    "goals": _("The two describe what they are here for in the same words."),
    "level": _("The two are as many levels apart as suits this programme."),
    "department": _("The two work in different departments, or in the same one."),
    "site": _("The two work in the same place, or in different ones."),
    "languages": _("The mentor speaks the languages that the mentee is comfortable in."),
    "hours": _("They are usually free at the same time, each in their own time zone."),
    "zone": _("Their clocks don’t differ by much."),
    "tenure": _("The mentor has been here longer, by as many years as suits this programme."),
    "style": _("How they like to work, from a short form that people fill in only if they want to."),
    "interests": _("They share what they care about outside work."),
    "choices": _("One named the other among up to five people whom they would like best."),
}


@dataclass(frozen=True)
class Setting:
    """What a criterion asks for exactly: a number between two limits, or one of some choices."""

    criterion: str
    label: Any
    default: Any
    lowest: float | None = None
    highest: float | None = None
    choices: tuple[tuple[str, Any], ...] = ()


SAME_OR_DIFFERENT = (("same", _("the same")), ("different", _("different")))
SETTINGS: dict[str, Setting] = {
    "level_target": Setting("level", _("Best gap: levels above the mentee (minus: below)"), None, -9, 9),
    "level_tolerance": Setting("level", _("Counts nothing from so many levels off that"), 3, 1, 9),
    "department_want": Setting(
        "department",
        _("Wanted"),
        "different",
        choices=(("different", _("another department")), ("same", _("the same department"))),
    ),
    "site_want": Setting(
        "site", _("Wanted"), "same", choices=(("same", _("the same location")), ("different", _("another location")))
    ),
    "hours_enough": Setting("hours", _("Hours a week in common that are enough"), 4, 1, 40),
    "zone_tolerance": Setting("zone", _("Counts nothing from so many hours apart"), 3, 1, 12),
    "tenure_target": Setting("tenure", _("Best gap: years here longer than the mentee"), 3, -20, 40),
    "tenure_tolerance": Setting("tenure", _("Counts nothing from so many years off that"), 3, 1, 40),
    "style_want": Setting(
        "style", _("Wanted"), "alike", choices=(("alike", _("a style alike")), ("different", _("another style")))
    ),
}

# Rule → how its field is labelled, and what a change of it is called.
RULES: dict[str, Any] = {
    "reporting_line": _("Nobody is mentored by their own manager, or by a manager further up"),
    "same_team": _("Nobody is mentored by somebody who has the same manager"),
    "common_language": _("They have a language in common"),
    "same_site": _("They work in the same place"),
    "earlier_pairs": _("Nobody gets a mentor again with whom it ended before"),
    "hours_capacity": _("A mentor’s hours a month limit the number of mentees too"),
}
_RULE_CHANGES: dict[str, tuple[Any, Any]] = {
    "reporting_line": (_("reporting line now forbidden"), _("reporting line no longer forbidden")),
    "same_team": (_("same team now forbidden"), _("same team no longer forbidden")),
    "common_language": (_("a common language now required"), _("a common language no longer required")),
    "same_site": (_("the same location now required"), _("the same location no longer required")),
    "earlier_pairs": (_("earlier pairs now forbidden"), _("earlier pairs no longer forbidden")),
    "hours_capacity": (_("hours a month now limit mentees"), _("hours a month no longer limit mentees")),
}


@dataclass(frozen=True)
class Limit:
    """A rule with a number: the lowest and the highest that make sense, and what a change of it is called."""

    label: Any
    lowest: int
    highest: int
    changed: Any


LIMITS: dict[str, Limit] = {
    "min_level_gap": Limit(_("At least so many levels above the mentee"), -9, 9, _("lowest level gap")),
    "max_level_gap": Limit(_("At most so many levels above the mentee"), -9, 9, _("highest level gap")),
    "max_zone_hours": Limit(_("Clocks at most so many hours apart"), 0, 26, _("hours between time zones at most")),
    "mentor_min_tenure_months": Limit(
        _("Mentors have been here for at least so many months"),
        0,
        600,
        _("months that a mentor has been here at least"),
    ),
}
# How far the mentor's level may be from the mentee's: choice → the rules it stands for.
LEVEL_RULES: dict[str, dict[str, int]] = {
    "any": {},
    "not_below": {"min_level_gap": 0},
    "above": {"min_level_gap": 1},
    "below": {"max_level_gap": -1},
}
OWN_LIMITS = "own"
LEVELS: dict[str, Any] = {
    "any": _("Any level"),
    "not_below": _("The mentor is at the mentee’s level or above"),
    "above": _("The mentor is at least one level above"),
    "below": _("The mentor is at least one level below"),
}

OBJECTIVES: dict[str, tuple[Any, Any]] = {
    "most": (
        _("Most people first"),
        _("As many mentees as possible get a mentor, and then the whole fits as well as possible."),
    ),
    "fairest": (
        _("Fairest"),
        _("As many mentees as possible, and then the weakest pair fits as well as possible, even if others fit less."),
    ),
    "stable": (
        _("Stable"),
        _("No mentee and mentor would both rather have each other than what they got. Some may stay without a mentor."),
    ),
}

COMPARE: dict[str, Any] = {
    "equal": _("the same answer"),
    "different": _("different answers"),
    "close": _("answers close to each other"),
    "in": _("the mentor’s answers include the mentee’s"),
}
# Kind of question → how its answers can be compared, the usual way first.
COMPARABLE: dict[str, tuple[str, ...]] = {
    "choice": ("equal", "different"),
    "choices": ("in", "equal", "different"),
    "scale": ("close", "equal", "different"),
    "text": ("equal",),
    "long_text": ("equal",),
    # Alike in order; or the same first choice.
    "ranking": ("close", "equal", "different"),
    "skills": ("in",),
}


def default_criteria(kind: Format) -> Criteria:
    """What a format starts with; everything else is off."""
    return {
        "weights": dict(kind.weights),
        "rules": {
            "reporting_line": True,
            "earlier_pairs": True,
            "common_language": True,
            **kind.rules,
        },
    }


def default_setting(name: str, kind: Format) -> Any:
    """What a setting is where the programme says nothing."""
    if name == "level_target":
        return kind.level_gap or 0
    return kind.wants.get(name, SETTINGS[name].default)


def complete(criteria: Mapping[str, Any] | None, kind: Format) -> Criteria:
    """The same criteria with everything that is missing filled in, so that any two can be compared."""
    given = {**default_criteria(kind), **(criteria or {})}
    weights, rules, settings = given["weights"], given["rules"], given.get("settings") or {}
    return {
        "weights": {code: weights.get(code, 0) for code in LABELS},
        "settings": {name: settings.get(name, default_setting(name, kind)) for name in SETTINGS},
        "rules": {
            **{name: bool(rules.get(name)) for name in RULES},
            **{name: rules.get(name) for name in LIMITS},
        },
        "questions": [dict(each) for each in given.get("questions") or []],
        "characteristics": [dict(each) for each in given.get("characteristics") or []],
        "objective": given.get("objective") or "most",
        "keep_gain": given.get("keep_gain"),
    }


def without_questions(criteria: Criteria, asked: Iterable[int]) -> Criteria:
    """The same criteria without the questions that are not asked any more."""
    known = set(asked)
    kept = [each for each in criteria.get("questions") or [] if each["question"] in known]
    return {**criteria, "questions": kept}


def level_rule(criteria: Criteria) -> str:
    """Which of LEVEL_RULES is in force, or OWN_LIMITS."""
    rules = criteria.get("rules", {})
    limits = {key: rules[key] for key in ("min_level_gap", "max_level_gap") if rules.get(key) is not None}
    return next((name for name, meant in LEVEL_RULES.items() if meant == limits), OWN_LIMITS)


def problems(criteria: Criteria) -> list[str]:
    """What is wrong with complete criteria, each in a sentence; nothing may be saved or tried before it is put right."""
    found = []
    weights = [
        *criteria["weights"].values(),
        *(each["weight"] for each in (*criteria["questions"], *criteria["characteristics"])),
    ]
    if not all(_is_number(weight) and 0 <= weight <= MOST_WEIGHT for weight in weights):
        found.append(_now("Each weight is a number from 0 to %(most)d.") % {"most": MOST_WEIGHT})
    elif not any(weights):
        found.append(_now("At least one thing must count, or every pair would be as good as any other."))
    for name, setting in SETTINGS.items():
        value = criteria["settings"][name]
        if setting.choices:
            if value not in dict(setting.choices):
                found.append(
                    _now("%(what)s can’t be “%(value)s”.") % {"what": LABELS[setting.criterion], "value": value}
                )
        elif not _is_number(value) or not setting.lowest <= value <= setting.highest:
            found.append(
                _out_of_range(f"{LABELS[setting.criterion]}: {setting.label}", setting.lowest, setting.highest)
            )
    rules = criteria["rules"]
    for name, limit in LIMITS.items():
        if rules[name] is not None and not (_is_number(rules[name]) and limit.lowest <= rules[name] <= limit.highest):
            found.append(_out_of_range(limit.changed, limit.lowest, limit.highest))
    low, high = rules["min_level_gap"], rules["max_level_gap"]
    if low is not None and high is not None and low > high:
        found.append(
            _now("No pair can be at least %(low)s and at most %(high)s levels apart.") % {"low": low, "high": high}
        )
    if criteria["objective"] not in OBJECTIVES:
        found.append(_now("Choose what matching aims for."))
    gain = criteria["keep_gain"]
    if gain is not None and not (_is_number(gain) and 0 <= gain <= 1):
        found.append(_now("The gain above which a running pair may be replaced is a number from 0 to 1."))
    if any(each["compare"] not in COMPARE for each in criteria["questions"]):
        found.append(_now("Say how the answers to each question are compared."))
    if len(criteria["characteristics"]) > MOST_CHARACTERISTICS:
        found.append(_now("At most %(most)d characteristics can be asked for.") % {"most": MOST_CHARACTERISTICS})
    for each in criteria["characteristics"]:
        if not each["label"] or not each["why"] or len(each["options"]) < 2:
            found.append(
                _now("Each characteristic needs a name, at least two options, and a reason why the programme asks.")
            )
            break
    return found


def changes(before: Criteria, after: Criteria, *, questions: Mapping[int, str]) -> list[str]:
    """What differs between two complete criteria, each in a few words; `questions` are the texts by their ids."""
    found = [
        f"{label} {_plain(old)} → {_plain(new)}"
        for code, label in LABELS.items()
        if (old := before["weights"][code]) != (new := after["weights"][code])
    ]
    for name, setting in SETTINGS.items():
        old, new = before["settings"][name], after["settings"][name]
        if old != new:
            words = dict(setting.choices)
            found.append(f"{_setting_name(name)} {words.get(old, _plain(old))} → {words.get(new, _plain(new))}")
    found += _question_changes(before["questions"], after["questions"], questions)
    for name, (on, off) in _RULE_CHANGES.items():
        if before["rules"][name] != after["rules"][name]:
            found.append(str(on if after["rules"][name] else off))
    for name, limit in LIMITS.items():
        old, new = before["rules"][name], after["rules"][name]
        if old != new:
            found.append(f"{limit.changed} {_plain(old)} → {_plain(new)}")
    if before["objective"] != after["objective"]:
        old, new = OBJECTIVES[before["objective"]][0], OBJECTIVES[after["objective"]][0]
        found.append(_now("aim: %(old)s → %(new)s") % {"old": old, "new": new})
    if before["keep_gain"] != after["keep_gain"]:
        gain = after["keep_gain"]
        found.append(
            _now("running pairs stay as they are")
            if gain is None
            else _now("running pairs may be replaced for a gain above %(gain)s") % {"gain": _plain(gain)}
        )
    found += _characteristic_changes(before["characteristics"], after["characteristics"])
    return [each[:1].upper() + each[1:] if at == 0 else each for at, each in enumerate(found)]


def in_words(criteria: Criteria) -> list[str]:
    """The rules of complete criteria, each in a sentence."""
    rules = criteria["rules"]
    sentences = [str(label) for name, label in RULES.items() if rules[name]]
    if rules["max_zone_hours"] is not None:
        sentences.append(_now("Their clocks differ by at most %(hours)s hours") % {"hours": rules["max_zone_hours"]})
    if rules["mentor_min_tenure_months"] is not None:
        sentences.append(
            _now("Mentors have been here for at least %(months)s months")
            % {"months": rules["mentor_min_tenure_months"]}
        )
    return sentences


def level_words(criteria: Criteria) -> str:
    """How far apart in levels the two of a pair may be."""
    rule = level_rule(criteria)
    if rule in LEVELS:
        return str(LEVELS[rule])
    low, high = criteria["rules"]["min_level_gap"], criteria["rules"]["max_level_gap"]
    if high is None:
        return _now("The mentor’s level minus the mentee’s is at least %(low)s") % {"low": low}
    if low is None:
        return _now("The mentor’s level minus the mentee’s is at most %(high)s") % {"high": high}
    return _now("The mentor’s level minus the mentee’s is from %(low)s to %(high)s") % {"low": low, "high": high}


def _question_changes(before: list[Any], after: list[Any], texts: Mapping[int, str]) -> list[str]:
    old, new = ({each["question"]: each for each in side} for side in (before, after))
    found = []
    for pk in [*old, *(pk for pk in new if pk not in old)]:
        name = f"“{texts.get(pk, _now('a question that is no longer asked'))}”"
        was, now = (side.get(pk, {}).get("weight", 0) for side in (old, new))
        if was != now:
            found.append(f"{name} {_plain(was)} → {_plain(now)}")
        elif pk in old and pk in new and old[pk]["compare"] != new[pk]["compare"]:
            found.append(f"{name}: {COMPARE[old[pk]['compare']]} → {COMPARE[new[pk]['compare']]}")
    return found


def _characteristic_changes(before: list[Any], after: list[Any]) -> list[str]:
    old, new = ({each["key"]: each for each in side} for side in (before, after))
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        label = (new.get(key) or old[key])["label"]
        if key not in new:
            found.append(_now("“%(label)s” no longer asked for") % {"label": label})
        elif key not in old:
            found.append(_now("“%(label)s” asked for, if people want to say") % {"label": label})
        elif old[key]["weight"] != new[key]["weight"]:
            found.append(f"“{label}” {_plain(old[key]['weight'])} → {_plain(new[key]['weight'])}")
        elif old[key] != new[key]:
            found.append(_now("“%(label)s” changed") % {"label": label})
    return found


def _setting_name(name: str) -> str:
    return {
        "level_target": _now("best level gap"),
        "level_tolerance": _now("tolerance of the level gap"),
        "department_want": _now("wanted"),
        "site_want": _now("wanted"),
        "hours_enough": _now("enough hours in common"),
        "zone_tolerance": _now("tolerance of time zones"),
        "tenure_target": _now("best difference in years here"),
        "tenure_tolerance": _now("tolerance of years here"),
        "style_want": _now("wanted"),
    }[name]


def _out_of_range(name: Any, lowest: float | None, highest: float | None) -> str:
    values = {"name": name, "lowest": _plain(lowest), "highest": _plain(highest)}
    return _now("“%(name)s” is a number from %(lowest)s to %(highest)s.") % values


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _plain(value: Any) -> str:
    return _now("none") if value is None else f"{value:g}" if _is_number(value) else str(value)
