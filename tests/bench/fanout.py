"""``bench fanout``: one broadcast to N residents' sockets, from the doorbell's commit to the last socket that has it.

Ours is the whole way through real processes: commit, NOTIFY, log, who has a delivery, public ASGI ``send``. The floor
writes the same bytes from a bare uvloop loop. The peer is a Channels consumer on Redis pub/sub, null without Redis.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tests.bench.clients import Clients, framed, never_reading
from tests.bench.databases import pointed_at
from tests.bench.floor import Floor
from tests.bench.peer import Peer
from tests.house import House, until

GROUP = "430524001001001"
WARM_UP = 2
SETTLE_SECONDS = 0.3  # what one side leaves behind must not be measured as the next one's
STORM_SHARE = 0.5  # 5,000 connecting while 9,500 listen
# How the clients take what comes: as a phone does; looking at the bytes alone; on machines of their own, as in a county.
WAYS: dict[str, dict[str, bool]] = {"": {}, "_at_a_glance": {"glance": True}, "_asleep": {"asleep": True}}
LONG = "水" * 30_000  # 90 kB, more than anything that the API takes: so that few messages are enough
JAM_BYTES = 2 * int(Path("/proc/sys/net/ipv4/tcp_wmem").read_text().split()[2])  # more than a socket's buffers ever hold
Say = Callable[[str], None]


def run(*, sockets: int, rounds: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        sockets: how many residents listen.
        rounds: how often each side sends; the medians are compared.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        Milliseconds and ratios as contracts.md names them; ``lost`` over all rounds and the storm of connects.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    storm = int(sockets * STORM_SHARE)
    with ExitStack() as stack:
        say("starting gridmap, the floor and the peer")
        house = stack.enter_context(House("fanout", [sys.executable, "-m", "tests.world"]))
        stack.enter_context(pointed_at(house.database))
        floor, peer = stack.enter_context(Floor()), stack.enter_context(Peer()) if Peer.possible() else None
        # A process of clients for each side: one may hold only so many sockets.
        clients, of_floor, of_peer = (stack.enter_context(Clients()) for _ in range(3))
        say("peer: Channels with RedisPubSub" if peer else "peer: redis-server is not installed, so null")
        cookies = [f"gridmap_device={token}" for token in join(sockets + storm + 1)]
        early, late, stuck = cookies[:sockets], cookies[sockets:-1], cookies[-1]
        broadcasts = Broadcasts(house, sockets)
        before = memory(house)
        connect(clients, house.port, "/ws/resident", early, hello=True)
        grown = memory(house) - before
        connect(of_floor, floor.port, "/", ["none=1"] * sockets, hello=False)
        if peer:
            connect(of_peer, peer.port, "/", ["none=1"] * sockets, hello=False)
        say(f"{sockets} sockets a side, {rounds} rounds")
        rows, lost = [], 0
        for turn in range(WARM_UP + rounds):
            row = {}
            for way, reads in WAYS.items():
                row["ours" + way], missing = one(clients, sockets, lambda id: broadcasts.send(id), **reads)
                lost += missing
                payload = broadcasts.text.replace(broadcasts.last, "{id}")
                row["floor" + way] = one(of_floor, sockets, lambda id, payload=payload: floor_sends(floor, payload, id), **reads)[0]
                if peer:
                    row["peer" + way] = one(of_peer, sockets, lambda id, payload=payload: peer_sends(peer, payload, id), **reads)[0]
            rows.append(row)
            say(f"round {turn + 1}: " + ", ".join(f"{side} {took:.0f} ms" for side, took in row.items()))
        say("one client that never reads")
        stalled = jammed(house, broadcasts, stuck)
        beside = [one(clients, sockets, lambda id: broadcasts.send(id)) for _ in range(WARM_UP + rounds)]
        stalled.close()
        say(f"{storm} sockets connecting during a send")
        lost += sum(missing for _, missing in beside) + during_storm(clients, house, broadcasts, sockets, late)
    middle = {side: statistics.median(row[side] for row in rows[WARM_UP:]) for side in rows[0]}
    found: dict[str, Any] = {"bench": "fanout", "sockets": sockets, "rounds": rounds, "seam": settings.SOCKET_SEAM, "lost": lost}
    for way in WAYS:
        ours, bare, theirs = middle["ours" + way], middle["floor" + way], middle.get("peer" + way)
        found |= {"ours" + way: round(ours, 1), "floor" + way: round(bare, 1), "peer" + way: round(theirs, 1) if theirs else None}
        found |= {"ratio_to_floor" + way: round(ours / bare, 2), "ratio_to_peer" + way: round(ours / theirs, 3) if theirs else None}
    stalled_ratio = statistics.median(took for took, _ in beside[WARM_UP:]) / middle["ours"]
    return found | {"stalled_ratio": round(stalled_ratio, 2), "kb_per_socket": round(grown / sockets, 1), "storm": storm}


class Broadcasts:
    """Broadcasts in force to everybody, each committed with its deliveries at the moment that is measured from."""

    def __init__(self, house: House, sockets: int) -> None:
        from gridmap.broadcasts.models import Broadcast
        from tests.broadcasts.steps import form

        draft = house.staff("planner").post("/api/broadcasts", json=form()).json()
        self.draft = Broadcast.objects.get(pk=draft["id"])
        self.sockets, self.last, self.text = sockets, "", ""

    def send(self, id: str, *, only: str | None = None, description: str = "") -> int:
        """Put a broadcast in force, to all residents or only to the one behind a device token; gives when (ns)."""
        from gridmap.broadcasts import ledger
        from gridmap.broadcasts.models import Broadcast, State
        from gridmap.edge.reads import message_of
        from gridmap.realtime.hub import text
        from gridmap.tokens import hashed

        if self.last and not only:
            until(lambda: pushed(self.last) >= self.sockets, "every push noted")
            Broadcast.objects.exclude(state=State.DRAFT).update(state=State.EXPIRED)
        values = {field.attname: getattr(self.draft, field.attname) for field in Broadcast._meta.fields}
        changes = {"id": UUID(id), "chain": uuid4(), "state": State.IN_FORCE, "started_at": timezone.now()}
        if only:  # lives nowhere in it, else the reconciler would, rightly, find the others missing and push to them
            changes |= {"description": description, "inside": [], "cut": []}
        with transaction.atomic():
            broadcast = Broadcast(**{**values, **changes})
            broadcast.save(force_insert=True)
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO broadcasts_delivery (broadcast_id, resident_id, no)"
                    " SELECT %s, resident_id, no FROM edge_endpoint WHERE %s IN (token_hash, '')",
                    [id, hashed(only) if only else ""],
                )
                cursor.execute(
                    "INSERT INTO broadcasts_deliverycount (broadcast_id, no, residents)"
                    " SELECT broadcast_id, no, count(*) FROM broadcasts_delivery WHERE broadcast_id = %s GROUP BY 1, 2",
                    [id],
                )
                cursor.execute("SELECT array_agg(no) FROM broadcasts_deliverycount WHERE broadcast_id = %s", [id])
                numbers = cursor.fetchone()[0]
            ledger.tell(broadcast.pk, numbers, edge=True)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what the rows cost is the ledger's, see bench send
            began = time.monotonic_ns()
        self.last = "" if only else id
        self.text = text(message_of(broadcast).model_dump(mode="json"))["text"]
        return began


def pushed(id: str) -> int:
    """Count the pushes of a broadcast that are in the ledger."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM broadcasts_delivery WHERE broadcast_id = %s AND stage >= 1", [id])
        return int(cursor.fetchone()[0])


def one(clients: Clients, sockets: int, send: Callable[[str], int], *, glance: bool = False, asleep: bool = False) -> tuple[float, int]:
    """Send one message; gives milliseconds until the last socket had it, and how many never had."""
    id = str(uuid4())
    clients.expect(id, sockets, glance=glance, asleep=asleep)
    time.sleep(SETTLE_SECONDS)
    began = send(id)
    _, last, missing = clients.seen()
    return (last - began) / 1e6, missing


def floor_sends(floor: Floor, text: str, id: str) -> int:
    """Have the floor send; gives when (ns)."""
    frame = framed(text.replace("{id}", id).encode())
    began = time.monotonic_ns()
    floor.send(frame)
    return began


def peer_sends(peer: Peer, text: str, id: str) -> int:
    """Have the peer send; gives when (ns)."""
    began = time.monotonic_ns()
    peer.send(text.replace("{id}", id))
    return began


def during_storm(clients: Clients, house: House, broadcasts: Broadcasts, listening: int, late: list[str]) -> int:
    """Send while others connect; gives how many of all of them never had the message."""
    id = str(uuid4())
    clients.expect(id, listening + len(late))
    clients.start_connecting(port=house.port, path="/ws/resident", cookies=late, hello=True)
    broadcasts.send(id)
    assert clients.connected() == len(late), "the storm was not let in"
    return clients.seen()[2]  # only now: whoever is not in yet has lost nothing


def jammed(house: House, broadcasts: Broadcasts, cookie: str) -> Any:
    """Open a socket that never reads and send it more than every buffer on its way holds."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE broadcasts_broadcast ALTER COLUMN description TYPE text")
    stalled = never_reading(house.port, "/ws/resident", cookie)
    sent = 0
    while sent < JAM_BYTES:
        broadcasts.send(str(uuid4()), only=cookie.partition("=")[2], description=LONG)
        sent += len(broadcasts.text.encode())
    return stalled


def join(count: int) -> list[str]:
    """Register residents with a phone each, and give the phones' tokens."""
    from gridmap.edge.models import Endpoint
    from gridmap.edge.sessions import new_endpoint
    from gridmap.grids.models import Grid
    from gridmap.people.models import Household, Resident
    from gridmap.sealing import seal

    group = Grid.objects.current().get(code=GROUP)
    home = Household.objects.create(group=group)
    people = [Resident(household=home, group=group, no=group.no, joined=True, connected=True) for _ in range(count)]
    for person in people:
        person.name_sealed = seal("测试", f"people_resident.name.{person.pk}")
    phones = [new_endpoint(person.pk, group.no) for person in people]
    Resident.objects.bulk_create(people, batch_size=2000)
    Endpoint.objects.bulk_create([endpoint for endpoint, _ in phones], batch_size=2000)
    return [token for _, token in phones]


def connect(clients: Clients, port: int, path: str, cookies: list[str], *, hello: bool) -> None:
    """Open sockets and see that every one is ready."""
    clients.start_connecting(port=port, path=path, cookies=cookies, hello=hello)
    ready = clients.connected()
    assert ready == len(cookies), f"only {ready} of {len(cookies)} sockets opened"


def memory(house: House) -> float:
    """Give the web process's resident memory in kB."""
    assert house.web is not None
    pages = int(Path(f"/proc/{house.web.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1000


