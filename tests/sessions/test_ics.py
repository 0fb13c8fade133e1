"""Calendars, read back strictly: the raw lines first, then what a parser makes of them."""

import io
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Calendar

import mentoring  # noqa: F401  it decides where zone data comes from
from sessions.ics import Attendee, mail_part, session_calendar, vtimezone

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
PROPERTY = re.compile(r"[A-Z-]+[;:]")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def written(**changes):
    values = {
        "method": "REQUEST",
        "uid": "session-7d3f@mentoring.example",
        "sequence": 0,
        "starts_at": utc("2027-01-12T10:00"),
        "ends_at": utc("2027-01-12T11:00"),
        "zone": LONDON,
        "summary": "Session with Bob",
        "organizer": ("Acme Mentoring", "sessions@mentoring.example"),
        "attendees": [
            Attendee("Alice Archer", "alice@example.org", "ACCEPTED"),
            Attendee("Bob Baker", "bob@example.org"),
        ],
        "stamp": utc("2026-12-01T08:30:15"),
    }
    return session_calendar(**{**values, **changes})


def lines_of(calendar):
    """The unfolded lines, after a look at every raw one."""
    assert calendar.endswith(b"END:VCALENDAR\r\n")
    raw = calendar.removesuffix(b"\r\n").split(b"\r\n")
    for line in raw:
        assert len(line) <= 75
        assert not re.search(rb"[\x00-\x1f\x7f]", line)
        # Folding must not cut a character in two: many programs decode before they unfold.
        line.decode()
    lines = calendar.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")
    assert all(PROPERTY.match(line) for line in lines)
    return lines


def event_of(calendar):
    parsed = Calendar.from_ical(calendar)
    (event,) = parsed.walk("VEVENT")
    assert event.errors == parsed.errors == []
    return event


def test_a_request_line_by_line():
    assert lines_of(
        written(description="Agenda:\n1, 2; 3", location="Room 5", url="https://meet.example/abc?x=1,2;3")
    ) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Mentoring//Sessions//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/London",
        "BEGIN:STANDARD",
        "DTSTART:20261025T020000",
        "TZNAME:GMT",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0000",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:20270328T010000",
        "TZNAME:BST",
        "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0100",
        "END:DAYLIGHT",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "SUMMARY:Session with Bob",
        "DTSTART;TZID=Europe/London:20270112T100000",
        "DTEND;TZID=Europe/London:20270112T110000",
        "DTSTAMP:20261201T083015Z",
        "UID:session-7d3f@mentoring.example",
        "SEQUENCE:0",
        'ATTENDEE;CN="Alice Archer";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:alice@example.org',
        'ATTENDEE;CN="Bob Baker";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT:mailto:bob@example.org',
        "DESCRIPTION:Agenda:\\n1\\, 2\\; 3",
        "LOCATION:Room 5",
        'ORGANIZER;CN="Acme Mentoring":mailto:sessions@mentoring.example',
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "URL:https://meet.example/abc?x=1,2;3",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_what_a_parser_reads():
    event = event_of(written(sequence=3, description="Agenda:\n1, 2; 3", location="Room 5"))
    assert event["UID"] == "session-7d3f@mentoring.example"
    assert event["SEQUENCE"] == 3
    assert event.start == datetime(2027, 1, 12, 10, tzinfo=LONDON)
    assert event.end == utc("2027-01-12T11:00")
    assert event["DTSTAMP"].dt == utc("2026-12-01T08:30:15")
    assert (event["SUMMARY"], event["DESCRIPTION"]) == ("Session with Bob", "Agenda:\n1, 2; 3")
    assert event["ORGANIZER"].email == "sessions@mentoring.example"
    assert [(one.name, one.email, one.params["PARTSTAT"]) for one in event["ATTENDEE"]] == [
        ("Alice Archer", "alice@example.org", "ACCEPTED"),
        ("Bob Baker", "bob@example.org", "NEEDS-ACTION"),
    ]


def test_a_cancellation_keeps_the_uid_and_frees_the_time():
    lines = lines_of(written(method="CANCEL", sequence=4))
    assert "METHOD:CANCEL" in lines
    assert "STATUS:CANCELLED" in lines
    assert "TRANSP:TRANSPARENT" in lines
    assert "SEQUENCE:4" in lines
    assert "UID:session-7d3f@mentoring.example" in lines
    assert sum(line.startswith("ATTENDEE") for line in lines) == 2


def test_a_publication_names_no_attendees():
    lines = lines_of(written(method="PUBLISH"))
    assert "METHOD:PUBLISH" in lines
    assert "STATUS:CONFIRMED" in lines
    assert any(line.startswith("ORGANIZER") for line in lines)
    assert not any(line.startswith("ATTENDEE") for line in lines)


def test_empty_texts_are_left_out():
    names = {re.split("[;:]", line)[0] for line in lines_of(written(attendees=[], organizer=("", "a@example.org")))}
    assert not names & {"DESCRIPTION", "LOCATION", "URL", "ATTENDEE"}
    assert "ORGANIZER:mailto:a@example.org" in lines_of(written(organizer=("", "a@example.org")))


# Text


@pytest.mark.parametrize(
    "summary",
    ["面談の田中さん" * 30, "x" * 500, "é" * 200, "👩🏽‍💻" * 40, "a\\" * 90, "Ñandú; " * 30 + "."],
    ids=["CJK", "ASCII", "two octets", "emoji", "backslashes", "escapes"],
)
def test_long_text_is_folded_and_comes_back(summary):
    calendar = written(summary=summary, attendees=[(summary[:100].replace("\\", ""), "a@example.org", "ACCEPTED")])
    assert "SUMMARY:" + re.sub(r"([\\;,])", r"\\\1", summary) in lines_of(calendar)
    event = event_of(calendar)
    assert event["SUMMARY"] == summary
    assert event["ATTENDEE"].name == summary[:100].replace("\\", "").strip()


def test_backslashes_stay_backslashes():
    lines = lines_of(written(description="C:\\New\\network, see \\N", location="\\\\server\\Notes"))
    assert "DESCRIPTION:C:\\\\New\\\\network\\, see \\\\N" in lines
    assert "LOCATION:\\\\\\\\server\\\\Notes" in lines


EVIL = [
    "Eve\r\nATTENDEE:mailto:mallory@example.org",
    "Eve\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:free lunch",
    "Eve\rURL:https://evil.example",
    'Eve":mailto:mallory@example.org\r\nX-A;B="',
    'Eve";PARTSTAT="DECLINED',
    "Eve;PARTSTAT=DECLINED:mailto:mallory@example.org",
    "Eve\x00\x07\x1b\x7f",
    "Eve\u2028ATTENDEE:mailto:mallory@example.org",
    "Eve\x85URL:https://evil.example\x0bX:y\x0cZ:a",
    "Eve\\\r\n ATTENDEE:x",
    "Eve^nURL:https://evil.example^'",
    "Eve\ud800",
]


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_typed_becomes_a_line_or_a_parameter(evil):
    plain = lines_of(written(description="d", location="l", summary="s"))
    calendar = written(
        summary=evil,
        description=evil,
        location=evil,
        uid=evil,
        organizer=(evil, "o@example.org"),
        attendees=[Attendee(evil, "a@example.org"), Attendee(evil, "b@example.org")],
    )
    assert [re.split("[;:]", line)[0] for line in lines_of(calendar)] == [re.split("[;:]", line)[0] for line in plain]
    # What other programs take for the end of a line is not there either.
    assert len(calendar.decode().splitlines()) == calendar.count(b"\r\n")
    event = event_of(calendar)
    assert event["SUMMARY"].startswith("Eve")
    assert "URL" not in event
    assert event["ORGANIZER"].email == "o@example.org"
    assert [one.email for one in event["ATTENDEE"]] == ["a@example.org", "b@example.org"]
    for one in event["ATTENDEE"]:
        assert set(one.params) == {"CN", "CUTYPE", "PARTSTAT", "ROLE"}
        assert one.params["PARTSTAT"] == "NEEDS-ACTION"
        assert one.name.startswith("Eve")


def test_names_keep_all_that_can_be_shown():
    event = event_of(written(organizer=('Bob "Bobby" O\'Hara; PhD,\r\nLondon: ^_^', "bob@example.org")))
    assert event["ORGANIZER"].name == "Bob 'Bobby' O'Hara; PhD, London:  _ "


def test_descriptions_keep_their_line_breaks():
    event = event_of(written(description="one\r\ntwo\rthree\nfour\u2028five\n\nsix\ttab"))
    assert event["DESCRIPTION"] == "one\ntwo\nthree\nfour\nfive\n\nsix\ttab"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"organizer": ("Eve", "eve@example.org\r\nATTENDEE:mailto:m@example.org")}, "Not an e-mail address"),
        ({"organizer": ("Eve", "eve@example.org?cc=m@example.org;x")}, "Not an e-mail address"),
        ({"organizer": ("Eve", "eve")}, "Not an e-mail address"),
        ({"attendees": [("Eve", "eve @example.org", "ACCEPTED")]}, "Not an e-mail address"),
        ({"attendees": [("Eve", "eve@example.org", "ACCEPTED\r\nX:y")]}, "Not an answer"),
        ({"url": "https://meet.example/\r\nX:y"}, "Not a web address"),
        ({"url": "javascript:alert(1)"}, "Not a web address"),
        ({"ends_at": utc("2027-01-12T10:00")}, "must end after"),
        ({"stamp": datetime(2027, 1, 1)}, "without a zone"),
    ],
)
def test_what_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        written(**changes)


# Zones


def test_the_second_of_two_equal_wall_times_is_said_in_utc():
    lines = lines_of(written(zone=NEW_YORK, starts_at=utc("2027-11-07T05:30"), ends_at=utc("2027-11-07T06:30")))
    # 01:30 to 01:30: the wall clock alone would make it a session of no length.
    assert "DTSTART:20271107T053000Z" in lines
    assert "DTEND:20271107T063000Z" in lines
    assert "BEGIN:VTIMEZONE" not in lines


def test_utc_needs_no_zone():
    lines = lines_of(written(zone=ZoneInfo("UTC")))
    assert "DTSTART:20270112T100000Z" in lines
    assert "BEGIN:VTIMEZONE" not in lines


def test_a_zone_whose_clocks_never_change():
    lines = lines_of(written(zone=ZoneInfo("Asia/Tokyo")))
    assert lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")] == [
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Tokyo",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZNAME:JST",
        "TZOFFSETFROM:+0900",
        "TZOFFSETTO:+0900",
        "END:STANDARD",
    ]
    assert "DTSTART;TZID=Asia/Tokyo:20270112T190000" in lines


def test_clocks_changed_for_good_are_standard_from_then_on():
    component = vtimezone(ZoneInfo("America/Vancouver"), utc("2026-12-01T17:00"), utc("2026-12-01T18:00"))
    (part,) = component.subcomponents
    assert part.name == "STANDARD"
    assert part.TZOFFSETFROM == part.TZOFFSETTO == timedelta(hours=-7)


@pytest.mark.parametrize(
    "key",
    [
        "Europe/London",
        "Europe/Dublin",
        "America/New_York",
        "America/Vancouver",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Africa/Casablanca",
        "America/Nuuk",
        "Asia/Tehran",
    ],
)
@pytest.mark.parametrize("day", ["2027-01-12", "2027-03-13", "2027-03-27", "2027-04-03", "2027-07-01", "2027-10-30"])
def test_another_reader_of_zones_finds_the_same_instants(key, day):
    """dateutil reads VTIMEZONE by itself and knows nothing of the zone's name."""
    zone = ZoneInfo(key)
    first = utc(f"{day}T00:00")
    last = first + timedelta(days=2)
    calendar = Calendar()
    calendar.add_component(vtimezone(zone, first, last))
    theirs = tzical(io.StringIO(calendar.to_ical().decode())).get(key)
    for quarter in range(2 * 24 * 4):
        ours = (first + quarter * timedelta(minutes=15)).astimezone(zone)
        if not ours.fold:
            assert ours.replace(tzinfo=theirs).astimezone(UTC) == ours.astimezone(UTC)


def test_summer_time_starts_at_the_wall_time_before_it():
    component = vtimezone(NEW_YORK, utc("2027-03-14T12:00"), utc("2027-03-14T13:00"))
    starts = [part["DTSTART"].dt for part in component.subcomponents]
    assert starts == [datetime(2027, 3, 14, 2), datetime(2027, 11, 7, 2)]


# Mail


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "PUBLISH"])
def test_mail_part(method):
    calendar = written(method=method, summary="面談")
    part = mail_part(method, calendar)
    assert part.filename == "invite.ics"
    assert part.mimetype == f"text/calendar; method={method}"
    assert part.content_type == f"text/calendar; method={method}; charset=utf-8"
    assert part.content.encode() == calendar
