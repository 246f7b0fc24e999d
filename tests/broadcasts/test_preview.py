"""Who is in an area: every path equals brute force, and an empty or broken area is an error, never "everyone"."""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

import pytest
import shapely
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from geodata import shapes
from gridmap.broadcasts import audience
from gridmap.broadcasts.members import MEMBERS
from gridmap.broadcasts.schemas import SelectionIn
from gridmap.broadcasts.selection import Place, resolve
from gridmap.errors import Invalid
from gridmap.grids.models import Grid
from gridmap.people.models import Resident
from tests import world
from tests.broadcasts.steps import GROUP
from tests.clients import signed_in
from tests.geodata.test_shapes import BAD

pytestmark = pytest.mark.django_db
LON, LAT = st.floats(110.99, 111.05), st.floats(26.99, 27.03)


def members(place: Place) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({MEMBERS}) m", audience.of_place(place))
        return {id for (id,) in cursor.fetchall()}


def brute(area: shapely.Geometry) -> set[UUID]:
    """Test each person one by one: the place where it is known, else whether the area touches the registered group."""
    found = set()
    for person in Resident.objects.select_related("group"):
        if person.place:
            inside = area.covers(shapely.Point(person.place.x, person.place.y))
        else:
            inside = area.intersects(shapely.from_wkb(bytes(person.group.geometry.wkb)))
        if inside:
            found.add(person.pk)
    return found


def touches_none_or_all(shape: shapely.Geometry) -> bool:
    """Say whether an area is refused: outside the county, or all of it, which is an act of its own."""
    groups = [shapely.from_wkb(bytes(grid.geometry.wkb)) for grid in Grid.objects.current().groups()]
    touched = sum(shape.intersects(group) for group in groups)
    return touched in (0, len(groups))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(corners=st.lists(st.tuples(LON, LAT), min_size=3, max_size=9, unique=True))
def test_a_drawn_polygon_holds_exactly_who_brute_force_finds(db: None, corners: list[tuple[float, float]]) -> None:
    hull = shapely.MultiPoint(corners).convex_hull
    middle = shapely.Point(sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners))
    ring = sorted(corners, key=lambda corner: math.atan2(corner[1] - middle.y, corner[0] - middle.x))
    shape = shapely.Polygon(ring)
    assume(shape.is_valid and shape.area > 1e-8 and hull.area > 0)
    selection = SelectionIn(area=shapely.geometry.mapping(shape) | {"coordinates": [[list(c) for c in shape.exterior.coords]]})
    if touches_none_or_all(shape):
        with pytest.raises(Invalid):
            resolve(selection, None)
        return
    place = resolve(selection, None)
    assert members(place) == brute(place.area)
    said = audience.preview(place)
    assert said.residents == len(members(place)) == sum(row.residents for row in said.by_grid)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lon=LON, lat=LAT, radius=st.floats(50, 4000))
def test_a_circle_holds_exactly_who_brute_force_finds(db: None, lon: float, lat: float, radius: float) -> None:
    selection = SelectionIn(area={"type": "circle", "center": [lon, lat], "radius_m": radius})
    if touches_none_or_all(shapes.circle([lon, lat], radius, shapes.Box(110, 26, 112, 28))):
        with pytest.raises(Invalid):
            resolve(selection, None)
        return
    place = resolve(selection, None)
    assert members(place) == brute(place.area)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=st.lists(st.tuples(LON, LAT), min_size=2, max_size=6, unique=True), width=st.floats(20, 3000))
def test_a_corridor_holds_exactly_who_brute_force_finds(db: None, line: list[tuple[float, float]], width: float) -> None:
    road = [list(position) for position in line]
    selection = SelectionIn(area={"type": "corridor", "line": road, "width_m": width})
    if touches_none_or_all(shapes.corridor(road, width, shapes.Box(110, 26, 112, 28))):
        with pytest.raises(Invalid):
            resolve(selection, None)
        return
    place = resolve(selection, None)
    assert place.recipe == {"type": "corridor", "line": road, "width_m": width}
    assert members(place) == brute(place.area)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(codes=st.lists(st.sampled_from([*world.VILLAGES, world.TOWNSHIP_A, f"{list(world.VILLAGES)[2]}001"]), min_size=1, max_size=5))
def test_picked_grids_hold_exactly_their_people(db: None, codes: list[str]) -> None:
    assume(not all(any(village.startswith(code) for code in codes) for village in world.VILLAGES))  # the county is refused
    place = resolve(SelectionIn(area={"type": "grids", "codes": codes}), None)
    expected = {p.pk for p in Resident.objects.select_related("group") if any(p.group.code.startswith(code) for code in codes)}
    assert members(place) == expected



def test_who_moves_within_a_group_or_is_new_there_is_counted_at_once_and_nobody_is_read_twice() -> None:
    """People beside a border are kept in memory; what is kept is looked at before each count."""
    area = {"area": world.square(*world.centre(GROUP), half=0.0005)}
    mover = Resident.objects.filter(group__code=GROUP, place__isnull=False).order_by("birth_year")[0]

    def counted() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as asked:
            found = audience.preview(resolve(SelectionIn(**area), None))
        return found.residents, sum("string_agg(uuid_send" in query["sql"] for query in asked.captured_queries)

    counted()
    before = counted()
    assert before[1] == 0
    lon, lat = world.centre(GROUP)
    Resident.objects.filter(pk=mover.pk).update(place=Point(lon, lat, srid=4326))
    assert counted() == (before[0] + 1, 1)
    Resident.objects.filter(pk=mover.pk).update(place=Point(lon + 0.004, lat, srid=4326))
    assert counted() == (before[0], 1)
    Resident.objects.filter(pk=mover.pk).update(connected=False)
    assert counted() == (before[0], 1)
    assert counted() == (before[0], 0)


def test_whole_grids_go_by_number_and_read_no_geometry_of_people() -> None:
    place = resolve(SelectionIn(area={"type": "grids", "codes": [world.TOWNSHIP_A]}), None)
    with CaptureQueriesContext(connection) as queries:
        audience.preview(place)
    assert audience.of_place(place)["area"] is None
    assert len(queries) == 1


def test_the_whole_county_is_refused_however_it_is_chosen() -> None:
    everywhere = {"type": "Polygon", "coordinates": [[[110.999, 26.999], [111.041, 26.999], [111.041, 27.021], [110.999, 27.021], [110.999, 26.999]]]}
    for area in ({"type": "grids", "codes": [world.TOWNSHIP_A, world.TOWNSHIP_B]}, everywhere):
        said = ask(area)
        assert (said.status_code, said.json()["code"]) == (422, "broadcast.county_refused")


def test_a_comb_that_would_hold_the_database_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    teeth = [[111.001 + i * 0.0005, lat] for i in range(40) for lat in ((27.001, 27.015) if i % 2 else (27.015, 27.001))]
    comb = {"type": "Polygon", "coordinates": [[*teeth, [111.021, 27.0005], [111.0005, 27.0005], teeth[0]]]}
    assert ask(comb).status_code == 200
    monkeypatch.setattr(audience, "MOST_EDGE_TESTS", 200)
    said = ask(comb).json()
    assert (said["code"], said["where"]["fault"]) == ("broadcast.area_invalid", "too_intricate")


def ask(area: Any, **more: Any) -> Any:
    return signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": {"area": area, **more}})


def test_a_preview_counts_people_households_and_groups() -> None:
    said = ask(world.square(*world.centre(GROUP))).json()
    assert {k: said[k] for k in ("residents", "connected", "away", "households")} == {"residents": 5, "connected": 2, "away": 1, "households": 2}
    assert [(row["code"], row["residents"], row["connected"], row["households"]) for row in said["by_grid"]] == [(GROUP, 5, 2, 2)]


def test_who_is_known_only_by_a_group_is_inside_when_the_area_touches_it() -> None:
    lon, lat = world.centre(GROUP)
    said = ask(world.square(lon + 0.004, lat, 0.0009)).json()  # inside the group, away from every known place
    assert said["residents"] == 1


JSON_BAD = [(name, area, code) for name, area, code in BAD if not any(word in name for word in ("NaN", "infinity", "million"))]


@pytest.mark.parametrize(("area", "code"), [(a, c) for _, a, c in JSON_BAD], ids=[name for name, _, _ in JSON_BAD])
def test_no_bad_area_reaches_postgis(area: Any, code: str) -> None:
    caller = signed_in("planner")
    with CaptureQueriesContext(connection) as queries:
        answer = caller.call("POST", "/api/broadcasts/preview", {"selection": {"area": area}})
    assert answer.status_code == 422
    assert answer.json()["code"] in ("broadcast.area_invalid", "request.invalid")
    if answer.json()["code"] == "broadcast.area_invalid":
        assert answer.json()["where"]["fault"] in (code, "outside", "not_geojson", "crs")
    assert not any("people_resident" in query["sql"] for query in queries)


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        ({}, "broadcast.area_invalid"), ({"area": None}, "broadcast.area_invalid"), ({"area": {}}, "broadcast.area_invalid"),
        ({"area": {"type": "grids", "codes": []}}, "broadcast.grids_empty"), ({"area": {"type": "grids"}}, "broadcast.selection_invalid"),
        ({"area": {"type": "grids", "codes": "430524001"}}, "broadcast.selection_invalid"),
        ({"area": {"type": "grids", "codes": [None]}}, "broadcast.selection_invalid"),
        ({"area": {"type": "grids", "codes": ["430524999"]}}, "grids.unknown"), ({"area": {"type": "grids", "codes": ["%"]}}, "grids.unknown"),
        ({"area": {"type": "grids", "codes": ["430524"]}}, "broadcast.county_refused"),
        ({"area": {"type": "county", "confirm": "小镇"}}, "broadcast.county_confirm"),
        ({"area": {"type": "circle", "center": [27.01, 111.01], "radius_m": 100}}, "broadcast.area_invalid"),
        ({"area": {"type": "circle", "center": [111.01, 27.01]}}, "broadcast.area_invalid"),
        ({"area": {"type": "circle", "center": [111.01, 27.01], "radius_m": 100, "unit": "km"}}, "broadcast.area_invalid"),
        ({"area": {"type": "corridor", "line": [[111.01, 27.01]], "width_m": 100}}, "broadcast.area_invalid"),
        ({"area": {"type": "corridor", "line": [[111.01, 27.01], [111.02, 27.01]]}}, "broadcast.area_invalid"),
        ({"area": {"type": "corridor", "line": [[111.01, 27.01], [111.02, 27.01]], "width_m": 100, "side": "left"}}, "broadcast.area_invalid"),
        ({"area": {"type": ["corridor"], "line": [[111.01, 27.01], [111.02, 27.01]], "width_m": 100}}, "broadcast.area_invalid"),
        ({"area": world.square(111.01, 27.01), "tags": {"any_of": [["no-such-tag"]]}}, "tags.unknown"), ({"area": world.square(111.01, 27.01), "tags": {}}, "broadcast.selection_invalid"),
        ({"area": world.square(111.01, 27.01), "tags": {"any_of": []}}, "broadcast.selection_invalid"), ({"area": world.square(111.01, 27.01), "tags": {"any_of": [[]]}}, "broadcast.selection_invalid"),
        ({"area": world.square(111.01, 27.01), "tags": {"any_of": [[1]]}}, "broadcast.selection_invalid"), ({"area": world.square(111.01, 27.01), "tags": {"anyof": [["deaf"]]}}, "broadcast.selection_invalid"),
        ({"area": world.square(111.01, 27.01), "tags": {"any_of": "deaf"}}, "broadcast.selection_invalid"), ({"area": world.square(111.01, 27.01), "tags": {"any_of": [["lives-alone"]], "none_of": [["x"]]}}, "broadcast.selection_invalid"),
        ({"area": world.square(111.01, 27.01), "everyone": True}, "request.invalid"),
        ({"area": world.square(111.01, 27.01), "basis": "anywhere"}, "request.invalid"),
    ],
)  # fmt: skip
def test_a_selection_that_says_nothing_is_an_error_never_everyone(selection: dict[str, Any], code: str) -> None:
    answer = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": selection})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    "body",
    [
        b'{"selection": {"area": {"type": "Polygon", "coordinates": [[[NaN, 27.1]]]}}}', b'{"selection": Infinity}',
        b'{"selection": {"area": null, "area": null}}', b"[" * 100_000, b"\xff\xfe{}", b"{", b'{"a": 1} {"b": 2}',
        b'{"selection": "\xed\xa0\x80"}',
    ],
    ids=["NaN", "Infinity", "a key twice", "a nesting bomb", "UTF-16", "cut off", "two", "half a surrogate"],
)  # fmt: skip
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    caller = signed_in("planner")
    answer = caller.post("/api/broadcasts/preview", body, content_type="application/json", headers={"X-CSRFToken": caller.token})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.malformed")


def test_another_content_type_and_too_much_are_refused() -> None:
    caller = signed_in("planner")
    text = caller.post("/api/broadcasts/preview", b"{}", content_type="text/plain", headers={"X-CSRFToken": caller.token})
    assert (text.status_code, text.json()["code"]) == (415, "request.not_json")
    large = caller.post("/api/broadcasts/preview", b" " * 1_100_000, content_type="application/json", headers={"X-CSRFToken": caller.token})
    assert (large.status_code, large.json()["code"]) == (413, "request.too_large")
