"""Anything in any order: people come, move, pass by and leave while broadcasts go out, at once or as officers confirm them, change,
end and are answered; a clock dies in between.

Whatever happened, once the clock has had its turn: everybody in an area has exactly one delivery and is counted, nobody else is,
whoever got any version of a chain has its newest, and every counter equals a recount.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as rules
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from gridmap.access import scope_of
from gridmap.broadcasts import ledger, sending
from gridmap.broadcasts.members import MEMBERS
from gridmap.broadcasts.models import LIVE, Broadcast, Delivery, MessageType, State
from gridmap.broadcasts.reads import knocks
from gridmap.edge.actions import note_pushed, take_receipts
from gridmap.edge.models import Endpoint
from gridmap.edge.places import share_place, stop_sharing
from gridmap.edge.reads import in_force_for, inbox_of
from gridmap.edge.schemas import PlaceIn
from gridmap.grids.models import Grid
from gridmap.orders.actions import confirm_order, decline_order, give_orders
from gridmap.orders.models import Order
from gridmap.orders.models import State as OrderState
from gridmap.orders.sending import send_confirmed
from gridmap.people.models import Household, Resident, User
from gridmap.register.actions import leave_register
from gridmap.register.models import How
from tests import world
from tests.broadcasts.steps import approved, counted, in_force, recounted, send_now, update_drafted
from tests.clients import signed_in

GROUPS = [f"{village}{row:03d}" for village in world.VILLAGES for row in (1, 2)]
CODES = st.sets(st.sampled_from([*GROUPS, *world.VILLAGES]), min_size=1, max_size=4).filter(lambda codes: not codes >= set(world.VILLAGES))  # the county is an act of its own
WHO = st.integers(0, 10_000)
EVERYWHERE = ((0, 10_000),)
MOST = 3
NOTICE = {"kind": "notice", "level": "none", "category": "Other", "headline": "停水通知", "by_order": True}


class Crash(Exception):
    """A process that died before its transaction committed."""


class Warnings(RuleBasedStateMachine):
    """The county's people and its broadcasts."""

    def __init__(self) -> None:
        super().__init__()
        self.before = transaction.savepoint()
        self.ever: dict[UUID, set[UUID]] = {}  # who was in an area at any look since its broadcast went out
        self.gone: set[UUID] = set()
        self.officer = scope_of(User.objects.get(username="commander"))

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.before)

    def people(self) -> list[Resident]:
        return list(Resident.objects.order_by("no", "pk"))

    def live(self) -> list[Broadcast]:
        return list(Broadcast.objects.live().exclude(message_type=MessageType.CANCEL).order_by("drafted_at", "pk"))

    @rule(group=st.sampled_from(GROUPS), connected=st.booleans())
    def register(self, group: str, connected: bool) -> None:
        grid = Grid.objects.current().get(code=group)
        home = Household.objects.create(group=grid)
        Resident.objects.create(household=home, group=grid, no=grid.group_start, name_sealed=b"", name_index=b"", connected=connected, joined=connected)

    @rule(who=WHO, group=st.sampled_from(GROUPS))
    def move(self, who: int, group: str) -> None:
        person, grid = self.one(who), Grid.objects.current().get(code=group)
        Resident.objects.filter(pk=person.pk).update(group=grid, no=grid.group_start, place=None)

    @rule(who=WHO)
    def leave(self, who: int) -> None:
        person = self.one(who)
        leave_register(person.pk, How.LEFT, actor=self.officer)
        self.gone.add(person.pk)

    @rule(who=WHO, group=st.sampled_from([None, *GROUPS]))
    def share(self, who: int, group: str | None) -> None:
        """Say where one is; None stops it."""
        person = self.one(who)
        phone = Endpoint.objects.filter(resident_id=person.pk).first()
        phone = phone or Endpoint.objects.create(resident_id=person.pk, no=person.no, token_hash=f"hash of {person.pk}")
        if group:
            share_place(PlaceIn(location=world.centre(group), accuracy_m=10, hours=1), endpoint=phone)
        else:
            stop_sharing(endpoint=phone)

    @precondition(lambda self: len(self.live()) < MOST)
    @rule(codes=CODES, basis=st.sampled_from(["home", "last_place"]), dies=st.booleans())
    def publish(self, codes: set[str], basis: str, dies: bool) -> None:
        id = approved(selection={"area": {"type": "grids", "codes": sorted(codes)}, "basis": basis})["id"]
        signed_in("planner").call("POST", f"/api/broadcasts/{id}/send")
        Broadcast.objects.filter(pk=id).update(sends_at=timezone.now() - timedelta(seconds=1))
        if dies:
            self.crash(id)
        send_now(id)

    @precondition(lambda self: len(self.live()) < MOST)
    @rule(codes=CODES, basis=st.sampled_from(["home", "last_place"]))
    def order(self, codes: set[str], basis: str) -> None:
        """Publish a notice that goes out group by group, as officers confirm it."""
        in_force(**NOTICE, selection={"area": {"type": "grids", "codes": sorted(codes)}, "basis": basis})
        give_orders()

    @precondition(lambda self: self.waiting())
    @rule(which=WHO, confirms=st.booleans(), dies=st.booleans())
    def answer(self, which: int, confirms: bool, dies: bool) -> None:
        """Confirm an order or decline it; the clock may die over what was confirmed."""
        order = self.waiting()[which % len(self.waiting())]
        if not confirms:
            decline_order(order.pk, "已经当面通知过", actor=self.officer)
            return
        confirm_order(order.pk, actor=self.officer)
        if dies:
            with pytest.raises(Crash), transaction.atomic():
                send_confirmed()
                raise Crash

    @precondition(lambda self: self.live())
    @rule(which=WHO, codes=CODES, dies=st.booleans())
    def update(self, which: int, codes: set[str], dies: bool) -> None:
        out = self.live()[which % len(self.live())]
        id = update_drafted(out.pk, selection={"area": {"type": "grids", "codes": sorted(codes)}})["id"]
        waiting = signed_in("planner").call("POST", f"/api/broadcasts/{id}/submit")
        if waiting.status_code == 422:  # everybody left that area
            signed_in("planner").call("POST", f"/api/broadcasts/{id}/discard")
            return
        signed_in("second_planner").call("POST", f"/api/broadcasts/{id}/approve", {"content_hash": waiting.json()["content_hash"]})
        signed_in("planner").call("POST", f"/api/broadcasts/{id}/send")
        Broadcast.objects.filter(pk=id).update(sends_at=timezone.now() - timedelta(seconds=1))
        if dies:
            self.crash(id)
        send_now(id)

    @precondition(lambda self: self.live())
    @rule(which=WHO, dies=st.booleans())
    def cancel(self, which: int, dies: bool) -> None:
        out = self.live()[which % len(self.live())]
        cancel = signed_in("planner").call("POST", f"/api/broadcasts/{out.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
        signed_in("second_planner").call("POST", f"/api/broadcasts/{cancel['id']}/approve", {"content_hash": cancel["content_hash"]})
        if dies:
            self.crash(cancel["id"])
        send_now(cancel["id"])

    @precondition(lambda self: self.live())
    @rule(which=WHO)
    def expire(self, which: int) -> None:
        out = self.live()[which % len(self.live())]
        Broadcast.objects.filter(pk=out.pk).update(expires=timezone.now() - timedelta(seconds=1))
        assert sending.expire_due() == 1

    @rule(who=WHO)
    def connect(self, who: int) -> None:
        person = self.one(who)
        Resident.objects.filter(pk=person.pk).update(connected=True)
        for broadcast, _ in in_force_for(person.pk):
            note_pushed(broadcast.pk, [str(person.pk)])

    @rule(who=WHO)
    def drop(self, who: int) -> None:
        Resident.objects.filter(pk=self.one(who).pk).update(connected=False)

    @precondition(lambda self: self.live())
    @rule(which=WHO, who=WHO, word=st.sampled_from(["displayed", "acknowledged", "moving", "safe", "need_help"]))
    def acknowledge(self, which: int, who: int, word: str) -> None:
        take_receipts([ledger.Word(self.live()[which % len(self.live())].pk, self.one(who).pk, stage=word)])

    @precondition(lambda self: self.live())
    @rule(which=WHO, who=WHO, tick=st.sampled_from(["told", "moved", "away", "not_found", "need_help"]))
    def tick(self, which: int, who: int, tick: str) -> None:
        ledger.receive([ledger.Word(self.live()[which % len(self.live())].pk, self.one(who).pk, tick=tick)], source="officer")

    def waiting(self) -> list[Order]:
        return list(Order.objects.running().filter(state=OrderState.WAITING).order_by("given_at", "pk"))

    def one(self, who: int) -> Resident:
        people = self.people()
        return people[who % len(people)]

    def crash(self, id: str) -> None:
        """Die in the middle of a step, before it is committed."""
        with pytest.raises(Crash), transaction.atomic():
            sending.send_step(UUID(id))
            raise Crash

    @invariant()
    def everybody_and_nobody_else(self) -> None:
        give_orders()
        while send_confirmed():
            pass
        for broadcast in self.live():
            sending.reconcile(broadcast.pk)
            with connection.cursor() as cursor:
                cursor.execute(MEMBERS, sending.members_of(broadcast))
                where = {row[0]: row[1] for row in cursor.fetchall()}
            members = set(where)
            ever = self.ever.setdefault(broadcast.pk, set())
            ever |= members
            rows = list(Delivery.objects.filter(broadcast_id=broadcast.pk))
            inside = {row.resident_id for row in rows if not row.outside}
            in_need = {row.resident_id for row in rows if "need_help" in (row.answer, row.tick)}
            assert members <= inside
            assert {row.resident_id: row.no for row in rows if row.resident_id in members} == where  # in the list of that group's officer
            assert inside <= ever | in_need | self.needed(broadcast) | self.silent(broadcast)
            earlier = Broadcast.objects.filter(chain=broadcast.chain, version__lt=broadcast.version).values("pk")
            assert set(Delivery.objects.filter(broadcast_id__in=earlier).values_list("resident_id", flat=True)) - self.gone <= {row.resident_id for row in rows}
            known = set(Resident.objects.values_list("pk", flat=True))
            if broadcast.kind == "danger_notice":
                left = {row.resident_id for row in rows if not row.outside and not row.accounted}
                assert {row[0] for row in knocks(broadcast, EVERYWHERE)} == left & known

    @invariant()
    def a_notice_by_order_is_nowhere_where_nobody_confirmed_it(self) -> None:
        for broadcast in Broadcast.objects.filter(by_order=True, version=1):
            sent = {no for order in Order.objects.filter(broadcast=broadcast, state=OrderState.CONFIRMED) for start, end in order.ranges for no in range(start, end)}
            assert set(Delivery.objects.filter(broadcast_id=broadcast.pk).values_list("no", flat=True)) <= sent

    def silent(self, broadcast: Broadcast) -> set[UUID]:
        """Give who was passing through the area of an earlier version of an update that goes to who is there now: a phone that falls
        silent is no sign that they came out."""
        if not broadcast.by_place:
            return set()
        earlier = Broadcast.objects.filter(chain=broadcast.chain, version__lt=broadcast.version).values("pk")
        return {id for one in earlier for id in self.ever.get(one["pk"], set())}

    def needed(self, broadcast: Broadcast) -> set[UUID]:
        """Give who asked for help in any version: they are inside from then on, also once they are safe."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT r.resident_id FROM broadcasts_receipt r JOIN broadcasts_broadcast b ON b.id = r.broadcast_id"
                " WHERE b.chain = %s AND r.stage = 'need_help'",
                [broadcast.chain],
            )
            return {row[0] for row in cursor.fetchall()}

    @invariant()
    def counters_equal_a_recount(self) -> None:
        for id in Broadcast.objects.exclude(started_at=None).values_list("pk", flat=True):
            assert counted(id) == recounted(id)

    @invariant()
    def one_version_of_a_chain_and_a_cancel_is_final(self) -> None:
        out = list(Broadcast.objects.filter(state__in=LIVE))
        assert len({row.chain for row in out}) == len(out)
        for cancel in Broadcast.objects.filter(message_type=MessageType.CANCEL, state=State.IN_FORCE):
            others = Broadcast.objects.filter(chain=cancel.chain).exclude(pk=cancel.pk)
            assert not others.filter(state__in=LIVE).exists()
            got = set(Delivery.objects.filter(broadcast_id__in=others.values("pk")).values_list("resident_id", flat=True)) - self.gone
            assert got <= set(Delivery.objects.filter(broadcast_id=cancel.pk).values_list("resident_id", flat=True))
            for resident in sorted(got)[:2]:
                assert [item.state for item in inbox_of(Endpoint(resident_id=resident, no=0)) if item.chain == cancel.chain] == ["cancelled"]

    @invariant()
    def nothing_went_out_without_two_people(self) -> None:
        assert not Broadcast.objects.exclude(started_at=None).filter(approver=None).exists()
        assert not Broadcast.objects.exclude(started_at=None).filter(approver=F("author")).exists()


@pytest.mark.django_db
def test_anything_in_any_order(settings: Any) -> None:
    settings.MOST_ROUTINE_A_DAY = 1000
    run_state_machine_as_test(
        Warnings, settings=rules(max_examples=20, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck))
    )
