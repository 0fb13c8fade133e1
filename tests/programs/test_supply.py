"""Supply against demand by skill."""

import itertools
import random
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import Member
from matching.showing.leftovers import unmatched_mentees
from programs import services
from programs.models import Mentorship
from programs.services.supply import most_placed, supply_of
from programs.views.programs import count, next_step
from reports.home.running import running_of
from tests.people import inside, make_member
from tests.programs.scheme import make_program, sign_up


@pytest.fixture
def people(org, alice, program):
    """Three want Python, one wants French, one anything; Python has two places, Welsh one."""

    def add(name, role, *skills, **fields):
        return sign_up(program, make_member(org, name), role=role, by=alice, skills=list(skills), **fields)

    return {
        "ann": add("Ann", "mentee", "Python", "French"),
        "ben": add("Ben", "mentee", "Python"),
        "cleo": add("Cleo", "mentee", "Welsh", "Python"),
        "dan": add("Dan", "mentee"),
        "maya": add("Maya", "mentor", "Python", capacity=2),
        "wyn": add("Wyn", "mentor", "Welsh", "Cooking", capacity=1),
    }


def test_each_skill_with_what_is_short(org, program, people):
    with inside(org):
        found = supply_of(program)
    assert [(each.name, each.wanted, each.first, each.mentors, each.places, each.short) for each in found.skills] == [
        ("Python", 3, 2, 1, 2, 1),
        ("French", 1, 0, 0, 0, 1),
        ("Welsh", 1, 1, 1, 1, 0),
        ("Cooking", 0, 0, 1, 1, 0),
    ]
    assert (found.waiting, found.places, found.placeable, found.open_minded) == (4, 3, 3, 1)
    assert [each.name for each in found.short] == ["Python", "French"]
    assert [each.name for each in found.idle] == ["Cooking"]


def test_who_has_somebody_and_places_that_are_taken_do_not_count(org, alice, program, people):
    with inside(org):
        services.offer_mentorship(program, mentor=people["maya"], mentee=people["ann"], by=alice)
        found = supply_of(program)
    assert (found.waiting, found.places) == (3, 2)
    python = next(each for each in found.skills if each.name == "Python")
    assert (python.wanted, python.places) == (2, 1)


def test_who_is_not_enrolled_yet_is_only_named(sign_in, url, org, alice, program, people):
    sign_up(program, make_member(org, "Eve"), skills=["Python"])
    with inside(org):
        assert (supply_of(program).waiting, supply_of(program).not_counted) == (4, 1)
    page = sign_in(alice).get(url("supply", program.pk)).content.decode()
    assert "At best 3 of 4 can be placed" in page
    assert "Python: wanted by 3, with 2 places." in page
    assert "French: 1 person wants it, and nobody with a free place offers it." in page
    assert "1 sign-up that is not approved or waits for a place is not counted." in page
    assert "1 place short" in page


def test_enough_for_everybody(sign_in, url, org, alice, program):
    sign_up(program, make_member(org, "Maya"), role="mentor", by=alice, capacity=1)
    sign_up(program, make_member(org, "Ann"), by=alice)
    assert "There is a place for everybody who waits" in sign_in(alice).get(url("supply", program.pk)).content.decode()


def test_nothing_yet(sign_in, url, alice, program):
    assert "Nothing to compare yet" in sign_in(alice).get(url("supply", program.pk)).content.decode()


def test_who_has_finished_or_left_seeks_nobody_wherever_it_is_counted(sign_in, url, org, alice, program, people):
    """Ann is in a mentorship, Ben's is completed, Cleo has left, Dan waits; so does Eve, who signed up once more."""
    now = timezone.now()
    people["eve"] = sign_up(program, make_member(org, "Eve"), by=alice)
    with inside(org):
        for name, status, ended_at in (
            ("ann", "active", None), ("ben", "completed", now), ("eve", "completed", now - timedelta(days=9)),
        ):  # fmt: skip
            pair = services.offer_mentorship(program, mentor=people["maya"], mentee=people[name], by=alice)
            Mentorship.objects.filter(pk=pair.pk).update(status=status, started_at=now, ended_at=ended_at)
        yesterday = (now - timedelta(days=1)).date()
        Member.objects.filter(pk=people["cleo"].member_id).update(left_on=yesterday)
        found = supply_of(program)
        assert (found.waiting, found.places, found.open_minded) == (2, 2, 1)
        assert [(each.name, each.wanted) for each in found.short] == []
        assert (found.skills[0].name, found.skills[0].wanted, found.skills[0].places) == ("Python", 1, 1)
        assert count(program)["unmatched"] == 2
        assert sorted(each.member.given_name for each in unmatched_mentees(program)) == ["Dan", "Eve"]
        assert [row.unmatched for row in running_of(alice).programs] == [2]
    page = sign_in(alice).get(url("detail", program.pk)).content.decode()
    assert "2 of them without a mentor" in page
    with inside(org):
        # Maya's two places and Wyn's one are enough: Ben needs none any more.
        Member.objects.filter(pk=people["wyn"].member_id).update(left_on=yesterday)
        assert supply_of(program).places == 1


def test_places_are_missing_for_those_only_who_still_need_one(org, alice, program):
    maya = sign_up(program, make_member(org, "Maya"), role="mentor", by=alice, capacity=1)
    ann, _ben = (sign_up(program, make_member(org, name), by=alice) for name in ("Ann", "Ben"))

    def asked():
        with inside(org):
            step = next_step(SimpleNamespace(organisation=org), program, count(program), [])
            return step and (step.title, step.text.split(". ")[0])

    needed = "1 more place for mentees is needed"
    assert asked() == (needed, "The mentors take 1 mentees, and 2 have signed up")
    with inside(org):
        pair = services.offer_mentorship(program, mentor=maya, mentee=ann, by=alice)
        Mentorship.objects.filter(pk=pair.pk).update(
            status="completed", started_at=timezone.now(), ended_at=timezone.now()
        )
    assert asked() is None
    sign_up(program, make_member(org, "Cy"), by=alice)
    assert asked() == (needed, "The mentors take 1 mentees, and 2 have somebody or look for somebody")


@pytest.mark.parametrize("format", ["board", "speed"])
def test_where_nobody_gives_places_there_is_no_supply(sign_in, url, org, alice, format):
    program = make_program(alice, format=format)
    admin = sign_in(alice)
    assert admin.get(url("supply", program.pk)).status_code == 404
    for page in ("plan", "enrolments"):
        assert "supply/" not in admin.get(url(page, program.pk)).content.decode()


def test_where_all_are_alike_there_are_no_two_sides(sign_in, url, alice):
    assert sign_in(alice).get(url("supply", make_program(alice, format="peer").pk)).status_code == 404


def test_the_best_is_found_as_trying_everything_finds_it():
    dice = random.Random(5)
    for _round in range(150):
        places = {mentor: dice.randint(0, 2) for mentor in range(3)}
        choices = {100 + n: {m for m in places if dice.random() < 0.5} for n in range(5)}

        def best(choices=choices, places=places):
            found = 0
            for taken in itertools.product(*[[None, *wanted] for wanted in choices.values()]):
                if all(taken.count(mentor) <= free for mentor, free in places.items()):
                    found = max(found, sum(each is not None for each in taken))
            return found

        assert most_placed(choices, places) == best(), (choices, places)
