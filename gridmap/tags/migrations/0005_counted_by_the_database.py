"""The database counts every label by group, as it counts everybody: a group is recounted when its labels or its households
change, under the same row locks as the groups' own counters, so that two at once cannot lose each other's change."""

from django.db import migrations

COUNT = """
CREATE FUNCTION tags_count_groups(touched int[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM tags_tagging WHERE no = ANY(touched)) AND NOT EXISTS (SELECT 1 FROM tags_count WHERE no = ANY(touched)) THEN
        RETURN;
    END IF;
    PERFORM 1 FROM people_groupcount WHERE no = ANY(touched) ORDER BY no FOR UPDATE;
    DELETE FROM tags_count WHERE no = ANY(touched);
    INSERT INTO tags_count (label, no, people, connected, away, households, households_only)
    SELECT h.label, h.no, sum(h.people), sum(h.connected), sum(h.away), count(*), count(*) FILTER (WHERE h.people = s.people)
    FROM (
        SELECT label, no, household, count(*) AS people, count(*) FILTER (WHERE connected) AS connected, count(*) FILTER (WHERE away) AS away
        FROM tags_tagging WHERE no = ANY(touched) GROUP BY label, no, household
    ) h
    JOIN (SELECT no, household_id, count(*) AS people FROM people_resident WHERE no = ANY(touched) GROUP BY no, household_id) s
      ON s.no = h.no AND s.household_id = h.household
    GROUP BY h.label, h.no;
END $$;

CREATE FUNCTION tags_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM tags_count_groups(ARRAY(SELECT DISTINCT no FROM added)); RETURN NULL; END $$;
CREATE FUNCTION tags_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM tags_count_groups(ARRAY(SELECT DISTINCT no FROM removed)); RETURN NULL; END $$;
CREATE FUNCTION tags_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM tags_count_groups(ARRAY(SELECT no FROM removed UNION SELECT no FROM added)); RETURN NULL; END $$;

CREATE TRIGGER count_added AFTER INSERT ON tags_tagging
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tags_added();
CREATE TRIGGER count_removed AFTER DELETE ON tags_tagging
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION tags_removed();
CREATE TRIGGER count_changed AFTER UPDATE ON tags_tagging
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tags_changed();

-- Who moves in or out changes the households of those with labels, too. By name these run after the others.
CREATE TRIGGER labels_added AFTER INSERT ON people_resident
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tags_added();
CREATE TRIGGER labels_removed AFTER DELETE ON people_resident
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION tags_removed();
CREATE FUNCTION tags_households_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched int[];
BEGIN
    touched := ARRAY(
        SELECT unnest(ARRAY[a.no, b.no]) FROM added a JOIN removed b USING (id)
        WHERE (a.no, a.household_id) IS DISTINCT FROM (b.no, b.household_id)
    );
    IF cardinality(touched) > 0 THEN PERFORM tags_count_groups(touched); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER labels_changed AFTER UPDATE ON people_resident
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tags_households_changed();

SELECT tags_count_groups(ARRAY(SELECT DISTINCT no FROM tags_tagging));
GRANT SELECT ON tags_count TO gridmap_audience;
REVOKE INSERT, UPDATE, DELETE ON tags_count FROM gridmap_staff;
"""
BACK = """
DROP TRIGGER labels_added ON people_resident; DROP TRIGGER labels_removed ON people_resident; DROP TRIGGER labels_changed ON people_resident;
DROP TRIGGER count_added ON tags_tagging; DROP TRIGGER count_removed ON tags_tagging; DROP TRIGGER count_changed ON tags_tagging;
DROP FUNCTION tags_households_changed; DROP FUNCTION tags_changed; DROP FUNCTION tags_removed; DROP FUNCTION tags_added;
DROP FUNCTION tags_count_groups;
"""


class Migration(migrations.Migration):
    dependencies = [("tags", "0004_count"), ("register", "0002_kept_by_the_database")]
    operations = [migrations.RunSQL(COUNT, BACK)]
