"""Sessions through the API."""

from datetime import UTC, datetime, timedelta

import pytest

import sessions.services
from mentoring.outbox.models import Message
from sessions.models import BookingPolicy, Session
from tests.api.conftest import NOON
from tests.people import inside


def ids(answer):
    return [row["id"] for row in answer.json()["results"]]


def test_what_participants_and_admins_read_of_a_session(cast, signed_in, with_key):
    path = f"sessions/{cast.session.pk}/"
    people = [{"id": cast.ines.pk, "name": "Ines Adler"}, {"id": cast.tom.pk, "name": "Tom Brandt"}]
    shown = {
        "id": cast.session.pk, "mentorship": cast.mentorship.pk, "program": cast.program.pk, "seats": None, "status": "planned",
        "starts_at": "2026-11-24T09:00:00Z", "ends_at": "2026-11-24T10:00:00Z", "time_zone": "Europe/London",
        "length": None, "confirmation": "", "booked_at": "2026-11-22T12:00:00Z", "topic": "First steps", "place": "Room 4",
        "cancel_reason": "", "attendances": [{"member": person, "answer": "", "report": ""} for person in people],
    }  # fmt: skip
    assert signed_in(cast.tom).get(path).json() == shown
    hidden = {
        "topic": None, "place": None, "cancel_reason": None,
        "attendances": [{"member": person, "answer": None, "report": None} for person in people],
    }  # fmt: skip
    for admin in (signed_in(cast.adam), with_key(cast.olga)):
        assert admin.get(path).json() == shown | hidden
    for member in (cast.nina, cast.hana):
        assert signed_in(member).get(path).status_code == 404
        assert ids(signed_in(member).get("sessions/")) == []


def test_notes_are_in_no_answer(cast, signed_in, with_key, clock):
    clock.move_to(cast.session.ends_at + timedelta(hours=1))
    with inside(cast.northwind):
        sessions.services.log_session(
            cast.session,
            report="held",
            length=timedelta(hours=1),
            by=cast.tom,
            private_note="Secret one",
            shared_note="Secret two",
        )
    callers = [signed_in(cast.tom), signed_in(cast.ines), signed_in(cast.adam), with_key(cast.olga)]
    for caller in callers:
        for path in ("sessions/", f"sessions/{cast.session.pk}/", f"mentorships/{cast.mentorship.pk}/"):
            answer = caller.get(path)
            assert answer.status_code == 200
            assert "Secret" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "planned"}, True),
        ({"status": "held"}, False),
        ({"starts_from": "2026-11-24T09:00:00Z"}, True),
        ({"starts_from": "2026-11-24T09:00:01Z"}, False),
        ({"starts_before": "2026-11-24T10:00:00+01:00"}, False),
        ({"starts_before": "2026-11-24T10:00:01+01:00"}, True),
    ],
)
def test_sessions_are_narrowed_down(cast, signed_in, query, found):
    own = {"mentorship": cast.mentorship.pk, "program": cast.program.pk}
    assert ids(signed_in(cast.ines).get("sessions/", **own, **query)) == ([cast.session.pk] if found else [])


@pytest.mark.parametrize("at", ["1000-09-05T13:59:00+22:00", "2026-11-24T09:00:00-23:59"])
def test_offsets_that_the_database_does_not_know(cast, signed_in, at):
    assert signed_in(cast.ines).get("sessions/", starts_from=at).status_code == 200


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "yesterday"])
def test_filters_by_times_that_are_none(cast, signed_in, at):
    answer = signed_in(cast.ines).get("sessions/", starts_from=at)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["starts_from"])


def test_free_slots_leave_out_what_is_taken(cast, signed_in):
    free = signed_in(cast.tom).get("sessions/slots/", mentorship=cast.mentorship.pk, days=3).json()
    # Tuesdays from 9 to 12 in London; the first hour is booked.
    assert free[0] == {"starts_at": "2026-11-24T10:00:00Z", "ends_at": "2026-11-24T11:00:00Z"}
    assert free[-1] == {"starts_at": "2026-11-24T11:00:00Z", "ends_at": "2026-11-24T12:00:00Z"}
    assert signed_in(cast.nina).get("sessions/slots/", mentorship=cast.mentorship.pk).status_code == 404
    assert signed_in(cast.adam).get("sessions/slots/", mentorship=cast.mentorship.pk).status_code == 403
    assert signed_in(cast.tom).get("sessions/slots/", mentorship=cast.mentorship.pk, days=366).status_code == 400
    assert signed_in(cast.tom).get("sessions/slots/").json()["errors"] == {"mentorship": ["This field is required."]}


def test_booking_and_being_too_late(cast, signed_in, with_key):
    body = {"mentorship": cast.mentorship.pk, "starts_at": "2026-11-24T10:00:00Z", "topic": "Goals"}
    done = signed_in(cast.ines).post("sessions/", body)
    assert (done.status_code, done.json()["ends_at"], done.json()["topic"]) == (201, "2026-11-24T11:00:00Z", "Goals")
    late = signed_in(cast.tom).post("sessions/", body)
    assert late.status_code == 409
    assert (late.json()["code"], late.json()["detail"]) == ("slot_taken", "This time is no longer free.")
    assert late.json()["alternatives"][0] == {"starts_at": "2026-11-24T11:00:00Z", "ends_at": "2026-11-24T12:00:00Z"}
    # Only those who take part book; for strangers there is no such mentorship.
    assert with_key(cast.olga).post("sessions/", body).status_code == 403
    stranger = signed_in(cast.nina).post("sessions/", body)
    assert (stranger.status_code, list(stranger.json()["errors"])) == (400, ["mentorship"])
    with inside(cast.northwind):
        assert Session.objects.count() == 2


def test_nothing_is_booked_in_what_has_ended(cast, signed_in):
    signed_in(cast.tom).post(f"mentorships/{cast.mentorship.pk}/end/")
    body = {"mentorship": cast.mentorship.pk, "starts_at": "2026-11-24T10:00:00Z"}
    answer = signed_in(cast.tom).post("sessions/", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "session_problem")


@pytest.mark.parametrize("starts_at", ["tomorrow", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", 5, None])
def test_times_that_are_none(cast, signed_in, starts_at):
    answer = signed_in(cast.tom).post("sessions/", {"mentorship": cast.mentorship.pk, "starts_at": starts_at})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["starts_at"])


def test_moving(cast, signed_in):
    path = f"sessions/{cast.session.pk}"
    free = signed_in(cast.tom).get(f"{path}/slots/").json()
    assert free[0]["starts_at"] == "2026-11-24T10:00:00Z"
    moved = signed_in(cast.tom).post(f"{path}/move/", {"starts_at": "2026-11-26T14:00:00Z"})
    assert (moved.status_code, moved.json()["starts_at"]) == (200, "2026-11-26T14:00:00Z")
    taken = signed_in(cast.ines).post(f"{path}/move/", {"starts_at": "2026-11-25T14:00:00Z"})
    assert (taken.status_code, taken.json()["code"], len(taken.json()["alternatives"])) == (409, "slot_taken", 4)
    assert signed_in(cast.nina).post(f"{path}/move/", {"starts_at": "2026-11-24T10:00:00Z"}).status_code == 404
    assert signed_in(cast.adam).post(f"{path}/move/", {"starts_at": "2026-11-24T10:00:00Z"}).status_code == 403


def test_cancelling(cast, signed_in):
    path = f"sessions/{cast.session.pk}/cancel/"
    assert signed_in(cast.adam).post(path).status_code == 403
    assert signed_in(cast.nina).post(path).status_code == 404
    done = signed_in(cast.ines).post(path, {"reason": "Flu"})
    assert (done.status_code, done.json()["status"], done.json()["cancel_reason"]) == (200, "cancelled", "Flu")
    again = signed_in(cast.tom).post(path)
    assert (again.status_code, again.json()["detail"]) == (409, "This session has been cancelled already.")


def test_logging_counts_once_both_agree(cast, signed_in, clock):
    path = f"sessions/{cast.session.pk}/log/"
    early = signed_in(cast.tom).post(path, {"report": "held"})
    assert (early.status_code, early.json()["detail"]) == (409, "This session has not begun yet.")
    clock.move_to(cast.session.ends_at + timedelta(hours=1))
    first = signed_in(cast.tom).post(path, {"report": "held", "length": "PT45M"})
    assert (first.status_code, first.json()["status"], first.json()["length"]) == (200, "planned", None)
    assert [each["report"] for each in first.json()["attendances"]] == ["", "held"]
    second = signed_in(cast.ines).post(path, {"report": "held"})
    assert (second.json()["status"], second.json()["length"]) == ("held", "P0DT00H45M00S")
    assert signed_in(cast.adam).post(path, {"report": "held"}).status_code == 403
    assert signed_in(cast.nina).post(path, {"report": "held"}).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"report": "great"}, {"report": "held", "length": "PT9H"}, {"report": "held", "length": "-PT1H"}]
)
def test_a_log_that_makes_no_sense(cast, signed_in, clock, body):
    clock.move_to(cast.session.ends_at + timedelta(hours=1))
    assert signed_in(cast.tom).post(f"sessions/{cast.session.pk}/log/", body).status_code == 400


def again(caller, key):
    """The same caller, sending an Idempotency-Key."""
    return type(caller)(caller.client, {**caller.headers, "Idempotency-Key": key})


def test_the_same_key_books_once_and_answers_the_same(cast, signed_in, clock):
    body = {"mentorship": cast.mentorship.pk, "starts_at": "2026-11-24T10:00:00Z"}
    ines = again(signed_in(cast.ines), "a-1")
    first, second = ines.post("sessions/", body), ines.post("sessions/", body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    with inside(cast.northwind):
        assert Session.objects.count() == 2
    other = ines.post("sessions/", body | {"starts_at": "2026-11-24T11:00:00Z"})
    assert (other.status_code, other.json()) == (
        422, {"code": "key_used", "detail": "This key was sent with another request. Take a new one."},
    )  # fmt: skip
    # Somebody else's key of the same name is another one.
    assert again(signed_in(cast.tom), "a-1").post("sessions/", body).status_code == 409
    clock.move_to(NOON + timedelta(days=1))
    assert ines.post("sessions/", body).status_code == 409


def test_a_refusal_is_not_kept(cast, signed_in):
    tom = again(signed_in(cast.tom), "b-1")
    path = f"sessions/{cast.session.pk}/move/"
    body = {"starts_at": "2026-11-24T10:00:00Z"}
    with inside(cast.northwind):
        rival = sessions.services.book_session(
            cast.mentorship, starts_at=datetime(2026, 11, 24, 10, tzinfo=UTC), by=cast.ines
        )
    assert tom.post(path, body).status_code == 409
    with inside(cast.northwind):
        sessions.services.cancel_session(rival, by=cast.ines)
    moved = tom.post(path, body)
    assert (moved.status_code, moved.json()["starts_at"]) == (200, "2026-11-24T10:00:00Z")
    assert tom.post(path, body).json() == moved.json()
    with inside(cast.northwind):
        cast.session.refresh_from_db()
        assert cast.session.sequence == 1


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_keys_that_are_none(cast, signed_in, key):
    answer = again(signed_in(cast.ines), key).post(f"sessions/{cast.session.pk}/cancel/")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Idempotency-Key"])


def test_a_length_that_the_programme_allows(cast, signed_in):
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.program, lengths=[90])
    body = {"mentorship": cast.mentorship.pk, "starts_at": "2026-11-24T10:00:00Z", "length": "PT1H30M"}
    assert signed_in(cast.tom).post("sessions/", body | {"length": "PT2H"}).status_code == 409
    free = signed_in(cast.tom).get("sessions/slots/", mentorship=cast.mentorship.pk, length="PT1H30M").json()
    assert free[0] == {"starts_at": "2026-11-24T10:30:00Z", "ends_at": "2026-11-24T12:00:00Z"}
    done = signed_in(cast.tom).post("sessions/", body | {"starts_at": "2026-11-24T10:30:00Z"})
    assert (done.status_code, done.json()["ends_at"]) == (201, "2026-11-24T12:00:00Z")


def test_answering_an_invitation(cast, signed_in, with_key):
    path = f"sessions/{cast.session.pk}/"
    by_name = {"Ines Adler": "declined", "Tom Brandt": ""}
    done = signed_in(cast.ines).post(path + "answer/", {"answer": "declined"})
    assert (done.status_code, done.json()["status"]) == (200, "planned")
    assert {each["member"]["name"]: each["answer"] for each in done.json()["attendances"]} == by_name
    assert {each["answer"] for each in with_key(cast.olga).get(path).json()["attendances"]} == {None}
    assert signed_in(cast.ines).post(path + "answer/", {"answer": "maybe"}).status_code == 400
    assert signed_in(cast.adam).post(path + "answer/", {"answer": "accepted"}).status_code == 403
    assert signed_in(cast.nina).post(path + "answer/", {"answer": "accepted"}).status_code == 404
    with inside(cast.northwind):
        assert [letter.kind for letter in Message.objects.filter(kind="session_declined")] == ["session_declined"]


def test_a_wish_is_answered_moved_and_taken_back(cast, signed_in):
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.mentorship.program, needs_yes=True)
    body = {"mentorship": cast.mentorship.pk, "starts_at": "2026-11-24T10:00:00Z"}
    wish = signed_in(cast.tom).post("sessions/", body).json()
    assert wish["status"] == "wished"
    moved = signed_in(cast.tom).post(f"sessions/{wish['id']}/move/", {"starts_at": "2026-11-24T11:00:00Z"}).json()
    assert (moved["status"], moved["starts_at"]) == ("wished", "2026-11-24T11:00:00Z")
    assert signed_in(cast.tom).post(f"sessions/{wish['id']}/answer/", {"answer": "accepted"}).status_code == 403
    agreed = signed_in(cast.ines).post(f"sessions/{wish['id']}/answer/", {"answer": "accepted"}).json()
    assert (agreed["status"], agreed["starts_at"]) == ("planned", "2026-11-24T11:00:00Z")
    second = signed_in(cast.tom).post("sessions/", body).json()
    declined = signed_in(cast.ines).post(f"sessions/{second['id']}/answer/", {"answer": "declined", "reason": "Away"})
    assert (declined.json()["status"], declined.json()["cancel_reason"]) == ("cancelled", "Away")
    third = signed_in(cast.tom).post("sessions/", body).json()
    assert signed_in(cast.tom).post(f"sessions/{third['id']}/cancel/").json()["status"] == "cancelled"
    again = signed_in(cast.tom).post(f"sessions/{third['id']}/cancel/")
    assert (again.status_code, again.json()["detail"]) == (409, "This session has been cancelled already.")
