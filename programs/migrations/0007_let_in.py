from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0006_formats_are_found"),
    ]

    operations = [
        migrations.AddField(
            model_name="enrolment",
            name="let_in_because",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
    ]
