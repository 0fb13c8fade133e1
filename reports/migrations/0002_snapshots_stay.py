"""What was published once is never changed, whoever asks the database to."""

from django.db import migrations

STAY = """
CREATE FUNCTION snapshot_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A snapshot is never changed.';
END $$;
CREATE TRIGGER snapshot_stays BEFORE UPDATE ON reports_snapshot FOR EACH ROW EXECUTE FUNCTION snapshot_stays();
"""

CHANGE = """
DROP TRIGGER snapshot_stays ON reports_snapshot;
DROP FUNCTION snapshot_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_snapshots")]

    operations = [migrations.RunSQL(STAY, CHANGE)]
