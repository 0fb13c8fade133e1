"""A hundred people ask for the same hour at the same moment: one gets it, the others hear kindly what else is free."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from mentoring.outbox.models import Message
from sessions import services
from sessions.models import Attendance, Session
from tests.people import inside, make_member, make_mentorship, make_organisation
from tests.sessions.conftest import HOURS, utc

ASKING = 100
# As many connections to the database; each asks for four people, one after the other.
AT_ONCE = 25


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["a hundred mentees", "both of one mentorship"])
def test_one_wins_and_ninety_nine_get_a_friendly_answer(clock, who):
    northwind = make_organisation()
    ines = make_member(northwind, "Ines", time_zone="Europe/London")
    people, mentorships = [], []
    if who == "a hundred mentees":
        first = None
        for number in range(ASKING):
            mentee = make_member(northwind, f"Mentee{number}")
            mentorship = make_mentorship(ines, mentee, program=first and first.program)
            first = first or mentorship
            people.append(mentee)
            mentorships.append(mentorship)
    else:
        tom = make_member(northwind, "Tom", time_zone="Europe/Berlin")
        people = [ines, tom] * (ASKING // 2)
        mentorships = [make_mentorship(ines, tom)] * ASKING
    with inside(northwind):
        services.set_weekly_hours(ines, HOURS, by=ines)
    requests = []
    for member, mentorship in zip(people, mentorships, strict=True):
        client = Client(raise_request_exception=False)
        client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        requests.append((client, f"/o/northwind/sessions/book/{mentorship.pk}/"))
    start = Barrier(AT_ONCE)

    def ask(share):
        answers = []
        try:
            start.wait(30)
            for client, path in share:
                answers.append(client.post(path, {"starts_at": "2026-11-24T09:00Z"}))
        finally:
            connection.close()
        return answers

    with ThreadPoolExecutor(AT_ONCE) as threads:
        shares = [requests[number::AT_ONCE] for number in range(AT_ONCE)]
        answers = [answer for share in threads.map(ask, shares) for answer in share]

    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 99
    for answer in answers:
        if answer.status_code == 409:
            html = answer.content.decode()
            assert "This time is no longer free." in html
            assert '<button type="submit" name="starts_at" value="2026-11-24T10:00Z"' in html
    with inside(northwind):
        session = Session.objects.get()
        assert session.starts_at == utc("2026-11-24T09:00")
        assert Attendance.objects.count() == 2
        assert Message.objects.filter(kind="session_booked").count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_mentors_and_ten_mentees_at_random(clock):
    """A hundred pairs ask for two hundred random times at once: nobody is in two places, and nobody waits in a circle."""
    northwind = make_organisation()
    mentors = [make_member(northwind, f"Mentor{n}", time_zone="Europe/London") for n in range(10)]
    mentees = [make_member(northwind, f"Mentee{n}", time_zone="Europe/Berlin") for n in range(10)]
    program, pairs = None, []
    for mentor in mentors:
        with inside(northwind):
            services.set_weekly_hours(mentor, HOURS, by=mentor)
        for mentee in mentees:
            mentorship = make_mentorship(mentor, mentee, program=program)
            program = program or mentorship.program
            pairs.append((mentorship, mentee))
    rnd = random.Random(1)
    slots = [utc(f"2026-11-24T{hour:02}:00") for hour in (9, 10, 11)] + [utc("2026-11-26T14:00")]
    asks = [(*rnd.choice(pairs), rnd.choice(slots)) for _ in range(200)]
    start = Barrier(AT_ONCE)

    def ask(share):
        answers = []
        try:
            start.wait(30)
            for mentorship, mentee, at in share:
                try:
                    with inside(northwind):
                        services.book_session(mentorship, starts_at=at, by=mentee)
                    answers.append("booked")
                except services.SlotTaken:
                    answers.append("taken")
        finally:
            connection.close()
        return answers

    with ThreadPoolExecutor(AT_ONCE) as threads:
        shares = [asks[number::AT_ONCE] for number in range(AT_ONCE)]
        answers = [answer for share in threads.map(ask, shares) for answer in share]

    assert len(answers) == 200
    with inside(northwind):
        taken = list(Attendance.objects.values_list("member_id", "during"))
        assert len(taken) == 2 * answers.count("booked")
        # Whole hours: two that overlap would be the same.
        assert len({(member, during.lower) for member, during in taken}) == len(taken)
        # Four slots, ten mentors: no more than forty, and the first of each mentor's slot always gets it.
        assert 20 <= answers.count("booked") <= 40


@pytest.mark.django_db(transaction=True)
def test_the_same_request_twelve_times_at_once_books_once(clock):
    """A program that lost the answers asks again with its key: everybody hears the same, and two letters are written."""
    northwind = make_organisation()
    ines = make_member(northwind, "Ines", time_zone="Europe/London")
    tom = make_member(northwind, "Tom", time_zone="Europe/Berlin")
    mentorship = make_mentorship(ines, tom)
    with inside(northwind):
        services.set_weekly_hours(ines, HOURS, by=ines)
    start = Barrier(12)

    def client():
        made = Client(raise_request_exception=False)
        made.force_login(tom.user, backend="django.contrib.auth.backends.ModelBackend")
        return made

    def ask(client):
        try:
            start.wait(30)
            return client.post(
                "/api/v1/o/northwind/sessions/",
                {"mentorship": mentorship.pk, "starts_at": "2026-11-24T10:00:00Z"},
                content_type="application/json",
                headers={"Idempotency-Key": "k-1"},
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(ask, [client() for _number in range(12)]))
    assert [answer.status_code for answer in answers] == [201] * 12
    assert all(answer.json() == answers[0].json() for answer in answers)
    with inside(northwind):
        session = Session.objects.get()
        assert answers[0].json()["id"] == session.pk
        assert Attendance.objects.count() == 2
        assert Message.objects.filter(kind="session_booked").count() == 2
