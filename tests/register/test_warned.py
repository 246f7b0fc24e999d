"""What is done to an entry while a warning is in force loses nobody and nothing that was said, and leaves no ghost to wait for."""

from __future__ import annotations

from typing import Any

import pytest

from gridmap.broadcasts.models import Delivery, DeliveryCount, Receipt
from gridmap.incidents.calls import open_calls
from gridmap.incidents.models import Incident
from gridmap.people.models import Resident
from tests.broadcasts.steps import GROUP, in_force
from tests.clients import Caller, phone, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db: None) -> Caller:
    return signed_in("officer")


@pytest.fixture(autouse=True)
def broadcasts_add_up(db: None) -> Any:
    yield
    for row in DeliveryCount.objects.all():
        mine = Delivery.objects.filter(broadcast_id=row.broadcast_id, no=row.no)
        assert (row.residents, row.accounted_for, row.displayed) == (mine.count(), mine.filter(accounted=True).count(), mine.filter(stage__gte=2).count())
        assert row.need_help == mine.filter(accounted=False).filter(answer="need_help").count()


def pair() -> list[Resident]:
    return list(Resident.objects.filter(group__code=GROUP).order_by("birth_year")[:2])


def test_a_merge_keeps_who_asked_for_help_first_on_the_list(officer: Caller) -> None:
    double, person = pair()
    broadcast, mine = in_force(), phone(str(double.pk), double.no)
    mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "need_help"})
    officer.call("POST", f"/api/residents/{double.pk}/merge", {"into": str(person.pk)})
    listed = officer.get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]
    assert (listed[0]["resident"], listed[0]["answer"]) == (str(person.pk), "need_help")
    assert mine.call("GET", "/api/inbox").json()["items"][0]["answer"] == "need_help"
    progress = officer.get(f"/api/broadcasts/{broadcast.pk}/progress").json()
    assert (progress["residents"], progress["need_help"]) == (4, 1)


def test_a_merge_with_somebody_outside_the_area_keeps_the_warning_and_its_cancel(officer: Caller) -> None:
    double = pair()[0]
    other = Resident.objects.filter(group__code="430524001002001").order_by("id")[0]
    broadcast, mine = in_force(), phone(str(double.pk), double.no)
    officer.call("POST", f"/api/residents/{double.pk}/merge", {"into": str(other.pk)})
    assert [row["id"] for row in mine.call("GET", "/api/inbox").json()["items"]] == [str(broadcast.pk)]
    assert Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=other.pk)


def test_who_left_or_died_is_not_waited_for(officer: Caller) -> None:
    gone = pair()[0]
    broadcast = in_force()
    before = officer.get(f"/api/broadcasts/{broadcast.pk}/progress").json()["residents"]
    officer.call("POST", f"/api/residents/{gone.pk}/leave", {"how": "died"})
    assert officer.get(f"/api/broadcasts/{broadcast.pk}/progress").json()["residents"] == before - 1


def test_a_red_or_orange_message_comes_through_a_pause() -> None:
    from gridmap.edge.push import _rings
    from gridmap.edge.reads import message_of

    through = {level: _rings(message_of(in_force(kind="relayed_warning", level=level, authority="气象台 1 号"))) for level in ("red", "orange", "yellow", "blue")}
    assert through == {"red": True, "orange": True, "yellow": False, "blue": False}


def test_a_household_with_somebody_beyond_ones_grids_keeps_its_address(officer: Caller) -> None:
    person, other = pair()
    Resident.objects.filter(pk=other.pk).update(household=person.household_id)
    signed_in("officer").call("POST", f"/api/residents/{person.pk}/edit", {"address": "1组8号"})
    far = Resident.objects.filter(group__code__startswith="430524002")[0]
    Resident.objects.filter(pk=other.pk).update(no=far.no, group=far.group)
    refused = officer.call("POST", f"/api/residents/{person.pk}/edit", {"address": "强改"})
    assert (refused.status_code, refused.json()["code"]) == (403, "access.beyond")
    moved = officer.call("POST", f"/api/residents/{person.pk}/move", {"group": "430524001001002", "household": True})
    assert moved.status_code == 200, moved.content
    assert Resident.objects.get(pk=person.pk).household_id != Resident.objects.get(pk=other.pk).household_id
    shown = signed_in("far_officer").call("POST", f"/api/residents/{other.pk}/reveal", {"field": "address", "reason": "上门核实"})
    assert shown.json()["value"] == "1组8号"


@pytest.mark.parametrize(("first", "then", "stands"), [("safe", "need_help", "need_help"), ("need_help", "safe", "need_help"), ("moving", "safe", "safe"), ("safe", "moving", "moving")])
def test_of_two_rows_of_one_person_what_was_said_last_stands_and_a_call_for_help_before_all(officer: Caller, first: str, then: str, stands: str) -> None:
    double, person = pair()
    broadcast = in_force()
    for who, stage in ((person, first), (double, then)):
        phone(str(who.pk), who.no).call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": stage})
    officer.call("POST", f"/api/residents/{double.pk}/merge", {"into": str(person.pk)})
    delivery = Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=person.pk)
    assert (delivery.answer, delivery.accounted) == (stands, stands == "safe")
    assert set(Receipt.objects.values_list("resident_id", flat=True)) == {person.pk}


def test_a_call_of_a_double_that_nobody_has_seen_yet_is_the_one_who_stays(officer: Caller) -> None:
    double, person = pair()
    broadcast = in_force()
    phone(str(double.pk), double.no).call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "need_help"})
    officer.call("POST", f"/api/residents/{double.pk}/merge", {"into": str(person.pk)})
    assert open_calls() == 1
    assert Incident.objects.get().caller == person.pk


def test_a_call_that_is_open_already_is_the_one_who_stays_too(officer: Caller) -> None:
    double, person = pair()
    broadcast = in_force()
    phone(str(double.pk), double.no).call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "need_help"})
    assert open_calls() == 1
    officer.call("POST", f"/api/residents/{double.pk}/merge", {"into": str(person.pk)})
    assert (open_calls(), Incident.objects.get().caller) == (0, person.pk)


def test_help_that_came_to_one_row_is_no_call_of_the_other(officer: Caller) -> None:
    double, person = pair()
    broadcast = in_force()
    phone(str(person.pk), person.no).call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "need_help"})
    for who, tick in ((person, "moved"), (double, "refused")):
        officer.call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": str(who.pk), "tick": tick})
    officer.call("POST", f"/api/residents/{double.pk}/merge", {"into": str(person.pk)})
    delivery = Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=person.pk)
    assert (delivery.answer, delivery.tick, delivery.accounted) == (None, "refused", False)
