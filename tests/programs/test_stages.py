"""Stages: planned with the format, moved with its days, begun by hand or in the night."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from mentoring.jobs import registry
from mentoring.tenancy.clock import today
from programs import services
from programs.models import Program, Stage
from programs.services import staging
from programs.services.problems import ProgramProblem
from tests.people import inside
from tests.programs.scheme import make_program

DAYS = {"starts_on": date(2030, 1, 1), "ends_on": date(2030, 12, 27)}


def rows(org, program):
    with inside(org):
        return [(each.key, each.starts_on) for each in staging.stages_of(program)]


def current(org, program):
    with inside(org):
        return [each.key for each in staging.stages_of(program) if each.begun_at and not each.ended_at]


def test_they_come_with_the_format_and_its_days(org, alice):
    program = make_program(alice, **DAYS)
    assert rows(org, program) == [
        ("recruiting", None),
        ("matching", None),
        ("meeting", date(2030, 1, 1)),
        ("review", date(2030, 6, 30)),
        ("closing", date(2030, 11, 21)),
    ]
    assert current(org, program) == ["recruiting"]


def test_another_format_brings_its_own(org, alice):
    draft = make_program(alice, format="onboarding", launched=False)
    assert [key for key, _day in rows(org, draft)] == ["recruiting", "meeting"]


def test_days_move_with_the_programme_unless_set_by_hand(org, alice):
    program = make_program(alice, **DAYS)
    with inside(org):
        review = Stage.objects.get(program=program, key="review")
        staging.change_stage(review, by=alice, starts_on=date(2030, 5, 5))
        services.change_program(program, by=alice, starts_on=date(2030, 1, 11), ends_on=date(2031, 1, 6))
    assert rows(org, program)[2:] == [
        ("meeting", date(2030, 1, 11)), ("review", date(2030, 5, 5)), ("closing", date(2030, 12, 1)),
    ]  # fmt: skip


def test_begun_by_hand_and_back_again(sign_in, url, org, alice, program):
    client = sign_in(alice)
    with inside(org):
        first, second, *_rest = staging.stages_of(program)
    client.post(url("stage_begin", second.pk))
    assert current(org, program) == ["matching"]
    assert "“Recruiting” has begun." in client.post(url("stage_begin", first.pk), follow=True).content.decode()
    assert current(org, program) == ["recruiting"]


def test_the_night_begins_what_is_due_and_never_goes_back(org, alice, program):
    with inside(org):
        stages = {each.key: each for each in staging.stages_of(program)}
        for key, days in (("matching", -3), ("meeting", -1), ("review", 5)):
            staging.change_stage(stages[key], by=alice, starts_on=today() + timedelta(days=days))
        registry.nightly()["programs.stages"]()
    # The one before it was left out, and is not gone back to.
    assert current(org, program) == ["meeting"]
    with inside(org):
        assert staging.begin_due_stages() == 0
        assert staging.begin_due_stages(on=today() + timedelta(days=5)) == 1
    assert current(org, program) == ["review"]


def test_what_is_begun_by_hand_waits_for_a_hand(org, alice, program):
    with inside(org):
        meeting = Stage.objects.get(program=program, key="meeting")
        staging.change_stage(meeting, by=alice, starts_on=today(), by_itself=False)
        assert staging.begin_due_stages() == 0


def test_a_paused_programme_stays_where_it_is(org, alice, program):
    with inside(org):
        Stage.objects.filter(program=program, key="meeting").update(starts_on=today())
        Program.objects.filter(pk=program.pk).update(paused_at=program.launched_at)
        assert staging.begin_due_stages() == 0


def test_stages_of_ones_own(sign_in, url, org, alice, program):
    client = sign_in(alice)
    assert (
        client.post(url("stage_create", program.pk), {"name": " Summer  break ", "by_itself": "on"}).status_code == 302
    )
    client.post(url("stage_create", program.pk), {"name": "Summer break"})
    with inside(org):
        own = list(Stage.objects.filter(program=program).order_by("position"))[-2:]
        assert [(each.key, each.name, each.by_itself) for each in own] == [
            ("summer-break", "Summer break", True), ("summer-break-2", "Summer break", False),
        ]  # fmt: skip
    client.post(url("stage_move", own[1].pk), {"up": "1"})
    client.post(url("stage_remove", own[0].pk))
    assert [key for key, _day in rows(org, program)] == [
        "recruiting", "matching", "meeting", "review", "closing", "summer-break-2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sent",
    [{"name": "  "}, {"name": "x" * 61}, {"name": "x", "starts_on": "soon"}, {"name": "x", "starts_on": "0001-01-01"}],
)
def test_bad_input(sign_in, url, alice, program, sent):
    assert sign_in(alice).post(url("stage_create", program.pk), sent).status_code == 422


def test_the_current_one_stays(sign_in, url, org, alice, program):
    with inside(org):
        first = staging.stages_of(program)[0]
    page = sign_in(alice).post(url("stage_remove", first.pk), follow=True).content.decode()
    assert "The programme is in this stage." in page
    assert len(rows(org, program)) == 5


def test_a_draft_begins_no_stage(org, alice):
    draft = make_program(alice, launched=False)
    with inside(org), pytest.raises(ProgramProblem):
        staging.begin_stage(staging.stages_of(draft)[0], by=alice)


def test_a_colleague_changes_nothing(org, alice, bob, program):
    with inside(org), pytest.raises(PermissionDenied):
        staging.begin_stage(staging.stages_of(program)[1], by=bob)


def test_a_closed_programme_is_in_no_stage(org, alice, program):
    with inside(org):
        services.close_program(program, by=alice)
    assert current(org, program) == []
    with inside(org), pytest.raises(ProgramProblem):
        staging.add_stage(program, name="More", starts_on=None, by_itself=True, by=alice)


def test_everybody_sees_where_it_stands(sign_in, url, bob, program):
    page = sign_in(bob).get(url("detail", program.pk)).content.decode()
    assert '<li aria-current="step">' in page
    assert "Middle review" in page
