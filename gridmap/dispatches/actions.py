"""Writes of dispatches: who gets an SMS, what became of it."""

import logging
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from gridmap.audit import log as audit
from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import URGENT, Broadcast, Delivery, MessageType
from gridmap.broadcasts.quiet import waits_for_morning
from gridmap.broadcasts.tens import in_tens
from gridmap.dispatches.contract import settle
from gridmap.dispatches.models import Dispatch, State
from gridmap.dispatches.schemas import Report
from gridmap.grids.ranges import runs, whole
from gridmap.one_by_one import one_by_one

logger = logging.getLogger(__name__)
QUEUE = (Path(__file__).parent / "sql" / "queue.sql").read_text(encoding="utf-8")


def queue_due() -> int:
    """Queue an SMS for everybody whom a broadcast in force has not reached in the time that its level gives; run by the clock.

    Returns:
        How many were queued.

    Raises:
        PassedOverError: some could not be; all the others were.
    """
    if not settings.SMS_URL:
        return 0
    return one_by_one(queue, Broadcast.objects.live().exclude(started_at=None).order_by("started_at"))


@transaction.atomic
def queue(broadcast: Broadcast) -> int:
    """Queue one broadcast's messages: to those joined whom it has not reached in time, and at once to those who got an SMS of
    an earlier version, also outside now. Nobody gets two."""
    if waits_for_morning(broadcast):
        return 0  # sent in the evening it wakes nobody at midnight
    # Danger is danger, whatever level was forgotten.
    seconds = settings.SMS_AFTER.get(broadcast.level, settings.SMS_AFTER["orange"] if broadcast.kind in URGENT else None)
    urgent = broadcast.kind == "danger_notice" or broadcast.level in ("red", "orange")  # as push.py has it for the socket
    anew = seconds is not None and broadcast.message_type != MessageType.CANCEL
    if not anew and broadcast.version == 1:
        return 0  # a routine message: no need to look at all its deliveries, every ten seconds
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, {"id": broadcast.pk, "chain": broadcast.chain, "anew": anew, "seconds": seconds or 0, "urgent": urgent, "kinds": list(URGENT)})
        queued = int(cursor.rowcount)
    if queued:
        audit.record("dispatches.queued", actor=None, subject=broadcast.pk, about=whole(runs(broadcast.touched)), messages=in_tens(queued, str(broadcast.pk)) if broadcast.in_tens else queued)
    return queued


@transaction.atomic
def receive_reports(channel: str, reports: Iterable[Report]) -> int:
    """Take a provider's reports; late and doubled ones change nothing that is known better.

    Returns:
        How many are of messages that are not known yet: a report may overtake the answer to its own message.
    """
    said = list(reports)
    ledger.lock()  # before the dispatches' rows, as merging doubles takes them
    mine = Dispatch.objects.select_for_update().filter(channel=channel, provider_id__in={report.provider_id for report in said})
    known = {row.provider_id: row for row in mine.order_by("pk")}
    arrived: dict[tuple[UUID, bool], list[str]] = {}
    for report in said:
        row = known.get(report.provider_id)
        if row is None or row.state == State.DELIVERED:
            continue
        delivered = report.status == "delivered"
        row.state = State.DELIVERED if delivered else State.FAILED
        Dispatch.objects.filter(pk=row.pk).update(state=row.state, refused=report.reason, settled_at=Now())
        if delivered:
            arrived.setdefault((row.broadcast_id, row.outside), []).append(str(row.resident_id))
    for (broadcast, outside), residents in sorted(arrived.items()):
        # That they are outside is not that they were told they are inside now.
        still = Delivery.objects.filter(broadcast_id=broadcast, resident_id__in=residents, beyond=outside).values_list("resident_id", flat=True)
        settle(channel, "delivered", broadcast, [str(id) for id in still])
    unknown = len({report.provider_id for report in said} - set(known))
    if not unknown:
        return 0
    # Only while somebody waits for an answer of the gateway may it be one of ours; else it never will be, and bringing it again helps nobody.
    logger.info("%s: %d reports of no message that is known", channel, unknown)
    on_its_way = Dispatch.objects.filter(channel=channel, state=State.WAITING, attempts__gt=0, next_at__gt=Now()).exists()
    return unknown if on_its_way else 0
