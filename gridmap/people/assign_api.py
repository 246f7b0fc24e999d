"""HTTP for officers: who answers for what, assigning, ending, handing over."""

from typing import Literal
from uuid import UUID

from ninja import Query, Router, Status

from gridmap.access import Scope, StaffRequest, require, visible
from gridmap.errors import Missing
from gridmap.grids.models import Grid
from gridmap.idempotency.once import once
from gridmap.people import assign, duty, officers
from gridmap.people.assign_schemas import (
    AssignIn,
    Assignments,
    AssignPreview,
    AssignPreviewIn,
    EndIn,
    HandoverIn,
    HandoverOut,
    Handovers,
    OfficerPhoneIn,
    Officers,
)
from gridmap.people.duty_schemas import DutyIn, DutyOut, PositionIn
from gridmap.people.models import Handover, Officer

router = Router()


@router.get("/officers", response=Officers)
def list_officers(request: StaffRequest, name: str = "", under: str | None = None, page: int = Query(1, ge=1, le=10_000)) -> Officers:
    """Officers by name, with their load."""
    require(request.auth, "people.assign")
    return officers.listed(request.auth, name=name[:40], under=_grid(request.auth, under) if under else None, page=page)


@router.post("/officers/{id}/phone", response={204: None})
def set_phone(request: StaffRequest, id: UUID, body: OfficerPhoneIn) -> Status[None]:
    """Keep the number on which an officer is called up."""
    assign.set_officer_phone(id, body.phone, actor=request.auth)
    return Status(204, None)


@router.get("/duty", response=DutyOut)
def my_duty(request: StaffRequest) -> DutyOut:
    """Whether one is on duty."""
    return DutyOut(since=Officer.objects.filter(user=request.auth.user).values_list("on_duty_since", flat=True).first())


@router.post("/duty", response=DutyOut)
def set_duty(request: StaffRequest, body: DutyIn) -> DutyOut:
    """Go on duty, or off."""
    return DutyOut(since=duty.set_duty(on=body.on, actor=request.auth))


@router.post("/positions", response={204: None})
def share_position(request: StaffRequest, body: PositionIn) -> Status[None]:
    """Share where one is while on duty."""
    duty.share_position(body, actor=request.auth)
    return Status(204, None)


@router.get("/assignments", response=Assignments)
def assignments(request: StaffRequest, grid: str) -> Assignments:
    """Who answers for a grid itself, now and later."""
    items = officers.assignments_of(_grid(request.auth, grid))
    return Assignments(items=items, total=len(items))


@router.post("/assignments/preview", response=AssignPreview)
def preview(request: StaffRequest, body: AssignPreviewIn) -> AssignPreview:
    """Whom picked grids have now, and an officer's load before and after."""
    require(request.auth, "people.assign")
    found = list(visible(Grid.objects.current(), request.auth).defer("geometry").filter(code__in=body.grids).order_by("no"))
    if len(found) < len(set(body.grids)):
        raise Missing("request.missing")
    return officers.preview(found, body.officer, request.auth)


@router.post("/assignments", response={204: None})
@once
def assign_officer(request: StaffRequest, body: AssignIn) -> Status[None]:
    """Have an officer answer for grids."""
    assign.assign_officer(body, actor=request.auth)
    return Status(204, None)


@router.post("/assignments/{int:id}/end", response={204: None})
def end(request: StaffRequest, id: int, body: EndIn) -> Status[None]:
    """End an assignment."""
    assign.end_assignment(id, body, actor=request.auth)
    return Status(204, None)


@router.post("/handovers", response={201: HandoverOut})
@once
def hand_over(request: StaffRequest, body: HandoverIn) -> Status[HandoverOut]:
    """Hand everything of one officer to another."""
    return Status(201, officers.handover_list(assign.hand_over(body, actor=request.auth), request.auth))


@router.get("/handovers", response=Handovers)
def handovers(request: StaffRequest, of: Literal["me", "all"] = "me") -> Handovers:
    """The handovers that one takes and has not signed; or, for who assigns, all of one's grids and whether they were signed."""
    require(request.auth, "coverage.read" if of == "me" else "people.assign")
    mine = officers.handovers_here(request.auth) if of == "all" else Handover.objects.filter(taker__user=request.auth.user, signed_at=None).select_related("giver", "taker").order_by("at")
    items = [officers.handover_list(row, request.auth) for row in mine]
    return Handovers(items=items, total=len(items))


@router.post("/handovers/{uuid:id}/sign", response=HandoverOut)
def sign(request: StaffRequest, id: UUID) -> HandoverOut:
    """Sign for what was handed over."""
    return officers.handover_list(assign.sign_handover(id, actor=request.auth), request.auth)


def _grid(scope: Scope, code: str) -> Grid:
    grid = visible(Grid.objects.current(), scope).defer("geometry").filter(code=code).first()
    if grid is None:
        raise Missing("request.missing")
    require(scope, "people.assign", ranges=[(grid.group_start, grid.group_end)])
    return grid
