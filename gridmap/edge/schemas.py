"""What a resident's phone gets and sends."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema

from gridmap.broadcasts.schemas import Category, DangerLevel, Kind, StageName, StageWord
from gridmap.fields import FullName, Pressed
from gridmap.phones import Phone

MessageState = Literal["in_force", "cancelled", "expired", "superseded"]


class MessageData(Schema):
    """The words of a broadcast as a resident reads them; ``reason`` stands on a cancelled one."""

    kind: Kind
    level: DangerLevel
    category: Category
    headline: str
    description: str
    instruction: str
    issuer: str
    authority: str
    effective: datetime
    expires: datetime
    sent_at: datetime
    drill: bool
    places: list[str]
    area: dict[str, Any]
    reason: str | None


class Message(Schema):
    """One version of one chain, as the socket and the inbox give it."""

    type: Literal["broadcast"] = "broadcast"
    id: UUID
    chain: UUID
    version: int
    state: MessageState
    data: MessageData


class InboxItem(Message):
    """A message and what this resident has said to it."""

    stage: StageWord
    answer: str | None


class Inbox(Schema):
    """Everything of the last days, newest first, and where this resident is registered."""

    items: list[InboxItem]
    total: int
    home: list[str]
    server_time: datetime
    csrf: str
    demo: bool


class ReceiptIn(Schema):
    """A resident's word; ``at`` is the phone's clock, shown and never trusted."""

    broadcast: UUID
    stage: StageName
    at: Pressed = None


class ReceiptOut(Schema):
    """What stands now."""

    broadcast: UUID
    stage: StageWord
    answer: str | None


class JoinPage(Schema):
    """Whose QR code it is: the grid's names from township down, and the officer who shows it."""

    places: list[str]
    officer: str
    door: bool
    demo: bool


class JoinIn(Schema):
    """Who asks to join."""

    name: FullName
    phone: Phone


class JoinState(Schema):
    """How far it has come, and four digits that the officer's tablet shows too; the same whether the register knows the phone."""

    pairing: str = ""
    state: Literal["none", "waiting", "connected", "refused"]


class Device(Schema):
    """One of a resident's phones."""

    id: UUID
    joined_at: datetime
    seen_at: datetime
    this: bool


class Devices(Schema):
    """A resident's phones, the newest first."""

    items: list[Device]
    total: int
