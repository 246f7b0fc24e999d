"""An export is masked unless a reason asks for it in clear, says on every row who took it, computes nothing, and comes back whole."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from gridmap.audit.models import Entry
from gridmap.imports import exporting
from gridmap.people.models import Resident
from gridmap.people.reads import opened
from gridmap.register.actions import _seal
from tests.broadcasts.steps import GROUP
from tests.clients import Caller, signed_in
from tests.imports.sheets import reasons, send

pytestmark = pytest.mark.django_db
VILLAGE = "430524001001"


@pytest.fixture
def officer(db: None) -> Caller:
    """An officer whose people have names as people have, and not the tiny world's with digits in them."""
    for n, person in enumerate(Resident.objects.filter(group__code__startswith=VILLAGE).order_by("id")):
        _seal(person, "name", f"陈{chr(0x4E00 + n)}{chr(0x5E00 + n)}")
        person.save()
    return signed_in("officer")


def export(officer: Caller, **more: Any) -> Any:
    return officer.call("POST", "/api/residents/export", {"grid": VILLAGE, "reason": "防汛值班", **more})


def rows(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    head, *lines = sheet.iter_rows(values_only=True)  # type: ignore[union-attr]
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_it_is_masked_and_marked_and_recorded(officer: Caller) -> None:
    found = rows(export(officer))
    assert len(found) == 10
    assert all(row["姓名"].endswith("**") and row["户籍地址"] is None for row in found)
    assert all(row["联系电话"] is None or row["联系电话"][3:7] == "****" for row in found)
    assert all(row["导出标记"].startswith("刘警官 20") for row in found)
    entry = Entry.objects.get(action="people.export")
    assert (entry.detail["people"], entry.detail["clear"], entry.detail["reason"]) == (10, False, "防汛值班")
    assert found[0]["导出标记"].endswith(str(entry.subject)[:8])


def test_in_clear_it_comes_back_as_the_same_people(officer: Caller) -> None:
    officer.call("POST", f"/api/residents/{Resident.objects.filter(group__code=GROUP)[0].pk}/edit", {"address": "1组8号"})
    answer = export(officer, clear=True)
    assert {row["姓名"] for row in rows(answer)} == {opened(person, "name") for person in Resident.objects.filter(group__code__startswith=VILLAGE)}
    staged = send(officer, answer.content)
    assert staged["counts"] == {"new": 0, "update": 10, "doubtful": 0, "bad": 0}, reasons(officer, staged["id"])


def test_a_masked_one_makes_nobody(officer: Caller) -> None:
    staged = send(officer, export(officer).content)
    assert (staged["counts"]["new"], staged["counts"]["bad"]) == (0, 10)


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_what_would_compute_does_not(officer: Caller, text: str) -> None:
    person = Resident.objects.filter(group__code=GROUP).order_by("id")[0]
    _seal(person, "name", text)
    person.save()
    book = openpyxl.load_workbook(io.BytesIO(export(officer, clear=True).content))
    cells = [cell for line in book.active.iter_rows() for cell in line if isinstance(cell.value, str) and text in cell.value]  # type: ignore[union-attr]
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in cells] == [(f"'{text}", "s", None)]


def test_too_many_people_or_too_often_is_refused(officer: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_CLEAR", 9)
    refused = export(officer, clear=True)
    assert (refused.status_code, refused.json()["code"], refused.json()["where"]["count"]) == (422, "export.too_many", 10)
    assert [export(officer).status_code for _ in range(13)] == [200] * 12 + [429]


@pytest.mark.parametrize("body", [{"grid": "430524002"}, {"grid": "430524"}, {"grid": "x"}, {"reason": ""}, {"reason": "电话 12988000001"}])
def test_what_is_not_ones_own_or_has_no_reason_is_refused(officer: Caller, body: dict[str, str]) -> None:
    assert export(officer, **body).status_code in (404, 422)
    assert not Entry.objects.filter(action="people.export").exists()
