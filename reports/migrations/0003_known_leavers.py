"""Who was known to have left when a report was made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_snapshots_stay")]

    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="known",
            field=models.BinaryField(editable=False, null=True),
        ),
    ]
