"""What a spreadsheet would take for a formula, and what it would not."""

import pytest

from mentoring.spreadsheets import disarm, rearm

LIVE = [
    "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\nText", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\r\n @x",
    "＝1+1", "＋1", "－1", "＠SUM(1)", "\n＝1", "﹦1",
]  # fmt: skip


@pytest.mark.parametrize("cell", LIVE)
def test_a_formula_gets_a_quotation_mark_that_an_import_takes_away(cell):
    assert disarm(cell) == f"'{cell}"
    assert rearm(disarm(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["", "Ada", "1-2", "a=b", "'s Hertog", "– 5", "(=1)", " Ada", "…", "'", "李明", "\u200b"]
)
def test_everything_else_stays_as_it_is(cell):
    assert disarm(cell) == rearm(cell) == cell
