"""What a benchmark says about its budgets."""

from mentoring.bench.figures import Figures
from mentoring.bench.imports import BUDGETS


def test_ten_thousand_rows_have_a_budget_of_their_own(tmp_path):
    figures = Figures("import", "seconds; MB", tmp_path, budgets=BUDGETS)
    figures.add("10,000 rows", preview=10.5, commit=15.5, changes=3.0, MB=499.0)
    figures.add("100,000 rows", preview=99.0, commit=149.0, changes=3.0, MB=501.0)

    assert figures.over_budget == [
        "10,000 rows: preview 10.5 is over the budget of 10",
        "10,000 rows: commit 15.5 is over the budget of 15",
        "100,000 rows: MB 501 is over the budget of 500",
    ]


def test_within_its_budget_nothing_is_said(tmp_path):
    figures = Figures("import", "seconds; MB", tmp_path, budgets=BUDGETS)
    figures.add("10,000 rows", preview=9.5, commit=14.5, MB=200.0)

    assert figures.over_budget == []
