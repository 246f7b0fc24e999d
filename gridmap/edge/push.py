"""Pushing to residents' sockets: whoever has a delivery and was not given this state of it yet gets it now."""

import asyncio
import logging
from typing import Any
from uuid import UUID

from django.db import Error

from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import OUT, Broadcast
from gridmap.edge import actions, reads
from gridmap.realtime.hub import ResidentSocket, hub, text
from gridmap.realtime.threads import in_database

logger = logging.getLogger(__name__)
FLUSH_SECONDS = 0.1
MOST_AT_ONCE = 5000
waiting: list[tuple[ledger.Word, str]] = []


async def push(broadcasts: list[UUID]) -> None:
    """Give these broadcasts to every socket of this process whose resident has a delivery and was not given it."""
    for id in broadcasts:
        message = await in_database(_message, id)
        if message is None:
            continue
        state = message["state"]
        sockets = [s for group in hub.residents.values() for s in group if s.given.get(id) != state]
        chosen = await in_database(reads.recipients, id, {socket.resident for socket in sockets})
        here = [socket for socket in sockets if socket.resident in chosen]
        await hub.fan(here, text(message))
        note(here, id, state)


async def give_in_force(socket: ResidentSocket) -> None:
    """Give a socket that has just said hello everything in force that is its resident's (P4)."""
    for message in await in_database(_in_force, socket.resident):
        id = UUID(message["id"])
        if socket.given.get(id) != message["state"]:
            await socket.send(text(message))
            note([socket], id, message["state"])


def note(sockets: list[ResidentSocket], id: UUID, state: str) -> None:
    """Remember what was given, and queue the server's own word "pushed" for the ledger."""
    for socket in sockets:
        socket.given[id] = state
        if state in ("in_force", "cancelled"):
            waiting.append((ledger.Word(id, socket.resident, stage="pushed"), "server"))


def receive(word: ledger.Word) -> None:
    """Queue a resident's receipt from a socket; the phone repeats it on its next hello, so a crash loses none."""
    waiting.append((word, "resident"))


async def flush_for_ever() -> None:
    """Write what is queued every tenth of a second, in one statement per source."""
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        await flush()


async def flush() -> None:
    """Write what is queued; a failing database puts it back."""
    while waiting:
        batch = waiting[:MOST_AT_ONCE]
        del waiting[:MOST_AT_ONCE]
        for source in ("server", "resident"):
            words = [word for word, said_by in batch if said_by == source]
            try:
                if words:
                    await in_database(actions.take_receipts, words, source=source)
            except Error as error:
                logger.warning("receipts: the database failed, kept for later: %s", type(error).__name__)
                waiting[:0] = [(word, source) for word in words]
                await asyncio.sleep(0.5)


def _message(id: UUID) -> dict[str, Any] | None:
    broadcast = Broadcast.objects.filter(pk=id, state__in=OUT).first()
    return None if broadcast is None else reads.message_of(broadcast).model_dump(mode="json")


def _in_force(resident: UUID) -> list[dict[str, Any]]:
    return [reads.message_of(broadcast).model_dump(mode="json") for broadcast in reads.in_force_for(resident)]
