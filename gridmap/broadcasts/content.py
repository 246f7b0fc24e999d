"""What a broadcast says, as an approver answers for it."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from gridmap.broadcasts.models import Broadcast

AT_LEAST = timedelta(hours=6)  # an all-clear is told

CONTENT = (
    "kind", "level", "category", "headline", "description", "instruction", "languages", "picture", "issuer", "authority", "drill", "by_order", "effective", "selection",
    "inside", "cut", "residents", "message_type", "chain", "version",
)  # fmt: skip
# What a cancel takes over from the message that it calls off.
OF_THE_MESSAGE = (
    "kind", "level", "category", "headline", "instruction", "languages", "issuer", "authority", "effective", "expires", "selection", "area", "drawn", "inside", "cut", "touched",
    "residents", "away", "connected", "households", "in_tens", "by_order", "confirmed",
)  # fmt: skip


def content_hash(broadcast: Broadcast) -> str:
    """Hash what an approver answers for: words, area, selection, time and count; any edit voids an approval."""
    content: dict[str, Any] = {name: getattr(broadcast, name) for name in CONTENT}
    content |= {"expires": broadcast.expires.timestamp(), "area": broadcast.area.hex.decode()}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def longest(cancel: Broadcast) -> datetime:
    """Give until when a cancel is to be told: as long as any version of its chain stands on somebody's phone, which may have been off
    when an update made it shorter; and some hours in any case."""
    return max([timezone.now() + AT_LEAST, cancel.expires, *Broadcast.objects.before(cancel).values_list("expires", flat=True)])


def lengthen(cancel: Broadcast) -> None:
    """Give an all-clear that waited long for its approval its hours anew: approved at its own end it would be told to nobody."""
    if cancel.expires < timezone.now() + AT_LEAST / 2:
        cancel.expires = longest(cancel)
        cancel.content_hash = content_hash(cancel)


def follow(cancel: Broadcast, newest: Broadcast) -> None:
    """Let a cancel that waits for its approval say what the newest version says; who had read it before reads it anew."""
    for field in OF_THE_MESSAGE:
        setattr(cancel, field, getattr(newest, field))
    cancel.expires = longest(cancel)
    cancel.content_hash = content_hash(cancel)
    cancel.save(update_fields=[*OF_THE_MESSAGE, "content_hash"])
