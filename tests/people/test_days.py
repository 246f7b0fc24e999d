"""Coverage by day, where it can be raised most, and the nightly recount that finds no drift and mends one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.people import coverage
from gridmap.people.days import note_day, recount_drift
from gridmap.people.models import GroupCount, Resident
from gridmap.realtime import log
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
VILLAGE = "430524001001"


def test_each_day_keeps_what_stood_at_its_end() -> None:
    officer, today = signed_in("officer"), timezone.localdate()
    before = officer.get(f"/api/coverage/{VILLAGE}").json()
    note_day(today - timedelta(days=1))
    Resident.objects.filter(no=0, connected=False).update(connected=True)
    note_day()
    days = officer.get(f"/api/coverage/{VILLAGE}/days").json()["items"]
    now = officer.get(f"/api/coverage/{VILLAGE}").json()
    assert [day["day"] for day in days] == [(today - timedelta(days=1)).isoformat(), today.isoformat()]
    for day, then in zip(days, (before, now), strict=True):
        assert {name: day[name] for name in ("registered", "away", "connected", "households", "households_connected")} == {
            name: then[name] for name in ("registered", "away", "connected", "households", "households_connected")
        }
    assert now["connected"] > before["connected"]


def test_the_same_day_again_replaces_itself() -> None:
    note_day()
    note_day()
    assert len(signed_in("officer").get(f"/api/coverage/{VILLAGE}/days").json()["items"]) == 1


def test_where_to_go_is_the_group_with_most_whom_nobody_reaches() -> None:
    Resident.objects.filter(no=1).update(connected=False)
    found = signed_in("officer").get(f"/api/coverage/{VILLAGE}/unreached").json()["items"]
    assert [(row["code"], row["village"], row["residents"]) for row in found] == [("430524001001002", "甲村", 5), ("430524001001001", "甲村", 3)]


def test_others_grids_are_not_told(db: None) -> None:
    for what in ("days", "unreached"):
        assert signed_in("far_officer").get(f"/api/coverage/{VILLAGE}/{what}").status_code == 404


def test_the_recount_finds_nothing_and_mends_what_somebody_broke_by_hand() -> None:
    assert recount_drift() == []
    GroupCount.objects.filter(no=1).update(connected=99)
    last = log.last()
    assert recount_drift() == [1]
    assert coverage.drift() == []
    assert Entry.objects.get(action="coverage.drift").detail == {"groups": 1, "first": 1}
    assert [row.type for row in log.since(last)] == ["coverage.changed"]
