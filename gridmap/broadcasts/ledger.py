"""The ledger of deliveries: every write to it is one statement that moves the groups' counters with it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, Sum
from django.db.models.expressions import RawSQL
from django.utils import timezone

from gridmap.broadcasts.members import MEMBERS
from gridmap.broadcasts.models import AFTERWARDS, Broadcast, Delivery, DeliveryCount, MessageType, Receipt, Stage
from gridmap.broadcasts.schemas import PROGRESS, TOGETHER
from gridmap.broadcasts.tens import in_tens
from gridmap.errors import Conflict
from gridmap.grids.ranges import runs
from gridmap.realtime.events import BroadcastProgressed
from gridmap.realtime.log import publish

LOCK = 430_524_002  # one writer at a time: no deadlock among counters, and a receipt always sees the last one
SQL = Path(__file__).parent / "sql"
FREEZE = (SQL / "freeze.sql").read_text(encoding="utf-8").replace("{members}", MEMBERS)
FREEZE_FRESH, FREEZE_LACKING = FREEZE.replace("{conflict}", ""), FREEZE.replace("{conflict}", "ON CONFLICT DO NOTHING")
FREEZE_UPDATE = (SQL / "freeze_update.sql").read_text(encoding="utf-8").replace("{members}", MEMBERS)
FREEZE_OUTSIDE = (SQL / "freeze_outside.sql").read_text(encoding="utf-8").replace("{members}", MEMBERS)
FREEZE_CANCEL = (SQL / "freeze_cancel.sql").read_text(encoding="utf-8")
RECEIVE = (SQL / "receive.sql").read_text(encoding="utf-8")
MOVE = (SQL / "move.sql").read_text(encoding="utf-8").replace("{members}", MEMBERS)
LACKS_SOMEBODY = f"""
SELECT EXISTS (SELECT 1 FROM ({MEMBERS}) m WHERE NOT EXISTS (
    SELECT 1 FROM broadcasts_delivery d WHERE d.broadcast_id = %(id)s AND d.resident_id = m.id AND d.no = m.no AND NOT d.outside AND NOT d.beyond))
"""
LACKS_TOLD = """
SELECT EXISTS (SELECT 1 FROM broadcasts_delivery d JOIN people_resident r ON r.id = d.resident_id
    WHERE d.broadcast_id = ANY(%(earlier)s::uuid[]) AND NOT EXISTS (
        SELECT 1 FROM broadcasts_delivery n WHERE n.broadcast_id = %(id)s AND n.resident_id = d.resident_id))
"""
BY_GROUP = f"SELECT m.no, count(*) FROM ({MEMBERS}) m GROUP BY m.no"
COUNTS = f"SELECT no, {', '.join(PROGRESS)} FROM broadcasts_deliverycount WHERE broadcast_id = %(id)s AND no = ANY(%(numbers)s::int[])"
LAST_TOLD = "SELECT data::text FROM realtime_event WHERE topics = '{tens}'::varchar(20)[] AND data ->> 'id' = %s ORDER BY seq DESC LIMIT 1"
RECOUNT = (SQL / "recount.sql").read_text(encoding="utf-8")
NOTE_PUSHED = (SQL / "note_pushed.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Word:
    """What became of one delivery: a stage, an answer of the resident's own, or an officer's tick."""

    broadcast: UUID
    resident: UUID
    stage: str | None = None
    tick: str | None = None
    pressed_at: datetime | None = None
    behalf: str = ""  # of whom the phone said that it is for them too: for whom it said nothing, nobody has seen it
    shown: bool = True  # whether a phone showed the version that it is about; an answer counts for an update that has not come there yet


PARTS = 65_536  # of all residents, by the first 16 bits of their ids, which are random


@dataclass(frozen=True)
class Part:
    """Some of all residents, whoever they are: from one of ``PARTS`` to before another."""

    low: int
    high: int

    def ids(self) -> dict[str, UUID]:
        """Give the first and the last id of it, as parameters."""
        return {"from_id": UUID(int=self.low << 112), "to_id": UUID(int=(self.high << 112) - 1)}


def lock() -> None:
    """Wait to be the ledger's one writer until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def freeze(
    id: UUID, members: dict[str, Any], *, connected: Sequence[bool], late: bool = False, earlier: Sequence[UUID] = ()
) -> list[int]:
    """Write the deliveries of those members who have none yet.

    Args:
        id: the broadcast.
        members: the parameters of members.MEMBERS.
        connected: which of them: ``[True]``, ``[False]`` or both.
        late: whether they are late entrants.
        earlier: the versions before, newest first: what they said of where they are stands on.

    Returns:
        The groups in which a delivery is new.
    """
    asked = {**members, "id": id, "connected": list(connected), "late": late, "earlier": list(earlier)}
    if earlier or late:
        return _written(FREEZE_UPDATE if earlier else FREEZE_LACKING, asked)
    try:
        with transaction.atomic():
            return _written(FREEZE_FRESH, asked)
    except IntegrityError:
        return _written(FREEZE_LACKING, asked)


def freeze_outside(id: UUID, members: dict[str, Any], touched: Sequence[int], *, earlier: Sequence[UUID], part: Part) -> list[int]:
    """Write the deliveries of an update to those of a part of all who got a version before and are not in its area.

    Args:
        id: the update, to whose members all deliveries are written; whoever became one since is written to first, or they would be
            told that they are outside.
        members: the parameters of members.MEMBERS.
        touched: its groups.
        earlier: the versions before, newest first.
        part: whom to look at.
    """
    late = freeze(id, members, connected=[True, False], earlier=earlier) if lacks_somebody(id, members) else []
    outside = members | {"tagged": False, "narrowed": members["tagged"], "id": id, "earlier": list(earlier), "touched": list(touched)}
    written = _written(FREEZE_OUTSIDE, outside | part.ids())
    if part.high == PARTS and lacks_told(id, earlier):  # a double whose part was to come was merged into somebody whose part was over
        written += _written(FREEZE_OUTSIDE, outside | Part(0, PARTS).ids())
    if members["tagged"]:  # of whom its tags leave out and who is inside, some were found already
        recount(id, written)
    return sorted({*late, *written})


def lacks_somebody(id: UUID, members: dict[str, Any]) -> bool:
    """Say whether any of these members has no delivery, or one in another group; only reads, so that receipts go on meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(LACKS_SOMEBODY, {**members, "id": id})
        return bool(cursor.fetchone()[0])


def lacks_told(id: UUID, earlier: Sequence[UUID]) -> bool:
    """Say whether anybody in the register has a delivery of a version before and none of this one."""
    with connection.cursor() as cursor:
        cursor.execute(LACKS_TOLD, {"id": id, "earlier": list(earlier)})
        return bool(cursor.fetchone()[0])


def move(id: UUID, members: dict[str, Any]) -> list[int]:
    """Move the deliveries of those members who are in another group now, with what was said of them.

    Returns:
        The groups that somebody left or came to.
    """
    groups = _written(MOVE, {**members, "id": id})
    recount(id, groups)
    return groups


def count_members(members: dict[str, Any]) -> dict[int, int]:
    """Count these members by group."""
    with connection.cursor() as cursor:
        cursor.execute(BY_GROUP, members)
        return dict(cursor.fetchall())


def counted(id: UUID) -> dict[int, int]:
    """Give how many people a broadcast counts, by group."""
    rows = DeliveryCount.objects.filter(broadcast_id=id, residents__gt=0).order_by("no")
    return dict(rows.values_list("no", "residents"))


def digest(counts: dict[int, int]) -> dict[str, object]:
    """Give what can be held against the counters afterwards: how many people in how many groups, and a hash over them group by group.
    The figures themselves stay out of the record: of a few people in a group they would tell too much."""
    rows = ";".join(f"{no}:{people}" for no, people in sorted(counts.items()))
    return {"sent": sum(counts.values()), "sent_groups": len(counts), "sent_hash": hashlib.sha256(rows.encode()).hexdigest()}


def freeze_cancel(id: UUID, *, earlier: Sequence[UUID], part: Part, connected: bool) -> list[int]:
    """Write the deliveries of a cancel to those of a part who have one of its chain, wherever they are now.

    Args:
        id: the cancel.
        earlier: the versions before, newest first.
        part: whom to look at.
        connected: whether only those who are; else all who have none of this cancel yet.
    """
    return _written(FREEZE_CANCEL, {"id": id, "earlier": list(earlier), "connected": connected, **part.ids()})


def told(earlier: Sequence[UUID]) -> int:
    """Give about how many people were told by the largest of these versions."""
    sums = DeliveryCount.objects.filter(broadcast_id__in=list(earlier)).values("broadcast_id").annotate(people=Sum("residents"))
    return max((row["people"] for row in sums), default=0)


def note_pushed(id: UUID, residents: Iterable[str]) -> list[int]:
    """Note the server's own word that a send to these residents, ids as text, returned.

    Returns:
        The groups whose counters moved.
    """
    return _written(NOTE_PUSHED, {"id": id, "residents": as_array(residents)})


def _written(statement: str, asked: dict[str, Any]) -> list[int]:
    """Run one statement as the ledger's one writer; gives the groups that it touched."""
    lock()
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return [no for (no,) in cursor.fetchall()]


def recount(id: UUID, numbers: Iterable[int]) -> None:
    """Count groups of a broadcast anew, where deliveries were folded, moved or taken out; under the ledger's lock."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"id": id, "numbers": as_array(numbers)})


def end_deliveries(residents: Sequence[UUID] | RawSQL) -> list[tuple[UUID, int]]:
    """Take people out of the warnings in force, and of evacuations that go on after their end: they left, died, or their import was
    taken back; they are nobody's to account for.

    Args:
        residents: who, or the question that gives their ids.

    Returns:
        The broadcasts and groups whose counters moved, to be told of after the audit's entry: its lock comes before the log's.
    """
    lock()
    watched = Broadcast.objects.live() | Broadcast.objects.unfinished()
    mine = Delivery.objects.filter(resident_id__in=residents, broadcast_id__in=watched.values("pk"))
    touched = list(mine.order_by("broadcast_id", "no").values_list("broadcast_id", "no").distinct())
    mine.delete()
    for id in {id for id, _ in touched}:
        recount(id, [no for other, no in touched if other == id])
    return touched


def is_unfinished(broadcast: Broadcast) -> bool:
    """Say whether an evacuation's time ran out lately: who is missing then is missing no less, and officers go on looking."""
    return Broadcast.objects.unfinished().filter(pk=broadcast.pk).exists()


def standing(broadcast: Broadcast, resident: UUID, *, afterwards: bool = False) -> Broadcast:
    """Give the version of a chain to which a word about a resident counts now: pressed on one that an update has followed
    meanwhile, it is the update's. Takes the ledger's lock, so that no update is being written to them meanwhile.

    Args:
        broadcast: the version about which it was said.
        resident: whom it is about.
        afterwards: whether it counts for some days after the end too: a call for help, or what was found at a door, made where
            there was no signal, is as true when it arrives.

    Raises:
        Conflict: no version is in force any more.
    """
    lock()
    live = Broadcast.with_trials.standing().filter(chain=broadcast.chain).exists()
    out = Broadcast.with_trials.filter(chain=broadcast.chain).exclude(started_at=None).exclude(message_type=MessageType.CANCEL).order_by("-version")
    theirs = set(Delivery.objects.filter(resident_id=resident, broadcast_id__in=out.values("pk")).values_list("broadcast_id", flat=True))
    # An update that has not come to them yet takes over what is said of the newest that has.
    newest = next((row for row in out if row.pk in theirs), broadcast)
    if not live and not (afterwards and (newest.ended_at or newest.expires) > timezone.now() - AFTERWARDS):
        raise Conflict("broadcast.over", state=newest.state)
    return newest


def needed_since(broadcast: Broadcast, resident: UUID, at: datetime, *, officer: UUID | None = None) -> bool:
    """Say whether somebody needs help, or would not leave, by a word newer than a moment: what was pressed then, and waited for a
    signal, must not take them off the list.

    Args:
        broadcast: the version to which it would count.
        resident: who.
        at: by the clock of the device that says so now; it is trusted this far alone, that it can keep somebody on the list.
        officer: who says so; none: their own phone. One's own other words are judged by the clock of one's own device, however late
            they arrived; others' by when they arrived.
    """
    versions = Broadcast.with_trials.filter(chain=broadcast.chain).values("pk")
    mine = Q(source="officer", officer_id=officer) if officer else Q(source="resident")
    newer = mine & Q(pressed_at__gt=at) | ~mine & Q(at__gt=at)
    said = Receipt.objects.filter(newer, broadcast_id__in=versions, resident_id=resident, stage__in=("need_help", "refused"))
    waiting = Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=resident, accounted=False)
    return waiting.exists() and said.exists()


def receive(words: Sequence[Word], *, source: str, officer: UUID | None = None) -> dict[UUID, list[int]]:
    """Apply receipts and ticks in order; what is known already, or nobody's, changes nothing.

    Args:
        words: in the order in which they came.
        source: ``resident`` or ``officer``.
        officer: whose ticks they are.

    Returns:
        By broadcast, the groups whose counters moved.
    """
    lock()
    arrays: dict[str, Any] = {
        "broadcasts": as_array(word.broadcast for word in words),
        "residents": as_array(word.resident for word in words),
        "stages": as_array(_reached(word) for word in words),
        "answers": [word.stage if word.stage in ("moving", "safe", "need_help") else None for word in words],
        "ticks": [word.tick for word in words],
        "pressed": [word.pressed_at for word in words],
    }
    touched: dict[UUID, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(RECEIVE, {**arrays, "source": source, "officer": officer})
        for broadcast, no in cursor.fetchall():
            touched.setdefault(broadcast, []).append(no)
    return touched


def as_array(values: Iterable[UUID | str | int]) -> str:
    """Write ids or numbers as PostgreSQL reads an array: the driver quotes each by itself, which for 5,000 takes as long as the question."""
    return "{" + ",".join(map(str, values)) + "}"


def _reached(word: Word) -> int:
    """Every answer of a resident acknowledges what their phone showed; a tick says nothing of that."""
    return Stage.QUEUED if word.stage is None or not word.shown else Stage.DISPLAYED if word.stage == "displayed" else Stage.ACKNOWLEDGED


def tell(id: UUID, numbers: Iterable[int], *, edge: bool = False) -> None:
    """Publish how far a broadcast has come in some groups.

    Args:
        id: the broadcast.
        numbers: the groups whose counters moved.
        edge: whether residents' sockets have to look for new deliveries too.
    """
    wanted = sorted(numbers)
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"id": id, "numbers": as_array(wanted)})
        fact = BroadcastProgressed(id=str(id), by_no={no: counts for no, *counts in cursor.fetchall()})
    also = ("edge",) if edge else ()
    narrowed = Broadcast.with_trials.filter(pk=id, in_tens=True).values_list("touched", flat=True).first()
    if narrowed is None:
        publish(fact, ranges=runs(wanted), topics=("staff", *also))
        return
    whole = runs(narrowed)
    rough = BroadcastProgressed(id=str(id), by_no=together(id), together=[list(pair) for pair in whole])
    is_news = rough != last_told(id)  # who counts the events must not count the people; looked up before the log is locked
    publish(fact, ranges=runs(wanted), topics=("exact", *also))
    if is_news:
        publish(rough, ranges=whole, topics=("tens",))


def last_told(id: UUID) -> BroadcastProgressed | None:
    """Give how far a broadcast had come in tens, as it was told last."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_TOLD, [str(id)])
        told = cursor.fetchone()
    return BroadcastProgressed.model_validate_json(told[0]) if told else None


def together(id: UUID) -> dict[int, list[int]]:
    """Give how far a broadcast has come in all groups together and in tens, as the one row ``TOGETHER`` of its progress."""
    sums = DeliveryCount.objects.filter(broadcast_id=id).aggregate(**{name: Sum(name, default=0) for name in PROGRESS})
    return {TOGETHER: [in_tens(sums[name], str(id), least=10 * (name == "residents")) for name in PROGRESS]}
