"""HTTP for orders."""

from uuid import UUID

from ninja import Router

from gridmap.access import StaffRequest, require, visible
from gridmap.idempotency.once import once
from gridmap.orders import actions, reads
from gridmap.orders.schemas import DeclineIn, OrderOut, Orders

router = Router()


@router.get("/orders", response=Orders)
def list_orders(request: StaffRequest, broadcast: UUID | None = None) -> Orders:
    """The orders of routine messages that are out within one's grids, all or one message's."""
    require(request.auth, "broadcasts.read")
    rows = visible(reads.running(), request.auth)
    if broadcast:
        rows = rows.filter(broadcast=broadcast)
    items = [reads.shown(row).cut(request.auth.ranges) for row in rows]
    return Orders(items=items, total=len(items))


@router.post("/orders/{id}/confirm", response=OrderOut)
@once
def confirm(request: StaffRequest, id: UUID) -> OrderOut:
    """Let it go out in these groups."""
    return reads.shown(actions.confirm_order(id, actor=request.auth))


@router.post("/orders/{id}/decline", response=OrderOut)
@once
def decline(request: StaffRequest, id: UUID, body: DeclineIn) -> OrderOut:
    """Keep it back in these groups."""
    return reads.shown(actions.decline_order(id, body.reason, actor=request.auth))
