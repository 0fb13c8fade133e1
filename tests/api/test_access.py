"""Who gets in: sessions, keys, and nobody else."""

from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client

import accounts.services
from accounts.models import ApiKey
from tests.api.conftest import BACKEND, Caller, key_of
from tests.people import inside, make_member

LISTS = ["members/", "programs/", "enrolments/", "mentorships/", "sessions/", ""]


@pytest.mark.parametrize("path", LISTS)
def test_everybody_outside_is_turned_away(cast, signed_in, with_key, path):
    assert signed_in(cast.olga).get(path).status_code == 200
    assert with_key(cast.olga).get(path).status_code == 200
    anonymous = Caller(Client()).get(path)
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "not_authenticated")
    assert "Bearer" in anonymous["WWW-Authenticate"]
    stranger = signed_in(cast.mallory).get(path)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")
    assert with_key(cast.mallory).get(path).status_code == 401
    assert Caller(Client(), {"Authorization": "Bearer mk_wrong"}).get(path).status_code == 401


def test_a_revoked_key_opens_nothing(cast):
    key, secret = key_of(cast.olga)
    caller = Caller(Client(), {"Authorization": f"Bearer {secret}"})
    assert caller.get("programs/").status_code == 200
    with inside(cast.northwind):
        accounts.services.revoke_api_key(key, by=cast.olga)
    assert caller.get("programs/").status_code == 401


def test_a_key_ends_with_its_maker(cast, clock):
    second = make_member(cast.northwind, "Otto", is_owner=True)
    _key, secret = key_of(second)
    with inside(cast.northwind):
        accounts.services.mark_left(second, last_day=date(2026, 11, 20), by=cast.olga)
    assert Caller(Client(), {"Authorization": f"Bearer {secret}"}).get("programs/").status_code == 401


def test_a_key_opens_no_page(cast, with_key):
    owner = with_key(cast.olga)
    for page in ("/o/northwind/people/", "/o/northwind/settings/", "/o/northwind/sessions/"):
        assert owner.get(page).status_code == 401


def test_a_key_remembers_the_day_of_its_use(cast, with_key):
    with_key(cast.olga).get("programs/")
    with inside(cast.northwind):
        assert str(ApiKey.objects.get().last_used_on) == "2026-11-22"


def test_a_key_weighs_more_than_a_session(cast):
    client = Client()
    client.force_login(cast.nina.user, backend=BACKEND)
    _key, secret = key_of(cast.olga)
    caller = Caller(client, {"Authorization": f"Bearer {secret}"})
    assert caller.get("members/me/").json()["id"] == cast.olga.pk


def test_sessions_need_the_token_against_forged_requests(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.adam.user, backend=BACKEND)
    forged = Caller(client).post("members/", {"given_name": "Eve"})
    assert (forged.status_code, forged.json()["code"]) == (403, "permission_denied")
    token = "a" * 32
    client.cookies["csrftoken"] = token
    meant = Caller(client, {"X-CSRFToken": token}).post("members/", {"given_name": "Eve"})
    assert meant.status_code == 201


def test_keys_need_no_such_token(cast):
    _key, secret = key_of(cast.olga)
    client = Client(enforce_csrf_checks=True)
    caller = Caller(client, {"Authorization": f"Bearer {secret}"})
    assert caller.post("members/", {"given_name": "Eve"}).status_code == 201


def test_unknown_addresses_answer_in_json(cast, signed_in):
    for path in ("nonsense/", "members/999999/", "/api/v1/nonsense/"):
        answer = signed_in(cast.olga).get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_wrong_methods_and_bodies_are_told_so(cast, signed_in):
    owner = signed_in(cast.olga)
    assert owner("delete", f"members/{cast.nina.pk}/").status_code == 405
    assert owner("options", "members/").status_code == 405
    assert owner.client.post("/api/v1/o/northwind/members/", "{", content_type="application/json").status_code == 400
    assert owner.client.post("/api/v1/o/northwind/members/", "a=b", content_type="text/plain").status_code == 415


def test_too_many_requests_wait_for_the_next_minute(cast, with_key, settings, clock):
    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = 2
    owner = with_key(cast.olga)
    assert [owner.get("programs/").status_code for _ in range(3)] == [200, 200, 429]
    answer = owner.get("programs/")
    assert (answer["Retry-After"], answer.json()["code"]) == ("60", "throttled")
    # Somebody else's requests are counted apart.
    assert with_key(cast.olga).get("programs/").status_code == 200
    clock.shift(60)
    assert owner.get("programs/").status_code == 200
