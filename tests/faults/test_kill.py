"""kill -9 of any process, every connection cut, the database restarted: nothing acknowledged is lost, all heals alone."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from typing import Any

import httpx
import psycopg2
import pytest
from websockets.exceptions import ConnectionClosed

from gridmap import cluster
from gridmap.realtime.hub import COME_BACK
from tests.house import House, hear, hello, until

WHOLE = [f"4305240{n:02d}" for n in range(1, 3)] + [f"4305241{n:02d}" for n in range(1, 20) if n != 12]
MISSING = """
SELECT count(*) FROM people_resident r JOIN broadcasts_broadcast b ON b.id = %s
WHERE r.no = ANY(b.touched) AND NOT EXISTS (SELECT 1 FROM broadcasts_delivery d WHERE d.broadcast_id = b.id AND d.resident_id = r.id)
"""
OUTSIDE = """
SELECT count(*) FROM broadcasts_delivery d JOIN people_resident r ON r.id = d.resident_id
JOIN broadcasts_broadcast b ON b.id = d.broadcast_id WHERE b.id = %s AND NOT r.no = ANY(b.touched)
"""
DRIFT = """
SELECT count(*) FROM (
    SELECT no, count(*) AS n FROM broadcasts_delivery WHERE broadcast_id = %s GROUP BY no
  EXCEPT SELECT no, residents FROM broadcasts_deliverycount WHERE broadcast_id = %s) d
"""


def approved(house: House, codes: list[str]) -> str:
    """Bring a broadcast to picked grids to its approval; gives the id."""
    return str(house.approve({"selection": {"area": {"type": "grids", "codes": codes}}}))


def send(house: House, codes: list[str]) -> str:
    return house.send(approved(house, codes))


def state(house: House, id: str) -> str:
    return str(house.ask("SELECT state FROM broadcasts_broadcast WHERE id = %s", id)[0][0])


def written(house: House, id: str) -> int:
    return int(house.ask("SELECT count(*) FROM broadcasts_delivery WHERE broadcast_id = %s", id)[0][0])


def is_whole(house: House, id: str) -> None:
    """In SQL: nobody missing, nobody outside, no counter off; the primary key holds that nobody has two."""
    assert house.ask(MISSING, id) == [(0,)]
    assert house.ask(OUTSIDE, id) == [(0,)]
    assert house.ask(DRIFT, id, id) == [(0,)]
    assert house.ask("SELECT count(*) FROM broadcasts_broadcast WHERE started_at IS NOT NULL AND approver_id IS NULL") == [(0,)]


def test_the_clock_killed_again_and_again_in_the_middle_of_a_send_loses_nobody(house: House) -> None:
    id = send(house, WHOLE)
    until(lambda: written(house, id) > 0, "begun")
    luck = random.Random(5)
    for _ in range(6):
        time.sleep(luck.uniform(0.01, 0.25))  # a random moment is the point: not a wait for a condition
        house.kill_clock()
        house.start_clock()
    until(lambda: state(house, id) == "in_force", "in force", 60)
    is_whole(house, id)
    assert written(house, id) > 150_000


def test_two_clocks_at_once_do_nothing_twice(house: House) -> None:
    first = house.clock
    house.start_clock()
    try:
        id = send(house, WHOLE[:8])
        until(lambda: state(house, id) == "in_force", "in force", 60)
        is_whole(house, id)
    finally:
        house.kill_clock()
        house.clock = first


def test_what_the_planner_knew_yesterday_holds_up_nobody_today(house: House) -> None:
    """A broadcast that goes out now stands in no statistics; the reconciler walked a list of 65,000 for each of 65,000, for minutes."""
    first = send(house, [WHOLE[5]])
    until(lambda: state(house, first) == "in_force", "in force")
    house.ask("ANALYZE")
    id = send(house, WHOLE[:8])
    until(lambda: state(house, id) == "in_force", "in force", 60)
    begun = house.ask("SELECT now()")[0][0]
    until(lambda: house.ask("SELECT at > %s + interval '8 seconds' FROM realtime_beat WHERE name = 'jobs'", begun) == [(True,)], "reconciled", 40)


def test_a_job_that_hangs_holds_up_no_warning(house: House) -> None:
    holder = house.connect()
    with holder.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE people_uncoveredgroup")  # what a job needs once a second
        stuck = "SELECT count(*) FROM pg_locks WHERE relation = 'people_uncoveredgroup'::regclass AND NOT granted"
        until(lambda: house.ask(stuck) != [(0,)], "stuck")
        id = send(house, [WHOLE[4]])
        until(lambda: state(house, id) == "in_force", "in force")
        assert house.ask(stuck) != [(0,)]
        cursor.execute("ROLLBACK")
    holder.close()
    is_whole(house, id)


async def test_a_silent_clock_is_told_to_every_screen(house: House) -> None:
    async with house.staff_socket("planner.wang") as staff:
        assert (await hello(staff))[0]["clock"] is True
        for alive in (False, True):
            (house.start_clock if alive else house.kill_clock)()
            await asyncio.wait_for(told_of_the_clock(staff, alive), 30)


async def test_a_database_that_is_gone_is_told_to_every_screen(house: House) -> None:
    async with house.staff_socket("planner.wang") as staff:
        await hello(staff)
        try:
            cluster._control("stop", "-m", "immediate")
            assert await asyncio.wait_for(told_or_cut(staff), 30)
        finally:
            cluster.ensure()
    await asyncio.to_thread(house.wait_ready)
    await asyncio.wait_for(is_live_again(house), 60)


async def is_live_again(house: House) -> None:
    """Come back as a page does until a screen says live: the first event after a restart leaps in the log, since it may be a restored
    backup, and that costs each page one reconnect."""
    while True:
        try:
            async with house.staff_socket("planner.wang") as staff:
                await hello(staff)
                return await told_of_the_clock(staff, True)
        except ConnectionClosed as closed:
            if closed.rcvd is None or closed.rcvd.code != COME_BACK:
                raise


async def told_or_cut(staff: Any) -> bool:
    """Say whether a screen hears that nothing goes out, or is cut while it asks for something: then it says since when it is old."""
    try:
        await told_of_the_clock(staff, False)
    except ConnectionClosed as closed:
        return closed.rcvd is not None and closed.rcvd.code == COME_BACK
    return True


async def told_of_the_clock(staff: Any, alive: bool) -> None:
    while True:
        await staff.send(json.dumps({"type": "ping"}))
        if (await hear(staff, lambda message: message["type"] == "pong"))["clock"] is alive:
            return


async def test_the_web_killed_while_a_send_runs_delays_and_loses_nothing(house: House) -> None:
    phone = house.demo["residents"][0]
    token = phone["device_url"].rsplit("/", 1)[1]
    async with house.phone_socket(token) as socket:
        await hello(socket)
        id = send(house, [phone["grid"][:9]])
        house.kill_web()
    until(lambda: state(house, id) == "in_force", "in force", 30)  # the clock needs no web process
    house.start_web()
    house.wait_ready()
    async with house.phone_socket(token) as socket:
        heard = await hello(socket)
    assert id in {message["id"] for message in heard if message["type"] == "broadcast"}
    is_whole(house, id)


def test_a_web_killed_after_commit_and_before_its_answer_does_nothing_twice(house: House) -> None:
    """The press is retried with its key against a new process and gets the first press's answer."""
    id, key = approved(house, [WHOLE[3]]), {"Idempotency-Key": "the very press"}
    client = house.staff("planner.wang")
    with pytest.raises(httpx.HTTPError):
        slow = house.connect()
        with slow.cursor() as cursor:
            # Hold the log's lock, so that the call stands just before its commit; then let go and kill at once.
            cursor.execute("SELECT pg_advisory_lock(430524001)")
            answer = asyncio.run(press_and_kill(house, client, id, key, slow))
            raise AssertionError(f"an answer came: {answer}")
    house.start_web()
    house.wait_ready()
    first = client.post(f"/api/broadcasts/{id}/send", headers=key)
    again = client.post(f"/api/broadcasts/{id}/send", headers=key)
    assert first.status_code == again.status_code == 200
    assert first.json()["sends_at"] == again.json()["sends_at"]
    assert house.ask("SELECT count(*) FROM realtime_event WHERE type = 'broadcast.sent' AND data->'broadcast'->>'id' = %s", id) == [(1,)]
    until(lambda: state(house, id) == "in_force", "in force", 30)
    is_whole(house, id)


async def press_and_kill(house: House, client: httpx.Client, id: str, key: dict[str, str], slow: Any) -> Any:
    pressing = asyncio.create_task(asyncio.to_thread(client.post, f"/api/broadcasts/{id}/send", headers=key))
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 430524001 AND NOT granted"
    await asyncio.to_thread(until, lambda: house.ask(waiting) != [(0,)], "waiting for the log")
    slow.close()
    house.kill_web()
    return await pressing


CONNECTIONS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def cut_all(house: House) -> None:
    for _ in range(3):
        house.ask(f"SELECT pg_terminate_backend(pid) {CONNECTIONS}")


def cut_each(house: House) -> None:
    """Cut one connection after the other, each once, as it comes to be listed; those that come in its place too, for as long again."""
    for _ in range(2):
        for (pid,) in house.ask(f"SELECT pid {CONNECTIONS} ORDER BY backend_start"):
            house.ask("SELECT pg_terminate_backend(%s)", pid)
            until(lambda pid=pid: house.ask("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", pid) == [(0,)], "the connection is gone")


@pytest.mark.parametrize("cut", [cut_all, cut_each])
async def test_every_connection_cut_at_once_or_in_turn_and_all_heals_alone(house: House, cut: Callable[[House], None]) -> None:
    phone = house.demo["residents"][1]
    async with house.phone_socket(phone["device_url"].rsplit("/", 1)[1]) as socket, house.staff_socket("planner.wang") as staff:
        await hello(socket)
        await hello(staff)
        id = send(house, [phone["grid"][:9]])
        until(lambda: state(house, id) in ("sending", "in_force"), "sending")
        await asyncio.to_thread(cut, house)
        message = await hear(socket, lambda m: m.get("type") == "broadcast" and m["id"] == id, 30)
        assert message["state"] == "in_force"
        await hear(staff, lambda m: m.get("event") == "broadcast.progressed" and m["data"]["id"] == id, 30)
    until(lambda: state(house, id) == "in_force", "in force", 30)
    is_whole(house, id)


async def test_postgres_restarted_at_once_with_sockets_open(house: House) -> None:
    phone = house.demo["residents"][2]
    async with house.phone_socket(phone["device_url"].rsplit("/", 1)[1]) as socket:
        await hello(socket)
        id = send(house, [phone["grid"][:9], *WHOLE[:3]])
        await asyncio.to_thread(restart_postgres)
        message = await hear(socket, lambda m: m.get("type") == "broadcast" and m["id"] == id, 45)
        assert message["state"] == "in_force"
    until(lambda: answers(house) and state(house, id) == "in_force", "in force", 45)
    house.wait_ready()
    is_whole(house, id)


def answers(house: House) -> bool:
    try:
        return bool(house.ask("SELECT true"))
    except psycopg2.OperationalError:
        return False


def restart_postgres() -> None:
    """Stop PostgreSQL as a crash would (immediate: no checkpoint, no farewell) and start it again."""
    cluster._control("stop", "-m", "immediate")
    cluster.ensure()


def test_a_web_that_starts_on_a_forgetful_database_refuses(house: House) -> None:
    house.ask(f"ALTER DATABASE {house.database} SET synchronous_commit = off")
    try:
        house.kill_clock()
        house.start_clock()
        assert house.clock is not None
        until(lambda: house.clock is not None and house.clock.poll() is not None, "refused", 20)
        assert "synchronous_commit is off" in house.log()
    finally:
        house.ask(f"ALTER DATABASE {house.database} RESET synchronous_commit")
        house.start_clock()


@pytest.mark.long
def test_twenty_kills_of_the_clock_at_random(house: House) -> None:
    luck = random.Random(20)
    for _ in range(20):
        id = send(house, WHOLE)
        until(lambda id=id: written(house, id) > 0, "begun")
        time.sleep(luck.uniform(0, 0.6))
        house.kill_clock()
        house.start_clock()
        until(lambda id=id: state(house, id) == "in_force", "in force", 60)
        is_whole(house, id)
