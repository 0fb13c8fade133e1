"""Scores of surveys, recommending and gains in a programme's report, beside other programmes, and in its files."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Skill
from feedback.models import Survey, SurveyAnswer, SurveyInvitation, SurveyQuestion
from programs.models import Enrolment, Goal, Mentorship, Program
from reports.exports_programs import document_of
from reports.exports_tables import as_csv
from reports.program_figures import figures_for, figures_for_each
from tests.people import inside

from .conftest import NOON, enrol, make_people, make_program, pair

USEFUL = "How useful are your meetings?"
RECOMMEND = "Would you recommend it?"


def survey_of(program, *, answers, asked, moment="end", name="At the end"):
    """A survey asked of so many mentees; each answer is (useful, recommend), all counted in one block."""
    mentees = enrol(program, make_people(program.organisation, asked), "mentee")
    with inside(program.organisation):
        survey = Survey.objects.create(program=program, name=name, moment=moment, status="open", opened_at=NOON)
        useful = SurveyQuestion.objects.create(survey=survey, text=USEFUL, kind="scale")
        recommend = SurveyQuestion.objects.create(survey=survey, text=RECOMMEND, kind="nps", position=1)
        words = SurveyQuestion.objects.create(survey=survey, text="In your words?", kind="text", position=2)
        closes_at = NOON + timedelta(days=14)
        invitations = SurveyInvitation.objects.bulk_create(
            SurveyInvitation(
                survey=survey, enrolment=each, closes_at=closes_at,
                answered_at=NOON if number < len(answers) else None,
            )
            for number, each in enumerate(mentees)
        )  # fmt: skip
        for invitation, (score, likely) in zip(invitations, answers, strict=False):
            for question, value in ((useful, score), (recommend, likely), (words, "=SECRET()")):
                SurveyAnswer.objects.create(
                    invitation=invitation, question=question, value=value, block=1 if len(answers) >= 5 else None
                )
    return survey


SIX = [(5, 10), (4, 9), (4, 9), (3, 8), (4, 7), (4, 3)]


def read(program, *, exact=True):
    with inside(program.organisation):
        return {each.name: each for each in figures_for(Program.objects.get(pk=program.pk), exact=exact).figures}


def test_scores_stand_with_their_bounds_their_n_and_the_response_rate(northwind):
    program = make_program(northwind)
    survey_of(program, answers=SIX, asked=8)
    found = read(program)
    rate = found["At the end: response rate"]
    assert (rate.text, rate.of, rate.bounds) == ("75%", "6 of 8 asked", (41, 93))
    useful = found[f"At the end: {USEFUL}"]
    # Wilson's bounds of (4 − 1) / 4 of 6 people.
    assert (useful.text, useful.bounds, useful.people, useful.rate) == ("4 of 5", (2.5, 4.8), 6, 75)
    assert useful.basis == "95% interval 2.5 to 4.8; n = 6; 75% of those asked have answered"
    recommend = found[f"At the end: {RECOMMEND}"]
    # Three of 9 and more, one of 0 to 6: two of six.
    assert (recommend.text, recommend.bounds, recommend.people) == ("33 points", (-40, 81), 6)
    assert "In your words?" not in str(found)


def test_fewer_than_five_are_not_told(northwind):
    program = make_program(northwind)
    survey_of(program, answers=SIX[:4], asked=4)
    found = read(program)
    for name in (f"At the end: {USEFUL}", f"At the end: {RECOMMEND}"):
        assert (found[name].value, found[name].bounds, found[name].people) == (None, None, None)
        assert found[name].text == "shown once five people have answered"
    assert found["At the end: response rate"].text == "100%"
    # Readers of rounded reports aren't told either who of four has answered.
    assert read(program, exact=False)["At the end: response rate"].text == "fewer than 5"


def test_a_draft_says_nothing(northwind):
    program = make_program(northwind)
    survey = survey_of(program, answers=SIX, asked=6)
    with inside(northwind):
        Survey.objects.filter(pk=survey.pk).update(status="draft")
    assert not [name for name in read(program) if name.startswith("At the end")]


def test_the_same_question_of_another_programme_stands_beside_it(client, adam, northwind):
    first, second = make_program(northwind, "First"), make_program(northwind, "Second")
    survey_of(first, answers=SIX, asked=8)
    survey_of(second, answers=SIX[:5], asked=5, name="Closing")
    client.force_login(adam.user)
    page = client.get(f"/o/northwind/reports/programmes/compare/?p={first.pk}&p={second.pk}")
    lines = {
        figure.key: [each.text if each else "–" for _of, each in found]
        for _section, rows in page.context["sections"]
        for figure, found in rows
    }
    assert lines[f"survey:end:1:scale:{USEFUL}"] == ["4 of 5", "4 of 5"]
    assert lines[f"survey:end:1:nps:{RECOMMEND}"] == ["33 points", "60 points"]
    assert lines["survey:end:1"] == ["75%", "100%"]
    content = page.content.decode()
    assert "n = 6; 75% of those asked have answered" in content
    assert "SECRET" not in content


def test_the_page_shows_bounds_beside_each_score(client, adam, northwind):
    program = make_program(northwind)
    survey_of(program, answers=SIX, asked=8)
    client.force_login(adam.user)
    content = client.get(f"/o/northwind/reports/programmes/{program.pk}/").content.decode()
    assert "(2.5 to 4.8, n = 6)" in content
    assert f"/o/northwind/programmes/{program.pk}/surveys/" in content


def test_the_file_has_columns_for_them_and_no_word_that_was_written(northwind):
    program = make_program(northwind)
    survey_of(program, answers=SIX, asked=8)
    with inside(northwind):
        text = as_csv(document_of(northwind, figures_for_each([program], exact=True))).decode("utf-8-sig")
    rows = {row[2]: row for row in csv.reader(io.StringIO(text))}
    assert rows["Figure"][3:9] == ["Value", "Unit", "Lower (95%)", "Upper (95%)", "n", "Answered, %"]
    assert rows[f"At the end: {USEFUL}"][3:9] == ["4.0", "of 5", "2.5", "4.8", "6", "75"]
    # A number stays a number, though it is negative.
    assert rows[f"At the end: {RECOMMEND}"][3:9] == ["33", "points", "-40", "81", "6", "75"]
    assert "SECRET" not in text


def test_gains_stand_with_their_bounds(northwind):
    program = make_program(northwind)
    mentors = enrol(program, make_people(northwind, 5), "mentor")
    mentees = enrol(program, make_people(northwind, 5), "mentee")
    with inside(northwind):
        skill = Skill.objects.create(name="Python", key="python")
    mentorships = [
        pair(program, mentor, mentee, status="completed", ended_at=NOON)
        for mentor, mentee in zip(mentors, mentees, strict=True)
    ]
    with inside(northwind):
        for moment, levels in (("start", (2, 2, 3, 2, 1)), ("end", (4, 3, 4, 3, 3))):
            survey = Survey.objects.create(program=program, name=moment, moment=moment, status="open", opened_at=NOON)
            question = SurveyQuestion.objects.create(survey=survey, text="Skills?", kind="skills")
            for mentee, mentorship, level in zip(mentees, mentorships, levels, strict=True):
                invitation = SurveyInvitation.objects.create(
                    survey=survey, enrolment=mentee, mentorship=mentorship, closes_at=NOON, answered_at=NOON,
                    counted_at=NOON,
                )  # fmt: skip
                SurveyAnswer.objects.create(invitation=invitation, question=question, value={str(skill.pk): level})
        for mentee, mentorship, now in zip(mentees, mentorships, (0, 2, 4, 4, 4), strict=True):
            owner = Enrolment.objects.select_related("member").get(pk=mentee.pk).member
            goal = Goal.objects.create(
                mentorship=mentorship, owner=owner, text="Talk", baseline=0, target=4, made_by=owner
            )
            goal.progress.create(by=owner, value=now)
    found = read(program)
    skills, goals = found["Skills: what has changed"], found["Goals: how much of the way"]
    # From 2.0 to 3.4; the differences 2, 1, 1, 1, 2 are 1.4 on average, with a deviation of 0.55.
    assert (skills.text, skills.of, skills.people) == ("+1.4", "from 2.0 to 3.4", 5)
    assert skills.bounds == (0.6, 2.2)
    assert (goals.text, goals.people) == ("70%", 5)
    assert goals.bounds is not None


@pytest.fixture
def busy(northwind):
    """Two programmes with everything that a report tells of."""
    programs = [make_program(northwind, name) for name in ("First", "Second")]
    for program in programs:
        mentor, mentee = (enrol(program, make_people(northwind, 1), role)[0] for role in ("mentor", "mentee"))
        pair(program, mentor, mentee)
        for moment in ("start", "middle", "end"):
            survey_of(program, answers=SIX, asked=6, moment=moment, name=moment)
    return programs


def test_as_many_queries_for_two_programmes_as_for_one(northwind, busy):
    counts = []
    for programs in (busy[:1], busy):
        with inside(northwind), CaptureQueriesContext(connection) as queries:
            read_of = [Program.objects.get(pk=each.pk) for each in programs]
            figures_for_each(read_of, exact=True)
        counts.append(len(queries) - len(programs))
    assert counts[0] == counts[1]


def test_the_pages_cost_thirty_queries_at_most(client, adam, northwind, busy):
    client.force_login(adam.user)
    for path in (f"{busy[0].pk}/", f"compare/?p={busy[0].pk}&p={busy[1].pk}"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/o/northwind/reports/programmes/{path}").status_code == 200
        assert len(queries) <= 30, path
    with inside(northwind):
        assert Mentorship.objects.count() == 2
