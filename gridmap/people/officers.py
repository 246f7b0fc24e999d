"""Who answers for what, and how much that is."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.contrib.gis.db.models import MultiPolygonField
from django.contrib.gis.db.models.functions import Area
from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils import timezone

from gridmap.access import Scope, visible
from gridmap.edge.models import Join, JoinCode, RecordRequest, Wish
from gridmap.grids.models import Grid
from gridmap.grids.ranges import contain, merged
from gridmap.incidents.models import Incident
from gridmap.people.assign_schemas import (
    AssignmentOut,
    AssignPreview,
    HandoverOut,
    Load,
    OfficerOut,
    Officers,
    PickedGrid,
)
from gridmap.people.models import Assignment, Duty, Handover, Officer
from gridmap.register.models import Contact

PAGE = 50
SHOWN = timedelta(days=30)
MOST_HANDOVERS = 12  # each is counted anew

# One row an officer and merged range; the join goes by the counters' primary key, so it costs by the groups in it.
PEOPLE = """
SELECT r.who, coalesce(sum(c.households), 0), coalesce(sum(c.registered), 0)
FROM unnest(%s::int[], %s::int[], %s::int[]) AS r(who, a, b)
CROSS JOIN LATERAL (SELECT households, registered FROM people_groupcount WHERE no >= r.a AND no < r.b) c
GROUP BY r.who
"""

TASKS = """
SELECT r.who, count(*) FROM unnest(%s::int[], %s::int[], %s::int[]) AS r(who, a, b)
JOIN incidents_incident i ON i.no >= r.a AND i.no < r.b AND i.state <> 'resolved' GROUP BY r.who
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
    known = Officer.objects.exclude(user__is_active=False).filter(name__contains=name)
    mine = set(visible(running, scope).within(here).values_list("officer", flat=True))
    busy = set(running.values_list("officer", flat=True))
    wanted = [id for id, _ in known.order_by("name", "id").values_list("id", "name") if id in mine or (under is None and id not in busy)]
    shown = wanted[(page - 1) * PAGE : page * PAGE]
    return Officers(items=loads(shown, scope), total=len(wanted))


def loads(officers: Sequence[UUID], scope: Scope) -> list[OfficerOut]:
    """Give officers, in this order, with what they answer for as primary now, as far as it lies in one's own grids."""
    running = Assignment.objects.running(timezone.now()).filter(duty=Duty.PRIMARY, officer__in=officers)
    grids: dict[UUID, list[Grid]] = {id: [] for id in officers}
    for row in visible(running, scope).select_related("grid").defer("grid__geometry"):
        grids[row.officer_id].append(row.grid)
    known = Officer.objects.select_related("user").in_bulk(list(officers))
    weights = weigh([grids[id] for id in officers])
    rows = zip(officers, weights, strict=True)
    return [_shown(known[id], load) for id, load in rows if id in known]


def _shown(officer: Officer, load: Load) -> OfficerOut:
    return OfficerOut(id=officer.pk, name=officer.name, role=_role(officer), station=officer.station, on_duty_since=officer.on_duty_since, has_phone=officer.phone_sealed is not None, load=load)


def weigh(piles: Sequence[Sequence[Grid]]) -> list[Load]:
    """Give what each pile of grids weighs, a group counted once though its village may lie in the pile too."""
    ranges = [merged((grid.group_start, grid.group_end) for grid in pile) for pile in piles]
    flat = [(who, start, end) for who, mine in enumerate(ranges) for start, end in mine]
    with connection.cursor() as cursor:
        columns = [[row[column] for row in flat] for column in range(3)]
        cursor.execute(TASKS, columns)
        tasks = dict(cursor.fetchall())
        cursor.execute(PEOPLE, columns)
        people = {who: (int(households), int(registered)) for who, households, registered in cursor.fetchall()}
    tops = [[grid.pk for grid in pile if not any(other.code in grid.path[:-1] for other in pile)] for pile in piles]
    sized = Grid.objects.filter(pk__in=[pk for pile in tops for pk in pile]).annotate(size=Area(Cast("geometry", MultiPolygonField(geography=True))))
    size = {pk: area.sq_km for pk, area in sized.values_list("pk", "size")}
    return [
        Load(grids=len(pile), households=people.get(who, (0, 0))[0], residents=people.get(who, (0, 0))[1],
             area_km2=round(sum(size[pk] for pk in tops[who]), 2), open_tasks=tasks.get(who, 0))
        for who, pile in enumerate(piles)
    ]  # fmt: skip


def _role(officer: Officer) -> str | None:
    return officer.user.role if officer.user else None


def preview(grids: Sequence[Grid], officer: UUID | None, scope: Scope) -> AssignPreview:
    """Say who is primary in picked grids, what they weigh, and what an officer answers for before and after."""
    now = timezone.now()
    primaries = Assignment.objects.running(now).filter(duty=Duty.PRIMARY, grid__in=grids).select_related("officer")
    by_grid = {row.grid_id: row.officer for row in primaries}
    names = dict(Grid.objects.current().filter(code__in={code for grid in grids for code in grid.path}).values_list("code", "name"))
    picked = [
        PickedGrid(code=grid.code, place=" ".join(names[code] for code in grid.path[1:]), primary=by_grid[grid.pk].name if grid.pk in by_grid else None,
                   officer=by_grid[grid.pk].pk if grid.pk in by_grid else None)
        for grid in grids
    ]  # fmt: skip
    before = after = None
    if officer is not None and (found := loads([officer], scope)):
        held = list(Grid.objects.filter(assignment__in=visible(Assignment.objects.running(now), scope).filter(duty=Duty.PRIMARY, officer=officer)).defer("geometry"))
        before = found[0].load
        after = weigh([[*held, *(grid for grid in grids if grid.code not in {mine.code for mine in held})]])[0]
    return AssignPreview(grids=picked, picked=weigh([grids])[0], before=before, after=after)


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


def handovers_here(scope: Scope) -> list[Handover]:
    """Give the handovers of somebody's grids of the last month and those to come, the unsigned first: who assigns sees what was taken over."""
    rows = visible(Handover.objects.filter(Q(signed_at=None) | Q(at__gt=timezone.now() - SHOWN)), scope)
    return list(rows.select_related("giver", "taker").order_by(F("signed_at").asc(nulls_first=True), "-at")[:MOST_HANDOVERS])


def handover_list(handover: Handover, scope: Scope) -> HandoverOut:
    """Give what goes with a handover, the list that its taker signs: every grid's name, figures only of what one holds now."""
    grids = list(Grid.objects.current().filter(code__in=handover.grids).defer("geometry").order_by("no"))
    mine = [grid for grid in grids if contain(scope.ranges, [(grid.group_start, grid.group_end)])]
    ranges, load = merged((grid.group_start, grid.group_end) for grid in mine), weigh([mine])[0]
    return HandoverOut(
        id=handover.pk, giver=handover.giver.name, taker=handover.taker.name, at=handover.at, signed_at=handover.signed_at,
        grids=[grid.name for grid in grids], residents=load.residents, households=load.households,
        open_incidents=Incident.objects.within(ranges).open().count(), waiting_joins=Join.objects.within(ranges).waiting().count(),
        codes=JoinCode.objects.within(ranges).filter(revoked=False, household=None).count(),
        waiting_corrections=RecordRequest.objects.within(ranges).waiting().filter(wish=Wish.CORRECT, checked=True).count(),
        waiting_consents=Contact.objects.within(ranges).waiting().count(),
    )  # fmt: skip
