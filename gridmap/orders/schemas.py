"""What orders look like on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict

from gridmap.fields import Reason
from gridmap.grids.ranges import contain, meet

StateName = Literal["waiting", "confirmed", "declined"]
StageName = Literal["officer", "deputy", "head"]


class OrderOut(Schema):
    """One officer's groups of a routine message; ``stage`` says who may answer by now. ``residents`` is null for who answers for
    only part of these groups."""

    id: UUID
    broadcast: UUID
    officer: str | None
    user: UUID | None
    deputies: list[UUID]
    ranges: list[list[int]]
    residents: int | None
    state: StateName
    stage: StageName
    given_at: datetime
    reminded_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    reason: str

    def touches(self, ranges: Sequence[tuple[int, int]]) -> bool:
        """Say whether it is about any of these group numbers."""
        return meet(self.ranges, ranges)

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Self:
        """Take out how many people live in groups that are not all the listener's."""
        return self if contain(ranges, self.ranges) else self.model_copy(update={"residents": None})


class Orders(Schema):
    """The orders of routine messages that are out, within one's grids."""

    items: list[OrderOut]
    total: int


class DeclineIn(Schema):
    """Why it does not go out in one's grids."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    reason: Reason
