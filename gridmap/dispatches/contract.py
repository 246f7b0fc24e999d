"""What every way out to residents keeps: a send gives the provider's number for it, and what the provider reports becomes a receipt.

The socket was the first to keep it, SMS the second; a loudspeaker or WeCom comes in by the same two doors. ``pushed`` in the ledger
always means that something arrived at the resident's device, as far as that way out can know it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from gridmap.broadcasts import ledger

# Which report of a way out says that the message is there: a socket's send that returned, a gateway's word of the handset.
ARRIVED = {"socket": "sent", "sms": "delivered"}


@dataclass(frozen=True)
class Outgoing:
    """One message to one resident; a provider that sees the id twice sends once, and after ``expires`` no more."""

    id: UUID
    phone: str
    text: str
    expires: datetime


@dataclass(frozen=True)
class Answer:
    """What a provider said to one message: its own number, or why not and whether trying again makes sense."""

    id: UUID
    provider_id: str = ""
    refused: str = ""
    again: bool = False


class Channel(Protocol):
    """A way out."""

    name: str

    def send(self, batch: Sequence[Outgoing]) -> list[Answer]:
        """Hand messages over; one answer each, in any order.

        Raises:
            OSError: the provider cannot be reached, or answers nonsense; nothing is known of the batch.
        """


def settle(channel: str, report: str, broadcast: UUID, residents: Iterable[str]) -> None:
    """Turn a way out's report into the ledger's receipt.

    Args:
        channel: a key of ``ARRIVED``.
        report: the channel's own word.
        broadcast: what was sent.
        residents: to whom, ids as text.
    """
    if ARRIVED[channel] == report:
        ledger.tell(broadcast, ledger.note_pushed(broadcast, residents))
