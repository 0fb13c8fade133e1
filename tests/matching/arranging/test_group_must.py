"""Pairs decided by hand where people are not in plain pairs: held to by each format that can, and said where it can't."""

import pytest

from matching.models import PairRule
from matching.services import MatchingProblem, add_pair_rule
from tests.matching.arranging.cast import groups, left, pairs, run, scheme
from tests.people import inside


def mentor(*skills, capacity=6, **member):
    return ("mentor", {"skills": skills, "capacity": capacity}, {"level": 6, **member})


def mentee(*skills, **member):
    return ("mentee", {"skills": skills, "capacity": 0}, {"level": 3, **member})


def peer(*skills, capacity=0, level=3):
    return ("peer", {"skills": skills, "capacity": capacity}, {"level": level})


def decide(org, program, one, other, kind="must"):
    with inside(org):
        return PairRule.objects.create(program=program, mentee=one, mentor=other, kind=kind)


def circles(org, pythons=6, laws=6, takes=6):
    people = {"Maya": mentor("Python"), "Noor": mentor("Law", capacity=takes)}
    people |= {f"P{letter}": mentee("Python") for letter in "abcdef"[:pythons]}
    people |= {f"L{letter}": mentee("Law") for letter in "abcdef"[:laws]}
    return scheme(org, "circle", people)


def test_a_mentee_is_in_the_circle_that_was_decided_even_where_it_is_full_of_better_ones(org):
    program, who = circles(org)
    decide(org, program, who["Pa"], who["Noor"])
    run(program)
    (noors,) = (each for each in groups(program) if "Noor" in each)
    assert "Pa" in noors
    assert [len(each) for each in groups(program)] == [7, 7]
    assert left(program) == {}


def test_who_cannot_be_in_the_circle_that_was_decided_is_in_none_and_told_why(org):
    program, who = circles(org, pythons=5, laws=1, takes=3)
    decide(org, program, who["La"], who["Noor"])
    run(program)
    (only,) = groups(program)
    assert "La" not in only
    assert left(program)["La"] == (
        "It was decided by hand that they are with Noor Osei, whose circle can’t take them or can’t fill."
    )


def test_peers_who_were_decided_are_a_pair_and_take_in_an_odd_one(org):
    program, who = scheme(
        org, "peer", {"Ann": peer("Python"), "Ben": peer("Python"), "Cem": peer("Law"), "Dot": peer("Law")}
    )
    decide(org, program, who["Dot"], who["Ann"])
    run(program)
    assert groups(program) == [["Ann", "Dot"], ["Ben", "Cem"]]
    with inside(org):
        who["Ben"].delete()
    said = run(program)
    assert groups(program) == [["Ann", "Cem", "Dot"]]
    assert said == "1 group for 3 people. Their number is odd, so three are together once."


@pytest.mark.parametrize("turned", [False, True])
def test_peers_who_must_not_be_paired_are_not_whichever_way_round_it_was_said(org, turned):
    program, who = scheme(org, "peer", {"Ann": peer("Python"), "Ben": peer("Python"), "Cem": peer(), "Dot": peer()})
    both = [who["Ann"], who["Ben"]]
    decide(org, program, *(both[::-1] if turned else both), kind="must_not")
    run(program)
    assert ["Ann", "Ben"] not in groups(program)
    assert len(groups(program)) == 2


def test_a_pair_of_a_cascade_that_was_decided_goes_before_one_that_fits_better(org):
    program, who = scheme(
        org,
        "cascade",
        {
            "Top": peer("Python", capacity=1, level=7),
            "Tim": peer("Law", capacity=1, level=7),
            "Mia": peer("Python", capacity=1, level=5),
            "Noa": peer("Law", capacity=1, level=5),
        },
    )
    run(program)
    assert [each[:2] for each in pairs(program)] == [("Mia", "Top"), ("Noa", "Tim")]
    decide(org, program, who["Mia"], who["Tim"])
    run(program)
    assert [each[:2] for each in pairs(program)] == [("Mia", "Tim"), ("Noa", "Top")]


def test_a_pair_of_a_cascade_that_cannot_be_is_told(org):
    program, who = scheme(org, "cascade", {"Top": peer(capacity=1, level=7), "Mia": peer(capacity=1, level=5)})
    decide(org, program, who["Top"], who["Mia"])
    decide(org, program, who["Mia"], who["Top"])
    assert run(program) == "1 pair is proposed."


def test_a_mentee_of_a_network_asks_whom_it_was_decided(org):
    program, who = scheme(
        org,
        "network",
        {
            "Maya": mentor("Python", capacity=2, department="Sales"),
            "Noor": mentor("Python", capacity=1, department="Sales"),
            "Theo": mentee("Python"),
            "Uma": mentee("Python"),
        },
    )
    decide(org, program, who["Uma"], who["Noor"])
    run(program)
    assert pairs(program) == [("Theo", "Maya", "Python"), ("Uma", "Noor", "Python")]
    with inside(org):
        PairRule.objects.all().delete()
    decide(org, program, who["Theo"], who["Noor"])
    run(program)
    assert pairs(program) == [("Theo", "Noor", "Python"), ("Uma", "Maya", "Python")]


def test_an_applicant_sits_on_the_board_beside_whom_it_was_decided(org):
    people = {"Maya": mentor(level=9), "Noor": mentor(level=9)}
    people |= {f"P{number}": mentee(level=3) for number in range(7)}
    program, who = scheme(org, "board", people, format_settings={"boards": 2, "size": 3})
    for name in ("P4", "P6"):
        decide(org, program, who[name], who["Noor"])
    run(program)
    (noors,) = (each for each in groups(program) if "Noor" in each)
    assert {"P4", "P6"} < set(noors)


def test_peers_are_decided_on_the_page_once_whichever_way_round(org, alice, admin):
    program, who = scheme(org, "peer", {name: peer() for name in ("Ann", "Ben", "Cem")})
    url = f"/o/{org.slug}/programmes/{program.pk}/matching/pairs/"
    page = admin.get(url).content.decode()
    assert "One of the two" in page
    assert page.count("Ann Osei") == 2
    said = admin.post(url, {"mentee": who["Ann"].pk, "mentor": who["Ben"].pk, "kind": "must"}, follow=True)
    assert "Ann Osei and Ben Osei will be paired by the next run." in said.content.decode()
    with inside(org):
        add_pair_rule(program, mentee=who["Ben"], mentor=who["Ann"], kind="must", by=alice)
        assert PairRule.objects.count() == 1
        for one, other, sentence in (
            ("Cem", "Ann", "Ann Osei and Ben Osei must be paired already, and each can be in one pair only."),
            ("Cem", "Cem", "Choose two different people."),
        ):
            with pytest.raises(MatchingProblem, match=sentence):
                add_pair_rule(program, mentee=who[one], mentor=who[other], kind="must", by=alice)


def test_at_an_event_only_who_must_not_meet_is_decided(org, alice, admin):
    program, who = scheme(org, "speed", {"Maya": mentor(), "Noor": mentor(), "Theo": mentee(), "Uma": mentee()})
    url = f"/o/{org.slug}/programmes/{program.pk}/matching/pairs/"
    page = admin.get(url).content.decode()
    assert "only who must not meet can be decided by hand" in page
    assert 'value="must"' not in page
    said = admin.post(url, {"mentee": who["Theo"].pk, "mentor": who["Maya"].pk, "kind": "must"})
    assert said.status_code == 422
    decide(org, program, who["Theo"], who["Maya"], kind="must_not")
    run(program)
    assert ["Maya", "Theo"] not in groups(program)


@pytest.mark.parametrize(
    ("format", "sentence"),
    [
        ("circle", "The next run puts Theo Osei into the circle of Maya Osei, or into none."),
        ("board", "The next run puts Theo Osei on the board beside Maya Osei, or on none."),
        ("network", "The next run lets Theo Osei ask Maya Osei about a topic that both have named."),
    ],
)
def test_each_format_promises_only_what_it_keeps(org, admin, format, sentence):
    program, who = scheme(org, format, {"Maya": mentor(), "Theo": mentee()})
    url = f"/o/{org.slug}/programmes/{program.pk}/matching/pairs/"
    said = admin.post(url, {"mentee": who["Theo"].pk, "mentor": who["Maya"].pk, "kind": "must"}, follow=True)
    assert sentence in said.content.decode()
