"""The standard measures by hand, over the year 2025: days 1001 to 1365, with 2024 before it."""

import dataclasses

import numpy as np
import pytest

from reports.survival import DEFINITIONS, MEASURES, NEVER, Happenings, continue_spells, standard_measures

FIRST, LAST = 1001, 1365


def employed(*people):
    """Spells of (hired, left or None)."""
    return continue_spells(
        person=list(range(len(people))), hired=[each[0] for each in people], left=[each[1] for each in people]
    )


def measured(spells, **options):
    return {each.code: each for each in standard_measures(spells, first=FIRST, last=LAST, **options)}


# Ten have been here for long, of whom two leave in the year (one on its last day) and one left before it; four are
# hired in it, of whom one leaves after 73 days.
PEOPLE = employed(
    *[(1, None)] * 7, (1, 1183), (1, 1365), (1, 1000), (1001, None), (1001, None), (1183, None), (1100, 1172)
)
# In order of person, by choice, not by choice, and unknown for who left before.
KINDS = [0] * 7 + [1, 2, 1] + [0] * 3 + [1]


class TestTurnover:
    def test_turnover(self):
        found = measured(PEOPLE, kind=KINDS)
        # Days: 7 · 365, 183, 365, 0, 2 · 365, 183, 73 = 4089; by 365 days.
        headcount = 4089 / 365
        assert found["turnover"].count == 3
        assert found["turnover"].of == pytest.approx(headcount)
        assert found["turnover"].value == pytest.approx(3 / headcount)
        # Byar's limits of 3 are 0.603 and 8.766.
        assert found["turnover"].lower == pytest.approx(0.603 / headcount, abs=5e-4)
        assert found["turnover"].upper == pytest.approx(8.766 / headcount, abs=5e-4)
        assert found["voluntary_turnover"].value == pytest.approx(2 / headcount)

    def test_reasons_may_be_unknown(self):
        found = measured(PEOPLE)["voluntary_turnover"]
        assert (found.value, found.why_not) == (None, "The people data does not say.")


class TestStaying:
    def test_retention(self):
        found = measured(PEOPLE)["retention"]
        # Nine were there when the year began, seven at its end.
        assert (found.count, found.of) == (7, 9)
        assert found.value == pytest.approx(7 / 9)
        # Wilson's limits
        assert (found.lower, found.upper) == (pytest.approx(0.4526, abs=5e-4), pytest.approx(0.9368, abs=5e-4))

    def test_stability_of_last_years_staff(self):
        # A year before the last day, day 1000: the one whose last day that is has left at its end.
        found = measured(PEOPLE)["stability"]
        assert (found.count, found.of) == (7, 9)

    def test_stability_of_todays_staff(self):
        # Ten are there at the end, seven for a year or more.
        found = measured(PEOPLE)["stability_now"]
        assert (found.count, found.of) == (7, 10)

    def test_a_year_of_service_is_reached_on_its_day(self):
        # Hired a year before the last day, or the day after.
        found = measured(employed((1000, None), (1001, None)))
        assert (found["stability_now"].count, found["stability_now"].of) == (1, 2)
        assert (found["stability"].count, found["stability"].of) == (1, 1)


class TestNewPeople:
    def test_ninety_days_and_first_year(self):
        # Twenty on the first day, of whom two leave on their 60th; twenty on day 1300 are followed for 66 days, and
        # one of them leaves on the 30th.
        spells = employed(
            *[(1001, 1060)] * 2, *[(1001, None)] * 18, (1300, 1329), *[(1300, None)] * 19, *[(700, 800)] * 10
        )
        found = measured(spells)
        share = (39 / 40) * (37 / 39)
        assert found["retention_90_days"].value == pytest.approx(share)
        assert found["retention_90_days"].of == 40
        assert found["retention_90_days"].lower < share < found["retention_90_days"].upper
        # For the whole year also those hired in the year before count, of whom ten leave on their 101st day; eighteen
        # of the first, and those of the year before, are followed so long.
        first_year = (49 / 50) * (47 / 49) * (18 / 28)
        assert found["retention_first_year"].of == 50
        assert found["retention_first_year"].value == pytest.approx(first_year)

    def test_too_few(self):
        found = measured(PEOPLE)["retention_90_days"]
        assert (found.value, found.of) == (None, 4)
        assert found.why_not.startswith("Too few to tell: fewer than 10")

    def test_nobody_was_followed_so_long(self):
        found = measured(employed(*[(1350, None)] * 30))["retention_90_days"]
        assert found.value is None


class TestCoverage:
    """Leavers are on record from a day on: who left before is missing from the data, or not said to have left."""

    # People who leave at a constant 25% a year, hired over four years; those who left before day 1246 are unknown.
    def survivors(self, covered):
        chance = np.random.Generator(np.random.PCG64(7)).random(4000)
        hired = 1365 - np.arange(4000) % 1500
        left = hired + np.ceil(-np.log1p(-chance) / 0.25 * 365).astype(int)
        return employed(
            *(
                (int(one), int(end) if end <= LAST else None)
                for one, end in zip(hired, left, strict=True)
                if end >= covered
            )
        )

    def test_what_takes_a_year_is_not_told_of_less(self):
        found = measured(self.survivors(1246), covered_from=1246)
        for code in ("turnover", "retention", "stability", "retention_first_year"):
            assert (found[code].value, found[code].why_not) == (
                None, "Not told: leavers are not on record for the whole of the year that this takes.",
            ), code  # fmt: skip
        # Of who works here today everything is known.
        assert found["stability_now"].value is not None
        # The truth is exp(-0.25 · 90 / 365) = 0.940; 89 days are too short for it.
        ninety = found["retention_90_days"]
        assert ninety.lower < 0.940 < ninety.upper
        assert measured(self.survivors(1277), covered_from=1277)["retention_90_days"].why_not == (
            "Not told: leavers are not on record for the 90 days that this takes."
        )
        assert measured(self.survivors(1276), covered_from=1276)["retention_90_days"].value is not None

    @pytest.mark.parametrize("covered", [1001, 800])
    def test_new_people_enter_late(self, covered):
        found = measured(self.survivors(covered), covered_from=covered)
        first_year = found["retention_first_year"]
        assert first_year.value == pytest.approx(np.exp(-0.25), abs=0.035)
        assert first_year.lower < 0.7788 < first_year.upper
        assert found["retention"].value == pytest.approx(np.exp(-0.25), abs=0.03)

    def test_rates_are_of_the_days_on_record(self):
        people = employed(*[(1, None)] * 10)
        told = Happenings(promotions=([1, 2], [1050, 1310]), absences=([1001], [1365], [36.5]))
        found = measured(people, happenings=told, covered_from=1266)
        # A hundred days of ten people, and of one.
        assert (found["promotion_rate"].count, found["promotion_rate"].of) == (1, pytest.approx(1000 / 365.25))
        assert (found["absence_days"].count, found["absence_days"].of) == (
            pytest.approx(10),
            pytest.approx(100 / 365.25),
        )


class TestHappenings:
    def test_promotions_and_moves(self):
        # The first of the period and its last day count, those before and after don't; one person rose twice.
        told = Happenings(promotions=([1, 2, 2, 3, 4], [1000, 1001, 1200, 1365, 1366]), moves=([1] * 5, [1100] * 5))
        found = measured(PEOPLE, happenings=told)
        years = 4089 / 365.25
        assert found["promotion_rate"].value == pytest.approx(3 / years * 100)
        assert (found["promotion_rate"].count, found["promotion_rate"].people) == (3, 2)
        assert found["internal_moves"].value == pytest.approx(5 / years * 100)
        assert found["internal_moves"].people == 1

    def test_time_for_which_changes_are_not_known_does_not_count(self):
        people = employed(*[(1, None)] * 10)
        told = Happenings(promotions=([1, 2], [1050, 1110]), changes_known=(1101, 1200))
        found = measured(people, happenings=told)["promotion_rate"]
        # One, in a hundred days of ten people.
        assert (found.count, found.of) == (1, pytest.approx(1000 / 365.25))
        told = Happenings(promotions=([1], [500]), changes_known=(400, 600))
        assert measured(people, happenings=told)["promotion_rate"].why_not == "The people data does not say."

    def test_days_absent_are_spread_over_the_time_they_were_counted_in(self):
        # Wholly inside; a quarter of 100 days in the period; wholly before; nobody was absent.
        told = Happenings(absences=([1001, 926, 500, 1001], [1100, 1025, 800, 1200], [3.0, 8.0, 50.0, 0.0]))
        found = measured(PEOPLE, happenings=told)["absence_days"]
        assert (found.count, found.people) == (5, 2)
        assert found.of == pytest.approx((100 + 25 + 200) / 365.25)
        assert found.value == pytest.approx(5 / (325 / 365.25))
        assert found.lower is None

    def test_no_promotion_is_an_answer_with_an_upper_limit(self):
        found = measured(PEOPLE, happenings=Happenings(promotions=([], [])))["promotion_rate"]
        assert (found.value, found.lower) == (0, 0)
        # 3.689 is the exact limit for none.
        assert found.upper == pytest.approx(3.6889 / (4089 / 365.25) * 100, rel=1e-4)

    def test_mentees_who_go_on_to_mentor(self):
        told = Happenings(
            # Later, on the same day, before, not yet, after the period, and a mentee only after it.
            mentee_since=[900, 900, 900, 900, 900, 1400],
            mentor_since=[1000, 900, 800, NEVER, 1400, 1500],
        )
        found = measured(PEOPLE, happenings=told)["mentees_to_mentors"]
        assert (found.count, found.of) == (1, 3)

    def test_what_is_not_told_is_said(self):
        found = measured(PEOPLE)
        for code in ("promotion_rate", "internal_moves", "absence_days", "mentees_to_mentors"):
            assert (found[code].value, found[code].why_not) == (None, "The people data does not say.")


NOTHING_HAPPENED = Happenings(
    promotions=([], []), moves=([], []), absences=([], [], []), mentee_since=np.array([], int),
    mentor_since=np.array([], int),
)  # fmt: skip


def test_nobody():
    found = measured(employed(), kind=[], happenings=NOTHING_HAPPENED)
    assert {each.value for each in found.values()} == {None}
    assert {each.why_not for each in found.values()} == {
        "There is nothing to measure: nobody counts for this in the period."
    }


def test_everyone_left():
    found = measured(employed(*[(1, 1100)] * 12))
    assert found["retention"].value == 0
    assert found["stability"].value == 0
    assert found["stability_now"].why_not
    assert found["turnover"].value == pytest.approx(12 / (12 * 100 / 365))


def test_a_rehire_within_thirty_days_has_not_left():
    spells = continue_spells(person=[1, 1], hired=[1, 1130], left=[1100, None])
    found = measured(spells)
    assert found["turnover"].count == 0
    assert found["retention"].value == 1


def test_contradictory_dates_count_for_nothing():
    assert measured(employed((1200, 1100), (1, None)))["turnover"].count == 0


def test_order_and_shift_change_nothing():
    def shifted(days):
        order = np.random.default_rng(1).permutation(14) if days else np.arange(14)
        spells = type(PEOPLE)(
            PEOPLE.person[order],
            PEOPLE.hired[order] + days,
            np.where(PEOPLE.left == NEVER, NEVER, PEOPLE.left + days)[order],
            PEOPLE.last[order],
        )
        return standard_measures(spells, first=FIRST + days, last=LAST + days, kind=np.array(KINDS)[order])

    assert [dataclasses.astuple(each) for each in shifted(738_000)] == [
        dataclasses.astuple(each) for each in shifted(0)
    ]


def test_every_measure_is_defined():
    found = standard_measures(PEOPLE, first=FIRST, last=LAST)
    assert [each.code for each in found] == [each.code for each in MEASURES] == list(DEFINITIONS)
    for measure in MEASURES:
        assert measure.definition.endswith(".")
        assert "÷" in measure.formula or "Kaplan–Meier" in measure.formula
    assert found[0].measure.name == "Turnover"


def test_a_period_ends_after_it_begins():
    with pytest.raises(ValueError, match="before it begins"):
        standard_measures(PEOPLE, first=LAST, last=FIRST)
