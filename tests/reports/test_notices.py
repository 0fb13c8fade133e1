"""What the people data lacks, said in the report that it makes worse."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reports.careers import Careers
from reports.notices import notices_of
from reports.retention_facts import Facts

AS_OF = date(2026, 10, 31)
YEAR = timedelta(days=365)
SALES = {"department": "Sales", "level": 3, "site": ""}


def facts_of(*, people=60, left=20, reasons=0, unhired=0, ungrouped=0, first_left=date(2016, 6, 1), floor=5):
    """Hired at the beginning of 2016; the first have left without a reason, the last have no first day."""
    gone = [first_left + 30 * timedelta(days=at) if at < left else None for at in range(people - unhired)]
    return Facts(
        spells=[
            (at, date(2016, 1, 4), end, "Resigned" if end and at >= reasons else "") for at, end in enumerate(gone)
        ],
        members={at: SALES | ({"department": ""} if at < ungrouped else {}) for at in range(people)},
        places={}, as_of=AS_OF, imported_on=None, covered_from=None, floor=floor, careers=Careers(), oldest_year=2016,
    )  # fmt: skip


def words(facts, covered_from=None):
    return [" ".join(each.split()[:6]) for each in notices_of(facts, covered_from=covered_from)]


def test_sound_data_is_not_remarked_on():
    assert words(facts_of()) == []
    assert words(replace(facts_of(), spells=[], members={})) == []


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        ({"left": 0}, "There are no leavers in the"),
        # Who is still to leave is no leaver.
        ({"left": 1, "first_left": date(2026, 11, 30)}, "There are no leavers in the"),
        ({"first_left": date(2018, 6, 1)}, "Nobody is on record as having"),
        ({"reasons": 5}, "More than one in ten leavers"),
        ({"unhired": 7}, "More than one in ten people"),
        ({"ungrouped": 7}, "More than one in ten people"),
    ],
)
def test_each_gap_is_named(gap, expected):
    assert words(facts_of(**gap)) == [expected]


@pytest.mark.parametrize("gap", [{"reasons": 2}, {"unhired": 6}, {"ungrouped": 6}, {"left": 20, "reasons": 4}])
def test_a_few_are_not_worth_a_word(gap):
    assert words(facts_of(**gap)) == []


def test_a_few_are_not_told_of_in_a_small_organisation():
    assert words(facts_of(people=20, left=10, reasons=4, ungrouped=4, unhired=4)) == []
    assert words(facts_of(reasons=9, floor=10)) == []


def test_what_lies_before_the_time_that_is_looked_at_does_no_harm():
    late = facts_of(first_left=date(2018, 6, 1))
    assert words(late, covered_from=date(2018, 1, 1)) == []
    assert words(late, covered_from=date(2017, 1, 1)) == ["Nobody is on record as having"]


def test_no_sentence_has_a_number():
    everything = facts_of(people=100, left=40, reasons=20, unhired=30, ungrouped=30, first_left=date(2018, 6, 1))
    said = notices_of(everything, covered_from=None)
    assert len(said) == 4
    assert not any(letter.isdigit() for text in said for letter in text)
