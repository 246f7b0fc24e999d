"""Calling off: another person approves, it is final, and everybody who got the message gets its cancel."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from django.utils import timezone

from gridmap.access import scope_of
from gridmap.broadcasts import sending
from gridmap.broadcasts.content import content_hash
from gridmap.broadcasts.models import Broadcast, Delivery, DeliveryCount
from gridmap.people.models import Resident, User
from gridmap.register.actions import merge_residents
from tests.broadcasts.steps import in_force, receivers, send_now, update_drafted
from tests.clients import phone, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def broadcast(db: None) -> Broadcast:
    return in_force()


def cancel_drafted(broadcast: Broadcast) -> str:
    said = signed_in("planner").call("POST", f"/api/broadcasts/{broadcast.pk}/cancel", {"reason": "险情解除"})
    assert said.status_code == 202
    cancel = said.json()["cancel"]
    assert signed_in("second_planner").call("POST", f"/api/broadcasts/{cancel['id']}/approve", {"content_hash": cancel["content_hash"]}).status_code == 200
    return str(cancel["id"])


def cancelled(broadcast: Broadcast) -> Broadcast:
    return send_now(cancel_drafted(broadcast))


def test_nothing_changes_until_another_person_approves(broadcast: Broadcast) -> None:
    cancel = signed_in("planner").call("POST", f"/api/broadcasts/{broadcast.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    refused = signed_in("planner").call("POST", f"/api/broadcasts/{cancel['id']}/approve", {"content_hash": cancel["content_hash"]})
    assert refused.status_code == 403
    assert Broadcast.objects.get(pk=broadcast.pk).state == "in_force"


def test_everybody_who_got_it_gets_the_cancel_even_outside_now(broadcast: Broadcast) -> None:
    mover = Resident.objects.get(pk=Delivery.objects.filter(broadcast_id=broadcast.pk).values("resident_id")[:1])
    Resident.objects.filter(pk=mover.pk).update(place="SRID=4326;POINT(111.035 27.015)", no=mover.no + 20)
    cancel = cancelled(broadcast)
    before, after = (set(Delivery.objects.filter(broadcast_id=id).values_list("resident_id", flat=True)) for id in (broadcast.pk, cancel.pk))
    assert before == after
    assert mover.pk in after
    assert Broadcast.objects.get(pk=broadcast.pk).state == "cancelled"


def test_a_large_all_clear_goes_out_in_parts_to_who_is_connected_first_and_passes_over_nobody(broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = receivers(broadcast)
    connected = set(Resident.objects.filter(pk__in=everybody, connected=True).values_list("pk", flat=True))
    assert connected
    assert connected < everybody
    monkeypatch.setattr(sending, "FIRST_CHUNK", 1)
    monkeypatch.setattr(sending, "TOLD_CHUNK", 1)
    id = cancel_drafted(broadcast)
    Broadcast.objects.filter(pk=id).update(state="countdown", sends_at=timezone.now() - timedelta(seconds=1))
    cancel, told = Broadcast.objects.get(pk=id), [set[UUID]()]
    while sending.send_step(cancel.pk):
        told.append(receivers(cancel))
        if told[-1] == connected:  # one comes online when that phase is over for them, one goes offline
            Resident.objects.filter(pk__in=everybody - connected).update(connected=True)
    told.append(receivers(cancel))
    assert all(before <= after for before, after in pairwise(told))
    assert connected in told
    assert len({len(some) for some in told}) > 3  # in parts, each of its own
    assert told[-1] == everybody
    assert sum(DeliveryCount.objects.filter(broadcast_id=cancel.pk).values_list("residents", flat=True)) == len(everybody)


def test_a_phone_sees_one_struck_out_message_with_the_reason(broadcast: Broadcast) -> None:
    person = Resident.objects.get(pk=Delivery.objects.filter(broadcast_id=broadcast.pk).values("resident_id")[:1])
    cancelled(broadcast)
    items = phone(str(person.pk), person.no).get("/api/inbox").json()["items"]
    assert [(row["state"], row["version"], row["data"]["reason"]) for row in items] == [("cancelled", 2, "险情解除")]
    assert items[0]["data"]["headline"] == broadcast.headline


def test_a_cancelled_broadcast_cannot_be_cancelled_or_sent_again(broadcast: Broadcast) -> None:
    cancelled(broadcast)
    for verb, body in (("cancel", {"reason": "再次"}), ("send", None), ("stop", None), ("submit", None)):
        assert signed_in("planner").call("POST", f"/api/broadcasts/{broadcast.pk}/{verb}", body).status_code in (403, 409)


def test_a_second_cancel_does_not_undo_the_one_that_waits(broadcast: Broadcast) -> None:
    first = signed_in("planner").call("POST", f"/api/broadcasts/{broadcast.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    again = signed_in("second_planner").call("POST", f"/api/broadcasts/{broadcast.pk}/cancel", {"reason": "也要撤销"})
    assert (again.status_code, again.json()["code"]) == (409, "broadcast.cancel_waits")
    approved = signed_in("second_planner").call("POST", f"/api/broadcasts/{first['id']}/approve", {"content_hash": first["content_hash"]})
    assert approved.status_code == 200


def test_an_all_clear_that_waited_while_an_update_went_out_lives_as_long_as_that(broadcast: Broadcast) -> None:
    next_version = update_drafted(broadcast.pk, headline="范围不变，时间延长", expires=(timezone.now() + timedelta(hours=20)).isoformat())["id"]
    waiting = signed_in("planner").call("POST", f"/api/broadcasts/{broadcast.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    submitted = signed_in("planner").call("POST", f"/api/broadcasts/{next_version}/submit").json()
    signed_in("second_planner").call("POST", f"/api/broadcasts/{next_version}/approve", {"content_hash": submitted["content_hash"]})
    signed_in("planner").call("POST", f"/api/broadcasts/{next_version}/send")
    second = send_now(next_version)
    planner = signed_in("second_planner")
    stale = planner.call("POST", f"/api/broadcasts/{waiting['id']}/approve", {"content_hash": waiting["content_hash"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "broadcast.hash_differs")  # what it calls off says something else by now
    shown = planner.get(f"/api/broadcasts/{waiting['id']}").json()
    assert (shown["headline"], shown["expires"]) == (second.headline, signed_in("planner").get(f"/api/broadcasts/{second.pk}").json()["expires"])
    Broadcast.objects.filter(pk=broadcast.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert planner.call("POST", f"/api/broadcasts/{waiting['id']}/approve", {"content_hash": shown["content_hash"]}).status_code == 200
    cancel = send_now(waiting["id"])
    assert (cancel.expires, cancel.headline, cancel.description) == (second.expires, second.headline, "险情解除")
    assert receivers(cancel) == receivers(second)
    assert cancel.content_hash == content_hash(cancel)


def test_an_evacuation_whose_time_ran_out_while_people_are_looked_for_is_called_off_too_and_any_other_is_not(broadcast: Broadcast) -> None:
    other = in_force(kind="road_hazard")
    Broadcast.objects.filter(pk__in=[broadcast.pk, other.pk]).update(state="expired", expires=timezone.now(), ended_at=timezone.now())
    refused = signed_in("planner").call("POST", f"/api/broadcasts/{other.pk}/cancel", {"reason": "路通了"})
    assert (refused.status_code, refused.json()["code"]) == (409, "broadcast.over")
    cancel = cancelled(broadcast)
    assert cancel.state == "in_force"
    assert receivers(cancel) == receivers(broadcast)
    assert Broadcast.objects.get(pk=broadcast.pk).state == "cancelled"
    person = Resident.objects.get(pk=Delivery.objects.filter(broadcast_id=broadcast.pk).values("resident_id")[:1])
    assert [row["state"] for row in phone(str(person.pk), person.no).get("/api/inbox").json()["items"] if row["chain"] == str(broadcast.chain)] == ["cancelled"]
    Broadcast.objects.filter(pk=broadcast.pk).update(state="expired", ended_at=timezone.now() - timedelta(days=3))
    late = signed_in("planner").call("POST", f"/api/broadcasts/{broadcast.pk}/cancel", {"reason": "险情解除"})
    assert (late.status_code, late.json()["code"]) == (409, "broadcast.over")


def test_an_all_clear_that_waited_past_its_own_hours_is_told_all_the_same(broadcast: Broadcast) -> None:
    waiting = signed_in("planner").call("POST", f"/api/broadcasts/{broadcast.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    Broadcast.objects.filter(pk=broadcast.pk).update(state="expired", expires=timezone.now() - timedelta(hours=1), ended_at=timezone.now() - timedelta(hours=1))
    Broadcast.objects.filter(pk=waiting["id"]).update(expires=timezone.now() - timedelta(minutes=1))
    assert signed_in("second_planner").call("POST", f"/api/broadcasts/{waiting['id']}/approve", {"content_hash": waiting["content_hash"]}).status_code == 200
    cancel = send_now(waiting["id"])
    assert (cancel.state, cancel.content_hash) == ("in_force", content_hash(cancel))
    assert cancel.expires > timezone.now() + timedelta(hours=5)
    assert receivers(cancel) == receivers(broadcast)


def test_a_double_that_is_merged_between_two_parts_of_an_all_clear_is_told_by_who_stays(broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The double's part was to come, and that of who stays was over; nothing looks for who has no all-clear afterwards."""
    monkeypatch.setattr(sending, "FIRST_CHUNK", 1)
    monkeypatch.setattr(sending, "TOLD_CHUNK", 1)
    stays = Resident.objects.exclude(pk__in=receivers(broadcast)).order_by("id")[0].pk
    id = cancel_drafted(broadcast)
    Broadcast.objects.filter(pk=id).update(state="countdown", sends_at=timezone.now() - timedelta(seconds=1))
    cancel = Broadcast.objects.get(pk=id)
    while (row := Broadcast.objects.get(pk=id)).phase < sending.REST or row.cursor < stays.int >> 112:
        assert sending.send_step(cancel.pk)
    double = max(receivers(broadcast) - receivers(cancel))
    merge_residents(double, stays, actor=scope_of(User.objects.get(username="commander")))
    while sending.send_step(cancel.pk):
        pass
    assert stays in receivers(cancel)
