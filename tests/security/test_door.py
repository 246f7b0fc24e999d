"""What comes to the door of a real web process: floods, NULs, forms, broken-off sockets. Everybody else stays served."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator

import httpx
import pytest

from tests import world
from tests.bench.clients import masked
from tests.house import House, hello, until

GROUP = "430524001001001"


def raw(house: House, head: str) -> socket.socket:
    """Open a bare connection and send the beginning of a request."""
    connection = socket.create_connection(("127.0.0.1", house.port), timeout=10)
    connection.sendall(head.encode())
    return connection


def upgraded(house: House, path: str, cookie: str) -> socket.socket:
    """Open a WebSocket by hand, so that it can be broken off in ways no library would."""
    connection = raw(
        house,
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\nOrigin: {house.url}\r\nCookie: {cookie}\r\n\r\n",
    )
    assert b" 101 " in connection.recv(4096)
    return connection


def break_off(connection: socket.socket) -> None:
    """End a connection with a reset, as a lost network does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("address", ["/", "/wall", "/api/session", "/tiles/grids/1/8/206/107.mvt"])
def test_a_cookie_with_a_nul_is_no_cookie(house: House, address: str) -> None:
    answer = httpx.get(house.url + address, headers={"Cookie": r'gridmap_session="\000aaaaaaaaaa"'})
    assert answer.status_code in (302, 401)


@pytest.mark.parametrize("address", ["/api/grids/%00", "/api/coverage/%00/missed", "/api/incidents?under=%00", "/api/residents?under=%00"])
def test_an_address_with_a_nul_is_not_there(house: House, address: str) -> None:
    assert house.staff("planner").get(address).status_code == 404


def test_a_form_is_refused_before_anything_reads_it(house: House) -> None:
    files = {"file": ("a.txt", b"x")}
    for caller, address in ((house.staff("planner"), "/api/broadcasts/preview"), (house.staff("officer"), "/api/incidents")):
        answer = caller.post(address, files=files)
        assert (answer.status_code, answer.json()["code"]) == (415, "request.not_json")


def test_a_body_that_never_ends_is_cut_off_at_a_megabyte(house: House) -> None:
    def flood() -> Iterator[bytes]:
        for _ in range(200):
            yield b"a" * 65536

    try:
        answer = httpx.post(f"{house.url}/nowhere", content=flood(), headers={"Content-Type": "application/json"})
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return  # cut off while still sending
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_a_head_that_never_ends_is_cut_off(house: House) -> None:
    connection = raw(house, "GET / HTTP/1.1\r\nHost: x\r\nX: ")
    with connection, pytest.raises(ConnectionError):
        for _ in range(2000):
            connection.sendall(b"a" * 65536)
    assert httpx.get(f"{house.url}/healthz").status_code == 200


def test_a_number_of_four_hundred_digits_is_refused_with_its_place(house: House) -> None:
    huge = "1" + "0" * 400
    body = f'{{"selection": {{"area": {{"type": "circle", "center": [{huge}, 27.0], "radius_m": 10}}}}}}'
    answer = house.staff("planner").post("/api/broadcasts/preview", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["where"]["fault"]) == (422, "not_finite")


def test_pages_go_out_with_a_policy_wherever_they_are_read(house: House) -> None:
    for address in ("/sign-in", "/static/plan.html", "/static/me.html"):
        headers = httpx.get(house.url + address).headers
        assert "script-src 'self'" in headers["content-security-policy"], address
        assert headers["x-frame-options"] == "DENY", address
        assert "access-control-allow-origin" not in headers, address


def test_many_tries_at_once_are_not_judged_at_once(house: House) -> None:
    async def flood() -> list[int]:
        async with httpx.AsyncClient(base_url=house.url, headers={"Origin": house.url}, timeout=30) as client:
            tries = [client.post("/api/session", json={"username": "auxiliary", "password": f"wrong {n}"}) for n in range(30)]
            return [answer.status_code for answer in await asyncio.gather(*tries)]

    codes = asyncio.run(flood())
    assert codes.count(401) <= 5
    assert set(codes) == {401, 429}
    house.ask("DELETE FROM people_signinfailure")


def test_a_phone_that_breaks_off_is_not_online(house: House) -> None:
    phone = house.phone(GROUP)
    for frame in (b'{"type":"hello","since":null}', b'{"type":"hello"}'):
        connection = upgraded(house, "/ws/resident", f"gridmap_device={phone.token}")
        connection.sendall(masked(frame))
        break_off(connection)
    broken = upgraded(house, "/ws/resident", f"gridmap_device={phone.token}")
    broken.sendall(masked(b'{"type":"hello"}') + masked(b'{"type":"receipt","broadcast":"x","stage":[]}'))
    until(lambda: b"bad_frame" in broken.recv(4096), "the frame refused")
    break_off(broken)
    offline = "SELECT online_until IS NULL FROM edge_endpoint WHERE resident_id = %s"
    until(lambda: all(row[0] for row in house.ask(offline, phone.id)), "offline")


async def test_a_broken_off_staff_socket_neither_ends_the_server_nor_keeps_others_rights(house: House) -> None:
    web = house.web
    doomed = httpx.AsyncClient(base_url=house.url, headers={"Origin": house.url})
    csrf = (await doomed.post("/api/session", json={"username": "head", "password": world.PASSWORD})).json()["csrf"]
    cookie = f"gridmap_session={doomed.cookies['gridmap_session']}"
    for _ in range(10):
        connection = upgraded(house, "/ws/staff", cookie)
        connection.sendall(masked(b'{"type":"hello","since":0}'))
        break_off(connection)
    async with house.socket("/ws/staff", cookie) as open_one:
        await hello(open_one)
        await doomed.delete("/api/session", headers={"X-CSRFToken": csrf})
        async with asyncio.timeout(8):
            await open_one.wait_closed()
        assert open_one.close_code == 4009
    assert web is not None
    assert web.poll() is None
    assert (await doomed.get("/healthz")).status_code == 200
    await doomed.aclose()


def test_half_a_body_is_no_body(house: House) -> None:
    """A caller that goes in the middle has said nothing, even where what came could be read."""
    before = house.ask("SELECT count(*) FROM incidents_incident")
    said = '{"kind": "fire", "severity": "minor", "title": "half", "location": [111.005, 27.005]}'
    client = house.staff("planner")
    head = (
        f"POST /api/incidents HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nOrigin: {house.url}\r\nContent-Type: application/json\r\n"
        f"Cookie: gridmap_session={client.cookies['gridmap_session']}; gridmap_csrf={client.cookies['gridmap_csrf']}\r\n"
        f"X-CSRFToken: {client.headers['X-CSRFToken']}\r\nContent-Length: {len(said) + 10}\r\n\r\n{said}"
    )
    break_off(raw(house, head))
    assert client.post("/api/incidents", content=said, headers={"Content-Type": "application/json"}).status_code == 201
    assert house.ask("SELECT count(*) FROM incidents_incident") == [(before[0][0] + 1,)]
