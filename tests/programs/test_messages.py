"""Messages inside a mentorship: between its people, and for nobody else."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from mentoring.files.models import StoredFile
from mentoring.outbox.models import Message
from programs.models import ChatAttachment, ChatMessage, Mentorship
from programs.services import chat as services
from programs.services.problems import AlreadySettled, ProgramProblem
from tests.people import inside, make_member, make_mentorship

TOKEN = UUID(int=7)


@pytest.fixture
def maya(org):
    return make_member(org, "Maya")


@pytest.fixture
def theo(org):
    return make_member(org, "Theo")


@pytest.fixture
def mentorship(maya, theo):
    return make_mentorship(maya, theo)


def write(mentorship, by, text="Hello", **more):
    with inside(by.organisation):
        return services.send_message(mentorship, text=text, token=more.pop("token", uuid4()), by=by, **more)


def letters(org):
    with inside(org):
        return list(Message.objects.filter(kind="chat_message").order_by("pk").values_list("recipient", "status"))


def test_both_read_what_was_written(mentorship, maya, theo, sign_in, url):
    address = url("messages", mentorship.pk)
    page = sign_in(maya).post(address, {"text": "Shall we meet?\n<b>Monday</b>", "token": str(TOKEN)})
    assert (page.status_code, page["Location"]) == (302, f"{address}#write")
    page = sign_in(theo).get(address).content.decode()
    assert "Shall we meet?\n&lt;b&gt;Monday&lt;/b&gt;" in page
    assert page.count(">new<") == 1
    # Seen now.
    assert ">new<" not in sign_in(theo).get(address).content.decode()
    assert ">new<" not in sign_in(maya).get(address).content.decode()


def test_sent_twice_is_one_message(mentorship, maya, sign_in, url):
    for _again in range(2):
        sign_in(maya).post(url("messages", mentorship.pk), {"text": "Hello", "token": str(TOKEN)})
    with inside(maya.organisation):
        assert ChatMessage.objects.count() == 1


def test_nobody_else_reads_them(mentorship, maya, alice, bob, sam, sign_in, url):
    with inside(maya.organisation):
        kept = StoredFile(name="x")
    message = write(mentorship, maya, uploads=[SimpleUploadedFile("plan.txt", b"The plan")])
    with inside(maya.organisation):
        file = ChatAttachment.objects.get(message=message)
    assert kept.pk is None
    for other in (alice, bob, sam):
        client = sign_in(other)
        org = "northwind"
        assert client.get(f"/o/{org}/mentorships/{mentorship.pk}/messages/").status_code == 404
        assert client.post(url("messages", mentorship.pk), {"text": "x"}).status_code == 404
        assert client.get(url("message_file", file.pk)).status_code == 404
    with inside(maya.organisation), pytest.raises(PermissionDenied):
        services.send_message(mentorship, text="x", token=TOKEN, by=alice)
    answer = sign_in(maya).get(url("message_file", file.pk))
    assert answer.content == b"The plan"
    assert answer["Content-Disposition"] == 'attachment; filename="plan.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_admin_who_takes_part_reads_their_own(alice, maya, sign_in, url):
    own = make_mentorship(maya, alice)
    write(own, maya, "For Alice")
    assert "For Alice" in sign_in(alice).get(url("messages", own.pk)).content.decode()


def test_bad_files_are_refused_and_the_text_stays(mentorship, maya, sign_in, url):
    bad = SimpleUploadedFile("photo.png", b"<svg onload=alert(1)>")
    page = sign_in(maya).post(
        url("messages", mentorship.pk), {"text": "My long text", "attached": [bad], "token": str(TOKEN)}
    )
    assert page.status_code == 422
    html = page.content.decode()
    assert "take this kind of file" in html
    assert "My long text" in html
    with inside(maya.organisation):
        assert not ChatMessage.objects.exists()
        assert not StoredFile.objects.exists()


def test_nothing_at_all_is_no_message(mentorship, maya, sign_in, url):
    page = sign_in(maya).post(url("messages", mentorship.pk), {"text": "  ", "token": str(TOKEN)})
    assert page.status_code == 422
    assert "Write something, or add a file." in page.content.decode()
    with pytest.raises(ProgramProblem, match="five files"):
        write(mentorship, maya, uploads=[SimpleUploadedFile(f"{n}.txt", b"x") for n in range(6)])
    assert sign_in(maya).post(url("messages", mentorship.pk), {"text": "x" * 5001}).status_code == 422


def test_one_letter_until_they_are_read(org, mentorship, maya, theo):
    write(mentorship, maya, "A secret", token=TOKEN)
    write(mentorship, maya, "And another")
    assert letters(org) == [("theo@northwind.example", "pending")]
    with inside(org):
        letter = Message.objects.get(kind="chat_message")
        sent = ChatMessage.objects.get(token=TOKEN).sent_at
    assert letter.due_at == sent + timedelta(minutes=5)
    assert letter.subject == "Maya Osei has written to you"
    assert "secret" not in letter.text + letter.html
    assert f"/o/northwind/mentorships/{mentorship.pk}/messages/" in letter.text
    # Read before it went: it doesn't go. The next message brings the next letter.
    with inside(org):
        assert services.mark_read(mentorship, by=theo)
        assert not services.mark_read(mentorship, by=theo)
    assert letters(org) == [("theo@northwind.example", "skipped")]
    write(mentorship, maya, "More")
    assert letters(org) == [("theo@northwind.example", "skipped"), ("theo@northwind.example", "pending")]
    # An answer has read what came before it.
    write(mentorship, theo, "Answer")
    write(mentorship, maya, "More again")
    assert [to for to, _status in letters(org)].count("maya@northwind.example") == 1


def test_what_is_unread(mentorship, maya, theo):
    other = make_mentorship(maya, make_member(maya.organisation, "Tara"))
    write(mentorship, maya)
    with inside(maya.organisation):
        both = [mentorship.pk, other.pk]
        assert services.unread_in(theo, both) == {mentorship.pk}
        assert services.unread_in(maya, both) == set()
        services.mark_read(mentorship, by=theo)
        assert services.unread_in(theo, both) == set()


@pytest.mark.parametrize(
    ("fields", "days", "writes"),
    [
        ({}, 0, True),
        ({"status": "ended"}, 13, True),
        ({"status": "ended"}, 14, False),
        ({"status": "completed"}, 15, False),
        ({"paused": True}, 13, True),
        ({"paused": True}, 15, False),
    ],
)
def test_when_it_is_over_reading_stays_and_writing_stops(mentorship, maya, theo, sign_in, url, fields, days, writes):
    write(mentorship, maya, "From before")
    ago = timezone.now() - timedelta(days=days)
    changes = {"paused_at": ago} if fields.get("paused") else {**fields, "ended_at": ago} if fields else {}
    with inside(maya.organisation):
        if changes:
            Mentorship.objects.filter(pk=mentorship.pk).update(**changes)
    page = sign_in(theo).get(url("messages", mentorship.pk)).content.decode()
    assert "From before" in page
    assert ("Nobody can write here any more" not in page) == writes
    if writes:
        write(mentorship, theo)
    else:
        with pytest.raises(AlreadySettled):
            write(mentorship, theo)
        assert sign_in(theo).post(url("messages", mentorship.pk), {"text": "x"}).status_code == 422


def test_the_page_of_the_mentorship_leads_there(mentorship, maya, theo, sign_in, url):
    write(mentorship, maya)
    page = sign_in(theo).get(url("mentorship", mentorship.pk)).content.decode()
    assert "There is something new for you." in page
    assert url("messages", mentorship.pk) in page


def test_whoever_has_no_login_gets_no_letter(org, maya):
    guest = make_member(org, "Gus", login=False)
    write(make_mentorship(maya, guest), maya)
    assert letters(org) == []


def test_they_are_in_no_api():
    from programs import api

    assert "ChatMessage" not in vars(api)


def test_home_and_the_bell_say_that_there_is_something_new(mentorship, maya, theo, sign_in, url):
    home = url("list").replace("programmes/", "")
    write(mentorship, maya)
    write(mentorship, maya)
    page = sign_in(theo).get(home).content.decode()
    assert "2 new messages in your mentorship with Maya Osei" in page
    assert '<span class="nav-count">1</span>' in page
    bell = sign_in(theo).get(url("list").replace("programmes/", "notifications/")).content.decode()
    assert "Maya Osei" in bell
    assert "in 5 minutes" not in bell
    sign_in(theo).get(url("messages", mentorship.pk))
    page = sign_in(theo).get(home).content.decode()
    assert "new message" not in page
    assert "nav-count" not in page
    assert "new message" not in sign_in(maya).get(home).content.decode()


def test_a_letter_that_has_gone_is_no_news_once_the_message_was_read(org, mentorship, maya, theo, sign_in, url):
    write(mentorship, maya)
    with inside(org):
        Message.objects.filter(kind="chat_message").update(status="sent", due_at=timezone.now())
    home = url("list").replace("programmes/", "")
    assert "nav-count" in sign_in(theo).get(home).content.decode()
    sign_in(theo).get(url("messages", mentorship.pk))
    assert "nav-count" not in sign_in(theo).get(home).content.decode()
