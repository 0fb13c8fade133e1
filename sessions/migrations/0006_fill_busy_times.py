"""The busy times of the sessions that were booked before; of two that clash over organisations, one counts."""

from django.db import migrations

from mentoring.tenancy.scope import organisation_scope

KEYS = "UPDATE mentoring_sessions_attendance SET busy_key = gen_random_uuid() WHERE occupies AND busy_key IS NULL"
TIMES = """
INSERT INTO mentoring_sessions_userbusytime (user_id, key, during)
SELECT m.user_id, a.busy_key, a.during
FROM mentoring_sessions_attendance a JOIN accounts_member m ON m.id = a.member_id
WHERE a.occupies AND m.user_id IS NOT NULL ORDER BY a.id
ON CONFLICT DO NOTHING
"""


def fill(apps, schema_editor):
    for organisation_id in apps.get_model("accounts", "Organisation")._base_manager.values_list("pk", flat=True):
        with organisation_scope(organisation_id), schema_editor.connection.cursor() as cursor:
            cursor.execute(KEYS)
            cursor.execute(TIMES)


def empty(apps, schema_editor):
    apps.get_model("mentoring_sessions", "UserBusyTime")._base_manager.all().delete()


class Migration(migrations.Migration):
    dependencies = [("mentoring_sessions", "0005_no_plain_notes")]

    operations = [migrations.RunPython(fill, empty)]
