"""The tile pyramid: every tile of a version, rendered once at publish, served for ever under the version's address."""

import gzip
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy
import shapely
from django.db import connection
from shapely.geometry.base import BaseGeometry

from geodata.codes import Level
from gridmap.grids.models import Tile

ZOOMS = range(8, 15)
# Metres in EPSG:3857 (about 1.12 × true metres here): half a pixel of a 512-pixel tile at the band's last zoom.
BANDS = {8: (0, 150.0), 9: (0, 150.0), 10: (1, 40.0), 11: (1, 40.0), 12: (2, 10.0), 13: (3, 2.5), 14: (3, 2.5)}
WORLD_M = 40075016.685578488  # the side of the world in EPSG:3857
UNITS = 4096  # a tile's side in its own whole units
NEVER = 99
CUT_FROM = 13  # up to here a shape over two tiles is in both whole: a twentieth more bytes, and a third of the time
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
            values: dict[str, int | str] = {"version": version, "zoom": zoom, "band": BANDS[zoom][0], "whole": int(zoom < CUT_FROM)}
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


def placing(shapes: Sequence[BaseGeometry], band: int) -> Iterator[dict[str, int]]:
    """Say where shapes lie among the tiles of zoom 14, and from which zoom on they may be placed in a tile as they are.

    Args:
        shapes: polygons thinned for the band, EPSG:3857 in metres.
        band: which band of zooms.

    Returns:
        ``x0 x1 y0 y1`` and ``steady_from`` of each: from that zoom to the band's last, its corners rounded to a tile's units still
        make a valid polygon (MVT 2.1, 4.3.4.4).
    """
    polygons = numpy.asarray(shapes, dtype=object)
    steady_from = numpy.full(len(polygons), NEVER)
    steady = numpy.ones(len(polygons), dtype=bool)
    for zoom in sorted((zoom for zoom in ZOOMS if BANDS[zoom][0] == band), reverse=True):
        scale = UNITS * 2**zoom / WORLD_M
        steady &= shapely.is_valid(shapely.transform(polygons, lambda corners, scale=scale: numpy.floor(corners * (scale, -scale) + 0.5)))
        steady_from[steady] = zoom
    west, south, east, north = shapely.bounds(polygons).T
    size = WORLD_M / 2 ** ZOOMS[-1]
    edges = [west + WORLD_M / 2, east + WORLD_M / 2, WORLD_M / 2 - north, WORLD_M / 2 - south]
    columns = [numpy.floor(edge / size).astype(int) for edge in edges]
    for *found, zoom in zip(*columns, steady_from, strict=True):
        yield dict(zip(("x0", "x1", "y0", "y1", "steady_from"), map(int, (*found, zoom)), strict=True))


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
