"""How somebody goes out of the register and comes back: their row is kept as it stood, sealed, and deleted after a time."""

from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Q
from django.utils import timezone

from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import OUT, Broadcast, Delivery, MessageType, Receipt
from gridmap.dispatches.models import Dispatch
from gridmap.edge.models import Endpoint, Hearing, RecordRequest
from gridmap.incidents.models import Incident
from gridmap.people.models import Presence, Resident, Source
from gridmap.register.history import note_change
from gridmap.register.models import Change, Contact, Former, How
from gridmap.sealing import seal, unseal
from gridmap.tags.labels import beside
from gridmap.tags.models import Tagging

BYTES = ("name_sealed", "name_index", "phone_sealed", "phone_index", "id_sealed")
PLAIN = ("birth_year", "presence", "source")
FILLED = ["phone_sealed", "phone_index", "id_sealed", "birth_year", "place", "no", "presence", "presence_on", "joined", "connected", "on_file"]
HISTORY = timedelta(days=7)  # as long as a phone shows a message


class Actor(Protocol):
    """Who did it."""

    pk: Any
    name: str


def take_out(person: Resident, how: How, *, by: UUID, into: UUID | None = None) -> None:
    """Take a resident out of the register, keeping the row for a return."""
    row: dict[str, Any] = {name: bytes(value).hex() if (value := getattr(person, name)) is not None else None for name in BYTES}
    row |= {name: getattr(person, name) for name in PLAIN}
    row |= {"household": str(person.household_id), "group": str(person.group_id), "place": person.place.ewkt if person.place else None}
    row["presence_on"] = person.presence_on.isoformat() if person.presence_on else None
    row["labels"] = [[label, until.isoformat()] for label, until in Tagging.objects.filter(resident=person).values_list("label", "until")]
    Former(pk=person.pk, no=person.no, how=how, into=into, row=row, by=by).save(force_insert=True)
    Contact.objects.filter(Q(resident=person) | Q(contact=person)).delete()
    Hearing.objects.filter(Q(resident_id=person.pk) | Q(heard_for=person.pk)).delete()
    Tagging.objects.filter(resident=person).delete()
    Resident.objects.filter(pk=person.pk).delete()


def bring_back(former: Former) -> None:
    """Put a former resident's row back, not joined: their phones were taken out."""
    row = former.row
    person = Resident(pk=former.pk, no=former.no, household_id=row["household"], group_id=row["group"])
    for name in BYTES:
        setattr(person, name, bytes.fromhex(row[name]) if row[name] is not None else None)
    for name in PLAIN:
        setattr(person, name, row[name])
    person.place = GEOSGeometry(row["place"]) if row["place"] else None  # type: ignore[assignment]  # kept as the point it was
    person.presence_on = datetime.fromisoformat(row["presence_on"]).date() if row["presence_on"] else None
    person.save(force_insert=True)
    Tagging.objects.bulk_create([label_on(person, label, until) for label, until in row["labels"]])
    former.delete()


def forget_former(before: datetime) -> int:
    """Delete who left before a time, and what is kept of their changes.

    Returns:
        How many people.
    """
    gone = list(Former.objects.filter(at__lt=before).values_list("pk", flat=True))
    Change.objects.filter(resident__in=gone).delete()
    return Former.objects.filter(pk__in=gone).delete()[0]


def label_on(person: Resident, label: int, until: Any) -> Tagging:
    """Give a label for a resident, not saved yet, with what counting needs of them."""
    return Tagging(resident=person, label=label, until=until, **beside(person))


def heard_by(person: Resident) -> list[int]:
    """Give the group numbers of those for whom somebody hears: their households may be covered no more."""
    return list(Contact.objects.filter(contact=person).values_list("resident__no", flat=True))


def fold_deliveries(double: Resident, person: Resident) -> list[tuple[UUID, int]]:
    """Give the double's warnings, with what was answered and ticked, to the one who stays; who has one already keeps the
    later stage and what was said last, by the server's clock; who calls for help as either does. Inside an update's area is who
    was inside as either.

    Returns:
        The broadcasts and groups whose counters moved, or in which somebody else has a delivery now.
    """
    ledger.lock()
    touched: list[tuple[UUID, int]] = []
    recent = list(Broadcast.objects.filter(state__in=OUT).exclude(ended_at__lt=timezone.now() - HISTORY).values_list("pk", flat=True))
    last = _said_last([double.pk, person.pk], recent)
    Receipt.objects.filter(resident_id=double.pk, broadcast_id__in=recent).update(resident_id=person.pk)
    versions = {row.pk: row for row in Broadcast.objects.filter(pk__in=recent).only("chain", "version", "message_type")}
    mine, others = (_deliveries(one.pk, recent) for one in (person, double))
    for id in sorted({*mine, *others}):
        theirs = Delivery.objects.filter(broadcast_id=id, resident_id=double.pk)
        # While an update is being written it may have come to one of the two alone: what the other said before counts for both.
        row, whose = others.get(id) or _carried(versions[id], others, versions, mine.get(id)), mine.get(id) or _carried(versions[id], mine, versions, others.get(id))
        if row is None:
            continue
        if id not in mine:
            theirs.update(resident_id=person.pk)
            touched.append((id, row.no))
        if whose is None:
            continue
        newer, older = (row, whose) if last.get(versions[id].chain) == double.pk else (whose, row)
        if (not _needs_help(newer) and _needs_help(older)) or not (newer.answer or newer.tick not in (None, "told")):
            newer, older = older, newer
        kept = None if older.answer == "need_help" and not _needs_help(older) else older.answer  # help that came is no call any more
        beyond = whose.beyond and row.beyond
        stage = max(one.stage for one in (whose, row) if one.beyond == beyond)  # who was told that they are outside has not been told to leave
        Delivery.objects.filter(broadcast_id=id, resident_id=person.pk).update(
            stage=stage, answer=newer.answer or kept, tick=newer.tick or older.tick, accounted=newer.accounted,
            outside=whose.outside and row.outside, beyond=beyond,
        )  # fmt: skip
        theirs.delete()
        ledger.recount(id, {row.no, whose.no})
        touched += [(id, no) for no in {row.no, whose.no}]
    return touched


def _carried(update: Broadcast, before: dict[UUID, Delivery], versions: dict[UUID, Broadcast], there: Delivery | None) -> Delivery | None:
    """Give the delivery of an update that is still to come to somebody, with what was said of them before; None when nothing was.

    Args:
        update: the version that has not come to them.
        before: their deliveries.
        versions: the broadcasts of these.
        there: the other's of the two, in whose group they are counted.
    """
    same = [row for id, row in before.items() if versions[id].chain == update.chain and versions[id].version < update.version]
    if there is None or not same or update.message_type != MessageType.UPDATE:
        return None
    last = max(same, key=lambda row: versions[row.broadcast_id].version)
    return Delivery(no=there.no, stage=0, answer=last.answer, tick=None if last.tick == "told" else last.tick, accounted=last.accounted, outside=not _needs_help(last), beyond=True)


def _deliveries(resident: UUID, broadcasts: list[UUID]) -> dict[UUID, Delivery]:
    """Give somebody's deliveries by broadcast."""
    return {row.broadcast_id: row for row in Delivery.objects.filter(resident_id=resident, broadcast_id__in=broadcasts)}


def _said_last(residents: list[UUID], broadcasts: list[UUID]) -> dict[UUID, UUID]:
    """Give by chain which of these residents it was of whom something was said last: where they are, or that they need help."""
    said = Receipt.objects.filter(broadcast_id__in=broadcasts, resident_id__in=residents, stage__in=("moving", "safe", "need_help", "moved", "away", "refused", "not_found"))
    by_broadcast = dict(said.order_by("at", "id").values_list("broadcast_id", "resident_id"))
    versions = Broadcast.objects.filter(pk__in=by_broadcast).order_by("version").values_list("chain", "pk")
    return {chain: by_broadcast[id] for chain, id in versions}


def _needs_help(row: Delivery) -> bool:
    return "need_help" in (row.answer, row.tick) and not row.accounted


def tell_ended(touched: list[tuple[UUID, int]], *, edge: bool = False) -> None:
    """Publish how far broadcasts have come where deliveries were taken out or folded.

    Args:
        touched: the broadcasts and groups.
        edge: whether phones have to look too: a warning has become somebody else's.
    """
    live = set(Broadcast.objects.live().filter(pk__in={id for id, _ in touched}).values_list("pk", flat=True)) if edge else set()
    for id, no in touched:
        ledger.tell(id, [no], edge=id in live)  # of what is over no phone is told anew


def fill(person: Resident, double: Resident, *, by: Actor) -> None:
    """Fill what one row lacks from its double; sealed values are bound to their row, so they are sealed anew."""
    for name in ("phone", "id"):
        there = getattr(double, f"{name}_sealed")
        if getattr(person, f"{name}_sealed") is None and there is not None:
            value = unseal(there, f"people_resident.{name}.{double.pk}")
            setattr(person, f"{name}_sealed", seal(value, f"people_resident.{name}.{person.pk}"))
            note_change(person, name, None, getattr(person, f"{name}_sealed"), source=Source.OFFICER, by=by.pk, by_name=by.name)
            if name == "phone":
                person.phone_index = double.phone_index
    if person.birth_year is None and double.birth_year is not None:
        person.birth_year = double.birth_year
        note_change(person, "birth_year", None, person.birth_year, source=Source.OFFICER, by=by.pk, by_name=by.name)
    if person.place is None and double.place is not None and person.group_id == double.group_id:
        person.place, person.no = double.place, double.no
        note_change(person, "place", None, person.place.ewkt, source=Source.OFFICER, by=by.pk, by_name=by.name)
    if person.presence == Presence.UNKNOWN and double.presence != Presence.UNKNOWN:
        person.presence, person.presence_on = double.presence, double.presence_on
        note_change(person, "presence", Presence.UNKNOWN, person.presence, source=Source.OFFICER, by=by.pk, by_name=by.name)
    person.joined, person.connected = person.joined or double.joined, person.connected or double.connected
    person.on_file = person.on_file or double.on_file


def take_along(double: Resident, person: Resident) -> None:
    """Give the double's labels and contact persons to the one who stays."""
    mine = Tagging.objects.filter(resident=person).values_list("label", flat=True)
    for label, until in Tagging.objects.filter(resident=double).exclude(label__in=list(mine)).values_list("label", "until"):
        label_on(person, label, until).save(force_insert=True)
    for row in Contact.objects.filter(Q(resident=double) | Q(contact=double)):
        resident = person.pk if row.resident_id == double.pk else row.resident_id
        contact = person.pk if row.contact_id == double.pk else row.contact_id
        if resident != contact and not Contact.objects.filter(resident=resident, contact=contact).exists():
            Contact.objects.filter(pk=row.pk).update(resident=resident, contact=contact)
            Hearing.objects.filter(pk=row.pk).update(resident_id=contact, heard_for=resident)
        elif resident != contact:
            _agree_as(row, resident, contact)
    Change.objects.filter(resident=double.pk).delete()


def _agree_as(row: Contact, resident: UUID, contact: UUID) -> None:
    """Let what was agreed for the double hold for the same two persons where it was only asked: else nobody is told any more."""
    kept = Contact.objects.get(resident=resident, contact=contact)
    agreed = {name: getattr(kept, name) or getattr(row, name) for name in ("resident_agreed_at", "contact_agreed_at")}
    Contact.objects.filter(pk=kept.pk).update(**agreed)
    Hearing.objects.filter(pk=kept.pk).update(active=all(agreed.values()))


def take_warnings(double: Resident, person: Resident) -> list[tuple[UUID, int]]:
    """Give the double's phones, warnings and calls to the one who stays, when the double is out of the register already: whoever
    changes the register holds a group's counter while they wait for the ledger, so that nobody may do it the other way round.

    Returns:
        The broadcasts and groups whose counters moved.
    """
    touched = fold_deliveries(double, person)
    theirs = Dispatch.objects.filter(resident_id=person.pk).values("broadcast_id")
    Dispatch.objects.filter(resident_id=double.pk).exclude(broadcast_id__in=theirs).update(resident_id=person.pk)
    Dispatch.objects.filter(hearer_id=double.pk).update(hearer_id=person.pk)
    Incident.objects.filter(caller=double.pk).update(caller=person.pk)
    RecordRequest.objects.filter(resident_id=double.pk).update(resident_id=person.pk)
    RecordRequest.objects.filter(about=double.pk).update(about=person.pk)
    Endpoint.objects.filter(resident_id=double.pk).update(resident_id=person.pk, no=person.no)
    return touched
