"""The database repeats what geodata.shapes checks: an area that is empty, broken or swapped cannot be stored at all.

PostGIS answers such areas without an error (a bow-tie "covered" half the county), so nothing may rest on one check.
"""

from django.db import migrations

CHECK = """
ALTER TABLE broadcasts_broadcast ADD CONSTRAINT area_is_sound CHECK (
    NOT ST_IsEmpty(area) AND ST_IsValid(area) AND ST_NDims(area) = 2 AND ST_NPoints(area) <= 500000
    AND ST_XMin(area) > 70 AND ST_XMax(area) < 140 AND ST_YMin(area) > 0 AND ST_YMax(area) < 60
);
ALTER TABLE broadcasts_broadcast ADD CONSTRAINT touches_some_group CHECK (cardinality(touched) > 0);
"""
DROP = """
ALTER TABLE broadcasts_broadcast DROP CONSTRAINT area_is_sound;
ALTER TABLE broadcasts_broadcast DROP CONSTRAINT touches_some_group;
"""


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0001_initial")]
    operations = [migrations.RunSQL(CHECK, DROP)]
