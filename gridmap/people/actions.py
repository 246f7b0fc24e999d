"""Writes about people, and the reads that are written down: a search and a reveal."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.audit.models import Entry
from gridmap.broadcasts import ledger
from gridmap.broadcasts.knock_schemas import CallOut, HearerOut
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.edge.models import Hearing
from gridmap.errors import Conflict, Invalid, Missing
from gridmap.grids.ranges import hold, whole
from gridmap.people.found import found
from gridmap.people.limits import SEARCHES_AN_HOUR, limit
from gridmap.people.models import Resident
from gridmap.people.reads import opened, shown
from gridmap.people.schemas import RevealIn, SearchIn
from gridmap.sealing import blind
from gridmap.walls import audience_side

REVEALS_AN_HOUR = 120  # a village's knock list in a night; a harvest of the register takes weeks and stands in the audit
MOST_FOUND = 20
CALLED = "险情上门前打电话"  # no headline: that of a lost child names it
DOOR = {"field": "address", "reason": CALLED}  # seen with the phone of the same door, and counted with it


@transaction.atomic
def reveal_field(id: UUID, reveal: RevealIn, *, actor: Scope) -> str:
    """Show one field of one resident in clear, and write down who saw it and why.

    Raises:
        Missing: the resident lies outside the actor's grids, or has no such field.
        TooMany: the actor revealed too many within the hour.
    """
    person = found(id, actor)
    require(actor, "people.reveal", no=person.no)
    limit("people.reveal", REVEALS_AN_HOUR, actor, beside=DOOR)
    value = opened(person, reveal.field)
    if value is None:
        raise Missing("people.nothing_kept", field=reveal.field)
    audit.record(
        "people.reveal", actor=actor.user, subject=id, about=(person.no, person.no + 1), field=reveal.field, reason=reveal.reason
    )
    return value


@transaction.atomic
def call_door(broadcast: Broadcast, resident: UUID, *, actor: Scope) -> CallOut:
    """Show the phone and the door of somebody on a knock list, and the phone of who hears for them, for as long as the message is in force, or an evacuation
    ran out and they are missing still; each is written down. Also of who is only passing through: they live in nobody's grids there.

    Raises:
        Missing: they are on no list of the actor's.
        Conflict: the message is over.
        TooMany: the actor revealed too many within the hour.
    """
    delivery = Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=resident, outside=False).first()
    if delivery is None:
        raise Missing("request.missing")
    require(actor, "broadcasts.knock", no=delivery.no)
    if not Broadcast.objects.standing().filter(pk=broadcast.pk).exists() and (delivery.accounted or not ledger.is_unfinished(broadcast)):
        raise Conflict("broadcast.over")
    limit("people.reveal", REVEALS_AN_HOUR, actor, beside=DOOR)
    hearers = list(Hearing.objects.filter(heard_for=resident, active=True).values_list("resident_id", flat=True))
    with audience_side():
        people = Resident.objects.in_bulk([resident, *hearers])
    asked = people.get(resident)
    phone = opened(asked, "phone") if asked else None
    address = opened(asked, "address") if asked and hold(actor.ranges, asked.no) else None  # of who passes through, the door is elsewhere
    looks = [(person, "phone") for person in people.values()] + ([(asked, "address")] if asked and address else [])
    for person, field in looks:
        audit.record("people.reveal", actor=actor.user, subject=person.pk, about=(person.no, person.no + 1), field=field, reason=CALLED, broadcast=str(broadcast.pk))
    heard_by = [HearerOut(name=shown(people[id]).name, phone=opened(people[id], "phone")) for id in hearers if id in people]
    return CallOut(phone=phone, address=address, heard_by=heard_by)


@transaction.atomic
def search_residents(search: SearchIn, *, actor: Scope) -> list[Resident]:
    """Find residents of the actor's grids by a whole phone or a whole name, and write down that it was asked.

    Raises:
        Invalid: neither or both are given.
        TooMany: the actor searched too often within the hour.
    """
    require(actor, "people.search")
    if (search.phone is None) == (search.name is None):
        raise Invalid("people.search_one", field="phone")
    limit("people.search", SEARCHES_AN_HOUR, actor)
    by = {"phone_index": blind(search.phone, "phone")} if search.phone else {"name_index": blind(search.name or "", "name")}
    found = list(visible(Resident.objects.select_related("group").defer("group__geometry"), actor).filter(**by)[:MOST_FOUND])
    column = "phone" if search.phone else "name"
    audit.record("people.search", actor=actor.user, about=whole(actor.ranges), by=column, found=[str(person.pk) for person in found])
    return found


@transaction.atomic
def note_reading(action: str, *, actor: Scope, about: tuple[int, int], subject: UUID | None = None, page: int | None = None) -> None:
    """Write down that somebody looked at a resident's page or a page of a list."""
    audit.record(action, actor=actor.user, subject=subject, about=about, **({"page": page} if page else {}))


@transaction.atomic
def note_knocks(broadcast: UUID, passing: Iterable[tuple[UUID, int]], *, actor: Scope) -> None:
    """Write down the first look of somebody at a knock list: it is read anew with every answer, and must not queue for that.

    Args:
        broadcast: whose list.
        passing: who is only passing through, and in which group: they are of nobody's grids there, so each of them is named.
        actor: who looked.
    """
    mine = Entry.objects.filter(actor=actor.user.pk, action="people.knocks")
    for about in actor.ranges:  # each by itself: whoever lives between two of them was not looked at
        if not mine.filter(subject=broadcast, start=about[0], end=about[1]).exists():
            audit.record("people.knocks", actor=actor.user, subject=broadcast, about=about)
    by_place = dict(passing)
    known = set(mine.filter(subject__in=list(by_place), detail__broadcast=str(broadcast)).values_list("subject", flat=True))
    for resident in sorted(set(by_place) - known):
        no = by_place[resident]
        audit.record("people.knocks", actor=actor.user, subject=resident, about=(no, no + 1), broadcast=str(broadcast))


@transaction.atomic
def note_candidates(found: list[UUID], *, actor: Scope) -> None:
    """Write down whom somebody was shown beside the phones that wait, whenever they are others than the last time.

    Raises:
        TooMany: more than twice as often within the hour as one may search.
    """
    ids = sorted(str(id) for id in found)
    last = Entry.objects.filter(actor=actor.user.pk, action="people.joins").order_by("-seq").first()
    if ids and (last is None or last.detail["found"] != ids):
        limit("people.joins", 2 * SEARCHES_AN_HOUR, actor)
        audit.record("people.joins", actor=actor.user, about=whole(actor.ranges), found=ids)
