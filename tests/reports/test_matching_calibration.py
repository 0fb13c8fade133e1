"""36 mentorships with scores from 0.30 to 0.65; what came of them is written beside each test."""

from datetime import timedelta

import pytest

from feedback.models import Pulse
from programs.models import Mentorship, Participant
from reports.calibration import calibration_of
from sessions.models import Session
from tests.people import inside, make_member

from .conftest import NOON, enrol, make_people, make_program

DAY = timedelta(days=1)


def make_pairs(program, count, *, days=70, **fields):
    """So many mentorships, with scores that rise by 0.01 from 0.30."""
    organisation = program.organisation
    mentors = enrol(program, make_people(organisation, count), "mentor")
    mentees = enrol(program, make_people(organisation, count), "mentee")
    pairs = []
    with inside(organisation):
        for number in range(count):
            pair = Mentorship.objects.create(
                program=program, score=0.3 + number / 100, started_at=NOON - days * DAY,
                **{"status": "active", **fields},
            )  # fmt: skip
            Participant.objects.bulk_create(
                Participant(mentorship=pair, enrolment=part, role=part.role)
                for part in (mentors[number], mentees[number])
            )
            pairs.append(pair)
    return pairs


def hold(pair, times):
    with inside(pair.organisation):
        return Session.objects.bulk_create(
            Session(
                mentorship=pair, status="held", starts_at=NOON - (number + 1) * DAY,
                ends_at=NOON - (number + 1) * DAY + timedelta(hours=1), zone_name="Europe/London",
            )
            for number in range(times)
        )  # fmt: skip


def outcomes(program):
    with inside(program.organisation):
        return {each.key: each for each in calibration_of(program).outcomes}


def test_not_enough_yet(northwind):
    program = make_program(northwind)
    make_pairs(program, 29)
    sessions = outcomes(program)["sessions"]
    assert (sessions.n, sessions.missing, sessions.is_enough) == (29, 1, False)
    assert sessions.bands == ()
    assert sessions.correlation is None
    assert sessions.verdict == "Not enough yet: 29 mentorships so far, 30 are needed."


def test_pairs_with_higher_scores_meet_more_often(northwind):
    program = make_program(northwind)
    for number, pair in enumerate(make_pairs(program, 36)):
        hold(pair, 1 + number // 12)
    sessions = outcomes(program)["sessions"]
    # 70 days are 2.3 months: 1, 2 and 3 sessions in them.
    months = 70 / (365.25 / 12)
    assert [band.outcome.value for band in sessions.bands] == pytest.approx([1 / months, 2 / months, 3 / months])
    assert [(band.lowest, band.highest) for band in sessions.bands] == [
        (0.3, pytest.approx(0.41)), (pytest.approx(0.42), pytest.approx(0.53)), (pytest.approx(0.54), pytest.approx(0.65)),
    ]  # fmt: skip
    assert [band.outcome.n for band in sessions.bands] == [12, 12, 12]
    assert sessions.correlation.lower > 0.5
    assert sessions.verdict == "Higher scores went with more of it."


def test_pairs_that_only_began_say_nothing_of_how_often_they_meet(northwind):
    program = make_program(northwind)
    make_pairs(program, 36, days=59)
    assert outcomes(program)["sessions"].n == 0


def test_completion_of_those_that_are_over(northwind):
    program = make_program(northwind)
    pairs = make_pairs(program, 36, status="completed", ended_at=NOON - DAY)
    with inside(northwind):
        # Of the twelve with the highest scores, nine ended early; of the others none.
        Mentorship.objects.filter(pk__in=[pair.pk for pair in pairs[27:]]).update(status="ended")
    make_pairs(program, 3)
    completed = outcomes(program)["completed"]
    assert completed.n == 36
    assert [band.outcome.value for band in completed.bands] == [1, 1, 0.25]
    assert completed.correlation.upper < 0
    assert completed.verdict == "Higher scores went with less of it: the criteria deserve another look."


def test_what_people_think(northwind):
    program = make_program(northwind)
    pairs = make_pairs(program, 30)
    for number, pair in enumerate(pairs):
        (session,) = hold(pair, 1)
        with inside(northwind):
            for part in Participant.objects.filter(mentorship=pair).select_related("enrolment"):
                member = part.enrolment.member
                Pulse.objects.create(
                    session=session, member=member, useful=5, understood=3 + number % 2, counted_at=NOON
                )
    pulse = outcomes(program)["pulse"]
    assert pulse.n == 30
    assert [band.outcome.value for band in pulse.bands] == [3.5, 3.5, 3.5]
    assert pulse.verdict == "No connection that could not be chance."


def test_answers_that_no_average_contains_yet_are_left_out(northwind):
    program = make_program(northwind)
    (pair,) = make_pairs(program, 1)
    (session,) = hold(pair, 1)
    with inside(northwind):
        member = Participant.objects.filter(mentorship=pair).first().enrolment.member
        Pulse.objects.create(session=session, member=member, useful=5, understood=5)
    assert outcomes(program)["pulse"].n == 0


def test_all_alike(northwind):
    program = make_program(northwind)
    make_pairs(program, 30)
    assert outcomes(program)["sessions"].verdict == "All alike so far, so nothing can be told."


def test_the_page(client, northwind, adam, mallory):
    program = make_program(northwind)
    for number, pair in enumerate(make_pairs(program, 36)):
        hold(pair, number % 4)
    address = f"/o/northwind/reports/programmes/{program.pk}/score/"
    client.force_login(adam.user)
    page = client.get(address)
    assert page.status_code == 200
    assert "against what came of 36 mentorships" in page.content.decode()
    assert "0 of 30" in page.content.decode()
    assert client.post(address).status_code == 405
    client.force_login(make_member(northwind, "Carol").user)
    assert client.get(address).status_code == 403
    client.force_login(mallory.user)
    assert client.get(address).status_code == 404
