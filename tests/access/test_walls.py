"""The database is the second wall: when ``access.visible`` is broken, a foreign resident still comes in no answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import ProgrammingError, connection, transaction

from gridmap import cluster
from gridmap.access import Scope
from gridmap.edge import reads
from gridmap.edge.models import RecordRequest
from gridmap.imports.models import Row
from gridmap.people import coverage
from gridmap.people import found as way
from gridmap.people.models import GroupCount, Household, Resident
from gridmap.register.models import Change, Contact, Former
from gridmap.start import Unfit, require_bare_login
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
    far.call("POST", f"/api/residents/{one.pk}/edit", {"birth_year": 1949 if one.birth_year == 1950 else 1950})
    far.call("POST", f"/api/residents/{one.pk}/contacts", {"contact": str(two.pk), "relation": "other"})
    far.call("POST", f"/api/residents/{one.pk}/tags", {"add": ["has-boat"]})
    far.call("POST", f"/api/residents/{gone.pk}/leave", {"how": "left"})
    send(far, csv(row(乡镇="乙镇", 村="丙村")))
    phone(str(one.pk), one.no).call("POST", "/api/record", {})
    tables = (Change.objects, Former.objects, Contact.objects, Tagging.objects, Row.objects, RecordRequest.objects)
    assert [table.model.__name__ for table in tables if not table.exists()] == []
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


@pytest.fixture
def web_login(db: None) -> Iterator[Any]:
    """Give a connection as a web process has it: by its own login, on the tests' database."""
    user, password = cluster.LOGINS["web"], cluster.login_password("web")
    parameters = connection.get_connection_params() | {"user": user, "password": password}
    with closing(psycopg2.connect(**{name: parameters[name] for name in ("dbname", "user", "password", "host")})) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            yield cursor


@pytest.mark.parametrize(
    "sql",
    [
        *(f"SELECT 1 FROM {table} LIMIT 1" for table in REGISTER if table not in ("people_user", "people_officer", "people_assignment", "django_session")),
        "UPDATE people_user SET role = 'commander'", "UPDATE people_user SET password = 'x'",
        "INSERT INTO people_posting (period) VALUES ('[,]')", "DELETE FROM audit_entry", "SET ROLE gridmap", "SET ROLE gridmap_work",
        "ALTER TABLE people_resident DISABLE ROW LEVEL SECURITY", "DROP TRIGGER append_only ON audit_entry", "CREATE TABLE mine (id int)",
        "SET session_replication_role = replica", "COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('/etc/passwd')",
        "CREATE ROLE another",
    ],
)  # fmt: skip
def test_a_web_process_owns_nothing_in_the_database(sql: str, web_login: Any) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        web_login.execute(sql)


@pytest.mark.parametrize("sql", ["DELETE FROM audit_entry", "ALTER TABLE people_resident DISABLE ROW LEVEL SECURITY", "DROP TABLE people_resident"])
@pytest.mark.parametrize("role", ["gridmap_staff", "gridmap_edge", "gridmap_audience"])
def test_nor_does_it_in_any_role_that_it_may_take_on(role: str, sql: str, web_login: Any) -> None:
    web_login.execute(f"SET ROLE {role}")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        web_login.execute(sql)


def test_clock_and_imports_pass_every_policy_by_their_own_and_own_nothing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT c.relname FROM pg_class c WHERE c.relrowsecurity AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'work')")
        assert cursor.fetchall() == []
        cursor.execute("SET SESSION AUTHORIZATION gridmap_work")
        assert Resident.objects.count() == 40
        cursor.execute("RESET SESSION AUTHORIZATION")
    with pytest.raises(ProgrammingError, match="must be owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL SESSION AUTHORIZATION gridmap_work")
        cursor.execute("ALTER TABLE people_resident DISABLE ROW LEVEL SECURITY")


def test_nothing_is_served_by_the_owners_login(db: None) -> None:
    with pytest.raises(Unfit, match="owns the database"):
        require_bare_login()
    for login in cluster.LOGINS.values():
        with connection.cursor() as cursor:
            cursor.execute(f"SET SESSION AUTHORIZATION {login}")
            require_bare_login()
            cursor.execute("RESET SESSION AUTHORIZATION")


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
