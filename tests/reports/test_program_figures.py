"""Every figure of a programme, the comparison, and the files."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from programs.models import Enrolment, Objective, Program
from reports.exports_programs import document_of
from reports.exports_tables import as_csv, as_pdf, as_xlsx
from reports.program_figures import figures_for, figures_for_each, side_by_side
from tests.people import inside

from .conftest import DAY, NOON, enrol, make_people, make_program, meet, pair


def found(program, *, exact=True):
    with inside(program.organisation):
        return figures_for(Program.objects.get(pk=program.pk), exact=exact)


def values(figures):
    return {each.key: each.value for each in figures.figures}


def test_how_far_people_get(northwind, program):
    read = values(found(program))
    # 6 mentors, 8 mentees and 1 who waits work here.
    assert {key: read[key] for key in ("eligible", "invited", "enrolled", "matched", "met", "active", "completed")} == {
        "eligible": 15, "invited": 0, "enrolled": 8, "matched": 6, "met": 4, "active": 4, "completed": 1,
    }  # fmt: skip
    assert read["matched_share"] == 75


def test_rules_narrow_who_is_eligible(northwind, program):
    with inside(northwind):
        Member.objects.filter(pk__in=Member.objects.order_by("pk").values("pk")[:4]).update(department="Sales")
        Program.objects.update(eligibility={"mentee": {"departments": ["Sales"]}})
    assert values(found(program))["eligible"] == 4


def test_only_new_colleagues_are_eligible_where_the_programme_is_for_them(northwind, program):
    today = NOON.date()
    for days in (0, 90, 91):
        make_people(northwind, 2, hired_on=today - timedelta(days=days))
    make_people(northwind, 1, hired_on=today - timedelta(days=5), department="Sales")
    with inside(northwind):
        Program.objects.update(hired_within=timedelta(days=90))
        Member.objects.filter(hired_on=today).update(hired_on=None)
    # Those hired 90 days ago and the one in Sales; not whose first day isn't known.
    assert values(found(program))["eligible"] == 3
    with inside(northwind):
        Program.objects.update(eligibility={"mentee": {"departments": ["Sales"]}})
    assert values(found(program))["eligible"] == 1
    # Of several at once, each has its own.
    other = make_program(northwind, "Everybody")
    with inside(northwind):
        both = list(Program.objects.filter(pk__in=[program.pk, other.pk]).order_by("pk"))
        assert [values(each)["eligible"] for each in figures_for_each(both, exact=True)] == [1, 22]


def test_rhythm_load_and_risks(program):
    read = values(found(program))
    assert (read["mentors"], read["idle_mentors"], read["load"]) == (6, 2, 0.7)
    # 5 held in 6 mentorships that began.
    assert read["sessions"] == 0.8
    # The fourth has gone quiet; of the others none held three of four that were due, and none has a goal.
    assert (read["at_risk"], read["rhythm_kept"]) == (4, 0)
    assert found(program).load.table.rows[:2] == (("0", "2"), ("1", "4"))


def test_each_who_left_is_counted_once_where_they_got_to(northwind):
    program = make_program(northwind)
    mentors = enrol(program, make_people(northwind, 4), "mentor")
    mentees = enrol(program, make_people(northwind, 5), "mentee")
    with inside(northwind):
        Enrolment.objects.filter(pk__in=[mentees[0].pk, mentees[1].pk]).update(status="withdrawn")
    pair(program, mentors[0], mentees[1], status="declined", started_at=None)
    pair(program, mentors[1], mentees[2], status="ended")
    meet(pair(program, mentors[2], mentees[3], status="ended"), NOON - 9 * DAY)
    pair(program, mentors[3], mentees[4])
    read = found(program)
    assert [values(read)[key] for key in ("left_waiting", "left_offered", "left_unmet", "left_met")] == [1, 1, 1, 1]
    assert [row[1] for row in read.drop_off.table.rows] == ["1", "1", "1", "1"]


def test_readers_of_reports_see_no_small_number(program):
    read = found(program, exact=False)
    numbers = values(read)
    assert (numbers["enrolled"], numbers["matched"], numbers["met"], numbers["left_met"]) == (10, 5, None, None)
    assert numbers["matched_share"] is None
    assert all(value is None or value % 5 == 0 for key, value in numbers.items() if key not in ("load", "sessions"))
    assert next(each.text for each in read.figures if each.key == "met") == "fewer than 5"


def test_objectives_stand_beside_what_is_reached(northwind, program):
    with inside(northwind):
        Objective.objects.create(program=program, text="Half complete", measure="completed", target=50)
        Objective.objects.create(program=program, text="Fewer leave", measure="own", own_measure="Leavers", result=3)
    read = {each.name: (each.text, each.of) for each in found(program).figures if each.key.startswith("objective_")}
    assert read == {
        "Half complete": ("100%", "2 of 2 mentorships that are over; aim: 50 %"),
        "Fewer leave": ("3", ""),
    }


def test_every_figure_says_what_it_means(program):
    read = found(program)
    assert len(read.figures) == 25
    assert all(len(each.definition) > 20 for each in read.figures)
    assert len({each.key for each in read.figures}) == 25


@pytest.fixture
def document(northwind, program):
    with inside(northwind):
        Program.objects.update(name='=HYPERLINK("http://evil.example")')
        read = figures_for(Program.objects.get(), exact=True)
        return document_of(northwind, [read])


def test_the_csv_takes_nothing_for_a_formula(document):
    rows = list(csv.reader(io.StringIO(as_csv(document).decode("utf-8-sig"))))
    assert rows[0][:4] == ["Programme", "Section", "Figure", "Value"]
    assert len(rows) == 26
    assert rows[3][:4] == ['\'=HYPERLINK("http://evil.example")', "How far people get", "Enrolled", "8"]
    assert rows[3][-1] == "2026-11-22"


def test_the_workbook_has_data_and_definitions_and_no_formula(document):
    with zipfile.ZipFile(io.BytesIO(as_xlsx(document))) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        content = "".join(book.read(name).decode() for name in sheets)
        strings = book.read("xl/sharedStrings.xml").decode()
        names = book.read("xl/workbook.xml").decode()
    assert len(sheets) == 2
    assert "<f>" not in content
    assert "=HYPERLINK" in strings
    assert 'name="Data"' in names
    assert 'name="Definitions"' in names
    assert "given a place other than as a mentor" in strings
    # Numbers are numbers: 8 enrolled people, in the fourth column.
    assert '<c r="D4"><v>8</v></c>' in content


def test_the_pdf(document):
    content = as_pdf(document)
    assert content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in content or b"/MarkInfo" in content or len(content) > 20_000
    assert as_pdf(document, picture=True).startswith(b"\x89PNG")


def test_side_by_side(client, adam, northwind, program):
    other = make_program(northwind, "Second")
    with inside(northwind):
        compared = [figures_for(each, exact=True) for each in Program.objects.order_by("pk")]
    lines = {figure.key: [each.value for each in read] for _s, rows in side_by_side(compared) for figure, read in rows}
    assert lines["enrolled"] == [8, 0]
    assert lines["load"] == [0.7, None]
    client.force_login(adam.user)
    page = client.get(f"/o/northwind/reports/programmes/compare/?p={program.pk}&p={other.pk}&p={other.pk}&p=x")
    content = page.content.decode()
    assert page.status_code == 200
    assert content.count('scope="col" data-num') == 2 * len(side_by_side(compared))
    assert f"health.xlsx?p={program.pk}&amp;p={other.pk}" in content


def test_one_programme_has_nothing_beside_it(client, adam, program):
    client.force_login(adam.user)
    assert "Nothing to compare yet" in client.get("/o/northwind/reports/programmes/compare/").content.decode()


@pytest.mark.parametrize(
    ("kind", "content_type", "start"),
    [
        ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfProgramme,"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
        ("pdf", "application/pdf", b"%PDF-"),
    ],
)
def test_files(client, hanna, program, kind, content_type, start):
    client.force_login(hanna.user)
    answer = client.get(f"/o/northwind/reports/programmes/health.{kind}?p={program.pk}")
    assert (answer.status_code, answer["Content-Type"]) == (200, content_type)
    assert answer["Content-Disposition"] == f'attachment; filename="programme-health-northwind-2026-11-22.{kind}"'
    assert answer.content.startswith(start)


def test_no_other_kind_of_file(client, adam, program):
    client.force_login(adam.user)
    assert client.get("/o/northwind/reports/programmes/health.exe").status_code == 404
    assert client.get("/o/northwind/reports/programmes/health.csv?p=99999999").status_code == 404


def test_members_and_strangers_get_none(client, northwind, mallory, program):
    from tests.people import make_member

    tom = make_member(northwind, "Tom")
    for path in ("compare/", "health.csv", "health.pdf"):
        client.force_login(tom.user)
        assert client.get(f"/o/northwind/reports/programmes/{path}").status_code == 403
        client.force_login(mallory.user)
        assert client.get(f"/o/northwind/reports/programmes/{path}").status_code == 404


def test_few_queries_however_much_there_is(northwind, program):
    with inside(northwind), CaptureQueriesContext(connection) as few:
        figures_for(Program.objects.get(), exact=True)
    for number in range(4):
        mentor, mentee = enrol(program, make_people(northwind, 2), "mentor")[0], None
        mentee = enrol(program, make_people(northwind, 1), "mentee")[0]
        meet(pair(program, mentor, mentee), NOON - timedelta(days=number + 1))
    with inside(northwind), CaptureQueriesContext(connection) as many:
        figures_for(Program.objects.get(), exact=True)
    assert len(few) == len(many)
    assert len(many) <= 19
