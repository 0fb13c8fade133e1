from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0002_surveys_and_concerns")]

    operations = [
        migrations.AddField(
            model_name="surveyanswer", name="block", field=models.PositiveIntegerField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="surveyanswer",
            name="block_role",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
    ]
