"""The database's own wall: a role for each side, and row-level security on the register (see gridmap/walls.py).

Group counters are recounted by functions that run as their owner: a policy must not make them count fewer people.
"""

from django.db import migrations

ROLES = ("gridmap_staff", "gridmap_edge", "gridmap_audience")
MAKE = "\n".join(
    f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
    for role in ROLES
)
GRANT = """
GRANT gridmap_staff, gridmap_edge, gridmap_audience TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO gridmap_staff, gridmap_edge, gridmap_audience;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO gridmap_staff;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO gridmap_staff, gridmap_edge;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gridmap_staff;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO gridmap_staff, gridmap_edge;
REVOKE UPDATE, DELETE ON audit_entry FROM gridmap_staff;

GRANT SELECT ON people_resident, people_household, people_groupcount, people_assignment, people_officer, grids_grid, grids_gridversion,
    broadcasts_broadcast, broadcasts_delivery, broadcasts_deliverycount TO gridmap_audience;

GRANT SELECT, INSERT, UPDATE ON edge_join TO gridmap_edge;
GRANT SELECT, UPDATE (seen_at, online_until, revoked) ON edge_endpoint TO gridmap_edge;
GRANT SELECT ON edge_joincode, broadcasts_broadcast, grids_grid, grids_gridversion TO gridmap_edge;
GRANT SELECT, UPDATE ON broadcasts_delivery, broadcasts_deliverycount TO gridmap_edge;
GRANT SELECT, INSERT ON broadcasts_receipt, realtime_event TO gridmap_edge;
"""
RANGES = "(SELECT nullif(current_setting('gridmap.ranges', true), '')::int4multirange)"
POLICIES = f"""
ALTER TABLE people_resident ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON people_resident TO gridmap_staff USING ({RANGES} @> no::int) WITH CHECK ({RANGES} @> no::int);
CREATE POLICY audience ON people_resident FOR SELECT TO gridmap_audience USING (true);

ALTER TABLE people_household ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON people_household TO gridmap_staff
    USING (EXISTS (SELECT 1 FROM people_resident r WHERE r.household_id = people_household.id))
    WITH CHECK ({RANGES} @> (SELECT g.no::int FROM grids_grid g WHERE g.id = group_id));
CREATE POLICY audience ON people_household FOR SELECT TO gridmap_audience USING (true);

ALTER TABLE edge_join ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON edge_join TO gridmap_staff
    USING (EXISTS (SELECT 1 FROM edge_joincode c WHERE c.id = code_id AND {RANGES} && int4range(c.start::int, c."end"::int)));
CREATE POLICY edge ON edge_join TO gridmap_edge USING (true) WITH CHECK (true);

ALTER FUNCTION people_count_groups(int[]) SECURITY DEFINER SET search_path = public, pg_temp;
"""
OPEN = """
ALTER TABLE people_resident DISABLE ROW LEVEL SECURITY;
ALTER TABLE people_household DISABLE ROW LEVEL SECURITY;
ALTER TABLE edge_join DISABLE ROW LEVEL SECURITY;
DROP POLICY staff ON people_resident; DROP POLICY audience ON people_resident;
DROP POLICY staff ON people_household; DROP POLICY audience ON people_household;
DROP POLICY staff ON edge_join; DROP POLICY edge ON edge_join;
ALTER FUNCTION people_count_groups(int[]) SECURITY INVOKER;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_handover"), ("edge", "0002_joins"), ("broadcasts", "0002_fail_closed"), ("incidents", "0002_number"),
        ("realtime", "0001_initial"), ("idempotency", "0001_initial"), ("audit", "0002_append_only"), ("sessions", "0001_initial"),
    ]  # fmt: skip
    operations = [migrations.RunSQL(MAKE + GRANT, migrations.RunSQL.noop), migrations.RunSQL(POLICIES, OPEN)]
