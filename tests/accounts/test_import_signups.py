"""Sign-up sheets become answers of members, or a sentence says why not."""

from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.importing.reading import Row, open_table
from accounts.importing.signups import (
    Answers,
    KnownMember,
    guess_role,
    guess_signup_columns,
    plan_signups,
    read_hours,
    read_timestamp,
)

DATA = Path(__file__).parents[1] / "data"
TODAY = date(2026, 11, 22)
MENTEE = ("answered_at", "email", "skills_wanted", "languages", "hours", "goal", "preference", "note")
MENTOR = ("answered_at", "email", "skills_offered", "capacity")
MEMBERS = {
    "ada@a.example": KnownMember(1, "Ada Obi"),
    "bo@a.example": KnownMember(2, "Bo Ek", left_on=date(2026, 11, 21)),
    "ed@a.example": KnownMember(4, "Ed Fox", left_on=date(2026, 11, 22)),
    "cy@a.example": KnownMember(3, "Cy Ode", left_on=date(2027, 1, 31)),
}


def signups(*rows, columns=MENTEE, role="mentee", **more):
    given = [Row(line, [*cells, *[""] * (len(columns) - len(cells))]) for line, cells in enumerate(rows, 2)]
    return plan_signups(given, columns, MEMBERS, role=role, today=TODAY, **more)


@pytest.mark.parametrize(
    ("name", "role", "fields"),
    [
        (
            "signups_mentors.csv",
            "mentor",
            ["answered_at", "email", "skills_offered", "capacity", "languages", "hours", "goal", "preference"],
        ),
        (
            "signups_mentees.csv",
            "mentee",
            ["answered_at", "email", "skills_wanted", "languages", "hours", "goal", "preference", "note"],
        ),
    ],
)
def test_the_columns_of_both_sheets_are_understood(name, role, fields):
    columns = [column.field for column in guess_signup_columns(open_table((DATA / name).read_bytes()))]
    assert (columns, guess_role(columns)) == (fields, role)


def test_every_answer_of_the_sample_sheets_finds_its_member():
    people = open_table((DATA / "people_bamboo.csv").read_bytes())
    members = {row.cells[3].lower(): KnownMember(int(row.cells[0])) for row in people}
    for name, count in (("signups_mentors.csv", 110), ("signups_mentees.csv", 320)):
        table = open_table((DATA / name).read_bytes())
        columns = [column.field for column in guess_signup_columns(table)]
        planned = plan_signups(table, columns, members, role=guess_role(columns), today=TODAY)
        assert [row.action for row in planned] == ["accept"] * count
        assert all(row.answers.skills and row.answers.hours and row.answers.answered_at for row in planned)
        assert all((row.answers.capacity is not None) == (name == "signups_mentors.csv") for row in planned)


def test_an_answer_is_read_whole():
    (row,) = signups(
        [
            "2026/10/13 11:35:45 am GMT",
            "ADA@a.example",
            "Public speaking, SQL, public Speaking",
            "English, Polish",
            "Thu 10-12; Thu 12-14; Mon 8:30-10",
            "Lead a team",
            "Different department",
            "Please not my old manager",
        ],
        skills=["Public Speaking"],
    )
    assert (row.action, row.member_id, row.email) == ("accept", 1, "ada@a.example")
    assert row.answers == Answers(
        skills=("Public Speaking", "SQL"),
        languages=("English", "Polish"),
        hours=((0, 510, 600), (3, 600, 840)),
        goal="Lead a team",
        preference="different_department",
        note="Please not my old manager",
        answered_at=datetime(2026, 10, 13, 11, 35, 45, tzinfo=UTC),
    )
    assert [m.text for m in row.notes] == [
        "Asks “Please not my old manager”: no rule follows from this, act on it yourself."
    ]


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("di@a.example", "Nobody here has the address di@a.example. Import the person first, or correct it."),
        ("bo@a.example", "Bo Ek left on 21 November 2026."),
        ("", "No e-mail address, so it can’t be told whose answer this is."),
        ("ada", "“ada” is not an e-mail address; correct it or leave the cell empty."),
    ],
)
def test_who_cannot_sign_up_is_told_why(email, sentence):
    (row,) = signups(["", email, "SQL"])
    assert (row.action, [m.text for m in row.errors]) == ("refuse", [sentence])


def test_the_last_day_is_a_day_of_work():
    (row,) = signups(["", "ed@a.example", "SQL"])
    assert (row.action, [m.text for m in row.notes]) == ("accept", ["Leaves on 22 November 2026."])


def test_who_leaves_later_may_sign_up_and_it_is_said():
    (row,) = signups(["", "cy@a.example", "SQL"])
    assert (row.action, [m.text for m in row.notes]) == ("accept", ["Leaves on 31 January 2027."])


@pytest.mark.parametrize(
    ("first", "second", "actions"),
    [
        ("2026/10/01 09:00:00", "2026/10/02 09:00:00", ["skip", "accept"]),
        ("2026/10/02 09:00:00", "2026/10/01 09:00:00", ["accept", "skip"]),
        ("2026/10/02 09:00:00", "", ["skip", "accept"]),
        ("", "", ["skip", "accept"]),
    ],
)
def test_the_last_answer_counts(first, second, actions):
    rows = signups([first, "ada@a.example", "SQL"], [second, "Ada@A.example", "Python"])
    assert [row.action for row in rows] == actions
    kept = actions.index("accept") + 2
    skipped = rows[actions.index("skip")]
    assert [m.text for m in skipped.notes] == [f"Answered again in row {kept}; the last answer counts."]


@pytest.mark.parametrize(
    ("cell", "action", "capacity", "said"),
    [
        ("2", "accept", 2, []),
        ("up to 3", "accept", 3, []),
        ("", "accept", None, []),
        ("two", "accept", None, ["capacity"]),
        ("999", "accept", 50, ["capacity"]),
        ("0", "refuse", None, ["no_capacity"]),
    ],
)
def test_capacity(cell, action, capacity, said):
    (row,) = signups(["", "ada@a.example", "SQL", cell], columns=MENTOR, role="mentor")
    assert (row.action, row.answers.capacity) == (action, capacity)
    assert [m.code for m in row.errors + row.notes] == said


@pytest.mark.parametrize(
    ("cell", "preference", "said"),
    [
        ("No preference", "", []),
        ("Same location", "same_site", []),
        ("Andere Abteilung", "different_department", []),
        ("Somebody who dances", "", ["preference"]),
    ],
)
def test_preferences(cell, preference, said):
    (row,) = signups(["", "ada@a.example", "SQL", "", "", "", cell])
    assert (row.answers.preference, [m.code for m in row.notes]) == (preference, said)


@pytest.mark.parametrize(
    ("cell", "hours", "unread"),
    [
        ("Mon 08-10; Tue 12-14", ((0, 480, 600), (1, 720, 840)), []),
        ("Tue 12-14; Mon 08-10; Mon 10-12", ((0, 480, 720), (1, 720, 840)), []),
        ("Di 08:30-10, Donnerstag: 14 bis 16 Uhr", ((1, 510, 600), (3, 840, 960)), []),
        ("Mon-Wed 9am-11am", ((0, 540, 660), (1, 540, 660), (2, 540, 660)), []),
        ("Sat-Mon 9-10", ((0, 540, 600), (5, 540, 600), (6, 540, 600)), []),
        ("Wed 1-3pm; Thu 11-1pm", ((2, 780, 900), (3, 660, 780)), []),
        ("Fri 20-24", ((4, 1200, 1440),), []),
        ("Fri 14-12; mornings; Fri 25-26", (), ["Fri 14-12", "mornings", "Fri 25-26"]),
        ("", (), []),
    ],
)
def test_free_hours(cell, hours, unread):
    assert read_hours(cell) == (hours, unread)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026/10/13 11:35:45 am GMT", datetime(2026, 10, 13, 11, 35, 45, tzinfo=UTC)),
        ("2026/10/15 18:03:33 am GMT", datetime(2026, 10, 15, 18, 3, 33, tzinfo=UTC)),
        ("2026/10/13 1:35:45 PM GMT+2", datetime(2026, 10, 13, 11, 35, 45, tzinfo=UTC)),
        ("13.10.2026 09:05", datetime(2026, 10, 13, 9, 5, tzinfo=UTC)),
        ("2026-10-13T09:05:07-05:30", datetime(2026, 10, 13, 14, 35, 7, tzinfo=UTC)),
        ("2026-02-30 09:05", None),
        ("2026-10-13 29:05", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_timestamps(text, at):
    assert read_timestamp(text, today=TODAY) == at


@given(
    st.lists(st.lists(st.text(max_size=40), min_size=8, max_size=8), max_size=5), st.sampled_from(["mentor", "mentee"])
)
def test_no_answers_raise(rows, role):
    rows = [[cells[0], "ada@a.example", *cells[2:]] for cells in rows]
    columns = (*MENTEE[:2], "skills_wanted" if role == "mentee" else "skills_offered", *MENTEE[3:7], "capacity")
    planned = signups(*rows, columns=columns, role=role)
    assert sum(row.action == "accept" for row in planned) <= 1


@given(st.text(alphabet="MonTuewed 0123456789:-;apm.–h", max_size=30))
def test_hours_always_lie_in_their_day_and_never_overlap(cell):
    hours, _ = read_hours(cell)
    for day, start, end in hours:
        assert 0 <= day <= 6
        assert 0 <= start < end <= 1440
    assert all(a[0] != b[0] or a[2] < b[1] for a, b in pairwise(hours))
