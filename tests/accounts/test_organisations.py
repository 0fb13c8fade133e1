"""The landing page, the list of organisations, founding one."""

import pytest

from accounts.models import Access, Organisation, User
from tests.people import make_member, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer():
    return User.objects.create_user("new@example.org", "a long password", name="New Person")


class TestLanding:
    def test_strangers_read_what_it_is(self, client):
        answer = client.get("/")
        assert answer.status_code == 200
        assert "Mentoring that you can see working" in answer.text

    def test_newcomers_go_on_to_found_an_organisation(self, client, newcomer):
        client.force_login(newcomer)
        assert client.get("/").headers["Location"] == "/organisations/new/"

    def test_members_go_home(self, as_, ben):
        assert as_(ben).get("/").headers["Location"] == "/o/northwind/"

    def test_members_of_several_choose(self, as_, ben):
        make_member(make_organisation("southwind"), "Ben", email=ben.email)
        assert as_(ben).get("/").headers["Location"] == "/organisations/"

    def test_it_only_reads(self, client):
        assert client.post("/").status_code == 405


class TestList:
    def test_shows_mine_and_no_others(self, as_, ben, stranger):
        page = as_(ben).get("/organisations/").text
        assert "Northwind" in page
        assert "Southwind" not in page

    def test_without_any_it_says_what_to_do(self, client, newcomer):
        client.force_login(newcomer)
        assert "You are in no organisation yet" in client.get("/organisations/").text

    def test_strangers_sign_in_first(self, client):
        assert client.get("/organisations/").headers["Location"] == "/accounts/login/?next=/organisations/"

    def test_it_only_reads(self, as_, ben):
        assert as_(ben).post("/organisations/").status_code == 405

    def test_as_many_queries_for_one_as_for_three(self, as_, ben, django_assert_max_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client = as_(ben)
        client.get("/organisations/")
        with CaptureQueriesContext(connection) as one:
            client.get("/organisations/")
        for slug in ("southwind", "eastwind"):
            make_member(make_organisation(slug), "Ben", email=ben.email)
        with CaptureQueriesContext(connection) as three:
            client.get("/organisations/")
        assert len(one) == len(three)


class TestCreate:
    def test_founding(self, client, newcomer):
        client.force_login(newcomer)
        answer = client.post("/organisations/new/", {"name": "Harbour & Lane", "time_zone": "Europe/Berlin"})
        assert answer.headers["Location"] == "/o/harbour-lane/"
        organisation = Organisation.objects.get()
        assert (organisation.name, organisation.time_zone) == ("Harbour & Lane", "Europe/Berlin")
        assert Access.objects.filter(user=newcomer, organisation=organisation).exists()

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({"name": "", "time_zone": "Europe/Berlin"}, "This field is required"),
            ({"name": "Harbour", "time_zone": "Mars/Olympus"}, "Select a valid choice"),
            ({"name": "x" * 101, "time_zone": "UTC"}, "at most 100 characters"),
            ({"name": "Har\x00bour", "time_zone": "UTC"}, "Null characters are not allowed"),
        ],
    )
    def test_bad_input(self, client, newcomer, data, words):
        client.force_login(newcomer)
        answer = client.post("/organisations/new/", data)
        assert answer.status_code == 422
        assert words in answer.text
        assert not Organisation.objects.exists()

    def test_strangers_sign_in_first(self, client):
        assert client.post("/organisations/new/").headers["Location"] == "/accounts/login/?next=/organisations/new/"

    def test_wrong_method(self, client, newcomer):
        client.force_login(newcomer)
        assert client.put("/organisations/new/").status_code == 405
