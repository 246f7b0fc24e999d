"""What broadcasts look like on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field

from gridmap.broadcasts.languages import Languages, Text, Translation
from gridmap.broadcasts.tens import in_tens
from gridmap.fields import Line, Lines, Moment, Pressed
from gridmap.grids.ranges import contain

Kind = Literal[
    "danger_notice", "road_hazard", "relayed_warning", "lost_person", "found_property", "notice", "campaign"
]  # fmt: skip
DangerLevel = Literal["red", "orange", "yellow", "blue", "none"]
Category = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"
]  # fmt: skip
StateName = Literal[
    "draft", "submitted", "approved", "countdown", "sending", "in_force", "expired", "superseded", "cancelled"
]  # fmt: skip
StageName = Literal["displayed", "acknowledged", "moving", "safe", "need_help"]
StageWord = Literal["queued", "pushed", "displayed", "acknowledged"]  # how far a delivery has come
TickName = Literal["told", "moved", "away", "refused", "not_found", "need_help"]

# The columns of the rows in broadcast.progressed and in the snapshot's progress, by group number.
PROGRESS = (
    "residents", "pushed", "displayed", "acknowledged", "moving", "safe", "need_help", "accounted_for", "visited"
)  # fmt: skip
TOGETHER = -1  # no group's number: the row of a whole broadcast, in tens


Headline = Annotated[Line, Field(min_length=2, max_length=60)]
Issuer = Annotated[Line, Field(min_length=2, max_length=80)]
Authority = Annotated[Line, Field(max_length=200)]


class SelectionIn(Schema):
    """Where ∩ who − excluded. ``area`` and ``exclude`` are GeoJSON, a circle, a corridor, grids or a geofence, ``area`` also the
    county; their geometry is checked by geodata.shapes."""

    model_config = ConfigDict(extra="forbid")
    area: dict[str, Any] | None = Field(
        None,
        description='GeoJSON Polygon or MultiPolygon, {"type": "circle", "center", "radius_m"}, '
        '{"type": "corridor", "line", "width_m"}, {"type": "grids", "codes"}, {"type": "geofence", "id"} or {"type": "county", "confirm"}',
    )
    exclude: dict[str, Any] | None = Field(None, description="what is taken out of it; all but the county")
    tags: dict[str, Any] | None = None
    basis: Literal["home", "last_place"] = "home"


class PreviewIn(Schema):
    """A selection to count."""

    model_config = ConfigDict(extra="forbid")
    selection: SelectionIn
    kind: Kind | None = None


class GroupCountOut(BaseModel):
    """How many people of one group are in the area.

    Thousands of rows at once: ninja's Schema looks every field up three times, which took most of a preview's time.
    """

    code: str
    no: int
    name: str
    residents: int
    connected: int
    households: int
    heard: int = 0  # of the residents, those without a phone for whom a contact hears


class Overlap(Schema):
    """A broadcast in force that touches some of the same groups."""

    id: UUID
    kind: Kind
    level: DangerLevel
    headline: str
    drill: bool


class PreviewOut(Schema):
    """Exactly who is in the area now; ``by_grid`` lists groups and adds up to the whole; ``outline`` where the map cannot draw
    the area by itself."""

    residents: int
    away: int
    connected: int
    households: int
    heard: int = 0
    by_grid: list[GroupCountOut]
    warnings: list[str]
    overlaps: list[Overlap] = []
    outline: dict[str, Any] | None = None

    def blurred(self, of: str) -> Self:
        """Give the counts in tens and without groups: for who may not know that one man behind this door cannot walk, nor that
        nobody there does.

        Args:
            of: the question, see ``in_tens``.
        """
        tens = {name: in_tens(getattr(self, name), of, least=10) for name in ("residents", "away", "connected", "households", "heard")}
        return self.model_copy(update={**tens, "by_grid": [], "warnings": ["blurred"]})


class DrillIn(Schema):
    """A drill's draft, with the elements that the law on emergencies wants; what comes by a drill's address can be nothing else."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    selection: SelectionIn
    kind: Kind
    level: DangerLevel
    category: Category
    headline: Headline
    description: Text = ""
    instruction: Text = ""
    languages: Languages = []
    picture: UUID | None = None
    issuer: Issuer
    authority: Authority = ""
    effective: Moment | None = None
    expires: Moment
    by_order: bool = Field(False, description="routine messages only: each officer confirms it for their own groups")


class BroadcastIn(DrillIn):
    """A draft; ``drill`` never changes afterwards."""

    drill: bool


class UpdateIn(Schema):
    """What is different in the next version of a broadcast that is out; kind, drill and by whose hands it goes never change."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    selection: SelectionIn | None = None
    level: DangerLevel | None = None
    category: Category | None = None
    headline: Headline | None = None
    description: Text | None = None
    instruction: Text | None = None
    languages: Languages | None = None
    picture: UUID | None = None
    issuer: Issuer | None = None
    authority: Authority | None = None
    expires: Moment | None = None


class GeofenceIn(Schema):
    """An area to be used again, and what is taken out of it, under a name in a folder."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Line = Field(min_length=2, max_length=40)
    folder: Line = Field("", max_length=40)
    area: dict[str, Any]
    exclude: dict[str, Any] | None = None


class GeofenceOut(Schema):
    """A saved area: how it was meant, what is taken out of it, and its outline."""

    id: UUID
    name: str
    folder: str
    recipe: dict[str, Any]
    exclude: dict[str, Any] | None
    area: dict[str, Any]
    author: str


class Geofences(Schema):
    """The saved areas within one's grids, by folder and name."""

    items: list[GeofenceOut]
    total: int


class TemplateIn(Schema):
    """Words for later, with gaps in braces; whoever approves them answers for them as for a broadcast."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Line = Field(min_length=2, max_length=40)
    kind: Kind
    level: DangerLevel
    category: Category
    headline: Headline
    description: Text = Field(min_length=2)
    instruction: Text = Field(min_length=2)
    issuer: Issuer
    hours: int = Field(ge=1, le=168)


class ReleaseIn(Schema):
    """Where a template goes out, and what fills its gaps: a name or two, or one person would say what nobody agreed on."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    selection: SelectionIn
    gaps: dict[str, Annotated[Line, Field(max_length=40)]] = Field(default_factory=dict, max_length=20)


class ReviewIn(Schema):
    """What one thinks of a broadcast that a colleague sent alone."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    right: bool
    remark: Lines = Field("", max_length=500)


class Person(Schema):
    """A member of staff by name."""

    id: UUID
    name: str


class Counts(Schema):
    """How many people the area held when it was drafted."""

    residents: int
    away: int
    connected: int
    households: int


class TemplateOut(TemplateIn):
    """A template; ``gaps`` are the names in its braces, ``mine`` says that somebody else has to approve it."""

    id: UUID
    gaps: list[str]
    state: Literal["waiting", "approved", "retired"]
    author: Person | None
    approver: Person | None
    mine: bool


class Templates(Schema):
    """All templates that are not retired."""

    items: list[TemplateOut]
    total: int


class BroadcastOut(Schema):
    """A broadcast. ``counts`` and ``content_hash``, which could be guessed back into them, are null for those who answer
    for only part of its area."""

    id: UUID
    chain: UUID
    version: int
    message_type: Literal["Alert", "Update", "Cancel"]
    state: StateName
    kind: Kind
    level: DangerLevel
    category: Category
    headline: str
    description: str
    instruction: str
    languages: list[Translation]
    picture: UUID | None
    issuer: str
    authority: str
    effective: datetime
    expires: datetime
    drill: bool
    by_order: bool
    selection: dict[str, Any]
    area: dict[str, Any]
    ranges: list[list[int]]
    counts: Counts | None
    in_tens: bool
    content_hash: str | None
    author: Person
    approver: Person | None
    review: Literal["", "waiting", "fine", "wrong"]
    reviewer: Person | None
    remark: str
    drafted_at: datetime
    approved_at: datetime | None
    sends_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Self:
        """Take what tells the counts of the whole area out for somebody who answers for only part of it."""
        return self if contain(ranges, self.ranges) else self.model_copy(update={"counts": None, "content_hash": None})


class Broadcasts(Schema):
    """A page of broadcasts."""

    items: list[BroadcastOut]
    total: int


class Approval(Schema):
    """What the approver saw."""

    content_hash: str


class CancelIn(Schema):
    """Why a broadcast is called off."""

    model_config = ConfigDict(str_strip_whitespace=True)
    reason: Lines = Field(min_length=2, max_length=500)


class CancelRef(Schema):
    """The cancel message that another person has to approve."""

    id: UUID
    content_hash: str


class CancelOut(Schema):
    """A cancel that waits for its approval."""

    cancel: CancelRef


class TickIn(Schema):
    """An officer's tick on the knock list; ``at`` is the tablet's clock, shown and never trusted."""

    resident: UUID
    tick: TickName
    at: Pressed = None


class ProgressRow(BaseModel):
    """How far a broadcast has come in one group; a row of many, as in GroupCountOut."""

    code: str
    no: int
    residents: int
    pushed: int
    displayed: int
    acknowledged: int
    moving: int
    safe: int
    need_help: int
    accounted_for: int
    visited: int


class Progress(Schema):
    """How far a broadcast has come: pushed, displayed and acknowledged count that stage or a later one; moving,
    safe and need help count the latest words of those who still are: who was fetched needs no help any more."""

    residents: int
    pushed: int
    displayed: int
    acknowledged: int
    moving: int
    safe: int
    need_help: int
    accounted_for: int
    visited: int
    by_grid: list[ProgressRow]
