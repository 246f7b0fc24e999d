"""What an SMS gateway reports."""

from typing import Literal

from ninja import Schema
from pydantic import Field


class Report(Schema):
    """What became of one message."""

    provider_id: str = Field(min_length=1, max_length=80)
    status: Literal["delivered", "failed"]
    reason: str = Field("", max_length=40)


class Reports(Schema):
    """Some of them at once."""

    reports: list[Report] = Field(max_length=500)
