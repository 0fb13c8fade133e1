from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from feedback.models import Pulse
from feedback.services import Averages, FeedbackProblem, ask_for_pulse, averages, give_pulse
from mentoring.outbox.models import Message
from sessions.models import Attendance
from sessions.services import log_session
from tests.people import inside, make_member, make_mentorship

from .conftest import NOON, make_session

HOUR = timedelta(hours=1)


@pytest.fixture
def pairs(northwind, mentorship, ines, tom):
    """Three pairs of one programme, each with a session that was held: (session, mentor, mentee)."""
    found = [(make_session(mentorship, ines, tom), ines, tom)]
    for mentor_name, mentee_name in (("Uma", "Viktor"), ("Wanda", "Xaver")):
        mentor, mentee = make_member(northwind, mentor_name), make_member(northwind, mentee_name)
        other = make_mentorship(mentor, mentee, program=mentorship.program)
        found.append((make_session(other, mentor, mentee), mentor, mentee))
    return found


def give(session, member, useful, understood):
    with inside(session.organisation):
        return give_pulse(session, useful=useful, understood=understood, by=member)


def averages_of(program):
    with inside(program.organisation):
        return averages(program)


def test_nothing_is_shown_of_four_people_and_the_means_of_five(pairs, mentorship):
    (first, ines, tom), (second, uma, viktor), (third, wanda, _xaver) = pairs
    give(first, ines, 5, 4)
    give(first, tom, 4, 4)
    give(second, uma, 3, 5)
    give(second, viktor, 5, 5)
    assert averages_of(mentorship.program) is None
    give(third, wanda, 1, 3)
    assert averages_of(mentorship.program) == Averages(useful=3.6, understood=4.2, answers=5, people=5)


def test_five_answers_of_two_people_are_too_few(mentorship, ines, tom):
    for days in range(1, 6):
        session = make_session(mentorship, ines, tom, ago=timedelta(days=days))
        give(session, ines, 5, 5)
        give(session, tom, 5, 5)
    assert averages_of(mentorship.program) is None


def test_averages_change_by_five_people_at_a_time(pairs, mentorship, ines, tom):
    (first, *_), (second, uma, viktor), (third, wanda, xaver) = pairs
    for session, member in ((first, ines), (first, tom), (second, uma), (second, viktor), (third, wanda)):
        give(session, member, 4, 4)
    # A sixth answer would be the difference of two averages.
    give(third, xaver, 1, 1)
    assert averages_of(mentorship.program) == Averages(useful=4.0, understood=4.0, answers=5, people=5)
    for number, (session, mentor, mentee) in enumerate(pairs):
        again = make_session(session.mentorship, mentor, mentee, ago=timedelta(hours=3 + number))
        give(again, mentor, 2, 2)
        if number < 2:
            give(again, mentee, 2, 2)
    # Five of the six: xaver, ines, tom, uma, viktor; wanda's second answer waits for the next five.
    assert averages_of(mentorship.program) == Averages(useful=2.9, understood=2.9, answers=10, people=6)


def test_programmes_are_not_mixed(northwind, pairs, mentorship):
    for session, mentor, mentee in pairs:
        give(session, mentor, 4, 4)
        give(session, mentee, 4, 4)
    other = make_mentorship(make_member(northwind, "Yara"), make_member(northwind, "Zoe"))
    assert averages_of(other.program) is None


def test_answers_can_be_changed_until_an_average_contains_them(pairs, mentorship):
    (first, ines, tom), (second, uma, viktor), (third, wanda, _xaver) = pairs
    give(first, ines, 1, 1)
    give(first, ines, 5, 4)
    with inside(first.organisation):
        assert list(Pulse.objects.values_list("member_id", "useful", "understood")) == [(ines.pk, 5, 4)]
    for session, member in ((first, tom), (second, uma), (second, viktor), (third, wanda)):
        give(session, member, 5, 4)
    with pytest.raises(FeedbackProblem, match="can’t be changed any more"):
        give(first, ines, 1, 1)
    # All five gave the highest answer, so one of them counts a step lower.
    assert averages_of(mentorship.program) == Averages(useful=4.8, understood=4.0, answers=5, people=5)


def test_only_those_who_took_part_answer(held, olga):
    with pytest.raises(PermissionDenied):
        give(held, olga, 5, 5)


@pytest.mark.parametrize("status", ["planned", "missed", "cancelled"])
def test_only_a_held_session_is_rated(mentorship, ines, tom, status):
    session = make_session(mentorship, ines, tom, status=status)
    with pytest.raises(FeedbackProblem, match="confirmed that the session was held"):
        give(session, ines, 5, 5)


@pytest.mark.parametrize(("useful", "understood"), [(0, 3), (3, 6)])
def test_answers_stay_within_the_scale(held, ines, useful, understood):
    with pytest.raises(ValidationError):
        give(held, ines, useful, understood)


def letters(organisation):
    with inside(organisation):
        return {letter.recipient: letter for letter in Message.objects.filter(kind="pulse").order_by("recipient")}


def test_everybody_is_asked_once_both_have_confirmed(mentorship, ines, tom, northwind):
    session = make_session(mentorship, ines, tom, status="planned")
    with inside(northwind):
        log_session(session, report="held", length=HOUR, by=tom)
    assert letters(northwind) == {}
    with inside(northwind):
        log_session(session, report="held", length=HOUR, by=ines)
    written = letters(northwind)
    assert list(written) == ["ines@northwind.example", "tom@northwind.example"]
    letter = written["tom@northwind.example"]
    assert letter.subject == "How was your session with Ines Adler?"
    assert "How was your session with Ines Adler on Saturday 21 November?" in letter.text
    assert f"/o/northwind/sessions/{session.pk}/pulse/" in letter.text
    assert f"/o/northwind/sessions/{session.pk}/pulse/" in letter.html


def test_nobody_is_asked_about_history(mentorship, ines, tom, northwind):
    session = make_session(mentorship, ines, tom, ago=timedelta(days=43), status="planned")
    with inside(northwind):
        log_session(session, report="held", length=HOUR, by=tom)
        log_session(session, report="held", length=HOUR, by=ines)
    assert letters(northwind) == {}


def test_who_logs_late_is_asked_but_not_who_logged_long_ago(mentorship, ines, tom, northwind):
    session = make_session(mentorship, ines, tom, ago=timedelta(days=30), status="planned")
    with inside(northwind):
        log_session(session, report="held", length=HOUR, by=tom, at=NOON - timedelta(days=29))
        log_session(session, report="held", length=HOUR, by=ines)
    assert list(letters(northwind)) == ["ines@northwind.example"]


def test_who_says_later_that_they_were_in_a_group_is_asked_too(mentorship, ines, tom, northwind):
    uma = make_member(northwind, "Uma")
    session = make_session(mentorship, ines, tom, uma, status="planned")
    with inside(northwind):
        log_session(session, report="held", length=HOUR, by=ines)
        log_session(session, report="held", length=HOUR, by=tom)
    assert list(letters(northwind)) == ["ines@northwind.example", "tom@northwind.example"]
    give(session, tom, 4, 4)
    with inside(northwind):
        log_session(session, report="held", length=HOUR, by=uma)
    written = {to: letter.status for to, letter in letters(northwind).items()}
    assert written == {
        "ines@northwind.example": "pending", "tom@northwind.example": "skipped", "uma@northwind.example": "pending",
    }  # fmt: skip


def test_whoever_has_answered_is_not_asked(mentorship, ines, tom, northwind):
    session = make_session(mentorship, ines, tom, status="planned")
    with inside(northwind):
        log_session(session, report="held", length=HOUR, by=tom)
        log_session(session, report="held", length=HOUR, by=ines)
    give(session, tom, 4, 4)
    assert {to: letter.status for to, letter in letters(northwind).items()} == {
        "ines@northwind.example": "pending",
        "tom@northwind.example": "skipped",
    }


def test_of_a_circle_those_who_were_there_are_asked(mentorship, ines, tom, northwind):
    uma = make_member(northwind, "Uma")
    session = make_session(mentorship, ines, tom, uma)
    with inside(northwind):
        Attendance.objects.filter(member=uma).update(report="")
        ask_for_pulse(session)
    assert list(letters(northwind)) == ["ines@northwind.example", "tom@northwind.example"]
    give(session, ines, 4, 4)
    give(session, tom, 4, 4)
    with pytest.raises(FeedbackProblem, match="said that you were there"):
        give(session, uma, 1, 1)
