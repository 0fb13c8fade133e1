"""Sealed values open for their own row of their own organisation, and for nothing else."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management import call_command

from mentoring.tenancy.scope import NoOrganisation
from sessions import sealing
from sessions.models import BusyCalendar, NoteKey
from sessions.sealing import CannotUnseal, calendar_place, key_number, seal, unseal
from tests.people import inside
from tests.processes import ROOT, environment


@pytest.fixture(autouse=True)
def no_kept_keys():
    sealing._keys.clear()


def add_calendar(member, address):
    calendar = BusyCalendar.objects.create(member=member)
    calendar.secret = seal(address, bound_to=calendar_place(calendar))
    calendar.save()
    return calendar


def test_a_sealed_text_opens_in_its_place(cast):
    with inside(cast.northwind):
        sealed = seal("Wants to leave – 离开", bound_to="note:1:body")
        assert unseal(memoryview(sealed), bound_to="note:1:body") == "Wants to leave – 离开"
        assert b"leave" not in sealed
        # The same text never looks the same.
        assert sealed != seal("Wants to leave – 离开", bound_to="note:1:body")


@pytest.mark.parametrize("place", ["note:2:body", "note:1:title", ""])
def test_it_opens_in_no_other_place(cast, place):
    with inside(cast.northwind):
        sealed = seal("secret", bound_to="note:1:body")
        with pytest.raises(CannotUnseal):
            unseal(sealed, bound_to=place)


def test_it_opens_in_no_other_organisation(cast):
    with inside(cast.northwind):
        sealed = seal("secret", bound_to="note:1:body")
    with inside(cast.initech):
        with pytest.raises(CannotUnseal):
            unseal(sealed, bound_to="note:1:body")
        seal("theirs", bound_to="note:1:body")
        with pytest.raises(CannotUnseal):
            unseal(sealed, bound_to="note:1:body")
    with pytest.raises(NoOrganisation):
        unseal(sealed, bound_to="note:1:body")


def test_a_key_moved_to_another_organisation_opens_nothing(cast):
    with inside(cast.northwind):
        sealed = seal("secret", bound_to="note:1:body")
        stolen = bytes(NoteKey.objects.get().sealed)
    with inside(cast.initech):
        NoteKey.objects.create(number=1, sealed=stolen)
        with pytest.raises(CannotUnseal):
            unseal(sealed, bound_to="note:1:body")


@pytest.mark.parametrize("where", [0, 4, 8, 20, -1])
def test_every_changed_byte_is_noticed(cast, where):
    with inside(cast.northwind):
        sealed = bytearray(seal("secret", bound_to="note:1:body"))
        sealed[where] ^= 1
        with pytest.raises(CannotUnseal):
            unseal(bytes(sealed), bound_to="note:1:body")


@pytest.mark.parametrize("value", [b"", b"\x01", b"plain text that nobody has sealed"])
def test_what_was_never_sealed_does_not_open(cast, value):
    with inside(cast.northwind), pytest.raises(CannotUnseal):
        unseal(value, bound_to="note:1:body")


def test_without_the_platforms_key_nothing_opens(cast, settings):
    with inside(cast.northwind):
        sealed = seal("secret", bound_to="note:1:body")
        sealing._keys.clear()
        settings.NOTES_KEY = "another key altogether, of this platform"
        with pytest.raises(CannotUnseal):
            unseal(sealed, bound_to="note:1:body")


def test_rotation_seals_everything_anew(cast, clock):
    with inside(cast.northwind):
        calendars = [add_calendar(cast.tom, f"https://x.example/{number}.ics") for number in range(3)]
    with inside(cast.initech):
        theirs = add_calendar(cast.mallory, "https://y.example/")
    call_command("rotate_note_keys", organisation="northwind")
    sealing._keys.clear()
    with inside(cast.northwind):
        for number, calendar in enumerate(calendars):
            calendar.refresh_from_db()
            assert key_number(calendar.secret) == 2
            assert unseal(calendar.secret, bound_to=calendar_place(calendar)) == f"https://x.example/{number}.ics"
        # Kept for a day, for whoever is still writing with it.
        assert sorted(NoteKey.objects.values_list("number", flat=True)) == [1, 2]
    with inside(cast.initech):
        theirs.refresh_from_db()
        assert key_number(theirs.secret) == 1


def test_a_rotation_that_was_cut_off_is_finished(cast, clock, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 1)
    with inside(cast.northwind):
        calendars = [add_calendar(cast.tom, f"https://x.example/{number}.ics") for number in range(3)]

        def stop(count):
            if count == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            sealing.rotate_keys(each=stop)
        assert sealing.rotate_keys() == 1
        for calendar in calendars:
            calendar.refresh_from_db()
        assert [key_number(calendar.secret) for calendar in calendars] == [2, 2, 2]
        # The next one, a day later, makes a third; the first is of no use by then.
        clock.shift(timedelta(days=2))
        assert sealing.rotate_keys() == 3
        assert NoteKey.objects.filter(number=3).exists()
        clock.shift(timedelta(days=2))
        sealing._forget_keys()
        assert list(NoteKey.objects.values_list("number", flat=True)) == [3]


def test_the_platforms_own_key_can_change(cast, settings):
    with inside(cast.northwind):
        calendar = add_calendar(cast.tom, "https://x.example/")
        settings.NOTES_KEY = f"a new platform key with many characters,{settings.NOTES_KEY}"
        sealing.rotate_keys()
        settings.NOTES_KEY = "a new platform key with many characters"
        sealing._keys.clear()
        calendar.refresh_from_db()
        assert unseal(calendar.secret, bound_to=calendar_place(calendar)) == "https://x.example/"


@pytest.mark.parametrize(("key", "said"), [(None, "NOTES_KEY"), ("short", "at least 32 random characters")])
def test_production_does_not_start_without_a_key(key, said):
    given = environment(DJANGO_SETTINGS_MODULE="mentoring.settings.production", SECRET_KEY="x" * 60)
    given.pop("NOTES_KEY", None)
    asked = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env=given | ({"NOTES_KEY": key} if key else {}), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert asked.returncode == 1
    assert "ImproperlyConfigured" in asked.stderr
    assert said in asked.stderr
