"""The three nets: the ORM refuses, the database refuses, references refuse."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django_scopes import scopes_disabled
from django_scopes.exceptions import ScopeError

from accounts.models import Member, Skill, Spell
from mentoring.tenancy.backend.base import ScopeOutsideTransaction
from mentoring.tenancy.scope import NoOrganisation, organisation_in_scope, organisation_scope
from tests.people import inside, make_member, make_organisation


@pytest.fixture
def two(db):
    north, south = make_organisation("northwind"), make_organisation("southwind")
    return make_member(north, "Alice"), make_member(south, "Bob")


def rows(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def test_a_query_without_a_scope_is_refused(two):
    with pytest.raises(ScopeError):
        Member.objects.count()
    with pytest.raises(NoOrganisation):
        Skill(name="Python", key="python")


def test_the_scope_filters(two):
    alice, bob = two
    with inside(alice.organisation):
        assert list(Member.objects.all()) == [alice]
    with inside(bob.organisation):
        assert list(Member.objects.all()) == [bob]


def test_the_database_filters_when_the_orm_does_not(two):
    alice, _bob = two
    with inside(alice.organisation), scopes_disabled():
        assert [m.pk for m in Member.objects.all()] == [alice.pk]
        assert rows("SELECT id FROM accounts_member") == [(alice.pk,)]
    with scopes_disabled():
        assert rows("SELECT count(*) FROM accounts_member") == [(0,)]


def test_the_database_refuses_to_write_for_another_organisation(two):
    alice, bob = two
    with inside(alice.organisation):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Skill.objects.create(organisation_id=bob.organisation_id, name="Python", key="python")
        Skill.objects.create(name="Python", key="python")
        with scopes_disabled():
            assert Member.objects.filter(pk=bob.pk).update(given_name="Mallory") == 0


def test_a_reference_into_another_organisation_is_refused(two):
    alice, bob = two
    with inside(alice.organisation):
        with pytest.raises(IntegrityError, match="is not present"), transaction.atomic():
            Spell.objects.create(member_id=bob.pk, started_on="2020-01-01")
            rows("SET CONSTRAINTS ALL IMMEDIATE")


def test_scopes_nest_and_end_in_the_middle_of_a_transaction(two):
    alice, bob = two
    with transaction.atomic():
        with organisation_scope(alice.organisation):
            with organisation_scope(bob.organisation):
                assert rows("SELECT id FROM accounts_member") == [(bob.pk,)]
            assert rows("SELECT id FROM accounts_member") == [(alice.pk,)]
        assert rows("SELECT id FROM accounts_member") == []
        assert organisation_in_scope() is None


def test_an_error_inside_a_scope_is_not_hidden_by_its_end(two):
    alice, _bob = two
    with pytest.raises(ProgrammingError, match="no_such_table"), transaction.atomic():
        with organisation_scope(alice.organisation):
            rows("SELECT * FROM no_such_table")
    with inside(alice.organisation):
        assert Member.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_a_scoped_query_says_so():
    north = make_organisation()
    alice = make_member(north)
    with organisation_scope(north):
        with pytest.raises(ScopeOutsideTransaction):
            Member.objects.count()
        with transaction.atomic():
            assert Member.objects.get() == alice
    assert rows("SELECT current_setting('app.organisation_id', true)") in ([("",)], [(None,)])


@pytest.mark.django_db(transaction=True)
def test_a_scope_may_open_before_the_connection():
    alice = make_member(make_organisation())
    connection.close()
    # A new process also asks the server for its version.
    connection.__dict__.pop("pg_version", None)
    with inside(alice.organisation):
        assert Member.objects.get() == alice
