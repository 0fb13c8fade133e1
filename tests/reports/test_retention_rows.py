"""Employments, days at risk and strata, from facts that were never in a database."""

from datetime import date

import numpy as np
import pytest

from accounts.models import JobChange
from reports.careers import Careers
from reports.choices import PERIODS, POPULATIONS, Choice
from reports.retention_facts import Facts
from reports.retention_rows import employments_of, exposure_of
from reports.survival import (
    Landmark,
    MatchedStay,
    TooFew,
    landmarks,
    matched_stay,
)

AS_OF = date(2026, 10, 31)
LAST = AS_OF.toordinal()
OCTOBER = Choice(date(2026, 10, 1))
PROMOTION = JobChange.Kind.PROMOTION


def drawn(seed, size, *, promoted=(0.0, 0.0)):
    """Facts of so many people, hired over six years, who leave at 20% a year whatever they do; a half of them would join
    within three years. `promoted` is how often a year participants rise by a level, and how often others do."""
    draw = np.random.Generator(np.random.PCG64(seed))
    hired = LAST - draw.integers(1, 6 * 365, size)
    left = hired + np.ceil(-np.log1p(-draw.random(size)) / 0.2 * 365).astype(int)
    joined = np.where(draw.random(size) < 0.5, hired + draw.integers(1, 3 * 365, size), LAST + 1)
    joined = np.where(joined < np.minimum(left, LAST + 1), joined, LAST + 1)
    began = draw.integers(1, 7, size)
    changes, levels = [], []
    for person in range(size):
        end = min(int(left[person]), LAST)
        rises = []
        for rate, first, last in (
            (promoted[1], int(hired[person]), min(int(joined[person]), end)),
            (promoted[0], int(joined[person]), end),
        ):
            if last > first:
                number = draw.poisson(rate * (last - first) / 365)
                rises += draw.integers(first + 1, last + 1, number).tolist()
        changes += [(person, PROMOTION, day) for day in rises]
        levels.append(int(began[person]) + len(rises))
    days = zip(hired.tolist(), left.tolist(), strict=True)
    return facts_of(
        spells=[
            (person, date.fromordinal(start), date.fromordinal(end) if end <= LAST else None, "")
            for person, (start, end) in enumerate(days)
        ],
        members={
            person: {"department": "Sales", "level": level, "site": ""} for person, level in enumerate(levels)
        },
        places=[(person, 1, "mentee", int(joined[person])) for person in range(size) if joined[person] <= LAST],
        careers=Careers(changes, (LAST - 3000, LAST)),
    )  # fmt: skip


def facts_of(*, spells, members, places=(), **told):
    return Facts(
        spells=spells,
        members=members,
        places={"place": list(places), "matched": [], "met": []},
        as_of=AS_OF,
        imported_on=None,
        covered_from=None,
        floor=5,
        oldest_year=2016,
        **told,
    )


@pytest.fixture(scope="module")
def facts():
    return drawn(1, 20_000)


class TestPeriods:
    def rows(self, facts, choice):
        return exposure_of(facts, *employments_of(facts), choice)

    @pytest.mark.parametrize("population", ["all", "mentees", "hired"])
    @pytest.mark.parametrize("period", PERIODS)
    def test_each_that_can_be_chosen_may_give_an_answer(self, facts, period, population):
        assert population in POPULATIONS
        rows = self.rows(facts, Choice(OCTOBER.month, period=period, population=population))
        assert isinstance(matched_stay(rows, replicates=20), MatchedStay)

    @pytest.mark.parametrize("period", PERIODS)
    def test_and_second_opinions(self, facts, period):
        found = landmarks(self.rows(facts, Choice(OCTOBER.month, period=period)))
        assert {type(each) for each in found.values()} == {Landmark}

    def test_in_a_year_nobody_is_followed_for_one(self, facts):
        assert "12" not in PERIODS
        assert isinstance(matched_stay(self.rows(facts, Choice(OCTOBER.month, period="12"))), TooFew)
