"""The number that stands beside a person for a tag: a keyed mark of the tag's code.

A sensitive tag's number is made under a key of its own, outside the database, and stands in no table beside its name: who
steals a dump sees that some people share an unknown label, and not which. How often it occurs may still hint at it.
"""

import hmac
import time
from typing import Any

from django.conf import settings

from gridmap.people.models import Resident
from gridmap.tags.models import Category, Tag

LABEL_BYTES = 7  # a positive bigint
FRAIL = (Category.CARE, Category.COMMUNICATION, Category.MEDICAL, Category.MINOR)
FRESH_SECONDS = 5.0
_known: tuple[float, dict[str, Tag]] = (0.0, {})


def label_of(tag: Tag) -> int:
    """Give the number that stands beside people for a tag."""
    key = settings.TAG_KEY.encode() if tag.sensitive else b"gridmap tag"
    return int.from_bytes(hmac.digest(key, tag.code.encode(), "sha256")[:LABEL_BYTES], "big")


def by_label(*, sensitive: bool = True) -> dict[int, Tag]:
    """Give every tag by its number; with or without the sensitive ones. A few hundred marks take a millisecond."""
    tags = Tag.objects.all() if sensitive else Tag.objects.filter(sensitive=False)
    return {label_of(tag): tag for tag in tags}


def frail_labels() -> list[int]:
    """Give the labels of all tags that say somebody cannot get away alone, or does not hear: they sort who is visited first, and leave nobody out."""
    return [label_of(tag) for tag in Tag.objects.in_use().filter(category__in=FRAIL)]


def beside(person: Resident) -> dict[str, Any]:
    """Give what counting needs of a resident, as it stands beside each of their labels."""
    return {"no": person.no, "household": person.household_id, "connected": person.connected, "away": person.presence == "away"}


def tags_in_use(wanted: set[str]) -> dict[str, Tag]:
    """Give the tags of these codes that are in use, as of the last five seconds: previews ask while somebody draws.

    A tag that was retired meanwhile stands on nobody any more, so that whoever it should add or leave out is nobody.
    """
    global _known
    read_at, tags = _known
    if time.monotonic() - read_at > FRESH_SECONDS or not wanted <= set(tags):
        tags = {tag.code: tag for tag in Tag.objects.in_use()}
        _known = (time.monotonic(), tags)
    return {code: tags[code] for code in wanted if code in tags}
