"""How an incident is shown."""

from gridmap.grids.models import Grid
from gridmap.incidents.models import Incident
from gridmap.incidents.schemas import IncidentGrid, IncidentOut


def shown(incident: Incident) -> IncidentOut:
    """Build an incident as everyone who may see it gets it."""
    above = Grid.objects.current().filter(code__in=incident.grid.path[1:]).order_by("level")
    names = list(above.values_list("name", flat=True))
    return IncidentOut(
        id=incident.pk,
        number=incident.number,
        kind=incident.kind,  # type: ignore[arg-type]
        severity=incident.severity,  # type: ignore[arg-type]
        title=incident.title,
        description=incident.description,
        location=[incident.place.x, incident.place.y],
        grid=IncidentGrid(code=incident.grid.code, names=names),
        no=incident.no,
        state=incident.state,  # type: ignore[arg-type]
        reported_at=incident.reported_at,
        acknowledged_at=incident.acknowledged_at,
        resolved_at=incident.resolved_at,
    )
