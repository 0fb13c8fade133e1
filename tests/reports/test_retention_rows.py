"""Employments, days at risk and strata, from facts that were never in a database."""

from datetime import date

import numpy as np
import pytest

from accounts.models import JobChange
from reports.careers import Careers
from reports.choices import PERIODS, POPULATIONS, Choice
from reports.retention_facts import Facts
from reports.retention_rows import employments_of, exposure_of, strata_of
from reports.survival import (
    HazardRatio,
    Landmark,
    MatchedStay,
    TooFew,
    hazard_ratio,
    landmarks,
    matched_stay,
)

AS_OF = date(2026, 10, 31)
LAST = AS_OF.toordinal()
OCTOBER = Choice(date(2026, 10, 1))
PROMOTION = JobChange.Kind.PROMOTION


def drawn(seed, size, *, years=6, promoted=(0.0, 0.0)):
    """Facts of so many people, hired over some years, who leave at 20% a year whatever they do; a half of them would join
    within three years. `promoted` is how often a year participants rise by a level, and how often others do."""
    draw = np.random.Generator(np.random.PCG64(seed))
    hired = LAST - draw.integers(1, years * 365, size)
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


class TestStrata:
    def compared(self, facts, choice=OCTOBER):
        spells, kinds = employments_of(facts)
        rows = exposure_of(facts, spells, kinds, choice)
        return rows, strata_of(facts, spells, rows)

    @pytest.mark.parametrize("often", [0.25, 0.4])
    def test_participants_who_rise_faster_do_not_seem_to_leave_sooner(self, often):
        ratios, points = [], []
        for seed in range(11, 19):
            rows, strata = self.compared(drawn(seed, 6000, years=15, promoted=(often, 0.08)))
            ratio, stay = hazard_ratio(rows, strata=strata), matched_stay(rows, strata=strata, replicates=20)
            assert isinstance(ratio, HazardRatio)
            assert isinstance(stay, MatchedStay)
            ratios.append(ratio.ratio)
            points.append(100 * stay.headline.difference.value)
        # Within bands of today's level it would be 1.11 and -1.1 points, and 1.25 and -2.4 points.
        assert np.exp(np.mean(np.log(ratios))) == pytest.approx(1, abs=0.03)
        assert np.mean(points) == pytest.approx(0, abs=0.6)

    def strata(self, level, *, changes=(), moves=(), covered_from=None, department="Sales"):
        """Whether Ann, of this level and department today, stands among those who were of level 1 to 3 in Sales, of level
        4 to 6 there, or in Law."""
        hired = date(2020, 3, 2)
        others = {2: ("Sales", 2), 3: ("Sales", 5), 4: ("Law", 2), 5: ("Law", 5)}
        facts = facts_of(
            spells=[(person, hired, None, "") for person in (1, *others)],
            members={1: {"department": department, "level": level, "site": ""}}
            | {person: {"department": where, "level": level, "site": ""} for person, (where, level) in others.items()},
            places=[(1, 1, "mentee", date(2022, 1, 3).toordinal())],
            careers=Careers([(1, kind, on.toordinal()) for kind, on in changes]),
            moves=[(1, on.toordinal(), where) for on, where in moves],
        )
        rows, strata = self.compared(facts, Choice(OCTOBER.month, period=covered_from or "all"))
        mine = set(strata[rows.person == 1].tolist())
        assert len(mine) == 1
        return [others[person] for person in others if set(strata[rows.person == person].tolist()) == mine]

    def test_the_level_is_that_of_the_day_on_which_following_began(self):
        assert self.strata(4) == [("Sales", 5)]
        assert self.strata(4, changes=[(PROMOTION, date(2024, 1, 1))]) == [("Sales", 2)]
        # In the last three years nobody is followed before November 2023.
        assert self.strata(4, changes=[(PROMOTION, date(2023, 1, 1))], covered_from="36") == [("Sales", 5)]
        assert self.strata(4, changes=[(PROMOTION, date(2024, 1, 1))], covered_from="36") == [("Sales", 2)]
        # One on the first day brought the level that it began with; a move changes none, and below one there is none.
        assert self.strata(4, changes=[(PROMOTION, date(2020, 3, 2))]) == [("Sales", 5)]
        assert self.strata(4, changes=[(JobChange.Kind.MOVE, date(2024, 1, 1))]) == [("Sales", 5)]
        assert self.strata(1, changes=[(PROMOTION, date(2023 + year, 1, 1)) for year in range(3)]) == [("Sales", 2)]

    def test_the_department_is_that_of_the_move_before(self):
        assert self.strata(2) == [("Sales", 2)]
        before, after = (date(2022, 5, 1), "Law"), (date(2025, 5, 1), "Sales")
        assert self.strata(2, moves=[before, after], covered_from="36") == [("Law", 2)]
        # Where no move before is on record, that of today is all there is.
        assert self.strata(2, moves=[after], covered_from="36") == [("Sales", 2)]
        assert self.strata(2, moves=[before, after]) == [("Sales", 2)]
        assert self.strata(2, moves=[before], covered_from="36") == [("Sales", 2)]
        # A department of which nobody is any longer has another name by now.
        renamed = [(date(2022, 5, 1), "Legal affairs"), after]
        assert self.strata(2, moves=renamed, covered_from="36") == [("Sales", 2)]
