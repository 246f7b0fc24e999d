"""Keeping the register by hand: somebody is added, edited, moved, merged with their double, gone, and back again."""

from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.broadcasts import ledger
from gridmap.edge.models import Endpoint
from gridmap.errors import Conflict, Denied, Invalid, Missing
from gridmap.grids.index import current_index
from gridmap.grids.models import Grid
from gridmap.grids.ranges import runs
from gridmap.people import coverage
from gridmap.people.found import found
from gridmap.people.models import Household, Resident, Source
from gridmap.realtime.events import CoverageChanged
from gridmap.realtime.log import publish, ring_clock
from gridmap.register import leaving
from gridmap.register.erased import is_back, marks_of
from gridmap.register.history import note_change
from gridmap.register.models import Change, Former, How
from gridmap.register.schemas import AddIn, EditIn, MoveIn
from gridmap.sealing import blind, blind_address, seal
from gridmap.walls import audience_side

COLUMNS = {
    "name": ["name_sealed", "name_index"], "phone": ["phone_sealed", "phone_index"], "birth_year": ["birth_year"],
    "address": [], "location": ["place", "no"],
}  # fmt: skip


@transaction.atomic
def add_resident(new: AddIn, *, actor: Scope) -> Resident:
    """Put somebody into the register.

    Raises:
        Missing: the group, or whom they live with, lies outside the actor's grids.
        Denied: the address is that of people beyond the actor's grids, too.
        Conflict: somebody of this name and phone is there already.
    """
    group = _group(new.group, actor)
    place, no = _place(new.location, group, actor)
    require(actor, "people.edit", no=no)
    # Before it is said whether such a person is known: a call that is refused anyway must not answer that.
    lives_with = found(new.lives_with, actor) if new.lives_with else None
    if new.phone:
        same = visible(Resident.objects.all(), actor).filter(phone_index=blind(new.phone, "phone"), name_index=blind(new.name, "name")).first()
        if same is not None:
            raise Conflict("people.known", resident=str(same.pk))
    home = lives_with.household if lives_with else Household(group=group)
    if not lives_with:
        home.save(force_insert=True)
    person = Resident(household=home, group=group, place=place, no=no, birth_year=new.birth_year, presence=new.presence, source=Source.OFFICER)
    person.presence_on = timezone.localdate() if new.presence != "unknown" else None
    _seal(person, "name", new.name)
    _seal(person, "phone", new.phone)
    person.save(force_insert=True)
    if new.address and not new.lives_with:
        _set_address(person, new.address)
    elif new.address:  # it is the address of others, too
        _set(person, "address", new.address, actor=actor, source=Source.OFFICER)
    is_back(marks_of(new.name, new.phone, new.birth_year, group.no or 0))
    audit.record("people.add", actor=actor.user, subject=person.pk, about=(no, no + 1))
    _tell([no])
    return _fresh(person.pk)


@transaction.atomic
def edit_resident(id: UUID, edit: EditIn, *, actor: Scope, source: Source = Source.OFFICER) -> Resident:
    """Change fields of a resident; each is kept with what it was, from whom and when.

    Raises:
        Missing: the resident lies outside the actor's grids.
        Conflict: somebody else changed one of the fields after the actor read it.
    """
    person = found(id, actor, to_write=True)
    require(actor, "people.edit", no=person.no)
    wanted = edit.model_dump(exclude_unset=True, exclude={"seen_at"})
    if edit.seen_at:
        _nobody_else(person, list(wanted), edit.seen_at, actor)
    before, fields = person.no, []
    for name, value in wanted.items():
        if _set(person, name, value, actor=actor, source=source):
            fields.append(name)
    if fields:
        person.save(update_fields=[column for name in fields for column in COLUMNS[name]])  # and not what others write
        audit.record("people.edit", actor=actor.user, subject=id, about=(person.no, person.no + 1), fields=fields)
        _tell([before, person.no])
    return _fresh(id)


@transaction.atomic
def move_resident(id: UUID, move: MoveIn, *, actor: Scope) -> Resident:
    """Move somebody, or their whole household, to another group or household of the actor's grids.

    Raises:
        Missing: the resident, the group, or whom they are to live with lies outside the actor's grids.
        Invalid: they live there already.
    """
    person = found(id, actor, to_write=True)
    group = _group(move.group, actor)
    place, no = _place(move.location, group, actor)
    require(actor, "people.edit", no=person.no)
    require(actor, "people.edit", no=no)
    home = found(move.lives_with, actor).household if move.lives_with else Household(group=group)
    if home.pk == person.household_id:
        raise Invalid("people.lives_there", field="lives_with")
    movers = [person]
    if move.household:
        together = visible(Resident.objects.filter(household=person.household_id), actor).order_by("pk")
        movers = list(together.select_for_update(no_key=True, of=("self",)))
    if not move.lives_with:
        # Whoever of the household lives beyond the actor's grids keeps it, with its address: only the others move out.
        if move.household and _is_mine(person.household, actor):  # the address was of the house they leave, the number goes along; it is sealed for the old row
            if person.household.address_sealed:
                note_change(person, "address", person.household.address_sealed, None, source=Source.OFFICER, by=actor.user.pk, by_name=actor.user.name)
            home.pk = person.household_id
            Household.objects.filter(pk=home.pk).update(group=group, address_sealed=None, address_index=None)
        else:
            home.save(force_insert=True)
    numbers = [no]
    for mover in movers:
        numbers.append(mover.no)
        before = f"{mover.household_id} {mover.group_id} {mover.no}"
        note_change(mover, "home", before, f"{home.pk} {group.pk} {no}", source=Source.OFFICER, by=actor.user.pk, by_name=actor.user.name)
        mover.household_id, mover.group, mover.place, mover.no = home.pk, group, place, no
        mover.save(update_fields=["household_id", "group", "place", "no"])
    audit.record("people.move", actor=actor.user, subject=id, about=(no, no + 1), people=len(movers))
    _tell(numbers)
    return _fresh(id)


@transaction.atomic
def merge_residents(id: UUID, into: UUID, *, actor: Scope) -> Resident:
    """Make one of a resident and their double: what the one who stays lacks is filled from the other.

    Raises:
        Missing: one of them lies outside the actor's grids.
        Invalid: they are one and the same row.
    """
    if id == into:
        raise Invalid("people.same", field="into")
    for one in sorted((id, into)):  # in one order, whoever merges whom at the same moment
        found(one, actor, to_write=True)
    double, person = found(id, actor), found(into, actor)
    require(actor, "people.edit", no=double.no)
    require(actor, "people.edit", no=person.no)
    leaving.fill(person, double, by=actor.user)
    person.save(update_fields=leaving.FILLED)
    leaving.take_along(double, person)
    leaving.take_out(double, How.MERGED, by=actor.user.pk, into=person.pk)
    touched = leaving.take_warnings(double, person)
    audit.record("people.merge", actor=actor.user, subject=into, about=(person.no, person.no + 1), double=str(id))
    leaving.tell_ended(touched, edge=True)
    _tell([double.no, person.no])
    ring_clock()  # a warning in force that the double had is now the other's
    return _fresh(into)


@transaction.atomic
def leave_register(id: UUID, how: How, *, actor: Scope) -> None:
    """Note that somebody left the county or died: no counter, area or list finds them; their phones hear nothing more.

    Raises:
        Missing: the resident lies outside the actor's grids.
    """
    person = found(id, actor, to_write=True)
    require(actor, "people.edit", no=person.no)
    heard = leaving.heard_by(person)
    Endpoint.objects.filter(resident_id=id, revoked=False).update(revoked=True, online_until=None)
    leaving.take_out(person, how, by=actor.user.pk)
    touched = ledger.end_deliveries([person.pk])
    audit.record("people.leave", actor=actor.user, subject=id, about=(person.no, person.no + 1), how=how)
    leaving.tell_ended(touched)
    _tell([person.no, *heard])
    ring_clock()


@transaction.atomic
def return_former(id: UUID, *, actor: Scope) -> Resident:
    """Take it back that somebody left; their phones have to join anew.

    Raises:
        Missing: nobody of this id left the actor's grids.
        Conflict: they were merged with their double, who is still there.
    """
    former = visible(Former.objects.all(), actor).filter(pk=id).first()
    if former is None:
        raise Missing("request.missing")
    require(actor, "people.edit", no=former.no)
    if former.how == How.MERGED:
        raise Conflict("people.merged")
    leaving.bring_back(former)
    audit.record("people.return", actor=actor.user, subject=id, about=(former.no, former.no + 1))
    _tell([former.no])
    ring_clock()
    return _fresh(id)


def _is_mine(home: Household, actor: Scope) -> bool:
    """Say whether a household lies in the actor's grids with everybody who lives in it."""
    with audience_side():
        numbers = list(Resident.objects.filter(household=home).values_list("no", flat=True))
        group = Grid.objects.filter(pk=home.group_id).values_list("no", flat=True).first()
    return group is not None and all(actor.holds(no) for no in [group, *numbers])


def _group(code: str, actor: Scope) -> Grid:
    group = visible(Grid.objects.current().groups(), actor).filter(code=code).first()
    if group is None:
        raise Missing("grids.unknown", code=code[:20])
    return group


def _place(location: list[float] | None, group: Grid, actor: Scope) -> tuple[Point | None, int]:
    """Give a place and the number of the group that holds it: it follows the place, where one is known."""
    if location is None:
        return None, group.no
    lon, lat = location
    if not current_index().box.holds(lon, lat):
        raise Invalid("people.place", field="location")
    no = current_index().at(lon, lat)
    if not actor.holds(no):
        raise Missing("request.missing")
    return Point(round(lon, 6), round(lat, 6), srid=4326), no


def _nobody_else(person: Resident, fields: list[str], seen_at: Any, actor: Scope) -> None:
    names = ["place" if name == "location" else name for name in fields]
    other = Change.objects.filter(Q(by=None) | ~Q(by=actor.user.pk), resident=person.pk, field__in=names, at__gt=seen_at).order_by("-id").first()
    if other is not None:
        raise Conflict("people.changed_meanwhile", field=other.field, by=other.by_name, at=other.at.isoformat())


def _set(person: Resident, name: str, value: Any, *, actor: Scope, source: Source) -> bool:
    """Set a field in memory and note the change; False when it stands so already."""
    column = "place" if name == "location" else name
    before = _column(person, column)
    if name in ("name", "phone"):
        if value is None or (value and blind(value, name) == bytes(getattr(person, f"{name}_index") or b"")):
            return False
        _seal(person, name, value)
    elif name == "address":
        if value is None or person.household.address_index == blind_address(value):
            return False
        if not _is_mine(person.household, actor):  # it is the address of people beyond the actor's grids, too
            raise Denied("access.beyond")
        _set_address(person, value)
    elif name == "location":
        place, no = _place(value, person.group, actor)
        if place == person.place:
            return False
        person.place, person.no = place, no
    elif getattr(person, name) == value:
        return False
    else:
        setattr(person, name, value)
    note_change(person, column, before, _column(person, column), source=source, by=actor.user.pk, by_name=actor.user.name)
    return True


def _column(person: Resident, name: str) -> Any:
    if name == "address":
        return person.household.address_sealed
    if name == "place":
        return person.place.ewkt if person.place else None
    return getattr(person, f"{name}_sealed") if name in ("name", "phone") else getattr(person, name)


def _seal(person: Resident, name: str, value: str) -> None:
    setattr(person, f"{name}_sealed", seal(value, f"people_resident.{name}.{person.pk}") if value else None)
    setattr(person, f"{name}_index", blind(value, name) if value else None)


def _set_address(person: Resident, value: str) -> None:
    home = person.household
    home.address_sealed = seal(value, f"people_household.address.{home.pk}")
    home.address_index = blind_address(value)
    home.save(update_fields=["address_sealed", "address_index"])


def _fresh(id: UUID) -> Resident:
    return Resident.objects.select_related("group", "household").get(pk=id)


def _tell(numbers: list[int]) -> None:
    ranges = runs(numbers)
    publish(CoverageChanged(by_no=coverage.rows(ranges)), ranges=ranges)
