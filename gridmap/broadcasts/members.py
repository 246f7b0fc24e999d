"""Who is in an area, as SQL: one definition, used by preview, freeze and late entrants alike."""

from collections.abc import Iterable
from typing import Any

import shapely
from shapely.geometry import MultiPolygon

from gridmap.tags.wanted import NOBODY_LEFT_OUT, Carried

# Whom tags leave out; a literal false where nobody is, so that it costs nothing then.
TAGGED = """
    AND (NOT %(tagged)s OR (
        (%(wanted)s = 0 OR (
            SELECT count(DISTINCT w.list) FROM unnest(%(labels)s::bigint[], %(lists)s::int[]) AS w(label, list)
            JOIN tags_tagging t ON t.resident_id = r.id AND t.label = w.label) = %(wanted)s)
        AND NOT EXISTS (SELECT 1 FROM tags_tagging t WHERE t.resident_id = r.id AND t.label = ANY(%(none_of)s::bigint[]))))
"""

# Each arm reads only its own groups: whole ones through the covering index, cut ones with a point test.
# CASE and not OR: with OR the planner walks a spatial index of the whole county again for each group (300 ms for 3 ms).
# The parameters are those of `parameters`; %(low)s and %(high)s narrow it to a run of group numbers.
IN_WHOLE = f"""
    SELECT r.id, r.no, r.household_id, r.connected, r.presence
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN people_resident r ON r.no >= greatest(w.a, %(low)s) AND r.no < least(w.b, %(high)s)
    WHERE true {TAGGED}
"""
IN_CUT = f"""
    SELECT r.id, r.no, r.household_id, r.connected, r.presence
    FROM unnest(%(cut)s::int[]) AS c(no)
    JOIN people_resident r ON r.no = c.no AND r.no >= %(low)s AND r.no < %(high)s
    WHERE CASE WHEN r.place IS NULL THEN true ELSE ST_Covers(%(area)s::geometry, r.place) END {TAGGED}
"""
# With the basis "last place" also whoever is there now by the place that their phone shared last, and does not live there;
# counted and looked for where they are. Nobody who lives there is left out: a shared place may be an hour old.
IN_PASSING = f"""
    SELECT r.id, p.no, r.household_id, r.connected, 'here' AS presence
    FROM (SELECT DISTINCT ON (e.resident_id) e.resident_id, l.no, l.place
          FROM edge_lastplace l JOIN edge_endpoint e ON e.id = l.endpoint_id AND NOT e.revoked
          WHERE %(by_place)s AND l.until > now() ORDER BY e.resident_id, l.at DESC) p
    JOIN people_resident r ON r.id = p.resident_id
    WHERE p.no >= %(low)s AND p.no < %(high)s
      AND (EXISTS (SELECT 1 FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b) WHERE p.no >= w.a AND p.no < w.b)
           OR p.no = ANY(%(cut)s::int[]) AND ST_Covers(%(area)s::geometry, p.place))
      AND NOT EXISTS (SELECT 1 FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b) WHERE r.no >= w.a AND r.no < w.b)
      AND NOT (r.no = ANY(%(cut)s::int[]) AND CASE WHEN r.place IS NULL THEN true ELSE ST_Covers(%(area)s::geometry, r.place) END)
      {TAGGED}
"""
MEMBERS = f"{IN_WHOLE} UNION ALL {IN_CUT} UNION ALL {IN_PASSING}"

EVERY_NUMBER = {"low": 0, "high": 2_147_483_647}


def parameters(
    ranges: Iterable[tuple[int, int]],
    cut: Iterable[int],
    area: MultiPolygon | None,
    tags: Carried = NOBODY_LEFT_OUT,
    *,
    by_place: bool = False,
) -> dict[str, Any]:
    """Give the parameters of ``MEMBERS`` for whole groups, cut groups, the area that cuts them, tags, and whether shared places count."""
    pairs = list(ranges)
    return {
        "starts": [start for start, _ in pairs],
        "ends": [end for _, end in pairs],
        "cut": list(cut),
        "area": None if area is None else shapely.to_wkb(area, hex=True, include_srid=True),
        "tagged": tags.narrows,
        "labels": [label for labels in tags.any_of for label in labels],
        "lists": [number for number, labels in enumerate(tags.any_of) for _ in labels],
        "wanted": len(tags.any_of),
        "first": list(tags.any_of[0]) if tags.any_of else [],
        "none_of": list(tags.none_of),
        "by_place": by_place,
        **EVERY_NUMBER,
    }
