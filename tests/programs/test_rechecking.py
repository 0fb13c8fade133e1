"""When what was true at the match is no longer, an admin is asked to look; once."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts import services as people
from accounts.models import Member
from accounts.signals import members_changed
from mentoring.outbox.models import Message
from programs.criteria import complete
from programs.models import Mentorship, Program
from programs.services import rechecking
from tests.people import inside, make_member, make_mentorship
from tests.programs.scheme import make_program


@pytest.fixture
def maya(org):
    return make_member(org, "Maya", site="Leeds")


@pytest.fixture
def theo(org):
    return make_member(org, "Theo", site="Leeds")


@pytest.fixture
def mentorship(program, maya, theo):
    return make_mentorship(maya, theo, program=program)


def change(*members, **fields):
    Member.objects.filter(pk__in=[member.pk for member in members]).update(**fields)
    members_changed.send(sender=Member, members=[member.pk for member in members])
    return Mentorship.objects.get().check_reason


def test_under_the_others_management_also_further_down(org, mentorship, maya, theo):
    bea = make_member(org, "Bea")
    with inside(org):
        assert change(theo, manager=bea) == ""
        assert change(bea, manager=maya) == ""
        # Bea is nobody's mentee: the chain is seen when one of the two changes.
        assert change(theo, job_title="x") == "Maya Osei now manages Theo Osei."
        [letter] = Message.objects.filter(kind="mentorship_check")
        assert letter.recipient == "alice@northwind.example"
        assert change(theo, job_title="y") == "Maya Osei now manages Theo Osei."
        assert Message.objects.filter(kind="mentorship_check").count() == 1
        # Moved back, there is nothing to look at.
        assert change(theo, manager=None) == ""


def test_a_circle_of_managers_ends(org, mentorship, maya, theo, bob):
    carla = make_member(org, "Carla")
    with inside(org):
        Member.objects.filter(pk=bob.pk).update(manager=carla)
        Member.objects.filter(pk=carla.pk).update(manager=bob)
        assert change(theo, manager=bob) == ""


@pytest.mark.parametrize(
    ("rules", "fields", "reason"),
    [
        ({"same_site": True}, {"site": "York"},
         "Maya Osei and Theo Osei now work in different places, which this programme rules out."),
        ({"same_site": False}, {"site": "York"}, ""),
        ({"min_level_gap": 1}, {"level": 6}, "The levels of Maya Osei and Theo Osei no longer fit the rules of this programme."),
        ({"min_level_gap": 1}, {"level": 4}, ""),
    ],
)  # fmt: skip
def test_what_the_programme_rules_out(org, program, mentorship, maya, theo, rules, fields, reason):
    with inside(org):
        Member.objects.filter(pk=maya.pk).update(level=6)
        Program.objects.filter(pk=program.pk).update(criteria={"rules": rules})
        assert change(theo, **fields) == reason


@pytest.mark.parametrize("format", ["board", "speed"])
def test_whose_boss_leads_a_board_by_design_is_no_news(org, alice, maya, theo, format):
    make_mentorship(maya, theo, program=make_program(alice, format=format))
    with inside(org):
        assert change(theo, manager=maya) == ""
        assert change(theo, manager=None) == ""
        assert change(maya, manager=theo) == ""
        assert not Message.objects.filter(kind="mentorship_check").exists()


def test_a_programme_that_allows_the_reporting_line_allows_it_later_too(org, program, mentorship, maya, theo):
    with inside(org):
        rules = complete(None, program.kind)["rules"]
        Program.objects.filter(pk=program.pk).update(criteria={"rules": {**rules, "reporting_line": False}})
        assert change(theo, manager=maya) == ""
        Program.objects.filter(pk=program.pk).update(criteria={"rules": rules})
        assert change(theo, job_title="x") == "Maya Osei now manages Theo Osei."


def test_an_admin_keeps_it_and_is_not_asked_again(org, mentorship, maya, theo, alice, bob, sign_in, url, program):
    with inside(org):
        change(theo, manager=maya)
    page = sign_in(alice).get(url("detail", program.pk)).content.decode()
    assert "Maya Osei now manages Theo Osei." in page
    assert "Maya Osei now manages" not in sign_in(theo).get(url("mentorship", mentorship.pk)).content.decode()
    assert sign_in(theo).post(url("mentorship_keep", mentorship.pk)).status_code == 403
    assert sign_in(bob).post(url("mentorship_keep", mentorship.pk)).status_code == 403
    assert "Keep it as it is" in sign_in(alice).get(url("mentorship", mentorship.pk)).content.decode()
    sign_in(alice).post(url("mentorship_keep", mentorship.pk))
    with inside(org):
        assert Mentorship.objects.get().check_reason == ""
        assert change(theo, job_title="x") == ""
        assert Message.objects.filter(kind="mentorship_check").count() == 1


def test_a_last_day_ahead_is_told_while_there_is_time(org, mentorship, theo, alice):
    day = timezone.now().date() + timedelta(days=30)
    with inside(org):
        people.mark_left(theo, last_day=day, by=alice)
        found = Mentorship.objects.get()
        assert found.status == "active"
        assert found.check_reason == f"Theo Osei leaves the organisation on {day.day} {day:%B %Y}."


def test_who_has_left_leaves_somebody_to_be_matched(org, mentorship, maya, theo, alice):
    with inside(org):
        people.mark_left(theo, last_day=date(2026, 1, 31), by=alice)
        found = Mentorship.objects.get()
        assert (found.status, found.check_reason) == ("ended", "Theo Osei has left the organisation.")
        assert Message.objects.filter(kind="mentorship_check").count() == 1


def test_an_import_of_many_asks_the_database_as_often_as_of_one(
    org, mentorship, maya, theo, django_assert_max_num_queries
):
    with inside(org):
        others = [make_member(org, f"Row{n}", login=False).pk for n in range(30)]
        with django_assert_max_num_queries(8):
            rechecking.look_again([theo.pk, maya.pk, *others])
