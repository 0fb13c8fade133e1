"""What calendars of other products say, and when their owner is busy by it. Tom's own clock is Berlin's."""

import resource
import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sessions.busy.parsing import ReadingProblem, read_busy
from sessions.busy.reading import busy_in
from sessions.busy.zone_names import zone_of
from tests.processes import ROOT

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def calendar(*lines, head=()):
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", *head, *lines, "END:VCALENDAR", ""]
    ).encode()


def event(*lines, uid="1@x"):
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261001T000000Z", *lines, "END:VEVENT"])


def busy(content, zone="Europe/Berlin", own=()):
    found = busy_in(content, zone=ZoneInfo(zone), start=START, end=END, own=own)
    return [f"{begins:%d %H:%M}-{ends:%d %H:%M}" for begins, ends in found]


AT_NINE = ("DTSTART:20261110T090000Z", "DTEND:20261110T100000Z")
CUSTOM = [
    "BEGIN:VTIMEZONE", "TZID:Customized Time Zone", "BEGIN:STANDARD", "DTSTART:16010101T000000",
    "TZOFFSETFROM:+0300", "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE",
]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (AT_NINE, ["10 09:00-10 10:00"]),
        (("DTSTART:20261110T090000Z", "DURATION:PT45M"), ["10 09:00-10 09:45"]),
        # No end: a moment, which takes no time.
        (("DTSTART:20261110T090000Z",), []),
        # The owner's own clock, in winter an hour ahead of UTC.
        (("DTSTART:20261110T090000", "DTEND:20261110T100000"), ["10 08:00-10 09:00"]),
        # All day on that clock; the end is the day after the last.
        (("DTSTART;VALUE=DATE:20261110", "DTEND;VALUE=DATE:20261112"), ["09 23:00-11 23:00"]),
        (("DTSTART;VALUE=DATE:20261110",), ["09 23:00-10 23:00"]),
        ((*AT_NINE, "TRANSP:TRANSPARENT"), []),
        ((*AT_NINE, "TRANSP:OPAQUE"), ["10 09:00-10 10:00"]),
        ((*AT_NINE, "STATUS:CANCELLED"), []),
        ((*AT_NINE, "STATUS:TENTATIVE"), ["10 09:00-10 10:00"]),
        ((*AT_NINE, "X-MICROSOFT-CDO-BUSYSTATUS:FREE"), []),
        ((*AT_NINE, "X-MICROSOFT-CDO-BUSYSTATUS:OOF"), ["10 09:00-10 10:00"]),
        (("DTSTART:20261110T090000Z", "DTEND:20261110T080000Z"), []),
        (("DTSTART:nonsense", "DTEND:20261110T080000Z"), []),
        # Cut to what was asked for.
        (("DTSTART:20261020T090000Z", "DTEND:20261101T060000Z"), ["01 00:00-01 06:00"]),
        (("DTSTART:20270101T090000Z", "DTEND:20270101T100000Z"), []),
        # Every Tuesday, but not on the 17th.
        (
            (*AT_NINE, "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20261117T090000Z"),
            ["10 09:00-10 10:00", "24 09:00-24 10:00"],
        ),
        # Since long ago, at nine in New York: 13:00 UTC in summer, 14:00 from 1 November 2026 on.
        (
            ("DTSTART;TZID=America/New_York:20200107T090000", "DTEND;TZID=America/New_York:20200107T093000",
             "RRULE:FREQ=MONTHLY;BYDAY=1TU"),
            ["03 14:00-03 14:30"],
        ),
        # Extra days.
        ((*AT_NINE, "RDATE:20261112T150000Z"), ["10 09:00-10 10:00", "12 15:00-12 16:00"]),
        # Until, as Outlook writes it, and one that is over.
        ((*AT_NINE, "RRULE:FREQ=DAILY;UNTIL=20261111T090000Z"), ["10 09:00-10 10:00", "11 09:00-11 10:00"]),
        (("DTSTART:20200101T090000Z", "DTEND:20200101T100000Z", "RRULE:FREQ=DAILY;UNTIL=20200201T000000Z"), []),
        # A rule that nobody can read costs that event only.
        ((*AT_NINE, "RRULE:FREQ=SOMETIMES"), []),
        # From a day on until an hour of the next, and from an hour until that day ends.
        (("DTSTART;VALUE=DATE:20261110", "DTEND:20261111T100000Z"), ["09 23:00-11 10:00"]),
        (("DTSTART:20261110T090000Z", "DTEND;VALUE=DATE:20261111"), ["10 09:00-10 23:00"]),
        # On a mountain 23 days long.
        (("DTSTART:20261015T000000Z", "DTEND:20261103T000000Z", "RRULE:FREQ=YEARLY"), ["01 00:00-03 00:00"]),
    ],
)  # fmt: skip
def test_one_event(lines, expected):
    assert busy(calendar(event(*lines))) == expected


@pytest.mark.parametrize(
    ("tzid", "head", "expected"),
    [
        ("Europe/London", [], "10 09:00-10 10:00"),
        ("W. Europe Standard Time", [], "10 08:00-10 09:00"),
        ("Eastern Standard Time", [], "10 14:00-10 15:00"),
        ("AUS Eastern Standard Time", [], "09 22:00-09 23:00"),
        ('"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"', [], "10 08:00-10 09:00"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", [], "10 08:00-10 09:00"),
        ('"(UTC-05:00) Eastern Time (US & Canada)"', [], "10 14:00-10 15:00"),
        ('"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi"', [], "10 03:30-10 04:30"),
        ('"(GMT+09:00) Osaka, Sapporo, Tokyo"', [], "10 00:00-10 01:00"),
        ('"(UTC) Dublin, Edinburgh, Lisbon, London"', [], "10 09:00-10 10:00"),
        ("/freeassociation.sourceforge.net/Asia/Tokyo", [], "10 00:00-10 01:00"),
        ("tzone://Microsoft/Utc", [], "10 09:00-10 10:00"),
        # Described in the file itself.
        ("Customized Time Zone", CUSTOM, "10 06:00-10 07:00"),
        # Described nowhere: the owner's own clock.
        ("Customized Time Zone", [], "10 08:00-10 09:00"),
        ("Middle-earth", [], "10 08:00-10 09:00"),
    ],
)
def test_names_of_zones(tzid, head, expected):
    lines = f"DTSTART;TZID={tzid}:20261110T090000", f"DTEND;TZID={tzid}:20261110T100000"
    assert busy(calendar(event(*lines), head=head)) == [expected]


def test_summer_time_is_known_to_the_names_of_outlook():
    zone = zone_of("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna")
    assert datetime(2027, 7, 1, 9, tzinfo=zone).astimezone(UTC).hour == 7


def test_a_calendars_own_zone():
    # Monday to Friday at nine in New York, written in UTC as Google does; the clocks go back on 1 November.
    lines = "DTSTART:20261030T130000Z", "DTEND:20261030T140000Z", "RRULE:FREQ=DAILY;COUNT=4"
    assert busy(calendar(event(*lines), head=["X-WR-TIMEZONE:America/New_York"])) == [
        "01 14:00-01 15:00",
        "02 14:00-02 15:00",
    ]
    assert busy(calendar(event(*lines), head=["X-WR-TIMEZONE:Eastern Standard Time"])) == [
        "01 14:00-01 15:00",
        "02 14:00-02 15:00",
    ]
    assert busy(calendar(event(*lines), head=["X-WR-TIMEZONE:Nowhere"])) == ["01 13:00-01 14:00", "02 13:00-02 14:00"]


def test_one_of_a_series_was_moved_another_cancelled():
    content = calendar(
        event(*AT_NINE, "RRULE:FREQ=WEEKLY;COUNT=3"),
        event("RECURRENCE-ID:20261117T090000Z", "DTSTART:20261118T110000Z", "DTEND:20261118T120000Z"),
        event(
            "RECURRENCE-ID:20261124T090000Z", "DTSTART:20261124T090000Z", "DTEND:20261124T100000Z", "STATUS:CANCELLED"
        ),
    )
    assert busy(content) == ["10 09:00-10 10:00", "18 11:00-18 12:00"]


def test_times_in_a_clock_change():
    # 02:30 on 25 October comes twice in Berlin, and means the first; on 28 March it does not come.
    def found(day):
        lines = f"DTSTART:{day}T023000", f"DTEND:{day}T033000"
        times = busy_in(
            calendar(event(*lines)), zone=ZoneInfo("Europe/Berlin"),
            start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2028, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        return [f"{begins:%H:%M}-{ends:%H:%M}" for begins, ends in times]

    assert found("20261025") == ["00:30-02:30"]
    # Both bounds are the same instant: nothing.
    assert found("20270328") == []


def test_our_own_sessions_count_by_themselves():
    mine = event(*AT_NINE, uid="0B9E1C2A-0000-4000-8000-000000000001")
    other = event("DTSTART:20261111T090000Z", "DTEND:20261111T100000Z", uid="2@x")
    assert busy(calendar(mine, other), own={"0b9e1c2a-0000-4000-8000-000000000001"}) == ["11 09:00-11 10:00"]


def test_times_that_touch_become_one():
    later = event("DTSTART:20261110T100000Z", "DTEND:20261110T113000Z", uid="2@x")
    within = event("DTSTART:20261110T091500Z", "DTEND:20261110T093000Z", uid="3@x")
    assert busy(calendar(event(*AT_NINE), later, within)) == ["10 09:00-10 11:30"]


def test_nothing_but_free_and_busy():
    lines = [
        "BEGIN:VFREEBUSY", "UID:1", "DTSTAMP:20261001T000000Z",
        "FREEBUSY;FBTYPE=BUSY:20261110T090000Z/20261110T100000Z,20261111T090000Z/PT30M",
        "FREEBUSY;FBTYPE=FREE:20261112T090000Z/20261112T100000Z",
        "FREEBUSY:20261113T090000Z/20261113T100000Z", "END:VFREEBUSY",
    ]  # fmt: skip
    assert busy(calendar(*lines)) == ["10 09:00-10 10:00", "11 09:00-11 09:30", "13 09:00-13 10:00"]


def test_a_wrong_event_costs_itself_only():
    content = calendar(
        event("UID:again", "DTSTART:20261109T090000Z", "DTEND:20261109T100000Z"),
        event("DTSTART:20261111T090000Z", "DTEND;VALUE=DATE:20261112", "RRULE:FREQ=WEEKLY;UNTIL=never", uid="2"),
        event("RECURRENCE-ID:20261117T090000Z", uid="3"),
        event(*AT_NINE, uid="4"),
    )
    assert "10 09:00-10 10:00" in busy(content)


@pytest.mark.parametrize(
    "wrong",
    [
        ["BEGIN:VFREEBUSY", "FREEBUSY:nonsense", "FREEBUSY:20261111T090000Z/PT1H", "END:VFREEBUSY"],
        ["BEGIN:VFREEBUSY", "DTSTART:nonsense", "FREEBUSY:20261111T090000Z/PT1H,,20261199T0900Z/x", "END:VFREEBUSY"],
    ],
)
def test_a_wrong_busy_time_costs_itself_only(wrong):
    assert busy(calendar(event(*AT_NINE), *wrong)) == ["10 09:00-10 10:00", "11 09:00-11 10:00"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["BEGIN:VTODO", "UID:t", "DUE:nonsense", "END:VTODO"],
        ["BEGIN:VJOURNAL", "UID:j", "DTSTART:nonsense", "END:VJOURNAL"],
        [event("DTSTART:20260101T090000Z", "BEGIN:VALARM", "TRIGGER:nonsense", "END:VALARM", uid="2")],
    ],
)
def test_what_is_no_busy_time_may_be_wrong(wrong):
    assert busy(calendar(event(*AT_NINE), *wrong)) == ["10 09:00-10 10:00"]


# In a process of its own, as the product does it.


def read(content):
    return read_busy(content, zone="Europe/Berlin", start=START, end=END)


def test_another_process_says_the_same():
    assert read(calendar(event(*AT_NINE))) == [
        (datetime(2026, 11, 10, 9, tzinfo=UTC), datetime(2026, 11, 10, 10, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    "content", [b"", b"<html>Sign in</html>", b"BEGIN:VCALENDAR\r\nno colon\r\nEND:VCALENDAR\r\n", b"\xff\xfe\x00"]
)
def test_what_is_no_calendar(content):
    with pytest.raises(ReadingProblem) as problem:
        read(content)
    assert problem.value.code == "unreadable"


WHOLE = calendar(event(*AT_NINE))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        # Without its last line, in the midst of an event, and just before the end of the second of two.
        (WHOLE.removesuffix(b"END:VCALENDAR\r\n"), "broken"),
        (WHOLE[: WHOLE.index(b"DTEND")], "broken"),
        (WHOLE + WHOLE.removesuffix(b"END:VCALENDAR\r\n"), "broken"),
        (WHOLE.replace(b"END:VEVENT\r\n", b""), "unreadable"),
        # Lines that end as they did on a Macintosh of 1984.
        (WHOLE.replace(b"\r\n", b"\r"), "broken"),
        (
            b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 100_000 + b"END:VEVENT\r\n" * 100_000 + b"END:VCALENDAR\r\n",
            "unreadable",
        ),
    ],
    ids=["end", "middle", "second", "event", "returns", "nested"],
)
def test_what_is_not_whole_is_no_calendar(content, code):
    began = spent()
    with pytest.raises(ReadingProblem) as problem:
        read(content)
    assert problem.value.code == code
    assert spent() - began < 2


def test_two_calendars_in_one_file():
    assert busy(WHOLE + calendar(event("DTSTART:20261111T090000Z", "DTEND:20261111T100000Z", uid="2"))) == [
        "10 09:00-10 10:00",
        "11 09:00-11 10:00",
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY;BYMINUTE=" + ",".join(map(str, range(60))) + ";BYSECOND=" + ",".join(map(str, range(60))),
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60)))
        + ";BYSECOND=" + ",".join(map(str, range(60))),
    ],
)  # fmt: skip
def test_recurrence_bombs_are_refused_within_a_second(rule):
    content = calendar(event("DTSTART:19700101T000000Z", "DTEND:19700101T000001Z", f"RRULE:{rule}"))
    began = spent()
    with pytest.raises(ReadingProblem) as problem:
        read(content)
    assert problem.value.code == "endless"
    # A second for the rule, and what it takes to start a process.
    assert spent() - began < 2


HOURS = ",".join(map(str, range(24)))


@pytest.mark.parametrize(
    "repeating",
    [
        [("20250101T000000Z", f"FREQ=DAILY;BYHOUR={HOURS}")] * 60,
        [("20200101T000000Z", "FREQ=HOURLY")] * 20,
        # All over before what is asked for begins.
        [("19900101T000000Z", "FREQ=HOURLY;UNTIL=20251231T000000Z")] * 20,
    ],
    ids=["daily", "hourly", "over"],
)
def test_a_bomb_in_many_parts_is_one(repeating):
    content = calendar(
        *(
            event(f"DTSTART:{start}", "DURATION:PT10M", f"RRULE:{rule}", uid=n)
            for n, (start, rule) in enumerate(repeating)
        )
    )
    began = spent()
    with pytest.raises(ReadingProblem) as problem:
        read_busy(content, zone="Europe/Berlin", start=START, end=datetime(2027, 11, 6, tzinfo=UTC))
    assert problem.value.code == "endless"
    assert spent() - began < 2.5


def test_more_busy_times_than_are_kept_are_not_taken_for_free():
    # Sixteen half-hours on each of 371 days.
    content = calendar(
        *(event(f"DTSTART:20261101T{6 + n:02}0000Z", "DURATION:PT30M", "RRULE:FREQ=DAILY", uid=n) for n in range(16))
    )
    with pytest.raises(ReadingProblem) as problem:
        read_busy(content, zone="Europe/Berlin", start=START, end=datetime(2027, 11, 7, tzinfo=UTC))
    assert problem.value.code == "large"


def spent():
    """What ended processes have taken of the processor, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_memory_and_files_are_limited(tmp_path):
    code = "from sessions.busy.reading import limit; limit(); {}"
    for asked, said in (
        ("bytearray(2**30)", "MemoryError"),
        (f"open('{tmp_path}/x', 'wb', 0).write(b'x')", "File too large"),
    ):
        done = subprocess.run([sys.executable, "-c", code.format(asked)], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode != 0
        assert said in done.stderr.decode()


def test_many_that_repeat_are_no_bomb():
    # Fourteen months of somebody's standing meetings, which take more than a second in all.
    content = calendar(
        *[
            event("DTSTART;TZID=Europe/Berlin:20200106T090000", "DTEND;TZID=Europe/Berlin:20200106T093000",
                  f"RRULE:FREQ=WEEKLY;BYDAY={days}", uid=f"{number}{days}")
            for number in range(50) for days in ("MO,WE", "TU,TH,FR")
        ]
    )  # fmt: skip
    found = read_busy(content, zone="Europe/Berlin", start=START, end=datetime(2028, 1, 1, tzinfo=UTC))
    # Every working day from 2 November 2026 to the last of 2027.
    assert len(found) == 305


def test_single_events_use_up_nothing_of_what_repeating_ones_may_take():
    single = [event("DTSTART:20261110T090000Z", "DTEND:20261110T100000Z", uid=n) for n in range(20_000)]
    weekly = event("DTSTART:20261103T090000Z", "DTEND:20261103T100000Z", "RRULE:FREQ=WEEKLY;COUNT=1", uid="w")
    assert len(read(calendar(weekly, *single))) == 2


def test_a_large_calendar_is_read():
    single = [
        event(
            f"DTSTART:2026{1 + n % 12:02}10T090000Z",
            f"DTEND:2026{1 + n % 12:02}10T100000Z",
            "DESCRIPTION:" + "x" * 300,
            uid=n,
        )
        for n in range(8000)
    ]
    weekly = [
        event("DTSTART:20240102T120000Z", "DTEND:20240102T130000Z", "RRULE:FREQ=WEEKLY", uid=f"w{n}")
        for n in range(100)
    ]
    assert [f"{begins:%d %H:%M}" for begins, _ends in read(calendar(*single, *weekly))] == [
        "03 12:00",
        "10 09:00",
        "10 12:00",
        "17 12:00",
        "24 12:00",
    ]
