"""Writes of orders: given when a routine message begins, answered by officers, handed on when they are silent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import LIVE, Broadcast, MessageType
from gridmap.broadcasts.quiet import require_day
from gridmap.broadcasts.sending import members_of
from gridmap.errors import Conflict, Denied, Missing
from gridmap.grids.ranges import Ranges, contain, hold, merged, runs, whole
from gridmap.orders.models import Order, OrderQuerySet, Stage, State
from gridmap.orders.reads import shown
from gridmap.people.models import Assignment, Duty, Officer, Role
from gridmap.realtime.events import OrderConfirmed, OrderDeclined, OrderEscalated, OrderFact, OrderGiven, OrderReminded
from gridmap.realtime.log import publish, ring_clock

LEADS = (Role.COMMANDER, Role.TOWNSHIP_HEAD)
REMIND_AFTER = timedelta(minutes=15)
CUT = ("officer_id", "deputies", "stage", "starts", "ends", "residents")  # what changes when an order is cut anew
HANDED_ON = ((Stage.DEPUTY, timedelta(minutes=30)), (Stage.HEAD, timedelta(minutes=60)))


def give_orders() -> int:
    """Give the officers of every routine message that has begun their orders; run by the clock.

    Returns:
        How many were given.
    """
    given = Order.objects.filter(broadcast=OuterRef("pk"))
    begun = Broadcast.objects.standing().filter(~Exists(given), by_order=True).exclude(started_at=None)
    return sum(_give(id) for id in begun.values_list("pk", flat=True))


@transaction.atomic
def _give(id: UUID) -> int:
    # The row is locked, so that two clocks give each order once.
    broadcast = Broadcast.objects.select_for_update(no_key=True).filter(pk=id, state__in=LIVE).first()
    if broadcast is None or Order.objects.filter(broadcast=id).exists():
        return 0
    people = ledger.count_members(members_of(broadcast, runs(broadcast.touched)))
    # An update goes at once where the last version was confirmed; the other groups are asked anew.
    asked = [no for no in broadcast.touched if people.get(no) and not hold(broadcast.confirmed_ranges, no)]
    rows = _by_officer(broadcast, asked, people)
    Order.objects.bulk_create(rows)
    _tell(OrderGiven, [row.pk for row in rows])
    return len(rows)


def _by_officer(broadcast: Broadcast, numbers: Sequence[int], people: Mapping[int, int]) -> list[Order]:
    """Cut groups into one order for each who answers there now, not stored yet; ``people`` counts who would get it, by group."""
    by_officer: dict[UUID | None, list[int]] = {}
    primaries, deputies = _answering(runs(numbers), Duty.PRIMARY), _answering(runs(numbers), Duty.DEPUTY)
    for no in numbers:
        by_officer.setdefault(_nearest(primaries, no), []).append(no)
    users = dict(Officer.objects.filter(pk__in=[id for id in by_officer if id]).values_list("pk", "user"))
    rows = []
    for officer, own in by_officer.items():
        ranges = runs(own)
        stand_in = sorted({row[4] for row in deputies if row[4] and any(row[0] < end and start < row[1] for start, end in ranges)})
        silent = officer is None or users[officer] is None  # nobody there, or without a sign-in to answer with
        stage = Stage.OFFICER if not silent else Stage.DEPUTY if stand_in else Stage.HEAD
        rows.append(
            Order(
                broadcast=broadcast, officer_id=officer, deputies=stand_in, stage=stage, residents=sum(people.get(no, 0) for no in own),
                starts=[start for start, _ in ranges], ends=[end for _, end in ranges],
            )
        )  # fmt: skip
    return rows


def _answering(ranges: Ranges, duty: Duty) -> list[tuple[int, int, int, UUID, UUID | None]]:
    """Give who answers for grids there now: first group, group after the last, level, officer and sign-in; the lowest grid last."""
    running = Assignment.objects.running(timezone.now()).filter(duty=duty).meeting(ranges).order_by("grid__level")
    return list(running.values_list("grid__group_start", "grid__group_end", "grid__level", "officer", "officer__user"))


def _nearest(primaries: list[tuple[int, int, int, UUID, UUID | None]], no: int) -> UUID | None:
    """Give the officer of the lowest grid that holds a group, of the group itself before the village's, and so on up; who has
    no sign-in cannot answer, so the next above is asked, if there is one."""
    there = [(user, officer) for start, end, _, officer, user in reversed(primaries) if start <= no < end]
    return next((officer for user, officer in there if user), there[0][1] if there else None)


@transaction.atomic
def confirm_order(id: UUID, *, actor: Scope) -> Order:
    """Let the message go out in these groups; the clock writes and pushes it at once.

    Raises:
        Missing, Denied: it is not the actor's to answer.
        Conflict: answered already, the message is over, or it is night.
    """
    order = _mine(id, actor, [State.WAITING, State.DECLINED] if actor.role in LEADS else [State.WAITING])
    require_day(order.broadcast)
    _answer(order, State.CONFIRMED, actor)
    ring_clock()
    _tell(OrderConfirmed, [id])
    return Order.objects.select_related("officer").get(pk=id)


@transaction.atomic
def decline_order(id: UUID, reason: str, *, actor: Scope) -> Order:
    """Keep the message back in these groups, and say why; who leads may still let it out.

    Raises:
        Missing, Denied: it is not the actor's to answer.
        Conflict: answered already, or the message is over.
    """
    _answer(_mine(id, actor, [State.WAITING]), State.DECLINED, actor, reason)
    _tell(OrderDeclined, [id])
    return Order.objects.select_related("officer").get(pk=id)


def _mine(id: UUID, actor: Scope, states: list[State]) -> Order:
    """Find an order that this person may answer, and lock it."""
    orders = Order.objects.select_for_update(of=("self",), no_key=True).select_related("broadcast", "officer")
    order = visible(orders, actor).filter(pk=id).first()
    if order is None:
        raise Missing("request.missing")
    require(actor, "orders.answer", ranges=order.ranges)
    mine = Assignment.objects.running(timezone.now()).filter(officer__user=actor.user).meeting(tuple(order.ranges))
    if order.stage < Stage.DEPUTY:
        mine = mine.filter(duty=Duty.PRIMARY)
    if actor.role not in LEADS and not mine.exists():
        raise Denied("order.not_yours")
    if not Order.objects.running().filter(pk=id).exists():
        raise Conflict("broadcast.over")
    if order.state not in states:
        raise Conflict("order.answered", by=order.answered_by)
    return order


def _answer(order: Order, state: State, actor: Scope, reason: str = "") -> None:
    Order.objects.filter(pk=order.pk).update(state=state, answered_at=Now(), answered_by=actor.user.name, reason=reason)
    detail = {"broadcast": str(order.broadcast_id), "officer": str(order.officer_id), "residents": order.residents} | ({"reason": reason} if reason else {})
    audit.record(f"order.{state}", actor=actor.user, subject=order.pk, about=whole(tuple(order.ranges)), **detail)


@transaction.atomic
def hand_on_orders() -> int:
    """Remind officers who are silent after a quarter of an hour, let their deputies answer after half an hour, and those who lead
    see it as theirs after an hour; at once where the officer answers for the groups no more. Run by the clock.

    Returns:
        How many were reminded or handed on.
    """
    now, moved = timezone.now(), 0
    waiting = Order.objects.running().filter(state=State.WAITING).exclude(broadcast__message_type=MessageType.CANCEL)
    silent = waiting.filter(reminded_at=None, given_at__lt=now - REMIND_AFTER)
    reminded = list(silent.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
    Order.objects.filter(pk__in=reminded).update(reminded_at=Now())
    anew = _to_successors(waiting)
    moved += len(anew)
    handed: list[UUID] = []
    for stage, after in HANDED_ON:
        late = waiting.filter(stage__lt=stage, given_at__lt=now - after)
        ids = list(late.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
        moved += Order.objects.filter(pk__in=ids).update(stage=stage)
        handed += ids
    _tell(OrderGiven, anew)
    _tell(OrderReminded, reminded)
    _tell(OrderEscalated, handed)
    return len(reminded) + moved


def _to_successors(waiting: OrderQuerySet) -> list[UUID]:
    """Cut anew what officers do not answer for in whole any more, handed over or ended: each part is for whoever answers there
    now, and as long on its way as the first. Gives which orders changed or are new."""
    orders = list(waiting.exclude(officer=None).filter(stage=Stage.OFFICER).select_related("broadcast").select_for_update(of=("self",), skip_locked=True))
    primaries = _answering(merged(pair for order in orders for pair in order.ranges), Duty.PRIMARY)
    left = [order for order in orders if not contain(merged(row[:2] for row in primaries if row[3] == order.officer_id), order.ranges)]
    added: list[Order] = []
    for order in left:
        ranges = merged(order.ranges)
        people = ledger.count_members(members_of(order.broadcast, ranges))
        parts = _by_officer(order.broadcast, [no for start, end in ranges for no in range(start, end)], people)
        own = next((part for part in parts if part.officer_id == order.officer_id), parts[0])
        for field in CUT:
            setattr(order, field, getattr(own, field))
        for part in parts:
            part.given_at = order.given_at
        added += [part for part in parts if part is not own]
    Order.objects.bulk_update(left, CUT)
    Order.objects.bulk_create(added)
    return [order.pk for order in [*left, *added]]


def _tell(fact: type[OrderFact], ids: Iterable[UUID]) -> None:
    rows = [shown(row) for row in Order.objects.select_related("officer").filter(pk__in=list(ids)).order_by("given_at", "pk")]
    if rows:
        publish(fact(orders=rows), ranges=[(start, end) for row in rows for start, end in row.ranges])
