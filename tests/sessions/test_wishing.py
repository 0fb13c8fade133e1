"""Where the mentor says yes first: a wish takes nobody's time, and of two for one time one is planned."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from playwright.sync_api import expect

from mentoring.outbox.models import Message
from sessions import services
from sessions.models import Attendance, BookingPolicy, Session, UserBusyTime
from sessions.services import wishing
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation
from tests.sessions.conftest import people, utc

NINE = "2026-11-24T09:00"


def with_mira():
    """Mira is mentored by Ines too, in the same programme, where Ines says yes to each session."""
    cast = people()
    cast.mira = make_member(cast.northwind, "Mira", family_name="Cox", time_zone="Europe/London")
    cast.other = make_mentorship(cast.ines, cast.mira, program=cast.mentorship.program)
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.mentorship.program, needs_yes=True)
    return cast


@pytest.fixture
def cast(db, clock):
    return with_mira()


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


@pytest.fixture
def wish(cast):
    with inside(cast.northwind):
        return services.book_session(cast.mentorship, starts_at=utc(NINE), by=cast.tom, topic="Steps")


def letters(session):
    found = Message.objects.filter(subject_ref=f"session:{session.pk}").exclude(kind__startswith="reminder")
    return [(letter.kind, letter.recipient.split("@")[0]) for letter in found.order_by("id")]


def accept(wish, by):
    """Say yes to a single wish, and find the session as it is then."""
    ((session, *rest),) = [each for each in wishing.accept_wish(wish, by=by) if each]
    assert rest == []
    return session


def test_a_wish_takes_nobodys_time_and_asks_the_mentor(scope, wish):
    assert (wish.status, wish.held_until) == ("wished", utc("2026-11-24T09:00"))
    assert not Attendance.objects.filter(occupies=True).exists()
    assert not UserBusyTime.objects.exists()
    assert letters(wish) == [("session_wished", "ines")]
    assert utc(NINE) in [slot.starts_at for slot in services.free_slots(scope.other, by=scope.mira)]
    second = services.book_session(scope.other, starts_at=utc(NINE), by=scope.mira)
    assert second.status == "wished"


def test_it_waits_two_days_at_most(scope):
    later = services.book_session(scope.mentorship, starts_at=utc("2026-12-01T09:00"), by=scope.tom)
    assert later.held_until == utc("2026-11-24T12:00")


def test_nobody_asks_twice_for_one_time(scope, wish):
    with pytest.raises(services.SlotTaken):
        services.book_session(scope.mentorship, starts_at=utc(NINE), by=scope.tom)


def test_a_mentor_needs_nobodys_yes(scope):
    session = services.book_session(scope.mentorship, starts_at=utc(NINE), by=scope.ines)
    assert session.is_planned
    assert letters(session) == [("session_booked", "ines"), ("session_booked", "tom")]


def test_yes_plans_it(scope, wish):
    session = accept(wish, scope.ines)
    assert session.is_planned
    assert Attendance.objects.filter(session=wish, occupies=True).count() == 2
    assert UserBusyTime.objects.count() == 2
    assert letters(wish) == [("session_wished", "ines"), ("session_booked", "ines"), ("session_booked", "tom")]
    with pytest.raises(services.SessionProblem):
        accept(wish, scope.ines)


def test_yes_may_come_within_the_notice(scope, wish, clock):
    clock.move_to(utc("2026-11-24T08:30"))
    assert accept(wish, scope.ines).is_planned


@pytest.mark.parametrize("who", ["tom", "mira", "olga"])
def test_only_the_mentor_says_yes(scope, wish, who):
    with pytest.raises(PermissionDenied):
        wishing.accept_wish(wish, by=getattr(scope, who))


def test_a_time_that_has_gone_is_told_with_the_nearest_others(scope, wish):
    services.book_session(scope.other, starts_at=utc(NINE), by=scope.ines)
    session = accept(wish, scope.ines)
    assert (session.status, session.cancel_reason) == ("cancelled", "This time is no longer free.")
    assert letters(wish) == [("session_wished", "ines"), ("session_wish_over", "tom")]
    text = Message.objects.get(kind="session_wish_over").text
    assert "This time is no longer free." in text
    assert "Tuesday 24 November 2026, 11:00 to 12:00 Berlin time" in text
    assert f"/o/northwind/sessions/book/{scope.mentorship.pk}/" in text


def test_no_has_a_reason(scope, wish):
    (session,) = wishing.decline_wish(wish, by=scope.ines, reason=" I travel ")
    assert (session.status, session.cancel_reason, session.cancelled_by) == ("cancelled", "I travel", scope.ines)
    assert letters(wish) == [("session_wished", "ines"), ("session_wish_over", "tom")]
    assert "The reason: I travel" in Message.objects.get(kind="session_wish_over").text


def test_who_asked_may_take_it_back(scope, wish):
    (session,) = wishing.decline_wish(wish, by=scope.tom)
    assert session.status == "cancelled"
    assert letters(wish) == [("session_wished", "ines")]
    assert Message.objects.get(kind="session_wished").status != "pending"


@pytest.mark.parametrize("who", ["mira", "olga"])
def test_nobody_else_says_no(scope, wish, who):
    with pytest.raises(PermissionDenied):
        wishing.decline_wish(wish, by=getattr(scope, who))


def test_a_wish_lapses(scope, wish, clock):
    assert wishing.lapse_wishes() == 0
    clock.move_to(wish.held_until)
    assert wish.standing_for(scope.tom) == "cancelled"
    assert not Session.objects.coming().exists()
    with pytest.raises(services.SessionProblem):
        accept(wish, scope.ines)
    assert (wishing.lapse_wishes(), wishing.lapse_wishes()) == (1, 0)
    wish.refresh_from_db()
    assert (wish.status, wish.cancel_reason) == ("cancelled", "Nobody answered in time.")
    assert letters(wish) == [("session_wished", "ines"), ("session_wish_over", "tom")]


@pytest.mark.django_db(transaction=True)
def test_two_accepted_at_once_make_one_session(clock):
    cast = with_mira()
    with inside(cast.northwind):
        wishes = [
            services.book_session(cast.mentorship, starts_at=utc(NINE), by=cast.tom),
            services.book_session(cast.other, starts_at=utc(NINE), by=cast.mira),
        ]
    start = Barrier(2)

    def say_yes(wish):
        try:
            start.wait(10)
            with inside(cast.northwind):
                return accept(wish, cast.ines).status
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(say_yes, wishes)) == ["cancelled", "planned"]
    with inside(cast.northwind):
        assert Session.objects.planned().count() == 1
        [over] = Message.objects.filter(kind="session_wish_over")
        lost = Session.objects.get(status="cancelled")
        assert over.recipient == lost.booked_by.email
        assert Message.objects.filter(kind="session_booked").count() == 2


def test_the_pages_ask_and_answer(cast, as_member):
    client = as_member(cast.tom)
    path = f"/o/northwind/sessions/book/{cast.mentorship.pk}/"
    assert 'name="repeat"' in client.get(path + f"?start={NINE}Z").content.decode()
    detail = client.post(path, {"starts_at": f"{NINE}Z"}).url
    page = client.get(detail).content.decode()
    assert "Asked. You get an invitation as soon as the answer is yes." in page
    assert "Take it back" in page
    assert "waiting for a yes" in client.get("/o/northwind/sessions/").content.decode()
    assert client.get("/o/northwind/sessions/?tab=past").context["rows"] == []
    client.post(detail + "answer/", {"yes": "1"})
    client = as_member(cast.ines)
    assert "Tom Brandt would like to meet you on Tuesday 24 November" in client.get("/o/northwind/").content.decode()
    assert "Does this time suit you?" in client.get(detail).content.decode()
    client.post(detail + "answer/", {"yes": "1"})
    with inside(cast.northwind):
        assert Session.objects.get().is_planned
    assert "Agreed." in client.get(detail).content.decode()
    assert "would like to meet you" not in client.get("/o/northwind/").content.decode()


@pytest.mark.parametrize(("who", "status"), [("mallory", 404), ("mira", 404), ("olga", 404)])
def test_nobody_else_answers(cast, wish, as_member, who, status):
    answer = as_member(getattr(cast, who)).post(f"/o/northwind/sessions/{wish.pk}/answer/", {"yes": "1"})
    assert answer.status_code == status
    with inside(cast.northwind):
        assert Session.objects.get().status == "wished"


def test_admins_turn_it_on(cast, as_member):
    client = as_member(cast.olga)
    path = f"/o/northwind/sessions/policy/{cast.mentorship.program_id}/"
    sent = {"buffer_before": 0, "buffer_after": 0, "notice": 12, "horizon": 28}
    assert client.post(path, {**sent, "needs_yes": "on", "hold": "6"}).status_code == 302
    with inside(cast.northwind):
        policy = BookingPolicy.objects.get()
        assert (policy.needs_yes, policy.hold) == (True, timedelta(hours=6))
    assert client.post(path, sent).status_code == 302
    with inside(cast.northwind):
        policy = BookingPolicy.objects.get()
        assert (policy.needs_yes, policy.hold) == (False, timedelta(days=2))


def test_in_a_browser(page, live_server, transactional_db):
    northwind = make_organisation()
    ines = make_member(northwind, "Ines", family_name="Adler", time_zone="Europe/London")
    tom = make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/Berlin")
    mentorship = make_mentorship(ines, tom)
    with inside(northwind):
        services.set_weekly_hours(ines, [(day, 0, 1440) for day in range(7)], by=ines)
        BookingPolicy.objects.create(program=mentorship.program, needs_yes=True)
        slot = services.free_slots(mentorship, by=tom)[40]
        session = services.book_session(mentorship, starts_at=slot.starts_at, by=tom, topic="First steps")
    sign_in(page, ines.user)
    page.goto(f"/o/northwind/sessions/{session.pk}/")
    screenshot(page, "wish-1280")
    assert_accessible(page)
    page.set_viewport_size({"width": 360, "height": 740})
    screenshot(page, "wish-360")
    page.get_by_role("button", name="Yes, plan it").click()
    expect(page.get_by_text("Agreed. Everyone gets an invitation by e-mail.")).to_be_visible()
