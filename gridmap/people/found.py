"""The one way to a resident by id: in one's grids, or not there."""

from uuid import UUID

from gridmap.access import Scope, visible
from gridmap.errors import Missing
from gridmap.people.models import Resident


def found(id: UUID, actor: Scope, *, to_write: bool = False) -> Resident:
    """Find a resident of the actor's grids; to write, locked until the transaction ends, since somebody else may erase, merge
    or take them out meanwhile.

    Raises:
        Missing: there is none.
    """
    people = visible(Resident.objects.select_related("group", "household").defer("group__geometry"), actor)
    person = (people.select_for_update(no_key=True, of=("self",)) if to_write else people).filter(pk=id).first()
    if person is None:
        raise Missing("request.missing")
    return person
