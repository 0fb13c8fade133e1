from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mentoring_sessions", "0004_seal_notes")]

    operations = [migrations.RemoveField("note", "body")]
