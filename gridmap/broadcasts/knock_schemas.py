"""What the knock list looks like on the wire."""

from uuid import UUID

from ninja import Schema

from gridmap.broadcasts.schemas import StageWord


class HearerOut(Schema):
    """Who hears for somebody without a phone: to be called before anybody walks there."""

    name: str
    phone: str | None


class CallIn(Schema):
    """Whom on the knock list one wants to telephone."""

    resident: UUID


class CallOut(Schema):
    """Their phone and their door in clear, of who is at home there; and the phone of whoever hears for them."""

    phone: str | None
    address: str | None
    heard_by: list[HearerOut]


class KnockOut(Schema):
    """One door to knock on; or, ``passing``, somebody from elsewhere who is there now: ``location`` is where their phone said last,
    while they share it. The lower the ``rank`` the more urgent; of one rank the nearest comes first, by how far ``toward``
    (longitude, latitude) is, and ``farther_m`` more. Masked, two of one family look alike: ``birth_year`` tells them apart, and
    ``frail`` says who cannot get away alone or does not hear."""

    resident: UUID
    name: str
    phone: str | None
    group: str
    village: str
    no: int
    location: list[float] | None
    presence: str
    birth_year: int | None
    frail: bool
    passing: bool
    rank: int
    farther_m: int
    toward: list[float] | None
    stage: StageWord
    answer: str | None
    tick: str | None
    connected: bool
    heard_by: list[HearerOut]


class KnockList(Schema):
    """Who is not yet accounted for, the most urgent first."""

    items: list[KnockOut]
    total: int
