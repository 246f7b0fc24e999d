"""While a warning is being approved and sent the county goes on: people move, register, are merged and leave, and two planners meet."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.faults.test_kill import DRIFT, MISSING, WHOLE, approved, is_whole, send, state, written
from tests.house import House, until

AT_ONCE = 2


@pytest.fixture(scope="module")
def officer(house: House) -> tuple[httpx.Client, str]:
    """An officer, and her township."""
    return house.staff("officer.dashuitian"), next(row["grids"][0] for row in house.demo["sign_ins"] if row["username"] == "officer.dashuitian")


def people(house: House, group: str, most: int) -> list[str]:
    rows = house.ask("SELECT r.id FROM people_resident r JOIN grids_grid g ON g.id = r.group_id WHERE g.code = %s ORDER BY r.id LIMIT %s", group, most)
    return [str(id) for (id,) in rows]


def change(officer: httpx.Client, house: House, inside: str, outside: str) -> tuple[list[str], list[str]]:
    """Move somebody in and somebody out, add somebody, merge two, let one leave; gives who has to have it, and who is no more."""
    comer = people(house, outside, 1)[0]
    double, stays, goes, mover = people(house, inside, 4)
    new = officer.post("/api/residents", json={"group": inside, "name": f"新来的{secrets.token_hex(2)}"})
    assert new.status_code == 201, new.text
    for path, body in (
        (f"/api/residents/{comer}/move", {"group": inside}), (f"/api/residents/{mover}/move", {"group": outside}),
        (f"/api/residents/{double}/merge", {"into": stays}), (f"/api/residents/{goes}/leave", {"how": "died"}),
    ):  # fmt: skip
        answer = officer.post(path, json=body)
        assert answer.status_code in (200, 204), answer.text
    return [comer, stays, new.json()["id"]], [double, goes]


@pytest.mark.parametrize("moment", ["approved", "counting down", "being sent"])
def test_whoever_comes_or_goes_meanwhile_is_warned_once_and_no_ghost_is_waited_for(house: House, officer: tuple[httpx.Client, str], moment: str) -> None:
    client, township = officer
    # Another village for each moment: each changes the first people of its group.
    rows = house.ask("SELECT code FROM grids_grid WHERE level = 2 AND code LIKE %s AND version_to IS NULL ORDER BY code", f"{township}%")
    villages = [code for (code,) in rows]
    outside, inside = villages[0], villages[1 + ["approved", "counting down", "being sent"].index(moment)]
    groups = [house.ask("SELECT min(code) FROM grids_grid WHERE level = 3 AND code LIKE %s AND version_to IS NULL", f"{village}%")[0][0] for village in (inside, outside)]
    id = approved(house, [code for code in WHOLE if code != township] + villages[1:])
    if moment != "approved":
        house.send(id)
    if moment == "being sent":
        until(lambda: written(house, id) > 0, "begun", 30)
        assert state(house, id) == "sending"
    warned, gone = change(client, house, *groups)
    if moment == "approved":
        house.send(id)
    until(lambda: state(house, id) == "in_force", "in force", 60)
    until(lambda: house.ask(MISSING, id) == [(0,)], "reconciled", 40)
    has = "SELECT count(*) FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = ANY(%s::uuid[])"
    assert house.ask(has, id, warned) == [(len(warned),)]
    assert house.ask(has, id, gone) == [(0,)]
    # Who moved out while it was being sent may have it: they were inside. Nobody else outside has, and before the sending nobody.
    away = house.ask("SELECT count(*) FROM broadcasts_delivery d JOIN people_resident r ON r.id = d.resident_id JOIN broadcasts_broadcast b ON b.id = d.broadcast_id WHERE b.id = %s AND NOT r.no = ANY(b.touched)", id)
    assert away[0][0] <= (1 if moment == "being sent" else 0)
    assert house.ask(DRIFT, id, id) == [(0,)]
    assert house.ask("SELECT sum(residents) FROM broadcasts_deliverycount WHERE broadcast_id = %s", id) == [(written(house, id),)]


def test_two_planners_who_update_one_chain_at_once_make_one_next_version(house: House) -> None:
    id = send(house, [WHOLE[3]])
    until(lambda: state(house, id) == "in_force", "in force")
    planners = [house.staff(name) for name in ("planner.wang", "planner.li")]

    def update(client: httpx.Client) -> Any:
        return client.post(f"/api/broadcasts/{id}/update", json={"headline": f"改过的标题 {secrets.token_hex(3)}"})

    for _ in range(5):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(update, planners))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert next(answer for answer in answers if answer.status_code == 409).json()["code"] == "broadcast.update_waits"
        draft = next(answer for answer in answers if answer.status_code == 201).json()
        assert planners[0].post(f"/api/broadcasts/{draft['id']}/discard").status_code == 200
    assert house.ask("SELECT count(*) FROM broadcasts_broadcast WHERE chain = (SELECT chain FROM broadcasts_broadcast WHERE id = %s) AND state NOT IN ('cancelled', 'in_force')", id) == [(0,)]
    is_whole(house, id)
