"""What admins tell everybody of a programme."""

import pytest
from django.core.exceptions import PermissionDenied

from mentoring.jobs.models import Job
from mentoring.outbox.models import Message
from programs.models import Announcement, Program
from programs.services import announcements as services
from tests.people import inside, make_member
from tests.programs.scheme import sign_up

WORDS = {"title": "We begin", "body": "On **Monday**, see https://x.example/", "role": ""}


@pytest.fixture
def crew(program, alice):
    org = alice.organisation
    found = {name: make_member(org, name) for name in ("Theo", "Tara", "Maya", "Nora")}
    for name in ("Theo", "Tara"):
        sign_up(program, found[name], by=alice)
    sign_up(program, found["Maya"], role="mentor", by=alice)
    return found


def letters(program):
    with inside(program.organisation):
        return sorted(Message.objects.filter(kind="announcement").values_list("recipient", flat=True))


def send(program, alice, **words):
    with inside(program.organisation):
        sent = services.announce(Program.objects.get(pk=program.pk), by=alice, **{**WORDS, **words})
        services.write_letters(sent)
    return sent


def test_everybody_who_takes_part_gets_one_letter(program, alice, crew):
    sent = send(program, alice)
    assert sent.recipients == 3
    assert letters(program) == ["maya@northwind.example", "tara@northwind.example", "theo@northwind.example"]
    with inside(program.organisation):
        letter = Message.objects.filter(kind="announcement").first()
        # The job that runs again after a dead worker writes to nobody twice.
        assert services.write_letters(sent) == 0
    assert letter.subject == "We begin"
    assert "<strong>Monday</strong>" in letter.html
    assert "On **Monday**" in letter.text
    assert letter.path == f"/o/northwind/programmes/{program.pk}/announcements/"


def test_one_role_only(program, alice, crew):
    assert send(program, alice, role="mentor").recipients == 1
    assert letters(program) == ["maya@northwind.example"]


def test_sent_twice_is_sent_once(program, alice, crew):
    assert send(program, alice).pk == send(program, alice).pk
    assert send(program, alice, title="Another").pk != send(program, alice).pk
    with inside(program.organisation):
        assert Announcement.objects.count() == 2
        assert Job.objects.filter(kind="programs.announce").count() == 2


def test_the_preview_says_to_how_many_and_sends_nothing(program, alice, crew, sign_in, url):
    client = sign_in(alice)
    address = url("announcement_create", program.pk)
    page = client.post(address, {**WORDS, "role": "mentee"})
    html = page.content.decode()
    assert page.status_code == 200
    assert "It goes to 2 people" in html
    assert "<strong>Monday</strong>" in html
    with inside(program.organisation):
        assert not Announcement.objects.exists()
    # Back to the form, with the words in it.
    assert "On **Monday**" in client.post(address, {**WORDS, "do": "edit"}).content.decode()
    for _again in range(2):
        assert client.post(address, {**WORDS, "do": "send"}).status_code == 302
    with inside(program.organisation):
        assert Announcement.objects.get().recipients == 3


@pytest.mark.parametrize(("sent", "field"), [({"title": ""}, "title"), ({"body": " "}, "body"), ({"role": "x"}, "role"), ({"body": "x" * 5001}, "body")])  # fmt: skip
def test_bad_input(program, alice, crew, sign_in, url, sent, field):
    page = sign_in(alice).post(url("announcement_create", program.pk), {**WORDS, **sent, "do": "send"})
    assert page.status_code == 422
    assert field in page.context["form"].errors


def test_to_nobody_it_is_not_sent(program, alice, sign_in, url):
    page = sign_in(alice).post(url("announcement_create", program.pk), {**WORDS, "do": "send"})
    assert page.status_code == 422
    assert "Nobody is enrolled there yet" in page.content.decode()


def test_participants_read_what_was_for_them(program, alice, crew, sign_in, url, sam):
    send(program, alice)
    send(program, alice, title="Mentors only", role="mentor")
    address = url("announcements", program.pk)
    page = sign_in(crew["Theo"]).get(address).content.decode()
    assert "We begin" in page
    assert "Mentors only" not in page
    assert "to 3 people" not in page
    assert "Mentors only" in sign_in(crew["Maya"]).get(address).content.decode()
    assert "to 3 people" in sign_in(alice).get(address).content.decode()
    assert sign_in(crew["Nora"]).get(address).status_code == 403
    assert sign_in(sam).get(address).status_code == 404


def test_only_admins_write(program, crew, sign_in, url, sam):
    address = url("announcement_create", program.pk)
    assert sign_in(crew["Theo"]).post(address, {**WORDS, "do": "send"}).status_code == 403
    assert sign_in(sam).get(address).status_code == 404
    with inside(program.organisation), pytest.raises(PermissionDenied):
        services.announce(program, by=crew["Theo"], **WORDS)
