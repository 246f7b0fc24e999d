"""The database is the second wall: when ``access.visible`` is broken, a foreign resident still comes in no answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from gridmap.access import Scope
from gridmap.edge import reads
from gridmap.edge.models import RecordRequest
from gridmap.imports.models import Row
from gridmap.people import coverage
from gridmap.people import found as way
from gridmap.people.models import GroupCount, Household, Resident
from gridmap.register.models import Change, Contact, Former
from gridmap.tags.models import Tagging
from gridmap.walls import audience_side, edge_side, staff_side
from tests import world
from tests.clients import phone, signed_in
from tests.imports.sheets import csv, send
from tests.imports.test_import import row

pytestmark = pytest.mark.django_db
REGISTER = ("people_resident", "people_household", "people_user", "people_officer", "people_assignment", "audit_entry", "django_session", "register_change", "register_former", "register_contact", "imports_import", "imports_part", "imports_row", "tags_tagging")


def test_without_a_scope_the_staffs_role_sees_no_resident() -> None:
    with staff_side(()):
        assert (Resident.objects.count(), Household.objects.count()) == (0, 0)
    assert Resident.objects.count() == 40


def test_with_a_scope_it_sees_exactly_its_groups(cast: dict[str, Scope]) -> None:
    ranges = cast["far_officer"].ranges
    with staff_side(ranges):
        seen = set(Resident.objects.values_list("no", flat=True))
        homes = set(Household.objects.values_list("group__code", flat=True))
    assert seen == set(Resident.objects.within(ranges).values_list("no", flat=True)) != set()
    assert all(code.startswith(world.TOWNSHIP_B) for code in homes)


def test_nothing_of_it_outlives_the_transaction(cast: dict[str, Scope]) -> None:
    with staff_side(cast["officer"].ranges):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), current_setting('gridmap.ranges', true)")
        assert cursor.fetchone() == ("none", "")


def test_a_side_within_a_side_goes_back_to_where_it_was(cast: dict[str, Scope]) -> None:
    with staff_side(cast["officer"].ranges):
        mine = Resident.objects.count()
        with edge_side():
            pass
        assert Resident.objects.count() == mine < 40


def test_phones_cannot_make_phones() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), edge_side(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO edge_endpoint (id, token_hash, resident_id, no) VALUES (gen_random_uuid(), 'x', gen_random_uuid(), 0)")


def test_a_route_that_forgets_to_look_still_shows_nobody_else(monkeypatch: pytest.MonkeyPatch, cast: dict[str, Scope]) -> None:
    foreign = Resident.objects.filter(group__code__startswith=world.TOWNSHIP_B).order_by("id")[0]
    mine = Resident.objects.within(cast["officer"].ranges)[0]
    monkeypatch.setattr(way, "visible", lambda rows, scope: rows)
    officer = signed_in("officer")
    assert officer.get(f"/api/residents/{foreign.pk}").status_code == 404
    assert officer.get(f"/api/residents/{mine.pk}").status_code == 200


def test_changes_former_contacts_labels_waiting_rows_and_wishes_of_others_are_not_there_either(cast: dict[str, Scope]) -> None:
    far = signed_in("far_officer")
    one, two, gone = Resident.objects.within(cast["far_officer"].ranges).order_by("id")[:3]
    far.call("POST", f"/api/residents/{one.pk}/edit", {"birth_year": 1950})
    far.call("POST", f"/api/residents/{one.pk}/contacts", {"contact": str(two.pk), "relation": "other"})
    far.call("POST", f"/api/residents/{one.pk}/tags", {"add": ["has-boat"]})
    far.call("POST", f"/api/residents/{gone.pk}/leave", {"how": "left"})
    send(far, csv(row(乡镇="乙镇", 村="丙村")))
    phone(str(one.pk), one.no).call("POST", "/api/record", {})
    tables = (Change.objects, Former.objects, Contact.objects, Tagging.objects, Row.objects, RecordRequest.objects)
    assert all(table.exists() for table in tables)
    with staff_side(cast["officer"].ranges):
        assert [table.count() for table in tables] == [0] * len(tables)
    with staff_side(cast["far_officer"].ranges):
        assert all(table.exists() for table in tables)
    with staff_side(()):
        assert [table.count() for table in tables] == [0] * len(tables)


def test_staff_cannot_write_a_resident_into_a_foreign_group(cast: dict[str, Scope]) -> None:
    mine = Resident.objects.within(cast["officer"].ranges)[0]
    foreign = Resident.objects.within(cast["far_officer"].ranges)[0]
    with pytest.raises(ProgrammingError, match="row-level security"), staff_side(cast["officer"].ranges):
        Resident.objects.filter(pk=mine.pk).update(no=foreign.no)


def test_counters_stay_right_when_staff_write_under_the_policy(cast: dict[str, Scope]) -> None:
    person = Resident.objects.within(cast["auxiliary"].ranges).filter(connected=False)[0]
    before = GroupCount.objects.get(no=person.no)
    with staff_side(((person.no, person.no + 1),)):
        Resident.objects.filter(pk=person.pk).update(connected=True)
    after = GroupCount.objects.get(no=person.no)
    assert (after.connected, after.registered) == (before.connected + 1, before.registered)
    assert coverage.drift() == []


@pytest.mark.parametrize("table", REGISTER)
def test_the_phones_role_cannot_read_the_register(table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), edge_side(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")


def test_the_phones_role_can_do_what_phones_need() -> None:
    with edge_side():
        assert reads.names_down_to("430524001001") == ["甲乡", "甲村"]


@pytest.mark.parametrize("sql", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"])
def test_staff_cannot_touch_the_audit(sql: str, cast: dict[str, Scope]) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), staff_side(cast["commander"].ranges), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_audience_reads_everybody_and_writes_nobody() -> None:
    with transaction.atomic(), audience_side():
        assert Resident.objects.count() == 40
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), audience_side():
        Resident.objects.update(connected=True)


def test_every_route_of_staff_and_of_phones_runs_behind_its_wall(cast: dict[str, Scope]) -> None:
    from gridmap.api import api

    wrapped: dict[str, Any] = {}
    for path, router in api._routers:
        for pattern, view in router.path_operations.items():
            for operation in view.operations:
                wrapped[f"{path}{pattern} {operation.methods}"] = router._decorators
    walls = {name: [decorator.__name__ for decorator, _ in found] for name, found in wrapped.items()}
    open_ones = {name for name, found in walls.items() if not found}
    assert open_ones == {name for name in walls if "/snapshot" in name}, open_ones
