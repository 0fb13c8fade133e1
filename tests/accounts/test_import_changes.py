"""Promotions and moves from a file: each row gets an answer, and what two imports show is found but not doubled."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts import imports
from accounts.importing.cells import days_in_figures, read_days_absent
from accounts.importing.changes import KnownChange, kind_of_change, plan_changes
from accounts.importing.existing import Existing, ExistingMember, Spell
from accounts.importing.found import Found, found_kind
from accounts.importing.guessing import Settings, guess
from accounts.importing.headings import what_rows_stand_for
from accounts.importing.reading import Row, open_table
from accounts.models import JobChange, Member, PeopleImport
from mentoring.jobs.progress import NoProgress
from tests.people import inside, make_member

DATA = Path(__file__).parents[1] / "data"
TODAY = date(2026, 11, 22)
COLUMNS = ("employee_number", "email", "effective_on", "change", "department_after")
ADA = ExistingMember(
    7, "1", "Ada", "Obi", "ada@northwind.example", "Sales",
    spells=(Spell(date(2018, 1, 8), date(2019, 6, 30)), Spell(date(2021, 9, 1))),
)  # fmt: skip
BO = ExistingMember(8, "2", "Bo", "Lund", "bo@northwind.example", spells=(Spell(date(2020, 3, 2), date(2025, 5, 31)),))
CEM = ExistingMember(9, "3", "Cem", "Kaya", "cem@northwind.example")


def planned(*rows, known=()):
    given = [Row(line, list(cells)) for line, cells in enumerate(rows, 2)]
    settings = Settings(encoding="utf-8", delimiter=",", columns=COLUMNS, holds="job_changes")
    return list(plan_changes(given, settings, Existing([ADA, BO, CEM]), known, today=TODAY))


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (("99", "", "2024-01-01", "Promotion", ""), "Nobody here has the employee number “99”. Import this person first, or correct it."),
        (("", "eve@northwind.example", "2024-01-01", "Promotion", ""), "Nobody here has the e-mail address “eve@northwind.example”. Import this person first, or correct it."),
        (("", "", "2024-01-01", "Promotion", ""), "Neither an employee number nor an e-mail address; give one of them."),
        (("1", "bo@northwind.example", "2024-01-01", "Promotion", ""), "The employee number belongs to Ada Obi, the e-mail address to Bo Lund. Correct one of them."),
        (("1", "", "2017-12-31", "Promotion", ""), "Ada Obi wasn’t employed on 31 December 2017: hired on 8 January 2018. Correct one of the dates."),
        (("2", "", "2025-06-01", "Promotion", ""), "Bo Lund wasn’t employed on 1 June 2025: left on 31 May 2025. Correct one of the dates."),
        (("1", "", "2020-01-01", "Promotion", ""), "Ada Obi wasn’t employed on 1 January 2020: left on 30 June 2019, and came back on 1 September 2021. Correct one of the dates."),
        (("3", "", "2024-01-01", "Promotion", ""), "It isn’t known when Cem Kaya was hired. Import the start date with the people first."),
        (("1", "", "2026-11-23", "Promotion", ""), "23 November 2026 is still to come. Upload this row once the change has happened."),
        (("1", "", "", "Promotion", ""), "No date of the change; give it."),
        (("1", "", "soon", "Promotion", ""), "Date of the change: “soon” is not a date; give it as 2021-03-31."),
        (("1", "", "2024-01-01", "", ""), "No kind of change; give promotion, lateral move or location change."),
        (("1", "", "2024-01-01", "Salary review", ""), "“Salary review” is no kind of change that is known here; give promotion, lateral move or location change, or leave the row out."),
        (("1", "", "2024-01-01", "Promotion", "x" * 101), "Department after it is longer than 100 letters; shorten it."),
    ],
)  # fmt: skip
def test_what_cant_be_is_refused_in_a_sentence_and_handed_back(cells, text):
    (row,) = planned(cells)
    assert (row.action, [error.text for error in row.errors], row.cells) == ("refuse", [text], list(cells))


def test_everything_that_is_wrong_with_a_row_is_said_at_once():
    (row,) = planned(("99", "", "2027-01-01", "Sabbatical", ""))
    assert [error.code for error in row.errors] == ["unknown_person", "ahead", "kind"]


def test_the_first_and_the_last_day_of_work_are_days_of_employment():
    rows = planned(
        ("2", "", "2020-03-02", "Promotion", ""), ("", "BO@northwind.example", "2025-05-31", "Promotion", "")
    )
    assert [(row.action, row.member_id, row.values["effective_on"]) for row in rows] == [
        ("create", 8, "2020-03-02"), ("create", 8, "2025-05-31"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Promotion", "promotion"), ("Promoted to Senior", "promotion"), ("Beförderung", "promotion"),
        ("Lateral move", "move"), ("Internal transfer", "move"), ("Department change", "move"), ("Versetzung", "move"),
        ("Location change", "location"), ("Relocation", "location"), ("Standortwechsel", "location"),
        ("Abteilungswechsel", "move"), ("Demotion", None), ("Hire", None), ("Termination", None), ("–", None),
    ],
)  # fmt: skip
def test_kinds_in_the_words_of_hr(text, kind):
    assert kind_of_change(text) == kind


def test_a_row_twice_is_once_and_two_answers_are_refused():
    first = ("1", "", "2024-01-01", "Promotion", "Legal")
    rows = planned(
        first, first, ("1", "", "2024-01-01", "Promotion", "Sales"), ("1", "", "2024-01-01", "Move", "Legal")
    )
    assert [row.action for row in rows] == ["create", "same", "refuse", "create"]
    assert rows[1].notes[0].text == "Says the same as row 2."
    assert rows[2].errors[0].text == "Row 2 has this change already, into another department. Keep one of the two."


class TestBesideWhatIsKnown:
    NAMED = KnownChange(5, 7, "promotion", date(2024, 1, 1), "Legal")
    # Between an import of 1 March and one of 1 June.
    FOUND = KnownChange(6, 7, "promotion", date(2024, 6, 1), "Legal", date(2024, 3, 1))

    @pytest.mark.parametrize(
        ("day", "kind", "department", "action"),
        [
            ("2024-01-01", "Promotion", "Legal", "same"),
            ("2024-01-01", "Promotion", "", "same"),
            ("2024-01-01", "Promotion", "Sales", "change"),
            # Of another day, however near, it is another one: a file said so.
            ("2024-01-02", "Promotion", "Legal", "create"),
            ("2024-01-01", "Lateral move", "Legal", "create"),
        ],
    )
    def test_one_that_a_file_named(self, day, kind, department, action):
        (row,) = planned(("1", "", day, kind, department), known=[self.NAMED])
        assert row.action == action

    @pytest.mark.parametrize(
        ("day", "action"),
        [
            ("2024-01-29", "create"), ("2024-01-30", "change"), ("2024-04-15", "change"), ("2024-06-01", "change"),
            ("2024-07-02", "change"), ("2024-07-03", "create"),
        ],
    )  # fmt: skip
    def test_one_that_two_imports_showed_gets_its_day_from_the_file(self, day, action):
        (row,) = planned(("1", "", day, "Promotion", ""), known=[self.FOUND])
        assert row.action == action
        if action == "change":
            assert row.values == {
                "kind": "promotion", "effective_on": day, "department_after": "Legal", "change_id": 6,
            }  # fmt: skip
            assert row.notes[0].text == "Two imports of people had shown this change; now its day is known."

    def test_two_rows_take_one_found_change_once(self):
        rows = planned(
            ("1", "", "2024-04-01", "Promotion", ""), ("1", "", "2024-05-01", "Promotion", ""), known=[self.FOUND]
        )
        assert [row.action for row in rows] == ["change", "create"]

    def test_of_another_kind_it_is_another(self):
        (row,) = planned(("1", "", "2024-04-15", "Lateral move", ""), known=[self.FOUND])
        assert row.action == "create"


class TestFound:
    @pytest.mark.parametrize(
        ("changes", "kind"),
        [
            ({"level": (3, 4)}, "promotion"),
            ({"level": (3, 4), "department": ("Sales", "Legal")}, "promotion"),
            ({"level": (4, 3)}, ""),
            ({"level": (4, 3), "department": ("Sales", "Legal")}, "move"),
            ({"level": (None, 3)}, ""),
            ({"department": ("Sales", "Legal"), "site": ("London", "Toronto")}, "move"),
            ({"department": ("", "Legal")}, ""),
            ({"site": ("London", "Toronto")}, "location"),
            ({"job_title": ("Planner", "Director")}, ""),
        ],
    )
    def test_what_differences_amount_to(self, changes, kind):
        assert found_kind(changes) == kind

    def followed(self, *people, new=()):
        found = Found()
        for changes, department, level in people:
            found.follow(changes, department=department, level=level)
        found.settle(list(new))
        return found

    def test_a_department_with_another_name_has_not_moved(self):
        renamed = {"department": ("R&D", "Research")}
        found = self.followed(*[(renamed, "R&D", 3)] * 3, new=["Research"])
        assert (found.kind(renamed), found.kind(renamed | {"level": (3, 4)})) == ("", "promotion")
        assert [message.text for message in found.messages()] == [
            "“R&D” is called “Research” now: nobody there counts as moved."
        ]

    @pytest.mark.parametrize(
        ("people", "new"),
        [
            # Somebody stays, two go elsewhere, the other department was there before, or it is only two people.
            ([({"department": ("R&D", "Research")}, "R&D", 3)] * 3 + [({}, "R&D", 3)], ["Research"]),
            ([({"department": ("R&D", "Research")}, "R&D", 3)] * 3 + [({"department": ("R&D", "Law")}, "R&D", 3)], ["Research"]),
            ([({"department": ("R&D", "Research")}, "R&D", 3)] * 3, []),
            ([({"department": ("R&D", "Research")}, "R&D", 3)] * 2, ["Research"]),
        ],
    )  # fmt: skip
    def test_who_moves_has_moved(self, people, new):
        assert self.followed(*people, new=new).kind({"department": ("R&D", "Research")}) == "move"

    def test_another_scale_of_levels_promotes_nobody(self):
        up, same = ({"level": (3, 4)}, "Sales", 3), ({}, "Sales", 3)
        assert self.followed(*[up] * 5, *[same] * 15).kind({"level": (3, 4)}) == "promotion"
        found = self.followed(*[up] * 6, *[same] * 14)
        assert found.kind({"level": (3, 4)}) == ""
        assert found.messages()[0].text.startswith("6 of 20 people have a higher level than before")
        # In a file of a few, one promotion is many.
        assert self.followed(up).kind({"level": (3, 4)}) == "promotion"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0", "0"), ("3", "3"), ("10", "10"), ("2.5", "2.5"), ("2,5", "2.5"), ("366", "366"), ("3.333333", "3.33"),
        ("0.10", "0.1"), ("366.5", None), ("367", None), ("-1", None), ("many", None), ("3 days", None), ("", None),
        ("1e2", None), ("٣", None),
    ],
)  # fmt: skip
def test_days_absent(text, days):
    assert read_days_absent(text) == days


def test_a_number_is_always_written_the_same_way():
    assert [days_in_figures(Decimal(text)) for text in ("0.00", "10.00", "2.50", "100")] == ["0", "10", "2.5", "100"]


class TestHeadings:
    def test_the_sample_is_seen_to_hold_changes(self):
        found = guess(open_table((DATA / "job_changes.csv").read_bytes()), today=TODAY)
        assert (found.holds, [column.field for column in found.columns]) == (
            "job_changes", ["employee_number", "effective_on", "change", "department_after"],
        )  # fmt: skip
        assert found.settings().problems() == []

    @pytest.mark.parametrize("name", ["people_bamboo.csv", "people_workday.csv", "people_messy.csv"])
    def test_people_are_people(self, name):
        assert guess(open_table((DATA / name).read_bytes()), today=TODAY).holds == "people"

    def test_in_german(self):
        assert what_rows_stand_for(["Personalnummer", "Gültig ab", "Art der Änderung"]) == "job_changes"
        # An export of people may say when they last changed.
        assert what_rows_stand_for(["Name", "Hire Date", "Effective Date", "Change"]) == "people"

    def test_what_is_missing_is_said(self):
        settings = Settings(encoding="utf-8", delimiter=",", columns=("email",), holds="job_changes")
        assert [problem.text for problem in settings.problems()] == [
            "No column holds the date of the change; choose one.",
            "No column says what kind of change it was; choose one.",
        ]
        assert Settings.from_dict(settings.as_dict()) == settings


# In the database


@pytest.fixture
def alice(north):
    return make_member(north, "Alice", is_admin=True)


@pytest.fixture
def imported(alice, north):
    def run(content, **corrections):
        content = content.encode() if isinstance(content, str) else content
        with inside(north):
            people_import = imports.upload(name="file.csv", content=content, by=alice)
            if corrections:
                settings = replace(Settings.from_dict(people_import.settings), **corrections)
                imports.correct_columns(people_import, settings, by=alice)
            imports.plan_import(people_import, NoProgress())
            imports.apply_import(people_import, NoProgress())
            people_import.refresh_from_db()
            return people_import

    return run


def changes_of(north):
    with inside(north):
        return [
            (change.member.employee_number, change.kind, str(change.effective_on), change.department_after)
            for change in JobChange.objects.select_related("member")
        ]


@pytest.fixture
def sample():
    with (DATA / "job_changes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


KINDS = {"Promotion": "promotion", "Lateral move": "move", "Location change": "location"}


def test_the_sample_is_written_whole_and_the_second_time_nothing_changes(imported, north, sample):
    imported((DATA / "people_bamboo.csv").read_bytes())
    # The first import of everybody shows no change of anybody.
    assert changes_of(north) == []
    done = imported((DATA / "job_changes.csv").read_bytes())
    assert (done.holds, done.counts["create"], done.counts.get("refuse")) == ("job_changes", 679, None)
    found = changes_of(north)
    assert sorted(found) == sorted((number, KINDS[kind], day, department) for number, day, kind, department in sample)
    assert Counter(kind for _number, kind, _day, _department in found) == {
        "promotion": 352, "move": 229, "location": 98,
    }  # fmt: skip
    again = imported((DATA / "job_changes.csv").read_bytes())
    assert (again.counts["same"], again.counts.get("create"), again.counts.get("change")) == (679, None, None)
    assert changes_of(north) == found


def test_applying_twice_changes_nothing(imported, north, alice):
    imported((DATA / "people_bamboo.csv").read_bytes())
    done = imported((DATA / "job_changes.csv").read_bytes())
    with inside(north):
        assert imports.apply_import(done, NoProgress()) == "679 promotions and moves added."
    assert len(changes_of(north)) == 679


def test_the_database_refuses_the_same_change_twice(north):
    member = make_member(north, "Bob", hired_on=date(2020, 1, 6))
    with inside(north):
        JobChange.objects.create(member=member, kind="promotion", effective_on=TODAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            JobChange.objects.create(member=member, kind="promotion", effective_on=TODAY)
        member.delete()
        assert not JobChange.objects.exists()


def test_a_change_may_fall_on_the_day_on_which_another_was_only_seen(imported, north):
    member = make_member(north, "Bob", employee_number="7", hired_on=date(2020, 1, 6))
    with inside(north):
        JobChange.objects.create(
            member=member, kind="move", effective_on=date(2026, 3, 20), found_since=date(2026, 3, 1)
        )
    done = imported("Employee #,Effective Date,Change\n7,2026-03-10,Lateral move\n7,2026-03-20,Lateral move\n")
    assert done.status == PeopleImport.Status.DONE
    assert [day for _number, _kind, day, _department in changes_of(north)] == ["2026-03-10", "2026-03-20"]


def test_people_who_change_meanwhile_have_the_preview_made_anew(imported, north, alice):
    imported((DATA / "people_bamboo.csv").read_bytes())
    with inside(north):
        people_import = imports.upload(name="c.csv", content=(DATA / "job_changes.csv").read_bytes(), by=alice)
        imports.plan_import(people_import, NoProgress())
        first = JobChange.objects.create(
            member=Member.objects.get(employee_number="10000"), kind="move", effective_on=date(2020, 8, 12),
            department_after="Legal",
        )  # fmt: skip
        assert imports.apply_import(people_import, NoProgress()).startswith("The people changed after")
        people_import.refresh_from_db()
        assert (people_import.is_replanned, people_import.counts["same"], people_import.counts["create"]) == (
            True,
            1,
            678,
        )
        imports.apply_import(people_import, NoProgress())
        assert JobChange.objects.count() == 679
        assert JobChange.objects.filter(pk=first.pk).exists()


HEADINGS = "Employee ID,Given name,Surname,Start date,End date,Department,Grade,Office,Days absent (12 months)\n"


def row(number, department="Sales", level=3, site="London", left="", absent=""):
    return f"{number},Ada,Obi{number},2020-01-06,{left},{department},{level},{site},{absent}\n"


class TestBetweenTwoImports:
    @pytest.fixture(autouse=True)
    def _clock(self):
        with time_machine.travel("2026-03-02 12:00:00Z", tick=False) as clock:
            self.clock = clock
            yield

    def later(self):
        self.clock.move_to("2026-11-22 12:00:00Z")

    def test_what_differs_is_found_once(self, imported, north):
        imported(HEADINGS + row(1) + row(2) + row(3) + row(4))
        self.later()
        second = HEADINGS + row(1, level=4) + row(2, department="Legal") + row(3, site="Toronto") + row(4)
        done = imported(second)
        assert {kind: done.counts.get(kind) for kind in ("promotion", "move", "location")} == {
            "promotion": 1, "move": 1, "location": 1,
        }  # fmt: skip
        assert (
            "1 promotion, 1 move to another department and 1 change of site can be seen from this file, beside what is "
            "known. The reports count them."
        ) in [remark["text"] for remark in done.remarks]
        found = [
            ("1", "promotion", "2026-11-22", "Sales"), ("2", "move", "2026-11-22", "Legal"),
            ("3", "location", "2026-11-22", "Sales"),
        ]  # fmt: skip
        assert sorted(changes_of(north)) == found
        with inside(north):
            assert set(JobChange.objects.values_list("found_since", flat=True)) == {date(2026, 3, 2)}
        imported(second)
        assert sorted(changes_of(north)) == found

    def test_one_that_a_file_named_is_not_doubled(self, imported, north):
        imported(HEADINGS + row(1) + row(2))
        self.later()
        imported("Employee ID,Effective date,Change\n1,2026-05-01,Promotion\n2,2026-01-15,Promotion\n")
        imported(HEADINGS + row(1, level=4) + row(2, level=4))
        # That of 15 January was known in March, when the level was still 3: this is another one.
        assert sorted(changes_of(north)) == [
            ("1", "promotion", "2026-05-01", ""), ("2", "promotion", "2026-01-15", ""),
            ("2", "promotion", "2026-11-22", "Sales"),
        ]  # fmt: skip

    def test_a_file_that_comes_later_gives_the_day(self, imported, north):
        imported(HEADINGS + row(1))
        self.later()
        imported(HEADINGS + row(1, level=4))
        done = imported("Employee ID,Effective date,Change\n1,2026-05-01,Promotion\n")
        assert (done.counts["change"], done.counts.get("create")) == (1, None)
        assert changes_of(north) == [("1", "promotion", "2026-05-01", "Sales")]
        with inside(north):
            assert JobChange.objects.get().found_since is None
        # Now it is named, and stays.
        assert imported("Employee ID,Effective date,Change\n1,2026-05-01,Promotion\n").counts["same"] == 1

    def test_who_left_changed_on_the_last_day_at_the_latest(self, imported, north):
        imported(HEADINGS + row(1))
        self.later()
        imported(HEADINGS + row(1, level=4, left="2026-06-30"))
        assert changes_of(north) == [("1", "promotion", "2026-06-30", "Sales")]

    def test_who_comes_back_to_another_job_has_not_moved(self, imported, north):
        imported(HEADINGS + row(1, left="2026-01-31"))
        self.later()
        imported(HEADINGS + row(1, level=4).replace("2020-01-06", "2026-09-01"))
        assert changes_of(north) == []

    def test_days_absent_are_of_the_year_up_to_a_day(self, imported, north):
        imported(
            HEADINGS + row(1, absent='"2,5"') + row(2, absent="0") + row(3) + row(4, left="2026-01-31", absent="8")
        )
        with inside(north):
            found = dict(Member.objects.exclude(employee_number="").values_list("employee_number", "absence_days"))
            until = dict(Member.objects.exclude(employee_number="").values_list("employee_number", "absence_until"))
        assert {number: days and float(days) for number, days in found.items()} == {"1": 2.5, "2": 0, "3": None, "4": 8}
        assert until == {
            "1": date(2026, 3, 2), "2": date(2026, 3, 2), "3": None, "4": date(2026, 1, 31),
        }  # fmt: skip
        again = imported(HEADINGS + row(1, absent="2.50") + row(2, absent="0") + row(3))
        assert (again.counts["same"], again.counts.get("change")) == (3, None)
        # The same number of a later year is news; an empty cell leaves what is known.
        self.later()
        done = imported(HEADINGS + row(1, absent="2.5") + row(2), absence_until=date(2026, 10, 31))
        assert (done.counts["change"], done.counts["same"]) == (1, 1)
        with inside(north):
            assert Member.objects.get(employee_number="1").absence_until == date(2026, 10, 31)
            assert Member.objects.get(employee_number="2").absence_until == date(2026, 3, 2)

    def test_a_number_that_cant_be_is_left_out_and_said(self, imported, north):
        done = imported(HEADINGS + row(1, absent="400"))
        with inside(north):
            (planned,) = done.rows.all()
            assert planned.plan["notes"][0]["text"] == (
                "Days absent: “400” is not a number of days from 0 to 366; it is left out."
            )
            assert Member.objects.get(employee_number="1").absence_days is None


def test_days_absent_of_the_sample(imported, north):
    with (DATA / "people_bamboo.csv").open(encoding="utf-8-sig", newline="") as file:
        expected = {line["Employee #"]: float(line["Days absent (12 months)"]) for line in csv.DictReader(file)}
    assert sum(expected.values()) == 4091
    imported((DATA / "people_bamboo.csv").read_bytes())
    with inside(north):
        found = dict(Member.objects.exclude(employee_number="").values_list("employee_number", "absence_days"))
        assert PeopleImport.objects.get().holds == "people"
    assert {number: float(days) for number, days in found.items()} == expected
