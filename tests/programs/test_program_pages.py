"""The list, the page of a programme, changing and closing it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs import panels, services
from programs.models import Enrolment, Program
from tests.people import inside, make_member
from tests.programs.scheme import make_pair, make_program, sign_up


def queries(client, where):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(where).status_code == 200
    return len(seen)


def test_the_list_of_an_admin(sign_in, url, alice, bob, program):
    make_program(alice, launched=False, name="Half done")
    sign_up(program, bob)
    page = sign_in(alice).get(url("list")).content.decode()
    assert "Half done" in page
    assert "1 to approve" in page
    mine = sign_in(alice).get(url("list", query="?tab=mine")).content.decode()
    assert "Spring mentoring" in mine
    assert "Half done" not in mine


def test_the_list_of_a_member(sign_in, url, org, alice, bob, program):
    closed = make_program(alice, name="Long ago")
    full = make_program(alice, name="Full house")
    sign_up(full, bob)
    with inside(org):
        services.close_program(closed, by=alice)
        services.close_sign_up(full, by=alice)
    page = sign_in(bob).get(url("list", query="?tab=manage")).content.decode()
    assert "Spring mentoring" in page
    assert "Full house" in page
    assert "Long ago" not in page
    assert "New programme" not in page


@pytest.mark.parametrize("tab", ["", "?tab=mine"])
def test_the_list_asks_as_little_for_three_as_for_one(sign_in, url, org, alice, bob, program, tab):
    client = sign_in(alice)
    sign_up(program, bob)
    client.get(url("list"))
    one = queries(client, url("list", query=tab))
    for name in ("Two", "Three"):
        sign_up(make_program(alice, name=name), bob)
    assert queries(client, url("list", query=tab)) == one


def test_an_admin_sees_numbers_and_the_next_step(sign_in, url, org, alice, bob, program):
    client = sign_in(alice)
    assert "Invite people to sign up" in client.get(url("detail", program.pk)).content.decode()
    sign_up(program, bob)
    page = client.get(url("detail", program.pk)).content.decode()
    assert "1 sign-up waits for your approval" in page
    member_page = sign_in(bob).get(url("detail", program.pk)).content.decode()
    assert "How it stands" not in member_page
    assert "A programme admin looks at your sign-up." in member_page


def test_too_few_mentors_are_missed(sign_in, url, org, alice, program):
    for name in ("Ann", "Ben", "Cleo"):
        sign_up(program, make_member(org, name), by=alice)
    client = sign_in(alice)
    assert "There are no mentors yet" in client.get(url("detail", program.pk)).content.decode()
    sign_up(program, make_member(org, "Maya"), role="mentor", by=alice, capacity=1)
    counts = client.get(url("detail", program.pk)).context["counts"]
    assert (counts["mentors"], counts["places"], counts["mentees"], counts["unmatched"]) == (1, 1, 3, 3)


def test_the_apps_above_add_their_part(sign_in, url, alice, program, monkeypatch):
    def shout(program, *, by):
        return {"next_step": panels.NextStep("Shout", "Loudly", "/loud/", "Do", rank=1)}

    monkeypatch.setattr(panels, "_program_panels", [shout, lambda program, *, by: None])
    assert 'href="/loud/"' in sign_in(alice).get(url("detail", program.pk)).content.decode()


def test_changing_a_programme(sign_in, url, org, alice, program):
    data = {
        "name": "Summer", "default_capacity": "3", "mentee_places": "5", "session_length": "30", "rhythm": "7", "answer_within": "7", "pairing": "admin", "requests_at_once": "1",
    }  # fmt: skip
    client = sign_in(alice)
    assert client.post(url("edit", program.pk), data).url == url("detail", program.pk)
    with inside(org):
        changed = Program.objects.get(pk=program.pk)
        assert (changed.name, changed.mentee_places, changed.needs_approval) == ("Summer", 5, False)
    assert client.post(url("edit", program.pk), data | {"name": ""}).status_code == 422


def test_sign_up_is_closed_and_opened_again(sign_in, url, org, alice, bob, program):
    client = sign_in(alice)
    client.post(url("sign_up", program.pk))
    assert "Sign-up for this programme is closed." in sign_in(bob).get(url("detail", program.pk)).content.decode()
    client.post(url("sign_up", program.pk), {"open": "1"})
    with inside(org):
        assert Program.objects.get(pk=program.pk).status == "open"


def test_closing_names_what_it_does(sign_in, url, org, alice, bob, program):
    make_pair(program, alice)
    sign_up(program, bob)
    client = sign_in(alice)
    page = client.get(url("close", program.pk)).content.decode()
    assert "1 match that waits for answers is withdrawn." in page
    assert "1 sign-up to be approved is not accepted." in page
    client.post(url("close", program.pk))
    assert client.get(url("close", program.pk)).status_code == 404
    assert client.post(url("sign_up", program.pk), follow=True).status_code == 200
    with inside(org):
        assert Program.objects.get(pk=program.pk).status == "closed"
        assert not Enrolment.objects.filter(ended_at=None).exists()
