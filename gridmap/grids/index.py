"""The current groups in memory: which group holds a point, and which groups an area covers or cuts.

8,600 shapes load in under half a second and answer in milliseconds what a table of shapes answers in hundreds.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.codes import Level
from geodata.shapes import Box
from gridmap.errors import Later, Missing
from gridmap.grids.models import Grid, GridVersion
from gridmap.grids.ranges import Ranges


@dataclass(frozen=True)
class GroupIndex:
    """The groups of one version, ordered by number."""

    version: int
    box: Box
    numbers: numpy.ndarray
    codes: list[str]
    names: list[str]
    shapes: numpy.ndarray
    tree: shapely.STRtree
    spans: dict[str, tuple[int, int, int]]
    """Every grid's level and half-open range of group numbers, by code."""

    def at(self, lon: float, lat: float) -> int:
        """Give the number of the group that holds a point; on a border the lower number.

        Args:
            lon: longitude in degrees, WGS-84.
            lat: latitude in degrees.

        Raises:
            Missing: the point lies in no group.
        """
        hits = self.tree.query(shapely.points(lon, lat), predicate="intersects")
        if len(hits) == 0:
            raise Missing("grids.outside", at=[lon, lat])
        return int(self.numbers[hits].min())

    def classify(self, area: BaseGeometry) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Divide the groups that an area touches.

        Args:
            area: a valid area in WGS-84 degrees.

        Returns:
            The numbers of the groups that the area covers whole, and of those that its border cuts or touches,
            both sorted.
        """
        shapely.prepare(area)
        touched = self.tree.query(area, predicate="intersects")
        whole = shapely.covers(area, self.shapes[touched])
        return numpy.sort(self.numbers[touched[whole]]), numpy.sort(self.numbers[touched[~whole]])

    def within(self, ranges: Ranges) -> numpy.ndarray:
        """Give the numbers of the groups in half-open ranges, sorted when the ranges are."""
        ends = numpy.searchsorted(self.numbers, numpy.array(ranges).reshape(-1, 2))
        return numpy.concatenate([self.numbers[:0], *(self.numbers[start:end] for start, end in ends)])

    def named(self, no: int) -> tuple[str, str]:
        """Give the code and the name of a group by its number."""
        position = int(numpy.searchsorted(self.numbers, no))
        return self.codes[position], self.names[position]


def current_version() -> GridVersion:
    """Give the version in force.

    Raises:
        Later: nothing is published yet.
    """
    version = GridVersion.objects.order_by("-number").first()
    if version is None:
        raise Later("grids.none")
    return version


def current_index() -> GroupIndex:
    """Give the index of the version in force, loading it on first use in this process."""
    return _load(current_version().number)


@lru_cache(maxsize=2)
def _load(version: int) -> GroupIndex:
    row = GridVersion.objects.get(pk=version)
    groups = Grid.objects.filter(version_to=None, level=Level.GROUP).order_by("no").values_list("no", "code", "name", "geometry")
    numbers, codes, names, geometries = zip(*groups, strict=True)
    everything = Grid.objects.filter(version_to=None).values_list("code", "level", "group_start", "group_end")
    spans = {code: (level, start, end) for code, level, start, end in everything}
    shapes = shapely.from_wkb([bytes(geometry.wkb) for geometry in geometries])
    box = Box(row.west, row.south, row.east, row.north).widened(0.02)
    return GroupIndex(version, box, numpy.array(numbers), list(codes), list(names), shapes, shapely.STRtree(shapes), spans)
