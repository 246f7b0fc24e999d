"""A phone that is taken out after it was silent for a month was counted out already, and nobody looked whether its owner has another."""

from django.db import migrations

GRANT = "GRANT UPDATE (counted) ON edge_endpoint TO gridmap_edge;"
BACK = "REVOKE UPDATE (counted) ON edge_endpoint FROM gridmap_edge;"
AGAIN = "UPDATE edge_endpoint SET counted = true WHERE revoked AND NOT counted AND no < 2000000000;"  # the desk's phones are nobody's


class Migration(migrations.Migration):
    dependencies = [("edge", "0010_trial")]
    operations = [migrations.RunSQL(GRANT, BACK), migrations.RunSQL(AGAIN, migrations.RunSQL.noop, elidable=True)]
