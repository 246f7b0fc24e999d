"""What call-ups look like on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema

from gridmap.grids.ranges import meet

StageName = Literal["officer", "head", "commander"]


class CallupOut(Schema):
    """One officer called, or nobody where nobody answers; ``stage`` says whose it is to reach them, or to send somebody, now."""

    id: UUID
    chain: UUID
    officer: str | None
    station: str
    user: UUID | None
    ranges: list[list[int]]
    stage: StageName
    called_at: datetime
    answered_at: datetime | None
    answered_by: str
    by_phone: bool

    def touches(self, ranges: Sequence[tuple[int, int]]) -> bool:
        """Say whether it is about any of these group numbers."""
        return meet(self.ranges, ranges)


class CallupPhone(Schema):
    """The number of who does not answer; null where none is kept."""

    phone: str | None


class Callups(Schema):
    """The call-ups of an evacuation within one's grids."""

    items: list[CallupOut]
    total: int
