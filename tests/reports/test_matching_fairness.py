"""Sales: 12 mentees, 7 matched. Research: 10 mentees, 5 matched. Legal: 3 mentees, 1 matched."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from programs.models import Mentorship, Participant
from reports.fairness import fairness_of
from reports.suppression import Shown
from tests.people import inside, make_member

from .conftest import NOON, enrol, make_people, make_program

DAY = timedelta(days=1)


def match(program, mentor, mentees, *, days, scores, status="active"):
    """Each mentee with the mentor, so many days after their place was given."""
    with inside(program.organisation):
        for mentee, score in zip(mentees, scores, strict=True):
            begun = mentee.joined_at + days * DAY if status == "active" else None
            pair = Mentorship.objects.create(
                program=program, status=status, started_at=begun, score=score, offered_at=NOON - 90 * DAY
            )
            for part in (mentor, mentee):
                Participant.objects.create(mentorship=pair, enrolment=part, role=part.role)


@pytest.fixture
def program(northwind):
    program = make_program(northwind)
    (mentor,) = enrol(program, make_people(northwind, 1, department="Legal"), "mentor")
    sales = enrol(program, make_people(northwind, 12, department="Sales", hired_on=date(2026, 3, 2)), "mentee")
    research = enrol(program, make_people(northwind, 10, department="Research", hired_on=date(2023, 8, 15)), "mentee")
    legal = enrol(program, make_people(northwind, 3, department="Legal", hired_on=date(2010, 1, 4)), "mentee")
    # Somebody who waits for a place is no mentee yet.
    enrol(program, make_people(northwind, 6, department="Sales"), "mentee", joined_at=None, status="waiting")
    match(program, mentor, sales[:7], days=10, scores=[0.9, 0.8, 0.8, 0.7, 0.7, 0.6, 0.6])
    match(program, mentor, research[:5], days=40, scores=[0.5, 0.5, 0.4, 0.4, 0.2])
    match(program, mentor, legal[:1], days=5, scores=[0.3])
    # Offered and declined: a score, but no match.
    match(program, mentor, research[5:6], days=0, scores=[0.1], status="declined")
    return program


def found(program, dimension="department"):
    with inside(program.organisation):
        return fairness_of(program.organisation, program, dimension=dimension)


def test_everybody(program):
    everybody = found(program).everybody
    # 25 mentees, 13 of them matched: the thirteenth after 40 days.
    assert everybody.matched == Shown(25, 15)
    assert everybody.wait == 40
    assert everybody.mean == pytest.approx((5.1 + 2.0 + 0.3 + 0.1) / 14)
    assert everybody.lowest == 0.1


def test_a_small_group_hides_another_with_it(program):
    legal, research, sales = found(program).groups
    assert (legal.name, research.name, sales.name) == ("Legal", "Research", "Sales")
    assert legal.matched == Shown(None, None)
    assert (legal.wait, legal.mean, legal.lowest) == (None, None, None)
    # The next smallest, from whose numbers those of Legal could be told.
    assert (research.wait, research.mean, research.lowest) == (None, None, None)
    assert sales.wait == 10
    assert sales.mean == pytest.approx(5.1 / 7)
    assert sales.lowest == 0.6


def test_length_of_service_counts_to_the_day_of_the_place(northwind):
    program = make_program(northwind)
    # They got their place on 14 August 2026: a day short of two years of service, and two years to the day.
    enrol(program, make_people(northwind, 5, hired_on=date(2024, 8, 15)), "mentee")
    enrol(program, make_people(northwind, 5, hired_on=date(2024, 8, 14)), "mentee")
    unknown = make_people(northwind, 5)
    with inside(northwind):
        Member.objects.filter(pk__in=[member.pk for member in unknown]).update(hired_on=None)
    enrol(program, unknown, "mentee")
    assert [group.name for group in found(program, "tenure").groups] == [
        "1 to 2 years", "2 to 5 years", "Not recorded",
    ]  # fmt: skip


def test_half_still_waiting_is_said(northwind):
    program = make_program(northwind)
    enrol(program, make_people(northwind, 8, department="Sales"), "mentee")
    (sales,) = found(program).groups
    assert sales.wait is None
    assert sales.still_waiting
    assert found(program).everybody.mean is None


def test_the_page(client, program, adam, hanna):
    for member in (adam, hanna):
        client.force_login(member.user)
        page = client.get(f"/o/northwind/reports/programmes/{program.pk}/fairness/")
        assert page.status_code == 200
        assert "0.73" in page.content.decode()
        assert page.content.decode().count("hidden") >= 8
    assert client.get(f"/o/northwind/reports/programmes/{program.pk}/fairness/?by=shoe").status_code == 302
    assert client.post(f"/o/northwind/reports/programmes/{program.pk}/fairness/").status_code == 405


def test_neither_colleagues_nor_strangers_see_it(client, program, northwind, mallory):
    client.force_login(make_member(northwind, "Carol").user)
    assert client.get(f"/o/northwind/reports/programmes/{program.pk}/fairness/").status_code == 403
    client.force_login(mallory.user)
    assert client.get(f"/o/northwind/reports/programmes/{program.pk}/fairness/").status_code == 404
    assert client.get(f"/o/initech/reports/programmes/{program.pk}/fairness/").status_code == 404


def test_three_queries_however_many_groups(program):
    with inside(program.organisation), CaptureQueriesContext(connection) as queries:
        fairness_of(program.organisation, program, dimension="site")
    assert len([query for query in queries if "SELECT" in query["sql"]]) == 3
