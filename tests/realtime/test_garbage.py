"""A full garbage collection walks every object of every socket: it waits while a warning goes out, and comes after it."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import asyncio, gc, time
from gridmap.realtime import garbage

full = []
gc.callbacks.append(lambda phase, about: full.append(phase) if about["generation"] == 2 else None)

async def day():
    garbage.hold_back()
    begun = len(full)
    garbage.LOOK_SECONDS, garbage.QUIET_SECONDS = 0.01, 0.5
    job = asyncio.create_task(garbage.collect_for_ever())
    garbage.note_sending()
    until = time.monotonic() + 0.3
    while time.monotonic() < until:  # as many containers as thousands of sockets make
        kept = [[n] for n in range(50_000)]
        await asyncio.sleep(0)
    print(len(full) - begun, end=" ")
    while len(full) == begun:
        await asyncio.sleep(0.01)
    print("collected")
    job.cancel()

asyncio.run(day())
"""


def test_a_full_collection_waits_until_nothing_is_sent_any_more() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "0 collected\n", done.stderr
