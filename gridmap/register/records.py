"""My record: the register's side of what residents want of it. Answered by the clock, across the wall, sealed.

Who may ask about a child under 14 is an adult of the same household whose phone is joined; births are known by the year,
so "under 14" reaches to the end of the year in which the child turns 14 (PIPL article 31 asks for a guardian below 14).
"""

import logging
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.audit.models import Entry, ways
from gridmap.edge.models import Endpoint, Hearing, Join, RecordRequest, RecordState, Wish
from gridmap.edge.records import ANSWER_KEPT
from gridmap.edge.schemas import Child, CorrectionState, Kept, KeptField, Reading, RefusedWhy, TagName
from gridmap.errors import Conflict, Invalid, Missing
from gridmap.grids.ranges import runs
from gridmap.imports.models import Row
from gridmap.one_by_one import OF_ONE
from gridmap.people import coverage
from gridmap.people.models import Household, Resident, Source
from gridmap.people.presence import note_own_presence
from gridmap.people.reads import opened
from gridmap.realtime.events import CoverageChanged
from gridmap.realtime.log import publish
from gridmap.register.actions import edit_resident
from gridmap.register.erased import marks_of, note_erased
from gridmap.register.history import FIELDS, PAPERS, day_of, last_changes, value_of
from gridmap.register.leaving import heard_by
from gridmap.register.models import Change, Contact, Former
from gridmap.register.schemas import EditIn
from gridmap.sealing import masked_name, seal, unseal
from gridmap.tags.labels import by_label
from gridmap.tags.models import Tagging

logger = logging.getLogger(__name__)
CHILD, ADULT = 14, 18
MOST, MOST_READINGS = 200, 200
READINGS = (Q(action__startswith="people.") & ~Q(action__in=("people.import", "people.staged"))) | Q(action__in=("tags.reveal", "tags.set", "join.confirmed"))


@transaction.atomic
def answer_record() -> bool:
    """Answer what one resident wishes, the oldest first; run by the clock, which looks for warnings between two of them.

    A correction waits for the officer, but one about somebody whom the asker may not ask for is refused here.

    Returns:
        Whether there was one.
    """
    wish = RecordRequest.objects.waiting().filter(~Q(wish=Wish.CORRECT) | Q(checked=False)).select_for_update(skip_locked=True).first()
    if wish is None:
        return False
    try:
        with transaction.atomic():
            answered = _answer(wish)
    except (InvalidTag, ValueError, *OF_ONE):  # a value of another key, or spoiled: this one cannot be answered, and must not hold up the next
        logger.exception("the wish %s cannot be answered", wish.pk)
        wish.state, wish.value_sealed, wish.answer_sealed, answered = RecordState.REFUSED, None, None, True
    if answered:
        wish.answered_at = timezone.now()
        wish.save(update_fields=["state", "answer_sealed", "answered_at", "value_sealed"])
    return True


def _answer(wish: RecordRequest) -> bool:
    """Do what is wished; says False where it waits for the officer."""
    asker = Resident.objects.filter(pk=wish.resident_id).first()
    about = Resident.objects.select_related("household", "group").filter(pk=wish.about).first()
    # A wish comes from a phone, and there has to be one: whoever can write wishes alone must not have people erased.
    phone = Endpoint.objects.filter(resident_id=wish.resident_id, revoked=False).exists()
    if asker is None or about is None or not phone or not _may_ask(asker, about):
        wish.state, wish.value_sealed = RecordState.REFUSED, None
    elif wish.wish == Wish.CORRECT:
        RecordRequest.objects.filter(pk=wish.pk).update(checked=True, no=about.no)
        return False
    elif wish.wish == Wish.PRESENCE:
        _note_presence(asker, wish)
        wish.state, wish.value_sealed = RecordState.DONE, None
    elif wish.wish == Wish.ERASE and _is_guarded(asker, about):
        wish.state = RecordState.REFUSED
    elif wish.wish == Wish.ERASE:
        _erase(about)
        wish.state = RecordState.DONE
    else:
        wish.answer_sealed = seal(_kept(about, asker).model_dump_json(), f"edge_record.answer.{wish.pk}")
        wish.state = RecordState.DONE
        # Beside what officers read: a phone that was let in as somebody whose it is not would else read all of it unseen.
        audit.record("people.record", actor=None, subject=about.pk, about=(about.no, about.no + 1))
    return True


def _note_presence(asker: Resident, wish: RecordRequest) -> None:
    """An adult speaks for the household, everybody for themselves."""
    whose = {"household": asker.household_id} if wish.field and _is_adult(asker) else {"pk": asker.pk}
    people = list(Resident.objects.filter(**whose).order_by("pk").select_for_update(no_key=True))
    note_own_presence(people, unseal(wish.value_sealed or b"", f"edge_record.value.{wish.pk}"))


def _may_ask(asker: Resident, about: Resident) -> bool:
    return asker.pk == about.pk or (asker.household_id == about.household_id and _is_adult(asker) and _is_child(about))


def _is_guarded(asker: Resident, about: Resident) -> bool:
    """Say whether it is a child who asks for themselves: to be erased is for a guardian to decide."""
    return asker.pk == about.pk and _is_child(about)


def _is_child(person: Resident) -> bool:
    return person.birth_year is not None and 0 <= timezone.localdate().year - person.birth_year <= CHILD


def _is_adult(person: Resident) -> bool:
    return person.birth_year is not None and timezone.localdate().year - person.birth_year >= ADULT


def _kept(person: Resident, asker: Resident) -> Kept:
    name = opened(person, "name") or ""
    known, last = by_label(), last_changes(person)
    labels = Tagging.objects.filter(resident=person).values_list("label", flat=True)
    contacts = Contact.objects.filter(Q(resident=person) | Q(contact=person)).select_related("resident", "contact")
    children = [one for one in Resident.objects.filter(household=person.household_id) if person.pk == asker.pk and one.pk != person.pk and _is_adult(asker) and _is_child(one)]
    return Kept(
        about=person.pk, name=name, fields=[_field(person, field, last.get(field)) for field in (*FIELDS, *PAPERS) if field in FIELDS or value_of(person, field)],
        tags=[TagName(zh=known[label].name_zh, en=known[label].name_en) for label in labels if label in known and known[label].retired_at is None],
        contacts=[masked_name(opened(row.contact, "name") or "") for row in contacts if row.resident_id == person.pk],
        hears_for=[masked_name(opened(row.resident, "name") or "") for row in contacts if row.contact_id == person.pk],
        readings=_readings(person),
        corrections=_corrections(person, asker),
        children=[Child(id=one.pk, name=opened(one, "name") or "") for one in children], may_erase=not _is_guarded(asker, person), until=timezone.now() + ANSWER_KEPT,
    )  # fmt: skip


def _field(person: Resident, field: str, last: Change | None) -> KeptField:
    return KeptField(field=field, value=value_of(person, field), source=last.source if last else person.source, on=day_of(person, field, last))


def _corrections(person: Resident, asker: Resident) -> list[CorrectionState]:
    """What became of the last correction of each field, while it is kept; of wishes of others only those that they may have."""
    wishes = RecordRequest.objects.filter(Q(checked=True) | Q(resident_id=asker.pk), wish=Wish.CORRECT, about=person.pk)
    last = {row.field: row for row in wishes.order_by("at")}
    return [
        CorrectionState(field=row.field, state=row.state, why=row.refused_why or None, at=row.answered_at or row.at)  # type: ignore[arg-type]  # the columns' choices
        for row in last.values()
    ]


def _readings(person: Resident) -> list[Reading]:
    found = {
        row.seq: row
        for way in ways(str(person.pk), person.no)
        for row in Entry.objects.filter(way).filter(READINGS).order_by("-seq")[:MOST_READINGS]
    }
    said: dict[tuple[object, ...], Reading] = {}
    for seq in sorted(found, reverse=True)[:MOST_READINGS]:
        row = found[seq]
        field, reason = (str(row.detail.get(key, "")) for key in ("field", "reason"))
        # An officer leafs through a list all day long: once a day is enough to know, with how often.
        once = said.setdefault(
            (timezone.localdate(row.at), row.actor, row.action, field, reason),
            Reading(at=row.at, who=row.actor_name, action=row.action, field=field, reason=reason, times=0),
        )
        once.times += 1
    return list(said.values())


def _erase(person: Resident) -> None:
    """Erase somebody: what is left is a head at a place, without a name, that an evacuation still counts and knocks for."""
    id, about = person.pk, (person.no, person.no + 1)
    Resident.objects.select_for_update(no_key=True).get(pk=id)  # an officer may be editing
    heard = heard_by(person)
    note_erased(marks_of(opened(person, "name") or "", opened(person, "phone"), person.birth_year, person.group.no or 0))
    devices = Endpoint.objects.filter(resident_id=id)
    Join.objects.filter(token_hash__in=list(devices.values_list("token_hash", flat=True))).delete()
    if person.phone_index and person.name_index:
        Join.objects.filter(phone_index=bytes(person.phone_index), name_index=bytes(person.name_index)).delete()
    devices.update(revoked=True, online_until=None)
    Tagging.objects.filter(resident=person).delete()
    Contact.objects.filter(Q(resident=person) | Q(contact=person)).delete()
    Hearing.objects.filter(Q(resident_id=id) | Q(heard_for=id)).delete()
    Change.objects.filter(resident=id).delete()
    Row.objects.filter(resident=id).delete()
    RecordRequest.objects.filter(Q(about=id) | Q(resident_id=id), answered_at__isnull=False).delete()
    RecordRequest.objects.filter(about=id, wish=Wish.CORRECT).delete()
    Former.objects.filter(Q(pk=id) | Q(into=id)).delete()  # a double that was merged has the same name
    with connection.cursor() as cursor:  # what a retry would be answered holds a masked name and phone
        cursor.execute("DELETE FROM idempotency_answer WHERE body::text LIKE %s", [f"%{id}%"])
    if not Resident.objects.filter(household=person.household_id, name_sealed__isnull=False).exclude(pk=id).exists():
        gone = dict.fromkeys(("address_sealed", "address_index", "number_sealed", "number_index"))
        Household.objects.filter(pk=person.household_id).update(**gone)
    Resident.objects.filter(pk=id).update(
        name_sealed=None, name_index=None, phone_sealed=None, phone_index=None, id_sealed=None, birth_year=None, presence="unknown",
        presence_on=None, joined=False, connected=False, on_file=False, source=Source.RESIDENT, source_on=timezone.localdate(),
    )  # fmt: skip
    audit.record("people.erase", actor=None, subject=id, about=about)
    ranges = runs([person.no, *heard])
    publish(CoverageChanged(by_no=coverage.rows(ranges)), ranges=ranges)


@transaction.atomic
def accept_correction(id: UUID, *, actor: Scope) -> None:
    """Take a resident's correction over into the register, with the resident as its source.

    Raises:
        Missing: no such wish in the actor's grids.
        Conflict: it was decided on.
        Invalid: the value is none for that field; refuse it instead.
    """
    wish = _correction(id, actor)
    value: Any = unseal(wish.value_sealed or b"", f"edge_record.value.{wish.pk}")
    try:
        edit = EditIn.model_validate({wish.field: int(value) if wish.field == "birth_year" else value})
    except ValueError as error:
        raise Invalid("record.no_value", field=wish.field) from error
    edit_resident(wish.about, edit, actor=actor, source=Source.RESIDENT)
    _decide(wish, RecordState.DONE)


@transaction.atomic
def refuse_correction(id: UUID, *, why: RefusedWhy, actor: Scope) -> None:
    """Leave the register as it is; the resident reads why.

    Raises:
        Missing: no such wish in the actor's grids.
        Conflict: it was decided on.
    """
    wish = _correction(id, actor)
    _decide(wish, RecordState.REFUSED, why)
    audit.record("people.correction_refused", actor=actor.user, subject=wish.about, about=(wish.no, wish.no + 1), field=wish.field, why=why)


def corrections(scope: Scope) -> list[tuple[RecordRequest, Resident, str]]:
    """Give the corrections that residents of somebody's grids wait for: the wish, the resident, and the value in clear."""
    rows = list(visible(RecordRequest.objects.waiting().filter(wish=Wish.CORRECT, checked=True), scope)[:MOST])
    people = visible(Resident.objects.select_related("group").defer("group__geometry"), scope).in_bulk([row.about for row in rows])
    return [
        (row, people[row.about], unseal(row.value_sealed, f"edge_record.value.{row.pk}"))
        for row in rows
        if row.about in people and row.value_sealed
    ]


def _correction(id: UUID, actor: Scope) -> RecordRequest:
    wish = visible(RecordRequest.objects.filter(wish=Wish.CORRECT, checked=True), actor).select_for_update(no_key=True).filter(pk=id).first()
    if wish is None:
        raise Missing("request.missing")
    require(actor, "people.edit", no=wish.no)
    if wish.state != RecordState.WAITING:
        raise Conflict("record.decided")
    return wish


def _decide(wish: RecordRequest, state: RecordState, why: str = "") -> None:
    RecordRequest.objects.filter(pk=wish.pk).update(state=state, refused_why=why, answered_at=timezone.now(), value_sealed=None)
