"""HTTP for broadcasts."""

from uuid import UUID

from ninja import Query, Router, Status
from shapely.geometry import mapping

from gridmap.access import Scope, StaffRequest, require, visible
from gridmap.broadcasts import actions, audience, contacts, geofences, reads
from gridmap.broadcasts.knock_schemas import CallIn, CallOut, KnockList
from gridmap.broadcasts.models import Broadcast, BroadcastQuerySet
from gridmap.broadcasts.schemas import (
    Approval,
    BroadcastIn,
    BroadcastOut,
    Broadcasts,
    CancelIn,
    CancelOut,
    CancelRef,
    DrillIn,
    GeofenceIn,
    GeofenceOut,
    Geofences,
    PreviewIn,
    PreviewOut,
    Progress,
    StateName,
    TickIn,
    UpdateIn,
)
from gridmap.broadcasts.selection import resolve
from gridmap.dispatches.reads import dispatches_of
from gridmap.dispatches.schemas import DispatchesOut
from gridmap.errors import Missing
from gridmap.grids.ranges import runs
from gridmap.idempotency.once import once
from gridmap.people.actions import call_door, note_knocks
from gridmap.people.duty import whereabouts
from gridmap.people.knocks import knock_list
from gridmap.people.limits import SEARCHES_AN_HOUR, limit, note_tags_counted
from gridmap.people.sessions import require_proven

router = Router()
PAGE = 50


@router.post("/broadcasts/preview", response=PreviewOut)
def preview(request: StaffRequest, body: PreviewIn) -> PreviewOut:
    """Count exactly who is in an area."""
    require(request.auth, "broadcasts.draft")
    place = resolve(body.selection, body.kind)
    require(request.auth, "broadcasts.draft", ranges=runs(place.touched))
    blurs = place.tags.sensitive and not request.auth.may("tags.count")
    asked = place.by_groups if blurs else place
    counted = audience.preview(asked)
    heard = contacts.heard(asked)
    counted.heard = sum(heard.values())
    for row in counted.by_grid:
        row.heard = heard.get(row.no, 0)
    counted.overlaps = reads.overlapping(place.touched)
    if place.exclude or place.recipe["type"] == "MultiPolygon":
        counted.outline = mapping(place.area)
    if place.tags.sensitive:
        limit("tags.counted", SEARCHES_AN_HOUR, request.auth)
        in_tens = counted.blurred(asked.question)
        note_tags_counted(actor=request.auth, about=runs(place.touched), people=in_tens.residents)
        return in_tens if blurs else counted
    return counted


@router.post("/broadcasts", response={201: BroadcastOut})
@once
def draft(request: StaffRequest, body: BroadcastIn) -> Status[BroadcastOut]:
    """Write a draft."""
    require(request.auth, "broadcasts.draft")
    return Status(201, _out(actions.draft_broadcast(body, actor=request.auth), request.auth))


@router.post("/drills", response={201: BroadcastOut})
@once
def draft_drill(request: StaffRequest, body: DrillIn) -> Status[BroadcastOut]:
    """Write a drill's draft."""
    require(request.auth, "broadcasts.drill")
    form = BroadcastIn(**body.model_dump(exclude_unset=True), drill=True)
    return Status(201, _out(actions.draft_broadcast(form, actor=request.auth), request.auth))


@router.get("/geofences", response=Geofences)
def list_geofences(request: StaffRequest) -> Geofences:
    """The saved areas within one's grids."""
    require(request.auth, "broadcasts.draft")
    items = [geofences.shown(row) for row in geofences.saved(request.auth)]
    return Geofences(items=items, total=len(items))


@router.post("/geofences", response={201: GeofenceOut})
@once
def save_geofence(request: StaffRequest, body: GeofenceIn) -> Status[GeofenceOut]:
    """Save an area under a name."""
    require(request.auth, "broadcasts.draft")
    return Status(201, geofences.shown(actions.save_geofence(body, actor=request.auth)))


@router.post("/geofences/{id}/retire", response={204: None})
@once
def retire_geofence(request: StaffRequest, id: UUID) -> Status[None]:
    """Offer a saved area no more."""
    geofences.retire_geofence(id, actor=request.auth)
    return Status(204, None)


@router.get("/broadcasts", response=Broadcasts)
def broadcasts(
    request: StaffRequest, state: StateName | None = None, page: int = Query(1, ge=1, le=100_000)
) -> Broadcasts:
    """Broadcasts that one may see, newest first; drafts only for the desk."""
    rows = _readable(request.auth)
    if state:
        rows = rows.filter(state=state)
    first = (page - 1) * PAGE
    items = [_out(row, request.auth) for row in rows.order_by("-drafted_at")[first : first + PAGE]]
    return Broadcasts(items=items, total=rows.count())


@router.get("/broadcasts/{id}", response=BroadcastOut)
def broadcast(request: StaffRequest, id: UUID) -> BroadcastOut:
    """One broadcast."""
    return _out(_one(request.auth, id), request.auth)


@router.post("/broadcasts/{id}/submit", response=BroadcastOut)
@once
def submit(request: StaffRequest, id: UUID) -> BroadcastOut:
    """Hand a draft over for approval."""
    return _out(actions.submit_broadcast(id, actor=request.auth), request.auth)


@router.post("/broadcasts/{id}/approve", response=BroadcastOut)
@once
def approve(request: StaffRequest, id: UUID, body: Approval) -> BroadcastOut:
    """Approve what another person submitted."""
    require_proven(request)
    return _out(actions.approve_broadcast(id, body.content_hash, actor=request.auth), request.auth)


@router.post("/broadcasts/{id}/send", response=BroadcastOut)
@once
def send(request: StaffRequest, id: UUID) -> BroadcastOut:
    """Start the countdown."""
    return _out(actions.send_broadcast(id, actor=request.auth), request.auth)


@router.post("/broadcasts/{id}/stop", response=BroadcastOut)
@once
def stop(request: StaffRequest, id: UUID) -> BroadcastOut:
    """Stop the countdown."""
    return _out(actions.stop_broadcast(id, actor=request.auth), request.auth)


@router.post("/broadcasts/{id}/update", response={201: BroadcastOut})
@once
def update(request: StaffRequest, id: UUID, body: UpdateIn) -> Status[BroadcastOut]:
    """Draft the next version of a broadcast that is out."""
    return Status(201, _out(actions.update_broadcast(id, body, actor=request.auth), request.auth))


@router.post("/broadcasts/{id}/discard", response=BroadcastOut)
@once
def discard(request: StaffRequest, id: UUID) -> BroadcastOut:
    """Throw away what was being prepared."""
    return _out(actions.discard_broadcast(id, actor=request.auth), request.auth)


@router.post("/broadcasts/{id}/cancel", response={202: CancelOut})
@once
def cancel(request: StaffRequest, id: UUID, body: CancelIn) -> Status[CancelOut]:
    """Call a broadcast off; another person approves that."""
    written = actions.cancel_broadcast(id, body.reason, actor=request.auth)
    return Status(202, CancelOut(cancel=CancelRef(id=written.pk, content_hash=written.content_hash)))


@router.post("/broadcasts/{id}/ticks", response={204: None})
@once
def tick(request: StaffRequest, id: UUID, body: TickIn) -> Status[None]:
    """Record what was found at a door."""
    actions.tick_resident(id, body, actor=request.auth)
    return Status(204, None)


@router.post("/broadcasts/{id}/call", response=CallOut)
def call(request: StaffRequest, id: UUID, body: CallIn) -> CallOut:
    """The phone of somebody on the knock list, recorded."""
    return call_door(_one(request.auth, id), body.resident, actor=request.auth)


@router.get("/broadcasts/{id}/progress", response=Progress)
def progress(request: StaffRequest, id: UUID) -> Progress:
    """How far a broadcast has come within one's grids."""
    return reads.progress(_one(request.auth, id), request.auth)


@router.get("/broadcasts/{id}/dispatches", response=DispatchesOut)
def dispatches(request: StaffRequest, id: UUID) -> DispatchesOut:
    """What became of the broadcast's messages over other ways than the socket, within one's grids."""
    return dispatches_of(_one(request.auth, id), request.auth)


@router.get("/broadcasts/{id}/not-seen", response=KnockList)
def not_seen(request: StaffRequest, id: UUID, page: int = Query(1, ge=1, le=100_000)) -> KnockList:
    """The knock list within one's grids; the resident's phone and name masked."""
    found = _one(request.auth, id)
    require(request.auth, "broadcasts.knock")
    actions.refuse_cancel(found)
    listed = knock_list(found, request.auth.ranges, page, whereabouts(request.auth))
    # Only now: who writes into the record holds its lock, and a county's list takes seconds to read.
    note_knocks(id, [(row.resident, row.no) for row in listed.items if row.passing], actor=request.auth)
    return listed


def _readable(scope: Scope) -> BroadcastQuerySet:
    require(scope, "broadcasts.read")
    rows = visible(Broadcast.objects.select_related("author", "approver", "reviewer"), scope)
    return rows if scope.may("broadcasts.draft") else rows.told()


def _one(scope: Scope, id: UUID) -> Broadcast:
    found = _readable(scope).filter(pk=id).first()
    if found is None:
        raise Missing("request.missing")
    return found


def _out(broadcast: Broadcast, scope: Scope) -> BroadcastOut:
    return reads.shown(broadcast).cut(scope.ranges)
