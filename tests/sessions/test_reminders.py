"""Reminders: which come, when, to whom, and how they are stopped."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.services import edit_member, edit_profile
from mentoring.outbox.delivery import Delivery
from mentoring.outbox.models import Dispatch, Message
from mentoring.outbox.taking import take_next
from sessions import services
from sessions.models import ReminderChoice
from sessions.reminding import chosen, read_token, unsubscribe_address
from tests.people import inside, make_member
from tests.sessions.conftest import utc

PAGE = "/o/northwind/sessions/reminders/"


def reminders(cast, member, *, status="pending"):
    """Kind → when it comes, of those that will."""
    with inside(cast.northwind):
        found = Message.objects.filter(kind__startswith="reminder", recipient=member.email, status=status)
        return {letter.kind: letter.due_at for letter in found}


def choose(cast, member, *ahead):
    with inside(cast.northwind):
        services.choose_reminders(member, kind="session", ahead=ahead, by=member)


def test_the_usual_ones_come_a_day_and_an_hour_before(cast, booked):
    assert reminders(cast, cast.tom) == {
        "reminder_24h": utc("2026-11-23T09:00"), "reminder_1h": utc("2026-11-24T08:00"),
    }  # fmt: skip


def test_everybody_has_what_they_chose(cast, clock):
    choose(cast, cast.tom, 15)
    choose(cast, cast.ines)
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-11-24T09:00"), by=cast.tom)
    assert reminders(cast, cast.tom) == {"reminder_15m": utc("2026-11-24T08:45")}
    assert reminders(cast, cast.ines) == {}


def test_a_changed_choice_holds_for_what_is_booked(cast, booked):
    choose(cast, cast.tom, 180, 60)
    assert reminders(cast, cast.tom) == {
        "reminder_3h": utc("2026-11-24T06:00"), "reminder_1h": utc("2026-11-24T08:00"),
    }  # fmt: skip
    with inside(cast.northwind):
        gone = Message.objects.get(kind="reminder_24h", recipient=cast.tom.email)
        assert (gone.status, gone.outcome) == ("skipped", "Not wanted any more.")
        assert not Dispatch.objects.filter(message_id=gone.pk).exists()
    # Nobody else's change.
    assert set(reminders(cast, cast.ines)) == {"reminder_24h", "reminder_1h"}


def test_reminders_follow_to_another_time_zone(cast, booked, clock):
    # The first has been sent by now.
    with inside(cast.northwind):
        Message.objects.filter(kind="reminder_24h").update(status="sent")
    clock.move_to(utc("2026-11-23T10:00"))

    def texts():
        with inside(cast.northwind):
            waiting = Message.objects.filter(kind="reminder_1h", status="pending").order_by("id")
            return [(letter.recipient.split("@")[0], letter.text) for letter in waiting]

    def move(member, zone):
        with inside(cast.northwind):
            names = {"given_name": member.given_name, "family_name": member.family_name}
            edit_profile(member, **names, time_zone=zone, languages=[])

    move(cast.tom, "Asia/Tokyo")
    (ines, to_ines), (tom, to_tom) = texts()
    assert (ines, tom) == ("ines", "tom")
    assert "Tuesday 24 November 2026, 18:00 to 19:00 Tokyo time" in to_tom
    assert "Tuesday 24 November 2026, 18:00 to 19:00 Tokyo time" in to_ines
    assert "Tuesday 24 November 2026, 09:00 to 10:00 London time" in to_ines
    assert "Berlin" not in to_tom + to_ines
    assert reminders(cast, cast.tom) == {"reminder_1h": utc("2026-11-24T08:00")}
    # What was sent stays as it was.
    assert set(reminders(cast, cast.tom, status="sent")) == {"reminder_24h"}
    # By the same clock one time is enough.
    move(cast.tom, "Europe/London")
    assert [text.count("London time") for _name, text in texts()] == [1, 1]
    assert "Tokyo" not in "".join(text for _name, text in texts())
    move(cast.ines, "Europe/Berlin")
    assert "For Ines Adler: Tuesday 24 November 2026, 10:00 to 11:00 Berlin time" in dict(texts())["tom"]


def test_another_change_leaves_reminders_alone(cast, booked):
    with inside(cast.northwind):
        before = list(Message.objects.order_by("id").values())
        edit_member(cast.tom, by=cast.olga, department="Sales")
        assert list(Message.objects.order_by("id").values()) == before


def test_a_choice_can_be_taken_back(cast, booked):
    choose(cast, cast.tom)
    assert reminders(cast, cast.tom) == {}
    choose(cast, cast.tom, 1440)
    assert reminders(cast, cast.tom) == {"reminder_24h": utc("2026-11-23T09:00")}
    with inside(cast.northwind):
        letter = Message.objects.get(kind="reminder_24h", recipient=cast.tom.email)
    assert letter.outcome == ""
    assert Dispatch.objects.get(message_id=letter.pk).due_at == utc("2026-11-23T09:00")


def test_one_whose_time_has_gone_by_is_kept_with_the_reason(cast, clock):
    choose(cast, cast.tom, 10080, 2880, 60)
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-11-24T09:00"), by=cast.tom)
    assert reminders(cast, cast.tom) == {"reminder_1h": utc("2026-11-24T08:00")}
    assert set(reminders(cast, cast.tom, status="skipped")) == {"reminder_1w", "reminder_2d"}
    with inside(cast.northwind):
        late = Message.objects.get(kind="reminder_2d")
        assert late.outcome == "Its time had gone by already."
    assert not Dispatch.objects.filter(message_id=late.pk).exists()


def test_a_moved_session_has_reminders_of_its_new_time_only(cast, booked):
    with inside(cast.northwind):
        services.move_session(booked, starts_at=utc("2026-11-26T14:00"), by=cast.tom)
    assert reminders(cast, cast.tom) == {
        "reminder_24h": utc("2026-11-25T14:00"), "reminder_1h": utc("2026-11-26T13:00"),
    }  # fmt: skip
    with inside(cast.northwind):
        outcomes = set(Message.objects.filter(kind="reminder_1h", sequence=0).values_list("status", "outcome"))
    assert outcomes == {("skipped", "The session was moved.")}


def test_a_cancelled_session_reminds_nobody(cast, booked):
    with inside(cast.northwind):
        services.cancel_session(booked, by=cast.tom)
    assert reminders(cast, cast.tom) == {}
    assert reminders(cast, cast.ines) == {}
    # And a choice made afterwards does not bring them back.
    choose(cast, cast.tom, 60)
    assert reminders(cast, cast.tom) == {}


def test_more_than_ten_minutes_late_is_not_sent(cast, booked):
    with inside(cast.northwind):
        letter = Message.objects.get(kind="reminder_1h", recipient=cast.tom.email)
    assert letter.expires_at - letter.due_at == timedelta(minutes=10)


def test_a_reminder_outlives_two_senders_that_die_with_it(cast, booked, settings):
    """Its third sender still finds it of use; and no living one is so slow that another takes its letter."""
    with inside(cast.northwind):
        letter = Message.objects.get(kind="reminder_1h", recipient=cast.tom.email)
        Message.objects.exclude(pk=letter.pk).update(status="skipped")
    Dispatch.objects.exclude(message_id=letter.pk).delete()
    at = letter.due_at
    for _ in range(2):
        pointer, taken = take_next(now=at, lease=settings.OUTBOX_LEASE, most_attempts=20)
        assert taken.pk == letter.pk
        assert take_next(now=at, lease=settings.OUTBOX_LEASE, most_attempts=20) is None
        at = pointer.due_at + timedelta(seconds=5)
    assert Delivery(clock=lambda: at).run(once=True) == 1
    assert timedelta(seconds=12 * settings.EMAIL_TIMEOUT) < settings.OUTBOX_LEASE


@pytest.mark.parametrize(
    ("ahead", "subject", "sentence"),
    [
        (10080, "On Thursday 3 December: your session with Ines Adler at 15:00", "On Thursday 3 December you meet"),
        (1440, "Tomorrow: your session with Ines Adler at 15:00", "Tomorrow you meet Ines Adler."),
        (180, "In 3 hours: your session with Ines Adler at 15:00", "In 3 hours you meet Ines Adler."),
        (15, "In 15 minutes: your session with Ines Adler at 15:00", "In 15 minutes you meet Ines Adler."),
    ],
)
def test_what_a_reminder_says(cast, clock, ahead, subject, sentence):
    choose(cast, cast.tom, ahead)
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-12-03T14:00"), by=cast.tom)
        letter = Message.objects.get(kind__startswith="reminder", recipient=cast.tom.email)
    assert letter.subject == subject
    assert sentence in letter.text


def test_a_day_before_may_be_the_same_day_when_clocks_change(cast, clock):
    """On Sunday 25 October 2026 London's day has 25 hours: 24 before its 23:30 it is Sunday, half past midnight."""
    clock.move_to(utc("2026-10-20T12:00"))
    choose(cast, cast.ines, 1440)
    with inside(cast.northwind):
        services.set_weekly_hours(cast.ines, [(6, 1410, 1439 - 9)], by=cast.ines)
        cast.mentorship.program.session_length = timedelta(minutes=20)
        cast.mentorship.program.save()
        services.book_session(cast.mentorship, starts_at=utc("2026-10-25T23:30"), by=cast.tom)
        letter = Message.objects.get(kind="reminder_24h", recipient=cast.ines.email)
    assert letter.due_at == utc("2026-10-24T23:30")
    assert letter.subject == "Today: your session with Tom Brandt at 23:30"


def test_only_letters_that_one_may_do_without_can_be_stopped(cast, booked):
    with inside(cast.northwind):
        services.move_session(booked, starts_at=utc("2026-11-26T14:00"), by=cast.tom)
        services.cancel_session(booked, by=cast.tom)
        letters = list(Message.objects.filter(recipient=cast.tom.email))
    assert {letter.kind: "List-Unsubscribe" in letter.headers for letter in letters} == {
        "session_booked": False, "session_moved": False, "session_cancelled": False,
        "reminder_24h": True, "reminder_1h": True,
    }  # fmt: skip
    reminder = next(letter for letter in letters if letter.kind == "reminder_1h")
    address = reminder.headers["List-Unsubscribe"].strip("<>")
    assert reminder.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address == unsubscribe_address(cast.tom, "session")
    assert address in reminder.text
    assert address in reminder.html


def path_of(member, kind="session"):
    return unsubscribe_address(member, kind).removeprefix("http://127.0.0.1:8000")


def test_one_click_stops_them(cast, booked):
    stranger = Client(enforce_csrf_checks=True)
    path = path_of(cast.tom)
    # As RFC 8058 has it: no cookie, no page before, one pair in the body.
    response = stranger.post(path, {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert "You get no more of these letters" in response.content.decode()
    assert reminders(cast, cast.tom) == {}
    assert set(reminders(cast, cast.ines)) == {"reminder_24h", "reminder_1h"}
    with inside(cast.northwind):
        assert ReminderChoice.objects.get().ahead == []
    # Twice is once.
    assert stranger.post(path).status_code == 200


def test_a_get_only_asks(cast, booked):
    response = Client().get(path_of(cast.tom))
    assert response.status_code == 200
    assert "Stop these letters?" in response.content.decode()
    assert set(reminders(cast, cast.tom)) == {"reminder_24h", "reminder_1h"}


def test_a_made_up_address_stops_nothing(cast, booked):
    path = path_of(cast.tom)
    for wrong in ("/unsubscribe/x/", path[:-3] + "xx/", path.replace("/unsubscribe/", "/unsubscribe/W")):
        for method in ("get", "post"):
            assert getattr(Client(), method)(wrong).status_code == 404
    assert set(reminders(cast, cast.tom)) == {"reminder_24h", "reminder_1h"}


def test_an_address_works_for_ever_and_names_one_person(cast, clock):
    token = path_of(cast.tom).split("/")[2]
    clock.move_to(datetime.fromisoformat("2036-01-01T00:00+00:00"))
    assert read_token(token) == (cast.northwind.pk, cast.tom.pk, "session")
    assert path_of(cast.tom).split("/")[2] == token


def test_who_is_gone_is_not_there(cast):
    lena = make_member(cast.northwind, "Lena", login=False)
    path = path_of(lena)
    with inside(cast.northwind):
        lena.spells.all().delete()
        lena.delete()
    assert Client().post(path).status_code == 404


def test_the_page_keeps_what_is_chosen(cast, tom_client, booked):
    page = tom_client.get(PAGE)
    assert page.status_code == 200
    assert page.context["form"]["session"].value() == [1440, 60]
    sent = {"session": ["10080", "15"], "log": "on"}
    assert tom_client.post(PAGE, sent).status_code == 302
    with inside(cast.northwind):
        kept = dict(ReminderChoice.objects.filter(member=cast.tom).values_list("kind", "ahead"))
    assert kept == {"session": [10080, 15], "preparation": [], "log": [0], "pulse": [], "survey": [], "quiet": []}
    assert reminders(cast, cast.tom) == {"reminder_15m": utc("2026-11-24T08:45")}
    assert tom_client.get(PAGE).context["form"]["session"].value() == [10080, 15]


def test_bad_input_changes_nothing(cast, tom_client, booked):
    response = tom_client.post(PAGE, {"session": ["7"]})
    assert response.status_code == 422
    assert set(reminders(cast, cast.tom)) == {"reminder_24h", "reminder_1h"}


def test_everybody_has_a_page_of_their_own(cast, assert_own_only):
    assert_own_only(PAGE, colleague=200, refused="put")
    assert reverse("sessions:reminders", kwargs={"org": "northwind"}) == PAGE


def test_nobody_chooses_for_others(cast):
    with inside(cast.northwind), pytest.raises(PermissionDenied):
        services.choose_reminders(cast.tom, kind="session", ahead=[], by=cast.olga)


def test_who_wants_no_question_how_it_went_is_not_asked(cast, over):
    with inside(cast.northwind):
        services.choose_reminders(cast.ines, kind="log", ahead=[], by=cast.ines)
        assert chosen([cast.ines, cast.tom], "log") == {cast.ines.pk: [], cast.tom.pk: [0]}
        services.log_session(over, report="held", length=timedelta(hours=1), by=cast.tom)
        assert Message.objects.filter(kind="session_log_request").count() == 0


def test_reminders_go_to_the_address_of_the_day(cast, booked):
    """Tom's address changes after the booking; later he no longer wants the reminder of the day before."""
    due = reminders(cast, cast.tom)
    with inside(cast.northwind):
        edit_member(cast.tom, by=cast.olga, email="tom.vogel@northwind.example")
    assert cast.tom.email == "tom.vogel@northwind.example"
    assert reminders(cast, cast.tom) == due
    choose(cast, cast.tom, 60)
    assert reminders(cast, cast.tom) == {"reminder_1h": utc("2026-11-24T08:00")}
    with inside(cast.northwind):
        assert not Message.objects.filter(recipient="tom@northwind.example", status="pending").exists()
        services.cancel_session(booked, by=cast.ines)
    assert reminders(cast, cast.tom) == {}
    assert set(reminders(cast, cast.ines)) == set()
