"""Objectives with a measure each: kept in order, counted by the platform where it can, and looked back on."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from programs import measures, services
from programs.models import Goal, Mentorship, Objective
from programs.services import planning
from programs.services.problems import ProgramProblem
from tests.people import inside, make_member, make_mentorship
from tests.programs.scheme import make_pair, make_program, sign_up


def test_the_objective_of_the_wizard_becomes_the_first(org, alice):
    program = make_program(alice, objective="Lose fewer people")
    with inside(org):
        assert [(each.text, each.measure) for each in program.objectives.all()] == [("Lose fewer people", "own")]


def test_added_changed_moved_and_removed(sign_in, url, org, alice, program):
    client = sign_in(alice)
    for text in ("One", "Two", "Three"):
        sent = {"text": text, "measure": "matched", "baseline": "", "target": "80"}
        assert client.post(url("objective_create", program.pk), sent).status_code == 302
    with inside(org):
        one, two, three = Objective.objects.filter(program=program)
    client.post(url("objective_move", three.pk), {"up": "1"})
    client.post(url("objective_remove", one.pk))
    client.post(
        url("objective", two.pk), {"text": "Second", "measure": "own", "own_measure": "Resignations", "target": "3.5"}
    )
    with inside(org):
        assert list(program.objectives.values_list("text", "target")) == [
            ("Three", Decimal(80)), ("Second", Decimal("3.5")),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"text": "", "measure": "goals"}, "text"),
        ({"text": "Stay", "measure": "own", "own_measure": " "}, "own_measure"),
        ({"text": "Stay", "measure": "matched", "target": "120"}, "target"),
        ({"text": "Stay", "measure": "satisfaction", "target": "6"}, "target"),
        ({"text": "Stay", "measure": "feelings"}, "measure"),
    ],
)
def test_bad_input_is_answered_beside_its_field(sign_in, url, alice, program, sent, field):
    answer = sign_in(alice).post(url("objective_create", program.pk), sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_who_has_a_mentor_is_counted(org, alice, program):
    pair = make_pair(program, alice)
    sign_up(program, make_member(org, "Ann"), by=alice)
    with inside(org):
        assert str(measures.matched(program)) == "0 %"
        Mentorship.objects.filter(pk=pair.pk).update(status="active", started_at=pair.offered_at)
        pair.participants.update(response="accepted")
        figure = measures.matched(program)
        assert (figure.value, figure.basis) == (Decimal("50.0"), "1 of 2 people")


def test_mentorships_that_are_over_are_counted(org, alice, program):
    with inside(org):
        assert measures.completed(program).value is None
    for number, status in enumerate(["completed", "completed", "ended", "active"]):
        people = [make_member(org, f"{name}{number}") for name in ("Maya", "Theo")]
        make_mentorship(*people, program=program, status=status)
    with inside(org):
        figure = measures.completed(program)
        assert (figure.value, figure.basis) == (Decimal("66.7"), "2 of 3 mentorships that are over")


def test_goals_are_told_of_five_at_least(org, alice, program):
    pair = make_mentorship(make_member(org, "Maya"), make_member(org, "Theo"), program=program)
    with inside(org):

        def close(*statuses):
            for status in statuses:
                Goal.objects.create(mentorship=pair, owner=alice, text="x", measure="y", status=status)

        close("reached", "reached", "partly", "dropped", "open")
        assert measures.goals(program).value is None
        close("reached")
        assert measures.goals(program).value == Decimal(60)


def test_the_apps_above_count_too(org, alice, program):
    make_mentorship(make_member(org, "Maya"), make_member(org, "Theo"), program=program)
    with inside(org):
        for key in ("sessions", "satisfaction"):
            planning.add_objective(program, text="x", measure=key, by=alice)
        figures = measures.figures_of(program, list(program.objectives.all()))
        assert (figures["sessions"].value, figures["sessions"].basis) == (Decimal(0), "0 held in 1 mentorship")
        assert figures["satisfaction"].basis == "shown once five people have answered"


@pytest.mark.parametrize(
    ("baseline", "target", "value", "reached"),
    [
        (None, 80, 80, True),
        (None, 80, 79, False),
        (12, 8, 7, True),
        (12, 8, 9, False),
        (1, None, 5, None),
        (1, 2, None, None),
    ],
)
def test_a_target_may_lie_either_way(baseline, target, value, reached):
    assert planning.is_reached(SimpleNamespace(baseline=baseline, target=target), value) is reached


def test_looking_back_after_closing(sign_in, url, org, alice, program):
    client = sign_in(alice)
    with inside(org):
        counted = planning.add_objective(program, text="All matched", measure="matched", target=90, by=alice)
        own = planning.add_objective(program, text="Stay", own_measure="Resignations", by=alice)
    make_pair(program, alice)
    assert "Look back on the objectives" in client.get(url("close", program.pk)).content.decode()
    answer = client.post(url("close", program.pk))
    assert answer.url == url("objective_review", counted.pk, query="?next=1")
    assert "0 of 1 person" in client.get(answer.url).content.decode()
    # What the platform counts can't be typed.
    answer = client.post(url("objective_review", counted.pk), {"result": "99", "review": "Too late.", "next": "1"})
    assert answer.url == url("objective_review", own.pk, query="?next=1")
    assert client.post(url("objective_review", own.pk), {"result": "many"}).status_code == 422
    client.post(url("objective_review", own.pk), {"result": "4.2", "review": "Fewer."})
    with inside(org):
        assert list(program.objectives.values_list("result", "review")) == [
            (Decimal(0), "Too late."), (Decimal("4.2"), "Fewer."),
        ]  # fmt: skip
        with pytest.raises(ProgramProblem):
            planning.remove_objective(own, by=alice)
    assert "result: 4.2" in client.get(url("plan", program.pk)).content.decode()


def test_a_draft_has_nothing_to_look_back_on(sign_in, url, org, alice):
    draft = make_program(alice, launched=False)
    with inside(org):
        own = planning.add_objective(draft, text="Stay", by=alice)
    assert sign_in(alice).get(url("objective_review", own.pk)).status_code == 404


def test_there_are_never_more_than_twelve(org, alice, program):
    with inside(org):
        for _number in range(12):
            planning.add_objective(program, text="x", by=alice)
        with pytest.raises(services.ProgramProblem):
            planning.add_objective(program, text="x", by=alice)
