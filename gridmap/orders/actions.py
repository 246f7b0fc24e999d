"""Writes of orders: given when a routine message begins, answered by officers, handed on when they are silent."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, When
from django.db.models.functions import Now
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import LIVE, Broadcast, MessageType
from gridmap.broadcasts.quiet import require_day, require_few
from gridmap.broadcasts.sending import members_of
from gridmap.errors import Conflict, Denied, Missing
from gridmap.grids.ranges import hold, merged, runs, whole
from gridmap.one_by_one import one_by_one
from gridmap.orders.models import Order, OrderQuerySet, Stage, State
from gridmap.orders.reads import shown
from gridmap.people.models import Assignment, Duty, GroupCount, Role
from gridmap.realtime.events import OrderConfirmed, OrderDeclined, OrderEscalated, OrderFact, OrderGiven, OrderReminded
from gridmap.realtime.log import publish, ring_clock

LEADS = (Role.COMMANDER, Role.TOWNSHIP_HEAD)
REMIND_AFTER = timedelta(minutes=15)
CUT = ("officer_id", "deputies", "stage", "starts", "ends", "residents")  # what changes when an order is cut anew
DEPUTIES_AFTER, LEADS_AFTER = timedelta(minutes=30), timedelta(minutes=60)
# Whose account was closed answers for nothing, though nobody has taken their grids over yet.
SIGN_IN = Case(When(officer__user__is_active=True, then=F("officer__user")))
Answerer: TypeAlias = tuple[UUID, UUID | None]  # an officer, and the sign-in


def give_orders() -> int:
    """Give the officers of every routine message that has begun their orders; run by the clock.

    Returns:
        How many were given.

    Raises:
        PassedOverError: some could not be; all the others were.
    """
    begun = Broadcast.objects.standing().filter(by_order=True, ordered_at=None).exclude(started_at=None)
    return one_by_one(_give, begun.values_list("pk", flat=True))


@transaction.atomic
def _give(id: UUID) -> int:
    # The row is locked, so that two clocks give each order once.
    broadcast = Broadcast.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=id, state__in=LIVE).first()
    if broadcast is None or broadcast.ordered_at:
        return 0
    Broadcast.objects.filter(pk=id).update(ordered_at=Now())
    people = ledger.count_members(members_of(broadcast, runs(broadcast.touched)))
    # Of whom sensitive tags mean, not even the groups are told: all where anybody lives are asked.
    there = set(people)
    if broadcast.in_tens:
        there |= set(GroupCount.objects.filter(no__in=broadcast.touched, registered__gt=0).values_list("no", flat=True))
    # An update goes at once where the last version was confirmed; the other groups are asked anew. An officer's word is for groups with
    # nobody in them too, for who moves in later; who has only such groups is not asked.
    asked = [no for no in broadcast.touched if not hold(broadcast.confirmed_ranges, no)]
    rows = [row for row in _cut(broadcast, asked, people) if not there.isdisjoint(row.groups)]
    Order.objects.bulk_create(rows)
    audit.record("order.given", actor=None, subject=id, about=whole(runs(broadcast.touched)), officers=[str(row.officer_id) if row.officer_id else None for row in rows])
    _tell(OrderGiven, [row.pk for row in rows])
    return len(rows)


def _cut(broadcast: Broadcast, numbers: Sequence[int], people: Mapping[int, int], *, handed: bool = False) -> list[Order]:
    """Cut groups into one order for each who answers there now, not stored yet. An officer's silence, or one who cannot sign in,
    cuts them once more, by who stands in where: an order is answered whole, so each must lie whole in somebody's grids.

    Args:
        numbers: the groups, rising.
        people: who would get it, by group.
        handed: the officers had their time; the deputies are asked now.
    """
    primaries, deputies = _answering(numbers, Duty.PRIMARY), _answering(numbers, Duty.DEPUTY)
    able = {officer for there in primaries.values() for officer, user in there if user}
    parts: dict[tuple[UUID | None, tuple[UUID, ...]], list[int]] = {}
    for no in numbers:
        officer = _nearest(primaries[no])
        parts.setdefault((officer, _sign_ins(deputies[no]) if handed or officer not in able else ()), []).append(no)
    rows = []
    for (officer, stand_in), own in parts.items():
        ranges, stage = runs(own), Stage.DEPUTY if stand_in else Stage.HEAD
        if officer in able and not handed:
            stand_in, stage = _sign_ins(row for no in own for row in deputies[no]), Stage.OFFICER
        rows.append(
            Order(
                broadcast=broadcast, officer_id=officer, deputies=list(stand_in), stage=stage, residents=sum(people.get(no, 0) for no in own),
                starts=[start for start, _ in ranges], ends=[end for _, end in ranges],
            )
        )  # fmt: skip
    return rows


def _answering(numbers: Sequence[int], duty: Duty) -> dict[int, list[Answerer]]:
    """Give who answers for each of these rising groups now, officer and sign-in, the lowest grid first: the group's own officer
    before the village's, and so on up."""
    there: dict[int, list[Answerer]] = {no: [] for no in numbers}
    running = Assignment.objects.running(timezone.now()).filter(duty=duty).meeting(runs(numbers)).order_by("-grid__level", "officer")
    for start, end, officer, user in running.values_list("grid__group_start", "grid__group_end", "officer", SIGN_IN):
        for no in numbers[bisect_left(numbers, start) : bisect_left(numbers, end)]:
            there[no].append((officer, user))
    return there


def _nearest(there: Sequence[Answerer]) -> UUID | None:
    """Give the officer of the lowest grid; who has no sign-in cannot answer, so the next above is asked, if there is one."""
    return next((officer for officer, user in there if user), there[0][0] if there else None)


def _sign_ins(there: Iterable[Answerer]) -> tuple[UUID, ...]:
    return tuple(sorted({user for _, user in there if user}))


@transaction.atomic
def confirm_order(id: UUID, *, actor: Scope) -> Order:
    """Let the message go out in these groups; the clock writes and pushes it at once.

    Raises:
        Missing, Denied: it is not the actor's to answer.
        Conflict: answered already, the message is over, it is night, or the groups had enough routine messages today.
    """
    order = _mine(id, actor, [State.WAITING, State.DECLINED] if actor.role in LEADS else [State.WAITING])
    require_day(order.broadcast)
    require_few(order.broadcast, order.groups)
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
    detail = {"broadcast": str(order.broadcast_id), "officer": str(order.officer_id), "residents": shown(order).residents} | ({"reason": reason} if reason else {})
    audit.record(f"order.{state}", actor=actor.user, subject=order.pk, about=whole(tuple(order.ranges)), **detail)


@transaction.atomic
def hand_on_orders() -> int:
    """Remind officers who are silent after a quarter of an hour, let their deputies answer after half an hour, and those who lead
    see it as theirs after an hour; at once where the officer answers for the groups no more. Run by the clock.

    Returns:
        How many were reminded or handed on.
    """
    waiting = Order.objects.running().filter(state=State.WAITING).exclude(broadcast__message_type=MessageType.CANCEL)
    silent = waiting.filter(reminded_at=None, given_at__lt=Now() - REMIND_AFTER)
    reminded = list(silent.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
    Order.objects.filter(pk__in=reminded).update(reminded_at=Now())
    anew = _to_successors(waiting)
    handed = _to_deputies(waiting.filter(stage__lt=Stage.DEPUTY, given_at__lt=Now() - DEPUTIES_AFTER))
    late = waiting.filter(stage__lt=Stage.HEAD, given_at__lt=Now() - LEADS_AFTER)
    left = list(late.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
    Order.objects.filter(pk__in=left).update(stage=Stage.HEAD)
    # Before anything is published: the audit's lock comes before the log's. One entry for all, as every entry takes it.
    if reminded or anew or handed or left:
        steps = {"reminded": reminded, "cut_anew": anew, "orders": {*handed, *left}}
        said: dict[str, Any] = {step: sorted(map(str, ids)) for step, ids in steps.items() if ids}
        audit.record("order.escalated", actor=None, **said)
    _tell(OrderGiven, anew)
    _tell(OrderReminded, reminded)
    _tell(OrderEscalated, dict.fromkeys([*handed, *left]))
    return len(reminded) + len(anew) + len(handed) + len(left)


def _to_successors(waiting: OrderQuerySet) -> list[UUID]:
    """Cut anew what officers do not answer for in whole any more, handed over, ended or their account closed: each part is for whoever answers there
    now, and as long on its way as the first. Gives which orders changed or are new."""
    orders = _locked(waiting.exclude(officer=None).filter(stage=Stage.OFFICER))
    there = _answering(_groups(orders), Duty.PRIMARY)
    gone = [order for order in orders if not all((order.officer_id, True) in {(officer, bool(user)) for officer, user in there[no]} for no in order.groups)]
    return _cut_anew(gone)


def _to_deputies(late: OrderQuerySet) -> list[UUID]:
    """Let those who stand in now answer; where one holds only some of the groups the order is cut, or nobody could answer it."""
    orders = _locked(late)
    there = _answering(_groups(orders), Duty.DEPUTY)
    split = {order.pk: order for order in orders if any(list(_sign_ins(there[no])) != order.deputies for no in order.groups)}
    kept = [order.pk for order in orders if order.pk not in split]
    Order.objects.filter(pk__in=kept).update(stage=Case(When(deputies=[], then=Stage.HEAD), default=Stage.DEPUTY))
    return [*kept, *_cut_anew(list(split.values()), handed=True)]


def _locked(orders: OrderQuerySet) -> list[Order]:
    return list(orders.select_related("broadcast").order_by("given_at", "pk").select_for_update(of=("self",), skip_locked=True))


def _groups(orders: Iterable[Order]) -> list[int]:
    return sorted({no for order in orders for no in order.groups})


def _cut_anew(orders: Sequence[Order], *, handed: bool = False) -> list[UUID]:
    """Cut orders for whoever answers now; the first part of each stays the order that it was. Gives which changed or are new."""
    added: list[Order] = []
    for order in orders:
        people = ledger.count_members(members_of(order.broadcast, merged(order.ranges)))
        parts = _cut(order.broadcast, order.groups, people, handed=handed)
        own = next((part for part in parts if part.officer_id == order.officer_id), parts[0])
        for field in CUT:
            setattr(order, field, getattr(own, field))
        for part in parts:
            part.given_at, part.reminded_at = order.given_at, order.reminded_at
        added += [part for part in parts if part is not own]
    Order.objects.bulk_update(orders, CUT)
    Order.objects.bulk_create(added)
    return [order.pk for order in [*orders, *added]]


def _tell(fact: type[OrderFact], ids: Iterable[UUID]) -> None:
    rows = [shown(row) for row in Order.objects.select_related("officer", "broadcast").filter(pk__in=list(ids)).order_by("given_at", "pk")]
    if rows:
        publish(fact(orders=rows), ranges=[(start, end) for row in rows for start, end in row.ranges])
