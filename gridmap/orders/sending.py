"""Sending what was confirmed: a due row for each order, whose groups get their deliveries in one transaction with the note of it."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import LIVE, Broadcast
from gridmap.broadcasts.sending import earlier_versions, members_of
from gridmap.grids.ranges import merged
from gridmap.one_by_one import one_by_one
from gridmap.orders.models import Order

AT_ONCE = 20


def send_confirmed() -> int:
    """Write the deliveries of some confirmed orders of each message; a killed clock is followed by another.

    Returns:
        How many orders that was; none when another clock is at it.

    Raises:
        PassedOverError: those of some messages could not be written; all the others were.
    """
    waiting = Broadcast.objects.filter(pk__in=Order.objects.to_send().values("broadcast"), state__in=LIVE, expires__gt=Now())
    return one_by_one(_send_orders, waiting.order_by("started_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def _send_orders(id: UUID) -> int:
    # Whoever at the desk holds the row of one holds up no other's.
    broadcast = Broadcast.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=id, state__in=LIVE, expires__gt=Now()).first()
    if broadcast is None:
        return 0
    orders = list(Order.objects.to_send().filter(broadcast=broadcast).select_for_update(of=("self",), no_key=True)[:AT_ONCE])
    fresh = merged(pair for order in orders for pair in order.ranges)
    written = ledger.freeze(
        broadcast.pk, members_of(broadcast, fresh), connected=[True, False], earlier=earlier_versions(broadcast)
    )  # fmt: skip
    _note(broadcast, [order.pk for order in orders], fresh)
    ledger.tell(broadcast.pk, written, edge=True)
    return len(orders)


def _note(broadcast: Broadcast, orders: list[UUID], fresh: tuple[tuple[int, int], ...]) -> None:
    out = merged([*broadcast.confirmed_ranges, *fresh])
    Broadcast.objects.filter(pk=broadcast.pk).update(confirmed=[number for pair in out for number in pair])
    Order.objects.filter(pk__in=orders).update(sent_at=Now())
