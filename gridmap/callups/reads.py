"""How call-ups are read."""

from typing import get_args
from uuid import UUID

from gridmap.broadcasts.models import Broadcast
from gridmap.callups.models import Callup, CallupQuerySet
from gridmap.callups.schemas import CallupOut, StageName

STAGES: tuple[StageName, ...] = get_args(StageName)


def called_for() -> set[UUID]:
    """Give the chains for which officers are called."""
    going_on = Broadcast.objects.evacuations(), Broadcast.objects.unfinished()
    return {chain for rows in going_on for chain in rows.values_list("chain", flat=True)}


def running() -> CallupQuerySet:
    """Give the call-ups of evacuations in force, and of those that ran out lately: who is missing then is missing no less."""
    return Callup.objects.select_related("officer").filter(chain__in=called_for()).order_by("officer__name", "pk")


def shown(callup: Callup) -> CallupOut:
    """Build a call-up as staff of its groups get it."""
    officer = callup.officer
    return CallupOut(
        id=callup.pk, chain=callup.chain, officer=officer.name if officer else None, station=officer.station if officer else "", user=officer.user_id if officer else None,
        ranges=[list(pair) for pair in zip(callup.starts, callup.ends, strict=True)],
        stage=STAGES[callup.stage], called_at=callup.called_at, answered_at=callup.answered_at,
        answered_by=callup.answered_by, by_phone=callup.by_phone,
    )  # fmt: skip
