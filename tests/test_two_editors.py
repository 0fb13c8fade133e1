"""Two who open the same form: the second to save is told what stands there now, keeps their words, and may save them.

One person who goes back and saves again is nobody else.
"""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from feedback.models import Survey, SurveyQuestion
from programs.models import Objective, Program, ProgramTemplate, Stage
from tests.people import inside, make_member
from tests.tenancy.cast import make_cast

THEIRS, MINE = "Words of the first", "Words of the second"
# Form → whose it is, the field in which both write, and how to read what stands there.
FORMS = {
    "programs:objective": ("objective", "text", Objective, "text"),
    "programs:objective_review": ("objective", "review", Objective, "review"),
    "programs:stage": ("stage", "name", Stage, "name"),
    "programs:edit": ("program", "name", Program, "name"),
    "programs:template": ("template", "name", ProgramTemplate, "name"),
    "feedback:survey_edit": ("survey", "name", Survey, "name"),
    "feedback:survey_question": ("survey_question", "text", SurveyQuestion, "text"),
}


# The steps of the wizard, with a field of each, what the two put into it, where it is kept, and how it is said.
STEPS = {
    "objective": ("description", "Bring a pen", "Bring a cup", lambda draft: draft.description, "now “Bring a pen”"),
    "format": ("format", "peer", "circle", lambda draft: draft.format, "now “Peer"),
    "who": ("mentee_places", "40", "50", lambda draft: str(draft.mentee_places), "Places for mentees: now “40”"),
    "matching": ("weight_tenure", "7", "3", lambda draft: f"{draft.criteria['weights'].get('tenure', 0):g}", "now “7”"),
}


@pytest.fixture
def cast(db):
    return make_cast("northwind", "Aurelian")


@pytest.fixture
def first(cast):
    client = Client()
    client.force_login(cast.user)
    return client


@pytest.fixture
def second(cast):
    client = Client()
    client.force_login(make_member(cast.organisation, "Ada", is_admin=True).user)
    return client


def as_it_stands(page):
    """Every field of the page's form as a browser would send it."""
    form = next(form for form in re.findall(r"<form[^>]*data-keep.*?</form>", page, re.S) if 'seen"' in form)
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_choice = found.get("type") in ("radio", "checkbox")
        if "name" in found and (not is_choice or re.search(r"\schecked", tag)):
            sent[found["name"]] = unescape(found.get("value", "on" if is_choice else ""))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', form, re.S):
        sent[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = unescape(chosen[1])
    return sent


@pytest.mark.parametrize("name", FORMS)
def test_the_second_is_told_and_loses_nothing(cast, first, second, name):
    named, field, model, column = FORMS[name]
    address = reverse(name, args=[cast.organisation.slug, cast.ids[named]])

    def standing():
        with inside(cast.organisation):
            return getattr(model.objects.get(pk=cast.ids[named]), column)

    opened = as_it_stands(first.get(address).content.decode())
    assert opened["seen"]
    answer = first.post(address, opened | {field: THEIRS})
    assert answer.status_code == 302, re.findall(r'class="[^"]*error[^"]*".*', answer.content.decode())
    answer = second.post(address, opened | {field: MINE})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else has changed this while you were writing." in page
    assert f"now “{THEIRS}”" in page
    assert standing() == THEIRS
    again = as_it_stands(page)
    assert again[field] == MINE
    assert second.post(address, again).status_code == 302
    assert standing() == MINE
    # Back to the first page of all, and saved once more: what stands there is their own.
    assert second.post(address, opened | {field: "Words once more"}).status_code == 302
    assert standing() == "Words once more"
    assert first.post(address, opened | {field: THEIRS}).status_code == 422


def test_who_saves_twice_alone_is_told_nothing(cast, first):
    client = first
    address = reverse("programs:objective", args=[cast.organisation.slug, cast.ids["objective"]])
    for words in ("Once", "Twice"):
        sent = as_it_stands(client.get(address).content.decode()) | {"text": words}
        assert client.post(address, sent).status_code == 302
    # A program that sends no token, as before, is taken at its word.
    sent.pop("seen")
    assert client.post(address, sent | {"text": "Thrice"}).status_code == 302


@pytest.mark.parametrize(
    ("name", "field", "now"),
    [
        ("programs:eligibility", "mentor-departments", "Olivia Aurelian"),
        ("programs:readiness", "sponsor", "olivia@northwind.example"),
    ],
)
def test_where_a_page_has_forms_by_hand(cast, first, second, name, field, now):
    address = reverse(name, args=[cast.organisation.slug, cast.ids["program"]])
    opened = as_it_stands(first.get(address).content.decode())
    assert field in opened
    assert first.post(address, opened | {field: "Max Aurelian"}).status_code == 302
    # By the back button, alone.
    assert first.post(address, opened | {field: "Olivia Aurelian"}).status_code == 302
    answer = second.post(address, opened | {field: "Max Aurelian"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else has changed this while you were writing." in page
    assert f"now “{now}" in page
    again = as_it_stands(page)
    assert again[field] == "Max Aurelian"
    assert second.post(address, again).status_code == 302


@pytest.fixture
def draft(cast):
    with inside(cast.organisation):
        Program.objects.filter(pk=cast.ids["draft"]).update(wizard_step="check", objective="Grow", name="Draft")
    return cast.ids["draft"]


def wizard(cast, draft, step):
    return reverse("programs:wizard", args=[cast.organisation.slug, draft, step])


def standing_draft(cast, draft):
    with inside(cast.organisation):
        return Program.objects.get(pk=draft)


@pytest.mark.parametrize("step", STEPS)
def test_two_in_the_same_step_of_a_draft(cast, first, second, draft, step):
    field, theirs, mine, kept, said = STEPS[step]
    address = wizard(cast, draft, step)
    opened = as_it_stands(first.get(address).content.decode())
    assert opened["seen"]
    assert first.post(address, opened | {field: theirs}).status_code == 302
    assert kept(standing_draft(cast, draft)) == theirs
    answer = second.post(address, opened | {field: mine})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else has changed this while you were writing. Yours still stands in the form." in page
    assert said in page
    assert "Gain that is enough: now" not in page
    assert kept(standing_draft(cast, draft)) == theirs
    again = as_it_stands(page)
    assert again[field] == mine
    assert second.post(address, again).status_code == 302
    assert kept(standing_draft(cast, draft)) == mine
    # Whoever was first has the old page still: now they are the second.
    assert first.post(address, opened | {field: theirs}).status_code == 422


@pytest.mark.parametrize("step", STEPS)
def test_one_who_goes_back_in_a_draft_is_nobody_else(cast, first, draft, step):
    field, theirs, mine, kept, _said = STEPS[step]
    address = wizard(cast, draft, step)
    opened = as_it_stands(first.get(address).content.decode())
    for value in (theirs, mine, theirs):
        assert first.post(address, opened | {field: value}).status_code == 302
        assert kept(standing_draft(cast, draft)) == value


def test_another_step_is_nobody_elses_business_unless_it_changes_this_one(cast, first, second, draft):
    who, objective, format = (wizard(cast, draft, step) for step in ("who", "objective", "format"))
    opened = as_it_stands(first.get(who).content.decode())
    told = as_it_stands(second.get(objective).content.decode())
    assert second.post(objective, told | {"name": "Another name"}).status_code == 302
    assert first.post(who, opened | {"mentee_places": "12"}).status_code == 302
    # Another format brings other defaults: of one's own hand for who chose it, of somebody else's for all others.
    opened = as_it_stands(first.get(who).content.decode())
    chosen = as_it_stands(second.get(format).content.decode())
    assert second.post(format, chosen | {"format": "reverse"}).status_code == 302
    assert second.post(who, opened | {"mentee_places": "13"}).status_code == 302
    assert standing_draft(cast, draft).mentee_places == 13
    assert first.post(who, opened | {"mentee_places": "14"}).status_code == 422


def test_what_is_launched_is_what_was_looked_at(cast, first, second, draft):
    check, objective = wizard(cast, draft, "check"), wizard(cast, draft, "objective")
    looked = re.search(r'name="seen" value="([^"]+)"', first.get(check).content.decode())[1]
    sent = as_it_stands(second.get(objective).content.decode())
    assert second.post(objective, sent | {"name": "Another name"}).status_code == 302
    answer = first.post(check, {"seen": looked})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else has changed this while you were looking" in page
    assert "It isn’t launched yet. Changed: Objective." in page
    assert standing_draft(cast, draft).status == "draft"
    looked = re.search(r'name="seen" value="([^"]+)"', page)[1]
    assert first.post(check, {"seen": looked}).status_code == 302
    assert standing_draft(cast, draft).status == "open"


def test_one_who_goes_on_in_another_window_launches_without_a_word(cast, first, draft):
    check, objective = wizard(cast, draft, "check"), wizard(cast, draft, "objective")
    looked = re.search(r'name="seen" value="([^"]+)"', first.get(check).content.decode())[1]
    sent = as_it_stands(first.get(objective).content.decode())
    assert first.post(objective, sent | {"name": "Another name"}).status_code == 302
    assert first.post(check, {"seen": looked}).status_code == 302
    assert standing_draft(cast, draft).status == "open"


@pytest.mark.parametrize("step", STEPS)
def test_what_was_typed_while_somebody_launched_it_still_stands_there(cast, first, second, draft, step):
    field, _theirs, mine, kept, _said = STEPS[step]
    address = wizard(cast, draft, step)
    opened = as_it_stands(first.get(address).content.decode())
    before = kept(standing_draft(cast, draft))
    assert second.post(wizard(cast, draft, "check"), {}).status_code == 302
    answer = first.post(address, opened | {field: mine})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This programme has been launched while you were writing" in page
    assert "Save again" not in page
    assert as_it_stands(page)[field] == mine
    assert kept(standing_draft(cast, draft)) == before
    assert first.get(address).url == reverse("programs:detail", args=[cast.organisation.slug, draft])
