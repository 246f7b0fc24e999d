"""What the phones' role may do with the new tables: say a word, leave a wish, read an answer."""

from django.db import migrations

GRANT = """
GRANT SELECT, UPDATE (agreed, counted, active) ON edge_hearing TO gridmap_edge;
GRANT SELECT, INSERT, UPDATE (state) ON edge_recordrequest TO gridmap_edge;
GRANT UPDATE (paused) ON edge_endpoint TO gridmap_edge;
ALTER TABLE edge_recordrequest ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON edge_recordrequest TO gridmap_staff
    USING ((SELECT nullif(current_setting('gridmap.ranges', true), '')::int4multirange) @> no::int);
CREATE POLICY edge ON edge_recordrequest TO gridmap_edge USING (true) WITH CHECK (true);
"""
BACK = "DROP POLICY staff ON edge_recordrequest; DROP POLICY edge ON edge_recordrequest; REVOKE ALL ON edge_hearing, edge_recordrequest FROM gridmap_edge; REVOKE UPDATE (paused) ON edge_endpoint FROM gridmap_edge;"


class Migration(migrations.Migration):
    dependencies = [("edge", "0003_hearing_pause_record"), ("people", "0008_second_wall")]
    operations = [migrations.RunSQL(GRANT, BACK)]
