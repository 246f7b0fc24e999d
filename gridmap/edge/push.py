"""Pushing to residents' sockets: whoever has a delivery and was not given this state of it yet gets it now."""

import asyncio
import logging
from collections.abc import Callable
from uuid import UUID

from django.db import Error

from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import OUT, Broadcast
from gridmap.edge import actions, reads
from gridmap.realtime.hub import Message as Outgoing
from gridmap.realtime.hub import ResidentSocket, hub, text
from gridmap.realtime.threads import in_database

logger = logging.getLogger(__name__)
FLUSH_SECONDS = 0.1
MOST_AT_ONCE = 5000
received: list[ledger.Word] = []  # what phones said
pushed: list[tuple[UUID, str]] = []  # broadcast and resident of each send that returned


async def push(broadcasts: list[UUID]) -> None:
    """Give these broadcasts to every socket of this process whose resident has a delivery and was not given it."""
    for id in broadcasts:
        listening = [socket for group in hub.residents.values() for socket in group]
        state, message, chosen = await in_database(_message_for, id, {socket.resident for socket in listening})
        here = [s for s in listening if s.resident in chosen and s.given.get(id) != state]
        for socket in here:
            socket.given[id] = state
        await hub.fan(here, message, noting(id, state))


async def give_in_force(socket: ResidentSocket) -> None:
    """Give a socket that has just said hello everything in force that is its resident's (P4)."""
    for id, state, message in await in_database(_in_force, socket.resident):
        if socket.given.get(id) != state:
            socket.given[id] = state
            await socket.send(message)
            noting(id, state)(socket)


def noting(id: UUID, state: str) -> Callable[[ResidentSocket], None]:
    """Give what queues the server's own word "pushed" for the ledger, once a send to a socket has returned (P7)."""
    if state not in ("in_force", "cancelled"):
        return lambda socket: None
    return lambda socket: pushed.append((id, socket.resident))


def receive(word: ledger.Word) -> None:
    """Queue a resident's receipt from a socket; the phone repeats it on its next hello, so a crash loses none."""
    received.append(word)


async def flush_for_ever() -> None:
    """Write what is queued every tenth of a second, in one statement per source."""
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        await flush()


async def flush() -> None:
    """Write what is queued, pushes before what phones say of them; a failing database puts it back."""
    while pushed or received:
        pushes, words = pushed[:MOST_AT_ONCE], received[:MOST_AT_ONCE]
        del pushed[:MOST_AT_ONCE], received[:MOST_AT_ONCE]
        try:
            await in_database(_write, pushes, words)
        except Error as error:
            logger.warning("receipts: the database failed, kept for later: %s", type(error).__name__)
            pushed[:0], received[:0] = pushes, words
            await asyncio.sleep(0.5)


def _write(pushes: list[tuple[UUID, str]], words: list[ledger.Word]) -> None:
    if pushes:
        actions.take_receipts([ledger.Word(id, UUID(to), stage="pushed") for id, to in pushes], source="server")
    if words:
        actions.take_receipts(words, source="resident")


def _message_for(id: UUID, among: set[str]) -> tuple[str, Outgoing, set[str]]:
    broadcast = Broadcast.objects.filter(pk=id, state__in=OUT).first()
    if broadcast is None:
        return "", {}, set()
    message = reads.message_of(broadcast)
    return message.state, text(message.model_dump(mode="json")), reads.recipients(id, among)


def _in_force(resident: str) -> list[tuple[UUID, str, Outgoing]]:
    messages = [reads.message_of(broadcast) for broadcast in reads.in_force_for(UUID(resident))]
    return [(message.id, message.state, text(message.model_dump(mode="json"))) for message in messages]
