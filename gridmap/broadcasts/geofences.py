"""Geofences: areas saved under a name, to be used again in the minute when nobody has time to draw."""

import json
from typing import Any, cast
from uuid import UUID

import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.broadcasts.models import Geofence
from gridmap.broadcasts.schemas import GeofenceOut
from gridmap.errors import Invalid, Missing
from gridmap.grids.ranges import runs


def saved(scope: Scope) -> QuerySet[Geofence]:
    """Give the saved areas within somebody's grids, by folder and name."""
    return visible(Geofence.objects.filter(retired_at=None).select_related("author"), scope).order_by("folder", "name")


def recipe_of(area: dict[str, Any], field: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Give how a saved area was meant, and what is taken out of it.

    Args:
        area: a selection's, of the type geofence.
        field: where in the selection it stands.

    Raises:
        Invalid: no such geofence, or it was taken out.
    """
    said = area.get("id")
    try:
        id = UUID(said) if isinstance(said, str) and not set(area) - {"type", "id"} else None
    except ValueError:
        id = None
    found = Geofence.objects.filter(pk=id, retired_at=None).first() if id else None
    if found is None:
        raise Invalid("geofence.unknown", field=f"{field}.id")
    return found.recipe, found.exclude


@transaction.atomic
def retire_geofence(id: UUID, *, actor: Scope) -> None:
    """Offer a saved area no more; what was sent by it stays.

    Raises:
        Missing: it lies outside the actor's grids.
    """
    require(actor, "broadcasts.draft")
    fence = saved(actor).filter(pk=id).first()
    if fence is None:
        raise Missing("request.missing")
    require(actor, "broadcasts.draft", ranges=runs(fence.touched))  # offered to whoever it touches, taken away by who holds all of it
    Geofence.objects.filter(pk=id).update(retired_at=Now())
    audit.record("geofence.retired", actor=actor.user, subject=id, geofence=fence.name)


def geometry(area: shapely.MultiPolygon) -> MultiPolygon:
    """Give a checked area as the database takes it."""
    return cast(MultiPolygon, GEOSGeometry(memoryview(shapely.to_wkb(area)), srid=4326))


def shown(fence: Geofence) -> GeofenceOut:
    """Build a saved area as the desk sees it."""
    outline = json.loads(fence.area.geojson)
    return GeofenceOut(id=fence.pk, name=fence.name, folder=fence.folder, recipe=fence.recipe, exclude=fence.exclude, area=outline, author=fence.author.name)
