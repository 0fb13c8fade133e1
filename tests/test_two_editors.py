"""Two who open the same form: the second to save is told what stands there now, keeps their words, and may save them."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from feedback.models import Survey, SurveyQuestion
from programs.models import Objective, Program, ProgramTemplate, Stage
from tests.people import inside
from tests.tenancy.cast import make_cast

THEIRS, MINE = "Words of the first", "Words of the second"
# Form → whose it is, the field in which both write, and how to read what stands there.
FORMS = {
    "programs:objective": ("objective", "text", Objective, "text"),
    "programs:stage": ("stage", "name", Stage, "name"),
    "programs:edit": ("program", "name", Program, "name"),
    "programs:template": ("template", "name", ProgramTemplate, "name"),
    "feedback:survey_edit": ("survey", "name", Survey, "name"),
    "feedback:survey_question": ("survey_question", "text", SurveyQuestion, "text"),
}


@pytest.fixture
def cast(db):
    return make_cast("northwind", "Aurelian")


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
def test_the_second_is_told_and_loses_nothing(cast, name):
    named, field, model, column = FORMS[name]
    client = Client()
    client.force_login(cast.user)
    address = reverse(name, args=[cast.organisation.slug, cast.ids[named]])

    def standing():
        with inside(cast.organisation):
            return getattr(model.objects.get(pk=cast.ids[named]), column)

    opened = as_it_stands(client.get(address).content.decode())
    assert opened["seen"]
    first = client.post(address, opened | {field: THEIRS})
    assert first.status_code == 302, re.findall(r'class="[^"]*error[^"]*".*', first.content.decode())
    second = client.post(address, opened | {field: MINE})
    page = second.content.decode()
    assert second.status_code == 422
    assert "Somebody else has changed this while you were writing." in page
    assert f"now “{THEIRS}”" in page
    assert standing() == THEIRS
    again = as_it_stands(page)
    assert again[field] == MINE
    assert client.post(address, again).status_code == 302
    assert standing() == MINE


def test_who_saves_twice_alone_is_told_nothing(cast):
    client = Client()
    client.force_login(cast.user)
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
def test_where_a_page_has_forms_by_hand(cast, name, field, now):
    client = Client()
    client.force_login(cast.user)
    address = reverse(name, args=[cast.organisation.slug, cast.ids["program"]])
    opened = as_it_stands(client.get(address).content.decode())
    assert field in opened
    assert client.post(address, opened | {field: "Olivia Aurelian"}).status_code == 302
    second = client.post(address, opened | {field: "Max Aurelian"})
    page = second.content.decode()
    assert second.status_code == 422
    assert "Somebody else has changed this while you were writing." in page
    assert f"now “{now}" in page
    again = as_it_stands(page)
    assert again[field] == "Max Aurelian"
    assert client.post(address, again).status_code == 302
