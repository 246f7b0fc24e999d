"""A coverage stays one when it is thinned or dissolved, and says where it is none."""

import shapely
from shapely.geometry import box

from geodata import coverage


def test_an_overlap_is_found_by_its_place() -> None:
    found = coverage.faults([box(0, 0, 2, 2), box(1, 0, 3, 2)])
    assert [fault.index for fault in found] == [0, 1]
    assert found[0].edge.intersects(box(1, 0, 2, 2))


def test_neighbours_that_share_a_border_are_no_fault() -> None:
    assert coverage.faults([box(0, 0, 1, 1), box(1, 0, 2, 1)]) == []


def test_thinned_neighbours_still_share_their_border() -> None:
    wavy = [(1 + (0.05 if i % 2 else 0), i / 10) for i in range(11)]
    left = shapely.Polygon([(0, 0), *wavy, (0, 1)])
    right = shapely.Polygon([(2, 0), (2, 1), *reversed(wavy)])
    thin = coverage.simplify([left, right], 0.5)
    assert coverage.faults(thin) == []
    assert shapely.get_num_coordinates(thin).sum() < shapely.get_num_coordinates([left, right]).sum()


def test_dissolving_keeps_the_area_and_sorts_by_code() -> None:
    joined = coverage.dissolve([box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 0, 3, 1)], ["b", "a", "b"])
    assert list(joined) == ["a", "b"]
    assert joined["b"].area == 2
