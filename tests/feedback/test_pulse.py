import pytest
from django.urls import reverse

from feedback.models import Pulse
from tests.people import inside, make_member, make_organisation

from .conftest import make_session


@pytest.fixture
def address(held):
    return reverse("feedback:pulse", kwargs={"org": "northwind", "pk": held.pk})


@pytest.fixture
def as_tom(client, tom):
    client.force_login(tom.user)
    return client


def given(organisation):
    with inside(organisation):
        return list(Pulse.objects.values_list("member__given_name", "useful", "understood"))


def test_two_answers_are_kept(as_tom, address, northwind):
    page = as_tom.get(address)
    assert page.status_code == 200
    content = page.content.decode()
    assert "Ines Adler" in content
    assert content.count('type="radio"') == 10
    assert content.count("nobody. Only averages of five people or more are shown.") == 2
    answer = as_tom.post(address, {"useful": "4", "understood": "5"})
    assert (answer.status_code, answer.url) == (302, "/o/northwind/")
    assert given(northwind) == [("Tom", 4, 5)]


def test_what_was_answered_is_shown_and_can_be_changed(as_tom, address, northwind):
    as_tom.post(address, {"useful": "4", "understood": "5"})
    content = as_tom.get(address).content.decode()
    assert "Change my answers" in content
    assert '<input type="radio" name="useful" value="4"' in content
    assert content.count(" checked") == 2
    as_tom.post(address, {"useful": "2", "understood": "5"})
    assert given(northwind) == [("Tom", 2, 5)]


def test_what_an_average_contains_is_only_shown(as_tom, address, held, tom, northwind, clock):
    as_tom.post(address, {"useful": "4", "understood": "5"})
    with inside(northwind):
        Pulse.objects.update(counted_at=held.ends_at)
    page = as_tom.get(address)
    assert "part of an average by now" in page.content.decode()
    assert 'type="radio"' not in page.content.decode()
    assert as_tom.post(address, {"useful": "1", "understood": "1"}).status_code == 422
    assert given(northwind) == [("Tom", 4, 5)]


@pytest.mark.parametrize(
    "data", [{}, {"useful": "4"}, {"useful": "6", "understood": "1"}, {"useful": "x", "understood": "1"}]
)
def test_bad_answers_keep_nothing(as_tom, address, northwind, data):
    page = as_tom.post(address, data)
    assert page.status_code == 422
    assert "error-summary" in page.content.decode()
    assert given(northwind) == []


@pytest.mark.parametrize("status", ["planned", "missed", "cancelled"])
def test_a_session_that_was_not_held_has_no_such_page(as_tom, mentorship, ines, tom, status):
    session = make_session(mentorship, ines, tom, status=status)
    assert as_tom.get(f"/o/northwind/sessions/{session.pk}/pulse/").status_code == 404


def test_nobody_else_answers(client, address, olga, northwind):
    client.force_login(olga.user)
    assert client.get(address).status_code == 404
    assert client.post(address, {"useful": "4", "understood": "5"}).status_code == 404
    assert given(northwind) == []


def test_strangers_hear_nothing_of_it(client, address, northwind):
    mallory = make_member(make_organisation("initech"), "Mallory")
    client.force_login(mallory.user)
    assert client.get(address).status_code == 404
    assert client.get(address.replace("northwind", "initech")).status_code == 404


def test_visitors_are_asked_to_sign_in(client, address):
    assert client.get(address).url == f"/accounts/login/?next={address}"


def test_no_other_method(as_tom, address):
    assert as_tom.put(address).status_code == 405
    assert as_tom.delete(address).status_code == 405
