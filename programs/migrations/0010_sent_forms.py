import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import mentoring.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("programs", "0009_versions_of_questions"),
    ]

    operations = [
        migrations.CreateModel(
            name="SentForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64)),
                ("location", models.CharField(blank=True, max_length=500)),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "member",
                    mentoring.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.member"
                    ),
                ),
                ("organisation", mentoring.tenancy.fields.OrganisationField()),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "member", "sent_at"], name="sent_form_by_time")],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "member", "key"), name="sent_form_once")
                ],
            },
        ),
    ]
