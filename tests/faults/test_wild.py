"""Phones that repeat, reorder and lie, a cancel in the middle of a send, a clock that is a day off: the ledger stays right."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.faults.test_kill import WHOLE, approved, is_whole, send, state, written
from tests.house import House, hear, hello, until

COUNTED = "SELECT sum(displayed), sum(acknowledged), sum(safe), sum(need_help), sum(accounted_for) FROM broadcasts_deliverycount WHERE broadcast_id = %s"
RECOUNTED = """
SELECT count(*) FILTER (WHERE stage >= 2), count(*) FILTER (WHERE stage >= 3), count(*) FILTER (WHERE answer = 'safe' AND accounted),
       count(*) FILTER (WHERE answer = 'need_help' AND NOT accounted), count(*) FILTER (WHERE accounted)
FROM broadcasts_delivery WHERE broadcast_id = %s
"""
TWICE = "SELECT count(*) - count(DISTINCT resident_id) FROM broadcasts_delivery WHERE broadcast_id = %s"


def token(phone: dict[str, Any]) -> str:
    return str(phone["device_url"].rsplit("/", 1)[1])


async def test_a_thousand_receipts_repeated_reordered_and_foreign_count_once(house: House) -> None:
    mine, other = house.demo["residents"][0], next(row for row in house.demo["residents"] if row["grid"][:9] != house.demo["residents"][0]["grid"][:9])
    id, foreign = send(house, [mine["grid"][:9]]), send(house, [other["grid"][:9]])
    until(lambda: state(house, id) == state(house, foreign) == "in_force", "in force", 60)
    frames = [{"type": "receipt", "broadcast": one, "stage": stage} for one in (id, foreign) for stage in ("displayed", "acknowledged")] * 250
    random.Random(8).shuffle(frames)
    async with house.phone_socket(token(mine)) as socket:
        await hello(socket)
        for frame in frames:
            await socket.send(json.dumps(frame))
        until(lambda: house.ask(COUNTED, id)[0][1] == 1, "acknowledged")
        await socket.send(json.dumps({"type": "ping"}))
        await hear(socket, lambda message: message["type"] == "pong")
    assert house.ask(COUNTED, id) == house.ask(RECOUNTED, id) == [(1, 1, 0, 0, 0)]
    assert house.ask(COUNTED, foreign) == [(0, 0, 0, 0, 0)]
    assert house.ask("SELECT count(*) FROM broadcasts_receipt WHERE broadcast_id = %s AND source = 'resident'", id)[0][0] <= 2


def test_a_phone_whose_clock_is_a_day_off_is_believed_in_its_word_and_not_in_its_time(house: House) -> None:
    phone = house.demo["residents"][3]
    id = send(house, [phone["grid"][:9]])
    until(lambda: state(house, id) == "in_force", "in force", 60)
    with httpx.Client(base_url=house.url, cookies={"gridmap_device": token(phone)}, headers={"Origin": house.url}) as client:
        client.headers["X-CSRFToken"] = client.get("/api/inbox").json()["csrf"]
        for stage, off in (("safe", timedelta(days=1)), ("need_help", -timedelta(days=1))):
            said = {"broadcast": id, "stage": stage, "at": (datetime.now(UTC) + off).isoformat()}
            assert client.post("/api/receipts", json=said).status_code == 200
    # By the server's clock "I need help" came later, whatever the phone's says.
    assert house.ask("SELECT answer, accounted FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = %s", id, phone["id"]) == [("need_help", False)]
    off = house.ask("SELECT bool_and(abs(extract(epoch FROM now() - at)) < 60) FROM broadcasts_receipt WHERE broadcast_id = %s AND source = 'resident'", id)
    assert off == [(True,)]
    assert house.ask(COUNTED, id) == house.ask(RECOUNTED, id)


async def test_a_cancel_in_the_middle_of_a_send_reaches_exactly_who_got_it(house: House) -> None:
    phone = house.demo["residents"][0]
    id = approved(house, WHOLE)
    async with house.phone_socket(token(phone)) as socket:
        await hello(socket)
        house.send(id)
        await asyncio.to_thread(until, lambda: written(house, id) > 0, "begun", 30)
        cancel = house.call_off(id, "误报")
        await asyncio.to_thread(until, lambda: state(house, cancel) == "in_force", "cancelled", 60)
        if house.ask("SELECT count(*) FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = %s", id, phone["id"]) == [(1,)]:
            message = await hear(socket, lambda one: one.get("type") == "broadcast" and one["state"] == "cancelled", 30)
            assert message["chain"] == house.ask("SELECT chain::text FROM broadcasts_broadcast WHERE id = %s", id)[0][0]
    assert state(house, id) == "cancelled"
    lost = "SELECT count(*) FROM broadcasts_delivery d WHERE d.broadcast_id = %s AND NOT EXISTS (SELECT 1 FROM broadcasts_delivery c WHERE c.broadcast_id = %s AND c.resident_id = d.resident_id)"
    assert house.ask(lost, id, cancel) == house.ask(lost, cancel, id) == [(0,)]
    assert house.ask(TWICE, id) == house.ask(TWICE, cancel) == [(0,)]
    assert written(house, id) == written(house, cancel)


def test_postgres_stopped_at_once_in_the_middle_of_a_send_loses_nobody(house: House) -> None:
    from tests.faults.test_kill import answers, restart_postgres

    id = send(house, WHOLE)
    until(lambda: written(house, id) > 0, "begun", 30)
    restart_postgres()
    until(lambda: answers(house) and state(house, id) == "in_force", "in force", 60)
    house.wait_ready()
    is_whole(house, id)
