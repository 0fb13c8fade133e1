"""Who is asked when, who is reminded, and when a survey closes by itself."""

from datetime import date, datetime, timedelta

import pytest

from feedback.models import Survey, SurveyInvitation
from feedback.surveying import sending
from mentoring.outbox.models import Message
from programs.models import Enrolment, Mentorship, Program
from programs.services.lifelines import pause
from programs.signals import mentorship_ended, mentorship_started
from sessions.models import ReminderChoice
from tests.people import inside, make_member, make_mentorship

from .surveys import NOON, TODAY, enrol, give, invitations, make_program, make_survey, night, open_survey

DAY = timedelta(days=1)


@pytest.fixture
def program(northwind, olga):
    return make_program(northwind, olga)


def letters(organisation):
    with inside(organisation):
        return [
            (letter.kind, letter.recipient, letter.status)
            for letter in Message.objects.filter(kind__startswith="survey").order_by("pk")
        ]


def asked(survey):
    return [each.enrolment.member.given_name for each in invitations(survey)]


def test_on_a_day_everybody_of_a_role_is_asked_once(northwind, program, olga):
    enrol(program, mentors=2, mentees=1)
    with inside(northwind):
        left = Enrolment.objects.get(member__given_name="Mentor2")
        left.status = Enrolment.Status.WITHDRAWN
        left.save()
    survey = make_survey(program, olga, "scale", role="mentor", answer_days=14)
    assert open_survey(survey, olga) == 1
    assert asked(survey) == ["Mentor1"]
    assert night(northwind) == (0, 0)
    assert letters(northwind) == [("survey", "mentor1@northwind.example", "pending")]
    # Open through 6 December, in London.
    assert invitations(survey)[0].closes_at.isoformat() == "2026-12-07T00:00:00+00:00"
    with inside(northwind):
        letter = Message.objects.get(kind="survey")
    assert letter.subject == "How it goes: a few questions about Growing together"
    assert "You can answer until Sunday 6 December:" in letter.text
    assert f"/o/northwind/survey-answers/{invitations(survey)[0].pk}/" in letter.text
    assert "List-Unsubscribe" in letter.headers


def test_a_later_day_is_waited_for(northwind, program, olga):
    enrol(program, mentors=1)
    survey = make_survey(program, olga, "scale", day=date(2026, 11, 25))
    assert open_survey(survey, olga) == 0
    assert night(northwind, days=2) == (0, 0)
    assert night(northwind, days=3) == (1, 0)
    assert night(northwind, days=4) == (0, 0)


def test_the_start_the_middle_and_the_end_of_a_mentorship(northwind, program, olga, ines, tom):
    surveys = {moment: make_survey(program, olga, "scale", moment=moment) for moment in ("start", "middle", "end")}
    for survey in surveys.values():
        assert open_survey(survey, olga) == 0
    mentorship = make_mentorship(ines, tom, program=program, started_at=NOON, planned_end=TODAY + 100 * DAY)
    with inside(northwind):
        mentorship_started.send(Mentorship, mentorship=mentorship)
    assert asked(surveys["start"]) == ["Ines", "Tom"]
    assert night(northwind, days=49) == (0, 0)
    assert night(northwind, days=50) == (2, 0)
    assert asked(surveys["middle"]) == ["Ines", "Tom"]
    assert night(northwind, days=51) == (0, 0)
    with inside(northwind):
        Mentorship.objects.filter(pk=mentorship.pk).update(status="completed", ended_at=NOON)
        mentorship.refresh_from_db()
        mentorship_ended.send(Mentorship, mentorship=mentorship)
        mentorship_ended.send(Mentorship, mentorship=mentorship)
    assert asked(surveys["end"]) == ["Ines", "Tom"]
    assert night(northwind) == (0, 0)


def test_half_way_follows_the_planned_end(northwind, program, ines, tom):
    with inside(northwind):
        program.ends_on = date(2027, 2, 20)
        program.save()
    mentorship = make_mentorship(ines, tom, program=program, started_at=NOON)
    with inside(northwind):
        # 90 days to the end of the programme, 60 to one of its own.
        assert sending.half_way(mentorship) == date(2027, 1, 6)
        mentorship.planned_end = date(2027, 1, 21)
        assert sending.half_way(mentorship) == date(2026, 12, 22)


def test_nobody_is_asked_about_what_is_long_ago_or_was_never_begun(northwind, program, olga, ines, tom):
    survey = make_survey(program, olga, "scale", moment="start")
    make_mentorship(ines, tom, program=program, started_at=NOON - 15 * DAY)
    uma, viktor = make_member(northwind, "Uma"), make_member(northwind, "Viktor")
    make_mentorship(uma, viktor, program=program, status="offered", started_at=None)
    assert open_survey(survey, olga) == 0


def test_a_mentor_with_several_mentees_is_asked_once(northwind, program, olga, ines, tom):
    survey = make_survey(program, olga, "scale", moment="start")
    make_mentorship(ines, tom, program=program, started_at=NOON)
    make_mentorship(ines, make_member(northwind, "Uma"), program=program, started_at=NOON)
    assert open_survey(survey, olga) == 3
    assert asked(survey) == ["Ines", "Tom", "Uma"]


def test_whoever_rests_is_left_alone(northwind, program, olga, ines, tom):
    survey = make_survey(program, olga, "scale", moment="start")
    mentorship = make_mentorship(ines, tom, program=program, started_at=NOON)
    with inside(northwind):
        pause(mentorship, until=None, by=ines)
    assert open_survey(survey, olga) == 0
    with inside(northwind):
        Mentorship.objects.update(paused_at=None)
        Program.objects.update(paused_at=NOON)
    assert night(northwind) == (0, 0)
    with inside(northwind):
        Program.objects.update(paused_at=None)
    assert night(northwind) == (2, 0)


def test_one_reminder_three_days_before_the_end(northwind, program, olga, clock):
    enrol(program, mentors=2)
    survey = make_survey(program, olga, "scale", answer_days=10)
    open_survey(survey, olga)
    first, _second = invitations(survey)
    give(survey, first, 4)
    # Open until the night to 3 December.
    clock.move_to(datetime.fromisoformat("2026-11-29T03:00:00+00:00"))
    assert night(northwind, days=7)[1] == 0
    clock.move_to(datetime.fromisoformat("2026-11-30T03:00:00+00:00"))
    assert night(northwind, days=8)[1] == 1
    assert night(northwind, days=8)[1] == 0
    assert letters(northwind) == [
        ("survey", "mentor1@northwind.example", "skipped"),
        ("survey", "mentor2@northwind.example", "pending"),
        ("survey_reminder", "mentor2@northwind.example", "pending"),
    ]
    # The day after the last one nobody can answer, and it closes by itself.
    clock.move_to(datetime.fromisoformat("2026-12-03T03:00:00+00:00"))
    night(northwind, days=11)
    with inside(northwind):
        assert Survey.objects.get().status == "closed"
        assert not Message.objects.filter(kind__startswith="survey", status="pending").exists()


def test_who_wants_no_such_letters_finds_it_on_their_pages(northwind, program, olga):
    enrol(program, mentors=1)
    with inside(northwind):
        member = Enrolment.objects.get().member
        ReminderChoice.objects.create(member=member, kind="survey", ahead=[])
    survey = make_survey(program, olga, "scale")
    assert open_survey(survey, olga) == 1
    assert letters(northwind) == []
    with inside(northwind):
        assert SurveyInvitation.objects.count() == 1
