"""Beginning from a template of ours, from an organisation's own, and from last year's programme."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from feedback.models import Survey, SurveyQuestion
from programs import services
from programs.criteria import complete, problems
from programs.models import Enrolment, Objective, Program, ProgramTemplate, Question, Resource, Stage
from programs.templates import TEMPLATES
from sessions.models import AgendaTemplate
from tests.people import inside, make_member
from tests.programs.scheme import make_program, sign_up


@pytest.fixture
def full(org, alice, bob):
    """A programme with something of everything, and a person in it."""
    program = make_program(
        alice, name="Leaders 2025", needs_approval=False, starts_on=date(2024, 2, 29), ends_on=date(2024, 8, 1),
        mentee_places=12, session_length=timedelta(minutes=45), answer_within=timedelta(days=10), launched=False,
    )  # fmt: skip
    with inside(org):
        first = services.add_question(program, by=alice, text="Do you travel?", kind="choice", options=["Yes", "No"])
        second = services.add_question(program, by=alice, text="Where to?", required=True)
        Question.objects.filter(pk=second.pk).update(shown_if=first, shown_if_values=["Yes"])
        retired = services.add_question(program, by=alice, text="Shoe size?")
        services.retire_question(retired, by=alice)
        criteria = complete(program.criteria, program.kind)
        criteria["questions"] = [{"question": first.pk, "compare": "equal", "weight": 4}]
        program.criteria = criteria
        program.launched_at, program.status = None, "open"
        program.save()
        Objective.objects.create(program=program, text="Fewer leave", measure="completed", target="0.8", result="0.7")
        Stage.objects.filter(program=program).delete()
        stage = Stage.objects.create(program=program, key="review", name="Middle", starts_on=date(2024, 5, 1))
        Resource.objects.create(program=program, title="Read me", body="Hello", role="mentee", stage=stage)
        AgendaTemplate.objects.create(program=program, stage="usual", points=["What now?"], preparation="Think.")
        survey = Survey.objects.create(
            program=program, name="Half-way", moment="day", day=date(2024, 5, 2), status="open"
        )
        SurveyQuestion.objects.create(survey=survey, text="How is it?", required=True)
        # What has days of years ago takes nobody any more; history is brought along.
        Enrolment.objects.create(program=program, member=bob, role="mentee", status="active")
    return program


def same(org, copy, *, moved):
    with inside(org):
        copy = Program.objects.get(pk=copy.pk)
        assert (copy.status, copy.wizard_step, copy.format) == ("draft", "check", "traditional")
        assert (copy.mentee_places, copy.session_length) == (12, timedelta(minutes=45))
        assert copy.answer_within == timedelta(days=10)
        first, second = copy.questions.all()
        assert (first.text, first.options, second.text, second.required) == (
            "Do you travel?", ["Yes", "No"], "Where to?", True,
        )  # fmt: skip
        assert (second.shown_if, second.shown_if_values) == (first, ["Yes"])
        assert copy.criteria["questions"] == [{"question": first.pk, "compare": "equal", "weight": 4}]
        objective = copy.objectives.get()
        assert (objective.text, objective.measure, float(objective.target), objective.result) == (
            "Fewer leave", "completed", 0.8, None,
        )  # fmt: skip
        stage = copy.stages.get()
        resource = copy.resources.get()
        assert (resource.title, resource.body, resource.role, resource.stage) == ("Read me", "Hello", "mentee", stage)
        agenda = AgendaTemplate.objects.get(program=copy)
        assert (agenda.stage, agenda.points, agenda.preparation) == ("usual", ["What now?"], "Think.")
        survey = Survey.objects.get(program=copy)
        assert (survey.name, survey.status, survey.questions.get().text) == ("Half-way", "draft", "How is it?")
        assert (copy.starts_on, copy.ends_on, stage.starts_on, survey.day) == moved
        assert not copy.enrolments.exists()


def test_a_copy_has_everything_but_people_years_later(monkeypatch, org, alice, full):
    monkeypatch.setattr(services.templates, "today", lambda: date(2026, 11, 22))
    with inside(org):
        copy = services.copy_program(full, by=alice)
        assert (copy.copied_from, copy.name) == (full, "Leaders 2025 (copy)")
    # Three years bring the first day ahead of November 2026; 2027 has no 29 February.
    same(org, copy, moved=(date(2027, 2, 28), date(2027, 8, 1), date(2027, 5, 1), date(2027, 5, 2)))


def test_last_years_moves_by_one(monkeypatch, org, alice):
    monkeypatch.setattr(services.templates, "today", lambda: date(2026, 11, 22))
    program = make_program(alice, starts_on=date(2026, 2, 1), ends_on=date(2027, 1, 31))
    with inside(org):
        copy = services.copy_program(program, by=alice)
        assert (copy.starts_on, copy.ends_on) == (date(2027, 2, 1), date(2028, 1, 31))


def test_the_hour_of_an_event_stays_in_the_organisations_time(monkeypatch, org, alice):
    monkeypatch.setattr(services.templates, "today", lambda: date(2026, 11, 22))
    # Ten o'clock in London on the last Sunday of March of 2026 is summer time, a year later it is winter time.
    program = make_program(
        alice, format="speed", format_settings={"starts_at": "2026-03-29T09:00:00+00:00", "rounds": 9},
        starts_on=date(2026, 3, 29),
    )  # fmt: skip
    with inside(org):
        copy = services.copy_program(program, by=alice)
        assert copy.format_settings == {"starts_at": "2027-03-29T09:00:00+00:00", "rounds": 9}
        winter = make_program(
            alice, format="speed", format_settings={"starts_at": "2026-03-28T10:00:00+00:00"}, starts_on=date(2026, 3, 28)
        )  # fmt: skip
        copy = services.copy_program(winter, by=alice)
        # 28 March 2027 is the first day of summer time.
        assert copy.format_settings == {"starts_at": "2027-03-28T09:00:00+00:00"}
        services.save_template(winter, name="Event", by=alice)
        again = services.start_from_template(ProgramTemplate.objects.get(), by=alice)
        assert again.format_settings == {}


def test_an_own_template_is_saved_used_renamed_and_removed(org, alice, bob, full):
    with inside(org):
        template = services.save_template(full, name=" Leaders ", description="Each year", by=alice)
        assert (template.name, template.format) == ("Leaders", "traditional")
        draft = services.start_from_template(template, by=alice)
        assert draft.name == ""
    same(org, draft, moved=(None, None, None, None))
    with inside(org):
        with pytest.raises(services.ProgramProblem, match="template of this name"):
            services.save_template(full, name="Leaders", by=alice)
        services.change_template(template, name="Leaders of tomorrow", description="", by=alice)
        services.change_template(template, name="Leaders of tomorrow", description="New", by=alice)
        services.remove_template(template, by=alice)
        assert not ProgramTemplate.objects.exists()
        assert Program.objects.filter(pk=draft.pk).exists()
        for act in (services.copy_program, lambda program, by: services.save_template(program, name="x", by=by)):
            with pytest.raises(PermissionDenied):
                act(full, by=bob)


@pytest.mark.parametrize("key", TEMPLATES)
def test_each_of_ours_can_be_launched_as_it_is(org, alice, key):
    with inside(org):
        program = services.start_from_ready(key, by=alice)
        program.full_clean()
        assert problems(complete(program.criteria, program.kind)) == []
        assert program.name
        assert program.description
        for question in program.questions.all():
            question.full_clean()
        assert services.launch(program, by=alice).status == "open"


def test_what_ours_bring(org, alice, bob):
    with inside(org):
        leadership = services.start_from_ready("leadership", by=alice)
        assert leadership.takes_nominations
        assert (leadership.criteria["rules"]["min_level_gap"], leadership.default_capacity) == (2, 1)
        returners = services.start_from_ready("returners", by=alice)
        assert (returners.rolling, returners.ends_on, returners.needs_approval) == (True, None, False)
        assert returners.own_length == timedelta(days=182)
        assert leadership.own_length is None
        networks = services.start_from_ready("networks", by=alice)
        assert (networks.format, networks.group_min, networks.group_max) == ("circle", 5, 6)
        assert networks.questions.get().audience == "both"


class TestPages:
    def test_the_page_offers_all_of_it(self, sign_in, url, org, alice, full):
        with inside(org):
            template = services.save_template(full, name="Leaders", by=alice)
        page = sign_in(alice).get(url("start")).content.decode()
        for value in (f"own:{template.pk}", "ready:graduates", "format:cascade"):
            assert f'value="{value}"' in page
        assert url("copy", full.pk) in page

    @pytest.mark.parametrize(
        ("chosen", "format"), [("format:circle", "circle"), ("ready:networks", "circle"), ("", "traditional")]
    )
    def test_a_draft_begins_from_what_was_chosen(self, sign_in, url, org, alice, chosen, format):
        answer = sign_in(alice).post(url("start"), {"from": chosen})
        with inside(org):
            program = Program.objects.get()
        assert program.format == format
        assert answer.url == url("wizard", program.pk, "objective")

    @pytest.mark.parametrize(
        "chosen", ["format:shouting", "ready:x", "own:x", "own:99999999", "own:" + "9" * 40, "x:y"]
    )
    def test_what_is_not_there_is_not_found(self, sign_in, url, org, alice, chosen):
        assert sign_in(alice).post(url("start"), {"from": chosen}).status_code == 404
        with inside(org):
            assert not Program.objects.exists()

    def test_a_copy_asks_for_its_name_and_goes_to_the_check(self, sign_in, url, org, alice, bob, full):
        browser = sign_in(alice)
        answer = browser.post(url("copy", full.pk))
        with inside(org):
            copy = Program.objects.get(copied_from=full)
        assert answer.url == url("wizard", copy.pk, "objective", query="?then=check")
        page = browser.get(answer.url).content.decode()
        assert "Leaders 2025 (copy)" in page
        assert browser.get(url("copy", full.pk)).status_code == 405
        assert sign_in(bob).post(url("copy", full.pk)).status_code == 403

    def test_save_change_and_remove(self, sign_in, url, org, alice, bob, sam, full):
        browser = sign_in(alice)
        where = url("template_create", full.pk)
        assert 'value="Leaders 2025"' in browser.get(where).content.decode()
        assert browser.post(where, {"name": ""}).status_code == 422
        assert browser.post(where, {"name": "Leaders", "description": "Each year"}).url == url("detail", full.pk)
        again = browser.post(where, {"name": "Leaders"})
        assert again.status_code == 422
        assert "There is a template of this name already." in again.content.decode()
        with inside(org):
            template = ProgramTemplate.objects.get()
        page = url("template", template.pk)
        assert "Each year" in browser.get(page).content.decode()
        assert browser.post(page, {"name": "Next leaders", "description": ""}).url == url("start")
        assert "Next leaders" in browser.get(url("start")).content.decode()
        assert sign_in(bob).get(page).status_code == 403
        assert sign_in(sam).get(page).status_code == 404
        answer = browser.post(url("start"), {"from": f"own:{template.pk}"})
        assert answer.url.endswith("/wizard/objective/?then=check")
        assert browser.post(url("template_remove", template.pk)).url == url("start")
        assert browser.get(page).status_code == 404


class TestNominating:
    def test_a_manager_names_one_of_their_own(self, sign_in, url, org, alice, bob):
        program = make_program(alice, format="board")
        with inside(org):
            carol = make_member(org, "Carol", manager=bob)
            dave = make_member(org, "Dave")
        browser, where = sign_in(bob), url("nominate", program.pk)
        page = browser.get(where).content.decode()
        assert "Carol" in page
        assert "Dave" not in page
        data = {"person": carol.pk, "role": "mentee", "reason": "Asks what nobody asks"}
        assert browser.post(where, data | {"person": dave.pk}).status_code == 422
        assert browser.post(where, data | {"reason": ""}).status_code == 422
        assert browser.post(where, data).url == url("detail", program.pk)
        with inside(org):
            seat = Enrolment.objects.get()
            assert (seat.member, seat.nominated_by, seat.status) == (carol, bob, "applied")
        assert "Asks what nobody asks" in sign_in(alice).get(url("enrolment", seat.pk)).content.decode()
        again = browser.post(where, data)
        assert again.status_code == 422
        assert "has signed up already" in again.content.decode()

    def test_an_admin_names_anybody_by_address(self, sign_in, url, org, alice, bob):
        program = make_program(alice, format="board")
        browser, where = sign_in(alice), url("nominate", program.pk)
        data = {"person": bob.email.upper(), "role": "mentee", "reason": "Yes"}
        answer = browser.post(where, data | {"person": "nobody@northwind.example"})
        assert (answer.status_code, "Nobody who works here" in answer.content.decode()) == (422, True)
        assert browser.post(where, data).status_code == 302
        with inside(org):
            assert Enrolment.objects.get().status == "active"

    def test_it_is_there_only_where_people_are_nominated(self, sign_in, url, org, alice, bob):
        board, program = make_program(alice, format="board"), make_program(alice, name="Plain")
        assert sign_in(alice).get(url("nominate", program.pk)).status_code == 404
        assert sign_in(bob).get(url("nominate", board.pk)).status_code == 403
        sign_up(board, bob)
