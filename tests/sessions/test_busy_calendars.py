"""Calendars that are read: what stands in them fills their owner's time, and the others learn nothing of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from mentoring.outbox.models import Message
from sessions import services, tasks
from sessions.busy.fetching import Answer, FetchProblem
from sessions.models import BusyCalendar, BusyTime
from sessions.services import calendars
from tests.people import inside, make_member
from tests.sessions.conftest import utc

PAGE = "/o/northwind/sessions/calendar/"
ADDRESS = "https://calendar.example/secret-1234.ics"


def ics(*times, uid="1@x"):
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}{uid}\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Interview at a rival\r\n"
        f"DTSTART:{start}\r\nDTEND:{end}\r\nEND:VEVENT\r\n"
        for number, (start, end) in enumerate(times)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n".encode()


NINE = ("20261124T090000Z", "20261124T100000Z")


def add(member, address=ADDRESS, **more):
    with inside(member.organisation):
        return services.add_calendar(member, address=address, by=member, **more)


def read(calendar, answer, etag="", asked=None):
    """Read it as if the server gave this answer."""

    def fetch(address, *, etag):
        if asked is not None:
            asked.append((address, etag))
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, '"v1"')

    with inside(calendar.organisation):
        services.read_calendar(calendar.pk, fetch=fetch)
        calendar.refresh_from_db()


def times(cast):
    with inside(cast.northwind):
        return [(f"{each.starts_at:%d %H:%M}", f"{each.ends_at:%H:%M}") for each in BusyTime.objects.all()]


def starts(cast, by=None):
    with inside(cast.northwind):
        return [
            f"{slot.starts_at:%d %H:%M}" for slot in services.free_slots(cast.mentorship, by=by or cast.ines, days=3)
        ]


@pytest.mark.parametrize("whose", ["tom", "ines"])
def test_a_time_that_somebodys_own_calendar_fills_is_not_offered(cast, whose):
    assert starts(cast) == ["24 09:00", "24 10:00", "24 11:00"]
    read(add(getattr(cast, whose)), ics(NINE))
    assert times(cast) == [("24 09:00", "10:00")]
    assert starts(cast) == starts(cast, by=cast.tom) == ["24 10:00", "24 11:00"]
    with inside(cast.northwind), pytest.raises(services.SlotTaken):
        services.book_session(cast.mentorship, starts_at=utc("2026-11-24T09:00"), by=cast.ines)


def test_the_mentor_never_learns_what_it_is(cast, as_member):
    read(add(cast.tom, name="Job hunt"), ics(NINE))
    ines = as_member(cast.ines)
    for page in (f"book/{cast.mentorship.pk}/", "", "calendar/", f"book/{cast.mentorship.pk}/?start=2026-11-24T09:00Z"):
        content = ines.get(f"/o/northwind/sessions/{page}").content.decode()
        for word in ("rival", "Job hunt", "calendar.example"):
            assert word not in content
    with inside(cast.northwind):
        kept = str([vars(each) for model in (BusyCalendar, BusyTime) for each in model.objects.all()])
    assert "rival" not in kept
    assert "secret-1234" not in kept


def test_busy_times(cast):
    read(add(cast.tom), ics(NINE, ("20261201T090000Z", "20261201T100000Z")))
    with inside(cast.northwind):
        found = services.busy_times([cast.ines, cast.tom], utc("2026-11-24T09:30"), utc("2026-12-01T09:00"))
        assert found == {cast.tom.pk: [(utc("2026-11-24T09:00"), utc("2026-11-24T10:00"))]}
        assert services.busy_times([], utc("2026-11-24T09:30"), utc("2026-12-01T09:00")) == {}
    with inside(cast.initech):
        assert services.busy_times([cast.tom], utc("2026-11-24T09:30"), utc("2026-12-01T09:00")) == {}


def test_our_own_session_in_it_does_not_stand_in_its_own_way(cast, booked):
    content = ics(NINE).replace(b"UID:01@x", f"UID:{booked.uid}".encode())
    read(add(cast.tom), content)
    assert times(cast) == []


def test_what_is_gone_from_it_is_free_again(cast):
    calendar = add(cast.tom)
    read(calendar, ics(NINE))
    read(calendar, ics())
    assert times(cast) == []


def test_it_is_asked_whether_it_changed_and_once_a_day_for_all(cast, clock):
    calendar, asked = add(cast.tom), []
    read(calendar, ics(NINE), asked=asked)
    clock.shift(timedelta(minutes=15))
    read(calendar, None, asked=asked)
    assert times(cast) == [("24 09:00", "10:00")]
    clock.shift(timedelta(days=1))
    read(calendar, ics(NINE), asked=asked)
    assert asked == [(ADDRESS, ""), (ADDRESS, '"v1"'), (ADDRESS, "")]


def test_a_calendar_without_an_etag_is_read_again_only_when_it_changed(cast, clock, monkeypatch):
    calendar, counted = add(cast.tom), []
    real = calendars.read_busy

    def counting(*arguments, **more):
        counted.append(1)
        return real(*arguments, **more)

    monkeypatch.setattr(calendars, "read_busy", counting)
    asked = []

    def fetch(content):
        def answer(address, *, etag):
            asked.append(etag)
            return Answer(content, "")

        with inside(cast.northwind):
            services.read_calendar(calendar.pk, fetch=answer)

    fetch(ics(NINE))
    # Made anew, as the server says, but the same.
    fetch(ics(NINE).replace(b"DTSTAMP:20261101T000000Z", b"DTSTAMP:20261122T120000Z"))
    assert len(counted) == 1
    fetch(ics())
    assert (len(counted), times(cast)) == (2, [])
    clock.shift(timedelta(days=1))
    fetch(ics())
    assert len(counted) == 3
    assert asked == ["", "", "", ""]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (FetchProblem("status", "404"), "Its server does not give it out"),
        (FetchProblem("refused", "loopback"), "It does not lead to a server on the public internet."),
        (b"<html>Sign in</html>", "What stands there is not a calendar."),
        (ics(NINE).removesuffix(b"END:VCALENDAR\r\n"), "Its server’s answer breaks off."),
        (ics(NINE).replace(b"SUMMARY", b"RRULE:FREQ=SECONDLY\r\nSUMMARY"), "repeats so often"),
    ],
)
def test_a_calendar_that_fails_keeps_what_was_read(cast, clock, as_member, answer, said):
    calendar = add(cast.tom, name="Work")
    read(calendar, ics(NINE))
    read_at = calendar.fetched_at
    clock.shift(timedelta(minutes=15))
    read(calendar, answer)
    assert times(cast) == [("24 09:00", "10:00")]
    assert calendar.fetched_at == read_at
    page = as_member(cast.tom).get(PAGE).content.decode()
    assert said in page
    assert "loopback" not in page
    read(calendar, ics())
    assert (calendar.problem, calendar.failing_since) == ("", None)
    assert said not in as_member(cast.tom).get(PAGE).content.decode()


def test_its_owner_is_told_once_after_some_hours(cast, clock):
    calendar = add(cast.tom, name="Work")

    def letters():
        with inside(cast.northwind):
            return [(each.recipient, each.subject) for each in Message.objects.filter(kind="calendar_failing")]

    for _hour in range(6):
        read(calendar, FetchProblem("slow"))
        clock.shift(timedelta(hours=1))
    assert letters() == []
    for _hour in range(30):
        read(calendar, FetchProblem("slow"))
        clock.shift(timedelta(hours=1))
    once = [("tom@northwind.example", "Your calendar “Work” can’t be read")]
    assert letters() == once
    with inside(cast.northwind):
        text = Message.objects.get(kind="calendar_failing").text
    assert "Since Sunday 22 November we can’t read your calendar “Work”. Its server takes too long." in text
    assert "/o/northwind/sessions/calendar/" in text
    assert "calendar.example" not in text
    # Should it work in between, the next time is another.
    read(calendar, ics())
    for _hour in range(8):
        read(calendar, FetchProblem("slow"))
        clock.shift(timedelta(hours=1))
    assert letters() == once * 2


def test_an_address_that_cannot_be_opened(cast):
    calendar = add(cast.tom)
    with inside(cast.northwind):
        BusyCalendar.objects.update(secret=b"\x01" + bytes(40))
    read(calendar, ics(NINE))
    assert calendar.problem == "sealed"


def test_whose_turn_it_is(cast, clock):
    outside = make_member(cast.northwind, "Oscar")
    first, second, third = add(cast.tom), add(cast.tom, "https://x.example/2"), add(cast.ines)
    add(outside)
    with inside(cast.northwind):
        # Nobody books a session with Oscar.
        assert services.calendars_to_read() == [first.pk, second.pk, third.pk]
    read(first, ics())
    clock.shift(timedelta(minutes=5))
    read(third, ics())
    with inside(cast.northwind):
        assert services.calendars_to_read() == [second.pk]
        clock.shift(timedelta(minutes=16))
        assert services.calendars_to_read() == [second.pk, first.pk, third.pk]


def test_every_calendar_is_read_in_a_task_of_its_own(cast, monkeypatch):
    one, two = add(cast.tom), add(cast.ines)
    theirs = add(cast.mallory)
    sent = []
    monkeypatch.setattr(tasks.read_calendar, "apply_async", lambda kwargs, **more: sent.append(kwargs))
    tasks.read_calendars()
    assert sent == [
        {"organisation_id": cast.northwind.pk, "calendar_id": one.pk},
        {"organisation_id": cast.northwind.pk, "calendar_id": two.pk},
    ]

    # Another organisation's calendar is not found.
    def no_fetch(*_args, **_more):
        pytest.fail("fetched")

    monkeypatch.setattr(calendars, "fetch", no_fetch)
    tasks.read_calendar(organisation_id=cast.northwind.pk, calendar_id=theirs.pk)


def test_a_calendar_that_was_removed_meanwhile(cast):
    calendar = add(cast.tom)

    def fetch(address, *, etag):
        with inside(cast.northwind):
            services.remove_calendar(calendar, by=cast.tom)
        return Answer(ics(NINE), "")

    pk = calendar.pk
    with inside(cast.northwind):
        services.read_calendar(pk, fetch=fetch)
        services.read_calendar(pk, fetch=fetch)
    assert times(cast) == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://calendar.example/x.ics", "must begin with https://"),
        ("calendar.example/x.ics", "must begin with https://"),
        ("https://user:pass@calendar.example/", "no address that can be read"),
        ("", "This field is required."),
    ],
)
def test_addresses_that_are_not_taken(cast, as_member, address, said):
    answer = as_member(cast.tom).post(PAGE + "add/", {"address": address, "name": "Work"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    # What was typed stays.
    assert 'value="Work"' in answer.content.decode()
    assert times(cast) == []


def test_adding_and_removing_on_the_page(cast, as_member, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(tasks.read_calendar, "apply_async", lambda kwargs, **more: sent.append(kwargs))
    tom = as_member(cast.tom)
    with django_capture_on_commit_callbacks(execute=True):
        assert tom.post(PAGE + "add/", {"address": "webcal://calendar.example/x.ics"}).status_code == 302
    with inside(cast.northwind):
        calendar = BusyCalendar.objects.get()
        assert calendars._address_of(calendar) == "https://calendar.example/x.ics"
    assert sent == [{"organisation_id": cast.northwind.pk, "calendar_id": calendar.pk}]
    assert "Has not been read yet" in tom.get(PAGE).content.decode()
    again = tom.post(PAGE + "add/", {"address": "https://calendar.example/x.ics"})
    assert (again.status_code, "read already" in again.content.decode()) == (422, True)
    assert as_member(cast.ines).post(f"{PAGE}{calendar.pk}/remove/").status_code == 404
    assert as_member(cast.mallory).post(f"/o/initech/sessions/calendar/{calendar.pk}/remove/").status_code == 404
    read(calendar, ics(NINE))
    assert as_member(cast.tom).post(f"{PAGE}{calendar.pk}/remove/").status_code == 302
    assert times(cast) == []


def test_ten_and_no_more(cast):
    for number in range(10):
        add(cast.tom, f"https://x.example/{number}")
    with pytest.raises(services.SessionProblem):
        add(cast.tom, "https://x.example/10")


def test_nobody_adds_or_removes_anothers(cast):
    calendar = add(cast.tom)
    with inside(cast.northwind):
        with pytest.raises(PermissionDenied):
            services.add_calendar(cast.tom, address=ADDRESS, by=cast.olga)
        with pytest.raises(PermissionDenied):
            services.remove_calendar(calendar, by=cast.olga)
        with pytest.raises(PermissionDenied):
            services.set_meeting_link(cast.tom, link="", by=cast.olga)


# Where they meet.


@pytest.mark.parametrize(
    ("link", "is_fine"),
    [
        ("https://zoom.us/j/123?pwd=x", True),
        ("https://us02web.zoom.us/j/123", True),
        ("https://teams.microsoft.com/l/meetup-join/x", True),
        ("https://teams.live.com/meet/1", True),
        ("https://meet.google.com/abc-defg-hij", True),
        ("https://northwind.webex.com/meet/tom", True),
        ("https://whereby.com/tom", True),
        ("https://meet.jit.si/TomsRoom", True),
        ("https://meet.northwind.example/room", True),
        ("http://zoom.us/j/123", False),
        ("https://zoom.us.evil.example/j/1", False),
        ("https://evilzoom.us/j/1", False),
        ("https://evil.example/zoom.us", False),
        ("https://zoom.us@evil.example/", False),
        ("https://zoom.us:8443/", False),
        ("https://google.com/", False),
        ("javascript:alert(1)//zoom.us", False),
        ("https://zoom.us/\r\nx", False),
        ("", False),
    ],
)
def test_links_to_meetings(settings, link, is_fine):
    settings.JITSI_SERVER = "https://meet.northwind.example"
    assert services.is_meeting_link(link) == is_fine


def test_the_link_is_proposed_as_the_place(cast, as_member, settings):
    tom = as_member(cast.tom)
    refused = tom.post(PAGE + "link/", {"meeting_link": "https://evil.example/"})
    assert (refused.status_code, "https://evil.example/" in refused.content.decode()) == (422, True)
    assert tom.post(PAGE + "link/", {"meeting_link": "meet.google.com/abc-defg-hij"}).status_code == 302
    page = f"/o/northwind/sessions/book/{cast.mentorship.pk}/?start=2026-11-24T09:00Z"
    assert "https://meet.google.com/abc-defg-hij" in tom.get(page).content.decode()
    with inside(cast.northwind):
        services.set_meeting_link(cast.ines, link="https://zoom.us/j/1", by=cast.ines)
    # The mentor's comes first.
    assert "https://zoom.us/j/1" in tom.get(page).content.decode()
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-11-26T14:00"), by=cast.tom, place="Room 4")
    assert "Room 4" in tom.get(page).content.decode()


def test_a_room_that_nobody_can_guess(cast, settings):
    with inside(cast.northwind):
        assert services.usual_place(cast.mentorship, by=cast.tom) == ""
        settings.JITSI_SERVER = "https://meet.northwind.example"
        rooms = {services.usual_place(cast.mentorship, by=cast.tom) for _number in range(5)}
    assert len(rooms) == 5
    assert all(len(room) == len("https://meet.northwind.example/mentoring-") + 20 for room in rooms)


def test_what_is_read_reaches_as_far_as_anybody_books():
    assert timedelta(days=180) <= calendars.AHEAD
    assert timedelta(days=366) <= calendars.AHEAD
