"""Says in plain words why a pair fits, and why somebody has no mentor: neither Django nor a database.

A statement is a code with parameters; its English wording is looked up in `WORDING`, so that another language needs
another table and no other code. Wording has one form for the mentee ("you") and one for who runs the programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from matching.assignment import STEPS, Assignment, Pair
from matching.scoring import (
    RULED_OUT,
    UNKNOWN,
    Answers,
    Candidates,
    Criterion,
    People,
    Rule,
    Rules,
    Scorer,
    Style,
    Wish,
)
from matching.scoring.criteria import half_years, zone_hours
from matching.wording import WORDING

Parameter = int | float | str | list[str]
Tone = Literal["for", "against", "unknown"]
Voice = Literal["mentee", "admin"]

# What is offered less well counts as nothing, once rounded to quarters.
LEAST_OFFER = 0.126
_RANKS = ("first", "second", "third", "fourth", "fifth")
# Lists that are read as a sentence; items of one list of skills are read off.
_AS_SENTENCE = ("languages", "interests", "words")
_NUMBERS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True)
class Statement:
    """Something to be told: a code, its parameters, and the English sentence made of them."""

    code: str
    params: Mapping[str, Parameter] = field(default_factory=dict)

    def text(self, voice: Voice = "mentee") -> str:
        """The sentence in English, without a full stop, said to the mentee or about them."""
        mentee, admin = WORDING[self.code]
        wording = admin if voice == "admin" and admin is not None else mentee
        return wording.format(**{name: _spoken(name, value) for name, value in self.params.items()})

    @property
    def sentence(self) -> str:
        return self.text()

    def as_dict(self) -> dict[str, object]:
        """For JSON; `Statement(code, params)` makes it again."""
        return {"code": self.code, "params": dict(self.params)}


@dataclass(frozen=True)
class Reason(Statement):
    """What one criterion says about a pair.

    value   0 to 1, None where the criterion could not be answered
    weight  the criterion's part of the whole weight, 0 to 1
    """

    criterion: str = ""
    value: float | None = None
    weight: float = 0.0

    @property
    def tone(self) -> Tone:
        if self.value is None:
            return "unknown"
        return "for" if self.value >= 0.5 else "against"

    def as_dict(self) -> dict[str, object]:
        return {
            **super().as_dict(),
            "criterion": self.criterion,
            "value": self.value,
            "weight": round(self.weight, 4),
            "tone": self.tone,
        }


@dataclass(frozen=True)
class Removed(Statement):
    """How many mentors a rule takes from a mentee.

    count  mentors whom this rule forbids and no rule before it in the order of `Rule`, so that the counts add up
    frees  mentors whom only this rule forbids: so many would suit without it
    """

    rule: Rule = Rule.SAME_PERSON
    count: int = 0
    frees: int = 0


@dataclass(frozen=True)
class Unmatched(Statement):
    """Why a mentee has no mentor; `removed` holds the rules, the one that takes most mentors first."""

    mentee: int = 0
    removed: tuple[Removed, ...] = ()

    def text(self, voice: Voice = "mentee") -> str:
        head = super().text(voice)
        return f"{head}: {', '.join(part.text(voice) for part in self.removed)}" if self.removed else head

    def as_dict(self) -> dict[str, object]:
        return {
            **super().as_dict(),
            "removed": [
                {**part.as_dict(), "rule": _rule_name(part.rule), "frees": part.frees} for part in self.removed
            ],
        }


class Explainer:
    """Finds the reasons of any pair of a scored programme.

    skills, languages  the names of the columns of `People.skills` and `People.languages`
    names              "word:…", "interest:…", "question:…" → how it is called on screen, else itself
    """

    def __init__(
        self,
        scorer: Scorer,
        *,
        skills: Sequence[str],
        languages: Sequence[str],
        names: Mapping[str, str] | None = None,
    ) -> None:
        self._scorer = scorer
        self._mentees, self._mentors = scorer.mentees, scorer.mentors
        for name, given, side in (
            ("skills", skills, self._mentees.skills),
            ("languages", languages, self._mentees.languages),
        ):
            if len(self._mentees) and len(given) != side.shape[1]:
                raise ValueError(f"There are {side.shape[1]} {name} but {len(given)} names for them.")
        self._skills, self._languages = tuple(skills), tuple(languages)
        self._names = names or {}
        self._mentees_week, self._mentors_week = self._mentees.week(), self._mentors.week()
        self._row = {mentee: row for row, mentee in enumerate(self._mentees.ids.tolist())}
        self._column = {mentor: column for column, mentor in enumerate(self._mentors.ids.tolist())}

    def reasons(self, candidates: Candidates) -> list[tuple[Reason, ...]]:
        """For each pair one reason per criterion: what speaks for it, what against it, what is unknown, heaviest first.

        Of declared characteristics nothing is ever told, not even that they count.
        The candidates must carry components, as those of `Block.top` and `Scorer.pairs` do.
        """
        if candidates.components.shape[1] != len(self._scorer.criteria):
            raise ValueError("Candidates without components can't be explained.")
        return [
            self._of_pair(self._row[mentee], self._column[mentor], components)
            for mentee, mentor, components in zip(
                candidates.mentees.tolist(), candidates.mentors.tolist(), candidates.components.tolist(), strict=True
            )
        ]

    def _of_pair(self, row: int, column: int, components: Sequence[float]) -> tuple[Reason, ...]:
        found = []
        for criterion, weight, component in zip(self._scorer.criteria, self._scorer.shares, components, strict=True):
            if is_private(criterion.code):
                continue
            known = not isnan(component)
            code, params = self._tell(criterion, row, column, component) if known else self._not_known(criterion)
            found.append(
                Reason(code, params, criterion.code, value=round(component, 4) if known else None, weight=weight)
            )
        return tuple(sorted(found, key=_by_importance))

    def _not_known(self, criterion: Criterion) -> tuple[str, dict[str, Parameter]]:
        if isinstance(criterion, Answers):
            return "answers.unknown", {"question": self._name(criterion.about)}
        return f"{criterion.code}.unknown", {}

    def _name(self, key: str) -> str:
        return self._names.get(key, key.partition(":")[2])

    def _tell(self, criterion: Criterion, row: int, column: int, value: float) -> tuple[str, dict[str, Parameter]]:
        mentees, mentors = self._mentees, self._mentors
        if isinstance(criterion, Answers):
            return self._tell_answers(criterion, row, column, value)
        match criterion.code:
            case "skills":
                return self._tell_skills(row, column)
            case "level":
                return _tell_level(float(mentors.level[column]) - float(mentees.level[row]))
            case "department":
                same = mentees.department[row] == mentors.department[column]
                return "department.same" if same else "department.different", {}
            case "site":
                same = mentees.site[row] == mentors.site[column]
                return "site.same" if same else "site.different", {}
            case "languages":
                shared = np.flatnonzero(mentees.languages[row] & mentors.languages[column]).tolist()
                if not shared:
                    return "languages.none", {}
                return "languages.shared", {"languages": [self._languages[at] for at in shared]}
            case "hours":
                return self._tell_hours(row, column)
            case "goals":
                return self._tell_shared("goals", "words", "word:", mentees.goals[row] & mentors.goals[column])
            case "interests":
                shared_interests = mentees.interests[row] & mentors.interests[column]
                return self._tell_shared("interests", "interests", "interest:", shared_interests)
            case "zone":
                return _tell_zone(float(zone_hours(mentees.utc_offset[[row]], mentors.utc_offset[[column]])[0, 0]))
            case "tenure":
                return _tell_tenure(*half_years(np.array([mentees.tenure[row], mentors.tenure[column]])).tolist())
            case "style":
                alike = 1 - value if isinstance(criterion, Style) and criterion.want == "different" else value
                return "style.alike" if alike >= 0.8 else "style.close" if alike >= 0.6 else "style.different", {}
            case "choices":
                return _tell_choices(
                    mentees.choices[row],
                    int(mentors.ids[column]),
                    mentors.choices[column],
                    int(mentees.ids[row]),
                )
            case "mentee_wish":
                return _tell_wish("mentee_wish", mentees, row, mentors, column)
            case "mentor_wish":
                return _tell_wish("mentor_wish", mentors, column, mentees, row)
        raise LookupError(f"No words for the criterion {criterion.code}.")

    def _tell_skills(self, row: int, column: int) -> tuple[str, dict[str, Parameter]]:
        wanted = self._mentees.skills[row]
        # The most important first, as the mentee put them.
        order = np.argsort(-wanted, kind="stable")
        order = order[: int(np.count_nonzero(wanted))]
        shared = [self._skills[at] for at in order.tolist() if self._mentors.skills[column, at] >= LEAST_OFFER]
        of = int(order.size)
        if not shared:
            return "skills.none", {"of": of}
        if of == 1:
            return "skills.only", {"skills": shared}
        if len(shared) == of:
            return "skills.all", {"of": of, "skills": shared}
        return "skills.some", {"count": len(shared), "of": of, "skills": shared}

    def _tell_hours(self, row: int, column: int) -> tuple[str, dict[str, Parameter]]:
        hours = int(np.count_nonzero(self._mentees_week[row] & self._mentors_week[column])) / 2
        stated = self._mentees.free[row].any() and self._mentors.free[column].any()
        if not hours:
            return "hours.none" if stated else "hours.none_assumed", {}
        code = "hours.shared" if stated else "hours.assumed"
        return _counted(code, hours), {"hours": _tidy(hours)}

    def _tell_shared(
        self, code: str, name: str, prefix: str, shared: frozenset[str]
    ) -> tuple[str, dict[str, Parameter]]:
        if not shared:
            return f"{code}.none", {}
        return f"{code}.shared", {name: sorted((self._name(f"{prefix}{each}") for each in shared), key=str.casefold)}

    def _tell_answers(
        self, criterion: Answers, row: int, column: int, value: float
    ) -> tuple[str, dict[str, Parameter]]:
        mine, theirs = criterion.of(self._mentees)[row], criterion.of(self._mentors)[column]
        match criterion.compare:
            case "in" | "not_in":
                said = "shared" if mine & theirs else "none"
            case "close":
                said = "same" if value == 1 else "close" if value >= 0.5 else "apart"
            case _:
                said = "same" if mine == theirs else "different"
        return f"answers.{said}", {"question": self._name(criterion.about)}


def is_private(code: str) -> bool:
    """Whether nothing may ever be told of a criterion: declared characteristics are for the scores alone."""
    return code.startswith("characteristic:")


def explain_unmatched(
    assignment: Assignment,
    blocks: Iterable[Candidates],
    *,
    patterns: Mapping[int, Mapping[int, int]],
    capacity: Mapping[int, int],
    rules: Rules,
) -> list[Unmatched]:
    """Why each mentee without a mentor has none, in the order of the assignment.

    blocks    every pair of theirs that no rule forbids, all of one mentee in the same block
    patterns  mentee id → `Patterns.of` their row, for those unmatched at least
    capacity  as given to `assign`
    """
    held = _Held.of(assignment.pairs)
    places = np.array(sorted(capacity.items()), dtype=np.int64).reshape(-1, 2)
    suiting: dict[int, _Suiting] = {}
    for block in blocks:
        order = np.lexsort((block.mentors, block.mentees))
        mentors, scores = block.mentors[order], block.scores[order]
        ids, starts = np.unique(block.mentees[order], return_index=True)
        for mentee, start, stop in zip(ids.tolist(), starts, np.append(starts, order.size)[1:], strict=True):
            suiting[mentee] = _Suiting.of(mentors[start:stop], scores[start:stop], places, held)
    return [_why(mentee, suiting.get(mentee), patterns[mentee], rules=rules) for mentee in assignment.unmatched]


@dataclass(frozen=True, eq=False)
class _Held:
    """The places that are taken: whose they are, by what score, and whether that was fixed."""

    mentors: NDArray[np.int64]
    scores: NDArray[np.float64]
    locked: NDArray[np.bool_]

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Self:
        rows = [(pair.mentor, -1.0 if pair.score is None else pair.score, pair.locked) for pair in pairs]
        mentors, scores, locked = zip(*rows, strict=True) if rows else ((), (), ())
        return cls(np.array(mentors, np.int64), np.array(scores, np.float64), np.array(locked, np.bool_))


@dataclass(frozen=True)
class _Suiting:
    """The mentors who would suit one mentee: their number, their places, and those held by pairs of a lower score."""

    mentors: int
    places: int
    lower: int
    lower_locked: int

    @classmethod
    def of(
        cls, mentors: NDArray[np.int64], scores: NDArray[np.float32], places: NDArray[np.int64], held: _Held
    ) -> Self:
        has_places = np.isin(places[:, 0], mentors, assume_unique=True)
        at = np.minimum(np.searchsorted(mentors, held.mentors), mentors.size - 1)
        # Scores are compared in STEPS, as the assignment counts them.
        is_lower = (mentors[at] == held.mentors) & (held.scores < scores[at] - 2 / STEPS)
        return cls(
            mentors.size, int(places[has_places, 1].sum()), int(is_lower.sum()), int((is_lower & held.locked).sum())
        )


def _why(mentee: int, suiting: _Suiting | None, pattern: Mapping[int, int], *, rules: Rules) -> Unmatched:
    mentors = sum(pattern.values())
    if not mentors:
        return Unmatched("unmatched.no_mentors", {}, mentee)
    if suiting is None:
        removed = removed_by_rules(pattern, rules=rules)
        return Unmatched(_counted("unmatched.forbidden", mentors), {"mentors": mentors}, mentee, removed)
    told: dict[str, Parameter] = {"mentors": suiting.mentors, "places": suiting.places}
    if not suiting.places:
        return Unmatched(_counted("unmatched.no_places", suiting.mentors), told, mentee)
    # Where the total counts, whoever holds a place by a lower score would change over, unless the pair is fixed.
    if suiting.lower_locked:
        code = _counted("unmatched.full_locked", suiting.mentors)
        return Unmatched(code, {**told, "locked": suiting.lower_locked}, mentee)
    # Stable pairs go by whom people named.
    code = "unmatched.full_otherwise" if suiting.lower else "unmatched.full"
    return Unmatched(_counted(code, suiting.mentors), told, mentee)


def removed_by_rules(pattern: Mapping[int, int], *, rules: Rules) -> tuple[Removed, ...]:
    """What each rule takes from one mentee, from `Patterns.of` their row; the rule that takes most comes first.

    Pairs that were ruled out one by one are told as one, under the first of `RULED_OUT`.
    """
    one_by_one = sum(rule.bit for rule in RULED_OUT)
    removed = []
    for rule in Rule:
        if rule in RULED_OUT[1:]:
            continue
        bits = one_by_one if rule in RULED_OUT else rule.bit
        count = sum(many for found, many in pattern.items() if found & bits and not found & (rule.bit - 1))
        frees = sum(many for found, many in pattern.items() if found and not found & ~bits)
        if count:
            code = _counted(_rule_code(rule, rules), count)
            removed.append(Removed(code, {"count": count}, rule, count, frees))
    return tuple(sorted(removed, key=lambda part: (-part.count, part.rule)))


def headlines(reasons: Sequence[Reason], *, limit: int = 3) -> list[Reason]:
    """The few reasons that speak most for a pair, nothing said twice."""
    chosen: list[Reason] = []
    said: set[str] = set()
    # A wish that was met says more than the bare fact, whichever of the two weighs more.
    wishes = {reason.code.partition(".")[2] for reason in reasons if "_wish." in reason.code and reason.tone == "for"}
    for reason in reasons:
        about = reason.code.split(".")[1] if "_wish." in reason.code else reason.criterion
        if reason.tone == "for" and about not in said and reason.criterion not in wishes:
            chosen.append(reason)
            said.add(about)
    return chosen[:limit]


def _rule_code(rule: Rule, rules: Rules) -> str:
    if rule == Rule.LEVEL_TOO_LOW:
        plain = {0.0: "rule.level.below", 1.0: "rule.level.not_above"}
        return plain.get(float(rules.min_level_gap or 0), "rule.level.too_low")
    if rule == Rule.LEVEL_TOO_HIGH:
        plain = {0.0: "rule.level.above", -1.0: "rule.level.not_below"}
        return plain.get(float(rules.max_level_gap or 0), "rule.level.too_high")
    return f"rule.{_rule_name(rule)}"


def _rule_name(rule: Rule) -> str:
    return "ruled_out" if rule in RULED_OUT else rule.name.lower()


def _tell_level(gap: float) -> tuple[str, dict[str, Parameter]]:
    # Levels are kept in float32; a hundredth of a level is nothing.
    gap = round(gap, 2)
    if not gap:
        return "level.same", {}
    return _counted("level.above" if gap > 0 else "level.below", abs(gap)), {"gap": _tidy(abs(gap))}


def _tell_zone(hours: float) -> tuple[str, dict[str, Parameter]]:
    if not hours:
        return "zone.same", {}
    return _counted("zone.apart", hours), {"hours": _tidy(round(hours, 2))}


def _tell_tenure(mentee: float, mentor: float) -> tuple[str, dict[str, Parameter]]:
    years = mentor - mentee
    if not years:
        return "tenure.same", {}
    return _counted("tenure.longer" if years > 0 else "tenure.shorter", abs(years)), {"years": _tidy(abs(years))}


def _tell_choices(
    mentees: Mapping[int, int], mentor: int, mentors: Mapping[int, int], mentee: int
) -> tuple[str, dict[str, Parameter]]:
    mine, theirs = mentees.get(mentor), mentors.get(mentee)
    if mine is not None and theirs is not None:
        return "choices.both", {"nth": _nth(mine), "other_nth": _nth(theirs)}
    if mine is not None:
        return "choices.mentee", {"nth": _nth(mine)}
    if theirs is not None:
        return "choices.mentor", {"nth": _nth(theirs)}
    return ("choices.not_mentee", {}) if mentees else ("choices.not_mentor", {})


def _nth(rank: int) -> str:
    return _RANKS[min(max(rank, 1), len(_RANKS)) - 1]


def _tell_wish(code: str, wishing: People, at: int, others: People, other_at: int) -> tuple[str, dict[str, Parameter]]:
    if wishing.wish[at] == Wish.DIFFERENT_DEPARTMENT:
        met = wishing.department[at] != others.department[other_at]
        return f"{code}.department" if met else f"{code}.not_department", {}
    met = UNKNOWN != wishing.site[at] == others.site[other_at]
    return f"{code}.site" if met else f"{code}.not_site", {}


def _by_importance(reason: Reason) -> tuple[int, float, str]:
    if reason.value is None:
        return 2, -reason.weight, reason.criterion
    if reason.tone == "for":
        return 0, -reason.weight * reason.value, reason.criterion
    return 1, -reason.weight * (1 - reason.value), reason.criterion


def _counted(code: str, count: float) -> str:
    return f"{code}.one" if count == 1 else code


def _tidy(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _spoken(name: str, value: Parameter) -> str:
    if isinstance(value, list):
        if name in _AS_SENTENCE and len(value) > 1:
            return f"{', '.join(value[:-1])} and {value[-1]}"
        return ", ".join(value)
    if name == "gap" and isinstance(value, int) and value < len(_NUMBERS):
        return _NUMBERS[value]
    return str(value)
