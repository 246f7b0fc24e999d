"""``bench tiles``: the groups' tiles, zoom 8 to 14: rendered, served, and rebuilt.

The peer is the SQL that Martin sends for a table (read in its source, ``martin-core`` postgres queries): every tile cuts the exact
borders anew, through their GiST index. No Martin runs here, so nothing is said of Martin. Ours renders from the shapes kept for the
zoom, a whole zoom at once, and serves what was rendered. The floor is one bare SELECT of a tile's bytes.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from tests.bench.databases import pointed_at
from tests.bench.sides import ask, timed
from tests.house import Database

LOW = range(8, 13)
Say = Callable[[str], None]
PEER = """
SELECT ST_AsMVT(tile, 'group', 4096, 'geom', 'no') FROM (
    SELECT ST_AsMVTGeom(ST_Transform(ST_CurveToLine(geometry), 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) AS geom, no, code, name
    FROM grids_grid WHERE level = 3 AND version_to IS NULL
      AND geometry && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.015625), 4326)) AS tile
"""
FLOOR = "SELECT data FROM grids_tile WHERE version = %(version)s AND z = %(z)s AND x = %(x)s AND y = %(y)s"


def run(*, residents: int, rounds: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        residents: size of the register, of which no tile knows.
        rounds: how often each zoom is rendered and served; the medians are compared.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        Milliseconds for all tiles of the zoom in which ours is worst beside the peer, zoom 8 to 12; every zoom under ``zooms``;
        ``pyramid_seconds`` to rebuild all of it; ``lost`` counts tiles that the peer fills and ours lacks, tiles that come out different
        when they are rendered again, and tiles that were written because a resident changed.
    """
    say(f"making a county of {residents} residents")
    with Database("tiles", [sys.executable, "manage.py", "seed_county", "--residents", str(residents)]) as database, pointed_at(database.database):
        from gridmap.grids.models import GridVersion, Tile
        from gridmap.grids.tiles import ZOOMS, render

        database.ask("CREATE INDEX peer ON grids_grid USING gist (geometry)")
        database.ask("VACUUM (ANALYZE) grids_grid")
        version = int(GridVersion.objects.latest("number").number)
        zooms = {}
        for zoom in ZOOMS:
            zooms[zoom] = measure(version, zoom, rounds)
            say(f"zoom {zoom}: {zooms[zoom]}")
        before = everything()
        Tile.objects.all().delete()
        began = time.perf_counter()
        tiles = render(version)
        pyramid = time.perf_counter() - began
        lost = sum(row["lost"] for row in zooms.values()) + different(before, everything()) + written_by_a_resident()
    worst = max(LOW, key=lambda zoom: zooms[zoom]["ratio_to_peer"])
    return {
        "bench": "tiles", "residents": residents, "rounds": rounds, "zoom": worst, **{key: zooms[worst][key] for key in ("ours", "floor", "peer")},
        "ratio_to_floor": zooms[worst]["ratio_to_floor"], "ratio_to_peer": zooms[worst]["ratio_to_peer"], "tiles": tiles,
        "pyramid_seconds": round(pyramid, 1), "served_to_peer": max(zooms[zoom]["served_to_peer"] for zoom in LOW), "zooms": zooms, "lost": lost,
    }  # fmt: skip


def measure(version: int, zoom: int, rounds: int) -> dict[str, Any]:
    """Render, serve and ask for every tile of a zoom; gives milliseconds for all of them together."""
    from gridmap.grids.models import Tile
    from gridmap.grids.tiles import BANDS, CUT_FROM, RENDER, column, tile, whole_zoom

    places = list(Tile.objects.filter(version=version, z=zoom).values_list("x", "y"))
    values = {"version": version, "zoom": zoom, "band": BANDS[zoom][0], "whole": int(zoom < CUT_FROM), "level": 3, "layer": "group"}
    ours: list[float] = []
    served: list[float] = []
    floor: list[float] = []
    peer: list[float] = []
    for _ in range(max(1, min(rounds, 3))):
        took, rendered = timed(lambda: ask(RENDER, values))
        ours.append(took)
        whole_zoom.cache_clear()
        column.cache_clear()
        served.append(timed(lambda: [tile(version, zoom, x, y) for x, y in places])[0])
        floor.append(timed(lambda: [ask(FLOOR, {"version": version, "z": zoom, "x": x, "y": y}) for x, y in places])[0])
        took, cut = timed(lambda: [ask(PEER, {"z": zoom, "x": x, "y": y})[0][0] for x, y in places])
        peer.append(took)
    mine = {(x, y) for x, y, _ in rendered}
    middle = {name: statistics.median(side) for name, side in (("ours", ours), ("served", served), ("floor", floor), ("peer", peer))}
    return {
        "tiles": len(places), **{name: round(value, 1) for name, value in middle.items()}, "ratio_to_floor": round(middle["served"] / middle["floor"], 2),
        "ratio_to_peer": round(middle["ours"] / middle["peer"], 3), "served_to_peer": round(middle["served"] / middle["peer"], 3),
        "lost": sum(bool(data) and place not in mine for place, data in zip(places, cut, strict=True)),
    }  # fmt: skip


def everything() -> dict[tuple[int, int, int], bytes]:
    """Give every tile's bytes by its place."""
    from gridmap.grids.models import Tile

    return {(z, x, y): bytes(data) for z, x, y, data in Tile.objects.values_list("z", "x", "y", "data")}


def different(before: dict[tuple[int, int, int], bytes], after: dict[tuple[int, int, int], bytes]) -> int:
    """Count the tiles that are not the same in both."""
    return sum(before.get(place) != after.get(place) for place in {*before, *after})


def written_by_a_resident() -> int:
    """Have residents connect and leave; gives how many tiles were written because of it."""
    stamps = "SELECT z, x, y, xmin::text, ctid::text FROM grids_tile ORDER BY 1, 2, 3"
    before = ask(stamps, {})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_resident SET connected = NOT connected WHERE no < 20")
    return sum(one != other for one, other in zip(before, ask(stamps, {}), strict=True))
