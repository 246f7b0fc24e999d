"""Presence: where a resident is, since when; it sorts lists and never narrows an evacuation."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gridmap.access import Scope, require
from gridmap.audit import log as audit
from gridmap.grids.ranges import runs
from gridmap.people import coverage
from gridmap.people.found import found
from gridmap.people.models import Presence, Resident, Source, User
from gridmap.people.schemas import PresenceIn
from gridmap.realtime.events import CoverageChanged
from gridmap.realtime.log import publish
from gridmap.register.history import note_change, note_expired

MOST = 5000


@transaction.atomic
def set_presence(id: UUID, word: PresenceIn, *, actor: Scope) -> Resident:
    """Note where a resident is, as of today.

    Raises:
        Missing: the resident lies outside the actor's grids.
    """
    person = found(id, actor, to_write=True)
    require(actor, "people.edit", no=person.no)
    _note(person, word.presence, source=Source.OFFICER, by=actor.user)
    audit.record("people.edit", actor=actor.user, subject=id, about=(person.no, person.no + 1), presence=word.presence)
    _told([person.no])
    return Resident.objects.select_related("group").get(pk=id)


def note_own_presence(people: Sequence[Resident], presence: str) -> None:
    """Note what a resident says of where they or their household are; in the caller's transaction.

    Args:
        people: locked by the caller.
        presence: here or away.
    """
    for person in people:
        _note(person, presence, source=Source.RESIDENT)
    for person in people:  # after all of the counters: the audit's lock is held to the end, and who edits a neighbour waits for it with theirs
        audit.record("people.edit", actor=None, subject=person.pk, about=(person.no, person.no + 1), presence=presence)
    _told(sorted({person.no for person in people}))


def _note(person: Resident, presence: str, *, source: Source, by: User | None = None) -> None:
    today = timezone.localdate()
    if person.presence != presence or person.presence_on != today:  # said again is a new source
        note_change(person, "presence", person.presence, presence, source=source, by=by.pk if by else None, by_name=by.name if by else "")
    Resident.objects.filter(pk=person.pk).update(presence=presence, presence_on=today)


@transaction.atomic
def forget_presence() -> int:
    """Turn what was said of somebody's whereabouts long ago into unknown; run by the clock.

    Returns:
        How many residents.
    """
    limit = timezone.localdate() - timedelta(days=settings.PRESENCE_DAYS)
    old = Resident.objects.exclude(presence=Presence.UNKNOWN).filter(presence_on__lt=limit).order_by("pk")[:MOST]
    rows = list(old.values_list("pk", "no", "presence"))
    note_expired("presence", {pk: presence for pk, _, presence in rows})
    Resident.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(presence=Presence.UNKNOWN)
    if rows:
        audit.record("retention.sweep", actor=None, removed={"presence": len(rows)})
        _told(sorted({no for _, no, _ in rows}))
    return len(rows)


def _told(numbers: list[int]) -> None:
    ranges = runs(numbers)
    publish(CoverageChanged(by_no=coverage.rows(ranges)), ranges=ranges)
