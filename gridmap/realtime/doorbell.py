"""The doorbell: one LISTEN connection a process. It says "look", never what; losing a ring costs a second, no fact."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator

import psycopg2
from django.db import connection

from gridmap.realtime.log import CHANNEL

LOOK_ANYWAY_SECONDS = 1.0
logger = logging.getLogger(__name__)


async def rings() -> AsyncIterator[None]:
    """Yield whenever there may be something new: on each ring, after each reconnect, and once a second anyway."""
    while True:
        try:
            async for ring in _listen():
                yield ring
        except psycopg2.Error as error:
            logger.warning("doorbell: %s", str(error).strip().splitlines()[0] if str(error).strip() else type(error))
            await asyncio.sleep(random.uniform(0.1, 0.5))
            yield None


async def _listen() -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    listener = await loop.run_in_executor(None, connect)
    rung = asyncio.Event()
    rung.set()
    watched = listener.fileno()
    loop.add_reader(watched, rung.set)
    try:
        while True:
            try:
                await asyncio.wait_for(rung.wait(), LOOK_ANYWAY_SECONDS)
            except TimeoutError:
                pass
            rung.clear()
            listener.poll()
            listener.notifies.clear()
            yield None
    finally:
        # Also when the server cut it: the number is free again, and a watch left on it would make the next socket deaf.
        loop.remove_reader(watched)
        listener.close()


def connect(channel: str = CHANNEL) -> "psycopg2.extensions.connection":
    """Open a connection that listens to the doorbell, or to the clock's own."""
    listener = psycopg2.connect(**connection.get_connection_params())
    listener.autocommit = True
    with listener.cursor() as cursor:
        cursor.execute(f"LISTEN {channel}")
    return listener
