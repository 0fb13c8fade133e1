"""Promotions, moves and absence in the report on who stays, counted by hand and from the sample."""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from accounts import imports
from accounts.models import JobChange, Member, PeopleImport, Spell
from mentoring.jobs.progress import NoProgress
from reports import snapshots
from reports.careers import known_changes
from reports.choices import Choice
from reports.models import ReportSettings
from reports.quality import quality_of
from reports.retention import work_out
from reports.retention_beside import what_happened
from reports.retention_facts import read_facts
from tests.people import inside

from .conftest import NOON, enrol, make_people, make_program

DATA = Path(__file__).parents[1] / "data"
OCTOBER, NOVEMBER = Choice(date(2026, 10, 1)), Choice(date(2026, 11, 1))
HIRED, JOINED = date(2023, 11, 1), date(2024, 10, 31)
NOT_TOLD = "The people data does not say."


def promote(organisation, members, on, kind="promotion"):
    with inside(organisation):
        JobChange.objects.bulk_create(JobChange(member=member, kind=kind, effective_on=on) for member in members)


def absent(organisation, members, days, until=date(2026, 10, 31)):
    with inside(organisation):
        Member.objects.filter(pk__in=[member.pk for member in members]).update(absence_days=days, absence_until=until)


@pytest.fixture
def people(northwind):
    """Hired three years before the end of October: 40 who joined a year after, and 60 who never did."""
    participants = make_people(northwind, 40, hired_on=HIRED)
    others = make_people(northwind, 60, hired_on=HIRED)
    joined_at = NOON.replace(year=JOINED.year, month=JOINED.month, day=JOINED.day)
    enrol(make_program(northwind), participants, "mentee", joined_at=joined_at)
    return participants, others


def figures(organisation, choice=OCTOBER):
    with inside(organisation):
        published = snapshots.make_snapshot(organisation, choice, NoProgress()).published
    rates = {row["code"]: row for row in published["rates"]}
    return rates, {row["code"]: row for row in published["measures"]}


class TestBesideOthers:
    def test_promotions_by_hand(self, northwind, people):
        participants, others = people
        # On record from 1 November 2024, the day after joining, to 31 October 2026: two years of a hundred people.
        promote(northwind, participants[:20], date(2025, 6, 1))
        promote(northwind, others[:14], date(2024, 11, 1))
        promote(northwind, others[:1], date(2026, 10, 31))
        rates, measures = figures(northwind)
        # 20 in 80 years, and 15 in 120 of others, which is 10 in the 80 of participants: 25 and 12.5 per 100 years.
        assert rates["promotion_rate"] == {
            "code": "promotion_rate", "name": "Promotion rate", "unit": "per_100_years",
            "participants": {"value": 25.0, "years": 80}, "others": {"value": 12.5, "years": 120},
            "percent": 200, "lower": rates["promotion_rate"]["lower"], "upper": rates["promotion_rate"]["upper"],
        }  # fmt: skip
        assert rates["promotion_rate"]["lower"] < 200 < rates["promotion_rate"]["upper"]
        # In the last twelve months 1 was promoted, of a hundred: that is not told.
        assert measures["promotion_rate"]["why_not"] == "Hidden: it would tell of fewer than 5 people."
        assert rates["internal_moves"]["why_not"] == measures["internal_moves"]["why_not"] == NOT_TOLD

    def test_moves_are_of_department_or_site(self, northwind, people):
        participants, others = people
        promote(northwind, participants[:10], date(2026, 1, 15), "move")
        promote(northwind, others[:10], date(2026, 1, 15), "location")
        promote(northwind, others[10:20], date(2026, 10, 31), "move")
        rates, measures = figures(northwind)
        # Known from 15 January on: 290 days, in which 30 things happened to 100 people, 79.4 years.
        assert (measures["internal_moves"]["value"], measures["internal_moves"]["of"]) == (37.8, 80)
        # Both are in the third year of work: 10 of 40, 20 of 60.
        assert rates["internal_moves"]["percent"] == 75

    def test_absence_by_hand(self, northwind, people):
        participants, others = people
        absent(northwind, participants, "4.00")
        absent(northwind, others[:50], "6.00")
        rates, measures = figures(northwind)
        # 40 · 4 and 50 · 6 days in 90 years; ten of whom nothing is told have no part in it.
        assert rates["absence_days"]["participants"] == {"value": 4.0, "years": 40}
        assert rates["absence_days"]["others"] == {"value": 6.0, "years": 50}
        assert (rates["absence_days"]["percent"], measures["absence_days"]["value"]) == (67, 5.1)
        assert measures["absence_days"]["of"] == 90

    def test_a_year_on_both_sides_of_joining_is_nobodys(self, northwind, people):
        participants, others = people
        absent(northwind, participants, "4.00", until=JOINED + timedelta(days=100))
        absent(northwind, others, "6.00", until=JOINED + timedelta(days=100))
        rates, _measures = figures(northwind)
        assert rates["absence_days"]["why_not"].startswith("Too few to tell: fewer than 10")

    def test_one_who_is_absent_a_lot_is_not_told(self, northwind, people):
        participants, others = people
        absent(northwind, [*participants, *others], "0.00")
        absent(northwind, others[:4], "90.00")
        rates, measures = figures(northwind)
        assert measures["absence_days"]["why_not"] == "Hidden: it would tell of fewer than 5 people."
        assert "why_not" in rates["absence_days"]

    def test_who_left_was_absent_in_their_last_year(self, northwind, people):
        # The year told ends with the last day of work, a month before the period of the report.
        gone = make_people(northwind, 10, hired_on=HIRED, left_on=date(2025, 9, 30))
        absent(northwind, gone, "50.00", until=date(2025, 9, 30))
        absent(northwind, people[0], "4.00")
        _rates, measures = figures(northwind)
        assert (measures["absence_days"]["value"], measures["absence_days"]["of"]) == (4.0, 40)

    def test_what_is_older_says_so_on_the_page(self, northwind, people, hanna, client, monkeypatch):
        absent(northwind, [*people[0], *people[1]], "4.00")
        with inside(northwind):
            snapshot = snapshots.make_snapshot(northwind, OCTOBER, NoProgress())
            for row in snapshot.published["rates"]:
                if row["code"] == "absence_days":
                    row["as_of"] = "2026-09-30"
        monkeypatch.setattr(snapshots, "find_snapshot", lambda choice: snapshot)
        client.force_login(hanna.user)
        page = client.get("/o/northwind/reports/retention/").content.decode()
        assert "as of 30 September 2026" in page
        assert "days per year of work" in page

    def test_nothing_told(self, northwind, people):
        rates, measures = figures(northwind)
        assert {row["why_not"] for row in rates.values()} == {NOT_TOLD}
        assert {measures[code]["why_not"] for code in rates} == {NOT_TOLD}

    def test_an_organisation_may_raise_the_floor(self, northwind, people):
        participants, others = people
        promote(northwind, participants[:12], date(2025, 6, 1))
        promote(northwind, others[:20], date(2024, 11, 1))
        with inside(northwind):
            ReportSettings.objects.create(smallest_group=15)
        rates, _measures = figures(northwind)
        assert rates["promotion_rate"]["why_not"].startswith("Too few to tell: fewer than 15")

    def test_organisations_are_kept_apart(self, northwind, people, mallory):
        promote(northwind, people[0], date(2025, 6, 1))
        rates, _measures = figures(mallory.organisation)
        assert {row["why_not"] for row in rates.values()} == {NOT_TOLD}


class TestFromMonthToMonth:
    @pytest.mark.parametrize(("number", "is_carried"), [(3, True), (5, False), (0, False)])
    def test_a_few_more_are_not_told_apart(self, northwind, people, clock, number, is_carried):
        participants, others = people
        promote(northwind, others[:1], date(2024, 11, 1))
        promote(northwind, participants[:15], date(2025, 11, 15))
        promote(northwind, others[:20], date(2025, 11, 15))
        with inside(northwind):
            told = PeopleImport.objects.create(
                file_name="x", content=b"", status="done", holds="job_changes", applied_at=NOON
            )
        before, measured = figures(northwind)
        # 35 in a year of a hundred people, less a quarter of a day each.
        assert measured["promotion_rate"]["value"] == 35.0
        clock.move_to(NOON + timedelta(days=20))
        with inside(northwind):
            PeopleImport.objects.filter(pk=told.pk).update(applied_at=NOON + timedelta(days=20))
        promote(northwind, participants[20 : 20 + number], date(2026, 11, 10))
        promote(northwind, others[20:25], date(2026, 11, 10))
        after, measured = figures(northwind, NOVEMBER)
        assert ("as_of" in after["promotion_rate"]) == is_carried
        if is_carried:
            assert after["promotion_rate"] == before["promotion_rate"] | {"as_of": "2026-10-31"}
        # Of everybody, five or more are new: that may be told.
        assert "as_of" not in measured["promotion_rate"]

    @pytest.mark.parametrize(("number", "is_carried"), [(1, True), (4, True), (5, False)])
    def test_what_was_entered_late_is_not_told_of_a_few(self, northwind, people, clock, number, is_carried):
        participants, others = people
        promote(northwind, others[:1], date(2024, 11, 1))
        promote(northwind, [*participants[:15], *others[1:20]], date(2026, 9, 15))
        before, measured = figures(northwind)
        clock.move_to(NOON + timedelta(days=20))
        # They were promoted in time for the report on October, but nobody had said so.
        promote(northwind, [*participants[20 : 20 + number], *others[20:25]], date(2026, 9, 15))
        after, measured = figures(northwind, NOVEMBER)
        assert ("as_of" in after["promotion_rate"]) == is_carried
        assert (after["promotion_rate"]["percent"] == before["promotion_rate"]["percent"]) == is_carried
        assert "as_of" not in measured["promotion_rate"]

    def test_nor_is_what_was_taken_back(self, northwind, people, clock):
        participants, others = people
        promote(northwind, others[:1], date(2024, 11, 1))
        promote(northwind, [*participants[:15], *others[1:20]], date(2026, 9, 15))
        before, told = figures(northwind)
        clock.move_to(NOON + timedelta(days=20))
        with inside(northwind):
            JobChange.objects.filter(member__in=participants[:2]).delete()
        after, measured = figures(northwind, NOVEMBER)
        assert after["promotion_rate"] == before["promotion_rate"] | {"as_of": "2026-10-31"}
        assert measured["promotion_rate"] == told["promotion_rate"] | {"as_of": "2026-10-31"}

    @pytest.mark.parametrize(("number", "is_carried"), [(1, True), (4, True), (5, False), (0, False)])
    def test_the_days_absent_of_a_few_are_not_told_apart(self, northwind, people, clock, number, is_carried):
        participants, others = people
        absent(northwind, participants, "4.00")
        absent(northwind, others, "6.00")
        before, told = figures(northwind)
        clock.move_to(NOON + timedelta(days=20))
        absent(northwind, participants[:number], "60.00")
        after, measured = figures(northwind, NOVEMBER)
        assert ("as_of" in after["absence_days"]) == ("as_of" in measured["absence_days"]) == is_carried
        if is_carried:
            assert after["absence_days"] == before["absence_days"] | {"as_of": "2026-10-31"}
            assert measured["absence_days"] == told["absence_days"] | {"as_of": "2026-10-31"}

    def test_marks_tell_nothing_but_that_something_is_the_same(self, northwind, people):
        participants, others = people
        promote(northwind, [*participants[:15], *others[:20]], date(2026, 9, 15))
        absent(northwind, others, "6.00")
        with inside(northwind):
            facts = read_facts(northwind, OCTOBER)
        marks = what_happened(work_out(OCTOBER, facts))
        assert np.bincount(marks[:, 0]).tolist() == [35, 0, 60]
        assert len(np.unique(marks[:, 1])) == 95
        assert np.abs(marks[:, 1]).min() > 10**9


class TestWhatIsKnown:
    def test_from_the_first_change_to_the_last_import_that_would_have_told_of_one(self, northwind, people):
        with inside(northwind):
            assert known_changes(northwind) is None
        promote(northwind, people[0][:1], date(2025, 6, 1))
        with inside(northwind):
            assert known_changes(northwind) == (date(2025, 6, 1), date(2025, 6, 1))
            for holds, columns, day in (
                ("people", ["email", "department"], 1), ("people", ["level", "email", "department"], 20),
                ("job_changes", ["email"], 40),
            ):  # fmt: skip
                PeopleImport.objects.create(
                    file_name="x", content=b"", status="done", holds=holds, settings={"columns": columns},
                    applied_at=NOON - timedelta(days=day),
                )  # fmt: skip
            # The newest said nothing of levels.
            assert known_changes(northwind) == (date(2025, 6, 1), date(2026, 11, 2))

    def test_a_file_of_changes_does_not_move_the_clock_of_employment(self, northwind, people):
        with inside(northwind):
            PeopleImport.objects.create(
                file_name="x", content=b"", status="done", holds="job_changes", applied_at=NOON - timedelta(days=400)
            )
            published = snapshots.make_snapshot(northwind, OCTOBER, NoProgress()).published
        assert (published["as_of"], published["imported_on"]) == ("2026-10-31", None)

    def test_gaps_are_counted(self, northwind, people):
        def findings():
            with inside(northwind):
                return {each.name: (each.count, each.of, each.effect) for each in quality_of(northwind).findings[-3:]}

        assert findings() == {
            "Employments without known job changes": (
                100, 100, "No promotion or move is known, so the report says nothing of either.",
            ),
            "Promotions and moves without their day": (
                0, 0, "Two imports of people showed them, so they count on the day of the later one.",
            ),
            "People without days absent": (
                100, 100,
                "They are left out of the days absent, with their time; nobody is taken to have never been absent.",
            ),
        }  # fmt: skip
        make_people(northwind, 2, hired_on=date(2020, 1, 6), left_on=date(2021, 1, 6))
        promote(northwind, people[0][:2], date(2025, 6, 1))
        with inside(northwind):
            JobChange.objects.filter(member=people[0][0]).update(found_since=date(2025, 3, 1))
        absent(northwind, people[1], "0.00")
        found = findings()
        assert found["Employments without known job changes"] == (
            2, 102,
            "Promotions and moves count from 2 March 2025 to 1 June 2025, the days on record, and so does the time in "
            "which they could happen.",
        )  # fmt: skip
        assert found["Promotions and moves without their day"][:2] == (1, 2)
        assert found["People without days absent"][:2] == (42, 102)


def test_the_sample(northwind, adam):
    """The last twelve months of the sample, counted here from its two files."""
    with inside(northwind):
        Spell.objects.filter(member=adam).delete()
        for name in ("people_bamboo.csv", "job_changes.csv"):
            imports.import_now((DATA / name).read_bytes(), name=name, by=adam)
        assert (Spell.objects.count(), JobChange.objects.count()) == (1200, 679)
    first, last = date(2025, 11, 1), date(2026, 10, 31)
    with (DATA / "people_bamboo.csv").open(encoding="utf-8-sig", newline="") as file:
        people = list(csv.DictReader(file))
    with (DATA / "job_changes.csv").open(encoding="utf-8", newline="") as file:
        changes = [row for row in csv.DictReader(file) if first <= date.fromisoformat(row["Effective Date"]) <= last]
    days = absent_days = absent_time = 0.0
    for row in people:
        hired = date.fromisoformat(row["Hire Date"])
        left = date.fromisoformat(row["Termination Date"]) if row["Termination Date"] else date.max
        days += max(0, (min(left, last) - max(hired, first)).days + 1)
        # Told of the year up to the day of the import, 22 November 2026, or of the last one of work.
        until = min(left, date(2026, 11, 22))
        since = max(hired, min(left, date(2026, 11, 22)) - timedelta(days=364))
        inside_ = max(0, (min(until, last) - max(since, first)).days + 1)
        absent_time += inside_
        absent_days += float(row["Days absent (12 months)"]) * inside_ / ((until - since).days + 1)
    promoted = sum(row["Change"] == "Promotion" for row in changes)
    assert (promoted, len(changes) - promoted) == PROMOTED_AND_MOVED
    _rates, measures = figures(northwind)
    assert measures["promotion_rate"]["value"] == round(promoted / (days / 365.25) * 100, 1)
    assert measures["internal_moves"]["value"] == round((len(changes) - promoted) / (days / 365.25) * 100, 1)
    assert measures["absence_days"]["value"] == round(absent_days / (absent_time / 365.25), 1)
    assert {code: measures[code]["value"] for code in FIGURES} == FIGURES


PROMOTED_AND_MOVED = (64, 62)
FIGURES = {"promotion_rate": 9.3, "internal_moves": 9.0, "absence_days": 3.7}
