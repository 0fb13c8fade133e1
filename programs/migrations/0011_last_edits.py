import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import mentoring.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("programs", "0010_sent_forms"),
    ]

    operations = [
        migrations.CreateModel(
            name="LastEdit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form", models.CharField(max_length=150)),
                ("token", models.CharField(max_length=32)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "member",
                    mentoring.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.member"
                    ),
                ),
                ("organisation", mentoring.tenancy.fields.OrganisationField()),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "saved_at"], name="last_edit_by_time")],
                "constraints": [models.UniqueConstraint(fields=("organisation", "form"), name="last_edit_once")],
            },
        ),
    ]
