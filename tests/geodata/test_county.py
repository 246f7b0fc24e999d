"""The demo county is a real coverage with real names, the same for the same seed."""

from __future__ import annotations

import geopandas
import pytest
import shapely

from geodata import coverage
from geodata.codes import Level
from geodata.county import county, facts, outline_degrees


@pytest.fixture(scope="module")
def made() -> geopandas.GeoDataFrame:
    return county(seed=7)


def test_it_has_every_real_township_and_village_and_about_8600_groups(made: geopandas.GeoDataFrame) -> None:
    names = dict(zip(made.code, made.name, strict=True))
    assert {row["code"]: row["name"] for row in facts("townships")}.items() <= names.items()
    assert {row["code"]: row["name"] for row in facts("villages")}.items() <= names.items()
    assert 8300 < (made.level == Level.GROUP).sum() < 8900
    assert made.synthetic.all()


@pytest.mark.parametrize("level", list(Level))
def test_every_level_is_a_valid_coverage_after_rounding(made: geopandas.GeoDataFrame, level: Level) -> None:
    shapes = list(made.geometry[made.level == level])
    assert all(shape.is_valid for shape in shapes)
    assert coverage.faults(shapes, gap_width=1e-6) == []
    assert (shapely.get_coordinates(shapes) == shapely.get_coordinates(shapes).round(7)).all()


def test_every_village_is_exactly_the_union_of_its_groups(made: geopandas.GeoDataFrame) -> None:
    by_code = made.set_index("code").geometry
    groups = made[made.level == Level.GROUP]
    for village, members in list(groups.groupby("parent"))[::40]:
        assert shapely.symmetric_difference(by_code[village], shapely.union_all(members.geometry)).area == 0


def test_it_fills_the_real_outline(made: geopandas.GeoDataFrame) -> None:
    whole = made.geometry[made.level == Level.COUNTY].iloc[0]
    assert shapely.symmetric_difference(whole, outline_degrees()).area / whole.area < 1e-4


def test_one_seed_makes_one_map_and_another_another(made: geopandas.GeoDataFrame) -> None:
    again, other = county(seed=7), county(seed=8)
    assert again.geometry.to_wkb().equals(made.geometry.to_wkb())
    assert not other.geometry.to_wkb().equals(made.geometry.to_wkb())


def test_group_sizes_do_not_look_stamped(made: geopandas.GeoDataFrame) -> None:
    areas = made[made.level == Level.GROUP].to_crs(4546).area
    assert areas.quantile(0.9) > 5 * areas.quantile(0.1)
    assert areas.min() > 1000  # square metres: nobody lives in a sliver
