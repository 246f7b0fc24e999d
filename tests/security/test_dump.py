"""A dump of the database holds no phone and no full name in clear, whatever was done to the people in it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.db import connection

from gridmap.people.models import Resident
from gridmap.people.reads import opened
from gridmap.register.contacts import follow_hearing
from gridmap.register.records import answer_record
from gridmap.tags.labels import label_of
from gridmap.tags.models import Tag
from tests.broadcasts.steps import GROUP, in_force
from tests.clients import Caller, phone, signed_in
from tests.imports.sheets import commit, csv, send
from tests.imports.test_import import row

pytestmark = pytest.mark.django_db
STAFF_MAY = ("people_user", "people_officer", "django_session")  # staff's own names are no secret of residents


def dump() -> dict[str, str]:
    """Give every row of every table as text, binary columns both as they are and decoded as far as they are text."""
    tables = connection.introspection.table_names()
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            cells = [cell for line in cursor.fetchall() for cell in line]
            found[table] = "\n".join(bytes(cell).decode("utf-8", "replace") if isinstance(cell, memoryview | bytes) else str(cell) for cell in cells)
    return found


def test_names_and_phones_stand_nowhere_in_clear() -> None:
    officer = signed_in("officer")
    people = list(Resident.objects.filter(group__code=GROUP).order_by("id"))
    secrets = {str(opened(person, field)) for person in Resident.objects.all() for field in ("name", "phone")}
    secrets |= {"新来一", "12988000001", "改名了", "12988000009", "1组89号院", "陈小明", "12988007777", "新来三", "12988000003"}
    live_through_everything(officer, people)
    for table, text in dump().items():
        if table not in STAFF_MAY:
            assert [secret for secret in secrets if secret in text] == [], table
            encoded = [base64.b64encode(secret.encode()).decode().rstrip("=")[:-1] for secret in secrets if len(secret) > 5]
            assert [piece for piece in encoded if piece in text] == [], table


def live_through_everything(officer: Caller, people: list[Resident]) -> None:
    """Import, edit, add with a key, search, reveal, move, tag, contact, record, correction, join, export, leave, warn."""
    one, two, three = people[:3]
    staged = send(officer, csv(row(), row(姓名="新来三", 联系电话="12988000003", 户编号="H9")), name="陈小明12988007777.csv")
    commit(officer, staged["id"])
    send(officer, csv(row(姓名="陈小明", 联系电话="12988007777", 户编号="H8")))  # waits, undecided
    officer.call("POST", f"/api/residents/{one.pk}/edit", {"name": "改名了", "phone": "12988000009", "address": "1组89号院"})
    officer.call("POST", "/api/residents", {"group": GROUP, "name": "陈小明", "phone": "12988007777"}, **{"Idempotency-Key": "k1"})
    officer.call("POST", "/api/residents/search", {"phone": "12988000009"})
    officer.call("POST", f"/api/residents/{one.pk}/reveal", {"field": "phone", "reason": "上门核实"})
    officer.call("POST", f"/api/residents/{two.pk}/contacts", {"contact": str(one.pk), "relation": "neighbour", "resident_agreed": True}, **{"Idempotency-Key": "k2"})
    officer.call("POST", "/api/residents/export", {"grid": GROUP, "clear": True, "reason": "防汛值班"})
    mine = phone(str(one.pk), one.no)
    mine.call("POST", "/api/record", {})
    mine.call("POST", "/api/record/corrections", {"field": "phone", "value": "12988007777"})
    while answer_record() or follow_hearing():
        pass
    assert officer.get("/api/corrections").json()["total"] == 1
    code = officer.call("POST", "/api/join-codes", {"kind": "grid", "grid": "430524001001"}).json()
    Caller().call("POST", code["url"].replace("/join/", "/api/join/"), {"name": "陈小明", "phone": "12988007777"})
    officer.call("POST", f"/api/residents/{three.pk}/leave", {"how": "left"})
    in_force()


def test_which_sensitive_tag_somebody_has_stands_nowhere(settings: Any) -> None:
    officer, person = signed_in("officer"), Resident.objects.filter(group__code=GROUP)[0]
    assert officer.call("POST", f"/api/residents/{person.pk}/tags", {"add": ["cannot-walk"], "reason": "上门核实"}).status_code == 204
    label = str(label_of(Tag.objects.get(pk="cannot-walk")))
    tables = dump()
    assert {table for table, text in tables.items() if label in text} == {"tags_tagging", "tags_count"}
    assert label not in tables["tags_tag"]
    assert {table for table, text in tables.items() if "cannot-walk" in text} == {"tags_tag"}
