"""``bench drill``: a village is evacuated on a compressed clock, through the real send, receipts, knock list and ticks.

What is real: the broadcast, its deliveries, every receipt and tick, and the list that an officer's tablet shows at each door, in the
order in which the server gives it for where they stand. What is a model: people and feet. The peer is the same officers with a paper
list in house order: they walk it in halves, house by house, and know of nobody before they stood at the door.

The model, with its figures: 3 % of the residents have the page open and read it within a minute; the others who are joined and have a
signal read the SMS after eight minutes on average. Nine of ten of the first and six of ten of the others say "safe" when they are there,
8 to 25 minutes later; everybody else waits for a knock. At a door an officer takes two minutes and finds out about the whole household:
who is there goes to the shelter, who works elsewhere is away. Officers walk at 4 km/h, by ways 1.3 times as long as the straight
line. In two groups there is no signal: nobody there is reached, and what officers tick there is sent when they are out again.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos, hypot, radians
from typing import Any
from uuid import UUID

import numpy

from tests.bench.databases import pointed_at
from tests.bench.warnings import due
from tests.house import Database

OFFICERS, ONLINE, SILENT_GROUPS = 2, 0.03, 2
METRES_A_MINUTE, DETOUR, AT_A_DOOR = 4000 / 60, 1.3, 2.0
JOINED_SHARE = 0.577
MARKS = (50, 95, 100)
Say = Callable[[str], None]
Place = tuple[float, float]


@dataclass
class Home:
    """A household: where it stands, in which group, and who lives there; ``True`` for those who work elsewhere."""

    id: UUID
    no: int
    place: Place
    people: dict[UUID, bool]


@dataclass
class Officer:
    """Somebody on foot: where, what was ticked and could not be sent yet, and what the tablet showed when it last had a signal."""

    user: Any
    place: Place
    kept: list[tuple[UUID, str]] = field(default_factory=list)
    shown: list[tuple[int, int, UUID]] = field(default_factory=list)
    stood_at: set[UUID] = field(default_factory=set)


def run(*, residents: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        residents: size of the register; one of its villages is evacuated.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        ``ours`` and ``peer`` in minutes until 95 % are accounted for, and under ``minutes`` and ``paper`` those until 50, 95 and 100 %;
        ``ratios`` of each; ``lost`` counts who is never accounted for.
    """
    say(f"making a county of {residents} residents")
    with Database("drill", [sys.executable, "manage.py", "seed_county", "--residents", str(residents)]) as database, pointed_at(database.database):
        village = Village()
        say(f"{village.name}: {len(village.everybody)} people in {len(village.homes)} households, {village.joined:.1%} joined, {village.away:.1%} away")
        paper = village.on_paper()
        minutes, lost = village.evacuate(say)
    ratios = {mark: round(minutes[mark] / paper[mark], 2) for mark in MARKS}
    return {
        "bench": "drill", "residents": residents, "people": len(village.everybody), "households": len(village.homes), "officers": OFFICERS,
        "ours": minutes[95], "floor": None, "peer": paper[95], "ratio_to_floor": None, "ratio_to_peer": ratios[95],
        "minutes": minutes, "paper": paper, "ratios": ratios, "by_themselves": village.by_themselves, "lost": lost,
    }  # fmt: skip


class Village:
    """The village that is evacuated: the one whose share of joined people is nearest to the county's, its people and its officers."""

    def __init__(self) -> None:
        from gridmap.grids.models import Grid
        from gridmap.people.models import GroupCount, Resident

        counts = {no: (registered, connected) for no, registered, connected in GroupCount.objects.values_list("no", "registered", "connected")}

        def off(grid: Grid) -> float:
            inside = [counts.get(no, (0, 0)) for no in range(grid.group_start, grid.group_end)]
            people = sum(registered for registered, _ in inside)
            return abs(sum(connected for _, connected in inside) / people - JOINED_SHARE) if people else 1.0

        largest = sorted(Grid.objects.current().filter(level=2).defer("geometry"), key=lambda grid: sum(counts.get(no, (0, 0))[0] for no in range(grid.group_start, grid.group_end)))
        middling = largest[len(largest) // 3 : 2 * len(largest) // 3]  # neither the county seat nor a hamlet
        self.grid = min(middling, key=off)
        self.name = self.grid.name
        self.random = numpy.random.default_rng(430524)
        people = list(Resident.objects.filter(no__gte=self.grid.group_start, no__lt=self.grid.group_end).select_related("group").order_by("no", "household_id", "pk"))
        self.everybody = {person.pk: person for person in people}
        self.homes: dict[UUID, Home] = {}
        for person in people:
            place = person.place or person.group.geometry.point_on_surface
            home = self.homes.setdefault(person.household_id, Home(person.household_id, person.no, (place.x, place.y), {}))
            home.people[person.pk] = person.presence == "away"
        self.joined = sum(person.connected for person in people) / len(people)
        self.away = sum(person.presence == "away" for person in people) / len(people)
        self.by_themselves = 0
        groups = sorted({person.no for person in people})
        self.silent = set(groups[1 : 1 + SILENT_GROUPS])

    def on_paper(self) -> dict[int, float]:
        """Walk the register's list from house to house, each officer a half; gives the minutes until each share is accounted for."""
        homes = list(self.homes.values())
        half = -(-len(homes) // OFFICERS)
        found: list[tuple[float, int]] = []
        for first in range(0, len(homes), half):
            minute, place = 0.0, self._start()
            for home in homes[first : first + half]:
                minute += _walk(place, home.place) + AT_A_DOOR
                place = home.place
                found.append((minute, len(home.people)))
        return self._marks(found)

    def evacuate(self, say: Say) -> tuple[dict[int, float], int]:
        """Send the warning, and let people answer and officers go where their tablets say; gives the minutes, and who was lost."""
        from gridmap.broadcasts.models import Broadcast, Delivery
        from gridmap.broadcasts.sending import send_step

        id = due({"type": "grids", "codes": [self.grid.code]})
        while send_step(id):
            pass
        self.broadcast = Broadcast.objects.get(pk=id)
        self.officers = [self._officer(number) for number in range(OFFICERS)]
        waiting: list[tuple[float, int, Callable[[float], None]]] = []
        self.waiting, self.turn = waiting, 0
        self._let_people_answer()
        for officer in self.officers:
            self._at(0.0, lambda minute, officer=officer: self._next_door(officer, minute))
        found: list[tuple[float, int]] = []
        accounted = 0
        while waiting and accounted < len(self.everybody):
            minute, _, act = heapq.heappop(waiting)
            act(minute)
            now = Delivery.objects.filter(broadcast_id=id, accounted=True).count()
            if now > accounted:
                found.append((minute, now - accounted))
                accounted = now
        say(f"{self.by_themselves} said so themselves")
        return self._marks(found), len(self.everybody) - accounted

    def _at(self, minute: float, act: Callable[[float], None]) -> None:
        self.turn += 1
        heapq.heappush(self.waiting, (minute, self.turn, act))

    def _officer(self, number: int) -> Officer:
        from django.utils import timezone

        from gridmap.people import models

        user = models.User.objects.create(username=f"drill{number}", name=f"演练{number}", role="officer")
        officer = models.Officer.objects.create(name=user.name, user=user, on_duty_since=timezone.now())
        models.Assignment.objects.create(officer=officer, grid=self.grid, duty="deputy", period=(timezone.now(), None))
        return Officer(user, self._start())

    def _start(self) -> Place:
        """Where they all set out: the middle of the village."""
        middle = self.grid.geometry.point_on_surface
        return middle.x, middle.y

    def _let_people_answer(self) -> None:
        from gridmap.edge.sessions import new_endpoint

        for person in self.everybody.values():
            luck, reading, answering = self.random.random(), self.random.exponential(8.0), self.random.uniform(8, 25)
            if not person.connected or person.no in self.silent:
                continue
            online = self.random.random() < ONLINE / self.joined
            if luck > (0.9 if online else 0.6):
                continue
            endpoint, _ = new_endpoint(person.pk, person.no)
            endpoint.save(force_insert=True)
            self._at(min(reading, 1.0) + answering if online else reading + answering, lambda minute, endpoint=endpoint: self._answer(endpoint))

    def _answer(self, endpoint: Any) -> None:
        from gridmap.broadcasts.models import Delivery
        from gridmap.edge.actions import receive_receipt
        from gridmap.edge.schemas import ReceiptIn

        if not Delivery.objects.get(broadcast_id=self.broadcast.pk, resident_id=endpoint.resident_id).accounted:
            receive_receipt(ReceiptIn(broadcast=self.broadcast.pk, stage="safe"), endpoint=endpoint)
            self.by_themselves += 1

    def _next_door(self, officer: Officer, minute: float) -> None:
        """Look at the tablet, and walk to the first door on it where nobody else stands."""
        home = self._chosen(officer)
        if home is None:
            if officer.kept:  # everything there is done: out into the signal
                self._at(minute + _walk(officer.place, self._start()), lambda then: self._back(officer, then))
            return
        for other in self.officers:
            other.stood_at.add(home.id)  # they call each other: nobody walks to the other's door
        arrived = minute + _walk(officer.place, home.place) + AT_A_DOOR
        self._at(arrived, lambda then: self._at_door(officer, home, then))

    def _back(self, officer: Officer, minute: float) -> None:
        officer.place = self._start()
        self._send(officer)
        self._next_door(officer, minute)

    def _chosen(self, officer: Officer) -> Home | None:
        from gridmap.people.knocks import knock_list

        if self._has_signal(officer):
            self._send(officer)
            ranges = [(self.grid.group_start, self.grid.group_end)]
            officer.shown = [(row.rank, row.farther_m, row.resident) for page in (1, 2) for row in knock_list(self.broadcast, ranges, page, _point(officer.place)).items]
        else:  # the tablet sorts what it has by where it is (broadcasts/knocks.ts)
            officer.shown.sort(key=lambda row: (row[0], row[1] + _metres(officer.place, self.homes[self.everybody[row[2]].household_id].place)))
        for *_, resident in officer.shown:
            home = self.homes[self.everybody[resident].household_id]
            if home.id not in officer.stood_at:
                return home
        return None

    def _at_door(self, officer: Officer, home: Home, minute: float) -> None:
        officer.place = home.place
        officer.kept += [(person, "away" if away else "moved") for person, away in home.people.items()]
        if self._has_signal(officer):
            self._send(officer)
        self._next_door(officer, minute)

    def _has_signal(self, officer: Officer) -> bool:
        return min(self.homes.values(), key=lambda home: _walk(officer.place, home.place)).no not in self.silent

    def _send(self, officer: Officer) -> None:
        from gridmap.access import scope_of
        from gridmap.broadcasts.actions import tick_resident
        from gridmap.broadcasts.schemas import TickIn

        scope = scope_of(officer.user)
        for resident, tick in officer.kept:
            tick_resident(self.broadcast.pk, TickIn(resident=resident, tick=tick), actor=scope)
        officer.kept = []

    def _marks(self, found: list[tuple[float, int]]) -> dict[int, float]:
        """Give the minutes until each share of the village was accounted for; infinite when it never was."""
        marks, so_far = dict.fromkeys(MARKS, float("inf")), 0
        for minute, people in sorted(found):
            so_far += people
            for mark in MARKS:
                if marks[mark] == float("inf") and so_far * 100 >= mark * len(self.everybody):
                    marks[mark] = round(minute, 1)
        return marks


def _walk(here: Place, there: Place) -> float:
    """Give the minutes from one place to another, longitude and latitude in degrees."""
    return _metres(here, there) * DETOUR / METRES_A_MINUTE


def _metres(here: Place, there: Place) -> float:
    """Give how far it is in a straight line; flat, which is exact enough for a village."""
    east, north = (there[0] - here[0]) * cos(radians(here[1])), there[1] - here[1]
    return hypot(east, north) * 111_195


def _point(place: Place) -> Any:
    from django.contrib.gis.geos import Point

    return Point(*place, srid=4326)
