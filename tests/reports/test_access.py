"""Access to mentoring: 60 people in Sales, 40 in Research and 8 in Legal at the end of October 2026."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from matching.models import Declaration
from mentoring.jobs.progress import NoProgress
from programs.models import Enrolment, Mentorship, Participant
from reports import snapshots
from reports.access import access_snapshot, work_out
from reports.choices import Choice
from reports.models import Download, Snapshot
from tests.people import inside, make_member

from .conftest import NOON, enrol, make_people, make_program

ADDRESS = "/o/northwind/reports/access/"
OCTOBER = date(2026, 10, 1)
DAY = timedelta(days=1)
ASKED = {"key": "k1", "label": "Gender", "options": ["Woman", "Man", "Other"], "why": "To see.", "want": "same", "weight": 1}  # fmt: skip


def match(program, mentor, mentees, *, days, response="accepted"):
    """Each mentee with the mentor, so many days after they signed up."""
    with inside(program.organisation):
        for mentee in mentees:
            pair = Mentorship.objects.create(
                program=program, status="active", started_at=mentee.applied_at + days * DAY
            )
            for part in (mentor, mentee):
                Participant.objects.create(mentorship=pair, enrolment=part, role=part.role, response=response)


def sign_up(program, members, *, role="mentee", days_ago=100):
    joined_at = NOON - days_ago * DAY
    enrolments = enrol(program, members, role, joined_at=joined_at)
    with inside(program.organisation):
        Enrolment.objects.filter(pk__in=[each.pk for each in enrolments]).update(applied_at=joined_at)
    for each in enrolments:
        each.applied_at = joined_at
    return enrolments


@pytest.fixture
def program(northwind):
    """Sales: 24 signed up, 13 matched after 12 days. Research: 12 signed up, 6 matched after 30. Legal: 3 and 1."""
    program = make_program(northwind)
    sales = make_people(northwind, 60, department="Sales", level=3, site="Leeds")
    research = make_people(northwind, 40, department="Research", level=4, site="=Bonn")
    legal = make_people(northwind, 8, department="Legal", level=3, site="Leeds")
    (mentor,) = sign_up(program, legal[-1:], role="mentor")
    match(program, mentor, sign_up(program, sales[:24])[:13], days=12)
    match(program, mentor, sign_up(program, research[:12])[:6], days=30)
    match(program, mentor, sign_up(program, legal[:3])[:1], days=5)
    # Offered only, after the month, gone since, and waiting for a place: none counts.
    match(program, mentor, sign_up(program, research[12:13], days_ago=3), days=1)
    gone = make_people(northwind, 9, department="Sales", left_on=date(2026, 10, 30))
    sign_up(program, gone)
    enrol(program, sales[24:30], "mentee", joined_at=None, status="waiting")
    # Hired in November.
    make_people(northwind, 20, department="Sales", hired_on=date(2026, 11, 2))
    return program


def found(program, month=OCTOBER, *, only=False):
    with inside(program.organisation):
        return work_out(program.organisation, month, program if only else None)


def told(row):
    return [row[name] for name in ("people", "enrolled", "enrolled_percent", "matched", "matched_percent", "wait_days")]


def test_everybody(program):
    report = found(program)
    # 108 people, 39 signed up, 20 matched, the twentieth after 30 days.
    assert told(report["everybody"]) == [110, 40, 36, 20, 50, 30]
    assert (report["as_of"], report["month"], report["program"]) == ("2026-10-31", "2026-10", None)


def test_departments(program):
    rows = {row["group"]: row for row in found(program)["breakdowns"]["department"]}
    assert list(rows) == ["Legal", "Research", "Sales"]
    assert told(rows["Sales"]) == [60, 25, 42, 15, 60, 12]
    # Legal's three would be known by the rest, so Research is hidden with it.
    assert told(rows["Research"]) == [40, None, None, None, None, None]
    assert told(rows["Legal"]) == [10, None, None, None, None, None]


def test_other_breakdowns(program):
    breakdowns = found(program)["breakdowns"]
    assert [row["group"] for row in breakdowns["level"]] == ["Level 3", "Level 4"]
    assert [row["group"] for row in breakdowns["site"]] == ["=Bonn", "Leeds"]
    assert [row["group"] for row in breakdowns["tenure"]] == ["5 to 10 years"]
    # Level 4 and Bonn are just the people of Research, which is hidden.
    assert [row["hidden"] for row in breakdowns["level"] + breakdowns["site"]] == [True] * 4


def test_only_who_may_be_mentored_counts(program):
    with inside(program.organisation):
        program.eligibility = {"mentee": {"departments": ["Sales"]}}
        program.save()
    report = found(program, only=True)
    # Sales, and those of other departments who were let in.
    assert report["everybody"]["people"] == 75
    assert report["has_rules"]
    assert found(program)["everybody"]["people"] == 110


def test_another_programme_is_counted_for_itself_and_only_launched_ones(program, northwind):
    second = make_program(northwind, "Second")
    assert told(found(second, only=True)["everybody"]) == [110, None, None, None, None, None]


def test_a_match_in_any_programme_counts_from_the_first_sign_up(northwind):
    first, second = make_program(northwind), make_program(northwind, "Second")
    people = make_people(northwind, 40, department="Sales")
    sign_up(first, people[:20], days_ago=100)
    again = sign_up(second, people[:20], days_ago=60)
    (mentor,) = sign_up(second, make_people(northwind, 1), role="mentor")
    match(second, mentor, again[:12], days=5)
    assert found(first)["everybody"]["wait_days"] == 45
    assert found(first, only=True)["everybody"]["matched"] is None


class TestMonthAfterMonth:
    """Whoever lays two months side by side learns nothing of the few who signed up or were matched between them."""

    NOVEMBER = date(2026, 11, 1)

    def october(self, program):
        with inside(program.organisation):
            access_snapshot(program.organisation, OCTOBER, None)

    def later(self, program, *, sales=0, research=0):
        """So many more sign up in November."""
        with inside(program.organisation):
            free = {
                name: list(Member.objects.filter(department=name, hired_on__lt=OCTOBER, left_on=None, enrolments=None))
                for name in ("Sales", "Research")
            }
        sign_up(program, [*free["Sales"][:sales], *free["Research"][:research]], days_ago=9)

    def told(self, program):
        rows = found(program, self.NOVEMBER)["breakdowns"]["department"]
        return [(row["group"], row["enrolled"], row.get("as_of")) for row in rows]

    def test_a_few_more_change_nothing(self, program):
        self.october(program)
        self.later(program, sales=4)
        # 28 are 30 to the nearest five, and were 24.
        assert self.told(program)[2] == ("Sales", 25, "2026-10-31")
        assert found(program, self.NOVEMBER)["everybody"]["enrolled"] == 40

    def test_nor_is_it_told_that_nobody_came(self, program):
        self.october(program)
        assert self.told(program)[2] == ("Sales", 25, "2026-10-31")

    def test_five_more_are_told(self, program):
        self.october(program)
        self.later(program, sales=5)
        assert self.told(program)[2] == ("Sales", 30, None)
        # One of Research was matched in November.
        assert found(program, self.NOVEMBER)["everybody"]["as_of"] == "2026-10-31"

    def test_what_was_hidden_stays_so_until_five_have_come(self, program):
        self.october(program)
        self.later(program, sales=5, research=4)
        assert self.told(program)[1:] == [("Research", None, "2026-10-31"), ("Sales", 30, None)]

    def test_who_goes_changes_as_much_as_who_comes(self, program):
        self.october(program)
        with inside(program.organisation):
            of_sales = Enrolment.objects.filter(member__department="Sales", joined_at__isnull=False)
            gone = of_sales.filter(member__left_on=None).values_list("member_id", flat=True)[:6]
            Member.objects.filter(pk__in=list(gone)).update(left_on=date(2026, 11, 5))
        assert self.told(program)[2] == ("Sales", 20, None)

    def test_one_programme_is_laid_beside_its_own_months_only(self, program):
        self.october(program)
        assert "as_of" not in found(program, self.NOVEMBER, only=True)["everybody"]

    def test_the_month_stands_beside_them(self, program, hanna, client, clock):
        self.october(program)
        clock.move_to(NOON + 20 * DAY)
        client.force_login(hanna.user)
        page = client.get(ADDRESS).content.decode()
        assert "as of October 2026" in page
        assert "The figures on everybody are as of 31 October 2026" in page


class TestDeclared:
    @pytest.fixture
    def asking(self, northwind):
        """30 signed up 100 days ago: 12 women, 10 men and 8 who say nothing; five of each were matched in 20 days."""
        program = make_program(northwind, criteria={"characteristics": [ASKED]})
        mentees = sign_up(program, make_people(northwind, 30))
        (mentor,) = sign_up(program, make_people(northwind, 1), role="mentor")
        self.declare(mentees[:12], "Woman")
        self.declare(mentees[12:22], "Man")
        for begin in (0, 12, 22):
            match(program, mentor, mentees[begin : begin + 5], days=20)
        program.mentees, program.mentor = mentees, mentor
        return program

    def declare(self, mentees, value, *, at=NOON - 90 * DAY, counted=True):
        with inside(mentees[0].program.organisation):
            for each in mentees:
                Declaration.objects.create(
                    enrolment=each, key="k1", value=value, consented_at=at, counted_at=at if counted else None
                )

    def rows(self, program):
        (declared,) = found(program, only=True)["declared"]
        return [(row["group"], row["enrolled"], row["matched"]) for row in declared["rows"]]

    def test_who_agreed_is_counted_in_their_group(self, asking):
        # Three of the last group still wait, so the next smallest is hidden with it.
        assert self.rows(asking) == [
            ("Woman", 10, 5),
            ("Man", 10, None),
            ("Not declared, or not to be counted", 10, None),
        ]

    def test_who_agreed_to_matching_only_is_not(self, asking):
        with inside(asking.organisation):
            Declaration.objects.filter(value="Man").update(counted_at=None)
        assert self.rows(asking)[1:] == [("Not declared, or not to be counted", 20, 10)]

    def test_taking_it_back_ends_it(self, asking):
        with inside(asking.organisation):
            Declaration.objects.all().delete()
        (declared,) = found(asking, only=True)["declared"]
        assert (declared["rows"], declared["as_of"]) == ([], None)

    def test_one_more_match_moves_nothing(self, asking):
        before = self.rows(asking)
        match(asking, asking.mentor, asking.mentees[5:9], days=50)
        assert self.rows(asking) == before
        match(asking, asking.mentor, asking.mentees[9:10], days=50)
        assert self.rows(asking) != before

    def test_what_was_agreed_after_the_month_waits_for_the_next(self, asking):
        with inside(asking.organisation):
            Declaration.objects.update(counted_at=datetime(2026, 11, 2, tzinfo=UTC))
        (declared,) = found(asking, only=True)["declared"]
        assert declared["rows"] == []

    def test_nothing_is_declared_for_all_programmes_together(self, asking):
        assert found(asking)["declared"] == []

    def test_on_the_page(self, client, hanna, asking):
        client.force_login(hanna.user)
        content = client.get(f"{ADDRESS}?program={asking.pk}&by=said-k1").content.decode()
        assert "By what people declared: Gender" in content
        assert "Woman" in content
        assert "Could be mentored</th>" not in content


def test_the_page(client, program, hanna, adam):
    for member in (hanna, adam):
        client.force_login(member.user)
        content = client.get(ADDRESS).content.decode()
        assert "Of about 110 people who could be mentored, about 40 have signed up (36%)." in content
        assert "About 20 of those have been matched (50%)." in content
        assert "Half were matched within 30 days of signing up." in content
        assert "counted at the end of 31 October 2026" in content
        assert "hidden" in content
        assert "P0 Q" not in content
    assert (
        f"?program={program.pk}"
        in client.get(f"/o/northwind/reports/programmes/{program.pk}/fairness/").content.decode()
    )
    assert client.get(f"{ADDRESS}?program={program.pk}&by=site").status_code == 200
    assert client.get(f"{ADDRESS}?program=x").status_code == 302
    assert client.get(f"{ADDRESS}?program=999999").status_code == 404
    assert client.post(ADDRESS).status_code == 405


def test_a_month_is_worked_out_once(client, program, hanna, northwind):
    client.force_login(hanna.user)
    client.get(ADDRESS)
    sign_up(program, make_people(northwind, 40, department="Sales"))
    assert "about 40 have signed up" in client.get(ADDRESS).content.decode()
    with inside(northwind):
        assert Snapshot.objects.count() == 1
        # The report on who stays doesn't take it for its own.
        assert snapshots.latest_snapshot() is None
        snapshots.make_snapshot(northwind, Choice(OCTOBER), NoProgress())
        assert Snapshot.objects.count() == 2


def test_a_download_is_written_down(client, program, adam, hanna, northwind):
    client.force_login(adam.user)
    client.get(f"{ADDRESS}?program={program.pk}")
    with inside(northwind):
        pk = Snapshot.objects.get().pk
    assert client.post(f"{ADDRESS}{pk}/download/", {"format": "csv", "purpose": ""}).status_code == 422
    answer = client.post(f"{ADDRESS}{pk}/download/", {"format": "csv", "purpose": "Works council"})
    assert answer["Content-Disposition"] == 'attachment; filename="access-to-mentoring-northwind-2026-10.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    by_key = {(row["Breakdown"], row["Group"], row["Measure"]): row["Value"] for row in rows}
    assert by_key["Everybody", "Everybody", "Signed up"] == "40"
    assert by_key["Department", "Sales", "Signed up, of those who could be mentored"] == "42"
    assert by_key["Department", "Legal", "Matched"] == "hidden"
    # A site that a spreadsheet would take for a formula.
    assert ("Site", "'=Bonn", "Wait") in by_key
    xlsx = client.post(f"{ADDRESS}{pk}/download/", {"format": "xlsx", "purpose": "Board"})
    assert "xl/worksheets/sheet2.xml" in zipfile.ZipFile(io.BytesIO(xlsx.content)).namelist()
    pdf = client.post(f"{ADDRESS}{pk}/download/", {"format": "pdf", "purpose": "Board"})
    assert pdf.content.startswith(b"%PDF")
    with inside(northwind):
        assert list(Download.objects.order_by("pk").values_list("format", "purpose", "by_id")) == [
            ("csv", "Works council", adam.pk), ("xlsx", "Board", adam.pk), ("pdf", "Board", adam.pk),
        ]  # fmt: skip
    client.force_login(hanna.user)
    assert "Access to mentoring, October 2026" in client.get("/o/northwind/reports/downloads/").content.decode()


def test_a_snapshot_of_who_stays_is_not_handed_out_here(client, adam, northwind):
    with inside(northwind):
        other = snapshots.make_snapshot(northwind, Choice(OCTOBER), NoProgress())
    client.force_login(adam.user)
    assert client.post(f"{ADDRESS}{other.pk}/download/", {"format": "csv", "purpose": "x"}).status_code == 404


def test_nor_is_this_one_there(client, hanna, northwind):
    client.force_login(hanna.user)
    client.get(ADDRESS)
    with inside(northwind):
        pk = Snapshot.objects.get().pk
    address = f"/o/northwind/reports/retention/{pk}/download/"
    assert client.post(address, {"format": "csv", "purpose": "x"}).status_code == 404


def test_an_organisation_of_one(client, hanna):
    client.force_login(hanna.user)
    content = client.get(ADDRESS).content.decode()
    assert "Too few to tell: shares are shown once at least 5 people have signed up, and 5 have not." in content


def test_neither_colleagues_nor_strangers_see_it(client, program, northwind, mallory):
    client.force_login(make_member(northwind, "Carol").user)
    assert client.get(ADDRESS).status_code == 403
    client.force_login(mallory.user)
    assert client.get(ADDRESS).status_code == 404
    assert client.get(f"/o/initech/reports/access/?program={program.pk}").status_code == 404


def test_as_many_queries_for_many_groups(program, northwind):
    def queries():
        with inside(northwind), CaptureQueriesContext(connection) as captured:
            work_out(northwind, OCTOBER, None)
        return len([each for each in captured if "SELECT" in each["sql"]])

    few = queries()
    for number in range(10):
        make_people(northwind, 10, department=f"D{number}")
    assert queries() == few
