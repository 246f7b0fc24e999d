"""The whole pyramid is rendered at publish and never again: no change of coverage, no receipt touches it."""

from __future__ import annotations

import gzip

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gridmap.grids.models import Tile
from gridmap.grids.tiles import ZOOMS, column, tile, whole_zoom
from tests import world
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
LAYERS = (b"county", b"township", b"village", b"group")


def test_every_zoom_has_tiles_and_each_layer_is_at_each_of_them() -> None:
    for zoom in ZOOMS:
        data = b"".join(gzip.decompress(bytes(row)) for row in Tile.objects.filter(z=zoom).values_list("data", flat=True))
        assert all(layer in data for layer in LAYERS), zoom


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
