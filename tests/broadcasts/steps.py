"""The steps from a drawn area to a broadcast in force, taken through the real routes and the real clock's functions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from gridmap.broadcasts import sending
from gridmap.broadcasts.models import Broadcast
from tests import world
from tests.clients import signed_in

GROUP = "430524001001001"


def form(**changes: Any) -> dict[str, Any]:
    """Give a danger notice around one group of the tiny world."""
    return {
        "selection": {"area": world.square(*world.centre(GROUP))}, "kind": "danger_notice", "level": "orange", "category": "Geo",
        "headline": "山体滑坡危险，请立即撤离", "description": "山体有裂缝，不要回屋取东西", "instruction": "请带上药品，往东走", "issuer": "小县防汛抗旱指挥部",
        "expires": (timezone.now() + timedelta(hours=6)).isoformat(), "drill": False,
    } | changes  # fmt: skip


def drafted(**changes: Any) -> dict[str, Any]:
    answer = signed_in("planner").call("POST", "/api/broadcasts", form(**changes))
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def submitted(**changes: Any) -> dict[str, Any]:
    answer = signed_in("planner").call("POST", f"/api/broadcasts/{drafted(**changes)['id']}/submit")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def approved(**changes: Any) -> dict[str, Any]:
    waiting = submitted(**changes)
    answer = signed_in("second_planner").call(
        "POST", f"/api/broadcasts/{waiting['id']}/approve", {"content_hash": waiting["content_hash"]}
    )
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def in_force(**changes: Any) -> Broadcast:
    """Send a broadcast and let the clock write it all."""
    id = approved(**changes)["id"]
    answer = signed_in("planner").call("POST", f"/api/broadcasts/{id}/send")
    assert answer.status_code == 200, answer.content
    return send_now(id)


def send_now(id: str | UUID) -> Broadcast:
    """Let the countdown be over and the clock write everything."""
    Broadcast.objects.filter(pk=id, state="countdown").update(sends_at=timezone.now() - timedelta(seconds=1))
    while sending.send_step(UUID(str(id))):
        pass
    return Broadcast.objects.get(pk=id)


def update_drafted(id: str | UUID, **changes: Any) -> dict[str, Any]:
    answer = signed_in("planner").call("POST", f"/api/broadcasts/{id}/update", changes)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def updated(id: str | UUID, **changes: Any) -> Broadcast:
    """Draft, approve and send the next version of what is out, and let the clock write it all."""
    next_version = update_drafted(id, **changes)["id"]
    waiting = signed_in("planner").call("POST", f"/api/broadcasts/{next_version}/submit").json()
    approval = {"content_hash": waiting["content_hash"]}
    assert signed_in("second_planner").call("POST", f"/api/broadcasts/{next_version}/approve", approval).status_code == 200
    assert signed_in("planner").call("POST", f"/api/broadcasts/{next_version}/send").status_code == 200
    return send_now(next_version)
