"""Sequence numbers appear in commit order: a reader that polls after the last one it saw misses nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from gridmap.realtime import log
from gridmap.realtime.events import FACTS, CoverageChanged
from gridmap.realtime.models import Event

WRITERS, EACH = 8, 40


@pytest.mark.django_db(transaction=True, serialized_rollback=False)
def test_a_polling_reader_misses_no_event_however_commits_interleave(django_db_blocker: Any) -> None:
    done, first = threading.Event(), log.last()
    seen: list[int] = []

    def write(writer: int) -> None:
        try:
            for n in range(EACH):
                with transaction.atomic():
                    log.publish(CoverageChanged(by_no={writer: [n]}), ranges=[(writer, writer + 1)])
                    if n % 3 == 0:
                        with connection.cursor() as cursor:
                            cursor.execute("SELECT pg_sleep(0.002)")  # a slow commit: what a lockless log would lose
        finally:
            connection.close()

    def read() -> None:
        try:
            last = first
            while True:
                over = done.is_set()
                rows = log.since(last)
                seen.extend(row.seq for row in rows)
                last = rows[-1].seq if rows else last
                if over and not rows:
                    return
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert seen == sorted(seen)
    assert len(seen) == WRITERS * EACH == Event.objects.filter(seq__gt=first).count()


@pytest.mark.django_db
def test_a_change_that_is_rolled_back_tells_nothing() -> None:
    before = log.last()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        log.publish(CoverageChanged(by_no={1: [1]}), ranges=[(1, 2)])
        raise ZeroDivisionError
    assert log.last() == before


@pytest.mark.django_db
def test_an_unknown_member_cannot_grow_on_the_wire() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        CoverageChanged(by_no={}, extra=1)  # type: ignore[call-arg]


def test_facts_are_named_noun_and_verb() -> None:
    assert all(name.count(".") == 1 and name.islower() for name in FACTS)
