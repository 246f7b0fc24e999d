"""The event log: facts in the order in which their changes were committed.

A sequence number is drawn under one advisory lock held to the end of the transaction. Without it a reader that
polls ``seq > last`` skips events whose transaction committed late (measured: 151 to 479 of 1,200 lost; with it none).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from gridmap.realtime.events import Fact
from gridmap.realtime.models import Event

CHANNEL, CLOCK_CHANNEL = "gridmap", "gridmap_clock"
LOCK = 430_524_001
KEEP_HOURS = 72
LEAP = 1_000_000  # a gap between two numbers that no rollbacks make: the log began anew between them
COLUMNS = ("seq", "at", "type", "topics", "ranges", "data")


@dataclass(frozen=True)
class Row:
    """One event as read from the log."""

    seq: int
    at: str
    type: str
    topics: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]
    data: dict[str, Any]


def publish(*facts: Fact, ranges: Sequence[tuple[int, int]], topics: Sequence[str] = ("staff",)) -> int:
    """Write facts into the log and ring the doorbell when the transaction commits; the last line of every action.

    Args:
        facts: what happened, in order.
        ranges: the group numbers it is about, half open; nobody whose grids lie outside them hears of it.
        topics: ``staff``, ``desk`` (planners and commanders), ``exact`` or ``tens`` (staff who may count people by sensitive
            tags, and those who may not), ``edge`` (residents' sockets).

    Returns:
        The last sequence number.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("publish belongs into the transaction of the change")
    flat = [number for pair in ranges for number in pair]
    seq = 0
    with connection.cursor() as cursor:
        # Deferred foreign keys would be checked at commit, while the lock is held: on a large send that took 5.7 s.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT realtime_follow_history()")
        for fact in facts:
            cursor.execute(
                "INSERT INTO realtime_event (type, topics, ranges, data) VALUES (%s, %s, %s, %s) RETURNING seq",
                [fact.type, list(topics), flat, orjson.dumps(fact.model_dump(mode="json")).decode()],
            )
            seq = cursor.fetchone()[0]
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return seq


def ring_clock() -> None:
    """Wake the clock when the transaction commits, for something that is due now or soon.

    It has a bell of its own: every receipt rings the other one, and would have it look for sends in vain.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CLOCK_CHANNEL])


def since(seq: int, limit: int = 500, until: int | None = None) -> list[Row]:
    """Read the events after a sequence number, oldest first, at most ``limit`` and not beyond ``until``."""
    events = Event.objects.filter(seq__gt=seq).order_by("seq")
    if until is not None:
        events = events.filter(seq__lte=until)
    return [_row(*values) for values in events.values_list(*COLUMNS)[:limit]]


def last() -> int:
    """Give the newest sequence number, 0 for an empty log."""
    return Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def holds(seq: int) -> bool:
    """Say whether everything after a client's number is still here, and the number is not from another history."""
    first = Event.objects.order_by("seq").values_list("seq", flat=True).first()
    return seq <= last() and (first is None or first <= seq + 1)


def forget() -> int:
    """Drop what is older than three days; a client that was away longer is told to resync.

    Returns:
        How many events.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM realtime_event WHERE at < now() - make_interval(hours => %s)", [KEEP_HOURS])
        return cursor.rowcount


def _row(seq: int, at: Any, kind: str, topics: list[str], ranges: list[int], data: dict[str, Any]) -> Row:
    return Row(seq, at.isoformat(), kind, tuple(topics), tuple(zip(ranges[::2], ranges[1::2], strict=True)), data)
