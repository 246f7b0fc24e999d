"""The outline that goes with a message: short enough for a link of a kilobyte a second, and honest about how far off it is.

A border picked along nine townships is 57 kB of GeoJSON. On such a link the page gives up before its last byte is there, and
with it the words, which are half a kilobyte. The phone shows words before any map and asks the outline one thing only: "am I inside?".
"""

import json
import math
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import shapely

from gridmap.broadcasts.models import Broadcast

MOST_CORNERS = 400  # 7 kB
FIRST_STEP_M, LAST_STEP_M = 5.0, 5_000.0
METRES_A_DEGREE = 111_320.0  # of longitude at the equator; further north a degree of it is shorter, so that the bound holds
GRAIN = 1e-5  # coordinates are given to 1.1 m


class Outline(NamedTuple):
    """An area as GeoJSON (longitude, latitude, WGS-84), and the metres within which its border is true; 0 when it is the area itself."""

    area: dict[str, Any]
    within_m: int


@lru_cache(maxsize=128)
def outline_of(id: UUID) -> Outline:
    """Give the outline of a broadcast that went out; its area never changes again, so it is reckoned once a process."""
    area = Broadcast.with_trials.values_list("area", flat=True).get(pk=id)
    return shortened(shapely.from_wkb(bytes(area.wkb)))


def shortened(area: shapely.Geometry) -> Outline:
    """Give an area by at most `MOST_CORNERS` corners where that can be done within 5 km, else by as few as that gives.

    By Douglas and Peucker with a step that doubles from 5 m until the corners are few enough. What is said of the border is
    measured, not taken from the step: GEOS also draws the first corner of a ring in, further than the step.

    Args:
        area: a Polygon or MultiPolygon, longitude, latitude in degrees, WGS-84.
    """
    if shapely.get_num_coordinates(area) <= MOST_CORNERS:
        return Outline(json.loads(shapely.to_geojson(area)), 0)
    step = FIRST_STEP_M
    while shapely.get_num_coordinates(short := shapely.simplify(area, step / METRES_A_DEGREE)) > MOST_CORNERS and step < LAST_STEP_M:
        step *= 2
    short = shapely.set_precision(short, GRAIN, mode="pointwise")
    border = shapely.boundary(short)
    shapely.prepare(border)
    furthest = shapely.distance(shapely.points(shapely.get_coordinates(area)), border).max() * METRES_A_DEGREE
    return Outline(json.loads(shapely.to_geojson(short)), math.ceil(furthest))
