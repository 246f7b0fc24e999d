"""Receipts only move forward, the latest answer holds, replays change nothing, seen is not safe."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import Broadcast, Delivery, Receipt
from gridmap.broadcasts.reads import knocks
from gridmap.edge.actions import note_pushed, take_receipts
from gridmap.people.models import Resident
from tests.broadcasts.steps import GROUP, counted, in_force, reach, recounted
from tests.clients import phone, signed_in

pytestmark = pytest.mark.django_db
EVERYWHERE = ((0, 10_000),)
SAID = st.sampled_from(["pushed", "displayed", "acknowledged", "moving", "safe", "need_help"])
TICKED = st.sampled_from(["told", "moved", "away", "refused", "not_found", "need_help"])


@pytest.fixture
def broadcast(db: None) -> Broadcast:
    return in_force()


def someone() -> Resident:
    person = Resident.objects.filter(group__code=GROUP, connected=True).first()
    assert person is not None
    return person


def test_each_answer_counts_once_and_the_latest_holds(broadcast: Broadcast) -> None:
    person = someone()
    caller = phone(str(person.pk), person.no)
    for stage, moving, safe, accounted in (("displayed", 0, 0, 0), ("moving", 1, 0, 0), ("safe", 0, 1, 1), ("moving", 1, 0, 0), ("safe", 0, 1, 1)):
        assert caller.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": stage}).status_code == 200
        now = reach(broadcast)
        assert (now["moving"], now["safe"], now["accounted_for"]) == (moving, safe, accounted)
    assert reach(broadcast)["displayed"] == reach(broadcast)["acknowledged"] == 1
    assert list(Receipt.objects.order_by("id").values_list("stage", flat=True)) == ["displayed", "moving", "safe", "moving", "safe"]


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00+08:00", "2099-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_phone_whose_clock_was_reset_is_heard_all_the_same(broadcast: Broadcast, at: str) -> None:
    person = someone()
    answer = phone(str(person.pk), person.no).call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "need_help", "at": at})
    assert answer.status_code == 200
    assert reach(broadcast)["need_help"] == 1
    assert Receipt.objects.get().pressed_at is None


def test_who_was_fetched_needs_no_help_any_more(broadcast: Broadcast) -> None:
    person = someone()
    phone(str(person.pk), person.no).call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "need_help"})
    assert (reach(broadcast)["need_help"], reach(broadcast)["accounted_for"]) == (1, 0)
    signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": str(person.pk), "tick": "moved"})
    assert (reach(broadcast)["need_help"], reach(broadcast)["accounted_for"]) == (0, 1)
    signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": str(person.pk), "tick": "need_help"})
    assert (reach(broadcast)["need_help"], reach(broadcast)["accounted_for"]) == (1, 0)


def test_seen_is_not_safe(broadcast: Broadcast) -> None:
    person = someone()
    take_receipts([ledger.Word(broadcast.pk, person.pk, stage="acknowledged")])
    assert person.pk in {row[0] for row in knocks(broadcast, EVERYWHERE)}
    take_receipts([ledger.Word(broadcast.pk, person.pk, stage="safe")])
    assert person.pk not in {row[0] for row in knocks(broadcast, EVERYWHERE)}


def test_a_foreign_receipt_changes_nothing(broadcast: Broadcast) -> None:
    outsider = Resident.objects.exclude(group__code=GROUP).first()
    assert outsider is not None
    caller = phone(str(outsider.pk), outsider.no)
    answer = caller.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "safe"})
    assert (answer.status_code, answer.json()["code"]) == (404, "broadcast.not_a_recipient")
    take_receipts([ledger.Word(broadcast.pk, outsider.pk, stage="safe"), ledger.Word(uuid4(), outsider.pk, stage="safe")])
    assert reach(broadcast)["accounted_for"] == 0
    assert Delivery.objects.count() == 5


def test_pushed_is_the_servers_word_only(broadcast: Broadcast) -> None:
    person = someone()
    caller = phone(str(person.pk), person.no)
    assert caller.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "pushed"}).status_code == 422
    for _ in range(2):
        note_pushed(broadcast.pk, [str(person.pk), str(uuid4())])
        assert (reach(broadcast)["pushed"], reach(broadcast)["displayed"]) == (1, 0)
    take_receipts([ledger.Word(broadcast.pk, person.pk, stage="displayed")])
    note_pushed(broadcast.pk, [str(person.pk)])
    assert (reach(broadcast)["pushed"], reach(broadcast)["displayed"]) == (1, 1)


def test_an_answer_after_the_end_is_a_conflict_unless_it_says_that_one_is_safe(broadcast: Broadcast) -> None:
    person = someone()
    Broadcast.objects.filter(pk=broadcast.pk).update(state="expired", ended_at=timezone.now())
    caller = phone(str(person.pk), person.no)
    answer = caller.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "moving"})
    assert (answer.status_code, answer.json()["code"]) == (409, "broadcast.over")
    answer = caller.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "safe"})  # pressed where there was no signal
    assert answer.status_code == 200
    assert reach(broadcast)["accounted_for"] == 1


def test_an_ordinary_notice_takes_no_evacuation_answer() -> None:
    person, notice = someone(), in_force(kind="notice")
    answer = phone(str(person.pk), person.no).call("POST", "/api/receipts", {"broadcast": str(notice.pk), "stage": "safe"})
    assert (answer.status_code, answer.json()["code"]) == (422, "broadcast.stage_wrong")


WORDS = st.lists(st.tuples(st.integers(0, 4), st.booleans(), SAID, TICKED), max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS, cuts=st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_counters_always_equal_a_recount_of_the_ledger(broadcast: Broadcast, words: list[Any], cuts: list[int]) -> None:
    people = list(Resident.objects.filter(group__code=GROUP).order_by("id").values_list("pk", flat=True))
    said = [ledger.Word(broadcast.pk, people[who], tick=tick) if by_officer else ledger.Word(broadcast.pk, people[who], stage=stage) for who, by_officer, stage, tick in words]
    by_server = [word.resident for word in said if word.stage == "pushed"]
    said = [word for word in said if word.stage != "pushed"]
    before = dict(Delivery.objects.values_list("resident_id", "stage"))
    at, turn = 0, 0
    while at < len(said):
        take_receipts(said[at : at + cuts[turn % len(cuts)]])
        at += cuts[turn % len(cuts)]
        turn += 1
        note_pushed(broadcast.pk, [str(resident) for resident in by_server[:turn]])
    rows = list(Delivery.objects.all())
    assert all(row.stage >= before[row.resident_id] for row in rows)
    assert counted(broadcast.pk) == recounted(broadcast.pk)
    assert {row[0] for row in knocks(broadcast, EVERYWHERE)} == {row.resident_id for row in rows if not row.accounted}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS)
def test_one_batch_or_many_and_replays_make_no_difference(broadcast: Broadcast, words: list[Any]) -> None:
    people = list(Resident.objects.filter(group__code=GROUP).order_by("id").values_list("pk", flat=True))
    said = [ledger.Word(broadcast.pk, people[who], stage=stage) for who, _, stage, _ in words if stage != "pushed"]
    Delivery.objects.update(stage=0, answer=None, tick=None, accounted=False)
    for word in said:
        take_receipts([word])
    one_by_one = list(Delivery.objects.order_by("resident_id").values_list("stage", "answer", "accounted"))
    Delivery.objects.update(stage=0, answer=None, tick=None, accounted=False)
    take_receipts(said)
    together = list(Delivery.objects.order_by("resident_id").values_list("stage", "answer", "accounted"))
    assert together == one_by_one
    stages = [word for word in said if word.stage in ("displayed", "acknowledged")]
    take_receipts(list(reversed(stages)) * 3)
    assert list(Delivery.objects.order_by("resident_id").values_list("stage", "answer", "accounted")) == together
