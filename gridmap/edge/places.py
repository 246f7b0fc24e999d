"""Where a resident is, while they share it: one place a phone, for some hours, never a track; it serves messages on the spot."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from gridmap.edge.models import Endpoint, LastPlace
from gridmap.edge.schemas import PlaceIn
from gridmap.errors import Conflict, Invalid, Missing
from gridmap.grids.index import current_index
from gridmap.realtime.log import ring_clock

WORST_FIX_M = 300  # a fix by a single mast lies kilometres off, and would ring somebody in the wrong valley


@transaction.atomic
def share_place(fix: PlaceIn, *, endpoint: Endpoint) -> LastPlace:
    """Keep where a phone is; it takes the place of the one before.

    Args:
        fix: longitude, latitude in degrees, WGS-84; accuracy in metres; for how many hours, or none for as long as was said before.
        endpoint: the phone.

    Returns:
        What is kept now: outside the county no place, only until when it is shared.

    Raises:
        Invalid: the fix is too bad to say in which group it lies.
        Conflict: the time for which it was shared is over.
    """
    if fix.accuracy_m > WORST_FIX_M:
        raise Invalid("place.inaccurate", field="accuracy_m", most=WORST_FIX_M)
    now = timezone.now()
    # Locked: a fix that was on its way when the resident stopped sharing must not begin it again.
    before = LastPlace.objects.select_for_update().filter(endpoint=endpoint, until__gt=now).first()
    if fix.hours is None and before is None:
        raise Conflict("place.over")
    lon, lat = fix.location
    here: dict[str, Any] = {"place": None, "no": None, "accuracy_m": None}
    with suppress(Missing):
        no = current_index().at(lon, lat)
        here = {"place": Point(round(lon, 6), round(lat, 6), srid=4326), "no": no, "accuracy_m": int(fix.accuracy_m)}
    until = now + timedelta(hours=fix.hours) if fix.hours else before.until if before else now
    kept, _ = LastPlace.objects.update_or_create(endpoint=endpoint, defaults={**here, "at": now, "until": until})
    ring_clock()
    return kept


def sharing_until(endpoint: Endpoint) -> datetime | None:
    """Say until when a phone shares where it is, None when it does not."""
    return LastPlace.objects.filter(endpoint=endpoint, until__gt=timezone.now()).values_list("until", flat=True).first()


@transaction.atomic
def stop_sharing(*, endpoint: Endpoint) -> None:
    """Forget where a phone is, at once."""
    LastPlace.objects.filter(endpoint=endpoint).delete()


def forget() -> int:
    """Delete the places whose time is over.

    Returns:
        How many.
    """
    return LastPlace.objects.filter(until__lt=timezone.now()).delete()[0]
