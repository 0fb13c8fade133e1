import json
import time
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member, Spell
from matching.criteria import NothingCounts, asked_of
from matching.freezing import freeze, thaw
from matching.gathering import free_places, gather, mentees_in, scorer_of
from matching.models import Avoidance, Declaration, PairRule, StatedChoice
from matching.scoring import Rule
from matching.services.pairs import components_of, explainer_of
from programs.models import Answer, Enrolment, EnrolmentSkill, Question
from tests.matching.cast import enrol, load_sample, make_program
from tests.people import inside, make_member, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def org():
    return make_organisation()


@pytest.fixture
def program(org):
    return make_program(org)


def member(org, name, **fields):
    return make_member(org, name, login=False, **fields)


def set_criteria(program, **parts):
    program.criteria = {**program.criteria, **parts}
    with inside(program.organisation):
        program.save(update_fields=["criteria"])


def gathered(program, **options):
    with inside(program.organisation):
        return gather(program, **options)


# What people said.


def test_how_well_a_mentor_knows_a_skill_counts_and_silence_counts_in_full(org, program):
    enrol(program, member(org, "Theo"), "mentee", skills=["Python"])
    mentor = enrol(program, member(org, "Maya"), "mentor", skills=["Python", "SQL", "Law", "Art"])
    with inside(org):
        for name, level in (("Python", 1), ("SQL", 2), ("Law", 3)):
            EnrolmentSkill.objects.filter(enrolment=mentor, skill__name=name).update(level=level)
    found = gathered(program)
    offered = dict(zip(found.skills, found.mentors.skills[0].tolist(), strict=True))
    assert offered == {"Python": 0.5, "SQL": 0.75, "Law": 1, "Art": 1}


def test_goals_are_words_and_what_a_mentor_offers_is_among_theirs(org, program):
    enrol(program, member(org, "Theo"), "mentee", goal="Leading teams with AI", skills=["Law"])
    enrol(program, member(org, "Maya"), "mentor", goal="I help to lead", skills=["Team building"])
    found = gathered(program)
    assert found.mentees.goals[0] == {"lead", "team", "ai"}
    assert found.mentors.goals[0] == {"lead", "team", "build"}
    assert found.names["word:ai"] == "AI"


def test_interests_and_working_style_are_unknown_until_they_are_given(org, program):
    enrol(program, member(org, "Theo"), "mentee", interests=["Road cycling", "Chess"], working_style=[1, 2, 3, 4, 5])
    enrol(program, member(org, "Uma"), "mentee", interests=None, working_style=None)
    enrol(program, member(org, "Vic"), "mentee", working_style=[1, 2, 9])
    found = gathered(program)
    assert found.mentees.interests.tolist() == [{"cycl road", "chess"}, frozenset(), frozenset()]
    assert found.names["interest:cycl road"] == "Road cycling"
    assert found.mentees.style[0].tolist() == [1, 2, 3, 4, 5]
    assert np.isnan(found.mentees.style[1:]).all()


@time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC))
def test_years_here_are_those_of_all_employments_without_the_breaks(org, program):
    there_and_back = member(org, "Theo", hired_on=date(2020, 1, 1), left_on=None)
    with inside(org):
        Spell.objects.filter(member=there_and_back).update(ended_on=date(2021, 6, 30))
        Spell.objects.create(member=there_and_back, started_on=date(2026, 5, 22))
        unknown = Member.objects.create(given_name="Uma", time_zone="UTC")
        fresh = Member.objects.create(given_name="Vic", time_zone="UTC", hired_on=date(2026, 10, 23))
    for each in (there_and_back, unknown, fresh):
        enrol(program, each, "mentee")
    tenure = gathered(program).mentees.tenure.tolist()
    assert tenure[0] == 2.0
    assert np.isnan(tenure[1])
    assert tenure[2] == 0.0


def test_questions_that_count_are_read_as_their_kind_asks(org, program):
    theo, maya = enrol(program, member(org, "Theo"), "mentee"), enrol(program, member(org, "Maya"), "mentor")
    with inside(org):
        kinds = {"text": "Leading teams", "choices": ["a", "b"], "scale": 4, "choice": "", "long_text": None}
        questions = {kind: Question.objects.create(program=program, text=f"{kind}?", kind=kind) for kind in kinds}
        for kind, value in kinds.items():
            if value is not None:
                Answer.objects.create(enrolment=theo, question=questions[kind], value=value)
        Answer.objects.create(enrolment=maya, question=questions["scale"], value="5")
        other = Question.objects.create(program=program, text="Not counted")
        Answer.objects.create(enrolment=theo, question=other, value="x")
    counted = [{"question": each.pk, "compare": "close", "weight": 1} for each in questions.values()]
    set_criteria(program, questions=counted)
    found = gathered(program)
    code = {kind: f"question:{each.pk}" for kind, each in questions.items()}
    assert {kind: found.mentees.answers[code[kind]][0] for kind in kinds} == {
        "text": {"lead", "team"},
        "choices": {"a", "b"},
        "scale": {"4"},
        "choice": frozenset(),
        "long_text": frozenset(),
    }
    assert f"question:{other.pk}" not in found.mentees.answers
    with inside(org):
        scorer = scorer_of(program, found)
        pairs = scorer.pairs([theo.pk], [maya.pk]).candidates
        assert components_of(pairs, scorer.criteria)[0][code["scale"]] == 0.75
        (reasons,) = explainer_of(scorer, found).reasons(pairs)
    assert "Close answers to “scale?”" in [reason.sentence for reason in reasons]


def test_choices_are_kept_by_rank_for_both_sides(org, program):
    theo, maya = enrol(program, member(org, "Theo"), "mentee"), enrol(program, member(org, "Maya"), "mentor")
    noor = enrol(program, member(org, "Noor"), "mentor")
    with inside(org):
        StatedChoice.objects.create(enrolment=theo, chosen=noor, rank=1)
        StatedChoice.objects.create(enrolment=theo, chosen=maya, rank=2)
        StatedChoice.objects.create(enrolment=maya, chosen=theo, rank=1)
    found = gathered(program)
    assert found.mentees.choices.tolist() == [{noor.pk: 1, maya.pk: 2}]
    assert found.mentors.choices.tolist() == [{theo.pk: 1}, {}]


# Rules about pairs.


def test_pairs_ruled_out_forbid_and_pairs_wanted_are_handed_on(org, program):
    theo, uma = enrol(program, member(org, "Theo"), "mentee"), enrol(program, member(org, "Uma"), "mentee")
    maya, noor = enrol(program, member(org, "Maya"), "mentor"), enrol(program, member(org, "Noor"), "mentor")
    with inside(org):
        PairRule.objects.create(program=program, mentee=theo, mentor=maya, kind="must")
        PairRule.objects.create(program=program, mentee=theo, mentor=noor, kind="must_not")
        # It is the mentor who said so.
        Avoidance.objects.create(member=maya.member, avoided=uma.member)
        found = gather(program)
        assert found.must == [(theo.pk, maya.pk)]
        blocked = scorer_of(program, found).block(0, 2).blocked.tolist()
    assert blocked == [[0, Rule.MUST_NOT.bit], [Rule.AVOIDED.bit, 0]]


def test_somebody_who_left_the_programme_takes_their_pairs_along(org, program):
    theo, maya = enrol(program, member(org, "Theo"), "mentee"), enrol(program, member(org, "Maya"), "mentor")
    with inside(org):
        PairRule.objects.create(program=program, mentee=theo, mentor=maya, kind="must")
        Enrolment.objects.filter(pk=theo.pk).update(status="withdrawn")
    assert gathered(program).must == []


# Places.


def test_who_is_on_a_break_has_no_place(org, program):
    maya = enrol(program, member(org, "Maya"), "mentor", capacity=3, paused_at=datetime(2026, 11, 1, tzinfo=UTC))
    found = gathered(program)
    assert (found.capacity, found.capacity_by_people, found.paused) == ({maya.pk: 0}, {maya.pk: 0}, {maya.pk: 3})


def test_hours_a_month_limit_places_where_the_programme_says_so(org, program):
    # An hour every other week: two hours a month for each mentee.
    maya = enrol(program, member(org, "Maya"), "mentor", capacity=3, hours_per_month=5)
    noor = enrol(program, member(org, "Noor"), "mentor", capacity=3)
    assert gathered(program).capacity == {maya.pk: 3, noor.pk: 3}
    set_criteria(program, rules={**program.criteria["rules"], "hours_capacity": True})
    found = gathered(program)
    assert found.capacity == {maya.pk: 2, noor.pk: 3}
    assert found.capacity_by_people == {maya.pk: 3, noor.pk: 3}
    with inside(org):
        assert free_places(program).capacity == found.capacity


@pytest.mark.parametrize(
    ("length", "rhythm", "hours", "mentees"),
    [
        (timedelta(hours=1), timedelta(weeks=1), 4, 1),
        (timedelta(hours=1), timedelta(weeks=1), 3, 0),
        (timedelta(minutes=30), timedelta(weeks=2), 3, 3),
        (timedelta(minutes=20), timedelta(weeks=4), 1, 3),
        (timedelta(hours=1), timedelta(0), 4, None),
        (timedelta(hours=1), timedelta(weeks=1), None, None),
    ],
)
def test_how_many_mentees_some_hours_are_enough_for(program, length, rhythm, hours, mentees):
    program.session_length, program.rhythm = length, rhythm
    assert mentees_in(program, hours) == mentees


def test_rankings_and_skills_are_compared_by_what_they_have_in_common(org, program):
    theo, maya = enrol(program, member(org, "Theo"), "mentee"), enrol(program, member(org, "Maya"), "mentor")
    given = {
        "order": ("ranking", ["A", "B", "C"], ["A", "C", "B"], "close"),
        "first": ("ranking", ["A", "B", "C"], ["A", "C", "B"], "equal"),
        "skills": ("skills", [["Go", 1], ["Python", 2]], [["go", 3]], "in"),
    }
    with inside(org):
        questions = {
            name: Question.objects.create(program=program, text=name, kind=kind, options=["A", "B", "C"])
            for name, (kind, _mine, _theirs, _compare) in given.items()
        }
        for name, (_kind, mine, theirs, _compare) in given.items():
            Answer.objects.create(enrolment=theo, question=questions[name], value=mine)
            Answer.objects.create(enrolment=maya, question=questions[name], value=theirs)
    counted = [
        {"question": questions[name].pk, "compare": compare, "weight": 1}
        for name, (_kind, _mine, _theirs, compare) in given.items()
    ]
    set_criteria(program, questions=counted)
    found = gathered(program)
    with inside(org):
        scorer = scorer_of(program, found)
        components = scorer.pairs([theo.pk], [maya.pk]).candidates.components[0].tolist()
    value = {each.code: component for each, component in zip(scorer.criteria, components, strict=True)}
    # Of A before B, A before C and B before C, two are true for both; A is first for both; one of two skills is shared.
    assert value[f"question:{questions['order'].pk}"] == pytest.approx(2 / 3)
    assert value[f"question:{questions['first'].pk}"] == 1
    assert value[f"question:{questions['skills'].pk}"] == 0.5


def test_an_answer_to_an_earlier_version_counts_until_there_is_a_newer_one(org, program):
    theo, maya = enrol(program, member(org, "Theo"), "mentee"), enrol(program, member(org, "Maya"), "mentor")
    with inside(org):
        other = Question.objects.create(program=program, text="Where?", kind="text")
        old = Question.objects.create(program=program, text="Where?", kind="choice", options=["a", "b"])
        new = Question.objects.create(
            program=program, text="Where now?", kind="choice", options=["a", "b"], version=3, earlier=[old.pk, other.pk]
        )
        for enrolment, question, value in ((theo, old, "a"), (maya, old, "a"), (maya, new, "b"), (theo, other, "c")):
            Answer.objects.create(enrolment=enrolment, question=question, value=value)
    set_criteria(program, questions=[{"question": new.pk, "compare": "equal", "weight": 1}])
    found = gathered(program)
    assert found.mentees.answers[f"question:{new.pk}"][0] == {"a"}
    assert found.mentors.answers[f"question:{new.pk}"][0] == {"b"}


# What a programme asks.


def test_a_question_that_is_gone_is_left_out_and_said_so(org, program):
    with inside(org):
        old = Question.objects.create(
            program=program, text="Tea or coffee?", retired_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        live = Question.objects.create(program=program, text="Where?", kind="choice", options=["a", "b"])
        asked = [{"question": pk, "compare": "equal", "weight": 2} for pk in (old.pk, live.pk, live.pk + 100)]
        program.criteria = {**program.criteria, "questions": asked}
        found = asked_of(program)
    assert [each.code for each in found.criteria if each.code.startswith("question:")] == [f"question:{live.pk}"]
    assert found.dropped == (
        "“Tea or coffee?” is no longer asked, so it was left out.",
        "A question that counted is gone, so it was left out.",
    )


def test_nothing_counts_where_only_a_question_did_that_is_gone(org, program):
    program.criteria = {"weights": {}, "questions": [{"question": 999_999, "compare": "equal", "weight": 5}]}
    with inside(org), pytest.raises(NothingCounts):
        asked_of(program)


def test_settings_and_rules_reach_the_scorer(org, program):
    program.criteria = {
        "weights": {"level": 3, "zone": 1, "tenure": 1, "style": 1, "department": 1},
        "settings": {"level_target": -2, "zone_tolerance": 5, "tenure_target": -4, "style_want": "different",
                     "department_want": "same"},
        "rules": {"same_team": True, "same_site": True, "max_zone_hours": 4, "mentor_min_tenure_months": 12},
    }  # fmt: skip
    with inside(org):
        found = asked_of(program)
    by_code = {each.code: each for each in found.criteria}
    assert (by_code["level"].target, by_code["level"].tolerance) == (-2, 3)
    assert (by_code["zone"].tolerance, by_code["tenure"].target) == (5, -4)
    assert (by_code["style"].want, by_code["department"].want, by_code["skills"].weight) == ("different", "same", 0)
    rules = found.rules
    assert (rules.same_team, rules.same_site, rules.reporting_line) == (True, True, False)
    assert (rules.max_zone_hours, rules.mentor_min_tenure_months) == (4, 12)


def test_declared_characteristics_count_where_both_declared_and_are_kept_nowhere(org, program):
    theo, maya = enrol(program, member(org, "Theo"), "mentee"), enrol(program, member(org, "Maya"), "mentor")
    noor = enrol(program, member(org, "Noor"), "mentor")
    wanted = {
        "key": "k1",
        "label": "First in the family",
        "options": ["yes", "no"],
        "why": "Role models",
        "want": "same",
    }
    set_criteria(program, weights={"level": 0}, characteristics=[{**wanted, "weight": 4}])
    with inside(org):
        Declaration.objects.create(enrolment=theo, key="k1", value="yes")
        Declaration.objects.create(enrolment=maya, key="k1", value="yes")
        Declaration.objects.create(enrolment=noor, key="another", value="yes")
        found = gather(program)
        scorer = scorer_of(program, found)
        pairs = scorer.pairs([theo.pk, theo.pk], [maya.pk, noor.pk]).candidates
        kept = json.dumps(
            [
                components_of(pairs, scorer.criteria),
                [[r.as_dict() for r in rs] for rs in explainer_of(scorer, found).reasons(pairs)],
            ]
        )
    assert pairs.scores.tolist() == [1, 0.5]
    assert "characteristic" not in kept
    assert "First in the family" not in kept


# As a whole.


def everything(program):
    """One question and one characteristic count, so that every table is read."""
    with inside(program.organisation):
        question = Question.objects.create(program=program, text="Where?", kind="choice")
    set_criteria(
        program,
        questions=[{"question": question.pk, "compare": "equal", "weight": 1}],
        characteristics=[{"key": "k1", "label": "x", "options": ["a", "b"], "why": "y", "want": "same", "weight": 1}],
        rules={**program.criteria["rules"], "hours_capacity": True},
    )


def count_queries(program):
    with (
        inside(program.organisation),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        gather(program)
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_people(org, program):
    everything(program)
    enrol(program, member(org, "Theo"), "mentee", skills=["Python"])
    enrol(program, member(org, "Maya"), "mentor", skills=["Python"])
    few = count_queries(program)
    for at in range(6):
        enrol(program, member(org, f"Tia{at}"), "mentee", skills=["Python", f"Skill {at}"], goal=f"goal {at}")
        enrol(program, member(org, f"Max{at}"), "mentor", skills=[f"Skill {at}"], interests=["Chess"])
    assert count_queries(program) == few <= 18


def test_nobody_of_another_organisation_is_read(org, program):
    enrol(program, member(org, "Theo"), "mentee")
    elsewhere = make_organisation(slug="elsewhere")
    theirs = make_program(elsewhere)
    maya, tom = member(elsewhere, "Maya"), member(elsewhere, "Tom")
    there = enrol(theirs, maya, "mentor"), enrol(theirs, tom, "mentee")
    with inside(elsewhere):
        Avoidance.objects.create(member=maya, avoided=tom)
        PairRule.objects.create(program=theirs, mentee=there[1], mentor=there[0], kind="must")
    found = gathered(program)
    assert (len(found.mentees), len(found.mentors), found.must, found.avoided) == (1, 0, [], [])


def test_what_was_gathered_can_be_frozen(org, program):
    everything(program)
    enrol(program, member(org, "Theo"), "mentee", goal="Lead", interests=["Chess"], skills=["Python"])
    enrol(program, member(org, "Maya"), "mentor", goal="Lead", interests=["chess"], skills=["Python"])
    found = gathered(program)
    again = thaw(freeze(found))
    with inside(org):
        scores = [scorer_of(program, each).block(0, 1).scores.tolist() for each in (found, again)]
    assert scores[0] == scores[1]


def test_the_sample_is_gathered_in_a_moment(org):
    program = load_sample(org)
    everything(program)
    with inside(org):
        gather(program)
        took = []
        for _ in range(3):
            began = time.process_time()
            found = gather(program)
            took.append(time.process_time() - began)
    assert (len(found.mentees), len(found.mentors)) == (320, 110)
    assert min(took) < 0.3
