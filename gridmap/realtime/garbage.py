"""When Python looks for garbage: not while a warning goes out.

A full collection walks every object of every socket. Measured with 9,500 sockets it stopped the process for 500 to
1,300 ms, in the middle of one round in seven; without it the slowest round was as fast as the others. What is not part
of a cycle is freed at once as ever, and young cycles are still collected as they come.
"""

import asyncio
import gc
import time

LOOK_SECONDS = 30.0
QUIET_SECONDS = 60.0
LONGEST_SECONDS = 1800.0
NEVER = 1_000_000_000
told_at = 0.0


def hold_back() -> None:
    """Leave full collections to ``collect_for_ever``, and what was imported so far out of them for good."""
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)


def note_sending() -> None:
    """Note that residents are being told something now."""
    global told_at
    told_at = time.monotonic()


async def collect_for_ever() -> None:
    """Collect when no broadcast went out for a minute, and at the latest every half hour."""
    collected = time.monotonic()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = time.monotonic()
        if now - collected > LONGEST_SECONDS or (now - told_at > QUIET_SECONDS and gc.get_count()[2] > 0):
            gc.collect()
            collected = time.monotonic()
