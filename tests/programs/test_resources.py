"""What a programme gives its people to read, and who has read it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mentoring.files.models import StoredFile
from programs.marked_text import clean, to_html
from programs.models import Program, Resource, ResourceRead
from programs.services import resources as services
from programs.services.problems import ChangedMeanwhile
from tests.people import inside
from tests.programs.scheme import make_program, sign_up

TEXT = {"title": "Read me", "kind": "text", "body": "Hello"}


def add(program, **fields):
    with inside(program.organisation):
        return Resource.objects.create(program=program, **{"title": "Read me", "body": "Hello", **fields})


def titles(program):
    with inside(program.organisation):
        return list(services.resources_of(program).values_list("title", flat=True))


def test_a_programme_begins_with_the_guides_of_its_format(program):
    with inside(program.organisation):
        guides = list(Resource.objects.filter(program=program).values_list("title", "role", "is_guide"))
        body = Resource.objects.get(role="mentor").body
        assert services.give_guides(Program.objects.get(pk=program.pk)) == 0
    assert sorted(guides) == [("Being a mentor", "mentor", True), ("Getting the most out of a mentor", "mentee", True)]
    assert body.startswith("Your mentee brings the questions")
    assert "\n\n## Before you first meet\n- " in body


def test_admins_add_change_move_and_remove(program, alice, sign_in, url):
    client = sign_in(alice)
    assert client.get(url("resource_create", program.pk)).status_code == 200
    page = client.post(url("resource_create", program.pk), {**TEXT, "required": "on", "role": "mentee"})
    assert page.status_code == 302
    with inside(program.organisation):
        made = Resource.objects.get(title="Read me")
        version = services.version_of(made)
    assert (made.body, made.required, made.role) == ("Hello", True, "mentee")
    assert titles(program)[-1] == "Read me"
    client.post(url("resource_move", made.pk), {"up": "1"})
    assert titles(program)[1] == "Read me"
    page = client.post(url("resource_edit", made.pk), {**TEXT, "title": "Read this", "version": version})
    assert page.status_code == 302
    assert titles(program)[1] == "Read this"
    client.post(url("resource_remove", made.pk))
    assert "Read this" not in titles(program)
    assert client.get(url("resource", made.pk)).status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({**TEXT, "title": ""}, "title"),
        ({**TEXT, "body": " "}, "body"),
        ({**TEXT, "body": "x" * 20_001}, "body"),
        ({"title": "x", "kind": "link"}, "url"),
        ({"title": "x", "kind": "link", "url": "ftp://x.example/"}, "url"),
        ({"title": "x", "kind": "video", "url": "javascript:alert(1)"}, "url"),
        ({"title": "x", "kind": "file"}, "upload"),
        ({**TEXT, "is_guide": "on"}, "role"),
        ({**TEXT, "role": "peer"}, "role"),
        ({**TEXT, "kind": "game"}, "kind"),
    ],
)
def test_bad_input_is_told_and_nothing_is_lost(program, alice, sign_in, url, sent, field):
    page = sign_in(alice).post(url("resource_create", program.pk), sent)
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert len(titles(program)) == 2


def test_of_two_who_change_it_the_second_is_told(program, alice, sign_in, url):
    resource = add(program)
    client = sign_in(alice)
    read = client.get(url("resource_edit", resource.pk)).context["form"].initial["version"]
    with inside(program.organisation):
        services.change_resource(resource, version=read, by=alice, body="By another")
    page = client.post(url("resource_edit", resource.pk), {**TEXT, "body": "By me", "version": read})
    assert page.status_code == 409
    html = page.content.decode()
    assert "By another" in html
    assert "By me" in html
    # What was typed is sent once more, as a change of what stands there now.
    again = {**TEXT, "body": "By me", "version": page.context["form"].data["version"]}
    assert client.post(url("resource_edit", resource.pk), again).status_code == 302
    with inside(program.organisation), pytest.raises(ChangedMeanwhile):
        services.change_resource(resource, version=read, by=alice, body="Late")


def test_a_file_is_checked_and_served_to_be_saved(program, alice, bob, sign_in, url):
    client = sign_in(alice)
    bad = SimpleUploadedFile("plan.pdf", b"<html><script>alert(1)</script>")
    page = client.post(url("resource_create", program.pk), {"title": "Plan", "kind": "file", "upload": bad})
    assert page.status_code == 422
    assert "take this kind of file" in page.content.decode()
    good = SimpleUploadedFile("plan.txt", b"The plan")
    page = client.post(
        url("resource_create", program.pk), {"title": "Plan", "kind": "file", "role": "mentee", "upload": good}
    )
    assert page.status_code == 302
    with inside(program.organisation):
        plan = Resource.objects.get(title="Plan")
    assert sign_in(bob).get(url("resource_file", plan.pk)).status_code == 403
    sign_up(program, bob)
    answer = sign_in(bob).get(url("resource_file", plan.pk))
    assert answer.content == b"The plan"
    assert answer["Content-Disposition"] == 'attachment; filename="plan.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "text/plain"
    # Another in its place: the old one goes.
    with inside(program.organisation):
        version = services.version_of(Resource.objects.get(pk=plan.pk))
    new = {"title": "Plan", "kind": "file", "upload": SimpleUploadedFile("new.txt", b"New"), "version": version}
    assert client.post(url("resource_edit", plan.pk), new).status_code == 302
    with inside(program.organisation):
        assert list(StoredFile.objects.values_list("name", flat=True)) == ["new.txt"]


def test_the_page_prepare_shows_what_is_for_ones_role(program, alice, bob, sign_in, url):
    sign_up(program, bob, by=alice)
    add(program, title="For mentees", role="mentee")
    add(program, title="For all")
    hidden = add(program, title="For mentors", role="mentor")
    client = sign_in(bob)
    page = client.get(url("prepare", program.pk)).content.decode()
    assert page.index("Getting the most out of a mentor") < page.index("For mentees") < page.index("For all")
    assert "For mentors" not in page
    assert "Being a mentor" not in page
    assert client.get(url("resource", hidden.pk)).status_code == 403
    assert client.post(url("resource", hidden.pk)).status_code == 403


def test_reading_is_noted_once_and_can_be_taken_back(program, alice, bob, sign_in, url):
    sign_up(program, bob, by=alice)
    resource = add(program)
    client = sign_in(bob)
    for _again in range(2):
        assert client.post(url("resource", resource.pk)).status_code == 302
    with inside(program.organisation):
        assert ResourceRead.objects.filter(resource=resource, member=bob).count() == 1
    client.post(url("resource", resource.pk), {"unread": "1"})
    with inside(program.organisation):
        assert not ResourceRead.objects.exists()
    # An admin who takes no part may look, and marks nothing.
    assert sign_in(alice).get(url("resource", resource.pk)).status_code == 200
    assert sign_in(alice).post(url("resource", resource.pk)).status_code == 403


def test_who_may_not(program, bob, sam, sign_in, url):
    resource = add(program)
    for name, pk in (("resources", program.pk), ("resource_create", program.pk), ("resource_edit", resource.pk)):
        assert sign_in(bob).get(url(name, pk)).status_code == 403
        assert sign_in(sam).get(url(name, pk)).status_code == 404
    assert sign_in(bob).get(url("prepare", program.pk)).status_code == 403
    assert sign_in(bob).get(url("resource", resource.pk)).status_code == 403
    assert sign_in(sam).get(url("resource", resource.pk)).status_code == 404
    assert sign_in(bob).get(url("resource_move", resource.pk)).status_code == 405


def test_a_removed_stage_leaves_its_resources(alice):
    program = make_program(alice, name="Staged")
    with inside(program.organisation):
        stage = program.stages.first()
        resource = Resource.objects.create(program=program, title="x", body="y", stage=stage, minutes=3)
        stage.delete()
        resource.refresh_from_db()
    assert resource.stage is None


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hello\nthere\n\nNew", "<p>Hello<br>there</p><p>New</p>"),
        ("# Big\n### Small\n- one\n- two\n1. first", "<h3>Big</h3><h4>Small</h4><ul><li>one</li><li>two</li></ul><ol><li>first</li></ol>"),
        ("**bold** and * not *", "<p><strong>bold</strong> and * not *</p>"),
        (
            "See [here](https://x.example/?a=1&b=2).",
            '<p>See <a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer">here</a>.</p>',
        ),
        (
            "See https://x.example/a.",
            '<p>See <a href="https://x.example/a" rel="noopener noreferrer">https://x.example/a</a>.</p>',
        ),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert)", '<p><a rel="noopener noreferrer">x</a></p>'),
        ('[x](https://x.example/"onclick="y)', '<p><a href="https://x.example/&quot;onclick=&quot;y" rel="noopener noreferrer">x</a></p>'),
        ("", ""),
    ],
)  # fmt: skip
def test_marks_become_html_and_nothing_else_does(text, html):
    assert to_html(text) == html


def test_html_is_cleaned():
    assert clean('<p onclick="x">a<img src=x onerror=y><script>z</script></p>') == "<p>a</p>"


def test_a_hostile_text_takes_no_time():
    import time

    began = time.perf_counter()
    for text in ("[" * 50_000, "**" * 50_000, "[a](" * 20_000, "https://" * 10_000, "- " * 50_000):
        to_html(text)
    assert timedelta(seconds=time.perf_counter() - began) < timedelta(seconds=5)
