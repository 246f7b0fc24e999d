"""The database follows contact persons, counts a household that somebody hears for, and walls the new tables off."""

from django.db import migrations

COUNT = """
CREATE OR REPLACE FUNCTION people_count_groups(touched int[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO people_groupcount (no, registered, away, joined, connected, households, households_connected)
    SELECT DISTINCT no, 0, 0, 0, 0, 0, 0 FROM unnest(touched) AS t(no) ORDER BY no ON CONFLICT DO NOTHING;
    PERFORM 1 FROM people_groupcount WHERE no = ANY(touched) ORDER BY no FOR UPDATE;
    UPDATE people_groupcount c
    SET registered = coalesce(r.registered, 0), away = coalesce(r.away, 0), joined = coalesce(r.joined, 0),
        connected = coalesce(r.connected, 0), households = coalesce(r.households, 0),
        households_connected = coalesce(r.households_connected, 0)
    FROM (SELECT DISTINCT no FROM unnest(touched) AS t(no)) t
    LEFT JOIN (
        SELECT no, count(*) AS registered, count(*) FILTER (WHERE presence = 'away') AS away,
               count(*) FILTER (WHERE joined) AS joined, count(*) FILTER (WHERE connected) AS connected,
               count(DISTINCT household_id) AS households,
               count(DISTINCT household_id) FILTER (WHERE connected OR heard_for) AS households_connected
        FROM people_resident WHERE no = ANY(touched) GROUP BY no
    ) r USING (no)
    WHERE c.no = t.no;
END $$;
"""

# Beyond the grids of whoever writes: a neighbour across the brook may hear for somebody.
CONTACTS = """
CREATE FUNCTION register_follow_contacts(touched uuid[]) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE people_resident r SET heard_for = now_heard.any
    FROM (
        SELECT t.id, EXISTS (
            SELECT 1 FROM register_contact c JOIN people_resident p ON p.id = c.contact_id
            WHERE c.resident_id = t.id AND c.resident_agreed_at IS NOT NULL AND c.contact_agreed_at IS NOT NULL AND p.connected
        ) AS any FROM unnest(touched) AS t(id)
    ) now_heard
    WHERE r.id = now_heard.id AND r.heard_for IS DISTINCT FROM now_heard.any;
$$;

CREATE FUNCTION register_contact_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM register_follow_contacts(ARRAY[coalesce(NEW.resident_id, OLD.resident_id)]);
    RETURN NULL;
END $$;
CREATE TRIGGER follow_contact AFTER INSERT OR UPDATE OR DELETE ON register_contact
    FOR EACH ROW EXECUTE FUNCTION register_contact_changed();

CREATE FUNCTION register_contact_connected() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE touched uuid[];
BEGIN
    touched := ARRAY(
        SELECT c.resident_id FROM added a JOIN removed b USING (id) JOIN register_contact c ON c.contact_id = a.id
        WHERE a.connected <> b.connected
    );
    IF cardinality(touched) > 0 THEN PERFORM register_follow_contacts(touched); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_contacts AFTER UPDATE ON people_resident
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION register_contact_connected();
"""
RANGES = "(SELECT nullif(current_setting('gridmap.ranges', true), '')::int4multirange)"
MINE = "EXISTS (SELECT 1 FROM people_resident r WHERE r.id = {column})"
WALLS = f"""
ALTER TABLE register_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON register_change TO gridmap_staff USING ({MINE.format(column="resident")}) WITH CHECK (true);

ALTER TABLE register_former ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON register_former TO gridmap_staff USING ({RANGES} @> no::int) WITH CHECK ({RANGES} @> no::int);

ALTER TABLE register_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON register_contact TO gridmap_staff
    USING ({MINE.format(column="resident_id")} OR {MINE.format(column="contact_id")}) WITH CHECK ({MINE.format(column="resident_id")});
REVOKE UPDATE ON register_change FROM gridmap_staff;
"""
BACK = """
DROP POLICY staff ON register_change; DROP POLICY staff ON register_former; DROP POLICY staff ON register_contact;
DROP TRIGGER follow_contacts ON people_resident; DROP TRIGGER follow_contact ON register_contact;
DROP FUNCTION register_contact_connected; DROP FUNCTION register_contact_changed; DROP FUNCTION register_follow_contacts;
"""


class Migration(migrations.Migration):
    dependencies = [("register", "0001_initial"), ("people", "0010_kept_up_to_date")]
    operations = [migrations.RunSQL(COUNT + CONTACTS + WALLS, BACK)]
