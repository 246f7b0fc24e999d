"""What connecting looks like on the wire: QR codes, and the phones that wait; masked like the register."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema

from gridmap.people.schemas import ResidentOut


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
