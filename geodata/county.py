"""The demo county: Longhui's real townships, villages and outline, with made-up polygons below the county.

Real: the 25 townships and 572 villages with their codes, the outline, the townships' seats and boxes (see
``sources/SOURCES.md``). Made up, and marked ``synthetic``: every border below the county, and the villagers' groups.
One seed gives one map, bit for bit.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import geopandas
import numpy
import pyproj
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geodata import borders, coverage
from geodata.codes import Level, level, parent

SOURCES = Path(__file__).parent / "sources"
COUNTY_CODE, COUNTY_NAME = "430524", "隆回县"
METRES = 4546  # CGCS2000 / 3-degree Gauss-Kruger, central meridian 111 E
DECIMALS = 7
GROUPS_WANTED = 8600
MIN_GROUPS, MAX_GROUPS = 4, 36
CELL_M = 240.0

# Seats that the gazetteer knows under another name, or not at all (the county seat 桃洪 became two 街道).
SEATS_BY_HAND = {
    "桃花坪街道": (111.045, 27.118),
    "花门街道": (110.985, 27.105),
    "高平镇": (111.1425, 27.480),
    "罗洪镇": (111.07528, 27.55556),
    "山界回族乡": (111.01944, 27.0775),
}


@cache
def facts(name: str) -> Any:
    """Read one file of ``geodata/sources`` by its name without ``.json``."""
    return json.loads((SOURCES / f"{name}.json").read_text(encoding="utf-8"))


def county(seed: int = 430524, groups: int = GROUPS_WANTED) -> geopandas.GeoDataFrame:
    """Make the demo county.

    Args:
        seed: the same seed makes the same county.
        groups: about how many villagers' groups there shall be.

    Returns:
        A GeoDataFrame in EPSG:4326 with ``code name level parent synthetic geometry``, sorted by code, from the
        county down to the groups. Each level is a valid coverage and tiles the county exactly.
    """
    random = numpy.random.default_rng(seed)
    to_metres = pyproj.Transformer.from_crs(4326, METRES, always_xy=True)
    outline = shapely.transform(outline_degrees(), to_metres.transform, interleaved=False)
    cells = _grid_points(outline, random)
    townships = facts("townships")
    zone = _zones(cells, [township["name"] for township in townships], to_metres)
    codes: list[str] = []
    seeds: list[numpy.ndarray] = []
    shares = _group_counts(random, groups)
    for number, township in enumerate(townships):
        villages = [row["code"] for row in facts("villages") if parent(row["code"]) == township["code"]]
        centre = numpy.array(to_metres.transform(*seat(township["name"])))
        for code, land in zip(villages, _split(cells[zone == number], len(villages), centre, random), strict=True):
            points = _hamlets(land, shares[code], outline, random)
            seeds.append(points)
            codes += [f"{code}{serial:03d}" for serial in range(1, len(points) + 1)]
    polygons = borders.cells(numpy.concatenate(seeds), outline, random)
    return _frame(codes, [_to_degrees(polygon, to_metres) for polygon in polygons])


def outline_degrees() -> BaseGeometry:
    """Give the county's real outline, WGS-84 degrees; its source calls it CGCS2000, which is equal at this scale."""
    collection = json.loads((SOURCES / "outline.geojson").read_text(encoding="utf-8"))
    outline = shape(collection["features"][0]["geometry"])
    return max(outline.geoms, key=lambda part: part.area) if outline.geom_type == "MultiPolygon" else outline


def seat(township: str) -> tuple[float, float]:
    """Give the longitude and latitude of a township's seat, by its name."""
    if township in SEATS_BY_HAND:
        return SEATS_BY_HAND[township]
    stem = township.removesuffix("镇").removesuffix("乡").removesuffix("瑶族")
    for place in facts("geonames_seats"):
        if stem in place["alternatenames"]:
            return place["lon"], place["lat"]
    raise LookupError(f"no seat known for {township}")


def _grid_points(outline: BaseGeometry, random: numpy.random.Generator) -> numpy.ndarray:
    """Scatter one point in each square of a 240 m lattice over the county."""
    west, south, east, north = outline.bounds
    x, y = numpy.meshgrid(numpy.arange(west, east, CELL_M), numpy.arange(south, north, CELL_M))
    points = numpy.column_stack([x.ravel(), y.ravel()]) + random.uniform(0, CELL_M, (x.size, 2))
    return points[shapely.contains_xy(outline.buffer(-30), points[:, 0], points[:, 1])]


def _zones(cells: numpy.ndarray, names: list[str], to_metres: pyproj.Transformer) -> numpy.ndarray:
    """Give every point the township whose box it lies deepest in, by an elliptic distance from the box's middle."""
    distance = numpy.empty((len(names), len(cells)))
    for number, name in enumerate(names):
        box = facts("township_bboxes")["bbox"].get(name)
        centre = numpy.array(to_metres.transform(*seat(name)))
        half = numpy.array([5200.0, 5600.0])
        if box:
            low, high = numpy.array(to_metres.transform(*box[:2])), numpy.array(to_metres.transform(*box[2:]))
            half = numpy.clip((high - low) / 2, 4200, None)
            centre = (low + high) / 2
        distance[number] = (((cells - centre) / half) ** 2).sum(axis=1) - 0.25 * half.prod() / 3e7
    zone = distance.argmin(axis=0)
    return _whole(cells, zone, len(names))


def _whole(cells: numpy.ndarray, zone: numpy.ndarray, count: int) -> numpy.ndarray:
    """Give the detached bits of each zone to what surrounds them, so that a township is one piece."""
    triangles = shapely.get_parts(shapely.delaunay_triangles(shapely.MultiPoint(cells), only_edges=True))
    ends = shapely.get_coordinates(triangles).reshape(-1, 2, 2)
    near = numpy.hypot(*(ends[:, 0] - ends[:, 1]).T) < 3 * CELL_M
    lookup = {tuple(point): i for i, point in enumerate(cells)}
    neighbours: list[list[int]] = [[] for _ in cells]
    for a, b in ends[near]:
        i, j = lookup[tuple(a)], lookup[tuple(b)]
        neighbours[i].append(j)
        neighbours[j].append(i)
    kept = numpy.zeros(len(cells), dtype=bool)
    for number in range(count):
        kept[_largest_piece(numpy.flatnonzero(zone == number), zone, neighbours)] = True
    while not kept.all():
        for i in numpy.flatnonzero(~kept).tolist():
            settled = [j for j in sorted(neighbours[i]) if kept[j]]
            if settled or not neighbours[i]:
                zone[i] = zone[settled[0]] if settled else zone[i]
                kept[i] = True
    return zone


def _largest_piece(members: numpy.ndarray, zone: numpy.ndarray, neighbours: list[list[int]]) -> list[int]:
    unseen: set[int] = set(members.tolist())
    best: list[int] = []
    for start in members.tolist():
        if start not in unseen:
            continue
        piece: list[int] = []
        stack = [start]
        unseen.discard(start)
        while stack:
            i = stack.pop()
            piece.append(i)
            for j in neighbours[i]:
                if j in unseen:
                    unseen.discard(j)
                    stack.append(j)
        best = piece if len(piece) > len(best) else best
    return best


def _group_counts(random: numpy.random.Generator, wanted: int) -> dict[str, int]:
    """Draw how many groups each village has: skewed, 4 to 36, about ``wanted`` in all."""
    codes = [row["code"] for row in facts("villages")]
    draws = random.lognormal(0.0, 0.42, len(codes))
    counts = numpy.clip(numpy.round(draws * wanted / draws.sum()), MIN_GROUPS, MAX_GROUPS)
    return {code: int(count) for code, count in zip(codes, counts, strict=True)}


def _split(
    points: numpy.ndarray, pieces: int, centre: numpy.ndarray, random: numpy.random.Generator
) -> list[numpy.ndarray]:
    """Divide a township's land among its villages: smaller ones near the seat, larger ones in the hills."""
    density = 0.25 + 3.0 * numpy.exp(-((numpy.hypot(*(points - centre).T) / 1700) ** 2)) + random.exponential(0.25)
    middles = _cluster(points, pieces, density, 9, random)
    owner = _nearest(points, middles)
    return [points[owner == number] for number in range(pieces)]


def _hamlets(
    land: numpy.ndarray, count: int, outline: BaseGeometry, random: numpy.random.Generator
) -> numpy.ndarray:
    """Place a village's groups: crowded around one or two cores, thin towards the edges."""
    copies = max(3, int(numpy.ceil(count * 24 / len(land))))
    points = numpy.repeat(land, copies, axis=0) + random.uniform(-CELL_M / 2, CELL_M / 2, (len(land) * copies, 2))
    points = points[shapely.contains_xy(outline, points[:, 0] + 2, points[:, 1] + 2)]
    cores = land[random.integers(0, len(land), 2)]
    reach = max(250.0, float(numpy.ptp(land, axis=0).mean()) / 3)
    spread = numpy.minimum(*(numpy.hypot(*(points - core).T) for core in cores))
    density = 0.12 + numpy.exp(-((spread / reach) ** 2))
    middles = _cluster(points, count, density, 3, random)
    return points[_nearest_member(points, middles)] + 2.0


def _cluster(
    points: numpy.ndarray, count: int, weight: numpy.ndarray, rounds: int, random: numpy.random.Generator
) -> numpy.ndarray:
    """Even out drawn centres by a few weighted Lloyd rounds; few, so that sizes stay uneven."""
    middles = points[random.choice(len(points), count, replace=False, p=weight / weight.sum())].astype(float)
    for _ in range(rounds):
        owner = _nearest(points, middles)
        mass = numpy.bincount(owner, weight, count)
        for axis in (0, 1):
            moved = numpy.bincount(owner, weight * points[:, axis], count) / numpy.maximum(mass, 1e-9)
            middles[:, axis] = numpy.where(mass > 0, moved, middles[:, axis])
    return middles


def _nearest(points: numpy.ndarray, middles: numpy.ndarray) -> numpy.ndarray:
    return shapely.STRtree(shapely.points(middles)).nearest(shapely.points(points))


def _nearest_member(points: numpy.ndarray, middles: numpy.ndarray) -> numpy.ndarray:
    """Give for each centre the nearest point of the land, each point once: a centre may lie off a bent village."""
    taken: list[int] = []
    for middle in middles:
        order = numpy.argsort(numpy.hypot(*(points - middle).T))
        taken.append(next(int(i) for i in order if int(i) not in taken))
    return numpy.array(taken)


def _to_degrees(polygon: BaseGeometry, to_metres: pyproj.Transformer) -> BaseGeometry:
    def backwards(x: numpy.ndarray, y: numpy.ndarray) -> numpy.ndarray:
        degrees = to_metres.transform(x, y, direction="INVERSE")
        return numpy.round(numpy.array(degrees), DECIMALS)

    return shapely.transform(polygon, backwards, interleaved=False)


def _frame(codes: list[str], polygons: list[BaseGeometry]) -> geopandas.GeoDataFrame:
    """Dissolve the groups upwards and put all levels into one table."""
    names = {row["code"]: row["name"] for row in [*facts("townships"), *facts("villages")]} | {COUNTY_CODE: COUNTY_NAME}
    names |= {code: f"{int(code[-3:])}组" for code in codes}
    shapes = dict(zip(codes, polygons, strict=True))
    tier = shapes
    while level(next(iter(tier))) != Level.COUNTY:
        tier = coverage.dissolve(list(tier.values()), [code[:-3] for code in tier])
        shapes |= tier
    ordered = sorted(shapes)
    columns = {
        "code": ordered,
        "name": [names[code] for code in ordered],
        "level": [int(level(code)) for code in ordered],
        "parent": [parent(code) for code in ordered],
        "synthetic": True,
    }
    return geopandas.GeoDataFrame(columns, geometry=[shapes[code] for code in ordered], crs=4326)
