"""What is kept of somebody, from where and since when; what it was before; and what is missing for a night of flood."""

from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from gridmap.people.models import Presence, Resident, Source
from gridmap.people.reads import opened
from gridmap.register.models import Change
from gridmap.register.schemas import ChangeOut, FieldOut, History
from gridmap.sealing import masked_name, masked_phone, unseal

FIELDS = ("name", "phone", "birth_year", "address", "place", "presence")
PAPERS = ("number", "id")  # the county's household number, and the identity number where a setting has it kept
MOST_CHANGES = 50
STALE = timedelta(days=365)
MISSING = ("phone", "birth_year", "address", "place", "presence", "joined")


def note_change(resident: Resident, field: str, before: object, after: object, *, source: Source, by: UUID | None = None, by_name: str = "") -> None:
    """Write down that a field changed; the values as the columns keep them."""
    Change.objects.create(
        resident=resident.pk, field=field, before=_kept(before), after=_kept(after), source=source, by=by, by_name=by_name,
    )  # fmt: skip


def note_expired(field: str, before: dict[UUID, str]) -> None:
    """Write down that a field of many became unknown, because it was said too long ago."""
    rows = [Change(resident=id, field=field, before=_kept(value), after=b"unknown", source=Source.EXPIRED) for id, value in before.items()]
    Change.objects.bulk_create(rows)


def _kept(value: object) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return bytes(value) if isinstance(value, memoryview) else str(value).encode()


def history(person: Resident) -> History:
    """Tell the history of a resident, masked."""
    changes = list(Change.objects.filter(resident=person.pk).order_by("-id")[:MOST_CHANGES])
    missing, last = missing_of(person), last_changes(person)
    return History(
        fields=[_field(person, name, last.get(name)) for name in FIELDS],
        changes=[
            ChangeOut(field=row.field, before=before_of(row), source=row.source, at=row.at, by=row.by_name) for row in changes
        ],
        complete=round(100 * (len(MISSING) - len(missing)) / len(MISSING)), missing=missing, as_of=timezone.now(),
    )  # fmt: skip


def missing_of(person: Resident) -> list[str]:
    """Name what is missing: who has no phone needs a contact person, and what was said of presence grows old."""
    fresh = person.presence_on is not None and person.presence_on > timezone.localdate() - STALE
    there = {
        "phone": bool(person.phone_sealed) or person.heard_for, "birth_year": person.birth_year is not None,
        "address": bool(person.household.address_sealed), "place": person.place is not None,
        "presence": person.presence != Presence.UNKNOWN and fresh, "joined": person.joined or person.heard_for,
    }  # fmt: skip
    return [name for name in MISSING if not there[name]]


def _field(person: Resident, name: str, last: Change | None) -> FieldOut:
    return FieldOut(
        field=name, value=_masked(name, value_of(person, name)), source=last.source if last else person.source, on=day_of(person, name, last),
        by=last.by_name if last else "",
    )  # fmt: skip


def last_changes(person: Resident) -> dict[str, Change]:
    """Give the last change of every field that was ever changed, by field."""
    return {row.field: row for row in Change.objects.filter(resident=person.pk).order_by("field", "-id").distinct("field")}


def day_of(person: Resident, name: str, last: Change | None) -> date:
    """Give the day as of which a field stands so."""
    said = person.presence_on if name == "presence" else None
    changed = timezone.localdate(last.at) if last else None
    return max(said, changed) if said and changed else said or changed or person.source_on


def value_of(person: Resident, name: str) -> str | None:
    """Give what is kept in a field now, in clear; whoever calls this masks it or writes it into the audit."""
    if name == "place":
        return f"{person.place.y:.5f}, {person.place.x:.5f}" if person.place else None
    if name in ("birth_year", "presence"):
        value = getattr(person, name)
        return None if value is None else str(value)
    if name == "number":
        sealed = person.household.number_sealed
        return unseal(sealed, f"people_household.number.{person.household_id}") if sealed else None
    if name == "id":
        return unseal(person.id_sealed, f"people_resident.id.{person.pk}") if person.id_sealed else None
    return opened(person, name)  # type: ignore[arg-type]  # of FIELDS only name, phone and address are left


def before_of(row: Change) -> str | None:
    """Give the value before a change, masked."""
    if row.before is None:
        return None
    if row.field in ("name", "phone"):
        return _masked(row.field, unseal(row.before, f"people_resident.{row.field}.{row.resident}"))
    return bytes(row.before).decode() if row.field in ("birth_year", "presence") else "****"


def _masked(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    if name == "presence":  # shown beside everybody anyway
        return value
    return masked_name(value) if name == "name" else masked_phone(value) if name == "phone" else "****"
