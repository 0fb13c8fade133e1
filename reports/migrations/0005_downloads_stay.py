"""Who took figures away, when and what for stays as it was written down; only a name may go when its owner is erased."""

from django.db import migrations

STAY = """
CREATE FUNCTION download_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'by_id' - 'by_name') IS DISTINCT FROM (to_jsonb(OLD) - 'by_id' - 'by_name') THEN
        RAISE EXCEPTION 'What was written down of a download is never changed.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER download_stays BEFORE UPDATE ON reports_download FOR EACH ROW EXECUTE FUNCTION download_stays();
"""

CHANGE = """
DROP TRIGGER download_stays ON reports_download;
DROP FUNCTION download_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_known_careers")]

    operations = [migrations.RunSQL(STAY, CHANGE)]
