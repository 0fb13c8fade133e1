"""Reasons told by runs of groups hold in every case in which they are told."""

from django.utils import timezone

from matching.models import Avoidance
from tests.matching.arranging.cast import groups, left, run, scheme
from tests.people import inside


def peer(*skills, capacity=0, level=3, **fields):
    return ("peer", {"skills": skills, "capacity": capacity, **fields}, {"level": level})


def test_an_even_number_is_not_called_odd_when_one_of_them_suits_nobody(org):
    people = {name: peer("Python") for name in ("Ann", "Ben", "Cem", "Dot", "Eva")}
    program, _who = scheme(org, "peer", {**people, "Zoe": peer("Python", level=9)})
    assert run(program) == (
        "2 groups for 5 people. Without those who are left over their number is odd, so three are together once. "
        "1 person is left over, with the reason given."
    )
    assert list(left(program)) == ["Zoe"]
    assert sorted(map(len, groups(program))) == [2, 3]


def test_a_mentor_on_a_break_is_not_said_to_have_given_a_place_to_a_better_pair(org):
    program, who = scheme(
        org,
        "cascade",
        {
            "Rae": peer(capacity=2, level=7, paused_at=timezone.now()),
            "Top": peer(capacity=2, level=7),
            "Mid": peer(capacity=2, level=5),
        },
    )
    with inside(org):
        Avoidance.objects.create(member=who["Top"].member, avoided=who["Mid"].member)
    run(program)
    assert left(program) == {
        "Mid": "The one person of the tier above who would suit is on a break; 1 is ruled out: ruled out for each other (1)."
    }
