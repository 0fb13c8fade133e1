"""Every row of an HR export gets an answer; carrying a plan out twice changes nothing."""

import csv
import io
import json
import time
import tracemalloc
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.importing.existing import Existing, ExistingMember, Spell
from accounts.importing.guessing import Settings, guess
from accounts.importing.planning import PlannedRow, SpellEdit, plan
from accounts.importing.reading import Row, open_table
from accounts.importing.refused import refused_report

from .people_files import many_people

DATA = Path(__file__).parents[1] / "data"
TODAY = date(2026, 11, 22)
COLUMNS = (
    "employee_number", "given_name", "family_name", "email", "hired_on", "left_on", "department", "job_title", "site",
    "manager_number",
)  # fmt: skip


def planned(content, members=(), **corrections):
    table = open_table(content)
    settings = replace(guess(table, today=TODAY).settings(), **corrections)
    return plan(table, settings, Existing(members), today=TODAY, zone="Europe/London")


def planned_rows(rows, members=(), columns=COLUMNS, today=TODAY, **settings):
    """Plan rows written as lists of cells, the first being row 2."""
    given = [Row(line, [*cells, *[""] * (len(columns) - len(cells))]) for line, cells in enumerate(rows, 2)]
    how = Settings(encoding="utf-8", delimiter=",", columns=tuple(columns), **settings)
    return list(plan(given, how, Existing(members), today=today, zone="Europe/London"))


def carried_out(plan_, members=()):
    """The members as they are once a plan has been carried out."""
    by_key = {f"id:{m.id}": m for m in members}
    managers = {}
    for row in plan_:
        if row.action in ("refuse", "same"):
            continue
        if row.action == "create":
            by_key[row.person] = ExistingMember(id=1000 + row.line, **row.values)
        else:
            by_key[row.person] = replace(by_key[row.person], **row.values)
        if row.spell:
            member = by_key[row.person]
            spells = [s for s in member.spells if s != row.spell.was]
            by_key[row.person] = replace(member, spells=(*spells, row.spell.now))
        if row.sets_manager:
            managers[row.person] = row.manager
    for key, manager in managers.items():
        by_key[key] = replace(by_key[key], manager_id=by_key[manager].id if manager else None)
    return list(by_key.values())


def codes(messages):
    return [message.code for message in messages]


# What the last column of people_messy.csv calls for: row, that column, action, errors, notes.
MESSY = [
    (2, "good", "create", [], []),
    (3, "duplicate employee number", "refuse", ["duplicate_number"], []),
    (4, "duplicate e-mail", "refuse", ["duplicate_email"], []),
    (5, "duplicate e-mail in another case", "refuse", ["duplicate_email"], []),
    (6, "no e-mail", "create", [], ["no_email"]),
    (7, "not an e-mail", "refuse", ["email"], []),
    (8, "two e-mails in one cell", "refuse", ["email"], []),
    (9, "day before month, ambiguous", "create", [], ["two_ways"]),
    (10, "impossible date", "refuse", ["date"], []),
    (11, "leap day", "create", [], []),
    (12, "Excel serial date", "create", [], ["serial"]),
    (13, "two-digit year", "create", [], ["two_digits"]),
    (14, "left before hired", "refuse", ["left_before_hired"], []),
    (15, "hired in the future", "refuse", ["far_future"], []),
    (16, "left in the future (notice given)", "create", [], ["notice"]),
    (17, "hired and left the same day", "create", [], []),
    # It also takes the number of row 17.
    (18, "own manager", "refuse", ["duplicate_number"], ["own_manager"]),
    (19, "manager cycle, first half", "create", [], []),
    (20, "manager cycle, second half", "create", [], ["manager_circle"]),
    (21, "manager who is not in the file", "create", [], ["manager_unknown"]),
    (22, "formula in the name", "create", [], ["formula"]),
    (23, "formula with a minus", "create", [], ["formula"]),
    (24, "formula with a tab", "create", [], ["formula"]),
    (25, "script in the title", "create", [], ["markup"]),
    (26, "right-to-left name", "create", [], []),
    (27, "Chinese name, one part", "create", [], []),
    (28, "emoji", "create", [], []),
    (29, "newline inside a cell", "create", [], ["newline"]),
    (30, "quotes inside a cell", "create", [], []),
    (31, "comma inside a cell", "create", [], []),
    # Without the spaces, and in row 34 without what can't be seen, the address is that of the row two above.
    (32, "spaces around", "refuse", ["duplicate_email"], []),
    (33, "no-break space", "create", [], []),
    (34, "zero-width space in the e-mail", "refuse", ["duplicate_email"], ["invisible"]),
    (35, "300 letters", "refuse", ["too_long"], []),
    (36, "null byte", "create", [], ["null"]),
    (37, "department in another case", "create", [], ["spelling"]),
    (38, "department with a typing error", "create", [], ["like_another"]),
    (39, "unknown site", "create", [], ["new_site"]),
    (40, "employee number with leading zeros", "create", [], []),
    (41, "employee number with letters", "create", [], []),
    (42, "rehired: first spell", "create", [], []),
    (43, "rehired: second spell, same person", "change", [], ["rehired"]),
    (44, "overlapping spells: first", "create", [], []),
    (45, "overlapping spells: second", "refuse", ["overlap"], []),
    (46, "punycode domain", "create", [], []),
    (47, "plus address", "create", [], []),
    (48, "same name as another person", "create", [], []),
    (49, "same name as another person", "create", [], []),
    (50, "all but the name missing", "refuse", ["too_little"], []),
    (51, "good", "create", [], []),
    (52, "good", "create", [], []),
    (53, "good", "create", [], []),
    (54, "good", "create", [], []),
    (55, "good", "create", [], []),
    (56, "good", "create", [], []),
    (57, "good", "create", [], []),
    (58, "good", "create", [], []),
    (59, "good", "create", [], []),
    (60, "good", "create", [], []),
    (61, "cells", "refuse", ["cells"], []),
]


@pytest.fixture(scope="module")
def messy():
    return {row.line: row for row in planned((DATA / "people_messy.csv").read_bytes())}


@pytest.mark.parametrize(("line", "why", "action", "errors", "notes"), MESSY, ids=[f"{m[0]} {m[1]}" for m in MESSY])
def test_each_messy_row_gets_its_answer(messy, line, why, action, errors, notes):
    row = messy[line]
    assert (row.cells[-1], row.action, codes(row.errors), codes(row.notes)) == (why, action, errors, notes)


def test_no_messy_row_is_left_out(messy):
    assert list(messy) == [line for line, *_ in MESSY] == list(range(2, 62))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (3, "Row 2 has employee number 20001 already, with another e-mail address. Give each person a number of their own."),
        (5, "Row 2 has the e-mail address person1@northwind.example already, with another employee number. Give each person an address of their own."),
        (7, "“ada at northwind” is not an e-mail address; correct it or leave the cell empty."),
        (8, "Two e-mail addresses in one cell; give one."),
        (10, "Start date: “2021-02-30” doesn’t exist: February 2021 has 28 days; correct the date."),
        (14, "Left (1 March 2020) before being hired (1 March 2021); correct one of the dates."),
        (15, "Start date: 1 January 2031 is more than a year away; check the year."),
        (35, "Given name is longer than 100 letters; shorten it."),
        (45, "Overlaps the employment in row 44 from 8 January 2018 to 30 June 2020. Give that one its end date in a row of its own, or correct the dates."),
        (50, "Neither an e-mail address nor a start date; give at least one of them."),
        (61, "Too few cells: 4, where the headings need 11. Give every cell of the row."),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(messy, line, sentence):
    assert [message.text for message in messy[line].errors] == [sentence]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (6, "No e-mail address: can’t be invited until one is given."),
        (9, "Start date: “03/04/2021” was read as 3 April 2021, day first."),
        (12, "Start date: “44256” was read as 1 March 2021, as a spreadsheet counts days."),
        (13, "Start date: “01/03/21” was read as 1 March 2021, day first; its year has two digits."),
        (16, "Leaves on 31 January 2027: counts as employed until then."),
        (18, "Named as their own manager; no manager is taken from this row."),
        (20, "Ada Obi (20100) reports, directly or through others, to Ada Obi (20101), and a circle is impossible; no manager is taken from this row."),
        (21, "Manager “99999” is neither in this file nor known here; no manager is taken from this row."),
        (36, "Given name: an invisible null character was removed."),
        (37, "Department “ENGINEERING” is taken for “Engineering”."),
        (38, "“Enginering” will be a new department: close to “Engineering”, check."),
        (39, "“Atlantis” is a new site; its time zone isn’t known, so Europe/London is used."),
        (43, "A further employment, from 1 September 2021."),
    ],
)  # fmt: skip
def test_a_note_says_what_was_done(messy, line, sentence):
    assert [message.text for message in messy[line].notes] == [sentence]


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        (22, "given_name", '=HYPERLINK("http://evil.example","x")'),
        (23, "family_name", "-2+3"),
        (24, "family_name", "=1+1"),
        (25, "job_title", "<script>alert(1)</script>"),
        (26, "family_name", "کریمی"),
        (27, "given_name", ""),
        (27, "family_name", "陈"),
        (28, "given_name", "Zoë 🎓"),
        (29, "job_title", "Software Engineer"),
        (30, "job_title", 'The "Fixer"'),
        (31, "department", "Legal, Risk"),
        (33, "family_name", "de Vries"),
        (36, "given_name", "Ada"),
        (37, "department", "Engineering"),
        (39, "time_zone", "Europe/London"),
        (40, "employee_number", "000042"),
        (41, "employee_number", "EXT-7"),
        (46, "email", "ada@xn--mnchen-3ya.example"),
        (47, "email", "ada+mentoring@northwind.example"),
    ],
)
def test_what_is_kept_of_a_messy_cell(messy, line, field, value):
    assert messy[line].values[field] == value


def test_the_second_spell_belongs_to_the_person_of_the_first(messy):
    assert messy[42].person == messy[43].person == "row:42"
    assert messy[42].spell == SpellEdit(None, Spell(date(2018, 1, 8), date(2019, 6, 30)))
    assert messy[43].spell == SpellEdit(None, Spell(date(2021, 9, 1)))


def test_of_a_circle_of_managers_the_closing_link_is_dropped(messy):
    assert (messy[19].manager, messy[20].manager, messy[21].manager) == ("row:20", None, None)


@pytest.mark.parametrize("name", ["people_messy.csv", "people_bamboo.csv", "people_workday.csv"])
def test_the_same_file_again_changes_nothing(name):
    content = (DATA / name).read_bytes()
    first = planned(content)
    again = planned(content, carried_out(first))
    assert (
        first.counts["create"] == {"people_messy.csv": 44, "people_bamboo.csv": 1200, "people_workday.csv": 600}[name]
    )
    assert again.counts["create"] == again.counts["change"] == 0
    assert again.counts["refuse"] == first.counts["refuse"]


def test_a_real_export_is_taken_whole():
    row = next(r for r in planned((DATA / "people_bamboo.csv").read_bytes()) if r.values["employee_number"] == "10003")
    assert row.label == "Samir Larsen"
    assert row.values == {
        "employee_number": "10003",
        "given_name": "Samir",
        "family_name": "Larsen",
        "email": "samir.larsen@northwind.example",
        "department": "Legal",
        "job_title": "Director of Legal",
        "level": 7,
        "site": "Toronto",
        "time_zone": "America/Toronto",
        "absence_days": "0",
        # Of the year up to the last day of work.
        "absence_until": "2024-01-17",
    }
    assert row.spell == SpellEdit(None, Spell(date(2018, 10, 19), date(2024, 1, 17), "Resignation"))
    assert (row.action, row.manager, row.notes) == ("create", "row:2", ())


def test_a_german_export_is_taken_whole():
    row = next(iter(planned((DATA / "people_workday.csv").read_bytes())))
    assert (row.values["given_name"], row.values["family_name"], row.spell.now) == (
        "Yusuf",
        "Nowak",
        Spell(date(2015, 3, 1)),
    )


# Against those who are known

ADA = ExistingMember(
    7, "1", "Ada", "Obi", "ada@a.example", "Engineering", "Tester", 3, "London", "Europe/London", 8,
    (Spell(date(2021, 3, 1)),),
)  # fmt: skip
BO = ExistingMember(8, "2", "Bo", "Ek", "bo@a.example", "Sales", "Head", 6, "London", "Europe/London")
BO_ROW = ["2", "Bo", "Ek", "bo@a.example", "", "", "Sales", "Head", "London", ""]


def ada(**change):
    cells = dict(
        zip(
            COLUMNS,
            ["1", "Ada", "Obi", "ada@a.example", "2021-03-01", "", "Engineering", "Tester", "London", "2"],
            strict=True,
        )
    )
    return [*(cells | change).values()]


def test_a_row_that_says_what_is_known_is_left_alone():
    (row,) = planned_rows([ada()], [ADA, BO])
    assert (row.action, row.member_id, row.changes, row.values, row.spell) == ("same", 7, {}, {}, None)


@pytest.mark.parametrize(
    ("change", "changes"),
    [
        ({"job_title": "Lead"}, {"job_title": ("Tester", "Lead")}),
        ({"email": "ADA.NEW@a.example"}, {"email": ("ada@a.example", "ada.new@a.example")}),
        ({"left_on": "2026-06-30"}, {"left_on": (None, "2026-06-30")}),
        ({"hired_on": "2021-03-15"}, {"hired_on": ("2021-03-01", "2021-03-15")}),
        ({"manager_number": ""}, {"manager": ("Bo Ek (2)", None)}),
        ({"department": "sales"}, {"department": ("Engineering", "Sales")}),
        ({"department": "", "job_title": "", "site": "", "email": ""}, {}),
        ({"manager_number": "99"}, {}),
        ({"manager_number": "1"}, {}),
    ],
)
def test_changes_are_shown_old_and_new(change, changes):
    (row,) = planned_rows([ada(**change)], [ADA, BO])
    assert (row.action, row.changes) == ("change" if changes else "same", changes)


def test_a_cleared_end_date_reopens_the_employment():
    gone = replace(ADA, spells=(Spell(date(2021, 3, 1), date(2026, 6, 30), "Resignation"),))
    (row,) = planned_rows([ada()], [gone, BO])
    assert row.changes == {"left_on": ("2026-06-30", None), "leave_reason": ("Resignation", None)}
    assert row.spell.now == Spell(date(2021, 3, 1))


def test_an_unknown_end_is_not_a_cleared_one():
    gone = replace(ADA, spells=(Spell(date(2021, 3, 1), date(2026, 6, 30), "Resignation"),))
    columns = ("employee_number", "given_name", "family_name", "hired_on", "left_on", "status")
    (row,) = planned_rows([["1", "Ada", "Obi", "2021-03-01", "", "Inactive"]], [gone], columns)
    assert (row.action, codes(row.notes)) == ("same", ["status"])


def test_a_far_start_date_beside_an_open_employment_is_refused_not_guessed():
    (row,) = planned_rows([ada(hired_on="2025-09-01")], [ADA, BO])
    assert [m.text for m in row.errors] == [
        "Overlaps the employment known already from 1 March 2021 without an end. "
        "Give that one its end date in a row of its own, or correct the dates."
    ]


def test_a_rehire_closes_the_old_employment_in_a_row_of_its_own_in_any_order():
    rows = planned_rows([ada(hired_on="2025-09-01", job_title="Lead"), ada(left_on="2024-12-31")], [ADA, BO])
    assert [row.action for row in rows] == ["change", "change"]
    assert rows[0].spell == SpellEdit(None, Spell(date(2025, 9, 1)))
    assert rows[1].spell == SpellEdit(Spell(date(2021, 3, 1)), Spell(date(2021, 3, 1), date(2024, 12, 31)))
    assert rows[0].values == {"job_title": "Lead"}
    assert rows[1].values == {}, "an older row says nothing about today"


def test_an_employment_that_begins_on_the_last_day_of_another_overlaps():
    rows = planned_rows([ada(left_on="2024-12-31"), ada(hired_on="2024-12-31")], [])
    assert [row.action for row in rows] == ["create", "refuse"]


def test_newest_row_first_or_last_gives_the_same_person():
    old, new = ada(hired_on="2018-01-01", left_on="2019-01-01", job_title="Trainee"), ada(hired_on="2021-03-01")
    for rows in ([old, new], [new, old]):
        (member,) = carried_out(planned_rows(rows))
        assert (member.job_title, len(member.spells)) == ("Tester", 2)


def test_a_repeated_row_is_left_alone_and_a_contradicting_one_refused():
    rows = planned_rows([ada(), ada(), ada(job_title="Lead")])
    assert [row.action for row in rows] == ["create", "same", "refuse"]
    assert [m.text for m in rows[1].notes if m.code == "repeated"] == ["Says the same as row 2."]
    assert [m.text for m in rows[2].errors] == [
        "Row 2 has this person already, with other details. Keep one of the two rows."
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"email": "bo@a.example"}, "two_people"),
        ({"employee_number": "3"}, "email_taken"),
        ({"employee_number": "2"}, "two_people"),
    ],
)
def test_numbers_and_addresses_of_two_people_are_not_mixed(change, code):
    (row,) = planned_rows([ada(**change)], [ADA, BO])
    assert (row.action, codes(row.errors)) == ("refuse", [code])


def test_a_person_of_the_file_does_not_take_the_address_of_a_member_outside_it():
    rows = planned_rows(
        [ada(employee_number="5", email=""), ada(employee_number="5", email="bo@a.example", hired_on="2025-01-01")],
        [replace(BO, employee_number="")],
    )
    assert [(row.action, codes(row.errors)) for row in rows] == [("create", []), ("refuse", ["two_people"])]


def test_a_refused_row_does_not_hold_its_number():
    rows = planned_rows([ada(hired_on="2021-02-30"), ada()])
    assert [row.action for row in rows] == ["refuse", "create"]


# Managers


def person(number, manager="", **change):
    return ada(employee_number=number, email=f"p{number}@a.example", manager_number=manager, **change)


def test_a_person_named_as_own_manager_is_kept_without_one():
    (row,) = planned_rows([person("5", "5")])
    assert (row.action, row.manager, codes(row.notes)) == ("create", None, ["own_manager"])


def test_a_manager_is_found_in_the_file_and_among_the_known_by_number_or_address():
    rows = planned_rows([person("5", "6"), person("6", "2"), person("7", "BO@a.example")], [BO])
    assert [row.manager for row in rows] == ["row:3", "id:8", "id:8"]


def test_a_manager_whose_row_is_refused_is_said():
    rows = planned_rows([person("5", "6"), person("6", hired_on="x")])
    assert [m.text for m in rows[0].notes] == ["Manager “6” is refused in row 3; no manager is taken from this row."]


def test_a_circle_through_a_member_outside_the_file_is_seen():
    chief = ExistingMember(9, "9", "Cy", "Ode", "cy@a.example", manager_id=8)
    (row,) = planned_rows([[*BO_ROW[:9], "9"]], [BO, chief])
    assert (row.action, codes(row.notes)) == ("same", ["manager_circle"])


def test_turning_a_reporting_line_round_is_no_circle():
    rows = planned_rows([ada(manager_number=""), [*BO_ROW[:9], "1"]], [ADA, BO])
    assert [(row.manager, row.sets_manager) for row in rows] == [(None, True), ("id:7", True)]


def test_a_long_circle_loses_one_link_only_and_a_long_chain_none():
    circle = planned_rows([person(str(i), str(100 + (i - 99) % 50)) for i in range(100, 150)])
    assert [row.line for row in circle if row.manager is None] == [51]
    count = 20_000
    begun = time.perf_counter()
    chain = planned_rows([person(str(i), str(i + 1) if i < count else "") for i in range(1, count + 1)])
    assert sum(row.manager is None for row in chain) == 1
    assert time.perf_counter() - begun < 30


def test_managers_by_name():
    columns = ("employee_number", "name", "email", "manager_name")
    rows = planned_rows(
        [
            ["1", "Ada Obi", "1@a.example", "Ek, Bo"],
            ["2", "Bo Ek", "2@a.example", ""],
            ["3", "Cy Ode", "3@a.example", "cy ode"],
            ["4", "Di Fu", "4@a.example", "Ada Obi"],
            ["5", "Ada Obi", "5@a.example", "Nobody Known"],
        ],
        columns=columns,
    )
    assert [row.manager for row in rows] == ["row:3", None, None, None, None]
    assert [codes(row.notes) for row in rows] == [[], [], ["own_manager"], ["manager_unclear"], ["manager_unknown"]]


# Details


@pytest.mark.parametrize(
    ("hired", "left", "action", "said"),
    [
        ("2027-11-23", "", "create", ["starts_later"]),
        ("2027-11-24", "", "refuse", ["far_future"]),
        ("1936-01-01", "", "create", []),
        ("1935-12-31", "", "refuse", ["long_ago"]),
        ("2021-03-01", "31.12.9999", "create", []),
        ("2021-03-01", "2090-01-01", "refuse", ["far_future"]),
        ("", "2021-03-01", "refuse", ["no_start"]),
        ("", "", "create", ["no_start"]),
    ],
)
def test_dates_at_the_edges(hired, left, action, said):
    (row,) = planned_rows([ada(hired_on=hired, left_on=left, manager_number="")])
    assert (row.action, codes(row.errors + row.notes)) == (action, said)


def test_level_and_time_zone_that_make_no_sense_are_left_out_and_said():
    columns = ("employee_number", "family_name", "email", "level", "time_zone", "site")
    rows = planned_rows(
        [
            ["1", "Obi", "1@a.example", "7", "europe/warsaw", "Kraków"],
            ["2", "Ek", "2@a.example", "Senior", "Middle Earth", "Kraków"],
            ["3", "Ode", "3@a.example", "21", "", "KRAKÓW"],
        ],
        columns=columns,
    )
    assert [(r.values["level"], r.values["time_zone"], r.values["site"]) for r in rows] == [
        (7, "Europe/Warsaw", "Kraków"),
        (None, "Europe/Warsaw", "Kraków"),
        (None, "Europe/Warsaw", "Kraków"),
    ]
    assert [codes(r.notes) for r in rows] == [[], ["level", "time_zone"], ["level", "spelling"]]


def test_a_row_that_could_not_be_found_again_is_refused():
    (row,) = planned_rows([["", "Ada", "Obi", "", "2021-03-01"]])
    assert codes(row.errors) == ["no_key"]


def test_planned_rows_survive_json():
    for row in planned((DATA / "people_messy.csv").read_bytes()):
        data = json.loads(json.dumps(row.as_dict()))
        assert PlannedRow.from_dict(data, line=row.line, action=row.action, label=row.label, cells=row.cells) == row


def test_the_report_of_refused_rows_can_be_opened_safely_and_sent_again():
    content = b"Employee ID,Surname,E-mail,Start date\n1,=1+1,nobody,2021-03-01\n2,\t@x,a@a.example,2021-02-30\n3,Ek\n"
    table = open_table(content)
    refused = [(row.line, row.cells, row.errors) for row in planned(content) if row.action == "refuse"]
    report = "".join(refused_report(table.headings, refused))
    assert list(csv.reader(io.StringIO(report.removeprefix("\ufeff")))) == [
        ["Employee ID", "Surname", "E-mail", "Start date", "Row", "Why"],
        ["1", "'=1+1", "nobody", "2021-03-01", "2", "“nobody” is not an e-mail address; correct it or leave the cell empty."],
        ["2", "'\t@x", "a@a.example", "2021-02-30", "3", "Start date: “2021-02-30” doesn’t exist: February 2021 has 28 days; correct the date."],
        ["3", "Ek", "", "", "4", "Too few cells: 2, where the headings need 4. Give every cell of the row."],
    ]  # fmt: skip
    corrected = report.replace("nobody", "one@a.example").encode("utf-8")
    assert next(iter(planned(corrected))).values["family_name"] == "=1+1"


CELLS = st.text(max_size=30) | st.sampled_from(
    ["1", "2", "a@a.example", "b@a.example", "2021-03-01", "2022-03-01", "03/04/21"]
)


@given(st.lists(st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=6), st.booleans())
def test_no_cells_raise_and_every_plan_settles_in_one_go(rows, proven):
    first = planned_rows(rows, date_order="dmy", date_order_proven=proven)
    assert len(first) == len(rows)
    members = carried_out(first)
    again = planned_rows(rows, members, date_order="dmy", date_order_proven=proven)
    assert {row.action for row in again} <= {"same", "refuse"}
    assert len({m.email for m in members if m.email}) == sum(1 for m in members if m.email)
    assert len({m.employee_number for m in members if m.employee_number}) == sum(
        1 for m in members if m.employee_number
    )
    for member in members:
        assert not any(a is not b and a.overlaps(b) for a in member.spells for b in member.spells)
    managers = {m.id: m.manager_id for m in members}
    for one in managers:
        seen, at = set(), one
        while at is not None:
            assert at not in seen
            seen.add(at)
            at = managers[at]


def test_ten_thousand_people_take_seconds_and_little_memory():
    content = many_people(10_000)
    begun = time.perf_counter()
    found = planned(content)
    assert [row.action for row in found] == ["create"] * 10_000
    assert time.perf_counter() - begun < 10
    tracemalloc.start()
    assert planned(content).counts == {"create": 10_000}
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40_000_000


def test_a_row_without_a_name_is_refused_before_and_after_its_person_is_known():
    rows = [["", "", "", "ada@a.example", "2021-03-01"], ["", "Ada", "Obi", "ada@a.example", "2021-03-01"]]
    first = planned_rows(rows)
    assert [(row.action, codes(row.errors)) for row in first] == [("refuse", ["no_name"]), ("create", [])]
    again = planned_rows(rows, carried_out(first))
    assert [row.action for row in again] == ["refuse", "same"]
