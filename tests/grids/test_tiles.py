"""The whole pyramid is rendered at publish and never again: no change of coverage, no receipt touches it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyogrio
import pytest
import shapely
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gridmap.grids.models import GridShape, Tile
from gridmap.grids.tiles import BANDS, NEVER, UNITS, WORLD_M, ZOOMS, column, placing, render, tile, whole_zoom
from tests import world
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
LAYERS = (b"county", b"township", b"village", b"group")


def test_every_zoom_has_tiles_and_each_layer_is_at_each_of_them() -> None:
    for zoom in ZOOMS:
        data = b"".join(gzip.decompress(bytes(row)) for row in Tile.objects.filter(z=zoom).values_list("data", flat=True))
        assert all(layer in data for layer in LAYERS), zoom


@pytest.mark.parametrize("steady", [True, False])
@pytest.mark.parametrize("zoom", ZOOMS)
def test_each_shape_lies_in_each_of_its_tiles_where_it_is(zoom: int, steady: bool, tmp_path: Path) -> None:
    """Read by GDAL, to the width of one of a tile's units; the same whether a shape was moved there or cut."""
    if not steady:
        GridShape.objects.update(steady_from=NEVER)
        Tile.objects.all().delete()
        render(1)
    unit = WORLD_M / 2**zoom / UNITS
    stored = GridShape.objects.filter(band=BANDS[zoom][0], grid__level__in=(2, 3)).values_list("grid__level", "grid__code", "geometry")
    wanted = [(LAYERS[level].decode(), code, shapely.from_wkb(bytes(shape.wkb))) for level, code, shape in stored]
    for row in Tile.objects.filter(z=zoom):
        west, north = row.x * UNITS * unit - WORLD_M / 2, WORLD_M / 2 - row.y * UNITS * unit
        box = shapely.box(west, north - UNITS * unit, west + UNITS * unit, north)
        for layer, found in decoded(row, tmp_path).items():
            inside = {code: shape.intersection(box) for name, code, shape in wanted if name == layer and shape.intersects(box)}
            assert {code for code, part in inside.items() if part.area > (9 * unit) ** 2} <= found.keys() <= inside.keys()
            for code, shape in found.items():
                assert shape.is_valid, (layer, code, row.x, row.y)
                apart = shape.intersection(box).symmetric_difference(inside[code])
                assert apart.area <= inside[code].length * unit, (layer, code, row.x, row.y)


def decoded(row: Tile, folder: Path) -> dict[str, dict[str, shapely.Geometry]]:
    """Give a tile's villages and groups by their code, in EPSG:3857."""
    path = folder / str(row.z) / str(row.x) / f"{row.y}.mvt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.decompress(bytes(row.data)))
    layers = set(pyogrio.list_layers(path)[:, 0])
    frames = {name: pyogrio.read_dataframe(path, layer=name, CLIP="NO") for name in ("village", "group") if name in layers}
    return {name: dict(zip(frame.code, frame.geometry, strict=True)) for name, frame in frames.items()}


def test_a_shape_that_rounding_would_break_is_cut_and_mended_instead() -> None:
    unit = WORLD_M / 2**8 / UNITS
    square = shapely.box(0, 0, 20 * unit, 20 * unit)
    spike = shapely.union_all([square, shapely.box(20 * unit, 10 * unit, 40 * unit, 10.2 * unit), shapely.box(40 * unit, 10 * unit, 50 * unit, 20 * unit)])
    sliver = shapely.box(0, 0, 20 * unit, 0.2 * unit)
    assert [place["steady_from"] for place in placing([square, spike, sliver], 0)] == [8, NEVER, NEVER]
    assert [(row["x0"], row["x1"], row["y0"], row["y1"]) for row in placing([shapely.box(1, -1, 2, 1)], 3)] == [(8192, 8192, 8191, 8192)]


def test_a_tile_carries_no_person_and_nothing_that_changes() -> None:
    data = b"".join(gzip.decompress(bytes(row)) for row in Tile.objects.values_list("data", flat=True))
    for word in (b"registered", b"connected", b"coverage", b"officer", "测试".encode()):
        assert word not in data


def test_a_tile_is_served_immutable_and_gzipped_only_to_who_takes_it() -> None:
    client = signed_in("officer")
    one = Tile.objects.filter(z=12).first()
    assert one is not None
    address = f"/tiles/grids/1/{one.z}/{one.x}/{one.y}.mvt"
    plain, zipped = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip"})
    assert plain.content == gzip.decompress(zipped.content) == gzip.decompress(bytes(one.data))
    assert "immutable" in plain["Cache-Control"]
    assert plain["Content-Type"] == "application/vnd.mapbox-vector-tile"


def test_an_empty_tile_is_204_and_a_tile_that_cannot_be_is_404() -> None:
    client = signed_in("planner")
    assert client.get("/tiles/grids/1/12/0/0.mvt").status_code == 204
    for address in ("1/7/0/0", "1/15/0/0", "1/8/256/0", "99999999999/8/0/0"):
        assert client.get(f"/tiles/grids/{address}.mvt").status_code == 404


def test_a_tile_needs_a_session() -> None:
    assert Client().get("/tiles/grids/1/12/0/0.mvt").status_code == 401


def test_a_served_zoom_costs_one_look_and_a_deep_column_another_and_then_none() -> None:
    for zoom, looks in ((12, 1), (13, len(set(Tile.objects.filter(z=13).values_list("x", flat=True))))):
        whole_zoom.cache_clear()
        column.cache_clear()
        stored = {(row.x, row.y): bytes(row.data) for row in Tile.objects.filter(version=1, z=zoom)}
        assert stored
        with CaptureQueriesContext(connection) as queries:
            for _ in range(2):
                assert {place: tile(1, zoom, *place) for place in stored} == stored
        assert len(queries) == looks


def test_changing_people_renders_no_tile() -> None:
    from gridmap.people.models import Resident

    before = set(Tile.objects.extra(select={"mark": "xmin::text"}).values_list("z", "x", "y", "mark"))
    Resident.objects.filter(group__code__startswith=world.TOWNSHIP_A).update(connected=True)
    assert set(Tile.objects.extra(select={"mark": "xmin::text"}).values_list("z", "x", "y", "mark")) == before
