from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mentoring_sessions", "0008_answered_requests")]

    operations = [
        migrations.AddField(
            model_name="attendance",
            name="answer",
            field=models.CharField(
                blank=True,
                choices=[("accepted", "accepted"), ("declined", "declined")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="answer to the invitation",
            ),
        ),
        migrations.AddField(
            model_name="attendance", name="answered_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="attendance",
            name="answered_sequence",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
    ]
