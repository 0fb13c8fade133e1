"""Slots, each expected value written out; the last part lets Hypothesis look for what nobody thought of."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mentoring  # noqa: F401  it decides where zone data comes from
from sessions.slots import Availability, BookingRules, Busy, Slot, Window, free_slots, nearest
from sessions.zones import Transition, resolve_bound, resolve_local, transitions

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
SYDNEY = ZoneInfo("Australia/Sydney")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MONDAY, TUESDAY, WEDNESDAY, FRIDAY, SATURDAY, SUNDAY = 0, 1, 2, 4, 5, 6


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(*texts):
    """Read '09' or '22:30' as minutes after midnight."""
    parts = [text.split(":") for text in texts]
    return [int(part[0]) * 60 + int(part[1] if len(part) > 1 else 0) for part in parts]


def window(weekday, start, end):
    return Window(weekday, *hours(start, end))


def starts(owner, *others, now="2027-01-01T00:00", rules=None, **narrow):
    """The starts as text, in UTC."""
    slots = free_slots(owner, others, rules=rules or BookingRules(horizon=timedelta(days=7)), now=utc(now), **narrow)
    return [f"{slot.starts_at:%m-%d %H:%M}" for slot in slots]


# Clock changes


def test_a_bound_in_a_gap_moves_to_the_change_london():
    owner = Availability(LONDON, [window(SUNDAY, "00", "04")])
    slots = free_slots(owner, rules=BookingRules(horizon=timedelta(days=2)), now=utc("2027-03-27T00:00"))
    assert slots == [
        Slot(utc("2027-03-28T00:00"), utc("2027-03-28T01:00")),
        Slot(utc("2027-03-28T01:00"), utc("2027-03-28T02:00")),
        Slot(utc("2027-03-28T02:00"), utc("2027-03-28T03:00")),
    ]


def test_the_repeated_hour_counts_twice_new_york():
    owner = Availability(NEW_YORK, [window(SUNDAY, "00", "06")])
    assert starts(owner, now="2027-11-06T12:00") == [
        "11-07 04:00",
        "11-07 05:00",
        "11-07 06:00",
        "11-07 07:00",
        "11-07 08:00",
        "11-07 09:00",
        "11-07 10:00",
    ]


def test_a_change_of_half_an_hour_lord_howe():
    owner = Availability(ZoneInfo("Australia/Lord_Howe"), [window(SUNDAY, "01", "03")])
    rules = BookingRules(length=30 * MINUTE, horizon=timedelta(days=3))
    assert starts(owner, now="2027-04-02T00:00", rules=rules) == [
        "04-03 14:00",
        "04-03 14:30",
        "04-03 15:00",
        "04-03 15:30",
        "04-03 16:00",
    ]


def test_zone_data_is_the_pinned_one_vancouver():
    owner = Availability(ZoneInfo("America/Vancouver"), [window(FRIDAY, "09", "10")])
    # 17:00 would mean stale zone data: British Columbia no longer changes its clocks.
    assert starts(owner, now="2027-01-14T00:00", rules=BookingRules(horizon=timedelta(days=3))) == ["01-15 16:00"]


def test_a_window_that_lies_in_the_gap_offers_nothing():
    owner = Availability(LONDON, [window(SUNDAY, "01", "01:45")])
    rules = BookingRules(length=15 * MINUTE, horizon=timedelta(days=2))
    assert starts(owner, now="2027-03-27T00:00", rules=rules) == []


def test_a_window_that_opens_in_the_gap_opens_at_the_change():
    owner = Availability(LONDON, [window(SUNDAY, "01:20", "03:30")])
    assert starts(owner, now="2027-03-27T00:00", rules=BookingRules(horizon=timedelta(days=2))) == ["03-28 01:00"]


def test_ambiguous_bounds_mean_the_first():
    owner = Availability(NEW_YORK, [window(SUNDAY, "00:30", "01:30")])
    assert starts(owner, now="2027-11-06T12:00", rules=BookingRules(horizon=timedelta(days=2))) == ["11-07 04:30"]
    owner = Availability(NEW_YORK, [window(SUNDAY, "01:30", "03")])
    assert starts(owner, now="2027-11-06T12:00", rules=BookingRules(horizon=timedelta(days=2))) == [
        "11-07 05:30",
        "11-07 06:30",
    ]


@pytest.mark.parametrize(
    ("day", "wall", "zone", "expected"),
    [
        pytest.param("2027-01-15", "09:00", "America/Vancouver", "2027-01-15T16:00", id="plain"),
        pytest.param(
            "2027-03-28", "01:30", "Europe/London", "2027-03-28T01:30", id="gap: the offset before, so 02:30 BST"
        ),
        pytest.param("2027-03-14", "02:30", "America/New_York", "2027-03-14T07:30", id="gap, west: 03:30 EDT"),
        pytest.param("2027-10-31", "01:30", "Europe/London", "2027-10-31T00:30", id="twice: the first"),
        pytest.param("2027-04-04", "01:45", "Australia/Lord_Howe", "2027-04-03T14:45", id="twice, half an hour"),
    ],
)
def test_resolve_local(day, wall, zone, expected):
    wall = time.fromisoformat(wall)
    assert resolve_local(date.fromisoformat(day), wall, ZoneInfo(zone)) == utc(expected)
    assert resolve_local(date.fromisoformat(day), wall.replace(fold=1), ZoneInfo(zone)) == utc(expected)


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        ("2027-03-28T01:00", "Europe/London", "2027-03-28T01:00"),
        ("2027-03-28T01:59", "Europe/London", "2027-03-28T01:00"),
        ("2027-03-28T02:00", "Europe/London", "2027-03-28T01:00"),
        ("2027-10-03T02:15", "Australia/Lord_Howe", "2027-10-02T15:30"),
        ("2027-11-07T01:30", "America/New_York", "2027-11-07T05:30"),
        # Samoa left out the whole of 30 December 2011.
        ("2011-12-30T00:00", "Pacific/Apia", "2011-12-30T10:00"),
        ("2011-12-30T17:00", "Pacific/Apia", "2011-12-30T10:00"),
    ],
)
def test_resolve_bound(wall, zone, expected):
    assert resolve_bound(datetime.fromisoformat(wall), ZoneInfo(zone)) == utc(expected)


def test_transitions():
    assert transitions(LONDON, utc("2027-01-01T00:00:00.5"), utc("2027-12-31T00:00:00.7")) == [
        Transition(utc("2027-03-28T01:00"), timedelta(0), HOUR),
        Transition(utc("2027-10-31T01:00"), HOUR, timedelta(0)),
    ]
    assert transitions(LONDON, utc("2027-03-28T01:00"), utc("2027-10-31T00:59:59")) == []
    assert len(transitions(LONDON, utc("2027-03-28T00:59:59.9"), utc("2027-10-31T01:00"))) == 2
    assert transitions(ZoneInfo("Asia/Tokyo"), utc("2026-01-01"), utc("2029-01-01")) == []


# Windows


def test_several_windows_a_day_and_leftovers_too_short():
    owner = Availability(LONDON, [window(MONDAY, "14", "15:59"), window(MONDAY, "09", "11")])
    assert starts(owner, now="2027-01-03T00:00", rules=BookingRules(horizon=timedelta(days=2))) == [
        "01-04 09:00",
        "01-04 10:00",
        "01-04 14:00",
    ]


def test_across_midnight_and_still_open_from_yesterday():
    owner = Availability(LONDON, [window(MONDAY, "22", "02")])
    rules = BookingRules(horizon=timedelta(days=3))
    all_night = ["01-04 22:00", "01-04 23:00", "01-05 00:00", "01-05 01:00"]
    assert starts(owner, now="2027-01-04T00:00", rules=rules) == all_night
    assert starts(owner, now="2027-01-05T00:30", rules=rules) == all_night[3:]


def test_sunday_night_runs_into_monday():
    owner = Availability(SYDNEY, [window(SUNDAY, "23", "01")])
    assert starts(owner, now="2027-01-03T00:00", rules=BookingRules(horizon=timedelta(days=1))) == [
        "01-03 12:00",
        "01-03 13:00",
    ]


@pytest.mark.parametrize("end", [0, 1440])
def test_a_whole_day(end):
    owner = Availability(LONDON, [Window(WEDNESDAY, 0, end)])
    found = starts(owner, now="2027-01-05T00:00", rules=BookingRules(horizon=timedelta(days=6)))
    assert (len(found), found[0], found[-1]) == (24, "01-06 00:00", "01-06 23:00")


def test_a_slot_may_run_on_into_the_window_that_touches():
    owner = Availability(LONDON, [window(MONDAY, "23", "00"), window(TUESDAY, "00", "01")])
    rules = BookingRules(length=90 * MINUTE, step=30 * MINUTE, horizon=timedelta(days=3))
    assert starts(owner, now="2027-01-04T00:00", rules=rules) == ["01-04 23:00", "01-04 23:30"]


def test_the_last_slot_asked_for_may_run_on_too():
    owner = Availability(LONDON, [window(MONDAY, "23", "00"), window(TUESDAY, "00", "01")])
    rules = BookingRules(length=90 * MINUTE, step=30 * MINUTE, horizon=timedelta(days=3))
    assert starts(owner, now="2027-01-04T00:00", rules=rules, until=utc("2027-01-04T23:31")) == [
        "01-04 23:00",
        "01-04 23:30",
    ]


def test_overlapping_windows_give_each_slot_once():
    owner = Availability(LONDON, [window(MONDAY, "09", "12"), window(MONDAY, "10", "13")])
    assert starts(owner, now="2027-01-04T00:00", rules=BookingRules(horizon=timedelta(days=1))) == [
        "01-04 09:00",
        "01-04 10:00",
        "01-04 11:00",
        "01-04 12:00",
    ]


def test_no_windows_no_slots():
    assert starts(Availability(LONDON)) == []


@pytest.mark.parametrize("values", [(7, 0, 60), (-1, 0, 60), (0, 1440, 60), (0, 0, 1441), (0, -5, 60)])
def test_impossible_windows(values):
    with pytest.raises(ValueError, match="Not a weekly window"):
        Window(*values)


# Rules

MORNING = Availability(LONDON, [window(MONDAY, "09", "12")])


def test_step_and_length():
    rules = BookingRules(length=90 * MINUTE, step=45 * MINUTE, horizon=timedelta(days=2))
    assert starts(MORNING, now="2027-01-03T00:00", rules=rules) == ["01-04 09:00", "01-04 09:45", "01-04 10:30"]


@pytest.mark.parametrize("rules", [{"length": timedelta(0)}, {"step": timedelta(0)}, {"step": -HOUR}])
def test_rules_that_lead_nowhere(rules):
    with pytest.raises(ValueError, match="last longer than nothing"):
        BookingRules(**rules)


def test_notice_is_inclusive_and_keeps_the_grid():
    rules = BookingRules(notice=24 * HOUR, horizon=timedelta(days=2))
    assert starts(MORNING, now="2027-01-03T09:00", rules=rules) == ["01-04 09:00", "01-04 10:00", "01-04 11:00"]
    assert starts(MORNING, now="2027-01-03T09:00:00.000001", rules=rules) == ["01-04 10:00", "01-04 11:00"]


def test_notice_and_horizon_are_elapsed_time_over_a_clock_change():
    owner = Availability(LONDON, [window(SUNDAY, "09", "12")])
    # From nine o'clock to nine o'clock it is only 23 hours.
    rules = BookingRules(notice=24 * HOUR, horizon=timedelta(days=2))
    assert starts(owner, now="2027-03-27T09:00", rules=rules) == ["03-28 09:00", "03-28 10:00"]
    rules = BookingRules(notice=23 * HOUR, horizon=24 * HOUR)
    assert starts(owner, now="2027-03-27T09:00", rules=rules) == ["03-28 08:00", "03-28 09:00"]


def test_horizon_is_inclusive():
    assert starts(MORNING, now="2027-01-03T10:00", rules=BookingRules(horizon=24 * HOUR)) == [
        "01-04 09:00",
        "01-04 10:00",
    ]
    assert starts(MORNING, now="2027-01-03T10:00", rules=BookingRules(notice=25 * HOUR, horizon=24 * HOUR)) == []


def test_since_and_until_narrow_half_open():
    found = starts(MORNING, since=utc("2027-01-04T10:00"), until=utc("2027-01-04T11:00"))
    assert found == ["01-04 10:00"]
    assert starts(MORNING, since=utc("2027-01-01T00:00"), until=utc("2027-01-04T09:00")) == []


def test_the_grid_does_not_move_with_the_clock():
    owner = Availability(LONDON, [window(MONDAY, "09:10", "12")])
    rules = BookingRules(length=30 * MINUTE, step=50 * MINUTE, horizon=timedelta(days=1))
    assert starts(owner, now="2027-01-04T00:00", rules=rules) == [
        "01-04 09:10",
        "01-04 10:00",
        "01-04 10:50",
    ]
    assert starts(owner, now="2027-01-04T09:11", rules=rules) == ["01-04 10:00", "01-04 10:50"]


def test_naive_times_are_refused():
    with pytest.raises(ValueError, match="without a zone"):
        free_slots(MORNING, rules=BookingRules(), now=datetime(2027, 1, 1))
    naive = Availability(LONDON, MORNING.windows, [(datetime(2027, 1, 4, 9), datetime(2027, 1, 4, 10))])
    with pytest.raises(ValueError, match="without a zone"):
        free_slots(naive, rules=BookingRules(), now=utc("2027-01-01T00:00"))


# Busy times and other people


def busy(start, end, **buffers):
    return Busy(utc(f"2027-01-04T{start}"), utc(f"2027-01-04T{end}"), **buffers)


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        pytest.param([("10:00", "11:00")], ["09:00", "11:00"], id="exactly one slot"),
        pytest.param([("10:59", "11:00")], ["09:00", "11:00"], id="the last minute of one"),
        pytest.param([("11:00", "11:01")], ["09:00", "10:00"], id="the first minute of one"),
        pytest.param(
            [("08:00", "09:00"), ("12:00", "13:00")], ["09:00", "10:00", "11:00"], id="touching is not overlapping"
        ),
        pytest.param([("10:30", "11:30"), ("10:00", "10:45")], ["09:00"], id="overlapping each other, unsorted"),
        pytest.param([("00:00", "23:00")], [], id="all day"),
        pytest.param(
            [("10:30", "10:30"), ("10:50", "10:10")], ["09:00", "10:00", "11:00"], id="empty ones do not count"
        ),
    ],
)
def test_busy_times(blocks, expected):
    blocks = [busy(*block) for block in blocks]
    owner = Availability(LONDON, MORNING.windows, blocks)
    expected = [f"01-04 {start}" for start in expected]
    assert starts(owner) == expected
    # The same, whoever of the two is busy, and in whatever zone the times are given.
    elsewhere = [(block.starts_at.astimezone(SYDNEY), block.ends_at.astimezone(SYDNEY)) for block in blocks]
    assert starts(MORNING, Availability(NEW_YORK, busy=iter(elsewhere))) == expected


@pytest.mark.parametrize(
    ("rules", "block", "expected"),
    [
        pytest.param({"buffer_before": 15 * MINUTE}, {}, ["10:30", "10:45", "11:00"], id="before"),
        pytest.param({"buffer_after": 15 * MINUTE}, {}, ["10:15", "10:30", "10:45", "11:00"], id="after"),
        pytest.param({}, {"buffer_after": 30 * MINUTE}, ["10:45", "11:00"], id="the other session's"),
        pytest.param(
            {"buffer_before": 15 * MINUTE},
            {"buffer_after": 30 * MINUTE},
            ["10:45", "11:00"],
            id="the larger, not the sum",
        ),
        pytest.param(
            {"buffer_before": 45 * MINUTE},
            {"buffer_after": 30 * MINUTE},
            ["11:00"],
            id="the larger, the other way round",
        ),
    ],
)
def test_buffers(rules, block, expected):
    owner = Availability(LONDON, MORNING.windows, [busy("09:30", "10:15", **block)])
    rules = BookingRules(step=15 * MINUTE, horizon=timedelta(days=7), **rules)
    assert starts(owner, rules=rules) == [f"01-04 {start}" for start in expected]


def test_the_gap_before_a_busy_time_is_the_larger_of_ours_after_and_theirs_before():
    owner = Availability(LONDON, MORNING.windows, [busy("11:00", "12:00", buffer_before=20 * MINUTE)])
    rules = BookingRules(step=10 * MINUTE, buffer_after=10 * MINUTE, horizon=timedelta(days=7))
    assert starts(owner, rules=rules) == ["01-04 09:00", "01-04 09:10", "01-04 09:20", "01-04 09:30", "01-04 09:40"]


def test_both_must_offer_the_time_when_both_offer_hours():
    mentor = Availability(SYDNEY, [window(TUESDAY, "07", "11")])
    mentee = Availability(NEW_YORK, [window(MONDAY, "16:30", "18:30")])
    # 07:00 to 11:00 in Sydney is 20:00 to 00:00 UTC; 16:30 to 18:30 in New York is 21:30 to 23:30 UTC.
    assert starts(mentor) == ["01-04 20:00", "01-04 21:00", "01-04 22:00", "01-04 23:00"]
    assert starts(mentor, mentee) == ["01-04 22:00"]


def test_somebody_who_offers_no_hours_is_free_when_not_busy():
    mentee = Availability(NEW_YORK, busy=[busy("10:10", "10:20")])
    assert starts(MORNING, mentee) == ["01-04 09:00", "01-04 11:00"]


def test_a_group_needs_everyone():
    mentees = [
        Availability(NEW_YORK, busy=[busy("09:00", "09:30")]),
        Availability(SYDNEY, busy=[busy("11:00", "11:30")]),
    ]
    assert starts(MORNING, *mentees) == ["01-04 10:00"]


# Alternatives

SLOTS = [Slot(utc(f"2027-01-04T{hour:02}:00"), utc(f"2027-01-04T{hour + 1:02}:00")) for hour in (9, 10, 12, 15, 16)]


def test_nearest_in_the_order_of_time():
    assert nearest(SLOTS, utc("2027-01-04T13:00")) == [SLOTS[1], SLOTS[2], SLOTS[3]]


def test_nearest_prefers_the_earlier_of_two_as_close():
    assert nearest(SLOTS, utc("2027-01-04T11:00"), n=1) == [SLOTS[1]]


def test_nearest_with_fewer_than_asked_for():
    assert nearest(SLOTS[:2], utc("2027-01-04T11:00")) == SLOTS[:2]
    assert nearest([], utc("2027-01-04T11:00")) == []


# Whatever comes

ZONES = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "Pacific/Chatham",
]
NOW = utc("2027-03-01T00:00")
minutes = st.integers(0, 70 * 24 * 60)
any_window = st.builds(Window, st.integers(0, 6), st.integers(0, 1439), st.integers(0, 1440))
any_busy = st.builds(
    lambda start, length: Busy(NOW + start * MINUTE, NOW + (start + length) * MINUTE), minutes, st.integers(1, 5000)
)
any_person = st.builds(
    Availability,
    st.sampled_from(ZONES).map(ZoneInfo),
    st.lists(any_window, max_size=6).map(tuple),
    st.lists(any_busy, max_size=12).map(tuple),
)
any_rules = st.builds(
    BookingRules,
    length=st.integers(5, 300).map(lambda n: n * MINUTE),
    step=st.none() | st.integers(5, 200).map(lambda n: n * MINUTE),
    buffer_before=st.integers(0, 60).map(lambda n: n * MINUTE),
    buffer_after=st.integers(0, 60).map(lambda n: n * MINUTE),
    notice=st.integers(0, 72).map(lambda n: n * HOUR),
    horizon=st.integers(1, 45).map(lambda n: timedelta(days=n)),
)


def spans_of(person):
    """Every window from before the first slot to after the last, in UTC, as the rules define its bounds."""
    for number in range(-3, 60):
        midnight = datetime(2027, 3, 1) + timedelta(days=number)
        for window in person.windows:
            if window.weekday == midnight.weekday():
                end = window.end + (1440 if window.end <= window.start else 0)
                yield (
                    resolve_bound(midnight + window.start * MINUTE, person.zone),
                    resolve_bound(midnight + end * MINUTE, person.zone),
                )


def covered(slot, spans):
    """Whether every minute of the slot lies in some span."""
    reached = slot.starts_at
    for start, end in sorted(spans):
        if start <= reached < end:
            reached = end
    return reached >= slot.ends_at


@given(owner=any_person, other=any_person, rules=any_rules)
@settings(max_examples=150, deadline=None)
def test_every_slot_keeps_every_promise(owner, other, rules):
    slots = free_slots(owner, [other], rules=rules, now=NOW)
    owner_spans, other_spans = list(spans_of(owner)), list(spans_of(other))
    assert slots == sorted(set(slots))
    for slot in slots:
        assert slot.ends_at - slot.starts_at == rules.length
        assert slot.starts_at.tzinfo is UTC
        assert NOW + rules.notice <= slot.starts_at <= NOW + rules.horizon
        assert covered(slot, owner_spans)
        assert not other.windows or covered(slot, other_spans)
        step = rules.step or rules.length
        assert any(start <= slot.starts_at < end and not (slot.starts_at - start) % step for start, end in owner_spans)
        for block in (*owner.busy, *other.busy):
            assert (
                slot.ends_at + rules.buffer_after <= block.starts_at
                or block.ends_at + rules.buffer_before <= slot.starts_at
            )


@given(owner=any_person, rules=any_rules)
@settings(max_examples=100, deadline=None)
def test_no_slot_is_missing(owner, rules):
    """Everything on the grid that is not offered has a reason."""
    slots = set(free_slots(owner, rules=rules, now=NOW))
    step = rules.step or rules.length
    spans = list(spans_of(owner))
    for start, end in spans:
        while start < end:
            slot = Slot(start, start + rules.length)
            start += step
            if slot in slots or not NOW + rules.notice <= slot.starts_at <= NOW + rules.horizon:
                continue
            clash = any(
                slot.starts_at < block.ends_at + rules.buffer_before
                and block.starts_at < slot.ends_at + rules.buffer_after
                for block in owner.busy
            )
            assert clash or not covered(slot, spans)
