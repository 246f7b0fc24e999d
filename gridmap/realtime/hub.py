"""The hub: one a process. It reads the log when the doorbell rings and tells each socket what it may hear.

A message is encoded once and sent to many in slices with a yield between. A send to a stalled client never returns,
so whoever gets stuck keeps only that one socket: another pump takes over the rest of the slice, and what comes for a
busy socket waits in its bounded backlog. Over the bound the socket is closed; it catches up when it returns (P8).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import Error

from gridmap.access import Scope, audible
from gridmap.grids.ranges import meet
from gridmap.realtime import doorbell, log, seam
from gridmap.realtime.events import FACTS, AssignmentChanged
from gridmap.realtime.models import QUIET
from gridmap.realtime.threads import in_database

SLICE = 512
BACKLOG = 256
TOO_SLOW, COME_BACK = 4008, 4013
CLOSING_SECONDS = 10.0
REMEMBERED = 64
Message = dict[str, Any]
logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Socket:
    """One open socket: how to send to it, and what waits while it is busy."""

    send: Callable[[Message], Awaitable[None]]
    close: Callable[[int], Awaitable[None]]
    server: seam.Server | None = field(init=False)
    busy: bool = False
    gone: bool = False
    backlog: list[tuple[Message, "Sent | None"]] = field(default_factory=list)  # an empty deque takes 600 bytes

    def __post_init__(self) -> None:
        """Find the short cut, where there is one."""
        self.server = seam.server_of(self.send)


Kind = TypeVar("Kind", bound=Socket)
Sent = Callable[[Any], None]  # told of each socket that took a message, once its send returned


@dataclass(eq=False, kw_only=True, slots=True)
class StaffSocket(Socket):
    """A staff member's socket, and what it may hear."""

    scope: Scope
    session_key: str


@dataclass(eq=False, kw_only=True, slots=True)
class ResidentSocket(Socket):
    """A resident's socket."""

    resident: str  # as text: thousands go into a query at once, and UUID objects cost more than the query
    endpoint: UUID
    paused: bool = False  # by the resident: nothing but danger notices


class Hub:
    """Every open socket of this process, and where in the log it stands."""

    def __init__(self) -> None:
        self.seq = -1
        self.staff: set[StaffSocket] = set()
        self.residents: dict[str, set[ResidentSocket]] = {}
        self.looked_at = 0.0
        self.clock = self.sms = True  # gave a sign of life, as of the last look
        self.failing: list[str] = []  # jobs of the clock, as of the last look
        self.on_edge: list[Callable[[list[UUID]], Awaitable[None]]] = []
        self.on_assignment: list[Callable[[], object]] = []
        self.given: dict[Hashable, set[Socket]] = {}
        self.looked: dict[Hashable, dict[Socket, str]] = {}
        self._reading = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Follow the log for ever; a failing database only delays."""
        async for _ in doorbell.rings():
            try:
                await self.catch_up()
            except Error as error:
                logger.warning("hub: the database failed: %s", type(error).__name__)

    async def catch_up(self) -> None:
        """Read what is new in the log and tell it; one reader at a time, so that order holds."""
        async with self._reading:
            if self.seq < 0:
                self.seq = await in_database(log.last)
            while rows := await in_database(log.since, self.seq):
                if self.seq and rows[0].seq - self.seq > log.LEAP:  # what pages were told may be of another history
                    for socket in list(self.staff):
                        self.drop(socket, COME_BACK)
                changed = list(dict.fromkeys(id for row in rows if "edge" in row.topics and (id := broadcast_of(row))))
                for look in self.on_edge if changed else []:
                    await look(changed)  # residents first: their messages are warnings
                for row in rows:
                    if row.topics != ("edge",):
                        await self.tell_staff(row)
                    if row.type == AssignmentChanged.type:
                        for notice in self.on_assignment:
                            notice()
                    self.seq = row.seq
            self.looked_at = time.monotonic()

    def listens(self) -> bool:
        """Say whether the log was looked at lately: without that nobody here hears of anything."""
        return self.looked_at > 0 and time.monotonic() - self.looked_at < QUIET.total_seconds()

    async def tell_staff(self, row: log.Row) -> None:
        """Tell one event to the staff sockets that may hear it, encoded once per distinct area."""
        hearers: dict[tuple[tuple[int, int], ...], list[Socket]] = {}
        for socket in self.staff:
            if hears(socket.scope, row):
                hearers.setdefault(socket.scope.ranges, []).append(socket)
        for ranges, sockets in hearers.items():
            message = told(row, ranges)
            if message is not None:
                await self.fan(sockets, message)

    async def fan(self, sockets: Iterable[Socket], message: Message, sent: Sent | None = None) -> None:
        """Send one message to many sockets; returns when each has it, or keeps it in its backlog.

        Args:
            sockets: whom to send to.
            message: the ASGI message, encoded already.
            sent: told of each socket whose send returned, now or when its backlog drains.
        """
        everyone = iter(list(sockets))
        frame = seam.framed(message)
        while part := list(islice(everyone, SLICE)):
            left = iter(part)
            while True:
                pump = self._start(self._pump(left, message, frame, sent))
                await asyncio.sleep(0)  # the pump ran until it was done or stuck
                if pump.done():
                    break

    async def give(self, socket: Socket, message: Message) -> None:
        """Send one message to one socket, in order with what it is being sent already."""
        await self.fan([socket], message)

    def first_time(self, what: Hashable, sockets: Iterable[Kind]) -> list[Kind]:
        """Keep the sockets that were not given something yet, and note that they are given it now.

        Only the last few things are remembered: a client passes over what it has already.
        """
        had = self.given.setdefault(what, set())
        fresh = [socket for socket in sockets if socket not in had]
        had.update(fresh)
        _forget_the_oldest(self.given)
        return fresh

    def changed(self, what: Hashable, sockets: Iterable[tuple[Kind, str]]) -> list[Kind]:
        """Keep the sockets of which something is another than at the last time, and note it; of the last few things, as above."""
        before = self.looked.setdefault(what, {})
        fresh = [(socket, value) for socket, value in sockets if before.get(socket) != value]
        before.update(fresh)
        _forget_the_oldest(self.looked)
        return [socket for socket, _ in fresh]

    async def drain(self, socket: Socket) -> None:
        """Send what waited while a socket was busy, and make it free."""
        while socket.backlog and not socket.gone:
            message, sent = socket.backlog.pop(0)
            await socket.send(message)
            if sent is not None:
                sent(socket)
        socket.busy = False

    def forget(self, socket: Socket) -> None:
        """Take a socket out: it is told nothing more, and nobody counts it as online."""
        socket.gone = True
        socket.backlog.clear()
        for had in self.given.values():
            had.discard(socket)
        for known in self.looked.values():
            known.pop(socket, None)
        if isinstance(socket, StaffSocket):
            self.staff.discard(socket)
        elif isinstance(socket, ResidentSocket) and (group := self.residents.get(socket.resident)):
            group.discard(socket)
            if not group:
                del self.residents[socket.resident]

    def drop(self, socket: Socket, code: int) -> None:
        """Forget a socket and close it; never waits for it, since a close waits behind a send that is stuck."""
        self.forget(socket)
        self._start(self._close(socket, code))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _close(self, socket: Socket, code: int) -> None:
        with suppress(Exception):  # it is gone already, or will never take the close
            await asyncio.wait_for(socket.close(code), CLOSING_SECONDS)

    async def _pump(self, left: Iterator[Socket], message: Message, frame: bytes | None, sent: Sent | None) -> None:
        for socket in left:
            if socket.gone:
                continue
            if socket.busy:
                self._keep(socket, message, sent)
                continue
            socket.busy = True
            try:
                if frame is None or socket.server is None or not seam.write(socket.server, frame):
                    await socket.send(message)
                if sent is not None:
                    sent(socket)
                if socket.backlog:
                    await self.drain(socket)
            except Exception:  # a client that vanished mid-send must not stop the others
                self.forget(socket)
            socket.busy = False

    def _keep(self, socket: Socket, message: Message, sent: Sent | None) -> None:
        if len(socket.backlog) >= BACKLOG:
            return self.drop(socket, TOO_SLOW)
        socket.backlog.append((message, sent))


def _forget_the_oldest(remembered: dict[Hashable, Any]) -> None:
    while len(remembered) > REMEMBERED:
        del remembered[next(iter(remembered))]


hub = Hub()


def hears(scope: Scope, row: log.Row) -> bool:
    """Say whether an event is for somebody's role and grids."""
    topics, ranges = audible(scope)
    return bool(topics & set(row.topics)) and meet(row.ranges, ranges)


def event(row: log.Row, ranges: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    """Build an event as a listener of these grids may hear it."""
    data = FACTS[row.type].model_validate(row.data).cut(ranges).model_dump(mode="json")
    return {"type": "event", "seq": row.seq, "event": row.type, "at": row.at, "data": data}


def told(row: log.Row, ranges: tuple[tuple[int, int], ...]) -> Message | None:
    """Encode an event for listeners of these grids; one that cannot be encoded is passed over, and stops nobody else."""
    try:
        return text(event(row, ranges))
    except (KeyError, TypeError, ValueError):
        logger.exception("event %s cannot be told", row.seq)
        return None


def text(value: dict[str, Any]) -> Message:
    """Encode a message once, ready to be sent to any number of sockets."""
    return {"type": "websocket.send", "text": orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()}


def broadcast_of(row: log.Row) -> UUID | None:
    """Give the broadcast that an event for residents is about; one that cannot be read is passed over, and stops nobody else."""
    try:
        return UUID(row.data["id"] if "id" in row.data else row.data["broadcast"]["id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        logger.exception("event %s is about no broadcast", row.seq)
        return None
