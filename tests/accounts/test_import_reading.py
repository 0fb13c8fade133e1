"""Bytes become rows, or one sentence says why not; headings and dates are guessed."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.importing.cells import guess_date_order, read_day, read_email, read_text, split_name
from accounts.importing.guessing import BadSettings, Settings, guess
from accounts.importing.headings import field_of
from accounts.importing.reading import NULL_SIGN, Row, UnreadableFile, open_table

DATA = Path(__file__).parents[1] / "data"
TODAY = date(2026, 11, 22)
TEXT = "Name;E-Mail;Ort\r\nZoë Müller;zoe@a.example;Köln\r\nJo Kraft;jo@a.example;Ulm\r\n"
ROWS = [Row(2, ["Zoë Müller", "zoe@a.example", "Köln"]), Row(3, ["Jo Kraft", "jo@a.example", "Ulm"])]


@pytest.mark.parametrize(
    ("written_in", "read_as"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_encodings(written_in, read_as):
    table = open_table(TEXT.encode(written_in))
    assert (table.encoding, table.delimiter, table.headings) == (read_as, ";", ["Name", "E-Mail", "Ort"])
    assert list(table) == ROWS
    assert list(table) == ROWS, "a table can be read again"


def test_bytes_that_windows_leaves_undefined_are_read_as_latin_1():
    assert open_table(b"Name,Ort\nJ\xf6rg,K\x81ln\n").encoding == "iso-8859-1"


def test_one_damaged_letter_does_not_turn_a_unicode_file_into_gibberish():
    table = open_table(("Name,Ort\n" + "Jörg,Köln\n" * 40).encode() + b"J\xf6rg,Ulm\n")
    assert next(iter(table)).cells == ["Jörg", "Köln"]
    assert list(table)[-1].cells == ["J\ufffdrg", "Ulm"]
    assert [m.code for m in table.warnings] == ["damaged"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter):
    table = open_table(TEXT.replace(";", delimiter).encode())
    assert table.delimiter == delimiter
    assert list(table) == ROWS


def test_semicolons_win_over_decimal_commas_and_commas_in_names():
    table = open_table(b"Nr;Name;Stunden\n1;Berg, Jo;37,5\n2;Kraft, Al;20,0\n")
    assert (table.delimiter, next(iter(table)).cells) == (";", ["1", "Berg, Jo", "37,5"])


def test_a_separator_announced_by_excel_is_honoured():
    table = open_table(b"sep=|\nName|Ort\nJo, Al; Bo|Ulm\n")
    assert (table.delimiter, table.headings, list(table)) == ("|", ["Name", "Ort"], [Row(3, ["Jo, Al; Bo", "Ulm"])])


def test_quotes_line_breaks_and_null_bytes_inside_cells():
    table = open_table(b'Name,Title,Site\n"Obi, Ada","The ""Fixer""\nof all",A\x00b\nJo,,\n')
    assert list(table) == [
        Row(2, ["Obi, Ada", 'The "Fixer"\nof all', f"A{NULL_SIGN}b"]),
        Row(3, ["Jo", "", ""]),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    assert [row.cells for row in open_table(f"Name,Ort{end}Jo,Ulm{end}Al,Bonn".encode())] == [
        ["Jo", "Ulm"],
        ["Al", "Bonn"],
    ]


def test_a_line_end_cut_by_the_edge_of_a_block_is_one_line_end():
    lines = ["Name,Ort"] + [f"Person {i:06d},{'x' * (i % 37)}" for i in range(40_000)]
    rows = list(open_table("\r\n".join(lines).encode()))
    assert len(rows) == 40_000
    assert rows[-1] == Row(40_001, ["Person 039999", "x" * (39_999 % 37)])


def test_two_readers_of_one_table_do_not_disturb_each_other():
    table = open_table(TEXT.encode())
    assert list(zip(table, table, strict=True)) == [(row, row) for row in ROWS]


def test_rows_with_too_few_or_too_many_cells_say_so():
    few, many, padded = open_table(b"a,b,c\n1,2\n1,2,3,4\n1,2,3,,\n")
    assert few.problem == "Too few cells: 2, where the headings need 3. Give every cell of the row."
    assert many.problem == (
        "Too many cells: 4, where there are 3 headings. Put quotation marks around a cell that holds a comma."
    )
    assert padded == Row(4, ["1", "2", "3"])


def test_a_quotation_mark_never_closed_is_pointed_at():
    (row,) = open_table(b'a,b,c\n1,"2,3\n4,5,6\n7,8,9\n')
    assert row.problem.endswith("The row runs on over 3 lines: a quotation mark may be missing.")


def test_a_huge_cell_costs_its_row_only():
    rows = list(open_table(b"a,b\n1,2\n" + b"x" * 200_000 + b",2\n3,4\n"))
    assert [(row.line, row.problem is None) for row in rows] == [(2, True), (3, False), (4, True)]


def test_blank_lines_and_a_title_above_the_headings_are_passed_over():
    table = open_table(
        b"\n,,\nStaff report 2026,,\n\nName,E-mail,Site\nJo,jo@a.example,Ulm\n\n,,\nAl,al@a.example,Bonn\n"
    )
    assert table.headings == ["Name", "E-mail", "Site"]
    assert [(row.line, row.cells[0]) for row in table] == [(6, "Jo"), (9, "Al")]


def test_a_file_without_headings():
    table = open_table(b"1,Jo,jo@a.example,2021-03-01\n2,Al,al@a.example,2021-03-02\n")
    assert (table.has_header, table.headings[:2], len(list(table))) == (False, ["Column 1", "Column 2"], 2)
    assert [column.field for column in guess(table, today=TODAY).columns] == [None, None, "email", None]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"\xef\xbb\xbf\r\n \n", "This file is empty."),
        (b"Name,E-mail\n", "This file has headings and no row below them."),
        (b"PK\x03\x04....[Content_Types].xml..xl/workbook.xml", "This is an Excel workbook. Open it, save the sheet as CSV (UTF-8), and upload that."),
        (b"PK\x03\x04..mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "This is an OpenDocument workbook. Save the sheet as CSV (UTF-8), and upload that."),
        (b"PK\x03\x04..people.csv", "This is a ZIP archive. Unpack it, and upload the CSV file inside."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "This is an old Excel workbook. Open it, save the sheet as CSV (UTF-8), and upload that."),
        (b"%PDF-1.7\n", "This is a PDF document, not a table. Export the people as CSV, and upload that."),
        (b"\x89PNG\r\n\x1a\n", "This is a picture, not a table. Export the people as CSV, and upload that."),
        (b"<!DOCTYPE html><html>", "This is a web page or XML, not CSV. Export the people as CSV, and upload that."),
        (b'[{"name": "Jo"}]', "This is JSON, not CSV. Export the people as CSV, and upload that."),
        (bytes(range(256)) * 20, "This isn’t a table of text. Export the people as CSV (UTF-8), and upload that."),
        (b"\xff\xfeN\x00a\x00m", "This file is cut off or damaged. Export it again, as CSV (UTF-8)."),
        (b"x" * 3_000_000, "A line of this file is over a million letters long. Export it again, as CSV (UTF-8)."),
        (b"a," * 400 + b"a\n" + b"1," * 400 + b"1\n", "This file has 401 columns; at most 300 can be read."),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_a_sentence(content, sentence):
    with pytest.raises(UnreadableFile) as refusal:
        open_table(content)
    assert str(refusal.value) == sentence


def test_choices_that_a_file_contradicts_are_refused():
    with pytest.raises(UnreadableFile, match=r"isn’t written in Unicode \(UTF-8\)"):
        open_table("Name\nJörg\n".encode("cp1252"), encoding="utf-8")
    with pytest.raises(UnreadableFile, match="Choose one from the list"):
        open_table(b"Name\nJo\n", encoding="rot13")
    assert open_table(b"a,b;c\n1,2;3\n", delimiter=";").headings == ["a,b", "c"]


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_raise_anything_but_a_sentence(content):
    with suppress(UnreadableFile):
        table = open_table(content)
        guess(table, today=TODAY)
        assert list(table) == list(table)


# Guessing


def fields(name):
    found = guess(open_table((DATA / name).read_bytes()), today=TODAY)
    return found, {column.heading: column.field for column in found.columns}


def test_an_english_export_is_understood():
    found, columns = fields("people_bamboo.csv")
    assert (found.encoding, found.delimiter, found.date_order, found.date_order_proven) == ("utf-8", ",", "iso", True)
    assert columns == {
        "Employee #": "employee_number",
        "First Name": "given_name",
        "Last Name": "family_name",
        "Work Email": "email",
        "Hire Date": "hired_on",
        "Termination Date": "left_on",
        "Termination Reason": "leave_reason",
        "Department": "department",
        "Job Title": "job_title",
        "Grade": "level",
        "Location": "site",
        "Time Zone": "time_zone",
        "Reporting to": "manager_name",
        "Supervisor EID": "manager_number",
        "Employment Status": "status",
        "Days absent (12 months)": "absence_days",
    }
    assert found.messages == []


def test_a_german_export_is_understood():
    found, columns = fields("people_workday.csv")
    assert (found.encoding, found.delimiter, found.date_order, found.date_order_proven) == ("cp1252", ";", "dmy", True)
    assert columns == {
        "Personalnummer": "employee_number",
        "Name": "name",
        "E-Mail (geschäftlich)": "email",
        "Eintrittsdatum": "hired_on",
        "Austrittsdatum": "left_on",
        "Abteilung": "department",
        "Stellenbezeichnung": "job_title",
        "Standort": "site",
        "Vorgesetzte/r (Personalnummer)": "manager_number",
        "Wochenstunden": "weekly_hours",
    }


def test_an_order_of_dates_that_nothing_proves_is_said():
    found, columns = fields("people_messy.csv")
    assert (found.date_order, found.date_order_proven, columns["why this row is here"]) == ("dmy", False, None)
    assert [m.text for m in found.messages] == [
        "No date shows whether the day or the month comes first. They are read day first: 03/04/2021 is 3 April 2021."
    ]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("EMPLOYEE ID", "employee_number"),
        ("Pers.-Nr.", "employee_number"),
        ("Mitarbeiter-Nr.", "employee_number"),
        ("Geschäftliche E-Mail", "email"),
        ("Vorname", "given_name"),
        ("Nachname", "family_name"),
        ("Surname", "family_name"),
        ("Nachname, Vorname", "name"),
        ("Line Manager's Employee ID", "manager_number"),
        ("Führungskraft", "manager_name"),
        ("Manager E-mail", "manager_number"),
        ("Date of joining", "hired_on"),
        ("Austritt am", "left_on"),
        ("Büro", "site"),
        ("Departmnet", "department"),
        ("Date of birth", None),
        ("Geburtsdatum", None),
        ("Private E-Mail", None),
        ("Salary grade review date", None),
        ("Shoe size", None),
    ],
)
def test_headings(heading, field):
    assert field_of(heading)[0] == field


def test_a_bare_name_beside_given_names_is_the_family_name():
    table = open_table(b"Name;Vorname;E-Mail\nBerg;Jo;jo@a.example\n")
    assert [c.field for c in guess(table, today=TODAY).columns] == ["family_name", "given_name", "email"]


def test_each_field_is_given_to_one_column_and_cells_can_outweigh_a_heading():
    table = open_table(b"ID,E-mail,Email,Original hire date,Hire date\n1,x,jo@a.example,2019-01-01,2021-01-01\n")
    found = guess(table, today=TODAY)
    assert [c.field for c in found.columns] == ["employee_number", None, "email", None, "hired_on"]


def test_repeated_headings_are_said():
    table = open_table(b"Name,Site,Site\nJo,Ulm,Bonn\n")
    found = guess(table, today=TODAY)
    assert [c.field for c in found.columns] == ["name", "site", None]
    assert [m.code for m in found.messages] == ["repeated_heading"]


def test_settings_survive_json_and_refuse_nonsense():
    settings = guess(open_table((DATA / "people_messy.csv").read_bytes()), today=TODAY).settings()
    data = settings.as_dict()
    assert Settings.from_dict(data) == settings
    assert settings.problems() == []
    with pytest.raises(BadSettings, match="Two columns are set to e-mail address; choose one"):
        Settings.from_dict(data | {"columns": ["email", "email"]})
    with pytest.raises(BadSettings, match="no field named password"):
        Settings.from_dict(data | {"columns": ["password"]})
    with pytest.raises(BadSettings, match="Choose the date order from the list"):
        Settings.from_dict(data | {"date_order": "ymd?"})
    bare = Settings.from_dict(data | {"columns": ["site", "", None]})
    assert [m.code for m in bare.problems()] == ["no_name", "no_key"]


# Cells


@pytest.mark.parametrize(
    ("text", "order", "day", "remarks"),
    [
        ("2021-03-01", "mdy", date(2021, 3, 1), ()),
        ("2021/3/1", "dmy", date(2021, 3, 1), ()),
        ("2021-03-01T00:00:00Z", "dmy", date(2021, 3, 1), ()),
        ("20210301", "dmy", date(2021, 3, 1), ()),
        ("01.03.2021", "mdy", date(2021, 3, 1), ()),
        ("03/04/2021", "dmy", date(2021, 4, 3), ("two_ways",)),
        ("03/04/2021", "mdy", date(2021, 3, 4), ("two_ways",)),
        ("25/04/2021", "dmy", date(2021, 4, 25), ()),
        ("04/04/2021", "mdy", date(2021, 4, 4), ()),
        ("25/04/2021 09:30", "dmy", date(2021, 4, 25), ()),
        ("01/03/21", "dmy", date(2021, 3, 1), ("two_ways", "two_digits")),
        ("31.12.27", "dmy", date(2027, 12, 31), ("two_digits",)),
        ("31.12.28", "dmy", date(1928, 12, 31), ("two_digits",)),
        ("44256", "dmy", date(2021, 3, 1), ("serial",)),
        ("44256,5", "dmy", date(2021, 3, 1), ("serial",)),
        ("1. März 2021", "dmy", date(2021, 3, 1), ()),
        ("01-Mar-2021", "dmy", date(2021, 3, 1), ()),
        ("March 1st, 2021", "dmy", date(2021, 3, 1), ()),
        ("2020-02-29", "dmy", date(2020, 2, 29), ()),
        ("", "dmy", None, ()),
        ("0000-00-00", "dmy", None, ()),
        ("n/a", "dmy", None, ()),
    ],
)
def test_dates(text, order, day, remarks):
    assert read_day(text, order=order, today=TODAY) == (day, remarks, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2021-02-30", "“2021-02-30” doesn’t exist: February 2021 has 28 days; correct the date."),
        ("2021-13-01", "“2021-13-01” doesn’t exist: there is no month 13; correct the date."),
        ("04/25/2021", "“04/25/2021” has no month 25: dates are read day first; correct the date."),
        ("soon", "“soon” is not a date; give it as 2021-03-31."),
        ("99999", "“99999” is not a date; give it as 2021-03-31."),
        ("²³.01.2021", "“²³.01.2021” is not a date; give it as 2021-03-31."),
    ],
)
def test_dates_that_are_none(text, problem):
    assert read_day(text, order="dmy", today=TODAY) == (None, (), problem)


@pytest.mark.parametrize(
    ("cells", "order", "proven"),
    [
        (["03/04/2021", "25/04/2021"], "dmy", True),
        (["03/04/2021", "04/25/2021"], "mdy", True),
        (["03/04/2021"], "dmy", False),
        (["25/04/2021", "04/25/2021", "04/26/2021"], "mdy", False),
        (["01.03.2021"], "dmy", True),
        (["2021-03-01", ""], "iso", True),
        (["00/03/2021", "04/04/2021"], "iso", True),
    ],
)
def test_the_order_of_dates(cells, order, proven):
    found = guess_date_order(cells, today=TODAY)
    assert (found.order, found.proven) == (order, proven)


@pytest.mark.parametrize(
    ("cell", "text", "remarks"),
    [
        ("  Ada ", "Ada", ()),
        ("de\u00a0Vries", "de Vries", ()),
        ("Software\r\nEngineer", "Software Engineer", ("newline",)),
        ("A\x00da", "Ada", ("null",)),
        ("A\u200bda", "Ada", ("invisible",)),
        ("\u202eadA", "adA", ("invisible",)),
        ("Jo\u0308rg", "Jörg", ()),
        ("\t=1+1", "=1+1", ("formula",)),
        ("'=1+1", "=1+1", ("formula",)),
        (" '=1+1", "=1+1", ("formula",)),
        ("'\t@x", "@x", ("formula",)),
        ("'\n＝1+1", "＝1+1", ("formula",)),
        ("＋1+1", "＋1+1", ("formula",)),
        ("-", "-", ()),
        ("<b>x</b>", "<b>x</b>", ("markup",)),
        ("a < b", "a < b", ()),
        ("👩\u200d🔬", "👩\u200d🔬", ()),
        ("\u200d\u00a0\u200b", "", ("invisible",)),
        ("'s Hertog", "'s Hertog", ()),
    ],
)
def test_text(cell, text, remarks):
    assert read_text(cell) == (text, remarks)


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        (" PERSON1@Northwind.example ", "person1@northwind.example"),
        ("ada@xn--mnchen-3ya.example", "ada@xn--mnchen-3ya.example"),
        ("ada+mentoring@northwind.example", "ada+mentoring@northwind.example"),
        ("person\u200b32@northwind.example", "person32@northwind.example"),
        ("mailto:jo@a.example", "jo@a.example"),
        ("élise@a.example", "élise@a.example"),
        ("-", ""),
    ],
)
def test_addresses(cell, address):
    found = read_email(cell)
    assert (found.address, found.problem) == (address, None)


@pytest.mark.parametrize(
    "cell", ["ada at northwind", "ada@northwind", "@a.example", "a@@a.example", "a..b@a.example", "a b@a.example", "a@a.example\u0000;", "a@-a.example", ".a@a.example", "a.@a.example", "Ada <a@a.example>"]
)  # fmt: skip
def test_what_is_no_address(cell):
    assert read_email(cell).problem.endswith("is not an e-mail address; correct it or leave the cell empty.")


@pytest.mark.parametrize(
    ("name", "family_first", "given", "family"),
    [
        ("Nowak, Yusuf", False, "Yusuf", "Nowak"),
        ("Yusuf Nowak", False, "Yusuf", "Nowak"),
        ("Anna Maria de Vries", False, "Anna Maria", "de Vries"),
        ("Nowak Yusuf", True, "Yusuf", "Nowak"),
        ("von der Heide Jo", True, "Jo", "von der Heide"),
        ("陈", False, "", "陈"),
    ],
)
def test_names_in_one_cell(name, family_first, given, family):
    assert split_name(name, family_first=family_first) == (given, family)
