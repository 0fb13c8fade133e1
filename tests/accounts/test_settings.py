"""An owner's settings, and everybody's profile and login."""

import re

import pytest

from accounts import services
from accounts.models import ApiKey, Organisation
from tests.people import inside

pytestmark = pytest.mark.django_db

SETTINGS = "/o/northwind/settings/"
PROFILE = "/o/northwind/profile/"


class TestSettings:
    def test_works(self, as_, olga, adam):
        page = as_(olga).get(SETTINGS).text
        assert "Adam Osei" in page
        answer = as_(olga).post(SETTINGS, {"name": "North & Wind", "time_zone": "Asia/Kolkata"})
        assert answer.headers["Location"] == SETTINGS
        north = Organisation.objects.get(slug="northwind")
        assert (north.name, north.time_zone) == ("North & Wind", "Asia/Kolkata")

    def test_bad_input(self, as_, olga):
        answer = as_(olga).post(SETTINGS, {"name": " ", "time_zone": "Asia/Kolkata"})
        assert answer.status_code == 422
        assert Organisation.objects.get(slug="northwind").name == "Northwind"

    def test_an_old_name_of_a_time_zone_is_kept(self, as_, olga, north):
        Organisation.objects.update(time_zone="US/Eastern")
        assert '<option value="US/Eastern" selected>' in as_(olga).get(SETTINGS).text
        assert as_(olga).post(SETTINGS, {"name": "N", "time_zone": "US/Eastern"}).status_code == 302

    def test_who_may(self, as_, adam, hanna, stranger):
        assert as_(adam).get(SETTINGS).status_code == 403
        assert as_(hanna).post(SETTINGS).status_code == 403
        assert as_(stranger).get(SETTINGS).status_code == 404

    def test_wrong_method(self, as_, olga):
        assert as_(olga).delete(SETTINGS).status_code == 405


class TestApiKeys:
    def test_shown_once_then_revoked(self, as_, olga, north):
        client = as_(olga)
        answer = client.post(f"{SETTINGS}keys/", {"name": "Payroll"})
        secret = re.search(r'value="(mk_[\w-]{40,})"', answer.text)[1]
        assert "no-store" in answer.headers["Cache-Control"]
        page = client.get(SETTINGS).text
        assert "Payroll" in page
        assert secret not in page
        with inside(north):
            key = ApiKey.objects.get()
        client.post(f"{SETTINGS}keys/{key.pk}/revoke/")
        with inside(north):
            key.refresh_from_db()
        assert key.revoked_at is not None
        assert "revoked" in client.get(SETTINGS).text

    def test_bad_input(self, as_, olga, north):
        assert as_(olga).post(f"{SETTINGS}keys/", {"name": ""}).status_code == 422
        with inside(north):
            assert not ApiKey.objects.exists()

    def test_who_may(self, as_, olga, adam, stranger, north):
        with inside(north):
            key, _secret = services.create_api_key(name="Payroll", by=olga)
        assert as_(adam).post(f"{SETTINGS}keys/", {"name": "x"}).status_code == 403
        assert as_(adam).post(f"{SETTINGS}keys/{key.pk}/revoke/").status_code == 403
        assert as_(stranger).post(f"{SETTINGS}keys/{key.pk}/revoke/").status_code == 404
        assert as_(stranger).post(f"/o/southwind/settings/keys/{key.pk}/revoke/").status_code == 404
        with inside(north):
            key.refresh_from_db()
        assert key.revoked_at is None

    def test_wrong_method(self, as_, olga):
        assert as_(olga).get(f"{SETTINGS}keys/").status_code == 405
        assert as_(olga).get(f"{SETTINGS}keys/1/revoke/").status_code == 405


class TestProfile:
    DATA = {
        "given_name": "Benno",
        "family_name": "Osei",
        "time_zone": "Asia/Kolkata",
        "languages": "english, Hindi ,ENGLISH",
    }

    def test_works(self, as_, ben, north):
        assert as_(ben).post(PROFILE, self.DATA).headers["Location"] == PROFILE
        with inside(north):
            ben.refresh_from_db()
        assert (ben.name, ben.time_zone, ben.languages) == ("Benno Osei", "Asia/Kolkata", ["English", "Hindi"])
        assert 'value="English, Hindi"' in as_(ben).get(PROFILE).text

    @pytest.mark.parametrize(
        "change", [{"given_name": ""}, {"time_zone": "Nowhere"}, {"languages": ",".join(f"L{n}" for n in range(13))}]
    )
    def test_bad_input(self, as_, ben, north, change):
        assert as_(ben).post(PROFILE, {**self.DATA, **change}).status_code == 422
        with inside(north):
            ben.refresh_from_db()
        assert ben.given_name == "Ben"

    def test_nobody_elses(self, as_, ben, stranger, north):
        assert as_(stranger).post(PROFILE, self.DATA).status_code == 404
        with inside(north):
            ben.refresh_from_db()
        assert ben.given_name == "Ben"

    def test_roles_are_not_among_it(self, as_, ben, north):
        as_(ben).post(PROFILE, {**self.DATA, "is_owner": "on", "email": "other@northwind.example"})
        with inside(north):
            ben.refresh_from_db()
        assert (ben.is_owner, ben.email) == (False, "ben@northwind.example")

    def test_wrong_method(self, as_, ben):
        assert as_(ben).put(PROFILE).status_code == 405


class TestAccount:
    def test_works(self, as_, ben):
        assert "ben@northwind.example" in as_(ben).get("/account/").text

    def test_strangers_sign_in_first(self, client):
        assert client.get("/account/").headers["Location"] == "/accounts/login/?next=/account/"

    def test_wrong_method(self, as_, ben):
        assert as_(ben).post("/account/").status_code == 405
