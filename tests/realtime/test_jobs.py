"""The clock's jobs on connections as they are: each that fails is given up, as in production, where no transaction is around a job."""

from __future__ import annotations

import time

import pytest
from django.db import OperationalError

from gridmap.management.commands import run_clock
from gridmap.realtime.models import Beat


@pytest.mark.django_db(transaction=True)
def test_a_job_for_which_the_database_fails_starves_none_behind_it_and_is_said() -> None:
    ran: list[str] = []

    def stuck() -> None:
        raise OperationalError("canceling statement due to lock timeout")

    def behind() -> None:
        ran.append(Beat.objects.raw("SELECT current_setting('lock_timeout') AS name, now() AS at")[0].name)

    jobs = run_clock.Jobs({stuck: 86_400.0, behind: 1.0}, lock_seconds=60)
    with pytest.raises(OperationalError):
        jobs.turn()
    assert ran == ["1min"]
    assert Beat.objects.filter(name="failing:stuck").exists()
    assert jobs.next_run[stuck] - time.monotonic() < 61  # and not only tomorrow
