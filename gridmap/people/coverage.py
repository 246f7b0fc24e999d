"""Coverage at every level, read from the groups' counters and never by counting the register."""

from collections.abc import Sequence

import numpy
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from geodata.codes import Level
from gridmap.grids.columns import held, integers
from gridmap.grids.models import Grid
from gridmap.grids.ranges import merged
from gridmap.people.models import Assignment, Duty, GroupCount
from gridmap.people.schemas import COVERAGE

NO_DATA = 255

RECOUNT = """
WITH truth AS (
    SELECT no, count(*) AS registered, count(*) FILTER (WHERE presence = 'away') AS away,
           count(*) FILTER (WHERE joined) AS joined, count(*) FILTER (WHERE connected) AS connected,
           count(DISTINCT household_id) AS households,
           count(DISTINCT household_id) FILTER (WHERE connected OR heard_for) AS households_connected
    FROM people_resident GROUP BY no
)
"""


def totals(grid: Grid) -> dict[str, int]:
    """Sum the counters of all groups in a grid.

    Returns:
        The columns of ``COVERAGE`` by name.
    """
    counts = GroupCount.objects.filter(no__gte=grid.group_start, no__lt=grid.group_end)
    sums = counts.aggregate(**{name: Sum(name, default=0) for name in COVERAGE})
    return {name: int(sums[name]) for name in COVERAGE}


def below(grid: Grid) -> list[tuple[str, str, dict[str, int]]]:
    """Give the code, the name and the summed counters of every grid just below one, in one query."""
    columns = ", ".join(f"coalesce(sum(c.{name}), 0)::int" for name in COVERAGE)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT g.code, g.name, {columns} FROM grids_grid g"
            " LEFT JOIN people_groupcount c ON c.no >= g.group_start AND c.no < g.group_end"
            " WHERE g.version_to IS NULL AND g.level = %s AND g.group_start >= %s AND g.group_end <= %s"
            " GROUP BY g.code, g.name, g.no ORDER BY g.no",
            [grid.level + 1, grid.group_start, grid.group_end],
        )
        return [(code, name, dict(zip(COVERAGE, sums, strict=True))) for code, name, *sums in cursor.fetchall()]


def rows(ranges: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Give the counters of the groups in these half-open ranges, by number."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT no, ARRAY[{', '.join(COVERAGE)}] FROM people_groupcount c WHERE EXISTS (SELECT 1"
            " FROM unnest(%s::int[], %s::int[]) AS r(a, b) WHERE c.no >= r.a AND c.no < r.b) ORDER BY no",
            [[start for start, _ in ranges], [end for _, end in ranges]],
        )
        return dict(cursor.fetchall())


def values(level: Level, ranges: Sequence[tuple[int, int]]) -> bytes:
    """Give one byte a grid by its number: connected of registered in half percents, 0 to 200.

    Args:
        level: whose numbers count.
        ranges: the group numbers that may be told; grids not whole inside them are "no data".

    Returns:
        Bytes indexed by ``no``; 255 where there is no such grid, nobody registered, or nothing may be told.
    """
    return shares(level, ranges, integers(("no", "registered", "connected"), "FROM people_groupcount"))


def shares(level: Level, ranges: Sequence[tuple[int, int]], counts: numpy.ndarray) -> bytes:
    """Give one byte a grid as ``values`` does, of any count of the groups: number, how many, how many of them."""
    no, start, end = integers(("no", "group_start", "group_end"), "FROM grids_grid WHERE version_to IS NULL AND level = %s", [level]).T
    sums = numpy.zeros((2, int(end.max()) + 2), dtype=numpy.int64)
    sums[:, counts[:, 0] + 1] = counts[:, 1:].T
    sums = numpy.cumsum(sums, axis=1)
    all_of, some = sums[:, end] - sums[:, start]
    told = (all_of > 0) & held(start, end, tuple(ranges))
    result = numpy.full(int(no.max()) + 1, NO_DATA, dtype=numpy.uint8)
    result[no[told]] = numpy.rint(200 * some[told] / all_of[told])
    return result.tobytes()


def uncovered() -> list[int]:
    """Give the groups that no primary officer answers for at this moment, neither themselves nor through their village."""
    # Whose account was closed answers for nothing, though nobody has taken their grids over yet.
    current = Assignment.objects.filter(duty=Duty.PRIMARY, period__contains=timezone.now()).exclude(officer__user__is_active=False)
    near = current.filter(grid__version_to=None, grid__level__gte=Level.VILLAGE)
    answered = merged(near.values_list("grid__group_start", "grid__group_end").distinct())
    groups = Grid.objects.current().groups().order_by("no").values_list("no", flat=True)
    return sorted(set(groups).difference(*(range(start, end) for start, end in answered)))


def drift() -> list[int]:
    """Count the whole register and give the groups whose counters differ; nightly, and expected empty."""
    columns = ", ".join(COVERAGE)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{RECOUNT} SELECT no FROM (TABLE truth EXCEPT SELECT no, {columns} FROM people_groupcount) a"
            f" UNION SELECT no FROM (SELECT no, {columns} FROM people_groupcount WHERE registered > 0"
            " EXCEPT TABLE truth) b ORDER BY no"
        )
        return [no for (no,) in cursor.fetchall()]


def recount() -> None:
    """Set every counter from the register; after a bulk load that kept the triggers out."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE people_groupcount")
        columns = ", ".join(COVERAGE)
        cursor.execute(f"{RECOUNT} INSERT INTO people_groupcount (no, {columns}) SELECT no, {columns} FROM truth")
