"""A user's busy times follow the attendances of all their organisations, whatever writes those."""

from django.db import migrations

FOLLOW = """
CREATE FUNCTION attendance_has_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.busy_key := COALESCE(NEW.busy_key, OLD.busy_key);
    END IF;
    NEW.busy_key := COALESCE(NEW.busy_key, gen_random_uuid());
    RETURN NEW;
END $$;
CREATE TRIGGER attendance_has_key BEFORE INSERT OR UPDATE OF busy_key
    ON mentoring_sessions_attendance FOR EACH ROW EXECUTE FUNCTION attendance_has_key();

-- Afterwards, so that a clash within the organisation is found by its own constraint.
CREATE FUNCTION attendance_keeps_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    who bigint;
BEGIN
    IF NEW.occupies THEN
        SELECT user_id INTO who FROM accounts_member WHERE id = NEW.member_id;
    END IF;
    IF who IS NULL THEN
        DELETE FROM mentoring_sessions_userbusytime WHERE key = NEW.busy_key;
    ELSE
        INSERT INTO mentoring_sessions_userbusytime (user_id, key, during) VALUES (who, NEW.busy_key, NEW.during)
        ON CONFLICT (key) DO UPDATE SET user_id = EXCLUDED.user_id, during = EXCLUDED.during;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER attendance_keeps_time AFTER INSERT OR UPDATE OF member_id, during, occupies
    ON mentoring_sessions_attendance FOR EACH ROW EXECUTE FUNCTION attendance_keeps_time();

CREATE FUNCTION attendance_frees_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM mentoring_sessions_userbusytime WHERE key = OLD.busy_key;
    RETURN NULL;
END $$;
CREATE TRIGGER attendance_frees_time AFTER DELETE
    ON mentoring_sessions_attendance FOR EACH ROW EXECUTE FUNCTION attendance_frees_time();

-- Whoever joins with a login brings the sessions along that were booked before; what clashes by then stays as it is.
CREATE FUNCTION member_brings_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM mentoring_sessions_userbusytime
        WHERE key IN (SELECT busy_key FROM mentoring_sessions_attendance WHERE member_id = NEW.id);
    INSERT INTO mentoring_sessions_userbusytime (user_id, key, during)
        SELECT NEW.user_id, busy_key, during FROM mentoring_sessions_attendance
        WHERE member_id = NEW.id AND occupies AND busy_key IS NOT NULL AND NEW.user_id IS NOT NULL
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER member_brings_time AFTER UPDATE OF user_id ON accounts_member FOR EACH ROW
    WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id) EXECUTE FUNCTION member_brings_time();
"""

LEAVE = """
DROP TRIGGER member_brings_time ON accounts_member;
DROP FUNCTION member_brings_time();
DROP TRIGGER attendance_frees_time ON mentoring_sessions_attendance;
DROP FUNCTION attendance_frees_time();
DROP TRIGGER attendance_keeps_time ON mentoring_sessions_attendance;
DROP FUNCTION attendance_keeps_time();
DROP TRIGGER attendance_has_key ON mentoring_sessions_attendance;
DROP FUNCTION attendance_has_key();
"""


class Migration(migrations.Migration):
    dependencies = [("mentoring_sessions", "0006_fill_busy_times"), ("accounts", "0001_initial")]

    operations = [migrations.RunSQL(FOLLOW, LEAVE)]
