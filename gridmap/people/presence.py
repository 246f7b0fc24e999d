"""Presence: where a resident is, since when; it sorts lists and never narrows an evacuation."""

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
from gridmap.people.models import Presence, Resident, Source
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
    if person.presence != word.presence or person.presence_on != timezone.localdate():  # said again is a new source
        note_change(person, "presence", person.presence, word.presence, source=Source.OFFICER, by=actor.user.pk, by_name=actor.user.name)
    Resident.objects.filter(pk=id).update(presence=word.presence, presence_on=timezone.localdate())
    audit.record("people.edit", actor=actor.user, subject=id, about=(person.no, person.no + 1), presence=word.presence)
    _told([person.no])
    return Resident.objects.select_related("group").get(pk=id)


@transaction.atomic
def forget_presence() -> int:
    """Turn what was said of somebody's whereabouts long ago into unknown; run by the clock.

    Returns:
        How many residents.
    """
    limit = timezone.localdate() - timedelta(days=settings.PRESENCE_DAYS)
    old = Resident.objects.exclude(presence=Presence.UNKNOWN).filter(presence_on__lt=limit).order_by("pk")[:MOST]
    rows = list(old.values_list("pk", "no"))
    note_expired("presence", dict(old.values_list("pk", "presence")))
    Resident.objects.filter(pk__in=[pk for pk, _ in rows]).update(presence=Presence.UNKNOWN)
    if rows:
        _told(sorted({no for _, no in rows}))
    return len(rows)


def _told(numbers: list[int]) -> None:
    ranges = runs(numbers)
    publish(CoverageChanged(by_no=coverage.rows(ranges)), ranges=ranges)
