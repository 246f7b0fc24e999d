"""A phone that is taken out after it was silent for a month was counted out already, and nobody looked whether its owner has another."""

from django.db import migrations

GRANT = "GRANT UPDATE (counted) ON edge_endpoint TO gridmap_edge;"
BACK = "REVOKE UPDATE (counted) ON edge_endpoint FROM gridmap_edge;"
# Only where somebody stands as joined and has no phone left: whoever was counted out rightly is not counted out again, nor written down.
AGAIN = """
UPDATE edge_endpoint e SET counted = true WHERE e.revoked AND NOT e.counted
  AND EXISTS (SELECT 1 FROM people_resident r WHERE r.id = e.resident_id AND r.joined)
  AND NOT EXISTS (SELECT 1 FROM edge_endpoint o WHERE o.resident_id = e.resident_id AND NOT o.revoked);
"""


class Migration(migrations.Migration):
    dependencies = [("edge", "0010_trial"), ("people", "0014_position")]
    operations = [migrations.RunSQL(GRANT, BACK), migrations.RunSQL(AGAIN, migrations.RunSQL.noop, elidable=True)]
