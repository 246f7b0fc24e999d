"""The made-up people of the demo county: households at their places, officers and who answers for what.

Nobody is real: names are recombined from Faker's pools, phones begin with 129, which no network in China assigns.
One seed makes the same people; only sealing differs, since each record draws its own nonce.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import geopandas
import numpy
import shapely
from faker import Faker

from geodata.codes import Level
from geodata.county import facts
from gridmap.grids.models import Grid

REGISTERED_AWAY, CONNECTED, LOST, WITHOUT_PLACE = 0.22, 0.577, 0.04, 0.03
HOUSEHOLD_SIZES, SIZE_SHARES = numpy.arange(1, 8), [0.13, 0.22, 0.25, 0.2, 0.11, 0.06, 0.03]
OFFICERS, UNCOVERED_GROUPS = 1400, 52
Random = numpy.random.Generator


@dataclass(frozen=True)
class Group:
    """One group with what seeding needs of it."""

    id: str
    code: str
    no: int
    shape: shapely.Geometry
    residents: int


@dataclass
class Person:
    """One made-up resident."""

    id: str
    household: str
    group: Group
    place: tuple[float, float] | None
    name: str
    phone: str | None
    birth_year: int
    presence: str
    presence_on: date
    joined: bool
    connected: bool


def groups(frame: geopandas.GeoDataFrame, residents: int, random: Random) -> list[Group]:
    """Share the residents out among the groups, by the townships' estimated size and some chance."""
    rows = {code: (str(id), no) for code, id, no in Grid.objects.current().groups().values_list("code", "id", "no")}
    shapes = frame[frame.level == Level.GROUP].set_index("code").geometry
    codes = sorted(rows)
    estimate = facts("population_2020")["estimate_by_township_not_official"]
    size = {row["code"]: estimate[row["name"]] for row in facts("townships")}
    members = {township: sum(code.startswith(township) for code in codes) for township in size}
    weight = numpy.array([size[code[:9]] / members[code[:9]] for code in codes]) * random.lognormal(0, 0.35, len(codes))
    counts = random.multinomial(residents, weight / weight.sum())
    return [Group(*_swap(rows[code], code), shapes[code], int(n)) for code, n in zip(codes, counts, strict=True)]


def _swap(row: tuple[str, int], code: str) -> tuple[str, str, int]:
    return row[0], code, row[1]


def people(everywhere: list[Group], random: Random) -> Iterator[Person]:
    """Make every resident, group by group."""
    names = _Names(random)
    reach: dict[str, float] = {}
    for group in everywhere:
        village = group.code[:12]
        base = reach.setdefault(village, float(numpy.clip(random.beta(5.2, 3.8), 0.08, 0.97)))
        share = float(numpy.clip(base + random.normal(0, 0.09), 0.02, 0.99))
        yield from _of_group(group, share, names, random)


def _of_group(group: Group, share: float, names: "_Names", random: Random) -> Iterator[Person]:
    count = group.residents
    if count == 0:
        return
    sizes = random.choice(HOUSEHOLD_SIZES, count, p=SIZE_SHARES)
    home = numpy.repeat(numpy.arange(count), sizes)[:count]
    ids, homes = _uuids(count, random), _uuids(int(home[-1]) + 1, random)
    places = _places(group.shape, len(homes), random)
    known = random.random(len(homes)) >= WITHOUT_PLACE
    family = random.integers(0, len(names.family), len(homes))
    chance = random.random((4, count))
    years = 2026 - numpy.clip(random.gamma(4.2, 10.5, count), 0, 99).astype(int)
    digits = random.integers(0, 100_000_000, count)
    days = random.integers(1, 300, count)
    for i in range(count):
        h = int(home[i])
        connected = bool(chance[0, i] < share)
        has_phone = connected or (chance[1, i] < 0.72 and 12 < 2026 - years[i] < 84)
        presence = "away" if chance[2, i] < REGISTERED_AWAY else "here" if chance[2, i] < 0.85 else "unknown"
        yield Person(
            ids[i], homes[h], group, places[h] if known[h] else None, names.full(int(family[h]), random_index=int(digits[i])),
            f"129{digits[i]:08d}" if has_phone else None, int(years[i]), presence,
            date.fromordinal(739_900 + int(days[i]) - 300), connected or bool(chance[3, i] < LOST), connected,
        )  # fmt: skip


class _Names:
    """Pools of family and given names: Faker needs 77 µs a name, a pool none (trap 18)."""

    def __init__(self, random: Random) -> None:
        faker = Faker("zh_CN")
        faker.seed_instance(int(random.integers(0, 2**31)))
        self.family = [faker.last_name() for _ in range(300)]
        self.given = [faker.first_name() for _ in range(1500)]

    def full(self, family: int, random_index: int) -> str:
        return self.family[family] + self.given[random_index % len(self.given)]


def _places(shape: shapely.Geometry, count: int, random: Random) -> list[tuple[float, float]]:
    """Draw places inside a group, on six decimals of a degree (0.1 m) and still inside after rounding."""
    west, south, east, north = shape.bounds
    shapely.prepare(shape)
    found: list[tuple[float, float]] = []
    while len(found) < count:
        tries = 2 * (count - len(found)) + 8
        x = numpy.round(random.uniform(west, east, tries), 6)
        y = numpy.round(random.uniform(south, north, tries), 6)
        inside = shapely.contains_xy(shape, x, y)
        found += zip(x[inside].tolist(), y[inside].tolist(), strict=True)
    return found[:count]


def _uuids(count: int, random: Random) -> list[str]:
    """Draw version 4 UUIDs from the seed."""
    text = random.bytes(16 * count).hex()
    return [
        f"{s[:8]}-{s[8:12]}-4{s[13:16]}-{'89ab'[int(s[16], 16) & 3]}{s[17:20]}-{s[20:]}"
        for s in (text[i : i + 32] for i in range(0, len(text), 32))
    ]


@dataclass(frozen=True)
class Duty:
    """One made-up assignment."""

    officer: int
    grid: str
    duty: str


def duties(random: Random) -> tuple[list[str], list[Duty]]:
    """Name 1,400 officers and share the groups out among them, leaving some groups to nobody.

    Returns:
        Officers' names, and assignments by officer number and grid id.
    """
    rows = Grid.objects.current().filter(level__gte=Level.VILLAGE).order_by("code").values_list("code", "id", "level")
    villages = {code: str(id) for code, id, level in rows if level == Level.VILLAGE}
    below: dict[str, list[str]] = {code: [] for code in villages}
    for code, id, level in rows:
        if level == Level.GROUP:
            below[code[:12]].append(str(id))
    total = sum(len(ids) for ids in below.values())
    left_out = set(random.choice(total, min(UNCOVERED_GROUPS, total // 10), replace=False).tolist())
    names, assignments, serial = _Names(random), [], 0
    officers: list[str] = []
    for village, ids in below.items():
        primaries = max(1, round(len(ids) * (OFFICERS - len(villages)) / total))
        first = len(officers)
        officers += [_officer_name(names, random) for _ in range(primaries + 1)]
        for position, group in enumerate(ids):
            if serial not in left_out:
                assignments.append(Duty(first + position * primaries // len(ids), group, "primary"))
            serial += 1
        assignments.append(Duty(first + primaries, villages[village], "deputy"))
    return officers, assignments


def _officer_name(names: _Names, random: Random) -> str:
    return names.full(int(random.integers(0, 300)), int(random.integers(0, 1500)))
