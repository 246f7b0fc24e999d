"""The snapshot: what a staff face shows before the first event, with the sequence number it is true at."""

from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Q, When
from django.utils import timezone
from ninja import Router, Schema

from gridmap.access import Scope, StaffRequest, require, visible
from gridmap.broadcasts.models import LIVE, OUT, Broadcast, BroadcastQuerySet, Review
from gridmap.broadcasts.models import State as BroadcastState
from gridmap.broadcasts.reads import progress_rows
from gridmap.broadcasts.reads import shown as shown_broadcast
from gridmap.broadcasts.schemas import BroadcastOut
from gridmap.callups.reads import running
from gridmap.callups.reads import shown as shown_callup
from gridmap.callups.schemas import CallupOut
from gridmap.edge.models import Join
from gridmap.grids.index import current_version
from gridmap.incidents.models import Incident
from gridmap.incidents.models import State as IncidentState
from gridmap.incidents.reads import shown_all as shown_incidents
from gridmap.incidents.schemas import IncidentOut
from gridmap.orders.reads import running as running_orders
from gridmap.orders.reads import shown as shown_order
from gridmap.orders.schemas import OrderOut
from gridmap.people import coverage
from gridmap.people.duty import on_duty
from gridmap.people.duty_schemas import OnDutyOut
from gridmap.people.models import UncoveredGroup
from gridmap.realtime import log
from gridmap.walls import staff_side

MOST, MOST_INCIDENTS = 200, 1_000


class Snapshot(Schema):
    """Everything a staff face needs to begin, cut to one's grids; rows by group number as in the events."""

    seq: int
    server_time: datetime
    version: int
    demo: bool
    incidents: list[IncidentOut]
    broadcasts: list[BroadcastOut]
    progress: dict[str, dict[int, list[int]]]
    coverage: dict[int, list[int]]
    uncovered: list[int]
    joins: dict[str, int]
    on_duty: list[OnDutyOut]
    callups: list[CallupOut]
    orders: list[OrderOut]


router = Router()


@router.get("/snapshot", response=Snapshot)
def snapshot(request: StaffRequest) -> Snapshot:
    """What stands now, and the sequence number after which events continue it."""
    require(request.auth, "incidents.read")
    return read(request.auth)


@transaction.atomic
def read(scope: Scope) -> Snapshot:
    """Read one consistent state: under REPEATABLE READ, so that the number and the rows agree."""
    if not connection.savepoint_ids:  # inside a caller's transaction (a test) the level is the caller's
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    with staff_side(scope.ranges):
        return _read(scope)


def _read(scope: Scope) -> Snapshot:
    seq = log.last()
    # Where there are more than anybody can look at, those that nobody has taken are the last to fall off the end.
    taken = Case(When(state=IncidentState.REPORTED, then=0), default=1)
    incidents = visible(Incident.objects.select_related("grid").defer("grid__geometry"), scope).open().order_by(taken, "-number")[:MOST_INCIDENTS]
    rows = list(_broadcasts(scope))
    alive = [row for row in rows if row.state in OUT and (row.started_at or row.approved_at)]
    return Snapshot(
        seq=seq,
        server_time=timezone.now(),
        version=current_version().number,
        demo=settings.DEMO,
        incidents=shown_incidents(incidents),
        broadcasts=[shown_broadcast(row).cut(scope.ranges) for row in rows],
        progress={str(row.pk): progress_rows(row, scope) for row in alive},
        coverage=coverage.rows(scope.ranges),
        uncovered=list(visible(UncoveredGroup.objects.order_by("no"), scope).values_list("no", flat=True)),
        on_duty=on_duty(scope.ranges),
        callups=[shown_callup(row) for row in visible(running(), scope)],
        orders=[shown_order(row).cut(scope.ranges) for row in visible(running_orders(), scope)],
        joins=Counter(str(code) for code in visible(Join.objects.waiting(), scope).values_list("code", flat=True)),
    )


def _broadcasts(scope: Scope) -> BroadcastQuerySet:
    """Those that wait or live, those that ended within the last day, evacuations that people may still be missing of, and those that
    nobody has reviewed yet; what is out stands first, however many drafts came after it."""
    rows = visible(Broadcast.objects.select_related("author", "approver", "reviewer"), scope)
    if not scope.may("broadcasts.draft"):
        rows = rows.told()
    over = Q(ended_at__lt=timezone.now() - timedelta(days=1)) & ~Q(review=Review.WAITING) & ~Q(pk__in=Broadcast.objects.unfinished().values("pk"))
    out = Case(When(Q(state__in=(BroadcastState.COUNTDOWN, *LIVE)) | Q(review=Review.WAITING), then=0), default=1)
    return rows.exclude(over).order_by(out, "-drafted_at")[:MOST]

