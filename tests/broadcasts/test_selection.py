"""Where a broadcast goes: what is taken out of an area, saved areas, and the whole county as an act of its own."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from gridmap.broadcasts import audience
from gridmap.broadcasts.members import MEMBERS
from gridmap.broadcasts.models import Broadcast, Delivery, Geofence
from gridmap.broadcasts.schemas import SelectionIn
from gridmap.broadcasts.selection import Place, resolve
from gridmap.errors import Invalid
from gridmap.people.models import Resident
from tests import world
from tests.broadcasts.steps import GROUP, drafted, form, in_force
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
GROUPS = [f"{village}{row:03d}" for village in world.VILLAGES for row in (1, 2)]


def rectangle(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def members(place: Place) -> set[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, audience.of_place(place))
        return {row[0] for row in cursor.fetchall()}


def refused(area: dict[str, Any], exclude: dict[str, Any] | None = None) -> Invalid:
    with pytest.raises(Invalid) as error:
        resolve(SelectionIn(area=area, exclude=exclude), None)
    return error.value


def place_of(resident: Resident) -> shapely.Point | None:
    return shapely.Point(resident.place.x, resident.place.y) if resident.place else None


def test_a_hole_leaves_out_who_lives_in_it_but_nobody_known_only_by_the_group() -> None:
    village = {"type": "grids", "codes": ["430524001001"]}
    group = shapely.box(111.0, 27.0, 111.01, 27.01)
    hole = rectangle(111.0, 27.0, 111.01, 27.006)
    place = resolve(SelectionIn(area=village, exclude=hole), None)
    expected = {
        person.pk for person in Resident.objects.filter(group__code__startswith="430524001001")
        if (spot := place_of(person)) is None or not shapely.covers(box(111.0, 27.0, 111.01, 27.006), spot)
    }  # fmt: skip
    assert members(place) == expected
    assert 0 < len(expected) < 10
    assert place.area.area < group.area * 2


def test_grids_taken_out_of_grids_are_gone_whole() -> None:
    place = resolve(SelectionIn(area={"type": "grids", "codes": [world.TOWNSHIP_A]}, exclude={"type": "grids", "codes": ["430524001001"]}), None)
    assert members(place) == set(Resident.objects.filter(group__code__startswith="430524001002").values_list("pk", flat=True))
    assert place.area.area == pytest.approx(0.0002)
    assert not place.drawn


BESIDE = 3e-6  # nobody lives exactly on a border that is drawn
RECTANGLE = st.tuples(st.floats(110.99, 111.035), st.floats(26.99, 27.015), st.floats(0.0005, 0.03), st.floats(0.0005, 0.02)).map(
    lambda row: rectangle(*(round(side, 5) + BESIDE for side in (row[0], row[1], row[0] + row[2], row[1] + row[3])))
)
PICKED = st.sets(st.sampled_from(GROUPS), min_size=1, max_size=7).map(lambda codes: {"type": "grids", "codes": sorted(codes)})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(area=st.one_of(RECTANGLE, PICKED), exclude=st.one_of(RECTANGLE, PICKED))
def test_what_is_left_is_exactly_what_brute_force_finds(db: None, area: dict[str, Any], exclude: dict[str, Any]) -> None:
    def holds(shape: dict[str, Any], person: Resident, *, whole: bool) -> bool:
        """Say whether an area holds somebody; ``whole``: only a group that lies in it whole holds who has no place."""
        if shape["type"] == "grids":
            return person.group.code in shape["codes"]
        drawn, spot = shapely.geometry.shape(shape), place_of(person)
        if spot is not None:
            return bool(shapely.contains_properly(drawn, spot) if whole else shapely.covers(drawn, spot))  # on a hole's border one stays
        number = GROUPS.index(person.group.code)
        home = box(111 + number // 2 * 0.01, 27 + number % 2 * 0.01, 111.01 + number // 2 * 0.01, 27.01 + number % 2 * 0.01)
        return bool(shapely.covers(drawn, home) if whole else shapely.intersects(drawn, home))

    everybody = list(Resident.objects.select_related("group"))
    expected = {person.pk for person in everybody if holds(area, person, whole=False) and not holds(exclude, person, whole=True)}
    try:
        place = resolve(SelectionIn(area=area, exclude=exclude), None)
    except Invalid as error:
        hypothesis.assume(error.code != "broadcast.county_refused" and error.where.get("fault") != "outside")
        if error.where.get("fault") != "nothing_left" or any(place_of(person) for person in everybody if person.pk in expected):
            raise
        return
    assert members(place) == expected
    assert audience.preview(place).residents == len(expected)


def test_nothing_left_is_an_error_and_never_everyone() -> None:
    area = {"type": "grids", "codes": [GROUP]}
    error = refused(area, area)
    assert (error.code, error.where["fault"], error.where["field"]) == ("broadcast.area_invalid", "nothing_left", "exclude")
    assert refused(rectangle(111.001, 27.001, 111.002, 27.002), rectangle(111.0, 27.0, 111.01, 27.01)).where["fault"] == "nothing_left"
    assert refused(area, {"type": "county", "confirm": "小县"}).code == "broadcast.area_invalid"
    assert refused(area, {"type": "Polygon", "coordinates": []}).where["field"] == "exclude"


@pytest.mark.parametrize("said", [None, "", "小", "小县 ok", 1, ["小县"], True])
def test_the_whole_county_wants_its_name(said: Any) -> None:
    assert refused({"type": "county", "confirm": said}).code == "broadcast.county_confirm"
    assert refused({"type": "county", "confirm": "小县", "codes": []}).code == "broadcast.county_confirm"


def test_the_county_by_its_name_reaches_everybody() -> None:
    broadcast = in_force(selection={"area": {"type": "county", "confirm": "小县"}})
    assert Delivery.objects.filter(broadcast_id=broadcast.pk).count() == Resident.objects.count() == 40


def test_a_saved_area_is_used_by_its_name_and_kept_as_it_was_meant() -> None:
    circle = {"type": "circle", "center": list(world.centre(GROUP)), "radius_m": 400}
    planner = signed_in("planner")
    fence = planner.call("POST", "/api/geofences", {"name": "滑坡隐患点", "folder": "地质灾害", "area": circle})
    assert (fence.status_code, fence.json()["recipe"]) == (201, circle)
    again = planner.call("POST", "/api/geofences", {"name": "滑坡隐患点", "folder": "地质灾害", "area": circle})
    assert (again.status_code, again.json()["code"]) == (409, "geofence.name_taken")
    said = drafted(selection={"area": {"type": "geofence", "id": fence.json()["id"]}})
    assert (said["selection"]["area"], said["counts"]["residents"]) == (circle, 5)
    assert planner.call("POST", f"/api/geofences/{fence.json()['id']}/retire").status_code == 204
    assert planner.get("/api/geofences").json()["items"] == []
    gone = planner.call("POST", "/api/broadcasts", form(selection={"area": {"type": "geofence", "id": fence.json()["id"]}}))
    assert (gone.status_code, gone.json()["code"]) == (422, "geofence.unknown")
    assert Broadcast.objects.count() == 1
    assert Geofence.objects.count() == 1


def test_what_is_taken_out_of_a_saved_area_is_saved_with_it() -> None:
    planner = signed_in("planner")
    area, hole = {"type": "grids", "codes": ["430524001001"]}, {"type": "grids", "codes": [GROUP]}
    fence = planner.call("POST", "/api/geofences", {"name": "滑坡隐患点", "area": area, "exclude": hole}).json()
    assert (fence["recipe"], fence["exclude"]) == (area, hole)
    by_name = {"type": "geofence", "id": fence["id"]}
    said = drafted(selection={"area": by_name})
    assert (said["selection"]["area"], said["selection"]["exclude"]) == (area, hole)
    assert said["counts"] == drafted(selection={"area": area, "exclude": hole})["counts"] != drafted(selection={"area": area})["counts"]
    for selection, field in (({"area": by_name, "exclude": hole}, "exclude"), ({"area": {"type": "grids", "codes": [world.TOWNSHIP_A]}, "exclude": by_name}, "exclude.id")):
        twice = planner.call("POST", "/api/broadcasts/preview", {"selection": selection})
        assert (twice.status_code, twice.json()["code"], twice.json()["where"]["field"]) == (422, "geofence.has_hole", field)
    broken = planner.call("POST", "/api/geofences", {"name": "另一处", "area": area, "exclude": area})
    assert (broken.status_code, broken.json()["where"]["fault"]) == (422, "nothing_left")
    county = planner.call("POST", "/api/geofences", {"name": "全县", "area": {"type": "county", "confirm": "小县"}})
    assert (county.status_code, county.json()["where"]["field"]) == (422, "area")
    assert Geofence.objects.count() == 1


@pytest.mark.parametrize("said", [None, "", "x", 7, "00000000-0000-4000-8000-000000000000", {"id": 1}])
def test_an_unknown_geofence_is_refused(said: Any) -> None:
    assert refused({"type": "geofence", "id": said}).code == "geofence.unknown"


def test_what_is_in_force_there_already_is_said() -> None:
    in_force(headline="先发的一条")
    preview = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": {"area": {"type": "grids", "codes": ["430524001001"]}}}).json()
    assert [row["headline"] for row in preview["overlaps"]] == ["先发的一条"]
    elsewhere = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": {"area": {"type": "grids", "codes": ["430524002001"]}}}).json()
    assert elsewhere["overlaps"] == []
