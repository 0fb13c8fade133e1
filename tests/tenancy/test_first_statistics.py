"""On a fresh installation the planner knows that one organisation may fill a whole table."""

import json

import pytest
from django.db import connection

from accounts.models import Member
from tests.people import inside, make_organisation


@pytest.mark.django_db
def test_a_table_that_nobody_has_analysed_is_expected_to_be_full_of_one_organisation():
    if connection.pg_version < 180000:
        pytest.skip("PostgreSQL takes no statistics from outside before version 18.")
    organisation = make_organisation()
    with inside(organisation):
        Member.objects.bulk_create(
            Member(given_name=f"Row {n}", email=f"row{n}@x.example", time_zone="Europe/London") for n in range(400)
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'accounts_member'")
            if cursor.fetchone()[0] >= 0:
                pytest.skip("Autovacuum was here first.")
            cursor.execute(
                f"EXPLAIN (FORMAT JSON) SELECT 1 FROM accounts_member WHERE organisation_id = {organisation.pk}"
            )
            found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    # It knows only how large the file is; without a word about organisations it expects one row.
    assert plan["Plan Rows"] >= 20
