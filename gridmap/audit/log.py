"""The chain of the audit: each entry's mark covers the entry and the mark before, under a key outside the database.

Who can write to the database but has no key can neither change an entry nor remove one unnoticed. Entries cut off at
the end leave a sound chain: the clock notes the head in its log every day, outside the database, to compare with.
"""

import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from gridmap.audit.models import Anchor, Entry

LOCK = 430_524_004
START = b"\0" * 32
logger = logging.getLogger(__name__)
Range = tuple[int, int]


class Actor(Protocol):
    """Who did it: a signed-in user."""

    @property
    def pk(self) -> Any:
        """The user's id."""

    @property
    def name(self) -> str:
        """The user's name, kept with the entry: it outlives the account."""


def record(action: str, *, actor: Actor | None, subject: UUID | None = None, about: Range | None = None, **detail: Any) -> None:
    """Write an entry into the chain, in the transaction of what it tells of; just before publish.

    Args:
        action: as in ``access.ACTIONS``, or what the program did by itself.
        actor: who; None for the program itself and for residents.
        subject: whom or what it was done to.
        about: the half-open range of group numbers it was about.
        detail: what else matters; never a name, a phone or an address.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit entry belongs into the transaction of what it tells of")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT clock_timestamp()")
        at = cursor.fetchone()[0]
    last: Entry | Anchor | None = Entry.objects.order_by("-seq").first() or Anchor.objects.order_by("-seq").first()
    start, end = about or (None, None)
    # As it will be read back: a time has other digits once it went through JSON, and its mark would not hold.
    detail = json.loads(json.dumps(detail, cls=DjangoJSONEncoder))
    entry = Entry(
        seq=last.seq + 1 if last else 1, at=at, actor=actor.pk if actor else None, actor_name=actor.name if actor else "",
        action=action, subject=subject, start=start, end=end, detail=detail,
    )  # fmt: skip
    entry.chain = mark(entry, bytes(last.chain) if last else START)
    entry.save(force_insert=True)


def mark(entry: Entry, before: bytes) -> bytes:
    """Give the mark of an entry: HMAC-SHA-256 over the mark before and everything the entry says."""
    said = [
        entry.seq, entry.at, entry.actor and str(entry.actor), entry.actor_name, entry.action, entry.subject and str(entry.subject),
        entry.start, entry.end, entry.detail,
    ]  # fmt: skip
    options = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
    return hmac.digest(settings.AUDIT_KEY.encode(), before + orjson.dumps(said, option=options), "sha256")


@dataclass(frozen=True)
class Broken:
    """The first place where the chain does not hold."""

    seq: int
    why: str


def verify() -> tuple[int, bytes, Broken | None]:
    """Walk the whole chain.

    Returns:
        How many entries hold, the mark of the last of them, and the first broken link if there is one.
    """
    seq, before = 0, START
    anchor = Anchor.objects.order_by("-seq").first()
    if anchor is not None:
        seq, before = anchor.seq, bytes(anchor.chain)
        if not hmac.compare_digest(_anchor_mark(seq, before), bytes(anchor.mark)):
            return 0, START, Broken(seq, "the anchor was forged")
    for entry in _all():
        if entry.seq != seq + 1:
            return seq, before, Broken(seq + 1, "an entry is missing")
        if not hmac.compare_digest(mark(entry, before), bytes(entry.chain)):
            return seq, before, Broken(entry.seq, "the entry was changed")
        seq, before = entry.seq, bytes(entry.chain)
    return seq, before, None


def forget(before: datetime) -> int:
    """Delete the entries from before a time, and anchor the chain at the last of them.

    Returns:
        How many.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    last = Entry.objects.filter(at__lt=before).order_by("-seq").first()
    if last is None:
        return 0
    chain = bytes(last.chain)
    Anchor.objects.create(seq=last.seq, chain=chain, mark=_anchor_mark(last.seq, chain))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL gridmap.forgetting = 'on'")
        cursor.execute("DELETE FROM audit_entry WHERE seq <= %s", [last.seq])
        removed = cursor.rowcount
        cursor.execute("SET LOCAL gridmap.forgetting = 'off'")
    return removed


def _anchor_mark(seq: int, chain: bytes) -> bytes:
    return hmac.digest(settings.AUDIT_KEY.encode(), b"anchor\0%d\0" % seq + chain, "sha256")


def _all() -> Iterator[Entry]:
    return Entry.objects.order_by("seq").iterator(chunk_size=2000)


def note_head() -> None:
    """Note in the log of the process, which lies outside the database, how far the audit has come; run daily by the clock."""
    last = Entry.objects.order_by("-seq").first()
    if last is not None:
        logger.info("audit: %s entries, head %s", last.seq, bytes(last.chain).hex())
