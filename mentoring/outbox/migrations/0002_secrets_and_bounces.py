import django.utils.timezone
from django.db import migrations, models

import mentoring.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="secret",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("status", "failed")),
                fields=["organisation", "-due_at"],
                name="message_not_sent",
            ),
        ),
        migrations.CreateModel(
            name="BouncedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(max_length=254)),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("organisation", mentoring.tenancy.fields.OrganisationField()),
            ],
            options={
                "verbose_name_plural": "bounced addresses",
                "ordering": ["-at"],
                "constraints": [
                    models.UniqueConstraint(fields=["organisation", "address"], name="bounced_address_once")
                ],
            },
        ),
    ]
