"""Coverage by day, what would raise it most, and the nightly recount: all from the groups' counters."""

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from gridmap.audit import log as audit
from gridmap.grids.models import Grid
from gridmap.grids.ranges import runs
from gridmap.people import coverage
from gridmap.people.schemas import DayOut, UnreachedOut
from gridmap.realtime.events import CoverageChanged
from gridmap.realtime.log import publish

COLUMNS = ("registered", "away", "connected", "households", "households_connected")
KEPT = timedelta(days=1100)

# Arrays in the order of the numbers, without gaps: a group stands at its number plus one, as SQL counts.
NOTE = f"""
INSERT INTO people_coverageday (day, {", ".join(COLUMNS)})
SELECT %(day)s, {", ".join(f"array_agg(coalesce(c.{name}, 0) ORDER BY n)" for name in COLUMNS)}
FROM generate_series(0, (SELECT max(no) FROM people_groupcount)) AS n LEFT JOIN people_groupcount c ON c.no = n
HAVING count(*) > 0
ON CONFLICT (day) DO UPDATE SET ({", ".join(COLUMNS)}) = ROW ({", ".join(f"excluded.{name}" for name in COLUMNS)})
"""
READ = f"""
SELECT day, {", ".join(f"(SELECT coalesce(sum(x), 0)::int FROM unnest(({name})[%(start)s + 1:%(end)s]) AS x)" for name in COLUMNS)}
FROM people_coverageday WHERE day > %(since)s ORDER BY day
"""
UNREACHED = """
SELECT g.code, g.name, v.name, c.registered - c.connected, c.households - c.households_connected, c.away
FROM people_groupcount c JOIN grids_grid g ON g.no = c.no AND g.level = 3 AND g.version_to IS NULL
JOIN grids_grid v ON v.code = left(g.code, 12) AND v.version_to IS NULL
WHERE c.no >= %s AND c.no < %s AND c.registered > c.connected
ORDER BY c.registered - c.connected DESC, c.no LIMIT %s
"""


@transaction.atomic
def note_day(day: date | None = None) -> None:
    """Note the counters of a day, today's until now; run by the clock every hour, the last of a day is what stays."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"day": day or timezone.localdate()})
        cursor.execute("DELETE FROM people_coverageday WHERE day < %s", [timezone.localdate() - KEPT])


def days(grid: Grid, most: int) -> list[DayOut]:
    """Give a grid's coverage by day, at most so many days back."""
    since = timezone.localdate() - timedelta(days=most)
    with connection.cursor() as cursor:
        cursor.execute(READ, {"start": grid.group_start, "end": grid.group_end, "since": since})
        return [DayOut(day=row[0], **dict(zip(COLUMNS, row[1:], strict=True))) for row in cursor.fetchall()]


def unreached(grid: Grid, most: int) -> list[UnreachedOut]:
    """Give the groups of a grid in which most people are reached by nobody: going there raises coverage most."""
    with connection.cursor() as cursor:
        cursor.execute(UNREACHED, [grid.group_start, grid.group_end, most])
        names = ("code", "name", "village", "residents", "households", "away")
        return [UnreachedOut(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


@transaction.atomic
def recount_drift() -> list[int]:
    """Count the whole register and mend the counters that differ; run nightly by the clock, and expected to find none.

    Returns:
        The groups whose counters had drifted.
    """
    wrong = coverage.drift()
    if wrong:
        with connection.cursor() as cursor:
            cursor.execute("SELECT people_count_groups(%s)", [wrong])
        audit.record("coverage.drift", actor=None, groups=len(wrong), first=wrong[0])
        publish(CoverageChanged(by_no=coverage.rows(runs(wrong))), ranges=runs(wrong))
    return wrong
