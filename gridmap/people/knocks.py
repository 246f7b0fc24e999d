"""The knock list with its people: who still has to be visited, masked, the most urgent first."""

from django.contrib.gis.geos import Point

from gridmap.broadcasts.knock_schemas import HearerOut, KnockList, KnockOut
from gridmap.broadcasts.models import Broadcast, Stage
from gridmap.broadcasts.reads import knocks
from gridmap.edge.models import Hearing, LastPlace
from gridmap.grids.models import Grid
from gridmap.grids.ranges import Ranges, hold
from gridmap.people.models import Resident
from gridmap.people.reads import shown
from gridmap.walls import audience_side

PAGE = 200


def knock_list(broadcast: Broadcast, ranges: Ranges, page: int, near: Point | None) -> KnockList:
    """Give one page of whom the officers of these groups still have to visit, from where one of them is."""
    rows = knocks(broadcast, ranges, near, most=PAGE, skip=(page - 1) * PAGE)
    ids = [row.resident for row in rows]
    hearings = list(Hearing.objects.filter(heard_for__in=ids, active=True).values_list("heard_for", "resident_id"))
    # Beyond the officer's grids: somebody who moved out of them is still to be missed, and a neighbour across the brook hears.
    with audience_side():
        people = Resident.objects.select_related("group").defer("group__geometry").in_bulk([*ids, *(hearer for _, hearer in hearings)])
        places = {shared.endpoint.resident_id: shared for shared in LastPlace.objects.shared(ids)} if broadcast.by_place else {}
    over = not (Broadcast.objects.standing() | Broadcast.objects.unfinished() | Broadcast.objects.overtaken()).filter(pk=broadcast.pk).exists()
    villages = dict(Grid.objects.current().filter(level=2).values_list("code", "name"))
    items = []
    for row in rows:
        id, no = row.resident, row.no
        if id not in people:  # left, or was merged into another row, since the list was made
            continue
        if over and not hold(ranges, people[id].no):  # nobody has to go to them any more, and they are not the officer's
            continue
        person = shown(people[id])
        passing = broadcast.by_place and people[id].no != no
        if passing:
            here = places.get(id)  # and only while they are among the officer's grids: whoever drove on is not to be followed
            place = here.place if here and here.no is not None and hold(ranges, here.no) else None
            person = person.model_copy(update={"group": "", "code": "", "no": no, "presence": "here", "location": [place.x, place.y] if place else None})
        elif not hold(ranges, people[id].no):  # moved out of the officer's grids: whom to miss, not where they are now
            person = person.model_copy(update={"group": "", "code": "", "no": no, "location": None, "presence": "away"})
        items.append(
            KnockOut(
                resident=id, name=person.name, phone=person.phone, group=person.group, no=person.no,
                village=villages.get(person.code[:12], ""), location=person.location, presence=person.presence, passing=passing,
                birth_year=person.birth_year, frail=row.frail,
                rank=row.rank, farther_m=row.farther_m, toward=None if row.lon is None or row.lat is None else [row.lon, row.lat],
                stage=Stage(row.stage).word, answer=row.answer, tick=row.tick, connected=person.connected,
                heard_by=[_hearer(people[hearer]) for heard, hearer in hearings if heard == id and hearer in people],
            )  # fmt: skip
        )
    return KnockList(items=items, total=rows[0].total if rows else 0)


def _hearer(person: Resident) -> HearerOut:
    masked = shown(person)
    return HearerOut(name=masked.name, phone=masked.phone)
