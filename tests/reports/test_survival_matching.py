"""Participants beside matched colleagues, and the second opinions: landmarks, kinds of leaving, rates."""

import dataclasses
import math
import warnings

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from reports.survival import (
    HazardRatio,
    Incidence,
    Landmark,
    MatchedStay,
    RateComparison,
    TooFew,
    TooFewEvents,
    aalen_johansen,
    absence_within,
    continue_spells,
    evidence,
    explain,
    exposure_rows,
    followed_between,
    hazard_ratio,
    incidence_at,
    kaplan_meier,
    landmark,
    landmarks,
    matched_rates,
    matched_stay,
    matched_verdict,
    ratios_by_group,
    restricted_mean,
    spell_at,
    spread_over,
    study,
)
from reports.survival.rows import ExposureRows

from .survival_cases import group, rows_of, simulated_rows


def by_pairs(rows, strata, horizon):
    """The shares of both arms at the horizon with every pair written down, where nobody is censored before it."""
    people = {}
    for at in range(len(rows)):
        people.setdefault(int(rows.person[at]), []).append(at)
    own, matched = [], []
    for at in np.flatnonzero(rows.exposed):
        before = [row for row in people[int(rows.person[at])] if not rows.exposed[row]]
        if not before:
            continue
        day = int(rows.entry[at])
        colleagues = [
            other
            for other in np.flatnonzero(~rows.exposed)
            if strata[other] == strata[at] and rows.entry[other] <= day < rows.exit[other]
        ]
        if not colleagues:
            continue
        own.append(rows.exit[at] > day + horizon)
        share = 1.0
        for time in sorted({int(rows.exit[c]) for c in colleagues if rows.event[c] and rows.exit[c] <= day + horizon}):
            there = sum(rows.exit[c] >= time for c in colleagues)
            share *= 1 - sum(rows.event[c] and rows.exit[c] == time for c in colleagues) / there
        matched.append(share)
    return np.mean(own), np.mean(matched), len(own)


def small(seed, people=150, strata=3):
    """People who are followed for very long, some of whom join; and the stratum of each row."""
    random = Generator(PCG64(seed))
    leaves = np.ceil(random.exponential(900, people)).astype(int)
    joins = np.where(random.random(people) < 0.4, random.integers(1, 900, people), 10**6)
    rows = exposure_rows(
        hired=np.ones(people, np.int64),
        left=leaves,
        joined=joins,
        as_of=100_000,
    )
    return rows, random.integers(0, strata, people)[rows.person]


class TestMatchedStay:
    @pytest.mark.parametrize("seed", range(5))
    def test_as_with_every_pair_written_down(self, seed):
        rows, strata = small(seed)
        found = matched_stay(rows, strata=strata, horizon=200, replicates=2, floor=1, leavers_floor=1)
        own, matched, pairs = by_pairs(rows, strata, 200)
        assert found.participants - found.unmatched == pairs
        assert found.headline.participants.value == pytest.approx(own, abs=1e-12)
        # The matched curve stands for the mean of all sets as long as none of them runs out of colleagues.
        assert found.headline.colleagues.value == pytest.approx(matched, abs=1e-12)

    def test_by_hand(self):
        # Two people join on day 100 of tenure; 10 others are there. One of the two leaves after 50 days; of the ten
        # five leave on day 130, and one joins on day 140 and is followed no longer.
        rows = exposure_rows(
            hired=[0] * 12,
            left=[149, None] + [129] * 5 + [None] * 5,
            joined=[99, 99] + [None] * 5 + [139] + [None] * 4,
            as_of=1000,
        )
        found = matched_stay(rows, horizon=60, replicates=2, floor=1, leavers_floor=1)
        assert (found.participants, found.unmatched, found.already, found.colleagues) == (3, 0, 0, 10)
        # Participants: of three, one leaves within 60 days. Matches of the first two: 5 of 10 leave. Of the third,
        # who joined on day 140: nobody of four.
        assert found.headline.participants.value == pytest.approx(2 / 3)
        assert found.headline.colleagues.value == pytest.approx((0.5 + 0.5 + 1) / 3)
        assert found.headline.difference.value == pytest.approx(0)
        assert found.leavers == (1, 5)
        # On day 160 of tenure four have not joined, on day 200 the same four; both exits are long after.
        assert (found.headline.participants_at_risk, found.headline.colleagues_at_risk) == (2, 4)
        assert [point.days for point in found.points] == [0, 30, 60]

    def test_only_colleagues_of_the_same_stratum_count(self):
        participants = {"hired": [0] * 20, "left": [None] * 18 + [200, 220], "joined": [99] * 20}
        here = {"hired": [0] * 20, "left": [None] * 15 + [150] * 5, "joined": [None] * 20}
        there = {"hired": [0] * 20, "left": [None] * 5 + [150] * 15, "joined": [None] * 20}
        rows = exposure_rows(
            **{name: participants[name] + here[name] + there[name] for name in participants}, as_of=1000
        )
        department = np.array(["here"] * 40 + ["there"] * 20)[rows.person]
        within = matched_stay(rows, strata=department, replicates=2, leavers_floor=1)
        assert within.headline.colleagues.value == pytest.approx(0.75)
        assert within.headline.participants.value == pytest.approx(0.9)
        assert within.colleagues == 20
        # Beside both departments twenty of forty leave.
        assert matched_stay(rows, replicates=2, leavers_floor=1).headline.colleagues.value == pytest.approx(0.5)

    def test_who_has_no_colleague_is_in_neither_curve(self):
        rows = exposure_rows(
            hired=[0] * 41,
            left=[None] * 41,
            joined=[99] * 21 + [None] * 20,
            as_of=1000,
        )
        alone = np.array([1] + [0] * 40)[rows.person]
        found = matched_stay(rows, strata=alone, leavers_floor=0)
        assert (found.participants, found.unmatched) == (21, 1)
        assert found.headline.participants_at_risk == 20

    def test_who_had_joined_before_the_data_begins_is_no_match_and_no_participant(self):
        rows = exposure_rows(
            hired=[0] * 60,
            left=[None] * 60,
            joined=[50] * 20 + [150] * 20 + [None] * 20,
            as_of=1000,
            covered_from=100,
        )
        found = matched_stay(rows, leavers_floor=0)
        assert (found.participants, found.already, found.colleagues) == (20, 20, 20)

    def test_a_participant_is_followed_no_longer_than_a_colleague(self):
        # All colleagues are still employed when the data ends, on their day 300 of tenure; participants joined on 200.
        rows = exposure_rows(hired=[0] * 20 + [700] * 20, left=[None] * 40, joined=[199] * 20 + [None] * 20, as_of=999)
        assert matched_stay(rows, leavers_floor=0) == TooFew(floor=10, most_at_risk=0)
        found = matched_stay(rows, horizon=90, until=365, leavers_floor=0)
        assert [point.days for point in found.points] == [0, 30, 61, 90, 91]

    @pytest.mark.parametrize(("seed", "theta", "code"), [(20240601, 1, "unclear"), (20240602, 0.7, "stayed_longer")])
    def test_verdict_of_the_recipe(self, seed, theta, code):
        found = matched_stay(simulated_rows(seed, theta))
        truth = math.exp(-0.2 * theta) - math.exp(-0.2)
        difference = found.headline.difference
        assert difference.lower < truth < difference.upper
        sentence = matched_verdict(found)
        assert sentence.code == code
        assert sentence.text.startswith("12 months after joining, an estimated 8")

    def test_the_interval_covers_and_is_no_wider_than_need_be(self):
        """150 runs of 3,000 people in 40 strata, with no effect and with one."""
        for theta in (1, 0.7):
            truth = math.exp(-0.2 * theta) - math.exp(-0.2)
            strata = Generator(PCG64(3)).integers(0, 40, 20000)
            found = []
            for seed in range(150):
                rows = simulated_rows(seed, theta)
                rows = rows.where(rows.person < 3000)
                found.append(matched_stay(rows, strata=strata[rows.person], replicates=60).headline.difference)
            covered = np.mean([each.lower <= truth <= each.upper for each in found])
            values = np.array([each.value for each in found])
            errors = np.array([(each.upper - each.lower) / 2 / 1.959964 for each in found])
            assert 0.90 <= covered <= 0.985
            assert values.mean() == pytest.approx(truth, abs=3 * values.std() / math.sqrt(150))
            assert errors.mean() == pytest.approx(values.std(), rel=0.2)

    def test_a_confounder_misleads_unless_it_is_a_stratum(self):
        """Half are of a department where three times as many leave and a third as many join; mentoring does nothing."""
        random = Generator(PCG64(20240603))
        restless = random.random(20000) < 0.5
        leaves = np.ceil(random.exponential(1, 20000) / np.where(restless, 0.30, 0.10) * 365).astype(np.int64)
        joins = np.where(
            random.random(20000) < np.where(restless, 0.2, 0.6), np.ceil(random.random(20000) * 1095), 10**6
        ).astype(np.int64)
        followed = np.ceil(random.random(20000) * 1825).astype(np.int64)
        rows = exposure_rows(
            hired=2001 - followed, left=2000 - followed + leaves, joined=2000 - followed + joins, as_of=2000
        )
        misled = matched_stay(rows, replicates=50).headline.difference
        right = matched_stay(rows, strata=restless[rows.person], replicates=50).headline.difference
        assert misled.lower > 0.03
        assert right.lower < 0 < right.upper

    def test_row_order_changes_nothing_to_the_last_digit(self):
        rows = simulated_rows(20240602, 0.7).where(simulated_rows(20240602, 0.7).person < 2000)
        strata = rows.person % 7
        order = Generator(PCG64(1)).permutation(len(rows))
        # People are called by other numbers too.
        names = Generator(PCG64(2)).permutation(20000)
        mixed = ExposureRows(
            rows.entry[order], rows.exit[order], rows.event[order], rows.exposed[order], names[rows.person[order]]
        )
        assert matched_stay(mixed, strata=strata[order], replicates=20) == matched_stay(
            rows, strata=strata, replicates=20
        )

    def test_rows_of_another_organisation_change_nothing(self):
        ours, theirs = simulated_rows(20240602, 0.7), simulated_rows(20240601, 1)
        both = ExposureRows(
            **{
                name: np.concatenate([getattr(theirs, name), getattr(ours, name)])
                for name in ("entry", "exit", "event", "exposed")
            },
            person=np.concatenate([theirs.person, ours.person + 10**6]),
        )
        alone = matched_stay(ours, replicates=20)
        assert matched_stay(both.where(both.person >= 10**6), replicates=20) == alone

    def test_a_constant_shift_of_dates_changes_nothing(self):
        random = Generator(PCG64(9))
        hired = random.integers(0, 1500, 800)
        left = hired + random.integers(1, 1500, 800)
        joined = np.where(random.random(800) < 0.4, hired + random.integers(0, 700, 800), 10**6)
        found = [
            matched_stay(
                exposure_rows(
                    hired=hired + shift,
                    left=left + shift,
                    joined=joined + shift,
                    as_of=2000 + shift,
                    covered_from=300 + shift,
                ),
                replicates=20,
            )
            for shift in (0, 738_000)
        ]
        assert isinstance(found[0], MatchedStay)
        assert found[0] == found[1]

    def test_a_person_with_two_spells_is_drawn_once(self):
        # 60 people, each with the same two spells, are 60 persons' worth of knowledge, not 120.
        def stay(person):
            return matched_stay(
                exposure_rows(
                    hired=[0] * 120,
                    left=([None] * 20 + [300] * 10) * 2 + ([None] * 15 + [300] * 15) * 2,
                    joined=[99] * 60 + [None] * 60,
                    as_of=1000,
                    person=person,
                ),
            ).headline

        twice, once = stay(np.tile(np.arange(30), 4) + np.repeat([0, 0, 30, 30], 30)), stay(np.arange(120))
        assert twice.difference.value == pytest.approx(once.difference.value)
        width = [each.difference.upper - each.difference.lower for each in (twice, once)]
        assert width[0] / width[1] == pytest.approx(math.sqrt(2), rel=0.2)

    @pytest.mark.parametrize(
        ("participants", "others", "expected"),
        [
            ([], [], TooFew),
            ([], group(50, 20), TooFew),
            (group(1, 0), [], TooFew),
            (group(1, 1), group(1, 1), TooFew),
            ([(0, 30, True)] * 50, [(0, 30, True)] * 50, TooFew),
        ],
    )
    def test_nobody_to_compare(self, participants, others, expected):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = matched_stay(rows_of(participants, others))
        assert isinstance(found, expected)
        assert explain(found).text.startswith("Too few to tell")

    @pytest.mark.parametrize(
        ("left", "others_left", "counts"),
        [([200] * 9, [200] * 20, (9, 20)), ([], [], (0, 0)), ([200] * 15, [], (15, 0))],
    )
    def test_ten_leavers_in_each_arm(self, left, others_left, counts):
        rows = exposure_rows(
            hired=[0] * 100,
            left=left + [None] * (50 - len(left)) + others_left + [None] * (50 - len(others_left)),
            joined=[99] * 50 + [None] * 50,
            as_of=1000,
        )
        found = matched_stay(rows)
        assert found == TooFewEvents(counts=counts, floor=10, needed=380)
        assert matched_verdict(found).text == (
            "Too few to tell: in at least one of the two groups fewer than 10 people left, or nearly everybody did, or "
            "nearly nobody. To notice a rate that is 25% lower, four times out of five, takes 380 people or more who left, "
            "both groups together."
        )

    def test_ten_at_risk_in_each_arm(self):
        rows = exposure_rows(hired=[0] * 59, left=[None] * 59, joined=[99] * 9 + [None] * 50, as_of=1000)
        assert matched_stay(rows) == TooFew(floor=10, most_at_risk=9)

    def test_everyone_left_on_both_sides(self):
        # All leave, but not at once: after a year nobody is there to be followed.
        rows = exposure_rows(
            hired=[0] * 80,
            left=list(range(120, 160)) * 2,
            joined=[99] * 40 + [None] * 40,
            as_of=1000,
        )
        assert matched_stay(rows) == TooFew(floor=10, most_at_risk=0)

    def test_bad_input_is_named(self):
        rows = simulated_rows(20240601, 1)
        with pytest.raises(ValueError, match="one day"):
            matched_stay(rows, horizon=0)
        with pytest.raises(ValueError, match="one is needed for each row"):
            matched_stay(rows, strata=[1, 2])
        with pytest.raises(ValueError, match="one row, or one before"):
            matched_stay(dataclasses.replace(rows, spell=np.zeros(len(rows), np.int64)))


class TestLandmark:
    def test_by_hand(self):
        # On day 90 of tenure 20 have joined, 40 have not; one of these joins later and counts as not joined. Twelve have
        # left before and count for nobody.
        rows = exposure_rows(
            hired=[0] * 72,
            left=[199] * 10 + [None] * 10 + [199] * 15 + [None] * 25 + [49] * 12,
            joined=[79] * 20 + [None] * 39 + [149] + [None] * 12,
            as_of=1000,
        )
        found = landmark(rows, day=90)
        assert (found.people, found.leavers) == ((20, 40), (10, 15))
        assert found.participants.survival == pytest.approx(0.5)
        assert found.others.survival == pytest.approx(0.625)
        assert found.difference[0] == pytest.approx(-0.125)
        assert found.difference[1] < -0.125 < found.difference[2]

    def test_of_the_recipe(self):
        nothing, something = landmarks(simulated_rows(20240601, 1)), landmarks(simulated_rows(20240602, 0.7))
        assert list(nothing) == [90, 180, 365]
        for found in nothing.values():
            assert found.difference[1] < 0 < found.difference[2]
        for found in something.values():
            # 86.9% beside 81.9%, were nobody to join later
            assert found.difference[1] < math.exp(-0.14) - math.exp(-0.2) < found.difference[2]
            assert found.difference[1] > 0

    def test_too_few(self):
        rows = rows_of(group(50, 20), group(50, 20))
        assert landmark(rows, day=90) == TooFew(floor=10, most_at_risk=0)
        long = rows_of(group(50, 9, exit=900, first=100), group(50, 20, exit=900, first=100))
        assert landmark(long, day=90) == TooFewEvents((9, 20), 10, 380)
        assert isinstance(landmark(long, day=90, leavers_floor=5), Landmark)


class TestKindsOfLeaving:
    def test_by_hand(self):
        # Of ten, one leaves by choice on day 10, two are dismissed on 20, one leaves by choice on 30; one was last seen on 25.
        exit, kind = [10, 20, 20, 25, 30, 40, 40, 40, 40, 40], [1, 2, 2, 0, 1, 0, 0, 0, 0, 0]
        found = aalen_johansen([0] * 10, exit, kind, floor=1)
        assert found.times.tolist() == [10, 20, 30]
        voluntary, involuntary, other = found.incidence
        assert voluntary == pytest.approx([0.1, 0.1, 0.1 + 0.7 / 6])
        assert involuntary == pytest.approx([0, 0.2, 0.2])
        assert other.tolist() == [0, 0, 0]
        assert found.survival == pytest.approx([0.9, 0.7, 0.7 * 5 / 6])
        (at_20,) = incidence_at(found, [20])
        assert [(each.kind, each.leavers) for each in at_20] == [("voluntary", 1), ("involuntary", 2), ("other", 0)]
        assert incidence_at(found, [41]) == [None]

    @pytest.mark.parametrize("seed", range(3))
    def test_agrees_with_lifelines(self, seed):
        from lifelines import AalenJohansenFitter

        random = Generator(PCG64(seed))
        # Without ties, which it shakes apart at random.
        exit, kind = random.random(120) * 10, random.integers(0, 4, 120)
        found = aalen_johansen(np.zeros(120), exit, kind, floor=1)
        for at in range(3):
            reference = AalenJohansenFitter().fit(exit, kind, at + 1)
            some = found.variance[at] > 0
            bounds = np.sort(reference.confidence_interval_.reindex(found.times).to_numpy(), axis=1)
            assert found.incidence[at] == pytest.approx(
                reference.cumulative_density_.iloc[:, 0].reindex(found.times).to_numpy(), abs=1e-9
            )
            assert found.variance[at] == pytest.approx(reference.variance_.reindex(found.times).to_numpy(), abs=1e-9)
            assert found.lower[at][some] == pytest.approx(bounds[some, 0], abs=1e-9)
            assert found.upper[at][some] == pytest.approx(bounds[some, 1], abs=1e-9)

    def test_agrees_with_statsmodels_where_many_leave_at_once(self):
        """Lymphoma in whole months, with the two stages as if they were two ways to die."""
        from lifelines.datasets import load_lymphoma
        from statsmodels.duration.survfunc import CumIncidenceRight

        data = load_lymphoma()
        exit = np.ceil(data["Time"].to_numpy() / 30)
        kind = data["Censor"].to_numpy() * data["Stage_group"].to_numpy()
        found = aalen_johansen(np.zeros(len(exit)), exit, kind, kinds=("stage 3", "stage 4"), floor=1)
        reference = CumIncidenceRight(exit, kind)
        at = np.searchsorted(reference.times, found.times)
        for way in range(2):
            assert found.incidence[way] == pytest.approx(reference.cinc[way][at], abs=1e-9)
            assert np.sqrt(found.variance[way]) == pytest.approx(reference.cinc_se[way][at], abs=1e-9)

    def test_with_one_kind_it_is_what_kaplan_and_meier_leave(self):
        rows = simulated_rows(20240601, 1)
        arm = rows.exposed
        found = aalen_johansen(rows.entry[arm], rows.exit[arm], rows.event[arm].astype(int), kinds=("left",))
        curve = kaplan_meier(rows.entry[arm], rows.exit[arm], rows.event[arm])
        assert found.incidence[0] == pytest.approx(1 - curve.survival, abs=1e-12)
        # Greenwood's formula and the delta method differ by what is beyond the first order.
        n, d = curve.at_risk, curve.leavers
        greenwood = curve.survival**2 * np.cumsum(d / (n * (n - d)))
        assert found.variance[0] == pytest.approx(greenwood, rel=1e-2)

    def test_shares_add_up_with_late_entry(self):
        random = Generator(PCG64(8))
        entry = random.integers(0, 500, 400)
        found = aalen_johansen(entry, entry + random.integers(1, 500, 400), random.integers(0, 4, 400))
        assert isinstance(found, Incidence)
        assert found.incidence.sum(axis=0) + found.survival == pytest.approx(np.ones(len(found.times)), abs=1e-12)

    def test_few_nobody_everybody(self):
        assert aalen_johansen([], [], []) == TooFew(floor=10, most_at_risk=0)
        assert aalen_johansen([0] * 9, [5] * 9, [1] * 9) == TooFew(floor=10, most_at_risk=9)
        nobody = aalen_johansen([0] * 10, [5] * 10, [0] * 10)
        assert nobody.incidence.shape == (3, 0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            everybody = aalen_johansen([0] * 10, [5] * 10, [1] * 4 + [2] * 6)
        assert everybody.incidence[:, 0].tolist() == [0.4, 0.6, 0]
        assert np.isfinite(everybody.upper).all()
        with pytest.raises(ValueError, match="0 to 3"):
            aalen_johansen([0], [1], [4])


class TestRestrictedMean:
    def test_by_hand(self):
        # Of ten, five leave on day 40 and two on day 80: 40 · 1 + 40 · 0.5 + 20 · 0.3 days of 100.
        curve = kaplan_meier([0] * 10, [40] * 5 + [80] * 2 + [100] * 3, [True] * 7 + [False] * 3, floor=1)
        found = restricted_mean(curve)
        assert found.days == pytest.approx(66)
        # After 40 lie 26 days, after 80 six: 26² · 5/(10·5) + 6² · 2/(5·3)
        assert found.error == pytest.approx(math.sqrt(67.6 + 4.8))
        assert restricted_mean(curve, 60).days == pytest.approx(50)
        with pytest.raises(ValueError, match="says nothing"):
            restricted_mean(curve, 101)

    def test_agrees_with_lifelines(self):
        from lifelines import KaplanMeierFitter
        from lifelines.datasets import load_waltons
        from lifelines.utils import restricted_mean_survival_time

        flies = load_waltons()
        curve = kaplan_meier(np.zeros(len(flies)), flies["T"], flies["E"], floor=1)
        reference = restricted_mean_survival_time(KaplanMeierFitter().fit(flies["T"], flies["E"]), t=50)
        assert restricted_mean(curve, 50).days == pytest.approx(reference, abs=1e-6)


def year_rows(exposed, others, days=365):
    """People followed for some days from the first, each in one state."""
    return rows_of([(0, days, False)] * exposed, [(0, days, False)] * others)


class TestRates:
    def test_by_hand(self):
        # 100 participants, 200 others, a year each: 20 promotions and 20.
        rows = year_rows(100, 200)
        spell = list(range(20)) + list(range(100, 120))
        found = matched_rates(rows, spell=spell, day=[100] * 40)
        assert found.participants == pytest.approx(20 / 100 * 365.25 / 365)
        assert found.others == pytest.approx(20 / 200 * 365.25 / 365)
        assert found.ratio == pytest.approx(2)
        assert found.people == (20, 20)
        # Of independent people: 1/20 - 1/100 and 1/20 - 1/200.
        error = math.sqrt(0.05 - 0.01 + 0.05 - 0.005)
        assert (math.log(found.upper / found.lower) / 2 / 1.959964) == pytest.approx(error, rel=1e-6)

    def test_one_person_absent_often_is_one_person(self):
        rows = year_rows(100, 100)
        everybody = matched_rates(rows, spell=list(range(20)) + list(range(100, 120)), day=[50] * 40)
        days = matched_rates(rows, spell=list(range(20)) + list(range(100, 120)), day=[50] * 40, amount=[10] * 40)
        assert days.participants == pytest.approx(10 * everybody.participants)
        assert (days.lower, days.upper) == (pytest.approx(everybody.lower), pytest.approx(everybody.upper))

    def test_others_are_weighted_to_where_participants_are(self):
        # In the first department all are promoted ten times as often, and that is where participants are.
        rows = year_rows(100, 200)
        first = np.array([True] * 90 + [False] * 10 + [True] * 100 + [False] * 100)
        spell = list(range(45)) + list(range(100, 150)) + list(range(200, 210))
        plain = matched_rates(rows, spell=spell, day=[100] * 105)
        within = matched_rates(rows, spell=spell, day=[100] * 105, strata=first)
        # 45 of 100 beside 60 of 200; within, 90 · 0.5 + 10 · 0.1 = 46 were to be expected.
        assert plain.ratio == pytest.approx(1.5)
        assert within.ratio == pytest.approx(45 / 46)

    def test_days_count_for_the_state_and_the_band_they_fall_in(self):
        rows = exposure_rows(hired=[0] * 60, left=[None] * 60, joined=[99] * 30 + [None] * 30, as_of=799)
        # On day 100 of tenure a participant is not one yet; on 101 they are. Day 900 is after the data.
        spell = np.concatenate([np.arange(30), np.arange(30), np.arange(30, 60), [0]])
        day = [100] * 15 + [101] * 15 + [365] * 15 + [366] * 15 + [365] * 15 + [366] * 15 + [900]
        found = matched_rates(rows, spell=spell, day=day)
        assert found.people == (30, 45)
        assert found.outside == 1
        assert found.years[0] == pytest.approx(30 * 700 / 365.25)

    def test_too_few(self):
        rows = year_rows(100, 100)
        assert matched_rates(rows, spell=[0, 1], day=[5, 5]) == TooFewEvents((2, 0), 10, 380)
        assert matched_rates(rows, spell=[0] * 50 + list(range(100, 120)), day=[5] * 70).counts == (1, 20)
        nobody = rows_of([], [])
        assert matched_rates(nobody, spell=[], day=[]) == TooFewEvents((0, 0), 10, 380)
        with pytest.raises(ValueError, match="below nothing"):
            matched_rates(rows, spell=[0], day=[5], amount=[-1])

    def test_the_spell_of_a_day(self):
        spells = continue_spells(person=[5, 3, 5], hired=[100, 50, 300], left=[200, None, None])
        found = spell_at(spells, person=[3, 3, 5, 5, 5, 5, 4, 9], day=[49, 50, 100, 200, 201, 300, 60, 60])
        # Person 3 is the first spell; 5 has two, with a gap; of 4 and 9 nothing is known.
        assert found.tolist() == [-1, 0, 1, 1, -1, 2, -1, -1]
        assert spell_at(continue_spells(person=[], hired=[], left=[]), person=[1], day=[1]).tolist() == [-1]

    def test_only_time_for_which_changes_are_known_counts(self):
        rows = exposure_rows(hired=[1000, 1000], left=[None, None], joined=[1099, None], as_of=1399)
        found, kept = followed_between(rows, hired=[1000] * 3, first=1050, last=1149)
        states = zip(found.entry.tolist(), found.exit.tolist(), found.exposed.tolist(), kept.tolist(), strict=True)
        # From day 51 of tenure to day 150; the first joined at the end of day 100.
        assert list(states) == [(50, 100, False, 0), (50, 150, False, 1), (100, 150, True, 2)]

    def test_a_window_on_both_sides_of_joining_is_left_out(self):
        rows = exposure_rows(
            hired=[0] * 4, left=[None, None, None, 499], joined=[99, 299, None, 99], as_of=599, covered_from=0
        )
        found, kept, days = absence_within(
            rows, hired=[0] * len(rows), spell=[0, 1, 2, 3], first=[300, 250, 400, 400], last=[399, 349, 799, 499],
            days=[5, 7, 8, 0],
        )  # fmt: skip
        # Of the third, half of the window is after the data; the second joined within it.
        assert list(zip(found.spells.tolist(), found.entry.tolist(), found.exit.tolist(), days, strict=True)) == [
            (2, 400, 600, 4.0), (0, 300, 400, 5.0), (3, 400, 500, 0.0),
        ]  # fmt: skip
        assert rows.exposed[kept].tolist() == [False, True, True]

    def test_amounts_are_spread_over_bands_of_tenure(self):
        rows = rows_of([(265, 465, False)], [(0, 100, False)])
        spell, day, amount = spread_over(rows, [10, 3])
        # Half of the first is in the first year, half in the second.
        assert sorted(zip(spell.tolist(), day.tolist(), amount.tolist(), strict=True)) == [
            (0, 365.0, 5.0), (0, 465.0, 5.0), (1, 100.0, 3.0),
        ]  # fmt: skip

    def test_absence_by_hand(self):
        # 40 participants with 4 days each and 60 others with 6, all told for the same year.
        rows = year_rows(40, 60)
        told = {"hired": [0] * 100, "spell": np.arange(100), "first": [0] * 100, "last": [364] * 100}
        found, _kept, amounts = absence_within(rows, **told, days=[4] * 40 + [6] * 60)
        spell, day, amount = spread_over(found, amounts)
        rates = matched_rates(found, spell=spell, day=day, amount=amount)
        assert (rates.participants, rates.others) == (pytest.approx(4 * 365.25 / 365), pytest.approx(6 * 365.25 / 365))
        assert rates.ratio == pytest.approx(4 / 6)

    def test_interval_covers(self):
        covered = []
        for seed in range(200):
            random = Generator(PCG64(seed))
            rows = year_rows(300, 600)
            # Some are promoted often, most never; mentoring does nothing.
            count = random.poisson(random.gamma(0.5, 0.4, 900))
            spell = np.repeat(np.arange(900), count)
            found = matched_rates(rows, spell=spell, day=random.integers(1, 366, len(spell)))
            assert isinstance(found, RateComparison)
            covered.append(found.lower <= 1 <= found.upper)
        assert 0.90 <= np.mean(covered) <= 0.985


class TestStudy:
    def test_of_the_recipe(self):
        rows = simulated_rows(20240602, 0.7)
        found = study(rows, strata=rows.person % 5, groups={"site": rows.person % 3}, replicates=20)
        assert evidence(matched_verdict(found.headline)) == "consistent"
        assert found.ratio_plain == hazard_ratio(rows)
        assert found.ratio.coefficient == pytest.approx(-0.364879, abs=0.01)
        ours, theirs = (
            restricted_mean(curve, found.curves.at) for curve in (found.curves.participants, found.curves.others)
        )
        assert ours.days > theirs.days
        assert (ours.starts_at, ours.ends_at) == (theirs.starts_at, theirs.ends_at)
        assert [each.group for each in found.groups["site"]] == ["0", "1", "2"]
        for each in found.groups["site"]:
            alone = rows.where(rows.person % 3 == int(each.group))
            assert each.ratio == hazard_ratio(alone)
            assert isinstance(each.ratio, HazardRatio)

    @pytest.mark.parametrize(
        ("participants", "others"),
        [
            ([], []),
            ([], group(50, 20)),
            (group(50, 20), []),
            (group(1, 0), []),
            (group(1, 1), group(1, 1)),
            (group(50, 0), group(50, 0)),
            ([(0, 30, True)] * 50, [(0, 30, True)] * 50),
            (group(50, 50, exit=60, first=2), group(50, 50, exit=60, first=2)),
        ],
    )
    def test_every_case_has_an_answer(self, participants, others):
        rows = rows_of(participants, others)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = study(rows, strata=rows.exposed, groups={"all": np.zeros(len(rows))})
        answers = [found.headline, found.ratio, found.ratio_plain, found.naive.ratio, *found.landmarks.values()]
        said = [explain(each).text for each in answers if not isinstance(each, HazardRatio)]
        said.append(matched_verdict(found.headline).text)
        assert all(text.endswith(".") and "nan" not in text.lower() for text in said)
        numbers = [value for each in answers for value in dataclasses.asdict(each).values() if isinstance(value, float)]
        assert all(math.isfinite(value) for value in numbers)

    def test_groups_know_nothing_of_each_other(self):
        rows = simulated_rows(20240602, 0.7)
        few = np.where(rows.person < 30, "few", "many")
        first, second = ratios_by_group(rows, few)
        assert (first.group, second.group) == ("few", "many")
        assert isinstance(first.ratio, TooFewEvents)
        assert isinstance(second.ratio, HazardRatio)
        with pytest.raises(ValueError, match="labels"):
            ratios_by_group(rows, ["a"])
