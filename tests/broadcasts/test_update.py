"""Updates: they reach everybody who got any version, also those outside now; what is known of people stands on; one at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.audit import log as audit
from gridmap.broadcasts import ledger, sending
from gridmap.broadcasts.models import Broadcast, Delivery, DeliveryCount
from gridmap.broadcasts.reads import knocks
from gridmap.edge.actions import note_pushed, take_receipts
from gridmap.edge.reads import in_force_for, recipients
from gridmap.grids.models import Grid
from gridmap.grids.ranges import hold
from gridmap.people.models import Posting, Resident
from gridmap.realtime import log
from tests import world
from tests.broadcasts.steps import (
    GROUP,
    approved,
    counted,
    form,
    grids,
    in_force,
    reach,
    receivers,
    recounted,
    send_now,
    update_drafted,
    updated,
)
from tests.clients import phone, signed_in

pytestmark = pytest.mark.django_db
SECOND = "430524001001002"
EVERYWHERE = ((0, 10_000),)


def living_in(*codes: str) -> set[Any]:
    return set(Resident.objects.filter(group__code__in=codes).values_list("pk", flat=True))


def someone(group: str = GROUP) -> Resident:
    person = Resident.objects.filter(group__code=group, connected=True).first()
    assert person is not None
    return person


def inbox(person: Resident) -> list[dict[str, Any]]:
    return list(phone(str(person.pk), person.no).get("/api/inbox").json()["items"])


def half_out(out: Broadcast, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> tuple[Broadcast, Resident]:
    """Begin to send the next version of what is out to both groups; gives it, and somebody whom it has not come to yet."""
    monkeypatch.setattr(sending, "FIRST_CHUNK", 1)
    monkeypatch.setattr(sending, "CHUNK", 1)
    monkeypatch.setattr(sending, "TOLD_CHUNK", 1)
    id = update_drafted(out.pk, **changes)["id"]
    Broadcast.objects.filter(pk=id).update(state="countdown", sends_at=timezone.now() - timedelta(seconds=1))
    update = Broadcast.objects.get(pk=id)
    assert sending.send_step(update.pk)
    waiting = Resident.objects.filter(group__code=SECOND, connected=True)[0]
    assert waiting.pk not in receivers(update)
    return update, waiting


def test_a_smaller_area_reaches_those_outside_too_and_counts_only_those_inside() -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    update = updated(first.pk, selection=grids(GROUP))
    assert (update.state, update.version, update.message_type, update.chain) == ("in_force", 2, "Update", first.chain)
    assert Broadcast.objects.get(pk=first.pk).state == "superseded"
    assert receivers(update, outside=False) == living_in(GROUP)
    assert receivers(update, outside=True) == living_in(SECOND)
    assert reach(update)["residents"] == 5
    assert {row[0] for row in knocks(update, EVERYWHERE)} == living_in(GROUP)


def test_many_outside_are_told_so_in_parts_and_nobody_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    update, _ = half_out(first, monkeypatch, selection=grids(GROUP))
    told = [0]
    while sending.send_step(update.pk):
        told.append(len(receivers(update, outside=True)))
    assert len(set(told)) > 2
    assert receivers(update, outside=True) == living_in(SECOND)
    assert receivers(update, outside=False) == living_in(GROUP)


def test_a_phone_shows_the_update_alone_and_whether_its_home_is_inside() -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    updated(first.pk, selection=grids(GROUP), headline="范围缩小：仍须撤离")
    for group, inside in ((GROUP, True), (SECOND, False)):
        items = inbox(someone(group))
        assert [(row["version"], row["state"], row["data"]["headline"], row["data"]["inside"]) for row in items] == [(2, "in_force", "范围缩小：仍须撤离", inside)]


def test_a_wider_area_reaches_the_newcomers() -> None:
    update = updated(in_force(selection=grids(GROUP)).pk, selection=grids(GROUP, SECOND))
    assert receivers(update, outside=False) == living_in(GROUP, SECOND)


def test_what_is_known_of_people_stands_on_but_everybody_has_to_see_the_new_words() -> None:
    first = in_force(selection=grids(GROUP))
    people = list(Resident.objects.filter(group__code=GROUP).order_by("pk"))
    take_receipts([ledger.Word(first.pk, people[0].pk, stage="safe"), ledger.Word(first.pk, people[1].pk, stage="need_help")])
    ledger.receive([ledger.Word(first.pk, people[2].pk, tick="away"), ledger.Word(first.pk, people[3].pk, tick="told")], source="officer")
    update = updated(first.pk, expires=(timezone.now() + timedelta(hours=12)).isoformat())
    now = reach(update)
    assert (now["safe"], now["need_help"], now["accounted_for"], now["visited"], now["displayed"]) == (1, 1, 2, 1, 0)
    assert {row[0] for row in knocks(update, EVERYWHERE)} == {people[1].pk, people[3].pk, people[4].pk}
    assert update.headline == first.headline
    assert update.expires > first.expires


def test_who_asked_for_help_is_not_left_outside() -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    before, later = Resident.objects.filter(group__code=SECOND).order_by("pk")[:2]
    take_receipts([ledger.Word(first.pk, before.pk, stage="need_help")])
    update = updated(first.pk, selection=grids(GROUP))
    assert before.pk in {row[0] for row in knocks(update, EVERYWHERE)}
    assert recipients(update.pk, [str(before.pk)]) == (set(), {str(before.pk)})  # counted, and their phone still says where they are
    assert (reach(update)["residents"], reach(update)["need_help"]) == (6, 1)
    take_receipts([ledger.Word(update.pk, later.pk, stage="displayed")])
    assert (reach(update)["residents"], reach(update)["displayed"]) == (6, 0)
    take_receipts([ledger.Word(update.pk, later.pk, stage="need_help")])
    assert later.pk in {row[0] for row in knocks(update, EVERYWHERE)}
    assert (reach(update)["residents"], reach(update)["need_help"], reach(update)["displayed"]) == (7, 2, 1)


def test_who_needs_help_outside_the_new_area_stays_with_their_own_officer() -> None:
    far = "430524002001001"
    first = in_force(selection=grids(GROUP, far))
    old = Resident.objects.filter(group__code=far).order_by("pk")[0]
    officer = signed_in("far_officer")
    assert officer.call("POST", f"/api/broadcasts/{first.pk}/ticks", {"resident": str(old.pk), "tick": "need_help"}).status_code == 204
    before = log.last()
    update = updated(first.pk, selection=grids(GROUP))
    told = {event.type for event in log.since(before) if hold(tuple(event.ranges), old.no)}
    assert "broadcast.completed" in told  # and their open tablet hears of it
    assert str(update.pk) in {row["id"] for row in officer.get("/api/snapshot").json()["broadcasts"]}
    waiting = officer.get(f"/api/broadcasts/{update.pk}/not-seen").json()["items"]
    assert [row["resident"] for row in waiting] == [str(old.pk)]
    assert officer.call("POST", f"/api/broadcasts/{update.pk}/ticks", {"resident": str(old.pk), "tick": "moved"}).status_code == 204
    assert officer.get(f"/api/broadcasts/{update.pk}/not-seen").json()["total"] == 0


def test_an_answer_on_an_old_version_while_the_third_is_on_its_way_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    second = updated(first.pk, level="red")
    third, waiting = half_out(second, monkeypatch, level="orange")
    answer = phone(str(waiting.pk), waiting.no).call("POST", "/api/receipts", {"broadcast": str(first.pk), "stage": "safe"})
    assert answer.status_code == 200
    send_now(third.pk)
    assert reach(third)["safe"] == 1


def test_who_left_or_died_does_not_come_back_into_the_counters() -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    gone = Resident.objects.filter(group__code=SECOND).order_by("pk")[0]
    take_receipts([ledger.Word(first.pk, gone.pk, stage="need_help")])
    Broadcast.objects.filter(pk=first.pk).update(state="superseded")  # as one whose deliveries no end takes out
    signed_in("officer").call("POST", f"/api/residents/{gone.pk}/leave", {"how": "died"})
    Broadcast.objects.filter(pk=first.pk).update(state="in_force")
    update = updated(first.pk, selection=grids(GROUP))
    assert (reach(update)["need_help"], reach(update)["residents"]) == (0, 5)


def test_an_answer_pressed_on_the_version_before_counts_for_the_update() -> None:
    first = in_force(selection=grids(GROUP))
    update = updated(first.pk, level="red")
    person = someone()
    answer = phone(str(person.pk), person.no).call("POST", "/api/receipts", {"broadcast": str(first.pk), "stage": "safe"})
    assert (answer.status_code, answer.json()["broadcast"]) == (200, str(update.pk))
    other = Resident.objects.filter(group__code=GROUP).exclude(pk=person.pk)[0]
    tick = signed_in("officer").call("POST", f"/api/broadcasts/{first.pk}/ticks", {"resident": str(other.pk), "tick": "moved"})
    assert tick.status_code == 204
    assert reach(update)["accounted_for"] == 2


def test_an_answer_while_the_update_is_on_its_way_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    update, waiting = half_out(first, monkeypatch, level="red")
    answer = phone(str(waiting.pk), waiting.no).call("POST", "/api/receipts", {"broadcast": str(first.pk), "stage": "need_help"})
    assert answer.status_code == 200
    send_now(update.pk)
    assert reach(update)["need_help"] == 1


def test_who_comes_into_the_area_is_inside_and_rung_again() -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    update = updated(first.pk, selection=grids(GROUP))
    mover = someone(SECOND)
    note_pushed(update.pk, [str(mover.pk)])
    Resident.objects.filter(pk=mover.pk).update(group=Grid.objects.current().get(code=GROUP), no=someone().no)
    assert sending.reconcile(update.pk) == 1
    delivery = Delivery.objects.get(broadcast_id=update.pk, resident_id=mover.pk)
    assert (delivery.outside, delivery.stage, delivery.late_at is not None) == (False, 0, True)
    assert reach(update)["residents"] == 6
    assert sending.reconcile(update.pk) == 0


def test_who_needs_help_outside_the_area_is_counted_and_their_phone_still_says_outside() -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    person = someone(SECOND)
    mine = phone(str(person.pk), person.no)
    update = updated(first.pk, selection=grids(GROUP))
    mine.call("POST", "/api/receipts", {"broadcast": str(update.pk), "stage": "need_help"})
    assert reach(update)["need_help"] == 1
    assert recipients(update.pk, [str(person.pk)]) == (set(), {str(person.pk)})
    assert mine.get("/api/inbox").json()["items"][0]["data"]["inside"] is False
    Resident.objects.filter(pk=person.pk).update(group=Grid.objects.current().get(code=GROUP), no=someone().no)  # fetched into it
    sending.reconcile(update.pk)
    assert recipients(update.pk, [str(person.pk)]) == ({str(person.pk)}, set())
    assert counted(update.pk) == recounted(update.pk)
    assert sending.reconcile(update.pk) == 0


def test_an_answer_on_the_version_before_does_not_say_that_the_update_was_shown() -> None:
    first = in_force(selection=grids(GROUP))
    update = updated(first.pk, level="red")
    person = someone()
    phone(str(person.pk), person.no).call("POST", "/api/receipts", {"broadcast": str(first.pk), "stage": "moving"})
    stages = dict(Delivery.objects.filter(resident_id=person.pk).values_list("broadcast_id", "stage"))
    assert stages == {first.pk: 3, update.pk: 0}  # so that the update still goes out by SMS, and is knocked for
    assert (reach(update)["moving"], reach(update)["displayed"]) == (1, 0)


def test_a_waiting_cancel_is_told_of_after_the_ledger_is_written() -> None:
    first = in_force(selection=grids(GROUP))
    draft = update_drafted(first.pk, level="red")
    waiting = signed_in("planner").call("POST", f"/api/broadcasts/{draft['id']}/submit").json()
    signed_in("second_planner").call("POST", f"/api/broadcasts/{draft['id']}/approve", {"content_hash": waiting["content_hash"]})
    signed_in("planner").call("POST", f"/api/broadcasts/{draft['id']}/send")
    cancel = signed_in("planner").call("POST", f"/api/broadcasts/{first.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    before = log.last()
    with CaptureQueriesContext(connection) as asked:
        send_now(draft["id"])
    assert cancel["id"] in {row.data["broadcast"]["id"] for row in log.since(before) if row.type == "broadcast.submitted"}  # it says something else now
    locks = [lock for query in asked for lock in (ledger.LOCK, audit.LOCK, log.LOCK) if f"xact_lock({lock})" in query["sql"]]
    order = list(dict.fromkeys(locks))
    assert order == [ledger.LOCK, audit.LOCK, log.LOCK]  # as everybody takes them: else a receipt and a send wait for each other


def test_only_one_next_version_is_prepared_at_a_time_and_a_discarded_one_makes_room() -> None:
    first = in_force(selection=grids(GROUP))
    draft = update_drafted(first.pk, level="red")
    second = signed_in("second_planner").call("POST", f"/api/broadcasts/{first.pk}/update", {"level": "yellow"})
    assert (second.status_code, second.json()["code"], second.json()["where"]["by"]) == (409, "broadcast.update_waits", "王规划")
    assert signed_in("second_planner").call("POST", f"/api/broadcasts/{draft['id']}/discard").json()["state"] == "cancelled"
    assert updated(first.pk, level="yellow").version == 3


def test_a_cancel_ends_the_update_that_is_being_prepared() -> None:
    first = in_force(selection=grids(GROUP))
    draft = update_drafted(first.pk, level="red")
    cancel = signed_in("planner").call("POST", f"/api/broadcasts/{first.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    assert signed_in("second_planner").call("POST", f"/api/broadcasts/{cancel['id']}/approve", {"content_hash": cancel["content_hash"]}).status_code == 200
    assert Broadcast.objects.get(pk=draft["id"]).state == "cancelled"
    assert signed_in("planner").call("POST", f"/api/broadcasts/{draft['id']}/submit").status_code == 409


def test_a_cancel_reaches_everybody_of_the_whole_chain() -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    update = updated(first.pk, selection=grids(GROUP))
    cancel = signed_in("planner").call("POST", f"/api/broadcasts/{update.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    signed_in("second_planner").call("POST", f"/api/broadcasts/{cancel['id']}/approve", {"content_hash": cancel["content_hash"]})
    assert receivers(send_now(cancel["id"])) == living_in(GROUP, SECOND)
    assert [row["state"] for row in inbox(someone(SECOND))] == ["cancelled"]


@pytest.mark.parametrize("changes", [{"kind": "notice"}, {"drill": True}, {"headline": ""}, {"expires": "2020-01-01T00:00:00Z"}, {"selection": {"area": None}}])
def test_a_wrong_update_changes_nothing(changes: dict[str, Any]) -> None:
    first = in_force(selection=grids(GROUP))
    answer = signed_in("planner").call("POST", f"/api/broadcasts/{first.pk}/update", changes)
    assert answer.status_code == 422, answer.content
    assert Broadcast.objects.count() == 1


def test_who_stands_down_those_outside_has_to_hold_their_grids_too() -> None:
    """An update with a smaller area is the all-clear of everybody whom it leaves out."""
    first = in_force(selection=grids(GROUP, "430524002001"))
    draft = update_drafted(first.pk, selection=grids(GROUP))
    waiting = signed_in("planner").call("POST", f"/api/broadcasts/{draft['id']}/submit").json()
    posting = Posting.objects.filter(user__username="second_planner")
    whole = posting.get().grid
    posting.update(grid=Grid.objects.current().get(code=world.TOWNSHIP_A))
    approve = f"/api/broadcasts/{draft['id']}/approve", {"content_hash": waiting["content_hash"]}
    refused = signed_in("second_planner").call("POST", *approve)
    assert (refused.status_code, refused.json()["code"]) == (403, "access.beyond")
    assert Broadcast.objects.get(pk=draft["id"]).state == "submitted"
    posting.update(grid=whole)
    assert signed_in("second_planner").call("POST", *approve).status_code == 200


def test_an_update_does_not_end_before_it_begins() -> None:
    begins, ends, sooner = ((timezone.now() + timedelta(hours=hours)).isoformat() for hours in (3, 6, 2))
    first = in_force(effective=begins, expires=ends)
    answer = signed_in("planner").call("POST", f"/api/broadcasts/{first.pk}/update", {"expires": sooner})
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (422, "broadcast.effective_future", {"field": "expires"})
    assert Broadcast.objects.count() == 1


def test_what_is_not_out_has_no_update() -> None:
    waiting = approved()
    assert signed_in("planner").call("POST", f"/api/broadcasts/{waiting['id']}/update", {"level": "red"}).status_code == 409
    assert signed_in("planner").call("POST", f"/api/broadcasts/{in_force().pk}/discard").status_code == 409


def test_staff_never_see_a_draft_that_was_thrown_away() -> None:
    draft = signed_in("planner").call("POST", "/api/broadcasts", form()).json()
    signed_in("planner").call("POST", f"/api/broadcasts/{draft['id']}/discard")
    assert signed_in("officer").get(f"/api/broadcasts/{draft['id']}").status_code == 404
    assert signed_in("planner").get(f"/api/broadcasts/{draft['id']}").json()["state"] == "cancelled"


GROUPS = [f"{village}{row:03d}" for village in world.VILLAGES for row in (1, 2)]
STEP = st.tuples(
    st.sets(st.sampled_from(GROUPS), min_size=1, max_size=7),
    st.lists(st.tuples(st.integers(0, 39), st.sampled_from(["displayed", "moving", "safe", "need_help", "told", "moved", "away", "needed"])), max_size=12),
)


def test_who_was_moving_and_needs_help_by_an_officers_word_stands_outside_with_both() -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    person = someone(SECOND)
    take_receipts([ledger.Word(first.pk, person.pk, stage="moving")])
    officer = signed_in("officer")
    assert officer.call("POST", f"/api/broadcasts/{first.pk}/ticks", {"resident": str(person.pk), "tick": "need_help"}).status_code == 204
    update = updated(first.pk, selection=grids(GROUP))
    assert counted(update.pk) == recounted(update.pk)
    assert officer.call("POST", f"/api/broadcasts/{update.pk}/ticks", {"resident": str(person.pk), "tick": "moved"}).status_code == 204
    assert counted(update.pk) == recounted(update.pk)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=2, max_size=4))
def test_whatever_the_versions_nobody_is_lost_and_the_counters_hold(steps: list[Any]) -> None:
    Broadcast.objects.all().delete()
    Delivery.objects.all().delete()
    DeliveryCount.objects.all().delete()
    people = list(Resident.objects.order_by("pk"))
    told: set[Any] = set()
    broadcast: Broadcast | None = None
    accounted: dict[Any, bool] = {}
    for codes, words in steps:
        selection = grids(*sorted(codes))
        broadcast = in_force(selection=selection) if broadcast is None else updated(broadcast.pk, selection=selection)
        inside = living_in(*codes)
        told |= inside
        helped = receivers(broadcast, outside=False) - inside
        assert receivers(broadcast) == told
        assert inside <= receivers(broadcast, outside=False)
        in_need = Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id__in=helped, accounted=False)
        assert all("need_help" in (row.answer, row.tick) for row in in_need)
        assert in_need.count() == len(helped)
        assert all(row.accounted == accounted.get(row.resident_id, False) for row in Delivery.objects.filter(broadcast_id=broadcast.pk))
        for who, word in words:
            if word in ("told", "moved", "away", "needed"):  # the last by an officer, who says so for them
                ledger.receive([ledger.Word(broadcast.pk, people[who].pk, tick="need_help" if word == "needed" else word)], source="officer")
            else:
                take_receipts([ledger.Word(broadcast.pk, people[who].pk, stage=word)])
            if people[who].pk in told and word not in ("displayed", "told"):
                accounted[people[who].pk] = word in ("safe", "moved", "away")
        rows = list(Delivery.objects.filter(broadcast_id=broadcast.pk, outside=False))
        assert counted(broadcast.pk) == recounted(broadcast.pk)
        assert {row[0] for row in knocks(broadcast, EVERYWHERE)} == {row.resident_id for row in rows if not row.accounted}


def test_to_whom_an_update_has_not_come_yet_the_version_before_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    update, waiting = half_out(first, monkeypatch, headline="范围不变，请从东面走", selection=grids(GROUP, SECOND))
    assert [(row["version"], row["state"]) for row in inbox(waiting)] == [(1, "in_force")]
    assert [(broadcast.version, broadcast.state) for broadcast, _ in in_force_for(waiting.pk)] == [(1, "in_force")]
    send_now(update.pk)
    assert [(row["version"], row["state"]) for row in inbox(waiting)] == [(2, "in_force")]
    assert [broadcast.version for broadcast, _ in in_force_for(waiting.pk)] == [2]


def test_the_all_clear_lives_as_long_as_the_longest_version_on_somebodys_phone() -> None:
    first = in_force(expires=(timezone.now() + timedelta(hours=7)).isoformat())
    update = updated(first.pk, expires=(timezone.now() + timedelta(hours=1)).isoformat())
    cancel = signed_in("planner").call("POST", f"/api/broadcasts/{update.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    row = Broadcast.objects.get(pk=cancel["id"])
    assert row.expires == first.expires > update.expires
    approval = {"content_hash": cancel["content_hash"]}
    assert signed_in("second_planner").call("POST", f"/api/broadcasts/{cancel['id']}/approve", approval).status_code == 200
