"""Sending: everybody in the area gets exactly one delivery, nobody else gets any, and races are closed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.audit.models import Entry
from gridmap.broadcasts import ledger, sending
from gridmap.broadcasts.models import Broadcast, Delivery, DeliveryCount
from gridmap.broadcasts.reads import knocks
from gridmap.grids.models import Grid
from gridmap.people.models import Household, Resident
from gridmap.realtime.models import Event
from tests import world
from tests.broadcasts.steps import GROUP, approved, counted, grids, in_force, receivers, recounted, send_now
from tests.clients import signed_in

pytestmark = pytest.mark.django_db


def inside() -> set[Any]:
    return set(Resident.objects.filter(group__code=GROUP).values_list("pk", flat=True))


def test_everybody_in_the_area_has_exactly_one_delivery_and_nobody_else() -> None:
    broadcast = in_force()
    assert broadcast.state == "in_force"
    assert receivers(broadcast) == inside()
    assert Delivery.objects.count() == 5
    assert sum(DeliveryCount.objects.values_list("residents", flat=True)) == 5


def test_the_connected_come_first_and_each_chunk_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_CHUNK", 1)
    monkeypatch.setattr(sending, "CHUNK", 1)
    id = approved(selection={"area": {"type": "grids", "codes": [world.TOWNSHIP_A]}})["id"]
    signed_in("planner").call("POST", f"/api/broadcasts/{id}/send")
    Broadcast.objects.filter(pk=id).update(sends_at=timezone.now() - timedelta(seconds=1))
    written = []
    broadcast = Broadcast.objects.get(pk=id)
    while sending.send_step(broadcast.pk):
        written.append(len(receivers(broadcast)))
    connected = set(Resident.objects.filter(connected=True, group__code__startswith=world.TOWNSHIP_A).values_list("pk", flat=True))
    assert written[:4] == [2, 4, 6, 8]
    assert len(connected) == 8
    assert len(receivers(broadcast)) == 20
    assert [type for type in Event.objects.order_by("seq").values_list("type", flat=True) if type in ("broadcast.started", "broadcast.completed")] == [
        "broadcast.started", "broadcast.completed",
    ]  # fmt: skip


def test_who_connects_registers_moves_in_or_leaves_during_the_send_is_settled_by_the_reconciler() -> None:
    broadcast = in_force()
    group, elsewhere = Grid.objects.current().get(code=GROUP), Grid.objects.current().get(code="430524002002002")
    newcomer = Resident.objects.create(household=Household.objects.create(group=group), group=group, no=group.no, name_sealed=b"x")
    mover = Resident.objects.filter(group=elsewhere, place__isnull=False).first()
    assert mover is not None
    lon, lat = world.centre(GROUP)
    Resident.objects.filter(pk=mover.pk).update(place=f"SRID=4326;POINT({lon} {lat})", no=group.no)
    assert sending.reconcile(broadcast.pk) == 1
    assert receivers(broadcast) == inside() | {newcomer.pk, mover.pk}
    late = set(Delivery.objects.filter(late_at__isnull=False).values_list("resident_id", flat=True))
    assert late == {newcomer.pk, mover.pk}
    assert sending.reconcile(broadcast.pk) == 0


def test_nobody_gets_it_after_it_expired() -> None:
    broadcast = in_force()
    Broadcast.objects.filter(pk=broadcast.pk).update(expires=timezone.now() - timedelta(seconds=1))
    group = Grid.objects.current().get(code=GROUP)
    Resident.objects.create(household=Household.objects.create(group=group), group=group, no=group.no, name_sealed=b"x")
    assert sending.reconcile(broadcast.pk) == 0
    assert sending.expire_due() == 1
    assert Broadcast.objects.get(pk=broadcast.pk).state == "expired"
    assert Event.objects.order_by("-seq")[0].type == "broadcast.expired"
    assert Delivery.objects.count() == 5


def test_a_send_that_was_cut_off_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_CHUNK", 1)
    id = approved(selection={"area": {"type": "grids", "codes": [world.TOWNSHIP_A]}})["id"]
    signed_in("planner").call("POST", f"/api/broadcasts/{id}/send")
    Broadcast.objects.filter(pk=id).update(sends_at=timezone.now() - timedelta(seconds=1))
    broadcast = Broadcast.objects.get(pk=id)
    assert sending.send_step(broadcast.pk)
    assert sending.due() == [broadcast.pk]
    send_now(id)
    assert len(receivers(broadcast)) == Delivery.objects.count() == 20


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(half=st.floats(0.0005, 0.018), lon=st.floats(111.0, 111.04), lat=st.floats(27.0, 27.02))
def test_what_is_frozen_is_what_was_previewed(db: None, half: float, lon: float, lat: float) -> None:
    Broadcast.objects.all().delete()
    answer = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": {"area": world.square(lon, lat, half)}})
    if answer.status_code == 422 or answer.json()["residents"] == 0:
        return
    broadcast = in_force(selection={"area": world.square(lon, lat, half)})
    assert len(receivers(broadcast)) == answer.json()["residents"] == broadcast.residents


def test_what_really_went_out_can_be_held_against_the_record() -> None:
    sent = in_force()
    [entry] = Entry.objects.filter(action="broadcast.completed", subject=sent.pk)
    groups = Counter(Delivery.objects.filter(broadcast_id=sent.pk).values_list("no", flat=True))
    rows = ";".join(f"{no}:{people}" for no, people in sorted(groups.items()))
    assert (entry.detail["sent"], entry.detail["sent_groups"], entry.detail["hash"]) == (groups.total(), len(groups), sent.content_hash)
    assert entry.detail["sent_hash"] == sha256(rows.encode()).hexdigest()


def test_who_moves_within_the_area_is_looked_for_where_they_live_now_with_all_that_was_said() -> None:
    second = Grid.objects.current().get(code="430524001001002")
    broadcast = in_force(selection=grids(GROUP, second.code))
    people = list(Resident.objects.filter(group__code=GROUP).order_by("pk"))
    mover = people[0]
    ledger.receive([ledger.Word(broadcast.pk, mover.pk, tick="not_found"), ledger.Word(broadcast.pk, mover.pk, stage="displayed")], source="officer")
    Resident.objects.filter(pk=mover.pk).update(group=second, no=second.no)
    sending.reconcile(broadcast.pk)
    delivery = Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=mover.pk)
    assert (delivery.no, delivery.tick, delivery.late_at) == (second.no, "not_found", None)
    assert counted(broadcast.pk) == recounted(broadcast.pk)
    by_no = dict(DeliveryCount.objects.filter(broadcast_id=broadcast.pk).values_list("no", "residents"))
    assert by_no == {people[1].no: 4, second.no: 6}
    assert mover.pk in {row[0] for row in knocks(broadcast, [(second.no, second.no + 1)])}
    assert mover.pk not in {row[0] for row in knocks(broadcast, [(people[1].no, people[1].no + 1)])}


def test_five_seconds_are_left_to_stop_it_however_long_the_press_waited() -> None:
    broadcast = approved()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")  # as for the chain's row; a test's transaction began before that
    signed_in("planner").call("POST", f"/api/broadcasts/{broadcast['id']}/send")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sends_at - now() FROM broadcasts_broadcast WHERE id = %s", [broadcast["id"]])
        assert cursor.fetchone()[0] > timedelta(seconds=5.2)
