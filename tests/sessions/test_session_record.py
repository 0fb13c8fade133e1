import pytest

from sessions.models import Session
from tests.people import inside
from tests.sessions.conftest import utc

DATA = {"day": "2026-11-20", "start": "16:00", "length": "45", "topic": "Over coffee", "shared_note": "Ours"}


@pytest.fixture
def path(cast):
    return f"/o/northwind/sessions/record/{cast.mentorship.pk}/"


def sessions(cast):
    with inside(cast.northwind):
        return list(Session.objects.all())


def test_a_meeting_is_written_down_on_ones_own_clock(cast, path, as_member):
    assert "The time is in Berlin time." in as_member(cast.tom).get(path).content.decode()
    answer = as_member(cast.tom).post(path, DATA)
    [session] = sessions(cast)
    assert answer.url == f"/o/northwind/sessions/{session.pk}/"
    assert (session.starts_at, session.status) == (utc("2026-11-20T15:00"), "planned")
    assert "Tom Brandt has logged this session." in as_member(cast.ines).get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": ""}, "day"),
        ({"day": "2026-12-24"}, "day"),
        ({"day": "2026-01-01"}, "day"),
        ({"start": "late"}, "start"),
        ({"length": "0"}, "length"),
        ({"topic": "x" * 201}, "topic"),
    ],
)
def test_what_is_wrong_is_said(cast, path, tom_client, changes, field):
    response = tom_client.post(path, {**DATA, **changes})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert "Ours" in response.content.decode()
    assert sessions(cast) == []


def test_two_meetings_at_once_are_refused(cast, path, tom_client):
    tom_client.post(path, DATA)
    response = tom_client.post(path, {**DATA, "start": "16:30"})
    assert response.status_code == 409
    assert "One of you was in another session at that time." in response.content.decode()
    assert len(sessions(cast)) == 1


def test_only_for_those_in_the_mentorship(cast, path, assert_own_only, as_member):
    assert_own_only(path)
    assert as_member(cast.olga).post(path, DATA).status_code == 404
    assert sessions(cast) == []
