"""What being on duty looks like on the wire, and in the events of the log."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import Field


class OnDutyOut(Schema):
    """An officer on duty: since when, and where last, where they share it: longitude and latitude in degrees, WGS-84."""

    officer: UUID
    name: str
    since: datetime
    location: list[float] | None
    at: datetime | None


class PositionIn(Schema):
    """Where an officer is: longitude and latitude in degrees, WGS-84, and how far off that may be, in metres."""

    location: Annotated[list[float], Field(min_length=2, max_length=2)]
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)]


class DutyIn(Schema):
    """Whether one is on duty."""

    on: bool


class DutyOut(Schema):
    """Since when one is on duty; null when not, or for whoever is no officer."""

    since: datetime | None
