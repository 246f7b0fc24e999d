"""Connecting: QR codes, and letting a waiting phone in as a resident's endpoint."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.audit.log import Actor
from gridmap.edge.joins import waiting_of
from gridmap.edge.models import CodeKind, Endpoint, Join, JoinCode, JoinState
from gridmap.errors import Conflict, Invalid, Missing
from gridmap.grids.models import Grid
from gridmap.people import coverage, joins
from gridmap.people.connect_schemas import CodeIn
from gridmap.people.found import found
from gridmap.people.limits import STRANGERS_AN_HOUR, limit
from gridmap.people.models import Officer, Resident, Source
from gridmap.realtime.events import CoverageChanged, JoinConfirmed, JoinFact, JoinRefused
from gridmap.realtime.log import publish
from gridmap.register.history import note_change
from gridmap.sealing import blind, seal, unseal

DOOR_MINUTES = 15


@transaction.atomic
def make_code(wanted: CodeIn, *, actor: Scope) -> JoinCode:
    """Make a QR code: of a door, for a quarter of an hour; of the officer or of a grid, until it is revoked.

    Raises:
        Missing: the grid or the resident lies outside the actor's grids.
        Invalid: a door's code without a resident, another without a grid.
    """
    household = None
    if wanted.kind == CodeKind.DOOR:
        if wanted.resident is None:
            raise Invalid("request.invalid", field="resident", reason="missing")
        person = found(wanted.resident, actor)
        grid, household = Grid.objects.current().get(level=3, no=person.no), person.household_id
    else:
        if wanted.grid is None:
            raise Invalid("request.invalid", field="grid", reason="missing")
        held = visible(Grid.objects.current(), actor).filter(code=wanted.grid).first()
        if held is None:
            raise Missing("request.missing")
        grid = held
    require(actor, "people.connect", ranges=[(grid.group_start, grid.group_end)])
    officer = Officer.objects.filter(user=actor.user).values_list("pk", flat=True).first()
    code = JoinCode.objects.create(
        kind=wanted.kind, grid=grid.code, start=grid.group_start, end=grid.group_end, household=household,
        officer=officer if wanted.kind == CodeKind.OFFICER else None, officer_name="" if wanted.kind == CodeKind.GRID else actor.user.name,
        made_by=actor.user.pk, expires_at=timezone.now() + timedelta(minutes=DOOR_MINUTES) if household else None,
    )  # fmt: skip
    audit.record("people.connect", actor=actor.user, subject=code.pk, about=(code.start, code.end), made=wanted.kind, resident=str(wanted.resident or ""))
    code.refresh_from_db()
    return code


@transaction.atomic
def revoke_code(id: UUID, *, actor: Scope) -> None:
    """Take a QR code down; whoever joined by it stays.

    Raises:
        Missing: it lies outside the actor's grids.
    """
    code = visible(JoinCode.objects.filter(revoked=False), actor).filter(pk=id).first()
    if code is None:
        raise Missing("request.missing")
    require(actor, "people.connect", ranges=[(code.start, code.end)])
    JoinCode.objects.filter(pk=id).update(revoked=True)
    audit.record("people.connect", actor=actor.user, subject=id, about=(code.start, code.end), revoked=True)


@transaction.atomic
def confirm_join(id: UUID, resident: UUID, *, actor: Scope) -> None:
    """Let a waiting phone in as the endpoint of a resident.

    Raises:
        Missing: the request or the resident lies outside the actor's grids.
        Conflict: it was decided on already.
    """
    join = _waiting(id, actor)
    person = found(resident, actor, to_write=True)
    require(actor, "people.connect", no=person.no)
    if not joins.same(person.name_index, join.name_index) and not joins.same(person.phone_index, join.phone_index):
        # Neither is theirs: it happens, and whoever does it all day long reads people's records on phones of their own.
        limit("join.confirmed", STRANGERS_AN_HOUR, actor, only={"same_phone": False, "same_name": False})
    _take_phone(join, person, actor.user)
    _let_in(join, person, actor=actor.user)


@transaction.atomic
def refuse_join(id: UUID, *, actor: Scope) -> None:
    """Turn a waiting phone away.

    Raises:
        Missing: the request lies outside the actor's grids.
        Conflict: it was decided on already.
    """
    join = _waiting(id, actor)
    require(actor, "people.connect", ranges=[(join.code.start, join.code.end)])
    _decide(join, JoinState.REFUSED)
    audit.record("join.refused", actor=actor.user, subject=id, about=(join.code.start, join.code.end))
    _tell(join, JoinRefused)


def let_in_at_doors() -> int:
    """Let in whoever gave the name and phone of somebody who lives behind the door; run by the clock at every request.

    Each in a transaction of its own: it must neither wait for an officer who decides on another, nor take others with it.

    Returns:
        How many.
    """
    let_in = 0
    for join, person in joins.certain_at_doors():
        with suppress(Conflict), transaction.atomic():  # an officer was quicker
            # The person before the request, as an officer's press takes them: merged or gone meanwhile, they are nobody to let in as.
            still = Resident.objects.select_for_update(no_key=True).filter(pk=person.pk, household=join.code.household).first()
            if still is not None:
                _let_in(join, still, actor=None)
                let_in += 1
    return let_in


def _waiting(id: UUID, actor: Scope) -> Join:
    join = visible(Join.objects.select_related("code"), actor).filter(pk=id).first()
    if join is None:
        raise Missing("request.missing")
    return join


def _decide(join: Join, state: JoinState) -> None:
    if not Join.objects.waiting().filter(pk=join.pk).update(state=state):
        raise Conflict("join.decided")


def _take_phone(join: Join, person: Resident, officer: Actor) -> None:
    """Keep the number that somebody without one has given and an officer has confirmed; of another name it is somebody else's."""
    if person.phone_sealed is not None or not joins.same(person.name_index, join.name_index):
        return
    phone = unseal(join.phone_sealed, f"edge_join.phone.{join.pk}")
    person.phone_sealed, person.phone_index = seal(phone, f"people_resident.phone.{person.pk}"), blind(phone, "phone")
    person.save(update_fields=["phone_sealed", "phone_index"])
    note_change(person, "phone", None, person.phone_sealed, source=Source.RESIDENT, by=officer.pk, by_name=officer.name)


def _let_in(join: Join, person: Resident, *, actor: Actor | None) -> None:
    _decide(join, JoinState.CONNECTED)
    Endpoint.objects.create(token_hash=join.token_hash, resident_id=person.pk, no=person.no)
    Resident.objects.filter(pk=person.pk).update(joined=True, connected=True)
    matched = {"same_phone": joins.same(person.phone_index, join.phone_index), "same_name": joins.same(person.name_index, join.name_index)}
    about = (person.no, person.no + 1)
    audit.record("join.confirmed", actor=actor, subject=person.pk, about=about, code=str(join.code_id), join=str(join.pk), **matched)
    publish(CoverageChanged(by_no=coverage.rows([about])), ranges=[about])
    _tell(join, JoinConfirmed)


def _tell(join: Join, fact: type[JoinFact]) -> None:
    publish(fact(code=join.code_id, waiting=waiting_of(join.code)), ranges=[(join.code.start, join.code.end)])
