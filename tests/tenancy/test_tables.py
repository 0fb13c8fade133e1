"""Every table of tenants is protected, and the role that serves requests can't lift the protection."""

import pytest
from django.apps import apps
from django.db import connection

from mentoring.tenancy.backend.schema import POLICY
from mentoring.tenancy.fields import OrganisationField, TenantForeignKey
from mentoring.tenancy.models import TenantModel

TENANT_MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]
# Read before a scope is open, or pointers without content.
UNPROTECTED_WITH_ORGANISATION = {
    "accounts_access",
    "jobs_pendingjob",
    "mentoring_sessions_feedaddress",
    "outbox_dispatch",
    "programs_certificatecode",
}

pytestmark = pytest.mark.django_db


def query(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
def test_tenant_table(model):
    table = model._meta.db_table
    assert query("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", table) == [(True, True)]
    policies = query("SELECT qual, with_check, permissive, cmd FROM pg_policies WHERE tablename = %s", table)
    assert len(policies) == 1
    using, check, permissive, command = policies[0]
    expected = "(organisation_id = (NULLIF(current_setting('app.organisation_id'::text, true), ''::text))::bigint)"
    assert (using, check, permissive, command) == (expected, expected, "PERMISSIVE", "ALL"), POLICY
    leading = query(
        "SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = %s::regclass AND a.attname = 'organisation_id' AND i.indpred IS NULL",
        table,
    )
    assert leading


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
def test_references_between_tenant_tables_carry_the_organisation(model):
    for field in model._meta.local_fields:
        if not field.is_relation or isinstance(field, OrganisationField):
            continue
        if not issubclass(field.related_model, TenantModel):
            continue
        assert isinstance(field, TenantForeignKey), f"{field} must be a TenantForeignKey"
        found = query(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"
            " AND confrelid = %s::regclass",
            model._meta.db_table,
            field.related_model._meta.db_table,
        )
        wanted = (
            f"FOREIGN KEY (organisation_id, {field.column}) REFERENCES {field.related_model._meta.db_table}"
            "(organisation_id, id) DEFERRABLE INITIALLY DEFERRED"
        )
        assert (wanted,) in found
    assert not model._meta.local_many_to_many, "a hidden join table would have no organisation"


def test_no_table_with_an_organisation_is_forgotten():
    found = query(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'organisation_id'"
        " AND table_schema = 'public'"
    )
    assert {name for (name,) in found} == {m._meta.db_table for m in TENANT_MODELS} | UNPROTECTED_WITH_ORGANISATION


def test_the_runtime_role_is_neither_owner_nor_superuser():
    assert query(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    ) == [(False, False, False, False)]
    assert query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user") == [(0,)]
    assert query("SELECT current_user <> (SELECT tableowner FROM pg_tables WHERE tablename = 'accounts_member')") == [
        (True,)
    ]
