"""SMS for whom nothing else reached: who gets one and when, what it says, what the gateway answers and reports, however late."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.broadcasts.ledger import Word
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.dispatches import sending, sms
from gridmap.dispatches.actions import queue_due
from gridmap.dispatches.contract import Outgoing
from gridmap.dispatches.models import Dispatch
from gridmap.edge.actions import note_pushed, take_receipts
from gridmap.edge.models import Endpoint, Hearing
from gridmap.people.models import Resident
from gridmap.sealing import blind, seal
from tests import world
from tests.broadcasts.steps import GROUP, grids, in_force, send_now, updated
from tests.broadcasts.test_cancel import cancelled
from tests.clients import Caller, signed_in

pytestmark = pytest.mark.django_db
SECRET = "between-gridmap-and-the-gateway"
SECOND = "430524001001002"


@pytest.fixture(scope="module")
def process() -> Iterator[str]:
    with subprocess.Popen([sys.executable, "-m", "tests.emulators.sms_gateway", "0", SECRET], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield f"http://127.0.0.1:{running.stdout.readline().strip()}"
        running.terminate()


@pytest.fixture
def gateway(process: str, settings: Any) -> str:
    settings.SMS_URL, settings.SMS_SECRET = f"{process}/send", SECRET
    httpx.post(f"{process}/mood", json={"status": 200})
    return process


def got(gateway: str) -> list[dict[str, str]]:
    """Give what the gateway took of the broadcasts of this test."""
    mine = {str(id) for id in Dispatch.objects.values_list("pk", flat=True)}
    return [row for row in httpx.get(f"{gateway}/messages").json()["messages"] if row["id"] in mine]


def joined(group: str = GROUP, phones: tuple[str, ...] = ("12900000001",)) -> list[Resident]:
    """Let the first people of a group have joined, by these phones."""
    people = list(Resident.objects.filter(group__code=group).order_by("pk")[: len(phones)])
    Resident.objects.update(joined=False)
    for person, phone in zip(people, phones, strict=True):
        sealed = {"phone_sealed": seal(phone, f"people_resident.phone.{person.pk}"), "phone_index": blind(phone, "phone")}
        Resident.objects.filter(pk=person.pk).update(joined=True, **sealed)
    return people


def online(person: Resident, seconds: int) -> None:
    """Let a person have a page open that gave a sign of life for so many seconds from now."""
    Endpoint.objects.create(
        resident_id=person.pk, no=person.no, token_hash=f"hash of {person.pk}", online_until=timezone.now() + timedelta(seconds=seconds)
    )


def begun(broadcast: Broadcast, seconds: int) -> None:
    """Have a broadcast gone out so many seconds ago."""
    Broadcast.objects.filter(pk=broadcast.pk).update(started_at=timezone.now() - timedelta(seconds=seconds))


def sent() -> int:
    return sending.send_batch(sms.Gateway())


def reported(body: dict[str, Any], *, at: int | None = None, secret_says: str | None = None) -> Any:
    said = json.dumps(body).encode()
    signature = secret_says or sms.sign(said, at or int(time.time()))
    return Caller().post("/api/sms/reports", said, content_type="application/json", headers={"X-Signature": signature})


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
    Endpoint.objects.update(online_until=timezone.now() - timedelta(seconds=1))
    assert queue_due() == 1
    assert queue_due() == 0
    assert sent() == 2
    assert sorted(row["phone"] for row in got(gateway)) == ["12900000001", "12900000003"]


def test_routine_messages_never_cost_an_sms(gateway: str) -> None:
    joined()
    begun(in_force(kind="notice", level="none"), 9000)
    assert queue_due() == 0


def test_a_report_of_the_handset_is_a_receipt_and_late_or_doubled_ones_do_no_harm(gateway: str) -> None:
    [person] = joined()
    broadcast = in_force()
    begun(broadcast, 61)
    queue_due()
    sent()
    provider = Dispatch.objects.get().provider_id
    for _ in range(2):
        answer = reported({"reports": [{"provider_id": provider, "status": "delivered"}, {"provider_id": "nobodys", "status": "delivered"}]})
        assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (409, "sms.unknown", {"n": 1})  # it brings that one again
        assert signed_in("planner").get(f"/api/broadcasts/{broadcast.pk}/progress").json()["pushed"] == 1
    assert reported({"reports": [{"provider_id": provider, "status": "failed"}]}).status_code == 204
    assert reported({"reports": []}).status_code in (204, 422)
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
    assert reported(body).status_code == 409  # taken, and of no message that is known


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
    joined()
    begun(in_force(), 61)
    queue_due()
    httpx.post(f"{gateway}/mood", json={"status": 500})
    for _ in range(sending.MOST_ATTEMPTS):
        Dispatch.objects.update(next_at=timezone.now())
        sent()
    assert Dispatch.objects.get().state == "failed"


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
    real, ours = Outgoing(uuid4(), "13800000001", "x"), Outgoing(uuid4(), "12900000001", "x")
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
    assert Dispatch.objects.get().state == "over"
    assert got(gateway) == []


def test_what_is_grave_goes_first_though_milder_messages_wait_longer(gateway: str) -> None:
    joined(phones=("12900000001",))
    yellow = in_force(kind="relayed_warning", level="yellow", authority="湖南省气象台 2026-11-25")
    begun(yellow, 301)
    assert queue_due() == 1
    red = in_force(level="red")
    begun(red, 301)
    assert queue_due() == 1
    assert list(Dispatch.objects.due().values_list("broadcast_id", flat=True)) == [red.pk, yellow.pk]
    assert Entry.objects.filter(action="dispatches.queued", subject=red.pk).get().detail == {"messages": 1}


def test_who_paused_all_their_phones_gets_an_sms_of_danger_alone(gateway: str) -> None:
    [person] = joined(phones=("12900000001",))
    online(person, 30)
    Endpoint.objects.update(paused=True, online_until=None)
    mild = in_force(kind="road_hazard", level="yellow")
    begun(mild, 9000)
    assert queue_due() == 0
    Endpoint.objects.create(resident_id=person.pk, no=person.no, token_hash="another")  # another phone that is not paused
    assert queue_due() == 1
    Endpoint.objects.update(paused=True)
    begun(in_force(), 9000)
    assert queue_due() == 1


def test_one_phone_that_cannot_be_opened_holds_up_nobody(gateway: str) -> None:
    spoilt, _ = joined(phones=("12900000001", "12900000002"))
    Resident.objects.filter(pk=spoilt.pk).update(phone_sealed=seal("12900000001", "of another column"))
    begun(in_force(), 61)
    assert queue_due() == 2
    sent()
    assert [row["phone"] for row in got(gateway)] == ["12900000002"]
    assert Dispatch.objects.get(resident_id=spoilt.pk).state == "failed"


def test_whose_sms_may_have_arrived_gets_the_all_clear_too(gateway: str) -> None:
    joined()
    broadcast = in_force()
    begun(broadcast, 61)
    queue_due()
    httpx.post(f"{gateway}/mood", json={"status": 500})  # took it perhaps, and did not say so
    sent()
    httpx.post(f"{gateway}/mood", json={"status": 200})
    cancel = cancelled(broadcast)
    assert queue_due() == 1
    assert Dispatch.objects.filter(broadcast_id=cancel.pk).count() == 1


def test_danger_without_a_level_is_danger(gateway: str) -> None:
    joined()
    begun(in_force(level="none"), 61)
    assert queue_due() == 1
    assert Dispatch.objects.get().urgency == 2
