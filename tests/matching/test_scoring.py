import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.scoring import (
    CRITERIA,
    DEFAULT_CRITERIA,
    Answers,
    Candidates,
    Choices,
    Department,
    Goals,
    Hours,
    Interests,
    Languages,
    LevelGap,
    MenteeWish,
    MentorWish,
    People,
    Rule,
    Rules,
    Scorer,
    Site,
    Skills,
    Style,
    Tenure,
    Wish,
    Zone,
    line_above,
    weekly_slots,
)
from mentoring.bench.scoring import crowded

NO_RULES = Rules(reporting_line=False, earlier_pairs=False, common_language=False)


def scores_of(mentees, mentors, *criteria, **options):
    scorer = Scorer(mentees, mentors, criteria=criteria, **options)
    return scorer.block(0, len(mentees)).scores


def hours(*windows, utc_offset=0):
    return weekly_slots(windows, utc_offset=utc_offset)


# One criterion at a time, worked out by hand.


def test_skills_are_the_share_of_what_is_wanted_by_importance():
    mentees = People.of([1], skills=[[3, 2, 1, 0]])
    mentors = People.of([11, 12, 13, 14], skills=[[1, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 1], [0.5, 0, 0, 0]])
    assert scores_of(mentees, mentors, Skills(weight=7))[0].tolist() == pytest.approx([1, 4 / 6, 0, 1.5 / 6], abs=1e-5)


def test_level_gap_falls_in_a_straight_line_from_its_target():
    mentees, mentors = People.of([1], level=[2]), People.of(range(11, 17), level=[1, 2, 3, 4, 5.5, 8])
    found = scores_of(mentees, mentors, LevelGap(weight=1, target=2, tolerance=3))
    assert found[0].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1, 0.5, 0], abs=1e-5)


def test_level_gap_may_be_negative_for_reverse_mentoring():
    mentees, mentors = People.of([1], level=[6]), People.of([11, 12, 13], level=[2, 4, 7])
    found = scores_of(mentees, mentors, LevelGap(weight=1, target=-4, tolerance=4))
    assert found[0].tolist() == pytest.approx([1, 0.5, 0], abs=1e-5)


@pytest.mark.parametrize(("want", "expected"), [("different", [0, 1]), ("same", [1, 0])])
def test_department_and_site_are_the_same_or_not(want, expected):
    mentees, mentors = People.of([1], department=[3], site=[3]), People.of([11, 12], department=[3, 4], site=[3, 4])
    assert scores_of(mentees, mentors, Department(weight=1, want=want))[0].tolist() == expected
    assert scores_of(mentees, mentors, Site(weight=1, want=want))[0].tolist() == expected


def test_languages_are_the_share_of_the_mentees_own():
    mentees = People.of([1, 2], languages=[[1, 1, 0], [1, 0, 0]])
    mentors = People.of([11, 12], languages=[[1, 1, 1], [1, 0, 1]])
    assert scores_of(mentees, mentors, Languages(weight=1)).tolist() == [[1, 0.5], [1, 1]]


def test_hours_in_common_count_up_to_enough():
    mentees = People.of([1], free=[hours((0, 540, 720), (2, 840, 960))])
    mentors = People.of(
        [11, 12, 13], free=[hours((0, 600, 660)), hours((0, 480, 1080), (2, 480, 1080)), hours((1, 540, 720))]
    )
    assert scores_of(mentees, mentors, Hours(weight=1, enough=4))[0].tolist() == [0.25, 1, 0]


def test_hours_overlap_in_real_time_not_on_the_clock():
    in_london, in_kolkata = hours((0, 540, 660)), hours((0, 540, 660), utc_offset=330)
    afternoon_in_kolkata = hours((0, 870, 990), utc_offset=330)
    mentors = People.of([11, 12], free=[in_kolkata, afternoon_in_kolkata])
    assert scores_of(People.of([1], free=[in_london]), mentors, Hours(weight=1, enough=2))[0].tolist() == [0, 1]


def test_without_stated_hours_the_working_week_of_each_zone_stands_in():
    # London 09–17 is 09–17 UTC; Warsaw's is 08–16, New York's 14–22, Sydney's 22–06.
    mentees = People.of([1], utc_offset=[0])
    mentors = People.of([11, 12, 13, 14], utc_offset=[0, 60, -300, 660])
    found = scores_of(mentees, mentors, Hours(weight=1))
    assert found[0].tolist() == pytest.approx([1, 7 / 8, 3 / 8, 0], abs=1e-5)


def test_stated_hours_against_an_assumed_week_are_a_share_of_the_shorter_week():
    mentees = People.of([1], free=[hours((0, 540, 660), (5, 540, 660))])
    assert scores_of(mentees, People.of([11], utc_offset=[0]), Hours(weight=1)).tolist() == [[0.5]]


def test_wishes_count_only_for_those_who_have_one():
    mentees = People.of(
        [1, 2, 3], department=[1, 1, 1], site=[1, 1, 1], wish=[Wish.NONE, Wish.DIFFERENT_DEPARTMENT, Wish.SAME_SITE]
    )
    mentors = People.of([11, 12], department=[1, 2], site=[1, 2])
    scorer = Scorer(mentees, mentors, criteria=[MenteeWish(weight=1)])
    assert scorer.block(0, 3).scores.tolist() == [[0.5, 0.5], [0, 1], [1, 0]]
    components = scorer.pairs([1, 2, 3], [11, 11, 11]).candidates.components
    assert np.isnan(components[0, 0])
    assert components[1:, 0].tolist() == [0, 1]
    swapped = scores_of(mentors, mentees, MentorWish(weight=1))
    assert swapped.tolist() == [[0.5, 0, 1], [0.5, 1, 0]]


# Weights, missing answers, and what is kept.


def test_score_is_the_mean_by_weight():
    mentees = People.of([1], level=[1], department=[1])
    mentors = People.of([11, 12], level=[3, 3], department=[1, 2])
    found = scores_of(mentees, mentors, LevelGap(weight=30, target=2), Department(weight=10))
    assert found[0].tolist() == pytest.approx([0.75, 1], abs=1e-5)


def test_a_missing_answer_is_neutral_and_not_zero():
    mentees = People.of([1, 2], skills=[[1, 0], [0, 0]], level=[1, 1], department=[1, -1])
    mentors = People.of([11, 12], skills=[[1, 0], [1, 0]], level=[2.5, None], department=[2, 1])
    criteria = (Skills(weight=2), LevelGap(weight=1, target=3, tolerance=3), Department(weight=1))
    scorer = Scorer(mentees, mentors, criteria=criteria)
    assert scorer.block(0, 2).scores.tolist() == [
        pytest.approx([(2 * 1 + 0.5 + 1) / 4, (2 * 1 + 0) / 3], abs=1e-5),
        # Mentee 2 gave a level only, mentor 12 none: nothing is known of that pair.
        pytest.approx([0.5, 0.5], abs=1e-5),
    ]
    components = scorer.pairs([1, 1, 2, 2], [11, 12, 11, 12]).candidates.components
    assert np.isnan(components).tolist() == [
        [False, False, False],
        [False, True, False],
        [True, False, True],
        [True, True, True],
    ]


def test_the_best_are_kept_and_ties_go_to_the_lower_mentor_id():
    mentees = People.of([1], level=[1])
    mentors = People.of([50, 40, 30, 20, 10], level=[3, 2, 3, 2, 3])
    scorer = Scorer(mentees, mentors, criteria=[LevelGap(weight=1, target=2, tolerance=2)], top_k=4)
    top = scorer.block(0, 1).top
    assert top.mentors.tolist() == [10, 30, 50, 20]
    assert top.scores.tolist() == pytest.approx([1, 1, 1, 0.5], abs=1e-5)
    assert top.components[:, 0].tolist() == pytest.approx([1, 1, 1, 0.5], abs=1e-5)


def test_forbidden_pairs_are_never_among_the_best():
    mentees, mentors = People.of([1], level=[5]), People.of([11, 12], level=[4, 6])
    block = Scorer(mentees, mentors, rules=Rules(min_level_gap=0), top_k=5).block(0, 1)
    assert block.top.mentors.tolist() == [12]
    assert block.eligible().mentors.tolist() == [12]


# Rules.


def test_nobody_is_paired_with_themselves():
    mentees, mentors = People.of([1, 2], person_ids=[7, 8]), People.of([11, 12], person_ids=[8, 9])
    assert Scorer(mentees, mentors, rules=NO_RULES).block(0, 2).blocked.tolist() == [[0, 0], [Rule.SAME_PERSON.bit, 0]]


def test_the_whole_reporting_line_is_forbidden_in_both_directions():
    # 1 ← 2 ← 3 ← 4 and 1 ← 5: the line of 3 is 2 and 1 above, 4 below.
    managers = {2: 1, 3: 2, 4: 3, 5: 1}
    everyone = [1, 2, 4, 5]
    mentees, mentors = People.of([3]), People.of(everyone)
    bit = Rule.REPORTING_LINE.bit
    scorer = Scorer(mentees, mentors, managers=managers)
    assert scorer.block(0, 1).blocked.tolist() == [[bit, bit, bit, 0]]
    free = Scorer(mentees, mentors, managers=managers, rules=NO_RULES)
    assert free.block(0, 1).blocked.tolist() == [[0, 0, 0, 0]]


def test_a_circle_of_managers_ends():
    assert line_above(1, {1: 2, 2: 3, 3: 1}) == [2, 3]
    assert line_above(1, {1: 1}) == []


def test_pairs_set_aside_are_forbidden_whatever_the_rules():
    mentees, mentors = People.of([1, 2], person_ids=[7, 8]), People.of([11, 12], person_ids=[9, 10])
    block = Scorer(mentees, mentors, rules=NO_RULES, set_aside=[(7, 10), (99, 9)]).block(0, 2)
    assert block.blocked.tolist() == [[0, Rule.SET_ASIDE.bit], [0, 0]]


def test_earlier_pairs_are_forbidden_in_their_parts_only():
    mentees, mentors = People.of([1, 2], person_ids=[7, 8]), People.of([11, 12], person_ids=[8, 7])
    bit = Rule.EARLIER_PAIR.bit
    scorer = Scorer(mentees, mentors, earlier_pairs=[(7, 8), (99, 8), (7, 99)])
    blocked = scorer.block(0, 2).blocked
    assert (blocked & bit).tolist() == [[bit, 0], [0, 0]]


def test_a_language_in_common_is_needed_where_both_are_known():
    mentees = People.of([1, 2], languages=[[1, 0], [0, 0]])
    mentors = People.of([11, 12, 13], languages=[[1, 1], [0, 1], [0, 0]])
    bit = Rule.LANGUAGE.bit
    assert Scorer(mentees, mentors).block(0, 2).blocked.tolist() == [[0, bit, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(min_level_gap=0), [Rule.LEVEL_TOO_LOW.bit, 0, 0, 0]),
        (Rules(min_level_gap=1), [Rule.LEVEL_TOO_LOW.bit, Rule.LEVEL_TOO_LOW.bit, 0, 0]),
        (Rules(max_level_gap=-1), [0, Rule.LEVEL_TOO_HIGH.bit, Rule.LEVEL_TOO_HIGH.bit, 0]),
        (Rules(min_level_gap=0, max_level_gap=0), [Rule.LEVEL_TOO_LOW.bit, 0, Rule.LEVEL_TOO_HIGH.bit, 0]),
    ],
)
def test_levels_can_be_limited_and_the_unknown_is_not(rules, expected):
    mentees, mentors = People.of([1], level=[3]), People.of([11, 12, 13, 14], level=[2, 3, 4, None])
    assert Scorer(mentees, mentors, rules=rules).block(0, 1).blocked.tolist() == [expected]


def test_patterns_count_mentors_by_the_set_of_rules_against_them():
    mentees = People.of([1], level=[3], languages=[[1, 0]])
    mentors = People.of([11, 12, 13, 14], level=[2, 2, 4, 4], languages=[[0, 1], [1, 0], [0, 1], [1, 0]])
    patterns = Scorer(mentees, mentors, rules=Rules(min_level_gap=0)).block(0, 1).patterns.of(0)
    low, language = Rule.LEVEL_TOO_LOW.bit, Rule.LANGUAGE.bit
    assert patterns == {0: 1, low: 1, language: 1, low | language: 1}


# Bad input.


@pytest.mark.parametrize(("mentees", "mentors"), [([], [11]), ([1], []), ([], [])])
def test_an_empty_side_gives_nothing_and_no_error(mentees, mentors):
    scorer = Scorer(People.of(mentees), People.of(mentors))
    blocks = list(scorer.blocks())
    assert sum(len(block.top) + len(block.eligible()) for block in blocks) == 0
    assert sum(len(block.patterns) for block in blocks) == len(mentees)


def test_one_person_on_both_sides_has_nobody():
    block = Scorer(People.of([1], person_ids=[7]), People.of([11], person_ids=[7])).block(0, 1)
    assert len(block.top) == 0
    assert block.patterns.of(0) == {Rule.SAME_PERSON.bit: 1}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Scorer(People.of([1]), People.of([2]), criteria=[]), "At least one criterion needs a weight above 0"),
        (
            lambda: Scorer(People.of([1]), People.of([2]), criteria=[Skills(weight=0), Hours(weight=0)]),
            "At least one criterion needs a weight above 0",
        ),
        (
            lambda: Scorer(People.of([1]), People.of([2]), criteria=[Skills(weight=1), Skills(weight=2)]),
            "Each criterion can be used once only",
        ),
        (
            lambda: Scorer(People.of([1], skills=[[1]]), People.of([2], skills=[[1, 1]])),
            "Mentees and mentors must share one list of skills",
        ),
        (lambda: Skills(weight=-1), "The weight of skills must be a number from 0"),
        (lambda: Skills(weight=math.nan), "The weight of skills must be a number from 0"),
        (lambda: LevelGap(weight=1, tolerance=0), "needs a target and a tolerance above 0"),
        (lambda: Hours(weight=1, enough=0), "Enough hours a week must be more than 0"),
        (lambda: Department(weight=1, want="any"), 'want must be "same" or "different"'),
        (lambda: Rules(min_level_gap=2, max_level_gap=1), "No pair can be at least 2 and at most 1 levels apart"),
        (lambda: People.of([1, 1]), "ids: 1 is listed twice on one side"),
        (lambda: People.of([1, 2], person_ids=[5, 5]), "person_ids: 5 is listed twice on one side"),
        (lambda: People.of([1, 2], level=[1]), "level must have one value for each of the 2 people"),
        (lambda: People.of([1], skills=[[-1]]), "skills must be numbers from 0"),
        (lambda: People.of([1], skills=[[math.nan]]), "skills must be numbers from 0"),
        (lambda: People.of([1], level=[math.inf]), "level and utc_offset must be finite"),
        (lambda: People.of([1], free=[[True]]), "free must have 336 half-hours a row"),
        (lambda: People.of([1], wish=[9]), "wish must be one of 0, 1, 2"),
        (lambda: weekly_slots([(7, 0, 60)], utc_offset=0), "Not a window of the week"),
        (lambda: weekly_slots([(0, 60, 60)], utc_offset=0), "Not a window of the week"),
        (lambda: Scorer(People.of([1]), People.of([2])).block(0, 2), "No rows 0 to 2 among 1 mentees"),
    ],
)
def test_impossible_input_is_refused_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_an_unknown_id_is_refused():
    with pytest.raises(KeyError, match="99"):
        Scorer(People.of([1]), People.of([2])).pairs([1], [99])


def test_every_criterion_can_be_made_from_its_code():
    assert {code: CRITERIA[code](weight=1).code for code in CRITERIA} == {
        code: code
        for code in (
            "skills",
            "goals",
            "level",
            "department",
            "site",
            "languages",
            "hours",
            "zone",
            "tenure",
            "style",
            "interests",
            "choices",
            "mentee_wish",
            "mentor_wish",
        )
    }


def test_everyone_identical_scores_the_same():
    one = {"skills": [[1, 1]], "level": [3], "department": [1], "languages": [[1]], "utc_offset": [0]}
    many = {name: value * 4 for name, value in one.items()}
    scores = scores_of(People.of([1, 2, 3, 4], **many), People.of([11, 12, 13, 14], **many), *DEFAULT_CRITERIA)
    assert np.unique(scores).size == 1


# The week.


def test_windows_become_half_hours_of_the_week_in_utc():
    assert np.flatnonzero(hours((0, 540, 630))).tolist() == [18, 19, 20]
    assert np.flatnonzero(hours((0, 540, 600), utc_offset=330)).tolist() == [7, 8]
    # Monday 08–10 in Sydney is Sunday evening in UTC; Sunday night in New York is Monday.
    assert np.flatnonzero(hours((0, 480, 600), utc_offset=660)).tolist() == [330, 331, 332, 333]
    assert np.flatnonzero(hours((6, 1320, 1380), utc_offset=-300)).tolist() == [6, 7]
    # Kathmandu is 5 h 45 min ahead: only whole half-hours are safe.
    assert np.flatnonzero(hours((0, 540, 660), utc_offset=345)).tolist() == [7, 8, 9]


# Against a plain reference, and whatever the order.


def programme(draw):
    """A small programme with gaps in every answer."""
    m, n, skills, languages = draw(st.integers(1, 7)), draw(st.integers(1, 6)), 4, 3

    def side(count, first_id, first_person, mentor):
        def maybe(values):
            return [draw(st.one_of(st.none(), values)) for _ in range(count)]

        offers = st.sampled_from([0, 0.25, 0.5, 1]) if mentor else st.integers(0, 5)
        return People.of(
            [first_id + at for at in range(count)],
            person_ids=[first_person + at for at in range(count)],
            skills=[[draw(offers) for _ in range(skills)] for _ in range(count)],
            level=maybe(st.integers(1, 6)),
            department=maybe(st.integers(0, 2)),
            site=maybe(st.integers(0, 2)),
            languages=[[draw(st.booleans()) for _ in range(languages)] for _ in range(count)],
            utc_offset=maybe(st.sampled_from([0, 60, 330, -300])),
            free=[
                weekly_slots(
                    [(day, 600, 840) for day in draw(st.lists(st.integers(0, 4), max_size=3, unique=True))],
                    utc_offset=draw(st.sampled_from([0, 60, 330])),
                )
                for _ in range(count)
            ],
            wish=[draw(st.sampled_from(list(Wish))) for _ in range(count)],
            tenure=maybe(st.sampled_from([0, 0.4, 1.5, 3, 10.25])),
            style=[
                draw(
                    st.one_of(
                        st.just([math.nan] * 5), st.lists(st.sampled_from([1, 2, 3.25, 4.5, 5]), min_size=5, max_size=5)
                    )
                )
                for _ in range(count)
            ],
            goals=[draw(things) for _ in range(count)],
            interests=[draw(things) for _ in range(count)],
            choices=[{101 - first_id + 1 + at: rank for rank, at in enumerate(draw(few), 1)} for _ in range(count)],
            answers={
                "question:1": [draw(things) for _ in range(count)],
                "question:2": [
                    draw(st.sampled_from([(), ("1",), ("3",), ("5",), ("no number",)])) for _ in range(count)
                ],
            },
        )

    things = st.frozensets(st.sampled_from(["ai", "retail", "budget", "chess"]), max_size=3)
    few = st.lists(st.integers(0, 6), max_size=5, unique=True)
    mentees, mentors = side(m, 1, 1, False), side(n, 101, 5, True)
    managers = {person: draw(st.integers(1, person - 1)) for person in range(2, 12) if draw(st.booleans())}
    earlier = draw(st.lists(st.tuples(st.integers(1, 8), st.integers(5, 11)), max_size=4))
    criteria = [
        Skills(weight=draw(st.integers(1, 50))),
        LevelGap(weight=draw(st.integers(0, 50)), target=draw(st.integers(-2, 3)), tolerance=3),
        Department(weight=draw(st.integers(0, 20)), want=draw(st.sampled_from(["same", "different"]))),
        Site(weight=draw(st.integers(0, 20))),
        Languages(weight=draw(st.integers(0, 20))),
        Hours(weight=draw(st.integers(0, 20)), enough=draw(st.sampled_from([1, 4, 6.5]))),
        MenteeWish(weight=draw(st.integers(0, 20))),
        MentorWish(weight=draw(st.integers(0, 20))),
        Goals(weight=draw(st.integers(0, 20))),
        Zone(weight=draw(st.integers(0, 20)), tolerance=draw(st.sampled_from([3, 8]))),
        Tenure(weight=draw(st.integers(0, 20)), target=draw(st.integers(-2, 4)), tolerance=3),
        Style(weight=draw(st.integers(0, 20)), want=draw(st.sampled_from(["alike", "different"]))),
        Interests(weight=draw(st.integers(0, 20))),
        Choices(weight=draw(st.integers(0, 20))),
        Answers(
            weight=draw(st.integers(0, 20)),
            about="question:1",
            compare=draw(st.sampled_from(["equal", "different", "in", "not_in"])),
        ),
        Answers(weight=draw(st.integers(0, 20)), about="question:2", compare="close"),
        Answers(weight=draw(st.integers(0, 20)), about="question:3"),
    ]
    rules = Rules(
        reporting_line=draw(st.booleans()),
        same_team=draw(st.booleans()),
        same_site=draw(st.booleans()),
        max_zone_hours=draw(st.sampled_from([None, 0, 5.5])),
        mentor_min_tenure_months=draw(st.sampled_from([None, 6])),
        common_language=draw(st.booleans()),
        min_level_gap=draw(st.sampled_from([None, -1, 0])),
        max_level_gap=draw(st.sampled_from([None, 0, 3])),
    )
    some_pairs = st.lists(st.tuples(st.integers(1, 11), st.integers(1, 11)), max_size=4)
    options = {
        "criteria": draw(st.permutations(criteria)),
        "rules": rules,
        "managers": managers,
        "earlier_pairs": earlier,
        **{name: draw(some_pairs) for name in ("set_aside", "must_not", "avoided")},
    }
    return mentees, mentors, options


programmes = st.composite(programme)()


def plain_fit(criterion, mentees, i, mentors, j):
    """What one criterion says of one pair, without any matrix; None where unknown."""
    match criterion.code:
        case "skills":
            wanted, offered = mentees.skills[i].tolist(), mentors.skills[j].tolist()
            if not sum(wanted) or not sum(offered):
                return None
            return sum(want * offer for want, offer in zip(wanted, offered, strict=True)) / sum(wanted)
        case "level":
            gap = float(mentors.level[j]) - float(mentees.level[i])
            return None if math.isnan(gap) else max(0.0, 1 - abs(gap - criterion.target) / criterion.tolerance)
        case "department" | "site":
            mine, theirs = getattr(mentees, criterion.code)[i], getattr(mentors, criterion.code)[j]
            return None if -1 in (mine, theirs) else float((mine == theirs) == (criterion.want == "same"))
        case "languages":
            mine, theirs = set(np.flatnonzero(mentees.languages[i])), set(np.flatnonzero(mentors.languages[j]))
            return len(mine & theirs) / len(mine) if mine and theirs else None
        case "hours":
            weeks = []
            for people, at in ((mentees, i), (mentors, j)):
                if people.free[at].any():
                    weeks.append((True, set(np.flatnonzero(people.free[at]))))
                elif not math.isnan(people.utc_offset[at]):
                    zone = float(people.utc_offset[at])
                    windows = [(day, 540, 1020) for day in range(5)]
                    weeks.append((False, set(np.flatnonzero(weekly_slots(windows, utc_offset=zone)))))
                else:
                    return None
            (stated, mine), (other_stated, theirs) = weeks
            whole = 2 * criterion.enough if stated and other_stated else min(len(mine), len(theirs))
            return min(1.0, len(mine & theirs) / whole)
        case "mentee_wish" | "mentor_wish":
            by_mentee = criterion.code == "mentee_wish"
            wish = mentees.wish[i] if by_mentee else mentors.wish[j]
            if wish == Wish.NONE:
                return None
            field = "department" if wish == Wish.DIFFERENT_DEPARTMENT else "site"
            mine, theirs = getattr(mentees, field)[i], getattr(mentors, field)[j]
            return None if -1 in (mine, theirs) else float((mine == theirs) == (wish == Wish.SAME_SITE))
        case "goals" | "interests":
            mine, theirs = getattr(mentees, criterion.code)[i], getattr(mentors, criterion.code)[j]
            return len(mine & theirs) / len(mine) if mine and theirs else None
        case "zone":
            apart = abs(float(mentors.utc_offset[j]) - float(mentees.utc_offset[i])) / 60
            return None if math.isnan(apart) else max(0.0, 1 - min(apart, 24 - apart) / criterion.tolerance)
        case "tenure":
            mine, theirs = float(mentees.tenure[i]), float(mentors.tenure[j])
            if math.isnan(mine) or math.isnan(theirs):
                return None
            gap = round(2 * theirs) / 2 - round(2 * mine) / 2
            return max(0.0, 1 - abs(gap - criterion.target) / criterion.tolerance)
        case "style":
            mine, theirs = mentees.style[i].tolist(), mentors.style[j].tolist()
            apart = sum(abs(one - other) for one, other in zip(mine, theirs, strict=True)) / 5 / 4
            return None if math.isnan(apart) else 1 - apart if criterion.want == "alike" else apart
        case "choices":
            values = []
            for people, at, other in ((mentees, i, mentors.ids[j]), (mentors, j, mentees.ids[i])):
                if people.choices[at]:
                    rank = people.choices[at].get(int(other))
                    values.append(0 if rank is None else {1: 1, 2: 0.9, 3: 0.8, 4: 0.7, 5: 0.6}[rank])
            return sum(values) / len(values) if values else None
        case "question:1":
            mine, theirs = mentees.answers["question:1"][i], mentors.answers["question:1"][j]
            if not mine or not theirs:
                return None
            share = len(mine & theirs) / len(mine)
            fits = {"equal": mine == theirs, "different": mine != theirs, "in": share, "not_in": 1 - share}
            return float(fits[criterion.compare])
        case "question:2":
            answers = [people.answers["question:2"][at] for people, at in ((mentees, i), (mentors, j))]
            if any(answer in (frozenset(), frozenset({"no number"})) for answer in answers):
                return None
            mine, theirs = (int(next(iter(answer))) for answer in answers)
            return 1 - abs(mine - theirs) / 4
        case "question:3":
            return None
    raise LookupError(criterion.code)


def plain_bits(mentees, i, mentors, j, *, rules, managers, earlier_pairs, set_aside, must_not, avoided):
    mentee, mentor = int(mentees.person_ids[i]), int(mentors.person_ids[j])
    bits = Rule.SAME_PERSON.bit if mentee == mentor else 0
    if rules.reporting_line and (mentor in line_above(mentee, managers) or mentee in line_above(mentor, managers)):
        bits |= Rule.REPORTING_LINE.bit
    manager = managers.get(mentee)
    if rules.same_team and mentee != mentor and manager is not None and manager == managers.get(mentor):
        bits |= Rule.SAME_TEAM.bit
    for rule, pairs in (
        (Rule.EARLIER_PAIR, earlier_pairs),
        (Rule.SET_ASIDE, set_aside),
        (Rule.MUST_NOT, must_not),
        (Rule.AVOIDED, [*avoided, *((other, one) for one, other in avoided)]),
    ):
        if (mentee, mentor) in pairs:
            bits |= rule.bit
    if rules.same_site and -1 not in (mentees.site[i], mentors.site[j]) and mentees.site[i] != mentors.site[j]:
        bits |= Rule.SITE.bit
    apart = abs(float(mentors.utc_offset[j]) - float(mentees.utc_offset[i])) / 60
    if rules.max_zone_hours is not None and min(apart, 24 - apart) > rules.max_zone_hours:
        bits |= Rule.ZONE.bit
    if rules.mentor_min_tenure_months is not None and mentors.tenure[j] * 12 < rules.mentor_min_tenure_months:
        bits |= Rule.NOT_ELIGIBLE.bit
    mine, theirs = mentees.languages[i], mentors.languages[j]
    if rules.common_language and mine.any() and theirs.any() and not (mine & theirs).any():
        bits |= Rule.LANGUAGE.bit
    gap = float(mentors.level[j]) - float(mentees.level[i])
    if rules.min_level_gap is not None and gap < rules.min_level_gap:
        bits |= Rule.LEVEL_TOO_LOW.bit
    if rules.max_level_gap is not None and gap > rules.max_level_gap:
        bits |= Rule.LEVEL_TOO_HIGH.bit
    return bits


@given(programmes)
@settings(deadline=None, max_examples=150)
def test_blocks_equal_a_plain_reference(drawn):
    mentees, mentors, options = drawn
    scorer = Scorer(mentees, mentors, **options, top_k=3)
    rules = {name: value for name, value in options.items() if name != "criteria"}
    for block in scorer.blocks(2):
        for at in range(block.stop - block.start):
            i = block.start + at
            best = []
            for j in range(len(mentors)):
                fits = [(c.weight, plain_fit(c, mentees, i, mentors, j)) for c in scorer.criteria]
                known = [(weight, fit) for weight, fit in fits if fit is not None]
                expected = sum(w * f for w, f in known) / sum(w for w, _ in known) if known else 0.5
                assert block.scores[at, j] == pytest.approx(expected, abs=2e-5)
                assert block.blocked[at, j] == plain_bits(mentees, i, mentors, j, **rules)
                pair = scorer.pairs([mentees.ids[i]], [mentors.ids[j]])
                assert pair.candidates.scores[0] == block.scores[at, j]
                assert pair.blocked[0] == block.blocked[at, j]
                components = [None if np.isnan(value) else value for value in pair.candidates.components[0]]
                assert components == [fit if fit is None else pytest.approx(fit, abs=1e-5) for _, fit in fits]
                assert sum(block.patterns.of(at).values()) == len(mentors)
                if not block.blocked[at, j]:
                    best.append((-block.scores[at, j], int(mentors.ids[j])))
            mine = block.top.mentees == mentees.ids[i]
            assert block.top.mentors[mine].tolist() == [mentor for _, mentor in sorted(best)[:3]]


@given(programmes, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_order_of_the_rows_and_the_size_of_the_blocks_change_nothing(drawn, random):
    mentees, mentors, options = drawn
    rows, columns = list(range(len(mentees))), list(range(len(mentors)))
    random.shuffle(rows)
    random.shuffle(columns)
    here = Scorer(mentees, mentors, **options, top_k=2)
    there = Scorer(mentees.take(rows), mentors.take(columns), **options, top_k=2)
    whole = here.block(0, len(mentees))
    blocks = list(there.blocks(3))
    scores = np.concatenate([block.scores for block in blocks])
    # To the last bit.
    assert np.array_equal(scores, whole.scores[np.ix_(rows, columns)])
    kept = Candidates.join([block.top for block in blocks])

    def as_rows(found):
        return sorted(zip(found.mentees.tolist(), found.mentors.tolist(), found.scores.tolist(), strict=True))

    assert as_rows(kept) == as_rows(whole.top)


def test_a_large_programme_scores_the_same_to_the_last_bit_in_any_order():
    random = np.random.default_rng(5)

    def side(count, first_id, mentor):
        wanted = random.integers(0, 6, (count, 200)) * (random.random((count, 200)) < 0.03)
        level = random.integers(1, 9, count).astype(float)
        level[random.random(count) < 0.1] = np.nan
        return People.of(
            np.arange(first_id, first_id + count),
            skills=(wanted > 0) / 2 if mentor else wanted,
            level=level,
            department=random.integers(-1, 8, count),
            site=random.integers(-1, 8, count),
            languages=random.random((count, 12)) < 0.2,
            free=random.random((count, 336)) < 0.1,
            wish=random.integers(0, 3, count),
            tenure=random.integers(0, 200, count) / 12,
            style=random.integers(4, 21, (count, 5)) / 4,
            utc_offset=random.integers(-11, 12, count) * 60,
            goals=[[f"w{at}" for at in random.zipf(1.3, random.integers(0, 9)) if at < 500] for _ in range(count)],
            interests=[random.choice(list("abcdefghij"), random.integers(0, 4)) for _ in range(count)],
            choices=[
                {int(1002 - first_id + at): rank for rank, at in enumerate(random.permutation(300)[:5], 1)}
                if random.random() < 0.5
                else {}
                for _ in range(count)
            ],
            answers={"question:1": [[f"w{at}" for at in random.zipf(1.3, 2) if at < 90] for _ in range(count)]},
        )

    mentees, mentors = side(701, 1, False), side(333, 1001, True)
    rows, columns = random.permutation(701), random.permutation(333)
    criteria = (
        *DEFAULT_CRITERIA, Goals(weight=7), Zone(weight=3), Tenure(weight=3), Style(weight=9), Interests(weight=4),
        Choices(weight=5), Answers(weight=5, about="question:1", compare="not_in"),
    )  # fmt: skip
    whole = Scorer(mentees, mentors, criteria=criteria).block(0, 701).scores
    blocks = Scorer(mentees.take(rows), mentors.take(columns), criteria=criteria).blocks(97)
    assert np.array_equal(np.concatenate([block.scores for block in blocks]), whole[np.ix_(rows, columns)])
    assert np.unique(whole).size > 10_000


def test_a_sample_of_a_crowded_programme_equals_the_plain_reference():
    scorer = crowded(600, 300)
    random = np.random.default_rng(8)
    rows, columns = random.integers(0, 600, 400), random.integers(0, 300, 400)
    found = scorer.pairs(scorer.mentees.ids[rows], scorer.mentors.ids[columns])
    blocks = [scorer.raw_block(start, start + 150) for start in range(0, 600, 150)]
    scores, blocked = (np.concatenate(part) for part in zip(*blocks, strict=True))
    assert np.array_equal(found.candidates.scores, scores[rows, columns])
    assert np.array_equal(found.blocked, blocked[rows, columns])
    for pair, (i, j) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        fits = [plain_fit(criterion, scorer.mentees, i, scorer.mentors, j) for criterion in scorer.criteria]
        known = [(c.weight, fit) for c, fit in zip(scorer.criteria, fits, strict=True) if fit is not None]
        assert scores[i, j] == pytest.approx(sum(w * f for w, f in known) / sum(w for w, _ in known), abs=2e-5)
        components = [None if np.isnan(value) else value for value in found.candidates.components[pair]]
        assert components == [fit if fit is None else pytest.approx(fit, abs=1e-5) for fit in fits]
    # Nobody is on both sides, and everybody speaks one language; the rest of what is set forbids somebody.
    assert {rule for rule in Rule if (blocked & rule.bit).any()} == {
        Rule.REPORTING_LINE, Rule.SAME_TEAM, Rule.EARLIER_PAIR, Rule.ZONE, Rule.LEVEL_TOO_LOW, Rule.LEVEL_TOO_HIGH,
        Rule.NOT_ELIGIBLE, Rule.SET_ASIDE, Rule.AVOIDED,
    }  # fmt: skip
