"""SMS for whom nothing else reached: who gets one and when, what it says, what the gateway answers and reports, however late."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone

from gridmap.broadcasts.ledger import Word
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.dispatches import sending, sms
from gridmap.dispatches.actions import queue_due
from gridmap.dispatches.contract import Outgoing
from gridmap.dispatches.models import STUCK_AFTER, Dispatch
from gridmap.edge.actions import note_pushed, take_receipts
from gridmap.edge.models import Endpoint, Hearing
from gridmap.people.models import Resident
from gridmap.sealing import blind, seal
from tests import world
from tests.broadcasts.steps import GROUP, grids, in_force, send_now, updated
from tests.clients import signed_in
from tests.dispatches.steps import SECOND, begun, got, joined, online, reported, sent

pytestmark = pytest.mark.django_db


def test_whom_nothing_reached_in_time_gets_one_and_nobody_gets_two(gateway: str) -> None:
    people = joined(phones=("12900000001", "12900000002", "12900000003"))
    broadcast = in_force()
    online(people[1], 30)
    note_pushed(broadcast.pk, [str(people[1].pk)])
    begun(broadcast, 59)
    assert queue_due() == 0  # orange waits a minute for the socket
    begun(broadcast, 61)
    assert queue_due() == 2
    assert queue_due() == 0
    assert sent() == 2
    assert sent() == 0
    assert sorted(row["phone"] for row in got(gateway)) == ["12900000001", "12900000003"]
    assert all(broadcast.headline in row["text"] for row in got(gateway))
    assert Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=people[0].pk).stage == 0  # handed over is not arrived


def test_who_was_sent_it_on_a_socket_that_was_dead_gets_one_and_who_saw_it_none(gateway: str) -> None:
    """A cut link takes up to 40 s to show; until then a send to it returns, and counts as pushed."""
    dead, saw, out = joined(phones=("12900000001", "12900000002", "12900000003"))
    broadcast = in_force()
    online(dead, 30)
    online(out, 30)
    Endpoint.objects.filter(resident_id=out.pk).update(revoked=True)  # that phone was taken out meanwhile
    note_pushed(broadcast.pk, [str(dead.pk), str(saw.pk), str(out.pk)])
    take_receipts([Word(broadcast.pk, saw.pk, stage="displayed")])
    begun(broadcast, 61)
    assert queue_due() == 1
    Endpoint.objects.update(online_until=timezone.now() - timedelta(minutes=5))
    assert queue_due() == 1
    assert queue_due() == 0
    assert sent() == 2
    assert sorted(row["phone"] for row in got(gateway)) == ["12900000001", "12900000003"]


def test_routine_messages_never_cost_an_sms(gateway: str) -> None:
    joined()
    begun(in_force(kind="notice", level="none"), 9000)
    assert queue_due() == 0


def test_a_routine_message_of_the_evening_wakes_nobody_at_night_and_comes_in_the_morning(gateway: str, settings: Any) -> None:
    joined(phones=("12900000001", "12900000002"))
    broadcast = in_force(kind="notice", level="blue")
    begun(broadcast, 9000)
    hour = timezone.localtime().hour
    night, day = (hour, (hour + 2) % 24), ((hour + 2) % 24, (hour + 3) % 24)
    settings.QUIET_HOURS = night
    assert queue_due() == 0
    settings.QUIET_HOURS = day
    assert queue_due() == 2
    settings.QUIET_HOURS = night  # the gateway was away until then
    sent()
    assert got(gateway) == []
    assert set(Dispatch.objects.values_list("state", "attempts")) == {("waiting", 0)}
    settings.QUIET_HOURS = day
    Dispatch.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    sent()
    assert len(got(gateway)) == 2


def test_a_report_of_the_handset_is_a_receipt_and_late_or_doubled_ones_do_no_harm(gateway: str) -> None:
    [person] = joined()
    broadcast = in_force()
    begun(broadcast, 61)
    queue_due()
    sent()
    provider = Dispatch.objects.get().provider_id
    for _ in range(2):
        assert reported({"reports": [{"provider_id": provider, "status": "delivered"}, {"provider_id": "nobodys", "status": "delivered"}]}).status_code == 204
        assert signed_in("planner").get(f"/api/broadcasts/{broadcast.pk}/progress").json()["pushed"] == 1
    assert reported({"reports": [{"provider_id": provider, "status": "failed"}]}).status_code == 204
    assert (Dispatch.objects.get().state, Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=person.pk).stage) == ("delivered", 1)
    Broadcast.objects.filter(pk=broadcast.pk).update(state="expired")
    assert reported({"reports": [{"provider_id": provider, "status": "delivered"}]}).status_code == 204


def test_only_the_gateway_reports(gateway: str) -> None:
    body = {"reports": [{"provider_id": "P000001", "status": "delivered"}]}
    signature = sms.sign(json.dumps(body).encode(), int(time.time()))
    wrong = ("", "t=,v1=", "t=1,v1=00", f"{signature}0", signature.replace("v1=", "v1=x"), "t=99999999999999999999,v1=0", "t=١,v1=0")
    assert {reported(body, secret_says=said or "x").status_code for said in wrong} == {403}
    assert reported(body, at=int(time.time()) - 301).status_code == 403
    assert reported({"reports": [{"provider_id": "P000002", "status": "delivered"}]}, secret_says=signature).status_code == 403
    assert reported(body).status_code == 204


@pytest.mark.parametrize("status", [500, 429, 404])
def test_a_gateway_that_is_down_is_asked_again_and_no_message_is_lost(gateway: str, status: int) -> None:
    joined()
    begun(in_force(), 61)
    queue_due()
    httpx.post(f"{gateway}/mood", json={"status": status})
    assert sent() == 1
    row = Dispatch.objects.get()
    assert (row.state, row.attempts, row.refused) == ("waiting", 1, "HTTPError")
    assert row.next_at > timezone.now()
    httpx.post(f"{gateway}/mood", json={"status": 200})
    Dispatch.objects.update(next_at=timezone.now())
    sent()
    assert len(got(gateway)) == 1


def test_a_sender_that_died_before_it_noted_the_answer_sends_nothing_twice(gateway: str) -> None:
    joined()
    begun(in_force(), 61)
    queue_due()
    sent()
    Dispatch.objects.update(state="waiting", provider_id="", next_at=timezone.now())
    sent()
    assert len(got(gateway)) == 1
    assert Dispatch.objects.get().state == "sent"


def test_a_number_that_is_none_fails_and_a_busy_one_is_tried_again(gateway: str) -> None:
    joined(phones=("12900000009", "12900000008"))
    begun(in_force(), 61)
    queue_due()
    sent()
    assert sorted(Dispatch.objects.values_list("state", "refused")) == [("failed", "no such number"), ("waiting", "busy")]
    Dispatch.objects.update(next_at=timezone.now())
    sent()
    assert sorted(Dispatch.objects.values_list("state", flat=True)) == ["failed", "sent"]


def test_the_desk_sees_by_group_what_became_of_them_and_each_only_of_their_own_grids(gateway: str) -> None:
    joined(phones=("12900000009", "12900000008", "12900000001"))
    broadcast = in_force(selection=grids(world.TOWNSHIP_A, "430524002001"))
    begun(broadcast, 61)
    address = f"/api/broadcasts/{broadcast.pk}/dispatches"
    assert signed_in("planner").get(address).json() == {"waiting": 0, "sent": 0, "delivered": 0, "failed": 0, "by_grid": []}
    queue_due()
    sent()
    arrived = Dispatch.objects.get(state="sent").provider_id
    assert reported({"reports": [{"provider_id": arrived, "status": "delivered"}]}).status_code == 204
    counts = {"waiting": 1, "sent": 0, "delivered": 1, "failed": 1}
    no = Resident.objects.filter(group__code=GROUP)[0].no
    assert signed_in("planner").get(address).json() == {**counts, "by_grid": [{"no": no, **counts}]}
    assert signed_in("far_officer").get(address).json()["by_grid"] == []
    Dispatch.objects.update(state="over")
    assert signed_in("planner").get(address).json()["by_grid"] == []


def test_after_many_refusals_it_is_given_up(gateway: str) -> None:
    joined(phones=("12900000007",))
    begun(in_force(), 61)
    queue_due()
    for _ in range(sending.MOST_ATTEMPTS):
        Dispatch.objects.update(next_at=timezone.now())
        sent()
    assert Dispatch.objects.get().state == "failed"


def test_while_the_gateway_is_away_nothing_is_given_up_and_the_desk_knows_where_to_send_somebody(gateway: str) -> None:
    joined()
    broadcast = in_force()
    begun(broadcast, 61)
    queue_due()
    httpx.post(f"{gateway}/mood", json={"status": 500})
    for tries in range(2 * sending.MOST_ATTEMPTS):
        counts = signed_in("planner").get(f"/api/broadcasts/{broadcast.pk}/dispatches").json()
        assert (counts["waiting"], counts["failed"]) == ((1, 0) if tries < STUCK_AFTER else (0, 1))
        Dispatch.objects.update(next_at=timezone.now())
        sent()
        assert Dispatch.objects.get().next_at < timezone.now() + timedelta(seconds=61)
    Dispatch.objects.update(next_at=timezone.now(), attempts=5000)  # for days
    sent()
    assert Dispatch.objects.get().attempts == STUCK_AFTER  # so that a gateway that is back, and busy at first, is asked again
    httpx.post(f"{gateway}/mood", json={"status": 200})
    Dispatch.objects.update(next_at=timezone.now())
    sent()
    assert len(got(gateway)) == 1


def test_the_gateway_is_told_until_when_a_phone_may_ring_for_it(gateway: str) -> None:
    joined()
    broadcast = in_force()
    begun(broadcast, 61)
    queue_due()
    sent()
    assert datetime.fromisoformat(got(gateway)[0]["valid_until"]) == broadcast.expires.replace(microsecond=0)


def test_what_is_over_is_never_sent(gateway: str) -> None:
    joined()
    broadcast = in_force()
    begun(broadcast, 61)
    queue_due()
    Broadcast.objects.filter(pk=broadcast.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert sent() == 1
    assert (got(gateway), Dispatch.objects.get().state) == ([], "over")


def test_who_got_an_sms_gets_the_update_and_the_all_clear_at_once_also_outside(gateway: str) -> None:
    joined(SECOND)
    first = in_force(selection={"area": {"type": "grids", "codes": [GROUP, SECOND]}})
    begun(first, 61)
    queue_due()
    sent()
    second = updated(first.pk, selection={"area": {"type": "grids", "codes": [GROUP]}})
    assert queue_due() == 1
    sent()
    cancel = signed_in("planner").call("POST", f"/api/broadcasts/{second.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    signed_in("second_planner").call("POST", f"/api/broadcasts/{cancel['id']}/approve", {"content_hash": cancel["content_hash"]})
    send_now(cancel["id"])
    assert queue_due() == 1
    sent()
    texts = [row["text"] for row in got(gateway)]
    assert len(texts) == 3
    assert "您家现在不在范围内了" in texts[1]
    assert "已撤销" in texts[2]
    assert "险情解除" in texts[2]


def test_who_is_outside_by_now_and_never_got_an_sms_gets_none(gateway: str) -> None:
    [person] = joined(SECOND)
    first = in_force(selection=grids(GROUP, SECOND))
    take_receipts([Word(first.pk, person.pk, stage="displayed")])
    second = updated(first.pk, selection=grids(GROUP))
    begun(second, 61)
    assert Delivery.objects.filter(broadcast_id=second.pk, resident_id=person.pk, stage=0, outside=True).exists()
    assert queue_due() == 0


def test_a_demo_writes_to_nobody_and_to_no_other_machine(gateway: str, settings: Any) -> None:
    settings.DEMO = True
    real, ours = (Outgoing(uuid4(), phone, "x", timezone.now()) for phone in ("13800000001", "12900000001"))
    assert {row.id: row.refused for row in sms.Gateway().send([real, ours])} == {real.id: "demo", ours.id: ""}
    settings.SMS_URL = "https://sms.example.com/send"
    assert [row.refused for row in sms.Gateway().send([ours])] == ["demo"]
    settings.DEMO = False
    for address in ("http://sms.example.com/send", "file:///etc/passwd"):
        settings.SMS_URL = address
        with pytest.raises(OSError, match="https alone"):
            sms.Gateway().send([ours])


@pytest.mark.parametrize(("signs", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (335, 5)])
def test_long_texts_are_counted_as_gateways_do(signs: int, parts: int) -> None:
    assert sms.parts_of("字" * signs) == parts
    assert sms.parts_of("𠮷" * 36) == 2  # a rare Han character counts twice


def test_a_text_never_needs_more_than_five_parts_and_keeps_its_end() -> None:
    text = sms.text_of(in_force(instruction="请" * 900, drill=True), inside=True)
    assert sms.parts_of(text) == 5
    assert text.startswith("【演练】")
    assert text.endswith("前有效）")


def test_who_has_no_phone_is_told_by_the_one_who_hears_for_them_and_not_once_that_word_is_withdrawn(gateway: str) -> None:
    [hearer] = joined(phones=("12900000004",), group="430524001002001")
    silent = Resident.objects.filter(group__code=GROUP, joined=False)[0]
    Resident.objects.filter(pk=silent.pk).update(phone_sealed=None, phone_index=None)
    hearing = Hearing.objects.create(pk=uuid4(), resident_id=hearer.pk, heard_for=silent.pk, shown_as="张*芳", active=True, agreed=True)
    broadcast = in_force()
    begun(broadcast, 61)
    assert queue_due() == 1
    assert (Dispatch.objects.get().resident_id, Dispatch.objects.get().hearer_id) == (silent.pk, hearer.pk)
    sent()
    [message] = got(gateway)
    assert message["phone"] == "12900000004"
    assert "请马上告诉张*芳：" in message["text"]
    assert reported({"reports": [{"provider_id": Dispatch.objects.get().provider_id, "status": "delivered"}]}).status_code == 204
    assert Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=silent.pk).stage == 1
    Dispatch.objects.all().delete()
    online(hearer, 30)
    assert queue_due() == 0  # it is on the hearer's open page
    Endpoint.objects.update(online_until=timezone.now() - timedelta(seconds=60))
    assert queue_due() == 1
    Dispatch.objects.all().delete()
    Delivery.objects.filter(broadcast_id=broadcast.pk).update(stage=0)
    assert queue_due() == 1
    Hearing.objects.filter(pk=hearing.pk).update(active=False)
    sent()
    assert not Dispatch.objects.exists()  # nothing went out, so that another who hears for them can be written to
    assert got(gateway) == []
    other = Resident.objects.filter(group__code=GROUP).exclude(pk__in=(hearer.pk, silent.pk))[0]
    Resident.objects.filter(pk=other.pk).update(joined=True, phone_sealed=seal("12900000005", f"people_resident.phone.{other.pk}"), phone_index=blind("12900000005", "phone"))
    Hearing.objects.create(pk=uuid4(), resident_id=other.pk, heard_for=silent.pk, shown_as="张*芳", active=True, agreed=True)
    queue_due()
    assert Dispatch.objects.get(resident_id=silent.pk).hearer_id == other.pk
