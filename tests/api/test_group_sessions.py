"""Group sessions through the API."""

from datetime import UTC, datetime

import pytest

import programs.services
import sessions.services
from tests.api.test_sessions import again, ids
from tests.people import inside


@pytest.fixture
def group(cast):
    with inside(cast.northwind):
        programs.services.enrol(cast.program, cast.nina, role="mentee", by=cast.adam, skills=["Python"])
        return sessions.services.open_group(
            cast.program, leader=cast.ines, starts_at=datetime(2026, 11, 24, 10, tzinfo=UTC), seats=1,
            topic="Saying no", place="Loft", by=cast.ines,
        )  # fmt: skip


def test_mentees_list_join_and_leave(cast, group, signed_in):
    nina = signed_in(cast.nina)
    path = f"group-sessions/{group.pk}/"
    shown = {
        "id": group.pk, "program": cast.program.pk, "led_by": {"id": cast.ines.pk, "name": "Ines Adler"},
        "topic": "Saying no", "status": "planned", "starts_at": "2026-11-24T10:00:00Z",
        "ends_at": "2026-11-24T11:00:00Z", "time_zone": "Europe/London", "seats": 1, "seats_left": 1,
        "own_mentees_only": False, "joined": False, "place": None,
    }  # fmt: skip
    assert nina.get("group-sessions/").json()["results"] == [shown]
    assert nina.get(path).json() == shown
    answer = nina.post(path + "join/")
    assert (answer.status_code, answer.json()) == (200, shown | {"seats_left": 0, "joined": True, "place": "Loft"})
    assert ids(nina.get("sessions/", program=cast.program.pk)) == [group.pk]
    session = nina.get(f"sessions/{group.pk}/").json()
    assert (session["mentorship"], session["program"], session["seats"]) == (None, cast.program.pk, 1)
    full = signed_in(cast.tom).post(path + "join/")
    assert (full.status_code, full.json()["detail"]) == (409, "This session is full: all seats are taken.")
    assert nina.post(f"sessions/{group.pk}/cancel/").status_code == 403
    assert nina.post(path + "leave/").json() == shown
    assert signed_in(cast.tom).post(path + "join/").status_code == 200


def test_the_same_key_joins_once(cast, group, signed_in):
    nina = signed_in(cast.nina)
    first = again(nina, "one").post(f"group-sessions/{group.pk}/join/")
    nina.post(f"group-sessions/{group.pk}/leave/")
    # Asked once more it gives the same answer, and does nothing.
    assert again(nina, "one").post(f"group-sessions/{group.pk}/join/").json() == first.json()
    assert nina.get(f"group-sessions/{group.pk}/").json()["joined"] is False


def test_who_finds_them(cast, group, signed_in, with_key):
    for caller in (signed_in(cast.ines), signed_in(cast.adam), with_key(cast.olga)):
        assert ids(caller.get("group-sessions/", program=cast.program.pk, status="planned")) == [group.pk]
    # Who looks after programmes takes no seat in them.
    assert signed_in(cast.adam).post(f"group-sessions/{group.pk}/join/").status_code == 403
    assert ids(signed_in(cast.hana).get("group-sessions/")) == []
    assert signed_in(cast.hana).post(f"group-sessions/{group.pk}/join/").status_code == 404
    assert signed_in(cast.mallory).get("group-sessions/").status_code == 404
    leaving = signed_in(cast.ines).post(f"group-sessions/{group.pk}/leave/")
    assert (leaving.status_code, leaving.json()["detail"]) == (
        409,
        "You lead this session. Cancel it if it can’t take place.",
    )
