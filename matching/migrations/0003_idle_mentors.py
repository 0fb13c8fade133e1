import django.db.models.deletion
from django.db import migrations, models

import mentoring.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0002_deciding"),
        ("programs", "0002_matching_answers"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdleMentor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("free", models.PositiveIntegerField()),
                ("details", models.JSONField(default=dict)),
                (
                    "mentor",
                    mentoring.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="programs.enrolment"
                    ),
                ),
                ("organisation", mentoring.tenancy.fields.OrganisationField()),
                (
                    "run",
                    mentoring.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="idle_mentors", to="matching.matchrun"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "run", "mentor"), name="idle_mentor_once")
                ],
            },
        ),
    ]
