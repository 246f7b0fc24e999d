"""HTTP for grids; their names and borders are public to staff, what is in them is not."""

import shapely
from django.http import HttpResponse
from ninja import Query, Router

from geodata.codes import Level
from geodata.shapes import ShapeFault, point
from gridmap.access import StaffRequest, require, visible
from gridmap.errors import Invalid, Missing
from gridmap.grids.index import current_index, current_version
from gridmap.grids.models import Grid
from gridmap.grids.schemas import Chain, GridOut, GridRef, GridsOut, Labels, OfficerRef
from gridmap.people import coverage
from gridmap.people.officers import officers_of

router = Router()
IMMUTABLE = "private, max-age=31536000, immutable"


@router.get("/grids/current", response=GridsOut)
def current(request: StaffRequest) -> GridsOut:
    """The version in force."""
    require(request.auth, "grids.read")
    version = current_version()
    numbers = {
        level.label: Grid.objects.current().filter(level=level).order_by("-no").values_list("no", flat=True)[0] + 1
        for level in Level
    }
    return GridsOut(
        version=version.number,
        tiles=f"/tiles/grids/{version.number}/{{z}}/{{x}}/{{y}}.mvt",
        bbox=[version.west, version.south, version.east, version.north],
        synthetic=version.synthetic,
        numbers=numbers,
    )


@router.get("/grids/labels/{version}", response=Labels)
def labels(request: StaffRequest, version: int, response: HttpResponse) -> Labels:
    """Where to write the names of townships, villages and groups; never changes within a version.

    Labels are points and not tile polygons: a polygon cut by a tile's edge would be named twice.
    """
    require(request.auth, "grids.read")
    if version != current_version().number:
        raise Missing("request.missing", version=version)
    rows = list(Grid.objects.current().exclude(level=Level.COUNTY).order_by("level", "no"))
    places = shapely.point_on_surface(shapely.from_wkb([bytes(row.geometry.wkb) for row in rows]))
    response["Cache-Control"] = IMMUTABLE
    return Labels(
        code=[row.code for row in rows],
        level=[Level(row.level).label for row in rows],
        no=[row.no for row in rows],
        name=[row.name for row in rows],
        lon=[round(place.x, 5) for place in places],
        lat=[round(place.y, 5) for place in places],
        group_start=[row.group_start for row in rows],
        group_end=[row.group_end for row in rows],
    )


@router.get("/grids/at", response=Chain)
def at(request: StaffRequest, lon: float = Query(...), lat: float = Query(...)) -> Chain:
    """The grids that hold a place."""
    require(request.auth, "grids.read")
    index = current_index()
    try:
        lon, lat = point([lon, lat], index.box)
    except ShapeFault as fault:
        if fault.code == "outside":
            raise Missing("grids.outside", at=[lon, lat]) from fault
        raise Invalid("incident.location_invalid", fault=fault.code, sentence=str(fault)) from fault
    group = Grid.objects.current().groups().get(no=index.at(lon, lat))
    chain = Grid.objects.current().filter(code__in=group.path).order_by("level")
    return Chain(version=index.version, chain=[_ref(grid) for grid in chain.defer("geometry")])


@router.get("/grids/{code}", response=GridOut)
def grid(request: StaffRequest, code: str) -> GridOut:
    """One grid; officers and coverage only within one's area."""
    require(request.auth, "grids.read")
    found = Grid.objects.current().filter(code=code).first()
    if found is None:
        raise Missing("grids.unknown", code=code[:20])
    below = Grid.objects.current().under([code]).filter(level=found.level + 1).order_by("no").defer("geometry")
    mine = visible(Grid.objects.current(), request.auth).filter(pk=found.pk).exists()
    return GridOut(
        code=found.code,
        name=found.name,
        level=Level(found.level).label,
        no=found.no,
        parent=found.parent_code,
        bbox=list(found.geometry.extent),
        children=[_ref(child) for child in below],
        officers=[OfficerRef(name=name, duty=duty) for name, duty in officers_of(found)] if mine else None,
        coverage=coverage.totals(found) if mine else None,
    )


def _ref(grid: Grid) -> GridRef:
    return GridRef(code=grid.code, name=grid.name, level=Level(grid.level).label)
