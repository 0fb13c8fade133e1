"""Imports without a page: from the uploaded bytes to the people in the database."""

from pathlib import Path

import pytest

from accounts import imports
from accounts.models import Member
from tests.people import inside, make_member, make_organisation

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def north():
    return make_organisation("northwind")


@pytest.fixture
def alice(north):
    return make_member(north, "Alice", is_admin=True, employee_number="1")


def imported(by, name):
    with inside(by.organisation):
        return imports.import_now((DATA / name).read_bytes(), name=name, by=by)


def test_bamboo(alice, north):
    done = imported(alice, "people_bamboo.csv")
    assert done.counts["create"] == 1200
    with inside(north):
        assert Member.objects.count() == 1201
