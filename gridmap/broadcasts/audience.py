"""How many are in an area, exactly; who counts as in it, members.py says.

A resident is in the area when their group counts whole, or when their group is cut by its border and their place is
covered by the area, or not known. Counting reads the counters of whole groups, which the database keeps in step with
the register, and people only where the border cuts: it costs by the border and not by the area.
"""

from contextlib import nullcontext
from typing import Any

import shapely
from django.db import connection

from geodata import shapes
from gridmap.broadcasts.members import IN_CUT, parameters
from gridmap.broadcasts.schemas import GroupCountOut, PreviewOut
from gridmap.broadcasts.selection import Place
from gridmap.errors import Invalid
from gridmap.walls import audience_side

# A household whose people live in two groups counts in both, as it does in coverage.
COUNT = f"""
    SELECT c.no, c.registered, c.connected, c.away, c.households
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN people_groupcount c ON c.no >= w.a AND c.no < w.b WHERE c.registered > 0
  UNION ALL
    SELECT no, count(*), count(*) FILTER (WHERE connected), count(*) FILTER (WHERE presence = 'away'),
           count(DISTINCT household_id)
    FROM ({IN_CUT}) m GROUP BY no
ORDER BY 1
"""

# With tags: of the whole groups those who carry one of the first list, by the labels' own index, and all that the other
# lists and the exclusions ask of them; so it costs by who carries a tag and not by who lives there.
CARRYING = """
WITH hit AS (
    SELECT DISTINCT t.resident_id, t.no, t.household, t.connected, t.away
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN tags_tagging t ON t.label = ANY(%(first)s::bigint[]) AND t.no >= w.a AND t.no < w.b
)
    SELECT no, count(*), count(*) FILTER (WHERE connected), count(*) FILTER (WHERE away), count(DISTINCT household) FROM hit h
    WHERE (SELECT count(DISTINCT w.list) FROM unnest(%(labels)s::bigint[], %(lists)s::int[]) AS w(label, list)
           JOIN tags_tagging t ON t.resident_id = h.resident_id AND t.label = w.label WHERE w.list > 0) = %(wanted)s - 1
      AND NOT EXISTS (SELECT 1 FROM tags_tagging t WHERE t.resident_id = h.resident_id AND t.label = ANY(%(none_of)s::bigint[]))
    GROUP BY no
  UNION ALL
    SELECT no, count(*), count(*) FILTER (WHERE connected), count(*) FILTER (WHERE presence = 'away'), count(DISTINCT household_id)
    FROM ({IN_CUT}) m GROUP BY no
ORDER BY 1
""".replace("{IN_CUT}", IN_CUT)

# With exclusions alone: the counters less whom they name; a household is less only when nobody else of it is left there.
WITHOUT = """
WITH gone AS (
    SELECT DISTINCT t.resident_id, t.no, t.household, t.connected, t.away
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN tags_tagging t ON t.label = ANY(%(none_of)s::bigint[]) AND t.no >= w.a AND t.no < w.b
),
less AS (
    SELECT no, count(*) AS people, count(*) FILTER (WHERE connected) AS connected, count(*) FILTER (WHERE away) AS away,
           count(DISTINCT household) FILTER (WHERE NOT EXISTS (
               SELECT 1 FROM people_resident r WHERE r.household_id = gone.household AND r.no = gone.no
               AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.resident_id = r.id))) AS households
    FROM gone GROUP BY no
)
    SELECT c.no, c.registered - coalesce(l.people, 0), c.connected - coalesce(l.connected, 0), c.away - coalesce(l.away, 0),
           c.households - coalesce(l.households, 0)
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN people_groupcount c ON c.no >= w.a AND c.no < w.b LEFT JOIN less l ON l.no = c.no
    WHERE c.registered > coalesce(l.people, 0)
  UNION ALL
    SELECT no, count(*), count(*) FILTER (WHERE connected), count(*) FILTER (WHERE presence = 'away'), count(DISTINCT household_id)
    FROM ({IN_CUT}) m GROUP BY no
ORDER BY 1
""".replace("{IN_CUT}", IN_CUT)

# A point test costs the edges beside it, whatever the index: a comb of 1,242 vertices held PostgreSQL for 27 s.
MOST_EDGE_TESTS = 4_000_000
def of_place(place: Place) -> dict[str, Any]:
    """Give the parameters of ``MEMBERS`` for a checked selection."""
    return parameters(place.inside, place.cut, None if place.shape is None else shapely.set_srid(place.shape, 4326), place.tags)


def preview(place: Place) -> PreviewOut:
    """Count who is in an area now, exactly, by group.

    Args:
        place: a checked selection.

    Returns:
        Totals, and every group with anybody in it.

    Raises:
        Invalid: the border is so intricate that testing everybody beside it would hold the database up.
    """
    # The counters of whole groups are no secret of the register's; only people beside a border are.
    with audience_side() if place.cut or place.tags.narrows else nullcontext(), connection.cursor() as cursor:
        if place.shape is not None:
            cursor.execute("SELECT coalesce(sum(registered), 0) FROM people_groupcount WHERE no = ANY(%s)", [list(place.cut)])
            if shapes.stabbing_number(place.shape) * cursor.fetchone()[0] > MOST_EDGE_TESTS:
                raise Invalid("broadcast.area_invalid", fault="too_intricate", sentence="The border is too intricate.")
        cursor.execute(CARRYING if place.tags.any_of else WITHOUT if place.tags.none_of else COUNT, of_place(place))
        rows = cursor.fetchall()
    by_grid = []
    for no, residents, connected, _, _ in rows:
        code, name = place.index.named(no)
        by_grid.append(GroupCountOut(code=code, no=no, name=name, residents=residents, connected=connected))
    return PreviewOut(
        residents=sum(row[1] for row in rows),
        connected=sum(row[2] for row in rows),
        away=sum(row[3] for row in rows),
        households=sum(row[4] for row in rows),
        by_grid=by_grid,
        warnings=[] if rows else ["nobody"],
    )
