"""Reading grids: the version in force, which grids hold a place, and one grid with what one may see of it."""

from __future__ import annotations

import pytest

from tests import world
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
GROUP = "430524001001002"


def test_the_current_version_says_where_its_tiles_are_and_that_it_is_made_up() -> None:
    said = signed_in("officer").get("/api/grids/current").json()
    assert said["version"] == 1
    assert said["tiles"] == "/tiles/grids/1/{z}/{x}/{y}.mvt"
    assert said["synthetic"] is True
    assert said["bbox"] == [111.0, 27.0, 111.04, 27.02]


def test_a_place_is_held_by_a_chain_from_the_county_down() -> None:
    lon, lat = world.centre(GROUP)
    chain = signed_in("planner").get(f"/api/grids/at?lon={lon}&lat={lat}").json()["chain"]
    assert [row["level"] for row in chain] == ["county", "township", "village", "group"]
    assert chain[-1]["code"] == GROUP


@pytest.mark.parametrize(("query", "status"), [("lon=0&lat=0", 404), ("lon=27.01&lat=111.01", 422), ("lon=nan&lat=27", 422), ("lon=x&lat=1", 422), ("lon=111", 422)])
def test_a_place_that_is_none_is_refused(query: str, status: int) -> None:
    answer = signed_in("planner").get(f"/api/grids/at?{query}")
    assert answer.status_code == status
    assert answer.json()["code"]


def test_officers_and_coverage_show_only_within_ones_area() -> None:
    near, far = signed_in("officer"), signed_in("far_officer")
    mine = near.get(f"/api/grids/{world.TOWNSHIP_A}").json()
    assert mine["coverage"]["registered"] == 20
    assert {"name": "刘警官", "duty": "primary"} in mine["officers"]
    theirs = far.get(f"/api/grids/{world.TOWNSHIP_A}").json()
    assert theirs["name"] == "甲乡"
    assert theirs["coverage"] is None
    assert theirs["officers"] is None


def test_labels_name_every_grid_below_the_county_with_its_range() -> None:
    said = signed_in("wall").get("/api/grids/labels/1").json()
    assert set(said["name"]) == {"甲乡", "乙镇", "1组", "2组", *world.VILLAGES.values()}
    assert all(start < end for start, end in zip(said["group_start"], said["group_end"], strict=True))
