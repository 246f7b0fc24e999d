"""How broadcasts, their progress and their knock lists are read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection

from gridmap.access import Scope
from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import Broadcast
from gridmap.broadcasts.schemas import PROGRESS, TOGETHER, BroadcastOut, Counts, Overlap, Person, Progress, ProgressRow
from gridmap.grids.columns import held, integers
from gridmap.grids.models import Grid
from gridmap.grids.ranges import Ranges, runs
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


def progress_rows(broadcast: Broadcast, scope: Scope) -> dict[int, list[int]]:
    """Give how far a broadcast has come by group number, in the columns of ``PROGRESS``; of one that sensitive tags narrow only
    all groups together and in tens, to who may not count people by them."""
    if broadcast.in_tens and not scope.may("tags.count"):
        return ledger.together(broadcast.pk) if scope.holds_all(runs(broadcast.touched)) else {}
    counts = integers(("no", *PROGRESS), "FROM broadcasts_deliverycount WHERE broadcast_id = %s AND residents > 0", [broadcast.pk])
    mine = counts[held(counts[:, 0], counts[:, 0] + 1, scope.ranges)]
    return {no: row for no, *row in mine[mine[:, 0].argsort()].tolist()}


def progress(broadcast: Broadcast, scope: Scope) -> Progress:
    """Give how far a broadcast has come within somebody's grids."""
    rows = progress_rows(broadcast, scope)
    codes = dict(Grid.objects.current().groups().filter(no__in=list(rows)).values_list("no", "code"))
    by_grid = [
        ProgressRow(code=codes[no], no=no, **dict(zip(PROGRESS, row, strict=True))) for no, row in rows.items() if no != TOGETHER
    ]
    totals = {name: sum(row[column] for row in rows.values()) for column, name in enumerate(PROGRESS)}
    return Progress(**totals, by_grid=by_grid)


class Waiting(NamedTuple):
    """One person who still has to be visited.

    ``no`` is their group at the time of sending; ``farther_m`` how much further than they are they count, in metres; ``lon`` and
    ``lat``, degrees in WGS-84, where to go for them: their place, or the middle of the group where it is not known;
    none when that group is no more. ``frail``: cannot get away alone, or does not hear. ``total``: how many are waiting in all.
    """

    resident: UUID
    no: int
    stage: int
    answer: str | None
    tick: str | None
    rank: int
    farther_m: int
    lon: float | None
    lat: float | None
    frail: bool
    total: int


FRAIL_M, AWAY_M, SEEN_M = 700, 400, 300
# P15: exactly the people of the area minus those who saw it; in an evacuation minus those accounted for.
KNOCK = (Path(__file__).parent / "sql" / "knock.sql").read_text(encoding="utf-8")


def knocks(broadcast: Broadcast, ranges: Ranges, near: Point | None = None, *, most: int | None = None, skip: int = 0) -> list[Waiting]:
    """Give whom the officers of these groups still have to visit.

    Args:
        broadcast: what they are visited for.
        ranges: half-open ranges of group numbers.
        near: where the officer is, longitude and latitude in degrees, WGS-84.
        most: so many of them, all unless told; a county's list has hundreds of thousands.
        skip: after so many.

    Returns:
        Who asked for help first, then those nobody has visited yet, among them by how far they are, the frail as if they were
        nearer, those away or who have seen it as if they were further (docs/decisions/0021).
    """
    bounds = {"starts": [start for start, _ in ranges], "ends": [end for _, end in ranges]}
    weights: dict[str, Any] = {"frail": frail_labels(), "frail_m": FRAIL_M, "away_m": AWAY_M, "seen_m": SEEN_M, "near": near.hexewkb.decode() if near else None}
    with audience_side(), connection.cursor() as cursor:
        cursor.execute(KNOCK, {"id": broadcast.pk, "evacuation": broadcast.kind == "danger_notice", **weights, **bounds, "most": most, "skip": skip})
        return [Waiting(*row) for row in cursor.fetchall()]
