"""A warning of another authority comes in as its CAP document: read as it stands, never trusted, and not relayed twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridmap.broadcasts.models import Broadcast
from gridmap.edge.cap import document as cap_document
from tests import world
from tests.broadcasts.steps import GROUP, form, in_force
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
ID = "43000041600000_20261127081500"
LON, LAT = world.centre(GROUP)
CORNERS = [(LON - 0.004, LAT - 0.004), (LON + 0.004, LAT - 0.004), (LON + 0.004, LAT + 0.004), (LON - 0.004, LAT + 0.004), (LON - 0.004, LAT - 0.004)]
POLYGON = f"<polygon>{' '.join(f'{lat:.6f},{lon:.6f}' for lon, lat in CORNERS)}</polygon>"


def at(hours: float) -> str:
    return (timezone.localtime() + timedelta(hours=hours)).isoformat(timespec="seconds")


def info(area: str = POLYGON, language: str = "zh-CN", headline: str = "湖南省气象台发布暴雨橙色预警", **said: str) -> str:
    words = {
        "language": language, "category": "Met", "event": "暴雨", "urgency": "Immediate", "severity": "Severe", "certainty": "Likely",
        "expires": at(5), "senderName": "湖南省气象台", "headline": headline, "description": "未来 3 小时\n  降雨量将达 50 毫米以上", "instruction": "远离河道和陡坡",
    } | said  # fmt: skip
    return f"<info>{''.join(f'<{name}>{text}</{name}>' for name, text in words.items() if text)}<area><areaDesc>小县北部</areaDesc>{area}</area></info>"


def alert(*infos: str, **said: str) -> str:
    words = {"identifier": ID, "sender": "hunan@12379.cn", "sent": at(-0.2), "status": "Actual", "msgType": "Alert", "scope": "Public"} | said
    head = "".join(f"<{name}>{text}</{name}>" for name, text in words.items() if text)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">{head}{"".join(infos or (info(),))}</alert>'


def read(document: str, **expected: Any) -> dict[str, Any]:
    answer = signed_in("planner").call("POST", "/api/broadcasts/relayed", {"document": document})
    assert answer.status_code == 200, answer.content
    found = dict(answer.json())
    assert {name: found[name] for name in expected} == expected
    return found


def test_what_it_says_stands_ready_to_be_checked_approved_and_sent() -> None:
    found = read(
        alert(), identifier=ID, message_type="Alert", drill=False, level="orange", category="Met", headline="湖南省气象台发布暴雨橙色预警",
        description="未来 3 小时\n降雨量将达 50 毫米以上", instruction="远离河道和陡坡", authority=f"湖南省气象台 {ID}", place="小县北部", effective=None, notes=[], follows=[],
    )  # fmt: skip
    assert Broadcast.objects.count() == 0
    selection = {"area": found["area"]}
    counted = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": selection}).json()
    drawn = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": {"area": world.square(LON, LAT)}}).json()
    assert counted["residents"] == drawn["residents"] > 0
    words = {name: found[name] for name in ("level", "category", "headline", "description", "instruction", "authority", "expires", "drill", "languages")}
    sent = in_force(kind="relayed_warning", selection=selection, **words)
    assert (sent.state, sent.authority) == ("in_force", f"湖南省气象台 {ID}")
    assert sent.expires == datetime.fromisoformat(found["expires"])


def test_what_was_relayed_already_is_named_before_it_goes_out_twice() -> None:
    sent = in_force(kind="relayed_warning", authority=f"湖南省气象台 {ID}")
    assert [row["id"] for row in read(alert(), notes=["already"])["follows"]] == [str(sent.pk)]
    assert read(alert(identifier="another_1"), notes=[])["follows"] == []


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
def test_what_follows_an_earlier_one_leads_to_ours(kind: str) -> None:
    sent = in_force(kind="relayed_warning", authority=f"湖南省气象台 {ID}")
    found = read(alert(identifier="later_2", msgType=kind, references=f"hunan@12379.cn,{ID},{at(-1)}"), message_type=kind, notes=[])
    assert [row["id"] for row in found["follows"]] == [str(sent.pk)]
    assert (found["area"] is None) == (kind == "Cancel")


def test_a_cancel_may_say_nothing_but_what_it_cancels() -> None:
    read(alert("", msgType="Cancel", references=f"hunan@12379.cn,x,{at(-1)}"), message_type="Cancel", headline="", area=None, follows=[])


def test_what_a_desk_elsewhere_holds_is_not_named() -> None:
    in_force(kind="relayed_warning", authority=f"湖南省气象台 {ID}")
    assert read(alert())["follows"]
    answer = signed_in("officer").call("POST", "/api/broadcasts/relayed", {"document": alert()})
    assert (answer.status_code, b"follows" in answer.content) == (403, False)


def test_our_own_documents_are_read_back_as_they_were_said() -> None:
    sent = in_force(languages=[{"language": "en", "headline": "Landslide: leave now", "description": "Cracks", "instruction": "Go east"}])
    found = read(cap_document(sent).decode(), drill=True, level="orange", category="Geo", description=sent.description, instruction=sent.instruction)
    assert found["headline"].endswith(sent.headline)
    assert [one["instruction"] for one in found["languages"]] == ["Go east"]
    counts = [signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": {"area": area}}).json()["residents"] for area in (found["area"], form()["selection"]["area"])]
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize(
    ("area", "recipe", "notes"),
    [
        (f"<circle>{LAT:.6f},{LON:.6f} 0.8</circle>", {"type": "circle", "center": [round(LON, 6), round(LAT, 6)], "radius_m": 800}, []),
        ("<geocode><valueName>行政区划</valueName><value>430524001000</value></geocode>", {"type": "grids", "codes": ["430524001"]}, []),
        ("<geocode><valueName>行政区划</valueName><value>430524001001</value></geocode><geocode><valueName>x</valueName><value>430524001002</value></geocode>", {"type": "grids", "codes": ["430524001001", "430524001002"]}, []),
        ("<geocode><valueName>行政区划</valueName><value>430524000000</value></geocode>", None, ["county"]),
        ("<geocode><valueName>行政区划</valueName><value>430500000000</value></geocode>", None, ["county"]),
        ("<geocode><valueName>行政区划</valueName><value>430000000000</value></geocode>", None, ["county"]),
        ("<geocode><valueName>行政区划</valueName><value>110000000000</value></geocode>", None, ["no_area"]),
        ("<geocode><valueName>SAME</valueName><value>六六</value></geocode>", None, ["no_area"]),
        ("", None, ["no_area"]),
        ("<geocode><valueName>x</valueName><value>430524001000</value></geocode><geocode><valueName>x</valueName><value>430524999000</value></geocode>", None, ["part_left_out"]),
        (f"{POLYGON}</area><area><areaDesc>另一处</areaDesc><geocode><valueName>x</valueName><value>430524001000</value></geocode>", None, ["part_left_out"]),
        (f"{POLYGON}<circle>27,111 1</circle>", None, ["mixed_shapes"]),
    ],
)
def test_an_area_is_a_recipe_of_ours_or_is_left_to_the_planner(area: str, recipe: dict[str, Any] | None, notes: list[str]) -> None:
    read(alert(info(area)), area=recipe, notes=notes)


def test_several_polygons_are_one_area() -> None:
    found = read(alert(info(POLYGON + POLYGON.replace("27.", "27.1"))))
    assert (found["area"]["type"], len(found["area"]["coordinates"])) == ("MultiPolygon", 2)


@pytest.mark.parametrize("broken", ["27.0,111.0 27.1,111.1 27.0,111.2 27.1,111.0 27.0,111.0", "111.0,27.0 111.1,27.0 111.1,27.1 111.0,27.0", "27,111 27,111"])
def test_a_broken_area_is_refused_where_it_is_counted_as_a_drawn_one_is(broken: str) -> None:
    found = read(alert(info(f"<polygon>{broken}</polygon>")))
    answer = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": {"area": found["area"]}})
    assert (answer.status_code, answer.json()["code"]) == (422, "broadcast.area_invalid")


def test_the_chinese_block_comes_first_and_the_others_as_languages() -> None:
    english, odd = info(language="en-US", headline="Rainstorm"), info(language="tlh-Latn-XX-too-long", headline="Qapla'")
    found = read(alert(english, odd, info()), headline="湖南省气象台发布暴雨橙色预警", notes=["language_left_out"])
    assert [(one["language"], one["headline"]) for one in found["languages"]] == [("en-US", "Rainstorm")]
    assert read(alert(english), headline="Rainstorm", notes=["not_chinese"])["languages"] == []
    read(alert(info(), info(headline="另一种危险")), headline="湖南省气象台发布暴雨橙色预警", notes=["more_blocks"])


@pytest.mark.parametrize("status", ["Exercise", "Test"])
def test_an_exercise_becomes_a_drill_and_nothing_else(status: str) -> None:
    read(alert(status=status), drill=True)


def test_a_document_without_a_number_is_named_by_its_day() -> None:
    assert read(alert(identifier="storm"))["authority"] == f"湖南省气象台 storm {(timezone.localtime() - timedelta(hours=0.2)).date()}"


def test_what_begins_later_does() -> None:
    found = read(alert(info(effective=at(2))))
    assert datetime.fromisoformat(found["effective"]) > timezone.now()


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
BAD = {
    "empty": ("", "cap.not_xml"), "words": ("暴雨来了", "cap.not_xml"), "cut": (alert()[:-9], "cap.not_xml"), "geojson": ('{"type": "Polygon"}', "cap.not_xml"),
    "billion_laughs": (alert().replace("<alert", LAUGHS + "<alert").replace("暴雨</event>", "&b;</event>"), "cap.not_xml"),
    "external_entity": (alert().replace("<alert", FILE + "<alert").replace("暴雨</event>", "&a;</event>"), "cap.not_xml"),
    "document_type_alone": (alert().replace("<alert", "<!DOCTYPE alert><alert"), "cap.not_xml"),
    "lone_surrogate": (alert().replace("暴雨", "\ud800"), "request.invalid"), "nul": (alert().replace("暴雨", "\x00"), "request.invalid"), "bell": (alert().replace("暴雨", "\x07"), "cap.not_xml"),
    "deep": ("<a>" * 28_000 + "</a>" * 28_000, "cap.not_cap"), "html": ("<html><body/></html>", "cap.not_cap"),
    "older_standard": (alert().replace("cap:1.2", "cap:1.0"), "cap.not_cap"), "no_namespace": (alert().replace(' xmlns="urn:oasis:names:tc:emergency:cap:1.2"', ""), "cap.not_cap"),
    "no_identifier": (alert(identifier=""), "cap.element"), "identifier_of_two_words": (alert(identifier="a b"), "cap.element"), "endless_identifier": (alert(identifier="a" * 101), "cap.element"),
    "no_time": (alert(sent=""), "cap.element"), "time_without_offset": (alert(sent="2026-11-27T08:00:00"), "cap.element"), "year_one": (alert(sent="0001-01-01T00:00:00+08:00"), "cap.element"),
    "no_info": (alert(""), "cap.element"), "no_severity": (alert(info(severity="")), "cap.element"), "own_category": (alert(info(category="暴雨")), "cap.element"),
    "nan": (alert(info("<polygon>NaN,111 27,111 27,112 NaN,111</polygon>")), "cap.element"), "infinite": (alert(info("<circle>27,111 Infinity</circle>")), "cap.element"),
    "three_numbers": (alert(info("<polygon>27,111,5 27,112,5 28,112,5 27,111,5</polygon>")), "cap.element"), "no_radius": (alert(info("<circle>27,111</circle>")), "cap.element"),
    "restricted": (alert(scope="Restricted"), "cap.not_public"), "private": (alert(scope="Private"), "cap.not_public"), "system": (alert(status="System"), "cap.not_public"),
    "draft": (alert(status="Draft"), "cap.not_public"), "acknowledgement": (alert(msgType="Ack"), "cap.not_public"), "no_scope": (alert(scope=""), "cap.not_public"),
    "over": (alert(info(expires=at(-0.1))), "cap.over"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_document_that_is_wrong_is_refused_by_its_code(name: str) -> None:
    document, code = BAD[name]
    answer = signed_in("planner").call("POST", "/api/broadcasts/relayed", {"document": document})
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.content
    assert Broadcast.objects.count() == 0


def test_a_document_without_end_is_refused_unread() -> None:
    answer = signed_in("planner").call("POST", "/api/broadcasts/relayed", {"document": alert() + " " * 200_000})
    assert answer.status_code == 422
