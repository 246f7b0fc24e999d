"""Real calls at the same moment, on real processes: nothing is a 500, nothing is lost, and the audit's chain holds."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from gridmap import cluster
from tests.house import House

NOBODYS = "430524002002"


def at_once(*calls: Any) -> list[int]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [answer.status_code for answer in pool.map(lambda call: call(), calls)]


def officer(client: httpx.Client, name: str) -> str:
    return str(client.get("/api/officers", params={"name": name}).json()["items"][0]["id"])


def test_two_planners_change_one_grid_at_the_same_moment(house: House) -> None:
    one, two = house.staff("planner"), house.staff("second_planner")
    ids = [officer(one, "刘警官"), officer(one, "彭警官")]
    for _ in range(4):
        statuses = at_once(
            lambda: one.post("/api/assignments", json={"officer": ids[0], "grids": [NOBODYS]}),
            lambda: two.post("/api/assignments", json={"officer": ids[1], "grids": [NOBODYS]}),
        )
        assert set(statuses) <= {204, 409}
        rows = one.get("/api/assignments", params={"grid": NOBODYS}).json()["items"]
        assert [row["duty"] for row in rows] == ["primary"]
        later = (datetime.now(UTC) + timedelta(days=7)).isoformat()
        path = f"/api/assignments/{rows[0]['id']}/end"
        statuses = at_once(lambda path=path: one.post(path, json={}), lambda path=path, at=later: two.post(path, json={"at": at}))
        assert set(statuses) <= {204, 409}
        left = one.get("/api/assignments", params={"grid": NOBODYS}).json()["items"]
        assert left == [] or left[0]["until"] is None or left[0]["until"] < later  # "now" is never undone by "later"
        for row in left:
            one.post(f"/api/assignments/{row['id']}/end", json={})


def test_a_dozen_searches_at_once_do_not_get_past_the_limit(house: House) -> None:
    far = house.staff("far_officer")
    statuses: list[int] = []
    for _ in range(11):
        statuses += at_once(*[lambda: far.post("/api/residents/search", json={"name": "没有这人"}) for _ in range(12)])
    assert (statuses.count(200), set(statuses)) == (120, {200, 429})


GROUP = "430524001001002"
BOTH = "SELECT count(*) FROM people_resident r JOIN register_former f ON f.id = r.id"
DRIFT = """
SELECT count(*) FROM people_groupcount c FULL JOIN (SELECT no, count(*) AS n FROM people_resident GROUP BY no) r ON r.no = c.no
WHERE coalesce(c.registered, 0) <> coalesce(r.n, 0)
"""


def somebody(client: httpx.Client, name: str) -> str:
    answer = client.post("/api/residents", json={"group": GROUP, "name": name})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_an_edit_at_the_moment_of_a_leave_brings_nobody_back(house: House) -> None:
    one, two = house.staff("officer"), house.staff("head")
    for n in range(12):
        id = somebody(one, f"同时{chr(0x4E00 + n)}")
        statuses = at_once(
            lambda id=id: one.post(f"/api/residents/{id}/leave", json={"how": "left"}),
            lambda id=id, n=n: two.post(f"/api/residents/{id}/edit", json={"birth_year": 1950 + n}),
        )
        assert statuses[0] == 204
        assert statuses[1] in (200, 404)
    assert house.ask(BOTH) == [(0,)]
    assert house.ask(DRIFT) == [(0,)]


def test_two_doubles_merged_into_each_other_leave_one_person(house: House) -> None:
    one, two = house.staff("officer"), house.staff("head")
    for n in range(8):
        a, b = somebody(one, f"甲双{chr(0x4E00 + n)}"), somebody(one, f"乙双{chr(0x4E00 + n)}")
        statuses = at_once(
            lambda a=a, b=b: one.post(f"/api/residents/{a}/merge", json={"into": b}),
            lambda a=a, b=b: two.post(f"/api/residents/{b}/merge", json={"into": a}),
        )
        assert sorted(statuses) == [200, 404]
        assert house.ask("SELECT count(*) FROM people_resident WHERE id IN (%s, %s)", a, b) == [(1,)]
    assert house.ask(BOTH) == [(0,)]


def test_the_audit_holds_after_all_that(house: House) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_audit"], cwd=cluster.ROOT, env=house.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the audit holds" in done.stdout
