"""Spreadsheets for tests, and the way of one through the program: parts, reading, decision."""

from __future__ import annotations

import base64
import io
from typing import Any

import xlsxwriter

from gridmap.imports.actions import PART_BYTES
from gridmap.imports.work import work_once
from tests.clients import Caller

HEADINGS = ["姓名", "联系电话", "出生年份", "乡镇", "村", "组", "户编号", "居住状态"]
ROW = ["新来一", "12988000001", "1970", "甲乡", "甲村", "1组", "H1", "在家"]


def csv(*rows: list[str], headings: list[str] = HEADINGS, encoding: str = "utf-8") -> bytes:
    """Give rows below headings as csv."""
    return "\r\n".join(",".join(row) for row in [headings, *rows]).encode(encoding)


def xlsx(*rows: list[Any], headings: list[Any] = HEADINGS) -> bytes:
    """Give rows below headings as a workbook; a text that begins with = is a formula in it."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy/m/d"}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([headings, *rows]):
            sheet.write_row(line, 0, row)
    return file.getvalue()


def send(caller: Caller, data: bytes, **more: Any) -> dict[str, Any]:
    """Upload a file and have it read; gives the import as it stands then."""
    begun = caller.call("POST", "/api/imports", {"name": "花名册.xlsx", "size": len(data), **more})
    assert begun.status_code == 201, begun.content
    id = begun.json()["id"]
    for number in range(-(-len(data) // PART_BYTES)):
        content = base64.b64encode(data[number * PART_BYTES : (number + 1) * PART_BYTES]).decode()
        answer = caller.call("POST", f"/api/imports/{id}/parts", {"number": number, "content": content})
        assert answer.status_code == 200, answer.content
    work_once()
    return look(caller, id)


def look(caller: Caller, id: str) -> dict[str, Any]:
    """Give an import as it stands."""
    found: dict[str, Any] = caller.get(f"/api/imports/{id}").json()
    return found


def commit(caller: Caller, id: str, *, doubtful: bool = False) -> dict[str, Any]:
    """Commit an import and have it done."""
    answer = caller.call("POST", f"/api/imports/{id}/commit", {"doubtful": doubtful})
    assert answer.status_code == 202, answer.content
    work_once()
    return look(caller, id)


def reasons(caller: Caller, id: str, state: str = "bad") -> list[tuple[int, str, str]]:
    """Give line, field and reason of the rows of a state."""
    return [(row["line"], row["field"], row["reason"]) for row in caller.get(f"/api/imports/{id}/rows?state={state}").json()["items"]]
