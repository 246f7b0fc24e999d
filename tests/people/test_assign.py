"""One primary per grid at a time, held by the database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from gridmap.grids.models import Grid
from gridmap.people.models import Assignment, Officer
from tests import world

MAY = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_a_second_primary_at_the_same_time_is_refused_and_a_deputy_is_not() -> None:
    grid, officer = Grid.objects.current().get(code="430524001001"), Officer.objects.create(name="新人")
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(officer=officer, grid=grid, duty="primary", period=(MAY, None))
    assert Assignment.objects.create(officer=officer, grid=grid, duty="deputy", period=(MAY, None)).pk


def test_a_successor_may_begin_the_moment_the_other_ends() -> None:
    grid, officer = Grid.objects.current().get(code="430524001001"), Officer.objects.create(name="新人")
    Assignment.objects.filter(grid=grid, duty="primary").update(period=(world.SINCE[0], MAY))
    assert Assignment.objects.create(officer=officer, grid=grid, duty="primary", period=(MAY, None)).pk
