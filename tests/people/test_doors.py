"""组不漏户: the doors of a group, the least reached first, and nobody of it for who has no business there."""

from __future__ import annotations

import pytest

from gridmap.people.models import Resident
from tests import world
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
GROUP = "430524001001001"


def test_the_doors_of_a_group_add_up_to_its_people_and_the_least_reached_come_first() -> None:
    home = Resident.objects.filter(group__code=GROUP, birth_year=1951).get().household  # 1951 and 1953
    Resident.objects.filter(household=home).update(connected=False)
    said = signed_in("officer").get(f"/api/coverage/{GROUP}/households").json()
    assert [(door["people"], door["connected"], door["away"], door["reached"]) for door in said["items"]] == [(2, 0, 0, False), (3, 1, 1, True)]
    assert (said["total"], said["reached"]) == (2, 1)
    assert sum(door["people"] for door in said["items"]) == world.PEOPLE_PER_GROUP
    first = said["items"][0]
    assert first["name"].endswith("*")
    assert first["resident"] == str(Resident.objects.get(household=home, birth_year=1951).pk)
    assert len(first["location"]) == 2


def test_a_door_behind_which_a_contact_person_hears_for_somebody_is_reached() -> None:
    home = Resident.objects.filter(group__code=GROUP, birth_year=1951).get().household
    Resident.objects.filter(household=home).update(connected=False)
    Resident.objects.filter(household=home, birth_year=1953).update(heard_for=True)
    said = signed_in("officer").get(f"/api/coverage/{GROUP}/households").json()
    assert all(door["reached"] for door in said["items"])


def test_an_erased_head_keeps_the_door_and_another_names_it() -> None:
    eldest = Resident.objects.get(group__code=GROUP, birth_year=1950)
    Resident.objects.filter(pk=eldest.pk).update(name_sealed=None, name_index=None)
    said = signed_in("officer").get(f"/api/coverage/{GROUP}/households").json()
    door = next(door for door in said["items"] if door["people"] == 3)
    assert door["name"]
    assert door["resident"] != str(eldest.pk)


@pytest.mark.parametrize(("who", "code", "status"), [("far_officer", GROUP, 404), ("planner", GROUP, 403), ("wall", GROUP, 403), ("officer", "430524001001", 422), ("officer", "430524001001009", 404)])
def test_whose_doors_they_are_not_gets_none(who: str, code: str, status: int) -> None:
    answer = signed_in(who).get(f"/api/coverage/{code}/households")
    assert answer.status_code == status, answer.content
    if status == 422:
        assert answer.json()["code"] == "coverage.only_groups"


def test_a_look_at_the_doors_stands_in_the_residents_record() -> None:
    resident = Resident.objects.filter(group__code=GROUP).order_by("id")[0]
    signed_in("officer").get(f"/api/coverage/{GROUP}/households")
    seen = signed_in("auditor").get(f"/api/audit?subject={resident.pk}").json()["items"]
    assert [entry["action"] for entry in seen] == ["people.list"]
