"""Who looks at the pages: Alice runs programmes, Bob is a colleague, Sam is a stranger from elsewhere."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.people import make_member, make_organisation
from tests.programs.scheme import make_program


@pytest.fixture
def org(db):
    return make_organisation()


@pytest.fixture
def alice(org):
    return make_member(org, "Alice", is_admin=True)


@pytest.fixture
def bob(org):
    return make_member(org, "Bob", department="Sales")


@pytest.fixture
def sam(db):
    return make_member(make_organisation("southwind"), "Sam", is_admin=True)


@pytest.fixture
def program(alice):
    return make_program(alice)


@pytest.fixture
def sign_in():
    """A browser that a member is signed in with."""

    def make(member):
        client = Client()
        client.force_login(member.user)
        return client

    return make


@pytest.fixture
def url():
    return lambda name, *args, query="": reverse(f"programs:{name}", args=["northwind", *args]) + query
