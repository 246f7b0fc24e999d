"""The resident's socket: signed in by the device cookie; given whatever is in force, takes receipts."""

import asyncio
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import Error
from django.utils import timezone

from gridmap.broadcasts.ledger import Word
from gridmap.edge import actions, push, reads
from gridmap.edge.sessions import called
from gridmap.realtime import frames
from gridmap.realtime.gate import CHANGED, Gate
from gridmap.realtime.hub import COME_BACK, ResidentSocket, Socket, hub, text
from gridmap.realtime.threads import at_the_gate, in_database
from gridmap.tokens import hashed
from gridmap.walls import at_the_edge

# Answers go over HTTP, where the phone is told that they are kept; a socket only notes what was seen.
STAGES = {"displayed", "acknowledged"}
RECHECK_SECONDS = 3.0
TENTHS_TO_WAIT = 10
SIGN_SECONDS = 1
opened: set[UUID] = set()  # phones that said hello, until that is written


class ResidentConsumer(Gate):
    """One phone's socket."""

    socket: ResidentSocket | None = None

    async def enter(self) -> Socket | None:
        """Find the phone by its cookie."""
        token = self.cookie(settings.DEVICE_COOKIE_NAME)
        endpoint = await at_the_gate(at_the_edge(reads.endpoint_of), hashed(token)) if token else None
        if endpoint is None:
            return None
        return ResidentSocket(
            send=self.base_send, close=self.shut, resident=str(endpoint.resident_id), endpoint=endpoint.pk, paused=endpoint.paused
        )

    async def hello(self, frame: dict[str, Any]) -> None:
        """Welcome, everything in force that is this resident's, caught_up; needs no cursor."""
        socket = self.socket
        if socket is None or socket in hub.residents.get(socket.resident, ()):
            raise frames.BadFrame
        if hub.seq < 0:
            await hub.catch_up()
        socket.busy = True
        others = [other for other in hub.residents.get(socket.resident, ()) if other.endpoint == socket.endpoint]
        for other in others[: max(0, len(others) + 1 - actions.MOST_SOCKETS)]:
            hub.drop(other, COME_BACK)
        hub.residents.setdefault(socket.resident, set()).add(socket)
        opened.add(socket.endpoint)
        welcome = {"type": "welcome", "seq": hub.seq, "server_time": timezone.now().isoformat()}
        await socket.send(text(welcome))
        await push.give_in_force(socket)
        await socket.send(text({"type": "caught_up", "seq": hub.seq}))
        await hub.drain(socket)

    async def take(self, frame: dict[str, Any]) -> None:
        """Take a receipt too."""
        if frame["type"] != "receipt":
            return await super().take(frame)
        stage, id, behalf = frame.get("stage"), frame.get("broadcast"), frame.get("behalf", "")
        try:
            broadcast = UUID(id) if isinstance(id, str) else None
        except ValueError:
            broadcast = None
        if broadcast is None or not isinstance(stage, str) or stage not in STAGES or not isinstance(behalf, str) or self.socket is None:
            raise frames.BadFrame
        push.receive(Word(broadcast, UUID(self.socket.resident), stage=stage, behalf=behalf))

    async def leave(self, socket: ResidentSocket) -> None:
        """Note that the resident has no socket open any more."""
        if socket.resident not in hub.residents:
            await in_database(at_the_edge(actions.leave), [socket.endpoint])


async def recheck_for_ever() -> None:
    """Close, within five seconds, the sockets of phones that were revoked, paused or given to another resident since they opened (P18)."""
    while True:
        await asyncio.sleep(RECHECK_SECONDS)
        for _ in range(TENTHS_TO_WAIT):  # thousands of rows, under the feet of a warning: it comes first, as long as five seconds are kept
            if push.sending:
                await asyncio.sleep(0.1)
        sockets = [socket for group in list(hub.residents.values()) for socket in group]
        try:
            opened = [(socket.endpoint, socket.resident, socket.paused) for socket in sockets]
            changed = await in_database(at_the_edge(reads.changed_among), opened) if opened else set()
        except Error:
            continue  # the next look finds them
        for socket in sockets:
            if socket.endpoint in changed:
                hub.drop(socket, CHANGED)


async def beat_for_ever() -> None:
    """Note which phones have a socket open, the new ones within a second and all every so often, and which have called."""
    turn = 0
    while True:
        await asyncio.sleep(SIGN_SECONDS)
        turn += 1
        whole = turn % (actions.BEAT_SECONDS // SIGN_SECONDS) == 0
        if push.sending and not whole:
            continue  # a warning comes first
        said, calls = set(opened), set(called)
        listening = {socket.endpoint for group in list(hub.residents.values()) for socket in group} if whole or said else set()
        here, gone = listening if whole else said & listening, calls | said - listening  # who left already is not online
        try:
            if here:
                await in_database(at_the_edge(actions.beat), list(here))
            if gone:
                await in_database(at_the_edge(actions.note_calls), list(gone))
        except Error:
            continue  # the next beat says it
        opened.difference_update(said)
        called.difference_update(calls)
