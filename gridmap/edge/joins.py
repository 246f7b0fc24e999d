"""A browser asks to join: taken here, matched with the register on the other side of the wall (people/joins.py)."""

import secrets
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from gridmap.edge.models import Join, JoinCode, JoinState
from gridmap.edge.schemas import JoinIn
from gridmap.errors import TooMany
from gridmap.realtime.events import JoinRequested
from gridmap.realtime.log import publish, ring_clock
from gridmap.sealing import blind, seal
from gridmap.tokens import hashed

# A mobile network shows thousands of phones under one address, and an officer's round is some dozens of doors an hour.
MOST_OF_ADDRESS, MOST_OF_CODE, WINDOW = 60, 300, timedelta(hours=1)
KEPT = timedelta(days=7)


@transaction.atomic
def request_join(join: JoinIn, *, code: JoinCode, address: str | None, before: str) -> str:
    """Take a request to join.

    Args:
        join: name and phone as the resident gives them.
        code: whose QR code was scanned.
        address: where from, to slow down floods.
        before: the token of an earlier request of this browser, or nothing.

    Returns:
        The token that this browser keeps.

    Raises:
        TooMany: too many from this address or with this code within the hour.
    """
    recent = Join.objects.filter(at__gt=timezone.now() - WINDOW)
    if recent.filter(address=address).count() >= MOST_OF_ADDRESS or recent.filter(code=code).count() >= MOST_OF_CODE:
        raise TooMany("join.too_many", minutes=60)
    id, token = uuid4(), secrets.token_urlsafe(32)
    indexes = {"name_index": blind(join.name, "name"), "phone_index": blind(join.phone, "phone")}
    # Who sends again from the same browser, because the page was closed, stands in the queue once; nobody else's request goes.
    Join.objects.waiting().filter(code=code, token_hash=hashed(before)).update(state=JoinState.REFUSED)
    Join.objects.create(
        pk=id, code=code, token_hash=hashed(token), address=address, **indexes,
        name_sealed=seal(join.name, f"edge_join.name.{id}"), phone_sealed=seal(join.phone, f"edge_join.phone.{id}"),
    )  # fmt: skip
    ring_clock()
    publish(JoinRequested(code=code.pk, waiting=waiting_of(code)), ranges=[(code.start, code.end)])
    return token


def waiting_of(code: JoinCode) -> int:
    """Count who waits at a code."""
    return Join.objects.waiting().filter(code=code).count()


def pairing_of(token_hash: str) -> str:
    """Give four digits that the phone and the officer's tablet both show: whoever copied the words has others."""
    return f"{int(token_hash[:12], 16) % 10_000:04d}"


def state_of(token: str) -> str | None:
    """Say how far the request of a browser has come, None when there is none."""
    return Join.objects.filter(token_hash=hashed(token)).values_list("state", flat=True).first()


def forget() -> int:
    """Drop requests that nobody decided on for a week, and what is left of the decided ones: their names and phones.

    Returns:
        How many.
    """
    return Join.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
