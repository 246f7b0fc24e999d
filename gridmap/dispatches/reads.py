"""Reads of dispatches: what became of a broadcast's messages, group by group."""

from uuid import UUID

from django.db import connection

from gridmap.dispatches.schemas import DispatchesOut, DispatchesRow
from gridmap.grids.ranges import Ranges, hold

STATES = ("waiting", "sent", "delivered", "failed")
# The group is that of the delivery: where the resident lived when it was sent. Who hears for somebody counts there too.
BY_GROUP = """
    SELECT d.no, count(*) FILTER (WHERE s.state = 'waiting'), count(*) FILTER (WHERE s.state = 'sent'),
           count(*) FILTER (WHERE s.state = 'delivered'), count(*) FILTER (WHERE s.state = 'failed')
    FROM dispatches_dispatch s JOIN broadcasts_delivery d USING (broadcast_id, resident_id)
    WHERE s.broadcast_id = %s AND s.state <> 'over' GROUP BY d.no ORDER BY d.no
"""


def dispatches_of(broadcast: UUID, ranges: Ranges) -> DispatchesOut:
    """Give how many messages of a broadcast wait, are with the provider, arrived and failed.

    Args:
        broadcast: which.
        ranges: the group numbers that the reader may see, half open.
    """
    with connection.cursor() as cursor:
        cursor.execute(BY_GROUP, [broadcast])
        rows = [DispatchesRow(no=no, **dict(zip(STATES, counts, strict=True))) for no, *counts in cursor.fetchall() if hold(ranges, no)]
    return DispatchesOut(**{state: sum(getattr(row, state) for row in rows) for state in STATES}, by_grid=rows)
