"""Every route × role × place, and a canary: outside your grids nothing exists for you."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from gridmap.access import ACTIONS
from gridmap.api import api
from gridmap.callups.actions import call_up
from gridmap.callups.models import Callup
from gridmap.edge.models import Join, RecordRequest, TrialPhone
from gridmap.orders.actions import give_orders
from gridmap.orders.models import Order
from gridmap.people.models import Assignment, Handover, Officer, Resident, Role, User
from gridmap.register.records import answer_record
from gridmap.sealing import blind, seal
from tests import world
from tests.access.table import OPEN, STAFF, TABLE, Row
from tests.broadcasts.steps import GROUP, form, grids, in_force
from tests.broadcasts.test_picture import PNG
from tests.broadcasts.test_relayed import alert
from tests.broadcasts.test_release import RELEASE, TEMPLATE, template
from tests.broadcasts.test_trial import claimed
from tests.clients import Caller, phone, signed_in
from tests.imports.sheets import ROW, csv, send
from tests.incidents.test_report import report
from tests.tags.test_tags import TAG

pytestmark = pytest.mark.django_db
FENCE = {"name": "滑坡隐患点", "folder": "地质灾害", "area": form()["selection"]["area"]}
CANARY, PHONE = "金丝雀", "12955501234"


@pytest.fixture
def places(db: None) -> dict[str, str]:
    """Make one of each thing, all of it in 甲村 of A township."""
    incident = signed_in("planner").call("POST", "/api/incidents", report(location=list(world.centre(GROUP)))).json()["id"]
    resident = Resident.objects.filter(group__code=GROUP).order_by("id")[0]
    draft = signed_in("planner").call("POST", "/api/broadcasts", form()).json()["id"]
    return {
        "near": world.TOWNSHIP_A, "village": "430524001001", "group": GROUP, "incident": incident, "resident": str(resident.pk),
        "broadcast": str(in_force().pk), "draft": draft, "callup": callup(), "order": order(), "trial_phone": trial_phone(), "picture": pictured(), "geofence": signed_in("planner").call("POST", "/api/geofences", FENCE).json()["id"], **waiting(), **templates(), **duties(), **kept(resident), "tag": "has-boat", "account": str(User.objects.get(username="auxiliary").pk),
    }  # fmt: skip


def callup() -> str:
    """Somebody called for what is in force who cannot answer for themselves."""
    call_up()
    return str(Callup.objects.filter(officer__user=None)[0].pk)


def order() -> str:
    """A routine message that waits for the word of the officer of 甲村."""
    in_force(kind="notice", level="none", by_order=True, selection=grids("430524001001"))
    give_orders()
    return str(Order.objects.get().pk)


def pictured() -> str:
    """The picture of a message that went to 甲村."""
    id = str(signed_in("planner").call("POST", "/api/pictures", {"content": PNG}).json()["id"])
    in_force(picture=id)
    return id


def trial_phone() -> str:
    """A phone of the planner's, for trials."""
    claimed(signed_in("planner"))
    return str(TrialPhone.objects.get().pk)


def templates() -> dict[str, str]:
    """A template that waits, one that is approved, and what the commander sent from it alone."""
    ready = template(approved=True)
    sent = signed_in("commander").call("POST", f"/api/templates/{ready}/release", RELEASE)
    return {"template": template(approved=False), "ready_template": ready, "released": sent.json()["id"]}


def waiting() -> dict[str, str]:
    """A phone that waits at a code of 甲村."""
    code = signed_in("officer").call("POST", "/api/join-codes", {"kind": "grid", "grid": "430524001001"}).json()
    Caller().call("POST", code["url"].replace("/join/", "/api/join/"), {"name": "测试01", "phone": "12900000001"})
    return {"code": code["id"], "join": str(Join.objects.get().pk)}


def kept(resident: Resident) -> dict[str, str]:
    """A contact person, somebody who left, a wish for a correction and a staged import, all in 甲村."""
    officer = signed_in("officer")
    other, gone = Resident.objects.filter(group__code=GROUP).order_by("id")[2:4]
    contact = officer.call("POST", f"/api/residents/{resident.pk}/contacts", {"contact": str(other.pk), "relation": "neighbour"}).json()["id"]
    officer.call("POST", f"/api/residents/{gone.pk}/leave", {"how": "left"})
    phone(str(resident.pk), resident.no).call("POST", "/api/record/corrections", {"field": "birth_year", "value": "1950"})
    while answer_record():
        pass
    return {
        "contact": contact, "former": str(gone.pk), "correction": str(RecordRequest.objects.get().pk), "import": send(officer, csv(ROW))["id"],
        "double": str(Resident.objects.filter(group__code=GROUP).exclude(pk__in=[resident.pk, other.pk]).order_by("id")[0].pk),
    }  # fmt: skip


def duties() -> dict[str, str]:
    """An assignment in 甲村, and one of the two villages that the officer takes over."""
    giver, taker = Officer.objects.get(name="村警"), Officer.objects.get(name="刘警官")
    assignment = Assignment.objects.get(officer=giver, grid__code="430524001002")
    handover = Handover.objects.create(giver=giver, taker=taker, at=world.SINCE[0], grids=["430524001001"], start=0, end=2)
    return {"assignment": str(assignment.pk), "handover": str(handover.pk), "giver": str(Officer.objects.get(name="小赵").pk), "taker": str(taker.pk)}


def body(row: Row, places: dict[str, str]) -> Any:
    return {
        None: None, "incident": report(location=list(world.centre(GROUP))), "preview": {"selection": form()["selection"]}, "document": {"document": alert()}, "broadcast": form(), "picture": {"content": PNG}, "drill": {name: value for name, value in form().items() if name != "drill"}, "decline": {"reason": "已经通知过"},
        "approval": {"content_hash": "x"}, "cancel": {"reason": "解除"}, "update": {"level": "red"}, "review": {"right": True}, "template": TEMPLATE, "release": RELEASE, "geofence": FENCE | {"name": "第二处"}, "proof": {"password": world.PASSWORD}, "presence": {"presence": "away"}, "refusal": {"why": "right"}, "account": {"username": "fresh", "name": "新人", "role": "officer"}, "enrol": {"password": "a-new-long-password"}, "officer_phone": {"phone": "12900000077"}, "picked": {"grids": ["430524001001"], "officer": places["taker"]}, "assign": {"officer": places["taker"], "grids": ["430524001001"]}, "end": {},
        "new_resident": {"group": GROUP, "name": "新来的"}, "edit_resident": {"birth_year": 1950}, "move_resident": {"group": "430524001001002"},
        "merge_residents": {"into": places["double"]}, "leave_register": {"how": "left"}, "contact": {"contact": places["double"], "relation": "other"},
        "agree": {"who": "contact"}, "tag": TAG, "tags_list": {"content": "code\n"}, "merge_tags": {"into": "generator"}, "set_tags": {"add": ["has-boat"]},
        "duty": {"on": True}, "position": {"location": [111.005, 27.005], "accuracy_m": 12}, "reason": {"reason": "上门核实"}, "import": {"name": "a.csv", "size": 10, "under": "430524001001"}, "part": {"number": 0, "content": ""}, "columns": {"columns": []},
        "commit": {"doubtful": False}, "export": {"grid": "430524001001", "reason": "上门核实"},
        "handover": {"giver": places["giver"], "taker": places["taker"]}, "confirm": {"resident": places["resident"]}, "code": {"kind": "grid", "grid": "430524001001"}, "search": {"name": "测试00"}, "reveal": {"field": "phone", "reason": "上门核实"}, "call": {"resident": places["resident"]}, "tick": {"resident": places["resident"], "tick": "told"},
    }[row.body]  # type: ignore[index]


def test_who_may_call_what(subtests: pytest.Subtests, places: dict[str, str]) -> None:
    for row in TABLE:
        with subtests.test(f"{row.method} {row.path}"):
            said = {member: status_for(member, row, places) for member in STAFF}
            assert said == {member: row.statuses.get(member, row.default) for member in STAFF}


def status_for(member: str, row: Row, places: dict[str, str]) -> int:
    """Give what one member of the cast is answered, as if nobody had asked before."""
    before = transaction.savepoint()
    try:
        return int(signed_in(member).call(row.method, row.path.format(**places), body(row, places)).status_code)
    finally:
        transaction.savepoint_rollback(before)


def test_nobody_and_a_resident_get_nowhere(subtests: pytest.Subtests, places: dict[str, str]) -> None:
    person = Resident.objects.get(pk=places["resident"])
    resident = phone(str(person.pk), person.no)
    for row in TABLE:
        with subtests.test(f"{row.method} {row.path}"):
            for caller in (Client(headers={"Origin": "http://127.0.0.1:8000"}), resident):
                answer = getattr(caller, row.method.lower())(row.path.format(**places), content_type="application/json")
                assert answer.status_code in (401, 403) or (answer.status_code == 302 and answer["Location"].startswith("/sign-in"))


def test_every_route_has_a_row() -> None:
    known = {f"{row.method} {shape(row.path.split('?')[0])}" for row in TABLE} | {re.sub(r"\{\w+\}", "{}", route) for route in OPEN}
    routes = {
        f"{method.upper()} {shape(path)}" for path, methods in api.get_openapi_schema()["paths"].items() for method in methods
    } | set(pages(get_resolver()))  # fmt: skip
    assert routes - known == set()


def shape(path: str) -> str:
    """Give a path with every part that varies as {}."""
    path = re.sub(r"\{\w+\}", "{}", path)
    return re.sub(r"/labels/\d+", "/labels/{}", re.sub(r"/tiles/grids/[\d/]+", "/tiles/grids/{}/{}/{}/{}", path))


def pages(resolver: URLResolver) -> list[str]:
    """List the routes outside the API."""
    found = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            found.append("GET /" + re.sub(r"<[^>]+>", "{}", str(pattern.pattern)))
    return found


def test_every_action_names_only_roles_and_none_is_open_to_residents() -> None:
    for roles in ACTIONS.values():
        assert roles <= set(Role)
        assert Role.RESIDENT not in roles


@pytest.mark.parametrize(("asker", "lives"), [("officer", world.TOWNSHIP_B), ("auxiliary", "430524001002"), ("far_officer", world.TOWNSHIP_A), ("idle", world.TOWNSHIP_A), ("planner", world.TOWNSHIP_A), ("wall", world.TOWNSHIP_A)])
def test_a_canary_in_a_foreign_grid_is_in_no_answer(asker: str, lives: str, places: dict[str, str]) -> None:
    """Another township, the neighbouring village, no grids at all; and whoever may read nobody, wherever they live."""
    canary = Resident.objects.filter(group__code__startswith=lives, connected=False).order_by("id").last()
    assert canary is not None
    canary.name_sealed, canary.name_index = seal(CANARY, f"people_resident.name.{canary.pk}"), blind(CANARY, "name")
    canary.phone_sealed, canary.phone_index = seal(PHONE, f"people_resident.phone.{canary.pk}"), blind(PHONE, "phone")
    canary.save()
    everywhere = in_force(selection={"area": {"type": "grids", "codes": [world.TOWNSHIP_A, "430524002001", "430524002002001"]}})
    if asker == "idle":
        user = User.objects.create(username="idle", name="闲人", role="officer")
        Officer.objects.create(name="闲人", user=user)
    caller = signed_in(asker)
    answers = [caller.get(row.path.format(**{**places, "broadcast": id})) for row in TABLE if row.method == "GET" for id in (places["broadcast"], str(everywhere.pk))]
    answers += [caller.call("POST", "/api/residents/search", said) for said in ({"name": CANARY}, {"phone": PHONE})]
    answers += [caller.call("POST", "/api/residents/export", {"grid": grid, "clear": True, "reason": "防汛值班"}) for grid in ("430524001001", lives)]
    answers.append(caller.call("POST", "/api/broadcasts/preview", {"selection": {"area": {"type": "grids", "codes": ["430524001001"]}, "basis": "home"}}))
    answers.append(send_quietly(caller, csv([CANARY, PHONE, *ROW[2:]])))
    for answer in answers:
        said = b"".join(answer) if answer.streaming else answer.content
        assert str(canary.pk).encode() not in said
        assert CANARY[:1].encode() + b"*" not in said
        assert PHONE.encode() not in said
        assert PHONE[:3].encode() + b"****" + PHONE[-4:].encode() not in said
    assert caller.get(f"/api/residents/{canary.pk}").status_code in ((404,) if asker not in ("planner", "wall") else (403,))
    if asker in ("officer", "auxiliary", "far_officer"):
        assert str(canary.no) not in caller.get("/api/snapshot").json()["coverage"]
        assert str(canary.no) not in caller.get("/api/snapshot").json()["progress"][str(everywhere.pk)]


def send_quietly(caller: Caller, data: bytes) -> Any:
    """Upload a sheet that names the canary as living in 甲村; gives the list of its rows, or the refusal."""
    begun = caller.call("POST", "/api/imports", {"name": "x.csv", "size": len(data)})
    if begun.status_code != 201:
        return begun
    return caller.get(f"/api/imports/{send(caller, data)['id']}/rows")
