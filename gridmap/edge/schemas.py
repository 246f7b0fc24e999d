"""What a resident's phone gets and sends."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, ValidationInfo, field_validator

from gridmap.broadcasts.languages import Translation
from gridmap.broadcasts.schemas import Category, DangerLevel, Kind, StageName, StageWord
from gridmap.fields import Address, FullName, Line, Pressed, Year
from gridmap.phones import Phone

RefusedWhy = Literal["papers", "right", "unclear"]  # not as on the papers; right as it is; could not be found out
FORMS: dict[str, TypeAdapter[Any]] = {
    "name": TypeAdapter(FullName), "phone": TypeAdapter(Phone), "birth_year": TypeAdapter(Year), "address": TypeAdapter(Address),
}  # fmt: skip
MessageState = Literal["in_force", "cancelled", "expired", "superseded"]


class MessageData(Schema):
    """The words of a broadcast as a resident reads them; ``reason`` stands on a cancelled one. Not ``inside``: it reached them
    with an earlier version, and its area holds them no more. The border of ``area`` is true within ``area_within_m`` metres."""

    kind: Kind
    level: DangerLevel
    category: Category
    headline: str
    description: str
    instruction: str
    languages: list[Translation]
    picture: UUID | None
    issuer: str
    authority: str
    effective: datetime
    expires: datetime
    sent_at: datetime
    drill: bool
    trial: bool
    places: list[str]
    area: dict[str, Any]
    area_within_m: int
    reason: str | None
    inside: bool


class Message(Schema):
    """One version of one chain, as the socket and the inbox give it."""

    type: Literal["broadcast"] = "broadcast"
    id: UUID
    chain: UUID
    version: int
    state: MessageState
    data: MessageData


class InboxItem(Message):
    """A message and what this resident has said to it; whether it is theirs, and for whom else they hear it. ``passing``: it
    came because of where they are, not of where they live."""

    stage: StageWord
    answer: str | None
    own: bool
    passing: bool
    on_behalf: list[str]
    behalf: str = ""  # stands for these people in a receipt


class HearingOut(Schema):
    """Somebody without a phone for whom this resident hears, or is asked to: masked."""

    id: UUID
    shown_as: str
    active: bool


class HearingIn(Schema):
    """Whether one hears for somebody."""

    agreed: bool


class Inbox(Schema):
    """Everything of the last days, newest first, and where this resident is registered."""

    items: list[InboxItem]
    total: int
    home: list[str]
    hearings: list[HearingOut]
    server_time: datetime
    sharing_until: datetime | None
    csrf: str
    demo: bool


class PlaceIn(Schema):
    """Where a phone is: longitude and latitude in degrees, WGS-84, how far off that may be in metres, and for how many hours it
    is shared; without hours as long as was said before."""

    model_config = ConfigDict(extra="forbid")
    location: Annotated[list[float], Field(min_length=2, max_length=2)]
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)]
    hours: Annotated[int, Field(ge=1, le=12)] | None = None


class PlaceOut(Schema):
    """Until when a phone shares where it is."""

    until: datetime


class ReceiptIn(Schema):
    """A resident's word; ``at`` is the phone's clock, shown and never trusted; ``behalf`` is what the inbox gave for whom else it is."""

    broadcast: UUID
    stage: StageName
    at: Pressed = None
    behalf: Annotated[str, Field(max_length=16)] = ""


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
    paused: bool


class Devices(Schema):
    """A resident's phones, the newest first."""

    items: list[Device]
    total: int


class PauseIn(Schema):
    """Whether this phone hears nothing but danger notices."""

    paused: bool


class AboutIn(Schema):
    """About whom: oneself, or a child under 14 of one's household."""

    about: UUID | None = None


class CorrectionIn(Schema):
    """What is wrong, and how it should read."""

    field: Literal["name", "phone", "birth_year", "address"]
    value: Annotated[Line, Field(min_length=1, max_length=120)]
    about: UUID | None = None

    @field_validator("value")
    @classmethod
    def _fits_its_field(cls, said: str, info: ValidationInfo) -> str:
        """Say at once what the officer could not take over anyway."""
        try:
            return str(FORMS[info.data["field"]].validate_python(said)) if "field" in info.data else said
        except ValidationError as error:
            raise ValueError(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from error


class HomeIn(Schema):
    """Where one is, or one's whole household."""

    presence: Literal["here", "away"]
    household: bool = False


class KeptField(Schema):
    """One thing that is kept, from where and as of which day."""

    field: str
    value: str | None
    source: str
    on: date


class CorrectionState(Schema):
    """What became of a correction that was asked for: the last one of each field."""

    field: str
    state: Literal["waiting", "done", "refused"]
    why: RefusedWhy | None
    at: datetime


class TagName(Schema):
    """What a tag is called."""

    zh: str
    en: str


class Reading(Schema):
    """Who read it, the last time of that day, what, and why; and how often on that day."""

    at: datetime
    who: str
    action: str
    field: str
    reason: str
    times: int


class Child(Schema):
    """A child under 14 of the household, for whom this resident may ask."""

    id: UUID
    name: str


class Kept(Schema):
    """Everything that is kept about somebody."""

    about: UUID
    name: str
    fields: list[KeptField]
    tags: list[TagName]
    contacts: list[str]
    hears_for: list[str]
    readings: list[Reading]
    corrections: list[CorrectionState]
    children: list[Child]
    may_erase: bool
    until: datetime


class RecordOut(Schema):
    """How far the wish to read has come, and the record once it is there."""

    state: Literal["none", "waiting", "done", "refused"]
    record: Kept | None
    csrf: str
    demo: bool
