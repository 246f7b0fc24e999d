"""THE permission file: require (may do), visible (may see), audible (may hear).

One table of role × action, and one rule: does this person hold this role over a grid at or above this one, now?
Outside one's area nothing exists (404); inside without the right is 403. Tiles, sockets and exports pass here too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, Self, TypeVar

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from gridmap.errors import Denied, Missing
from gridmap.grids.models import Grid
from gridmap.grids.ranges import Ranges, contain, hold, meet, merged
from gridmap.people.models import Assignment, Posting, Role, User
from gridmap.people.second_factor import enrolling

STAFF = frozenset(Role) - {Role.RESIDENT}
DESK = frozenset({Role.COMMANDER, Role.PLANNER})
FIELD = frozenset({Role.TOWNSHIP_HEAD, Role.OFFICER, Role.AUXILIARY})
LIST_KEEPERS = frozenset({Role.COMMANDER, Role.TOWNSHIP_HEAD, Role.OFFICER})  # spreadsheets leave the house

ACTIONS: dict[str, frozenset[Role]] = {
    "grids.read": STAFF,
    "coverage.read": STAFF,
    "people.read": FIELD | {Role.COMMANDER},
    "people.edit": FIELD | {Role.COMMANDER},
    "people.search": FIELD | {Role.COMMANDER, Role.AUDITOR},  # who asks "who read me" has to be found first
    "people.connect": FIELD | {Role.COMMANDER},
    "people.reveal": FIELD | {Role.COMMANDER},
    "people.import": LIST_KEEPERS,
    "people.export": LIST_KEEPERS,
    "tags.read": DESK | FIELD | {Role.AUDITOR},
    "tags.set": FIELD | {Role.COMMANDER},
    "tags.count": FIELD | {Role.COMMANDER},
    "tags.manage": DESK,
    "people.assign": DESK | {Role.TOWNSHIP_HEAD},
    "people.accounts": frozenset({Role.COMMANDER}),
    "audit.read": frozenset({Role.AUDITOR}),
    "incidents.read": STAFF - {Role.AUDITOR},
    "incidents.report": DESK | FIELD,
    "incidents.acknowledge": FIELD | {Role.COMMANDER},
    "incidents.resolve": FIELD | {Role.COMMANDER},
    "broadcasts.read": STAFF - {Role.AUDITOR},
    "broadcasts.draft": DESK,
    "broadcasts.approve": DESK,
    "broadcasts.drill": DESK,  # its own right, so that a county can let somebody practise who may not warn
    "broadcasts.release": frozenset({Role.COMMANDER}),  # alone, from an approved template
    "orders.answer": FIELD | {Role.COMMANDER},
    "callups.answer": frozenset({Role.COMMANDER, Role.TOWNSHIP_HEAD}),  # for somebody else, reached by telephone
    "broadcasts.knock": FIELD | {Role.COMMANDER},
}


class Placed(Protocol):
    """A noun's QuerySet, which says what lying in some group numbers means for it."""

    def within(self, ranges: Ranges) -> Self:
        """Keep what lies in these half-open ranges."""


Rows = TypeVar("Rows", bound=Placed)


@dataclass(frozen=True)
class Scope:
    """What one person may touch now.

    Attributes:
        user: who.
        ranges: the group numbers of all their grids, half open, merged and sorted.
        codes: the grids' codes.
    """

    user: User
    ranges: Ranges
    codes: tuple[str, ...]

    @property
    def role(self) -> Role:
        """The one role that this person holds."""
        return Role(self.user.role)

    def may(self, action: str) -> bool:
        """Say whether the role has the right, wherever."""
        return bool(self.ranges) and self.role in ACTIONS[action]

    def holds(self, no: int) -> bool:
        """Say whether a group lies in the person's grids."""
        return hold(self.ranges, no)

    def touches(self, ranges: Iterable[Sequence[int]]) -> bool:
        """Say whether any of these half-open ranges meets the person's grids."""
        return meet(ranges, self.ranges)

    def holds_all(self, ranges: Iterable[Sequence[int]]) -> bool:
        """Say whether every one of these half-open ranges lies whole in the person's grids."""
        return contain(self.ranges, ranges)


class StaffRequest(HttpRequest):
    """A call of somebody signed in, as the API's routes get it."""

    auth: Scope


LATE = timedelta(days=1)


def as_of(scope: Scope, at: datetime | None) -> Scope:
    """Give also the grids that a person held when they pressed what arrives only now: an officer without signal does not see that
    the grids were handed over meanwhile, and what was found at a door is no less true. For writing alone, and for a day.

    Args:
        scope: what they may touch now.
        at: by the clock of their device; no clock, or one that runs ahead, gives nothing more.
    """
    now = timezone.now()
    if at is None or not now - LATE < at < now:
        return scope
    then = scope_of(scope.user, at)
    return Scope(scope.user, merged([*scope.ranges, *then.ranges]), scope.codes)


def scope_of(user: User, at: datetime | None = None) -> Scope:
    """Find the grids over which a person holds their role at this moment, or held them at another."""
    now = at or timezone.now()
    if not user.is_active or enrolling(user):
        return Scope(user, (), ())
    posted = Posting.objects.filter(user=user, period__contains=now).values("grid")
    assigned = Assignment.objects.filter(officer__user=user, period__contains=now).values("grid")
    grids = Grid.objects.current().filter(Q(pk__in=posted) | Q(pk__in=assigned)).order_by("group_start", "level")
    rows = list(grids.values_list("code", "group_start", "group_end"))
    return Scope(user, merged((start, end) for _, start, end in rows), tuple(code for code, _, _ in rows))


def require(
    scope: Scope, action: str, *, no: int | None = None, ranges: Sequence[tuple[int, int]] | None = None
) -> None:
    """Let pass who may do this here.

    Args:
        scope: who asks.
        action: a key of ``ACTIONS``.
        no: the group it happens in, where it has one place.
        ranges: the group numbers it is about, where it has an area; the person has to hold all of it.

    Raises:
        Missing: it lies outside the person's grids.
        Denied: the role has no such right, or part of the area lies outside the person's grids.
    """
    if (no is not None and not scope.holds(no)) or (ranges is not None and not scope.touches(ranges)):
        raise Missing("request.missing")
    if not scope.may(action):
        raise Denied("access.denied")
    if ranges is not None and not scope.holds_all(ranges):
        raise Denied("access.beyond")


def visible(rows: Rows, scope: Scope) -> Rows:
    """Keep what lies in the person's grids; the beginning of every read."""
    return rows.within(scope.ranges)


def audible(scope: Scope) -> tuple[frozenset[str], Ranges]:
    """Give the topics and the group numbers that a staff socket may hear."""
    if not scope.may("incidents.read"):
        return frozenset(), scope.ranges
    figures = {"exact"} if scope.may("tags.count") else {"tens"}  # of what sensitive tags narrow
    return frozenset({"staff", *figures} | ({"desk"} if scope.may("broadcasts.draft") else set())), scope.ranges

