"""A small organisation by hand, for the comparison, its page and its CSV file."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import PeopleImport, Spell
from reports import retention as reports_retention
from reports.retention import retention_of
from reports.suppression import Shown
from tests.people import inside

from .conftest import NOON, enrol, make_people, make_program

ADDRESS = "/o/northwind/reports/retention/"
TODAY = date(2026, 11, 22)


def day(before):
    return TODAY - timedelta(days=before)


@pytest.fixture
def people(northwind):
    """Everybody was hired 1,000 days ago. Of 40 participants, who joined 900 days ago, 10 left 300 days after hire,
    and of 60 others 30 did."""
    program = make_program(northwind)
    hired_on, left_on = day(1000), day(701)
    joined_at = NOON - timedelta(days=900)
    enrol(program, make_people(northwind, 30, hired_on=hired_on), "mentee", joined_at=joined_at)
    enrol(program, make_people(northwind, 10, hired_on=hired_on, left_on=left_on), "mentor", joined_at=joined_at)
    make_people(northwind, 30, hired_on=hired_on)
    make_people(northwind, 30, hired_on=hired_on, left_on=left_on)
    return program


def found(organisation):
    with inside(organisation):
        return retention_of(organisation)


def test_the_comparison(northwind, people):
    retention = found(northwind)
    assert retention.as_of == TODAY
    assert retention.took_part == Shown(100, 40)
    assert retention.verdict.code == "stayed_longer"
    # Joined on day 101 of tenure, so exposed from then on: 40 and 60 people, of whom 10 and 30 leave on day 300.
    first, last = retention.points[0], retention.points[-1]
    assert first.months == 3.3
    assert (first.participants.percent, first.participants.at_risk) == (100, 40)
    assert (first.others.percent, first.others.at_risk) == (100, 60)
    assert (last.participants.percent, last.participants.at_risk) == (75, 30)
    assert (last.others.percent, last.others.at_risk) == (50, 30)
    assert last.months == 32.9


def test_before_joining_they_count_as_others(northwind):
    program = make_program(northwind)
    # All join on their 500th day; 20 of 60 others leave on day 200, when the later participants are still others.
    enrol(program, make_people(northwind, 30, hired_on=day(1000)), "mentee", joined_at=NOON - timedelta(days=501))
    make_people(northwind, 40, hired_on=day(1000))
    make_people(northwind, 20, hired_on=day(1000), left_on=day(801))
    retention = found(northwind)
    # The curves begin where participants are, so leaving before that is no one's loss.
    assert retention.points[0].months == 16.4
    assert retention.verdict.code == "no_leavers"
    assert {(point.participants.percent, point.others.percent) for point in retention.points} == {(100, 100)}


def test_a_rehire_counts_once_and_stays_a_participant(northwind):
    program = make_program(northwind)
    (member,) = make_people(northwind, 1, hired_on=day(2000), left_on=day(1500))
    with inside(northwind):
        Spell.objects.create(member=member, started_on=day(1000))
    enrol(program, [member], "mentee", joined_at=NOON - timedelta(days=1800))
    enrol(program, make_people(northwind, 9), "mentee")
    make_people(northwind, 10)
    # 20 people in 21 spells, 10 of whom took part.
    assert found(northwind).took_part == Shown(20, 10)


def test_the_day_of_joining_is_that_of_the_organisations_clock(northwind, monkeypatch):
    northwind.time_zone = "Pacific/Auckland"
    seen = {}

    def watch(**arguments):
        seen.update(arguments)
        return original(**arguments)

    original = reports_retention.exposure_rows
    monkeypatch.setattr(reports_retention, "exposure_rows", watch)
    # 20:00 in UTC is the next morning in Auckland.
    joined_at = datetime(2026, 3, 1, 20, tzinfo=UTC)
    enrol(make_program(northwind), make_people(northwind, 1), "mentee", joined_at=joined_at)
    # Of two places the first counts.
    found(northwind)
    assert seen["joined"] == [date(2026, 3, 2).toordinal()]
    assert seen["as_of"] == date(2026, 11, 23).toordinal()


def test_the_first_of_several_places_counts(northwind, people, monkeypatch):
    before = found(northwind)
    with inside(northwind):
        members = [enrolment.member for enrolment in people.enrolments.select_related("member")]
    enrol(make_program(northwind, "Second"), members, "mentee", joined_at=NOON - timedelta(days=10))
    assert found(northwind).points == before.points


def imported(organisation, at):
    with inside(organisation):
        PeopleImport.objects.create(file_name="people.csv", content=b"", status="done", applied_at=at)


def test_the_clock_stops_at_the_last_import(northwind, people):
    imported(northwind, NOON - timedelta(days=46))
    retention = found(northwind)
    assert retention.as_of == date(2026, 10, 7)
    assert retention.notices[0].code == "old_data"
    assert "7 October 2026" in retention.notices[0].text
    imported(northwind, NOON - timedelta(days=3))
    retention = found(northwind)
    assert retention.as_of == date(2026, 11, 19)
    assert "old_data" not in [notice.code for notice in retention.notices]


def test_an_export_without_leavers_is_remarked_on(northwind):
    make_people(northwind, 20)
    assert [notice.code for notice in found(northwind).notices] == ["no_leavers_in_data"]
    # Somebody whose last day is still to come has not left.
    make_people(northwind, 1, left_on=date(2026, 12, 31))
    assert [notice.code for notice in found(northwind).notices] == ["no_leavers_in_data"]
    make_people(northwind, 1, left_on=date(2026, 11, 20))
    assert found(northwind).notices == []


@pytest.mark.parametrize(("participants", "expected"), [(0, "no_participants"), (9, "too_few"), (10, "no_leavers")])
def test_too_few_is_said_and_nothing_is_drawn(northwind, participants, expected):
    enrol(make_program(northwind), make_people(northwind, participants), "mentee")
    make_people(northwind, 50)
    retention = found(northwind)
    assert retention.verdict.code == expected
    assert bool(retention.points) == (expected == "no_leavers")


def test_nobody_at_all(northwind):
    retention = found(northwind)
    assert (retention.verdict.code, retention.points, retention.took_part) == ("nobody", [], Shown(None, None))


class TestKept:
    """What was worked out is used again until something changes."""

    @pytest.fixture
    def work(self, monkeypatch):
        times = []
        original = reports_retention._work_out

        def counted(*args, **kwargs):
            times.append(1)
            return original(*args, **kwargs)

        monkeypatch.setattr(reports_retention, "_work_out", counted)
        return times

    def test_twice_is_once(self, northwind, people, work):
        assert found(northwind) == found(northwind)
        assert len(work) == 1

    @pytest.mark.parametrize("change", ["leaver", "newcomer", "joiner", "import", "day"])
    def test_a_change_is_seen_at_once(self, northwind, people, work, clock, change):
        found(northwind)
        if change == "leaver":
            with inside(northwind):
                spell = Spell.objects.filter(ended_on=None).first()
                Spell.objects.filter(pk=spell.pk).update(ended_on=day(1))
        elif change == "newcomer":
            make_people(northwind, 1)
        elif change == "joiner":
            enrol(people, make_people(northwind, 1), "mentee", joined_at=NOON)
        elif change == "import":
            imported(northwind, NOON - timedelta(days=1))
        else:
            clock.shift(timedelta(days=1))
        found(northwind)
        assert len(work) == 2

    def test_organisations_are_kept_apart(self, northwind, people, mallory, work):
        found(northwind)
        with inside(mallory.organisation):
            other = retention_of(mallory.organisation)
        assert other.took_part == Shown(None, None)
        assert len(work) == 2

    def test_without_the_store_it_is_worked_out(self, northwind, people, work, settings):
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": "redis://127.0.0.1:1/0",
            }
        }
        assert found(northwind).took_part == Shown(100, 40)
        assert found(northwind).took_part == Shown(100, 40)
        assert len(work) == 2


def test_the_page_has_chart_table_sentence_and_definitions(client, hanna, people):
    client.force_login(hanna.user)
    page = client.get(ADDRESS)
    assert page.status_code == 200
    content = page.content.decode()
    assert 'class="chart-svg chart-wide"' in content
    assert "Participants stay longer" in content
    assert "an estimated 75% of participants and 51% of other colleagues were still here at" in content
    assert "not proof of what mentoring does" in content
    assert "The curves begin at 3 months of service" in content
    assert '<th scope="row" data-nowrap>32.9</th>' in content
    assert "<dd>100 with a known first day" in content
    assert "22 November 2026" in content
    assert "/o/northwind/reports/retention.csv" in content
    # Never names.
    assert "P0 Q" not in content


def test_without_a_curve_there_is_a_reason_and_nothing_to_download(client, hanna):
    client.force_login(hanna.user)
    content = client.get(ADDRESS).content.decode()
    assert "No curve can be drawn yet" in content
    assert "retention.csv" not in content
    assert client.get("/o/northwind/reports/retention.csv").content.decode("utf-8-sig").count("\r\n") == 1


def test_the_csv_file_holds_the_same_numbers(client, hanna, northwind, people):
    client.force_login(hanna.user)
    answer = client.get("/o/northwind/reports/retention.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="retention-northwind-2026-11-22.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == {
        "group": "participants", "months_of_service": "3.3", "percent_still_employed": "100",
        "interval_95_lower": "100", "interval_95_upper": "100", "number_at_risk_to_nearest_5": "40",
        "people_data_until": "2026-11-22",
    }  # fmt: skip
    published = found(northwind)
    assert len(rows) == 2 * len(published.points)
    assert [(row["group"], row["percent_still_employed"]) for row in rows[-2:]] == [
        ("participants", "75"), ("others", "51"),
    ]  # fmt: skip
    # Hanna is one of 61 others.
    # Months, not days; fives, not persons.
    assert all(int(row["number_at_risk_to_nearest_5"]) % 5 == 0 for row in rows)


def test_as_many_queries_for_many_people(client, hanna, northwind):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(ADDRESS).status_code == 200
        return len(captured)

    client.force_login(hanna.user)
    one = queries()
    enrol(make_program(northwind), make_people(northwind, 20), "mentee")
    make_people(northwind, 20, left_on=day(30))
    assert queries() == one


@pytest.mark.parametrize("address", [ADDRESS, "/o/northwind/reports/retention.csv", "/o/northwind/reports/"])
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


def test_the_overview_leads_to_each_report(client, hanna, people):
    client.force_login(hanna.user)
    content = client.get("/o/northwind/reports/").content.decode()
    # 61 work here today with Hanna, 30 of whom have had a place.
    assert "about 50%" in content
    assert "About 30 of 60 current members have had a place in a programme." in content
    assert "Participants stay longer" in content
    for address in ("participation/", "retention/", "programmes/"):
        assert f'href="/o/northwind/reports/{address}"' in content
