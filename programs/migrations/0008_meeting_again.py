from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0007_let_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="again_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
