"""What a bad spreadsheet or a bad call gets: the exact answer, a sentence in both languages, and nothing changed."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import pytest
from django.db.models import Sum

from gridmap.imports import actions, exporting, staging
from gridmap.imports.actions import PART_BYTES
from gridmap.imports.models import Import, Part, Row
from gridmap.imports.work import work_once
from gridmap.people.models import GroupCount, Household, Resident
from gridmap.sealing import unseal
from tests.clients import Caller, signed_in
from tests.imports.sheets import HEADINGS, ROW, commit, look, send, xlsx
from tests.people.bad.files import CASES, GROUP, Case, plain, table

pytestmark = pytest.mark.django_db
HAN = re.compile(r"[\u4e00-\u9fff]")
HANGS = 20.0
ID, NOWHERE = "00000000-0000-4000-8000-000000000000", "/api/imports/00000000-0000-4000-8000-000000000000"
BEGIN = {"name": "花名册.csv", "size": 100}
SELECTION = {"grid": GROUP, "reason": "入户核对"}
FILE = plain()
PART = {"number": 0, "content": base64.b64encode(FILE).decode()}
LONG = b"x" * (PART_BYTES + 10)  # two parts


@pytest.fixture
def officer(db: None) -> Caller:
    return signed_in("officer")


def register() -> tuple[int, int, dict[str, int]]:
    """Give what must not change: people, households, and the counts of the groups."""
    sums = GroupCount.objects.aggregate(*(Sum(name) for name in ("registered", "connected")))
    return Resident.objects.count(), Household.objects.count(), sums


def is_sentence(message: str, code: str, *, english: bool) -> None:
    """A code that nobody wrote a sentence for says itself; a place that nobody filled in keeps its brackets."""
    assert message.strip()
    assert message != code
    assert "{" not in message
    assert bool(HAN.search(message)) is not english, message


def shows_what_it_says(said: str) -> None:
    """What a cell says is shown to people, so it must not turn or break the line."""
    assert not {unicodedata.category(sign) for sign in said} & {"Cc", "Cf", "Cs", "Zl", "Zp"}, ascii(said)


def sentences(caller: Caller, id: str) -> None:
    """Look at every sentence about an import, in both languages."""
    for language, english in (("en", True), ("zh-CN", False)):
        headers = {"Accept-Language": language}
        work = caller.get(f"/api/imports/{id}", headers=headers).json()
        if work["fault"]:
            is_sentence(work["fault"]["message"], work["fault"]["code"], english=english)
        for heading in work["headings"]:
            shows_what_it_says(heading["heading"])
        for state in ("bad", "doubtful"):
            for row in caller.get(f"/api/imports/{id}/rows?state={state}", headers=headers).json()["items"]:
                is_sentence(row["message"], f"row.{row['reason']}", english=english)
                shows_what_it_says(row["said"])


def holds(id: str, wanted: dict[str, Any]) -> None:
    """Look at what a staged row will put into the register."""
    row = Row.objects.filter(of=id).exclude(state="bad").order_by("line")[0]
    for name, value in wanted.items():
        if name == "birth_year":
            assert row.birth_year == value
        else:
            sealed = getattr(row, f"{name}_sealed")
            assert (sealed and unseal(sealed, f"people_resident.{name}.{row.resident}")) == value


def test_every_case_and_every_call_has_its_own_name() -> None:
    for listed in (CASES, REQUESTS):
        names = [one.name for one in listed]
        assert len(set(names)) == len(names) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_file_gets_its_exact_answer(officer: Caller, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    if case.before:
        assert commit(officer, send(officer, case.before)["id"])["state"] == "committed"
    if case.most_rows:
        monkeypatch.setattr(staging, "MOST_ROWS", case.most_rows)
    before, began = register(), perf_counter()
    work = send(officer, case.data, **case.more)
    assert perf_counter() - began < HANGS
    assert register() == before
    if case.fault:
        assert (work["state"], work["fault"] and work["fault"]["code"]) == ("refused", case.fault)
        assert {key: work["fault"]["where"].get(key) for key in case.where} == case.where
        assert not Row.objects.filter(of=work["id"]).exists()
    else:
        assert (work["state"], work["fault"], work["counts"]) == ("staged", None, case.counts)
        rows = officer.get(f"/api/imports/{work['id']}/rows").json()["items"]
        assert [(row["line"], row["field"], row["reason"]) for row in rows] == list(case.bad)
        if case.keeps:
            holds(work["id"], case.keeps)
    sentences(officer, work["id"])


@dataclass(frozen=True)
class Request:
    """A bad call and its answer; in the address and the body ``{id}`` stands for an import in the given state."""

    name: str
    address: str
    status: int
    code: str = ""
    body: Any = None
    method: str = "POST"
    at: str = ""  # the field that is wrong
    state: str = ""  # of the import that has to be there
    who: str = "officer"
    headers: dict[str, str] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)


def begin(name: str, status: int, code: str, at: str = "", /, **body: Any) -> Request:
    """Begin an import with one member otherwise."""
    return Request(name, "/api/imports", status, code, {key: value for key, value in (BEGIN | body).items() if value is not ...}, at=at)


def part(name: str, status: int, code: str, at: str = "", state: str = "uploading", **body: Any) -> Request:
    """Send a part with one member otherwise."""
    sent = {key: value for key, value in (PART | body).items() if value is not ...}
    return Request(name, "/api/imports/{id}/parts", status, code, sent, at=at, state=state)


def on(what: str, name: str, status: int, code: str, state: str, body: Any = None, at: str = "") -> Request:
    """Ask for something of an import in some state."""
    return Request(name, f"/api/imports/{{id}}/{what}", status, code, body, at=at, state=state)


def rows(name: str, query: str, status: int, code: str = "", at: str = "") -> Request:
    """Ask for rows of a staged import."""
    return Request(name, f"/api/imports/{{id}}/rows?{query}", status, code, method="GET", at=at, state="staged")


def export(name: str, status: int, code: str = "", at: str = "", who: str = "officer", limits: dict[str, int] | None = None, **body: Any) -> Request:
    """Ask for a spreadsheet of residents with one member otherwise."""
    sent = {key: value for key, value in (SELECTION | body).items() if value is not ...}
    return Request(name, "/api/residents/export", status, code, sent, at=at, who=who, limits=limits or {})


INVALID, MISSING, STATE = "request.invalid", "request.missing", "import.state"
REQUESTS = [
    begin("size_0", 422, "import.too_large", "size", size=0),
    begin("size_negative", 422, "import.too_large", "size", size=-1),
    begin("size_1e9", 422, "import.too_large", "size", size=1e9),
    begin("size_beyond_every_column", 422, "import.too_large", "size", size=10**30),
    begin("size_text", 422, INVALID, "size", size="large"),
    begin("size_half", 422, INVALID, "size", size=0.5),
    begin("size_null", 422, INVALID, "size", size=None),
    begin("size_missing", 422, INVALID, "size", size=...),
    begin("name_missing", 422, INVALID, "name", name=...),
    begin("name_number", 422, INVALID, "name", name=5),
    begin("name_empty", 422, INVALID, "name", name=""),
    begin("name_blank", 422, INVALID, "name", name="   "),
    begin("name_121", 422, INVALID, "name", name="x" * 121),
    begin("name_turned", 422, INVALID, "name", name="花名册\u202excel.xlsx"),
    begin("name_nul", 422, INVALID, "name", name="花名册\0.xlsx"),
    begin("kind_unknown", 422, INVALID, "kind", kind="shapefile"),
    begin("under_outside", 404, MISSING, under="430524002"),
    begin("under_above", 404, MISSING, under="430524"),
    begin("under_unknown", 404, MISSING, under="999999"),
    begin("under_sql", 404, MISSING, under="430524001'; --"),
    begin("under_number", 422, INVALID, "under", under=430524001),
    begin("members_that_nobody_asked_for", 201, "", state="committed", user=ID),
    Request("name_half_a_surrogate", "/api/imports", 422, INVALID, '{"name": "\\ud800.xlsx", "size": 100}', at="name"),
    Request("size_nan", "/api/imports", 422, "request.malformed", '{"name": "a.csv", "size": NaN}'),
    Request("size_twice", "/api/imports", 422, "request.malformed", '{"name": "a.csv", "size": 1, "size": 2}'),
    Request("size_5000_digits", "/api/imports", 422, "request.malformed", '{"name": "a.csv", "size": ' + "9" * 5000 + "}"),
    Request("body_list", "/api/imports", 422, INVALID, "[]"),
    Request("body_null", "/api/imports", 422, INVALID, "null"),
    Request("body_empty", "/api/imports", 422, INVALID, ""),
    Request("body_half", "/api/imports", 422, "request.malformed", '{"name": '),
    Request("body_latin1", "/api/imports", 422, "request.malformed", b'{"name": "\xe9", "size": 1}'),
    Request("body_deep", "/api/imports", 422, "request.malformed", "[" * 100_000),
    Request("body_of_two_megabytes", "/api/imports", 413, "request.too_large", json.dumps(BEGIN | {"name": "x" * 2_000_000})),
    Request("key_invalid", "/api/imports", 422, "idempotency.key_invalid", BEGIN, headers={"Idempotency-Key": "x" * 201}),
    Request("method", "/api/imports", 405, "request.method", BEGIN, method="PUT"),
    Request("csrf", "/api/imports", 403, "session.csrf", BEGIN, headers={"X-CSRFToken": "x" * 32}),
    Request("nobody", "/api/imports", 403, "session.csrf", BEGIN, who=""),
    Request("nobody_reads", "/api/imports", 401, "session.needed", method="GET", who=""),
    Request("auxiliary", "/api/imports", 403, "access.denied", BEGIN, who="auxiliary"),
    Request("auxiliary_reads", "/api/imports", 403, "access.denied", method="GET", who="auxiliary"),
    Request("planner", "/api/imports", 403, "access.denied", BEGIN, who="planner"),
    Request("too_many_open", "/api/imports", 429, "import.too_many_open", BEGIN, state="staged", limits={"MOST_OPEN": 1}),
    part("part_no_base64", 422, INVALID, "content", content="%%%"),
    part("part_base64_with_lines", 422, INVALID, "content", content=PART["content"][:20] + "\n" + PART["content"][20:]),
    part("part_han", 422, INVALID, "content", content="花名册"),
    part("part_number_negative", 422, INVALID, "number", number=-1),
    part("part_number_1", 422, INVALID, "number", number=1),
    part("part_number_101", 422, INVALID, "number", number=101),
    part("part_number_1e9", 422, INVALID, "number", number=1e9),
    part("part_number_half", 422, INVALID, "number", number=0.5),
    part("part_number_missing", 422, INVALID, "number", number=...),
    part("part_empty", 422, INVALID, "content", content=""),
    part("part_too_short", 422, INVALID, "content", content=base64.b64encode(FILE[:-1]).decode()),
    part("part_too_long", 422, INVALID, "content", content=base64.b64encode(FILE + b"x").decode()),
    part("part_of_900001_signs", 422, INVALID, "content", content="A" * 900_001),
    part("part_missing", 422, INVALID, "content", content=...),
    part("part_after_the_last", 409, STATE, state="staged"),
    part("part_after_the_commit", 409, STATE, state="committed"),
    Request("part_of_nothing", f"{NOWHERE}/parts", 404, MISSING, PART),
    Request("id_that_is_none", "/api/imports/1/parts", 404, MISSING, PART),
    on("read", "columns_unknown_field", 422, INVALID, "staged", {"columns": ["name", "password"]}, "columns.1"),
    on("read", "columns_none_by_name", 422, INVALID, "staged", {"columns": ["none"]}, "columns.0"),
    on("read", "columns_number", 422, INVALID, "staged", {"columns": [1]}, "columns.0"),
    on("read", "columns_text", 422, INVALID, "staged", {"columns": "name"}, "columns"),
    on("read", "columns_61", 422, INVALID, "staged", {"columns": [None] * 61}, "columns"),
    on("read", "columns_missing", 422, INVALID, "staged", {}, "columns"),
    on("read", "read_before_it_is_there", 409, STATE, "uploading", {"columns": []}),
    on("read", "read_after_the_commit", 409, STATE, "committed", {"columns": []}),
    on("commit", "commit_before_it_is_there", 409, STATE, "uploading", {}),
    on("commit", "commit_what_was_refused", 409, STATE, "refused", {}),
    on("commit", "commit_bad_rows_alone", 409, STATE, "all_bad", {"doubtful": True}),
    on("commit", "commit_twice", 409, STATE, "committed", {}),
    on("commit", "commit_perhaps", 422, INVALID, "staged", {"doubtful": "perhaps"}, "doubtful"),
    on("commit", "commit_null", 422, INVALID, "staged", {"doubtful": None}, "doubtful"),
    on("undo", "undo_before_the_commit", 409, STATE, "staged"),
    on("undo", "undo_twice", 409, STATE, "undone"),
    Request("discard_what_is_committed", "/api/imports/{id}", 409, STATE, method="DELETE", state="committed"),
    Request("discard_nothing", NOWHERE, 404, MISSING, method="DELETE"),
    Request("commit_another_persons", "/api/imports/{id}/commit", 404, MISSING, {}, state="staged", who="head"),
    Request("discard_another_persons", "/api/imports/{id}", 404, MISSING, method="DELETE", state="staged", who="head"),
    rows("rows_page_0", "page=0", 422, INVALID, "page"),
    rows("rows_page_negative", "page=-1", 422, INVALID, "page"),
    rows("rows_page_text", "page=one", 422, INVALID, "page"),
    rows("rows_page_10001", "page=10001", 422, INVALID, "page"),
    rows("rows_page_1e9", "page=1000000000", 422, INVALID, "page"),
    rows("rows_page_10000", "page=10000", 200),
    rows("rows_of_no_such_state", "state=nobody", 200),
    Request("rows_of_nothing", f"{NOWHERE}/rows", 404, MISSING, method="GET"),
    export("export_grid_outside", 404, MISSING, grid="430524002"),
    export("export_grid_above", 404, MISSING, grid="430524"),
    export("export_grid_unknown", 404, MISSING, grid="999"),
    export("export_grid_nul", 422, INVALID, "grid", grid="430524001\0"),
    export("export_grid_number", 422, INVALID, "grid", grid=430524001),
    export("export_grid_missing", 422, INVALID, "grid", grid=...),
    export("export_reason_missing", 422, INVALID, "reason", reason=...),
    export("export_reason_short", 422, INVALID, "reason", reason="x"),
    export("export_reason_201", 422, INVALID, "reason", reason="x" * 201),
    export("export_reason_with_a_phone", 422, INVALID, "reason", reason="核对 12988000001"),
    export("export_reason_with_a_wide_phone", 422, INVALID, "reason", reason="核对 １２９８８０００００１"),
    export("export_reason_turned", 422, INVALID, "reason", reason="核对\u202e入户"),
    export("export_clear_perhaps", 422, INVALID, "clear", clear="perhaps"),
    export("export_too_many", 422, "export.too_many", "grid", limits={"MOST_MASKED": 4}),
    export("export_too_many_in_clear", 422, "export.too_many", "grid", limits={"MOST_CLEAR": 4}, clear=True),
    export("export_by_an_auxiliary", 403, "access.denied", who="auxiliary"),
    export("export_by_an_auditor", 403, "access.denied", who="auditor"),
    export("export_too_often", 429, "people.too_many", limits={"EXPORTS_AN_HOUR": 0}),
]


def prepared(caller: Caller, state: str) -> str:
    """Bring an import into a state; gives its id."""
    if state == "uploading":
        return caller.call("POST", "/api/imports", BEGIN | {"size": len(FILE)}).json()["id"]
    work = send(caller, {"refused": b"\n", "all_bad": plain(联系电话="1")}.get(state, FILE))
    if state in ("committed", "undone"):
        assert commit(caller, work["id"])["state"] == "committed"
    if state == "undone":
        caller.call("POST", f"/api/imports/{work['id']}/undo")
        work_once()
    return work["id"]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
def test_a_bad_call_gets_its_exact_answer(officer: Caller, monkeypatch: pytest.MonkeyPatch, request_: Request) -> None:
    caller = officer if request_.who == "officer" else signed_in(request_.who) if request_.who else Caller()
    id = prepared(officer, request_.state) if request_.state else ""
    for name, value in request_.limits.items():
        monkeypatch.setattr(exporting if hasattr(exporting, name) else actions, name, value)
    before, works = register(), list(Import.objects.order_by("pk").values())
    for language, english in (("en", True), ("zh-CN", False)):
        headers = {"Accept-Language": language} | request_.headers
        answer = caller.call(request_.method, request_.address.replace("{id}", id), request_.body, **headers)
        assert answer.status_code == request_.status, answer.content[:500]
        if request_.status < 400:
            continue
        said = answer.json()
        assert set(said) == {"code", "message", "where"}
        assert (said["code"], said["where"].get("field", "") if request_.at else "") == (request_.code, request_.at)
        assert said["message"] != said["code"]
        assert "{" not in said["message"]
        assert english or HAN.search(said["message"])
    assert register() == before
    if request_.status >= 400:
        assert list(Import.objects.order_by("pk").values()) == works


def test_members_that_nobody_asked_for_change_nothing(officer: Caller) -> None:
    begun = officer.call("POST", "/api/imports", BEGIN | {"state": "committed", "user": ID, "id": ID, "counts": {"new": 5}}).json()
    work = Import.objects.get(pk=begun["id"])
    assert begun["id"] != ID
    assert (work.state, work.counts, work.user != ID) == ("uploading", {}, True)


def test_parts_out_of_order_and_twice_are_one_file(officer: Caller) -> None:
    people = [[f"新来{chr(0x4E00 + n)}", f"1298{n:07d}", GROUP, "x" * 400] for n in range(2000)]
    data = table(["姓名", "联系电话", "组代码", "工作单位"], *people)
    assert PART_BYTES < len(data) <= 2 * PART_BYTES
    id = officer.call("POST", "/api/imports", {"name": "a.csv", "size": len(data)}).json()["id"]
    pieces = [base64.b64encode(data[at : at + PART_BYTES]).decode() for at in range(0, len(data), PART_BYTES)]
    last = {"number": 1, "content": pieces[1]}
    states = [officer.call("POST", f"/api/imports/{id}/parts", body).json()["state"] for body in (last, last, {"number": 0, "content": pieces[0]})]
    assert states == ["uploading", "uploading", "reading"]
    work_once()
    assert look(officer, id)["counts"] == {"new": 2000, "update": 0, "doubtful": 0, "bad": 0}


def test_another_content_for_the_same_part_is_refused(officer: Caller) -> None:
    id = officer.call("POST", "/api/imports", {"name": "a.csv", "size": len(LONG)}).json()["id"]
    for content, status in ((LONG[:PART_BYTES], 200), (b"y" * PART_BYTES, 409)):
        body = {"number": 0, "content": base64.b64encode(content).decode()}
        assert officer.call("POST", f"/api/imports/{id}/parts", body).status_code == status
    assert Part.objects.filter(of=id).count() == 1


def test_columns_that_are_chosen_twice_or_not_at_all_are_refused_as_a_file(officer: Caller) -> None:
    work = send(officer, FILE)
    for columns, code in ((["name", "phone", "phone"], "import.heading_twice"), ([None], "import.no_name_column"), (["name"], "import.no_place_columns")):
        assert officer.call("POST", f"/api/imports/{work['id']}/read", {"columns": columns}).status_code == 200
        work_once()
        again = look(officer, work["id"])
        assert (again["state"], again["fault"]["code"]) == ("refused", code)
        sentences(officer, work["id"])
    officer.call("POST", f"/api/imports/{work['id']}/read", {"columns": []})
    work_once()
    assert look(officer, work["id"])["counts"]["new"] == 1


def test_a_known_heading_left_out_once_is_known_in_the_next_file(officer: Caller) -> None:
    headings = ["姓名", "联系电话", "手机", "组代码"]
    work = send(officer, table(headings, ["新来一", "0739-8230001", "12988000001", GROUP]))
    assert work["fault"]["code"] == "import.heading_twice"
    officer.call("POST", f"/api/imports/{work['id']}/read", {"columns": ["name", None, "phone", "group_code"]})
    work_once()
    commit(officer, work["id"])
    head = signed_in("head")
    holds(send(head, table(["姓名", "联系电话", "组代码"], ["新来二", "12988000002", GROUP]))["id"], {"phone": "12988000002"})


def test_a_workbook_has_the_columns_that_it_has(officer: Caller) -> None:
    assert [heading["heading"] for heading in send(officer, xlsx(ROW))["headings"]] == HEADINGS


def test_no_sentence_names_a_line_that_does_not_exist(officer: Caller) -> None:
    data = xlsx()
    assert not re.search(r"\b0\b", send(officer, data[: len(data) // 2])["fault"]["message"])
