"""Whom an SMS goes to and whom not: the gravest first, no one who paused, an all-clear to whoever may have got one, no report lost."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from django.db.models.expressions import RawSQL
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.broadcasts.sending import reconcile
from gridmap.dispatches.actions import queue_due
from gridmap.dispatches.models import Dispatch
from gridmap.edge.models import Endpoint, Hearing
from gridmap.grids.models import Grid
from gridmap.orders.actions import give_orders
from gridmap.orders.models import Order
from gridmap.people.models import Resident
from gridmap.sealing import seal
from tests.broadcasts.steps import GROUP, grids, in_force, updated
from tests.broadcasts.test_cancel import cancelled
from tests.clients import signed_in
from tests.dispatches.steps import SECOND, begun, got, joined, online, reported, sent

pytestmark = pytest.mark.django_db


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


def test_a_report_that_overtakes_the_answer_to_its_message_is_brought_again(gateway: str) -> None:
    joined(phones=("12900000001", "12900000002"))
    broadcast = in_force()
    begun(broadcast, 61)
    queue_due()
    sent()
    known, early = Dispatch.objects.order_by("provider_id")
    provider = early.provider_id
    Dispatch.objects.filter(pk=early.pk).update(state="waiting", provider_id="", next_at=timezone.now() + timedelta(seconds=50))  # not noted yet
    both = {"reports": [{"provider_id": id, "status": "delivered"} for id in (known.provider_id, provider)]}
    answer = reported(both)
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (409, "sms.unknown", {"n": 1})
    assert Dispatch.objects.get(pk=known.pk).state == "delivered"  # what is known is taken all the same
    Dispatch.objects.filter(pk=early.pk).update(state="sent", provider_id=provider)
    assert reported(both).status_code == 204
    assert set(Dispatch.objects.values_list("state", flat=True)) == {"delivered"}


def test_who_never_got_an_sms_gets_no_all_clear_by_one(gateway: str) -> None:
    joined()
    broadcast = in_force()
    begun(broadcast, 61)
    assert queue_due() == 1
    cancel = cancelled(broadcast)
    sent()  # its turn comes when it is over
    assert (Dispatch.objects.get().state, queue_due()) == ("over", 0)
    assert not Dispatch.objects.filter(broadcast_id=cancel.pk).exists()


def test_who_paused_after_an_sms_still_gets_its_all_clear(gateway: str) -> None:
    [person] = joined()
    broadcast = in_force(kind="road_hazard", level="yellow")
    begun(broadcast, 9000)
    assert queue_due() == 1
    sent()
    online(person, 30)
    Endpoint.objects.update(paused=True, online_until=None)
    cancelled(broadcast)
    assert queue_due() == 1


def out_of_it() -> tuple[Resident, Broadcast]:
    """Have somebody been told by SMS, then an update leave them outside, of which an SMS waits."""
    [person] = joined(SECOND)
    first = in_force(selection=grids(GROUP, SECOND))
    begun(first, 61)
    queue_due()
    sent()
    update = updated(first.pk, selection=grids(GROUP))
    assert queue_due() == 1
    return person, update


def test_who_comes_back_into_the_area_after_being_told_that_they_are_out_of_it_is_told_that_too(gateway: str) -> None:
    person, update = out_of_it()
    sent()
    Resident.objects.filter(pk=person.pk).update(group=Grid.objects.current().get(code=GROUP), no=Grid.objects.current().get(code=GROUP).no)
    reconcile(update.pk)
    begun(update, 61)
    assert queue_due() == 1
    sent()
    texts = [row["text"] for row in got(gateway)]
    assert ("现在不在范围内" in texts[1], "现在不在范围内" in texts[2]) == (True, False)
    old = Dispatch.objects.get(broadcast_id=update.pk, outside=True).provider_id
    reported({"reports": [{"provider_id": old, "status": "delivered"}]})  # late: of the text that is true no more
    assert Delivery.objects.get(broadcast_id=update.pk, resident_id=person.pk).stage == 0


def test_who_comes_late_with_a_page_open_gets_it_there(gateway: str) -> None:
    people = joined(phones=("12900000001", "12900000002"))
    broadcast = in_force(level="red")
    begun(broadcast, 3600)
    online(people[0], 30)  # their page is about to get it
    Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=people[0].pk).update(late_at=timezone.now())
    assert queue_due() == 1
    assert Dispatch.objects.get().resident_id == people[1].pk


def test_who_comes_back_before_that_message_is_sent_is_not_told_that_they_are_out(gateway: str) -> None:
    person, update = out_of_it()
    Resident.objects.filter(pk=person.pk).update(group=Grid.objects.current().get(code=GROUP), no=Grid.objects.current().get(code=GROUP).no)
    reconcile(update.pk)
    sent()
    assert (len(got(gateway)), Dispatch.objects.get(broadcast_id=update.pk).state) == (1, "over")


def test_a_page_that_is_open_and_not_looked_at_holds_up_the_sms_of_danger_for_a_while_alone(gateway: str) -> None:
    pocket, read, late = joined(phones=("12900000001", "12900000002", "12900000003"))
    broadcast = in_force(level="red")
    for person in (pocket, read, late):
        online(person, 300)
    mine = Delivery.objects.filter(broadcast_id=broadcast.pk)
    mine.update(stage=1)
    mine.filter(resident_id=read.pk).update(stage=2)
    mine.filter(resident_id=late.pk).update(late_at=timezone.now())  # it was given to them a moment ago
    begun(broadcast, 59)
    assert queue_due() == 0
    begun(broadcast, 60)
    assert queue_due() == 1
    assert Dispatch.objects.get().resident_id == pocket.pk
    mine.filter(resident_id=late.pk).update(late_at=RawSQL("now() - make_interval(secs => 60)", []))
    assert queue_due() == 1


def test_an_update_does_not_let_those_wait_anew_whom_nothing_has_reached_and_they_come_first(gateway: str) -> None:
    told, silent = joined(phones=("12900000001", "12900000002"))
    first = in_force(level="orange")
    Delivery.objects.filter(broadcast_id=first.pk, resident_id=silent.pk).update(stage=2)
    begun(first, 61)
    assert queue_due() == 1
    sent()
    Delivery.objects.filter(broadcast_id=first.pk, resident_id=silent.pk).update(stage=0)
    updated(first.pk)
    assert queue_due() == 2
    assert list(Dispatch.objects.due().values_list("resident_id", flat=True)) == [silent.pk, told.pk]


def test_who_saw_the_version_before_is_given_the_time_to_see_the_update(gateway: str) -> None:
    [person] = joined()
    first = in_force(level="orange")
    Delivery.objects.filter(broadcast_id=first.pk, resident_id=person.pk).update(stage=2)
    begun(first, 3600)
    update = updated(first.pk)
    assert queue_due() == 0
    begun(update, 61)
    assert queue_due() == 1


def test_by_order_the_time_to_wait_runs_from_the_officers_word(gateway: str) -> None:
    joined()
    broadcast = in_force(kind="notice", level="blue", by_order=True, selection=grids(GROUP))
    begun(broadcast, 9000)
    give_orders()
    for order in Order.objects.filter(broadcast=broadcast):
        Order.objects.filter(pk=order.pk).update(state="confirmed", answered_at=timezone.now())
        Broadcast.objects.filter(pk=broadcast.pk).update(confirmed=[number for pair in order.ranges for number in pair])
    reconcile(broadcast.pk)
    assert Delivery.objects.filter(broadcast_id=broadcast.pk).exists()
    assert queue_due() == 0
    Order.objects.update(answered_at=timezone.now() - timedelta(seconds=901))
    assert queue_due() == 1


def test_the_all_clear_goes_to_whoever_was_told_the_danger_for_them(gateway: str) -> None:
    people = joined(phones=("12900000001", "12900000002"))
    silent = Resident.objects.filter(group__code=GROUP, joined=False)[0]
    Resident.objects.filter(pk=silent.pk).update(phone_sealed=None, phone_index=None)
    for person in people:
        Hearing.objects.create(pk=uuid4(), resident_id=person.pk, heard_for=silent.pk, shown_as="张*芳", active=True, agreed=True)
    broadcast = in_force()
    begun(broadcast, 61)
    queue_due()
    told = Dispatch.objects.get(resident_id=silent.pk).hearer_id
    sent()
    Resident.objects.filter(pk__in=[person.pk for person in people]).exclude(pk=told).update(connected=True)
    Resident.objects.filter(pk=told).update(connected=False)
    cancel = cancelled(broadcast)
    queue_due()
    assert Dispatch.objects.get(broadcast_id=cancel.pk, resident_id=silent.pk).hearer_id == told


def without_a_phone(hearers: list[Resident]) -> Resident:
    """Let somebody without a phone be heard for by these people."""
    silent = Resident.objects.filter(group__code=GROUP, joined=False)[0]
    Resident.objects.filter(pk=silent.pk).update(phone_sealed=None, phone_index=None)
    for person in hearers:
        Hearing.objects.create(pk=uuid4(), resident_id=person.pk, heard_for=silent.pk, shown_as="张*芳", active=True, agreed=True)
    return silent


def test_an_open_page_that_was_given_nothing_holds_no_danger_back_for_ever(gateway: str) -> None:
    [hearer] = joined()
    broadcast = in_force(level="red")
    online(hearer, 30)
    Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=hearer.pk).update(stage=3)
    silent = without_a_phone([hearer])  # noted after the hearer's page had the message
    begun(broadcast, 50)
    assert queue_due() == 0
    begun(broadcast, 7200)
    assert queue_due() == 1
    assert Dispatch.objects.get().resident_id == silent.pk


def test_when_the_first_who_hears_cannot_be_reached_the_second_is_written_to(gateway: str) -> None:
    silent = without_a_phone(joined(phones=("12900000001", "12900000002")))
    broadcast = in_force()
    begun(broadcast, 61)
    assert queue_due() == 3
    first = Dispatch.objects.get(resident_id=silent.pk)
    Dispatch.objects.filter(pk=first.pk).update(state="failed", refused="no such number", settled_at=timezone.now())
    assert queue_due() == 1
    second = Dispatch.objects.get(resident_id=silent.pk, state="waiting")
    assert second.hearer_id not in (None, first.hearer_id)
    assert queue_due() == 0
    Dispatch.objects.filter(pk=second.pk).update(state="failed", settled_at=timezone.now())
    assert queue_due() == 0  # both are tried
    figures = signed_in("planner").get(f"/api/broadcasts/{broadcast.pk}/dispatches").json()
    assert (figures["failed"], figures["waiting"]) == (1, 2)  # people, however often it was tried


def test_who_withdraws_while_the_gateway_is_away_is_followed_by_who_hears_too(gateway: str) -> None:
    silent = without_a_phone(joined(phones=("12900000001", "12900000002")))
    begun(in_force(), 61)
    queue_due()
    httpx.post(f"{gateway}/mood", json={"status": 503})
    sent()
    httpx.post(f"{gateway}/mood", json={"status": 200})
    Hearing.objects.filter(resident_id=Dispatch.objects.get(resident_id=silent.pk).hearer_id).delete()
    Dispatch.objects.update(next_at=timezone.now())
    sent()
    assert queue_due() == 1
    sent()
    assert len([row for row in got(gateway) if "请马上告诉张*芳" in row["text"]]) == 1


def test_a_number_that_was_put_right_meanwhile_is_written_to(gateway: str) -> None:
    [person] = joined()
    begun(in_force(), 61)
    queue_due()
    Dispatch.objects.update(state="failed", refused="no such number", settled_at=RawSQL("now() - interval '1 minute'", []))
    assert queue_due() == 0
    edited = signed_in("officer").call("POST", f"/api/residents/{person.pk}/edit", {"phone": "12900000002"})
    assert edited.status_code == 200, edited.content
    assert queue_due() == 1
    sent()
    assert [row["phone"] for row in got(gateway)] == ["12900000002"]
