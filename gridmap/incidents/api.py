"""HTTP for incidents."""

from typing import Literal
from uuid import UUID

from ninja import Query, Router, Status
from pydantic import AwareDatetime

from gridmap.access import StaffRequest, require, visible
from gridmap.grids.models import Grid
from gridmap.idempotency.once import once
from gridmap.incidents import actions
from gridmap.incidents.models import Incident
from gridmap.incidents.reads import shown, shown_all
from gridmap.incidents.schemas import IncidentIn, IncidentOut, Incidents

router = Router()
PAGE = 50


@router.post("/incidents", response={201: IncidentOut})
@once
def report(request: StaffRequest, body: IncidentIn) -> Status[IncidentOut]:
    """Report an incident."""
    return Status(201, shown(actions.report_incident(body, actor=request.auth)))


@router.get("/incidents", response=Incidents)
def incidents(
    request: StaffRequest,
    state: Literal["reported", "acknowledged", "resolved"] | None = None,
    under: str | None = None,
    since: AwareDatetime | None = None,
    page: int = Query(1, ge=1, le=100_000),
) -> Incidents:
    """Incidents in one's area, newest first."""
    require(request.auth, "incidents.read")
    rows = visible(Incident.objects.select_related("grid"), request.auth)
    if state:
        rows = rows.filter(state=state)
    if since:
        rows = rows.filter(reported_at__gte=since)
    if under:
        grid = visible(Grid.objects.current(), request.auth).filter(code=under).first()
        rows = rows.within([(grid.group_start, grid.group_end)]) if grid else rows.none()
    first = (page - 1) * PAGE
    return Incidents(items=shown_all(rows.order_by("-number")[first : first + PAGE]), total=rows.count())


@router.post("/incidents/{id}/acknowledge", response=IncidentOut)
@once
def acknowledge(request: StaffRequest, id: UUID) -> IncidentOut:
    """Take an incident on."""
    return shown(actions.acknowledge_incident(id, actor=request.auth))


@router.post("/incidents/{id}/resolve", response=IncidentOut)
@once
def resolve(request: StaffRequest, id: UUID) -> IncidentOut:
    """Say that an incident is over."""
    return shown(actions.resolve_incident(id, actor=request.auth))
