"""A programme with two proposals, for the pages of matching."""

import pytest

from matching import services
from matching.models import Proposal
from matching.showing import token
from mentoring.jobs.progress import NoProgress
from mentoring.tenancy.scope import organisation_scope
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member, make_organisation


class Scheme:
    """A programme in which Theo is proposed Maya and Uma is proposed Noor; Omar has two free places."""

    def __init__(self, org):
        self.org = org
        self.program = make_program(org)
        for name, capacity in (("Maya", 1), ("Noor", 1), ("Omar", 2)):
            member = make_member(org, name, login=False, level=5, department="Sales")
            setattr(self, name.lower(), enrol(self.program, member, "mentor", capacity=capacity, skills=["Python"]))
        for name, department in (("Theo", "Legal"), ("Uma", "People")):
            member = make_member(org, name, level=3, department=department)
            setattr(self, name.lower(), enrol(self.program, member, "mentee", skills=["Python", "Law"]))
        self.run()

    def run(self):
        with organisation_scope(self.org):
            services.run_matching(self.program.pk, NoProgress())

    def of(self, mentee):
        return Proposal.objects.get(mentee=mentee, status="draft")

    def seen(self, mentee):
        with inside(self.org):
            return token(self.of(mentee))

    def url(self, rest=""):
        return f"/o/{self.org.slug}/programmes/{self.program.pk}/matching/{rest}"


@pytest.fixture
def org(db):
    return make_organisation()


@pytest.fixture
def alice(org):
    return make_member(org, "Alice", is_admin=True)


@pytest.fixture
def scheme(org):
    return Scheme(org)


@pytest.fixture
def admin(client, alice):
    """Alice's browser."""
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def browser_of(client):
    """A browser in which somebody else is signed in."""

    def sign_in(member):
        client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
