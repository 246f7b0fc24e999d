"""What goes with every answer, what every unsafe call needs, and what the database would give away."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from gridmap.people.models import Resident
from tests import world
from tests.access.table import TABLE
from tests.access.test_access import body, places
from tests.broadcasts.steps import GROUP, in_force
from tests.clients import phone, signed_in

pytestmark = pytest.mark.django_db
WRONG: list[dict[str, str]] = [{"X-CSRFToken": ""}, {"X-CSRFToken": "a" * 64}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
__all__ = ["places"]


def test_no_unsafe_call_without_our_own_token_and_origin(subtests: pytest.Subtests, places: dict[str, str]) -> None:
    for row in TABLE:
        for wrong in WRONG if row.method != "GET" else []:
            with subtests.test(f"{row.method} {row.path} {wrong}"):
                answer = signed_in("commander").call(row.method, row.path.format(**places), body(row, places), **wrong)
                assert (answer.status_code, answer.json()["code"]) == (403, "session.csrf")


def test_a_phones_answer_needs_them_too() -> None:
    person, broadcast = Resident.objects.filter(group__code=GROUP).order_by("id")[0], in_force()
    said = {"broadcast": str(broadcast.pk), "stage": "safe"}
    caller = phone(str(person.pk), person.no)
    assert caller.call("POST", "/api/receipts", said, **{"X-CSRFToken": ""}).status_code == 403
    assert caller.call("POST", "/api/receipts", said).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/wall", "/sign-in", "/me", "/api/session", "/api/grids/current", "/api/nothing", "/nothing", "/tiles/grids/1/12/0/0.mvt", "/api/openapi.json", "/healthz"],
)
def test_every_answer_carries_the_policy(address: str) -> None:
    for caller in (signed_in("planner"), Client()):
        headers = caller.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_nobody_is_named_and_no_phone_stands_in_the_database() -> None:
    """Everything that the tiny world's day leaves behind, as a dump would show it."""
    in_force()
    signed_in("officer").get(f"/api/residents?under={world.TOWNSHIP_A}")
    for model in apps.get_models(include_auto_created=True):
        for row in rows(model._meta.db_table):
            assert "1290000" not in row, model._meta.db_table
            assert "测试" not in row, model._meta.db_table
            assert b"1290000".hex() not in row, model._meta.db_table
            assert "测试".encode().hex() not in row, model._meta.db_table


def rows(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT t::text FROM "{table}" t')
        return [row for (row,) in cursor.fetchall()]
