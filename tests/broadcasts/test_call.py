"""From the knock list an officer telephones first: the number shows while the message is in force, and who saw it is written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.broadcasts import sending
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.people.models import Resident
from gridmap.sealing import seal
from tests.broadcasts.steps import GROUP, form, in_force
from tests.broadcasts.test_cancel import cancelled
from tests.broadcasts.test_place import driver, share
from tests.clients import signed_in

pytestmark = pytest.mark.django_db


def called(username: str, broadcast: Broadcast, resident: Resident) -> Any:
    return signed_in(username).call("POST", f"/api/broadcasts/{broadcast.pk}/call", {"resident": str(resident.pk)})


def test_the_number_shows_and_stands_in_the_persons_record() -> None:
    broadcast, person = in_force(), Resident.objects.filter(group__code=GROUP).order_by("id")[0]
    home = person.household
    home.address_sealed = seal("1组12号", f"people_household.address.{home.pk}")
    home.save()
    answer = called("officer", broadcast, person).json()
    assert answer["phone"].startswith("129")
    assert (answer["address"], answer["heard_by"]) == ("1组12号", [])
    looks = Entry.objects.filter(action="people.reveal", subject=person.pk).order_by("seq")
    assert [(look.detail["field"], look.detail["reason"]) for look in looks] == [("phone", "险情上门前打电话"), ("address", "险情上门前打电话")]
    assert called("far_officer", broadcast, person).status_code == 404
    assert called("planner", broadcast, person).status_code == 403


def test_nobody_is_telephoned_who_is_on_no_list_or_after_it_is_over() -> None:
    broadcast, neighbour = in_force(), Resident.objects.filter(group__code="430524001002001").order_by("id")[0]
    assert called("officer", broadcast, neighbour).status_code == 404
    person = Resident.objects.filter(group__code=GROUP).order_by("id")[0]
    cancelled(broadcast)
    answer = called("officer", broadcast, person)
    assert (answer.status_code, answer.json()["code"]) == (409, "broadcast.over")
    assert not Entry.objects.filter(action="people.reveal").exists()


def test_who_is_missing_when_an_evacuation_runs_out_can_be_telephoned_still() -> None:
    broadcast = in_force()
    missing, safe = Resident.objects.filter(group__code=GROUP).order_by("id")[:2]
    Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=safe.pk).update(accounted=True)
    Broadcast.objects.filter(pk=broadcast.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert sending.expire_due() == 1
    assert called("officer", broadcast, missing).status_code == 200
    assert called("officer", broadcast, safe).status_code == 409
    Broadcast.objects.filter(pk=broadcast.pk).update(ended_at=timezone.now() - timedelta(days=3))
    assert called("officer", broadcast, missing).status_code == 409


def test_who_is_only_passing_through_can_be_telephoned_too() -> None:
    person, phone = driver()
    broadcast = in_force(kind="road_hazard", selection=form()["selection"] | {"basis": "last_place"})
    share(phone)
    sending.reconcile(broadcast.pk)
    answer = called("officer", broadcast, person).json()
    assert (answer["phone"][:3], answer["address"]) == ("129", None)
    assert signed_in("officer").call("POST", f"/api/residents/{person.pk}/reveal", {"field": "phone", "reason": "上门核实"}).status_code == 404
