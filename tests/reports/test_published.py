"""What is published of a study, and what somebody who knows every headcount could work out from it."""

import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from reports.carrying import Earlier, settle
from reports.leavers import Leavers
from reports.published import count, percent, publish_groups, publish_study, total_is_told
from reports.suppression import hidden_pairs
from reports.survival import ExposureRows, GroupRatio, HazardRatio, Measured, TooFewEvents, study

from .survival_cases import group, rows_of, simulated_rows

FLOOR = 5


def told_of(name, ours, theirs):
    """One group; each arm is (people, left)."""
    people, leavers = (ours[0], theirs[0]), (ours[1], theirs[1])
    ratio = TooFewEvents(leavers, 10, 400)
    if min(leavers) >= 10:
        ratio = HazardRatio(0.81, 0.614, 1.066, -0.21, 0.14, 0.13, leavers, people)
    return GroupRatio(name, people, ratio, leavers)


def published(table):
    return publish_groups({"department": [told_of(str(at), *arms) for at, arms in enumerate(table)]})["department"]


def shown(table):
    return [not row["hidden"] for row in published(table)]


BIG, LARGER, SMALL = ((60, 15), (90, 30)), ((80, 20), (120, 40)), ((9, 3), (40, 12))


def test_groups_that_are_large_enough_are_shown():
    assert shown([BIG, LARGER, BIG]) == [True, True, True]


def test_a_group_that_stands_alone_takes_the_next_smallest_with_it():
    assert shown([LARGER, BIG, SMALL]) == [True, False, False]


def test_both_arms_are_hidden_together_and_the_size_is_kept_to_the_nearest_five():
    rows = published([LARGER, BIG, SMALL])
    assert rows[0] == {
        "group": "0", "hidden": False, "participants": 80, "others": 120, "participants_left": 20, "others_left": 40,
        "percent": 81, "lower": 61, "upper": 107,
    }  # fmt: skip
    assert rows[2] == {"group": "2", "hidden": True, "participants": 10, "others": 40}


def test_the_size_of_both_arms_is_told_or_of_neither():
    # Of 54 who work there 50 are others: four took part.
    rows = published([LARGER, BIG, ((4, 3), (50, 12))])
    assert rows[2] == {"group": "2", "hidden": True, "participants": None, "others": None}


def test_what_is_hidden_needs_five_who_left_and_five_who_stayed_in_each_arm():
    few = ((30, 2), (50, 11))
    # Two and two are four who left.
    assert shown([LARGER, BIG, few, few]) == [True, False, False, False]
    more = ((30, 3), (50, 11))
    assert shown([LARGER, BIG, few, more]) == [True, True, False, False]
    # 18 of 20 left, twice: four stayed.
    gone = ((20, 18), (50, 11))
    assert shown([LARGER, BIG, gone, gone]) == [True, False, False, False]


def test_an_organisation_may_ask_for_more_than_five():
    arms = [((60, 15), (90, 30)), ((80, 12), (120, 40))]
    assert hidden_pairs(arms, floor=5) == set()
    assert hidden_pairs(arms, floor=15) == {0, 1}


def test_nearly_the_same_people_in_another_breakdown_are_hidden_with_them():
    table = {
        "department": [told_of("A", *LARGER), told_of("B", *SMALL), told_of("C", *SMALL), told_of("D", *SMALL)],
        "level": [told_of("1", *LARGER), told_of("2", *BIG), told_of("3", *LARGER)],
    }
    free = publish_groups(table)
    assert [row["hidden"] for row in free["level"]] == [False, False, False]
    tied = publish_groups(table, twins=[(("department", "B"), ("level", "2"))])
    # Level 2 is hidden for its twin, and with it the smaller of the others, lest the total give it away.
    assert [row["hidden"] for row in tied["level"]] == [True, True, False]


@pytest.mark.parametrize(
    ("number", "expected"), [(0, None), (4, None), (5, 5), (7, 5), (8, 10), (52, 50), (53, 55)]
)  # fmt: skip
def test_counts(number, expected):
    assert count(number) == expected


def test_nobody_is_told_that_all_stayed_or_none():
    assert [percent(share) for share in (0.0, 0.004, 0.5, 0.996, 1.0)] == [1, 1, 50, 99, 99]
    assert percent(1.0, whole=True) == 100


def test_a_whole_study():
    rows = simulated_rows(20240601, 1)
    found = publish_study(study(rows, replicates=20), people=(4392, 20000), funnel=[("Signed up", 4392), ("Met", 3)])
    assert found["naive"]["participants"] == {"people": 4390, "left": 1360, "stayed_percent": 69}
    assert found["naive"]["others"] == {"people": 15610, "left": 6045, "stayed_percent": 61}
    assert found["ratio"] == {"percent": 102, "lower": 96, "upper": 109}
    assert found["funnel"] == [{"step": "Signed up", "people": 4390}, {"step": "Met", "people": None}]
    assert found["evidence"] == "unclear"
    # It can be kept as it is.
    assert json.loads(json.dumps(found)) == found


def test_no_number_under_the_floor_and_no_fraction_anywhere():
    rows = simulated_rows(20240602, 0.7)
    labels = np.where(rows.person < 40, "few", np.where(rows.person < 10_000, "some", "others"))
    found = publish_study(study(rows, replicates=20, groups={"department": labels}), people=(4392, 20000))
    # Only durations have fractions.
    text = json.dumps({key: value for key, value in found.items() if key not in ("curve", "headline", "kinds")})
    assert "." not in text.replace("people choose to take part, and those who do may differ", "").split('"groups"')[1]
    assert [row["hidden"] for row in found["groups"]["department"]] == [True, False, True]
    assert all(
        each[arm]["at_risk"] is None or each[arm]["at_risk"] % 5 == 0
        for each in found["curve"]
        for arm in ("participants", "colleagues")
    )
    assert found["curve"][0]["participants"]["percent"] == 100
    assert all(each["participants"]["percent"] <= 99 for each in found["curve"][1:])


def test_the_headline_waits_for_the_larger_floor():
    rows = rows_of(group(40, 12, exit=900), group(80, 24, exit=900))
    assert (
        publish_study(study(rows, replicates=5))["headline"] is None
    )  # everybody had joined before they were followed
    large = publish_study(study(simulated_rows(20240602, 0.7), replicates=5), floor=5000)
    assert large["headline"] is None
    assert large["curve"] == []
    assert large["verdict"]["text"].startswith("Too few to tell")
    assert large["naive"] is None


def test_measures():
    told = publish_study(
        study(rows_of([], []), replicates=5),
        measures=[
            Measured("turnover", 0.123, 0.1, 0.16, 24, 195.2),
            # All but two of those who left chose to: the two would be known.
            Measured("voluntary_turnover", 0.11, 0.1, 0.16, 22, 195.2),
            Measured("retention", 0.97, 0.9, 0.99, 97, 100),
            Measured("stability", 0.8, 0.7, 0.9, 80, 100),
            Measured("absence_days", why_not="The people data does not say."),
            Measured("promotion_rate", 6.25, 5.1, 8.2, 12, 192.0),
        ],
    )["measures"]
    by_code = {row["code"]: row for row in told}
    assert (by_code["turnover"]["value"], by_code["turnover"]["of"]) == (12, 195)
    assert by_code["voluntary_turnover"]["why_not"] == "Hidden: it would tell of fewer than 5 people."
    assert by_code["retention"]["why_not"] == "Hidden: it would tell of fewer than 5 people."
    assert (by_code["stability"]["value"], by_code["stability"]["lower"]) == (80, 70)
    assert by_code["absence_days"]["why_not"] == "The people data does not say."
    assert by_code["promotion_rate"]["value"] == 6.2


FEW_BRIEFLY = (
    "Too few to tell: in at least one of the two groups fewer than 10 people left, or nearly everybody did, or nearly "
    "nobody."
)
FEW_LEFT = (
    f"{FEW_BRIEFLY} To notice a rate that is 25% lower, four times out of five, takes 380 people or more who left, both "
    "groups together."
)
FEW_FOLLOWED = (
    "Too few to tell: at the end of the time compared, fewer than 10 people of at least one group were still here and "
    "followed."
)


def joined_on(day, people, left, *, after=100, until=1000):
    """Who joined on that day of their service, of whom some left, one a day from so many days after on."""
    ends = [day + after + at if at < left else until for at in range(people)]
    return ExposureRows(
        entry=np.repeat([0, day], people),
        exit=np.concatenate([np.full(people, day), ends]),
        event=np.concatenate([np.zeros(people, bool), np.arange(people) < left]),
        exposed=np.repeat([False, True], people),
        person=np.tile(np.arange(people), 2),
    )


def beside(ours, theirs):
    return ExposureRows(
        **{name: np.concatenate([getattr(ours, name), getattr(theirs, name)])
           for name in ("entry", "exit", "event", "exposed")},
        person=np.concatenate([ours.person, theirs.person + 10_000]),
    )  # fmt: skip


def colleagues(people, left, *, after=150, until=1000):
    ends = [after + at if at < left else until for at in range(people)]
    return ExposureRows(
        entry=np.zeros(people, int), exit=np.array(ends), event=np.arange(people) < left,
        exposed=np.zeros(people, bool), person=np.arange(people),
    )  # fmt: skip


def sentences_of(found):
    """Everything that is said where there is no number."""
    return {found["verdict"]["text"], *_reasons(found)}


def _reasons(part):
    if isinstance(part, dict):
        return {part["why_not"]} if "why_not" in part else {each for value in part.values() for each in _reasons(value)}
    return {each for value in part for each in _reasons(value)} if isinstance(part, list) else set()


@settings(max_examples=int(os.environ.get("ATTACKS", 40)), deadline=None)
@given(st.integers(0, 9), st.data())
def test_what_is_said_of_too_few_is_the_same_whoever_left(people, data):
    left = data.draw(st.integers(0, people))
    theirs = data.draw(st.integers(20, 60))
    gone = data.draw(st.integers(10, theirs))
    day, after = data.draw(st.integers(1, 300)), data.draw(st.integers(1, 300))
    rows = beside(joined_on(day, people, left, after=after), colleagues(theirs, gone))
    # Schoenfeld's number by the days followed, or by the people, would tell how many there are and how long they stayed.
    assert sentences_of(publish_study(study(rows, replicates=5))) <= {FEW_LEFT, FEW_BRIEFLY, FEW_FOLLOWED}


def test_who_knows_how_many_leavers_it_takes_knows_nothing_of_those_who_left():
    """The number could be solved for the share of participants, were it made of it."""
    worlds = [beside(joined_on(50, people, people - 1), colleagues(60 - people, 20)) for people in (1, 2, 3, 4)]
    told = [sentences_of(publish_study(study(rows, replicates=5), people=(4, 60))) for rows in worlds]
    assert told == [{FEW_LEFT, FEW_FOLLOWED}] * 4


def test_nearly_all_left_is_not_said_to_be_too_few_followed():
    # Of 23 participants 20 left; of the others two thirds did.
    found = publish_study(study(beside(joined_on(50, 23, 20), colleagues(90, 60)), replicates=5))
    assert found["ratio"] == found["ratio_plain"] == {"why_not": FEW_LEFT}
    assert found["naive"] is None
    # 20 of 20 and 40 of 40 left: they were followed, but are here no more.
    gone = publish_study(study(beside(joined_on(50, 20, 20), colleagues(40, 40)), replicates=5))
    assert gone["verdict"] == {"code": "too_few", "text": FEW_FOLLOWED}
    assert gone["ratio"] == {"why_not": FEW_LEFT}


def test_few_who_left_and_few_who_stayed_are_not_told_apart():
    few, nearly_all = (publish_study(study(beside(joined_on(50, 30, left), colleagues(90, 60)), replicates=5))
                       for left in (6, 27))  # fmt: skip
    assert few["ratio"] == nearly_all["ratio"] == {"why_not": FEW_LEFT}


@pytest.mark.parametrize(
    ("people", "floor", "expected"),
    [
        (23, 5, "About 25 had joined before."),
        (4, 5, FEW_FOLLOWED),
        # What an organisation hides is hidden here, too.
        (12, 15, FEW_FOLLOWED.replace("10", "15")),
    ],
)
def test_who_joined_before_the_time_that_is_looked_at_is_not_followed_for_too_short(people, floor, expected):
    rows = beside(joined_on(50, people, 0), colleagues(90, 60)).where(np.arange(2 * people + 90) >= people)
    found = publish_study(study(rows, replicates=5), floor=floor)
    assert found["verdict"]["text"].endswith(expected)
    if people == 23:
        assert found["verdict"]["code"] == "joined_before"
        assert found["verdict"]["text"].startswith("Too few to tell: fewer than 10 participants joined within the time")


# The attack ---------------------------------------------------------------------------------------------------------


def report_of(table, month):
    """What one month says by itself: its groups, and the simple count of both arms."""
    rows = [told_of(str(at), *arms) for at, arms in enumerate(table)]
    sums = [(sum(arms[at][0] for arms in table), sum(arms[at][1] for arms in table)) for at in (0, 1)]
    naive = None
    if total_is_told(rows) and not any(min(left, people - left) < FLOOR for people, left in sums):
        ours, theirs = ({"people": count(people), "left": count(left)} for people, left in sums)
        naive = {"participants": ours, "others": theirs}
    return {
        "floor": FLOOR, "as_of": f"2026-{month + 1:02d}-28", "verdict": {"code": "unclear"}, "evidence": "unclear",
        "people": {}, "headline": None, "matched": None, "curve": [], "naive": naive, "ratio": {}, "ratio_plain": {},
        "landmarks": [], "kinds": None, "funnel": [], "carried": {}, "groups": publish_groups({"department": rows}),
    }  # fmt: skip


def leavers_of(months):
    """Who left, as the tables of one month after the other have it."""
    left = np.array([[[arm[1] for arm in pair] for pair in table] for table in months]).swapaxes(0, 1)
    people = np.array([[[arm[0] for arm in pair] for pair in table] for table in months]).swapaxes(0, 1)
    return Leavers(
        left=np.diff(left, axis=1, prepend=0),
        people=people,
        windows=np.tri(len(months), dtype=bool),
        groups={"department": np.arange(len(left))},
        names={"department": tuple(str(at) for at in range(len(left)))},
    )


def reports_of(months):
    """The reports of one month after the other, each beside those before."""
    found = []
    for at, table in enumerate(months):
        found.append(settle(report_of(table, at), leavers_of(months[: at + 1]), [Earlier(each) for each in found]))
    return found


def limits_of(table, report, told):
    """Everything that a report says anew of the leavers of each (group, arm), as bounds on one variable each."""
    bounds = []
    for arms, row in zip(table, report["groups"]["department"], strict=True):
        for (people, _left), key in zip(arms, ("participants_left", "others_left"), strict=True):
            if row["hidden"] or "as_of" in row or not told:
                bounds.append((0, people))
            else:
                # Shown, it is ten or more, and at least five stayed.
                bounds.append((max(10, row[key] - 2), min(people - FLOOR, row[key] + 2)))
    return bounds


def totals_of(report):
    """What the simple count says anew of each arm."""
    if report["naive"] is None or "comparison" in report["carried"]:
        return [None, None]
    return [report["naive"][arm]["left"] for arm in ("participants", "others")]


def attack(tables, reports, *, told=True):
    """How far it stays open, for each (snapshot, group, arm), how many left; or, with "change", how many more than in
    the snapshot before. Unless `told`, as it was before anything was published."""
    size = 2 * len(tables[0])
    bounds, above, most, equal, sums = [], [], [], [], []
    for at, (table, report) in enumerate(zip(tables, reports, strict=True)):
        bounds += limits_of(table, report, told)
        offset = at * size
        for position, arms in enumerate(table):
            # How many left each group altogether is known to everybody who works there.
            line = np.zeros(size * len(tables))
            line[[offset + 2 * position, offset + 2 * position + 1]] = 1
            equal.append(line)
            sums.append(arms[0][1] + arms[1][1])
        for arm, total in enumerate(totals_of(report)):
            if told and total is not None:
                line = np.zeros(size * len(tables))
                line[[offset + 2 * position + arm for position in range(len(table))]] = 1
                above += [line, -line]
                most += [total + 2, -max(FLOOR, total - 2)]
    for at in range(len(tables) - 1):
        for cell in range(size):
            line = np.zeros(size * len(tables))
            line[at * size + cell], line[(at + 1) * size + cell] = 1, -1
            above.append(line)
            most.append(0)

    limits = {"A_ub": np.array(above), "b_ub": most} if above else {}

    def width(at, position, arm, change=None):
        goal = np.zeros(size * len(tables))
        goal[at * size + 2 * position + arm] = 1
        if change:
            goal[(at - 1) * size + 2 * position + arm] = -1
        ends = [
            linprog(sign * goal, bounds=bounds, A_eq=np.array(equal), b_eq=sums, method="highs", **limits)
            for sign in (1, -1)
        ]
        assert all(end.success for end in ends)
        return -ends[1].fun - ends[0].fun

    return width


def is_small(people, left):
    return 1 <= left <= 4 or 1 <= people - left <= 4


def arms(most):
    return st.integers(0, most).flatmap(lambda people: st.tuples(st.just(people), st.integers(0, people)))


tables = st.lists(
    st.one_of(st.tuples(arms(12), arms(30)), st.tuples(arms(60), arms(90))), min_size=2, max_size=7
)  # fmt: skip


def assert_nobody_is_pinned_down(months):
    """What could be worked out exactly, could be so without us."""
    reports = reports_of(months)
    widths, before = attack(months, reports), attack(months, reports, told=False)
    small = []
    for at, table in enumerate(months):
        for position, pair in enumerate(table):
            for arm, (people, left) in enumerate(pair):
                if is_small(people, left):
                    small.append((at, position, arm))
                if at and 1 <= left - months[at - 1][position][arm][1] <= 4:
                    small.append((at, position, arm, "change"))
    given_away = [cell for cell in small if widths(*cell) < 1 - 1e-6 and before(*cell) >= 1]
    assert given_away == [], months


@settings(max_examples=int(os.environ.get("ATTACKS", 40)), deadline=None)
@given(tables)
def test_one_snapshot_pins_down_nobody(table):
    assert_nobody_is_pinned_down([table])


@st.composite
def months_in_a_row(draw, months=2, most=3):
    found = [draw(tables)]
    while len(found) < months:
        found.append([])
        for pair in found[-2]:
            later = []
            for people, left in pair:
                new = draw(st.integers(0, most))
                later.append((people + new, left + draw(st.integers(0, min(most, people + new - left)))))
            found[-1].append(tuple(later))
    return found


@settings(max_examples=int(os.environ.get("ATTACKS", 40)), deadline=None)
@given(months_in_a_row())
def test_two_snapshots_in_a_row_pin_down_nobody(months):
    assert_nobody_is_pinned_down(months)


@settings(max_examples=int(os.environ.get("ATTACKS", 20)), deadline=None)
@given(months_in_a_row(months=4, most=9))
def test_nor_do_four_in_which_many_leave(months):
    assert_nobody_is_pinned_down(months)


def test_the_attack_finds_what_thresholds_alone_would_give_away(monkeypatch):
    monkeypatch.setattr(
        "reports.published.hidden_pairs",
        lambda groups, *, floor, also: {
            at for at, arms in enumerate(groups) if any(min(left, people - left) < floor for people, left in arms)
        },
    )
    # Of 17 participants who left 15 are shown; with the others' total, the last group has two.
    table = [((30, 15), (60, 15)), ((9, 2), (5, 5))]
    reports = [report_of(table, 0)]
    widths = attack([table], reports)
    assert widths(0, 1, 0) < attack([table], reports, told=False)(0, 1, 0)
