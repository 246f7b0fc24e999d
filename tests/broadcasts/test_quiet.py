"""Quiet hours and the cap hold back routine messages and never what saves lives."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from gridmap.broadcasts import quiet
from gridmap.broadcasts.models import Broadcast
from gridmap.orders.actions import give_orders
from gridmap.orders.models import Order
from gridmap.people.models import Assignment
from tests.broadcasts.steps import approved, grids, in_force, send_now, updated
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
ROUTINE = {"kind": "notice", "level": "none", "selection": grids("430524001001")}


def send(id: str) -> tuple[int, str]:
    answer = signed_in("planner").call("POST", f"/api/broadcasts/{id}/send")
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize(
    ("hour", "held"), [(21, False), (22, True), (23, True), (0, True), (6, True), (7, False), (12, False)]
)
def test_the_night_is_quiet_by_local_time(hour: int, held: bool) -> None:
    night = datetime(2026, 11, 25, hour, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert quiet._holds((22, 7), night) is held
    assert quiet._holds((12, 14), night) is (hour in (12, 13))


@pytest.mark.parametrize(
    ("said", "held"),
    [(ROUTINE, True), (ROUTINE | {"kind": "campaign"}, True), (ROUTINE | {"level": "red"}, False), (ROUTINE | {"kind": "lost_person"}, False), ({"selection": grids("430524001001")}, False)],
)  # fmt: skip
def test_only_what_is_routine_waits_for_the_morning(said: dict[str, Any], held: bool, settings: Any) -> None:
    settings.QUIET_HOURS = (22, 7)
    id = approved(**said)["id"]
    with patch("gridmap.broadcasts.quiet.timezone.localtime", return_value=datetime(2026, 11, 25, 3, 0, tzinfo=ZoneInfo("Asia/Shanghai"))):
        assert send(id) == ((409, "broadcast.quiet_hours") if held else (200, ""))
    assert Broadcast.objects.get(pk=id).state == ("approved" if held else "countdown")


def test_the_fourth_routine_message_of_a_day_waits_and_a_warning_does_not() -> None:
    for _ in range(3):
        first = in_force(**ROUTINE)
    fourth = approved(**ROUTINE | {"selection": grids("430524001001001", "430524001002001")})["id"]
    answer = signed_in("planner").call("POST", f"/api/broadcasts/{fourth}/send")
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (409, "broadcast.too_often", {"groups": 1, "name": "甲村", "most": 3})
    assert send(approved(**ROUTINE | {"selection": grids("430524001002")})["id"]) == (200, "")  # the next village had none
    assert send(approved(selection=grids("430524001001"))["id"]) == (200, "")
    assert updated(first.pk, headline="时间改到明天").state == "in_force"  # mending a message is no further one


def test_by_order_the_groups_that_had_enough_are_looked_at_when_their_officer_lets_it_out() -> None:
    for _ in range(3):
        in_force(**ROUTINE)
    Assignment.objects.exclude(officer__name="刘警官").delete()
    waiting = approved(**ROUTINE | {"by_order": True})["id"]
    assert send(waiting) == (200, "")
    send_now(waiting)
    give_orders()
    mine = Order.objects.get(broadcast=waiting)
    answer = signed_in("officer").call("POST", f"/api/orders/{mine.pk}/confirm")
    assert (answer.status_code, answer.json()["code"]) == (409, "broadcast.too_often")
    assert Order.objects.get(pk=mine.pk).state == "waiting"
