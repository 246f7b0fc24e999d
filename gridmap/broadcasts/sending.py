"""Sending: from a countdown that is over to a delivery for everybody in the area, chunk by chunk.

An update takes the place of the version before with its first chunk, and ends with those who got a version before and are
outside now: they are told that they are.

Each step is one transaction that takes the broadcast's row with SKIP LOCKED, so that row lock is the lease: a killed
clock's connection closes, its chunk rolls back, and the next step begins where the last commit stood. Two clocks take
turns. Connected residents come first, in a small first chunk, so that the first phone rings at once.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from gridmap.audit import log as audit
from gridmap.broadcasts import ledger, members
from gridmap.broadcasts.content import follow
from gridmap.broadcasts.ledger import PARTS, Part
from gridmap.broadcasts.models import LIVE, Broadcast, BroadcastQuerySet, MessageType, State
from gridmap.broadcasts.reads import shown
from gridmap.broadcasts.schemas import TOGETHER
from gridmap.grids.ranges import Ranges, common, hold, runs, whole
from gridmap.one_by_one import one_by_one
from gridmap.people.models import GroupCount, User
from gridmap.realtime.events import (
    BroadcastCancelled,
    BroadcastCompleted,
    BroadcastExpired,
    BroadcastFact,
    BroadcastStarted,
    BroadcastSubmitted,
    BroadcastSuperseded,
)
from gridmap.realtime.log import publish
from gridmap.tags.carried import kept

FIRST_CHUNK, CHUNK = 2_000, 80_000  # while a chunk is written, some tenths of a second, receipts wait
TOLD_CHUNK = 40_000  # of those who were told before: each is looked up in every version, and they live in all groups
LOOK_AHEAD = 500
CONNECTED, REST, OUTSIDE = 0, 1, 2
ENDS = (BroadcastCancelled, BroadcastExpired, BroadcastSuperseded)
DUE = Q(state=State.COUNTDOWN, sends_at__lte=Now()) | Q(state=State.SENDING)


def due() -> list[UUID]:
    """Give the broadcasts whose countdown is over or whose sending is not finished, the oldest first."""
    return list(Broadcast.objects.filter(DUE).order_by("sends_at").values_list("pk", flat=True))


@transaction.atomic
def send_step(id: UUID) -> bool:
    """Write one chunk of one broadcast.

    Returns:
        Whether there is more to write; False too when another clock is at it.
    """
    if not _lock_chain(id):
        return False
    broadcast = Broadcast.objects.filter(DUE, pk=id, expires__gt=Now()).first()
    if broadcast is None:
        return False
    first = broadcast.state == State.COUNTDOWN or broadcast.started_at is None
    over, waiting = _supersede(broadcast) if first else ([], [])
    if first and broadcast.by_order:  # where the last version was confirmed the next goes at once, also when that one's time was over
        broadcast.confirmed = Broadcast.objects.before(broadcast).order_by("-version").values_list("confirmed", flat=True).first() or []
    written = _write(broadcast, first=first)
    changes: dict[str, object] = {"phase": broadcast.phase, "cursor": broadcast.cursor, "state": State.SENDING, "confirmed": broadcast.confirmed}
    if first:
        changes["started_at"] = Now()
    more = broadcast.phase <= _last_phase(broadcast)
    if not more:
        changes |= {"state": State.IN_FORCE, "completed_at": Now()}
    Broadcast.objects.filter(pk=id).update(**changes)
    for before in over:
        publish_fact(before, BroadcastSuperseded, topics=("staff",))
    for cancel in waiting:
        publish_fact(cancel, BroadcastSubmitted, topics=("desk",))
    _tell(id, first=first, done=not more)
    ledger.tell(id, written, edge=True)
    return more


def _lock_chain(id: UUID) -> bool:
    """Lock a whole chain, oldest first as the desk does, so that the two cannot wait for each other; False when somebody has part of it."""
    chain = Broadcast.objects.filter(chain__in=Broadcast.objects.filter(pk=id).values("chain"))
    mine = chain.select_for_update(skip_locked=True, no_key=True).order_by("version").values_list("pk", flat=True)
    return len(mine) == chain.count()


def _supersede(broadcast: Broadcast) -> tuple[list[UUID], list[UUID]]:
    """End the versions before, in the transaction that begins this one: nobody is without a version in between.

    Returns:
        What ended, and the cancels that follow; to be told of once the ledger is written, whose lock comes before the audit's.
    """
    if broadcast.message_type != MessageType.UPDATE:
        return [], []
    # Also one whose time ran out before the update was approved: else its list would stand on beside the update's, for a day.
    before = Broadcast.objects.filter(chain=broadcast.chain, version__lt=broadcast.version, state__in=[*LIVE, State.EXPIRED])
    over = list(before.select_for_update(no_key=True).order_by("version").values_list("pk", flat=True))
    before.update(state=State.SUPERSEDED, ended_at=Coalesce("ended_at", Now()))
    waiting = list(Broadcast.objects.pending(broadcast.chain).filter(message_type=MessageType.CANCEL))
    for cancel in waiting:
        follow(cancel, broadcast)
    return over, [cancel.pk for cancel in waiting]


def earlier_versions(broadcast: Broadcast) -> list[UUID]:
    """Give the versions of an update's or a cancel's chain that went out before it, newest first."""
    if broadcast.message_type == MessageType.ALERT:
        return []
    return list(Broadcast.objects.before(broadcast).order_by("-version").values_list("pk", flat=True))


def _last_phase(broadcast: Broadcast) -> int:
    return OUTSIDE if broadcast.message_type == MessageType.UPDATE else REST


def _write(broadcast: Broadcast, *, first: bool) -> list[int]:
    """Write the next chunk and move the broadcast's cursor in memory: over its groups, or over those who were told before, in parts."""
    earlier = earlier_versions(broadcast)
    if broadcast.message_type == MessageType.CANCEL:
        connected = broadcast.phase == CONNECTED
        written = ledger.freeze_cancel(broadcast.pk, earlier=earlier, part=_next_part(broadcast, earlier, first=first), connected=connected)
        if broadcast.phase > REST and ledger.lacks_told(broadcast.pk, earlier):  # a double of a part to come was merged into one of a part that was over
            written += ledger.freeze_cancel(broadcast.pk, earlier=earlier, part=Part(0, PARTS), connected=False)
        return sorted(set(written))
    if broadcast.phase == OUTSIDE:
        return ledger.freeze_outside(broadcast.pk, members_of(broadcast), broadcast.touched, earlier=earlier, part=_next_part(broadcast, earlier, first=False))
    high = _chunk_end(broadcast, FIRST_CHUNK if first else CHUNK)
    members = members_of(broadcast) | {"low": broadcast.cursor + 1, "high": high}
    written = ledger.freeze(broadcast.pk, members, connected=[broadcast.phase == CONNECTED], earlier=earlier)
    broadcast.cursor = high - 1
    if broadcast.cursor >= broadcast.touched[-1]:
        broadcast.phase, broadcast.cursor = broadcast.phase + 1, -1
    return written


def _next_part(broadcast: Broadcast, earlier: Sequence[UUID], *, first: bool) -> Part:
    """Give whom to look at next of those who were told before, and move the cursor past them: a large all-clear, too, holds up no warning."""
    low = broadcast.cursor + 1
    high = min(PARTS, low + max(1, PARTS * (FIRST_CHUNK if first else TOLD_CHUNK) // max(1, ledger.told(earlier))))
    broadcast.cursor = high - 1
    if high == PARTS:
        broadcast.phase, broadcast.cursor = broadcast.phase + 1, -1
    return Part(low, high)


def _chunk_end(broadcast: Broadcast, wanted: int) -> int:
    """Give the group number before which about ``wanted`` people of this phase live."""
    ahead = [no for no in broadcast.touched if no > broadcast.cursor]
    people = 0
    for start in range(0, len(ahead), LOOK_AHEAD):
        some = ahead[start : start + LOOK_AHEAD]
        counts = {
            no: (connected if broadcast.phase == CONNECTED else registered - connected)
            for no, registered, connected in GroupCount.objects.filter(no__range=(some[0], some[-1])).values_list("no", "registered", "connected")
        }
        for no in some:
            people += counts.get(no, 0)
            if people >= wanted:
                return no + 1
    return broadcast.touched[-1] + 1


def members_of(broadcast: Broadcast, within: Ranges | None = None) -> dict[str, object]:
    """Give the parameters of members.MEMBERS for a frozen broadcast; the area never leaves the database.

    Args:
        broadcast: what was approved.
        within: only these groups of it; unless told, of one by order those where it was confirmed, of any other all.
    """
    inside: Ranges = tuple(zip(broadcast.inside[::2], broadcast.inside[1::2], strict=True))
    cut = broadcast.cut
    if within is None and broadcast.by_order:
        within = broadcast.confirmed_ranges
    if within is not None:
        inside, cut = common(inside, within), [no for no in cut if hold(within, no)]
    found = members.parameters(inside, cut, None, kept(broadcast.selection.get("tags")), by_place=broadcast.by_place)
    return found | {"area": broadcast.area.hexewkb.decode() if broadcast.drawn else None}


@transaction.atomic
def reconcile(id: UUID) -> int:
    """Give a delivery to everybody who is in the area of a broadcast in force and has none, and move to their group who changed it.

    Who registered or moved in while the broadcast was approved or sent is missed by every snapshot the freeze could
    take (measured under READ COMMITTED and REPEATABLE READ alike); this closes it, and finds late entrants.

    Returns:
        In how many groups somebody was found.
    """
    standing = Broadcast.objects.select_for_update(skip_locked=True, no_key=True).standing()
    broadcast = standing.filter(pk=id, state=State.IN_FORCE).first()
    if broadcast is None:
        return 0
    members = members_of(broadcast)
    if not ledger.lacks_somebody(id, members):
        return 0
    found = ledger.freeze(id, members, connected=[True, False], late=True, earlier=earlier_versions(broadcast))
    found = sorted({*found, *ledger.move(id, members)})
    ledger.tell(id, found, edge=True)
    return len(found)


def expire_due() -> int:
    """End the broadcasts whose time is over by the database's clock.

    Returns:
        How many there were.

    Raises:
        PassedOverError: some could not be ended; all the others were.
    """
    return one_by_one(_expire, _over().values_list("pk", flat=True))


def _over() -> BroadcastQuerySet:
    return Broadcast.objects.filter(state__in=[State.COUNTDOWN, State.SENDING, State.IN_FORCE], expires__lte=Now())


@transaction.atomic
def _expire(id: UUID) -> bool:
    if _over().select_for_update(skip_locked=True, no_key=True).filter(pk=id).first() is None:
        return False
    Broadcast.objects.filter(pk=id).update(state=State.EXPIRED, ended_at=Now())
    publish_fact(id, BroadcastExpired)
    return True


def publish_fact(
    id: UUID, fact: type[BroadcastFact], *, topics: tuple[str, ...] = ("staff", "edge"), actor: User | None = None
) -> Broadcast:
    """Write a fact about a broadcast as it stands into the audit, and publish it to everyone whose groups it touches."""
    broadcast = Broadcast.objects.select_related("author", "approver", "reviewer").get(pk=id)
    counts = ledger.counted(id)
    ranges = runs(sorted({*broadcast.touched, *counts}))  # who needs help outside an update's area is still somebody's
    detail: dict[str, object] = {"version": broadcast.version, "drill": broadcast.drill, "kind": broadcast.kind, "level": broadcast.level, "residents": broadcast.residents, "hash": broadcast.content_hash}
    if fact in ENDS or fact is BroadcastCompleted and not broadcast.by_order:  # what really went out, beside what was approved; in the end with all that came late
        detail |= ledger.digest(counts) if not broadcast.in_tens else {"sent": ledger.together(id)[TOGETHER][0]}
    audit.record(fact.type, actor=actor, subject=id, about=whole(runs(broadcast.touched)), **detail)
    publish(fact(broadcast=shown(broadcast)), ranges=ranges, topics=topics)
    return broadcast


def _tell(id: UUID, *, first: bool, done: bool) -> None:
    if first:
        publish_fact(id, BroadcastStarted, topics=("staff",))
    if done:
        publish_fact(id, BroadcastCompleted, topics=("staff",))
