"""A phone is cut off, frozen or on a link of 1 kB/s: nobody else waits for it, nothing is claimed for it, it returns to everything."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Self

import pytest
from websockets.asyncio.client import ClientConnection, connect

from gridmap import cluster, web
from tests import world
from tests.faults.phones import LONGEST_PAUSE, SILENT_AFTER, PhoneProcess
from tests.faults.test_kill import is_whole
from tests.house import House, hear, hello, until
from tests.realtime.test_socket import is_broadcast, send

pytestmark = pytest.mark.long  # minutes, and a network namespace

OURS, THEIRS = "198.18.77.1", "198.18.77.2"  # from the range for trials of networks, which nobody has
FAR, NEAR = "430524001001001", "430524001001002"
VILLAGE = "430524001001"
CORNERS = 2_500
AT_ONCE = 2.0  # from the end of the countdown to a phone that listens
FOUND_OUT_WITHIN = 60.0  # a ping every 20 s, and 20 s for its answer
RETURNS_WITHIN = SILENT_AFTER + LONGEST_PAUSE + 10
SHOWN = "SELECT resident_id::text FROM broadcasts_delivery WHERE broadcast_id = %s AND stage >= 2"
ONLINE = "SELECT coalesce(online_until > now(), false) FROM edge_endpoint WHERE resident_id = %s"
STAGE = "SELECT stage FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = %s"
LATE = "SELECT extract(epoch FROM now() - sends_at)::float FROM broadcasts_broadcast WHERE id = %s"


class Link:
    """A network namespace at the end of a wire that can be cut; use it as a context."""

    def __init__(self) -> None:
        self.name, self.wire = f"gridmap-{os.getpid()}", f"gm{os.getpid()}"

    def __enter__(self) -> Self:
        try:
            run("ip", "netns", "add", self.name)
            run("ip", "link", "add", self.wire, "type", "veth", "peer", "name", "far", "netns", self.name)
            run("ip", "address", "add", f"{OURS}/30", "dev", self.wire)
            run("ip", "link", "set", self.wire, "up")
            run("ip", "-n", self.name, "address", "add", f"{THEIRS}/30", "dev", "far")
            self.mend()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        run("ip", "netns", "delete", self.name)  # and with it both ends of the wire

    def cut(self) -> None:
        """Let nothing through any more; neither end is told."""
        run("ip", "-n", self.name, "link", "set", "far", "down")

    def narrow(self) -> None:
        """Let a kilobyte a second through to the phone."""
        run("tc", "qdisc", "replace", "dev", self.wire, "root", "tbf", "rate", "8kbit", "burst", "1600", "limit", "4000")

    def mend(self) -> None:
        """Let everything through."""
        run("ip", "-n", self.name, "link", "set", "far", "up")
        run("tc", "qdisc", "replace", "dev", self.wire, "root", "pfifo")


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"this test needs a network namespace and may not make one on this machine: {' '.join(command)}: {done.stderr}"


class HouseOnTheLink(House):
    """A house whose web process listens at our end of the wire, so that nothing stands between it and the phone."""

    def __init__(self, name: str, fill: list[str]) -> None:
        super().__init__(name, fill)
        self.address = f"{OURS}:{self.port}"
        self.url = f"http://{self.address}"
        self.environment["GRIDMAP_HOSTS"] = OURS

    def socket(self, path: str, cookie: str, origin: str | None = None) -> connect:
        """Open a socket at our end of the wire."""
        return connect(
            f"ws://{self.address}{path}", origin=origin or self.url, additional_headers={"Cookie": cookie},  # type: ignore[arg-type]
            compression=None, ping_interval=None, open_timeout=20,
        )  # fmt: skip

    def start_web(self) -> None:
        """Start the web process at our end of the wire."""
        command = web.command("--host", OURS, "--port", str(self.port), application=self.application)
        self.web = subprocess.Popen(command, env=self.environment, cwd=cluster.ROOT, stdout=self._log(), stderr=subprocess.STDOUT)


@pytest.fixture(scope="module")
def link() -> Iterator[Link]:
    with Link() as made:
        yield made


@pytest.fixture(scope="module")
def house(link: Link) -> Iterator[HouseOnTheLink]:
    with HouseOnTheLink("cut", [sys.executable, "-m", "tests.world"]) as running:
        yield running


@pytest.fixture(autouse=True)
def mended(link: Link) -> Iterator[None]:
    yield
    link.mend()


async def reached(holds: Any, what: str, within: float = RETURNS_WITHIN) -> None:
    """Wait for a condition while the phone beside goes on living."""
    await asyncio.to_thread(until, holds, what, within)


async def warn(house: House, beside: ClientConnection, **changes: Any) -> str:
    """Send a warning to the village, and see that the phone beside hears it as if it were alone; gives the warning's id."""
    sent = await asyncio.to_thread(send, house, **{"selection": {"area": {"type": "grids", "codes": [VILLAGE]}}} | changes)
    await hear(beside, is_broadcast(sent["id"]))
    assert house.ask(LATE, sent["id"])[0][0] < AT_ONCE
    return str(sent["id"])


async def gone(house: House, beside: ClientConnection, far: world.Phone) -> str:
    """See that the server has found out that the phone is gone, and claims no more to have sent it anything; gives a warning's id."""
    await reached(lambda: house.ask(ONLINE, far.id) == [(False,)], "found out", FOUND_OUT_WITHIN)
    id = await warn(house, beside)
    assert house.ask(STAGE, id, far.id) == [(0,)]
    return id


async def everything(house: House, phone: PhoneProcess, far: world.Phone, *ids: str) -> None:
    """See that a phone that is back is given each warning, once a connection, and that no other than its own receipts are kept."""
    await reached(lambda: set(ids) <= set(phone.told()), "given everything")
    for id in ids:
        await reached(lambda id=id: house.ask(SHOWN, id) == [(far.id,)], "displayed")
        is_whole(house, id)
    connections = " ".join(phone.told()).split("welcome")
    assert all(len(set(words.split())) == len(words.split()) for words in connections), connections


@pytest.mark.parametrize("seconds", [10, pytest.param(90, marks=pytest.mark.long)])
async def test_a_phone_behind_a_cut_link_holds_up_nobody_and_returns_to_everything(house: HouseOnTheLink, link: Link, seconds: float) -> None:
    far = house.phone(FAR)
    with PhoneProcess(house.address, far.token, namespace=link.name) as phone:
        await reached(lambda: "caught_up" in phone.told(), "connected")
        async with house.phone_socket(house.phone(NEAR).token) as beside:
            await hello(beside)
            before = phone.told()
            link.cut()
            cut_until = time.monotonic() + seconds
            ids = [await warn(house, beside), await warn(house, beside)]
            if seconds > FOUND_OUT_WITHIN:
                ids.append(await gone(house, beside, far))
            await asyncio.sleep(max(0.0, cut_until - time.monotonic()))  # the cut itself: not a wait for a condition
            assert phone.told() == before
            assert [house.ask(SHOWN, id) for id in ids] == [[]] * len(ids)
            link.mend()
            await everything(house, phone, far, *ids)


@pytest.mark.parametrize("seconds", [15, pytest.param(300, marks=pytest.mark.long)])
async def test_a_frozen_phone_holds_up_nobody_and_thaws_to_everything(house: HouseOnTheLink, seconds: float) -> None:
    far = house.phone(FAR)
    with PhoneProcess(house.address, far.token) as phone:
        await reached(lambda: "caught_up" in phone.told(), "connected")
        async with house.phone_socket(house.phone(NEAR).token) as beside:
            await hello(beside)
            phone.freeze()
            frozen_until = time.monotonic() + seconds
            ids = [await warn(house, beside), await warn(house, beside)]
            if seconds > FOUND_OUT_WITHIN:
                ids.append(await gone(house, beside, far))
            await asyncio.sleep(max(0.0, frozen_until - time.monotonic()))  # the frost itself: not a wait for a condition
            assert [house.ask(SHOWN, id) for id in ids] == [[]] * len(ids)
            phone.thaw()
            await everything(house, phone, far, *ids)


async def test_a_phone_on_a_kilobyte_a_second_holds_up_nobody_and_gets_everything(house: HouseOnTheLink, link: Link) -> None:
    far = house.phone(FAR)
    with PhoneProcess(house.address, far.token, namespace=link.name) as phone:
        await reached(lambda: "caught_up" in phone.told(), "connected")
        async with house.phone_socket(house.phone(NEAR).token) as beside:
            await hello(beside)
            link.narrow()
            ids = [await warn(house, beside, description="水" * 500), await warn(house, beside), await warn(house, beside)]
            await everything(house, phone, far, *ids)


def along_a_river() -> dict[str, Any]:
    """Give an area that holds the village's people and has as many corners as one traced along a river: 60 kB."""
    turns = [2 * math.pi * n / CORNERS for n in range(CORNERS)]
    ring = [[round(111.005 + 0.0045 * math.cos(turn), 7), round(27.01 + 0.0095 * math.sin(turn), 7)] for turn in turns]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


@pytest.mark.long
async def test_a_warning_with_a_long_border_comes_through_a_kilobyte_a_second(house: HouseOnTheLink, link: Link) -> None:
    """The page gives up a link that was silent for 20 s, and a message is silence until its last byte is there."""
    far = house.phone(FAR)
    with PhoneProcess(house.address, far.token, namespace=link.name) as phone:
        await reached(lambda: "caught_up" in phone.told(), "connected")
        async with house.phone_socket(house.phone(NEAR).token) as beside:
            await hello(beside)
            link.narrow()
            id = await warn(house, beside, selection={"area": along_a_river()})
            await reached(lambda: id in phone.told(), "through", 150)
    is_whole(house, id)
