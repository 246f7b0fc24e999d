"""Presence is set by the officer, dated, counted apart, and forgotten; it is no reason to leave anybody out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.people import coverage
from gridmap.people.models import GroupCount, Resident
from gridmap.people.presence import forget_presence
from gridmap.realtime import log
from tests.broadcasts.steps import form
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
GROUP = "430524001001001"


@pytest.fixture
def person(db: None) -> Resident:
    return Resident.objects.get(group__code=GROUP, birth_year=1953)


def say(person: Resident, presence: Any) -> Any:
    return signed_in("officer").call("POST", f"/api/residents/{person.pk}/presence", {"presence": presence})


def test_it_is_dated_counted_and_told(person: Resident) -> None:
    before, last = GroupCount.objects.get(no=person.no), log.last()
    answer = say(person, "away").json()
    assert (answer["presence"], answer["presence_on"]) == ("away", timezone.localdate().isoformat())
    after = GroupCount.objects.get(no=person.no)
    assert (after.away, after.registered) == (before.away + 1, before.registered)
    assert [row.type for row in log.since(last)] == ["coverage.changed"]
    assert Entry.objects.get(action="people.edit").detail == {"presence": "away"}


@pytest.mark.parametrize("presence", ["gone", "", None, 1])
def test_a_word_that_is_none_is_refused(person: Resident, presence: Any) -> None:
    answer = say(person, presence)
    assert (answer.status_code, answer.json()["where"]["field"]) == (422, "presence")


def test_what_was_said_a_year_ago_becomes_unknown(person: Resident) -> None:
    Resident.objects.update(presence_on=timezone.localdate())
    Resident.objects.filter(pk=person.pk).update(presence_on=timezone.localdate() - timedelta(days=366))
    assert forget_presence() == 1
    person.refresh_from_db()
    assert person.presence == "unknown"
    assert coverage.drift() == []
    assert forget_presence() == 0


def test_who_is_away_is_still_in_the_area(person: Resident) -> None:
    before = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": form()["selection"]}).json()
    say(person, "away")
    after = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": form()["selection"]}).json()
    assert (after["residents"], after["away"]) == (before["residents"], before["away"] + 1)


def test_a_household_is_shown_with_oneself_first(person: Resident) -> None:
    found = signed_in("officer").get(f"/api/residents/{person.pk}/household").json()["items"]
    assert found[0]["id"] == str(person.pk)
    assert len(found) == Resident.objects.filter(household=person.household_id).count() == 2
    assert all(row["name"].endswith("*") for row in found)
