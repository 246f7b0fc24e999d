"""The outline that goes with a message: short, and never further off than it says."""

from __future__ import annotations

import math

import numpy
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from gridmap.edge.outlines import MOST_CORNERS, outline_of, shortened
from tests.broadcasts.steps import in_force

PLANE = Transformer.from_crs("EPSG:4326", "EPSG:4547", always_xy=True)


def star(corners: int, jag: float = 0.0, seed: int = 0, size: float = 0.05) -> shapely.Polygon:
    """Give an area with so many corners, each drawn in by up to a part of the radius; ``size`` in degrees."""
    turns = numpy.linspace(0, 2 * math.pi, corners, endpoint=False)
    radii = size * (1 - jag * numpy.random.default_rng(seed).random(corners))
    return shapely.Polygon(numpy.column_stack([111.005 + radii * numpy.cos(turns), 27.01 + radii * numpy.sin(turns)]))


def in_metres(area: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(area, lambda points: list(zip(*PLANE.transform(points[:, 0], points[:, 1]), strict=True)))


@settings(deadline=None)
@given(st.integers(MOST_CORNERS + 1, 4000), st.sampled_from([0.0, 0.01, 0.1, 0.5]), st.integers(0, 99))
def test_no_corner_that_was_left_out_is_further_from_the_border_than_it_says(corners: int, jag: float, seed: int) -> None:
    area = star(corners, jag, seed)
    outline = shortened(area)
    short = shapely.from_geojson(shapely.to_geojson(shapely.geometry.shape(outline.area)))
    assert shapely.get_num_coordinates(short) <= MOST_CORNERS
    assert outline.within_m > 0
    border = shapely.boundary(in_metres(short))
    shapely.prepare(border)
    left_out = shapely.points(shapely.get_coordinates(in_metres(area)))
    assert shapely.distance(left_out, border).max() <= outline.within_m


def test_an_area_of_few_corners_is_given_as_it_is() -> None:
    area = star(300)
    assert shapely.geometry.shape(shortened(area).area).equals(area)
    assert shortened(area).within_m == 0


@pytest.mark.django_db
def test_a_message_with_a_long_border_is_short_and_says_how_true_it_is() -> None:
    ring = shapely.get_coordinates(star(2500, size=0.004)).tolist()
    broadcast = in_force(selection={"area": {"type": "Polygon", "coordinates": [ring]}})
    outline = outline_of(broadcast.pk)
    assert len(str(outline.area)) < 12_000
    assert outline.within_m < 10
    assert outline_of(in_force().pk).within_m == 0
