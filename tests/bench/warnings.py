"""Broadcasts for benches: drafted for whole townships and brought to their sending by the rows alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from geodata.county import facts


def half() -> dict[str, Any]:
    """Give every other township, as picked grids."""
    return {"type": "grids", "codes": [row["code"] for row in facts("townships")][::2]}


def due(area: dict[str, Any]) -> UUID:
    """Make a danger notice whose countdown is over.

    Args:
        area: as a selection names it.
    """
    from gridmap.broadcasts import audience
    from gridmap.broadcasts.geofences import geometry
    from gridmap.broadcasts.models import Broadcast, State
    from gridmap.broadcasts.schemas import SelectionIn
    from gridmap.broadcasts.selection import resolve
    from gridmap.people.models import User

    place, now = resolve(SelectionIn(area=area), "danger_notice"), timezone.now()
    counts, commander = audience.preview(place), User.objects.filter(role="commander")[0]
    broadcast = Broadcast.objects.create(
        pk=uuid4(), kind="danger_notice", level="orange", category="Geo", headline="山洪即将到来", description="河水上涨", instruction="上高处去",
        issuer="隆回县防汛抗旱指挥部", effective=now, expires=now + timedelta(hours=6), drill=False, selection={"area": area}, area=geometry(place.area),
        drawn=place.drawn, inside=[no for pair in place.inside for no in pair], cut=list(place.cut), touched=list(place.touched),
        residents=counts.residents, away=counts.away, connected=counts.connected, households=counts.households, content_hash="0" * 64,
        state=State.COUNTDOWN, author=commander, approver=commander, sends_at=now - timedelta(seconds=1),
    )  # fmt: skip
    return broadcast.pk
