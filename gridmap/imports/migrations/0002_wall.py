"""Rows that wait hold people too: staff see them only within the group numbers set for the transaction."""

from django.db import migrations

WALL = """
ALTER TABLE imports_row ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON imports_row TO gridmap_staff
    USING (no IS NULL OR (SELECT nullif(current_setting('gridmap.ranges', true), '')::int4multirange) @> no::int);
"""


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_initial"), ("people", "0010_kept_up_to_date")]
    operations = [migrations.RunSQL(WALL, "DROP POLICY staff ON imports_row")]
