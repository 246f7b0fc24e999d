"""Every fact that staff can hear on the wire, on one page; built from the same schemas as the HTTP answers.

``cut`` says what a listener whose grids are only part of the county may hear of a fact that counts by group.
"""

from collections.abc import Sequence
from typing import ClassVar, Self
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict

from gridmap.broadcasts.schemas import BroadcastOut
from gridmap.callups.schemas import CallupOut
from gridmap.grids.ranges import contain, hold
from gridmap.incidents.schemas import IncidentOut
from gridmap.orders.schemas import OrderOut
from gridmap.people.duty_schemas import OnDutyOut


class Fact(Schema):
    """One fact; unknown members are refused, so that the wire cannot grow unnoticed."""

    model_config = ConfigDict(extra="forbid")
    type: ClassVar[str]

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Self:
        """Give what may be heard by somebody who answers for these group numbers only."""
        return self


class ByGroup(Fact):
    """A fact with figures by group number; others' groups are cut out of it."""

    by_no: dict[int, list[int]]

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Self:
        kept = {no: row for no, row in self.by_no.items() if hold(ranges, no)}
        return self.model_copy(update={"by_no": kept})


class IncidentFact(Fact):
    """Something about one incident."""

    incident: IncidentOut


class IncidentReported(IncidentFact):
    type: ClassVar[str] = "incident.reported"


class IncidentAcknowledged(IncidentFact):
    type: ClassVar[str] = "incident.acknowledged"


class IncidentResolved(IncidentFact):
    type: ClassVar[str] = "incident.resolved"


class BroadcastFact(Fact):
    """Something about one broadcast; its counts go only to those who answer for its whole area."""

    broadcast: BroadcastOut

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Self:
        return self.model_copy(update={"broadcast": self.broadcast.cut(ranges)})


class BroadcastDrafted(BroadcastFact):
    type: ClassVar[str] = "broadcast.drafted"


class BroadcastSubmitted(BroadcastFact):
    type: ClassVar[str] = "broadcast.submitted"


class BroadcastApproved(BroadcastFact):
    type: ClassVar[str] = "broadcast.approved"


class BroadcastSent(BroadcastFact):
    """Sent: the countdown runs."""

    type: ClassVar[str] = "broadcast.sent"


class BroadcastStopped(BroadcastFact):
    type: ClassVar[str] = "broadcast.stopped"


class BroadcastReviewed(BroadcastFact):
    """Somebody else looked at what one person had sent alone."""

    type: ClassVar[str] = "broadcast.reviewed"


class BroadcastStarted(BroadcastFact):
    """The countdown is over: recipients are being frozen and pushed."""

    type: ClassVar[str] = "broadcast.started"


class BroadcastCompleted(BroadcastFact):
    """Every recipient of the area has a delivery; from now on only late entrants come."""

    type: ClassVar[str] = "broadcast.completed"


class BroadcastCancelled(BroadcastFact):
    type: ClassVar[str] = "broadcast.cancelled"


class BroadcastSuperseded(BroadcastFact):
    """An update of it has begun to go out."""

    type: ClassVar[str] = "broadcast.superseded"


class BroadcastDiscarded(BroadcastFact):
    """What was being prepared will not be sent."""

    type: ClassVar[str] = "broadcast.discarded"


class BroadcastExpired(BroadcastFact):
    type: ClassVar[str] = "broadcast.expired"


class BroadcastTried(Fact):
    """A message is being looked at on the desk's own phones; only their sockets hear of it."""

    type: ClassVar[str] = "broadcast.tried"
    id: str


class BroadcastProgressed(ByGroup):
    """How far a broadcast has come, by group number: the columns are those of ``PROGRESS`` in broadcasts.schemas.

    ``together``: where the one row, numbered ``TOGETHER``, is of all these groups and in tens; for who answers for all of them.
    """

    type: ClassVar[str] = "broadcast.progressed"
    id: str
    together: list[list[int]] | None = None

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Self:
        if self.together is None:
            return super().cut(ranges)
        return self if contain(ranges, self.together) else self.model_copy(update={"by_no": {}})


class CoverageChanged(ByGroup):
    """Coverage of groups by number: the columns are those of ``COVERAGE`` in people.schemas."""

    type: ClassVar[str] = "coverage.changed"


class AssignmentChanged(Fact):
    """Who answers for these grids has changed, or changes now as was planned."""

    type: ClassVar[str] = "assignment.changed"
    grids: list[str]


class GridsUncovered(Fact):
    """Groups that nobody answers for from now on, and groups that somebody answers for again, by number."""

    type: ClassVar[str] = "grids.uncovered"
    uncovered: list[int]
    covered: list[int]

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Self:
        def mine(numbers: list[int]) -> list[int]:
            return [no for no in numbers if hold(ranges, no)]

        return self.model_copy(update={"uncovered": mine(self.uncovered), "covered": mine(self.covered)})


class CallupFact(Fact):
    """Officers called for an evacuation."""

    callups: list[CallupOut]

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Self:
        return self.model_copy(update={"callups": [row for row in self.callups if row.touches(ranges)]})


class CallupMade(CallupFact):
    type: ClassVar[str] = "callup.made"


class CallupAnswered(CallupFact):
    type: ClassVar[str] = "callup.answered"


class CallupEscalated(CallupFact):
    """Nobody answered in time: the next above has to reach them."""

    type: ClassVar[str] = "callup.escalated"


class OrderFact(Fact):
    """A routine message's orders to officers."""

    orders: list[OrderOut]

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Self:
        return self.model_copy(update={"orders": [row.cut(ranges) for row in self.orders if row.touches(ranges)]})


class OrderGiven(OrderFact):
    type: ClassVar[str] = "order.given"


class OrderConfirmed(OrderFact):
    type: ClassVar[str] = "order.confirmed"


class OrderDeclined(OrderFact):
    type: ClassVar[str] = "order.declined"


class OrderReminded(OrderFact):
    """Nobody answered for a quarter of an hour."""

    type: ClassVar[str] = "order.reminded"


class OrderEscalated(OrderFact):
    """The officer is silent: the deputies may answer now, or only those who lead are left."""

    type: ClassVar[str] = "order.escalated"


class OfficerOnDuty(Fact):
    """An officer is on duty: begun just now, or seen at a place."""

    type: ClassVar[str] = "officer.on_duty"
    duty: OnDutyOut


class OfficerOffDuty(Fact):
    """An officer is off duty; where they were is no longer shown."""

    type: ClassVar[str] = "officer.off_duty"
    officer: UUID


class JoinFact(Fact):
    """How many phones wait at one QR code to be let in; who they are is read over HTTP, since walls listen too."""

    code: UUID
    waiting: int


class JoinRequested(JoinFact):
    type: ClassVar[str] = "join.requested"


class JoinConfirmed(JoinFact):
    type: ClassVar[str] = "join.confirmed"


class JoinRefused(JoinFact):
    type: ClassVar[str] = "join.refused"


def _leaves(kind: type[Fact]) -> list[type[Fact]]:
    children = kind.__subclasses__()
    return [kind] if not children else [leaf for child in children for leaf in _leaves(child)]


FACTS: dict[str, type[Fact]] = {kind.type: kind for kind in _leaves(Fact)}
