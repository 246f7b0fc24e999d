"""What trials look like on the wire."""

from uuid import UUID

from ninja import Schema

from gridmap.broadcasts.schemas import BroadcastIn


class TrialIn(BroadcastIn):
    """A message to be looked at on one's own phones, or on those of everybody at the desk."""

    everybody: bool = False

    def form(self) -> BroadcastIn:
        """Give the message itself."""
        return BroadcastIn(**self.model_dump(exclude={"everybody"}, exclude_unset=True))


class TrialOut(Schema):
    """To how many phones it went."""

    phones: int


class TrialCode(Schema):
    """The QR code of a phone to be added; it works once, for ten minutes."""

    url: str
    picture: str


class TrialPhoneOut(Schema):
    """A phone of the desk's."""

    id: UUID
    owner: str
    mine: bool


class TrialPhones(Schema):
    """All phones of the desk's."""

    items: list[TrialPhoneOut]
    total: int
