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


def test_the_audit_holds_after_all_that(house: House) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_audit"], cwd=cluster.ROOT, env=house.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the audit holds" in done.stdout
