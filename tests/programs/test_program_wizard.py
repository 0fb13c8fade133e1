"""The wizard: each step kept when it is sent, resumable, and back without loss."""

from datetime import timedelta

import pytest
from django.utils import timezone

from programs import services
from programs.models import Program
from tests.people import inside
from tests.programs.scheme import make_program

OBJECTIVE = {"objective": "Help leaders understand new technology", "own": "", "name": "Up and down"}
WHO = {
    "default_capacity": "2",
    "mentee_places": "",
    "session_length": "45",
    "rhythm": "21",
    "answer_within": "10",
    "pairing": "admin",
    "requests_at_once": "1",
}
MATCHING = {
    "weight_skills": "10", "weight_goals": "0", "weight_level": "0", "weight_department": "1", "weight_site": "1",
    "weight_languages": "1", "weight_hours": "2", "weight_zone": "0", "weight_tenure": "0", "weight_style": "0",
    "weight_interests": "0", "weight_choices": "0", "level_rule": "below", "reporting_line": "on",
}  # fmt: skip


@pytest.fixture
def admin(sign_in, alice):
    return sign_in(alice)


@pytest.fixture
def draft(admin, url, org):
    answer = admin.post(url("start"))
    with inside(org):
        found = Program.objects.get()
    assert answer.url == url("wizard", found.pk, "objective")
    return found


def now(org, program):
    with inside(org):
        return Program.objects.get(pk=program.pk)


def test_from_nothing_to_a_launched_programme(admin, url, org, draft):
    def send(step, data):
        answer = admin.post(url("wizard", draft.pk, step), data)
        assert answer.status_code == 302, answer.content.decode()
        return answer.url

    assert send("objective", OBJECTIVE) == url("wizard", draft.pk, "format")
    page = admin.get(url("wizard", draft.pk, "format")).content.decode()
    assert "suits your objective" in page
    assert 'value="reverse" id="id_format_1" checked' in page
    assert send("format", {"format": "reverse"}) == url("wizard", draft.pk, "who")
    assert now(org, draft).default_capacity == 1
    assert send("who", WHO | {"needs_approval": "on"}) == url("wizard", draft.pk, "matching")
    assert send("matching", MATCHING) == url("wizard", draft.pk, "check")
    page = admin.get(url("wizard", draft.pk, "check")).content.decode()
    for text in ("Up and down", "every 3 weeks, for 45 minutes", "The mentor is at least one level below", "no limit"):
        assert text in page
    answer = admin.post(url("wizard", draft.pk, "check"), follow=True)
    assert "“Up and down” is open for sign-up." in answer.content.decode()
    program = now(org, draft)
    assert (program.status, program.format, program.name) == ("open", "reverse", "Up and down")
    assert program.session_length == timedelta(minutes=45)
    assert {code: weight for code, weight in program.criteria["weights"].items() if weight} == {
        "skills": 10, "department": 1, "site": 1, "languages": 1, "hours": 2,
    }  # fmt: skip
    assert {name: value for name, value in program.criteria["rules"].items() if value not in (None, False)} == {
        "reporting_line": True, "max_level_gap": -1,
    }  # fmt: skip
    assert (program.criteria["settings"]["level_target"], program.criteria["objective"]) == (-2, "most")
    assert admin.get(url("wizard", draft.pk, "who")).url == url("detail", draft.pk)


def test_it_goes_on_where_it_was_left(admin, url, draft):
    admin.post(url("wizard", draft.pk, "objective"), OBJECTIVE)
    assert "Go on with: Format" in admin.get(url("start")).content.decode()
    assert admin.get(url("detail", draft.pk)).url == url("wizard", draft.pk, "format")
    assert admin.get(url("wizard", draft.pk, "check")).url == url("wizard", draft.pk, "format")


def test_going_back_finds_what_was_said(admin, url, org, draft):
    admin.post(url("wizard", draft.pk, "objective"), OBJECTIVE | {"objective": "own", "own": "Fewer silos"})
    page = admin.get(url("wizard", draft.pk, "objective")).content.decode()
    assert 'value="Fewer silos"' in page
    assert now(org, draft).objective == "Fewer silos"


def test_a_change_from_the_check_page_leads_back_to_it(admin, url, org, alice):
    program = make_program(alice, launched=False, wizard_step="check", objective="Give junior colleagues a voice")
    where = url("wizard", program.pk, "who")
    assert admin.post(where, WHO | {"then": "check"}).url == url("wizard", program.pk, "check")
    # Another format has its own people and matching: they are asked again.
    answer = admin.post(url("wizard", program.pk, "format"), {"format": "onboarding", "then": "check"})
    assert answer.url == where
    changed = now(org, program)
    assert (changed.wizard_step, changed.needs_approval, changed.hired_within) == ("who", False, timedelta(days=90))


def test_onboarding_asks_when_people_were_hired_and_not_for_dates(admin, url, alice):
    program = make_program(alice, launched=False, format="onboarding", wizard_step="check")
    page = admin.get(url("wizard", program.pk, "who")).content.decode()
    assert 'name="hired_within"' in page
    assert 'name="starts_on"' not in page
    assert 'name="needs_approval"' not in page


@pytest.mark.parametrize(
    ("step", "data", "sentence"),
    [
        ("objective", OBJECTIVE | {"name": ""}, "This field is required."),
        ("objective", OBJECTIVE | {"objective": "own"}, "Say in a sentence what should come of it."),
        ("objective", OBJECTIVE | {"objective": "World peace"}, "Select a valid choice."),
        ("format", {"format": "shouting"}, "Select a valid choice."),
        ("format", {}, "This field is required."),
        ("who", WHO | {"default_capacity": "0"}, "greater than or equal to 1"),
        ("who", WHO | {"starts_on": "2027-05-01", "ends_on": "2027-04-01"}, "The last day must come after the first."),
        ("who", WHO | {"ends_on": "2020-01-01"}, "The last day must lie ahead."),
        ("matching", dict.fromkeys(MATCHING, "0") | {"level_rule": "any"}, "At least one thing must count"),
        ("matching", {}, "This field is required."),
    ],
)
def test_bad_input_is_answered_on_the_step(admin, url, org, alice, step, data, sentence):
    program = make_program(alice, launched=False, wizard_step="check")
    answer = admin.post(url("wizard", program.pk, step), data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert now(org, program).wizard_step == "check"


def test_there_is_no_other_step(admin, url, draft):
    assert admin.get(url("wizard", draft.pk, "budget")).status_code == 404


def test_a_draft_without_a_name_is_not_launched(admin, url, org, alice):
    program = make_program(alice, launched=False, wizard_step="check", name="")
    answer = admin.post(url("wizard", program.pk, "check"), follow=True)
    assert "Give the programme a name before you launch it." in answer.content.decode()
    assert now(org, program).status == "draft"


def test_a_draft_can_be_thrown_away_and_a_programme_cannot(admin, url, org, draft, program):
    assert admin.post(url("discard", program.pk)).status_code == 404
    assert admin.post(url("discard", draft.pk)).url == url("list")
    with inside(org):
        assert list(Program.objects.all()) == [program]


def test_launching_twice_launches_once_and_a_launched_one_is_no_draft(org, alice, program):
    with inside(org):
        again = services.launch(program, by=alice)
        assert again.launched_at == program.launched_at
        with pytest.raises(services.ProgramProblem, match="launched already"):
            services.save_draft(program, by=alice, name="Other")
        with pytest.raises(services.ProgramProblem, match="launched already"):
            services.discard_draft(program, by=alice)
        with pytest.raises(TypeError, match="status"):
            services.save_draft(program, by=alice, status="open")


def test_it_does_not_end_before_it_begins(org, alice):
    program = make_program(alice, launched=False, ends_on=timezone.localdate())
    with inside(org), pytest.raises(services.ProgramProblem, match="choose a later last day"):
        services.launch(program, by=alice)
