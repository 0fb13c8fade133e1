"""Slots around every clock change that any zone makes from 2026 to 2028, against a clock read minute by minute."""

import io
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

import mentoring  # noqa: F401  it decides where zone data comes from
from sessions.ics import vtimezone
from sessions.slots import Availability, BookingRules, Slot, Window, free_slots
from sessions.zones import Transition, transitions

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LAST = datetime(2029, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIVE = 5 * MINUTE
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def wall_at(instant, zone):
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


@cache
def changes_of(key):
    """Walk the zone's clock day by day, and where the offset moved, minute by minute."""
    zone, found, instant = ZoneInfo(key), [], FIRST
    offset = instant.astimezone(zone).utcoffset()
    while instant < LAST:
        instant += DAY
        if (new := instant.astimezone(zone).utcoffset()) != offset:
            minute = instant - DAY
            while minute.astimezone(zone).utcoffset() == offset:
                minute += MINUTE
            found.append(Transition(minute, offset, new))
            offset = new
    return found


@cache
def every_change():
    return [(key, change) for key in sorted(available_timezones()) for change in changes_of(key)]


def opens_or_closes(bound, zone, change, step):
    """Read the clock from well before the change until it first shows the bound or has passed it."""
    instant = change.at - 8 * HOUR
    assert wall_at(instant, zone) < bound
    while wall_at(instant, zone) < bound:
        instant += step
    return instant


def expected_slots(opens, closes, length, step):
    slots = []
    while opens + length <= closes:
        slots.append(Slot(opens, opens + length))
        opens += step
    return slots


def check(key, change, opening, lasting, rules, step):
    """Compare the slots of the one window that opens at a wall time near the change with what the clock says."""
    zone = ZoneInfo(key)
    closing = opening + lasting
    window = Window(opening.weekday(), opening.hour * 60 + opening.minute, closing.hour * 60 + closing.minute)
    found = free_slots(Availability(zone, [window]), rules=rules, now=change.at - 36 * HOUR)
    expected = expected_slots(
        opens_or_closes(opening, zone, change, step),
        opens_or_closes(closing, zone, change, step),
        rules.length,
        rules.step or rules.length,
    )
    assert found == expected, (key, change, window)


def test_enough_zones_are_looked_at():
    keys = {key for key, _ in every_change()}
    assert len(keys) > 150
    assert {"Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Casablanca"} <= keys
    # The walk below takes steps of five minutes.
    assert all(not (change.at - FIRST) % FIVE for _, change in every_change())


def test_no_transition_is_overlooked():
    for key in sorted(available_timezones()):
        assert transitions(ZoneInfo(key), FIRST, LAST) == changes_of(key), key


OPENINGS = [-60, -45, -30, -15, -5, 0, 5, 15, 20, 30, 45, 60, 75, 90]
LASTINGS = [15, 30, 60, 100, 180, 240]
RULES = [
    BookingRules(length=30 * MINUTE, horizon=3 * DAY),
    BookingRules(length=HOUR, horizon=3 * DAY),
    BookingRules(length=45 * MINUTE, step=20 * MINUTE, horizon=3 * DAY),
]


def test_every_change_of_every_zone():
    for number, (key, change) in enumerate(every_change()):
        # Each change gets another handful of the combinations; zones that change together cover them all.
        earlier = min(wall_at(change.at, ZoneInfo(key)), (change.at + change.before).replace(tzinfo=None))
        for turn in range(5):
            opening = earlier + OPENINGS[(number * 5 + turn) % len(OPENINGS)] * MINUTE
            lasting = LASTINGS[(number + turn * 5) % len(LASTINGS)] * MINUTE
            check(key, change, opening, lasting, RULES[(number + turn) % len(RULES)], FIVE)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_window_around_any_change(data):
    key, change = data.draw(st.sampled_from(every_change()))
    before = (change.at + change.before).replace(tzinfo=None)
    opening = before + data.draw(st.integers(-5 * 60, 3 * 60), label="opening") * MINUTE
    lasting = data.draw(st.integers(1, 12 * 60), label="lasting") * MINUTE
    rules = BookingRules(
        length=data.draw(st.integers(5, 120), label="length") * MINUTE,
        step=data.draw(st.integers(5, 120), label="step") * MINUTE,
        horizon=3 * DAY,
    )
    check(key, change, opening, lasting, rules, MINUTE)


@pytest.mark.parametrize("hours_before", [30, 1])
def test_invitations_carry_every_change(hours_before):
    """dateutil reads the zone from the invitation alone; one zone for each distinct change is enough."""
    distinct = {change: key for key, change in every_change()}
    for change, key in distinct.items():
        zone = ZoneInfo(key)
        starts_at = change.at - hours_before * HOUR
        calendar = Calendar()
        calendar.add_component(vtimezone(zone, starts_at, change.at + 3 * HOUR))
        theirs = tzical(io.StringIO(calendar.to_ical().decode())).get(key)
        for instant in (starts_at, change.at - FIVE, change.at, change.at + FIVE, change.at + 2 * HOUR):
            ours = instant.astimezone(zone)
            if not ours.fold:
                assert ours.replace(tzinfo=theirs).astimezone(UTC) == instant, (key, change, instant)
