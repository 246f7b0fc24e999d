"""Who answers for what, and how much that is."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib.gis.db.models.functions import Area
from django.db import connection
from django.utils import timezone

from gridmap.access import Scope, visible
from gridmap.edge.models import Join, JoinCode
from gridmap.grids.models import Grid
from gridmap.grids.ranges import Ranges, merged
from gridmap.incidents.models import Incident
from gridmap.people.models import Assignment, Duty, Handover, Officer
from gridmap.people.schemas import AssignmentOut, AssignPreview, HandoverOut, Load, OfficerOut, Officers, PickedGrid

PAGE = 50

# Groups are counted once though a village and a group in it may both be assigned to one officer.
LOADS = """
SELECT o.id, o.name, u.role, (SELECT count(*) FROM people_assignment a WHERE a.officer_id = o.id AND a.duty = 'primary' AND a.period @> %(now)s),
       coalesce(sum(c.households), 0), coalesce(sum(c.registered), 0),
       coalesce((SELECT sum(ST_Area(g.geometry::geography)) FROM people_assignment a JOIN grids_grid g ON g.id = a.grid_id
                 WHERE a.officer_id = o.id AND a.duty = 'primary' AND a.period @> %(now)s), 0) / 1e6
FROM people_officer o
LEFT JOIN people_user u ON u.id = o.user_id
LEFT JOIN people_groupcount c ON EXISTS (
    SELECT 1 FROM people_assignment a JOIN grids_grid g ON g.id = a.grid_id
    WHERE a.officer_id = o.id AND a.duty = 'primary' AND a.period @> %(now)s AND c.no >= g.group_start AND c.no < g.group_end)
WHERE o.id = ANY(%(officers)s) GROUP BY o.id, o.name, u.role ORDER BY o.name, o.id
"""


def officers_of(grid: Grid) -> list[tuple[str, str]]:
    """Give the names and duties of a grid's officers now, the primary first; those of the grids above count too."""
    rows = Assignment.objects.running(timezone.now()).filter(grid__code__in=grid.path)
    return list(rows.order_by("-grid__level", "-duty", "officer__name").values_list("officer__name", "duty"))


def listed(scope: Scope, *, name: str, under: Grid | None, page: int) -> Officers:
    """Give a page of officers who answer for something in one's grids or for nothing yet, by name.

    Args:
        scope: who asks.
        name: only those whose name contains it; empty for all.
        under: only those who answer for something in this grid.
        page: counts from 1.
    """
    here = merged([(under.group_start, under.group_end)]) if under else scope.ranges
    running = Assignment.objects.running(timezone.now())
    known = Officer.objects.filter(name__contains=name) if name else Officer.objects.all()
    mine = set(visible(running, scope).within(here).values_list("officer", flat=True))
    busy = set(running.values_list("officer", flat=True))
    wanted = [id for id, _ in known.order_by("name", "id").values_list("id", "name") if id in mine or (under is None and id not in busy)]
    shown = wanted[(page - 1) * PAGE : page * PAGE]
    return Officers(items=loads(shown), total=len(wanted))


def loads(officers: Sequence[UUID]) -> list[OfficerOut]:
    """Give officers with what they answer for as primary now."""
    with connection.cursor() as cursor:
        cursor.execute(LOADS, {"officers": list(officers), "now": timezone.now()})
        rows = cursor.fetchall()
    return [
        OfficerOut(id=id, name=name, role=role, load=Load(grids=grids, households=homes, residents=people, area_km2=round(area, 2)))
        for id, name, role, grids, homes, people, area in rows
    ]


def load_of(grids: Sequence[Grid]) -> Load:
    """Give what grids weigh, each group counted once."""
    ranges = merged(sorted((grid.group_start, grid.group_end) for grid in grids))
    households, residents = _people(ranges)
    tops = [grid for grid in grids if not any(other is not grid and other.code in grid.path for other in grids)]
    area = Grid.objects.filter(pk__in=[grid.pk for grid in tops]).annotate(size=Area("geometry")).values_list("size", flat=True)
    return Load(grids=len(grids), households=households, residents=residents, area_km2=round(sum(size.sq_km for size in area), 2))


def preview(grids: Sequence[Grid], officer: UUID | None) -> AssignPreview:
    """Say who is primary in picked grids, what they weigh, and what an officer answers for before and after."""
    now = timezone.now()
    primaries = Assignment.objects.running(now).filter(duty=Duty.PRIMARY, grid__in=grids).select_related("officer")
    by_grid = {row.grid_id: row.officer for row in primaries}
    picked = [
        PickedGrid(code=grid.code, name=grid.name, primary=by_grid[grid.pk].name if grid.pk in by_grid else None,
                   officer=by_grid[grid.pk].pk if grid.pk in by_grid else None)
        for grid in grids
    ]  # fmt: skip
    before = after = None
    if officer is not None and (found := loads([officer])):
        held = list(Grid.objects.filter(assignment__in=Assignment.objects.running(now).filter(duty=Duty.PRIMARY, officer=officer)).defer("geometry"))
        before = found[0].load
        after = load_of([*held, *(grid for grid in grids if grid.code not in {mine.code for mine in held})])
    return AssignPreview(grids=picked, picked=load_of(grids), before=before, after=after)


def assignments_of(grid: Grid) -> list[AssignmentOut]:
    """Give who answers for a grid itself, now and later."""
    rows = Assignment.objects.from_then_on(timezone.now()).filter(grid=grid).select_related("officer", "grid")
    return [
        AssignmentOut(
            id=row.pk, officer=row.officer_id, name=row.officer.name, grid=row.grid.code, duty=row.duty, since=row.period.lower,
            until=row.period.upper,
        )
        for row in rows.order_by("-duty", "period")
    ]  # fmt: skip


def handover_list(handover: Handover) -> HandoverOut:
    """Give what goes with a handover: the list that its taker signs."""
    grids = Grid.objects.current().filter(code__in=handover.grids)
    ranges = merged(sorted(grids.values_list("group_start", "group_end")))
    households, residents = _people(ranges)
    return HandoverOut(
        id=handover.pk, giver=handover.giver.name, taker=handover.taker.name, at=handover.at, signed_at=handover.signed_at,
        grids=list(grids.order_by("no").values_list("name", flat=True)), residents=residents, households=households,
        open_incidents=Incident.objects.within(ranges).open().count(), waiting_joins=Join.objects.within(ranges).waiting().count(),
        codes=JoinCode.objects.within(ranges).filter(revoked=False, household=None).count(),
    )  # fmt: skip


def _people(ranges: Ranges | Iterable[tuple[int, int]]) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(households), 0), coalesce(sum(registered), 0) FROM people_groupcount c WHERE EXISTS"
            " (SELECT 1 FROM unnest(%s::int[], %s::int[]) AS r(a, b) WHERE c.no >= r.a AND c.no < r.b)",
            [[start for start, _ in ranges], [end for _, end in ranges]],
        )
        households, residents = cursor.fetchone()
    return int(households), int(residents)
