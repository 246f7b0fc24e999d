"""The audit is append-only, chained under a key outside the database, and a command finds one changed byte."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction

from gridmap.audit import log
from gridmap.audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(cast: dict[str, Any]) -> None:
    for number in range(5):
        log.record("people.read", actor=cast["officer"].user, about=(0, 2), page=number, said="雪花 <b>")


def tamper(sql: str) -> None:
    """Change the audit as somebody would who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER append_only")
        cursor.execute(sql)


def verified() -> str:
    said = StringIO()
    call_command("verify_audit", stdout=said)
    return said.getvalue()


def test_an_untouched_audit_holds_and_tells_its_head(five: None) -> None:
    assert "5 entries" in verified()
    assert bytes(Entry.objects.get(seq=5).chain).hex() in verified()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET detail = jsonb_set(detail, '{page}', '7') WHERE seq = 3",
        "UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE seq = 3",
        "UPDATE audit_entry SET actor_name = 'x' WHERE seq = 3",
        "UPDATE audit_entry SET \"end\" = 3 WHERE seq = 3",
        "UPDATE audit_entry SET chain = set_byte(chain, 31, get_byte(chain, 31) # 1) WHERE seq = 3",
        "DELETE FROM audit_entry WHERE seq = 3",
    ],
)
def test_one_changed_byte_is_found_and_named(five: None, sql: str) -> None:
    tamper(sql)
    with pytest.raises(CommandError, match="entry 3") as refused:
        verified()
    assert refused.value.returncode == 1


def test_an_entry_made_without_the_key_is_found(five: None) -> None:
    tamper("INSERT INTO audit_entry SELECT 6, at, actor, actor_name, action, subject, start, \"end\", detail, chain FROM audit_entry WHERE seq = 5")
    with pytest.raises(CommandError, match="entry 6"):
        verified()


def test_a_sound_entry_of_another_history_does_not_fit(cast: dict[str, Any]) -> None:
    """Such as one out of a backup: its own mark is right, only the one before it is not."""
    with transaction.atomic():
        for number in range(3):
            log.record("people.list", actor=cast["officer"].user, page=number)
        other = Entry.objects.get(seq=3)
        transaction.set_rollback(True)
    for number in range(3):
        log.record("people.read", actor=cast["officer"].user, page=number)
    tamper("DELETE FROM audit_entry WHERE seq = 3")
    other.save(force_insert=True)
    with pytest.raises(CommandError, match="entry 3"):
        verified()


@pytest.mark.parametrize("sql", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"])
def test_the_database_refuses_to_change_or_remove_entries(five: None, sql: str) -> None:
    with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

