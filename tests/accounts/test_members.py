"""The list of people, one person, and what is done to them."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Access, JobChange, Member
from tests.people import inside, make_member

pytestmark = pytest.mark.django_db

LIST = "/o/northwind/people/"


def names(answer):
    return [person.name for person in answer.context["page"].object_list]


class TestList:
    def test_works(self, as_, olga, adam, mia, stranger):
        answer = as_(olga).get(LIST)
        assert answer.status_code == 200
        assert names(answer) == ["Adam Osei", "Mia Osei", "Olga Osei"]
        assert "Sam" not in answer.text

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=MIA", ["Mia Osei"]),
            ("q=osei+mi", ["Mia Osei"]),
            ("q=mia%40northwind", ["Mia Osei"]),
            ("q=7001", ["Mia Osei"]),
            ("q=100%25", []),
            ("q=%00", ["Mia Osei", "Olga Osei"]),
            ("department=Sales", ["Mia Osei"]),
            ("site=Berlin", ["Olga Osei"]),
            ("department=Nowhere", ["Mia Osei", "Olga Osei"]),
            ("status=login", ["Olga Osei"]),
            ("status=nologin", ["Mia Osei"]),
            ("status=left", ["Gus Osei"]),
            ("status=all", ["Gus Osei", "Mia Osei", "Olga Osei"]),
            ("status=nonsense&page=99", ["Mia Osei", "Olga Osei"]),
        ],
    )
    def test_search_and_filters(self, as_, north, query, found):
        olga = make_member(north, "Olga", is_owner=True, site="Berlin")
        make_member(north, "Mia", login=False, department="Sales", employee_number="7001")
        make_member(north, "Gus", login=False, left_on=date(2025, 1, 31))
        assert names(as_(olga).get(f"{LIST}?{query}")) == found

    def test_a_live_search_gets_only_the_results(self, as_, olga):
        page = as_(olga).get(f"{LIST}?q=olga", headers={"HX-Request": "true"}).text
        assert 'id="results"' in page
        assert "<html" not in page

    def test_fifty_on_a_page(self, as_, olga, north):
        with inside(north):
            Member.objects.bulk_create(
                Member(given_name=f"P{n:02}", family_name="A", time_zone="UTC", employee_number=str(n))
                for n in range(60)
            )
        answer = as_(olga).get(f"{LIST}?page=2")
        assert len(names(answer)) == 11
        assert "51 to 61 of 61" in answer.text

    def test_as_many_queries_for_one_as_for_three(self, as_, olga, north):
        client = as_(olga)
        client.get(LIST)
        with CaptureQueriesContext(connection) as one:
            client.get(LIST)
        make_member(north, "Adam", manager=olga)
        make_member(north, "Bea", manager=olga, login=False)
        with CaptureQueriesContext(connection) as three:
            client.get(LIST)
        assert len(one) == len(three)

    def test_who_may_look(self, client, as_, hanna, ben, stranger):
        assert as_(hanna).get(LIST).status_code == 200
        assert as_(ben).get(LIST).status_code == 403
        assert as_(stranger).get(LIST).status_code == 404
        client.logout()
        assert client.get(LIST).headers["Location"].startswith("/accounts/login/")

    def test_wrong_method(self, as_, olga):
        assert as_(olga).post(LIST).status_code == 405


class TestDetail:
    def test_works(self, as_, olga, mia, north):
        with inside(north):
            Member.objects.filter(pk=mia.pk).update(manager=olga)
        page = as_(olga).get(f"{LIST}{mia.pk}/").text
        assert "mia@northwind.example" in page
        assert "6 January 2020 – today" in page
        assert "Has not been invited." in page
        assert "Mia Osei" in as_(olga).get(f"{LIST}{olga.pk}/").text

    def test_hr_sees_but_changes_nothing(self, as_, hanna, mia):
        page = as_(hanna).get(f"{LIST}{mia.pk}/").text
        assert "Edit" not in page
        assert "Leaves" not in page

    def test_who_may_look(self, as_, ben, mia, stranger):
        assert as_(ben).get(f"{LIST}{mia.pk}/").status_code == 403
        assert as_(stranger).get(f"{LIST}{mia.pk}/").status_code == 404
        assert as_(stranger).get(f"/o/southwind/people/{mia.pk}/").status_code == 404

    def test_other_panels_are_shown(self, as_, olga, mia, monkeypatch):
        from accounts import panels

        def badge(member, *, by):
            return {"template": "components/badge.html", "label": "x"} if member.given_name == "Mia" else None

        monkeypatch.setattr(panels, "_panels", [badge])
        assert 'class="badge"' in as_(olga).get(f"{LIST}{mia.pk}/").text
        assert panels.panels_of(olga, by=olga) == []

    def test_wrong_method(self, as_, olga, mia):
        assert as_(olga).post(f"{LIST}{mia.pk}/").status_code == 405


FORM = {"given_name": "Nia", "family_name": "Adeyemi", "email": "Nia@northwind.example", "time_zone": "Africa/Lagos"}


class TestCreateAndEdit:
    def test_add(self, as_, adam, north):
        answer = as_(adam).post(f"{LIST}add/", {**FORM, "hired_on": "2024-03-01", "manager": "adam@northwind.example"})
        with inside(north):
            nia = Member.objects.get(given_name="Nia")
            assert answer.headers["Location"] == f"{LIST}{nia.pk}/"
            assert (nia.email, nia.time_zone, nia.manager) == ("nia@northwind.example", "Africa/Lagos", adam)
            assert [spell.started_on for spell in nia.spells.all()] == [date(2024, 3, 1)]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"email": "adam@northwind.example"}, "Somebody here has this e-mail address already"),
            ({"email": "nonsense"}, "Enter a valid email address"),
            ({"given_name": "", "family_name": "", "email": ""}, "so that people know who this is"),
            ({"manager": "nobody@northwind.example"}, "Nobody here has the e-mail address or number"),
            ({"level": "21"}, "less than or equal to 20"),
            ({"hired_on": "soon"}, "Enter a valid date"),
        ],
    )
    def test_bad_input(self, as_, adam, north, change, words):
        answer = as_(adam).post(f"{LIST}add/", {**FORM, **change})
        assert answer.status_code == 422
        assert words in answer.text
        with inside(north):
            assert Member.objects.count() == 1

    def test_edit(self, as_, adam, mia, north):
        page = as_(adam).get(f"{LIST}{mia.pk}/edit/").text
        assert 'value="mia@northwind.example"' in page
        as_(adam).post(f"{LIST}{mia.pk}/edit/", {**FORM, "department": "Sales", "level": "4"})
        with inside(north):
            mia.refresh_from_db()
        assert (mia.given_name, mia.department, mia.level, mia.hired_on) == ("Nia", "Sales", 4, date(2020, 1, 6))

    def test_an_edit_makes_no_circle_of_managers(self, as_, adam, mia, north):
        with inside(north):
            Member.objects.filter(pk=mia.pk).update(manager=adam)
        answer = as_(adam).post(f"{LIST}{adam.pk}/edit/", {**FORM, "manager": "mia@northwind.example"})
        assert answer.status_code == 422
        assert "Mia Osei reports to" in answer.text

    @pytest.mark.parametrize("path", ["add/", "{pk}/edit/", "{pk}/leave/", "{pk}/roles/"])
    def test_who_may(self, as_, hanna, ben, mia, stranger, path):
        url = LIST + path.format(pk=mia.pk)
        assert as_(hanna).get(url).status_code == 403
        assert as_(ben).post(url).status_code == 403
        assert as_(stranger).post(url).status_code == 404
        assert as_(stranger).get(f"/o/southwind/people/{mia.pk}/edit/").status_code == 404

    @pytest.mark.parametrize("path", ["add/", "{pk}/edit/", "{pk}/leave/", "{pk}/roles/"])
    def test_wrong_method(self, as_, olga, mia, path):
        assert as_(olga).put(LIST + path.format(pk=mia.pk)).status_code == 405


class TestLeaving:
    def test_leaving_and_coming_back(self, as_, adam, ben, north):
        client = as_(adam)
        client.post(f"{LIST}{ben.pk}/leave/", {"last_day": "2025-06-30", "reason": "new job"})
        page = client.get(f"{LIST}{ben.pk}/").text
        assert "6 January 2020 – 30 June 2025" in page
        assert "new job" in page
        assert not Access.objects.filter(user=ben.user).exists()
        assert as_(ben).get("/o/northwind/profile/").status_code == 404
        as_(adam).post(f"{LIST}{ben.pk}/rehire/", {"started_on": "2026-02-02"})
        assert as_(ben).get("/o/northwind/profile/").status_code == 200

    def test_bad_input(self, as_, adam, ben, olga):
        client = as_(adam)
        answer = client.post(f"{LIST}{ben.pk}/leave/", {"last_day": "2019-01-01"})
        assert answer.status_code == 422
        assert "Nobody can leave before being hired" in answer.text
        assert client.post(f"{LIST}{ben.pk}/leave/", {"last_day": ""}).status_code == 422
        answer = client.post(f"{LIST}{olga.pk}/leave/", {"last_day": "2025-06-30"})
        assert "The last owner can’t leave" in answer.text
        client.post(f"{LIST}{ben.pk}/leave/", {"last_day": "2025-06-30"})
        answer = client.post(f"{LIST}{ben.pk}/rehire/", {"started_on": "2025-06-01"})
        assert answer.status_code == 422
        assert "overlaps another one" in answer.text

    def test_who_works_here_cannot_come_back(self, as_, adam, ben):
        assert as_(adam).get(f"{LIST}{ben.pk}/rehire/").status_code == 404


class TestRoles:
    def test_owners_give_and_take(self, as_, olga, ben, north):
        client = as_(olga)
        client.post(f"{LIST}{ben.pk}/roles/", {"is_owner": "on", "is_hr": "on"})
        client.post(f"{LIST}{olga.pk}/roles/", {})
        with inside(north):
            ben.refresh_from_db()
            olga.refresh_from_db()
        assert (ben.is_owner, ben.is_admin, ben.is_hr) == (True, False, True)
        assert (olga.is_owner, olga.is_admin, olga.is_hr) == (False, False, False)

    def test_the_last_owner_stays(self, as_, olga, north):
        answer = as_(olga).post(f"{LIST}{olga.pk}/roles/", {"is_admin": "on"})
        assert answer.status_code == 422
        assert "An organisation needs an owner" in answer.text

    def test_admins_make_no_owners(self, as_, adam, north):
        assert as_(adam).post(f"{LIST}{adam.pk}/roles/", {"is_owner": "on"}).status_code == 403
        with inside(north):
            adam.refresh_from_db()
        assert not adam.is_owner


def test_promotions_and_moves_stand_beside_the_employment(as_, olga, north):
    nia = make_member(north, "Nia", login=False, hired_on=date(2020, 1, 6))
    with inside(north):
        JobChange.objects.create(member=nia, kind="promotion", effective_on=date(2024, 3, 1), department_after="Legal")
        JobChange.objects.create(
            member=nia, kind="location", effective_on=date(2025, 6, 1), found_since=date(2025, 2, 1)
        )
    text = " ".join(as_(olga).get(f"{LIST}{nia.pk}/").text.split())
    assert "<strong>Promotion</strong><small>1 March 2024 · Legal</small>" in text
    assert "<strong>Change of site</strong><small>between 1 February 2025 and 1 June 2025</small>" in text
