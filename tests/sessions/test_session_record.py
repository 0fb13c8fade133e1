from datetime import timedelta

import pytest

from sessions import services
from sessions.models import Session
from tests.people import inside, make_member, make_mentorship
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
    assert "One of you was not free at that time." in response.content.decode()
    assert len(sessions(cast)) == 1


def test_of_a_session_in_another_organisation_it_says_no_more_than_not_free(cast, path, tom_client):
    other = make_member(cast.initech, "Ines", email=cast.ines.email, time_zone="Europe/London")
    peter = make_member(cast.initech, "Peter", family_name="Park")
    mentorship = make_mentorship(other, peter)
    with inside(cast.initech):
        services.record_session(
            mentorship, starts_at=utc("2026-11-20T15:15"), length=timedelta(minutes=30), by=other, topic="Secret"
        )
    response = tom_client.post(path, DATA)
    assert response.status_code == 409
    html = response.content.decode()
    # Word for word what is said of a session of one's own.
    assert response.context["form"].errors == {"start": ["One of you was not free at that time."]}
    assert not [word for word in ("Initech", "Peter", "Park", "Secret", "15:15", "organisation is") if word in html]
    assert sessions(cast) == []


def test_only_for_those_in_the_mentorship(cast, path, assert_own_only, as_member):
    assert_own_only(path)
    assert as_member(cast.olga).post(path, DATA).status_code == 404
    assert sessions(cast) == []
