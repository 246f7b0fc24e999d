"""What people and coverage look like on the wire; names and phones only masked."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from gridmap.fields import FullName, Line, Moment, Reason
from gridmap.phones import Phone

# The columns of the rows in coverage.changed and in the snapshot's coverage, by group number.
COVERAGE = ("registered", "away", "joined", "connected", "households", "households_connected")


class SignIn(Schema):
    """A user name, a password, and the second factor's code where there is one."""

    username: str
    password: str
    otp: str | None = None


class UserOut(Schema):
    """Who is signed in."""

    id: UUID
    name: str
    role: str
    grids: list[str]


class SessionOut(Schema):
    """The session, and the token that unsafe calls send back as X-CSRFToken."""

    user: UserOut
    csrf: str
    demo: bool
    enrol: bool


class CoverageChild(Schema):
    """Coverage of one grid below."""

    code: str
    name: str
    registered: int
    away: int
    connected: int


class CoverageOut(Schema):
    """Coverage of a grid: connected of registered, and everything beside it."""

    registered: int
    away: int
    joined: int
    connected: int
    online: int
    households: int
    households_connected: int
    children: list[CoverageChild]


class DayOut(Schema):
    """Coverage of a grid at the end of a day."""

    day: date
    registered: int
    away: int
    connected: int
    households: int
    households_connected: int


class Days(Schema):
    """Coverage by day, the oldest first."""

    items: list[DayOut]
    total: int


class UnreachedOut(Schema):
    """A group with people and households that nobody reaches."""

    code: str
    name: str
    village: str
    residents: int
    households: int
    away: int


class Unreached(Schema):
    """The groups with most of them."""

    items: list[UnreachedOut]
    total: int


class ResidentOut(Schema):
    """A resident, masked."""

    id: UUID
    name: str
    phone: str | None
    group: str
    code: str
    no: int
    location: list[float] | None
    presence: str
    presence_on: date | None
    joined: bool
    connected: bool
    heard_for: bool
    on_file: bool
    birth_year: int | None


class Residents(Schema):
    """A page of residents."""

    items: list[ResidentOut]
    total: int


class Uncovered(Schema):
    """The groups that nobody answers for, by number."""

    groups: list[int]


class RevealIn(Schema):
    """Which field of a resident is to be shown in clear, and why; both are kept."""

    field: Literal["name", "phone", "address"]
    reason: Reason


class RevealOut(Schema):
    """The field in clear."""

    field: str
    value: str


class SearchIn(Schema):
    """A whole phone or a whole name; parts of either find nothing."""

    phone: Phone | None = None
    name: FullName | None = None


class CodeIn(Schema):
    """A QR code that is wanted: of the door of a resident's household, of the officer in a grid, or of a grid."""

    kind: Literal["door", "officer", "grid"]
    grid: str | None = None
    resident: UUID | None = None


class CodeOut(Schema):
    """A QR code: its address, and the picture as an SVG data URI."""

    id: UUID
    kind: str
    grid: str
    place: str
    officer_name: str
    url: str
    picture: str
    expires_at: datetime | None


class Codes(Schema):
    """The QR codes of one's grids that hang on walls."""

    items: list[CodeOut]
    total: int


class CandidateOut(Schema):
    """A resident whom a request to join may come from, and why."""

    resident: ResidentOut
    same_phone: bool
    same_name: bool


class JoinOut(Schema):
    """A phone that waits to be let in; masked like the register."""

    id: UUID
    at: datetime
    name: str
    phone: str
    grid: str
    door: bool
    pairing: str
    candidates: list[CandidateOut]


class Joins(Schema):
    """Whoever waits in one's grids."""

    items: list[JoinOut]
    total: int


class ConfirmIn(Schema):
    """As whose phone it is let in."""

    resident: UUID


class Load(Schema):
    """What somebody answers for as primary: grids as assigned, and the households, residents and area in them."""

    grids: int
    households: int
    residents: int
    area_km2: float


class OfficerOut(Schema):
    """An officer with what they answer for now."""

    id: UUID
    name: str
    role: str | None
    station: str
    on_duty_since: datetime | None
    load: Load


class Officers(Schema):
    """A page of officers."""

    items: list[OfficerOut]
    total: int


class AssignmentOut(Schema):
    """An assignment that holds or is planned."""

    id: int
    officer: UUID
    name: str
    grid: str
    duty: str
    since: datetime
    until: datetime | None


class Assignments(Schema):
    """Who answers for a grid itself, now and later."""

    items: list[AssignmentOut]
    total: int


class AssignPreviewIn(Schema):
    """Grids that are picked, and the officer who might get them."""

    grids: list[str] = Field(max_length=500)
    officer: UUID | None = None


class PickedGrid(Schema):
    """A picked grid and its primary now."""

    code: str
    place: str
    primary: str | None
    officer: UUID | None


class AssignPreview(Schema):
    """The picked grids, their load, and the officer's load before and after."""

    grids: list[PickedGrid]
    picked: Load
    before: Load | None
    after: Load | None


class AssignIn(Schema):
    """Have an officer answer for grids, from now or from a moment on."""

    officer: UUID
    grids: list[str] = Field(max_length=500)
    duty: Literal["primary", "deputy"] = "primary"
    since: Moment | None = None


class EndIn(Schema):
    """End now, or at a moment."""

    at: Moment | None = None


class HandoverIn(Schema):
    """Hand everything of one officer to another, now or at a moment."""

    giver: UUID
    taker: UUID
    at: Moment | None = None


class HandoverOut(Schema):
    """A handover, with the list that its taker signs."""

    id: UUID
    giver: str
    taker: str
    at: datetime
    signed_at: datetime | None
    grids: list[str]
    residents: int
    households: int
    open_incidents: int
    waiting_joins: int
    codes: int


class Handovers(Schema):
    """The handovers that one takes."""

    items: list[HandoverOut]
    total: int


class PresenceIn(Schema):
    """Where somebody is, as of today."""

    presence: Literal["here", "away", "unknown"]


class EnrolStart(Schema):
    """What to scan; null for a role without a second factor."""

    secret: str | None
    picture: str | None


class EnrolIn(Schema):
    """One's own password, and a code that shows that the authenticator works."""

    password: str = Field(max_length=200)
    otp: str | None = None


class AccountIn(Schema):
    """A sign-in for somebody: where they work at a desk or a wall, the grid over which they hold their role."""

    username: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,39}$")]
    name: FullName
    role: Literal["commander", "planner", "auditor", "wall", "township_head", "officer", "auxiliary"]
    grid: str | None = None
    station: Annotated[Line, Field(max_length=80)] = ""


class DutyIn(Schema):
    """Whether one is on duty."""

    on: bool


class DutyOut(Schema):
    """Since when one is on duty; null when not, or for whoever is no officer."""

    since: datetime | None


class AccountOut(Schema):
    """A sign-in; the first password is said once."""

    id: UUID
    username: str
    name: str
    role: str
    active: bool
    enrolled: bool
    first_password: str | None = None


class Accounts(Schema):
    """Sign-ins, by user name."""

    items: list[AccountOut]
    total: int
