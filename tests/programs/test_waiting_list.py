"""The waiting list: first come, first served, said in words, with one's own number."""

import pytest

from programs import services
from programs.models import Enrolment
from programs.services.places import waiting_position
from tests.people import inside, make_member
from tests.programs.scheme import make_program, sign_up


@pytest.fixture
def program(alice):
    return make_program(alice, needs_approval=False, mentee_places=1)


@pytest.fixture
def queue(org, program):
    """Four who come one after another; the first gets the place."""
    return [sign_up(program, make_member(org, name)) for name in ("Ann", "Ben", "Cleo", "Dan")]


def standing(org, queue):
    with inside(org):
        found = {each.pk: each for each in Enrolment.objects.all()}
        return [(found[each.pk].status, waiting_position(found[each.pk])) for each in queue]


def test_whoever_comes_first_is_first(org, queue):
    assert standing(org, queue) == [("active", None), ("waiting", 1), ("waiting", 2), ("waiting", 3)]


def test_a_place_that_becomes_free_goes_to_number_one(org, queue):
    with inside(org):
        services.withdraw(queue[0], by=queue[0].member)
    assert standing(org, queue) == [("withdrawn", None), ("active", None), ("waiting", 1), ("waiting", 2)]


def test_more_places_move_it_up_in_order(org, alice, program, queue):
    with inside(org):
        services.change_program(program, by=alice, mentee_places=3)
    assert standing(org, queue) == [("active", None), ("active", None), ("active", None), ("waiting", 1)]


def test_who_leaves_the_list_lets_the_others_up(org, queue):
    with inside(org):
        services.withdraw(queue[1], by=queue[1].member)
    assert standing(org, queue)[2:] == [("waiting", 1), ("waiting", 2)]


def test_mentors_never_wait(org, program, queue):
    assert sign_up(program, make_member(org, "Maya"), role="mentor").status == "active"


def test_what_counts_is_when_they_signed_up_not_when_they_were_approved(org, alice):
    program = make_program(alice, name="Approved", mentee_places=1)
    early, late, third = (sign_up(program, make_member(org, name)) for name in ("Eve", "Lou", "Tom"))
    with inside(org):
        for own in (third, late, early):
            services.approve(own, by=alice)
    assert standing(org, [third, late, early]) == [("active", None), ("waiting", 2), ("waiting", 1)]


def test_everybody_sees_their_number(sign_in, url, program, queue):
    page = sign_in(queue[2].member).get(url("detail", program.pk)).content.decode()
    assert "You are number 2 on the waiting list." in page
    assert "it goes to whoever signed up first" in page


def test_the_admin_sees_the_order(sign_in, url, alice, program, queue):
    answer = sign_in(alice).get(url("enrolments", program.pk, query="?status=waiting"))
    page = answer.content.decode()
    assert "Whoever signed up first is first." in page
    assert [(each.member.given_name, each.number) for each in answer.context["page"]] == [
        ("Ben", 1), ("Cleo", 2), ("Dan", 3),
    ]  # fmt: skip
