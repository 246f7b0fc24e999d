"""How many are in an area, exactly; who counts as in it, members.py says.

A resident is in the area when their group counts whole, or when their group is cut by its border and their place is
covered by the area, or not known. Counting reads the counters of whole groups, which the database keeps in step with
the register, and people only where the border cuts, in memory (beside.py): it costs by the border and not by the area.
"""

from contextlib import nullcontext
from typing import Any

import shapely
from django.db import connection

from geodata import shapes
from gridmap.broadcasts import beside
from gridmap.broadcasts.members import IN_PASSING, parameters
from gridmap.broadcasts.schemas import GroupCountOut, PreviewOut
from gridmap.broadcasts.selection import Place
from gridmap.errors import Invalid
from gridmap.tags.wanted import Carried
from gridmap.walls import audience_side

# A household whose people live in two groups counts in both, as it does in coverage.
COUNT = """
    SELECT c.no, c.registered, c.connected, c.away, c.households
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN people_groupcount c ON c.no >= w.a AND c.no < w.b WHERE c.registered > 0
"""

# With tags: those who carry one of the first list, by the labels' own index, and all that the other lists and the
# exclusions ask of them; so it costs by who carries a tag and not by who lives there.
CARRYING = """
    SELECT {once} t.resident_id, t.no, t.household, t.connected, t.away
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN tags_tagging t ON t.label = ANY(%(first)s::bigint[]) AND t.no >= w.a AND t.no < w.b
"""
ALSO_CARRYING = """
    (SELECT count(DISTINCT w.list) FROM unnest(%(labels)s::bigint[], %(lists)s::int[]) AS w(label, list)
     JOIN tags_tagging t ON t.resident_id = h.resident_id AND t.label = w.label WHERE w.list > 0) = %(wanted)s - 1
"""
NOT_CARRYING = "NOT EXISTS (SELECT 1 FROM tags_tagging t WHERE t.resident_id = h.resident_id AND t.label = ANY(%(none_of)s::bigint[]))"

# One label alone is counted already, group by group (tags_count), as everybody is.
COUNTED = """
    SELECT c.no, c.people, c.connected, c.away, c.households
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN tags_count c ON c.label = ANY(%(first)s::bigint[]) AND c.no >= w.a AND c.no < w.b
"""
COUNTED_WITHOUT = """
    SELECT less.no, less.people, less.connected, less.away, less.households
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    CROSS JOIN LATERAL (
        SELECT c.no, c.registered - coalesce(l.people, 0) AS people, c.connected - coalesce(l.connected, 0) AS connected,
               c.away - coalesce(l.away, 0) AS away, c.households - coalesce(l.households_only, 0) AS households
        FROM people_groupcount c
        LEFT JOIN (SELECT * FROM tags_count WHERE label = ANY(%(none_of)s::bigint[]) AND no >= w.a AND no < w.b) l ON l.no = c.no
        WHERE c.no >= w.a AND c.no < w.b OFFSET 0
    ) less
    WHERE less.people > 0
"""

# With several exclusions: the counters less those of each label, and given back what two labels took twice. Only who stands in two,
# and the doors behind which two labels stand, have to be looked at; a household is less only when nobody else of it is left.
WITHOUT = """
WITH carried AS MATERIALIZED (
    SELECT t.no, t.household, t.resident_id, t.label, t.connected, t.away
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN tags_tagging t ON t.label = ANY(%(none_of)s::bigint[]) AND t.no >= w.a AND t.no < w.b
),
person AS MATERIALIZED (
    SELECT no, household, count(*) - 1 AS more, bool_or(connected) AS connected, bool_or(away) AS away FROM carried GROUP BY no, household, resident_id
),
twice AS (
    SELECT no, sum(more) AS people, sum(more) FILTER (WHERE connected) AS connected, sum(more) FILTER (WHERE away) AS away
    FROM person WHERE more > 0 GROUP BY no
),
door AS (
    SELECT no, household, array_agg(people) AS by_label
    FROM (SELECT no, household, count(*) AS people FROM carried GROUP BY no, household, label) l GROUP BY no, household HAVING count(*) > 1
),
shared AS (  -- of each such door: whether it is empty now, and how often it was taken for that
    SELECT d.no, sum((d.gone = size.people)::int - (SELECT count(*) FROM unnest(d.by_label) AS n WHERE n = size.people)) AS households
    FROM (SELECT no, household, by_label, count(*) AS gone FROM door JOIN person USING (no, household) GROUP BY no, household, by_label) d
    CROSS JOIN LATERAL (SELECT count(*) AS people FROM people_resident r WHERE r.household_id = d.household AND r.no = d.no) size
    GROUP BY d.no
),
less AS (
    SELECT c.no, sum(c.people) AS people, sum(c.connected) AS connected, sum(c.away) AS away, sum(c.households_only) AS households
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN tags_count c ON c.label = ANY(%(none_of)s::bigint[]) AND c.no >= w.a AND c.no < w.b GROUP BY c.no
)
    SELECT c.no, c.registered - coalesce(l.people, 0) + coalesce(t.people, 0), c.connected - coalesce(l.connected, 0) + coalesce(t.connected, 0),
           c.away - coalesce(l.away, 0) + coalesce(t.away, 0), c.households - coalesce(l.households, 0) - coalesce(d.households, 0)
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN people_groupcount c ON c.no >= w.a AND c.no < w.b
    LEFT JOIN less l ON l.no = c.no LEFT JOIN twice t ON t.no = c.no LEFT JOIN shared d ON d.no = c.no
    WHERE c.registered > coalesce(l.people, 0) - coalesce(t.people, 0)
"""


def _counting(tags: Carried) -> str:
    """Give the question about whole groups that costs least for these tags."""
    if not tags.any_of:
        return COUNT if not tags.none_of else COUNTED_WITHOUT if len(tags.none_of) == 1 else WITHOUT
    if len(tags.any_of) == 1 and len(tags.any_of[0]) == 1 and not tags.none_of:
        return COUNTED
    asked = [ALSO_CARRYING] * (len(tags.any_of) > 1) + [NOT_CARRYING] * bool(tags.none_of)
    return (
        "SELECT no, count(*), count(*) FILTER (WHERE connected), count(*) FILTER (WHERE away), count(DISTINCT household) FROM ("
        + CARRYING.replace("{once}", "DISTINCT" if len(tags.any_of[0]) > 1 else "")
        + ") h WHERE "
        + " AND ".join(asked or ["true"])
        + " GROUP BY no"
    )


# Who is there without living there, on top of any of the above; shared places are few.
PASSING = f"""
    SELECT no, count(*), count(*) FILTER (WHERE connected), 0, count(DISTINCT household_id) FROM ({IN_PASSING}) m GROUP BY no
"""


# A point test costs the edges beside it, whatever the index: a comb of 1,242 vertices held PostgreSQL for 27 s.
MOST_EDGE_TESTS = 4_000_000


def of_place(place: Place) -> dict[str, Any]:
    """Give the parameters of ``MEMBERS`` for a checked selection."""
    return parameters(place.inside, place.cut, None if place.shape is None else shapely.set_srid(place.shape, 4326), place.tags, by_place=place.by_place)


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
    asked = of_place(place)
    with audience_side() if place.cut or place.tags.narrows or place.by_place else nullcontext(), connection.cursor() as cursor:
        if place.shape is not None:
            cursor.execute("SELECT coalesce(sum(registered), 0) FROM people_groupcount WHERE no = ANY(%s)", [list(place.cut)])
            if shapes.stabbing_number(place.shape) * cursor.fetchone()[0] > MOST_EDGE_TESTS:
                raise Invalid("broadcast.area_invalid", fault="too_intricate", sentence="The border is too intricate.")
        cursor.execute(_counting(place.tags), asked)
        rows = cursor.fetchall()
        if place.shape is not None:
            rows = [*rows, *beside.count(place.cut, place.shape, place.tags)]
        if place.by_place:
            cursor.execute(PASSING, asked)
            rows = _added([*rows, *cursor.fetchall()])
    by_grid = []
    for no, residents, connected, _, households in sorted(rows):
        code, name = place.index.named(no)
        by_grid.append(GroupCountOut(code=code, no=no, name=name, residents=residents, connected=connected, households=households))
    return PreviewOut(
        residents=sum(row[1] for row in rows),
        connected=sum(row[2] for row in rows),
        away=sum(row[3] for row in rows),
        households=sum(row[4] for row in rows),
        by_grid=by_grid,
        warnings=[] if rows else ["nobody"],
    )


def _added(rows: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Add up what several questions counted in the same group."""
    by_no: dict[int, tuple[int, ...]] = {}
    for no, *counts in rows:
        by_no[no] = tuple(map(sum, zip(by_no.get(no, (0,) * len(counts)), counts, strict=True)))
    return [(no, *counts) for no, counts in by_no.items()]
