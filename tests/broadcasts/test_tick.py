"""The knock list and its ticks: exactly who is not accounted for, in one's own grids, masked."""

from __future__ import annotations

from datetime import timedelta
from math import asin, cos, radians, sin, sqrt

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.broadcasts.models import Broadcast, Delivery, Receipt
from gridmap.people.models import Assignment, Position, Resident
from tests import world
from tests.broadcasts.steps import GROUP, grids, in_force, updated
from tests.clients import phone, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def broadcast(db: None) -> Broadcast:
    return in_force()


def waiting(broadcast: Broadcast, username: str = "officer") -> list[str]:
    return [row["resident"] for row in signed_in(username).get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]]


def metres(here: tuple[float, float], there: list[float]) -> float:
    """Give how far it is, as PostGIS has it on a sphere."""
    half = [radians(b - a) / 2 for a, b in zip(here, there, strict=True)]
    return 2 * 6_371_008.77 * asin(sqrt(sin(half[1]) ** 2 + cos(radians(here[1])) * cos(radians(there[1])) * sin(half[0]) ** 2))


def tick(broadcast: Broadcast, resident: str, said: str, username: str = "officer") -> int:
    return int(signed_in(username).call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": resident, "tick": said}).status_code)


def test_everybody_of_the_area_stands_on_it_masked(broadcast: Broadcast) -> None:
    items = signed_in("officer").get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]
    assert len(items) == 5
    assert all("*" in row["name"] and "****" in row["phone"] and row["village"] == "甲村" for row in items)


@pytest.mark.parametrize(("said", "off"), [("moved", True), ("away", True), ("told", False), ("refused", False), ("not_found", False), ("need_help", False)])
def test_a_tick_takes_off_who_is_accounted_for_and_nobody_else(broadcast: Broadcast, said: str, off: bool) -> None:
    first = waiting(broadcast)[0]
    assert tick(broadcast, first, said) == 204
    assert (first not in waiting(broadcast)) is off
    assert Receipt.objects.get().source == "officer"


def test_who_needs_help_comes_first(broadcast: Broadcast) -> None:
    last = waiting(broadcast)[-1]
    tick(broadcast, last, "need_help")
    assert waiting(broadcast)[0] == last


def test_of_those_equally_urgent_the_nearest_to_the_officer_comes_first(broadcast: Broadcast) -> None:
    """Four of the five have a place, from west to east; the fifth is known only by the group."""
    east_to_west = [str(pk) for pk in Resident.objects.filter(group__code=GROUP, place__isnull=False, presence="here").order_by("-birth_year").values_list("pk", flat=True)]
    officer = signed_in("officer")
    assert officer.call("POST", "/api/duty", {"on": True}).status_code == 200
    lon, lat = world.centre(GROUP)

    def stand(east: float) -> int:
        return int(officer.call("POST", "/api/positions", {"location": [lon + east, lat], "accuracy_m": 10}).status_code)

    assert stand(0.004) == 204
    assert [row for row in waiting(broadcast) if row in east_to_west] == east_to_west
    Position.objects.all().delete()
    assert stand(-0.004) == 204
    assert [row for row in waiting(broadcast) if row in east_to_west] == east_to_west[::-1]
    Position.objects.update(at=timezone.now() - timedelta(minutes=20))
    assert set(waiting(broadcast)) > set(east_to_west)  # where somebody was long ago says nothing


def test_who_answers_for_other_grids_sees_and_ticks_nobody(broadcast: Broadcast) -> None:
    assert signed_in("far_officer").get(f"/api/broadcasts/{broadcast.pk}/not-seen").status_code == 404
    assert tick(broadcast, waiting(broadcast)[0], "moved", "far_officer") == 404


def test_a_broadcast_over_two_townships_shows_each_officer_her_own_part() -> None:
    both = in_force(selection={"area": {"type": "grids", "codes": [world.TOWNSHIP_A, "430524002001", "430524002002001"]}})
    mine, theirs = set(waiting(both)), set(waiting(both, "far_officer"))
    assert (len(mine), len(theirs), mine & theirs) == (20, 15, set())
    assert tick(both, next(iter(theirs)), "moved") == 404
    progress = signed_in("officer").get(f"/api/broadcasts/{both.pk}/progress").json()
    assert progress["residents"] == 20
    assert all(row["code"].startswith(world.TOWNSHIP_A) for row in progress["by_grid"])
    assert signed_in("officer").get(f"/api/broadcasts/{both.pk}").json()["counts"] is None


def test_a_planner_sees_counts_but_no_people(broadcast: Broadcast) -> None:
    assert signed_in("planner").get(f"/api/broadcasts/{broadcast.pk}/not-seen").status_code == 403


def test_a_tick_on_somebody_outside_is_not_found(broadcast: Broadcast) -> None:
    outsider = Resident.objects.exclude(group__code=GROUP).filter(group__code__startswith=world.TOWNSHIP_A).first()
    assert outsider is not None
    assert tick(broadcast, str(outsider.pk), "moved") == 404


def test_who_cannot_get_away_alone_is_knocked_for_first_and_nobody_is_left_out() -> None:
    broadcast, officer = in_force(), signed_in("officer")
    address = f"/api/broadcasts/{broadcast.pk}/not-seen"
    doors = officer.get(address).json()["items"]
    before = [row["resident"] for row in doors]
    last = [row["resident"] for row in doors if row["presence"] != "away"][-1]
    assert last != before[0]
    assert officer.call("POST", f"/api/residents/{last}/tags", {"add": ["cannot-walk"], "reason": "上门核实"}).status_code == 204
    now = [row["resident"] for row in officer.get(address).json()["items"]]
    assert (now[0], sorted(now)) == (last, sorted(before))


def test_who_is_away_or_has_seen_it_counts_as_further(broadcast: Broadcast) -> None:
    away, seen = Resident.objects.filter(group__code=GROUP).order_by("household").distinct("household").values_list("household", flat=True)
    Resident.objects.filter(group__code=GROUP).update(presence="here")
    Resident.objects.filter(household=away).update(presence="away")
    there = {str(pk) for pk in Resident.objects.filter(household=seen).values_list("pk", flat=True)}
    Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id__in=there).update(stage=2)
    rows = signed_in("officer").get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]
    assert {(row["resident"] in there, row["farther_m"]) for row in rows} == {(True, 1000), (False, 1100)}
    assert [row["resident"] in there for row in rows] == sorted((row["resident"] in there for row in rows), reverse=True)


def test_two_of_one_family_are_told_apart() -> None:
    """Names are masked: a family's rows would look the same but for the year of birth, and for who needs a hand."""
    broadcast, officer = in_force(selection=grids(GROUP)), signed_in("officer")
    born = {str(pk): year for pk, year in Resident.objects.filter(group__code=GROUP).values_list("pk", "birth_year")}
    rows = officer.get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]
    assert rows
    assert {row["resident"]: row["birth_year"] for row in rows} == {row["resident"]: born[row["resident"]] for row in rows}
    assert len({row["birth_year"] for row in rows}) > 1


def test_the_frail_count_as_nearer_than_they_are_but_no_door_is_walked_past_for_them() -> None:
    """From either end of a village: 700 m are worth a detour for who cannot get away alone, 2 km past open doors are not."""
    broadcast, officer = in_force(selection=grids(GROUP[:12])), signed_in("officer")
    address = f"/api/broadcasts/{broadcast.pk}/not-seen"
    assert officer.call("POST", "/api/duty", {"on": True}).status_code == 200
    frail = Resident.objects.filter(group__code=GROUP, place__isnull=False, presence="here")[0]
    assert officer.call("POST", f"/api/residents/{frail.pk}/tags", {"add": ["cannot-walk"], "reason": "上门核实"}).status_code == 204
    first = {}
    for group in (GROUP, GROUP[:12] + "002"):
        lon, lat = world.centre(group)
        Position.objects.all().delete()
        assert officer.call("POST", "/api/positions", {"location": [lon, lat], "accuracy_m": 10}).status_code == 204
        rows = officer.get(address).json()["items"]
        ways = [round(row["farther_m"] + metres((lon, lat), row["toward"]), 3) for row in rows]
        assert ways == sorted(ways)
        first[group] = rows[0]
        assert [row["resident"] for row in rows if row["frail"]] == [str(frail.pk)]
        at_her_door = {row["resident"] for row in rows if row["farther_m"] == 0}
        assert at_her_door == {str(pk) for pk in Resident.objects.filter(household=frail.household_id).values_list("pk", flat=True)}
    assert first[GROUP]["resident"] in at_her_door
    assert first[GROUP[:12] + "002"]["no"] != frail.no


def test_what_was_found_without_a_signal_counts_when_it_arrives_after_the_end(broadcast: Broadcast) -> None:
    resident = waiting(broadcast)[0]
    Broadcast.objects.filter(pk=broadcast.pk).update(state="expired", expires=timezone.now())
    assert tick(broadcast, resident, "moved") == 204
    [entry] = Entry.objects.filter(action="broadcast.ticked")
    assert (str(entry.subject), entry.actor_name, entry.detail) == (resident, "刘警官", {"broadcast": str(broadcast.pk), "tick": "moved"})
    assert Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=resident).accounted
    Broadcast.objects.filter(pk=broadcast.pk).update(expires=timezone.now() - timedelta(days=3))
    assert tick(broadcast, resident, "told") == 409


def test_what_comes_after_the_end_counts_for_the_version_that_ran_last(broadcast: Broadcast) -> None:
    first, second = waiting(broadcast)[:2]
    update = updated(broadcast.pk, expires=(timezone.now() + timedelta(days=3)).isoformat())
    Broadcast.objects.filter(pk=broadcast.pk).update(expires=timezone.now() - timedelta(days=3))  # the first version's end is long past
    Broadcast.objects.filter(pk=update.pk).update(state="cancelled", ended_at=timezone.now())
    assert tick(broadcast, first, "moved") == 204
    assert Delivery.objects.get(broadcast_id=update.pk, resident_id=first).accounted
    Broadcast.objects.filter(pk=update.pk).update(ended_at=timezone.now() - timedelta(days=3))
    assert tick(broadcast, second, "moved") == 409  # its hours on paper would have run on for days


@pytest.mark.parametrize("said", ["moved", "away"])
def test_a_tick_that_waited_for_a_signal_does_not_undo_a_later_call_for_help(broadcast: Broadcast, said: str) -> None:
    resident = waiting(broadcast)[0]
    person = Resident.objects.get(pk=resident)
    before = timezone.now()
    asked = phone(resident, person.no).call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "need_help"})
    assert asked.status_code == 200
    body = {"resident": resident, "tick": said}
    late = signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", body | {"at": before.isoformat()})
    assert (late.status_code, late.json()["code"]) == (409, "tick.called_since")
    assert resident in waiting(broadcast)
    now = signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", body | {"at": timezone.now().isoformat()})
    assert now.status_code == 204
    assert resident not in waiting(broadcast)


@pytest.mark.parametrize("found", ["need_help", "refused"])
@pytest.mark.parametrize("said", ["moved", "away", "told", "not_found"])
def test_a_tick_that_waited_does_not_undo_what_another_officer_found_since(broadcast: Broadcast, found: str, said: str) -> None:
    resident = waiting(broadcast)[0]
    before = timezone.now()
    other = signed_in("commander").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": resident, "tick": found})
    assert other.status_code == 204
    body = {"resident": resident, "tick": said}
    late = signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", body | {"at": before.isoformat()})
    assert (late.status_code, late.json()["code"]) == (409, "tick.called_since")
    assert resident in waiting(broadcast)
    assert signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", body | {"at": timezone.now().isoformat()}).status_code == 204
    assert (resident in waiting(broadcast)) == (said in ("told", "not_found"))


def test_that_somebody_was_told_ends_no_need_that_was_found() -> None:
    warning = in_force(kind="road_hazard")
    resident = waiting(warning)[0]
    assert tick(warning, resident, "need_help") == 204
    assert tick(warning, resident, "told") == 204
    assert resident in waiting(warning)
    assert Delivery.objects.get(broadcast_id=warning.pk, resident_id=resident).tick == "need_help"
    assert tick(warning, resident, "moved") == 204
    assert resident not in waiting(warning)


def test_ones_own_word_that_came_late_does_not_refuse_what_one_found_after_it(broadcast: Broadcast) -> None:
    resident = waiting(broadcast)[0]
    body, now = {"resident": resident}, timezone.now()
    said = [("refused", 90), ("moved", 60)]  # seconds ago; the first hung on a dead link and has only just arrived
    answers = [signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", body | {"tick": word, "at": (now - timedelta(seconds=ago)).isoformat()}) for word, ago in said]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert resident not in waiting(broadcast)


def test_safe_that_waited_on_a_phone_does_not_undo_what_was_found_since(broadcast: Broadcast) -> None:
    resident = waiting(broadcast)[0]
    mine = phone(resident, Resident.objects.get(pk=resident).no)
    before = timezone.now()
    assert tick(broadcast, resident, "need_help") == 204
    late = mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "safe", "at": before.isoformat()})
    assert (late.status_code, late.json()["code"]) == (409, "receipt.called_since")
    assert resident in waiting(broadcast)
    now = mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "safe", "at": timezone.now().isoformat()})
    assert now.status_code == 200
    assert resident not in waiting(broadcast)


def test_of_two_pages_of_one_phone_the_later_press_counts_however_they_arrive(broadcast: Broadcast) -> None:
    resident = waiting(broadcast)[0]
    mine = phone(resident, Resident.objects.get(pk=resident).no)
    def said(stage: str, seconds: int) -> int:
        at = (timezone.now() - timedelta(seconds=seconds)).isoformat()
        return int(mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": stage, "at": at}).status_code)
    assert (said("need_help", 60), said("safe", 90)) == (200, 409)
    assert resident in waiting(broadcast)
    assert said("safe", 30) == 200  # pressed later, though the call had only just arrived
    assert resident not in waiting(broadcast)


def test_whom_an_officer_found_in_need_stays_on_the_list_of_a_warning_though_their_phone_shows_it() -> None:
    warning = in_force(kind="relayed_warning", level="red", authority="湖南省气象台 2026 年第 3 号", selection=grids(GROUP))
    person = Resident.objects.filter(group__code=GROUP)[0]
    officer = signed_in("officer")
    assert officer.call("POST", f"/api/broadcasts/{warning.pk}/ticks", {"resident": str(person.pk), "tick": "need_help"}).status_code == 204
    for stage in ("displayed", "acknowledged"):
        assert phone(str(person.pk), person.no).call("POST", "/api/receipts", {"broadcast": str(warning.pk), "stage": stage}).status_code == 200
        assert str(person.pk) in waiting(warning)
    assert officer.call("POST", f"/api/broadcasts/{warning.pk}/ticks", {"resident": str(person.pk), "tick": "moved"}).status_code == 204
    assert str(person.pk) not in waiting(warning)


def test_what_was_found_before_the_grids_were_handed_over_counts_though_it_arrives_after() -> None:
    broadcast, person = in_force(selection=grids(GROUP)), Resident.objects.filter(group__code=GROUP)[0]
    officer, now = signed_in("officer"), timezone.now()
    Broadcast.objects.filter(pk=broadcast.pk).update(started_at=now - timedelta(minutes=50))
    Assignment.objects.filter(officer__user__username="officer").update(period=(world.SINCE[0], now - timedelta(minutes=30)))

    def ticked(at: object) -> int:
        return int(officer.call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": str(person.pk), "tick": "moved", "at": at}).status_code)

    for late in (None, now.isoformat(), (now - timedelta(minutes=20)).isoformat(), (now - timedelta(minutes=55)).isoformat(), (now - timedelta(days=2)).isoformat(), (now + timedelta(hours=1)).isoformat()):
        assert ticked(late) in (403, 404), late
    assert str(person.pk) in waiting(broadcast, "head")
    assert ticked((now - timedelta(minutes=40)).isoformat()) == 204
    assert str(person.pk) not in waiting(broadcast, "head")
    assert Entry.objects.filter(action="broadcast.ticked").latest("seq").detail["former"] is True
    assert officer.get(f"/api/broadcasts/{broadcast.pk}/not-seen").status_code in (403, 404)  # to read it gives nothing
