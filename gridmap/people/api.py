"""HTTP for staff sessions, coverage and residents."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import Query, Router, Status

from geodata.codes import Level
from gridmap.access import Scope, StaffRequest, require, scope_of, visible
from gridmap.edge.reads import online_in
from gridmap.errors import Invalid, Missing, Unknown
from gridmap.grids.index import current_version
from gridmap.grids.models import Grid
from gridmap.idempotency.once import once
from gridmap.origin import require_same_origin
from gridmap.people import actions, coverage, days, doors, presence
from gridmap.people.accounts_schemas import ProofIn, SessionOut, SignIn, UserOut, WallSignIn
from gridmap.people.found import found
from gridmap.people.models import Resident, ResidentQuerySet, UncoveredGroup
from gridmap.people.reads import shown
from gridmap.people.schemas import (
    CoverageChild,
    CoverageOut,
    Days,
    Doors,
    PresenceIn,
    ResidentOut,
    Residents,
    RevealIn,
    RevealOut,
    SearchIn,
    Uncovered,
    Unreached,
)
from gridmap.people.second_factor import enrolling
from gridmap.people.sessions import prove, sign_in, sign_in_wall, sign_out
from gridmap.register.actions import add_resident
from gridmap.register.schemas import AddIn

router = Router()
PAGE = 50


@router.post("/session", response=SessionOut, auth=None)
def begin(request: HttpRequest, body: SignIn) -> SessionOut:
    """Sign in."""
    require_same_origin(request)
    user = sign_in(request, username=body.username, password=body.password, otp=body.otp)
    return _session(request, scope_of(user))


@router.post("/session/wall", response=SessionOut, auth=None)
def begin_wall(request: HttpRequest, body: WallSignIn) -> SessionOut:
    """Sign a wall screen in."""
    require_same_origin(request)
    user = sign_in_wall(request, body.token)
    if user is None:
        raise Unknown("session.wall")
    return _session(request, scope_of(user))


@router.post("/session/prove", response={204: None})
def prove_session(request: StaffRequest, body: ProofIn) -> Status[None]:
    """Give the password and the second factor once more."""
    prove(request, request.auth.user, password=body.password, otp=body.otp)
    return Status(204, None)


@router.get("/session", response=SessionOut)
def current(request: StaffRequest) -> SessionOut:
    """Who is signed in."""
    return _session(request, request.auth)


@router.delete("/session", response={204: None})
def end(request: StaffRequest) -> Status[None]:
    """Sign out."""
    sign_out(request)
    return Status(204, None)


@router.get("/coverage/values", response={200: bytes}, openapi_extra={"description": "One byte a grid by number."})
def values(request: StaffRequest, level: str = "group") -> HttpResponse:
    """Live coverage as bytes by number: 0 to 200 in half percents, 255 no data."""
    require(request.auth, "coverage.read")
    if level not in {tier.label for tier in Level}:
        raise Missing("request.missing", level=level)
    body = coverage.values(Level[level.upper()], request.auth.ranges)
    answer = HttpResponse(body, content_type="application/octet-stream")
    answer["X-Version"] = str(current_version().number)
    answer["Cache-Control"] = "no-store"
    return answer


@router.get("/coverage/uncovered", response=Uncovered)
def uncovered(request: StaffRequest) -> Uncovered:
    """The groups of one's area that nobody answers for."""
    require(request.auth, "coverage.read")
    return Uncovered(groups=list(visible(UncoveredGroup.objects.order_by("no"), request.auth).values_list("no", flat=True)))


@router.get("/coverage/{code}", response=CoverageOut)
def of_grid(request: StaffRequest, code: str) -> CoverageOut:
    """Coverage of a grid and of the grids below it."""
    grid = _grid(request.auth, code, "coverage.read")
    children = [
        CoverageChild(code=code, name=name, **{column: sums[column] for column in COLUMNS})
        for code, name, sums in coverage.below(grid)
    ]
    online = online_in(grid.group_start, grid.group_end)
    return CoverageOut(**coverage.totals(grid), online=online, children=children)


COLUMNS = ("registered", "away", "connected")


@router.get("/coverage/{code}/days", response=Days)
def by_day(request: StaffRequest, code: str, most: int = Query(90, ge=1, le=1100)) -> Days:
    """Coverage of a grid by day."""
    items = days.days(_grid(request.auth, code, "coverage.read"), most)
    return Days(items=items, total=len(items))


@router.get("/coverage/{code}/unreached", response=Unreached)
def unreached(request: StaffRequest, code: str, most: int = Query(10, ge=1, le=50)) -> Unreached:
    """The groups of a grid where going there would raise coverage most."""
    items = days.unreached(_grid(request.auth, code, "coverage.read"), most)
    return Unreached(items=items, total=len(items))


@router.get("/coverage/{code}/missed", response=Residents)
def missed(request: StaffRequest, code: str, page: int = Query(1, ge=1, le=100_000), on_file: bool = False) -> Residents:
    """The people of a grid whom nobody reaches, masked; or of them those who stand on an officer's file already."""
    grid = _grid(request.auth, code, "people.read")
    people = visible(Resident.objects.all(), request.auth).within([(grid.group_start, grid.group_end)]).missed()
    counted = coverage.totals(grid)
    if on_file:
        people = people.filter(on_file=True)
    total = people.count() if on_file else counted["registered"] - counted["connected"]
    shown_page = _page(people, page, total=total)
    actions.note_reading("people.missed", actor=request.auth, about=(grid.group_start, grid.group_end), page=page)
    return shown_page


@router.get("/coverage/{code}/households", response=Doors)
def households(request: StaffRequest, code: str) -> Doors:
    """The households of a group, the least reached first."""
    grid = _grid(request.auth, code, "people.read")
    if grid.level != Level.GROUP:
        raise Invalid("coverage.only_groups", field="code")
    items = doors.doors(grid, request.auth)
    actions.note_reading("people.list", actor=request.auth, about=(grid.group_start, grid.group_end))
    return Doors(items=items, total=len(items), reached=sum(door.reached for door in items))


@router.get("/residents", response=Residents)
def residents(request: StaffRequest, under: str, page: int = Query(1, ge=1, le=100_000)) -> Residents:
    """The residents of a grid, masked."""
    grid = _grid(request.auth, under, "people.read")
    people = visible(Resident.objects.all(), request.auth).within([(grid.group_start, grid.group_end)])
    shown_page = _page(people, page, total=coverage.totals(grid)["registered"])
    actions.note_reading("people.list", actor=request.auth, about=(grid.group_start, grid.group_end), page=page)
    return shown_page


@router.post("/residents", response={201: ResidentOut})
@once
def add(request: StaffRequest, body: AddIn) -> Status[ResidentOut]:
    """Somebody new. Here and not with the rest of the register's routes: one address is one router's."""
    return Status(201, shown(add_resident(body, actor=request.auth)))


@router.get("/residents/{uuid:id}", response=ResidentOut)
def resident(request: StaffRequest, id: UUID) -> ResidentOut:
    """One resident, masked."""
    person = found(id, request.auth)
    require(request.auth, "people.read", no=person.no)
    actions.note_reading("people.read", actor=request.auth, about=(person.no, person.no + 1), subject=id)
    return shown(person)


@router.get("/residents/{uuid:id}/household", response=Residents)
def household(request: StaffRequest, id: UUID) -> Residents:
    """Who lives with a resident, themselves first, masked."""
    one = found(id, request.auth)
    require(request.auth, "people.read", no=one.no)
    home = visible(Resident.objects.filter(household=one.household_id), request.auth).select_related("group").defer("group__geometry")
    items = sorted((shown(row) for row in home), key=lambda row: (row.id != id, row.birth_year or 0))
    actions.note_reading("people.household", actor=request.auth, about=(one.no, one.no + 1), subject=id)
    return Residents(items=items, total=len(items))


@router.post("/residents/{uuid:id}/presence", response=ResidentOut)
def set_presence(request: StaffRequest, id: UUID, body: PresenceIn) -> ResidentOut:
    """Note where a resident is, as of today."""
    return shown(presence.set_presence(id, body, actor=request.auth))


@router.post("/residents/search", response=Residents)
def search(request: StaffRequest, body: SearchIn) -> Residents:
    """Residents of one's grids by a whole phone or name, masked; no phone stands in an address, and so in no log."""
    hits = actions.search_residents(body, actor=request.auth)
    return Residents(items=[shown(person) for person in hits], total=len(hits))


@router.post("/residents/{uuid:id}/reveal", response=RevealOut)
def reveal(request: StaffRequest, id: UUID, body: RevealIn) -> RevealOut:
    """One field of one resident in clear, recorded with the reason."""
    return RevealOut(field=body.field, value=actions.reveal_field(id, body, actor=request.auth))


def _page(people: ResidentQuerySet, page: int, *, total: int) -> Residents:
    """Give a page; the total comes from the counters, since counting a county's register took 90 ms."""
    rows = people.select_related("group").defer("group__geometry").order_by("no", "household_id", "id")
    first = (page - 1) * PAGE
    return Residents(items=[shown(row) for row in rows[first : first + PAGE]], total=total)


def _grid(scope: Scope, code: str, action: str) -> Grid:
    """Find a grid that lies whole in one's area."""
    grid = visible(Grid.objects.current(), scope).defer("geometry").filter(code=code).first()
    if grid is None:
        raise Missing("request.missing")
    require(scope, action, ranges=[(grid.group_start, grid.group_end)])
    return grid


def _session(request: HttpRequest, scope: Scope) -> SessionOut:
    user = UserOut(id=scope.user.pk, name=scope.user.name, role=scope.user.role, grids=list(scope.codes))
    return SessionOut(user=user, csrf=get_token(request), demo=settings.DEMO, enrol=enrolling(scope.user))
