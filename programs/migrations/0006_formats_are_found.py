from django.db import migrations, models

import programs.formats


class Migration(migrations.Migration):
    dependencies = [("programs", "0005_leaving_a_group")]

    operations = [
        migrations.AlterField(
            model_name="program",
            name="format",
            field=models.CharField(
                choices=programs.formats.format_choices,
                default="traditional",
                max_length=20,
                verbose_name="format",
            ),
        ),
    ]
