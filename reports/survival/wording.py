"""What the curves say, in words that a manager understands and a statistician accepts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.survival.comparison import Comparison
from reports.survival.cox import NotEstimable
from reports.survival.curves import Estimate, TooFew
from reports.survival.floors import TooFewEvents
from reports.survival.matching import MatchedStay, Share
from reports.survival.publishing import DAYS_IN_MONTH, round_count, whole_percent

# What is compared, unless told.
LEFT = "left"


@dataclass(frozen=True)
class Sentence:
    """A statement: `code` for the page to choose badge and translation by, `params` for it, and `text` in English."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    text: str = ""


CAVEAT = Sentence(
    "caveat",
    {},
    "This comparison is not proof of what mentoring does: people choose to take part, and those who do may differ from "
    "their colleagues in other ways.",
)


def verdict(comparison: Comparison) -> Sentence:
    """Say in one statement what the comparison shows, or why it shows nothing.

    A consistent difference ("stayed_longer", "stayed_shorter") takes enough leavers in both groups, a log-rank test
    over the whole curves that is significant at their level, and percentages that differ in the same direction.
    Everything else is "unclear", or one of "nobody", "no_participants", "no_others", "too_few", "no_leavers" and
    "too_few_leavers".
    """
    if comparison.people == 0:
        return Sentence("nobody", {}, "There is nobody to report on yet: no one was employed in this period.")
    if comparison.people_joined == 0:
        return Sentence(
            "no_participants",
            {},
            "There is nothing to compare yet: nobody had joined a programme before the last day of the people data.",
        )
    if comparison.people_other == 0:
        return Sentence(
            "no_others", {}, "There is nothing to compare with: everybody has taken part from their first day."
        )
    ours, theirs, window, at = (
        comparison.participants_at,
        comparison.others_at,
        comparison.window,
        comparison.at,
    )
    if ours is None or theirs is None or window is None or at is None:
        return Sentence(
            "too_few",
            {"floor": comparison.floor},
            f"Too few to tell: at no length of service were there at least {comparison.floor} participants and "
            f"{comparison.floor} other colleagues at the same time.",
        )
    leavers = comparison.leavers
    if sum(leavers) == 0:
        return Sentence(
            "no_leavers", {}, "There is no difference to see: nobody in either group left while they were followed."
        )
    if min(leavers) < comparison.leavers_floor:
        return Sentence(
            "too_few_leavers",
            {"floor": comparison.leavers_floor},
            f"Too few to tell: fewer than {comparison.leavers_floor} people have left in at least one of the two "
            "groups, so chance alone could explain any difference.",
        )

    params: dict[str, str | int] = {
        "start": period(window.starts_at),
        "at": period(at),
        "level": whole_percent(comparison.level),
        "participants": percent(ours.survival),
        "participants_interval": interval(ours),
        "others": percent(theirs.survival),
        "others_interval": interval(theirs),
    }
    figures = _figures(params, new=window.starts_at == 0)
    code = _direction(comparison, ours, theirs)
    if code == "unclear":
        text = f"{figures} Chance alone could explain the difference, so it remains unclear whether there is one."
    else:
        more_or_less = "higher" if code == "stayed_longer" else "lower"
        text = (
            f"{figures} The share of participants who stay is consistently {more_or_less}. That is not proof that "
            "mentoring is the reason: people who choose to take part may differ in other ways."
        )
    return Sentence(code, params, text)


def matched_verdict(found: MatchedStay | TooFew | TooFewEvents) -> Sentence:
    """Say in one statement what the matched comparison shows, or why it shows nothing.

    "stayed_longer" and "stayed_shorter" take a difference whose interval is on one side of nothing, in whole points too;
    everything else is "unclear" or the reason that `explain` gives.
    """
    if not isinstance(found, MatchedStay):
        return explain(found)
    point = found.headline
    points = abs(whole_percent(point.difference.value))
    params: dict[str, str | int] = {
        "at": period(found.horizon),
        "level": whole_percent(found.level),
        "participants": percent(point.participants.value),
        "participants_interval": interval(point.participants),
        "others": percent(point.colleagues.value),
        "others_interval": interval(point.colleagues),
        "points": points,
        "points_interval": _points_interval(point.difference),
    }
    figures = (
        f"{period(found.horizon).capitalize()} after joining, an estimated {params['participants']} of participants were "
        f"still here, and {params['others']} of colleagues like them who had not joined"
    )
    if points and point.difference.lower > 0:
        code, text = "stayed_longer", f"{figures}: {_number_of_points(points)} more"
    elif points and point.difference.upper < 0:
        code, text = "stayed_shorter", f"{figures}: {_number_of_points(points)} fewer"
    else:
        text = (
            f"{figures}. Chance alone could explain the difference ({params['level']}% interval "
            f"{params['points_interval']}), so it remains unclear whether there is one."
        )
        return Sentence("unclear", params, text)
    text = (
        f"{text} ({params['level']}% interval {params['points_interval']}). That is not proof that mentoring is the "
        "reason: people who choose to take part may differ in other ways."
    )
    return Sentence(code, params, text)


def explain(answer: TooFew | TooFewEvents | NotEstimable, *, done: str = LEFT, briefly: bool = False) -> Sentence:
    """Say why there is no number, and unless `briefly`, how many it would take who did what is compared.

    `done` is that, in the past tense: "left", "were promoted".
    """
    if isinstance(answer, TooFew):
        if (already := round_count(answer.already)) is not None:
            return Sentence(
                "joined_before",
                {"floor": answer.floor, "already": already},
                f"Too few to tell: fewer than {answer.floor} participants joined within the time that this report looks "
                f"at, and the comparison begins on the day of joining. About {already} had joined before.",
            )
        return Sentence(
            "too_few",
            {"floor": answer.floor},
            f"Too few to tell: at the end of the time compared, fewer than {answer.floor} people of at least one group "
            "were still here and followed.",
        )
    if isinstance(answer, TooFewEvents):
        fewer = whole_percent(1 - answer.ratio)
        few = f"fewer than {answer.floor} people {done} in at least one of the two groups"
        if done == LEFT:
            # The same where nearly all left: whoever could tell the two apart would know how many stayed.
            few = (
                f"in at least one of the two groups fewer than {answer.floor} people left, or nearly everybody did, or "
                "nearly nobody"
            )
        takes = (
            f" To notice a rate that is {fewer}% lower, four times out of five, takes {answer.needed} people or more who "
            f"{done}, both groups together."
        )
        return Sentence(
            "too_few_leavers",
            {"floor": answer.floor, "needed": answer.needed, "fewer": fewer},
            f"Too few to tell: {few}.{'' if briefly else takes}",
        )
    if answer.reason == "no_leavers":
        return Sentence("no_leavers", {}, "There is nothing to compare: nobody left while they were followed.")
    if answer.reason == "monotone":
        return Sentence(
            "one_sided",
            {},
            "No ratio can be given: all who left are on one side, so any number, however large, would fit.",
        )
    return Sentence(
        "no_contrast",
        {},
        "There is nothing to compare: whenever somebody left, all who were there were alike in what is compared.",
    )


def evidence(sentence: Sentence) -> str:
    """The badge of a verdict: "consistent", "unclear" or "not_enough"."""
    if sentence.code in ("stayed_longer", "stayed_shorter"):
        return "consistent"
    return "unclear" if sentence.code == "unclear" else "not_enough"


def notices(comparison: Comparison) -> list[Sentence]:
    """Say where the curves begin and end, and that there are few leavers, so that nobody reads past it."""
    window = comparison.window
    if window is None:
        return []
    found = []
    if window.starts_at > 0:
        start = period(window.starts_at)
        found.append(
            Sentence(
                "starts_late",
                {"start": start, "floor": comparison.floor},
                f"The curves begin at {start} of service, with people who were still here then: before that, one of "
                f"the groups had fewer than {comparison.floor} people.",
            )
        )
    end = period(window.ends_at)
    found.append(
        Sentence(
            "ends",
            {"end": end, "floor": comparison.floor},
            f"The curves end at {end} of service: after that, one of the groups has fewer than {comparison.floor} "
            "people.",
        )
    )
    if min(comparison.leavers) < comparison.leavers_floor:
        found.append(
            Sentence(
                "few_leavers",
                {"floor": comparison.leavers_floor},
                f"Fewer than {comparison.leavers_floor} people have left in at least one group. Read the curves with "
                "great care.",
            )
        )
    return found


def period(days: float) -> str:
    """Put a length of service into words: days up to two months, then months, whole years from two on."""
    if days < 2 * DAYS_IN_MONTH:
        number, unit = round(days), "day"
    else:
        number, unit = round(days / DAYS_IN_MONTH), "month"
        if number >= 24 and number % 12 == 0:
            number, unit = number // 12, "year"
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def percent(share: float) -> str:
    """Put a share into whole percent that never claims all or nobody."""
    if share >= 0.995:
        return "over 99%"
    if share < 0.005:
        return "under 1%"
    return f"{whole_percent(share)}%"


def interval(estimate: Estimate | Share) -> str:
    return f"{whole_percent(estimate.lower)}–{whole_percent(estimate.upper)}%"


def _number_of_points(points: int) -> str:
    return "1 percentage point" if points == 1 else f"{points} percentage points"


def _points_interval(difference: Share) -> str:
    """Whole points, away from nothing on neither side: -2 to 5 points."""
    lower, upper = whole_percent(difference.lower), whole_percent(difference.upper)
    return f"{lower} to {upper} points".replace("-", "−")


def _figures(params: Mapping[str, str | int], *, new: bool) -> str:
    who = "Of people who have just started" if new else f"Of people who had been here for {params['start']}"
    return (
        f"{who}, an estimated {params['participants']} of participants and {params['others']} of other colleagues "
        f"were still here at {params['at']} ({params['level']}% intervals {params['participants_interval']} and "
        f"{params['others_interval']})."
    )


def _direction(comparison: Comparison, ours: Estimate, theirs: Estimate) -> str:
    test = comparison.test
    if test is None or test.p_value >= 1 - comparison.level:
        return "unclear"
    gap = whole_percent(ours.survival) - whole_percent(theirs.survival)
    if test.observed < test.expected and gap > 0:
        return "stayed_longer"
    if test.observed > test.expected and gap < 0:
        return "stayed_shorter"
    return "unclear"
