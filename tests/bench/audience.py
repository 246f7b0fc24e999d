"""``bench audience``: who is in an area, exactly and by group, on the whole register.

Ours is the preview from selection to answer. The peer is what others do: every resident's place tested against the
area by PostGIS, through a GiST index made for it, with the same columns. The floor adds up the counters of the whole
groups and counts everybody in the groups that the border cuts, with no test at all. Brute force tests every person one by one with shapely, which PostGIS has no part in.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy
import shapely
from django.db import connection

from geodata.county import facts
from tests.bench.databases import pointed_at
from tests.bench.sides import ask, timed
from tests.geodata.test_shapes import BAD
from tests.house import Database

HARDEST = "half the county, drawn"
CENTRE, RADIUS_M = (111.035, 27.11), 5_000.0  # around the county seat, where people live closest
CORNERS, SPIKE = 600, 0.06
TAG = "lives-alone"
Say = Callable[[str], None]

PEOPLE = """
SELECT no, ST_X(place), ST_Y(place), EXISTS (SELECT 1 FROM tags_tagging t WHERE t.resident_id = r.id AND t.label = %s) FROM people_resident r
"""
PEER = """
SELECT no, count(*), count(*) FILTER (WHERE connected), count(*) FILTER (WHERE presence = 'away'), count(DISTINCT household_id)
FROM people_resident WHERE ST_Intersects(place, ST_GeomFromWKB(%s, 4326)) GROUP BY no
"""
FLOOR = """
SELECT (SELECT sum(c.registered) FROM people_groupcount c JOIN unnest(%s::int[], %s::int[]) AS w(a, b) ON c.no >= w.a AND c.no < w.b),
       (SELECT count(*) FROM people_resident WHERE no = ANY(%s))
"""


@dataclass(frozen=True)
class Case:
    """One question: its name and its selection's area."""

    name: str
    area: dict[str, Any]


def run(*, residents: int, rounds: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        residents: size of the register.
        rounds: how often each side answers; the medians are compared.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        Milliseconds and ratios for the hardest case, as contracts.md names them, and for each case under ``cases``;
        ``lost`` counts the people in whom an answer differs from brute force. ``refused`` says of every bad area that the tests know
        how long the slowest refusal took, in milliseconds, and how many got through.
    """
    fill = [sys.executable, "manage.py", "seed_county", "--residents", str(residents)]
    say(f"making a county of {residents} residents")
    began = time.monotonic()
    with Database("audience", fill) as database, pointed_at(database.database):
        seeded = time.monotonic() - began
        say(f"made in {seeded:.0f} s; the peer's index")
        database.ask("CREATE INDEX peer ON people_resident USING gist (place)")
        database.ask("VACUUM (ANALYZE) people_resident")
        register = Register()
        found = {}
        for case in cases():
            found[case.name] = measure(case, register, rounds)
            say(f"{case.name}: {found[case.name]}")
        refused = refusals()
        say(f"bad areas: {refused}")
    hardest = found[HARDEST]
    return {
        "bench": "audience", "residents": residents, "rounds": rounds, **{key: hardest[key] for key in KEYS},
        "lost": sum(row["lost"] for row in found.values()), "seed_seconds": round(seeded, 1), "refused": refused, "cases": found,
    }  # fmt: skip


KEYS = ("ours", "floor", "peer", "ratio_to_floor", "ratio_to_peer")


def refusals() -> dict[str, Any]:
    """Have every bad area of tests/geodata refused, against the county's real grids."""
    from gridmap.broadcasts.schemas import SelectionIn
    from gridmap.broadcasts.selection import resolve
    from gridmap.errors import Invalid

    took, through = {}, 0
    for name, area, _ in BAD:
        began = time.perf_counter()
        try:
            resolve(SelectionIn(area=area), None)
            through += 1
        except (Invalid, ValueError):
            took[name] = (time.perf_counter() - began) * 1000
    slowest = max(took, key=lambda name: took[name])
    return {"areas": len(BAD), "through": through, "slowest": slowest, "milliseconds": round(took[slowest], 1)}


def cases() -> Iterator[Case]:
    """Give the questions: whole grids picked, and shapes drawn, from a village to half the county."""
    codes = [row["code"] for row in facts("townships")]
    village = facts("villages")[0]["code"]
    yield Case("a village, picked", {"type": "grids", "codes": [village]})
    yield Case("a township, picked", {"type": "grids", "codes": [village[:9]]})
    yield Case("half the county, picked", {"type": "grids", "codes": codes[::2]})
    yield Case("5 km around the seat", {"type": "circle", "center": list(CENTRE), "radius_m": RADIUS_M})
    yield Case(HARDEST, half_the_county())


def half_the_county() -> dict[str, Any]:
    """Draw a ragged area of 600 corners around the middle of the county."""
    turns = numpy.linspace(0, 2 * numpy.pi, CORNERS, endpoint=False)
    reach = 1 + SPIKE * numpy.sin(23 * turns) + SPIKE / 2 * numpy.sin(97 * turns)
    lon, lat = 111.03 + 0.2 * reach * numpy.cos(turns), 27.33 + 0.22 * reach * numpy.sin(turns)
    ring = [[round(float(x), 7), round(float(y), 7)] for x, y in zip(lon, lat, strict=True)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


class Register:
    """Everybody as arrays, and the groups' codes and shapes, for brute force."""

    def __init__(self) -> None:
        from gridmap.grids.index import current_index
        from gridmap.tags.labels import label_of
        from gridmap.tags.models import Tag

        self.index = current_index()
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE, [label_of(Tag.objects.get(pk=TAG))])
            rows = cursor.fetchall()
        self.no = numpy.array([row[0] for row in rows])
        self.lon = numpy.array([row[1] for row in rows], dtype=float)  # NaN where no place is known
        self.lat = numpy.array([row[2] for row in rows], dtype=float)
        self.carrying = numpy.array([row[3] for row in rows], dtype=bool)

    def brute(self, area: dict[str, Any], shape: shapely.MultiPolygon, *, tagged: bool = False) -> dict[int, int]:
        """Test every person; gives how many are inside by group number, all or those who carry the tag."""
        if area["type"] == "grids":
            wanted = [no for no, code in zip(self.index.numbers, self.index.codes, strict=True) if code.startswith(tuple(area["codes"]))]
            inside = numpy.isin(self.no, wanted)
        else:
            shapely.prepare(shape)
            known = numpy.isfinite(self.lon)
            inside = numpy.zeros(len(self.no), dtype=bool)
            inside[known] = shapely.covers(shape, shapely.points(self.lon[known], self.lat[known]))
            touched = self.index.numbers[shapely.intersects(shape, self.index.shapes)]
            inside |= ~known & numpy.isin(self.no, touched)
        inside &= self.carrying | (not tagged)
        numbers, counts = numpy.unique(self.no[inside], return_counts=True)
        return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def measure(case: Case, register: Register, rounds: int) -> dict[str, Any]:
    """Ask each side in turn; gives medians in milliseconds, their ratios, and how many people ours has wrong."""
    from gridmap.broadcasts import audience
    from gridmap.broadcasts.schemas import SelectionIn
    from gridmap.broadcasts.selection import resolve

    selection, carrying = SelectionIn(area=case.area), SelectionIn(area=case.area, tags={"any_of": [[TAG]]})
    without = SelectionIn(area=case.area, tags={"none_of": [TAG]})
    place = resolve(selection, None)
    wkb = shapely.to_wkb(place.area)
    beneath_it = [[start for start, _ in place.inside], [end for _, end in place.inside], list(place.cut)]
    ours, floor, peer, with_tag, without_tag = [], [], [], [], []
    for turn in range(rounds + 1):
        took, answer = timed(lambda: audience.preview(resolve(selection, None)))
        narrowed, tagged = timed(lambda: audience.preview(resolve(carrying, None)))
        lessened, untagged = timed(lambda: audience.preview(resolve(without, None)))
        beneath, _ = timed(lambda: ask(FLOOR, beneath_it))
        beside, _ = timed(lambda: ask(PEER, [wkb]))
        if turn:  # the first warms every side up
            ours.append(took)
            with_tag.append(narrowed)
            without_tag.append(lessened)
            floor.append(beneath)
            peer.append(beside)
    everybody, some = register.brute(case.area, place.area), register.brute(case.area, place.area, tagged=True)
    rest = {no: people - some.get(no, 0) for no, people in everybody.items()}
    middle, bottom, top, narrow, less = (statistics.median(side) for side in (ours, floor, peer, with_tag, without_tag))
    return {
        "people": answer.residents, "ours": round(middle, 1), "floor": round(bottom, 1), "peer": round(top, 1),
        "ratio_to_floor": round(middle / bottom, 2), "ratio_to_peer": round(middle / top, 3),
        "with_tag": round(narrow, 1), "tag_ratio": round(narrow / middle, 2), "without_ratio": round(less / middle, 2), "tagged": tagged.residents,
        "lost": differing(answer, everybody) + differing(tagged, some) + differing(untagged, rest),
    }  # fmt: skip


def differing(answer: Any, truth: dict[int, int]) -> int:
    """Count the people in whom an answer differs from brute force, group by group."""
    said = {row.no: row.residents for row in answer.by_grid}
    return sum(abs(said.get(no, 0) - truth.get(no, 0)) for no in {*said, *truth})
