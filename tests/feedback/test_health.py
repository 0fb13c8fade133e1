"""The rules of how a mentorship does, one fact at a time. No database."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback.health import Facts, health_of
from programs.due import sessions_due

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
# Begun ten weeks ago, a session every two weeks: five were due, and five were held.
WELL = {
    "now": NOW, "started_at": NOW - 70 * DAY, "rhythm": 14 * DAY, "held": 5, "last_at": NOW - 6 * DAY,
    "next_at": NOW + 8 * DAY, "goals": 1, "goals_open": 1, "goal_moved_at": NOW - 20 * DAY,
}  # fmt: skip


def judged(**facts):
    health = health_of(Facts(**(WELL | facts)))
    return health.state, [(sign.key, sign.tone) for sign in health.signs]


def test_one_that_does_well():
    assert judged() == ("well", [("rhythm_kept", "good"), ("next", "good"), ("goals_move", "good")])


@pytest.mark.parametrize(
    ("facts", "state", "sign"),
    [
        ({"is_quiet": True}, "at_risk", ("quiet", "risk")),
        ({"is_quiet": True, "held": 0, "last_at": None}, "at_risk", ("not_met", "risk")),
        ({"asks_for_change": True}, "at_risk", ("change_asked", "risk")),
        ({"to_check": True}, "watch", ("to_check", "look")),
        ({"held": 3}, "watch", ("rhythm_slow", "look")),
        ({"held": 4}, "well", ("rhythm_kept", "good")),
        ({"missed_lately": 2}, "watch", ("missed", "look")),
        ({"unconfirmed": 2}, "watch", ("unconfirmed", "look")),
        ({"goals": 0, "goals_open": 0, "goal_moved_at": None}, "watch", ("no_goals", "look")),
        ({"goal_moved_at": NOW - 90 * DAY}, "watch", ("goals_still", "look")),
    ],
)
def test_one_sign(facts, state, sign):
    found, signs = judged(**facts)
    assert found == state
    assert sign in signs


@pytest.mark.parametrize("facts", [{"missed_lately": 1}, {"unconfirmed": 1}, {"goal_moved_at": NOW - 89 * DAY}])
def test_what_is_not_worth_a_look_yet(facts):
    assert judged(**facts)[0] == "well"


def test_two_things_worth_a_look_are_a_risk():
    state, signs = judged(held=3, missed_lately=2)
    assert state == "at_risk"
    assert signs[:2] == [("rhythm_slow", "look"), ("missed", "look")]


def test_nothing_of_the_rhythm_before_two_sessions_were_due():
    assert judged(started_at=NOW - 27 * DAY, held=0, last_at=None, next_at=None) == (
        "well", [("new", "good"), ("goals_move", "good")],
    )  # fmt: skip
    assert judged(started_at=NOW - 28 * DAY, held=0, last_at=None, next_at=None)[0] == "watch"


def test_no_rhythm_no_sign_of_it():
    assert judged(rhythm=timedelta(0), held=0, is_quiet=True) == ("well", [("goals_move", "good")])
    assert sessions_due(70 * DAY, rhythm=timedelta(0)) is None
    assert sessions_due(70 * DAY, rhythm=14 * DAY) == 5


@pytest.mark.parametrize(
    ("after", "due"), [(0, 0), (3, 0), (4, 1), (9, 1), (10, 2), (32, 2), (33, 3), (87, 4), (93, 5), (900, 5)]
)
def test_where_days_are_named_only_they_are_due(after, due):
    assert sessions_due(after * DAY, rhythm=7 * DAY, days=(1, 7, 30, 60, 90)) == due


def test_named_days_are_counted_from_day_one():
    days = {"rhythm": 7 * DAY, "meeting_days": (1, 7, 30, 60, 90), "held": 2}
    assert ("rhythm_slow", "look") in judged(**days)[1]
    assert ("rhythm_kept", "good") in judged(**days, day_one=NOW - 20 * DAY)[1]


def test_whoever_was_written_to_in_vain_is_said():
    assert judged(is_quiet=True, nudged_at=NOW - 3 * DAY)[1][:2] == [("quiet", "risk"), ("nudged", "look")]


def test_a_pause_is_never_a_risk():
    assert judged(is_paused=True, is_quiet=True, asks_for_change=True, missed_lately=9) == (
        "paused", [("paused", "good")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ago", "left", "unanswered", "state"),
    [(1, 6, 1, "well"), (3, 4, 1, "watch"), (5, 2, 1, "at_risk"), (5, 2, 0, "well"), (30, None, 2, "watch")],
)
def test_an_offer(ago, left, unanswered, state):
    facts = Facts(
        now=NOW, is_active=False, offered_at=NOW - ago * DAY, unanswered=unanswered,
        answer_by=None if left is None else NOW + left * DAY,
    )  # fmt: skip
    assert health_of(facts).state == state
