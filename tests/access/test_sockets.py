"""Sockets × role × place, as the table says: who may open one, who hears which fact, and no figure of a foreign group in any."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from gridmap.access import Scope
from gridmap.broadcasts import sending
from gridmap.broadcasts.models import Broadcast
from gridmap.callups.actions import call_up, escalate
from gridmap.callups.models import Callup
from gridmap.orders.actions import give_orders, hand_on_orders
from gridmap.orders.models import Order
from gridmap.people.models import Assignment, Resident
from gridmap.realtime import log
from gridmap.realtime.events import FACTS
from gridmap.realtime.hub import event, hears
from tests import world
from tests.access.table import HEARS, OPENS
from tests.broadcasts.steps import GROUP, approved, drafted, form, grids, in_force, updated
from tests.broadcasts.test_cancel import cancelled
from tests.broadcasts.test_release import RELEASE, template
from tests.broadcasts.test_trial import claimed
from tests.clients import Caller, signed_in
from tests.house import House, hello
from tests.incidents.test_report import report

VILLAGE = "430524001001"


def incidents() -> None:
    id = signed_in("planner").call("POST", "/api/incidents", report(location=list(world.centre(GROUP)))).json()["id"]
    for step in ("acknowledge", "resolve"):
        signed_in("commander").call("POST", f"/api/incidents/{id}/{step}")


def broadcasts() -> None:
    cancelled(updated(in_force().pk, level="red"))
    signed_in("planner").call("POST", f"/api/broadcasts/{drafted()['id']}/discard")
    stopped = approved()["id"]
    for step in ("send", "stop"):
        signed_in("planner").call("POST", f"/api/broadcasts/{stopped}/{step}")
    in_force()
    call_up()
    first, *rest = Callup.objects.filter(ends__len__gt=0).order_by("pk")
    signed_in("head").call("POST", f"/api/callups/{first.pk}/answer")
    Callup.objects.filter(pk__in=[row.pk for row in rest]).update(called_at=timezone.now() - timedelta(minutes=11))
    escalate()
    orders()
    claimed(signed_in("planner"))
    signed_in("planner").call("POST", "/api/trials", form())
    sent = signed_in("commander").call("POST", f"/api/templates/{template(approved=True)}/release", RELEASE).json()
    signed_in("planner").call("POST", f"/api/broadcasts/{sent['id']}/review", {"right": False, "remark": "范围太大"})
    Broadcast.objects.filter(pk=in_force().pk).update(expires=timezone.now() - timedelta(seconds=1))
    sending.expire_due()


def orders() -> None:
    for step, body in (("confirm", None), ("decline", {"reason": "已经通知过"})):
        in_force(kind="notice", level="none", by_order=True, selection=grids(VILLAGE))
        give_orders()
        late = Order.objects.filter(state="waiting")
        late.update(given_at=timezone.now() - timedelta(minutes=61))
        hand_on_orders()
        signed_in("commander").call("POST", f"/api/orders/{late.get().pk}/{step}", body)


def people() -> None:
    resident = Resident.objects.filter(group__code=GROUP).order_by("id")[0]
    signed_in("officer").call("POST", f"/api/residents/{resident.pk}/presence", {"presence": "away"})
    for on in (True, False):
        signed_in("officer").call("POST", "/api/duty", {"on": on})
    mine = Assignment.objects.get(officer__name="村警", grid__code=VILLAGE)
    signed_in("planner").call("POST", f"/api/assignments/{mine.pk}/end", {})
    code = signed_in("officer").call("POST", "/api/join-codes", {"kind": "grid", "grid": VILLAGE}).json()
    for name in ("测试01", "查无此人"):
        Caller().call("POST", code["url"].replace("/join/", "/api/join/"), {"name": name, "phone": "12900000001"})
    one, other = (row["id"] for row in signed_in("officer").get("/api/joins").json()["items"])
    signed_in("officer").call("POST", f"/api/joins/{one}/confirm", {"resident": str(resident.pk)})
    signed_in("officer").call("POST", f"/api/joins/{other}/refuse")


@pytest.mark.django_db
def test_every_fact_is_heard_by_whom_the_table_names_and_by_nobody_else(cast: dict[str, Scope]) -> None:
    before = log.last()
    for happen in (incidents, broadcasts, people):
        happen()
    rows = log.since(before)
    assert {row.type for row in rows} == set(FACTS) == set(HEARS)
    for row in rows:
        assert {name for name, scope in cast.items() if hears(scope, row)} - {"second_planner"} == HEARS[row.type], row.type


@pytest.mark.django_db
def test_figures_of_foreign_groups_are_in_no_fact(cast: dict[str, Scope]) -> None:
    """An evacuation of both townships: each officer hears of it, and of their own groups only."""
    before = log.last()
    cancelled(in_force(selection={"area": {"type": "grids", "codes": [world.TOWNSHIP_A, "430524002001", "430524002002001"]}}))
    rows = [row for row in log.since(before) if row.type == "broadcast.progressed"]
    assert rows
    for name in ("officer", "far_officer", "auxiliary"):
        for row in rows:
            if hears(cast[name], row):
                assert all(cast[name].holds(int(no)) for no in event(row, cast[name].ranges)["data"]["by_no"])


@pytest.mark.parametrize("path", OPENS)
async def test_who_may_open_a_socket(house: House, path: str) -> None:
    for name, code in OPENS[path].items():
        cookie = "x=x" if name == "nobody" else f"gridmap_device={house.phone(GROUP).token}" if name == "resident" else f"gridmap_session={house.staff(name).cookies['gridmap_session']}"
        async with house.socket(path, cookie) as socket:
            assert await opened(socket) == code, name


async def opened(socket: Any) -> int | None:
    """Say hello; gives the code it is closed with, None when it is caught up."""
    try:
        await asyncio.wait_for(hello(socket), 6)
    except ConnectionClosed as closed:
        return int(closed.rcvd.code) if closed.rcvd else 1006
    return None
