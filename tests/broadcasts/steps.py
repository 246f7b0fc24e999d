"""The steps from a drawn area to a broadcast in force, taken through the real routes and the real clock's functions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Sum
from django.utils import timezone

from gridmap.broadcasts import sending
from gridmap.broadcasts.models import Broadcast, Delivery, DeliveryCount
from gridmap.broadcasts.schemas import PROGRESS
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


def grids(*codes: str) -> dict[str, Any]:
    """Give a selection of picked grids."""
    return {"area": {"type": "grids", "codes": list(codes)}}


def receivers(broadcast: Broadcast, **kept: Any) -> set[Any]:
    """Give who has a delivery of a broadcast."""
    return set(Delivery.objects.filter(broadcast_id=broadcast.pk, **kept).values_list("resident_id", flat=True))


def reach(broadcast: Broadcast) -> dict[str, int]:
    """Give how far a broadcast has come, as the desk reads it."""
    return dict(signed_in("planner").get(f"/api/broadcasts/{broadcast.pk}/progress").json())


def recounted(id: UUID) -> dict[str, int]:
    """Count a broadcast's deliveries anew, one by one, in the columns of PROGRESS."""
    rows = list(Delivery.objects.filter(broadcast_id=id, outside=False))
    return {
        "residents": len(rows), "pushed": sum(row.stage >= 1 for row in rows), "displayed": sum(row.stage >= 2 for row in rows),
        "acknowledged": sum(row.stage >= 3 for row in rows), "moving": sum(row.answer == "moving" and not row.accounted for row in rows),
        "safe": sum(row.answer == "safe" and row.accounted for row in rows),
        "need_help": sum("need_help" in (row.answer, row.tick) and not row.accounted for row in rows),
        "accounted_for": sum(row.accounted for row in rows), "visited": sum(row.tick is not None for row in rows),
    }  # fmt: skip


def counted(id: UUID) -> dict[str, int]:
    """Give what a broadcast's counters say, in the columns of PROGRESS."""
    sums = {f"all_{name}": Sum(F(name), default=0) for name in PROGRESS}
    found = DeliveryCount.objects.filter(broadcast_id=id).aggregate(**sums)
    return {name: found[f"all_{name}"] for name in PROGRESS}
