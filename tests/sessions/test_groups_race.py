"""Forty people ask for three seats at the same moment: three get one, the others hear that it is full."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from mentoring.outbox.models import Message
from programs.models import Enrolment
from sessions import services
from sessions.models import Attendance, Session, UserBusyTime
from sessions.services import clocks, groups
from tests.people import inside, make_member, make_mentorship, make_organisation
from tests.sessions.conftest import HOURS, utc

ASKING = 40
# As many connections to the database.
AT_ONCE = 20


@pytest.fixture
def northwind(clock, transactional_db):
    return make_organisation()


def open_group(northwind, *, seats, mentees):
    """Ines opens a session; so many mentees of the programme may join."""
    ines = make_member(northwind, "Ines", time_zone="Europe/London")
    people = [make_member(northwind, f"Mentee{number}") for number in range(mentees)]
    program = make_mentorship(ines, people[0]).program
    with inside(northwind):
        Enrolment.objects.bulk_create(
            Enrolment(program=program, member=member, role="mentee", status="active", joined_at=timezone.now())
            for member in people[1:]
        )
        services.set_weekly_hours(ines, HOURS, by=ines)
        session = services.open_group(
            program, leader=ines, starts_at=utc("2026-11-24T09:00"), seats=seats, topic="First steps", by=ines
        )
    return ines, people, session


def signed_in(member):
    client = Client(raise_request_exception=False)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def asking(member, path, **sent):
    """Send something as a member, when it is called; the answer's status."""
    client = signed_in(member)
    return lambda: client.post(path, sent).status_code


def at_once(asks):
    """Ask all of them as nearly at once as there are connections. Returns the answers in the order of the asks."""
    start = Barrier(min(AT_ONCE, len(asks)))

    def run(share):
        answers = []
        try:
            start.wait(30)
            for number, ask in share:
                answers.append((number, ask()))
        finally:
            connection.close()
        return answers

    numbered = list(enumerate(asks))
    with ThreadPoolExecutor(AT_ONCE) as threads:
        shares = [numbered[number::AT_ONCE] for number in range(start.parties)]
        return [answer for _number, answer in sorted(each for share in threads.map(run, shares) for each in share)]


def test_forty_ask_for_three_seats(northwind):
    _ines, people, session = open_group(northwind, seats=3, mentees=ASKING)
    path = f"/o/northwind/sessions/groups/{session.pk}/join/"
    clients = [signed_in(member) for member in people]
    answers = at_once([lambda client=client: client.post(path) for client in clients])
    assert sorted(answer.status_code for answer in answers) == [302] * 3 + [409] * 37
    for answer in answers:
        if answer.status_code == 409:
            assert "This session is full: all seats are taken." in answer.content.decode()
    won = {member.pk for member, answer in zip(people, answers, strict=True) if answer.status_code == 302}
    with inside(northwind):
        joined = set(Attendance.objects.exclude(member=session.led_by).values_list("member_id", flat=True))
        assert joined == won
        assert UserBusyTime.objects.count() == 4
        assert Message.objects.filter(kind="group_joined").count() == 3
        assert Session.objects.get().comings == 3


def test_joins_while_it_is_cancelled(northwind):
    """Whoever got in before is told that it is off; nobody sits in a cancelled session with their time taken."""
    ines, people, session = open_group(northwind, seats=20, mentees=20)
    join = f"/o/northwind/sessions/groups/{session.pk}/join/"
    asks = [asking(member, join) for member in people]
    asks.insert(10, asking(ines, f"/o/northwind/sessions/{session.pk}/cancel/", reason="Ill"))
    answers = at_once(asks)
    assert answers.pop(10) == 302
    assert set(answers) <= {302, 409}
    with inside(northwind):
        assert Session.objects.get().status == Session.Status.CANCELLED
        assert not Attendance.objects.filter(occupies=True).exists()
        assert not UserBusyTime.objects.exists()
        joined = set(Attendance.objects.values_list("member__email", flat=True))
        told = set(Message.objects.filter(kind="session_cancelled").values_list("recipient", flat=True))
        assert joined == told
        assert len(joined) - 1 == answers.count(302)


def test_joins_while_there_are_fewer_seats(northwind):
    """Twenty seats become five: either they become so first, or as many have joined that they can't."""
    ines, people, session = open_group(northwind, seats=20, mentees=20)
    path = f"/o/northwind/sessions/groups/{session.pk}/"
    asks = [asking(member, path + "join/") for member in people]
    asks.insert(7, asking(ines, path + "seats/", seats="5"))
    answers = at_once(asks)
    changed = answers.pop(7)
    with inside(northwind):
        seats = Session.objects.get().seats
        joined = Attendance.objects.exclude(member=ines).count()
    assert joined == answers.count(302)
    assert (changed, seats, joined) in {(302, 5, 5), (422, 20, 20)}


def test_everything_at_once(northwind):
    """Joins, leaves, moves and bookings of the same people in any order: no deadlock, no clash, no seat too many."""
    ines, people, session = open_group(northwind, seats=4, mentees=8)
    max_ = make_member(northwind, "Max", time_zone="Europe/London")
    pairs = [make_mentorship(max_, member, program=session.program) for member in people[:4]]
    with inside(northwind):
        services.set_weekly_hours(max_, HOURS, by=max_)
    slots = [utc(f"2026-11-24T{hour:02}:00") for hour in (9, 10, 11)]
    rnd = random.Random(1)

    def act(kind, member, pair, at):
        try:
            with inside(northwind):
                if kind == "join":
                    services.join_group(session, by=member)
                elif kind == "leave":
                    services.leave_group(session, by=member)
                elif kind == "book":
                    services.book_session(pair, starts_at=at, by=max_)
                else:
                    services.move_session(session, starts_at=at, by=ines)
        except services.SessionProblem:
            return "refused"
        return "done"

    asks = []
    for _number in range(200):
        kind = rnd.choice(["join", "join", "join", "leave", "book", "move"])
        chosen = (kind, rnd.choice(people), rnd.choice(pairs), rnd.choice(slots))
        asks.append(lambda chosen=chosen: act(*chosen))
    answers = at_once(asks)
    assert len(answers) == 200
    assert set(answers) == {"done", "refused"}
    with inside(northwind):
        assert Attendance.objects.filter(session=session).exclude(member=ines).count() <= 4
        taken = [(member, during.lower) for member, during in Attendance.objects.values_list("member_id", "during")]
        # Whole hours: two that overlap would be the same.
        assert len(set(taken)) == len(taken)
        now = Session.objects.get(pk=session.pk)
        starts = {each.during.lower for each in Attendance.objects.filter(session=session)}
        assert starts == {now.starts_at}
        assert UserBusyTime.objects.count() == Attendance.objects.count()


def test_the_clocks_change_while_groups_are_moved(northwind, monkeypatch):
    """The night's work and the leaders lock the same sessions and people: each waits for the other, and nobody in a circle."""
    ines, people, session = open_group(northwind, seats=2, mentees=4)
    with inside(northwind):
        services.set_weekly_hours(ines, [(day, 540, 1080) for day in range(7)], by=ines)
        sessions = [session]
        for day in ("25", "26", "27"):
            starts_at = utc(f"2026-11-{day}T09:00")
            more = {"leader": ines, "starts_at": starts_at, "seats": 2, "topic": "More", "by": ines}
            sessions.append(services.open_group(session.program, **more))
        for number, each in enumerate(sessions):
            services.join_group(each, by=people[number])

    def meant(starts_at, wall, zone_name):
        # By today's rules whatever begins at an odd hour is an hour too early.
        return starts_at + timedelta(hours=starts_at.hour % 2)

    def slowly(lock):
        def locked(asked):
            time.sleep(0.05)
            lock(asked)
            time.sleep(0.05)

        return locked

    monkeypatch.setattr(clocks, "_meant", meant)
    for module in (clocks, groups):
        monkeypatch.setattr(module, "lock_people", slowly(module.lock_people))

    def keep():
        with inside(northwind):
            return clocks.keep_wall_times()

    def move(session, hour):
        with inside(northwind):
            return services.move_session(session, starts_at=session.starts_at.replace(hour=hour), by=ines)

    asks = [keep]
    asks += [lambda session=session: move(session, 15) for session in reversed(sessions)]
    answers = at_once(asks)
    # Whoever comes first: what was moved begins at three or, found by the night's work afterwards, at four.
    assert answers[0] in range(5)
    with inside(northwind):
        for each in Session.objects.all():
            assert each.starts_at.hour in (15, 16)
            assert {attendance.during.lower for attendance in each.attendances.all()} == {each.starts_at}
