"""All web processes die with 2,000 phones listening while a warning goes out; the herd comes back, and nobody misses anything."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import world
from tests.faults.phones import Phone
from tests.faults.test_kill import is_whole, state
from tests.house import House, until
from tests.realtime.test_socket import send

pytestmark = pytest.mark.long  # 50 s, and both cores

PHONES = 2_000
HEALS_WITHIN = 60.0
VILLAGE = "430524001001"
STAGES = "SELECT resident_id::text FROM broadcasts_delivery WHERE broadcast_id = %s AND stage >= %s"
OF_PHONES = "SELECT resident_id::text FROM edge_endpoint WHERE token_hash = ANY(%s)"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """The tiny world with 2,000 phones more in one of its groups."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a socket a phone, here and in the web process that inherits it
    with House("herd", [sys.executable, "-m", "tests.faults.test_herd"]) as running:
        yield running
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def reached(holds: object, what: str, within: float = HEALS_WITHIN) -> None:
    """Wait for a condition while the phones go on living."""
    await asyncio.to_thread(until, holds, what, within)


async def test_the_herd_comes_back_within_a_minute_and_each_phone_has_both_warnings(house: House) -> None:
    phones = [Phone(house.url.removeprefix("http://"), token) for token in house.demo["crowd"]]
    living = [asyncio.create_task(phone.live()) for phone in phones]
    try:
        await reached(lambda: all(phone.heard and phone.heard[0] == ["welcome", "caught_up"] for phone in phones), "all connected")
        first, second = await asyncio.to_thread(warn, house), await asyncio.to_thread(warn, house)
        begun = asyncio.Event()
        assert house.clock is not None

        def die(word: str) -> None:
            if not begun.is_set():
                begun.set()
                house.kill_web()  # the first phone has it; for many it is still on its way
                house.clock.send_signal(signal.SIGSTOP)  # only so that the second goes out while the herd is coming back

        for phone in phones:
            phone.told = die
        await asyncio.wait_for(begun.wait(), 30)
        house.start_web()
        back_at = time.monotonic()
        await reached(lambda: sum("caught_up" in phone.heard[-1] for phone in phones if len(phone.heard) > 1) > PHONES // 10, "a tenth is back")
        assert state(house, second) == "countdown"
        house.clock.send_signal(signal.SIGCONT)
        await reached(lambda: all(len(phone.heard) > 1 and "caught_up" in phone.heard[-1] for phone in phones), "the herd caught up")
        assert time.monotonic() - back_at < HEALS_WITHIN
        await reached(lambda: all(second in phone.heard[-1] for phone in phones), "the second warning at every phone")
        assert sum(first in phone.heard[0] for phone in phones) < PHONES  # the kill was in the middle
        live = 0
        for phone in phones:
            last = phone.heard[-1]
            caught_up = last.index("caught_up")
            assert last[:2] == ["welcome", first]
            assert sorted(last) == sorted(["welcome", "caught_up", first, second])
            assert phone.shown == [first, second]
            live += last.index(second) > caught_up
        assert 0 < live < PHONES  # the second warning went out while the herd was coming back
        await reached(lambda: all(len(house.ask(STAGES, id, 2)) == PHONES for id in (first, second)), "every receipt kept")
    finally:
        for life in living:
            life.cancel()
        await asyncio.gather(*living, return_exceptions=True)
    await reached(lambda: state(house, first) == state(house, second) == "in_force", "in force")
    ours = {id for (id,) in house.ask(OF_PHONES, hashes(house.demo["crowd"]))}
    for id in (first, second):
        is_whole(house, id)
        # Two of the tiny world's own have a phone there too, which is off: nothing was pushed to it.
        assert {resident for (resident,) in house.ask(STAGES, id, 1)} == {resident for (resident,) in house.ask(STAGES, id, 2)} == ours


def warn(house: House) -> str:
    """Send a warning to the herd's village; gives its id."""
    return str(send(house, selection={"area": {"type": "grids", "codes": [VILLAGE]}})["id"])


def hashes(tokens: list[str]) -> list[str]:
    from gridmap.tokens import hashed

    return [hashed(token) for token in tokens]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmap.settings")
    import django

    django.setup()
    from tests.bench.fanout import join

    Path(os.environ["GRIDMAP_DEMO_FILE"]).write_text(json.dumps(world.build() | {"crowd": join(PHONES)}))
