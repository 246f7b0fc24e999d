"""From what a person drew, picked or saved to group numbers and a shape; an empty or broken area is an error, never "everyone"."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy
import shapely
from shapely.geometry import MultiPolygon

from geodata import shapes
from geodata.codes import Level
from gridmap.broadcasts.geofences import recipe_of
from gridmap.broadcasts.schemas import SelectionIn
from gridmap.errors import Invalid
from gridmap.grids.index import GroupIndex, current_index
from gridmap.grids.models import Grid
from gridmap.grids.ranges import merged, runs
from gridmap.tags.carried import carried
from gridmap.tags.wanted import NOBODY_LEFT_OUT, Carried

MAX_CODES = 9000
HAND = 1e-6  # degrees: a hand's breadth, 0.11 m
# What is kept as it was meant, and built here: the members of each recipe, in the order in which its builder takes them.
RECIPES: dict[str, tuple[tuple[str, ...], Callable[[Any, Any, shapes.Box], MultiPolygon]]] = {
    "circle": (("center", "radius_m"), shapes.circle), "corridor": (("line", "width_m"), shapes.corridor),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A checked selection.

    Attributes:
        recipe: what to keep of the selection's area: rebuilt from what was checked, so that nothing else rides along.
        shape: the drawn shape, WGS-84 degrees, None where grids were picked.
        inside: the groups that count whole, as half-open ranges.
        cut: the groups that the border cuts or touches.
        touched: all of them, sorted.
        index: the groups that it was checked against.
        picked: the grids that were picked, by code.
        exclude: what to keep of what was taken out of it.
        left_out: the grids that were taken out of picked grids.
        tags: whom of them it means.
        basis: ``home``, or ``last_place``: also who is there now by the place that their phone shared.
    """

    recipe: dict[str, Any]
    shape: MultiPolygon | None
    inside: tuple[tuple[int, int], ...]
    cut: tuple[int, ...]
    touched: tuple[int, ...]
    index: GroupIndex
    picked: tuple[str, ...] = ()
    exclude: dict[str, Any] | None = None
    left_out: tuple[str, ...] = ()
    tags: Carried = NOBODY_LEFT_OUT
    basis: str = "home"

    @property
    def question(self) -> str:
        """Give who is meant and where, in words for in_tens: by the groups that it comes to, so that a corner moved by a hair or tags
        in another order are no new question."""
        return repr((sorted(self.inside), sorted(self.cut), self.tags.any_of, self.tags.none_of, self.basis))

    @property
    def by_groups(self) -> "Place":
        """Give the same with every group that its border touches taken whole: of whom sensitive tags mean, a border that moves through
        a group house by house would find the door behind which somebody carries them."""
        return replace(self, shape=None, inside=runs(self.touched), cut=(), picked=(), left_out=())

    @property
    def by_place(self) -> bool:
        """Say whether who is there now is meant too, as Broadcast.by_place does of one that was drafted."""
        return self.basis == "last_place"

    @property
    def drawn(self) -> bool:
        """Say whether people in ``cut`` are tested by their place; whole grids never are (a unioned border is not
        bit-identical to its members': of one township's 315 groups only 253 tested inside)."""
        return self.shape is not None

    @cached_property
    def area(self) -> MultiPolygon:
        """The outline, for the map and the record; of picked grids it is joined only when somebody wants it."""
        if self.shape is not None:
            return self.shape
        outline = _outline(self.picked)
        return shapes.without(outline, _outline(self.left_out)) if self.left_out else outline


def resolve(selection: SelectionIn, kind: str | None) -> Place:
    """Check a selection and find the groups it touches.

    Raises:
        Invalid: ``broadcast.area_invalid`` with the fault and its place, ``broadcast.grids_empty``, an unknown
            grid, geofence or tag, the whole county drawn or picked as a grid, or tags on a danger notice.
    """
    if selection.tags is not None and kind == "danger_notice":
        raise Invalid("broadcast.tags_refused", field="tags")
    place = where(selection.area or {}, selection.exclude)
    return replace(place, tags=carried(selection.tags), basis=selection.basis)


def where(area: dict[str, Any], exclude: dict[str, Any] | None, *, county: bool = True) -> Place:
    """Check an area, and what is taken out of it, and find the groups it touches.

    Args:
        area: as ``SelectionIn`` describes it.
        exclude: likewise, or None.
        county: whether it can be the whole county.

    Raises:
        Invalid: as in :func:`resolve`.
    """
    if area.get("type") == "geofence":
        area, less = recipe_of(area, "area")
        if less and exclude is not None:
            raise Invalid("geofence.has_hole", field="exclude")
        exclude = less if exclude is None else exclude
    if exclude is not None and exclude.get("type") == "geofence":
        exclude, less = recipe_of(exclude, "exclude")
        if less:
            raise Invalid("geofence.has_hole", field="exclude.id")
    place = _checked(area, "area", county=county)
    return place if exclude is None else _without(place, _checked(exclude, "exclude", county=False))


def _checked(area: dict[str, Any], field: str, *, county: bool) -> Place:
    index = current_index()
    try:
        if area.get("type") == "grids":
            return _grids(area, index)
        if area.get("type") == "county" and county:
            return _county(area, index)
        return _drawn(area, index)
    except shapes.ShapeFault as fault:
        raise Invalid("broadcast.area_invalid", field=field, fault=fault.code, sentence=str(fault), **fault.where) from fault


def _without(place: Place, hole: Place) -> Place:
    """Take one area out of another. Who is known only by a group stays unless the whole group is taken out: better one
    family warned too many than one too few."""
    gone, cut = set(hole.index.within(hole.inside).tolist()), set(hole.cut)
    was_whole, was_cut = set(place.index.within(place.inside).tolist()), set(place.cut)
    inside = runs(sorted(was_whole - gone - cut))
    tested = tuple(sorted((was_cut - gone) | (was_whole & cut)))
    touched = tuple(sorted((was_whole | was_cut) - gone))
    try:
        if not touched:
            raise shapes.ShapeFault("nothing_left", "Nothing of the area is left.")
        shape = None
        if place.shape is not None or hole.shape is not None:
            # Borders in common are not bit-identical: a grid's outline gives way by a hand's breadth, so that nobody beside it is lost.
            outer = place.shape or place.area.buffer(HAND)
            shape = shapes.without(outer, hole.shape or hole.area.buffer(-HAND))
    except shapes.ShapeFault as fault:
        raise Invalid("broadcast.area_invalid", field="exclude", fault=fault.code, sentence=str(fault), **fault.where) from fault
    left_out = hole.picked if shape is None else ()
    return replace(place, shape=shape, inside=inside, cut=tested, touched=touched, exclude=hole.recipe, left_out=left_out)


def _outline(codes: tuple[str, ...]) -> MultiPolygon:
    borders = Grid.objects.current().filter(code__in=codes).values_list("geometry", flat=True)
    outline = shapely.union_all(shapely.from_wkb([bytes(border.wkb) for border in borders]), grid_size=1e-7)
    return MultiPolygon([outline] if outline.geom_type == "Polygon" else list(outline.geoms))


def _drawn(area: dict[str, Any], index: GroupIndex) -> Place:
    kind = area.get("type")
    if isinstance(kind, str) and kind in RECIPES:
        members, build = RECIPES[kind]
        unknown = sorted(set(area) - {"type", *members})
        if unknown:
            raise shapes.ShapeFault("unknown_member", f"A {kind} has no member {unknown[0]!r}.", member=unknown[0])
        shape = build(area.get(members[0]), area.get(members[1]), index.box)
    else:
        shape = shapes.polygon(area, index.box)
        members = ("coordinates",)
    members = ("type", *members)
    recipe = {member: area[member] for member in members}
    whole, cut = index.classify(shape)
    if len(whole) + len(cut) == 0:
        raise shapes.ShapeFault("outside", "The area touches no group of the county.")
    touched = numpy.sort(numpy.concatenate([whole, cut]))
    _refuse_county(touched, index)
    return Place(recipe, shape, runs(map(int, whole)), tuple(map(int, cut)), tuple(map(int, touched)), index)


def _grids(area: dict[str, Any], index: GroupIndex) -> Place:
    codes = area.get("codes")
    if set(area) - {"type", "codes"} or not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise Invalid("broadcast.selection_invalid", field="area.codes")
    if not codes:
        raise Invalid("broadcast.grids_empty", field="area.codes")
    if len(codes) > MAX_CODES:
        raise Invalid("broadcast.selection_invalid", field="area.codes", most=MAX_CODES)
    for position, code in enumerate(codes):
        if code not in index.spans:
            raise Invalid("grids.unknown", code=code[:20], position=position)
        if index.spans[code][0] == Level.COUNTY:
            raise Invalid("broadcast.county_refused", code=code)
    ranges = merged(index.spans[code][1:] for code in codes)
    numbers = index.within(ranges)
    _refuse_county(numbers, index)
    return Place({"type": "grids", "codes": codes}, None, ranges, (), tuple(map(int, numbers)), index, picked=tuple(codes))


def _county(area: dict[str, Any], index: GroupIndex) -> Place:
    """The whole county, by an act of its own: its name is written out, so that nobody does it by a slip."""
    county = Grid.objects.current().county()
    said = area.get("confirm")
    if set(area) - {"type", "confirm"} or not isinstance(said, str) or said.strip() != county.name:
        raise Invalid("broadcast.county_confirm", field="area.confirm", name=county.name)
    recipe = {"type": "county", "confirm": county.name}
    ranges = ((county.group_start, county.group_end),)
    return Place(recipe, None, ranges, (), tuple(map(int, index.numbers)), index, picked=(county.code,))


def _refuse_county(touched: numpy.ndarray, index: GroupIndex) -> None:
    """The whole county is a separate act with a confirmation of its own, and is never what somebody drew or picked."""
    if len(touched) == len(index.numbers):
        raise Invalid("broadcast.county_refused", code=index.codes[0][:6])
