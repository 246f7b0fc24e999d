"""A level of grids as one polygon coverage: neighbours share their borders vertex for vertex.

shapely does what Debian's PostGIS 3.3 cannot (ST_CoverageSimplify and ST_CoverageInvalidEdges came with 3.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
import shapely
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Fault:
    """One place where a level is not a coverage: which polygon, and the border that gaps or overlaps."""

    index: int
    edge: BaseGeometry


def faults(polygons: Sequence[BaseGeometry], gap_width: float = 0.0) -> list[Fault]:
    """Find where polygons overlap, or fail to share a border vertex for vertex.

    Args:
        polygons: the areas of one level, all in the same CRS.
        gap_width: gaps narrower than this are faults too; in the CRS's unit, 0 to accept any gap.

    Returns:
        One fault a polygon that has any, in the order of the polygons; empty when the level is a coverage.
    """
    edges = shapely.coverage_invalid_edges(numpy.asarray(polygons, dtype=object), gap_width)
    return [Fault(index, edge) for index, edge in enumerate(edges) if edge is not None and not edge.is_empty]


def simplify(polygons: Sequence[BaseGeometry], tolerance: float) -> list[BaseGeometry]:
    """Thin the borders of a coverage while every shared border stays shared.

    Args:
        polygons: a valid coverage.
        tolerance: roughly the square root of the area a removed corner may have (Visvalingam-Whyatt), in the
            CRS's unit; 0 gives the coverage back as it is.

    Returns:
        The polygons in the same order; none is lost, since the algorithm keeps every ring.
    """
    if tolerance == 0:
        return list(polygons)
    return list(shapely.coverage_simplify(numpy.asarray(polygons, dtype=object), tolerance))


def dissolve(polygons: Sequence[BaseGeometry], keys: Sequence[str]) -> dict[str, BaseGeometry]:
    """Join the members of a coverage into the areas one level up.

    Args:
        polygons: a valid coverage.
        keys: for each polygon the code of the area it belongs to.

    Returns:
        Area by code, sorted by code, so that one seed gives one map; the areas are a valid coverage again.
    """
    members: dict[str, list[BaseGeometry]] = {}
    for polygon, key in zip(polygons, keys, strict=True):
        members.setdefault(key, []).append(polygon)
    return {key: shapely.coverage_union_all(members[key]) for key in sorted(members)}
