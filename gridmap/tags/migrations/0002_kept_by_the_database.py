"""Labels follow their resident, and stand behind the same wall."""

from django.db import migrations

FOLLOW = """
CREATE FUNCTION tags_follow_residents() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE tags_tagging t SET no = a.no, household = a.household_id, connected = a.connected, away = a.presence = 'away'
    FROM added a JOIN removed b USING (id)
    WHERE t.resident_id = a.id AND (a.no, a.household_id, a.connected, a.presence) IS DISTINCT FROM (b.no, b.household_id, b.connected, b.presence);
    RETURN NULL;
END $$;
CREATE TRIGGER follow_labels AFTER UPDATE ON people_resident
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tags_follow_residents();

ALTER TABLE tags_tagging ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON tags_tagging TO gridmap_staff
    USING ((SELECT nullif(current_setting('gridmap.ranges', true), '')::int4multirange) @> no::int)
    WITH CHECK ((SELECT nullif(current_setting('gridmap.ranges', true), '')::int4multirange) @> no::int);
CREATE POLICY audience ON tags_tagging FOR SELECT TO gridmap_audience USING (true);
GRANT SELECT ON tags_tagging, tags_tag, people_coverageday TO gridmap_audience;
"""
BACK = """
DROP POLICY staff ON tags_tagging; DROP POLICY audience ON tags_tagging;
DROP TRIGGER follow_labels ON people_resident; DROP FUNCTION tags_follow_residents;
"""


class Migration(migrations.Migration):
    dependencies = [("tags", "0001_initial"), ("register", "0002_kept_by_the_database")]
    operations = [migrations.RunSQL(FOLLOW, BACK)]
