"""Who was passing through, who came in between, and who was merged: nobody in danger is on no list because a phone fell silent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gridmap.access import scope_of
from gridmap.broadcasts import ledger, sending
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.broadcasts.reads import knocks
from gridmap.edge.actions import take_receipts
from gridmap.edge.models import Endpoint, LastPlace
from gridmap.people.models import Resident, User
from gridmap.register.actions import merge_residents
from tests.broadcasts.steps import (
    GROUP,
    counted,
    grids,
    in_force,
    receivers,
    recounted,
    send_now,
    update_drafted,
    updated,
)
from tests.broadcasts.test_place import DRAWN, driver, share
from tests.broadcasts.test_tags import carry
from tests.broadcasts.test_update import EVERYWHERE, SECOND, half_out, living_in
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
DRIVERS = {"tags": {"any_of": [["school-bus-driver"]], "none_of": []}}


def later() -> str:
    return (timezone.now() + timedelta(hours=12)).isoformat()


def listed(broadcast: Broadcast) -> set[object]:
    return {row[0] for row in knocks(broadcast, EVERYWHERE)}


@pytest.mark.parametrize("ending", ["over", "stopped", "revoked"])
def test_whose_phone_fell_silent_on_the_spot_is_looked_for_there_after_an_extension_too(ending: str) -> None:
    person, caller = driver()
    share(caller, hours=1)
    first = in_force(selection=DRAWN)
    assert person.pk in listed(first)
    if ending == "over":
        LastPlace.objects.update(until=timezone.now() - timedelta(minutes=5))
    elif ending == "stopped":
        caller.call("DELETE", "/api/place")
    else:
        Endpoint.objects.filter(resident_id=person.pk).update(revoked=True)
    update = updated(first.pk, expires=later())
    assert person.pk in listed(update)
    assert not Delivery.objects.get(broadcast_id=update.pk, resident_id=person.pk).beyond
    assert counted(update.pk) == recounted(update.pk)


def test_an_update_that_says_another_area_alone_goes_to_who_is_there_now_as_before() -> None:
    person, caller = driver()
    share(caller)
    first = in_force(selection=DRAWN)
    update = updated(first.pk, selection={"area": DRAWN["area"]})
    assert update.by_place
    assert person.pk in listed(update)


def test_who_became_one_to_connect_first_in_between_is_not_told_that_they_are_out(monkeypatch: pytest.MonkeyPatch) -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    update, _ = half_out(first, monkeypatch, headline="范围不变，请从东面走", selection=grids(GROUP, SECOND))
    late = Resident.objects.filter(group__code=GROUP, connected=False)[0]
    while Broadcast.objects.get(pk=update.pk).phase == sending.CONNECTED:
        sending.send_step(update.pk)
    assert late.pk not in receivers(update)
    Resident.objects.filter(pk=late.pk).update(connected=True)
    send_now(update.pk)
    row = Delivery.objects.get(broadcast_id=update.pk, resident_id=late.pk)
    assert (row.outside, row.beyond) == (False, False)


@pytest.mark.parametrize("who_is_written", ["who stays", "the double"])
@pytest.mark.parametrize("said_before", [None, "safe"])
def test_a_merge_in_the_middle_of_an_update_loses_no_call_for_help(monkeypatch: pytest.MonkeyPatch, said_before: str | None, who_is_written: str) -> None:
    first = in_force(selection=grids(GROUP, SECOND))
    one = Resident.objects.filter(group__code=GROUP, connected=True)[0]
    other = Resident.objects.filter(group__code=SECOND, connected=True)[0]
    if said_before:
        take_receipts([ledger.Word(first.pk, one.pk, stage=said_before)])
    take_receipts([ledger.Word(first.pk, other.pk, stage="need_help")])
    update, _ = half_out(first, monkeypatch, headline="范围不变，请从东面走", selection=grids(GROUP, SECOND))
    assert one.pk in receivers(update)
    assert other.pk not in receivers(update)
    double, stays = (other, one) if who_is_written == "who stays" else (one, other)
    merge_residents(double.pk, stays.pk, actor=scope_of(User.objects.get(username="commander")))
    send_now(update.pk)
    row = Delivery.objects.get(broadcast_id=update.pk, resident_id=stays.pk)
    assert (row.answer, row.accounted, row.outside) == ("need_help", False, False)
    assert stays.pk in listed(update)
    assert counted(update.pk) == recounted(update.pk)


def test_who_a_double_is_merged_into_between_two_parts_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The double's part was to come, and that of who stays was over: nobody would have come by again."""
    first = in_force(selection=grids(GROUP, SECOND))
    update, _ = half_out(first, monkeypatch, selection=grids(GROUP))
    stays = Resident.objects.exclude(group__code__in=[GROUP, SECOND]).order_by("id")[0].pk
    while (row := Broadcast.objects.get(pk=update.pk)).phase < sending.OUTSIDE or row.cursor < stays.int >> 112:
        assert sending.send_step(update.pk)
    double = max(living_in(SECOND) - receivers(update))
    take_receipts([ledger.Word(first.pk, double, stage="need_help")])
    merge_residents(double, stays, actor=scope_of(User.objects.get(username="commander")))
    send_now(update.pk)
    assert Delivery.objects.get(broadcast_id=update.pk, resident_id=stays).answer == "need_help"
    assert counted(update.pk) == recounted(update.pk)


def test_an_extension_that_was_approved_after_the_end_takes_the_list_over() -> None:
    first = in_force(selection=grids(GROUP))
    id = update_drafted(first.pk, expires=later())["id"]
    waiting = signed_in("planner").call("POST", f"/api/broadcasts/{id}/submit").json()
    Broadcast.objects.filter(pk=first.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert sending.expire_due() == 1
    assert signed_in("second_planner").call("POST", f"/api/broadcasts/{id}/approve", {"content_hash": waiting["content_hash"]}).status_code == 200
    assert signed_in("planner").call("POST", f"/api/broadcasts/{id}/send").status_code == 200
    update = send_now(id)
    first.refresh_from_db()
    assert first.state == "superseded"
    assert not Broadcast.objects.unfinished().exists()
    for person in living_in(GROUP):
        assert signed_in("officer").call("POST", f"/api/broadcasts/{first.pk}/ticks", {"resident": str(person), "tick": "moved"}).status_code == 204
    assert listed(update) == set()


def test_what_never_went_out_before_its_end_asks_nobody_to_be_looked_for() -> None:
    sent = in_force(selection=grids(GROUP))
    Broadcast.objects.filter(pk=sent.pk).update(state="countdown", started_at=None, sends_at=timezone.now() + timedelta(seconds=5), expires=timezone.now() - timedelta(seconds=1))
    assert sending.expire_due() == 1
    assert not Broadcast.objects.unfinished().exists()


def test_an_update_for_some_tags_alone_tells_nobody_inside_that_they_are_out() -> None:
    """Whom its tags leave out got the words before and is there still: told "your home is outside" they would stop doing what it says."""
    first = in_force(kind="road_hazard", selection=grids(GROUP))
    for code in (GROUP, SECOND):
        carry(Resident.objects.filter(group__code=code).order_by("id")[0], "school-bus-driver")
    people = set(Delivery.objects.filter(broadcast_id=first.pk).values_list("resident_id", flat=True))
    update = updated(first.pk, selection=grids(GROUP) | DRIVERS)
    rows = Delivery.objects.filter(broadcast_id=update.pk)
    assert {row.resident_id for row in rows if not row.outside and not row.beyond} == people
    assert listed(update) == people
    assert counted(update.pk) == recounted(update.pk)
    last = updated(update.pk, selection=grids(SECOND) | DRIVERS)
    assert set(Delivery.objects.filter(broadcast_id=last.pk, beyond=True).values_list("resident_id", flat=True)) == people


def test_who_never_got_it_for_want_of_a_tag_does_not_get_its_update_either() -> None:
    driver_here = Resident.objects.filter(group__code=GROUP).order_by("id")[0]
    carry(driver_here, "school-bus-driver")
    first = in_force(kind="road_hazard", selection=grids(GROUP) | DRIVERS)
    update = updated(first.pk, selection=grids(GROUP) | DRIVERS)
    assert list(Delivery.objects.filter(broadcast_id=update.pk).values_list("resident_id", flat=True)) == [driver_here.pk]


def test_whom_an_officer_found_before_is_counted_right_by_an_update_for_some_tags_and_can_be_ticked_anew() -> None:
    first = in_force(kind="road_hazard", selection=grids(GROUP))
    people = list(Resident.objects.filter(group__code=GROUP).order_by("id"))
    carry(people[0], "school-bus-driver")
    take_receipts([ledger.Word(first.pk, people[1].pk, tick="moved"), ledger.Word(first.pk, people[2].pk, stage="need_help"), ledger.Word(first.pk, people[2].pk, tick="moved")])
    update = updated(first.pk, selection=grids(GROUP) | DRIVERS)
    assert counted(update.pk) == recounted(update.pk)
    take_receipts([ledger.Word(update.pk, person.pk, tick="need_help") for person in people[1:3]])
    assert counted(update.pk) == recounted(update.pk)


def test_who_passes_through_and_has_no_such_tag_is_not_told_that_they_are_out_where_they_stand() -> None:
    person, caller = driver()
    share(caller, hours=1)
    first = in_force(kind="road_hazard", selection=DRAWN)
    carry(Resident.objects.filter(group__code=GROUP).order_by("id")[0], "school-bus-driver")
    update = updated(first.pk, selection=DRAWN | DRIVERS)
    assert not Delivery.objects.get(broadcast_id=update.pk, resident_id=person.pk).beyond
    assert counted(update.pk) == recounted(update.pk)
