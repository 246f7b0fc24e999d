"""No statistics of which broadcast a row is of.

A broadcast that goes out now is in nobody's statistics: the planner expected one row of it, laid its deliveries out in a list and
walked that list for each person of the area. The reconciler of 65,000 people then ran for minutes, and no other warning went out
meanwhile. Without statistics it expects a two-hundredth of the table, which is wrong and does no harm.
"""

from django.db import migrations

TABLES = ("broadcasts_delivery", "broadcasts_deliverycount", "broadcasts_receipt", "dispatches_dispatch")
# The type stays; setting it drops what is known of the column already, which SET STATISTICS leaves.
WITHOUT = "".join(
    f"ALTER TABLE {table} ALTER COLUMN broadcast_id TYPE uuid; ALTER TABLE {table} ALTER COLUMN broadcast_id SET STATISTICS 0;" for table in TABLES
)
WITH = "".join(f"ALTER TABLE {table} ALTER COLUMN broadcast_id SET STATISTICS -1;" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0008_languages"), ("dispatches", "0003_on_behalf")]
    operations = [migrations.RunSQL(WITHOUT, WITH)]
