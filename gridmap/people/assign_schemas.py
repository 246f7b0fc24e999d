"""What assigning looks like on the wire: officers, their load, assignments, handovers, duty."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from gridmap.fields import Moment
from gridmap.phones import Phone


class Load(Schema):
    """What somebody answers for as primary: grids as assigned, and the households, residents, area and open incidents in them."""

    grids: int
    households: int
    residents: int
    area_km2: float
    open_tasks: int


class OfficerOut(Schema):
    """An officer with what they answer for now."""

    id: UUID
    name: str
    role: str | None
    station: str
    on_duty_since: datetime | None
    has_phone: bool
    load: Load


class OfficerPhoneIn(Schema):
    """The number on which an officer is called up, or none."""

    model_config = ConfigDict(extra="forbid")
    phone: Phone | None


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
    waiting_corrections: int
    waiting_consents: int
    codes: int


class Handovers(Schema):
    """The handovers that one takes."""

    items: list[HandoverOut]
    total: int
