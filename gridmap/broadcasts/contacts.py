"""Who in an area has no phone and is told by somebody who hears for them."""

from django.db import connection

from gridmap.broadcasts.audience import of_place
from gridmap.broadcasts.members import TAGGED
from gridmap.broadcasts.selection import Place

# From the side of those who are heard for: they are few, whatever the area. The same membership as members.MEMBERS; nobody passes by with
# a place that no phone shared.
HEARD = f"""
SELECT r.no, count(*) FROM people_resident r
WHERE r.phone_index IS NULL AND r.id IN (SELECT h.heard_for FROM edge_hearing h WHERE h.active)
  AND (EXISTS (SELECT 1 FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b) WHERE r.no >= w.a AND r.no < w.b)
       OR r.no = ANY(%(cut)s::int[]) AND CASE WHEN r.place IS NULL THEN true ELSE ST_Covers(%(area)s::geometry, r.place) END)
  {TAGGED}
GROUP BY r.no
"""


def heard(place: Place) -> dict[int, int]:
    """Count who in an area has no phone of their own but a contact who agreed, as they did; inside a transaction of staff.

    Args:
        place: a checked selection.

    Returns:
        How many by group number, of groups with anybody.
    """
    with connection.cursor() as cursor:
        cursor.execute(HEARD, of_place(place))
        return dict(cursor.fetchall())
