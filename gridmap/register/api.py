"""HTTP for keeping the register: residents added, edited, moved, merged, gone; their history; who hears for them."""

from uuid import UUID

from django.db.models import Q
from ninja import Query, Router, Status

from gridmap.access import Scope, StaffRequest, require, visible
from gridmap.grids.models import Grid
from gridmap.grids.ranges import whole
from gridmap.idempotency.once import once
from gridmap.people.actions import note_reading
from gridmap.people.found import found
from gridmap.people.models import Resident
from gridmap.people.reads import shown
from gridmap.people.schemas import ResidentOut
from gridmap.register import actions, contacts, records
from gridmap.register.history import history
from gridmap.register.models import Contact, Former, How
from gridmap.register.schemas import (
    AgreeIn,
    ContactIn,
    ContactOut,
    Contacts,
    CorrectionOut,
    Corrections,
    EditIn,
    FormerOut,
    Formers,
    History,
    LeaveIn,
    MergeIn,
    MoveIn,
    RefuseIn,
)
from gridmap.sealing import masked_name, unseal
from gridmap.walls import audience_side

router = Router()
PAGE = 50


@router.post("/residents/{uuid:id}/edit", response=ResidentOut)
def edit(request: StaffRequest, id: UUID, body: EditIn) -> ResidentOut:
    """Change fields."""
    return shown(actions.edit_resident(id, body, actor=request.auth))


@router.post("/residents/{uuid:id}/move", response=ResidentOut)
def move(request: StaffRequest, id: UUID, body: MoveIn) -> ResidentOut:
    """Move to another group or household."""
    return shown(actions.move_resident(id, body, actor=request.auth))


@router.post("/residents/{uuid:id}/merge", response=ResidentOut)
def merge(request: StaffRequest, id: UUID, body: MergeIn) -> ResidentOut:
    """This one is the double of another, who stays."""
    return shown(actions.merge_residents(id, body.into, actor=request.auth))


@router.post("/residents/{uuid:id}/leave", response={204: None})
def leave(request: StaffRequest, id: UUID, body: LeaveIn) -> Status[None]:
    """Left the county, or died."""
    actions.leave_register(id, How(body.how), actor=request.auth)
    return Status(204, None)


@router.get("/former-residents", response=Formers)
def former(request: StaffRequest, page: int = Query(1, ge=1, le=10_000)) -> Formers:
    """Who left one's grids, the last first."""
    require(request.auth, "people.read")
    rows = visible(Former.objects.all(), request.auth).order_by("-at")
    items = [_former(row) for row in rows[(page - 1) * PAGE : page * PAGE]]
    names = dict(Grid.objects.current().groups().filter(no__in=[item.no for item in items]).values_list("no", "name"))
    if span := whole(request.auth.ranges):
        note_reading("people.former", actor=request.auth, about=span, page=page)
    return Formers(items=[item.model_copy(update={"group": names.get(item.no, "")}) for item in items], total=rows.count())


@router.post("/former-residents/{uuid:id}/return", response=ResidentOut)
def come_back(request: StaffRequest, id: UUID) -> ResidentOut:
    """They did not leave after all."""
    return shown(actions.return_former(id, actor=request.auth))


@router.get("/residents/{uuid:id}/history", response=History)
def told(request: StaffRequest, id: UUID) -> History:
    """What is kept, from where, what it was before, and what is missing."""
    person = found(id, request.auth)
    require(request.auth, "people.read", no=person.no)
    note_reading("people.history", actor=request.auth, about=(person.no, person.no + 1), subject=id)
    return history(person)


@router.get("/residents/{uuid:id}/contacts", response=Contacts)
def contacts_of(request: StaffRequest, id: UUID) -> Contacts:
    """Who hears for a resident, and for whom they hear."""
    person = found(id, request.auth)
    require(request.auth, "people.read", no=person.no)
    items = [_contact(pair, request.auth) for pair in _pairs(Q(resident=person) | Q(contact=person))]
    note_reading("people.household", actor=request.auth, about=(person.no, person.no + 1), subject=id)
    return Contacts(items=items, total=len(items))


@router.post("/residents/{uuid:id}/contacts", response={201: ContactOut})
@once
def propose(request: StaffRequest, id: UUID, body: ContactIn) -> Status[ContactOut]:
    """Somebody is to hear for a resident."""
    return Status(201, _decided(contacts.propose_contact(id, body, actor=request.auth), request.auth))


@router.post("/contacts/{uuid:id}/agree", response=ContactOut)
def agree(request: StaffRequest, id: UUID, body: AgreeIn) -> ContactOut:
    """One of the two said yes to the officer."""
    return _decided(contacts.agree_contact(id, body.who, actor=request.auth), request.auth)


@router.delete("/contacts/{uuid:id}", response={204: None})
def end(request: StaffRequest, id: UUID) -> Status[None]:
    """They hear for them no longer."""
    contacts.end_contact(id, actor=request.auth)
    return Status(204, None)


@router.get("/corrections", response=Corrections)
def corrections(request: StaffRequest) -> Corrections:
    """What residents say is wrong."""
    require(request.auth, "people.edit")
    rows = records.corrections(request.auth)
    for wish, person, _ in rows:
        note_reading("people.correction", actor=request.auth, about=(person.no, person.no + 1), subject=wish.about)
    items = [CorrectionOut(id=wish.pk, resident=shown(person), field=wish.field, value=value, at=wish.at) for wish, person, value in rows]
    return Corrections(items=items, total=len(items))


@router.post("/corrections/{uuid:id}/accept", response={204: None})
def accept(request: StaffRequest, id: UUID) -> Status[None]:
    """The resident is right."""
    records.accept_correction(id, actor=request.auth)
    return Status(204, None)


@router.post("/corrections/{uuid:id}/refuse", response={204: None})
def refuse(request: StaffRequest, id: UUID, body: RefuseIn) -> Status[None]:
    """The register stays as it is, and the resident reads why."""
    records.refuse_correction(id, why=body.why, actor=request.auth)
    return Status(204, None)


def _cut(person: Resident, scope: Scope) -> ResidentOut:
    """Show somebody masked; of who lives beyond one's grids the name and the phone alone."""
    out = shown(person)
    if scope.holds(person.no):
        return out
    hidden = {"group": "", "code": "", "no": -1, "location": None, "presence": "unknown", "presence_on": None, "birth_year": None}
    return out.model_copy(update=hidden)


def _former(row: Former) -> FormerOut:
    sealed = row.row["name_sealed"]
    name = unseal(bytes.fromhex(sealed), f"people_resident.name.{row.pk}") if sealed else ""
    return FormerOut(id=row.pk, name=masked_name(name) if name else "", group="", no=row.no, how=row.how, at=row.at)


def _pairs(which: Q) -> list[Contact]:
    """Read contacts with both people: one beyond somebody's grids may hear for a resident of them; that there is one, _cut says."""
    with audience_side():
        return list(Contact.objects.filter(which).select_related("resident__group", "contact__group").order_by("at"))


def _decided(row: Contact, scope: Scope) -> ContactOut:
    (pair,) = _pairs(Q(pk=row.pk))
    return _contact(pair, scope)


def _contact(pair: Contact, scope: Scope) -> ContactOut:
    return ContactOut(
        id=pair.pk, resident=_cut(pair.resident, scope), contact=_cut(pair.contact, scope), relation=pair.relation,
        resident_agreed_at=pair.resident_agreed_at, contact_agreed_at=pair.contact_agreed_at,
    )  # fmt: skip
