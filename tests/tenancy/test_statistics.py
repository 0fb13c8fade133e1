"""A new organisation among large ones has its pages planned for the people it has, not for one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from mentoring.jobs import registry, services
from mentoring.jobs.models import Job
from mentoring.tenancy import statistics
from mentoring.tenancy.scope import organisation_scope
from programs.models import Enrolment, Participant
from tests.conftest import connect_as, cut_connections
from tests.people import inside
from tests.tenancy.cast import make_cast
from tests.test_list_pages import add_rows


@pytest.fixture
def own_database(transactional_db, settings):
    """A copy of the empty test database, thrown away afterwards: what was analysed outlives every rollback."""
    settings.ANALYSE_CHANGED = True
    shared = connection.settings_dict["NAME"]
    copy = f"{shared}_statistics"
    # A thread of the server that browsers spoke to may still hold one.
    cut_connections()
    _as_owner(f'DROP DATABASE IF EXISTS "{copy}"', f'CREATE DATABASE "{copy}" TEMPLATE "{shared}"')
    connection.settings_dict["NAME"] = copy
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = shared
        _as_owner(f'DROP DATABASE "{copy}"')


def _as_owner(*statements: str) -> None:
    """From outside the database, to which nobody may be connected meanwhile."""
    name = connection.settings_dict["NAME"]
    connect_as("DATABASE_OWNER_URL")
    connection.settings_dict["NAME"] = "postgres"
    try:
        for statement in statements:
            with connection.cursor() as cursor:
                cursor.execute(statement)
    finally:
        connect_as("DATABASE_URL")
        connection.settings_dict["NAME"] = name


def _expected(organisation) -> list[int]:
    """How many members, enrolments and participants the planner thinks that an organisation has."""
    found = []
    with inside(organisation):
        for model in (Member, Enrolment, Participant):
            (plan,) = json.loads(model.objects.order_by().explain(format="json"))
            found.append(plan["Plan"]["Plan Rows"])
    return found


def _run_a_job(organisation, monkeypatch) -> None:
    monkeypatch.setitem(registry._handlers, "test.nothing", lambda progress: None)
    with inside(organisation):
        job = services.start_job("test.nothing", subject="test")
    with organisation_scope(organisation):
        services.run_job(job.pk)
        with transaction.atomic():
            assert Job.objects.get(pk=job.pk).status == Job.Status.DONE


# What a page of the new organisation must not need, on however busy a machine; it was minutes.
LONGEST = "5s"
# All that joined everything with everything.
PAGES = {
    "reports:home": "",
    "programs:detail": "program",
    "matching:board": "program",
    "matching:pair_rules": "program",
    "sessions:groups": "",
    "feedback:relationships": "program",
    "reports:program_health": "program",
}


def test_the_pages_of_a_new_organisation_are_planned_for_what_its_bulk_work_has_written(own_database, monkeypatch):
    large = make_cast("northwind", "Aurelian")
    add_rows(large, 0, 1000)
    assert statistics.analyse_changed() > 20
    new = make_cast("harbour", "Bellweather")
    add_rows(new, 0, 300)
    assert _expected(new.organisation) == [1, 1, 1]

    monkeypatch.setattr(statistics, "PAUSE", timedelta())
    _run_a_job(new.organisation, monkeypatch)

    with inside(new.organisation):
        there = [model.objects.count() for model in (Member, Enrolment, Participant)]
    assert min(there) >= 300
    assert _expected(new.organisation) == pytest.approx(there, rel=0.2)
    client = Client()
    client.force_login(new.user)
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = '{LONGEST}'")
    for view, shown in PAGES.items():
        kwargs = {"org": new.organisation.slug} | ({"pk": new.ids[shown]} if shown else {})
        assert client.get(reverse(view, kwargs=kwargs)).status_code == 200


def test_little_is_not_worth_a_look_nor_is_the_same_table_twice_in_a_row(own_database):
    cast = make_cast("northwind", "Aurelian")
    assert statistics.analyse_changed() == 0
    with inside(cast.organisation):
        Member.objects.bulk_create(Member(given_name=f"Row {n}", email=f"a{n}@x.example") for n in range(60))
    assert statistics.analyse_changed() == 1
    with inside(cast.organisation):
        Member.objects.bulk_create(Member(given_name=f"Row {n}", email=f"b{n}@x.example") for n in range(60))
    assert statistics.analyse_changed() == 0


@pytest.mark.django_db
def test_autovacuum_looks_at_every_table_of_organisations_early():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND relrowsecurity ORDER BY relname"
        )
        options = dict(cursor.fetchall())
    assert len(options) > 50
    wanted = ["autovacuum_analyze_scale_factor=0", "autovacuum_analyze_threshold=100"]
    assert {table: found for table, found in options.items() if found != wanted} == {}
