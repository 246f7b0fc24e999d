"""``bench acks``: what phones say, displayed and then acknowledged, taken in batches as a web process takes them.

Ours is the whole way of a batch: whom else somebody hears for, the ledger with its counters and history, the event. The floor
is one bare UPDATE of the same rows from the same arrays. The peer saves one object after the other, and is reckoned up.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from tests.bench.databases import pointed_at
from tests.bench.warnings import due, half
from tests.house import Database

BATCH, PEERS = 5_000, 1_000
Say = Callable[[str], None]


def run(*, residents: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        residents: size of the register; every other township is warned, and a tenth of it answers.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        Milliseconds and ratios as contracts.md names them; ``per_second`` receipts on one worker; ``replayed`` milliseconds of the
        same receipts again; ``lost`` counts deliveries that stand otherwise than was said, and counters that differ from a recount.
    """
    say(f"making a county of {residents} residents")
    with Database("acks", [sys.executable, "manage.py", "seed_county", "--residents", str(residents)]) as database, pointed_at(database.database):
        from gridmap.broadcasts.models import Delivery
        from gridmap.broadcasts.sending import send_step

        id = due(half())
        while send_step(id):
            pass
        everybody = list(Delivery.objects.filter(broadcast_id=id).order_by("resident_id").values_list("resident_id", flat=True))
        answering = everybody[: max(BATCH, len(everybody) // 10)]
        database.ask("VACUUM (ANALYZE) broadcasts_delivery")
        say(f"{len(answering)} phones of {len(everybody)}")
        floor = bare(id, answering)
        ours = said(id, answering)
        replayed = said(id, answering)
        lost = wrong(id, answering)
        peer = one_by_one(id, everybody[-PEERS:]) * len(answering) / PEERS
    receipts = 2 * len(answering)
    return {
        "bench": "acks", "residents": residents, "receipts": receipts, "ours": round(ours), "floor": round(floor), "peer": round(peer),
        "ratio_to_floor": round(ours / floor, 2), "ratio_to_peer": round(ours / peer, 3), "per_second": round(receipts / ours * 1000),
        "replayed": round(replayed), "lost": lost,
    }  # fmt: skip


def said(id: UUID, people: list[UUID]) -> float:
    """Take displayed and then acknowledged from everybody; gives milliseconds."""
    from gridmap.broadcasts.ledger import Word
    from gridmap.edge.actions import take_receipts

    began = time.perf_counter()
    for stage in ("displayed", "acknowledged"):
        for start in range(0, len(people), BATCH):
            take_receipts([Word(id, resident, stage=stage) for resident in people[start : start + BATCH]])
    return (time.perf_counter() - began) * 1000


def bare(id: UUID, people: list[UUID]) -> float:
    """Move the same rows up twice with nothing beside it, and put them back."""
    began = time.perf_counter()
    for stage in (2, 3):
        for start in range(0, len(people), BATCH):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE broadcasts_delivery d SET stage = %s FROM unnest(%s::uuid[]) AS w(id) WHERE d.broadcast_id = %s AND d.resident_id = w.id",
                    [stage, people[start : start + BATCH], id],
                )
    took = (time.perf_counter() - began) * 1000
    with connection.cursor() as cursor:
        cursor.execute("UPDATE broadcasts_delivery SET stage = 0 WHERE broadcast_id = %s AND stage > 0", [id])
    return took


def one_by_one(id: UUID, people: list[UUID]) -> float:
    """Save each receipt as an object of its own, a transaction each."""
    from gridmap.broadcasts.models import Delivery, Receipt

    began = time.perf_counter()
    for stage, word in ((2, "displayed"), (3, "acknowledged")):
        for resident in people:
            with transaction.atomic():
                Delivery.objects.filter(broadcast_id=id, resident_id=resident).update(stage=stage)
                Receipt.objects.create(broadcast_id=id, resident_id=resident, stage=word, source="resident")
    return (time.perf_counter() - began) * 1000


def wrong(id: UUID, people: list[UUID]) -> int:
    """Count what stands otherwise than was said."""
    from django.db.models import Sum

    from gridmap.broadcasts.models import Delivery, DeliveryCount, Receipt

    there = Delivery.objects.filter(broadcast_id=id, stage=3).count()
    counted = DeliveryCount.objects.filter(broadcast_id=id).aggregate(n=Sum("acknowledged"), m=Sum("displayed"))
    history = Receipt.objects.filter(broadcast_id=id).count()
    return abs(there - len(people)) + abs(counted["n"] - there) + abs(counted["m"] - there) + abs(history - 2 * len(people))
