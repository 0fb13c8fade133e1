import dataclasses
import math
import time
import warnings
from datetime import date

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from reports.survival import (
    CAVEAT,
    Curve,
    ExposureRows,
    TooFew,
    Window,
    at_risk,
    common_window,
    compare_retention,
    continue_spells,
    exposure_rows,
    kaplan_meier,
    log_rank,
    notices,
    round_count,
    survival_at,
    verdict,
    whole_percent,
)
from reports.survival.rows import INVOLUNTARY, NEVER, VOLUNTARY
from reports.survival.wording import percent, period

from .survival_cases import group, rows_of, simulate, simulated_rows

# Five people, (entry, exit], drawn on paper:
#   A (0, 3] leaves   B (0, 6] leaves   C (2, 5] still here   D (3, 8] leaves   E (4, 9] still here
# At risk at 3: A, B, C, for D enters only after it. At 6: B, D, E. At 8: D, E.
ENTRY, EXIT, EVENT = [0, 0, 2, 3, 4], [3, 6, 5, 8, 9], [True, True, False, True, False]


def as_tuples(rows):
    return sorted(
        zip(
            rows.person.tolist(),
            rows.entry.tolist(),
            rows.exit.tolist(),
            rows.event.tolist(),
            rows.exposed.tolist(),
            strict=True,
        )
    )


class TestExposureRows:
    def test_never_joined_and_left(self):
        rows = exposure_rows(hired=[100], left=[109], joined=[None], as_of=200)
        assert as_tuples(rows) == [(0, 0, 10, True, False)]

    def test_never_joined_and_still_here(self):
        rows = exposure_rows(hired=[100], left=[None], joined=[None], as_of=199)
        assert as_tuples(rows) == [(0, 0, 100, False, False)]

    def test_joining_splits_the_time_at_the_end_of_that_day(self):
        rows = exposure_rows(hired=[100], left=[139], joined=[119], as_of=200)
        assert as_tuples(rows) == [(0, 0, 20, False, False), (0, 20, 40, True, True)]

    def test_leaving_on_the_day_of_joining_is_not_a_participant_leaving(self):
        rows = exposure_rows(hired=[100], left=[119], joined=[119], as_of=200)
        assert as_tuples(rows) == [(0, 0, 20, True, False)]

    def test_leaving_on_the_day_of_hire_counts(self):
        rows = exposure_rows(hired=[100], left=[100], joined=[None], as_of=200)
        assert as_tuples(rows) == [(0, 0, 1, True, False)]

    def test_joined_in_an_earlier_spell_is_exposed_from_the_first_day(self):
        rows = exposure_rows(hired=[100], left=[None], joined=[50], as_of=109)
        assert as_tuples(rows) == [(0, 0, 10, False, True)]

    def test_joining_after_the_last_day_has_not_happened_yet(self):
        rows = exposure_rows(hired=[100], left=[None], joined=[110], as_of=109)
        assert as_tuples(rows) == [(0, 0, 10, False, False)]

    def test_leaving_after_the_last_day_has_not_happened_yet(self):
        rows = exposure_rows(hired=[100], left=[110], joined=[None], as_of=109)
        assert as_tuples(rows) == [(0, 0, 10, False, False)]

    def test_nobody_counts_before_the_first_covered_day(self):
        rows = exposure_rows(
            hired=[100, 100, 100, 130],
            left=[110, 125, None, 135],  # the first left before the data begins: nobody knows how many did so
            joined=[None, None, 115, None],
            as_of=149,
            covered_from=120,
        )
        assert as_tuples(rows) == [
            (1, 20, 26, True, False),
            (2, 20, 50, False, True),
            (3, 0, 6, True, False),
        ]

    def test_hired_after_the_last_day_gives_no_row(self):
        assert len(exposure_rows(hired=[300], left=[None], joined=[None], as_of=200)) == 0

    def test_contradictory_dates_are_left_out_and_counted(self):
        rows = exposure_rows(hired=[100, 100], left=[90, 109], joined=[None, None], as_of=200)
        assert as_tuples(rows) == [(1, 0, 10, True, False)]
        assert rows.contradictory == 1

    def test_real_dates_across_a_leap_day(self):
        rows = exposure_rows(
            hired=[date(2024, 2, 1).toordinal()],
            left=[date(2024, 3, 1).toordinal()],
            joined=[None],
            as_of=date(2024, 12, 31).toordinal(),
        )
        assert as_tuples(rows) == [(0, 0, 30, True, False)]

    def test_nobody(self):
        assert len(exposure_rows(hired=[], left=[], joined=[], as_of=0)) == 0

    def test_lengths_must_agree(self):
        with pytest.raises(ValueError, match="one entry for each spell"):
            exposure_rows(hired=[1, 2], left=[None], joined=[None, None], as_of=9)

    def test_a_shift_of_all_days_changes_nothing(self):
        days = {"hired": [100, 90, 120], "left": [150, None, None], "joined": [110, None, 125]}
        shifted = {name: [None if d is None else d + 7777 for d in values] for name, values in days.items()}
        assert as_tuples(exposure_rows(**days, as_of=200, covered_from=95)) == as_tuples(
            exposure_rows(**shifted, as_of=7977, covered_from=7872)
        )


class TestRowsAreChecked:
    def test_kinds_go_with_the_row_that_ends(self):
        rows = exposure_rows(
            hired=[0, 0, 0, 0],
            left=[99, 99, None, 99],
            joined=[50, None, 50, 99],
            as_of=200,
            kind=[VOLUNTARY, INVOLUNTARY, VOLUNTARY, 0],
        )
        found = sorted(zip(rows.spells.tolist(), rows.exposed.tolist(), rows.kinds.tolist(), strict=True))
        assert found == [(0, False, 0), (0, True, 1), (1, False, 2), (2, False, 0), (2, True, 0), (3, False, 3)]

    def test_persons_have_their_own_numbers(self):
        rows = exposure_rows(hired=[0, 500], left=[99, None], joined=[50, 50], as_of=600, person=[77, 77])
        assert rows.person.tolist() == [77, 77, 77]
        assert sorted(rows.spells.tolist()) == [0, 0, 1]

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"left": [1]}, "one entry for each spell"),
            ({"hired": [0.5, 1]}, "hired must be whole numbers"),
            ({"hired": [None, 1]}, "needs its first day"),
            ({"joined": ["soon", None]}, "joined must be whole numbers"),
            ({"covered_from": 201}, "after its last"),
            ({"kind": [1]}, "kind must have one entry"),
            ({"kind": [1, 4]}, "A kind of leaving is 1"),
            ({"person": [1]}, "person must have one entry"),
        ],
    )
    def test_bad_input_is_named(self, changed, words):
        good = {"hired": [0, 0], "left": [99, None], "joined": [None, None], "as_of": 200}
        with pytest.raises(ValueError, match=words):
            exposure_rows(**(good | changed))

    def test_rows_of_one_length_that_enter_before_they_exit(self):
        one, flag = np.array([1]), np.array([True])
        with pytest.raises(ValueError, match="same length"):
            ExposureRows(one, one + 1, flag, flag, np.array([1, 2]))
        with pytest.raises(ValueError, match="enter before"):
            ExposureRows(one, one, flag, flag, one)
        with pytest.raises(ValueError, match="1 rows, but 2"):
            ExposureRows(one, one + 1, flag, flag, one).where([True, False])


def spells(**columns):
    """(person, hired, left or None, position of the spell whose end it is) of each spell."""
    found = continue_spells(**columns)
    return [(p, h, None if e == NEVER else e, at) for p, h, e, at in zip(*(c.tolist() for c in found), strict=True)]


class TestContinueSpells:
    def test_a_return_within_thirty_days_continues_the_spell(self):
        assert spells(person=[7, 7], hired=[130, 0], left=[None, 100]) == [(7, 0, None, 0)]

    def test_a_later_return_begins_a_new_one(self):
        assert spells(person=[7, 7], hired=[0, 131], left=[100, 200]) == [(7, 0, 100, 0), (7, 131, 200, 1)]

    def test_other_people_are_left_alone_and_overlaps_become_one(self):
        answer = spells(person=[2, 1, 1], hired=[10, 0, 5], left=[None, 50, 20])
        assert answer == [(1, 0, 50, 1), (2, 10, None, 0)]

    def test_breaks_add_up_only_one_after_the_other(self):
        answer = spells(person=[1, 1, 1, 1], hired=[0, 60, 120, 200], left=[40, 100, 150, 210])
        assert answer == [(1, 0, 150, 2), (1, 200, 210, 3)]

    def test_a_short_spell_inside_a_long_one_does_not_end_it(self):
        assert spells(person=[1, 1, 1], hired=[0, 10, 95], left=[90, 20, None]) == [(1, 0, None, 2)]

    def test_nobody(self):
        assert spells(person=[], hired=[], left=[]) == []

    @pytest.mark.parametrize("seed", range(20))
    def test_as_one_by_one(self, seed):
        random = Generator(PCG64(seed))
        person = random.integers(0, 12, 60).tolist()
        hired = random.integers(0, 2000, 60).tolist()
        left = [None if random.random() < 0.2 else h + int(random.integers(0, 300)) for h in hired]
        expected = []
        for p, h, e in sorted(zip(person, hired, left, strict=True), key=lambda each: each[:2]):
            if expected and expected[-1][0] == p and (expected[-1][2] is None or h - expected[-1][2] <= 30):
                end = expected[-1][2]
                expected[-1] = (p, expected[-1][1], None if end is None or e is None else max(end, e))
            else:
                expected.append((p, h, e))
        assert [each[:3] for each in spells(person=person, hired=hired, left=left)] == expected


class TestKaplanMeier:
    def test_delayed_entry_by_hand(self):
        curve = kaplan_meier(ENTRY, EXIT, EVENT, floor=1)
        assert curve.times.tolist() == [3, 6, 8]
        assert curve.at_risk.tolist() == [3, 3, 2]
        assert curve.leavers.tolist() == [1, 1, 1]
        assert curve.survival == pytest.approx([2 / 3, 4 / 9, 2 / 9])
        # Greenwood at 3: 1/(3·2). exp(±1.959964 · sqrt(1/6) / ln 1.5) = 7.1955 and 0.13898; 2/3 to these powers.
        assert curve.lower[0] == pytest.approx(0.0541, abs=5e-5)
        assert curve.upper[0] == pytest.approx(0.9452, abs=5e-5)
        assert curve.median == 6
        assert (curve.starts_at, curve.ends_at) == (0, 9)

    def test_numbers_at_risk_by_hand(self):
        curve = kaplan_meier(ENTRY, EXIT, EVENT, floor=1)
        assert at_risk(curve, [0, 1, 3, 4, 5, 6, 7, 9, 10, -1]) == [2, 2, 3, 3, 4, 3, 2, 1, 0, 0]

    def test_share_still_here_at_a_time(self):
        curve = kaplan_meier(ENTRY, EXIT, EVENT, floor=1)
        at_two, at_seven, after_the_end = survival_at(curve, [2, 7, 10])
        # Nobody left by day 2, two at risk: 0.025 to the power of 1/2.
        assert dataclasses.astuple(at_two) == pytest.approx((2, 1, 0.1581, 1, 2), abs=5e-5)
        assert (at_seven.survival, at_seven.at_risk) == (pytest.approx(4 / 9), 2)
        assert after_the_end is None

    def test_the_curve_begins_where_enough_are_at_risk(self):
        # One early person leaves on day 2 alone: without a floor the curve would be 0 from there.
        entry, exit, event = [0] + [5] * 12, [2] + [50] * 12, [True] * 3 + [False] * 10
        exit[1:3] = [20, 30]
        curve = kaplan_meier(entry, exit, event)
        assert (curve.starts_at, curve.ends_at) == (5, 50)
        assert curve.survival == pytest.approx([11 / 12, 10 / 12])
        assert survival_at(curve, [2]) == [None]

    def test_the_curve_ends_where_too_few_are_left(self):
        curve = kaplan_meier([0] * 12, [10, 20, 30, 40, *[50] * 8], [True] * 12)
        # At 30 ten are at risk, after it nine.
        assert (curve.starts_at, curve.ends_at) == (0, 30)
        assert curve.times.tolist() == [10, 20, 30]
        assert curve.survival[-1] == pytest.approx(9 / 12)

    def test_of_two_stretches_the_one_with_more_follow_up_is_taken(self):
        entry, exit = [0] * 10 + [20] * 11, [15] * 10 + [90] * 11
        assert common_window([(entry, exit)]) == Window(20, 90)

    def test_median_is_none_when_more_than_half_stay(self):
        assert kaplan_meier([0] * 12, [10] + [50] * 11, [True] + [False] * 11).median is None

    def test_too_few(self):
        assert kaplan_meier(ENTRY, EXIT, EVENT) == TooFew(floor=10, most_at_risk=4)
        assert kaplan_meier([], [], []) == TooFew(floor=10, most_at_risk=0)

    def test_nobody_leaves(self):
        curve = kaplan_meier([0] * 10, [50] * 10, [False] * 10)
        assert len(curve.times) == 0
        (end,) = survival_at(curve, [50])
        # 0.025 to the power of 1/10
        assert dataclasses.astuple(end) == pytest.approx((50, 1, 0.6915, 1, 10), abs=5e-5)

    def test_everybody_leaves_at_once(self):
        curve = kaplan_meier([0] * 10, [50] * 10, [True] * 10)
        assert curve.survival.tolist() == [0]
        assert curve.lower.tolist() == [0]
        assert curve.upper.tolist() == pytest.approx([1 - 0.6915], abs=5e-5)
        assert curve.median == 50

    @pytest.mark.parametrize("row", [(5, 5), (6, 5), (math.nan, 5), (0, math.inf)])
    def test_a_row_must_enter_before_it_exits(self, row):
        with pytest.raises(ValueError, match="enter before it exits"):
            kaplan_meier([row[0]], [row[1]], [True])

    def test_row_order_changes_nothing(self):
        shuffled = [3, 0, 4, 2, 1]
        straight = kaplan_meier(ENTRY, EXIT, EVENT, floor=1)
        mixed = kaplan_meier(*([column[i] for i in shuffled] for column in (ENTRY, EXIT, EVENT)), floor=1)
        assert mixed.survival.tolist() == straight.survival.tolist()
        assert mixed.lower.tolist() == straight.lower.tolist()

    def test_a_shift_moves_the_times_only(self):
        straight = kaplan_meier(ENTRY, EXIT, EVENT, floor=1)
        shifted = kaplan_meier([e + 1000 for e in ENTRY], [e + 1000 for e in EXIT], EVENT, floor=1)
        assert shifted.times.tolist() == [1003, 1006, 1008]
        assert shifted.survival.tolist() == straight.survival.tolist()


def public_data(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import datasets

        if name.startswith("heart"):
            data = datasets.load_stanford_heart_transplants()
            data = data[data["transplant"] == int(name[-1])]
            return data["start"], data["stop"], data["event"]
        if name == "aids cohort":  # observed from W years after infection on, until T: truncated on the left
            data = datasets.load_multicenter_aids_cohort_study()
            return data["W"], data["T"], data["D"]
        data = {"recidivism": datasets.load_rossi, "flies": datasets.load_waltons, "lung": datasets.load_lung}[name]()
        time_, event = {"recidivism": ("week", "arrest"), "flies": ("T", "E"), "lung": ("time", "status")}[name]
        return np.zeros(len(data)), data[time_], data[event]


@pytest.mark.parametrize("name", ["heart 0", "heart 1", "aids cohort", "recidivism", "flies", "lung"])
def test_agrees_with_lifelines_on_public_data(name):
    from lifelines import KaplanMeierFitter

    entry, exit, event = (np.asarray(column, dtype=float) for column in public_data(name))
    # lifelines has no floor: compare from where the risk set does not fall to nobody any more.
    curve = kaplan_meier(entry, exit, event, floor=1)
    inside = (exit > curve.starts_at) & (entry < curve.ends_at)
    fitter = KaplanMeierFitter().fit(
        exit[inside], event[inside], entry=np.maximum(entry[inside], curve.starts_at) if entry.any() else None
    )
    reference = fitter.survival_function_.iloc[:, 0]
    intervals = fitter.confidence_interval_
    still = curve.survival > 0
    assert still.sum() >= 20
    assert curve.survival == pytest.approx(reference.reindex(curve.times).to_numpy(), abs=1e-4)
    times = curve.times[still]
    assert curve.lower[still] == pytest.approx(intervals.iloc[:, 0].reindex(times).to_numpy(), abs=1e-4)
    assert curve.upper[still] == pytest.approx(intervals.iloc[:, 1].reindex(times).to_numpy(), abs=1e-4)


class TestLogRank:
    def test_by_hand(self):
        # Exposed: B, D. At 3 one of A, B, C leaves: 1/3 expected. At 6 B, D of B, D, E: 2/3. At 8 D of D, E: 1/2.
        test = log_rank(ENTRY, EXIT, EVENT, [False, True, False, True, False])
        assert test.observed == 2
        assert test.expected == pytest.approx(1.5)
        assert test.variance == pytest.approx(2 / 9 + 2 / 9 + 1 / 4)
        assert test.statistic == pytest.approx(0.36)
        assert test.p_value == pytest.approx(0.5485, abs=5e-5)

    def test_agrees_with_lifelines_on_the_flies(self):
        from lifelines.datasets import load_waltons
        from lifelines.statistics import logrank_test

        flies = load_waltons()
        exposed = (flies["group"] == "miR-137").to_numpy()
        ours = log_rank(np.zeros(len(flies)), flies["T"], flies["E"], exposed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference = logrank_test(
                flies["T"][exposed], flies["T"][~exposed], flies["E"][exposed], flies["E"][~exposed]
            ).test_statistic
        assert ours.statistic == pytest.approx(reference, rel=1e-6)

    @pytest.mark.parametrize("exposed", [[False] * 5, [True] * 5])
    def test_one_group_only_cannot_tell(self, exposed):
        assert log_rank(ENTRY, EXIT, EVENT, exposed) is None

    def test_nobody_leaves_or_nobody_is_there(self):
        assert log_rank([0, 0], [5, 6], [False, False], [True, False]) is None
        assert log_rank([], [], [], []) is None

    @pytest.mark.parametrize(("seed", "theta", "statistic"), [(20240601, 1, 0.4980), (20240602, 0.7, 104.2539)])
    def test_published_statistic_of_simulated_people(self, seed, theta, statistic):
        rows = simulated_rows(seed, theta)
        test = log_rank(rows.entry, rows.exit, rows.event, rows.exposed)
        assert test.statistic == pytest.approx(statistic, abs=5e-5)


class TestComparison:
    def test_no_effect_is_called_unclear_although_the_simple_count_flatters(self):
        _, event, joined, _ = simulate(20240601, 1)
        assert (int(joined.sum()), int(event.sum())) == (4392, 7404)
        assert round((event[~joined].mean() - event[joined].mean()) * 100, 1) == 7.8

        comparison = compare_retention(simulated_rows(20240601, 1))
        sentence = verdict(comparison)
        assert sentence.code == "unclear"
        assert sentence.text == (
            "Of people who had been here for 2 days, an estimated 82% of participants and 82% of other colleagues "
            "were still here at 12 months (95% intervals 79–85% and 81–83%). Chance alone could explain the "
            "difference, so it remains unclear whether there is one."
        )

    def test_a_real_effect_is_seen_without_claiming_its_cause(self):
        sentence = verdict(compare_retention(simulated_rows(20240602, 0.7)))
        assert sentence.code == "stayed_longer"
        assert sentence.params["participants"] == "88%"
        assert sentence.params["others"] == "82%"
        assert "not proof" in sentence.text

    def test_a_harmful_effect_is_said_too(self):
        rows = simulated_rows(20240602, 0.7)
        swapped = dataclasses.replace(rows, exposed=~rows.exposed)
        sentence = verdict(compare_retention(swapped))
        assert sentence.code == "stayed_shorter"
        assert "consistently lower" in sentence.text

    def test_both_curves_begin_at_the_same_length_of_service(self):
        # Ten of the others leave in the first hundred days, when there is no participant yet.
        others = [(0, 10 * (i + 1), True) for i in range(10)] + group(40, 12, first=150)
        comparison = compare_retention(rows_of(group(30, 11, entry=100, first=150), others))
        assert comparison.window == Window(100, 400)
        assert comparison.participants.survival[0] == pytest.approx(29 / 30)
        assert comparison.others.survival[0] == pytest.approx(39 / 40)
        assert comparison.leavers == (11, 12)
        assert [notice.code for notice in notices(comparison)] == ["starts_late", "ends"]
        assert "begin at 3 months of service" in notices(comparison)[0].text

    def test_difference_with_its_interval(self):
        comparison = compare_retention(rows_of(group(100, 20), group(100, 40)), horizon=300)
        assert comparison.at == 300
        difference, lower, upper = comparison.difference
        assert difference == pytest.approx(0.2)
        # 0.80 [0.7074, 0.8661] and 0.60 [0.4972, 0.6883] by the log-log formula, combined by squares
        assert (lower, upper) == (pytest.approx(0.0720, abs=5e-4), pytest.approx(0.3222, abs=5e-4))

    def test_the_comparison_is_made_at_the_end_when_there_is_no_whole_year(self):
        comparison = compare_retention(rows_of(group(50, 12, exit=100), group(50, 12, exit=100)))
        assert comparison.at == 100
        assert "at 3 months" in verdict(comparison).text

    def test_row_order_changes_nothing(self):
        rows = simulated_rows(20240602, 0.7)
        order = Generator(PCG64(1)).permutation(len(rows))
        mixed = ExposureRows(
            rows.entry[order], rows.exit[order], rows.event[order], rows.exposed[order], rows.person[order]
        )
        assert verdict(compare_retention(mixed)) == verdict(compare_retention(rows))

    def test_twenty_thousand_people_take_no_time(self):
        rows = simulated_rows(20240601, 1)
        started = time.perf_counter()
        compare_retention(rows)
        assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("participants", "others", "code"),
    [
        ([], [], "nobody"),
        ([], group(50, 20), "no_participants"),
        (group(50, 20), [], "no_others"),
        (group(1, 0), group(1, 0), "too_few"),
        (group(1, 1), group(1, 1), "too_few"),
        (group(9, 9), group(500, 100), "too_few"),
        (group(50, 0), group(50, 0), "no_leavers"),
        (group(50, 9), group(50, 30), "too_few_leavers"),
        (group(50, 0), group(50, 30), "too_few_leavers"),
        ([(0, 30, True)] * 50, [(0, 30, True)] * 50, "unclear"),
        (group(50, 20), group(50, 20), "unclear"),
        (group(200, 10), group(200, 60), "stayed_longer"),
        (group(200, 60), group(200, 10), "stayed_shorter"),
    ],
)
def test_every_case_gets_a_sentence(participants, others, code):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        comparison = compare_retention(rows_of(participants, others))
        sentence = verdict(comparison)
        everything = [sentence, CAVEAT, *notices(comparison)]
    assert sentence.code == code
    for said in everything:
        assert said.text.endswith(".")
        assert not {"nan", "caused", "saved", "thanks"} & set(said.text.lower().replace(".", " ").split())
    drawn = code not in {"nobody", "no_participants", "no_others", "too_few"}
    assert comparison.drawn == drawn


def test_one_person_who_joins_is_in_both_groups_but_too_few():
    rows = exposure_rows(hired=[0], left=[None], joined=[10], as_of=500)
    comparison = compare_retention(rows)
    assert (comparison.people, comparison.people_joined, comparison.people_other) == (1, 1, 1)
    assert verdict(comparison).code == "too_few"


class TestPublishing:
    @pytest.mark.parametrize(
        ("count", "shown"), [(0, None), (1, None), (4, None), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (1198, 1200)]
    )
    def test_round_count(self, count, shown):
        assert round_count(count) == shown

    @pytest.mark.parametrize(
        ("share", "shown"), [(0, 0), (0.005, 1), (0.125, 13), (0.115, 12), (0.994, 99), (1, 100), (-0.078, -8)]
    )
    def test_whole_percent(self, share, shown):
        assert whole_percent(share) == shown

    @pytest.mark.parametrize(
        ("share", "words"), [(1, "over 99%"), (0.995, "over 99%"), (0.99, "99%"), (0.004, "under 1%"), (0, "under 1%")]
    )
    def test_percent_never_claims_all_or_nobody(self, share, words):
        assert percent(share) == words

    @pytest.mark.parametrize(
        ("days", "words"),
        [
            (0, "0 days"),
            (1, "1 day"),
            (60, "60 days"),
            (61, "2 months"),
            (365, "12 months"),
            (457, "15 months"),
            (730, "2 years"),
            (800, "26 months"),
        ],
    )
    def test_period(self, days, words):
        assert period(days) == words


def test_a_curve_without_enough_people_is_no_curve():
    assert not isinstance(kaplan_meier([0] * 9, [50] * 9, [True] * 9), Curve)
