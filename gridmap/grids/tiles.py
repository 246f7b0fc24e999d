"""The tile pyramid: every tile of a version, rendered once at publish, served for ever under the version's address."""

import gzip
from functools import lru_cache
from pathlib import Path

from django.db import connection

from geodata.codes import Level
from gridmap.grids.models import Tile

ZOOMS = range(8, 15)
# Metres in EPSG:3857 (about 1.12 × true metres here): half a pixel of a 512-pixel tile at the band's last zoom.
BANDS = {8: (0, 150.0), 9: (0, 150.0), 10: (1, 40.0), 11: (1, 40.0), 12: (2, 10.0), 13: (3, 2.5), 14: (3, 2.5)}
WHOLE = range(8, 13)  # a map that opens there shows most of the zoom: 58 tiles are read at once, below it a column of 30
RENDER = (Path(__file__).parent / "sql" / "render_tiles.sql").read_text(encoding="utf-8")


def render(version: int) -> int:
    """Render the whole pyramid of a version.

    Args:
        version: a version whose shapes are stored.

    Returns:
        How many tiles there are.
    """
    with connection.cursor() as cursor:
        for zoom in ZOOMS:
            layers: list[str] = []
            values: dict[str, int | str] = {"version": version, "zoom": zoom, "band": BANDS[zoom][0]}
            for level in Level:
                values |= {f"layer{level}": level.label, f"level{level}": int(level)}
                layers.append(
                    RENDER.replace("%(level)s", f"%(level{level})s").replace("%(layer)s", f"%(layer{level})s")
                )
            union = " UNION ALL ".join(f"(SELECT {level} AS level, r.* FROM ({sql}) r)" for level, sql in enumerate(layers))
            cursor.execute(f"SELECT x, y, string_agg(mvt, ''::bytea ORDER BY level) FROM ({union}) parts GROUP BY x, y", values)
            # Compressed once and not at each first request, which took longer than rendering does.
            packed = ((x, y, gzip.compress(bytes(data), mtime=0)) for x, y, data in cursor.fetchall())
            Tile.objects.bulk_create([Tile(version=version, z=zoom, x=x, y=y, data=data) for x, y, data in packed])
    return Tile.objects.filter(version=version).count()


def tile(version: int, z: int, x: int, y: int) -> bytes:
    """Give one tile's bytes, gzipped; empty where nothing lies, or the version does not exist."""
    return (whole_zoom(version, z) if z in WHOLE else column(version, z, x)).get((x, y), b"")


@lru_cache(maxsize=32)
def whole_zoom(version: int, z: int) -> dict[tuple[int, int], bytes]:
    """Give the tiles of a zoom by their x and y."""
    return _read("SELECT x, y, data FROM grids_tile WHERE version = %s AND z = %s", version, z)


@lru_cache(maxsize=1024)
def column(version: int, z: int, x: int) -> dict[tuple[int, int], bytes]:
    """Give the tiles of one x of a zoom by their x and y."""
    return _read("SELECT x, y, data FROM grids_tile WHERE version = %s AND z = %s AND x = %s", version, z, x)


def _read(question: str, *values: int) -> dict[tuple[int, int], bytes]:
    with connection.cursor() as cursor:  # hundreds at once when a map opens: building a queryset takes twice as long as the answer
        cursor.execute(question, values)
        return {(x, y): bytes(data) for x, y, data in cursor.fetchall()}
