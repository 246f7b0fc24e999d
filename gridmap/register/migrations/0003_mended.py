"""Phones follow their resident's group by the database's own hand; contact persons beyond one's grids can be read and kept."""

from django.db import migrations

FOLLOW = """
CREATE FUNCTION register_follow_phones() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE edge_endpoint e SET no = a.no FROM added a JOIN removed b USING (id) WHERE e.resident_id = a.id AND a.no <> b.no;
    UPDATE edge_recordrequest q SET no = a.no FROM added a JOIN removed b USING (id) WHERE q.about = a.id AND a.no <> b.no;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_phones AFTER UPDATE ON people_resident
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION register_follow_phones();
"""
MINE = "EXISTS (SELECT 1 FROM people_resident r WHERE r.id = {column})"
WALLS = f"""
DROP POLICY staff ON register_contact;
CREATE POLICY staff ON register_contact TO gridmap_staff
    USING ({MINE.format(column="resident_id")} OR {MINE.format(column="contact_id")})
    WITH CHECK ({MINE.format(column="resident_id")} OR {MINE.format(column="contact_id")});
CREATE POLICY audience ON register_contact FOR SELECT TO gridmap_audience USING (true);
GRANT SELECT ON register_contact TO gridmap_audience;
"""
BACK = "DROP TRIGGER follow_phones ON people_resident; DROP FUNCTION register_follow_phones; DROP POLICY audience ON register_contact;"


class Migration(migrations.Migration):
    dependencies = [("register", "0002_kept_by_the_database"), ("edge", "0004_grants")]
    operations = [migrations.RunSQL(FOLLOW + WALLS, BACK)]
