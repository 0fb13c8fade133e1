"""Notes that were written before are sealed with their organisation's key; undone, they are plain again."""

from django.db import migrations

from mentoring.tenancy.scope import organisation_scope
from sessions.sealing import note_place, seal, unseal


def seal_notes(apps, schema_editor):
    for organisation_id in apps.get_model("accounts", "Organisation")._base_manager.values_list("pk", flat=True):
        with organisation_scope(organisation_id):
            for note in notes(apps, organisation_id).filter(sealed=b""):
                notes(apps, organisation_id).filter(pk=note.pk).update(
                    sealed=seal(note.body, bound_to=note_place(note)), body=""
                )


def open_notes(apps, schema_editor):
    for organisation_id in apps.get_model("accounts", "Organisation")._base_manager.values_list("pk", flat=True):
        with organisation_scope(organisation_id):
            notes(apps, organisation_id).filter(visibility="draft").delete()
            for note in notes(apps, organisation_id).exclude(sealed=b""):
                notes(apps, organisation_id).filter(pk=note.pk).update(
                    body=unseal(note.sealed, bound_to=note_place(note)), sealed=b""
                )


def notes(apps, organisation_id):
    return apps.get_model("mentoring_sessions", "Note")._base_manager.filter(organisation_id=organisation_id)


class Migration(migrations.Migration):
    dependencies = [
        ("mentoring_sessions", "0003_sealed_notes"),
    ]

    operations = [migrations.RunPython(seal_notes, open_notes)]
