"""Cox's regression: by hand, beside published results, beside lifelines and statsmodels."""

import csv
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from reports.survival import (
    CoxFit,
    ExposureRows,
    HazardRatio,
    NotEstimable,
    TooFewEvents,
    combine_strata,
    cox,
    hazard_ratio,
    leavers_needed,
    log_rank,
    simple_count,
)

from .survival_cases import group, rows_of, simulate, simulated_rows

DATA = Path(__file__).parents[1] / "data"


def heart():
    """Stanford's heart transplants: a row before and a row after the transplant of each patient."""
    from lifelines.datasets import load_stanford_heart_transplants

    data = load_stanford_heart_transplants()
    return {name: data[name].to_numpy(dtype=float, copy=True) for name in data.columns}


def rossi():
    from lifelines.datasets import load_rossi

    data = load_rossi()
    return {name: data[name].to_numpy(dtype=float, copy=True) for name in data.columns}


def veterans():
    with (DATA / "veteran.csv").open() as file:
        found = list(csv.DictReader(file))
    column = {name: np.array([row[name] for row in found]) for name in found[0]}
    numbers = {
        name: column[name].astype(float) for name in ("days", "died", "karnofsky", "months_from_diagnosis", "age")
    }
    return numbers | {
        "test": (column["treatment"] == "test").astype(float),
        "smallcell": (column["cell_type"] == "smallcell").astype(float),
        "adeno": (column["cell_type"] == "adeno").astype(float),
        "large": (column["cell_type"] == "large").astype(float),
        "prior": (column["prior_therapy"] == "yes").astype(float),
        "cell_type": column["cell_type"],
    }


def stack(data, names):
    return np.column_stack([data[name] for name in names])


class TestByHand:
    def test_one_leaver_of_each_group(self):
        # At 1 an exposed one leaves of two exposed and one other, at 2 the other leaves of one and one:
        # the likelihood is r / (2r + 1) · 1 / (r + 1), greatest where 2r² = 1.
        fit = cox([0, 0, 0], [1, 3, 2], [True, False, True], [1, 1, 0])
        assert fit.ratios[0] == pytest.approx(math.sqrt(0.5), abs=1e-9)

    def test_ties_by_hand(self):
        # Two of four leave at once, one of the two exposed and one of the two others. Breslow: r / (2r + 2)², which is
        # greatest at r = 1; Efron: r / ((2r + 2)(1.5r + 1.5)), greatest there too, but surer of it.
        rows = [0] * 4, [1, 2, 1, 2], [True, False, True, False], [1, 1, 0, 0]
        breslow, efron = cox(*rows, ties="breslow"), cox(*rows, ties="efron")
        assert breslow.coefficients == pytest.approx([0], abs=1e-9)
        assert efron.coefficients == pytest.approx([0], abs=1e-9)
        assert efron.log_likelihood[1] == pytest.approx(-math.log(4 * 3))
        assert breslow.log_likelihood[1] == pytest.approx(-math.log(4 * 4))

    def test_who_enters_at_the_moment_of_a_leaver_is_not_at_risk_yet(self):
        base = [0, 0, 0], [1, 3, 2], [True, False, True], [1, 1, 0]
        late = [*base[0], 1], [*base[1], 2], [*base[2], False], [*base[3], 0]
        # The newcomer of 1 is at risk at 2 only: r / (2r + 1) · 1 / (r + 2), greatest where 2r² = 2.
        assert cox(*late).ratios[0] == pytest.approx(1.0, abs=1e-9)


class TestPublished:
    def test_heart_transplants(self):
        """J. D. Kalbfleisch and R. L. Prentice (1980), page 139, as printed by the tests of R's survival package."""
        data = heart()
        # The authors' rows: who was given a heart on the day of acceptance has no row before it.
        at_once = np.isin(data["id"], (3, 45))
        data["start"][at_once] = 0
        data = {name: column[~at_once | (data["transplant"] == 1)] for name, column in data.items()}
        assert len(data["id"]) == 170
        data["age × transplant"] = data["age"] * data["transplant"]
        names = ("age", "transplant", "surgery", "year", "age × transplant")
        fit = cox(data["start"], data["stop"], data["event"], stack(data, names), names=names, ties="breslow")
        assert fit.coefficients == pytest.approx([0.01527, 0.04457, -0.62113, -0.13608, 0.02703], abs=1e-4)
        assert fit.errors == pytest.approx([0.01750, 0.32171, 0.36786, 0.07090, 0.02714], abs=1e-4)
        assert 2 * (fit.log_likelihood[1] - fit.log_likelihood[0]) == pytest.approx(16.06, abs=5e-3)

    def test_recidivism(self):
        """J. Fox, "Cox Proportional-Hazards Regression for Survival Data" (2002): 432 released prisoners, Efron's ties."""
        data = rossi()
        names = ("fin", "age", "race", "wexp", "mar", "paro", "prio")
        fit = cox(np.zeros(len(data["week"])), data["week"], data["arrest"], stack(data, names), names=names)
        assert fit.coefficients == pytest.approx(
            [-0.37942, -0.05744, 0.31390, -0.14980, -0.43370, -0.08487, 0.09150], abs=1e-4
        )
        assert fit.errors == pytest.approx([0.19138, 0.02200, 0.30799, 0.21222, 0.38187, 0.19576, 0.02865], abs=1e-4)
        assert fit.leavers == 114

    def test_veterans(self):
        """The Veterans' Administration lung cancer trial, as printed by R's survival package for all covariates."""
        data = veterans()
        names = ("test", "smallcell", "adeno", "large", "karnofsky", "months_from_diagnosis", "age", "prior")
        fit = cox(np.zeros(137), data["days"], data["died"], stack(data, names), names=names)
        assert fit.coefficients == pytest.approx(
            [0.2946, 0.8616, 1.196, 0.4013, -0.03282, 8.132e-05, -0.008706, 0.07159], abs=5e-4
        )
        assert fit.coefficients[4:] == pytest.approx([-0.03282, 8.132e-05, -0.008706, 0.07159], abs=1e-5)
        assert fit.errors == pytest.approx(
            [0.2075, 0.2753, 0.3009, 0.2827, 0.005508, 0.009136, 0.009300, 0.2323], abs=1e-4
        )


class TestOracles:
    def test_lifelines_on_the_heart_transplants(self):
        from lifelines import CoxTimeVaryingFitter
        from lifelines.datasets import load_stanford_heart_transplants

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference = CoxTimeVaryingFitter().fit(
                load_stanford_heart_transplants().astype(float),
                id_col="id",
                start_col="start",
                stop_col="stop",
                event_col="event",
            )
        names = tuple(reference.params_.index)
        data = heart()
        fit = cox(data["start"], data["stop"], data["event"], stack(data, names), names=names)
        assert fit.coefficients == pytest.approx(reference.params_.to_numpy(), abs=1e-4)
        assert fit.errors == pytest.approx(reference.standard_errors_.to_numpy(), abs=1e-4)

    @pytest.mark.parametrize("ties", ["efron", "breslow"])
    @pytest.mark.parametrize("name", ["heart", "rossi", "veterans", "veterans by cell type"])
    def test_statsmodels(self, name, ties):
        from statsmodels.duration.hazard_regression import PHReg

        strata = entry = None
        if name == "heart":
            data = heart()
            entry, exit, event = data["start"], data["stop"], data["event"]
            x = stack(data, ("age", "year", "surgery", "transplant"))
        elif name == "rossi":
            data = rossi()
            exit, event = data["week"], data["arrest"]
            x = stack(data, ("fin", "age", "race", "wexp", "mar", "paro", "prio"))
        else:
            data = veterans()
            exit, event = data["days"], data["died"]
            x = stack(data, ("test", "karnofsky", "months_from_diagnosis", "age", "prior"))
            strata = data["cell_type"] if name.endswith("type") else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference = PHReg(
                exit,
                x,
                status=event,
                # Its delayed entry is closed on the left.
                entry=None if entry is None else entry + 1e-6,
                strata=None if strata is None else np.unique(strata, return_inverse=True)[1],
                ties=ties,
            ).fit()
        entries = np.zeros(len(exit)) if entry is None else entry
        fit = cox(entries, exit, event, x, strata=strata, ties=ties)
        assert fit.coefficients == pytest.approx(reference.params, abs=1e-4)
        assert fit.errors == pytest.approx(reference.bse, abs=1e-4)
        assert fit.log_likelihood[1] == pytest.approx(reference.llf, abs=1e-4)

    def test_statsmodels_with_everything_at_once(self):
        """Delayed entry, strata, ties and three covariates of made-up people."""
        from statsmodels.duration.hazard_regression import PHReg

        random = Generator(PCG64(5))
        entry = random.integers(0, 30, 400).astype(float)
        exit = entry + random.integers(1, 40, 400)
        event = random.random(400) < 0.6
        x = np.column_stack([random.random(400) < 0.3, random.normal(size=400), 50 + 10 * random.normal(size=400)])
        strata = random.integers(0, 6, 400)
        reference = PHReg(exit, x, status=event, entry=entry + 1e-6, strata=strata, ties="efron").fit()
        fit = cox(entry, exit, event, x, strata=strata)
        assert fit.coefficients == pytest.approx(reference.params, abs=1e-6)
        assert fit.errors == pytest.approx(reference.bse, abs=1e-6)


class TestRecipe:
    def test_no_effect(self):
        _, event, joined, _ = simulate(20240601, 1)
        assert (int(joined.sum()), int(event.sum())) == (4392, 7404)
        rows = simulated_rows(20240601, 1)
        naive = simple_count(rows)
        assert (naive.participants, naive.participants_left + naive.others_left) == (4392, 7404)
        assert round(naive.difference * 100, 1) == 7.8
        assert round(naive.ratio.ratio, 3) == 0.481

        found = hazard_ratio(rows)
        assert found.coefficient == pytest.approx(0.022452, abs=5e-7)
        assert found.error == pytest.approx(0.031817, abs=5e-7)
        assert [round(value, 3) for value in (found.ratio, found.lower, found.upper)] == [1.023, 0.961, 1.089]
        test = log_rank(rows.entry, rows.exit, rows.event, rows.exposed)
        assert test.statistic == pytest.approx(0.4980, abs=5e-5)

    def test_an_effect(self):
        rows = simulated_rows(20240602, 0.7)
        found = hazard_ratio(rows)
        assert found.coefficient == pytest.approx(-0.364879, abs=5e-7)
        assert found.error == pytest.approx(0.035902, abs=5e-7)
        assert [round(value, 3) for value in (found.ratio, found.lower, found.upper)] == [0.694, 0.647, 0.745]
        test = log_rank(rows.entry, rows.exit, rows.event, rows.exposed)
        assert test.statistic == pytest.approx(104.2539, abs=5e-5)

    @pytest.mark.parametrize(("first", "theta"), [(1000, 1.0), (2000, 0.7)])
    def test_two_hundred_runs_cover_the_truth(self, first, theta):
        runs = [hazard_ratio(simulated_rows(seed, theta)) for seed in range(first, first + 200)]
        covered = np.mean([run.lower <= theta <= run.upper for run in runs])
        assert 0.90 <= covered <= 0.985
        told_apart = np.mean([not run.lower <= 1 <= run.upper for run in runs])
        if theta == 1:
            assert told_apart <= 0.10
        else:
            assert told_apart == 1
        # The mean misses the truth by no more than chance: 0.036 / sqrt(200) is 0.0025.
        assert np.mean([run.coefficient for run in runs]) == pytest.approx(math.log(theta), abs=0.0076)

    def test_a_confounder_misleads_unless_it_is_a_stratum(self):
        """Half are of a department where three times as many leave and a third as many join; mentoring does nothing."""
        u = Generator(PCG64(20240603)).random((20000, 6))
        restless = u[:, 4] < 0.5
        rate = np.where(restless, 0.30, 0.10)
        censored = np.ceil((5 - 5 * u[:, 0]) * 365)
        joins = np.ceil(np.where(u[:, 1] < np.where(restless, 0.2, 0.6), 3 * u[:, 2], np.inf) * 365)
        leaves = np.ceil(-np.log1p(-u[:, 3]) / rate * 365)
        stop, event = np.minimum(leaves, censored), leaves <= censored
        joined = joins < stop
        change = np.where(joined, joins, stop)
        after = np.flatnonzero(joined)
        person = np.concatenate([np.arange(20000), after])
        rows = ExposureRows(
            entry=np.concatenate([np.zeros(20000), change[after]]).astype(np.int64),
            exit=np.concatenate([change, stop[after]]).astype(np.int64),
            event=np.concatenate([event & ~joined, event[after]]),
            exposed=np.arange(len(person)) >= 20000,
            person=person,
        )
        misled, right = hazard_ratio(rows), hazard_ratio(rows, strata=restless[person])
        assert misled.upper < 0.8
        assert right.lower < 1 < right.upper
        held_equal = hazard_ratio(rows, covariates=restless[person])
        assert held_equal.lower < 1 < held_equal.upper


class TestWhatChangesNothing:
    def test_row_order(self):
        rows = simulated_rows(20240602, 0.7)
        order = Generator(PCG64(1)).permutation(len(rows))
        straight, mixed = hazard_ratio(rows), hazard_ratio(rows.where(np.ones(len(rows), bool)))
        assert straight == mixed
        mixed = cox(rows.entry[order], rows.exit[order], rows.event[order], rows.exposed[order])
        assert mixed.coefficients[0] == pytest.approx(straight.coefficient, abs=1e-12)
        assert mixed.errors[0] == pytest.approx(straight.error, abs=1e-12)

    def test_a_constant_shift_of_days(self):
        rows = simulated_rows(20240602, 0.7)
        straight = cox(rows.entry, rows.exit, rows.event, rows.exposed)
        shifted = cox(rows.entry + 738_000, rows.exit + 738_000, rows.event, rows.exposed)
        assert shifted.coefficients.tolist() == straight.coefficients.tolist()

    def test_rows_of_another_organisation(self):
        ours, theirs = simulated_rows(20240602, 0.7), simulated_rows(20240601, 1)
        both = ExposureRows(
            **{
                name: np.concatenate([getattr(theirs, name), getattr(ours, name)])
                for name in ("entry", "exit", "event", "exposed")
            },
            person=np.concatenate([theirs.person, ours.person + 10**6]),
        )
        assert hazard_ratio(both.where(both.person >= 10**6)) == hazard_ratio(ours)

    def test_a_stratum_in_which_nobody_takes_part(self):
        ours, others = simulated_rows(20240602, 0.7), group(500, 200)
        extra = rows_of([], others)
        both = ExposureRows(
            **{
                name: np.concatenate([getattr(ours, name), getattr(extra, name)])
                for name in ("entry", "exit", "event", "exposed")
            },
            person=np.concatenate([ours.person, extra.person + 10**6]),
        )
        found = hazard_ratio(both, strata=both.person >= 10**6)
        alone = hazard_ratio(ours)
        assert found.coefficient == pytest.approx(alone.coefficient, abs=1e-9)
        assert found.leavers == alone.leavers

    def test_units_of_a_covariate(self):
        data = rossi()
        days = cox(np.zeros(432), data["week"], data["arrest"], stack(data, ("fin", "age")))
        far = np.column_stack([data["fin"], data["age"] * 365.25 * 1e6 + 1e9])
        micro = cox(np.zeros(432), data["week"], data["arrest"], far)
        assert micro.coefficients * [1, 365.25e6] == pytest.approx(days.coefficients, rel=1e-6)


class TestNoRatio:
    @pytest.mark.parametrize("exposed", [[False] * 20, [True] * 20])
    def test_one_arm_only(self, exposed):
        rows = [0] * 20, list(range(1, 21)), [True] * 20
        assert cox(*rows, exposed, names=["participation"]) == NotEstimable("no_contrast", ("participation",))

    def test_nobody_leaves(self):
        assert cox([0, 0], [5, 6], [False, False], [1, 0]) == NotEstimable("no_leavers")
        assert cox([], [], [], []) == NotEstimable("no_leavers")

    def test_never_at_risk_together(self):
        early, late = [(0, 10, True)] * 10, [(10, 20, True)] * 10
        rows = rows_of(late, early)
        fit = cox(rows.entry, rows.exit, rows.event, rows.exposed)
        assert fit == NotEstimable("no_contrast", ("x0",))
        # A hundred leavers of whom none can be compared are none.
        assert hazard_ratio(rows) == TooFewEvents(counts=(0, 0), floor=10, needed=380)

    @pytest.mark.parametrize("turned", [False, True])
    def test_all_leavers_are_on_one_side(self, turned):
        participants, others = group(50, 0), group(50, 20)
        rows = rows_of(others, participants) if turned else rows_of(participants, others)
        assert cox(rows.entry, rows.exit, rows.event, rows.exposed) == NotEstimable("monotone", ("x0",))

    def test_only_the_covariate_without_an_end_is_named(self):
        random = Generator(PCG64(7))
        exit, event = random.integers(1, 50, 200), random.random(200) < 0.5
        never_leaves = ~event & (random.random(200) < 0.5)
        x = np.column_stack([random.normal(size=200), never_leaves])
        assert cox(np.zeros(200), exit, event, x, names=["age", "flag"]) == NotEstimable("monotone", ("flag",))

    def test_the_longer_one_stays_the_older(self):
        # At every moment the one who leaves is the youngest: the steeper, the better.
        fit = cox([0] * 30, range(1, 31), [True] * 30, range(30))
        assert fit == NotEstimable("monotone", ("x0",))

    def test_one_covariate_follows_from_another(self):
        random = Generator(PCG64(3))
        age = random.normal(size=100)
        fit = cox([0] * 100, random.integers(1, 40, 100), [True] * 100, np.column_stack([age, 2 * age + 1]))
        assert fit == NotEstimable("no_contrast", ("x0", "x1"))

    def test_ten_leavers_in_each_arm(self):
        found = hazard_ratio(rows_of(group(50, 9), group(50, 30)))
        # Never by how large the two groups are: 7.848879 / (0.5 · 0.5) / 0.0827609, rounded up.
        assert found == TooFewEvents(counts=(9, 30), floor=10, needed=380)
        assert isinstance(hazard_ratio(rows_of(group(50, 10), group(50, 30))), HazardRatio)

    @pytest.mark.parametrize(
        ("participants", "others"),
        [([], []), ([], group(50, 20)), (group(50, 20), []), (group(1, 1), []), ([(0, 30, True)] * 50, [])],
    )
    def test_nobody_to_compare(self, participants, others):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            rows = rows_of(participants, others)
            found, naive = hazard_ratio(rows), simple_count(rows)
        assert found == TooFewEvents(counts=(0, 0), floor=10, needed=380)
        assert naive.difference is None
        assert isinstance(naive.ratio, TooFewEvents)

    def test_everyone_left_at_once(self):
        found = hazard_ratio(rows_of([(0, 30, True)] * 50, [(0, 30, True)] * 50))
        assert found == NotEstimable("no_contrast", ("participation",)) or isinstance(found, HazardRatio)
        assert not isinstance(found, HazardRatio) or math.isfinite(found.upper)

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"covariates": [1, math.nan]}, "finite"),
            ({"covariates": [1]}, "2 rows"),
            ({"strata": [1]}, "one is needed for each row"),
            ({"ties": "exact"}, "efron or breslow"),
            ({"names": ["a", "b"]}, "one name"),
            ({"level": 95}, "between 0 and 1"),
            ({"covariates": np.zeros((2, 0))}, "no covariate"),
            ({"entry": [0, 7]}, "enter before it exits"),
        ],
    )
    def test_bad_input_is_named(self, changed, words):
        good = {"entry": [0, 0], "exit": [5, 6], "event": [True, True], "covariates": [1, 0]}
        with pytest.raises(ValueError, match=words):
            cox(**(good | changed))


class TestLeaversNeeded:
    def test_published(self):
        """By Schoenfeld's formula, halving the hazard in two equal arms takes 66 leavers at 5% and 80%."""
        assert leavers_needed(0.5) == 66
        # (1.959964 + 0.841621)² = 7.848879; / 0.25 / log(0.75)² = 0.0827609
        assert leavers_needed(0.75) == 380
        assert leavers_needed(0.5, power=0.9) == 88
        assert leavers_needed(0.5, share=0.2) == 103

    @pytest.mark.parametrize(("ratio", "share"), [(1, 0.5), (0, 0.5), (-1, 0.5), (math.inf, 0.5), (0.5, 0), (0.5, 1)])
    def test_what_no_number_is_enough_for(self, ratio, share):
        with pytest.raises(ValueError):
            leavers_needed(ratio, share=share)


def test_strata_of_several_columns():
    combined = combine_strata(["a", "b", "a", "a"], [1, 1, 2, 1], [2020, 2020, 2020, 2020])
    assert combined.tolist() == [0, 2, 1, 0]
    with pytest.raises(ValueError, match="same length"):
        combine_strata(["a"], [1, 2])


def test_fit_is_told_in_full():
    data = rossi()
    fit = cox(np.zeros(432), data["week"], data["arrest"], data["fin"], names=["fin"], level=0.90)
    assert isinstance(fit, CoxFit)
    assert (fit.names, fit.rows, fit.leavers, fit.ties) == (("fin",), 432, 114, "efron")
    # exp(-0.369102 ± 1.644854 · 0.189735)
    assert (fit.lower[0], fit.upper[0]) == (pytest.approx(0.5060, abs=5e-4), pytest.approx(0.9446, abs=5e-4))
