"""The knock list with its people: who still has to be visited, masked, the most urgent first."""

from gridmap.broadcasts.models import Broadcast, Stage
from gridmap.broadcasts.reads import knocks
from gridmap.broadcasts.schemas import KnockList, KnockOut
from gridmap.grids.models import Grid
from gridmap.grids.ranges import Ranges, hold
from gridmap.people.models import Resident
from gridmap.people.reads import shown
from gridmap.walls import audience_side

PAGE = 200


def knock_list(broadcast: Broadcast, ranges: Ranges, page: int) -> KnockList:
    """Give one page of whom the officers of these groups still have to visit."""
    waiting = knocks(broadcast, ranges)
    here = waiting[(page - 1) * PAGE : page * PAGE]
    with audience_side():  # somebody who moved out of the officer's grids is still to be missed
        people = Resident.objects.select_related("group").defer("group__geometry").in_bulk([row[0] for row in here])
    villages = dict(Grid.objects.current().filter(level=2).values_list("code", "name"))
    items = []
    for id, no, stage, answer, tick in here:
        person = shown(people[id])
        if not hold(ranges, people[id].no):  # moved out of the officer's grids: whom to miss, not where they are now
            person = person.model_copy(update={"group": "", "code": "", "no": no, "location": None, "presence": "away"})
        items.append(
            KnockOut(
                resident=id, name=person.name, phone=person.phone, group=person.group, no=person.no,
                village=villages.get(person.code[:12], ""), location=person.location, presence=person.presence,
                stage=Stage(stage).word, answer=answer, tick=tick, connected=person.connected,
            )  # fmt: skip
        )
    return KnockList(items=items, total=len(waiting))
