import json
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python.max_flow import SimpleMaxFlow

from matching.assignment import Assignment, Pair, assign
from matching.relaxing import (
    RELAXABLE,
    Idle,
    Offering,
    Relaxation,
    find_out,
    parted_text,
    relaxations,
    relaxations_from,
    worth_making,
)
from matching.scoring import Candidates, LevelGap, People, Rule, Rules, Scorer, Skills
from tests.matching.sample import read_sample

LINE, LANGUAGE, LOW = Rule.REPORTING_LINE.bit, Rule.LANGUAGE.bit, Rule.LEVEL_TOO_LOW.bit


def relaxed(blocked, capacity, **options):
    """Mentees are 1, 2, …, mentors 101, 102, …; code → how many more."""
    blocked = np.array(blocked, dtype=np.uint16)
    mentors = range(101, 101 + blocked.shape[1])
    found = relaxations(
        blocked,
        mentees=range(1, len(blocked) + 1),
        mentors=mentors,
        capacity=dict(zip(mentors, capacity, strict=True)),
        **options,
    )
    return {each.code: each.placed for each in found}


# Worked out by hand.


def test_each_rule_alone_all_together_and_one_more_place():
    # 1 has 101. But for the language 2 could have 101 too, which is full; but for the line, 102, which is free.
    assert relaxed([[0, LINE], [LANGUAGE, LINE], [LOW, LINE | LANGUAGE]], [1, 1]) == {
        "relax.reporting_line": 1,
        "relax.language": 0,
        "relax.level_too_low": 0,
        "relax.together": 1,
        "relax.place_full.one": 0,
    }


def test_dropping_a_rule_may_place_somebody_whom_it_does_not_concern():
    # 2 is allowed 101 alone, which 1 has; without the line rule, 1 can go to 102.
    assert relaxed([[0, LINE], [0, LANGUAGE | LINE]], [1, 1])["relax.reporting_line"] == 1


def test_nobody_left_needs_no_change():
    assert relaxed([[0, LINE], [LINE, 0]], [1, 1]) == {}


def test_what_was_ruled_out_one_by_one_is_never_offered():
    blocked = [[Rule.AVOIDED.bit, Rule.MUST_NOT.bit], [Rule.SET_ASIDE.bit, Rule.SAME_PERSON.bit]]
    assert relaxed(blocked, [1, 1]) == {}
    assert set(RELAXABLE) == set(Rule) - {Rule.SAME_PERSON, Rule.MUST_NOT, Rule.SET_ASIDE, Rule.AVOIDED}
    # Nor does anything that would place more with it show that it is there.
    assert relaxed([[Rule.AVOIDED.bit | LINE, LINE]], [1, 0])["relax.reporting_line"] == 0


def test_places_hours_and_breaks():
    blocked = np.zeros((6, 3), dtype=np.uint16)
    found = relaxed(blocked, [1, 1, 0], without_hours={101: 2, 102: 3, 103: 0}, paused={103: 2, 999: 5})
    assert found == {
        "relax.place_full": 2,
        "relax.hours": 3,
        "relax.paused.one": 2,
    }


def test_locked_pairs_stay_and_those_who_do_not_wait_are_left_out():
    # 1 is locked to 101, so 2 stays alone, though 1 could have 102.
    blocked = [[0, 0], [0, LINE]]
    assert relaxed(blocked, [1, 1], locked=[(1, 101)])["relax.reporting_line"] == 1
    assert relaxed(blocked, [1, 1]) == {}
    assert relaxed([[0], [0], [LINE]], [1], waiting=[1]) == {}
    assert relaxed([[0], [0], [LINE]], [1], waiting=[1, 2])["relax.place_full.one"] == 1


def test_the_full_mentors_are_those_of_the_pairs_given():
    # One of the two mentors is full: which one makes no difference to 3, but to the wording.
    blocked = [[0, 0], [0, 0], [LINE, LINE]]
    mentors = [101, 102]
    options = {"mentees": [1, 2, 3], "mentors": mentors, "capacity": {101: 2, 102: 2}}
    together = relaxations(np.array(blocked), placed=[(1, 101), (2, 101)], **options)
    apart = relaxations(np.array(blocked), placed=[(1, 101), (2, 102)], **options)
    assert [each.code for each in together] == ["relax.reporting_line", "relax.place_full.one"]
    assert [each.code for each in apart] == ["relax.reporting_line"]


def test_sentences():
    assert Relaxation("relax.reporting_line", placed=9).text() == (
        "Allowing pairs in one reporting line would place 9 more"
    )
    assert Relaxation("relax.place_full", {"mentors": 31}, placed=1).text() == (
        "One more place for each of the 31 full mentors would place 1 more"
    )
    assert Relaxation("relax.language", placed=0).text() == (
        "Allowing pairs without a common language would place nobody more"
    )


def test_what_is_stored_comes_back():
    found = [Relaxation("relax.place_full", {"mentors": 3}, placed=2), Relaxation("relax.site", placed=0)]
    assert relaxations_from(json.loads(json.dumps([each.as_dict() for each in found]))) == found
    assert relaxations_from(None) == relaxations_from([{"code": "relax.gone", "params": {}, "placed": 1}]) == []


def test_worth_making_is_what_places_somebody_the_most_first():
    found = [
        Relaxation("relax.site", placed=0),
        Relaxation("relax.language", placed=2),
        Relaxation("relax.together", {"rules": 2}, placed=2),
        Relaxation("relax.place_full", {"mentors": 3}, placed=5),
    ]
    assert [each.code for each in worth_making(found)] == ["relax.place_full", "relax.language"]
    found[2] = replace(found[2], placed=3)
    assert [each.code for each in worth_making(found)] == ["relax.place_full", "relax.together", "relax.language"]


# Against other ways of counting.


def most(allowed, seats):
    """The largest matching by OR-Tools."""
    m, n = allowed.shape
    flow = SimpleMaxFlow()
    for i in range(m):
        flow.add_arc_with_capacity(0, 2 + i, 1)
    for j in range(n):
        flow.add_arc_with_capacity(2 + m + j, 1, int(seats[j]))
    for i, j in zip(*np.nonzero(allowed), strict=True):
        flow.add_arc_with_capacity(int(2 + i), int(2 + m + j), 1)
    assert flow.solve(0, 1) == SimpleMaxFlow.OPTIMAL
    return flow.optimal_flow()


def without(blocked, bits):
    return blocked & np.uint16(0xFFFF ^ bits) == 0


@given(st.integers(0, 100_000), st.integers(1, 30), st.integers(1, 9), st.floats(0.3, 0.98), st.integers(0, 3))
@settings(deadline=None, max_examples=250)
def test_every_number_is_the_difference_of_two_largest_flows(seed, m, n, density, seats):
    random = np.random.default_rng(seed)
    some = [Rule.REPORTING_LINE, Rule.LANGUAGE, Rule.NOT_ELIGIBLE, Rule.AVOIDED]
    blocked = np.zeros((m, n), dtype=np.uint16)
    for rule in some:
        blocked |= ((random.random((m, n)) < density / 2) * rule.bit).astype(np.uint16)
    capacity = random.integers(0, seats + 1, n)
    found = relaxed(blocked, capacity.tolist())
    now = most(blocked == 0, capacity)
    if now == m:
        assert found == {}
        return
    for rule in some[:3]:
        code = f"relax.{rule.name.lower()}"
        if (blocked & rule.bit).any():
            assert found[code] == most(without(blocked, rule.bit), capacity) - now
        else:
            assert code not in found
    changeable = sum(rule.bit for rule in some[:3])
    if "relax.together" in found:
        assert found["relax.together"] == most(without(blocked, changeable), capacity) - now
    every = {code.removesuffix(".one"): more for code, more in found.items()}
    # A place more for everybody would do no more than one for the full ones.
    assert every.get("relax.place_full", 0) == most(blocked == 0, capacity + 1) - now


@given(st.integers(0, 100_000), st.integers(1, 15), st.integers(1, 6))
@settings(deadline=None, max_examples=60)
def test_neither_the_order_nor_the_blocks_nor_the_beginning_change_a_number(seed, m, n):
    random = np.random.default_rng(seed)
    blocked = random.choice([0, LINE, LANGUAGE, LOW | LINE], (m, n)).astype(np.uint16)
    capacity = {101 + j: int(random.integers(0, 3)) for j in range(n)}
    mentees, mentors = np.arange(1, m + 1), np.arange(101, 101 + n)
    pairs = Candidates.dense(mentees, mentors, np.ones((m, n)), blocked == 0)
    placed = [(pair.mentee, pair.mentor) for pair in assign(pairs, mentees=mentees, capacity=capacity).pairs]
    rows, columns = random.permutation(m), random.permutation(n)
    one = relaxations(blocked, mentees=mentees, mentors=mentors, capacity=capacity, placed=placed)
    other = relaxations(
        lambda start, stop: (None, blocked[np.ix_(rows, columns)][start:stop]),
        mentees=mentees[rows],
        mentors=mentors[columns],
        capacity=capacity,
        placed=placed,
        size=4,
    )
    assert one == other


# Real rules, dropped in earnest.


def sample_scorer(sample, rules):
    return Scorer(sample.mentees, sample.mentors, rules=rules, managers=sample.managers)


def chosen(scorer, capacity, locked=()):
    pairs = Candidates.join([block.eligible() for block in scorer.blocks()])
    return assign(pairs, mentees=scorer.mentees.ids, capacity=capacity, locked=locked)


@pytest.mark.parametrize("tight", [1, 3])
def test_the_sample_with_each_rule_dropped_and_solved_again(tight):
    sample = read_sample()
    rules = Rules(min_level_gap=tight, max_level_gap=4)
    scorer = sample_scorer(sample, rules)
    before = chosen(scorer, sample.capacity)
    found = findings(scorer, sample, before)
    numbers = {each.code: each.placed for each in found.relaxations}
    assert before.unmatched
    # Everybody in the sample speaks English, so that the rule about languages forbids nothing.
    assert numbers.keys() >= {"relax.reporting_line", "relax.level_too_high"}
    assert "relax.language" not in numbers
    for code, change in (
        ("relax.reporting_line", {"reporting_line": False}),
        ("relax.language", {"common_language": False}),
        ("relax.level_too_low", {"min_level_gap": None}),
        ("relax.level_too_high", {"max_level_gap": None}),
    ):
        after = chosen(sample_scorer(sample, replace(rules, **change)), sample.capacity)
        assert numbers.get(code, 0) == len(after.pairs) - len(before.pairs), code
    nothing = Rules(reporting_line=False, earlier_pairs=False, common_language=False)
    after = chosen(sample_scorer(sample, nothing), sample.capacity)
    assert numbers["relax.together"] == len(after.pairs) - len(before.pairs)
    roomier = {
        mentor: places + (mentor not in before.free_seats) for mentor, places in sample.capacity.items()
    }  # fmt: skip
    after = chosen(scorer, roomier)
    assert numbers["relax.place_full"] == len(after.pairs) - len(before.pairs)
    assert numbers["relax.place_full"] > 0


def findings(scorer, sample, assignment, **options):
    return find_out(
        scorer.raw_block,
        mentees=scorer.mentees,
        mentors=scorer.mentors,
        skills=sample.skills,
        rules=scorer.rules,
        assignment=assignment,
        capacity=sample.capacity,
        size=64,
        **options,
    )


def test_in_the_sample_what_became_of_who_offers_it_adds_up():
    sample = read_sample()
    scorer = sample_scorer(sample, Rules(min_level_gap=3))
    found = chosen(scorer, sample.capacity)
    told = findings(scorer, sample, found)
    blocked = np.vstack([block.blocked for block in scorer.blocks()])
    with_wishes = {mentee for mentee in found.unmatched if sample.mentees.skills[mentee - 1].any()}
    assert set(told.offering) == with_wishes != set()
    for mentee, offering in told.offering.items():
        skill = int(np.argmax(sample.mentees.skills[mentee - 1]))
        offers = sample.mentors.skills[:, skill] > 0
        assert sum(part.params["count"] for part in offering.parts) == offering.params.get("mentors", 0) == offers.sum()
        counts = {part.code.removesuffix(".one"): part.params["count"] for part in offering.parts}
        assert counts.get("offering.full", 0) == (blocked[mentee - 1][offers] == 0).sum()
        # Nobody is alone beside a free place.
        assert "offering.free" not in counts
        # Dropping the rules, in the order in which they are told, frees just as many.
        first = {0: "offering.full", 1: "rule.reporting_line", 4: "rule.language", 7: "rule.level.too_low"}
        firsts = [
            first[0 if not bits else (int(bits) & -int(bits)).bit_length() - 1] for bits in blocked[mentee - 1][offers]
        ]
        assert counts == {code: firsts.count(code) for code in set(firsts)}


def test_in_the_sample_every_free_mentor_is_told_why():
    sample = read_sample()
    scorer = sample_scorer(sample, Rules(min_level_gap=3))
    found = chosen(scorer, sample.capacity)
    idle = findings(scorer, sample, found).idle
    assert [(each.mentor, each.free) for each in idle] == sorted(found.free_seats.items())
    allowed = np.vstack([block.blocked for block in scorer.blocks()]) == 0
    for each in idle:
        theirs = sum(pair.mentor == each.mentor for pair in found.pairs)
        others = int(allowed[:, each.mentor - 1001].sum()) - theirs
        counts = {part.code.removesuffix(".one"): part.params["count"] for part in each.parts}
        if others:
            assert each.code.removesuffix(".one") == "idle.allowed"
            assert sum(counts.values()) == each.params["mentees"] == others
            # With a place left, whoever scored higher here would be here, and nobody would be alone.
            assert counts.keys() <= {"idle.higher", "idle.equal"}
        elif not theirs:
            assert sum(counts.values()) == each.params["mentees"] == 320


# What people read.


def small(mentees, mentors, capacity, *, rules=None, locked=(), criteria=None, managers=None, **options):
    scorer = Scorer(mentees, mentors, rules=rules, criteria=criteria or [Skills(weight=1)], managers=managers)
    found = chosen(scorer, capacity, locked)
    return find_out(
        scorer.raw_block,
        mentees=mentees,
        mentors=mentors,
        skills=["Python", "Law"],
        rules=scorer.rules,
        assignment=found,
        capacity=capacity,
        **options,
    )


def test_what_became_of_who_offers_what_is_wanted_most():
    # 1 wants Law most. 11 is their manager, 12 and 13 are taken, 14 is on a break, 15 offers Python alone.
    mentees = People.of([1, 2, 3], person_ids=[1, 2, 3], skills=[[1, 2], [2, 3], [1, 3]], level=[3, 4, 4])
    mentors = People.of(
        [11, 12, 13, 14, 15], skills=[[0, 1], [1, 1], [1, 1], [1, 1], [1, 0]], level=[5, 5, 5, 5, 2]
    )  # fmt: skip
    capacity = {11: 1, 12: 1, 13: 1, 14: 0, 15: 1}
    told = small(
        mentees,
        mentors,
        capacity,
        managers={1: 11, 2: 11, 3: 11},
        rules=Rules(min_level_gap=0),
        paused={14: 1},
        criteria=[LevelGap(weight=1, target=0)],
    )
    assert list(told.offering) == [1]
    offering = told.offering[1]
    assert offering.text("admin") == (
        "4 mentors offer Law, wanted most: 1 is in their reporting line, 2 are full, 1 is on a break"
    )
    assert offering.sentence == (
        "4 mentors offer Law, which you want most: 1 is in your reporting line, 2 are full, 1 is on a break"
    )
    stored = json.loads(json.dumps(offering.as_dict()))
    assert parted_text(stored) == offering.text("admin")
    assert parted_text(None) == parted_text({"code": "gone", "params": {}}) == ""
    assert {each.code: each.placed for each in told.relaxations} == {
        "relax.reporting_line": 1,
        "relax.level_too_low": 1,
        "relax.together": 1,
        "relax.place_full": 1,
        "relax.paused.one": 1,
    }
    assert [(each.mentor, each.text("admin")) for each in told.idle] == [
        (11, "None of the 3 mentees is allowed: 3 are in their reporting line"),
        (15, "None of the 3 mentees is allowed: the mentor’s level is too low for 3"),
    ]


def test_a_skill_that_nobody_offers_and_a_mentee_who_wants_nothing():
    mentees = People.of([1, 2], skills=[[0, 1], [0, 0]])
    told = small(mentees, People.of([11], skills=[[1, 0]]), {11: 0})
    assert told.offering == {1: Offering("offering.none", {"skill": "Law"})}
    assert told.offering[1].text("admin") == "No mentor offers Law, wanted most"


def test_why_nobody_more_came():
    # 12 has two places left: 1 scores higher with 11, 2 as high, 3 is locked to 11; 4 is theirs.
    mentees = People.of([1, 2, 3, 4], skills=[[1, 0], [1, 1], [0, 1], [0, 1]])
    mentors = People.of([11, 12], skills=[[1, 0], [0, 1]])
    told = small(mentees, mentors, {11: 3, 12: 3}, locked=[(3, 11)])
    assert told.idle == [
        Idle(
            "idle.allowed",
            {"mentees": 3},
            told.idle[0].parts,
            mentor=12,
            free=2,
        )
    ]
    assert told.idle[0].text("admin") == (
        "3 more mentees are allowed: 1 scores higher with another mentor, 1 scores as high with another mentor, "
        "1 stays with another mentor"
    )
    assert told.idle[0].as_dict()["free"] == 2


def test_a_mentor_whom_nobody_else_may_have():
    told = small(People.of([1], skills=[[1, 0]]), People.of([11], skills=[[1, 0]]), {11: 3})
    assert [(each.text("admin"), each.free) for each in told.idle] == [("Nobody else is allowed", 2)]


def test_people_who_score_lower_where_they_are_are_told_so():
    # As an assignment for the fairest lowest score may have it.
    mentees, mentors = People.of([1], skills=[[1, 0]]), People.of([11, 12], skills=[[0, 1], [1, 0]])
    scorer = Scorer(mentees, mentors, criteria=[Skills(weight=1)])
    held = Assignment((Pair(1, 11, 0.0),), (), 0.0, {12: 1})
    told = find_out(
        scorer.raw_block, mentees=mentees, mentors=mentors, skills=["Python", "Law"], rules=Rules(),
        assignment=held, capacity={11: 1, 12: 1},
    )  # fmt: skip
    assert told.idle[0].text("admin") == (
        "1 more mentee is allowed: 1 would score higher here, but the whole is better as it is"
    )


def test_thousands_stay_practical():
    random = np.random.default_rng(3)
    m, n = 4000, 1000
    # Groups that share a site and a language, so that many chains are long.
    site, other = random.integers(0, 12, m), random.integers(0, 12, n)
    blocked = np.where(site[:, None] == other[None, :], 0, Rule.SITE.bit).astype(np.uint16)
    blocked |= ((random.random((m, n)) < 0.7) * LANGUAGE).astype(np.uint16)
    mentees, mentors = range(1, m + 1), range(10_001, 10_001 + n)
    capacity = {mentor: int(seats) for mentor, seats in zip(mentors, random.integers(1, 6, n), strict=True)}
    started = time.perf_counter()
    found = relaxations(blocked, mentees=mentees, mentors=mentors, capacity=capacity)
    assert time.perf_counter() - started < 20
    assert {each.code for each in found} == {
        "relax.language", "relax.site", "relax.together", "relax.place_full",
    }  # fmt: skip
    seats = np.array(list(capacity.values()))
    by_code = {each.code: each.placed for each in found}
    assert by_code["relax.site"] == most(without(blocked, Rule.SITE.bit), seats) - most(blocked == 0, seats)
