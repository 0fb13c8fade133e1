"""Concerns: two people read one, everybody else finds nothing of it, whatever their role."""

import re
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse

from accounts.models import Member
from feedback import concerns
from feedback.models import Concern, ConcernEntry
from feedback.tasks import mind_concerns
from mentoring.outbox.models import Message
from programs.models import Program
from sessions import sealing
from tests.people import inside, make_member, make_organisation
from tests.tenancy.test_walk import WALK

TEXT = "He shouts at me – 怕"
ANSWER = "Come to room 12 at noon"


@pytest.fixture(autouse=True)
def _no_kept_keys(db):
    sealing._keys.clear()


@pytest.fixture
def cora(northwind):
    """The safeguarding contact, who runs nothing."""
    return make_member(northwind, "Cora", family_name="Lind")


@pytest.fixture
def hanna(northwind):
    return make_member(northwind, "Hanna", is_hr=True)


@pytest.fixture
def program(mentorship, cora):
    with inside(cora.organisation):
        Program.objects.filter(pk=mentorship.program_id).update(safeguarding_contact=cora)
        return Program.objects.get(pk=mentorship.program_id)


@pytest.fixture
def raised(program, mentorship, cora, tom):
    with inside(cora.organisation):
        return concerns.raise_concern(program, text=TEXT, to=cora, by=tom, mentorship=mentorship)


def page(client, member, name, pk, **data):
    client.force_login(member.user)
    url = reverse(f"feedback:{name}", kwargs={"org": "northwind", "pk": pk})
    return client.post(url, data) if data else client.get(url)


def letters(organisation):
    with inside(organisation):
        return list(Message.objects.order_by("pk").values_list("kind", "recipient", "subject", "text", "html"))


def test_it_goes_to_the_contact_and_the_letter_says_nothing_of_it(client, program, mentorship, cora, tom, olga):
    content = page(client, tom, "concern_about", mentorship.pk).content.decode()
    assert "You tell Cora Lind, the safeguarding contact of this programme." in content
    answer = page(client, tom, "concern_about", mentorship.pk, text=TEXT)
    with inside(tom.organisation):
        concern = Concern.objects.get()
        assert (concern.contact, concern.raised_by, concern.mentorship) == (cora, tom, mentorship)
    assert answer.url == f"/o/northwind/concerns/{concern.pk}/"
    (kind, recipient, subject, text, html) = letters(tom.organisation)[0]
    assert (kind, recipient) == ("concern_told", "cora@northwind.example")
    assert subject == "Somebody has told you something in confidence"
    assert f"/o/northwind/concerns/{concern.pk}/" in text
    for secret in ("shouts", "Tom", "Brandt", "Ines", "Growing together"):
        assert secret not in subject + text + html
    assert len(letters(tom.organisation)) == 1


def test_the_database_holds_no_word_of_it(raised, cora):
    with inside(cora.organisation):
        concerns.answer(raised, text=ANSWER, by=cora)
        with connection.cursor() as cursor:
            cursor.execute("SELECT sealed FROM feedback_concern UNION ALL SELECT sealed FROM feedback_concernentry")
            stored = b"".join(bytes(row[0]) for row in cursor.fetchall())
    assert b"shouts" not in stored
    assert b"room 12" not in stored
    assert len(stored) > len((TEXT + ANSWER).encode())


def test_every_opening_is_written_down(client, raised, cora, tom):
    assert TEXT in page(client, cora, "concern", raised.pk).content.decode()
    assert TEXT in page(client, tom, "concern", raised.pk).content.decode()
    assert TEXT in page(client, cora, "concern", raised.pk).content.decode()
    with inside(cora.organisation):
        found = ConcernEntry.objects.filter(kind="opened").order_by("pk").values_list("by__given_name", flat=True)
        assert list(found) == ["Cora", "Tom", "Cora"]


def test_nobody_else_finds_it_whatever_their_role(client, raised, olga, hanna, ines, cora):
    admin = make_member(cora.organisation, "Adam", is_admin=True)
    mallory = make_member(make_organisation("initech"), "Mallory", is_owner=True)
    for other in (olga, hanna, ines, admin, mallory):
        assert page(client, other, "concern", raised.pk).status_code == 404
        assert page(client, other, "concern", raised.pk, do="answer", **{"answer-text": "x"}).status_code == 404
        assert page(client, other, "concern_hand_over", raised.pk).status_code == 404
        if other is not mallory:
            with inside(cora.organisation):
                for act in (concerns.open_concern, concerns.acknowledge):
                    with pytest.raises(PermissionDenied):
                        act(raised, by=other)
                with pytest.raises(PermissionDenied):
                    concerns.add_note(raised, text="x", by=other)
    client.force_login(olga.user)
    listed = client.get("/o/northwind/concerns/").content.decode()
    assert "Nothing here" in listed
    assert "Tom Brandt" not in listed
    with inside(cora.organisation):
        assert not ConcernEntry.objects.exists()


def test_no_page_api_or_export_of_those_who_run_things_shows_it(client, raised, held, olga, cora, tom, program):
    """Everything that has an address, as an owner who is admin and HR too, and not the contact."""
    make = {"program": program.pk, "mentorship": raised.mentorship_id, "held": held.pk, "member": tom.pk,
            "upcoming": held.pk, "past": held.pk}  # fmt: skip
    with inside(olga.organisation):
        olga.is_hr = True
        olga.save(update_fields=["is_hr"])
        concerns.answer(raised, text=ANSWER, by=cora)
        concerns.add_note(raised, text=ANSWER, by=cora)
    client.force_login(olga.user)
    seen = 0
    for name, arguments in WALK.items():
        if not all(value in make for value in arguments.values()):
            continue
        url = reverse(name, kwargs={"org": "northwind"} | {key: make[value] for key, value in arguments.items()})
        response = client.get(url, headers={"accept": "*/*"})
        content = (b"".join(response.streaming_content) if response.streaming else response.content).decode(
            "utf-8", "replace"
        )
        assert "shouts" not in content, url
        assert "room 12" not in content, url
        assert f"/concerns/{raised.pk}/" not in content, url
        seen += response.status_code == 200
    assert seen > 40
    for _kind, _to, subject, text, html in letters(olga.organisation):
        assert "shouts" not in subject + text + html
        assert "room 12" not in subject + text + html


def test_letters_about_it_are_in_no_list_even_when_they_fail(client, raised, olga, cora):
    with inside(cora.organisation):
        Message.objects.update(status="failed", outcome="mailbox full")
        letter = Message.objects.get()
    client.force_login(olga.user)
    assert "cora@" not in client.get("/o/northwind/letters/").content.decode()
    assert client.post(reverse("outbox:retry", args=["northwind", letter.pk])).status_code == 404


def test_it_is_acknowledged_answered_noted_and_closed(client, raised, cora, tom):
    page(client, cora, "concern", raised.pk, do="acknowledge")
    page(client, cora, "concern", raised.pk, do="acknowledge")
    page(client, cora, "concern", raised.pk, do="answer", **{"answer-text": ANSWER})
    page(client, tom, "concern", raised.pk, do="answer", **{"answer-text": "I will"})
    page(client, cora, "concern", raised.pk, do="note", **{"note-text": "Talked to her manager"})
    read = page(client, tom, "concern", raised.pk).content.decode()
    assert ANSWER in read
    assert "I will" in read
    assert "Talked to her manager" not in read
    assert "Talked to her manager" in page(client, cora, "concern", raised.pk).content.decode()
    page(client, cora, "concern", raised.pk, do="close", **{"close-text": "Settled"})
    with inside(cora.organisation):
        concern = Concern.objects.get()
        assert (concern.status, concern.acknowledged_at is None, concern.closed_at is None) == ("closed", False, False)
        kinds = ConcernEntry.objects.exclude(kind="opened").order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["acknowledged", "answer", "answer", "note", "closed"]
    assert [(kind, to.split("@")[0]) for kind, to, *_rest in letters(cora.organisation)] == [
        ("concern_told", "cora"), ("concern_news", "tom"), ("concern_news", "tom"), ("concern_told", "cora"),
        ("concern_news", "tom"),
    ]  # fmt: skip
    refused = page(client, tom, "concern", raised.pk, do="answer", **{"answer-text": "One more"})
    assert refused.status_code == 422
    assert "This concern is closed." in refused.content.decode()


def test_who_raised_it_neither_acknowledges_nor_closes(client, raised, tom):
    page(client, tom, "concern", raised.pk, do="close", **{"close-text": ""})
    page(client, tom, "concern", raised.pk, do="acknowledge")
    page(client, tom, "concern", raised.pk, do="note", **{"note-text": "x"})
    with inside(tom.organisation):
        assert Concern.objects.get().status == "raised"
        assert not ConcernEntry.objects.exclude(kind="opened").exists()
        for act in (concerns.acknowledge, concerns.close):
            with pytest.raises(PermissionDenied):
                act(raised, by=tom)


def test_handed_over_it_is_read_by_the_new_one_only(client, raised, cora, hanna, tom, ines, olga):
    with inside(cora.organisation):
        # Neither who raised it nor the other in the mentorship; HR and owners may.
        assert concerns.successors(raised, by=cora) == [hanna, olga]
        assert concerns.successors(raised, by=tom) == []
    assert page(client, cora, "concern_hand_over", raised.pk, to=str(ines.pk)).status_code == 422
    assert page(client, cora, "concern_hand_over", raised.pk, to=str(hanna.pk)).url == "/o/northwind/concerns/"
    assert page(client, cora, "concern", raised.pk).status_code == 404
    assert TEXT in page(client, hanna, "concern", raised.pk).content.decode()
    assert "handed it over to Hanna Osei" in page(client, tom, "concern", raised.pk).content.decode()
    assert [(kind, to.split("@")[0]) for kind, to, *_rest in letters(cora.organisation)] == [
        ("concern_told", "cora"), ("concern_told", "hanna"), ("concern_news", "tom"),
    ]  # fmt: skip


def test_a_contact_who_has_left_is_replaced_by_who_raised_it(client, raised, cora, tom, olga):
    with inside(cora.organisation):
        cora.left_on = date(2026, 11, 1)
        cora.save(update_fields=["left_on"])
    assert "Cora Lind can’t read it any more" in page(client, tom, "concern", raised.pk).content.decode()
    page(client, tom, "concern_hand_over", raised.pk, to=str(olga.pk))
    assert TEXT in page(client, olga, "concern", raised.pk).content.decode()


@pytest.mark.parametrize("gone", ["left", "no login"])
def test_what_nobody_can_read_any_more_is_told_to_whoever_raised_it(client, raised, cora, tom, olga, gone):
    with inside(cora.organisation):
        mind_concerns()
    assert [kind for kind, *_rest in letters(cora.organisation)] == ["concern_told"]
    with inside(cora.organisation):
        Member.objects.filter(pk=cora.pk).update(
            **{"left_on": date(2026, 11, 21)} if gone == "left" else {"user": None}
        )
    for _night in range(2):
        with inside(cora.organisation):
            mind_concerns()
    told = letters(cora.organisation)[1:]
    assert [(kind, to, subject) for kind, to, subject, *_rest in told] == [
        ("concern_unread", "tom@northwind.example", "Choose who reads it now")
    ]
    assert f"/o/northwind/concerns/{raised.pk}/" in told[0][3]
    for secret in ("shouts", "Cora", "Growing together"):
        assert secret not in "".join(told[0][2:])
    client.force_login(tom.user)
    home = client.get("/o/northwind/").content.decode()
    assert "Choose who reads what you told in confidence" in home
    assert f"/o/northwind/concerns/{raised.pk}/hand-over/" in home
    assert "Olga Osei" in page(client, tom, "concern_hand_over", raised.pk).content.decode()
    # Neither the owner nor anybody else hears of it until it is given to them.
    client.force_login(olga.user)
    assert "in confidence" not in client.get("/o/northwind/").content.decode()
    page(client, tom, "concern_hand_over", raised.pk, to=str(olga.pk))
    assert TEXT in page(client, olga, "concern", raised.pk).content.decode()
    with inside(cora.organisation):
        mind_concerns()
    assert [kind for kind, *_rest in letters(cora.organisation)] == ["concern_told", "concern_unread", "concern_told"]


def test_a_closed_one_needs_no_other_reader(client, raised, cora, tom):
    with inside(cora.organisation):
        concerns.close(raised, by=cora)
        Member.objects.filter(pk=cora.pk).update(left_on=date(2026, 11, 21))
        mind_concerns()
        assert not concerns.unread_of(tom).exists()
    assert [kind for kind, *_rest in letters(cora.organisation)] == ["concern_told", "concern_news"]


def test_whoever_is_contact_no_more_keeps_it_and_can_hand_it_over(client, program, raised, cora, hanna, tom):
    with inside(cora.organisation):
        Program.objects.filter(pk=program.pk).update(safeguarding_contact=hanna)
    content = page(client, cora, "concern", raised.pk).content.decode()
    assert TEXT in content
    assert "Hanna Osei is the safeguarding contact of this programme now." in content
    assert page(client, hanna, "concern", raised.pk).status_code == 404
    assert page(client, cora, "concern_hand_over", raised.pk, to=str(hanna.pk)).status_code == 302
    content = page(client, hanna, "concern", raised.pk).content.decode()
    assert TEXT in content
    assert "is the safeguarding contact of this programme now" not in content


def test_nobody_reads_it_who_did_not_stand_on_the_page(client, program, mentorship, cora, hanna, tom):
    content = page(client, tom, "concern_about", mentorship.pk).content.decode()
    assert f'name="to" value="{cora.pk}"' in content
    with inside(cora.organisation):
        Program.objects.filter(pk=program.pk).update(safeguarding_contact=hanna)
    answer = page(client, tom, "concern_about", mentorship.pk, text=TEXT, to=str(cora.pk))
    content = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing was sent: the safeguarding contact is Hanna Osei now." in content
    assert "shouts" in content
    assert f'name="to" value="{hanna.pk}"' in content
    with inside(tom.organisation):
        assert not Concern.objects.exists()
    page(client, tom, "concern_about", mentorship.pk, text=TEXT, to=str(hanna.pk))
    with inside(tom.organisation):
        assert Concern.objects.get().contact == hanna


def test_without_a_contact_an_owner_is_named_before_it_is_sent(client, mentorship, tom, olga, hanna):
    with inside(tom.organisation):
        Member.objects.filter(pk=olga.pk).update(is_admin=False)
        make_member(tom.organisation, "Adam", is_admin=True)
    content = page(client, tom, "concern_about", mentorship.pk).content.decode()
    assert "This programme has no safeguarding contact" in content
    assert "So it goes to Olga Osei, an owner of the organisation, unless you choose somebody else below" in content
    assert "works council" in content
    assert re.search(rf'value="{olga.pk}"[^>]*checked', content)
    # Somebody else for what is about the owner; but nobody who only runs programmes.
    assert "Hanna Osei – HR" in content
    assert "Adam" not in content
    page(client, tom, "concern_about", mentorship.pk, text=TEXT, to=str(olga.pk))
    with inside(tom.organisation):
        assert Concern.objects.get().contact == olga
    page(client, tom, "concern_about", mentorship.pk, text="It is about Olga", to=str(hanna.pk))
    with inside(tom.organisation):
        assert Concern.objects.latest("pk").contact == hanna
    assert [to for _kind, to, *_rest in letters(tom.organisation)] == [
        "olga@northwind.example", "hanna@northwind.example",
    ]  # fmt: skip


def test_an_owner_who_runs_programmes_is_said_to(client, mentorship, tom, olga):
    content = page(client, tom, "concern_about", mentorship.pk).content.decode()
    assert "Olga Osei reads it, an owner of the organisation, who runs programmes too." in content


def test_who_is_chosen_and_can_be_told_no_more_hears_nothing(client, mentorship, tom, olga):
    carl = make_member(tom.organisation, "Carl", is_owner=True)
    with inside(tom.organisation):
        Member.objects.filter(pk=carl.pk).update(is_owner=False)
    answer = page(client, tom, "concern_about", mentorship.pk, text=TEXT, to=str(carl.pk))
    assert answer.status_code == 422
    assert "This person can’t be told any more. Look who can, and choose." in answer.content.decode()
    with inside(tom.organisation):
        assert not Concern.objects.exists()


def test_owners_are_told_at_home_that_nobody_is_named(client, mentorship, olga, cora):
    admin = make_member(olga.organisation, "Adam", is_admin=True)

    def home(member):
        client.force_login(member.user)
        return client.get("/o/northwind/").content.decode()

    content = home(olga)
    assert "Name a safeguarding contact" in content
    assert (
        "In Growing together nobody is named: a concern goes to an owner of the organisation, such as you." in content
    )
    assert f"/o/northwind/programmes/{mentorship.program_id}/readiness/" in content
    assert "Name a safeguarding contact" not in home(admin)
    with inside(olga.organisation):
        Program.objects.update(safeguarding_contact=cora)
    assert "Name a safeguarding contact" not in home(olga)
    with inside(olga.organisation):
        Member.objects.filter(pk=cora.pk).update(left_on=date(2026, 11, 21))
    assert "Name a safeguarding contact" in home(olga)


def test_without_a_contact_nobody_is_told_unless_chosen(client, mentorship, tom, olga):
    refused = page(client, tom, "concern_about", mentorship.pk, text=TEXT)
    assert refused.status_code == 422
    assert "Choose whom you want to tell." in refused.content.decode()
    assert "shouts" in refused.content.decode()
    with inside(tom.organisation):
        assert not Concern.objects.exists()
    page(client, tom, "concern_about", mentorship.pk, text=TEXT, to=str(olga.pk))
    with inside(tom.organisation):
        assert Concern.objects.get().contact == olga


def test_with_nobody_to_tell_the_page_says_so(client, mentorship, tom):
    content = page(client, tom, "concern_about", mentorship.pk).content.decode()
    assert "There is nobody here who can be told in confidence." in content
    assert "<textarea" not in content


def test_a_contact_in_the_mentorship_is_not_the_one_to_tell(program, mentorship, ines, tom, olga):
    with inside(tom.organisation):
        program.safeguarding_contact = ines
        found = concerns.ways(program, by=tom, mentorship=mentorship)
        assert (found.contact, found.others, found.why) == (None, (olga,), "involved")
        assert concerns.ways(program, by=tom).contact == ines


def test_only_people_of_the_programme_raise_one(client, program, mentorship, olga, tom, cora):
    stranger = make_member(cora.organisation, "Paul")
    for member in (olga, stranger):
        assert page(client, member, "concern_raise", program.pk).status_code == 404
        assert page(client, member, "concern_about", mentorship.pk, text=TEXT).status_code == 404
    assert page(client, tom, "concern_raise", program.pk).status_code == 200


def test_sent_twice_it_is_raised_once(client, program, tom):
    first = page(client, tom, "concern_raise", program.pk, text=TEXT)
    assert page(client, tom, "concern_raise", program.pk, text=f" {TEXT}\n").url == first.url
    with inside(tom.organisation):
        assert Concern.objects.count() == 1


def test_a_new_key_seals_it_anew(raised, cora):
    with inside(cora.organisation):
        concerns.answer(raised, text=ANSWER, by=cora)
    with inside(cora.organisation):
        assert sealing.rotate_keys() == 2
    with inside(cora.organisation):
        raised.refresh_from_db()
        assert sealing.key_number(raised.sealed) == 2
        opened = concerns.open_concern(raised, by=cora)
        assert opened.text == TEXT
        assert [entry.text for entry in opened.entries] == ["", ANSWER]


def test_a_text_opens_in_no_other_row(raised, program, cora, tom):
    with inside(cora.organisation):
        other = concerns.raise_concern(program, text="Another", to=cora, by=tom)
        Concern.objects.filter(pk=other.pk).update(sealed=bytes(raised.sealed))
        other.refresh_from_db()
        assert concerns.open_concern(other, by=cora).text is None


def test_the_contact_finds_it_at_home_and_others_do_not(client, raised, cora, olga):
    client.force_login(cora.user)
    assert "Somebody has told you something in confidence" in client.get("/o/northwind/").content.decode()
    client.force_login(olga.user)
    assert "in confidence" not in client.get("/o/northwind/").content.decode()


def test_the_way_to_it_stands_on_the_mentorship_the_session_and_the_programme(client, program, mentorship, held, tom):
    client.force_login(tom.user)
    about = f"/o/northwind/mentorships/{mentorship.pk}/concern/"
    assert about in client.get(f"/o/northwind/mentorships/{mentorship.pk}/").content.decode()
    assert about in client.get(f"/o/northwind/sessions/{held.pk}/").content.decode()
    assert f"/programmes/{program.pk}/concern/" in client.get(f"/o/northwind/programmes/{program.pk}/").content.decode()


def test_admins_are_warned_where_nobody_can_be_told(client, mentorship, olga, cora):
    client.force_login(olga.user)
    address = f"/o/northwind/programmes/{mentorship.program_id}/"
    assert "No safeguarding contact" in client.get(address).content.decode()
    with inside(olga.organisation):
        Program.objects.filter(pk=mentorship.program_id).update(safeguarding_contact=cora)
    assert "No safeguarding contact" not in client.get(address).content.decode()


def test_other_methods_are_refused(client, raised, tom):
    client.force_login(tom.user)
    assert client.put(f"/o/northwind/concerns/{raised.pk}/").status_code == 405
    assert client.post("/o/northwind/concerns/").status_code == 405
