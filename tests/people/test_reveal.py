"""A field in clear needs a reason, is limited, and stands in the audit; a search finds whole phones and names only."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from gridmap.audit.models import Entry
from gridmap.people import actions
from gridmap.people.models import Household, Resident
from gridmap.sealing import seal
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
GROUP = "430524001001001"
REASON = "上门核实"


@pytest.fixture
def person(db: None) -> Resident:
    return Resident.objects.get(household__group__code=GROUP, birth_year=1950)


def reveal(person: Resident, field: str = "phone", reason: Any = REASON, who: str = "officer") -> Any:
    return signed_in(who).call("POST", f"/api/residents/{person.pk}/reveal", {"field": field, "reason": reason})


def test_it_shows_the_field_and_keeps_who_and_why(person: Resident) -> None:
    assert reveal(person).json() == {"field": "phone", "value": "12900000000"}
    assert reveal(person, "name").json()["value"] == "测试00"
    entry = Entry.objects.filter(action="people.reveal").order_by("seq").first()
    assert entry is not None
    assert (entry.subject, entry.actor_name, entry.detail) == (person.pk, "刘警官", {"field": "phone", "reason": REASON})


def test_it_shows_an_address_where_one_is_kept(person: Resident) -> None:
    assert reveal(person, "address").json()["code"] == "people.nothing_kept"
    Household.objects.filter(pk=person.household_id).update(
        address_sealed=seal("1组3号", f"people_household.address.{person.household_id}")
    )
    assert reveal(person, "address").json()["value"] == "1组3号"


@pytest.mark.parametrize("reason", ["", "x", "\u202e看看", "a" * 201, None, 3, "陈小明 12900000000"])
def test_it_needs_a_reason_that_can_be_read(person: Resident, reason: Any) -> None:
    answer = reveal(person, reason=reason)
    assert (answer.status_code, answer.json()["where"]["field"]) == (422, "body.reason".removeprefix("body."))
    assert not Entry.objects.filter(action="people.reveal").exists()


def test_somebody_placed_in_ones_grids_but_registered_elsewhere_can_be_rung(person: Resident) -> None:
    foreign = Resident.objects.filter(group__code__startswith="430524002", phone_sealed__isnull=False).order_by("id")[0]
    Resident.objects.filter(pk=foreign.pk).update(no=person.no)
    assert reveal(foreign).status_code == 200


def test_it_is_limited(person: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "REVEALS_AN_HOUR", 2)
    assert [reveal(person).status_code for _ in range(3)] == [200, 200, 429]


def test_outside_ones_grids_there_is_nobody_whatever_the_body(person: Resident) -> None:
    assert reveal(person, who="far_officer").status_code == 404


def test_a_search_finds_a_whole_phone_or_name_and_is_written_down(person: Resident) -> None:
    officer = signed_in("officer")
    by_phone = officer.call("POST", "/api/residents/search", {"phone": "+86 129-0000-0000"}).json()
    by_name = officer.call("POST", "/api/residents/search", {"name": "测试00"}).json()
    assert [item["id"] for item in by_phone["items"]] == [item["id"] for item in by_name["items"]] == [str(person.pk)]
    assert by_phone["items"][0]["phone"] == "129****0000"
    entries = Entry.objects.filter(action="people.search")
    assert [entry.detail for entry in entries] == [{"by": by, "found": [str(person.pk)]} for by in ("phone", "name")]
    assert "12900000000" not in str(list(entries.values()))


def test_part_of_a_name_finds_nothing_and_a_foreign_officer_finds_nobody(person: Resident) -> None:
    assert signed_in("officer").call("POST", "/api/residents/search", {"name": "测试"}).json()["total"] == 0
    assert signed_in("far_officer").call("POST", "/api/residents/search", {"name": "测试00"}).json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [({"phone": "1290000000"}, "phone"), ({"phone": "1.38E+10"}, "phone"), ({"name": "测"}, "name"), ({}, "phone"),
     ({"name": "测试00", "phone": "12900000000"}, "phone"), ({"phone": "１２９abc"}, "phone")],
)  # fmt: skip
def test_a_search_for_what_is_none_is_refused(body: dict[str, str], field: str) -> None:
    answer = signed_in("officer").call("POST", "/api/residents/search", body)
    assert (answer.status_code, answer.json()["where"]["field"]) == (422, field)


def test_the_auditor_sees_who_read_this_person_and_what_this_officer_read(person: Resident) -> None:
    officer = signed_in("officer")
    officer.get(f"/api/residents/{person.pk}")
    officer.get(f"/api/coverage/{GROUP[:12]}/missed")
    signed_in("far_officer").get("/api/residents?under=430524002001")
    auditor = signed_in("auditor")
    officer.call("POST", "/api/residents/search", {"name": "测试00"})
    about = [row for row in auditor.get(f"/api/audit?subject={person.pk}").json()["items"] if row["action"] != "people.search"]
    assert len(about) < auditor.get(f"/api/audit?subject={person.pk}").json()["total"]
    assert {(entry["action"], entry["actor_name"]) for entry in about} == {("people.read", "刘警官"), ("people.missed", "刘警官")}
    far = Entry.objects.get(action="people.list").actor
    assert [entry["action"] for entry in auditor.get(f"/api/audit?actor={far}").json()["items"]] == ["people.list"]


def test_neither_index_shows_a_name_or_phone(person: Resident) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name_index, phone_index FROM people_resident WHERE id = %s", [person.pk])
        indexes = [bytes(index) for index in cursor.fetchone()]
    assert all(len(index) == 16 for index in indexes)
    assert not any("测试".encode() in index or b"129" in index for index in indexes)
