"""How broadcasts, their progress and their knock lists are read."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection

from gridmap.broadcasts.models import Broadcast, DeliveryCount
from gridmap.broadcasts.schemas import PROGRESS, BroadcastOut, Counts, Overlap, Person, Progress, ProgressRow
from gridmap.grids.models import Grid
from gridmap.grids.ranges import Ranges, hold, runs
from gridmap.tags.labels import frail_labels
from gridmap.walls import audience_side

MOST_OVERLAPS = 5


def shown(broadcast: Broadcast) -> BroadcastOut:
    """Build a broadcast as the desk sees it; ``cut`` it for who answers for only part of its area."""
    ranges = runs(broadcast.touched)
    return BroadcastOut(
        **{name: getattr(broadcast, name) for name in PLAIN},
        area=json.loads(broadcast.area.geojson),
        ranges=[list(pair) for pair in ranges],
        counts=Counts(**{name: getattr(broadcast, name) for name in Counts.model_fields}),
        author=person(broadcast.author),
        approver=person(broadcast.approver) if broadcast.approver else None,
        reviewer=person(broadcast.reviewer) if broadcast.reviewer else None,
    )


def person(user: Any) -> Person:
    """Name a member of staff."""
    return Person(id=user.pk, name=user.name)


PLAIN = tuple(set(BroadcastOut.model_fields) - {"area", "ranges", "counts", "author", "approver", "reviewer"})


def overlapping(touched: Sequence[int]) -> list[Overlap]:
    """Give the broadcasts in force that touch any of these groups: whoever lives there has them in hand already."""
    standing = Broadcast.objects.standing().within(runs(touched)).order_by("-started_at")
    return [Overlap(**row) for row in standing.values(*Overlap.model_fields)[:MOST_OVERLAPS]]  # outlines stay in the database


def progress_rows(id: UUID, ranges: Ranges) -> dict[int, list[int]]:
    """Give how far a broadcast has come by group number, in the columns of ``PROGRESS``."""
    counts = DeliveryCount.objects.filter(broadcast_id=id, residents__gt=0).values_list("no", *PROGRESS).order_by("no")
    return {row[0]: list(row[1:]) for row in counts if hold(ranges, row[0])}


def progress(id: UUID, ranges: Ranges) -> Progress:
    """Give how far a broadcast has come within these group numbers."""
    rows = progress_rows(id, ranges)
    codes = dict(Grid.objects.current().groups().filter(no__in=list(rows)).values_list("no", "code"))
    by_grid = [
        ProgressRow(code=codes[no], no=no, **dict(zip(PROGRESS, row, strict=True))) for no, row in rows.items()
    ]
    totals = {name: sum(row[column] for row in rows.values()) for column, name in enumerate(PROGRESS)}
    return Progress(**totals, by_grid=by_grid)


# P15: exactly the people of the area minus those who saw it; in an evacuation minus those accounted for.
KNOCK = """
SELECT d.resident_id, d.no, d.stage, d.answer, d.tick,
       CASE WHEN coalesce(d.answer, '') = 'need_help' OR coalesce(d.tick, '') = 'need_help' THEN 0
            ELSE 1 + 100 * (d.tick IS NOT NULL)::int + 50 * (r.presence = 'away')::int + d.stage + 10 * (r.id NOT IN (
                SELECT t.resident_id FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
                JOIN tags_tagging t ON t.label = ANY(%(frail)s::bigint[]) AND t.no >= w.a AND t.no < w.b))::int END AS rank
FROM broadcasts_delivery d
JOIN people_resident r ON r.id = d.resident_id
WHERE d.broadcast_id = %(id)s AND NOT d.outside AND EXISTS (
        SELECT 1 FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b) WHERE d.no >= w.a AND d.no < w.b)
  AND CASE WHEN %(evacuation)s THEN NOT d.accounted
           ELSE d.stage < 2 AND coalesce(d.tick, '') NOT IN ('told', 'moved', 'away') END
ORDER BY rank, CASE WHEN d.no = r.no THEN ST_DistanceSphere(r.place, %(near)s::geometry) END, d.no, r.household_id, r.id
"""


def knocks(broadcast: Broadcast, ranges: Ranges, near: Point | None = None) -> list[tuple[UUID, int, int, str | None, str | None, int]]:
    """Give whom the officers of these groups still have to visit.

    Args:
        broadcast: what they are visited for.
        ranges: half-open ranges of group numbers.
        near: where the officer is, longitude and latitude in degrees, WGS-84.

    Returns:
        Resident, group number at the time of sending, stage, answer, tick and rank; who asked for help first, then those
        nobody has visited yet, among them those whom a tag says to be frail, and of one rank who is nearest.
    """
    bounds = {"starts": [start for start, _ in ranges], "ends": [end for _, end in ranges]}
    with audience_side(), connection.cursor() as cursor:
        cursor.execute(KNOCK, {"id": broadcast.pk, "evacuation": broadcast.kind == "danger_notice", "frail": frail_labels(), "near": near.hexewkb.decode() if near else None, **bounds})
        return list(cursor.fetchall())
