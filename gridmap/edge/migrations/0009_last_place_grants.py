"""Shared places are the phones' own: staff read none, the audience's role asks who is in an area, the clock forgets them."""

from django.db import migrations

GRANT = """
GRANT SELECT, INSERT, UPDATE, DELETE ON edge_lastplace TO gridmap_edge;
GRANT SELECT ON edge_lastplace TO gridmap_audience;
GRANT SELECT (id, resident_id, revoked) ON edge_endpoint TO gridmap_audience;
ALTER TABLE edge_lastplace ENABLE ROW LEVEL SECURITY;
CREATE POLICY edge ON edge_lastplace TO gridmap_edge USING (true) WITH CHECK (true);
CREATE POLICY audience ON edge_lastplace FOR SELECT TO gridmap_audience USING (true);
CREATE POLICY work ON edge_lastplace TO gridmap_work USING (true) WITH CHECK (true);
"""
BACK = """
DROP POLICY edge ON edge_lastplace; DROP POLICY audience ON edge_lastplace; DROP POLICY work ON edge_lastplace;
REVOKE ALL ON edge_lastplace FROM gridmap_edge, gridmap_audience; REVOKE SELECT (id, resident_id, revoked) ON edge_endpoint FROM gridmap_audience;
"""


class Migration(migrations.Migration):
    dependencies = [("edge", "0008_last_place"), ("people", "0012_logins")]
    operations = [migrations.RunSQL(GRANT, BACK)]
