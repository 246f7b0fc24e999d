"""Own grid, neighbour, parent, another township, none: what is asked by a grid's code is there for who holds it whole, and for nobody else."""

from __future__ import annotations

import pytest

from gridmap.people.models import Officer, User
from tests import world
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
COUNTY, VILLAGE, NEIGHBOUR, FAR = "430524", "430524001001", "430524001002", "430524002001"
ASKED = [
    "/api/coverage/{}", "/api/coverage/{}/days", "/api/coverage/{}/unreached", "/api/coverage/{}/missed", "/api/coverage/{}/missed?on_file=true",
    "/api/coverage/{}/tags/has-boat", "/api/residents?under={}",
]  # fmt: skip
HOLDS = {
    "auxiliary": {VILLAGE: True, f"{VILLAGE}001": True, NEIGHBOUR: False, world.TOWNSHIP_A: False, FAR: False, COUNTY: False},
    "officer": {VILLAGE: True, NEIGHBOUR: True, world.TOWNSHIP_A: True, FAR: False, world.TOWNSHIP_B: False, COUNTY: False},
    "head": {VILLAGE: True, NEIGHBOUR: True, world.TOWNSHIP_A: True, FAR: False, world.TOWNSHIP_B: False, COUNTY: False},
    "far_officer": {VILLAGE: False, world.TOWNSHIP_A: False, FAR: True, world.TOWNSHIP_B: True, COUNTY: False},
    "idle": {VILLAGE: False, NEIGHBOUR: False, world.TOWNSHIP_A: False, FAR: False, COUNTY: False},
    "commander": {VILLAGE: True, FAR: True, world.TOWNSHIP_A: True, COUNTY: True},
}


@pytest.fixture(autouse=True)
def idle(db: None) -> None:
    Officer.objects.create(name="闲人", user=User.objects.create(username="idle", name="闲人", role="officer"))


@pytest.mark.parametrize("address", ASKED)
@pytest.mark.parametrize("who", HOLDS)
def test_what_is_asked_by_a_grid_is_there_for_who_holds_it_whole(who: str, address: str) -> None:
    caller = signed_in(who)
    assert {code: caller.get(address.format(code)).status_code for code in HOLDS[who]} == {code: 200 if holds else 404 for code, holds in HOLDS[who].items()}


@pytest.mark.parametrize("who", ["auxiliary", "officer", "far_officer", "idle", "commander"])
def test_an_export_a_code_and_an_import_are_for_ones_own_grids(who: str) -> None:
    caller = signed_in(who)
    for code, holds in HOLDS[who].items():
        export = caller.call("POST", "/api/residents/export", {"grid": code, "reason": "防汛值班"})
        assert export.status_code == (404 if not holds else 403 if who == "auxiliary" else 200), (code, export.content)
        poster = caller.call("POST", "/api/join-codes", {"kind": "grid", "grid": code})
        assert poster.status_code == (201 if holds else 404), (code, poster.content)


@pytest.mark.parametrize("who", [*HOLDS, "planner", "wall", "auditor"])
def test_names_and_borders_are_public_to_staff_and_officers_and_figures_are_not(who: str) -> None:
    caller = signed_in(who)
    for code in (VILLAGE, FAR, COUNTY):
        said = caller.get(f"/api/grids/{code}")
        assert said.status_code == (200 if who != "idle" else 403), said.content
        told = said.json().get("coverage") is not None
        assert told == HOLDS.get(who, {COUNTY: True}).get(code, who in ("planner", "wall", "auditor")), (who, code)
