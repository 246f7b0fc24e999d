"""Made-up borders between seeds: a Voronoi diagram whose straight edges are replaced by wandering ones.

Every edge wanders inside the kite of its two seeds and its two ends. Kites do not overlap, so edges cannot cross
and the result is a polygon coverage by construction.
"""

import numpy
import shapely
from shapely.geometry import LineString, MultiPoint
from shapely.geometry.base import BaseGeometry

GRID_M = 0.2  # coordinates noded on this grid survive rounding to 5, 6 and 7 decimals of a degree
STEP_M = 110.0
MAX_STEPS = 12
SWING = 0.13  # how far an edge may leave its straight line, as a share of its length


def cells(seeds: numpy.ndarray, outline: BaseGeometry, random: numpy.random.Generator) -> list[BaseGeometry]:
    """Divide an outline into one area a seed, with borders that wander.

    Args:
        seeds: points as an array of shape (n, 2), in metres of a projected CRS, all distinct.
        outline: the polygon to divide, in the same CRS.
        random: where the wandering comes from.

    Returns:
        One polygon a seed, in the seeds' order; together they tile the outline on a 0.2 m grid.
    """
    frame = outline.buffer(5000).envelope
    voronoi = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(seeds), extend_to=frame, ordered=True))
    lines = [_wander(a, b, seeds[list(sides)], random) for (a, b), sides in _edges(voronoi)]
    shapely.prepare(outline)
    crossing = [line for line in lines if outline.intersects(line)]
    network = shapely.union_all([*crossing, outline.boundary], grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize([network]))
    inside = shapely.contains(shapely.buffer(outline, GRID_M), shapely.point_on_surface(faces))
    return _gather(faces[inside], seeds)


def _edges(voronoi: numpy.ndarray) -> list[tuple[tuple, list[int]]]:
    """Give every edge of the diagram once, with the cells on its two sides, in a stable order."""
    sides: dict[tuple, list[int]] = {}
    coordinates, index = shapely.get_coordinates(voronoi, return_index=True)
    rounded = [tuple(pair) for pair in numpy.round(coordinates, 3)]
    for i in range(len(rounded) - 1):
        if index[i] == index[i + 1] and rounded[i] != rounded[i + 1]:
            key = (rounded[i], rounded[i + 1]) if rounded[i] < rounded[i + 1] else (rounded[i + 1], rounded[i])
            sides.setdefault(key, []).append(int(index[i]))
    return sorted(sides.items())


def _wander(a: tuple, b: tuple, seeds: numpy.ndarray, random: numpy.random.Generator) -> LineString:
    """Replace the edge a-b by a line that stays inside the triangles it makes with its seeds."""
    start, along = numpy.array(a), numpy.array(b) - numpy.array(a)
    length = float(numpy.hypot(*along))
    steps = int(min(length // STEP_M, MAX_STEPS))
    if steps < 2 or len(seeds) < 2:
        return LineString([a, b])
    t = numpy.linspace(0, 1, steps + 1)[1:-1]
    t = t + random.uniform(-0.25, 0.25, len(t)) / steps
    room = numpy.minimum(*(_height(start, along, length, seed, t) for seed in seeds))
    waves = sum(random.normal() * numpy.sin(numpy.pi * k * t) / k**1.1 for k in range(1, 6))
    swing = numpy.clip(waves * SWING * length, -0.8 * room, 0.8 * room)
    normal = numpy.array([-along[1], along[0]]) / length
    middle = start + t[:, None] * along + swing[:, None] * normal
    return LineString([a, *middle, b])


def _height(
    start: numpy.ndarray, along: numpy.ndarray, length: float, seed: numpy.ndarray, t: numpy.ndarray
) -> numpy.ndarray:
    """Give how far the triangle edge-seed reaches above the edge at each t (0 at one end, 1 at the other)."""
    to_seed = seed - start
    foot = float(numpy.dot(to_seed, along)) / length**2
    height = abs(float(along[0] * to_seed[1] - along[1] * to_seed[0])) / length
    left = t / foot if foot > 0 else numpy.full_like(t, numpy.inf)
    right = (1 - t) / (1 - foot) if foot < 1 else numpy.full_like(t, numpy.inf)
    return height * numpy.minimum(left, right)


def _gather(faces: numpy.ndarray, seeds: numpy.ndarray) -> list[BaseGeometry]:
    """Give each face to the seed in it; a face that the outline cut off goes to the longest-bordering neighbour."""
    tree = shapely.STRtree(faces)
    points, homes = tree.query(shapely.points(seeds), predicate="intersects")
    owner = numpy.full(len(faces), -1)
    owner[homes] = points
    for orphan in numpy.flatnonzero(owner < 0):
        near = [int(i) for i in sorted(tree.query(faces[orphan], predicate="touches")) if owner[i] >= 0]
        borders = shapely.length(shapely.intersection(faces[near], faces[orphan]))
        owner[orphan] = owner[near[int(numpy.argmax(borders))]]
    parts: list[list[BaseGeometry]] = [[] for _ in seeds]
    for face, seed in zip(faces, owner, strict=True):
        parts[seed].append(face)
    return [shapely.coverage_union_all(part) if len(part) > 1 else part[0] for part in parts]
