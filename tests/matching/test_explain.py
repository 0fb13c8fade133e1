import json
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.assignment import assign, assign_stable
from matching.explain import Explainer, Reason, Statement, explain_unmatched, headlines, removed_by_rules
from matching.scoring import (
    CRITERIA,
    RULED_OUT,
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
    weekly_slots,
)
from matching.wording import WORDING
from tests.matching.sample import read_sample

SKILLS = ["Python", "SQL", "Writing", "Law"]
LANGUAGES = ["English", "Polish", "Hindi"]


def reasons_of(mentees, mentors, *criteria):
    """The reasons of the first mentee with every mentor."""
    scorer = Scorer(mentees, mentors, criteria=criteria)
    explainer = Explainer(
        scorer,
        skills=SKILLS if mentees.skills.size else [],
        languages=LANGUAGES if mentees.languages.size else [],
    )
    pairs = scorer.pairs([mentees.ids[0]] * len(mentors), mentors.ids).candidates
    return explainer.reasons(pairs)


def sentences(mentees, mentors, *criteria, voice="mentee"):
    return [[reason.text(voice) for reason in reasons] for reasons in reasons_of(mentees, mentors, *criteria)]


# Why a pair fits.


def test_skills_are_told_most_important_first():
    mentees = People.of([1], skills=[[2, 3, 1, 0]])
    mentors = People.of([11, 12, 13, 14], skills=[[1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]])
    assert sentences(mentees, mentors, Skills(weight=1)) == [
        ["Offers 2 of the 3 skills you want: SQL, Python"],
        ["Offers all 3 skills you want: SQL, Python, Writing"],
        ["Offers none of the skills you want"],
        ["Skills not given, so not counted"],
    ]
    assert sentences(mentees, mentors, Skills(weight=1), voice="admin")[0] == [
        "Offers 2 of the 3 skills wanted: SQL, Python"
    ]
    only = People.of([1], skills=[[0, 0, 1, 0]])
    assert sentences(only, mentors, Skills(weight=1))[1] == ["Offers the skill you want: Writing"]


def test_levels_are_told_in_words():
    mentees, mentors = People.of([1], level=[3]), People.of(range(11, 18), level=[5, 4, 3, 2, 1, 4.5, None])
    assert sentences(mentees, mentors, LevelGap(weight=1)) == [
        ["Two levels above"],
        ["One level above"],
        ["At the same level"],
        ["One level below"],
        ["Two levels below"],
        ["1.5 levels above"],
        ["Level not known, so not counted"],
    ]


def test_departments_and_sites_are_told_as_they_are():
    mentees, mentors = People.of([1], department=[1], site=[1]), People.of([11, 12], department=[1, 2], site=[1, 2])
    assert sentences(mentees, mentors, Department(weight=2), Site(weight=1)) == [
        ["Same location", "Same department"],
        ["Different department", "Different location"],
    ]


def test_languages_are_told_as_a_sentence():
    mentees = People.of([1], languages=[[1, 1, 1]])
    mentors = People.of([11, 12, 13, 14], languages=[[1, 0, 0], [1, 1, 0], [1, 1, 1], [0, 0, 0]])
    assert sentences(mentees, mentors, Languages(weight=1)) == [
        ["Both speak English"],
        ["Both speak English and Polish"],
        ["Both speak English, Polish and Hindi"],
        ["Languages not given, so not counted"],
    ]
    nobody = People.of([1], languages=[[0, 0, 1]])
    assert sentences(nobody, mentors, Languages(weight=1))[0] == ["No language in common"]


def test_hours_say_whether_they_were_stated_or_assumed():
    week = [weekly_slots([(0, 540, 720), (3, 540, 720)], utc_offset=0)]
    others = [[(0, 540, 720), (3, 540, 720)], [(0, 540, 600)], [(0, 540, 630)], [(1, 540, 630)], []]
    mentors = People.of(
        range(11, 16), free=[weekly_slots(windows, utc_offset=0) for windows in others], utc_offset=[0, 0, 0, 0, 600]
    )
    assert sentences(People.of([1], free=week), mentors, Hours(weight=1)) == [
        ["6 hours a week free at the same time"],
        ["1 hour a week free at the same time"],
        ["1.5 hours a week free at the same time"],
        ["Never free at the same time"],
        ["No common hours, if both keep usual working hours"],
    ]
    zones = People.of([11, 12], utc_offset=[60, None])
    assert sentences(People.of([1], utc_offset=[0]), zones, Hours(weight=1)) == [
        ["35 hours a week in common, if both keep usual working hours"],
        ["Free hours and time zone not known, so not counted"],
    ]


def test_wishes_say_who_asked():
    mentors = People.of([11, 12], department=[1, 2], site=[1, 2], wish=[Wish.SAME_SITE, Wish.DIFFERENT_DEPARTMENT])
    mentees = People.of([1], department=[1], site=[1], wish=[Wish.DIFFERENT_DEPARTMENT])
    criteria = (MenteeWish(weight=2), MentorWish(weight=1))
    assert sentences(mentees, mentors, *criteria) == [
        ["Same location, as the mentor asked", "Same department, though you asked for a different one"],
        ["Different department, as you asked", "Different department, as the mentor asked"],
    ]
    assert sentences(mentees, mentors, *criteria, voice="admin")[1][0] == "Different department, as the mentee asked"
    easy = People.of([1], department=[1], site=[1])
    assert sentences(easy, mentors, MenteeWish(weight=1))[0] == ["No wish of yours to be weighed"]


def test_what_weighs_most_is_told_first_and_the_unknown_last():
    mentees = People.of([1], skills=[[1, 0, 0, 0]], level=[3], department=[1])
    mentors = People.of([11], skills=[[1, 0, 0, 0]], level=[3], department=[2])
    criteria = (Department(weight=10), LevelGap(weight=30, target=3), Hours(weight=50), Skills(weight=10.1))
    (reasons,) = reasons_of(mentees, mentors, *criteria)
    assert [(reason.criterion, reason.tone, reason.value) for reason in reasons] == [
        ("skills", "for", 1.0),
        ("department", "for", 1.0),
        ("level", "against", 0.0),
        ("hours", "unknown", None),
    ]
    assert reasons[0].weight == pytest.approx(10.1 / 100.1)


def test_headlines_say_nothing_twice():
    reasons = [
        Reason("department.different", {}, "department", 1.0, 0.4),
        Reason("mentee_wish.department", {}, "mentee_wish", 1.0, 0.3),
        Reason("mentor_wish.department", {}, "mentor_wish", 1.0, 0.2),
        Reason("level.same", {}, "level", 0.6, 0.1),
        Reason("site.different", {}, "site", 0.0, 0.1),
        Reason("hours.unknown", {}, "hours", None, 0.1),
    ]
    assert [reason.code for reason in headlines(reasons)] == ["mentee_wish.department", "level.same"]
    assert [reason.code for reason in headlines(reasons, limit=1)] == ["mentee_wish.department"]


def test_reasons_survive_json():
    mentees, mentors = People.of([1], skills=[[1, 1, 0, 0]]), People.of([11], skills=[[1, 0, 0, 0]])
    ((reason,),) = reasons_of(mentees, mentors, Skills(weight=1))
    kept = json.loads(json.dumps(reason.as_dict()))
    assert kept == {
        "code": "skills.some",
        "params": {"count": 1, "of": 2, "skills": ["Python"]},
        "criterion": "skills",
        "value": 0.5,
        "weight": 1.0,
        "tone": "for",
    }
    assert Statement(kept["code"], kept["params"]).sentence == "Offers 1 of the 2 skills you want: Python"


def test_candidates_without_components_and_wrong_names_are_refused():
    scorer = Scorer(People.of([1]), People.of([11]))
    with pytest.raises(ValueError, match="Candidates without components can't be explained"):
        Explainer(scorer, skills=[], languages=[]).reasons(scorer.block(0, 1).eligible())
    with pytest.raises(ValueError, match="There are 0 skills but 1 names"):
        Explainer(scorer, skills=["Python"], languages=[])


def test_every_wording_can_be_filled_in_either_voice():
    numbers = dict.fromkeys(
        ("count", "of", "gap", "hours", "mentors", "mentees", "places", "locked", "rules", "years"), 3
    )
    params = {**numbers, "skills": ["Python"], "skill": "Python", "languages": ["English"], "change": "Less",
              "words": ["Python"], "interests": ["chess"], "question": "Why", "mentor": "Maya", "why": "no place", "nth": "first", "other_nth": "second"}  # fmt: skip
    for code, (mentee, _) in WORDING.items():
        for voice in ("mentee", "admin"):
            text = Statement(code, params).text(voice)
            assert "{" not in text
            assert not text.endswith(".")
        names = {name for _, name, _, _ in string.Formatter().parse(mentee) if name}
        assert names <= params.keys()
    for kind in CRITERIA:
        assert f"{kind}.unknown" in WORDING


def one_pair(mentee, mentor, criterion, *, voice="mentee", names=None):
    """The only reason of a pair, as a sentence."""
    scorer = Scorer(mentee, mentor, criteria=[criterion])
    explainer = Explainer(scorer, skills=[], languages=[], names=names)
    ((reason,),) = explainer.reasons(scorer.pairs(mentee.ids, mentor.ids).candidates)
    return reason.text(voice)


@pytest.mark.parametrize(
    ("mentee", "mentor", "criterion", "sentence"),
    [
        ({"goals": [["lead", "budget", "ai"]]}, {"goals": [["ai", "lead"]]}, Goals, "Speaks to your goal: AI and leading"),
        ({"goals": [["ai"]]}, {"goals": [["retail"]]}, Goals, "Says nothing of what your goal is about"),
        ({}, {"goals": [["ai"]]}, Goals, "Goals not given, so not counted"),
        ({"interests": [["chess", "cycl"]]}, {"interests": [["cycl", "chess"]]}, Interests,
         "Both are interested in chess and cycling"),
        ({"interests": [["chess"]]}, {"interests": [["cycl"]]}, Interests, "No interest in common"),
        ({"utc_offset": [60]}, {"utc_offset": [60]}, Zone, "In the same time zone"),
        ({"utc_offset": [720]}, {"utc_offset": [-540]}, Zone, "3 hours apart"),
        ({"utc_offset": [0]}, {"utc_offset": [60]}, Zone, "1 hour apart"),
        ({"utc_offset": [0]}, {"utc_offset": [330]}, Zone, "5.5 hours apart"),
        ({"tenure": [1]}, {"tenure": [4.1]}, Tenure, "Here 3 years longer"),
        ({"tenure": [4]}, {"tenure": [3.2]}, Tenure, "Here 1 year less"),
        ({"tenure": [4]}, {"tenure": [4.1]}, Tenure, "Here for as long"),
        ({"style": [[3] * 5]}, {"style": [[3, 3, 3, 3, 2]]}, Style, "Similar working styles"),
        ({"style": [[1] * 5]}, {"style": [[5] * 5]}, Style, "Different working styles"),
        ({"style": [[1] * 5]}, {}, Style, "Working style not given by both, so not counted"),
        ({"choices": [{2: 1}]}, {}, Choices, "You named them as your first choice"),
        ({"choices": [{9: 1}]}, {}, Choices, "Not among those you named"),
    ],
)  # fmt: skip
def test_each_criterion_has_its_words(mentee, mentor, criterion, sentence):
    names = {"word:ai": "AI", "word:lead": "leading", "interest:cycl": "cycling"}
    assert one_pair(People.of([1], **mentee), People.of([2], **mentor), criterion(weight=1), names=names) == sentence


def test_different_styles_are_called_different_where_they_are_wanted():
    mentee, mentor = People.of([1], style=[[1] * 5]), People.of([2], style=[[5] * 5])
    assert one_pair(mentee, mentor, Style(weight=1, want="different")) == "Different working styles"


@pytest.mark.parametrize(
    ("compare", "mine", "theirs", "sentence"),
    [
        ("equal", ["a"], ["a"], "The same answer to “Where?”"),
        ("different", ["a"], ["b"], "Different answers to “Where?”"),
        ("in", ["a", "b"], ["b", "c"], "Answers in common to “Where?”"),
        ("in", ["a"], ["c"], "No answer in common to “Where?”"),
        ("close", ["2"], ["3"], "Close answers to “Where?”"),
        ("close", ["1"], ["5"], "Answers far apart to “Where?”"),
        ("equal", ["a"], [], "“Where?” not answered by both, so not counted"),
    ],
)
def test_answers_are_told_by_how_they_compare(compare, mine, theirs, sentence):
    mentee, mentor = (People.of([at], answers={"question:7": [said]}) for at, said in ((1, mine), (2, theirs)))
    criterion = Answers(weight=1, about="question:7", compare=compare)
    assert one_pair(mentee, mentor, criterion, names={"question:7": "Where?"}) == sentence


@pytest.mark.parametrize(
    ("mentees", "mentors", "mentee_reads", "admin_reads"),
    [
        ({2: 3}, {}, "You named them as your third choice", "The mentee’s third choice"),
        ({2: 1}, {1: 2}, "You named them as your first choice", "The mentee’s first choice, and the mentor’s second"),
        ({}, {1: 2}, "Weighed with what mentors asked for", "The mentor’s second choice"),
        ({}, {8: 1}, "Weighed with what mentors asked for", "Not among those whom the mentor named"),
    ],
)
def test_a_mentee_never_reads_whom_a_mentor_named(mentees, mentors, mentee_reads, admin_reads):
    people = People.of([1], choices=[mentees]), People.of([2], choices=[mentors])
    assert one_pair(*people, Choices(weight=1)) == mentee_reads
    assert one_pair(*people, Choices(weight=1), voice="admin") == admin_reads


def test_declared_characteristics_move_the_score_and_nothing_is_told_of_them():
    mentee = People.of([1], level=[1], answers={"characteristic:k1": [["yes"]]})
    mentors = People.of([11, 12, 13], level=[3, 3, 3], answers={"characteristic:k1": [["yes"], ["no"], []]})
    criteria = (LevelGap(weight=1, target=2), Answers(weight=1, about="characteristic:k1"))
    found = Scorer(mentee, mentors, criteria=criteria).pairs([1, 1, 1], [11, 12, 13]).candidates
    assert found.scores.tolist() == [1, 0.5, 1]
    reasons = reasons_of(mentee, mentors, *criteria)
    assert [[reason.sentence for reason in each] for each in reasons] == [["Two levels above"]] * 3


# Why somebody has no mentor.


def explain_all(mentees, mentors, *, capacity, rules=None, **options):
    rules = rules or Rules()
    scorer = Scorer(mentees, mentors, rules=rules, **options)
    blocks = list(scorer.blocks())
    eligible = Candidates.join([block.eligible() for block in blocks])
    found = assign(eligible, mentees=mentees.ids, capacity=capacity)
    patterns = {
        mentee: block.patterns.of(row) for block in blocks for row, mentee in enumerate(block.mentee_ids.tolist())
    }
    return found, explain_unmatched(found, [eligible], patterns=patterns, capacity=capacity, rules=rules)


def test_no_mentor_at_all():
    _, (why,) = explain_all(People.of([1]), People.of([]), capacity={})
    assert (why.mentee, why.code, why.sentence) == (1, "unmatched.no_mentors", "No mentor has signed up yet")


def test_rules_that_took_every_mentor_are_counted_once_each():
    # Of five mentors: two below only, one below and in the line, one in the line only, one speaks another language.
    mentees = People.of([1], level=[4], languages=[[1, 0]])
    mentors = People.of(range(11, 16), level=[3, 2, 3, 6, 7], languages=[[1, 0], [1, 0], [1, 0], [1, 0], [0, 1]])
    _, (why,) = explain_all(
        mentees,
        mentors,
        capacity=dict.fromkeys(range(11, 16), 1),
        rules=Rules(min_level_gap=1),
        managers={1: 14, 13: 1},
    )
    assert why.code == "unmatched.forbidden"
    assert why.params == {"mentors": 5}
    assert [(part.rule, part.count, part.frees) for part in why.removed] == [
        (Rule.REPORTING_LINE, 2, 1),
        (Rule.LEVEL_TOO_LOW, 2, 2),
        (Rule.LANGUAGE, 1, 1),
    ]
    assert why.sentence == (
        "None of the 5 mentors is allowed for you: 2 are in your reporting line, 2 are not above your level, "
        "1 has no language in common with you"
    )
    assert why.text("admin") == (
        "None of the 5 mentors is allowed: 2 are in their reporting line, 2 are not above their level, "
        "1 has no language in common with them"
    )
    assert json.loads(json.dumps(why.as_dict()))["removed"][0] == {
        "code": "rule.reporting_line",
        "params": {"count": 2},
        "rule": "reporting_line",
        "frees": 1,
    }


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (Rules(min_level_gap=0), "1 is below your level"),
        (Rules(min_level_gap=1), "1 is not above your level"),
        (Rules(min_level_gap=2), "1 has a level too low beside yours"),
    ],
)
def test_the_lower_level_limit_is_told_as_it_was_set(rules, sentence):
    _, (why,) = explain_all(People.of([1], level=[4]), People.of([11], level=[3]), capacity={11: 1}, rules=rules)
    assert why.sentence == f"The only mentor is not allowed for you: {sentence}"


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (Rules(max_level_gap=0), "2 are above your level"),
        (Rules(max_level_gap=-1), "2 are not below your level"),
        (Rules(max_level_gap=-2), "2 have a level too high beside yours"),
    ],
)
def test_the_upper_level_limit_is_told_as_it_was_set(rules, sentence):
    mentors = People.of([11, 12], level=[5, 6])
    _, (why,) = explain_all(People.of([1], level=[4]), mentors, capacity={11: 1}, rules=rules)
    assert why.sentence == f"None of the 2 mentors is allowed for you: {sentence}"


def test_one_person_alone_is_told_so():
    _, (why,) = explain_all(People.of([1], person_ids=[7]), People.of([11], person_ids=[7]), capacity={11: 1})
    assert why.sentence == "The only mentor is not allowed for you: 1 is you"


def test_places_taken_by_better_pairs():
    mentees = People.of([1, 2, 3, 4], level=[1, 2, 2, 2])
    mentors = People.of([11, 12], level=[4, 4])
    found, why = explain_all(mentees, mentors, capacity={11: 1, 12: 2}, criteria=[LevelGap(weight=1, target=2)])
    assert [pair.mentee for pair in found.pairs] == [2, 3, 4]
    assert [(part.mentee, part.sentence) for part in why] == [
        (1, "2 mentors would suit; all their 3 places are taken by pairs that score as high or higher")
    ]


def test_a_place_held_by_a_locked_pair_is_told_as_such():
    scores = np.array([1, 0.5, 0.9], dtype=np.float32)
    eligible = Candidates(np.array([1, 2, 3]), np.array([11, 11, 11]), scores)
    found = assign(eligible, mentees=[1, 2, 3], capacity={11: 2}, locked=[(2, 11)])
    assert [pair.mentee for pair in found.pairs] == [1, 2]
    (why,) = explain_unmatched(found, [eligible], patterns={3: {0: 1}}, capacity={11: 2}, rules=Rules())
    assert why.sentence == "1 mentor would suit; all their places (2) are taken, 1 of them by pairs fixed beforehand"


def test_a_place_held_by_somebody_who_was_named_is_no_fixed_one():
    """The mentor named 2, whose score is lower: stable pairs go by that."""
    eligible = Candidates(np.array([1, 2]), np.array([11, 11]), np.array([0.9, 0.5], dtype=np.float32))
    found = assign_stable(
        eligible, mentees=[1, 2], capacity={11: 1}, mentee_scores=eligible.scores, mentor_scores=np.array([0.0, 1.0])
    )
    assert [pair.mentee for pair in found.pairs] == [2]
    (why,) = explain_unmatched(found, [eligible], patterns={1: {0: 1}}, capacity={11: 1}, rules=Rules())
    assert why.sentence == "1 mentor would suit; all their places (1) are taken"


def test_it_is_explained_block_by_block():
    scores = np.array([0.9, 0.5, 0.4], dtype=np.float32)
    eligible = Candidates(np.array([1, 2, 3]), np.array([11, 11, 12]), scores)
    found = assign(eligible, mentees=[1, 2, 3, 4], capacity={11: 1, 12: 0})
    blocks = [Candidates(np.array([each]), eligible.mentors[at : at + 1], scores[at : at + 1]) for at, each in
              enumerate([1, 2, 3])]  # fmt: skip
    patterns = {each: {0: 1} for each in (1, 2, 3)} | {4: {Rule.LANGUAGE.bit: 2}}
    why = explain_unmatched(found, blocks, patterns=patterns, capacity={11: 1, 12: 0}, rules=Rules())
    assert [(each.mentee, each.code) for each in why] == [
        (2, "unmatched.full.one"),
        (3, "unmatched.no_places.one"),
        (4, "unmatched.forbidden"),
    ]


@given(st.integers(0, 100_000), st.integers(1, 12), st.integers(1, 5))
@settings(deadline=None, max_examples=100)
def test_without_locks_a_full_mentor_never_holds_a_lower_score(seed, m, n):
    random = np.random.default_rng(seed)
    allowed = random.random((m, n)) < 0.6
    eligible = Candidates.dense(range(1, m + 1), range(101, 101 + n), random.random((m, n)), allowed)
    capacity = {101 + j: int(random.integers(0, 3)) for j in range(n)}
    found = assign(eligible, mentees=range(1, m + 1), capacity=capacity)
    patterns = {i + 1: {0: int(allowed[i].sum()), Rule.LANGUAGE.bit: int((~allowed[i]).sum())} for i in range(m)}
    for why in explain_unmatched(found, [eligible], patterns=patterns, capacity=capacity, rules=Rules()):
        suitable = [101 + j for j in np.flatnonzero(allowed[why.mentee - 1]).tolist()]
        if not suitable:
            assert why.code.startswith("unmatched.forbidden")
        elif any(capacity[mentor] for mentor in suitable):
            assert why.code.removesuffix(".one") == "unmatched.full"
            assert why.params["places"] == sum(pair.mentor in suitable for pair in found.pairs)
        else:
            assert why.code.removesuffix(".one") == "unmatched.no_places"


def test_suitable_mentors_without_a_place():
    _, (why,) = explain_all(People.of([1]), People.of([11, 12]), capacity={11: 0})
    assert why.sentence == "2 mentors would suit, but none of them has a place"


@given(
    st.dictionaries(st.integers(0, (1 << len(Rule)) - 1), st.integers(1, 5), max_size=40),
    st.sampled_from([rule for rule in Rule if rule not in RULED_OUT]),
)
@settings(deadline=None, max_examples=100)
def test_counts_add_up_and_what_a_rule_frees_is_what_dropping_it_frees(pattern, rule):
    removed = {part.rule: part for part in removed_by_rules(pattern, rules=Rules())}
    mentors = [bits for bits, count in pattern.items() for _ in range(count)]
    assert sum(part.count for part in removed.values()) == sum(bits > 0 for bits in mentors)
    without = sum(bits & ~rule.bit == 0 for bits in mentors) - sum(bits == 0 for bits in mentors)
    assert (removed[rule].frees if rule in removed else 0) == without


def test_who_was_ruled_out_by_whom_can_not_be_told_from_the_counts():
    by_admin, set_aside, avoided = (rule.bit for rule in (Rule.MUST_NOT, Rule.SET_ASIDE, Rule.AVOIDED))
    told = [
        removed_by_rules(pattern, rules=Rules())
        for pattern in ({by_admin: 3}, {set_aside: 2, avoided: 1}, {avoided: 3}, {by_admin | avoided: 1, avoided: 2})
    ]
    assert told[0] == told[1] == told[2] == told[3]
    (part,) = told[0]
    assert (part.sentence, part.count, part.frees) == ("3 were ruled out one by one", 3, 3)


# The sample sign-ups.


@pytest.mark.parametrize("rules", [Rules(), Rules(min_level_gap=3), Rules(max_level_gap=-1)])
def test_every_mentee_of_the_sample_is_placed_or_told_why(rules):
    sample = read_sample()
    found, why = explain_all(
        sample.mentees, sample.mentors, capacity=sample.capacity, rules=rules, managers=sample.managers
    )
    placed = [pair.mentee for pair in found.pairs]
    assert sorted(placed + [part.mentee for part in why]) == list(range(1, 321))
    assert all(part.sentence for part in why)
    for part in why:
        if part.code == "unmatched.forbidden":
            assert sum(rule.count for rule in part.removed) == 110


def test_the_reasons_of_the_sample_read_well():
    sample = read_sample()
    scorer = Scorer(sample.mentees, sample.mentors, managers=sample.managers)
    pairs = scorer.pairs([54], [1049]).candidates
    (reasons,) = Explainer(scorer, skills=sample.skills, languages=sample.languages).reasons(pairs)
    assert [reason.sentence for reason in reasons] == [
        "Offers the skill you want: Change management",
        "4 hours a week free at the same time",
        "One level above",
        "Same location, as you asked",
        "Different department",
        "Both speak English",
        "Same location, as the mentor asked",
    ]
    assert pairs.scores[0] == pytest.approx((40 + 15 + 20 * 2 / 3 + 10 + 5 + 5 + 5) / 100, abs=1e-5)
