"""What was known of promotions, moves and absence when a report was made, as marks from which nobody reads it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_known_leavers")]

    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="careers",
            field=models.BinaryField(editable=False, null=True),
        ),
    ]
