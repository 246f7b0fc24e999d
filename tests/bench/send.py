"""``bench send``: the ledger of a warning to every other township, from the end of the countdown to the last delivery.

Ours are the clock's own steps: chunks, counters, audit, events. The floor is one bare ``INSERT … SELECT`` of the same rows into a
table of the same shape. The peer makes the same rows as objects, ``bulk_create`` by the thousand, as much code does; it makes a part
of them, and is reckoned up to all.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from tests.bench.databases import pointed_at
from tests.bench.warnings import due, half
from tests.house import Database

PEERS = 20_000
Say = Callable[[str], None]


def run(*, residents: int, rounds: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        residents: size of the register.
        rounds: how often each side writes; the medians are compared.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        Milliseconds and ratios as contracts.md names them; ``first`` until the first chunk, everybody's first phone, is
        committed, ``connected`` until the last connected resident's delivery is; ``lost`` counts people of the area without a
        delivery, and deliveries of nobody there.
    """
    say(f"making a county of {residents} residents")
    with Database("send", [sys.executable, "manage.py", "seed_county", "--residents", str(residents)]) as database, pointed_at(database.database):
        database.ask("VACUUM (ANALYZE) people_resident")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bare (LIKE broadcasts_delivery INCLUDING ALL)")
        turns = [one(say) for _ in range(rounds)]
        peer = objects(turns[0]["id"], turns[0]["rows"])
    median = {key: statistics.median(turn[key] for turn in turns) for key in ("ours", "floor", "first", "connected")}
    return {
        "bench": "send", "residents": residents, "rows": turns[0]["rows"], "rounds": rounds, **{key: round(value) for key, value in median.items()},
        "peer": round(peer), "ratio_to_floor": round(median["ours"] / median["floor"], 2), "ratio_to_peer": round(median["ours"] / peer, 3),
        "lost": sum(turn["lost"] for turn in turns),
    }  # fmt: skip


def one(say: Say) -> dict[str, Any]:
    """Send once by the clock's steps, and write the same rows bare."""
    from gridmap.broadcasts.models import Broadcast, Delivery
    from gridmap.broadcasts.sending import CONNECTED, send_step

    id = due(half())
    began = time.perf_counter()
    more = send_step(id)
    first = time.perf_counter() - began
    connected = 0.0
    while more:
        more = send_step(id)
        if not connected and Broadcast.objects.values_list("phase", flat=True).get(pk=id) > CONNECTED:
            connected = time.perf_counter() - began
    ours = time.perf_counter() - began
    broadcast = Broadcast.objects.get(pk=id)
    rows = Delivery.objects.filter(broadcast_id=id).count()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bare")
        began = time.perf_counter()
        cursor.execute(
            "INSERT INTO bare (broadcast_id, resident_id, no) SELECT %s, r.id, r.no FROM unnest(%s::int[], %s::int[]) AS w(a, b)"
            " JOIN people_resident r ON r.no >= w.a AND r.no < w.b",
            [id, broadcast.inside[::2], broadcast.inside[1::2]],
        )
        floor = time.perf_counter() - began
        cursor.execute(
            "SELECT count(*) FROM (SELECT resident_id FROM bare EXCEPT SELECT resident_id FROM broadcasts_delivery WHERE broadcast_id = %(id)s) m",
            {"id": id},
        )
        lost = int(cursor.fetchone()[0]) + abs(cursor_count(cursor) - rows)
    found = {"id": id, "rows": rows, "ours": ours * 1000, "floor": floor * 1000, "first": first * 1000, "connected": connected * 1000, "lost": lost}
    say(f"{rows} deliveries: first {first * 1000:.0f} ms, connected {connected * 1000:.0f} ms, all {ours * 1000:.0f} ms, bare {floor * 1000:.0f} ms")
    return found


def cursor_count(cursor: Any) -> int:
    """Count the bare rows."""
    cursor.execute("SELECT count(*) FROM bare")
    return int(cursor.fetchone()[0])


def objects(id: Any, rows: int) -> float:
    """Make a part of the deliveries as objects; gives the milliseconds that all of them would take."""
    from gridmap.broadcasts.models import Delivery

    part = list(Delivery.objects.filter(broadcast_id=id)[:PEERS])
    Delivery.objects.filter(broadcast_id=id).delete()
    began = time.perf_counter()
    Delivery.objects.bulk_create([Delivery(broadcast_id=row.broadcast_id, resident_id=row.resident_id, no=row.no) for row in part], batch_size=1000)
    return (time.perf_counter() - began) * 1000 * rows / max(1, len(part))
