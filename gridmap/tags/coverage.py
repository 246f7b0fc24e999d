"""Coverage among those with a tag, and how often each is used: counts from the labels' own index, never from the register."""

from collections.abc import Sequence

import numpy
from django.db import connection
from django.db.models import Count

from geodata.codes import Level
from gridmap.grids.models import Grid
from gridmap.grids.ranges import Ranges, contain
from gridmap.tags.labels import label_of
from gridmap.tags.models import Tag, Tagging

NO_DATA = 255


def below(grid: Grid, tag: Tag) -> list[tuple[str, str, int, int]]:
    """Give code, name, and how many have a tag and are connected, of every grid just below one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.code, g.name, count(t.id)::int, count(t.id) FILTER (WHERE t.connected)::int FROM grids_grid g"
            " LEFT JOIN tags_tagging t ON t.label = %s AND t.no >= g.group_start AND t.no < g.group_end"
            " WHERE g.version_to IS NULL AND g.level = %s AND g.group_start >= %s AND g.group_end <= %s"
            " GROUP BY g.code, g.name, g.no ORDER BY g.no",
            [label_of(tag), grid.level + 1, grid.group_start, grid.group_end],
        )
        return cursor.fetchall()


def total(grid: Grid, tag: Tag) -> tuple[int, int]:
    """Give how many in a grid have a tag, and how many of them are connected."""
    rows = Tagging.objects.filter(label=label_of(tag), no__gte=grid.group_start, no__lt=grid.group_end)
    return rows.count(), rows.filter(connected=True).count()


def values(level: Level, ranges: Sequence[tuple[int, int]], tag: Tag) -> bytes:
    """Give one byte a grid by its number, as people.coverage does, among those with a tag; nobody with it is no data."""
    spans = list(Grid.objects.current().filter(level=level).values_list("no", "group_start", "group_end"))
    size = max(end for _, _, end in spans) + 1
    sums = numpy.zeros((2, size + 1), dtype=numpy.int64)
    for no, connected in Tagging.objects.within(tuple(ranges)).filter(label=label_of(tag)).values_list("no", "connected"):
        sums[0, no + 1] += 1
        sums[1, no + 1] += connected
    sums = numpy.cumsum(sums, axis=1)
    result = numpy.full(max(no for no, _, _ in spans) + 1, NO_DATA, dtype=numpy.uint8)
    for no, start, end in spans:
        carrying, connected = sums[:, end] - sums[:, start]
        if contain(ranges, [(start, end)]) and carrying:
            result[no] = round(200 * connected / carrying)
    return result.tobytes()


def used(ranges: Ranges) -> dict[int, int]:
    """Count on how many people of somebody's grids each label stands."""
    rows = Tagging.objects.within(ranges).values("label").annotate(people=Count("pk"))
    return {row["label"]: row["people"] for row in rows}
