"""``bench coverage``: what staff ask all day, on the whole register: coverage of a grid, who is missed, who has this phone.

Ours are the routes themselves, behind the wall of roles and with their audit entry, without HTTP around them. The floor is
one bare sum over the grid's counters; the peer counts the register by GROUP BY, as one would without counters.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.db import connection

from tests.bench.databases import pointed_at
from tests.bench.warnings import due, half
from tests.house import Database

HARDEST = "coverage of the county"
FLOOR = "SELECT sum(registered), sum(connected) FROM people_groupcount WHERE no >= %s AND no < %s"
PEER = """
SELECT g.code, count(*), count(*) FILTER (WHERE r.connected) FROM people_resident r
JOIN grids_grid g ON g.level = %s AND r.no >= g.group_start AND r.no < g.group_end WHERE r.no >= %s AND r.no < %s GROUP BY 1
"""
BRUTE = "SELECT count(*), count(*) FILTER (WHERE connected), count(DISTINCT household_id) FROM people_resident WHERE no >= %s AND no < %s"
LEDGER = """
SELECT no, count(*), count(*) FILTER (WHERE stage >= 1), count(*) FILTER (WHERE stage >= 2), count(*) FILTER (WHERE stage >= 3), count(*) FILTER (WHERE accounted)
FROM broadcasts_delivery WHERE broadcast_id = %s GROUP BY no
"""
Say = Callable[[str], None]


def run(*, residents: int, rounds: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        residents: size of the register.
        rounds: how often each side answers; the medians are compared.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        Milliseconds and ratios for the county, as contracts.md names them, and milliseconds of every question under
        ``cases``; ``live_bytes`` is the size of all groups' live values; under ``receipts`` one broadcast's receipts by group, ours
        from its counters and the peer by GROUP BY over its deliveries. ``lost`` counts figures that differ from counting the
        register or the ledger, and groups whose counters drifted.
    """
    say(f"making a county of {residents} residents")
    with Database("coverage", [sys.executable, "manage.py", "seed_county", "--residents", str(residents)]) as database, pointed_at(database.database):
        database.ask("VACUUM (ANALYZE) people_resident")
        from gridmap.people import coverage

        desk = Desk()
        cases = {}
        for name, question in desk.questions().items():
            cases[name] = round(median(question, rounds), 2)
            say(f"{name}: {cases[name]} ms")
        live = len(desk.live().content)
        receipts = desk.receipts(rounds, say)
        county = desk.grids[0]
        floor = median(lambda: desk.ask(FLOOR, [county.group_start, county.group_end]), rounds)
        peer = median(lambda: desk.ask(PEER, [1, county.group_start, county.group_end]), 3)
        lost = sum(desk.differs(grid) for grid in desk.grids) + len(coverage.drift())
    ours = cases[HARDEST]
    return {
        "bench": "coverage", "residents": residents, "rounds": rounds, "ours": ours, "floor": round(floor, 2), "peer": round(peer, 1),
        "ratio_to_floor": round(ours / floor, 2), "ratio_to_peer": round(ours / peer, 4), "lost": lost + receipts.pop("lost"), "live_bytes": live, "receipts": receipts, "cases": cases,
    }  # fmt: skip


class Desk:
    """A commander who asks; and what she asks about."""

    def __init__(self) -> None:
        from gridmap.access import scope_of
        from gridmap.grids.models import Grid
        from gridmap.people.models import Resident, User
        from gridmap.people.reads import opened

        self.request: Any = SimpleNamespace(auth=scope_of(User.objects.filter(role="commander")[0]))
        first = Grid.objects.current().filter(level=3).order_by("no")[4000]
        self.grids = list(Grid.objects.current().filter(code__in=first.path).order_by("level").defer("geometry"))
        somebody = Resident.objects.filter(phone_sealed__isnull=False, no__gte=first.no).order_by("no")[0]
        self.phone, self.name = opened(somebody, "phone"), opened(somebody, "name")

    def questions(self) -> dict[str, Callable[[], Any]]:
        """Give what is asked, by name."""
        from gridmap.people import actions, api
        from gridmap.people.schemas import SearchIn
        from gridmap.walls import behind_staff_wall

        actions.SEARCHES_AN_HOUR = 10**9
        county, township, village, group = (grid.code for grid in self.grids)
        cover, missed, search = (behind_staff_wall(route) for route in (api.of_grid, api.missed, api.search))
        return {
            HARDEST: lambda: cover(self.request, county),
            "live values of all groups": self.live,
            "coverage of a township": lambda: cover(self.request, township),
            "coverage of a village": lambda: cover(self.request, village),
            "coverage of a group": lambda: cover(self.request, group),
            "missed in the county, first page": lambda: missed(self.request, county, 1),
            "missed in a village, first page": lambda: missed(self.request, village, 1),
            "a whole phone": lambda: search(self.request, SearchIn(phone=self.phone)),
            "a whole name": lambda: search(self.request, SearchIn(name=self.name)),
        }

    def live(self) -> Any:
        """Ask for the live values of all groups."""
        from gridmap.people import api
        from gridmap.walls import behind_staff_wall

        return behind_staff_wall(api.values)(self.request, "group")

    def receipts(self, rounds: int, say: Say) -> dict[str, Any]:
        """Send a warning to half the county, and ask both ways how far it has come by group."""
        from gridmap.broadcasts.models import Broadcast
        from gridmap.broadcasts.reads import progress_rows
        from gridmap.broadcasts.sending import send_step

        id = due(half())
        while send_step(id):
            pass
        broadcast = Broadcast.objects.get(pk=id)
        ours = median(lambda: progress_rows(broadcast, self.request.auth), rounds)
        peer = median(lambda: self.ask(LEDGER, [id]), max(1, rounds // 3))
        told, truth = progress_rows(broadcast, self.request.auth), self.ask(LEDGER, [id])
        lost = sum(told[no][:4] + [told[no][7]] != list(counts) for no, *counts in truth) + abs(len(told) - len(truth))
        say(f"receipts of {sum(row[1] for row in truth)} deliveries in {len(truth)} groups: {ours:.1f} ms, counted {peer:.0f} ms")
        return {"groups": len(truth), "ours": round(ours, 2), "peer": round(peer, 1), "ratio_to_peer": round(ours / peer, 4), "lost": lost}

    def ask(self, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        """Put a question to the database."""
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def differs(self, grid: Any) -> bool:
        """Say whether a grid's coverage is not what counting the register gives; households that lie in two groups apart."""
        from gridmap.people import coverage

        totals = coverage.totals(grid)
        registered, connected, _ = self.ask(BRUTE, [grid.group_start, grid.group_end])[0]
        return (totals["registered"], totals["connected"]) != (registered, connected)


def median(question: Callable[[], Any], rounds: int) -> float:
    """Ask once to warm up, then often; give the median in milliseconds."""
    question()
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        question()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)
