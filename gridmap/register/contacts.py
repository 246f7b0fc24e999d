"""Contact persons: who hears for somebody without a phone. Both have to agree, and both can take it back."""

from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.audit.log import Actor
from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.edge.models import Hearing
from gridmap.errors import Conflict, Invalid, Missing
from gridmap.people import coverage
from gridmap.people.found import found
from gridmap.people.models import Resident
from gridmap.people.reads import opened
from gridmap.realtime.events import CoverageChanged
from gridmap.realtime.log import publish
from gridmap.register.models import Contact
from gridmap.register.schemas import ContactIn
from gridmap.sealing import masked_name

MOST_CONTACTS = 3


@transaction.atomic
def propose_contact(id: UUID, wanted: ContactIn, *, actor: Scope) -> Contact:
    """Note who is to hear for a resident, and who of the two said yes to the officer; the other is asked on their phone.

    Raises:
        Missing: one of them lies outside the actor's grids.
        Invalid: they are one and the same, or three hear already.
        Conflict: this one is noted already.
    """
    person, contact = found(id, actor), found(wanted.contact, actor)
    require(actor, "people.edit", no=person.no)
    if person.pk == contact.pk:
        raise Invalid("people.same", field="contact")
    if Contact.objects.filter(resident=person).count() >= MOST_CONTACTS:
        raise Invalid("people.contacts_most", field="contact", most=MOST_CONTACTS)
    now = timezone.now()
    row = Contact(
        pk=uuid4(), resident=person, contact=contact, relation=wanted.relation, by=actor.user.pk,
        resident_agreed_at=now if wanted.resident_agreed else None, contact_agreed_at=now if wanted.contact_agreed else None,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("people.contact_known") from error
    name = opened(person, "name")
    Hearing.objects.create(
        pk=row.pk, resident_id=contact.pk, heard_for=person.pk, shown_as=masked_name(name) if name else "", active=_both(row),
        agreed=True if wanted.contact_agreed else None,
    )  # fmt: skip
    _note(row, actor.user)
    return row


@transaction.atomic
def agree_contact(id: UUID, who: str, *, actor: Scope) -> Contact:
    """Note that one of the two said yes to the officer.

    Raises:
        Missing: no such contact in the actor's grids.
        Conflict: the contact said no on their own phone.
    """
    row = _contact(id, actor)
    require(actor, "people.edit", no=row.resident.no)
    if who == "contact" and Hearing.objects.filter(pk=id, agreed=False).exists():
        raise Conflict("people.contact_refused")
    setattr(row, f"{who}_agreed_at", timezone.now())
    row.save(update_fields=[f"{who}_agreed_at"])
    Hearing.objects.filter(pk=id).update(active=_both(row), **({"agreed": True} if who == "contact" else {}))
    _note(row, actor.user, agreed=who)
    return row


@transaction.atomic
def end_contact(id: UUID, *, actor: Scope) -> None:
    """Note that somebody hears for a resident no longer.

    Raises:
        Missing: no such contact in the actor's grids.
    """
    row = _contact(id, actor)
    require(actor, "people.edit", no=row.resident.no)
    Hearing.objects.filter(pk=id).delete()
    Contact.objects.filter(pk=id).delete()
    _note(row, actor.user, ended=True)


@transaction.atomic
def follow_hearing() -> bool:
    """Take over what a hearer said on their own phone; run by the clock, one in a transaction.

    Returns:
        Whether there was one.
    """
    said = Hearing.objects.filter(counted=False)
    next_one = said.values_list("pk", flat=True).first()
    if next_one is None:
        return False
    # The contact before the hearing, as an officer's press takes them.
    row = Contact.objects.select_for_update(of=("self",), no_key=True).select_related("resident").filter(pk=next_one).first()
    hearing = said.select_for_update(skip_locked=True).filter(pk=next_one).first()
    if hearing is None:
        return False
    if row is None:
        hearing.delete()
        return True
    if hearing.agreed:
        Contact.objects.filter(pk=row.pk).update(contact_agreed_at=timezone.now())
        row.contact_agreed_at = timezone.now()
        Hearing.objects.filter(pk=hearing.pk).update(active=_both(row), counted=True)
    else:
        Contact.objects.filter(pk=row.pk).delete()
        hearing.delete()
    _note(row, None, agreed=bool(hearing.agreed))
    return True


def _contact(id: UUID, actor: Scope) -> Contact:
    mine = visible(Resident.objects.all(), actor)
    # Locked, so that what the other says on their phone at this moment is not taken back by a row that was read before it.
    row = Contact.objects.select_for_update(of=("self",), no_key=True).select_related("resident__group").filter(pk=id, resident__in=mine.values("pk")).first()
    if row is None:
        raise Missing("request.missing")
    return row


def _both(row: Contact) -> bool:
    return row.resident_agreed_at is not None and row.contact_agreed_at is not None


def _note(row: Contact, actor: Actor | None, **said: object) -> None:
    """Write it down and tell it: the household may be covered now; and a warning in force goes to the new hearer too."""
    person = row.resident
    ledger.lock()  # before the record's: the counters that are told are then those that stand
    audit.record("people.contact", actor=actor, subject=person.pk, about=(person.no, person.no + 1), contact=str(row.contact_id), **said)
    live = Broadcast.objects.live().values("pk")
    for id in Delivery.objects.filter(resident_id=person.pk, broadcast_id__in=live).values_list("broadcast_id", flat=True):
        ledger.tell(id, [person.no], edge=True)
    publish(CoverageChanged(by_no=coverage.rows([(person.no, person.no + 1)])), ranges=[(person.no, person.no + 1)])
