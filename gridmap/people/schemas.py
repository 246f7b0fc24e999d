"""What people and coverage look like on the wire; names and phones only masked."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema

from gridmap.fields import FullName, Reason
from gridmap.phones import Phone

# The columns of the rows in coverage.changed and in the snapshot's coverage, by group number.
COVERAGE = ("registered", "away", "joined", "connected", "households", "households_connected")


class SignIn(Schema):
    """A user name and a password."""

    username: str
    password: str


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
    joined: bool
    connected: bool
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
    name: str
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
    candidates: list[CandidateOut]


class Joins(Schema):
    """Whoever waits in one's grids."""

    items: list[JoinOut]
    total: int


class ConfirmIn(Schema):
    """As whose phone it is let in."""

    resident: UUID
