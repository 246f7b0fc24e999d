"""HTTP for call-ups."""

from uuid import UUID

from ninja import Router

from gridmap.access import StaffRequest, require, visible
from gridmap.callups import actions, reads
from gridmap.callups.schemas import CallupOut, CallupPhone, Callups
from gridmap.idempotency.once import once

router = Router()


@router.get("/callups", response=Callups)
def list_callups(request: StaffRequest) -> Callups:
    """The call-ups of evacuations in force within one's grids."""
    require(request.auth, "broadcasts.read")
    items = [reads.shown(row) for row in visible(reads.running(), request.auth)]
    return Callups(items=items, total=len(items))


@router.post("/callups/{id}/answer", response=CallupOut)
@once
def answer(request: StaffRequest, id: UUID) -> CallupOut:
    """Say that one is on it, or that one has reached the officer."""
    return reads.shown(actions.answer_callup(id, actor=request.auth))


@router.post("/callups/{id}/call", response=CallupPhone)
def call(request: StaffRequest, id: UUID) -> CallupPhone:
    """The number of an officer who does not answer."""
    return CallupPhone(phone=actions.call_officer(id, actor=request.auth))
