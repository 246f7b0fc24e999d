"""Coverage among those with a tag, and how often each is used: counts from the labels' own index, never from the register."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Sum

from geodata.codes import Level
from gridmap.grids.columns import integers
from gridmap.grids.models import Grid
from gridmap.grids.placed import number_within
from gridmap.grids.ranges import Ranges
from gridmap.people.coverage import shares
from gridmap.tags.labels import label_of
from gridmap.tags.models import Count as CountRow
from gridmap.tags.models import Tag

DRIFT = """
WITH truth AS (
    SELECT t.label, r.no, count(*) AS people, count(*) FILTER (WHERE r.connected) AS connected, count(*) FILTER (WHERE r.presence = 'away') AS away,
           count(DISTINCT r.household_id) AS households,
           count(DISTINCT r.household_id) FILTER (WHERE NOT EXISTS (
               SELECT 1 FROM people_resident o WHERE o.household_id = r.household_id AND o.no = r.no
               AND NOT EXISTS (SELECT 1 FROM tags_tagging x WHERE x.resident_id = o.id AND x.label = t.label))) AS households_only
    FROM tags_tagging t JOIN people_resident r ON r.id = t.resident_id GROUP BY t.label, r.no
),
kept AS (SELECT label, no, people, connected, away, households, households_only FROM tags_count)
(SELECT label, no FROM (TABLE truth EXCEPT TABLE kept) a) UNION (SELECT label, no FROM (TABLE kept EXCEPT TABLE truth) b) ORDER BY 1, 2
"""


def below(grid: Grid, tag: Tag) -> list[tuple[str, str, int, int]]:
    """Give code, name, and how many have a tag and are connected, of every grid just below one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.code, g.name, coalesce(sum(c.people), 0)::int, coalesce(sum(c.connected), 0)::int FROM grids_grid g"
            " LEFT JOIN tags_count c ON c.label = %s AND c.no >= g.group_start AND c.no < g.group_end"
            " WHERE g.version_to IS NULL AND g.level = %s AND g.group_start >= %s AND g.group_end <= %s"
            " GROUP BY g.code, g.name, g.no ORDER BY g.no",
            [label_of(tag), grid.level + 1, grid.group_start, grid.group_end],
        )
        return cursor.fetchall()


def total(grid: Grid, tag: Tag) -> tuple[int, int]:
    """Give how many in a grid have a tag, and how many of them are connected."""
    rows = CountRow.objects.filter(label=label_of(tag), no__gte=grid.group_start, no__lt=grid.group_end)
    sums = rows.aggregate(people=Sum("people", default=0), reached=Sum("connected", default=0))
    return int(sums["people"]), int(sums["reached"])


def values(level: Level, ranges: Sequence[tuple[int, int]], tag: Tag) -> bytes:
    """Give one byte a grid by its number, as people.coverage does, among those with a tag; nobody with it is no data."""
    return shares(level, ranges, integers(("no", "people", "connected"), "FROM tags_count WHERE label = %s", [label_of(tag)]))


def used(ranges: Ranges) -> dict[int, int]:
    """Count on how many people of somebody's grids each label stands."""
    rows = CountRow.objects.filter(number_within(ranges)).values("label").annotate(all=Sum("people"))
    return {row["label"]: row["all"] for row in rows}


def drift() -> list[tuple[int, int]]:
    """Count every label anew and give label and group number of the counters that differ; expected empty."""
    with connection.cursor() as cursor:
        cursor.execute(DRIFT)
        return cursor.fetchall()
