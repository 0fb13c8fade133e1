from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("matching", "0004_groups")]

    operations = [
        migrations.AddField(
            model_name="declaration", name="counted_at", field=models.DateTimeField(blank=True, null=True)
        ),
    ]
