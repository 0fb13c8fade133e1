"""Who is asked when, who is reminded, and when a survey closes by itself."""

from datetime import date, datetime, timedelta

import pytest

from feedback.models import Survey, SurveyInvitation
from feedback.surveying import building, sending
from mentoring.outbox.models import Message
from programs.models import Enrolment, Mentorship, MentorshipEvent, Program
from programs.services import copy_program, launch, save_draft, start_draft
from programs.services.lifelines import pause, resume
from programs.services.resting import pause_program, resume_program
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


def turn(mentorship, kind, at):
    MentorshipEvent.objects.create(mentorship=mentorship, kind=kind, at=at)


def test_the_middle_does_not_count_the_time_of_rest(northwind, program, ines, tom):
    mentorship = make_mentorship(ines, tom, program=program, started_at=NOON, planned_end=TODAY + 100 * DAY)
    with inside(northwind):
        turn(mentorship, "paused", NOON + 10 * DAY)
        turn(mentorship, "resumed", NOON + 30 * DAY)
        # 80 days without the rest; 40 of them lie behind on the sixtieth.
        assert sending.half_way(mentorship) == TODAY + 60 * DAY
    other = make_mentorship(
        ines, make_member(northwind, "Uma"), program=program, started_at=NOON, planned_end=TODAY + 100 * DAY
    )
    with inside(northwind):
        turn(other, "paused", NOON + 45 * DAY)
        turn(other, "resumed", NOON + 75 * DAY)
        # 45 and 10 days of rest make it 45 behind and 45 ahead.
        assert sending.half_way(other) == TODAY + 55 * DAY


def test_who_rests_half_way_is_asked_once_it_goes_on(northwind, program, olga, ines, tom, clock):
    survey = make_survey(program, olga, "scale", moment="middle")
    open_survey(survey, olga)
    mentorship = make_mentorship(ines, tom, program=program, started_at=NOON, planned_end=TODAY + 100 * DAY)
    clock.move_to(NOON + 45 * DAY)
    with inside(northwind):
        pause(mentorship, until=None, by=ines)
    for days in (50, 56, 80, 89):
        clock.move_to(NOON + days * DAY)
        assert night(northwind, days=days)[0] == 0
    with inside(northwind):
        resume(Mentorship.objects.get(pk=mentorship.pk), by=ines)
    # A month after its middle, but no day of it went by in which it ran.
    clock.move_to(NOON + 90 * DAY)
    assert night(northwind, days=90)[0] == 2
    assert asked(survey) == ["Ines", "Tom"]
    assert night(northwind, days=91)[0] == 0


def test_who_ran_for_two_weeks_after_the_middle_is_not_asked(northwind, program, olga, ines, tom):
    survey = make_survey(program, olga, "scale", moment="middle")
    make_mentorship(ines, tom, program=program, started_at=NOON, planned_end=TODAY + 100 * DAY)
    open_survey(survey, olga)
    assert night(northwind, days=64)[0] == 0
    assert night(northwind, days=63)[0] == 2


def test_what_came_while_the_whole_programme_rested_is_asked_when_it_goes_on(
    northwind, program, olga, ines, tom, clock
):
    middle = make_survey(program, olga, "scale", moment="middle")
    day = make_survey(program, olga, "scale", day=TODAY + 45 * DAY, answer_days=5)
    for survey in (middle, day):
        open_survey(survey, olga)
    make_mentorship(ines, tom, program=program, started_at=NOON, planned_end=TODAY + 100 * DAY)
    clock.move_to(NOON + 40 * DAY)
    with inside(northwind):
        pause_program(program, by=olga)
    clock.move_to(NOON + 80 * DAY)
    assert night(northwind, days=80)[0] == 0
    with inside(northwind):
        resume_program(program, by=olga)
        assert Survey.objects.get(pk=day.pk).status == "open"
    assert asked(middle) == ["Ines", "Tom"]
    assert asked(day) == ["Ines", "Tom"]


def launched(northwind, olga):
    with inside(northwind):
        draft = start_draft(format="traditional", by=olga)
        save_draft(draft, by=olga, name="Pairs")
        return launch(draft, by=olga)


def test_a_launch_prepares_the_surveys_of_the_format(northwind, olga, ines, tom):
    program = launched(northwind, olga)
    with inside(northwind):
        surveys = {each.moment: each for each in Survey.objects.filter(program=program)}
        assert {moment: (each.status, each.sends_itself) for moment, each in surveys.items()} == {
            "start": ("draft", True), "middle": ("draft", True), "end": ("draft", True),
        }  # fmt: skip
        assert surveys["end"].questions.count() == 5
        # Until it is sent, it can be changed and thrown away.
        building.add_question(surveys["start"], by=olga, text="One more?", kind="scale")
        building.remove_survey(surveys["middle"], by=olga)
    mentorship = make_mentorship(ines, tom, program=program, started_at=NOON)
    with inside(northwind):
        mentorship_started.send(Mentorship, mentorship=mentorship)
        start = Survey.objects.get(pk=surveys["start"].pk)
        assert (start.status, start.opened_at, start.questions.count()) == ("open", NOON, 5)
    assert asked(start) == ["Ines", "Tom"]
    assert night(northwind)[0] == 0


def test_what_is_held_back_waits_to_be_opened(northwind, olga, ines, tom):
    program = launched(northwind, olga)
    with inside(northwind):
        start = Survey.objects.get(program=program, moment="start")
        building.send_by_itself(start, wanted=False, by=olga)
    make_mentorship(ines, tom, program=program, started_at=NOON)
    assert night(northwind)[0] == 0
    assert open_survey(start, olga) == 2


def test_a_programme_launched_as_of_an_earlier_day_asks_nobody_unawares(northwind, olga):
    with inside(northwind):
        draft = start_draft(format="traditional", by=olga)
        save_draft(draft, by=olga, name="Pairs")
        launch(draft, by=olga, at=NOON - 30 * DAY)
        assert not Survey.objects.exists()


def test_a_copy_carries_its_surveys_and_is_given_no_others(northwind, olga):
    program = launched(northwind, olga)
    with inside(northwind):
        Survey.objects.filter(program=program).exclude(moment="end").delete()
        end = Survey.objects.get(program=program)
        building.change_survey(end, by=olga, name="How was it?")
        copy = copy_program(program, by=olga)
        assert [(each.name, each.sends_itself) for each in Survey.objects.filter(program=copy)] == [
            ("How was it?", False)
        ]
        launch(copy, by=olga)
        assert [(each.name, each.sends_itself) for each in Survey.objects.filter(program=copy)] == [
            ("How was it?", True)
        ]


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
