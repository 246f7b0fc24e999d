"""What grids look like on the wire."""

from ninja import Schema


class GridsOut(Schema):
    """The version in force and where its tiles are."""

    version: int
    tiles: str
    bbox: list[float]
    synthetic: bool
    numbers: dict[str, int]


class GridRef(Schema):
    """A grid by its code, name and level."""

    code: str
    name: str
    level: str


class Chain(Schema):
    """The grids that hold a place, county first."""

    version: int
    chain: list[GridRef]


class OfficerRef(Schema):
    """Who answers for a grid."""

    name: str
    duty: str


class GridOut(Schema):
    """One grid; officers and coverage only within one's area."""

    code: str
    name: str
    level: str
    no: int
    parent: str | None
    bbox: list[float]
    children: list[GridRef]
    officers: list[OfficerRef] | None = None
    coverage: dict[str, int] | None = None


class Labels(Schema):
    """Where to write the names of townships, villages and groups: one list a column, the same order in each."""

    code: list[str]
    level: list[str]
    no: list[int]
    name: list[str]
    lon: list[float]
    lat: list[float]
    group_start: list[int]
    group_end: list[int]
