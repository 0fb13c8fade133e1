"""Notes are sealed: the database holds no word of them, and nobody opens them but those who may read them."""

import importlib

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from programs.models import Mentorship
from sessions import sealing, services
from sessions.models import Note
from sessions.sealing import CannotUnseal
from tests.conftest import connect_as
from tests.people import inside
from tests.sessions.conftest import people, utc


def write(cast, session):
    with inside(cast.northwind):
        services.write_notes(session, private_note="I was nervous.", shared_note="Read chapter two.", by=cast.tom)


def raw():
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(note)::text, sealed FROM mentoring_sessions_note note")
        return b"".join(text.encode() + bytes(sealed) for text, sealed in cursor.fetchall())


def test_the_table_holds_no_plain_text(cast, booked):
    write(cast, booked)
    with inside(cast.northwind):
        services.keep_draft(booked, {"private_note": "Half a sentence"}, by=cast.tom)
        found = raw()
        assert Note.objects.count() == 3
    for word in (b"nervous", b"chapter", b"sentence", b"private_note"):
        assert word not in found
        # A byte column shows itself in hexadecimal.
        assert word.hex().encode() not in found


def test_each_reads_their_own_and_what_was_shared(cast, booked):
    write(cast, booked)
    with inside(cast.northwind):
        assert services.own_notes(booked, by=cast.tom) == {"private": "I was nervous.", "shared": "Read chapter two."}
        assert services.shared_notes(booked, by=cast.ines) == [(cast.tom, "Read chapter two.")]
        assert services.own_notes(booked, by=cast.ines) == {}
        assert services.shared_notes(booked, by=cast.olga) == []
        assert services.own_notes(booked, by=cast.olga) == {}


@pytest.mark.parametrize("moved", ["session", "author", "visibility"])
def test_a_note_moved_to_another_row_does_not_open(cast, booked, moved):
    write(cast, booked)
    with inside(cast.northwind):
        other = services.book_session(cast.mentorship, starts_at=utc("2026-11-26T14:00"), by=cast.tom)
        note = Note.objects.get(visibility="private")
        Note.objects.filter(visibility="shared").delete()
        if moved == "session":
            Note.objects.filter(pk=note.pk).update(session=other)
            reader, session = cast.tom, other
        elif moved == "author":
            Note.objects.filter(pk=note.pk).update(author=cast.ines)
            reader, session = cast.ines, booked
        else:
            Note.objects.filter(pk=note.pk).update(visibility="shared")
            reader, session = cast.tom, booked
        with pytest.raises(CannotUnseal):
            services.own_notes(session, by=reader)


def test_a_note_copied_to_another_organisation_does_not_open(cast, booked):
    write(cast, booked)
    with inside(cast.northwind):
        note = Note.objects.get(visibility="private")
    with inside(cast.initech), pytest.raises(CannotUnseal):
        sealing.unseal(note.sealed, bound_to=sealing.note_place(note))


def test_rotation_seals_notes_anew(cast, booked):
    write(cast, booked)
    with inside(cast.northwind):
        before = {bytes(note.sealed) for note in Note.objects.all()}
        assert sealing.rotate_keys() == 2
        notes = Note.objects.all()
        assert {sealing.key_number(note.sealed) for note in notes} == {2}
        assert not before & {bytes(note.sealed) for note in notes}
        assert services.own_notes(booked, by=cast.tom)["private"] == "I was nervous."


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("o/northwind/mentorships/{mentorship}/", "Ines Adler"),
        ("o/northwind/programmes/{program}/", "Growing together"),
        ("api/v1/o/northwind/sessions/{session}/", "Ines Adler"),
    ],
)
def test_no_admin_reads_a_note(cast, booked, as_member, path, names):
    write(cast, booked)
    address = path.format(mentorship=cast.mentorship.pk, program=cast.mentorship.program_id, session=booked.pk)
    content = as_member(cast.olga).get(f"/{address}").content.decode()
    assert names in content
    assert "nervous" not in content
    assert "chapter two" not in content


@pytest.mark.django_db(transaction=True)
def test_notes_from_before_are_sealed_and_can_come_back():
    cast = people()
    with inside(cast.northwind):
        session = services.record_session(
            Mentorship.objects.get(), starts_at=utc("2026-11-20T10:00"), length=services.LONGEST / 8, by=cast.tom
        )
    write(cast, session)
    migration = importlib.import_module("sessions.migrations.0004_seal_notes")
    assert all(operation.reversible for operation in migration.Migration.operations)

    def plain():
        with inside(cast.northwind), connection.cursor() as cursor:
            cursor.execute("SELECT body, length(sealed) > 0 FROM mentoring_sessions_note ORDER BY body")
            return cursor.fetchall()

    connect_as("DATABASE_OWNER_URL")
    try:
        # As it was before the column went; nothing of it stays.
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE mentoring_sessions_note ADD body text NOT NULL DEFAULT ''")
            then = MigrationExecutor(connection).loader.project_state(("mentoring_sessions", "0004_seal_notes")).apps
            migration.open_notes(then, None)
            assert plain() == [("I was nervous.", False), ("Read chapter two.", False)]
            migration.seal_notes(then, None)
            assert plain() == [("", True), ("", True)]
            with inside(cast.northwind):
                notes = services.own_notes(session, by=cast.tom)
            assert notes == {"private": "I was nervous.", "shared": "Read chapter two."}
            transaction.set_rollback(True)
    finally:
        connect_as("DATABASE_URL")
