"""Where a shape lies among the tiles stands beside it; those stored before are cut for every tile, as they were."""

from django.db import migrations, models

PLACE = """
UPDATE grids_gridshape s SET x0 = floor((ST_XMin(geometry) + half) / size), x1 = floor((ST_XMax(geometry) + half) / size),
    y0 = floor((half - ST_YMax(geometry)) / size), y1 = floor((half - ST_YMin(geometry)) / size)
FROM (SELECT 20037508.342789244 AS half, 40075016.685578488 / (1 << 14) AS size) w
"""


class Migration(migrations.Migration):
    dependencies = [("grids", "0002_packed_tiles")]
    operations = [
        *(migrations.AddField("gridshape", name, models.IntegerField(default=0), preserve_default=False) for name in ("x0", "x1", "y0", "y1")),
        migrations.AddField(
            "gridshape",
            "steady_from",
            models.PositiveSmallIntegerField(
                default=99, help_text="from this zoom on its corners, rounded to a tile's units, make a valid polygon"
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(PLACE, migrations.RunSQL.noop),
    ]
