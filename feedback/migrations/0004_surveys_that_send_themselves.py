from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0003_survey_blocks")]

    operations = [
        migrations.AddField(
            model_name="survey",
            name="sends_itself",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
