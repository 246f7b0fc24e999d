"""A warning that another authority issued, read from its CAP 1.2 document (OASIS, Common Alerting Protocol Version 1.2, 2010).

Nothing is written, and nothing of it is believed more than what a planner types: its words and its area are checked where they are
handed in, and two people send it. Whether it is signed is not looked at; whoever relays it knows where it came from.
"""

import math
import re
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.db.models import Q
from django.utils import timezone
from pydantic import TypeAdapter, ValidationError

from geodata.codes import LENGTHS
from gridmap.access import Scope
from gridmap.broadcasts.actions import NUMBER
from gridmap.broadcasts.languages import Translation
from gridmap.broadcasts.models import PENDING, Broadcast
from gridmap.broadcasts.relayed_schemas import Note, RelayedOut
from gridmap.broadcasts.schemas import Category, Overlap
from gridmap.edge.cap import CAP, SEVERITY
from gridmap.errors import Invalid
from gridmap.fields import Moment
from gridmap.grids.models import Grid

SPACES = (f"{{{CAP}}}", "{urn:oasis:names:tc:emergency:cap:1.1}")
LEVELS = {severity: level for level, severity in SEVERITY.items()}
DRILLS = {"Actual": False, "Exercise": True, "Test": True}
KINDS = ("Alert", "Update", "Cancel")
LONGEST = 100  # signs of an identifier: with who says so it stands in one line
MOMENT, CATEGORY = TypeAdapter(Moment), TypeAdapter(Category)


def read(document: str, actor: Scope) -> RelayedOut:
    """Give what a CAP document says, as a draft has it, and what of it cannot be taken over.

    Args:
        document: the XML, at most 200,000 signs; with a document type or entities it is refused.
        actor: who reads it; only broadcasts within their grids are named as relayed already.

    Raises:
        Invalid: ``cap.not_xml``, ``cap.not_cap``, ``cap.element`` with its name, ``cap.not_public``, or ``cap.over`` when its time is past.
    """
    root = _root(document)
    identifier, drill = _said(root, "identifier"), DRILLS.get(_said(root, "status"))
    kind: Any = _said(root, "msgType")
    if not identifier or len(identifier) > LONGEST or len(identifier.split()) > 1:
        raise Invalid("cap.element", element="identifier")
    if kind not in KINDS or drill is None or _said(root, "scope") != "Public":
        raise Invalid("cap.not_public", status=_said(root, "status")[:20], message_type=kind[:20], scope=_said(root, "scope")[:20])
    sent = _time(root, "sent")
    infos = root.findall("info")
    info = next((one for one in infos if _language(one).startswith("zh")), infos[0] if infos else root)
    expires = _time(info, "expires") if _said(info, "expires") else None
    if expires and expires <= timezone.now() and kind != "Cancel":
        raise Invalid("cap.over", at=expires.isoformat())
    effective = _time(info, "effective") if _said(info, "effective") else sent
    notes: list[Note] = []
    follows = _relayed(identifier, _said(root, "references"), actor)
    if any(identifier in row.authority.split() for row in follows):
        notes.append("already")
    if infos and kind != "Cancel":
        notes += _of_blocks(infos, info)
    area = _area(info, notes) if kind != "Cancel" else None
    languages = _languages(infos, info, notes)
    who = _said(info, "senderName") or _said(root, "sender")
    authority = f"{who[: 180 - len(identifier)]} {identifier}"
    return RelayedOut(
        identifier=identifier, message_type=kind, sent=sent, place="、".join(filter(None, (_said(one, "areaDesc") for one in info.findall("area")))),
        drill=drill, level=_level(info, kind), category=_category(info, kind), headline=_said(info, "headline") or _said(info, "event"),
        description=_lines(info, "description"), instruction=_lines(info, "instruction"), languages=languages,
        authority=authority if NUMBER.search(authority) else f"{authority} {sent.date()}",
        effective=effective if effective > timezone.now() else None, expires=expires, area=area,
        follows=[Overlap.model_validate(row, from_attributes=True) for row in follows], notes=notes,
    )  # fmt: skip


def _root(document: str) -> Element:
    try:
        root = fromstring(document.lstrip("\ufeff").strip(), forbid_dtd=True)
    except ParseError as fault:
        raise Invalid("cap.not_xml", line=fault.position[0], column=fault.position[1]) from None
    except (DefusedXmlException, ValueError):  # entities; signs that no XML may hold
        raise Invalid("cap.not_xml") from None
    space = next((space for space in SPACES if root.tag == f"{space}alert"), None)
    if space is None:
        raise Invalid("cap.not_cap", element=root.tag[:80])
    for element in root.iter():  # one way to name elements from here on, whichever version it is
        element.tag = element.tag.removeprefix(space)
    return root


def _said(parent: Element, name: str) -> str:
    return " ".join((parent.findtext(name) or "").split())


def _lines(parent: Element, name: str) -> str:
    rows = [" ".join(row.split()) for row in (parent.findtext(name) or "").strip().splitlines()]
    return "\n".join(rows)


def _language(info: Element) -> str:
    return _said(info, "language") or "en-US"  # what CAP takes it for where nothing is said


def _time(parent: Element, name: str) -> datetime:
    try:
        return MOMENT.validate_python(_said(parent, name))
    except ValidationError:
        raise Invalid("cap.element", element=name) from None


def _level(info: Element, kind: str) -> Any:
    level = LEVELS.get(_said(info, "severity"), "none" if kind == "Cancel" else None)
    if level is None:
        raise Invalid("cap.element", element="severity")
    return level


def _category(info: Element, kind: str) -> Any:
    try:
        return CATEGORY.validate_python(_said(info, "category") or ("Other" if kind == "Cancel" else ""))
    except ValidationError:
        raise Invalid("cap.element", element="category") from None


def _of_blocks(infos: list[Element], info: Element) -> list[Note]:
    """Say what of several blocks is not taken over: a second danger in the same language is a message of its own."""
    notes: list[Note] = []
    if not _language(info).startswith("zh"):
        notes.append("not_chinese")
    if sum(_language(one) == _language(info) for one in infos) > 1:
        notes.append("more_blocks")
    return notes


def _languages(infos: list[Element], info: Element, notes: list[Note]) -> list[Translation]:
    found: dict[str, Translation] = {}
    for one in infos:
        if one is info or _language(one) == _language(info):
            continue
        words = {"headline": _said(one, "headline") or _said(one, "event"), "description": _lines(one, "description"), "instruction": _lines(one, "instruction")}
        try:
            found.setdefault(_language(one), Translation(language=_language(one), **words))
        except ValidationError:
            notes.append("language_left_out")
    return list(found.values())[:5]


def _relayed(identifier: str, references: str, actor: Scope) -> list[Broadcast]:
    """Give what stands, or is being prepared, that names this document or one that it follows as its source."""
    earlier = {part.split(",")[1] for part in references.split() if part.count(",") == 2} | {identifier}
    there = Q(state__in=PENDING) | Q(pk__in=Broadcast.objects.standing().values("pk"))
    rows = Broadcast.objects.filter(there, kind="relayed_warning").within(actor.ranges).order_by("-drafted_at").defer("area")
    return [row for row in rows if earlier & set(row.authority.split())]


def _area(info: Element, notes: list[Note]) -> dict[str, Any] | None:
    """Give the area as a recipe of ours, unchecked: of polygons, of one circle, or of the grids that its codes name."""
    areas = info.findall("area")
    rings = [_ring(text, number) for number, area in enumerate(areas) for text in _texts(area, "polygon")]
    circles = [_circle(text, number) for number, area in enumerate(areas) for text in _texts(area, "circle")]
    if (rings or circles) and any(area.find("polygon") is None and area.find("circle") is None for area in areas):
        notes.append("part_left_out")  # half of an area looks like the whole of it: then the planner draws it
        return None
    if circles and len(rings) + len(circles) > 1:
        notes.append("mixed_shapes")
        return None
    if circles:
        return circles[0]
    if rings:
        return {"type": "Polygon", "coordinates": rings} if len(rings) == 1 else {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}
    codes = _codes([value for area in areas for value in (_said(one, "value") for one in area.findall("geocode"))], notes)
    if not codes and not {"county", "part_left_out"} & set(notes):
        notes.append("no_area")
    return {"type": "grids", "codes": codes} if codes else None


def _texts(area: Element, name: str) -> list[str]:
    return [" ".join((one.text or "").split()) for one in area.findall(name)]


def _position(pair: str, **where: int | str) -> list[float]:
    """Turn CAP's latitude,longitude round: everything of ours is longitude, latitude."""
    try:
        lat, lon = map(float, pair.split(","))
    except ValueError:
        raise Invalid("cap.element", **where) from None
    if not (math.isfinite(lat) and math.isfinite(lon)):
        raise Invalid("cap.element", **where)
    return [lon, lat]


def _ring(text: str, number: int) -> list[list[float]]:
    return [_position(pair, element="polygon", area=number, vertex=vertex) for vertex, pair in enumerate(text.split())]


def _circle(text: str, number: int) -> dict[str, Any]:
    """Read ``lat,lon radius`` with the radius in kilometres."""
    centre, _, radius = text.partition(" ")
    try:
        metres = float(radius) * 1000
    except ValueError:
        metres = math.nan
    if not math.isfinite(metres):
        raise Invalid("cap.element", element="circle", area=number)
    return {"type": "circle", "center": _position(centre, element="circle", area=number), "radius_m": round(metres)}


def _codes(values: list[str], notes: list[Note]) -> list[str]:
    """Find our grids by the division codes (GB/T 10114), filled up with zeros as senders do. The county, and what it is part of, is
    nobody's pick: that is a separate act."""
    county = Grid.objects.current().county().code
    wanted = []
    for value in values:
        if not re.fullmatch(r"[0-9]{6,15}", value):
            continue
        code = next(value[:length] for length in (*LENGTHS, len(value)) if not value[length:].strip("0"))
        if code in (county, f"{county[:4]}00", f"{county[:2]}0000"):
            notes.append("county")
            return []
        wanted.append(code)
    known = sorted(Grid.objects.current().filter(code__in=wanted).values_list("code", flat=True))
    if {code for code in wanted if code.startswith(county)} - set(known):
        notes.append("part_left_out")
        return []
    return known
