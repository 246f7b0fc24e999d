"""What a resident may read: the broadcasts that have a delivery to them, and the name of their group."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from geodata.codes import Level
from gridmap.broadcasts.ledger import as_array
from gridmap.broadcasts.models import (
    LIVE,
    OUT,
    Broadcast,
    Delivery,
    MessageType,
    Picture,
    Stage,
    State,
)
from gridmap.edge.models import Endpoint, Hearing
from gridmap.edge.outlines import outline_of
from gridmap.edge.schemas import Device, InboxItem, Message, MessageData
from gridmap.grids.models import Grid
from gridmap.tokens import hashed

HISTORY = timedelta(days=7)
MOST_PLACES = 6


def endpoint_of(token_hash: str) -> Endpoint | None:
    """Find a phone by the hash of its token; None when it never joined or was revoked."""
    return Endpoint.objects.filter(token_hash=token_hash, revoked=False).first()


CHANGED = """
SELECT e.id FROM unnest(%s::uuid[], %s::uuid[], %s::boolean[]) AS s(id, resident, paused) JOIN edge_endpoint e ON e.id = s.id
WHERE e.revoked OR e.paused <> s.paused OR e.resident_id <> s.resident
"""


def changed_among(sockets: Sequence[tuple[UUID, str, bool]]) -> set[UUID]:
    """Say which phones are no longer what their sockets were opened as: revoked, paused or not, or another resident's since
    a double was merged.

    Args:
        sockets: phone, resident as text, and whether it was paused.
    """
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, [[str(row[0]) for row in sockets], [row[1] for row in sockets], [row[2] for row in sockets]])
        return {id for (id,) in cursor.fetchall()}


def message_of(broadcast: Broadcast, *, inside: bool = True) -> Message:
    """Build the message that every recipient of a broadcast gets alike, those inside its area and those outside now."""
    cancel = broadcast.message_type == MessageType.CANCEL
    state = "cancelled" if cancel else "in_force" if broadcast.state in LIVE else broadcast.state
    if state == "in_force" and broadcast.expires <= timezone.now():
        state = "expired"
    outline = outline_of(broadcast.pk)
    data = MessageData(
        **{name: getattr(broadcast, name) for name in WORDS},
        description="" if cancel else broadcast.description,
        reason=broadcast.description if cancel else None,
        sent_at=broadcast.started_at or broadcast.sends_at or broadcast.drafted_at,
        places=places(tuple(broadcast.touched)),
        area=outline.area,
        area_within_m=outline.within_m,
        inside=inside,
    )
    return Message(
        id=broadcast.pk, chain=broadcast.chain, version=broadcast.version, state=state, data=data  # type: ignore[arg-type]
    )


WORDS = tuple(set(MessageData.model_fields) - {"description", "reason", "sent_at", "places", "area", "area_within_m", "inside"})


@lru_cache(maxsize=256)
def places(touched: tuple[int, ...]) -> list[str]:
    """Name the villages that an area touches, those with most groups in it first; of a large one the townships."""
    numbers = sorted(touched)
    for level in (Level.VILLAGE, Level.TOWNSHIP):
        grids = Grid.objects.current().filter(level=level).order_by("no").values_list("name", "group_start", "group_end")
        counted = [(bisect_left(numbers, end) - bisect_left(numbers, start), name) for name, start, end in grids]
        names = [name for count, name in sorted(counted, key=lambda row: -row[0]) if count]
        if len(names) <= MOST_PLACES:
            return names
    return [*names[:MOST_PLACES], "…"]


# One text for all: thousands of rows would hold up the event loop while they are turned into Python objects. From each resident to their
# delivery by the key, which OFFSET 0 holds the planner to: of a broadcast of this second it has no statistics, and reads all of its deliveries.
RECIPIENTS = """
SELECT string_agg(id::text, ',') FILTER (WHERE NOT beyond), string_agg(id::text, ',') FILTER (WHERE beyond) FROM (
    SELECT a.id, d.beyond FROM unnest(%(among)s::uuid[]) AS a(id) CROSS JOIN LATERAL (
        SELECT beyond FROM broadcasts_delivery WHERE broadcast_id = %(id)s AND resident_id = a.id OFFSET 0) d
  UNION ALL
    SELECT h.resident_id, d.beyond FROM edge_hearing h CROSS JOIN LATERAL (
        SELECT beyond FROM broadcasts_delivery WHERE broadcast_id = %(id)s AND resident_id = h.heard_for OFFSET 0) d
    WHERE h.active AND h.resident_id = ANY(%(among)s::uuid[])
) r
"""


def recipients(id: UUID, among: Iterable[str]) -> tuple[set[str], set[str]]:
    """Say which of these residents, ids as text, have a delivery of a broadcast, or hear for somebody who has: those whom its
    area holds, and those whom only an earlier version reached."""
    with connection.cursor() as cursor:
        cursor.execute(RECIPIENTS, {"id": id, "among": as_array(among)})
        inside, outside = (set(found.split(",")) if found else set() for found in cursor.fetchone())
        return inside, outside - inside


# From each person to their own deliveries by the key: a join over all deliveries of a version took 5 s for a hundred of them.
HAD_BEFORE = """
WITH about AS (
    SELECT s.id AS resident, s.id AS person FROM unnest(%(residents)s::uuid[]) AS s(id)
  UNION ALL
    SELECT resident_id, heard_for FROM edge_hearing WHERE active AND resident_id = ANY(%(residents)s::uuid[])
)
SELECT DISTINCT a.resident::text FROM about a WHERE EXISTS (
    SELECT 1 FROM broadcasts_delivery d WHERE d.resident_id = a.person AND d.stage > 0 AND d.broadcast_id = ANY(ARRAY(
        SELECT v.id FROM broadcasts_broadcast b JOIN broadcasts_broadcast v ON v.chain = b.chain AND v.version < b.version WHERE b.id = %(id)s)))
"""


def had_before(id: UUID, residents: Iterable[str]) -> set[str]:
    """Say which of these residents, ids as text, an earlier version of a broadcast's chain has reached: whoever paused in between still
    has it on the screen, and hears what became of it (P6)."""
    with connection.cursor() as cursor:
        cursor.execute(HAD_BEFORE, {"id": id, "residents": as_array(residents)})
        return {resident for (resident,) in cursor.fetchall()}


HEARD_AMONG = """
SELECT h.resident_id::text, array_agg(h.id) FROM edge_hearing h JOIN broadcasts_delivery d ON d.resident_id = h.heard_for AND d.broadcast_id = %(id)s
WHERE h.active AND h.resident_id = ANY(%(residents)s::uuid[]) GROUP BY h.resident_id
"""


def heard_for(residents: Iterable[UUID | str]) -> list[tuple[UUID, UUID]]:
    """Give who of these residents hears for whom, as both agreed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT resident_id, heard_for FROM edge_hearing WHERE active AND resident_id = ANY(%s::uuid[])", [as_array(residents)])
        return cursor.fetchall()


def behalf_of(hearings: Iterable[UUID]) -> str:
    """Name a set of hearings in a few signs: a page repeats in its receipts for whom it showed a message."""
    ids = sorted(map(str, hearings))
    return hashed(" ".join(ids))[:16] if ids else ""


def heard_among(id: UUID, residents: Iterable[str]) -> dict[str, str]:
    """Give for whom of the recipients of a broadcast these residents, ids as text, hear, as ``behalf_of``; only those who do."""
    with connection.cursor() as cursor:
        cursor.execute(HEARD_AMONG, {"id": id, "residents": as_array(residents)})
        return {resident: behalf_of(hearings) for resident, hearings in cursor.fetchall()}


def hearings_of(resident: UUID) -> list[Hearing]:
    """Give for whom a resident hears, and who asks them to."""
    return list(Hearing.objects.filter(resident_id=resident).exclude(agreed=False).order_by("shown_as", "pk"))


def _all_of(resident: UUID) -> list[UUID]:
    return [resident, *(other for _, other in heard_for([resident]))]


def in_force_for(resident: UUID) -> list[tuple[Broadcast, bool]]:
    """Give the broadcasts in force, cancels included, that have a delivery to a resident or to whom they hear for, oldest first;
    and whether any of these is inside."""
    live = [*Broadcast.with_trials.live().order_by("started_at"), *Broadcast.with_trials.overtaken().order_by("-version")]
    mine = Delivery.objects.filter(resident_id__in=_all_of(resident), broadcast_id__in=[broadcast.pk for broadcast in live])
    inside: dict[UUID, bool] = {}
    for id, beyond in mine.values_list("broadcast_id", "beyond"):
        inside[id] = inside.get(id, False) or not beyond
    newest: dict[UUID, Broadcast] = {}
    for broadcast in live:
        if broadcast.pk in inside:
            newest.setdefault(broadcast.chain, broadcast)
    return [(_still(broadcast), inside[broadcast.pk]) for broadcast in newest.values()]


def _still(broadcast: Broadcast) -> Broadcast:
    """Let a version stand, in memory, to whom its update has not come yet: nobody is without a version in between."""
    if broadcast.state == State.SUPERSEDED:
        broadcast.state = State.IN_FORCE
    return broadcast


def inbox_of(endpoint: Endpoint) -> list[InboxItem]:
    """Give the messages of the last days to a phone's resident: of each chain the highest version, newest first."""
    resident = endpoint.resident_id
    now = timezone.now()
    recent = Broadcast.with_trials.filter(state__in=OUT).filter(Q(ended_at__isnull=True) | Q(ended_at__gt=now - HISTORY))
    recent = recent.exclude(trial=True, expires__lt=now)
    rows = Delivery.objects.filter(resident_id__in=_all_of(resident), broadcast_id__in=recent.values("pk"))
    # One's own delivery stands before those of whom one hears for.
    deliveries = {row.broadcast_id: row for row in sorted(rows, key=lambda row: row.resident_id == resident)}
    inside = {row.broadcast_id for row in rows if not row.beyond}
    names = {hearing.heard_for: hearing for hearing in hearings_of(resident)}
    on_behalf: dict[UUID, list[Hearing]] = {}
    for row in rows:
        if row.resident_id in names:
            on_behalf.setdefault(row.broadcast_id, []).append(names[row.resident_id])
    chains: dict[UUID, Broadcast] = {}
    for broadcast in recent.filter(pk__in=deliveries).order_by("version"):
        chains[broadcast.chain] = broadcast
    for broadcast in Broadcast.with_trials.overtaken().filter(pk__in=[row.pk for row in chains.values()]):
        chains[broadcast.chain] = _still(broadcast)
    newest = sorted(chains.values(), key=lambda broadcast: broadcast.drafted_at, reverse=True)
    return [
        _item(broadcast, deliveries[broadcast.pk], on_behalf.get(broadcast.pk, []), endpoint, inside=broadcast.pk in inside)
        for broadcast in newest
    ]


def picture_for(resident: UUID, id: UUID) -> bytes | None:
    """Give the picture of a message that a resident got, or that whom they hear for got; else None."""
    theirs = Delivery.objects.filter(resident_id__in=_all_of(resident)).values("broadcast_id")
    if not Broadcast.with_trials.filter(picture=id, state__in=OUT, pk__in=theirs).exists():
        return None
    data = Picture.objects.filter(pk=id).values_list("data", flat=True).first()
    return None if data is None else bytes(data)


def home_of(endpoint: Endpoint) -> list[str]:
    """Name the grids that hold a phone's group, township first."""
    group = Grid.objects.current().groups().filter(no=endpoint.no).values_list("code", flat=True).first()
    return names_down_to(group) if group else []


def names_down_to(code: str) -> list[str]:
    """Name a grid and those that hold it, township first."""
    path = [code[:length] for length in (9, 12, 15) if length <= len(code)]
    return list(Grid.objects.current().filter(code__in=path).order_by("level").values_list("name", flat=True))


def devices_of(endpoint: Endpoint) -> list[Device]:
    """Give the phones of the resident behind one of them, the newest first."""
    rows = Endpoint.objects.filter(resident_id=endpoint.resident_id, revoked=False).order_by("-joined_at")
    return [Device(id=row.pk, joined_at=row.joined_at, seen_at=row.seen_at, paused=row.paused, this=row.pk == endpoint.pk) for row in rows]


def online_in(start: int, end: int) -> int:
    """Count the residents of a range of groups who have a socket open right now."""
    online = Endpoint.objects.filter(online_until__gt=timezone.now(), no__gte=start, no__lt=end, revoked=False)
    return online.values("resident_id").distinct().count()


def _item(broadcast: Broadcast, delivery: Delivery, on_behalf: list[Hearing], endpoint: Endpoint, *, inside: bool) -> InboxItem:
    own = delivery.resident_id == endpoint.resident_id
    return InboxItem(
        **message_of(broadcast, inside=inside).model_dump(), own=own, on_behalf=[one.shown_as for one in on_behalf], behalf=behalf_of(one.pk for one in on_behalf),
        passing=own and broadcast.by_place and delivery.no != endpoint.no, stage=Stage(delivery.stage).word, answer=delivery.answer,
    )  # fmt: skip


