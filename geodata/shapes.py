"""Areas that people draw: checked before anything is built from them, and never repaired.

PostGIS fails open on broken shapes: it "covered" half a county with a NaN vertex and nobody with swapped axes, both
without an error. So every shape passes here first, and what is wrong is refused with its place. See quality.md 4.
All coordinates are WGS-84 longitude, latitude in degrees (RFC 7946).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy
import pyproj
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

MAX_VERTICES = 5000
MAX_PARTS = 100
MIN_AREA_M2 = 1.0
MAX_KNOTS = 10_000  # a serpentine of sixty bends has 1,600; 200 positions at random took 4 s to build
MAX_STABBING = 500  # a detailed river bank has some dozen; a comb of thousands of teeth holds everybody up
WGS84_NAMES = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326")
MAX_RADIUS_M = 50_000.0
MAX_WIDTH_M = 20_000.0
MAX_LINE_VERTICES = 2000
SEGMENT_DEGREES = 0.01
CIRCLE_SEGMENTS = 128
GEOD = pyproj.Geod(ellps="WGS84")


class ShapeFault(ValueError):
    """A shape that is refused.

    Attributes:
        code: what is wrong, stable for programs, such as ``not_closed``.
        where: the place: ``part``, ``ring`` and ``vertex`` counted from 0, or ``at`` as [lon, lat].
    """

    def __init__(self, code: str, sentence: str, /, **where: Any) -> None:
        super().__init__(sentence)
        self.code = code
        self.where = where


@dataclass(frozen=True)
class Box:
    """The county's bounding box in degrees; what lies outside it is a mistake, not an area."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """Say whether a point lies in the box, its border included."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def widened(self, degrees: float) -> "Box":
        """Give the box with a margin on every side, in degrees."""
        return Box(self.west - degrees, self.south - degrees, self.east + degrees, self.north + degrees)


def point(value: Any, box: Box, **where: Any) -> tuple[float, float]:
    """Check one position.

    Args:
        value: what should be [longitude, latitude].
        box: where it has to lie.
        where: the place of the position in its shape, for the fault.

    Returns:
        Longitude and latitude.

    Raises:
        ShapeFault: ``not_a_position``, ``not_2d``, ``not_finite``, ``swapped`` or ``outside``.
    """
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise ShapeFault("not_a_position", "A position is a list of longitude and latitude.", **where)
    if len(value) > 2:
        raise ShapeFault("not_2d", "A position has two numbers, longitude and latitude, and no height.", **where)
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ShapeFault("not_a_position", "Longitude and latitude are numbers.", **where)
        if not _finite(number):
            raise ShapeFault("not_finite", "Longitude and latitude are finite numbers.", **where)
    lon, lat = float(value[0]), float(value[1])
    if not box.holds(lon, lat):
        if box.holds(lat, lon):
            raise ShapeFault("swapped", "Longitude comes first: these two look swapped.", **where)
        raise ShapeFault("outside", "The position lies outside the county.", at=[lon, lat], **where)
    return lon, lat


def polygon(value: Any, box: Box) -> MultiPolygon:
    """Check a GeoJSON Polygon or MultiPolygon and build it.

    Args:
        value: the GeoJSON geometry as parsed JSON.
        box: where every vertex has to lie.

    Returns:
        The area, rings oriented as RFC 7946 wants.

    Raises:
        ShapeFault: with a code of its own for each thing that can be wrong, and the place.
    """
    if not isinstance(value, dict):
        raise ShapeFault("not_geojson", "An area is a GeoJSON Polygon or MultiPolygon.")
    unknown = sorted(set(value) - {"type", "coordinates", "crs", "bbox"})
    if unknown:
        raise ShapeFault("unknown_member", f"An area has no member {unknown[0]!r}.", member=unknown[0])
    _check_crs(value.get("crs"))
    _check_bbox(value.get("bbox"))
    kind, coordinates = value.get("type"), value.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ShapeFault("not_geojson", "An area is a GeoJSON Polygon or MultiPolygon.", type=str(kind)[:40])
    if not isinstance(coordinates, list) or not coordinates:
        raise ShapeFault("empty", "The area is empty.")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if len(parts) > MAX_PARTS:
        raise ShapeFault("too_many_parts", f"An area has at most {MAX_PARTS} parts.", parts=len(parts))
    _check_vertex_count(parts)
    area = MultiPolygon([_part(part, number, box) for number, part in enumerate(parts)])
    return valid(area)


def circle(center: Any, radius_m: Any, box: Box) -> MultiPolygon:
    """Build a circle from its recipe.

    Args:
        center: [longitude, latitude].
        radius_m: radius in metres, over 0 and at most 50 km.
        box: where the centre has to lie.

    Returns:
        A polygon of 128 corners on the geodesic circle (WGS-84). It lies inside the true circle by at most
        0.03 % of the radius, so it is built on a radius larger by that much: nobody inside is missed.

    Raises:
        ShapeFault: for the centre as in :func:`point`, or ``radius``.
    """
    lon, lat = point(center, box, member="center")
    _check_metres(radius_m, "radius", MAX_RADIUS_M)
    outer = radius_m / math.cos(math.pi / CIRCLE_SEGMENTS)
    bearings = numpy.linspace(0.0, -360.0, CIRCLE_SEGMENTS, endpoint=False)
    lons, lats, _ = GEOD.fwd(
        numpy.full(CIRCLE_SEGMENTS, lon), numpy.full(CIRCLE_SEGMENTS, lat), bearings, numpy.full(CIRCLE_SEGMENTS, outer)
    )
    return valid(MultiPolygon([Polygon(list(zip(lons, lats, strict=True)))]))


def corridor(line: Any, width_m: Any, box: Box) -> MultiPolygon:
    """Build a corridor along a line, such as a road with both its sides, from its recipe.

    Args:
        line: positions of [longitude, latitude], 2 to 2,000 of them.
        width_m: from one edge to the other in metres, over 0 and at most 20 km; half of it lies on either side.
        box: where every position has to lie.

    Returns:
        A polygon with round ends and bends, buffered on an azimuthal equidistant plane around the line's middle (PROJ ``aeqd``,
        WGS-84). At 50 km from the middle that plane stretches by 0.001 %; its round corners are cut by at most 0.03 % of the half
        width, so it is built wider by that much: nobody inside is missed.

    Raises:
        ShapeFault: for a position as in :func:`point`, or ``line``, ``width``, ``too_many_vertices``, ``too_intricate``.
    """
    if not isinstance(line, list) or len(line) < 2:
        raise ShapeFault("line", "A line is a list of two positions or more.", member="line")
    if len(line) > MAX_LINE_VERTICES:
        raise ShapeFault("too_many_vertices", f"A line has at most {MAX_LINE_VERTICES} positions.", member="line")
    positions = [point(value, box, member="line", vertex=vertex) for vertex, value in enumerate(line)]
    if len(set(positions)) < 2:
        raise ShapeFault("line", "All positions of the line are one and the same.", member="line")
    _check_metres(width_m, "width", MAX_WIDTH_M)
    # Between two positions a line is straight in degrees (RFC 7946), and not on the plane: over 50 km that is 25 m apart.
    drawn = shapely.segmentize(shapely.linestrings(positions), SEGMENT_DEGREES)
    if _knots(drawn) > MAX_KNOTS:
        raise ShapeFault("too_intricate", "The line crosses itself too often.", member="line")
    west, south, east, north = shapely.bounds(drawn)
    plane = pyproj.Proj(proj="aeqd", lon_0=(west + east) / 2, lat_0=(south + north) / 2, ellps="WGS84")
    flat = shapely.linestrings(numpy.column_stack(plane(*shapely.get_coordinates(drawn).T)))
    corners = CIRCLE_SEGMENTS // 4  # of a quarter turn
    # What is drawn twice is built once: along a line that goes there and back GEOS 3.14 gave slivers of the band, without a word.
    wide = shapely.buffer(shapely.unary_union(flat), width_m / 2 / math.cos(math.pi / CIRCLE_SEGMENTS), quad_segs=corners)
    if not shapely.covers(wide, shapely.points(shapely.get_coordinates(flat))).all():
        raise ShapeFault("self_crossing", "The band along the line leaves out a part of it.", member="line")
    return valid(shapely.transform(wide, lambda xy: numpy.column_stack(plane(xy[:, 0], xy[:, 1], inverse=True))))


def without(area: BaseGeometry, hole: BaseGeometry) -> MultiPolygon:
    """Take a hole out of an area.

    Args:
        area: a valid area, WGS-84 degrees.
        hole: a valid area; what of it lies elsewhere takes nothing.

    Raises:
        ShapeFault: ``nothing_left``, or as in :func:`valid`.
    """
    left = shapely.get_parts(shapely.difference(area, hole))
    parts = [part for part in left if part.geom_type == "Polygon" and not part.is_empty]  # a border in common leaves lines
    if not parts:
        raise ShapeFault("nothing_left", "Nothing of the area is left.")
    return valid(MultiPolygon(parts))


def holeless(area: MultiPolygon) -> list[Polygon]:
    """Divide an area into parts without holes, which some formats cannot say (CAP 1.2: a polygon is one ring).

    Args:
        area: a valid area, WGS-84 degrees.

    Returns:
        Parts that together are the area: one with a hole is cut along the meridian through the hole's middle, until none is left.
    """
    parts: list[Polygon] = []
    waiting = list(area.geoms)
    while waiting:
        part = waiting.pop()
        if not part.interiors:
            parts.append(orient(part))
            continue
        west, south, east, north = part.bounds
        middle = part.interiors[0].centroid.x
        for half in (shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)):
            waiting += [piece for piece in shapely.get_parts(shapely.intersection(part, half)) if piece.geom_type == "Polygon"]
    return parts


def valid(area: BaseGeometry) -> MultiPolygon:
    """Refuse an area that is empty, invalid or smaller than a square metre; give it back otherwise.

    Raises:
        ShapeFault: ``empty``, ``self_crossing``, ``too_small`` or ``too_intricate``.
    """
    if area.is_empty:
        raise ShapeFault("empty", "The area is empty.")
    if not area.is_valid:
        reason = shapely.is_valid_reason(area)
        place = reason[reason.find("[") + 1 : reason.find("]")].split() if "[" in reason else []
        where = {"at": [float(number) for number in place]} if len(place) == 2 else {}
        raise ShapeFault("self_crossing", f"The area's border crosses or touches itself: {reason}.", **where)
    turned = MultiPolygon([orient(part) for part in (area.geoms if isinstance(area, MultiPolygon) else [area])])
    if abs(GEOD.geometry_area_perimeter(turned)[0]) < MIN_AREA_M2:  # turned alike first: opposite rings would cancel out
        raise ShapeFault("too_small", "The area is smaller than a square metre.")
    if stabbing_number(turned) > MAX_STABBING:
        raise ShapeFault("too_intricate", f"A line across the area meets its border over {MAX_STABBING} times.")
    return turned


def _check_metres(value: Any, name: str, most: float) -> None:
    """Refuse what is no length in metres over 0 and up to a limit; ``name`` is the fault's code and, with _m, its member."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise ShapeFault(name, f"The {name} is a number of metres.", member=f"{name}_m")
    if not 0 < value <= most:
        raise ShapeFault(name, f"The {name} is over 0 and at most {most:.0f} m.", member=f"{name}_m")


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer of hundreds of digits
        return False


def stabbing_number(area: MultiPolygon) -> int:
    """Count the edges that a horizontal line crosses at most: what a point test costs, whatever index is used.

    Args:
        area: a valid area in WGS-84 degrees.

    Returns:
        2 for a convex part, hundreds for a comb.
    """
    crossings = []
    for part in area.geoms:
        for ring in (part.exterior, *part.interiors):
            lat = numpy.asarray(ring.coords)[:, 1]
            crossings.append(numpy.stack([numpy.minimum(lat[:-1], lat[1:]), numpy.maximum(lat[:-1], lat[1:])]))
    return _most_at_once(*numpy.concatenate(crossings, axis=1))


def _most_at_once(low: numpy.ndarray, high: numpy.ndarray) -> int:
    """Count how many of these intervals hold one number at most."""
    steps = numpy.concatenate([numpy.ones(len(low), int), -numpy.ones(len(high), int)])
    return int(numpy.cumsum(steps[numpy.lexsort((steps, numpy.concatenate([low, high])))]).max())


def _knots(line: BaseGeometry) -> int:
    """Bound how often a line can cross itself, before anything is built along it: the edges that a line from west to east meets at
    most, times those that one from south to north does."""
    corners = shapely.get_coordinates(line)
    low, high = numpy.minimum(corners[:-1], corners[1:]), numpy.maximum(corners[:-1], corners[1:])
    # Exactly along a parallel or meridian an interval is one number, and open: it would hold nothing, however often it is drawn.
    low = numpy.nextafter(low, -numpy.inf)
    return _most_at_once(low[:, 0], high[:, 0]) * _most_at_once(low[:, 1], high[:, 1])


def _check_crs(crs: Any) -> None:
    """RFC 7946 dropped ``crs``; what still says WGS-84 is harmless, anything else is refused."""
    if crs is None:
        return
    if crs not in [{"type": "name", "properties": {"name": name}} for name in WGS84_NAMES]:
        raise ShapeFault("crs", "Areas are given in WGS-84.", member="crs")


def _check_bbox(bbox: Any) -> None:
    """A box is not used, but nothing may ride along in its place."""
    numbers = bbox if isinstance(bbox, list) else []
    plain = all(isinstance(number, int | float) and not isinstance(number, bool) and _finite(number) for number in numbers)
    if bbox is not None and not (len(numbers) == 4 and plain):
        raise ShapeFault("bbox", "A box is four numbers: west, south, east, north.", member="bbox")


def _check_vertex_count(parts: list[Any]) -> None:
    count = 0
    for part in parts:
        for ring in part if isinstance(part, list) else []:
            count += len(ring) if isinstance(ring, list) else 0
            if count > MAX_VERTICES:
                raise ShapeFault("too_many_vertices", f"An area has at most {MAX_VERTICES} vertices.")


def _part(rings: Any, part: int, box: Box) -> Polygon:
    if not isinstance(rings, list) or not rings:
        raise ShapeFault("empty", "A part of the area is empty.", part=part)
    outer, *holes = [_ring(ring, part, number, box) for number, ring in enumerate(rings)]
    return Polygon(outer, holes)


def _ring(ring: Any, part: int, number: int, box: Box) -> list[tuple[float, float]]:
    if not isinstance(ring, list):
        raise ShapeFault("not_a_ring", "A ring is a list of positions.", part=part, ring=number)
    points = [point(value, box, part=part, ring=number, vertex=vertex) for vertex, value in enumerate(ring)]
    if len(points) < 4:
        raise ShapeFault("too_few_vertices", "A ring has four positions or more.", part=part, ring=number)
    if points[0] != points[-1]:
        raise ShapeFault("not_closed", "A ring ends where it began.", part=part, ring=number)
    return points
