"""What is told of answers: written-out values, and an attacker who solves for what is not."""

import random
from math import ceil, floor, inf

import numpy as np
import pytest
from scipy.optimize import linprog

from feedback.averaging import FLOOR, Waiting, blocks_of, spread, told
from feedback.models import SurveyAnswer
from feedback.surveying.exports import results_csv
from tests.people import inside

from .surveys import close_survey, enrol, give, invitations, make_program, make_survey, open_survey, results


@pytest.fixture
def program(northwind, olga):
    return make_program(northwind, olga)


def rounded(score):
    return (
        None if score is None else (round(score.value, 2), round(score.lower, 2), round(score.upper, 2), score.people)
    )


def parts(told):
    return {part.role: rounded(part.score) for part in told.parts}


def test_nothing_is_told_of_four(program, olga):
    enrol(program, mentees=6)
    survey = make_survey(program, olga, "scale", "nps", ("choice", ["Tea", "Coffee"]), "text")
    open_survey(survey, olga)
    asked = invitations(survey)
    for each in asked[:4]:
        give(survey, each, 4, 9, "Tea", "Good")
    found = results(survey)
    assert (found.rate.answered, found.rate.asked, found.rate.percent) == (4, 6, 67)
    assert [(each.people, each.score, each.spread, each.texts) for each in found.questions] == [(0, None, None, [])] * 4
    close_survey(survey)
    assert [(each.people, each.score, each.texts) for each in results(survey).questions] == [(0, None, [])] * 4


def test_of_five_the_mean_its_bounds_and_what_they_wrote(program, olga):
    enrol(program, mentees=6)
    survey = make_survey(program, olga, "scale", "nps", "text")
    open_survey(survey, olga)
    for invitation, scale, nps, text in zip(
        invitations(survey)[:5], [5, 4, 4, 3, 2], [10, 9, 8, 7, 3], ["d", "b", "A", "c", "e"], strict=True
    ):
        give(survey, invitation, scale, nps, text)
    scale, nps, texts = results(survey).questions
    # (5 + 4 + 4 + 3 + 2) / 5, and Wilson's bounds of a share of 0.65 among 5: 0.2613 and 0.9061.
    assert rounded(scale.score) == (3.6, 2.05, 4.62, 5)
    # Two who recommend it, one who doesn't.
    assert nps.score.value == pytest.approx(0.2)
    assert texts.texts == ["A", "b", "c", "d", "e"]
    assert scale.spread is None


def test_all_alike_at_the_end_of_the_scale_is_not_told(program, olga):
    enrol(program, mentees=5)
    survey = make_survey(program, olga, "scale", "nps")
    open_survey(survey, olga)
    for each in invitations(survey):
        give(survey, each, 5, 0)
    scale, nps = results(survey).questions
    # As if one of them had said 4, and one of them 7.
    assert scale.score.value == pytest.approx(4.8)
    assert nps.score.value == pytest.approx(-0.8)
    assert told([1, 1, 1, 1, 1], lowest=1, highest=5) == 6
    assert told([1, 1, 1, 2, 1], lowest=1, highest=5) == 6
    assert told([1, 1, 2, 2, 1], lowest=1, highest=5) == 7


def test_a_small_group_is_hidden_together_with_the_one_that_would_reveal_it(program, olga):
    enrol(program, mentors=3, mentees=7)
    survey = make_survey(program, olga, "scale")
    open_survey(survey, olga)
    for each in invitations(survey):
        give(survey, each, 2 if each.enrolment.role == "mentor" else 4)
    close_survey(survey)
    (question,) = results(survey).questions
    # Three mentors and seven mentees: (3 × 2 + 7 × 4) / 10.
    assert (question.score.value, question.score.people) == (3.4, 10)
    assert parts(question) == {"mentor": None, "mentee": None}
    # Seven of seven beside ten of ten would tell of the three as well.
    assert results(survey).rate.asked == 10
    assert results(survey).rates == []


def test_response_rates_of_roles_that_are_all_large(program, olga):
    enrol(program, mentors=5, mentees=6)
    survey = make_survey(program, olga, "scale")
    open_survey(survey, olga)
    asked = invitations(survey)
    for each in [*asked[:3], *asked[5:]]:
        give(survey, each, 4)
    found = results(survey)
    assert (found.rate.answered, found.rate.asked) == (9, 11)
    assert [(role, rate.answered, rate.asked) for role, rate in found.rates] == [("mentee", 6, 6), ("mentor", 3, 5)]


def test_one_mentor_who_has_not_answered_is_not_found_by_subtraction(program, olga):
    enrol(program, mentors=1, mentees=5)
    survey = make_survey(program, olga, "scale")
    open_survey(survey, olga)
    for each in invitations(survey)[1:]:
        give(survey, each, 4)
    found = results(survey)
    assert (found.rate.answered, found.rate.asked, found.rates) == (5, 6, [])
    with inside(program.organisation):
        lines = results_csv(found).splitlines()
    assert [line for line in lines if "percent_answered" in line] == [
        ",everybody,percent_answered,83,44,97,6,2026-11-22"
    ]


def test_each_role_enters_by_fives(program, olga):
    enrol(program, mentors=6, mentees=7)
    survey = make_survey(program, olga, "scale")
    open_survey(survey, olga)
    asked = invitations(survey)
    mentors, mentees = asked[:6], asked[6:]
    for each in mentees[:5]:
        give(survey, each, 4)
    assert parts(results(survey).questions[0]) == {"mentor": None, "mentee": (4.0, 2.34, 4.79, 5)}
    for each in mentors[:5]:
        give(survey, each, 2)
    before = results(survey).questions[0]
    assert (before.score.value, before.score.people) == (3.0, 10)
    # One more of each changes nothing, open or closed: two people together are too few.
    give(survey, mentors[5], 5)
    give(survey, mentees[5], 5)
    assert results(survey).questions[0].score == before.score
    close_survey(survey)
    assert results(survey).questions[0].score == before.score


def test_what_is_left_at_the_end_enters_together(program, olga):
    enrol(program, mentors=8, mentees=8)
    survey = make_survey(program, olga, "scale")
    open_survey(survey, olga)
    for each in invitations(survey):
        give(survey, each, 3)
    assert results(survey).questions[0].score.people == 10
    close_survey(survey)
    (question,) = results(survey).questions
    assert question.score.people == 16
    assert {part.role: part.score.people for part in question.parts} == {"mentor": 5, "mentee": 5}


def test_how_often_is_told_once_it_is_closed(program, olga):
    enrol(program, mentees=20)
    survey = make_survey(
        program, olga, "scale", ("choice", ["Tea", "Coffee", "Water"]), ("choices", ["Mail", "Talks", "Books"])
    )
    open_survey(survey, olga)
    scale = [5, 4, 4, 3, 2, 5, 4, 4, 3, 2, 5, 4, 4, 3, 2, 5, 4, 4, 3, 2]
    for number, each in enumerate(invitations(survey)):
        give(
            survey,
            each,
            scale[number],
            "Tea" if number < 12 else "Coffee",
            ["Mail"] if number % 2 else ["Mail", "Talks"],
        )
    assert [each.spread for each in results(survey).questions] == [None, None, None]
    close_survey(survey)
    first, second, third = results(survey).questions
    # 0, 4, 4, 8 and 4 of twenty, to the nearest five.
    assert first.spread == [("1", 0), ("2", 5), ("3", 5), ("4", 10), ("5", 5)]
    # 12, 8 and nobody.
    assert second.spread == [("Tea", 10), ("Coffee", 10), ("Water", 0)]
    assert third.spread == [("Mail", 20), ("Talks", 10), ("Books", 0)]


def test_a_spread_that_only_one_world_explains_is_hidden():
    # Ten people, all of whom but one said 4: with the sums known, the one is known too.
    assert spread([[3, 3, 3, 3, 3], [3, 3, 3, 3, 4]], options=5, sums_told=True) is None
    assert spread([[3, 3, 3, 3, 3], [3, 3, 3, 3, 3]], options=5, sums_told=True) == [0, 0, 0, 10, 0]
    # Seven and four of eleven: one more or one less would round alike.
    assert spread([[0] * 7 + [1] * 4], options=2, sums_told=False) == [5, 5]
    # Nine is too few for a drawing.
    assert spread([[0] * 5 + [1] * 4], options=2, sums_told=False) is None


def test_blocks_share_no_answer_and_are_never_small():
    waiting = [Waiting(n, n % 9, "mentor" if n % 3 else "mentee") for n in range(30)]
    blocks = blocks_of(waiting, closing=True)
    keys = [key for block in blocks for key in block.keys]
    assert len(keys) == len(set(keys))
    # Persons 0, 3 and 6 are mentees, the other six mentors: the three are too few and take the six along.
    assert [(block.role, len(block.keys)) for block in blocks] == [("", 30)]
    assert blocks_of(waiting) == [type(blocks[0])("mentor", tuple(n for n in range(30) if n % 3))]


def test_the_file_holds_what_the_page_holds_and_no_formulas(program, olga):
    enrol(program, mentors=3, mentees=5)
    survey = make_survey(program, olga, "scale", "text")
    open_survey(survey, olga)
    for each in invitations(survey):
        give(survey, each, 4, "=HYPERLINK(1)")
    with inside(program.organisation):
        lines = results_csv(results(survey)).removeprefix("\ufeff").splitlines()
    assert lines[:5] == [
        "question,group,measure,value,interval_95_lower,interval_95_upper,people,as_of",
        ",everybody,percent_answered,100,68,100,8,2026-11-22",
        "Question 1?,everybody,mean_1_to_5,4.0,2.34,4.79,5,2026-11-22",
        "Question 1?,mentee,mean_1_to_5,hidden,hidden,hidden,hidden,2026-11-22",
        "Question 1?,mentor,mean_1_to_5,hidden,hidden,hidden,hidden,2026-11-22",
    ]
    assert lines[5] == "Question 2?,everybody,text,'=HYPERLINK(1),,,5,2026-11-22"


class Attacker:
    """Knows who answered when, sees every state of the results, and solves for what single people said."""

    def __init__(self, people):
        self.people, self.rows, self.totals = list(people), [], []
        self.index = {person: number for number, person in enumerate(self.people)}

    def learn(self, who, total, slack):
        row = np.zeros(len(self.people))
        for person in who:
            row[self.index[person]] = 1
        self.rows += [row, -row]
        self.totals += [total + slack[1], -(total - slack[0])]

    def range_of(self, who):
        """Between which bounds the sum of what these said lies."""
        cost = np.zeros(len(self.people))
        for person in who:
            cost[self.index[person]] = 1
        bounds = []
        for sign in (1, -1):
            found = linprog(
                sign * cost, A_ub=np.array(self.rows), b_ub=np.array(self.totals), bounds=(1, 5), method="highs"
            )
            assert found.success, found.message
            bounds.append(sign * found.fun)
        return bounds


def slack_of(values):
    """How much less and more the sum of a block may be than it is told: at either end of the scale one step."""
    total = told(values, lowest=1, highest=5)
    return (1 if total == len(values) + 1 else 1e-6, 1 if total == 5 * len(values) - 1 else 1e-6)


@pytest.mark.parametrize(("seed", "mentors", "mentees"), [(1, 3, 9), (2, 7, 12), (3, 12, 4), (4, 11, 11)])
def test_nobody_can_be_solved_for(program, olga, seed, mentors, mentees):
    """From every state, by every role and in total, no sum of one to four people is known better than by a whole step."""
    chance = random.Random(seed)
    enrol(program, mentors=mentors, mentees=mentees)
    survey = make_survey(program, olga, "scale")
    open_survey(survey, olga)
    asked = invitations(survey)
    role_of = {each.pk: each.enrolment.role for each in asked}
    chance.shuffle(asked)
    said, states = {}, [state_of(survey)]
    # Some leave the question out, and one never answers.
    for each in asked[1:]:
        value = None if chance.random() < 0.15 else chance.choice([1, 2, 3, 4, 4, 5, 5])
        give(survey, each, value)
        if value is not None:
            said[each.pk] = value
        states.append(state_of(survey))
    close_survey(survey)
    states.append(state_of(survey))

    attacker = Attacker(said)
    for told_now, entered, _rates in states:
        for role, score in [(None, told_now.score), *((part.role, part.score) for part in told_now.parts)]:
            if score is not None:
                chosen = [members for (_block, own), members in entered.items() if role in (None, own)]
                assert sum(map(len, chosen)) == score.answers
                slack = [slack_of([said[pk] for pk in members]) for members in chosen]
                attacker.learn(
                    [pk for members in chosen for pk in members],
                    score.value * score.answers,
                    (sum(each[0] for each in slack), sum(each[1] for each in slack)),
                )
    assert states[-1][0].score is not None
    for pk in said:
        low, high = attacker.range_of([pk])
        assert high - low >= 1, (pk, low, high)
    for *_rest, rates in states:
        answered = rates[0][1].answered
        for role in {"mentor", "mentee"}:
            size = sum(each == role for each in role_of.values())
            if size < FLOOR and 0 < answered < len(asked):
                low, high = answered_range(rates, role_of, role)
                assert high - low >= 1 - 1e-6, (role, answered, low, high)
    # Those of one role in one block, and those who never entered.
    small = {}
    for (block, _role), members in states[-1][1].items():
        for pk in members:
            small.setdefault((block, role_of[pk]), []).append(pk)
    small["left"] = [pk for pk in said if not any(pk in members for members in states[-1][1].values())]
    for who in small.values():
        if 1 <= len(who) <= 4:
            low, high = attacker.range_of(who)
            assert high - low >= 1, (who, low, high)


def answered_range(rates, role_of, wanted):
    """Between which bounds the number of those of one role who have answered lies, from every rate that is shown."""
    roles = list(role_of.values())
    shown = [[float(role in (None, each)) for each in roles] for role, _rate in rates]
    ends = []
    for sign in (1, -1):
        found = linprog(
            [sign * float(each == wanted) for each in roles],
            A_eq=np.array(shown), b_eq=[rate.answered for _role, rate in rates], bounds=(0, 1), method="highs",
        )  # fmt: skip
        assert found.success, found.message
        ends.append(sign * found.fun)
    return ends


def state_of(survey):
    """What is shown now; generously, who is in which block; and the rates, that of everybody first."""
    entered = {}
    with inside(survey.organisation):
        rows = SurveyAnswer.objects.filter(block__isnull=False).values_list("block", "block_role", "invitation_id")
        for block, role, pk in rows:
            entered.setdefault((block, role), []).append(pk)
    found = results(survey)
    return found.questions[0], entered, [(None, found.rate), *found.rates]


@pytest.mark.parametrize("seed", range(12))
def test_no_small_cell_can_be_solved_for(seed):
    """With the sums of the blocks and the rounded numbers, no count of one to four is the only one possible."""
    chance = random.Random(seed)
    blocks = [
        [chance.choice([0, 1, 2, 3, 3, 4, 4]) for _n in range(chance.randint(5, 7))] for _b in range(seed % 4 + 2)
    ]
    shown = spread(blocks, options=5, sums_told=True)
    # x[block, option]: how many of the block gave it.
    size = 5 * len(blocks)
    equal, totals, upper, limits = [], [], [], []
    for number, block in enumerate(blocks):
        there, weighed = np.zeros(size), np.zeros(size)
        there[5 * number : 5 * number + 5] = 1
        weighed[5 * number : 5 * number + 5] = range(5)
        equal += [there, weighed]
        totals += [len(block), told(block, lowest=0, highest=4)]
    # None of these sums is at an end of the scale, so the attacker knows them all.
    assert totals[1::2] == [sum(block) for block in blocks]
    for option in range(5):
        counted = np.zeros(size)
        counted[option::5] = 1
        if shown is not None:
            upper += [counted, -counted]
            limits += [shown[option] + 2, -max(0, shown[option] - 2)]
    for option in range(5):
        truth = sum(block.count(option) for block in blocks)
        if not 1 <= truth <= 4:
            continue
        cost = np.zeros(size)
        cost[option::5] = 1
        ends = []
        for sign in (1, -1):
            found = linprog(
                sign * cost, A_eq=np.array(equal), b_eq=totals, bounds=(0, inf), method="highs",
                A_ub=np.array(upper) if upper else None, b_ub=limits if upper else None,
            )  # fmt: skip
            assert found.success
            ends.append(sign * found.fun)
        assert floor(ends[1] + 1e-6) > ceil(ends[0] - 1e-6), (option, truth, ends, shown)
