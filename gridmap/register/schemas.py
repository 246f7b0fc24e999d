"""What keeping the register looks like on the wire: somebody added, edited, moved, merged, gone, and who hears for them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, Field

from gridmap.edge.schemas import RefusedWhy
from gridmap.fields import Address, FullName, Moment, Year
from gridmap.people.schemas import ResidentOut
from gridmap.phones import normal

Location = Annotated[list[float], Field(min_length=2, max_length=2)]
PhoneOrNone = Annotated[str, AfterValidator(lambda said: normal(said) if said.strip() else "")]
Relation = Literal["household", "neighbour", "relative", "other"]


class AddIn(Schema):
    """Somebody new, in a group; in the household of ``lives_with``, or in one of their own."""

    group: str
    lives_with: UUID | None = None
    name: FullName
    phone: PhoneOrNone = ""
    birth_year: Year | None = None
    presence: Literal["here", "away", "unknown"] = "unknown"
    location: Location | None = None
    address: Address | None = None


class EditIn(Schema):
    """The fields that change; an empty phone takes it out. ``seen_at`` is when one read what one changes."""

    name: FullName | None = None
    phone: PhoneOrNone | None = None
    birth_year: Year | None = None
    location: Location | None = None
    address: Address | None = None
    seen_at: Moment | None = None


class MoveIn(Schema):
    """Where to: a group, with whom, and whether everybody of the household goes along."""

    group: str
    lives_with: UUID | None = None
    location: Location | None = None
    household: bool = False


class MergeIn(Schema):
    """The resident who stays; the other one is their double."""

    into: UUID


class LeaveIn(Schema):
    """How somebody left the register."""

    how: Literal["left", "died"]


class FormerOut(Schema):
    """Somebody who is no longer in the register, masked."""

    id: UUID
    name: str
    group: str
    no: int
    how: str
    at: datetime


class Formers(Schema):
    """Those who left one's grids, the last first."""

    items: list[FormerOut]
    total: int


class FieldOut(Schema):
    """A field: whether something is kept, masked, from where and as of which day."""

    field: str
    value: str | None
    source: str
    on: date
    by: str


class ChangeOut(Schema):
    """A field changed: the masked value before, by whom and when."""

    field: str
    before: str | None
    source: str
    at: datetime
    by: str


class History(Schema):
    """What is kept of a resident, from where, what it was before, and what is missing."""

    fields: list[FieldOut]
    changes: list[ChangeOut]
    complete: int
    missing: list[str]
    as_of: datetime


class ContactIn(Schema):
    """Who is to hear for a resident, and who of the two has said yes to the officer."""

    contact: UUID
    relation: Relation
    resident_agreed: bool = False
    contact_agreed: bool = False


class AgreeIn(Schema):
    """Which of the two has said yes."""

    who: Literal["resident", "contact"]


class ContactOut(Schema):
    """Somebody who hears for somebody, and who has said yes."""

    id: UUID
    resident: ResidentOut
    contact: ResidentOut
    relation: str
    resident_agreed_at: datetime | None
    contact_agreed_at: datetime | None


class Contacts(Schema):
    """Who hears for a resident, and for whom they hear."""

    items: list[ContactOut]
    total: int


class CorrectionOut(Schema):
    """What a resident says is wrong: about whom, the value as it stands, masked, and as it ought to read."""

    id: UUID
    resident: ResidentOut
    field: str
    value: str
    at: datetime


class RefuseIn(Schema):
    """Why the register stays as it is; the resident reads it."""

    why: RefusedWhy


class Corrections(Schema):
    """The corrections that wait in one's grids."""

    items: list[CorrectionOut]
    total: int
