"""Messages, resources, announcements and what one was told, in a real browser."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from mentoring.outbox.models import Message
from programs.models import Announcement, Program, Resource
from programs.services import chat, resources
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation
from tests.programs.scheme import make_program

pytestmark = pytest.mark.django_db(transaction=True)


def url(name, *args):
    return reverse(f"programs:{name}", args=["northwind", *args])


@pytest.fixture
def scene(transactional_db):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    maya, theo = make_member(org, "Maya"), make_member(org, "Theo")
    program = make_program(alice)
    mentorship = make_mentorship(maya, theo, program=program)
    with inside(org):
        program = Program.objects.get(pk=program.pk)
        stage = program.stages.get(key="meeting")
        Resource.objects.create(
            program=program, title="How we listen", kind="video", url="https://video.example/listen", minutes=4,
            summary="Four minutes on asking instead of telling.", stage=stage, position=8,
        )  # fmt: skip
        safe = Resource.objects.create(
            program=program, title="Safe and fair", body="## What counts\n- Be **kind**\n- Ask\n\nSee https://x.example/a",
            required=True, position=9,
        )  # fmt: skip
        resources.require_training(program, required=True, by=alice)
        Announcement.objects.create(
            program=program, title="The spring meeting", body="On **Monday** at ten.\n\n- Bring questions\n- Bring cake",
            sent_by=alice, recipients=2,
        )  # fmt: skip
        for subject, ago, read in (("Your mentor said yes", 3, True), ("The spring meeting", 1, False)):
            Message.objects.create(
                kind="test", subject_ref=subject, recipient=theo.email, subject=subject, text="x", status="sent",
                due_at=timezone.now() - timedelta(days=ago), path="/o/northwind/programmes/",
                read_at=timezone.now() if read else None,
            )  # fmt: skip
    return {
        "org": org, "alice": alice, "maya": maya, "theo": theo, "program": program, "mentorship": mentorship,
        "safe": safe,
    }  # fmt: skip


def test_what_is_written_appears_by_itself_and_what_is_typed_stays(visitor, scene):
    address = url("messages", scene["mentorship"].pk)
    maya, theo = visitor(), visitor(width=360, color_scheme="dark")
    sign_in(maya, scene["maya"].user)
    sign_in(theo, scene["theo"].user)
    theo.goto(address)
    expect(theo.get_by_text("Nobody has written yet.")).to_be_visible()
    assert_accessible(theo)
    theo.get_by_label("Your message").fill("I was about to ask")

    maya.goto(address)
    maya.get_by_label("Your message").fill("Shall we meet on Monday?")
    maya.get_by_label("Files").set_input_files(
        files=[{"name": "agenda.txt", "mimeType": "text/plain", "buffer": b"1. Hello"}]
    )
    maya.get_by_role("button", name="Send").click()
    expect(maya.get_by_text("Shall we meet on Monday?")).to_be_visible()
    expect(maya.get_by_role("link", name="agenda.txt")).to_be_visible()
    expect(maya.get_by_label("Your message")).to_have_value("")
    assert_accessible(maya)
    screenshot(maya, "talk-messages")

    # Polled while somebody is typing below.
    expect(theo.get_by_text("Shall we meet on Monday?")).to_be_visible(timeout=20_000)
    expect(theo.get_by_label("Your message")).to_have_value("I was about to ask")
    theo.get_by_label("Your message").press("Tab")
    theo.get_by_role("button", name="Send").click()
    expect(theo.get_by_text("I was about to ask")).to_be_visible()
    assert_accessible(theo)
    screenshot(theo, "talk-messages-dark-360")


def test_without_a_script_it_works_too(visitor, scene):
    maya = visitor(java_script_enabled=False)
    sign_in(maya, scene["maya"].user)
    maya.goto(url("messages", scene["mentorship"].pk))
    maya.get_by_label("Your message").fill("Hello")
    maya.get_by_role("button", name="Send").click()
    expect(maya.get_by_text("Hello", exact=True)).to_be_visible()
    with inside(scene["org"]):
        assert chat.unread_in(scene["theo"], [scene["mentorship"].pk]) == {scene["mentorship"].pk}


def test_preparing(visitor, scene):
    theo = visitor(reduced_motion="reduce")
    sign_in(theo, scene["theo"].user)
    theo.goto(url("detail", scene["program"].pk))
    assert_accessible(theo)
    screenshot(theo, "talk-programme")
    theo.get_by_role("link", name="Read them").click()
    expect(theo.get_by_text("0 of 1 required pages read. You are matched once you have read them all.")).to_be_visible()
    assert_accessible(theo)
    screenshot(theo, "talk-prepare")
    theo.get_by_role("link", name="Safe and fair").click()
    assert_accessible(theo)
    screenshot(theo, "talk-resource")
    theo.get_by_role("button", name="I have read it").click()
    expect(theo.get_by_text("You have read everything that is required.")).to_be_visible()
    theo.goto(reverse("outbox:told", args=["northwind"]))
    expect(theo.locator(".nav-count")).to_have_text("1")
    assert_accessible(theo)
    screenshot(theo, "talk-told")
    theo.get_by_role("link", name="The spring meeting").click()
    theo.goto(reverse("outbox:told", args=["northwind"]))
    expect(theo.locator(".nav-count")).to_have_count(0)
    theo.goto(url("announcements", scene["program"].pk))
    assert_accessible(theo)
    screenshot(theo, "talk-announcements")


def test_an_admin_writes(visitor, scene):
    alice = visitor(reduced_motion="reduce")
    sign_in(alice, scene["alice"].user)
    alice.goto(url("resources", scene["program"].pk))
    assert_accessible(alice)
    screenshot(alice, "talk-resources")
    alice.get_by_role("link", name="Add a resource").click()
    assert_accessible(alice)
    screenshot(alice, "talk-resource-form")
    alice.goto(url("announcement_create", scene["program"].pk))
    alice.get_by_label("Title").fill("Cake")
    alice.get_by_label("Text").fill("There is **cake**.")
    assert_accessible(alice)
    screenshot(alice, "talk-announce")
    alice.get_by_role("button", name="Look at it").click()
    expect(alice.get_by_text("It goes to 2 people")).to_be_visible()
    assert_accessible(alice)
    screenshot(alice, "talk-announce-preview")
    alice.get_by_role("button", name="Send it").click()
    expect(alice.get_by_text("It is on its way to 2 people.")).to_be_visible()


def test_on_a_small_dark_screen(visitor, scene):
    alice = visitor(width=360, color_scheme="dark", reduced_motion="reduce")
    sign_in(alice, scene["alice"].user)
    for name in ("resources", "resource_create", "announcements", "announcement_create"):
        alice.goto(url(name, scene["program"].pk))
        assert_accessible(alice)
        screenshot(alice, f"talk-dark-360-{name}")
    theo = visitor(width=360, color_scheme="dark", reduced_motion="reduce")
    sign_in(theo, scene["theo"].user)
    for address in (
        url("prepare", scene["program"].pk), url("resource", scene["safe"].pk),
        url("mentorship", scene["mentorship"].pk), reverse("outbox:told", args=["northwind"]),
        reverse("sessions:reminders", args=["northwind"]),
    ):  # fmt: skip
        theo.goto(address)
        assert_accessible(theo)
        screenshot(theo, "talk-dark-360-" + address.strip("/").split("/")[-1] + address.strip("/").split("/")[2])
