"""Ines opens a session for everybody who is enrolled as a mentee; Tom, Pia and Quin want to come. It is Sunday noon."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from icalendar import Calendar

from feedback.services import FeedbackProblem, give_pulse
from mentoring.outbox.models import Message
from programs.models import Enrolment
from programs.services import withdraw
from sessions import feeds, services
from sessions.history import history_csv
from sessions.models import Attendance, Session, UserBusyTime
from sessions.services import groups
from tests.people import inside, make_member, make_mentorship, make_organisation
from tests.sessions.conftest import HOURS, utc

TUESDAY = "2026-11-24T09:00"
HELD, MISSED = Attendance.Report.HELD, Attendance.Report.MISSED
HOUR = timedelta(hours=1)


def enrol(program, member, role="mentee"):
    with inside(member.organisation):
        return Enrolment.objects.create(
            program=program, member=member, role=role, status=Enrolment.Status.ACTIVE, joined_at=timezone.now()
        )


@pytest.fixture
def group(cast):
    program = cast.mentorship.program
    pia = make_member(cast.northwind, "Pia", family_name="Croft", time_zone="Europe/London")
    quin = make_member(cast.northwind, "Quin", family_name="Dale", time_zone="Europe/London")
    enrol(program, pia)
    enrol(program, quin)
    with inside(cast.northwind):
        session = services.open_group(
            program, leader=cast.ines, starts_at=utc(TUESDAY), seats=2, topic="First steps", place="Hall", by=cast.ines
        )
    return SimpleNamespace(**vars(cast), program=program, pia=pia, quin=quin, session=session)


def join(group, *members):
    for member in members:
        with inside(group.northwind):
            services.join_group(group.session, by=member)


def now_of(group):
    return Session.objects.with_people().get(pk=group.session.pk)


def letters(kind, **fields):
    return list(Message.objects.filter(kind=kind, **fields).order_by("pk"))


def event_of(letter):
    part = letter.attachments[0]
    calendar = Calendar.from_ical(part["content"])
    [event] = calendar.walk("VEVENT")
    return calendar["METHOD"], event


def attendees(event):
    found = event.get("ATTENDEE", [])
    return [str(each) for each in (found if isinstance(found, list) else [found])]


def test_opening_takes_the_leaders_time_and_no_seat(group):
    with inside(group.northwind):
        session = now_of(group)
        assert (session.mentorship, session.program, session.led_by) == (None, group.program, group.ines)
        assert (session.starts_at, session.ends_at) == (utc(TUESDAY), utc("2026-11-24T10:00"))
        assert (session.seats, session.taken, session.seats_left) == (2, 0, 2)
        assert session.people() == [group.ines]
        [letter] = letters("session_booked")
        assert letter.recipient == "ines@northwind.example"
        assert letter.subject == "Booked: your session with your group on Tuesday 24 November, 09:00"
        free = services.free_slots(group.mentorship, by=group.tom)
        assert [slot.starts_at for slot in free][:2] == [utc("2026-11-24T10:00"), utc("2026-11-24T11:00")]


@pytest.mark.parametrize("who", ["tom", "olga", "pia"])
def test_only_mentors_with_an_active_mentorship_open_one(group, who):
    member = getattr(group, who)
    with inside(group.northwind), pytest.raises(services.SessionProblem, match="Only a mentor with an active"):
        services.open_group(
            group.program, leader=member, starts_at=utc("2026-11-24T10:00"), seats=2, topic="Mine", by=member
        )


def test_admins_open_one_for_a_mentor_and_colleagues_do_not(group):
    def open_by(by, at):
        return services.open_group(group.program, leader=group.ines, starts_at=utc(at), seats=5, topic="Hers", by=by)

    with inside(group.northwind):
        with pytest.raises(PermissionDenied):
            open_by(group.tom, "2026-11-24T10:00")
        session = open_by(group.olga, "2026-11-24T10:00")
        assert (session.led_by, session.booked_by) == (group.ines, group.olga)
        assert session.people() == [group.ines]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"topic": "  "}, "Say what the session is about"),
        ({"seats": 0}, "A group session has from 1 to 100 seats."),
        ({"seats": 101}, "A group session has from 1 to 100 seats."),
        ({"length": timedelta(minutes=25)}, "Sessions of this programme don’t last so long."),
        ({"starts_at": utc("2026-11-24T09:30")}, "This time is no longer free."),
    ],
)
def test_what_cannot_be_opened(group, change, sentence):
    asked = {"starts_at": utc("2026-11-24T10:00"), "seats": 2, "topic": "More"} | change
    with inside(group.northwind), pytest.raises(services.SessionProblem, match=sentence):
        services.open_group(group.program, leader=group.ines, by=group.ines, **asked)


def test_joining_takes_a_seat_and_the_joiners_time(group):
    join(group, group.tom)
    with inside(group.northwind):
        session = now_of(group)
        assert session.others(group.ines) == [group.tom]
        assert (session.taken, session.seats_left) == (1, 1)
        assert UserBusyTime.objects.filter(user=group.tom.user).count() == 1
        [letter] = letters("group_joined")
        assert letter.recipient == "tom@northwind.example"
        assert letter.subject == "You have a seat: group session with Ines Adler on Tuesday 24 November, 10:00"
        method, event = event_of(letter)
        assert (method, event["SEQUENCE"], event["SUMMARY"]) == ("REQUEST", 1, "Mentoring: First steps")
        assert attendees(event) == ["mailto:tom@northwind.example"]
        reminders = letters("reminder_24h", recipient="tom@northwind.example")
        assert [letter.due_at for letter in reminders] == [utc("2026-11-23T09:00")]


def test_joining_twice_is_joining_once(group):
    join(group, group.tom, group.tom)
    with inside(group.northwind):
        assert now_of(group).taken == 1
        assert len(letters("group_joined")) == 1


def test_who_comes_when_all_seats_are_taken_hears_so_until_somebody_leaves(group):
    join(group, group.tom, group.pia)
    with inside(group.northwind), pytest.raises(services.SessionFull, match="This session is full"):
        services.join_group(group.session, by=group.quin)
    with inside(group.northwind):
        services.leave_group(group.session, by=group.tom)
    join(group, group.quin)
    with inside(group.northwind):
        assert now_of(group).others(group.ines) == [group.pia, group.quin]


def test_leaving_frees_the_time_and_the_calendar_and_one_may_come_again(group):
    join(group, group.tom)
    with inside(group.northwind):
        services.leave_group(group.session, by=group.tom)
        services.leave_group(group.session, by=group.tom)
        assert not Attendance.objects.filter(member=group.tom).exists()
        assert not UserBusyTime.objects.filter(user=group.tom.user).exists()
        [letter] = letters("group_left")
        method, event = event_of(letter)
        assert (method, event["SEQUENCE"]) == ("CANCEL", 2)
        assert attendees(event) == ["mailto:tom@northwind.example"]
        [reminder] = letters("reminder_24h", recipient="tom@northwind.example")
        assert (reminder.status, reminder.outcome) == (Message.Status.SKIPPED, "You have left this session.")
    join(group, group.tom)
    with inside(group.northwind):
        assert [event_of(letter)[1]["SEQUENCE"] for letter in letters("group_joined")] == [1, 3]
        [reminder] = letters("reminder_24h", recipient="tom@northwind.example")
        assert reminder.status == Message.Status.PENDING


def test_the_leader_does_not_leave(group):
    with inside(group.northwind), pytest.raises(services.SessionProblem, match="You lead this session"):
        services.leave_group(group.session, by=group.ines)


def test_who_may_not_join(group):
    """Not who isn't enrolled, only asks to be, mentors, or has left; nor when it is only for the leader's own mentees."""
    stranger = make_member(group.northwind, "Sam")
    waiting = make_member(group.northwind, "Wanda")
    mentor = make_member(group.northwind, "Max")
    with inside(group.northwind):
        Enrolment.objects.create(program=group.program, member=waiting, role="mentee", status="waiting")
    enrol(group.program, mentor, role="mentor")
    for member in (stranger, waiting, mentor, group.olga):
        with inside(group.northwind), pytest.raises(PermissionDenied):
            services.join_group(group.session, by=member)
    with inside(group.northwind):
        Session.objects.update(own_mentees_only=True)
        assert list(groups.open_to(group.tom)) == [group.session]
        assert list(groups.open_to(group.pia)) == []
        with pytest.raises(PermissionDenied):
            services.join_group(group.session, by=group.pia)
    join(group, group.tom)


def test_a_mentee_of_another_mentor_is_not_one_of_the_leaders_own(group):
    max_ = make_member(group.northwind, "Max")
    make_mentorship(max_, group.pia, program=group.program)
    with inside(group.northwind):
        Session.objects.update(own_mentees_only=True)
        assert list(groups.open_to(group.pia)) == []


def test_nobody_joins_what_has_begun_or_is_off(group, clock):
    clock.move_to(utc(TUESDAY))
    with inside(group.northwind), pytest.raises(services.SessionProblem, match="has begun already"):
        services.join_group(group.session, by=group.tom)
    clock.move_to(utc("2026-11-23T09:00"))
    with inside(group.northwind):
        services.cancel_session(group.session, by=group.ines)
        with pytest.raises(services.SessionProblem, match="has been cancelled"):
            services.join_group(group.session, by=group.tom)


def test_nobody_leaves_what_has_begun(group, clock):
    join(group, group.tom)
    clock.move_to(utc(TUESDAY))
    with inside(group.northwind), pytest.raises(services.SessionProblem, match="has begun already"):
        services.leave_group(group.session, by=group.tom)


def test_who_is_in_another_session_hears_so_and_takes_no_seat(group):
    max_ = make_member(group.northwind, "Max", time_zone="Europe/London")
    other = make_mentorship(max_, group.tom)
    with inside(group.northwind):
        services.set_weekly_hours(max_, HOURS, by=max_)
        services.book_session(other, starts_at=utc(TUESDAY), by=group.tom)
        with pytest.raises(services.SessionProblem, match="You have another session at that time"):
            services.join_group(group.session, by=group.tom)
        assert now_of(group).taken == 0


def test_who_is_in_a_session_of_another_organisation_hears_no_more(group):
    initech = make_organisation("umbrella")
    tom_there = make_member(initech, "Tom", email="tom@northwind.example")
    boss = make_member(initech, "Boss", time_zone="Europe/London")
    there = make_mentorship(boss, tom_there)
    with inside(initech):
        services.set_weekly_hours(boss, HOURS, by=boss)
        services.book_session(there, starts_at=utc(TUESDAY), by=boss)
    with inside(group.northwind):
        with pytest.raises(services.SessionProblem) as told:
            services.join_group(group.session, by=group.tom)
        assert str(told.value) == "You have another session at that time. Move or cancel it first."
        assert now_of(group).taken == 0


def test_seats_never_fall_below_who_has_joined(group):
    join(group, group.tom, group.pia)
    with inside(group.northwind):
        with pytest.raises(services.SessionProblem, match="2 people have joined, so there can’t be fewer seats"):
            services.set_seats(group.session, seats=1, by=group.ines)
        services.set_seats(group.session, seats=3, by=group.ines)
    join(group, group.quin)
    with inside(group.northwind):
        assert now_of(group).seats_left == 0
        with pytest.raises(PermissionDenied):
            services.set_seats(group.session, seats=9, by=group.tom)


def test_moving_tells_everyone_and_nobody_learns_an_address(group):
    join(group, group.tom, group.pia)
    with inside(group.northwind):
        services.move_session(group.session, starts_at=utc("2026-11-24T11:00"), by=group.ines)
        moved = letters("session_moved")
        assert [letter.recipient for letter in moved] == [
            "ines@northwind.example", "tom@northwind.example", "pia@northwind.example",
        ]  # fmt: skip
        for letter in moved:
            method, event = event_of(letter)
            # Two have joined, and it was moved once.
            assert (method, event["SEQUENCE"]) == ("REQUEST", 3)
            assert attendees(event) == [f"mailto:{letter.recipient}"]
            others = {"ines@northwind.example", "tom@northwind.example", "pia@northwind.example"} - {letter.recipient}
            whole = letter.text + letter.html + letter.attachments[0]["content"]
            assert not [address for address in others if address in whole]
        starts = Attendance.objects.filter(session=group.session).values_list("during", flat=True)
        assert {during.lower for during in starts} == {utc("2026-11-24T11:00")}


def test_it_moves_only_to_where_everybody_is_free(group):
    join(group, group.tom)
    with inside(group.northwind):
        max_ = make_member(group.northwind, "Max", time_zone="Europe/London")
    other = make_mentorship(max_, group.tom)
    with inside(group.northwind):
        services.set_weekly_hours(max_, HOURS, by=max_)
        services.book_session(other, starts_at=utc("2026-11-24T10:00"), by=group.tom)
        starts = [slot.starts_at for slot in services.slots_to_move_to(group.session, by=group.ines)]
        assert starts[:2] == [utc("2026-11-24T11:00"), utc("2026-11-26T14:00")]
        with pytest.raises(services.SlotTaken) as taken:
            services.move_session(group.session, starts_at=utc("2026-11-24T10:00"), by=group.ines)
        assert utc("2026-11-24T11:00") in [slot.starts_at for slot in taken.value.alternatives]
        with pytest.raises(PermissionDenied):
            services.move_session(group.session, starts_at=utc("2026-11-24T11:00"), by=group.tom)


def test_cancelling_frees_everybody(group):
    join(group, group.tom)
    with inside(group.northwind):
        with pytest.raises(PermissionDenied):
            services.cancel_session(group.session, by=group.tom)
        services.cancel_session(group.session, by=group.olga, reason="Ines is ill")
        assert not Attendance.objects.filter(occupies=True).exists()
        cancelled = letters("session_cancelled")
        assert [letter.recipient for letter in cancelled] == ["ines@northwind.example", "tom@northwind.example"]
        assert {event_of(letter)[0] for letter in cancelled} == {"CANCEL"}
        assert [event_of(letter)[1]["SEQUENCE"] for letter in cancelled] == [2, 2]
        assert "Ines is ill" in cancelled[1].text


def test_who_leaves_the_programme_leaves_its_group_sessions(group):
    join(group, group.tom, group.pia)
    with inside(group.northwind):
        withdraw(Enrolment.objects.get(program=group.program, member=group.pia), by=group.pia)
        assert now_of(group).others(group.ines) == [group.tom]
        [letter] = letters("group_left")
        assert "You take no part in the programme any more." in letter.text
        withdraw(Enrolment.objects.get(program=group.program, member=group.ines), by=group.ines)
        assert now_of(group).status == Session.Status.CANCELLED
        assert [letter.recipient for letter in letters("session_cancelled", subject_ref=f"session:{group.session.pk}")] == [
            "ines@northwind.example", "tom@northwind.example",
        ]  # fmt: skip


def test_feeds_and_history_have_it(group):
    join(group, group.tom, group.pia)
    with inside(group.northwind):
        feed = feeds.write_feed(feeds.Feed(group.tom, busy_only=False)).decode()
        assert "SUMMARY:Mentoring: First steps" in feed
        assert "pia@" not in feed
        assert "SEQUENCE:2" in feed
        busy = feeds.write_feed(feeds.Feed(group.tom, busy_only=True)).decode()
        assert "First steps" not in busy
        assert "Ines Adler,Growing together,First steps,Hall,planned" in history_csv(group.tom).decode()
        assert "your group,Growing together,First steps,Hall,planned" in history_csv(group.ines).decode()


@pytest.mark.parametrize(
    "home",
    [
        {"program": None, "led_by": None, "seats": 3},
        {"seats": None},
        {"seats": 0},
        {"mentorship": "a mentorship too"},
    ],
)
def test_a_session_has_one_home(group, home):
    if "mentorship" in home:
        home = {"mentorship": group.mentorship}
    with inside(group.northwind), pytest.raises(IntegrityError, match="session_has_one_home"), transaction.atomic():
        Session.objects.filter(pk=group.session.pk).update(**home)


# How it went. Reports of the leader, Tom and Pia, and what becomes of the session.
SAID = [
    (HELD, HELD, "", "held", "both"),
    (HELD, HELD, MISSED, "held", "both"),
    (HELD, MISSED, HELD, "held", "both"),
    (HELD, "", "", "planned", ""),
    ("", HELD, HELD, "planned", ""),
    (HELD, MISSED, MISSED, "planned", ""),
    (MISSED, HELD, "", "planned", ""),
    (MISSED, MISSED, "", "planned", ""),
    (MISSED, MISSED, MISSED, "missed", ""),
]
# The same a week later, when nobody has said anything more.
AFTER_A_WEEK = {
    (HELD, "", ""): "one",
    ("", HELD, HELD): "one",
    (HELD, MISSED, MISSED): "",
    (MISSED, HELD, ""): "",
    (MISSED, MISSED, ""): "",
}


def say(group, reports):
    for member, report in zip((group.ines, group.tom, group.pia), reports, strict=True):
        if report:
            with inside(group.northwind):
                services.log_session(group.session, report=report, length=HOUR, by=member)


@pytest.mark.parametrize(("leader", "tom", "pia", "status", "confirmation"), SAID)
def test_held_when_the_leader_and_one_who_joined_say_so(group, clock, leader, tom, pia, status, confirmation):
    join(group, group.tom, group.pia)
    clock.move_to(utc("2026-11-24T11:00"))
    say(group, (leader, tom, pia))
    with inside(group.northwind):
        session = now_of(group)
        assert (session.status, session.confirmation) == (status, confirmation)
        assert session.length == (HOUR if status == "held" else None)
    clock.move_to(utc("2026-12-01T11:00"))
    with inside(group.northwind):
        services.settle_silent()
        session = now_of(group)
        wanted = AFTER_A_WEEK.get((leader, tom, pia), confirmation)
        assert session.confirmation == wanted
        assert session.status == ("held" if wanted == "one" else status)


def test_each_says_for_themselves_whether_they_were_there(group, clock):
    """Tom was there, Pia was not: the session is held, and stands so for Tom alone. Pia may say so later."""
    join(group, group.tom, group.pia)
    clock.move_to(utc("2026-11-24T11:00"))
    say(group, (HELD, HELD, ""))
    with inside(group.northwind):
        assert [letter.recipient for letter in letters("session_log_request", status="pending")] == [
            "tom@northwind.example", "pia@northwind.example",
        ]  # fmt: skip
        services.log_session(group.session, report=MISSED, length=None, by=group.pia)
        session = now_of(group)
        assert (session.status, session.length) == ("held", HOUR)
        assert session.standing_for(group.tom) == Session.Standing.HELD
        assert session.standing_for(group.pia) == Session.Standing.AWAY
        assert list(Session.objects.held().attended_by(group.tom)) == [session]
        assert list(Session.objects.held().attended_by(group.pia)) == []
        with pytest.raises(services.SessionProblem, match="can’t be changed any more"):
            services.log_session(group.session, report=HELD, length=HOUR, by=group.pia)


def test_nobody_was_there_so_it_was_not_held(group, clock):
    clock.move_to(utc("2026-11-24T11:00"))
    with inside(group.northwind):
        with pytest.raises(services.SessionProblem, match="Nobody had joined this session"):
            services.log_session(group.session, report=HELD, length=HOUR, by=group.ines)
        services.log_session(group.session, report=MISSED, length=None, by=group.ines)
        assert now_of(group).status == "missed"


def test_an_unconfirmed_one_is_confirmed_when_the_leader_speaks_after_all(group, clock):
    join(group, group.tom, group.pia)
    clock.move_to(utc("2026-11-24T11:00"))
    say(group, ("", HELD, ""))
    clock.move_to(utc("2026-12-01T12:00"))
    with inside(group.northwind):
        assert services.settle_silent() == 1
        services.log_session(group.session, report=HELD, length=HOUR / 2, by=group.ines)
        session = now_of(group)
        assert (session.confirmation, session.length) == ("both", HOUR / 2)


def test_an_unconfirmed_one_is_open_again_when_the_leader_says_no(group, clock):
    join(group, group.tom, group.pia)
    clock.move_to(utc("2026-11-24T11:00"))
    say(group, ("", HELD, ""))
    clock.move_to(utc("2026-12-01T12:00"))
    with inside(group.northwind):
        services.settle_silent()
        services.log_session(group.session, report=MISSED, length=None, by=group.ines)
        session = now_of(group)
        assert (session.status, session.confirmation, session.length) == ("planned", "", None)


def test_the_two_questions_are_for_those_who_were_there(group, clock):
    join(group, group.tom, group.pia)
    clock.move_to(utc("2026-11-24T11:00"))
    say(group, (HELD, HELD, MISSED))
    with inside(group.northwind):
        asked = [letter.recipient for letter in letters("pulse")]
        assert asked == ["ines@northwind.example", "tom@northwind.example"]
        give_pulse(group.session, useful=5, understood=4, by=group.tom)
        with pytest.raises(FeedbackProblem, match="you were there"):
            give_pulse(group.session, useful=1, understood=1, by=group.pia)
