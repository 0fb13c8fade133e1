"""A small organisation by hand: 20 in Sales, 30 in Research, 12 in Legal, and 3 of no department."""

import csv
import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports.participation import Group, participation_of
from reports.suppression import Shown
from tests.people import inside

from .conftest import enrol, make_people, make_program

ADDRESS = "/o/northwind/reports/participation/"


@pytest.fixture
def people(northwind):
    """Sales: 6 mentors, 7 mentees, 1 of whom is both, so 12. Research: 10 mentees. Legal: 2 mentees. Others: nobody."""
    program, second = make_program(northwind), make_program(northwind, "Second")
    sales = make_people(northwind, 20, department="Sales", level=3, site="Leeds")
    research = make_people(northwind, 30, department="Research", level=4, site="=Bonn")
    legal = make_people(northwind, 12, department="Legal", level=10, site="Leeds")
    make_people(northwind, 3)
    enrol(program, sales[:6], "mentor")
    enrol(program, sales[6:12], "mentee")
    enrol(second, sales[:1], "mentee")
    enrol(program, research[:10], "mentee")
    # Neither has had a place: one waits, one was not accepted.
    enrol(program, research[10:11], "mentee", joined_at=None, status="waiting")
    enrol(program, research[11:12], "mentee", joined_at=None, status="declined")
    enrol(second, research[:10], "mentee")
    enrol(program, legal[:2], "mentee")
    # Whoever has left isn't counted, nor is a place that they had.
    gone = make_people(northwind, 9, department="Legal", left_on=date(2026, 11, 20))
    enrol(program, gone, "mentee")


def found(organisation, dimension):
    with inside(organisation):
        return participation_of(organisation, dimension=dimension)


def test_departments(northwind, people):
    participation = found(northwind, "department")
    # 65 people; 12 + 10 + 2 = 24 took part, 6 mentors, 7 + 10 + 2 = 19 mentees.
    assert participation.everybody == Group("Everybody", Shown(65, 25), Shown(65, 5), Shown(65, 20))
    assert participation.groups == [
        # Legal's 2 are hidden; with those of no department they would be told by the total, so Sales goes with them.
        Group("Legal", Shown(10, None), Shown(10, None), Shown(10, None)),
        Group("Research", Shown(30, 10), Shown(30, None), Shown(30, 10)),
        Group("Sales", Shown(20, None), Shown(20, None), Shown(20, None)),
        Group("Not recorded", Shown(None, None), Shown(None, None), Shown(None, None)),
    ]
    assert participation.as_of == date(2026, 11, 22)


def test_levels_stand_in_their_order(northwind, people):
    assert [group.name for group in found(northwind, "level").groups] == [
        "Level 3", "Level 4", "Level 10", "Not recorded",
    ]  # fmt: skip


def test_all_is_shown_where_nothing_is_small(northwind):
    program = make_program(northwind)
    enrol(program, make_people(northwind, 20, department="Sales")[:7], "mentor")
    enrol(program, make_people(northwind, 40, department="Research")[:12], "mentor")
    participation = found(northwind, "department")
    assert [(group.name, group.took_part, group.took_part.percent) for group in participation.groups] == [
        ("Research", Shown(40, 10), 25),
        ("Sales", Shown(20, 5), 25),
    ]
    assert participation.everybody.took_part == Shown(60, 20)
    # Nobody is a mentee: that is hidden, for everybody and everywhere.
    assert [group.mentees.count for group in (participation.everybody, *participation.groups)] == [None, None, None]


def test_the_page(client, hanna, people):
    client.force_login(hanna.user)
    page = client.get(ADDRESS)
    assert page.status_code == 200
    content = page.content.decode()
    for text in ("Research", "about 33%", "Not recorded", "22 November 2026", "hidden"):
        assert text in content
    # Never names.
    assert "P0 Q" not in content
    assert "=Bonn" in client.get(f"{ADDRESS}?by=site").content.decode()


def test_an_unknown_dimension_leads_back(client, hanna):
    client.force_login(hanna.user)
    assert client.get(f"{ADDRESS}?by=manager").url == ADDRESS


def test_an_organisation_of_one(client, hanna):
    client.force_login(hanna.user)
    content = client.get(ADDRESS).content.decode()
    assert "fewer than 5" in content
    assert "about" not in content


def test_many_departments_come_in_pages(client, hanna, northwind):
    for number in range(51):
        make_people(northwind, 1, department=f"D{number:02}")
    client.force_login(hanna.user)
    assert "D50" not in client.get(ADDRESS).content.decode()
    assert "D50" in client.get(f"{ADDRESS}?page=2").content.decode()


def test_as_many_queries_for_many_departments(client, hanna, northwind):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(ADDRESS).status_code == 200
        return len(captured)

    client.force_login(hanna.user)
    make_people(northwind, 10, department="D0")
    one = queries()
    for number in range(1, 4):
        make_people(northwind, 10, department=f"D{number}")
    assert queries() == one


def test_the_csv_file_holds_the_same_numbers(client, hanna, people):
    client.force_login(hanna.user)
    answer = client.get("/o/northwind/reports/participation.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="participation-northwind-2026-11-22.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    by_key = {(row["dimension"], row["group"], row["measure"]): row for row in rows}
    assert by_key["department", "Research", "took_part"] == {
        "dimension": "department", "group": "Research", "measure": "took_part",
        "people_to_nearest_5": "30", "count_to_nearest_5": "10", "counted_on": "2026-11-22",
    }  # fmt: skip
    assert by_key["department", "Legal", "took_part"]["count_to_nearest_5"] == "hidden"
    # Hanna has no department either: 4 people.
    assert by_key["department", "Not recorded", "mentees"]["people_to_nearest_5"] == "hidden"
    # A site that a spreadsheet would take for a formula.
    assert ("site", "'=Bonn", "took_part") in by_key
    assert len(rows) == 3 * (5 + 5 + 4)


@pytest.mark.parametrize("address", [ADDRESS, "/o/northwind/reports/participation.csv"])
class TestDoors:
    def test_owners_and_hr_may(self, client, olga, hanna, address):
        for member in (olga, hanna):
            client.force_login(member.user)
            assert client.get(address).status_code == 200

    def test_programme_admins_may_not(self, client, adam, address):
        client.force_login(adam.user)
        assert client.get(address).status_code == 403

    def test_strangers_hear_nothing_of_it(self, client, mallory, northwind, address):
        client.force_login(mallory.user)
        assert client.get(address).status_code == 404

    def test_no_other_method(self, client, hanna, address):
        client.force_login(hanna.user)
        assert client.post(address).status_code == 405
