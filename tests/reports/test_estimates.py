"""Shares, means, correlations and waits, against SciPy and lifelines."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from scipy import stats

from reports.estimates import mean, median_wait, rank_correlation, share, t_quantile


@pytest.mark.parametrize(("count", "n"), [(0, 5), (3, 10), (10, 10), (117, 240)])
def test_share(count, n):
    found = share(count, n)
    lower, upper = stats.binomtest(count, n).proportion_ci(method="wilson")
    assert found.value == count / n
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=1e-9)
    assert found.n == n


@pytest.mark.parametrize(("count", "n"), [(0, 0), (6, 5), (-1, 5)])
def test_no_share(count, n):
    with pytest.raises(ValueError, match="is no share"):
        share(count, n)


@pytest.mark.parametrize("freedom", [4, 5, 9, 29, 200])
def test_quantile_of_t(freedom):
    assert t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=0.002)


def test_mean():
    values = [3.0, 4.0, 4.5, 2.0, 5.0, 3.5]
    found = mean(values)
    lower, upper = stats.t.interval(0.95, 5, loc=np.mean(values), scale=stats.sem(values))
    assert found.value == pytest.approx(3.6667, abs=1e-4)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=0.002)
    with pytest.raises(ValueError, match="five values"):
        mean(values[:4])


def test_rank_correlation_with_ties():
    x = [0.1, 0.2, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8]
    y = [1.0, 3.0, 2.0, 2.0, 5.0, 4.0, 4.0, 5.0]
    found = rank_correlation(x, y)
    assert found.value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert -1 < found.lower < found.value < found.upper < 1
    # tanh(atanh(0.8354) ± 1.96 · √((1 + 0.8354² / 2) / 5)), worked out by hand.
    assert (found.lower, found.upper) == pytest.approx((0.1856, 0.9769), abs=0.0001)


def test_no_correlation_of_what_never_changes():
    assert rank_correlation([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]) is None
    assert rank_correlation([1, 2, 3, 4], [1, 2, 3, 4]) is None
    with pytest.raises(ValueError, match="one length"):
        rank_correlation([1, 2], [1])


def test_median_wait():
    # Of four, two were matched after 3 and 10 days, one waits since 5 days, one since 20.
    assert median_wait([3, 10, 5, 20], [True, True, False, False]) == 10
    assert median_wait([3, 10, 50, 20], [True, False, False, False]) is None
    assert median_wait([], []) is None
    waits = [1, 4, 4, 6, 9, 12, 15, 20, 22, 30]
    ended = [True, False, True, True, False, True, False, True, True, False]
    fitted = KaplanMeierFitter().fit(waits, ended)
    assert median_wait(waits, ended) == fitted.median_survival_time_
