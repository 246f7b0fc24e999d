"""Publishing numbers the grids so that every village, township and county is one range of group numbers."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from geodata.codes import Level
from gridmap.errors import Conflict, Invalid
from gridmap.grids.actions import SPARE, publish_first_version
from gridmap.grids.models import Grid, GridVersion, Tile
from tests import world

pytestmark = pytest.mark.django_db


def test_it_numbers_groups_in_pre_order_with_eight_spare_numbers_after_each_village() -> None:
    groups = list(Grid.objects.current().groups().order_by("no").values_list("code", "no"))
    assert [code for code, _ in groups] == sorted(code for code, _ in groups)
    assert [no for _, no in groups] == [0, 1, 2 + SPARE, 3 + SPARE, 4 + 2 * SPARE, 5 + 2 * SPARE, 6 + 3 * SPARE, 7 + 3 * SPARE]


def test_ranges_nest_and_hold_the_spare_numbers() -> None:
    for grid in Grid.objects.current().exclude(level=Level.GROUP):
        inside = Grid.objects.current().under([grid.code]).groups()
        assert all(grid.group_start <= group.no < grid.group_end for group in inside)
        outside = Grid.objects.current().groups().exclude(pk__in=inside)
        assert not any(grid.group_start <= group.no < grid.group_end for group in outside)
        children = Grid.objects.current().under([grid.code]).filter(level=grid.level + 1)
        assert all(grid.group_start <= child.group_start and child.group_end <= grid.group_end for child in children)
        assert grid.group_end == max(child.group_end for child in children) + (SPARE if grid.level == Level.VILLAGE else 0)


def test_a_second_first_publish_is_refused() -> None:
    with pytest.raises(Conflict):
        publish_first_version(world.frame())


def test_what_overlaps_is_not_published() -> None:
    Tile.objects.all().delete()
    with transaction.atomic():
        from gridmap.people.models import Assignment, Household, Posting, Resident

        for model in (Resident, Household, Assignment, Posting, Grid, GridVersion):
            model.objects.all().delete()
    broken = world.frame()
    broken.loc[broken.index[-1], "geometry"] = broken.geometry.iloc[-1].buffer(0.001)
    with pytest.raises(Invalid) as refused:
        publish_first_version(broken)
    assert refused.value.code == "grids.not_a_coverage"
    assert not Grid.objects.exists()


def test_a_code_is_in_force_once() -> None:
    one = Grid.objects.current().first()
    assert one is not None
    one.pk, one.no = None, 999
    with pytest.raises(IntegrityError), transaction.atomic():
        Grid.objects.bulk_create([_copy(one)])


def _copy(grid: Grid) -> Any:
    from uuid import uuid4

    grid.pk = uuid4()
    return grid
