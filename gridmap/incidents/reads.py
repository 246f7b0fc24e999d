"""How an incident is shown."""

from collections.abc import Iterable

from gridmap.grids.models import Grid
from gridmap.incidents.models import Incident
from gridmap.incidents.schemas import IncidentGrid, IncidentOut


def shown(incident: Incident) -> IncidentOut:
    """Build an incident as everyone who may see it gets it."""
    return shown_all([incident])[0]


def shown_all(incidents: Iterable[Incident]) -> list[IncidentOut]:
    """Build incidents; the names of all their grids are read at once."""
    rows = list(incidents)
    wanted = {code for row in rows for code in row.grid.path[1:]}
    names = dict(Grid.objects.current().filter(code__in=wanted).values_list("code", "name"))
    return [_shown(row, [names[code] for code in sorted(row.grid.path[1:], key=len) if code in names]) for row in rows]


def _shown(incident: Incident, names: list[str]) -> IncidentOut:
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
        drill=incident.drill,
        reported_at=incident.reported_at,
        acknowledged_at=incident.acknowledged_at,
        resolved_at=incident.resolved_at,
    )
