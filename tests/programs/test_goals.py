"""Goals: set, changed, moved on, closed; by those in the mentorship and nobody else."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from programs.models import Goal, GoalProgress, Milestone
from programs.services import goals
from programs.services.problems import ChangedMeanwhile, ProgramProblem
from tests.people import inside, make_member, make_mentorship

SOON = timezone.now().date() + timedelta(days=60)


@pytest.fixture
def maya(org):
    return make_member(org, "Maya")


@pytest.fixture
def theo(org):
    return make_member(org, "Theo")


@pytest.fixture
def mentorship(program, maya, theo):
    return make_mentorship(maya, theo, program=program)


def wanted(**fields):
    fields = {
        "text": "Speak to the board",
        "measure": "talks given",
        "due_on": SOON,
        "baseline": Decimal(0),
        "target": Decimal(4),
    } | fields
    return goals.Wanted(**fields)


@pytest.fixture
def goal(org, mentorship, theo):
    with inside(org):
        return goals.add_goal(mentorship, wanted(), owner=theo, milestones=["Watch one", "", " Rehearse  it "], by=theo)


def test_progress_counts_from_the_start_to_the_target(org, goal, maya, theo):
    with inside(org):
        assert goals.share_reached(goal) == 0
        goals.note_progress(goal, value=Decimal(1), note="First one", by=theo)
        goals.note_progress(goal, value=Decimal(3), note="", by=maya)
        found = goals.goals_of(goal.mentorship)[0]
        assert goals.share_reached(found) == 0.75
        assert [each.by.given_name for each in found.progress.all()] == ["Theo", "Maya"]
        goals.note_progress(goal, value=Decimal(9), note="", by=theo)
        assert goals.share_reached(goals.goals_of(goal.mentorship)[0]) == 1


def test_a_target_may_be_lower_than_today(org, mentorship, theo):
    with inside(org):
        goal = goals.add_goal(mentorship, wanted(baseline=Decimal(10), target=Decimal(2)), owner=theo, by=theo)
        goals.note_progress(goal, value=Decimal(8), note="", by=theo)
        assert goals.share_reached(goals.goals_of(mentorship)[0]) == 0.25


def test_without_a_number_the_steps_count(org, mentorship, theo, maya):
    with inside(org):
        goal = goals.add_goal(
            mentorship, wanted(baseline=None, target=None), owner=theo, milestones=["a", "b", "c", "d"], by=maya
        )
        goals.tick_milestone(goal.milestones.first(), done=True, by=maya)
        assert goals.share_reached(goals.goals_of(mentorship)[0]) == 0.25
        bare = goals.add_goal(mentorship, wanted(baseline=None, target=None), owner=maya, by=maya)
        assert goals.share_reached(bare) is None


def test_the_second_of_two_who_change_a_goal_is_told(org, goal, maya, theo):
    with inside(org):
        goals.change_goal(goal, wanted(text="Speak to the council"), version=1, by=theo)
        with pytest.raises(ChangedMeanwhile):
            goals.change_goal(goal, wanted(text="Speak to nobody"), version=1, by=maya)
        assert Goal.objects.get().text == "Speak to the council"


def test_only_those_in_it_write(org, goal, alice, bob):
    with inside(org):
        for stranger in (alice, bob):
            with pytest.raises(PermissionDenied):
                goals.note_progress(goal, value=Decimal(1), note="", by=stranger)
            with pytest.raises(PermissionDenied):
                goals.close_goal(goal, status="reached", score=8, by=stranger)
        with pytest.raises(ProgramProblem):
            goals.add_goal(goal.mentorship, wanted(), owner=bob, by=goal.owner)


def test_closing_and_opening_again(org, goal, maya, theo):
    with inside(org):
        goals.close_goal(goal, status="partly", score=6, by=theo)
        with pytest.raises(ProgramProblem):
            goals.note_progress(goal, value=Decimal(1), note="", by=maya)
        with pytest.raises(ChangedMeanwhile):
            goals.close_goal(goal, status="reached", score=9, by=maya)
        found = Goal.objects.get()
        assert (found.status, found.score) == ("partly", 6)
        goals.reopen_goal(goal, by=maya)
        found.refresh_from_db()
        assert (found.status, found.score, found.closed_at) == ("open", None, None)


def test_no_more_than_ten_at_once(org, mentorship, theo):
    with inside(org):
        for _n in range(10):
            goals.add_goal(mentorship, wanted(), owner=theo, by=theo)
        with pytest.raises(ProgramProblem, match="10 goals under way"):
            goals.add_goal(mentorship, wanted(), owner=theo, by=theo)


# The pages.


def form(**fields):
    return {
        "text": "Speak to the board", "measure": "talks given", "baseline": "0", "target": "4", "unit": "talks",
        "due_on": SOON.isoformat(), "why": "I want to", "milestones": "Watch one\nRehearse", "skill": "",
    } | fields  # fmt: skip


def test_setting_a_goal_on_the_page(url, org, mentorship, theo, sign_in):
    mine = sign_in(theo)
    assert "No goal yet" in mine.get(url("goals", mentorship.pk)).content.decode()
    answer = mine.post(url("goal_create", mentorship.pk), form(owner=theo.pk))
    with inside(org):
        goal = Goal.objects.get()
        assert answer.url == url("goal", goal.pk)
        assert (goal.text, goal.target, goal.unit, goal.owner_id) == (
            "Speak to the board",
            Decimal(4),
            "talks",
            theo.pk,
        )
        assert list(goal.milestones.values_list("text", "position")) == [("Watch one", 0), ("Rehearse", 1)]
    assert "Speak to the board" in mine.get(url("mentorship", mentorship.pk)).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": ""}, "This field is required."),
        ({"target": ""}, "Give both numbers, or neither."),
        ({"target": "0"}, "The target must differ from today."),
        ({"due_on": "2020-01-01"}, "This day is past."),
        ({"due_on": ""}, "This field is required."),
    ],
)
def test_what_is_no_goal_is_kept_and_said(url, org, mentorship, theo, sign_in, fields, said):
    answer = sign_in(theo).post(url("goal_create", mentorship.pk), form(owner=theo.pk, why="Typed at length", **fields))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Typed at length" in answer.content.decode()
    with inside(org):
        assert not Goal.objects.exists()


def test_a_goal_to_change_stands_in_the_fields_as_browsers_and_people_write_it(url, goal, theo, sign_in):
    page = sign_in(theo).get(url("goal_edit", goal.pk)).content.decode()
    assert f'name="due_on" value="{SOON.isoformat()}"' in page
    assert 'name="baseline" value="0"' in page
    assert 'name="target" value="4"' in page


def test_two_change_it_at_once_on_the_page(url, org, goal, theo, maya, sign_in):
    fields = form(version="1", text="Speak to the council")
    assert sign_in(theo).post(url("goal_edit", goal.pk), fields).status_code == 302
    second = sign_in(maya)
    answer = second.post(url("goal_edit", goal.pk), form(version="1", text="Speak to parliament"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody has changed this goal" in page
    assert "Speak to the council" in page
    assert 'value="Speak to parliament"' in page
    assert 'name="version" value="2"' in page
    # Sent again, knowing what stands there, it counts.
    assert second.post(url("goal_edit", goal.pk), form(version="2", text="Speak to parliament")).status_code == 302
    with inside(org):
        assert Goal.objects.get().text == "Speak to parliament"


def test_progress_and_steps_on_the_page(url, org, goal, theo, maya, sign_in):
    mine = sign_in(maya)
    assert mine.post(url("goal_progress", goal.pk), {"value": "", "note": " "}).status_code == 422
    assert mine.post(url("goal_progress", goal.pk), {"value": "x", "note": "kept"}).status_code == 422
    mine.post(url("goal_progress", goal.pk), {"value": "2", "note": "=Went well"})
    with inside(org):
        assert list(GoalProgress.objects.values_list("value", "note", "by__given_name")) == [
            (Decimal(2), "=Went well", "Maya")
        ]
        step = Milestone.objects.first()
    page = mine.get(url("goal", goal.pk)).content.decode()
    assert "50%" in page
    assert "How this goal has moved" in page
    mine.post(url("milestone", step.pk), {"do": "done"})
    assert mine.post(url("milestone_add", goal.pk), {"text": ""}).status_code == 422
    mine.post(url("milestone_add", goal.pk), {"text": "Ask for a slot"})
    page = mine.get(url("goal", goal.pk)).content.decode()
    assert "1 of 3 steps done" in page
    mine.post(url("milestone", step.pk), {"do": "remove"})
    with inside(org):
        assert list(Milestone.objects.values_list("text", flat=True)) == ["Rehearse it", "Ask for a slot"]


def test_closing_on_the_page(url, org, goal, theo, sign_in):
    mine = sign_in(theo)
    assert mine.post(url("goal_close", goal.pk), {"status": "", "score": "11"}).status_code == 422
    mine.post(url("goal_close", goal.pk), {"status": "reached", "score": "9"})
    assert "9 of 10" in mine.get(url("goal", goal.pk)).content.decode()
    assert mine.get(url("goal_close", goal.pk)).status_code == 302
    mine.post(url("goal_close", goal.pk), {"reopen": "1"})
    with inside(org):
        assert Goal.objects.get().status == "open"


@pytest.mark.parametrize("who", ["alice", "bob", "sam"])
def test_nobody_else_reads_them(url, goal, mentorship, sign_in, request, who):
    client = sign_in(request.getfixturevalue(who))
    for name, pk in [
        ("goals", mentorship.pk),
        ("goal_create", mentorship.pk),
        ("goal", goal.pk),
        ("goal_edit", goal.pk),
    ]:
        assert client.get(url(name, pk)).status_code == 404
    for name in ("goal_progress", "milestone_add", "goal_close"):
        assert client.post(url(name, goal.pk), {"text": "x", "note": "x", "status": "reached"}).status_code == 404


def test_an_ended_mentorship_keeps_its_goals_and_takes_no_more(url, org, goal, mentorship, theo, sign_in):
    with inside(org):
        type(mentorship).objects.update(status="ended", ended_at=timezone.now())
    mine = sign_in(theo)
    assert "Speak to the board" in mine.get(url("goals", mentorship.pk)).content.decode()
    assert mine.get(url("goal_create", mentorship.pk)).status_code == 302
    assert mine.post(url("goal_progress", goal.pk), {"value": "2", "note": ""}).status_code == 422
    assert date.today() <= SOON


def test_wrong_methods(url, goal, mentorship, theo, sign_in):
    mine = sign_in(theo)
    assert mine.post(url("goals", mentorship.pk)).status_code == 405
    assert mine.get(url("goal_progress", goal.pk)).status_code == 405
