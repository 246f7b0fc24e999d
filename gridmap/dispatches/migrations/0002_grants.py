"""The gateway's reports come in on the phones' side of the wall; there nothing of a dispatch can be made or deleted."""

from django.db import migrations

GRANT = "GRANT SELECT, UPDATE (state, refused, settled_at) ON dispatches_dispatch TO gridmap_edge;"


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0001_initial"), ("people", "0008_second_wall")]
    operations = [migrations.RunSQL(GRANT, migrations.RunSQL.noop)]
