"""Pushing to residents' sockets: whoever has a delivery and was not given this state of it yet gets it now."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from uuid import UUID

from django.db import Error

from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import OUT, Broadcast, MessageType, State
from gridmap.edge import actions, reads
from gridmap.edge.schemas import Message
from gridmap.one_by_one import OF_ONE, PassedOverError, one_by_one
from gridmap.realtime import garbage
from gridmap.realtime.hub import Message as Outgoing
from gridmap.realtime.hub import ResidentSocket, hub, text
from gridmap.realtime.threads import in_database
from gridmap.walls import at_the_edge

logger = logging.getLogger(__name__)
FLUSH_SECONDS = 0.1
FLUSHES_TO_SKIP = 10
MOST_AT_ONCE = 5000
MOST_WAITING = 50_000
ASKED_FIRST = 512
LOOK = text({"type": "look"})
PLACES = ("", " outside")  # whoever comes into the area of an update is given it anew
received: list[ledger.Word] = []  # what phones said
pushed: dict[UUID, list[str]] = {}  # by broadcast the residents, ids as text, of each send that returned
sending = 0  # broadcasts that are going out right now


async def push(broadcasts: list[UUID]) -> None:
    """Give these broadcasts to every socket of this process whose resident has a delivery and was not given it."""
    global sending
    garbage.note_sending()
    sending += 1
    try:
        for id in broadcasts:
            try:
                await _push(id)
            except OF_ONE:  # what is wrong with one message keeps no other from the phones
                logger.exception("broadcast %s cannot be pushed", id)
            except Error:
                raise  # tried again
            except Exception:
                logger.exception("broadcast %s cannot be pushed", id)
    finally:
        sending -= 1


async def _push(id: UUID) -> None:
    listening = [socket for group in hub.residents.values() for socket in group]
    if not listening:
        return
    encoding = asyncio.create_task(in_database(at_the_edge(_message_of), id))
    given: list[ResidentSocket] = []
    async for part, chosen in _chosen(id, listening):
        state, messages, danger = await encoding
        paused = [] if danger else [socket.resident for socket in part if socket.paused]
        had = await in_database(at_the_edge(reads.had_before), id, paused) if paused else set()
        for place, among, message in zip(PLACES, chosen, messages, strict=False):
            wanted = [socket for socket in part if socket.resident in among and (danger or not socket.paused or socket.resident in had)]
            fresh = hub.first_time((id, state + place), wanted)
            await hub.fan(fresh, message, noting(id, state))
            given.extend(set(wanted).difference(fresh))
    if given:
        await _have_looked(id, given)


async def _have_looked(id: UUID, given: list[ResidentSocket]) -> None:
    """Have pages look anew that have the message and are to show it for more people than before: the message is the same for all."""
    heard = await in_database(at_the_edge(reads.heard_among), id, [socket.resident for socket in given])
    await hub.fan(hub.changed(id, [(socket, heard[socket.resident]) for socket in given if socket.resident in heard]), LOOK)


async def _chosen(id: UUID, sockets: list[ResidentSocket]) -> AsyncIterator[tuple[list[ResidentSocket], tuple[set[str], set[str]]]]:
    """Give sockets in parts with who of them has a delivery, inside and outside; the next part is asked about meanwhile.

    The first part is small, so that the first phones have it at once, and each next one twice as large: the thread that asks
    takes turns with this one, and twenty small questions made the sending wait for a third of its time.
    """
    asked: list[tuple[list[ResidentSocket], asyncio.Task[tuple[set[str], set[str]]]]] = []
    start, many = 0, ASKED_FIRST
    while start < len(sockets):
        part = sockets[start : start + many]
        start, many = start + many, 2 * many
        question = in_database(at_the_edge(reads.recipients), id, [socket.resident for socket in part])
        asked.append((part, asyncio.create_task(question)))
        if len(asked) > 1:
            yield asked[0][0], await asked.pop(0)[1]
    for part, answer in asked:
        yield part, await answer


async def give_in_force(socket: ResidentSocket) -> None:
    """Give a socket that has just said hello everything in force that is its resident's (P4)."""
    for id, state, place, message in await in_database(at_the_edge(_in_force), socket.resident, socket.paused):
        # Who is pushed it at this very moment would have it after caught_up; twice is no harm, for a client passes over what it has.
        hub.first_time((id, state + place), [socket])
        await socket.send(message)
        noting(id, state)(socket)


def noting(id: UUID, state: str) -> Callable[[ResidentSocket], None]:
    """Give what queues the server's own word "pushed" for the ledger, once a send to a socket has returned (P7)."""
    if state not in ("in_force", "cancelled"):
        return lambda socket: None
    return lambda socket: pushed.setdefault(id, []).append(socket.resident)


def receive(word: ledger.Word) -> None:
    """Queue a resident's receipt from a socket; the phone repeats it on its next hello, so neither a crash nor a flood
    that fills the queue loses any."""
    if len(received) < MOST_WAITING:
        received.append(word)


async def flush_for_ever() -> None:
    """Write what is queued every tenth of a second; while a broadcast goes out only once a second, for it comes first."""
    skipped = 0
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        if sending and skipped < FLUSHES_TO_SKIP:
            skipped += 1
            continue
        skipped = 0
        await flush()


async def flush() -> None:
    """Write what is queued, pushes before what phones say of them; a failing database puts it back."""
    while pushed or received:
        pushes = {id: residents[:MOST_AT_ONCE] for id, residents in pushed.items()}
        words = received[:MOST_AT_ONCE]
        for id, residents in pushes.items():
            del pushed[id][: len(residents)]
            if not pushed[id]:
                del pushed[id]
        del received[: len(words)]
        try:
            await in_database(at_the_edge(_write), pushes, words)
        except OF_ONE:
            logger.exception("receipts: one cannot be written, each is tried by itself")
            await _write_alone(pushes, words)
        except Error as error:
            logger.warning("receipts: the database failed, kept for later: %s", type(error).__name__)
            for id, residents in pushes.items():
                pushed.setdefault(id, []).extend(residents)
            received[:0] = words
            await asyncio.sleep(0.5)


async def _write_alone(pushes: dict[UUID, list[str]], words: list[ledger.Word]) -> None:
    """Write each by itself, in a transaction of its own; what cannot be written is dropped, what the database was away for is kept."""
    for id, residents in pushes.items():
        for resident in residents:
            try:
                await in_database(at_the_edge(_write), {id: [resident]}, [])
            except OF_ONE:
                logger.exception("receipts: a push of %s cannot be noted", id)
            except Error:
                pushed.setdefault(id, []).append(resident)
    for word in words:
        try:
            await in_database(at_the_edge(_write), {}, [word])
        except OF_ONE:
            logger.exception("receipts: one of %s cannot be written", word.broadcast)
        except Error:
            received.append(word)


def _write(pushes: dict[UUID, list[str]], words: list[ledger.Word]) -> None:
    for id, residents in pushes.items():
        actions.note_pushed(id, residents)
    if words:
        actions.take_receipts(words)


def _message_of(id: UUID) -> tuple[str, list[Outgoing], bool]:
    """Give a broadcast's state, its text for those inside and for those outside, and whether a pause does not keep it out."""
    broadcast = Broadcast.with_trials.filter(pk=id, state__in=OUT).first()
    # What an update has followed stands for each phone until the update itself is there (P6): a bell that comes late takes nothing away.
    if broadcast is None or broadcast.state == State.SUPERSEDED:
        return "", [], False
    message = reads.message_of(broadcast)
    both = [message, reads.message_of(broadcast, inside=False)] if broadcast.message_type == MessageType.UPDATE else [message]
    return message.state, [_encoded(one) for one in both], _rings(message)


def _in_force(resident: str, paused: bool) -> list[tuple[UUID, str, str, Outgoing]]:
    messages: list[Message] = []

    def add(one: tuple[Broadcast, bool]) -> int:
        messages.append(reads.message_of(one[0], inside=one[1]))
        return 1

    with suppress(PassedOverError):  # what is wrong with one message keeps no other from this phone
        one_by_one(add, reads.in_force_for(UUID(resident)))
    heard = [one for one in messages if not paused or _rings(one) or reads.had_before(one.id, [resident])]
    return [(one.id, one.state, PLACES[not one.data.inside], _encoded(one)) for one in heard]


def _encoded(message: Message) -> Outgoing:
    return text(message.model_dump(mode="json"))


def _rings(message: Message) -> bool:
    """Say whether a message is one that a pause does not keep out."""
    return message.data.kind == "danger_notice" or message.data.level in ("red", "orange")
