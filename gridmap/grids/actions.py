"""Writes of grids."""

import uuid
from collections.abc import Sequence
from typing import cast

import geopandas
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import connection, transaction
from shapely.geometry.base import BaseGeometry

from geodata import coverage
from geodata.codes import Level, ancestors
from gridmap.errors import Conflict, Invalid
from gridmap.grids import tiles
from gridmap.grids.models import Grid, GridShape, GridVersion

SPARE = 8  # numbers left free after each village, and at other levels after each parent: one split must not shift the rest


@transaction.atomic
def publish_first_version(frame: geopandas.GeoDataFrame) -> GridVersion:
    """Publish a county's grids for the first time: numbers, shapes for each zoom, and every tile.

    Args:
        frame: ``code name level parent synthetic geometry`` in EPSG:4326, all levels, as geodata.county makes it.

    Raises:
        Conflict: grids are published already.
        Invalid: a level overlaps or gaps.
    """
    if GridVersion.objects.exists():
        raise Conflict("grids.already_published")
    for level in Level:
        wrong = coverage.faults(list(frame.geometry[frame.level == level]))
        if wrong:
            raise Invalid("grids.not_a_coverage", level=level.label, count=len(wrong))
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    version = GridVersion.objects.create(
        number=1, synthetic=bool(frame.synthetic.any()), west=west, south=south, east=east, north=north
    )
    grids = _numbered(frame, version.number)
    Grid.objects.bulk_create(grids, batch_size=2000)
    _store_shapes(grids, frame)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE grids_grid, grids_gridshape")
    tiles.render(version.number)
    return version


def _numbered(frame: geopandas.GeoDataFrame, version: int) -> list[Grid]:
    """Number every level in pre-order and give every grid the range of the groups in it."""
    rows = frame.sort_values("code")  # codes nest by prefix, so this is pre-order
    numbers = dict.fromkeys(Level, 0)
    last_parent: dict[Level, str | None] = {}
    grids: list[Grid] = []
    open_grids: list[Grid] = []
    for code, name, level, parent, synthetic, geometry in zip(
        rows.code, rows.name, rows.level, rows.parent, rows.synthetic, rows.geometry, strict=True
    ):
        level = Level(level)
        if level in last_parent and last_parent[level] != parent:
            numbers[level] += SPARE
        last_parent[level] = parent
        while open_grids and open_grids[-1].level >= level:
            open_grids.pop()
        grid = Grid(
            id=uuid.uuid4(), version_from=version, code=code, name=name, level=level, path=ancestors(code),
            no=numbers[level], synthetic=synthetic, geometry=cast(MultiPolygon, _geos(_multi(geometry), 4326)),
        )  # fmt: skip
        numbers[level] += 1
        grids.append(grid)
        if level < Level.GROUP:
            grid.group_start = grid.group_end = -1
            open_grids.append(grid)
            continue
        grid.group_start, grid.group_end = grid.no, grid.no + 1
        for above in open_grids:
            above.group_start = grid.no if above.group_start < 0 else above.group_start
            above.group_end = grid.no + 1 + SPARE  # the spare numbers belong to everything above, so that ranges nest
    return grids


def _store_shapes(grids: Sequence[Grid], frame: geopandas.GeoDataFrame) -> None:
    """Thin the groups once per band and dissolve them upwards, so that all levels share their borders."""
    metres = frame.set_index("code").geometry.to_crs(3857)
    groups = [grid for grid in grids if grid.level == Level.GROUP]
    by_code = {grid.code: grid for grid in grids}
    for band, tolerance in sorted(set(tiles.BANDS.values())):
        thin = coverage.simplify([metres[grid.code] for grid in groups], tolerance)
        tier = {grid.code: shape for grid, shape in zip(groups, thin, strict=True)}
        while tier:
            GridShape.objects.bulk_create(
                [
                    GridShape(grid=by_code[code], band=band, geometry=_geos(shape, 3857), **place)
                    for (code, shape), place in zip(tier.items(), tiles.placing(list(tier.values()), band), strict=True)
                ],
                batch_size=2000,
            )
            above = {code: by_code[code].parent_code for code in tier}
            if None in above.values():
                break
            tier = coverage.dissolve(list(tier.values()), [str(above[code]) for code in tier])


def _geos(shape: BaseGeometry, srid: int) -> GEOSGeometry:
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid)


def _multi(shape: BaseGeometry) -> BaseGeometry:
    return shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape
