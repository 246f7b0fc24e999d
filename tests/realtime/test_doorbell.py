"""The doorbell's connection may be cut at any time: it is opened again, and nothing of the old one is left behind."""

from __future__ import annotations

from contextlib import AsyncExitStack

from tests.house import House, hello, until

BELL = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query IN ('LISTEN gridmap', 'LISTEN gridmap_clock')"


async def test_sockets_opened_while_the_doorbell_is_cut_are_heard(house: House) -> None:
    """A watch left on the old connection's number would keep the next socket that gets this number from being heard."""
    token = house.phone("430524001001001").token
    for _ in range(4):
        before = until(lambda: house.ask(BELL), "listening")
        house.ask(f"SELECT pg_terminate_backend(pid) FROM ({BELL}) bells")
        async with AsyncExitStack() as sockets:
            for _ in range(6):
                await hello(await sockets.enter_async_context(house.phone_socket(token)))
            until(lambda before=before: len(now := house.ask(BELL)) == len(before) and not {*now} & {*before}, "listening again")
