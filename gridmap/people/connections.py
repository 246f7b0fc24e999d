"""From the edge to the register: who is connected, by the signs of life of their phones."""

from django.db import connection, transaction

from gridmap.audit import log as audit
from gridmap.edge.models import Endpoint
from gridmap.people import coverage
from gridmap.realtime.events import CoverageChanged
from gridmap.realtime.log import publish

CONNECTED_DAYS = 30
MOST = 5000

# Endpoints whose sign of life has crossed the limit since they were last counted, in either direction.
OVER_THE_LIMIT = """
    (SELECT id, resident_id FROM edge_endpoint WHERE counted AND seen_at < now() - make_interval(days => %(days)s) LIMIT %(most)s)
  UNION
    (SELECT id, resident_id FROM edge_endpoint WHERE counted AND revoked LIMIT %(most)s)
  UNION
    (SELECT id, resident_id FROM edge_endpoint WHERE NOT counted AND NOT revoked AND seen_at >= now() - make_interval(days => %(days)s)
     LIMIT %(most)s)
"""
LOCKED = f"""
SELECT 1 FROM people_resident WHERE id IN (SELECT resident_id FROM ({OVER_THE_LIMIT}) c) ORDER BY id FOR NO KEY UPDATE
"""
CROSSED = f"""
WITH crossed AS ({OVER_THE_LIMIT}),
marked AS (
    UPDATE edge_endpoint e SET counted = (NOT e.revoked AND e.seen_at >= now() - make_interval(days => %(days)s)) FROM crossed c WHERE c.id = e.id
)
UPDATE people_resident r
SET connected = alive.any, joined = alive.kept
FROM (
    SELECT c.resident_id, bool_or(e.seen_at >= now() - make_interval(days => %(days)s) AND NOT e.revoked) AS any,
           bool_or(NOT e.revoked) AS kept
    FROM crossed c JOIN edge_endpoint e ON e.resident_id = c.resident_id GROUP BY c.resident_id
) alive
WHERE alive.resident_id = r.id AND (r.connected, r.joined) IS DISTINCT FROM (alive.any, alive.kept)
RETURNING r.no
"""


@transaction.atomic
def follow_connections() -> int:
    """Count in the phones that gave a sign of life again, and out those silent for 30 days or taken out; run by the clock.

    Returns:
        How many residents changed.
    """
    with connection.cursor() as cursor:  # in a statement of its own: after waiting for somebody's row it would count by what it saw before
        cursor.execute(LOCKED, {"days": CONNECTED_DAYS, "most": MOST})
    revoked = list(Endpoint.objects.filter(counted=True, revoked=True).values_list("pk", "resident_id", "no")[:MOST])
    with connection.cursor() as cursor:
        cursor.execute(CROSSED, {"days": CONNECTED_DAYS, "most": MOST})
        numbers = [no for (no,) in cursor.fetchall()]
    # After the rows, as everybody does: whoever takes the audit's lock first waits for rows that others hold.
    for id, resident, no in revoked:
        audit.record("device.revoked", actor=None, subject=resident, about=(no, no + 1), device=str(id))
    if numbers:
        ranges = [(no, no + 1) for no in sorted(set(numbers))]
        publish(CoverageChanged(by_no=coverage.rows(ranges)), ranges=ranges)
    return len(numbers)
