from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mentoring_sessions", "0002_calendars_and_agendas")]

    operations = [
        migrations.AddField("note", "sealed", models.BinaryField(default=bytes, db_default=b"")),
        # So that the plain column can come back when what follows is undone.
        migrations.AlterField("note", "body", models.TextField(db_default="", max_length=10_000, verbose_name="note")),
        migrations.AlterField(
            "note",
            "visibility",
            models.CharField(
                choices=[
                    ("private", "only I"),
                    ("shared", "everyone in this session"),
                    ("draft", "only I, until I send it"),
                ],
                max_length=10,
                verbose_name="who can read it",
            ),
        ),
    ]
