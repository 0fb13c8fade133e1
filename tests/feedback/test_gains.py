"""What people gained, before and after; told of five people or more who were asked both times."""

from datetime import timedelta
from decimal import Decimal

import pytest

from feedback.averaging import Pair, chunks_of, gain_of
from feedback.models import SurveyInvitation
from feedback.surveying.gains import gains_by_format, gains_of
from programs.models import Goal, GoalProgress, Mentorship, Program
from tests.people import inside, make_member, make_mentorship

from .surveys import NOON, enrol, give, invitations, make_program, make_skill, make_survey, open_survey


@pytest.fixture
def program(northwind, olga):
    return make_program(northwind, olga)


def gains(program):
    with inside(program.organisation):
        return gains_of(program)


def seen(gain):
    return gain and tuple(
        round(each, 2) for each in (gain.before, gain.after, gain.gain, gain.lower, gain.upper, gain.people)
    )


def ask_both_times(program, olga, people, before, after):
    """Surveys with skills at the start and at the end, both about the programme as a whole."""
    skill = make_skill(program.organisation)
    enrol(program, mentees=people, skill=skill)
    for moment, values in (("start", before), ("end", after)):
        survey = make_survey(program, olga, "skills", moment=moment)
        open_survey(survey, olga)
        with inside(program.organisation):
            for enrolment in program.enrolments.order_by("pk"):
                SurveyInvitation.objects.create(
                    survey=survey, enrolment=enrolment, closes_at=NOON + timedelta(days=14), sent_at=NOON
                )
        for invitation, value in zip(invitations(survey), values, strict=True):
            if value is not None:
                give(survey, invitation, {str(skill.pk): value})


def test_of_five_who_said_it_both_times(program, olga):
    ask_both_times(program, olga, 5, [2, 3, 2, 3, 2], [4, 4, 3, 5, 3])
    # Means 2.4 and 3.8; differences 2, 1, 1, 2, 1: mean 1.4, deviation 0.548, times 2.776 / √5: 0.68.
    # The ends, 0.72 and 2.08, go out to fifths.
    assert seen(gains(program).skills) == (2.4, 3.8, 1.4, 0.6, 2.2, 5)


def test_four_are_too_few_although_five_began(program, olga):
    ask_both_times(program, olga, 6, [2, 3, 2, 3, 2, 3], [4, 4, 3, 5, None, None])
    assert gains(program).skills is None


def test_all_alike_is_not_told(program, olga):
    ask_both_times(program, olga, 5, [1, 1, 1, 1, 1], [5, 5, 5, 5, 5])
    # As if one had begun a step higher, and one had ended a step lower.
    assert seen(gains(program).skills)[:3] == (1.2, 4.8, 3.6)


def finish_with_goal(program, number, share, *, ended_at):
    mentor, mentee = (make_member(program.organisation, f"{name}{number}", login=False) for name in ("Max", "Mia"))
    mentorship = make_mentorship(mentor, mentee, program=program, status="completed", ended_at=ended_at)
    with inside(program.organisation):
        goal = Goal.objects.create(
            mentorship=mentorship, owner=mentee, text="Talks", measure="Number", baseline=Decimal(2), target=Decimal(12)
        )
        GoalProgress.objects.create(goal=goal, by=mentee, value=Decimal(2 + 10 * share))


def test_goals_of_mentorships_that_are_over(northwind, program):
    for number, share in enumerate([0.5, 1, 0.2, 0.8]):
        finish_with_goal(program, number, share, ended_at=NOON - timedelta(days=9 - number))
    assert gains(program).goals is None
    finish_with_goal(program, 4, 0.5, ended_at=NOON)
    found = gains(program).goals
    # (0.5 + 1 + 0.2 + 0.8 + 0.5) / 5
    assert (found.before, round(found.after, 3), found.people) == (0.0, 0.6, 5)
    assert found.lower < 0.3 < 0.9 < found.upper
    # A sixth changes nothing: it would be told by the difference.
    finish_with_goal(program, 5, 0, ended_at=NOON + timedelta(days=1))
    assert gains(program).goals == found
    with inside(northwind):
        Mentorship.objects.update(status="active")
    assert gains(program).goals is None


def test_by_format_only_what_is_told_of_each_programme(northwind, program, olga):
    for number in range(5):
        finish_with_goal(program, number, 0.5, ended_at=NOON)
    reverse = make_program(northwind, olga, format="reverse")
    for number in range(5, 9):
        finish_with_goal(reverse, number, 1, ended_at=NOON)
    with inside(northwind):
        formats, everybody = gains_by_format(list(Program.objects.launched().order_by("pk")))
    # Four of the reverse programme count nowhere, so the total doesn't tell of them.
    assert [(each.key, each.programs, each.gains.goals and each.gains.goals.people) for each in formats] == [
        ("traditional", 1, 5),
        ("reverse", 1, None),
    ]
    assert (everybody.goals.people, everybody.goals.after) == (5, 0.5)
    assert everybody.skills is None


def test_chunks_stay_as_they_are_when_more_becomes_known():
    pairs = [Pair(at, at, 1 + at % 3, 3) for at in range(13)]
    whole = chunks_of(pairs)
    assert [len(chunk) for chunk in whole] == [5, 5]
    for known in range(5, 13):
        assert chunks_of(pairs[:known]) == whole[: len(chunks_of(pairs[:known]))]
    # Those who become known at one moment enter together.
    together = [Pair(7, person, 2, 3) for person in range(8)]
    assert [len(chunk) for chunk in chunks_of(together)] == [8]


def test_an_interval_is_never_a_point():
    gain = gain_of([[Pair(0, person, 2, 3) for person in range(5)]], lowest=1, highest=5, step=1)
    assert (gain.gain, round(gain.lower, 2), round(gain.upper, 2)) == (1.0, 0.8, 1.2)
