"""Geography fails closed: every bad area is refused with its code and its place, before anything is built."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import shapes
from geodata.shapes import Box, ShapeFault

BOX = Box(110.6, 26.9, 111.3, 27.7)
GOOD = [[111.0, 27.1], [111.1, 27.1], [111.1, 27.2], [111.0, 27.2], [111.0, 27.1]]


def polygon(*rings: Any, **members: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings), **members}


def changed(position: int, value: Any) -> list[Any]:
    return [value if i == position else point for i, point in enumerate(GOOD)]


def star(corners: int) -> list[list[float]]:
    around = random.Random(1)
    ring = [
        [111.0 + 0.05 * around.random() * math.cos(i * 2.39), 27.2 + 0.05 * around.random() * math.sin(i * 2.39)]
        for i in range(corners)
    ]
    return [*ring, ring[0]]


def comb(teeth: int) -> list[list[float]]:
    """Give a ring of teeth that a line of equal latitude meets once each."""
    zigzag = [[round(111.0 + i * 0.0001, 7), 27.15 if i % 2 else 27.1] for i in range(teeth)]
    return [*zigzag, [zigzag[-1][0], 27.09], [111.0, 27.09], zigzag[0]]


OVERLAPPING = {"type": "MultiPolygon", "coordinates": [[GOOD], [[[x + 0.05, y] for x, y in GOOD]]]}
MANY = [[111.0 + i * 1e-6, 27.1 + (i % 2) * 1e-6] for i in range(1_000_000)]
BAD: list[tuple[str, Any, str]] = [
    ("nothing", None, "not_geojson"),
    ("text", "Polygon", "not_geojson"),
    ("a list", [GOOD], "not_geojson"),
    ("no type", {"coordinates": [GOOD]}, "not_geojson"),
    ("a point", {"type": "Point", "coordinates": [111.0, 27.1]}, "not_geojson"),
    ("a line", {"type": "LineString", "coordinates": GOOD}, "not_geojson"),
    ("a feature", {"type": "Feature", "geometry": polygon(GOOD), "properties": {}}, "unknown_member"),
    ("a collection", {"type": "GeometryCollection", "geometries": [polygon(GOOD)]}, "unknown_member"),
    ("a stranger inside", polygon(GOOD, colour="red"), "unknown_member"),
    ("lower case", {"type": "polygon", "coordinates": [GOOD]}, "not_geojson"),
    ("no coordinates", {"type": "Polygon"}, "empty"),
    ("null coordinates", {"type": "Polygon", "coordinates": None}, "empty"),
    ("empty coordinates", polygon(), "empty"),
    ("an empty part", {"type": "MultiPolygon", "coordinates": [[]]}, "empty"),
    ("no parts", {"type": "MultiPolygon", "coordinates": []}, "empty"),
    ("an empty ring", polygon([]), "too_few_vertices"),
    ("a ring of text", polygon("ring"), "not_a_ring"),
    ("a ring of null", polygon(None), "not_a_ring"),
    ("a flat list", {"type": "Polygon", "coordinates": [111.0, 27.1]}, "not_a_ring"),
    ("three corners", polygon([GOOD[0], GOOD[1], GOOD[0]]), "too_few_vertices"),
    ("one corner", polygon([GOOD[0]]), "too_few_vertices"),
    ("not closed", polygon(GOOD[:-1]), "not_closed"),
    ("almost closed", polygon(changed(4, [111.0, 27.1000001])), "not_closed"),
    ("NaN", polygon(changed(1, [math.nan, 27.1])), "not_finite"),
    ("infinity", polygon(changed(1, [math.inf, 27.1])), "not_finite"),
    ("minus infinity", polygon(changed(1, [111.0, -math.inf])), "not_finite"),
    ("a string", polygon(changed(1, ["111.0", 27.1])), "not_a_position"),
    ("null", polygon(changed(1, [None, 27.1])), "not_a_position"),
    ("true", polygon(changed(1, [True, 27.1])), "not_a_position"),
    ("an object", polygon(changed(1, {"lon": 111.0, "lat": 27.1})), "not_a_position"),
    ("one number", polygon(changed(1, [111.0])), "not_a_position"),
    ("no number", polygon(changed(1, [])), "not_a_position"),
    ("a height", polygon(changed(1, [111.1, 27.1, 300.0])), "not_2d"),
    ("a measure too", polygon(changed(1, [111.1, 27.1, 300.0, 1.0])), "not_2d"),
    ("nested positions", polygon(changed(1, [[111.1, 27.1], [111.1, 27.1]])), "not_a_position"),
    ("swapped axes", polygon([[y, x] for x, y in GOOD]), "swapped"),
    ("one swapped corner", polygon(changed(2, [27.2, 111.1])), "swapped"),
    ("zero island", polygon([[0, 0], [0.1, 0], [0.1, 0.1], [0, 0]]), "outside"),
    ("another county", polygon([[x + 3, y] for x, y in GOOD]), "outside"),
    ("one corner away", polygon(changed(2, [112.1, 27.2])), "outside"),
    ("over the antimeridian", polygon([[179.9, 27.1], [-179.9, 27.1], [-179.9, 27.2], [179.9, 27.1]]), "outside"),
    ("a thousand degrees", polygon(changed(2, [1e300, 27.2])), "outside"),
    ("minus zero longitude", polygon(changed(2, [-0.0, 27.2])), "outside"),
    ("metres", polygon([[x * 1e5, y * 1e5] for x, y in GOOD]), "outside"),
    ("a bow-tie", polygon([GOOD[0], GOOD[2], GOOD[1], GOOD[3], GOOD[0]]), "self_crossing"),
    ("a spike", polygon([GOOD[0], GOOD[1], [111.2, 27.1], GOOD[1], GOOD[2], GOOD[3], GOOD[0]]), "self_crossing"),
    ("a star of 200", polygon(star(200)), "self_crossing"),
    ("a hole outside", polygon(GOOD, [[x + 0.15, y] for x, y in GOOD]), "self_crossing"),
    ("a hole over the border", polygon(GOOD, [[x + 0.05, y] for x, y in GOOD]), "self_crossing"),
    ("two equal holes", polygon(GOOD, *[[[111.02, 27.12], [111.02, 27.14], [111.04, 27.14], [111.02, 27.12]]] * 2), "self_crossing"),
    ("overlapping parts", OVERLAPPING, "self_crossing"),
    ("the same part twice", {"type": "MultiPolygon", "coordinates": [[GOOD], [GOOD]]}, "self_crossing"),
    ("a ring in one point", polygon([[111.0, 27.1]] * 5), "self_crossing"),
    ("a ring in one line", polygon([[111.0, 27.1], [111.1, 27.1], [111.2, 27.1], [111.0, 27.1]]), "self_crossing"),
    ("smaller than a shoe", polygon([[111.0, 27.1], [111.000001, 27.1], [111.000001, 27.100001], [111.0, 27.1]]), "too_small"),
    ("a million vertices", polygon(MANY), "too_many_vertices"),
    ("5,001 vertices in parts", {"type": "MultiPolygon", "coordinates": [[GOOD]] * 99 + [[star(4600)]]}, "too_many_vertices"),
    ("101 parts", {"type": "MultiPolygon", "coordinates": [[GOOD]] * 101}, "too_many_parts"),
    ("Beijing 1954", polygon(GOOD, crs={"type": "name", "properties": {"name": "EPSG:2433"}}), "crs"),
    ("GCJ-02", polygon(GOOD, crs={"type": "name", "properties": {"name": "GCJ-02"}}), "crs"),
    ("a crs of text", polygon(GOOD, crs="EPSG:3857"), "crs"),
    ("a crs with a rider", polygon(GOOD, crs={"type": "name", "properties": {"name": "EPSG:4326", "x": 1}}), "crs"),
    ("a box of a bomb", polygon(GOOD, bbox=[[["x"]]]), "bbox"),
    ("a box of five", polygon(GOOD, bbox=[111.0, 27.1, 111.1, 27.2, 0]), "bbox"),
    ("a box of infinity", polygon(GOOD, bbox=[111.0, 27.1, math.inf, 27.2]), "bbox"),
    ("a box of text", polygon(GOOD, bbox="x" * 300_000), "bbox"),
    ("a comb of 600 teeth", polygon(comb(600)), "too_intricate"),
    ("a crs by link", polygon(GOOD, crs={"type": "link", "properties": {"href": "http://evil.example/crs"}}), "crs"),
]


@pytest.mark.parametrize(("area", "code"), [(area, code) for _, area, code in BAD], ids=[name for name, _, _ in BAD])
def test_a_bad_area_is_refused_with_its_code(area: Any, code: str) -> None:
    with pytest.raises(ShapeFault) as refused:
        shapes.polygon(area, BOX)
    assert refused.value.code == code
    assert str(refused.value)


def test_there_are_at_least_sixty_of_them() -> None:
    assert len(BAD) >= 60


def test_a_fault_says_its_vertex() -> None:
    with pytest.raises(ShapeFault) as refused:
        shapes.polygon(polygon(GOOD, changed(3, [math.nan, 27.2])), BOX)
    assert refused.value.where == {"part": 0, "ring": 1, "vertex": 3}


def test_a_crossing_says_its_place() -> None:
    with pytest.raises(ShapeFault) as refused:
        shapes.polygon(polygon([GOOD[0], GOOD[2], GOOD[1], GOOD[3], GOOD[0]]), BOX)
    assert refused.value.where["at"] == pytest.approx([111.05, 27.15])


def test_a_sound_area_passes_and_keeps_its_corners() -> None:
    area = shapes.polygon(polygon(GOOD, crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}), BOX)
    assert {tuple(corner) for corner in area.geoms[0].exterior.coords} == {tuple(corner) for corner in GOOD}
    assert area.geoms[0].exterior.is_ccw


@pytest.mark.parametrize("radius", [0, -5, math.nan, math.inf, "500", None, True, 50_001])
def test_a_circle_needs_a_sensible_radius(radius: Any) -> None:
    with pytest.raises(ShapeFault) as refused:
        shapes.circle([111.0, 27.2], radius, BOX)
    assert refused.value.code == "radius"


@settings(max_examples=60, deadline=None)
@given(lon=st.floats(110.8, 111.1), lat=st.floats(27.0, 27.5), radius=st.floats(20, 20_000), bearing=st.floats(0, 360))
def test_everybody_within_the_radius_is_in_the_circle(lon: float, lat: float, radius: float, bearing: float) -> None:
    area = shapes.circle([lon, lat], radius, BOX)
    x, y, _ = shapes.GEOD.fwd(lon, lat, bearing, radius * 0.99999)
    assert area.covers(shapes.shapely.Point(x, y))
    x, y, _ = shapes.GEOD.fwd(lon, lat, bearing, radius * 1.001)
    assert not area.covers(shapes.shapely.Point(x, y))


def test_parts_that_turn_opposite_ways_do_not_cancel_out() -> None:
    other = [[x - 0.05, y] for x, y in reversed([[111.0, 27.1], [111.02, 27.1], [111.02, 27.12], [111.0, 27.12], [111.0, 27.1]])]
    one = [[111.0, 27.1], [111.02, 27.1], [111.02, 27.12], [111.0, 27.12], [111.0, 27.1]]
    assert len(shapes.polygon({"type": "MultiPolygon", "coordinates": [[one], [other]]}, BOX).geoms) == 2


ROAD = [[111.0, 27.1], [111.05, 27.13], [111.12, 27.11], [111.2, 27.2]]
BAD_CORRIDORS: list[tuple[str, Any, Any, str]] = [
    ("no line", None, 100, "line"), ("text", "road", 100, "line"), ("one position", [[111.0, 27.1]], 100, "line"), ("empty", [], 100, "line"),
    ("one and the same position", [[111.0, 27.1], [111.0, 27.1]], 100, "line"), ("swapped", [[27.1, 111.0], [27.2, 111.1]], 100, "swapped"),
    ("outside", [[111.0, 27.1], [112.5, 27.1]], 100, "outside"), ("NaN", [[111.0, 27.1], [math.nan, 27.2]], 100, "not_finite"),
    ("height", [[111.0, 27.1, 300], [111.1, 27.2, 300]], 100, "not_2d"), ("text in it", [[111.0, 27.1], ["111.1", 27.2]], 100, "not_a_position"),
    ("nested", [ROAD], 100, "line"), ("nested twice", [ROAD, ROAD], 100, "not_2d"), ("a million positions", [[111.0, 27.1]] * 1_000_000, 100, "too_many_vertices"),
    ("no width", ROAD, None, "width"), ("width 0", ROAD, 0, "width"), ("negative", ROAD, -100, "width"), ("too wide", ROAD, 20_001, "width"),
    ("width as text", ROAD, "100", "width"), ("true", ROAD, True, "width"), ("width NaN", ROAD, math.nan, "width"), ("width infinite", ROAD, math.inf, "width"),
    ("a width of 400 digits", ROAD, 10**400, "width"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "width", "code"), [row[1:] for row in BAD_CORRIDORS], ids=[row[0] for row in BAD_CORRIDORS])
def test_a_bad_corridor_is_refused_by_its_code(line: Any, width: Any, code: str) -> None:
    with pytest.raises(ShapeFault) as refused:
        shapes.corridor(line, width, BOX)
    assert refused.value.code == code


def test_a_bad_position_of_a_line_is_named_by_its_place() -> None:
    with pytest.raises(ShapeFault) as refused:
        shapes.corridor([*ROAD[:2], [27.1, 111.0]], 100, BOX)
    assert refused.value.where == {"member": "line", "vertex": 2}


@settings(max_examples=60, deadline=None)
@given(
    line=st.lists(st.tuples(st.floats(110.7, 111.2), st.floats(27.0, 27.6)), min_size=2, max_size=6, unique=True),
    width=st.floats(20, 5000), along=st.floats(0, 1), bearing=st.floats(0, 360), back=st.booleans(),
)  # fmt: skip
def test_everybody_within_half_the_width_is_in_the_corridor_and_nobody_far_beyond(line: list[tuple[float, float]], width: float, along: float, bearing: float, back: bool) -> None:
    area = shapes.corridor([list(position) for position in [*line, *(line[-2::-1] if back else [])]], width, BOX)
    drawn = shapely.LineString(line)
    at = drawn.interpolate(along, normalized=True)
    near = shapely.Point(shapes.GEOD.fwd(at.x, at.y, bearing, width / 2 * 0.999)[:2])
    assert area.covers(near)
    far = shapely.Point(shapes.GEOD.fwd(at.x, at.y, bearing, width * 0.55 + 1)[:2])
    walk = shapely.get_coordinates(shapely.segmentize(drawn, 0.0002))
    nearest = min(shapes.GEOD.inv(walk[:, 0], walk[:, 1], [far.x] * len(walk), [far.y] * len(walk))[2])
    if nearest > width / 2 * 1.002 + 15:  # the walk has a step of 20 m
        assert not area.covers(far)


@pytest.mark.parametrize("end", [[111.1, 27.1], [111.0, 27.2], [111.1, 27.2]], ids=["parallel", "meridian", "aslant"])
def test_a_line_there_and_back_is_the_band_of_the_way_there_and_endless_ways_are_refused(end: list[float]) -> None:
    """GEOS gave one hundredth of the band, valid and without a word; hundreds of ways exactly along a parallel took all memory."""
    start = [111.0, 27.1]
    there = shapes.corridor([start, end], 20_000.0, BOX)
    assert shapes.corridor([start, end, start], 20_000.0, BOX).symmetric_difference(there).area < there.area / 1000
    with pytest.raises(ShapeFault) as refused:
        shapes.corridor([start, end] * 1000, 2000.0, BOX)
    assert refused.value.code == "too_intricate"


def test_a_line_that_crosses_itself_for_ever_is_refused_before_anything_is_built() -> None:
    """200 positions from one end of the county to the other and back took four seconds and became 90,000 corners."""
    chance = random.Random(1)
    line = [[round(chance.uniform(110.6, 110.9), 6), round(chance.uniform(26.9, 27.2), 6)] for _ in range(300)]
    with pytest.raises(shapes.ShapeFault) as fault:
        shapes.corridor(line, 2.0, shapes.Box(110, 26, 112, 28))
    assert fault.value.code == "too_intricate"
    bends = [[round(110.9 + 0.004 * (step if turn % 2 else 30 - step) / 30, 6), round(27.0 + 0.0006 * turn + 0.0001 * math.sin(step), 6)] for turn in range(60) for step in range(31)]
    assert shapes.corridor(bends, 60.0, shapes.Box(110, 26, 112, 28)).is_valid  # a pass road in sixty bends is a road
