"""What incidents look like on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from gridmap.fields import Line, Lines

Kind = Literal[
    "lost_child", "lost_elder", "landslide", "flood", "fire", "fraud", "found_property", "lost_property", "dispute",
    "hazard", "request",
]  # fmt: skip
Severity = Literal["extreme", "severe", "moderate", "minor"]


class IncidentIn(Schema):
    """A report."""

    model_config = ConfigDict(str_strip_whitespace=True)
    kind: Kind
    severity: Severity
    title: Line = Field(min_length=1, max_length=80)
    description: Lines = Field("", max_length=2000)
    location: list[float] = Field(description="longitude, latitude, WGS-84")


class IncidentGrid(Schema):
    """The group it happened in, and the names above it from the township down."""

    code: str
    names: list[str]


class IncidentOut(Schema):
    """An incident."""

    id: UUID
    number: int
    kind: Kind
    severity: Severity
    title: str
    description: str
    location: list[float]
    grid: IncidentGrid
    no: int
    state: Literal["reported", "acknowledged", "resolved"]
    drill: bool
    reported_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None


class Incidents(Schema):
    """A page of incidents."""

    items: list[IncidentOut]
    total: int
