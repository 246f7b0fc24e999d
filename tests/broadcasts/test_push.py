"""What is wrong with one message or one receipt keeps no other from its phone, or out of the ledger."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError

from gridmap.broadcasts import ledger
from gridmap.edge import actions, push, reads
from tests.broadcasts.steps import grids, in_force, updated


async def straight(call: Any, *arguments: Any, **options: Any) -> Any:
    return call(*arguments, **options)


@pytest.fixture(autouse=True)
def _queues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "received", [])
    monkeypatch.setattr(push, "pushed", {})
    monkeypatch.setattr(push, "in_database", straight)
    monkeypatch.setattr(push, "at_the_edge", lambda call: call)


async def test_a_receipt_that_cannot_be_written_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    broadcast, poisoned, written = uuid4(), uuid4(), []
    words = [ledger.Word(broadcast, resident, stage="displayed") for resident in (uuid4(), poisoned, uuid4())]

    def take(some: list[ledger.Word]) -> None:
        if any(word.resident == poisoned for word in some):
            raise IntegrityError("a counter")
        written.extend(some)

    monkeypatch.setattr(actions, "take_receipts", take)
    push.received.extend(words)
    await push.flush()
    assert written == [words[0], words[2]]
    assert push.received == []


async def test_a_database_that_is_away_loses_no_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[ledger.Word] = []
    tries = iter([OperationalError("away"), ProgrammingError("no such table, while a backup is put back"), None])

    def take(some: list[ledger.Word]) -> None:
        if fault := next(tries):
            raise fault
        written.extend(some)

    monkeypatch.setattr(actions, "take_receipts", take)
    word = ledger.Word(uuid4(), uuid4(), stage="displayed")
    push.received.append(word)
    await push.flush()
    assert written == [word]


async def test_a_broadcast_that_cannot_be_pushed_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = uuid4(), uuid4()
    given: list[UUID] = []

    async def one(id: UUID) -> None:
        if id == broken:
            raise ValueError("a shape that cannot be shortened")
        given.append(id)

    monkeypatch.setattr(push, "_push", one)
    await push.push([broken, sound])
    assert given == [sound]


async def test_while_the_database_is_away_a_broadcast_is_not_taken_for_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def one(id: UUID) -> None:
        raise ProgrammingError("no such table, while a backup is put back")

    monkeypatch.setattr(push, "_push", one)
    with pytest.raises(ProgrammingError):
        await push.push([uuid4()])


@pytest.mark.django_db
def test_a_phone_is_given_its_other_messages_when_one_cannot_be_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = in_force(selection=grids("430524001001")), in_force(selection=grids("430524001001"))
    resident = str(ledger.Delivery.objects.filter(broadcast_id=sound.pk)[0].resident_id)
    built = reads.message_of

    def failing(broadcast: Any, **options: Any) -> Any:
        if broadcast.pk == broken.pk:
            raise ValueError("a shape that cannot be shortened")
        return built(broadcast, **options)

    monkeypatch.setattr(reads, "message_of", failing)
    assert [id for id, *_ in push._in_force(resident, False)] == [sound.pk]


@pytest.mark.django_db
def test_a_bell_that_comes_late_takes_no_warning_off_a_phone_whose_update_has_not_come() -> None:
    first = in_force(selection=grids("430524001001"))
    assert push._message_of(first.pk)[0] == "in_force"
    updated(first.pk, selection=grids("430524001001"))
    assert push._message_of(first.pk) == ("", [], False)
