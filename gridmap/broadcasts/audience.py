"""Who is in an area: one definition, used by preview, freeze and late entrants alike.

A resident is in the area when their group counts whole, or when their group is cut by its border and their place is
covered by the area, or not known. Counting reads the counters of whole groups, which the database keeps in step with
the register, and people only where the border cuts: it costs by the border and not by the area.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

import shapely
from django.db import connection
from shapely.geometry import MultiPolygon

from geodata import shapes
from gridmap.broadcasts.schemas import GroupCountOut, PreviewOut
from gridmap.broadcasts.selection import Place
from gridmap.errors import Invalid
from gridmap.walls import audience_side

# Each arm reads only its own groups: whole ones through the covering index, cut ones with a point test.
# CASE and not OR: with OR the planner walks a spatial index of the whole county again for each group (300 ms for 3 ms).
# The parameters are those of `parameters`; %(low)s and %(high)s narrow it to a run of group numbers.
IN_WHOLE = """
    SELECT r.id, r.no, r.household_id, r.connected, r.presence
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN people_resident r ON r.no >= greatest(w.a, %(low)s) AND r.no < least(w.b, %(high)s)
"""
IN_CUT = """
    SELECT r.id, r.no, r.household_id, r.connected, r.presence
    FROM unnest(%(cut)s::int[]) AS c(no)
    JOIN people_resident r ON r.no = c.no AND r.no >= %(low)s AND r.no < %(high)s
    WHERE CASE WHEN r.place IS NULL THEN true ELSE ST_Covers(%(area)s::geometry, r.place) END
"""
MEMBERS = f"{IN_WHOLE} UNION ALL {IN_CUT}"

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

# A point test costs the edges beside it, whatever the index: a comb of 1,242 vertices held PostgreSQL for 27 s.
MOST_EDGE_TESTS = 4_000_000
EVERY_NUMBER = {"low": 0, "high": 2_147_483_647}


def parameters(
    ranges: Iterable[tuple[int, int]], cut: Iterable[int], area: MultiPolygon | None
) -> dict[str, Any]:
    """Give the parameters of ``MEMBERS`` for whole groups, cut groups and the area that cuts them."""
    pairs = list(ranges)
    return {
        "starts": [start for start, _ in pairs],
        "ends": [end for _, end in pairs],
        "cut": list(cut),
        "area": None if area is None else shapely.to_wkb(area, hex=True, include_srid=True),
        **EVERY_NUMBER,
    }


def of_place(place: Place) -> dict[str, Any]:
    """Give the parameters of ``MEMBERS`` for a checked selection."""
    return parameters(place.inside, place.cut, None if place.shape is None else shapely.set_srid(place.shape, 4326))


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
    with audience_side() if place.cut else nullcontext(), connection.cursor() as cursor:
        if place.shape is not None:
            cursor.execute("SELECT coalesce(sum(registered), 0) FROM people_groupcount WHERE no = ANY(%s)", [list(place.cut)])
            if shapes.stabbing_number(place.shape) * cursor.fetchone()[0] > MOST_EDGE_TESTS:
                raise Invalid("broadcast.area_invalid", fault="too_intricate", sentence="The border is too intricate.")
        cursor.execute(COUNT, of_place(place))
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
