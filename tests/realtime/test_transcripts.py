"""Applying events to a stale state equals a fresh one: Python writes {before, events, after}, vitest proves apply.ts agrees."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from gridmap.access import Scope
from gridmap.broadcasts import ledger, sending
from gridmap.broadcasts.models import Broadcast
from gridmap.callups.actions import call_up, escalate
from gridmap.callups.models import Callup
from gridmap.edge.actions import take_receipts
from gridmap.orders.actions import give_orders, hand_on_orders
from gridmap.orders.models import Order
from gridmap.orders.sending import send_confirmed
from gridmap.people.connections import follow_connections
from gridmap.people.models import Officer, Resident
from gridmap.realtime import log, snapshot
from gridmap.realtime.hub import event, hears
from tests import world
from tests.broadcasts.steps import GROUP, form, in_force, send_now, updated
from tests.broadcasts.test_cancel import cancelled
from tests.broadcasts.test_release import RELEASE, template
from tests.broadcasts.test_tags import carry
from tests.clients import Caller, signed_in
from tests.incidents.test_report import report

pytestmark = pytest.mark.django_db
TRANSCRIPTS = Path(__file__).parents[2] / ".local" / "transcripts"


@pytest.mark.parametrize("member", ["planner", "officer", "far_officer", "wall"])
def test_a_day_in_the_county(cast: dict[str, Scope], member: str) -> None:
    scope = cast[member]
    before = snapshot.read(scope).model_dump(mode="json")
    everything_that_happens()
    after = snapshot.read(scope).model_dump(mode="json")
    events = [event(row, scope.ranges) for row in log.since(before["seq"]) if hears(scope, row)]
    TRANSCRIPTS.mkdir(parents=True, exist_ok=True)
    said: dict[str, Any] = {"before": before, "events": events, "after": after}
    (TRANSCRIPTS / f"{member}.json").write_text(json.dumps(said, cls=DjangoJSONEncoder))
    assert after["seq"] == log.last()
    assert events or member == "far_officer"


def everything_that_happens() -> None:
    """Report, take on, resolve; cover one village and uncover another; join, let in, turn away; draft, submit, approve, send, stop, send again, receive, tick, update, discard, cancel, and once by a sensitive tag; lose a phone; go on duty, be seen somewhere, go off."""
    planner, second, officer = signed_in("planner"), signed_in("second_planner"), signed_in("officer")
    first = planner.call("POST", "/api/incidents", report(location=list(world.centre(GROUP)))).json()
    planner.call("POST", "/api/incidents", report(title="第二件"))
    officer.call("POST", f"/api/incidents/{first['id']}/acknowledge")
    area = {"type": "grids", "codes": [world.TOWNSHIP_A, "430524002001"]}
    other = Officer.objects.get(name="彭警官")
    planner.call("POST", "/api/assignments", {"officer": str(other.pk), "grids": ["430524002002"]})
    for assignment in planner.get("/api/assignments?grid=430524001002").json()["items"]:
        planner.call("POST", f"/api/assignments/{assignment['id']}/end", {})
    code = officer.call("POST", "/api/join-codes", {"kind": "grid", "grid": GROUP[:12]}).json()
    for who in ("officer", "auxiliary", "far_officer"):
        signed_in(who).call("POST", "/api/duty", {"on": True})
    officer.call("POST", "/api/positions", {"location": list(world.centre(GROUP)), "accuracy_m": 8})
    signed_in("auxiliary").call("POST", "/api/duty", {"on": False})
    for name in ("测试03", "测试04", "测试02"):
        Caller().call("POST", code["url"].replace("/join/", "/api/join/"), {"name": name, "phone": "12900000003"})
    first_join, second_join, _ = officer.get("/api/joins").json()["items"]
    officer.call("POST", f"/api/joins/{first_join['id']}/confirm", {"resident": first_join["candidates"][0]["resident"]["id"]})
    officer.call("POST", f"/api/joins/{second_join['id']}/refuse")
    draft = planner.call("POST", "/api/broadcasts", form(selection={"area": area})).json()
    planner.call("POST", "/api/broadcasts", form(headline="另一份草稿"))
    waiting = planner.call("POST", f"/api/broadcasts/{draft['id']}/submit").json()
    second.call("POST", f"/api/broadcasts/{draft['id']}/approve", {"content_hash": waiting["content_hash"]})
    planner.call("POST", f"/api/broadcasts/{draft['id']}/send")
    second.call("POST", f"/api/broadcasts/{draft['id']}/stop")
    planner.call("POST", f"/api/broadcasts/{draft['id']}/send")
    broadcast = send_now(draft["id"])
    person = Resident.objects.filter(group__code=GROUP).order_by("id")[0]
    take_receipts([ledger.Word(broadcast.pk, person.pk, stage=stage) for stage in ("displayed", "moving", "safe")])
    other = Resident.objects.filter(group__code=GROUP).order_by("id")[1]
    officer.call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": str(other.pk), "tick": "moved"})
    broadcast = updated(broadcast.pk, level="red")
    call_up()
    answered = Callup.objects.order_by("officer__name")[0]
    signed_in("head").call("POST", f"/api/callups/{answered.pk}/answer")
    Callup.objects.exclude(pk=answered.pk).update(called_at="2026-01-01T00:00:00Z")
    escalate()
    notice = {"kind": "notice", "level": "none", "by_order": True, "selection": {"area": area}}
    for step, said in (("confirm", None), ("decline", {"reason": "已经通知过"}), ("", None)):
        sent = in_force(**notice)
        give_orders()
        Order.objects.filter(broadcast=sent.pk).update(given_at="2026-01-01T00:00:00Z")
        hand_on_orders()
        for order in Order.objects.filter(broadcast=sent.pk) if step else []:
            signed_in("commander").call("POST", f"/api/orders/{order.pk}/{step}", said)
        send_confirmed()
    cancelled(sent)
    carry(person, "cannot-walk")
    walks = in_force(kind="notice", level="none", selection={"area": area, "tags": {"any_of": [["cannot-walk"]]}})
    take_receipts([ledger.Word(walks.pk, person.pk, stage="displayed")])
    unwanted = planner.call("POST", f"/api/broadcasts/{broadcast.pk}/update", {"level": "yellow"}).json()
    second.call("POST", f"/api/broadcasts/{unwanted['id']}/discard")
    alone = signed_in("commander").call("POST", f"/api/templates/{template(approved=True)}/release", RELEASE).json()
    second.call("POST", f"/api/broadcasts/{alone['id']}/review", {"right": True})
    planner.call("POST", f"/api/broadcasts/{alone['id']}/stop")
    cancel = planner.call("POST", f"/api/broadcasts/{broadcast.pk}/cancel", {"reason": "解除"}).json()["cancel"]
    second.call("POST", f"/api/broadcasts/{cancel['id']}/approve", {"content_hash": cancel["content_hash"]})
    send_now(cancel["id"])
    ran_out = in_force(selection={"area": area})  # with people missing: those called for it are called still
    call_up()
    Broadcast.objects.filter(pk=ran_out.pk).update(expires="2026-01-01T00:00:00Z")
    sending.expire_due()
    officer.call("POST", f"/api/incidents/{first['id']}/resolve")
    from django.utils import timezone

    from gridmap.edge.models import Endpoint

    Endpoint.objects.filter(resident_id__in=Resident.objects.filter(connected=True).values("pk")).update(
        seen_at=timezone.now() - timedelta(days=40)
    )
    follow_connections()
