"""Requests to join, matched with the register: who it may be, and who is let in at once.

Name and phone together let in by themselves only at a door's own code, which an officer shows to the household for a
quarter of an hour. At a poster they are two things that a stranger may know: there the officer presses.
"""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from gridmap.access import Scope, visible
from gridmap.edge.joins import pairing_of
from gridmap.edge.models import Join, JoinState
from gridmap.grids.models import Grid
from gridmap.people.connect_schemas import CandidateOut, JoinOut, Joins
from gridmap.people.models import Resident
from gridmap.people.reads import shown
from gridmap.sealing import masked_name, masked_phone, unseal

MOST_SHOWN = 100
MOST_CANDIDATES = 8
MOST_GUESSES = 3


def waiting_joins(scope: Scope) -> Joins:
    """Give the requests that wait in somebody's grids, the oldest first, each with whom it may be."""
    rows = visible(Join.objects.waiting().select_related("code"), scope)
    # Who gave the name and phone of somebody known comes first: made-up requests must not push them off the list.
    known = Resident.objects.filter(phone_index=OuterRef("phone_index"), name_index=OuterRef("name_index"))
    rows = rows.annotate(known=Exists(known)).order_by("-known", "at")
    names = dict(Grid.objects.current().filter(code__in=[row.code.grid for row in rows]).values_list("code", "name"))
    return Joins(items=[_shown(row, scope, names) for row in rows[:MOST_SHOWN]], total=rows.count())


def candidates(join: Join, scope: Scope) -> list[CandidateOut]:
    """Give the residents of the code's grid, and of one's own, who have this phone or name; at a door everybody who lives there."""
    code = join.code
    here = visible(Resident.objects.select_related("group").defer("group__geometry"), scope).within([(code.start, code.end)])
    found = list(here.who_may_be(bytes(join.phone_index), bytes(join.name_index), code.household)[:MOST_CANDIDATES])
    listed = [
        CandidateOut(
            resident=shown(person),
            same_phone=same(person.phone_index, join.phone_index),
            same_name=same(person.name_index, join.name_index),
        )
        for person in found
    ]
    return sorted(listed, key=lambda row: -row.same_phone - row.same_name)


def certain_at_doors() -> list[tuple[Join, Resident]]:
    """Find the requests at a door's own code whose name and phone are those of one person who lives there."""
    sure = []
    doors = Join.objects.waiting().filter(code__household__isnull=False, code__revoked=False, code__expires_at__gt=timezone.now())
    for join in doors.select_related("code"):
        # Somebody who guesses names behind a door is left to the officer who stands there.
        if Join.objects.filter(code=join.code).exclude(state=JoinState.CONNECTED).count() > MOST_GUESSES:
            continue
        home = Resident.objects.filter(household=join.code.household)
        same = list(home.filter(phone_index=join.phone_index, name_index=join.name_index)[:2])
        if len(same) == 1:
            sure.append((join, same[0]))
    return sure


def _shown(join: Join, scope: Scope, names: dict[str, str]) -> JoinOut:
    name = unseal(join.name_sealed, f"edge_join.name.{join.pk}")
    phone = unseal(join.phone_sealed, f"edge_join.phone.{join.pk}")
    return JoinOut(
        id=join.pk, at=join.at, name=masked_name(name), phone=masked_phone(phone), grid=names.get(join.code.grid, ""),
        door=join.code.household is not None, pairing=pairing_of(join.token_hash), candidates=candidates(join, scope),
    )  # fmt: skip


def same(mine: bytes | memoryview | None, asked: bytes | memoryview) -> bool:
    return mine is not None and bytes(mine) == bytes(asked)
