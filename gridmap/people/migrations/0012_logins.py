"""Two logins that own nothing: what answers the network, and the clock with the reader of imports (see gridmap/walls.py).

``manage.py open_logins`` gives them their passwords. ``gridmap_web`` inherits nothing from the roles that it may take on;
by itself it can find out who is calling and what is new, and read no person. ``gridmap_work`` reads and writes every row,
as timers and imports must, and can change no table, trigger or policy.
"""

from django.db import migrations

MAKE = "\n".join(
    f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOINHERIT; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
    for role in ("gridmap_web", "gridmap_work")
)
WEB = """
GRANT gridmap_staff, gridmap_edge, gridmap_audience TO gridmap_web;
GRANT USAGE ON SCHEMA public TO gridmap_web, gridmap_work;
GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO gridmap_web;
GRANT SELECT, UPDATE (last_login, totp_step) ON people_user TO gridmap_web;
GRANT SELECT, INSERT ON people_signinfailure TO gridmap_web;
GRANT USAGE ON SEQUENCE people_signinfailure_id_seq TO gridmap_web;
GRANT SELECT ON people_walldevice, people_posting, people_officer, people_assignment, edge_endpoint TO gridmap_web;
GRANT SELECT ON grids_grid, grids_gridversion, grids_gridshape, grids_tile, realtime_event, realtime_beat TO gridmap_web;
"""
WALLED = (
    "people_resident", "people_household", "edge_join", "edge_recordrequest", "imports_row", "register_change", "register_former",
    "register_contact", "tags_tagging",
)  # fmt: skip
WORK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO gridmap_work;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO gridmap_work;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gridmap_work;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO gridmap_work;
""" + "\n".join(f"CREATE POLICY work ON {table} TO gridmap_work USING (true) WITH CHECK (true);" for table in WALLED)
BACK = "\n".join(f"DROP POLICY work ON {table};" for table in WALLED)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0011_station_and_duty"), ("edge", "0005_record_checked"), ("imports", "0002_wall"), ("register", "0003_mended"),
        ("tags", "0005_counted_by_the_database"), ("audit", "0005_found_by_index"), ("incidents", "0002_number"),
    ]  # fmt: skip
    operations = [migrations.RunSQL(MAKE, migrations.RunSQL.noop), migrations.RunSQL(WEB + WORK, BACK)]
