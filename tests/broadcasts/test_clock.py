"""The clock: one broadcast that cannot be written holds up no other, and a half of the clock that is silent is a silent clock."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from gridmap.broadcasts import sending
from gridmap.broadcasts.models import Broadcast
from gridmap.management.commands import run_clock
from gridmap.one_by_one import PassedOverError
from gridmap.realtime.models import LONG_JOB, QUIET, Beat, beat
from tests.broadcasts.steps import approved, grids, in_force

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("fault", [IntegrityError("a counter"), OperationalError("took too long"), ZeroDivisionError("a mistake")])
def test_one_broadcast_that_fails_holds_up_no_other_and_is_said(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    broken, sound = (Broadcast.objects.get(pk=approved(selection=grids(code))["id"]) for code in ("430524001001", "430524002001"))
    for seconds, row in ((9, broken), (5, sound)):
        Broadcast.objects.filter(pk=row.pk).update(state="countdown", sends_at=timezone.now() - timedelta(seconds=seconds))
    step = sending.send_step

    def failing(id: UUID) -> Any:
        if id == broken.pk:
            raise fault
        return step(id)

    monkeypatch.setattr(sending, "send_step", failing)
    if isinstance(fault, OperationalError):  # mostly it is the database, and then the clock is silent; but what is newer was tried
        with pytest.raises(OperationalError):
            run_clock.send_due()
    else:
        assert run_clock.send_due() is False
    assert Broadcast.objects.get(pk=sound.pk).state == "in_force"
    monkeypatch.undo()
    assert run_clock.send_due() is True
    assert Broadcast.objects.get(pk=broken.pk).state == "in_force"


@pytest.mark.parametrize("fault", [IntegrityError("a counter"), OperationalError("took too long"), ZeroDivisionError("a mistake")])
def test_whoever_came_late_is_found_though_another_broadcast_cannot_be_looked_at(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    broken, sound = in_force(selection=grids("430524001001")), in_force(selection=grids("430524002001"))
    looked_at = []

    def failing(id: UUID) -> int:
        if id == broken.pk:
            raise fault
        looked_at.append(id)
        return 0

    monkeypatch.setattr(sending, "reconcile", failing)
    with pytest.raises(OperationalError if isinstance(fault, OperationalError) else PassedOverError):
        run_clock.reconcile()
    assert looked_at == [sound.pk]


@pytest.mark.parametrize("fault", [IntegrityError("a counter"), OperationalError("took too long"), ZeroDivisionError("a mistake"), PassedOverError(1)])
def test_a_job_that_fails_again_and_again_is_said_until_it_succeeds(fault: Exception) -> None:
    fails = [True]

    def reconcile() -> None:
        if fails:
            raise fault

    def turn() -> None:
        jobs.next_run[reconcile] = 0.0
        with suppress(OperationalError):
            jobs.turn()

    jobs = run_clock.Jobs({reconcile: 1.0})
    turn()
    assert Beat.objects.failing() == []  # what fails once is tried again, and is no news
    Beat.objects.filter(name__contains="reconcile").update(at=timezone.now() - QUIET - timedelta(seconds=1))
    turn()
    assert Beat.objects.failing() == ["reconcile"]
    fails.clear()
    turn()
    assert Beat.objects.failing() == []


def test_a_warning_that_waits_behind_a_lock_is_overdue() -> None:
    broadcast = Broadcast.objects.get(pk=approved(selection=grids("430524001001"))["id"])
    Broadcast.objects.filter(pk=broadcast.pk).update(state="countdown", sends_at=timezone.now() - timedelta(seconds=5))
    assert not Broadcast.objects.overdue().exists()
    Broadcast.objects.filter(pk=broadcast.pk).update(sends_at=timezone.now() - timedelta(seconds=11))
    assert Broadcast.objects.overdue().exists()
    run_clock.send_due()
    assert not Broadcast.objects.overdue().exists()


@pytest.mark.parametrize(("name", "limit"), [("clock", QUIET), ("jobs", LONG_JOB)])
def test_either_half_of_the_clock_that_is_silent_is_a_silent_clock(name: str, limit: timedelta) -> None:
    for half in ("clock", "jobs"):
        beat(half)
    assert Beat.objects.clock_runs()
    Beat.objects.filter(name=name).update(at=timezone.now() - limit - timedelta(seconds=1))
    assert not Beat.objects.clock_runs()


def test_a_clock_that_writes_for_long_is_not_a_silent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_CHUNK", 1)
    monkeypatch.setattr(sending, "CHUNK", 1)
    due = approved(selection=grids("430524001001"))["id"]
    Broadcast.objects.filter(pk=due).update(state="countdown", sends_at=timezone.now() - timedelta(seconds=1))
    signs: list[tuple[bool, str]] = []
    run_clock.send_due(lambda well: signs.append((well, Broadcast.objects.get(pk=due).state)))
    assert (True, "sending") in signs
    assert signs[-1] == (True, "in_force")


def test_one_message_that_cannot_be_ended_or_sent_to_who_confirmed_it_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = in_force(selection=grids("430524001001")), in_force(selection=grids("430524002001"))
    Broadcast.objects.update(expires=timezone.now() - timedelta(seconds=1))
    publish = sending.publish_fact

    def failing(id: UUID, *args: Any, **options: Any) -> Any:
        if id == broken.pk:
            raise IntegrityError("a counter")
        return publish(id, *args, **options)

    monkeypatch.setattr(sending, "publish_fact", failing)
    with pytest.raises(PassedOverError):
        sending.expire_due()
    assert [Broadcast.objects.get(pk=row.pk).state for row in (broken, sound)] == ["in_force", "expired"]
