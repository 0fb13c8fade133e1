import django.utils.timezone
from django.db import migrations, models

import mentoring.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0002_secrets_and_bounces"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="path",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="message",
            name="read_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="for_digest",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["organisation", "recipient", "-due_at"], name="message_by_reader"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True)),
                fields=["organisation", "recipient", "due_at"],
                name="message_unread",
            ),
        ),
        migrations.CreateModel(
            name="DigestChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(max_length=254)),
                ("time_zone", models.CharField(max_length=64)),
                ("chosen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("organisation", mentoring.tenancy.fields.OrganisationField()),
            ],
            options={
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=["organisation", "address"], name="digest_choice_once")],
            },
        ),
    ]
