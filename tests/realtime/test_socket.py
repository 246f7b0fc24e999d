"""Sockets against a real server: who gets in, what is caught up, what is cut, and what a slow one does to the others."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests import world
from tests.house import House, hear, hello, until

GROUP, FAR_GROUP = "430524001001001", "430524002001001"


def report(house: House, code: str = GROUP, username: str = "planner") -> dict[str, Any]:
    body = {"kind": "fire", "severity": "minor", "title": "冒烟", "location": list(world.centre(code))}
    answer = house.staff(username).post("/api/incidents", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def send(house: House, **changes: Any) -> dict[str, Any]:
    """Draft, submit, approve and send; gives the broadcast in its countdown."""
    form = {
        "selection": {"area": world.square(*world.centre(GROUP))}, "kind": "danger_notice", "level": "orange", "category": "Geo",
        "headline": "山体滑坡危险", "description": "山体有裂缝", "instruction": "往东走", "issuer": "小县防汛抗旱指挥部", "drill": False,
        "expires": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    } | changes  # fmt: skip
    one, other = house.staff("planner"), house.staff("second_planner")
    draft = one.post("/api/broadcasts", json=form).json()
    waiting = one.post(f"/api/broadcasts/{draft['id']}/submit").json()
    assert other.post(f"/api/broadcasts/{draft['id']}/approve", json={"content_hash": waiting["content_hash"]}).status_code == 200
    answer = other.post(f"/api/broadcasts/{draft['id']}/send")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def is_event(name: str) -> Any:
    return lambda message: message.get("event") == name


def is_broadcast(id: str, state: str = "in_force") -> Any:
    return lambda message: message.get("type") == "broadcast" and message["id"] == id and message["state"] == state


async def closes_with(socket: Any, within: float = 6.0) -> int:
    """Read until the server closes the socket, and give its code."""

    async def read() -> int:
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return int(closed.rcvd.code) if closed.rcvd else 1006

    return await asyncio.wait_for(read(), within)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://sub.127.0.0.1:{port}", "http://127.0.0.1:{port}.evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
@pytest.mark.parametrize("path", ["/ws/staff", "/ws/resident"])
async def test_another_origin_is_refused(house: House, path: str, origin: str) -> None:
    cookie = f"gridmap_session={house.staff('planner').cookies['gridmap_session']}; gridmap_device={house.phone(GROUP).token}"
    async with house.socket(path, cookie, origin.format(port=house.port)) as socket:
        assert await closes_with(socket) == 4003


@pytest.mark.parametrize("path", ["/ws/staff", "/ws/resident"])
async def test_who_is_not_signed_in_is_refused(house: House, path: str) -> None:
    async with house.socket(path, "gridmap_session=x; gridmap_device=x") as socket:
        assert await closes_with(socket) == 4001


async def test_ten_bad_frames_close_the_socket(house: House) -> None:
    async with house.staff_socket("planner") as socket:
        for frame in ("{", "[]", "1", '{"type": 1}', '{"type": "steal"}', '{"type": "hello", "since": "x"}', '{"type": "hello", "since": true}', '{"type": "receipt"}', "null", '{"type": "hello", "since": -1}'):
            await socket.send(frame)
        assert await closes_with(socket) == 4003


async def test_a_frame_over_eight_kilobytes_closes_the_socket(house: House) -> None:
    async with house.staff_socket("planner") as socket:
        await socket.send('{"type": "ping", "x": "' + "x" * 9000 + '"}')
        assert await closes_with(socket) in (1009, 1006)


async def test_an_incident_is_heard_by_who_answers_for_it_and_by_nobody_else(house: House) -> None:
    async with house.staff_socket("officer") as near, house.staff_socket("far_officer") as far, house.staff_socket("wall") as wall:
        for socket in (near, far, wall):
            await hello(socket)
        mine, theirs = report(house), report(house, FAR_GROUP)
        for socket in (near, wall):
            assert (await hear(socket, is_event("incident.reported")))["data"]["incident"]["id"] == mine["id"]
        assert (await hear(far, is_event("incident.reported")))["data"]["incident"]["id"] == theirs["id"]


async def test_who_was_away_is_caught_up_in_order_and_told_when_done(house: House) -> None:
    async with house.staff_socket("planner") as socket:
        since = (await hello(socket))[0]["seq"]
    made = [report(house)["id"] for _ in range(5)]
    async with house.staff_socket("planner") as socket:
        heard = await hello(socket, since)
    assert [m["data"]["incident"]["id"] for m in heard if m["type"] == "event"] == made
    assert heard[0]["type"] == "welcome"
    assert heard[-1]["seq"] >= heard[-2]["seq"]


@pytest.mark.parametrize("since", [10**12, 2**53])
async def test_a_cursor_from_another_history_is_told_to_resync(house: House, since: int) -> None:
    async with house.staff_socket("planner") as socket:
        heard = await hello(socket, since)
    assert heard[0]["resync"] is True
    assert [m["type"] for m in heard] == ["welcome", "caught_up"]


async def test_a_warning_reaches_who_is_inside_within_a_second_and_nobody_outside(house: House) -> None:
    inside, outside = house.phone(GROUP), house.phone(FAR_GROUP)
    async with house.phone_socket(inside.token) as near, house.phone_socket(outside.token) as far:
        await hello(near)
        await hello(far)
        broadcast = send(house)
        message = await hear(near, is_broadcast(broadcast["id"]))
        late = datetime.now(UTC) - datetime.fromisoformat(broadcast["sends_at"])
        assert timedelta(0) <= late < timedelta(seconds=1)
        assert message["data"]["headline"] == "山体滑坡危险"
        await near.send(json.dumps({"type": "receipt", "broadcast": broadcast["id"], "stage": "displayed"}))
        progress = f"/api/broadcasts/{broadcast['id']}/progress"
        until(lambda: house.staff("planner").get(progress).json()["displayed"] == 1, "displayed")
        await far.send(json.dumps({"type": "ping"}))
        assert json.loads(await far.recv())["type"] == "pong"  # nothing came before it


async def test_reconnecting_gives_everything_in_force_and_ends_with_caught_up(house: House) -> None:
    broadcast = send(house)
    until(lambda: house.staff("planner").get(f"/api/broadcasts/{broadcast['id']}").json()["state"] == "in_force", "in force")
    async with house.phone_socket(house.phone(GROUP).token) as socket:
        heard = await hello(socket)
    assert any(is_broadcast(broadcast["id"])(message) for message in heard)
    assert heard[-1]["type"] == "caught_up"


async def test_a_cancel_reaches_an_open_phone_and_a_returning_one(house: House) -> None:
    phone = house.phone(GROUP)
    async with house.phone_socket(phone.token) as socket:
        await hello(socket)
        broadcast = send(house)
        await hear(socket, is_broadcast(broadcast["id"]))
        cancel = house.staff("planner").post(f"/api/broadcasts/{broadcast['id']}/cancel", json={"reason": "解除"}).json()["cancel"]
        house.staff("second_planner").post(f"/api/broadcasts/{cancel['id']}/approve", json={"content_hash": cancel["content_hash"]})
        message = await hear(socket, is_broadcast(cancel["id"], "cancelled"))
        assert (message["chain"], message["version"], message["data"]["reason"]) == (broadcast["chain"], 2, "解除")
    async with house.phone_socket(phone.token) as socket:
        states = {m["id"]: m["state"] for m in await hello(socket) if m["type"] == "broadcast"}
    assert states[cancel["id"]] == "cancelled"
    assert broadcast["id"] not in states


def pause(house: House, token: str, *, paused: bool) -> None:
    with httpx.Client(base_url=house.url, headers={"Origin": house.url}, cookies={"gridmap_device": token}) as page:
        csrf = page.get("/api/inbox").json()["csrf"]
        assert page.post("/api/pause", json={"paused": paused}, headers={"X-CSRFToken": csrf}).status_code == 204


async def test_who_pauses_while_a_mild_message_stands_still_hears_what_becomes_of_it(house: House) -> None:
    phone = house.phone(GROUP)
    async with house.phone_socket(phone.token) as socket:
        await hello(socket)
        broadcast = send(house, kind="road_hazard", level="yellow")
        await hear(socket, is_broadcast(broadcast["id"]))
        until(lambda: house.staff("planner").get(f"/api/broadcasts/{broadcast['id']}/progress").json()["pushed"] >= 1, "noted as pushed")
    pause(house, phone.token, paused=True)
    try:
        async with house.phone_socket(phone.token) as socket:
            await hello(socket)
            send(house, kind="notice", level="none")  # which they do not want to hear of
            cancel = house.staff("planner").post(f"/api/broadcasts/{broadcast['id']}/cancel", json={"reason": "路通了"}).json()["cancel"]
            house.staff("second_planner").post(f"/api/broadcasts/{cancel['id']}/approve", json={"content_hash": cancel["content_hash"]})
            heard = await hear(socket, lambda message: message.get("type") == "broadcast")
            assert (heard["id"], heard["state"]) == (cancel["id"], "cancelled")
    finally:
        pause(house, phone.token, paused=False)


async def test_a_foreign_receipt_and_a_thousand_replays_change_nothing(house: House) -> None:
    async with house.phone_socket(house.phone(GROUP).token) as near, house.phone_socket(house.phone(FAR_GROUP).token) as far:
        await hello(near)
        await hello(far)
        broadcast = send(house)
        await hear(near, is_broadcast(broadcast["id"]))
        receipt = json.dumps({"type": "receipt", "broadcast": broadcast["id"], "stage": "displayed"})
        for _ in range(1000):
            await near.send(receipt)
        await far.send(receipt)
        await far.send(json.dumps({"type": "receipt", "broadcast": broadcast["id"], "stage": "acknowledged"}))
        progress = f"/api/broadcasts/{broadcast['id']}/progress"
        until(lambda: house.staff("planner").get(progress).json()["displayed"] == 1, "displayed")
        await near.send(json.dumps({"type": "receipt", "broadcast": broadcast["id"], "stage": "acknowledged"}))
        until(lambda: house.staff("planner").get(progress).json()["acknowledged"] == 1, "acknowledged")
        said = house.staff("planner").get(progress).json()
        assert (said["displayed"], said["acknowledged"], said["residents"]) == (1, 1, 5)


@pytest.mark.parametrize("change", ["role", "grids", "active", "session"])
async def test_a_changed_role_grid_or_session_closes_the_socket_within_five_seconds(house: House, change: str) -> None:
    house.clients.pop("auxiliary", None)
    async with house.staff_socket("auxiliary") as socket:
        await hello(socket)
        began = time.monotonic()
        if change == "session":
            house.staff("auxiliary").delete("/api/session")
        elif change == "grids":
            house.ask("UPDATE people_assignment a SET period = '[2026-01-01,2026-01-02)' FROM people_officer o JOIN people_user u ON u.id = o.user_id WHERE a.officer_id = o.id AND u.username = 'auxiliary'")
        else:
            house.ask("UPDATE people_user SET " + ("role = 'officer'" if change == "role" else "is_active = false") + " WHERE username = 'auxiliary'")
        assert await closes_with(socket) == 4009
        assert time.monotonic() - began < 5
    house.ask("UPDATE people_user SET role = 'auxiliary', is_active = true WHERE username = 'auxiliary'")
    house.ask("UPDATE people_assignment a SET period = '[2026-01-01,)' FROM people_officer o JOIN people_user u ON u.id = o.user_id WHERE a.officer_id = o.id AND u.username = 'auxiliary'")
    house.clients.pop("auxiliary", None)


async def test_a_handover_shuts_the_leaver_out_within_a_second_and_tells_who_was_away_of_other_rights(house: House) -> None:
    planner = house.staff("planner")

    def officer(name: str) -> str:
        return str(planner.get("/api/officers", params={"name": name}).json()["items"][0]["id"])

    leaver, successor = officer("小赵"), officer("彭警官")
    async with house.staff_socket("far_officer") as socket:
        before = (await hello(socket))[0]
    async with house.staff_socket("auxiliary") as socket:
        await hello(socket)
        began = time.monotonic()
        said = await asyncio.to_thread(planner.post, "/api/handovers", json={"giver": leaver, "taker": successor})
        assert said.status_code == 201
        assert await closes_with(socket) == 4009
        assert time.monotonic() - began < 1.5  # the call and the argon2-free look of one process; three seconds without the bell
    async with house.staff_socket("far_officer") as socket:
        after = (await hello(socket, before["seq"]))[0]
    assert after["rights"] != before["rights"]
    await asyncio.to_thread(planner.post, "/api/assignments", json={"officer": leaver, "grids": ["430524001001"], "duty": "deputy"})
    for row in planner.get("/api/assignments", params={"grid": "430524001001"}).json()["items"]:
        if row["officer"] == successor:
            planner.post(f"/api/assignments/{row['id']}/end", json={})


async def test_a_client_that_never_reads_holds_up_nobody_and_is_cut(house: House) -> None:
    async with house.staff_socket("planner") as healthy, house.staff_socket("planner") as stalled:
        await hello(healthy)
        await hello(stalled)
        stalled.transport.pause_reading()
        await asyncio.to_thread(flood, house)
        last = await asyncio.to_thread(report, house)
        found = await hear(healthy, lambda m: m.get("event") == "incident.reported" and m["data"]["incident"]["id"] == last["id"])
        assert found
        stalled.transport.resume_reading()
        assert await closes_with(stalled, 20) == 4008


def flood(house: House) -> None:
    """Publish far more than a socket and its backlog hold: 700 facts of 45 kB each."""
    rows = json.dumps({"by_no": {n: list(range(200)) for n in range(60)}})
    house.ask(
        "INSERT INTO realtime_event (type, topics, ranges, data)"
        " SELECT 'coverage.changed', '{staff}', '{0,5000}', %s FROM generate_series(1, 700)",
        rows,
    )
    house.ask("NOTIFY gridmap")


def behalf_of(house: House, token: str, id: str) -> str:
    with httpx.Client(base_url=house.url, cookies={"gridmap_device": token}) as page:
        return str(next(item["behalf"] for item in page.get("/api/inbox").json()["items"] if item["id"] == id))


async def test_a_page_that_has_the_message_looks_anew_once_it_is_for_somebody_without_a_phone_too(house: House) -> None:
    mine = house.phone(GROUP)
    (silent,) = house.ask("SELECT id FROM people_resident WHERE id <> %s AND NOT connected AND group_id = (SELECT group_id FROM people_resident WHERE id = %s) LIMIT 1", mine.id, mine.id)
    async with house.phone_socket(mine.token) as socket:
        await hello(socket)
        warning = send(house)
        await hear(socket, is_broadcast(warning["id"]))
        noted = house.staff("officer").post(f"/api/residents/{silent[0]}/contacts", json={"contact": str(mine.id), "relation": "neighbour", "resident_agreed": True, "contact_agreed": True})
        assert noted.status_code == 201, noted.text
        await hear(socket, lambda message: message["type"] == "look")
        await socket.send(json.dumps({"type": "receipt", "broadcast": warning["id"], "stage": "displayed"}))

        def stage(of: str) -> int:
            return int(house.ask("SELECT stage FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = %s", warning["id"], of)[0][0])

        until(lambda: stage(mine.id) == 2, "seen by the hearer")
        assert stage(silent[0]) < 2  # nobody was told for whom it is
        await socket.send(json.dumps({"type": "receipt", "broadcast": warning["id"], "stage": "displayed", "behalf": behalf_of(house, mine.token, warning["id"])}))
        until(lambda: stage(silent[0]) == 2, "seen for them")


async def test_a_job_that_fails_though_the_clock_runs_is_told_to_every_screen_and_to_the_machine_that_watches(house: House) -> None:
    """Not one late entrant would be found, and every screen would say that all is well."""
    house.ask("INSERT INTO realtime_beat (name, at) VALUES ('failing:reconcile', now() - interval '11 seconds')")
    try:
        async with house.staff_socket("wall") as staff:
            await hello(staff)
            await asyncio.wait_for(told_of(staff, ["reconcile"]), 30)
            said = await asyncio.to_thread(httpx.get, f"{house.url}/readyz")
            assert (said.status_code, said.json()["failing"]) == (200, ["reconcile"])
            house.ask("DELETE FROM realtime_beat WHERE name = 'failing:reconcile'")
            await asyncio.wait_for(told_of(staff, []), 30)
    finally:
        house.ask("DELETE FROM realtime_beat WHERE name = 'failing:reconcile'")


async def told_of(staff: Any, failing: list[str]) -> None:
    while True:
        await staff.send(json.dumps({"type": "ping"}))
        if (await hear(staff, lambda message: message["type"] == "pong"))["failing"] == failing:
            return
