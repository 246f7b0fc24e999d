"""Yesterday's backup is restored: who comes back with a newer cursor is told to begin anew, and phones get what the backup holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from gridmap import cluster
from tests.faults.test_kill import MISSING, is_whole, state
from tests.house import House, hear, hello, until
from tests.realtime.test_socket import is_broadcast, is_event, report, send

GROUP = "430524001001001"
SEQ = "SELECT max(seq) FROM realtime_event"
SHOWN = "SELECT broadcast_id::text, resident_id::text FROM broadcasts_delivery WHERE stage >= 2"


@pytest.fixture
def house() -> Iterator[House]:
    """A tiny world to each test, since each has a history of its own."""
    with House("yesterday", [sys.executable, "-m", "tests.world"]) as running:
        yield running


def program(name: str, *arguments: str) -> None:
    environment = os.environ | {"PGPASSWORD": urlsplit(cluster.url()).password or ""}
    where = ["-h", str(cluster._sockets()), "-U", "gridmap"]
    done = subprocess.run([cluster._program(name), *where, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def back_up(house: House) -> Path:
    """Dump the database as it stands, with everybody at work."""
    dump = house.folder / "dump"
    program("pg_dump", "-Fc", "-f", str(dump), house.database)
    return dump


def restore(house: House, dump: Path) -> None:
    """Put a dump in the place of the database, whoever is connected."""
    house._admin(f"DROP DATABASE {house.database} WITH (FORCE)")
    house._admin(f"CREATE DATABASE {house.database}")
    program("pg_restore", "-d", house.database, str(dump))


def restart(house: House) -> None:
    """Begin again, as after a restore by the book."""
    house.kill_web()
    house.kill_clock()
    house.start_web()
    house.start_clock()
    house.wait_ready()


def warn(house: House, code: str) -> str:
    """Send a warning to a group and wait until everybody has a delivery; gives its id."""
    id = str(send(house, selection={"area": {"type": "grids", "codes": [code]}})["id"])
    until(lambda: state(house, id) == "in_force", "in force")
    return id


def told(heard: list[dict[str, Any]]) -> list[str]:
    """Give the incidents that somebody was told of, in order."""
    return [message["data"]["incident"]["id"] for message in heard if message.get("event") == "incident.reported"]


async def cursor(house: House) -> int:
    """Be a page that was told of everything so far, and give where it stands."""
    async with house.staff_socket("planner") as socket:
        return int((await hello(socket))[-1]["seq"])


async def hears_the_next(house: House, socket: ClientConnection, since: int) -> None:
    """See that a page hears of the next incident; it may be sent away for that, and come back to begin anew."""
    mine = report(house)["id"]
    try:
        assert (await hear(socket, is_event("incident.reported")))["data"]["incident"]["id"] == mine
    except ConnectionClosed:
        async with house.staff_socket("planner") as again:
            heard = await hello(again, since)
        assert heard[0].get("resync") is True or told(heard) == [mine]


async def test_a_page_that_knows_more_than_the_backup_is_told_to_begin_anew(house: House) -> None:
    report(house)  # so that who reports is signed in, in the backup too
    dump = back_up(house)
    for _ in range(3):
        report(house)
    since = await cursor(house)
    restore(house, dump)
    restart(house)
    assert house.ask(SEQ)[0][0] < since
    async with house.staff_socket("planner") as socket:
        heard = await hello(socket, since)
        assert heard[0]["resync"] is True
        assert [message["type"] for message in heard] == ["welcome", "caught_up"]
        assert heard[-1]["seq"] == house.ask(SEQ)[0][0]
        await hears_the_next(house, socket, heard[-1]["seq"])


async def test_a_page_whose_cursor_the_new_history_has_overtaken_misses_nothing(house: House) -> None:
    """Its number exists again and means something else: whoever goes on from it never hears of what came before it."""
    report(house)
    dump = back_up(house)
    for _ in range(3):
        report(house)
    since = await cursor(house)
    restore(house, dump)
    restart(house)
    new = [report(house)["id"] for _ in range(5)]
    async with house.staff_socket("planner") as socket:
        heard = await hello(socket, since)
    assert heard[0].get("resync") is True or told(heard) == new


async def test_a_backup_restored_under_a_running_web_is_followed_at_once(house: House) -> None:
    """Nobody restarts anything: who is connected then, staff and phones, hears what happens next."""
    report(house)
    dump = back_up(house)
    for _ in range(6):
        report(house)
    await cursor(house)  # the web process has read them all
    restore(house, dump)
    until(house._ready, "ready")
    async with house.staff_socket("planner") as staff, house.phone_socket(house.phone(GROUP).token) as phone:
        welcomed = await hello(staff)
        await hello(phone)
        await hears_the_next(house, staff, welcomed[-1]["seq"])
        sent = send(house, selection={"area": {"type": "grids", "codes": [GROUP]}})
        await hear(phone, is_broadcast(sent["id"]))
    until(lambda: house.ask(MISSING, sent["id"]) == [(0,)], "the ledger written")  # those connected come first
    is_whole(house, sent["id"])


async def test_a_phone_is_given_what_the_restored_database_holds_and_what_it_says_of_the_rest_does_no_harm(house: House) -> None:
    phone = house.phone(GROUP)
    kept = warn(house, GROUP)
    dump = back_up(house)
    forgotten = warn(house, GROUP)
    async with house.phone_socket(phone.token) as socket:
        heard = await hello(socket)
        assert [message["id"] for message in heard if message["type"] == "broadcast"] == [kept, forgotten]
    restore(house, dump)
    restart(house)
    async with house.phone_socket(phone.token) as socket:
        heard = await hello(socket)
        assert [message["id"] for message in heard if message["type"] == "broadcast"] == [kept]
        for id in (forgotten, kept):
            await socket.send(json.dumps({"type": "receipt", "broadcast": id, "stage": "displayed"}))
        until(lambda: house.ask(SHOWN) == [(kept, phone.id)], "displayed")
        sent = send(house, selection={"area": {"type": "grids", "codes": [GROUP]}})
        await hear(socket, is_broadcast(sent["id"]))
    answer = say_safe(house, phone.token, forgotten)
    assert (answer.status_code, answer.json()["code"]) == (404, "broadcast.not_a_recipient")
    assert house.ask("SELECT count(*) FROM broadcasts_receipt WHERE broadcast_id = %s", forgotten) == [(0,)]
    for id in (kept, sent["id"]):
        until(lambda id=id: house.ask(MISSING, id) == [(0,)], "the ledger written")
        is_whole(house, id)
    house.wait_ready()
    assert "Traceback" not in house.log()


def say_safe(house: House, token: str, id: str) -> httpx.Response:
    with httpx.Client(base_url=house.url, cookies={"gridmap_device": token}, headers={"Origin": house.url}) as client:
        client.headers["X-CSRFToken"] = client.get("/api/inbox").json()["csrf"]
        return client.post("/api/receipts", json={"broadcast": id, "stage": "safe"})
