"""Reads of dispatches: what became of a broadcast's messages, group by group."""

from django.db import connection

from gridmap.access import Scope
from gridmap.broadcasts.models import Broadcast
from gridmap.broadcasts.tens import in_tens
from gridmap.dispatches.models import STUCK_AFTER
from gridmap.dispatches.schemas import DispatchesOut, DispatchesRow
from gridmap.grids.ranges import runs

STATES = ("waiting", "sent", "delivered", "failed")
# The group is that of the delivery: where the resident lived when it was sent. Who hears for somebody counts there too.
BY_GROUP = """
    SELECT d.no, count(*) FILTER (WHERE s.state = 'waiting' AND s.attempts < %s), count(*) FILTER (WHERE s.state = 'sent'),
           count(*) FILTER (WHERE s.state = 'delivered'), count(*) FILTER (WHERE s.state = 'failed' OR s.state = 'waiting' AND s.attempts >= %s)
    FROM dispatches_dispatch s JOIN broadcasts_delivery d USING (broadcast_id, resident_id)
    WHERE s.broadcast_id = %s AND s.state <> 'over'
      AND NOT EXISTS (SELECT 1 FROM dispatches_dispatch t WHERE t.broadcast_id = s.broadcast_id AND t.resident_id = s.resident_id
                      AND t.channel = s.channel AND t.outside = s.outside AND t.turn > s.turn AND t.state <> 'over')
    GROUP BY d.no ORDER BY d.no
"""


def dispatches_of(broadcast: Broadcast, scope: Scope) -> DispatchesOut:
    """Give how many messages of a broadcast wait, are with the provider, arrived and failed, within somebody's grids; of one
    that sensitive tags narrow in tens and not by group, to who may not count people by them."""
    with connection.cursor() as cursor:
        cursor.execute(BY_GROUP, [STUCK_AFTER, STUCK_AFTER, broadcast.pk])
        rows = [DispatchesRow(no=no, **dict(zip(STATES, counts, strict=True))) for no, *counts in cursor.fetchall() if scope.holds(no)]
    sums = {state: sum(getattr(row, state) for row in rows) for state in STATES}
    if broadcast.in_tens and not scope.may("tags.count"):
        whole = scope.holds_all(runs(broadcast.touched))  # of a part of it not even tens, as of its progress
        return DispatchesOut(**{state: in_tens(people, str(broadcast.pk)) * whole for state, people in sums.items()}, by_grid=[])
    return DispatchesOut(**sums, by_grid=rows)
