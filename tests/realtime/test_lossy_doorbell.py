"""Losing, doubling and delaying rings changes no outcome: the log is the truth, the bell only says "look"."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from tests.house import House, hear, hello, until
from tests.realtime.test_socket import GROUP, is_broadcast, is_event, report, send


@pytest.fixture(scope="module")
def deaf_house() -> Iterator[House]:
    with House("deaf", [sys.executable, "-m", "tests.world"], "tests.realtime.lossy:application") as running:
        yield running


async def test_every_event_is_heard_once_and_in_order(deaf_house: House) -> None:
    async with deaf_house.staff_socket("planner") as socket:
        await hello(socket)
        made = [report(deaf_house)["id"] for _ in range(25)]
        heard = [(await hear(socket, is_event("incident.reported")))["data"]["incident"]["id"] for _ in made]
    assert heard == made


async def test_a_warning_and_its_receipts_arrive(deaf_house: House) -> None:
    async with deaf_house.phone_socket(deaf_house.phone(GROUP).token) as socket:
        await hello(socket)
        broadcast = send(deaf_house)
        await hear(socket, is_broadcast(broadcast["id"]))
        await socket.send(json.dumps({"type": "receipt", "broadcast": broadcast["id"], "stage": "displayed"}))
        progress = f"/api/broadcasts/{broadcast['id']}/progress"
        said = until(lambda: (now := deaf_house.staff("planner").get(progress).json())["displayed"] == 1 and now, "displayed")
    assert (said["residents"], said["pushed"]) == (5, 1)
