"""CAP 1.2: documents that the standard's rules allow, polygons as it wants them, references, drills, and nobody's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import shapely
import xmlschema
from cap_tools.models import Alert
from capvalidator import check_schema
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig

from geodata.shapes import holeless
from gridmap.broadcasts.models import Broadcast
from gridmap.edge.cap import document
from tests import world
from tests.broadcasts.steps import GROUP, approved, drafted, in_force, send_now, updated
from tests.broadcasts.test_cancel import cancelled
from tests.clients import Caller, signed_in

pytestmark = pytest.mark.django_db
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
STRANGER = XmlParser(config=ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True))
SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("cap-1.2.xsd"))


def cap(broadcast: Broadcast) -> ElementTree.Element:
    """Give a broadcast's document, as anybody gets it; it keeps the standard's rules by our schema and by the OASIS one of 2010
    (capvalidator), and a parser that others wrote (cap-tools) reads the same from it."""
    answer = Caller().get(f"/cap/{broadcast.pk}.xml")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("application/cap+xml")
    SCHEMA.validate(answer.content.decode())
    oasis = check_schema(answer.content)
    assert oasis.passed, oasis.message
    document, read = fromstring(answer.content), STRANGER.from_bytes(answer.content, Alert)
    assert (read.identifier, read.status.value, read.msg_type.value) == tuple(said(document, name) for name in ("identifier", "status", "msgType"))
    assert [one.headline for one in read.infos] == [row.text for row in document.iter(f"{CAP}headline")]
    return document


def said(document: ElementTree.Element, name: str) -> str:
    return document.findtext(f".//{CAP}{name}") or ""


def test_a_warning_says_all_that_it_said_to_residents() -> None:
    broadcast = in_force()
    document = cap(broadcast)
    wanted = {
        "identifier": str(broadcast.pk), "msgType": "Alert", "scope": "Public", "category": "Geo", "responseType": "Evacuate", "urgency": "Immediate",
        "severity": "Severe", "senderName": broadcast.issuer, "description": broadcast.description, "instruction": broadcast.instruction, "areaDesc": "甲村",
    }  # fmt: skip
    assert {name: said(document, name) for name in wanted} == wanted
    assert said(document, "headline").endswith(broadcast.headline)
    assert said(document, "sent").endswith("+08:00")
    assert document.find(f"{CAP}references") is None


def test_polygons_are_latitude_first_closed_and_cover_the_area() -> None:
    broadcast = in_force(selection={"area": {"type": "grids", "codes": [GROUP]}, "exclude": world.square(*world.centre(GROUP), 0.002)})
    rings = [[tuple(map(float, pair.split(","))) for pair in (row.text or "").split()] for row in cap(broadcast).iter(f"{CAP}polygon")]
    assert all(ring[0] == ring[-1] and all(26 < lat < 28 and 110 < lon < 112 for lat, lon in ring) for ring in rings)
    told = shapely.union_all([Polygon([(lon, lat) for lat, lon in ring]) for ring in rings])
    area = shapely.from_wkb(bytes(broadcast.area.wkb))
    assert len(area.geoms[0].interiors) == 1
    assert shapely.symmetric_difference(told, area).area < area.area * 1e-3


def test_updates_and_the_all_clear_name_what_they_follow() -> None:
    first = in_force()
    second = updated(first.pk, level="red")
    cancel = signed_in("planner").call("POST", f"/api/broadcasts/{second.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]
    signed_in("second_planner").call("POST", f"/api/broadcasts/{cancel['id']}/approve", {"content_hash": cancel["content_hash"]})
    last = send_now(cancel["id"])
    followed = [row.split(",")[1] for row in said(cap(last), "references").split()]
    assert followed == [str(first.pk), str(second.pk)]
    assert (said(cap(second), "msgType"), said(cap(last), "msgType"), said(cap(last), "responseType")) == ("Update", "Cancel", "AllClear")
    assert said(cap(second), "references").split(",")[2] == said(cap(first), "sent")


def test_a_drill_is_an_exercise_and_a_demo_is_no_alarm(settings: object) -> None:
    drill = cap(in_force(drill=True))
    assert (said(drill, "status"), said(drill, "headline")[:4]) == ("Exercise", "【演练】")
    warning = in_force()
    for demo, status in ((True, "Test"), (False, "Actual")):
        settings.DEMO = demo  # type: ignore[attr-defined]
        document.cache_clear()  # of a process that is a demo or is none
        assert said(cap(warning), "status") == status


TAGGED = {"area": world.square(*world.centre(GROUP)), "tags": {"none_of": ["cannot-walk"]}}


@pytest.mark.parametrize("private", [{"kind": "lost_person"}, {"kind": "notice", "by_order": True}, {"kind": "notice", "selection": TAGGED}])
def test_who_is_lost_what_goes_to_some_by_their_tags_and_what_officers_have_yet_to_confirm_never_enters_the_public_feed(private: dict[str, Any]) -> None:
    told = in_force(level="none", headline="寻找走失老人张大爷", **private)
    assert str(told.pk) not in Caller().get("/cap/feed").content.decode()
    assert Caller().get(f"/cap/{told.pk}.xml").status_code == 404


def test_who_read_of_it_in_the_feed_reads_its_end_there_though_fewer_were_meant_by_then() -> None:
    first = in_force(kind="road_hazard")
    update = updated(first.pk, selection=TAGGED)
    cancel = cancelled(update)
    feed = Caller().get("/cap/feed").content.decode()
    assert all(str(row.pk) in feed for row in (first, update, cancel))


def test_the_feed_leads_to_what_went_out_and_to_nothing_else() -> None:
    out, waiting, draft = in_force(headline="已发 <&> 的一条"), approved()["id"], drafted()["id"]
    answer = Caller().get("/cap/feed")
    atom = "{http://www.w3.org/2005/Atom}"
    entries = fromstring(answer.content).findall(f"{atom}entry")
    assert [row.findtext(f"{atom}id") for row in entries] == [f"urn:uuid:{out.pk}"]
    link = entries[0].find(f"{atom}link")
    assert link is not None
    assert link.attrib["href"].endswith(f"/cap/{out.pk}.xml")
    assert "<&>" in (entries[0].findtext(f"{atom}title") or "")
    for id in (waiting, draft, "00000000-0000-4000-8000-000000000000"):
        assert Caller().get(f"/cap/{id}.xml").status_code == 404


HOLE = st.tuples(st.floats(0.1, 0.8), st.floats(0.1, 0.8), st.floats(0.01, 0.15))


@given(holes=st.lists(HOLE, min_size=1, max_size=4))
def test_parts_without_holes_are_together_the_area(holes: list[tuple[float, float, float]]) -> None:
    area = shapely.difference(box(0, 0, 1, 1), shapely.union_all([box(x, y, x + side, y + side) for x, y, side in holes]))
    whole = MultiPolygon([part for part in shapely.get_parts(area) if part.geom_type == "Polygon"])
    parts = holeless(whole)
    assert all(not part.interiors and part.is_valid for part in parts)
    assert shapely.union_all(parts).area == pytest.approx(whole.area)
    assert sum(part.area for part in parts) == pytest.approx(whole.area)
