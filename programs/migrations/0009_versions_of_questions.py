from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0008_meeting_again"),
    ]

    operations = [
        migrations.AddField(
            model_name="question",
            name="earlier",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AlterField(
            model_name="question",
            name="audience",
            field=models.CharField(
                choices=[("both", "everybody"), ("mentor", "mentors"), ("mentee", "mentees"), ("peer", "peers")],
                default="both",
                max_length=10,
                verbose_name="asked of",
            ),
        ),
    ]
