import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import mentoring.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("mentoring_sessions", "0009_answers"),
        ("programs", "0002_matching_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="session", name="comings", field=models.PositiveIntegerField(db_default=0, default=0)
        ),
        migrations.AddField(
            model_name="session",
            name="led_by",
            field=mentoring.tenancy.fields.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.member",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="own_mentees_only",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="session",
            name="program",
            field=mentoring.tenancy.fields.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="group_sessions",
                to="programs.program",
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="mentorship",
            field=mentoring.tenancy.fields.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="programs.mentorship",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=Q(program__isnull=False),
                fields=["organisation", "program", "starts_at"],
                name="session_by_program",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                name="session_has_one_home",
                condition=Q(mentorship__isnull=False, program__isnull=True, led_by__isnull=True, seats__isnull=True)
                | Q(mentorship__isnull=True, program__isnull=False, seats__isnull=False, seats__gte=1),
                violation_error_message="A session belongs to a mentorship, or to a programme with seats.",
            ),
        ),
    ]
