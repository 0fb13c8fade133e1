"""What may leave the computing of who stays: one plain object that page, files, API and mail all read.

Whole percents, counts to the nearest five, nothing about fewer than `floor` people, and nothing from which such a number
could be worked out. Pure: a study in, plain data out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from .suppression import FLOOR, Arm, hidden_pairs, total_is_safe
from .survival import (
    CAVEAT,
    KINDS,
    LEAVERS_FLOOR,
    Estimate,
    GroupRatio,
    HazardRatio,
    Incidence,
    Landmark,
    MatchedPoint,
    MatchedStay,
    Measured,
    NotEstimable,
    Sentence,
    Share,
    SimpleCount,
    Study,
    TooFew,
    TooFewEvents,
    evidence,
    explain,
    incidence_at,
    leavers_needed,
    matched_verdict,
)
from .survival.publishing import DAYS_IN_MONTH, whole_percent

# Rises with every change of what the figures mean or how they are kept.
VERSION = 1

# Of so many months a mean is told, where reading it from the points can't put it wrong by more months than this.
MEAN_OF, MOST_WRONG = 12, 0.5

Published = dict[str, Any]
Twin = tuple[tuple[str, str], tuple[str, str]]


def publish_study(
    study: Study,
    *,
    measures: Sequence[Measured] = (),
    funnel: Sequence[tuple[str, int]] = (),
    people: tuple[int, int] = (0, 0),
    twins: Iterable[Twin] = (),
    floor: int = FLOOR,
) -> Published:
    """Turn a study into what may be published of it.

    `people` are participants and everybody; `funnel` is (step, people) from many to few; `twins` are pairs of groups of
    different breakdowns, as (breakdown, name), with nearly the same people: what hides one hides the other.
    """
    floor = max(floor, FLOOR)
    headline, level = study.headline, study.curves.level
    told = _told(headline, floor)
    sentence = told if isinstance(told, Sentence) else matched_verdict(told)
    found = told if isinstance(told, MatchedStay) else None
    curve = publish_curve(found, told_apart(found, floor), floor) if found else []
    return {
        "version": VERSION,
        "floor": floor,
        "verdict": {"code": sentence.code, "text": sentence.text},
        "evidence": evidence(sentence),
        "caveat": CAVEAT.text,
        "people": {"participants": count(people[0], floor), "everybody": count(people[1], floor)},
        "headline": _point(found.headline, floor) if found else None,
        "matched": _matched(found, floor) if found else None,
        "curve": curve,
        "means": mean_stay(curve),
        "naive": _naive(study.naive, level, floor)
        if all(total_is_told(rows, floor) for rows in study.groups.values())
        else None,
        "ratio": _ratio(study.ratio, level, floor),
        "ratio_plain": _ratio(study.ratio_plain, level, floor),
        "landmarks": [_landmark(day, each, level, floor) for day, each in sorted(study.landmarks.items())],
        "kinds": _kinds(study.kinds, floor),
        "groups": publish_groups(study.groups, twins=twins, floor=floor),
        "measures": _measures(measures, floor),
        "funnel": _funnel(funnel, floor),
        "carried": {},
    }


def publish_groups(
    groups: Mapping[str, Sequence[GroupRatio]], *, twins: Iterable[Twin] = (), floor: int = FLOOR
) -> dict[str, list[Published]]:
    """Each breakdown with both arms of a group shown or hidden together.

    A group is shown when it has a ratio, and hidden when the total or another breakdown would give it away.
    """
    pairs = list(twins)
    hidden: dict[str, set[int]] = {}
    also: dict[str, set[int]] = {name: set() for name in groups}
    places = {(name, each.group): at for name, rows in groups.items() for at, each in enumerate(rows)}
    while True:
        hidden = {name: _hidden(rows, also[name], floor) for name, rows in groups.items()}
        more = {
            twin
            for pair in pairs
            for one, twin in (pair, pair[::-1])
            if one in places
            and twin in places
            and places[one] in hidden[one[0]]
            and places[twin] not in hidden[twin[0]]
        }
        if not more:
            break
        for name, group in more:
            also[name].add(places[name, group])
    return {
        name: [_group(each, at in hidden[name], floor) for at, each in enumerate(rows)] for name, rows in groups.items()
    }


def _hidden(rows: Sequence[GroupRatio], also: Collection[int], floor: int) -> set[int]:
    untold = {at for at, each in enumerate(rows) if not isinstance(each.ratio, HazardRatio)}
    return hidden_pairs(_arms(rows), floor=floor, also=untold | set(also))


def total_is_told(rows: Sequence[GroupRatio], floor: int = FLOOR) -> bool:
    """Whether the totals of a breakdown may be said, even where all of its groups are hidden."""
    return len(_hidden(rows, (), floor)) < len(rows) or total_is_safe(_arms(rows), floor=floor)


def _arms(rows: Sequence[GroupRatio]) -> list[tuple[Arm, Arm]]:
    return [((each.people[0], each.leavers[0]), (each.people[1], each.leavers[1])) for each in rows]


def count(number: int, floor: int = FLOOR) -> int | None:
    """People to the nearest five; None, to be shown as hidden, below the floor."""
    return (number + 2) // 5 * 5 if number >= max(floor, FLOOR) else None


def percent(share: float, *, whole: bool = False) -> int:
    """Whole percent, from 1 to 99 unless the share is `whole` by nature: nobody is told that all stayed, or none."""
    found = whole_percent(share)
    return found if whole else min(99, max(1, found))


def _told(headline: Any, floor: int) -> Any:
    """The comparison itself, or the sentence that says why there is none."""
    if not isinstance(headline, MatchedStay):
        return _why_not(headline, floor)
    at = headline.points.index(headline.headline)
    if min(_followed(point) for point in headline.points[: at + 1]) < floor:
        return _why_not(TooFew(floor=floor, most_at_risk=0), floor)
    few = min(*headline.leavers, *headline.left_between(0, at), *_staying(headline)) < floor
    return _hidden_leavers(headline.level, floor) if few else headline


def _why_not(answer: TooFew | TooFewEvents | NotEstimable, floor: int, *, briefly: bool = False) -> Sentence:
    """The reason why nothing is told, with no number in it that depends on how many did what."""
    if isinstance(answer, TooFew):
        already = answer.already if answer.already >= floor else 0
        return explain(replace(answer, floor=max(answer.floor, floor), already=already))
    if isinstance(answer, TooFewEvents):
        return explain(replace(answer, floor=max(answer.floor, floor)), briefly=briefly)
    return explain(answer)


def _hidden_leavers(level: float, floor: int, *, briefly: bool = False) -> Sentence:
    """What is said of too few leavers: where there are too few who stayed, too, lest the one be told from the other."""
    found = TooFewEvents(counts=(0, 0), floor=LEAVERS_FLOOR, needed=leavers_needed(level=level))
    return _why_not(found, floor, briefly=briefly)


def _staying(found: MatchedStay) -> tuple[int, int]:
    return found.participants - found.unmatched - found.leavers[0], found.colleagues - found.leavers[1]


def told_apart(
    found: MatchedStay, floor: int, may: Callable[[int, int], bool] = lambda _one, _other: True
) -> list[int]:
    """The positions of the points that may be told: between two of them at least `floor` people of each arm left, and
    nothing else speaks against them.

    The headline is one of them. Nothing is told from the first point on at which too few are followed.
    """
    few = (at for at, point in enumerate(found.points) if _followed(point) < floor)
    last = next(few, len(found.points))

    def are_apart(first: int, second: int) -> bool:
        return min(found.left_between(first, second)) >= floor and may(first, second)

    headline = found.points.index(found.headline)
    told = [0]
    for at in range(1, headline):
        if are_apart(told[-1], at) and are_apart(at, headline):
            told.append(at)
    told.append(headline)
    for at in range(headline + 1, last):
        if are_apart(told[-1], at):
            told.append(at)
    return told


def publish_curve(found: MatchedStay, told: Sequence[int], floor: int) -> list[Published]:
    return [_point(found.points[at], floor) for at in told]


def mean_stay(curve: Sequence[Published]) -> Published | None:
    """How many of the first months both were still here on average (the restricted mean), read from the told points as
    anybody may: the area under the straight lines between them. Nothing else goes in, so it tells of no few.

    It is of twelve months, or as many of them as are told; None where points are so far apart, or so many left between
    them, that it matters when they did. The ends of each interval are the areas under those of the points, between which
    it lies at least.
    """
    points = [point for point in curve if point["months"] <= MEAN_OF]
    months = [point["months"] for point in points]
    if len(points) < 2 or months[0] != 0:
        return None
    for arm in ("participants", "colleagues"):
        # At worst, all who left between two points did so at once after the first, or before the second.
        gone = (one[arm]["percent"] - other[arm]["percent"] for one, other in pairwise(points))
        if sum((b - a) * left / 200 for (a, b), left in zip(pairwise(months), gone, strict=True)) > MOST_WRONG:
            return None

    def area(part: str, name: str) -> float:
        values = [point[part][name] / 100 for point in points]
        pieces = zip(pairwise(months), pairwise(values), strict=True)
        return round(sum((end - begin) * (one + other) / 2 for (begin, end), (one, other) in pieces), 1)

    parts = {"participants": "percent", "colleagues": "percent", "difference": "points"}
    return {"of_months": months[-1]} | {
        part: {"months": area(part, name), "lower": area(part, "lower"), "upper": area(part, "upper")}
        for part, name in parts.items()
    }


def month_of(point: MatchedPoint) -> float:
    """How many months after joining a point is; a year is twelve."""
    return round(point.days / DAYS_IN_MONTH, 1) if point.days % 365 else point.days // 365 * 12


def _followed(point: MatchedPoint) -> int:
    return min(point.participants_at_risk, point.colleagues_at_risk)


def _point(point: MatchedPoint, floor: int) -> Published:
    start = point.days == 0
    return {
        "months": month_of(point),
        "participants": _share(point.participants, start) | {"at_risk": count(point.participants_at_risk, floor)},
        "colleagues": _share(point.colleagues, start) | {"at_risk": count(point.colleagues_at_risk, floor)},
        "difference": _points(point.difference),
    }


def _share(share: Share | Estimate, whole: bool = False) -> dict[str, Any]:
    value = share.value if isinstance(share, Share) else share.survival
    return {
        "percent": percent(value, whole=whole),
        "lower": percent(share.lower, whole=whole),
        "upper": percent(share.upper, whole=whole),
    }


def _points(difference: Share) -> Published:
    return {
        "points": whole_percent(difference.value),
        "lower": whole_percent(difference.lower),
        "upper": whole_percent(difference.upper),
    }


def _matched(found: MatchedStay, floor: int) -> Published:
    return {
        "participants": count(found.participants, floor),
        "colleagues": count(found.colleagues, floor),
        "unmatched": count(found.unmatched, floor),
        "already": count(found.already, floor),
        "leavers": {
            "participants": count(found.leavers[0], floor),
            "colleagues": count(found.leavers[1], floor),
        },
        "level": whole_percent(found.level),
    }


def _naive(naive: SimpleCount, level: float, floor: int) -> Published | None:
    """Both arms or neither, with shares worked out from the rounded counts."""
    arms = ((naive.participants, naive.participants_left), (naive.others, naive.others_left))
    if any(min(left, people - left) < floor for people, left in arms):
        return None
    told = []
    for people, left in arms:
        # Neither is under the floor.
        all_of_them, gone = count(people) or 0, count(left) or 0
        told.append({"people": all_of_them, "left": gone, "stayed_percent": percent(1 - gone / all_of_them)})
    ours, theirs = told
    return {
        "participants": ours,
        "others": theirs,
        "points": ours["stayed_percent"] - theirs["stayed_percent"],
        "ratio": _ratio(naive.ratio, level, floor),
    }


def _ratio(ratio: Any, level: float, floor: int) -> Published:
    """How fast participants leave, in percent of the others' rate; or why this is not said."""
    if not isinstance(ratio, HazardRatio):
        return {"why_not": _why_not(ratio, floor).text}
    people, leavers = ratio.people, ratio.leavers
    if any(min(left, all_of_them - left) < floor for all_of_them, left in zip(people, leavers, strict=True)):
        return {"why_not": _hidden_leavers(level, floor).text}
    return _rate(ratio)


def _rate(ratio: HazardRatio) -> Published:
    return {
        "percent": whole_percent(ratio.ratio),
        "lower": whole_percent(ratio.lower),
        "upper": whole_percent(ratio.upper),
    }


def _group(each: GroupRatio, is_hidden: bool, floor: int) -> Published:
    """How many took part is no secret among those who work there, and is told of hidden groups too, to the nearest five,
    of both arms or of neither; how many of them left is.
    """
    ours, theirs = (count(people, floor) for people in each.people)
    both = ours is not None and theirs is not None
    told: Published = {
        "group": each.group,
        "hidden": is_hidden,
        "participants": ours if both else None,
        "others": theirs if both else None,
    }
    if not is_hidden and isinstance(each.ratio, HazardRatio):
        told |= {
            "participants_left": count(each.leavers[0], floor),
            "others_left": count(each.leavers[1], floor),
            **_rate(each.ratio),
        }
    return told


def _landmark(day: int, found: Any, level: float, floor: int) -> Published:
    if not isinstance(found, Landmark):
        return {"day": day, "why_not": _why_not(found, floor, briefly=True).text}
    if any(
        min(left, people - left) < floor for people, left in zip(found.people, found.leavers, strict=True)
    ):  # fmt: skip
        return {"day": day, "why_not": _hidden_leavers(level, floor, briefly=True).text}
    return {
        "day": day,
        "participants": _share(found.participants),
        "others": _share(found.others),
        "difference": _points(Share(*found.difference)),
    }


def _kinds(kinds: tuple[Incidence | TooFew, Incidence | TooFew], floor: int) -> Published | None:
    """How many had left in which way a year from where both curves begin; both arms of a kind or neither."""
    ours, theirs = kinds
    if not (isinstance(ours, Incidence) and isinstance(theirs, Incidence)):
        return None
    at = min(ours.starts_at + 365, ours.ends_at)
    our_share, their_share = incidence_at(ours, [at])[0], incidence_at(theirs, [at])[0]
    if our_share is None or their_share is None:
        return None
    pairs = list(zip(our_share, their_share, strict=True))
    hidden = {position for position, pair in enumerate(pairs) if min(each.leavers for each in pair) < floor}
    for position in sorted(set(range(len(pairs))) - hidden, key=lambda each: sum(one.leavers for one in pairs[each])):
        # The shares add up to those who left, so one hidden kind alone would be known.
        if not hidden or (
            len(hidden) > 1 and all(sum(pairs[each][arm].leavers for each in hidden) >= floor for arm in (0, 1))
        ):
            break
        hidden.add(position)
    return {
        "from_months": round(ours.starts_at / DAYS_IN_MONTH, 1),
        "until_months": round(at / DAYS_IN_MONTH, 1),
        "rows": [
            {"kind": kind, "hidden": True}
            if position in hidden
            else {
                "kind": kind,
                "hidden": False,
                "participants": _way(pairs[position][0]),
                "others": _way(pairs[position][1]),
            }
            for position, kind in enumerate(KINDS)
        ],
    }


def _way(each: Any) -> Published:
    return {"percent": percent(each.share), "lower": whole_percent(each.lower), "upper": whole_percent(each.upper)}


def _measures(measures: Sequence[Measured], floor: int) -> list[Published]:
    by_code = {each.code: each for each in measures}
    all_who_left = by_code.get("turnover")
    told = []
    for each in measures:
        measure = each.measure
        row: Published = {
            "code": each.code,
            "name": measure.name,
            "definition": measure.definition,
            "formula": measure.formula,
            "unit": measure.unit,
        }
        if each.value is None:
            row["why_not"] = each.why_not
        elif _is_told(each, all_who_left, floor):
            row |= _measured(each)
        else:
            row["why_not"] = f"Hidden: it would tell of fewer than {floor} people."
        told.append(row)
    return told


def _is_told(each: Measured, all_who_left: Measured | None, floor: int) -> bool:
    if (each.of is not None and each.of < floor) or (each.people is not None and each.people < floor):
        return False
    if each.count is None:
        return each.value is None or each.of is None or 0.0 < each.value < 1.0
    if each.count < floor:
        return False
    if each.code in ("retention", "stability", "stability_now", "mentees_to_mentors"):
        return each.of is not None and (each.of - each.count >= floor or each.count > each.of)
    if each.code == "voluntary_turnover" and all_who_left is not None and all_who_left.count is not None:
        return all_who_left.count - each.count >= floor
    return True


def _measured(each: Measured) -> Published:
    assert each.value is not None
    share = each.measure.unit == "percent"

    def number(value: float | None) -> float | None:
        if value is None:
            return None
        return whole_percent(value) if share else round(value, 1)

    return {
        "value": number(each.value),
        "lower": number(each.lower),
        "upper": number(each.upper),
        "of": None if each.of is None else count(round(each.of)),
    }


def _funnel(steps: Sequence[tuple[str, int]], floor: int) -> list[Published]:
    return [{"step": name, "people": count(number, floor)} for name, number in steps]
