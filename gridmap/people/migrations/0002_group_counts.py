"""The database keeps every group's coverage in step with the register, whoever writes to it.

A statement that changes residents recounts the groups it touched, through the covering index (about 150 rows a group).
The groups' rows are locked first and the recount is a statement of its own, so it sees what others committed
meanwhile: two officers in one group cannot lose each other's change.
"""

from django.db import migrations

COUNT = """
CREATE FUNCTION people_count_groups(touched int[]) RETURNS void LANGUAGE plpgsql AS $$
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
               count(DISTINCT household_id) FILTER (WHERE connected) AS households_connected
        FROM people_resident WHERE no = ANY(touched) GROUP BY no
    ) r USING (no)
    WHERE c.no = t.no;
END $$;

CREATE FUNCTION people_resident_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM people_count_groups(ARRAY(SELECT DISTINCT no FROM added)); RETURN NULL; END $$;
CREATE FUNCTION people_resident_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM people_count_groups(ARRAY(SELECT DISTINCT no FROM removed)); RETURN NULL; END $$;
CREATE FUNCTION people_resident_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM people_count_groups(ARRAY(SELECT no FROM removed UNION SELECT no FROM added)); RETURN NULL;
END $$;

CREATE TRIGGER count_added AFTER INSERT ON people_resident
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION people_resident_added();
CREATE TRIGGER count_removed AFTER DELETE ON people_resident
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION people_resident_removed();
CREATE TRIGGER count_changed AFTER UPDATE ON people_resident
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION people_resident_changed();
"""

DROP = """
DROP TRIGGER count_added ON people_resident; DROP TRIGGER count_removed ON people_resident;
DROP TRIGGER count_changed ON people_resident;
DROP FUNCTION people_resident_added; DROP FUNCTION people_resident_removed; DROP FUNCTION people_resident_changed;
DROP FUNCTION people_count_groups;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunSQL(COUNT, DROP)]
