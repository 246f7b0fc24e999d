"""What people and coverage look like on the wire; names and phones only masked."""

from datetime import date
from typing import Literal
from uuid import UUID

from ninja import Schema

from gridmap.fields import FullName, Reason
from gridmap.phones import Phone

# The columns of the rows in coverage.changed and in the snapshot's coverage, by group number.
COVERAGE = ("registered", "away", "joined", "connected", "households", "households_connected")


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


class DoorOut(Schema):
    """A household: one of those who live there, by whom it is named, masked, and how many of them are reached."""

    resident: UUID
    name: str
    location: list[float] | None
    people: int
    connected: int
    away: int
    reached: bool


class Doors(Schema):
    """The households of a group, the least reached first."""

    items: list[DoorOut]
    total: int
    reached: int


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


class PresenceIn(Schema):
    """Where somebody is, as of today."""

    presence: Literal["here", "away", "unknown"]
