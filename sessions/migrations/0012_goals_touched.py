from django.db import migrations, models
from django.db.models import CASCADE

import mentoring.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("mentoring_sessions", "0011_journal"),
        ("programs", "0003_whole_life"),
    ]

    operations = [
        migrations.CreateModel(
            name="SessionGoal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "session",
                    mentoring.tenancy.fields.TenantForeignKey(
                        on_delete=CASCADE, related_name="goals_touched", to="mentoring_sessions.session"
                    ),
                ),
                (
                    "goal",
                    mentoring.tenancy.fields.TenantForeignKey(
                        on_delete=CASCADE, related_name="sessions_touched", to="programs.goal"
                    ),
                ),
                ("organisation", mentoring.tenancy.fields.OrganisationField()),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["organisation", "goal"], name="session_goal_by_goal")],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "session", "goal"), name="session_goal_once")
                ],
            },
        ),
    ]
