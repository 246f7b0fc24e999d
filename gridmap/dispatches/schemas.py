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


class DispatchesRow(Schema):
    """The messages of one group, by what became of them."""

    no: int
    waiting: int
    sent: int
    delivered: int
    failed: int


class DispatchesOut(Schema):
    """The messages of a broadcast within one's grids: those waiting, those with the provider, those that arrived or failed."""

    waiting: int
    sent: int
    delivered: int
    failed: int
    by_grid: list[DispatchesRow]
