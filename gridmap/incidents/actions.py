"""Writes of incidents."""

from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.db.models.functions import Now

from geodata.shapes import ShapeFault, point
from gridmap.access import Scope, require
from gridmap.audit import log as audit
from gridmap.errors import Conflict, Invalid, Missing
from gridmap.grids.index import current_index
from gridmap.grids.models import Grid
from gridmap.incidents.models import Incident, State
from gridmap.incidents.reads import shown
from gridmap.incidents.schemas import IncidentIn
from gridmap.realtime.events import IncidentAcknowledged, IncidentFact, IncidentReported, IncidentResolved
from gridmap.realtime.log import publish


@transaction.atomic
def report_incident(report: IncidentIn, *, actor: Scope) -> Incident:
    """Take a report; its group is found from its place.

    Args:
        report: kind, severity, words and place.
        actor: who reports; the place has to lie in their grids.

    Raises:
        Invalid: the place is no place in the county.
        Missing: it lies outside the actor's grids.
    """
    index = current_index()
    try:
        lon, lat = point(report.location, index.box)
    except ShapeFault as fault:
        raise Invalid("incident.location_invalid", fault=fault.code, sentence=str(fault), **fault.where) from fault
    no = index.at(lon, lat)
    require(actor, "incidents.report", no=no)
    incident = Incident.objects.create(
        number=next_number(), kind=report.kind, severity=report.severity, title=report.title, description=report.description,
        place=Point(lon, lat, srid=4326), grid=Grid.objects.current().groups().get(no=no), no=no, reporter=actor.user,
    )  # fmt: skip
    audit.record("incident.reported", actor=actor.user, subject=incident.pk, about=(no, no + 1), kind=report.kind)
    return told(incident.pk, IncidentReported)


def next_number() -> int:
    """Draw the number by which people speak of an incident on the telephone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('incidents_number')")
        return int(cursor.fetchone()[0])


@transaction.atomic
def acknowledge_incident(id: UUID, *, actor: Scope) -> Incident:
    """Say that somebody has taken it on.

    Raises:
        Conflict: it is not in the state ``reported``.
    """
    _advance(id, actor, "incidents.acknowledge", [State.REPORTED], State.ACKNOWLEDGED, "acknowledged_at")
    return told(id, IncidentAcknowledged)


@transaction.atomic
def resolve_incident(id: UUID, *, actor: Scope) -> Incident:
    """Say that it is over.

    Raises:
        Conflict: it is resolved already.
    """
    _advance(id, actor, "incidents.resolve", [State.REPORTED, State.ACKNOWLEDGED], State.RESOLVED, "resolved_at")
    return told(id, IncidentResolved)


def _advance(id: UUID, actor: Scope, action: str, before: list[State], after: State, clock: str) -> None:
    incident = Incident.objects.filter(pk=id).only("no", "state", "chain").first()
    if incident is None:
        raise Missing("request.missing")
    require(actor, action, no=incident.no)
    changed = Incident.objects.filter(pk=id, state__in=before).update(state=after, **{clock: Now()})
    if not changed:
        raise Conflict("incident.state", state=Incident.objects.get(pk=id).state)
    audit.record(f"incident.{after}", actor=actor.user, subject=id, about=(incident.no, incident.no + 1), chain=str(incident.chain) if incident.chain else None)


def told(id: UUID, fact: type[IncidentFact]) -> Incident:
    """Publish a fact about an incident as it stands."""
    incident = Incident.objects.select_related("grid").get(pk=id)
    publish(fact(incident=shown(incident)), ranges=[(incident.no, incident.no + 1)])
    return incident
