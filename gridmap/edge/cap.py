"""Broadcasts as CAP 1.2 (OASIS, Common Alerting Protocol Version 1.2, 2010), for whoever relays warnings: a feed and a document each.

Nothing here tells of a person: somebody who is lost is not named, whatever the broadcast says of them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import shapely
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from geodata.shapes import holeless
from gridmap.broadcasts.languages import Translation
from gridmap.broadcasts.models import OUT, URGENT, Broadcast, BroadcastQuerySet, MessageType
from gridmap.edge.reads import places
from gridmap.words import DEMO_MARK, DRILL_MARK, KINDS

CAP, ATOM = "urn:oasis:names:tc:emergency:cap:1.2", "http://www.w3.org/2005/Atom"
KEPT = timedelta(days=7)
SEVERITY = {"red": "Extreme", "orange": "Severe", "yellow": "Moderate", "blue": "Minor", "none": "Unknown"}
RESPONSE = {"danger_notice": "Evacuate", "road_hazard": "Avoid", "relayed_warning": "Prepare", }
PRIVATE = ("lost_person",)


def offered() -> BroadcastQuerySet:
    """Give the broadcasts of the last days that went out, the newest first. Who is looked for never enters the public feed, and
    what goes from officer to officer, perhaps not at all, or to those alone who carry a tag, is no warning to the public."""
    recent = Q(ended_at=None) | Q(ended_at__gt=timezone.now() - KEPT)
    out = Broadcast.objects.filter(recent, state__in=OUT, by_order=False).exclude(started_at=None)
    # Who read the first version in the feed reads there what becomes of it, also when fewer are meant by then.
    some = Broadcast.objects.filter(version=1, selection__tags__isnull=False).values("chain")
    return out.exclude(kind__in=PRIVATE).exclude(chain__in=some).order_by("-started_at")


def feed(broadcasts: Iterable[Broadcast], address: str) -> bytes:
    """Build an Atom feed (RFC 4287) whose entries lead to CAP documents.

    Args:
        broadcasts: what to list, the newest first.
        address: where this house answers, without a slash at the end.
    """
    ElementTree.register_namespace("", ATOM)
    root = Element(f"{{{ATOM}}}feed")
    rows = list(broadcasts)
    _say(root, ATOM, id=f"{address}/cap/feed", title=settings.CAP_SENDER, updated=_time(_sent(rows[0]) if rows else timezone.now()))
    _say(SubElement(root, f"{{{ATOM}}}author"), ATOM, name=settings.CAP_SENDER)
    for row in rows:
        entry = SubElement(root, f"{{{ATOM}}}entry")
        _say(entry, ATOM, id=f"urn:uuid:{row.pk}", title=_headline(row, row.headline), updated=_time(_sent(row)))
        link = {"rel": "alternate", "type": "application/cap+xml", "href": f"{address}/cap/{row.pk}.xml"}
        SubElement(entry, f"{{{ATOM}}}link", link)
    return _written(root)


@lru_cache(maxsize=128)
def document(broadcast: Broadcast) -> bytes:
    """Build the CAP document of a version that went out; nothing of it changes any more, so a process builds it once: everybody may
    ask for it, and an area with hundreds of holes takes a second."""
    ElementTree.register_namespace("", CAP)
    root = Element(f"{{{CAP}}}alert")
    status = "Exercise" if broadcast.drill else "Test" if settings.DEMO else "Actual"
    said = {"identifier": str(broadcast.pk), "sender": settings.CAP_SENDER, "sent": _time(_sent(broadcast)), "status": status}
    _say(root, CAP, **said, msgType=broadcast.message_type, scope="Public", references=_references(broadcast))
    first = Translation.model_construct(language="zh-CN", headline=broadcast.headline, description=broadcast.description, instruction=broadcast.instruction)
    for words in [first] if broadcast.message_type == MessageType.CANCEL else [first, *(Translation(**one) for one in broadcast.languages)]:
        _info(root, broadcast, words)
    return _written(root)


def _info(root: Element, broadcast: Broadcast, words: Translation) -> None:
    """Add what a broadcast says in one language."""
    info = SubElement(root, f"{{{CAP}}}info")
    cancel = broadcast.message_type == MessageType.CANCEL
    _say(
        info, CAP, language=words.language, category=broadcast.category, event=KINDS[broadcast.kind][words.language != "zh-CN"],
        responseType="AllClear" if cancel else RESPONSE.get(broadcast.kind, "None"),
        urgency="Past" if cancel else "Immediate" if broadcast.kind in URGENT else "Expected", severity=SEVERITY[broadcast.level],
        certainty="Observed" if broadcast.kind in URGENT else "Likely", effective=_time(broadcast.effective), expires=_time(broadcast.expires),
        senderName=broadcast.issuer, headline=_headline(broadcast, words.headline), description=words.description,
        instruction="" if cancel else words.instruction,
    )  # fmt: skip
    for name, value in (("level", broadcast.level), ("authority", broadcast.authority)):
        if value:
            _say(SubElement(info, f"{{{CAP}}}parameter"), CAP, valueName=name, value=value)
    area = SubElement(info, f"{{{CAP}}}area")
    _say(area, CAP, areaDesc="、".join(places(tuple(broadcast.touched))))
    for part in holeless(shapely.from_wkb(bytes(broadcast.area.wkb))):
        _say(area, CAP, polygon=" ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in part.exterior.coords))


def _references(broadcast: Broadcast) -> str:
    """Name the earlier versions that this one follows; sender, identifier and time of each."""
    before = Broadcast.objects.before(broadcast).order_by("version")
    return " ".join(f"{settings.CAP_SENDER},{row.pk},{_time(_sent(row))}" for row in before)


def _sent(broadcast: Broadcast) -> datetime:
    return broadcast.started_at or broadcast.drafted_at


def _headline(broadcast: Broadcast, headline: str) -> str:
    mark = DRILL_MARK if broadcast.drill else DEMO_MARK if settings.DEMO else ""
    return mark + headline


def _time(at: datetime) -> str:
    """Write a time as CAP wants it: to the second, with an offset and never with Z."""
    return timezone.localtime(at).isoformat(timespec="seconds")


def _say(parent: Element, space: str, **said: str) -> None:
    """Add the elements that say anything, in order."""
    for name, text in said.items():
        if text:
            SubElement(parent, f"{{{space}}}{name}").text = text


def _written(root: Element) -> bytes:
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
