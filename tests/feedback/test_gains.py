"""What people gained, before and after; told of five people or more who were asked both times."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Member
from feedback.averaging import Pair, chunks_of, gain_of
from feedback.models import Survey, SurveyInvitation
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
    other = make_program(northwind, olga, format="reverse")
    for number in range(5, 9):
        finish_with_goal(other, number, 1, ended_at=NOON)
    with inside(northwind):
        formats, everybody = gains_by_format(list(Program.objects.launched().order_by("pk")))
    # Four of the reverse programme count nowhere, so the total doesn't tell of them.
    assert [(each.key, each.programs, each.gains.goals and each.gains.goals.people) for each in formats] == [
        ("traditional", 1, 5),
        ("reverse", 1, None),
    ]
    assert (everybody.gains.goals.people, everybody.gains.goals.after) == (5, 0.5)
    assert everybody.gains.skills is None
    assert everybody.recommending is None


def ask_to_recommend(program, olga, values, *, opened_at=NOON):
    survey = make_survey(program, olga, "nps")
    open_survey(survey, olga)
    with inside(program.organisation):
        Survey.objects.filter(pk=survey.pk).update(opened_at=opened_at)
    for invitation, value in zip(invitations(survey), values, strict=True):
        if value is not None:
            give(survey, invitation, value)
    return survey


def recommending_by_format(organisation):
    with inside(organisation):
        formats, everybody = gains_by_format(list(Program.objects.launched().order_by("pk")))
    return {each.key: seen_score(each.recommending) for each in [*formats, everybody]}


def seen_score(score):
    return score and (round(score.value, 2), round(score.lower, 2), round(score.upper, 2), score.people)


def test_recommending_by_format_only_what_is_told_of_each_programme(northwind, program, olga):
    second, other = (make_program(northwind, olga, format=each) for each in ("traditional", "reverse"))
    for each, first, people in ((program, 1, 5), (second, 11, 6), (other, 21, 4)):
        enrol(each, first=first, mentees=people)
    ask_to_recommend(program, olga, [10, 9, 8, 7, 3])
    # The sixth of the second counts once four more have answered.
    ask_to_recommend(second, olga, [9, 9, 9, 6, 8, None])
    ask_to_recommend(other, olga, [0, 0, 0, 0])
    # (2 − 1 + 3 − 1) / 10; Wilson's bounds of a share of 0.65 among 10 are 0.3537 and 0.8631.
    assert recommending_by_format(northwind) == {
        "traditional": (0.3, -0.29, 0.73, 10),
        "reverse": None,
        "": (0.3, -0.29, 0.73, 10),
    }


def test_of_each_programme_the_last_survey_of_which_it_is_told_counts(northwind, program, olga):
    enrol(program, mentees=6)
    ask_to_recommend(program, olga, [10, 9, 8, 7, 3, None], opened_at=NOON - timedelta(days=60))
    ask_to_recommend(program, olga, [0, 0, 0, 0, None, None], opened_at=NOON)
    assert recommending_by_format(northwind)[""][::3] == (0.2, 5)
    ask_to_recommend(program, olga, [10, 10, 10, 6, 10, None], opened_at=NOON - timedelta(days=1))
    assert recommending_by_format(northwind)[""][::3] == (0.6, 5)


def test_all_who_recommend_it_are_told_as_if_one_were_of_two_minds(northwind, program, olga):
    enrol(program, mentees=5)
    ask_to_recommend(program, olga, [10, 10, 10, 10, 10])
    assert recommending_by_format(northwind)["traditional"][::3] == (0.8, 5)


def test_the_page_shows_recommending_beside_skills_and_goals(client, northwind, program, olga):
    with inside(northwind):
        Member.objects.filter(pk=olga.pk).update(is_hr=True)
    enrol(program, mentees=5)
    ask_to_recommend(program, olga, [10, 9, 8, 7, 3])
    client.force_login(olga.user)
    content = " ".join(client.get(reverse("feedback:gains", kwargs={"org": "northwind"})).content.decode().split())
    assert content.count('<strong class="tabular-nums">20</strong>') == 2


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
