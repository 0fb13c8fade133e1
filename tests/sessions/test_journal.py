"""The reflection journal: sealed, and opened for its author only."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse

from sessions import sealing
from sessions.models import JournalEntry
from sessions.sealing import journal_place, key_number, rotate_keys, unseal
from sessions.services import journal
from tests.people import inside, make_member, make_mentorship, make_organisation

TEXT = "I was afraid to say it – 怕"


@pytest.fixture
def org(db):
    sealing._keys.clear()
    return make_organisation()


@pytest.fixture
def maya(org):
    return make_member(org, "Maya")


@pytest.fixture
def theo(org):
    return make_member(org, "Theo")


@pytest.fixture
def mentorship(maya, theo):
    return make_mentorship(maya, theo)


@pytest.fixture
def entry(org, mentorship, theo):
    with inside(org):
        return journal.write_entry(mentorship, text=TEXT, by=theo)


def test_the_database_holds_no_word_of_it(org, entry):
    with inside(org), connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM mentoring_sessions_journalentry")
        stored = bytes(cursor.fetchone()[0])
    assert b"afraid" not in stored
    assert len(stored) > len(TEXT.encode())


def test_only_its_author_opens_it(org, entry, maya, theo):
    admin = make_member(org, "Ada", is_admin=True, is_owner=True)
    with inside(org):
        assert journal.opened(entry, by=theo).text == TEXT
        for other in (maya, admin):
            with pytest.raises(PermissionDenied):
                journal.opened(entry, by=other)
            with pytest.raises(PermissionDenied):
                journal.change_entry(entry, text="x", by=other)
            with pytest.raises(PermissionDenied):
                journal.remove_entry(entry, by=other)
        with pytest.raises(PermissionDenied):
            journal.write_entry(entry.mentorship, text="x", by=admin)


def test_it_opens_in_no_other_entry_and_for_no_other_author(org, entry, mentorship, maya, theo):
    with inside(org):
        second = journal.write_entry(mentorship, text="Second", by=theo)
        JournalEntry.objects.filter(pk=second.pk).update(sealed=entry.sealed)
        assert journal.opened(JournalEntry.objects.get(pk=second.pk), by=theo).text is None
        JournalEntry.objects.filter(pk=entry.pk).update(author=maya)
        assert journal.opened(JournalEntry.objects.get(pk=entry.pk), by=maya).text is None


def test_a_rotation_seals_it_anew(org, entry, theo):
    with inside(org):
        assert key_number(entry.sealed) == 1
        assert rotate_keys() == 1
        found = JournalEntry.objects.get()
        assert key_number(found.sealed) == 2
        assert unseal(found.sealed, bound_to=journal_place(found)) == TEXT


def test_the_pages(client, org, mentorship, maya, theo):
    page = reverse("sessions:journal", args=["northwind", mentorship.pk])
    client.force_login(theo.user)
    assert client.post(page, {"text": "  "}).status_code == 422
    assert client.post(page, {"text": "x" * 10_001}).status_code == 422
    client.post(page, {"text": "=Keep this"})
    assert "=Keep this" in client.get(page).content.decode()
    with inside(org):
        one = JournalEntry.objects.get()
    change = reverse("sessions:journal_entry", args=["northwind", one.pk])
    assert "=Keep this" in client.get(change).content.decode()
    client.post(change, {"text": "Kept"})
    assert "Kept" in client.get(page).content.decode()
    # The other of the two has a journal of their own, and no way into this one.
    client.force_login(maya.user)
    assert "Kept" not in client.get(page).content.decode()
    assert client.get(change).status_code == 404
    assert client.post(change, {"do": "remove"}).status_code == 404
    client.force_login(theo.user)
    client.post(change, {"do": "remove"})
    with inside(org):
        assert not JournalEntry.objects.exists()


def test_nobody_else_finds_it(client, org, mentorship):
    page = reverse("sessions:journal", args=["northwind", mentorship.pk])
    for member in (
        make_member(org, "Ada", is_admin=True, is_owner=True),
        make_member(make_organisation("southwind"), "Sam", is_admin=True),
    ):
        client.force_login(member.user)
        assert client.get(page).status_code == 404
        assert client.post(page, {"text": "x"}).status_code == 404
