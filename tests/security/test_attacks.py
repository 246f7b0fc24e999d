"""What an attacker tried against this slice and got through with once: each of these must stay shut."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests import world
from tests.house import House, hear, hello, until
from tests.realtime.test_socket import GROUP, closes_with, is_event, report, send

NESTED: Any = "x"
for _ in range(250):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    ("member", "fault"),
    [
        ({"bbox": NESTED}, "request.malformed"), ({"bbox": [["\u0000"]]}, "request.invalid"), ({"bbox": [2**70]}, "broadcast.area_invalid"),
        ({"bbox": {"note": "<img onerror>"}}, "broadcast.area_invalid"), ({"crs": {"properties": {"name": "EPSG:4326", "x": 2**70}}}, "broadcast.area_invalid"),
        ({"bbox": "y" * 300_000}, "broadcast.area_invalid"),
    ],
)  # fmt: skip
def test_nothing_rides_along_with_a_drawn_area(house: House, member: dict[str, Any], fault: str) -> None:
    before = house.ask("SELECT count(*) FROM broadcasts_broadcast")
    form = {
        "selection": {"area": {**world.square(*world.centre(GROUP)), **member}}, "kind": "notice", "level": "none", "category": "Other",
        "headline": "停水通知", "issuer": "小县", "expires": "2099-01-01T00:00:00Z", "drill": False,
    }  # fmt: skip
    for address, body in (("/api/broadcasts/preview", {"selection": form["selection"]}), ("/api/broadcasts", form | {"expires": soon(house)})):
        answer = house.staff("planner").post(address, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, fault)
    assert house.ask("SELECT count(*) FROM broadcasts_broadcast") == before


def soon(house: House) -> str:
    return str(house.ask("SELECT to_char(now() + interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SSOF:00')")[0][0])


@pytest.mark.parametrize("text", ["1e999", "-1e999", "NaN", "[" * 90 + "]" * 90])
def test_numbers_and_depths_that_cannot_be_kept_are_refused(house: House, text: str) -> None:
    content = f'{{"selection": {{"area": {{"type": "Polygon", "coordinates": {text}}}}}}}'
    answer = house.staff("planner").post("/api/broadcasts/preview", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.malformed")


async def test_an_event_that_cannot_be_told_is_passed_over(house: House) -> None:
    async with house.staff_socket("planner") as socket:
        since = (await hello(socket))[0]["seq"]
        for kind, data in (("incident.reported", "{}"), ("no.such.fact", "{}")):
            house.ask("INSERT INTO realtime_event (type, topics, ranges, data) VALUES (%s, '{staff}', '{0,1000}', %s)", kind, data)
        made = report(house)
        heard = await hear(socket, is_event("incident.reported"))
        assert heard["data"]["incident"]["id"] == made["id"]
    async with house.staff_socket("planner") as again:
        await again.send(json.dumps({"type": "hello", "since": since}))
        assert (await hear(again, is_event("incident.reported")))["data"]["incident"]["id"] == made["id"]
        await hear(again, lambda message: message["type"] == "caught_up")
    house.ask("DELETE FROM realtime_event WHERE data = '{}'")


def test_the_hash_does_not_tell_an_officer_how_many_live_elsewhere(house: House) -> None:
    both = send(house, selection={"area": {"type": "grids", "codes": [world.TOWNSHIP_A, "430524002001"]}})
    assert house.staff("planner").get(f"/api/broadcasts/{both['id']}").json()["content_hash"]
    seen = house.staff("officer").get(f"/api/broadcasts/{both['id']}").json()
    assert (seen["counts"], seen["content_hash"]) == (None, None)
    house.staff("planner").post(f"/api/broadcasts/{both['id']}/stop")


async def test_a_socket_opened_before_the_sign_out_is_told_nothing_after_it(house: House) -> None:
    house.clients.pop("head", None)
    async with house.staff_socket("head") as socket:
        house.staff("head").delete("/api/session")
        house.clients.pop("head")
        await socket.send(json.dumps({"type": "hello", "since": 0}))
        with pytest.raises(ConnectionClosed) as closed:
            raise AssertionError(await socket.recv())
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4009


async def test_a_socket_that_never_says_hello_is_closed(house: House) -> None:
    async with house.staff_socket("planner") as socket:
        assert await closes_with(socket, within=15) == 4013


async def test_a_revoked_phone_is_shut_out_within_five_seconds(house: House) -> None:
    phone = house.phone("430524001002001")
    async with house.phone_socket(phone.token) as socket:
        await hello(socket)
        house.ask("UPDATE edge_endpoint SET revoked = true WHERE resident_id = %s", phone.id)
        assert await closes_with(socket, within=5) == 4009
    house.ask("UPDATE edge_endpoint SET revoked = false WHERE resident_id = %s", phone.id)


async def test_a_phone_has_five_sockets_at_the_most(house: House) -> None:
    phone = house.phone("430524001002001")
    sockets = [await house.phone_socket(phone.token) for _ in range(7)]
    for socket in sockets:
        await hello(socket)
    closed = [socket for socket in sockets[:-1] if await is_closed(socket)]
    assert len(closed) == 2
    for socket in sockets:
        await socket.close()


async def is_closed(socket: Any) -> bool:
    try:
        await asyncio.wait_for(socket.wait_closed(), 1)
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("path", ["/ws/staff", "/ws/resident"])
async def test_an_escaped_cookie_is_no_cookie_on_a_socket(house: House, path: str) -> None:
    async with house.socket(path, r'gridmap_session="\000abc"; gridmap_device="\000abc"') as socket:
        assert await closes_with(socket) == 4001


def test_a_flood_of_names_takes_neither_the_connections_nor_everybodys_turn(house: House) -> None:
    async def flood() -> list[int]:
        async with httpx.AsyncClient(base_url=house.url, headers={"Origin": house.url}, timeout=60) as client:
            tries = [client.post("/api/session", json={"username": f"nobody{n}", "password": "wrong"}) for n in range(120)]
            others = [client.get("/readyz") for _ in range(10)]
            return [answer.status_code for answer in await asyncio.gather(*tries, *others)]

    codes = Counter(asyncio.run(flood()))
    house.ask("DELETE FROM people_signinfailure")
    assert codes[503] == 0
    assert codes[200] == 10
    assert codes[401] <= 50
    assert codes[401] + codes[429] == 120


@pytest.mark.parametrize(("first", "second"), [("multipart/form-data; boundary=x", "application/json"), ("application/json", "text/plain")])
def test_a_header_that_comes_twice_is_refused(house: House, first: str, second: str) -> None:
    headers = [("Content-Type", first), ("Content-Type", second), ("Origin", house.url), ("Cookie", f"gridmap_session={house.staff('planner').cookies['gridmap_session']}")]
    answer = httpx.post(f"{house.url}/api/broadcasts/preview", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.head")


def test_another_host_is_refused_in_the_one_shape(house: House) -> None:
    answer = httpx.get(f"{house.url}/api/session", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.host")


def test_what_is_said_of_people_is_in_no_cache(house: House) -> None:
    for address in (f"/api/residents?under={world.TOWNSHIP_A}", "/api/session", "/api/snapshot", "/api/nothing"):
        assert house.staff("officer").get(address).headers["cache-control"] == "no-store"
    assert "immutable" in house.staff("officer").get("/api/grids/labels/1").headers["cache-control"]


def test_a_cancel_is_final(house: House) -> None:
    out = send(house)
    until(lambda: house.staff("planner").get(f"/api/broadcasts/{out['id']}").json()["state"] == "in_force", "in force")
    one, other = house.staff("planner"), house.staff("second_planner")
    cancel = one.post(f"/api/broadcasts/{out['id']}/cancel", json={"reason": "解除"}).json()["cancel"]
    assert other.post(f"/api/broadcasts/{cancel['id']}/approve", json={"content_hash": cancel["content_hash"]}).status_code == 200
    until(lambda: one.get(f"/api/broadcasts/{cancel['id']}").json()["state"] == "in_force", "the cancel out")
    tick = {"resident": house.phone(GROUP).id, "tick": "told"}
    for caller, verb, body in ((one, "cancel", {"reason": "取消作废"}), (house.staff("officer"), "ticks", tick)):
        answer = caller.post(f"/api/broadcasts/{cancel['id']}/{verb}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "broadcast.is_cancel")
    assert house.staff("officer").get(f"/api/broadcasts/{cancel['id']}/not-seen").status_code == 409


def test_an_answer_given_once_does_not_outlive_the_rights(house: House) -> None:
    body, key = {"kind": "fire", "severity": "minor", "title": "冒烟", "location": list(world.centre(GROUP))}, {"Idempotency-Key": "before and after"}
    assert house.staff("auxiliary").post("/api/incidents", json=body, headers=key).status_code == 201
    assert house.staff("auxiliary").post("/api/incidents", json=body, headers=key).status_code == 201
    house.ask("UPDATE people_user SET role = 'auditor' WHERE username = 'auxiliary'")
    assert house.staff("auxiliary").post("/api/incidents", json=body, headers=key).status_code == 409
    house.ask("UPDATE people_user SET role = 'auxiliary' WHERE username = 'auxiliary'")
