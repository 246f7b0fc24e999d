"""How orders are read."""

from typing import get_args

from gridmap.broadcasts.tens import in_tens
from gridmap.orders.models import Order, OrderQuerySet
from gridmap.orders.schemas import OrderOut, StageName

STAGES: tuple[StageName, ...] = get_args(StageName)


def running() -> OrderQuerySet:
    """Give the orders of routine messages that are out, as they were given."""
    return Order.objects.running().select_related("officer", "broadcast").order_by("given_at", "officer__name", "pk")


def shown(order: Order) -> OrderOut:
    """Build an order as staff of its groups get it."""
    return OrderOut(
        id=order.pk, broadcast=order.broadcast_id, officer=order.officer.name if order.officer else None,
        user=order.officer.user_id if order.officer else None, deputies=order.deputies, ranges=[list(pair) for pair in order.ranges],
        residents=in_tens(order.residents, str(order.pk), least=10) if order.broadcast.in_tens else order.residents,
        state=order.state, stage=STAGES[order.stage], given_at=order.given_at, reminded_at=order.reminded_at,  # type: ignore[arg-type]
        answered_at=order.answered_at, answered_by=order.answered_by, reason=order.reason,
    )  # fmt: skip
