import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import mentoring.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("mentoring_sessions", "0012_goals_touched"),
    ]

    operations = [
        migrations.CreateModel(
            name="BoardBrief",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "brief",
                    models.TextField(blank=True, verbose_name="the question, and what the board should know"),
                ),
                ("recommendation", models.TextField(blank=True, verbose_name="what the board recommends")),
                ("response", models.TextField(blank=True, verbose_name="what becomes of it, and why")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "changed_by",
                    mentoring.tenancy.fields.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.member",
                    ),
                ),
                (
                    "session",
                    mentoring.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="briefs",
                        to="mentoring_sessions.session",
                    ),
                ),
                ("organisation", mentoring.tenancy.fields.OrganisationField()),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddConstraint(
            model_name="boardbrief",
            constraint=models.UniqueConstraint(fields=("organisation", "session"), name="board_brief_once"),
        ),
    ]
