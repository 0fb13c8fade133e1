from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0004_turns_of_mentorships"),
    ]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="left_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
