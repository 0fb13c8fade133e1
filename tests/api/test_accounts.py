"""Organisations and members through the API."""

from datetime import date

import pytest

from accounts.models import Member, Organisation
from mentoring.outbox.models import Message
from tests.people import inside, make_member


def test_organisations_are_those_of_whoever_is_signed_in(cast, signed_in, with_key):
    make_member(cast.initech, "Olga", email=cast.olga.email, family_name="Owner")
    found = signed_in(cast.olga).get("/api/v1/organisations/").json()
    assert [row["slug"] for row in found["results"]] == ["northwind", "initech"]
    assert found["results"][0]["time_zone"] == "Europe/London"
    assert [row["slug"] for row in signed_in(cast.nina).get("/api/v1/organisations/").json()["results"]] == [
        "northwind"
    ]
    answer = with_key(cast.olga).get("/api/v1/organisations/")
    assert answer.status_code == 401
    assert answer.json()["detail"] == "A key opens the addresses of its organisation, below /api/v1/o/."


def test_anonymous_visitors_see_no_organisations(client, db):
    assert client.get("/api/v1/organisations/").status_code == 401


def test_an_organisation_is_shown_to_its_members_and_changed_by_owners(cast, signed_in, with_key):
    assert with_key(cast.olga).get("").json() == {
        "id": cast.northwind.pk, "slug": "northwind", "name": "Northwind", "time_zone": "Europe/London",
        "created_at": "2026-11-22T12:00:00Z",
    }  # fmt: skip
    assert signed_in(cast.adam).patch("", {"name": "Mine"}).status_code == 403
    changed = signed_in(cast.olga).patch("", {"time_zone": "Europe/Berlin", "slug": "other"})
    assert (changed.status_code, changed.json()["time_zone"], changed.json()["slug"]) == (
        200,
        "Europe/Berlin",
        "northwind",
    )
    refused = signed_in(cast.olga).patch("", {"time_zone": "Mars/Base"})
    assert (refused.status_code, refused.json()["errors"]) == (400, {"time_zone": ["Mars/Base is not a time zone."]})
    assert Organisation.objects.get(slug="northwind").name == "Northwind"


def test_who_may_see_members(cast, signed_in):
    for path in ("members/", f"members/{cast.tom.pk}/"):
        assert [signed_in(member).get(path).status_code for member in (cast.olga, cast.adam, cast.hana)] == [
            200,
            200,
            200,
        ]
        assert signed_in(cast.nina).get(path).status_code == 403
    assert signed_in(cast.nina).get("members/me/").json()["name"] == "Nina Novak"
    assert signed_in(cast.olga).get(f"members/{cast.mallory.pk}/").status_code == 404


def test_a_member_as_the_api_shows_them(cast, with_key):
    assert with_key(cast.olga).get(f"members/{cast.tom.pk}/").json() == {
        "id": cast.tom.pk, "name": "Tom Brandt", "given_name": "Tom", "family_name": "Brandt",
        "email": "tom@northwind.example", "employee_number": "", "department": "", "job_title": "", "level": None,
        "site": "", "time_zone": "Europe/Berlin", "manager": None, "languages": [], "hired_on": "2020-01-06",
        "left_on": None, "is_owner": False, "is_admin": False, "is_hr": False, "has_login": True,
        "created_at": "2026-11-22T12:00:00Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "tom bra"}, ["Tom"]),
        ({"email": "NINA@northwind.example"}, ["Nina"]),
        ({"role": "admin"}, ["Adam"]),
        ({"status": "left"}, ["Lena"]),
        ({"department": "Finance"}, ["Lena"]),
        ({"site": "Paris"}, []),
        ({"status": "current", "role": "hr"}, ["Hana"]),
    ],
)
def test_members_are_narrowed_down(cast, signed_in, query, names):
    make_member(cast.northwind, "Lena", department="Finance", left_on=date(2026, 1, 31))
    found = signed_in(cast.hana).get("members/", **query).json()["results"]
    assert [row["given_name"] for row in found] == names


def test_a_filter_that_makes_no_sense_is_refused(cast, signed_in):
    answer = signed_in(cast.hana).get("members/", role="king")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["role"])


def test_adding_a_member(cast, signed_in, with_key):
    body = {
        "given_name": "Eve", "family_name": "Park", "email": "Eve@Northwind.example", "level": 4, "manager": cast.ines.pk,
        "languages": ["English", "Korean"], "hired_on": "2026-11-02",
    }  # fmt: skip
    answer = with_key(cast.olga).post("members/", body)
    assert answer.status_code == 201
    assert answer.json()["email"] == "eve@northwind.example"
    with inside(cast.northwind):
        eve = Member.objects.get(email="eve@northwind.example")
        assert (eve.manager_id, eve.level, eve.languages) == (cast.ines.pk, 4, ["English", "Korean"])
        assert (str(eve.hired_on), eve.time_zone, eve.spells.count()) == ("2026-11-02", "Europe/London", 1)
    again = signed_in(cast.adam).post("members/", body)
    assert (again.status_code, again.json()["errors"]) == (
        400,
        {"non_field_errors": ["Somebody here has this e-mail address already."]},
    )


@pytest.mark.parametrize("member", ["hana", "nina"])
def test_only_those_who_manage_people_write(cast, signed_in, member):
    colleague = signed_in(getattr(cast, member))
    assert colleague.post("members/", {"given_name": "Eve"}).status_code == 403
    assert colleague.patch(f"members/{cast.tom.pk}/", {"given_name": "Eve"}).status_code == 403
    for verb in ("leave", "rehire", "invite"):
        assert colleague.post(f"members/{cast.tom.pk}/{verb}/").status_code == 403
    with inside(cast.northwind):
        assert Member.objects.count() == 6


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"given_name": ["Write a name, an e-mail address or a number, so that people know who this is."]}),
        ({"given_name": "Eve", "level": 21}, {"level": ["Ensure this value is less than or equal to 20."]}),
        ({"given_name": "Eve", "time_zone": "Mars"}, {"time_zone": ["Mars is not a time zone."]}),
        ({"given_name": "Eve", "manager": 1}, {"manager": ["There is no row 1, or none that you may see."]}),
        ({"given_name": "Eve", "languages": [["x"]]}, {"languages.0": ["Not a valid string."]}),
    ],
)
def test_what_makes_no_sense_is_refused_field_by_field(cast, signed_in, body, errors):
    answer = signed_in(cast.adam).post("members/", body)
    assert (answer.status_code, answer.json()["code"], answer.json()["errors"]) == (400, "invalid", errors)


def test_a_member_of_another_organisation_can_not_be_named(cast, signed_in):
    answer = signed_in(cast.adam).post("members/", {"given_name": "Eve", "manager": cast.mallory.pk})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["manager"])


def test_changing_a_member_leaves_the_rest(cast, signed_in):
    admin = signed_in(cast.adam)
    changed = admin.patch(f"members/{cast.tom.pk}/", {"department": "Finance", "manager": cast.ines.pk})
    assert (changed.status_code, changed.json()["department"], changed.json()["family_name"]) == (
        200,
        "Finance",
        "Brandt",
    )
    circle = admin.patch(f"members/{cast.ines.pk}/", {"manager": cast.tom.pk})
    assert circle.status_code == 400
    assert circle.json()["errors"] == {
        "manager": ["Tom Brandt reports to Ines Adler, so it can’t be the other way round as well."]
    }
    assert admin.patch(f"members/{cast.tom.pk}/", {"manager": None}).json()["manager"] is None
    assert admin.patch(f"members/{cast.mallory.pk}/", {"department": "x"}).status_code == 404


def test_leaving_and_coming_back(cast, signed_in):
    admin = signed_in(cast.adam)
    gone = admin.post(f"members/{cast.nina.pk}/leave/", {"last_day": "2026-11-20", "reason": "moved"})
    assert (gone.status_code, gone.json()["left_on"]) == (200, "2026-11-20")
    # The session of somebody who left opens nothing.
    assert signed_in(cast.nina).get("members/me/").status_code == 404
    back = admin.post(f"members/{cast.nina.pk}/rehire/", {"started_on": "2026-11-22"})
    assert (back.status_code, back.json()["left_on"], back.json()["hired_on"]) == (200, None, "2020-01-06")
    assert signed_in(cast.nina).get("members/me/").status_code == 200


def test_the_last_owner_stays(cast, signed_in):
    answer = signed_in(cast.adam).post(f"members/{cast.olga.pk}/leave/", {"last_day": "2026-11-20"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == {
        "non_field_errors": ["The last owner can’t leave. Make somebody else an owner first."]
    }


def test_an_invitation_goes_by_mail_and_the_answer_holds_no_link(cast, signed_in):
    eve = make_member(cast.northwind, "Eve", login=False)
    answer = signed_in(cast.adam).post(f"members/{eve.pk}/invite/")
    assert (answer.status_code, answer.json()["has_login"]) == (200, False)
    assert "invitation" not in answer.content.decode()
    with inside(cast.northwind):
        assert Message.objects.filter(recipient="eve@northwind.example").count() == 1
    again = signed_in(cast.adam).post(f"members/{cast.tom.pk}/invite/")
    assert again.json()["errors"] == {"non_field_errors": ["Tom Brandt can sign in already."]}
