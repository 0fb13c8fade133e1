import pytest
from django.core.cache import cache

from tests.people import make_member, make_organisation


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    # Limits on sign-in are counted there, by address.
    cache.clear()


@pytest.fixture
def north(db):
    return make_organisation("northwind")


@pytest.fixture
def olga(north):
    return make_member(north, "Olga", is_owner=True)


@pytest.fixture
def adam(north):
    return make_member(north, "Adam", is_admin=True)


@pytest.fixture
def hanna(north):
    return make_member(north, "Hanna", is_hr=True)


@pytest.fixture
def ben(north):
    """A member without a role."""
    return make_member(north, "Ben")


@pytest.fixture
def mia(north):
    """Somebody without a login."""
    return make_member(north, "Mia", login=False)


@pytest.fixture
def stranger(db):
    return make_member(make_organisation("southwind"), "Sam", is_owner=True)


@pytest.fixture
def as_(client):
    """The client, signed in as a member."""

    def sign_in(member):
        client.force_login(member.user)
        return client

    return sign_in
