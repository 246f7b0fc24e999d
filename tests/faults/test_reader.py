"""The reader of imports is killed in the middle of reading, of writing and of taking back: nothing half is ever in the register."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from gridmap.imports.actions import PART_BYTES
from tests.house import House, until
from tests.imports.sheets import csv

ROWS = 9_000


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A house of its own: who was sent a warning that another test left in force is rightly kept when an import is taken back."""
    with House("reader", [sys.executable, "-m", "tests.world"]) as running:
        yield running


@pytest.fixture(scope="module")
def import_id(house: House) -> str:
    """Upload a register of thousands for one village."""
    rows = [[f"新来{chr(0x4E00 + n % 5000)}{chr(0x5E00 + n // 5000)}", f"127{n:08d}", "1970", "甲乡", "甲村", f"{n // 3 % 2 + 1}组", f"H{n // 3}", "在家"] for n in range(ROWS)]
    data = csv(*rows)
    officer = house.staff("officer")
    id = officer.post("/api/imports", json={"name": "花名册.csv", "size": len(data)}).json()["id"]
    for number in range(-(-len(data) // PART_BYTES)):
        content = base64.b64encode(data[number * PART_BYTES : (number + 1) * PART_BYTES]).decode()
        assert officer.post(f"/api/imports/{id}/parts", json={"number": number, "content": content}).status_code == 200
    return str(id)


def look(house: House, id: str) -> dict[str, Any]:
    found: dict[str, Any] = house.staff("officer").get(f"/api/imports/{id}").json()
    return found


def residents(house: House) -> int:
    return int(house.ask("SELECT count(*) FROM people_resident")[0][0])


def before(house: House) -> int:
    """Give how many there are without the import."""
    return int(house.ask("SELECT count(*) FROM people_resident WHERE source <> 'import'")[0][0])


def counters_hold(house: House) -> bool:
    drift = "SELECT (SELECT sum(registered) FROM people_groupcount) = (SELECT count(*) FROM people_resident)"
    return bool(house.ask(drift)[0][0])


def kill_in(house: House, id: str, state: str) -> None:
    """Kill the reader while an import is in a state, then start another."""
    until(lambda: look(house, id)["state"] == state, state)
    house.kill_reader()
    house.start_reader()


def test_1_killed_while_reading_it_reads_again_and_every_row_stands_once(house: House, import_id: str) -> None:
    until(lambda: look(house, import_id)["done"] > 0, "reading")
    house.kill_reader()
    assert residents(house) == before(house)
    house.start_reader()
    until(lambda: look(house, import_id)["state"] == "staged", "staged", within=60)
    assert look(house, import_id)["counts"] == {"new": ROWS, "update": 0, "doubtful": 0, "bad": 0}
    assert house.ask("SELECT count(*), count(DISTINCT line) FROM imports_row WHERE of_id = %s", import_id) == [(ROWS, ROWS)]


def test_2_killed_while_writing_either_nobody_or_everybody_is_there(house: House, import_id: str) -> None:
    assert house.staff("officer").post(f"/api/imports/{import_id}/commit", json={"doubtful": False}).status_code == 202
    kill_in(house, import_id, "committing")
    assert residents(house) in (before(house), before(house) + ROWS)
    until(lambda: look(house, import_id)["state"] == "committed", "committed", within=60)
    assert residents(house) == before(house) + ROWS
    assert counters_hold(house)


def test_3_killed_while_taking_back_it_ends_as_if_it_never_was(house: House, import_id: str) -> None:
    assert house.staff("officer").post(f"/api/imports/{import_id}/undo").status_code == 202
    kill_in(house, import_id, "undoing")
    until(lambda: look(house, import_id)["state"] == "undone", "undone", within=60)
    assert (residents(house), look(house, import_id)["counts"]["undone"]) == (before(house), ROWS)
    assert counters_hold(house)
