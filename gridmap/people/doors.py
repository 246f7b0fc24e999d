"""The households of a group, door by door: how many of each are reached, the least reached first (组不漏户)."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from gridmap.access import Scope, visible
from gridmap.grids.models import Grid
from gridmap.people.models import Presence, Resident
from gridmap.people.reads import opened
from gridmap.people.schemas import DoorOut
from gridmap.sealing import masked_name


def doors(group: Grid, scope: Scope) -> list[DoorOut]:
    """Give the households that live in a group, those of whom nobody is reached first, then by how many are missed.

    Args:
        group: a villagers' group; whoever of a household lives in another one is counted there.
        scope: who asks; what lies beyond their grids does not exist.
    """
    people = visible(Resident.objects.all(), scope).within([(group.group_start, group.group_end)])
    homes: dict[UUID, list[Resident]] = defaultdict(list)
    for person in people.order_by("household_id", "birth_year", "id"):
        homes[person.household_id].append(person)
    found = [_door(home) for home in homes.values()]
    return sorted(found, key=lambda door: (door.reached, door.connected - door.people, door.resident))


def _door(home: Sequence[Resident]) -> DoorOut:
    """Name a door by its oldest: a household has no name of its own, and its number means nothing at the door."""
    oldest = next((person for person in home if person.name_sealed), home[0])
    place = next((person.place for person in home if person.place), None)
    connected = sum(person.connected for person in home)
    return DoorOut(
        resident=oldest.pk, name=masked_name(opened(oldest, "name") or "") if oldest.name_sealed else "",
        location=[place.x, place.y] if place else None, people=len(home), connected=connected,
        away=sum(person.presence == Presence.AWAY for person in home),
        reached=connected > 0 or any(person.heard_for for person in home),
    )  # fmt: skip
