"""Whoever presses "I need help" is an incident: on the wall, the desk and the tablet, with a clock of its own until somebody has been there."""

from uuid import UUID

from django.db import connection, transaction

from gridmap.audit import log as audit
from gridmap.broadcasts.models import Broadcast
from gridmap.edge.models import LastPlace
from gridmap.grids.models import Grid
from gridmap.incidents.actions import next_number, told
from gridmap.incidents.models import Incident, Kind, Severity
from gridmap.one_by_one import one_by_one
from gridmap.people.models import Resident
from gridmap.realtime.events import IncidentReported
from gridmap.words import DRILL_MARK, HELP_MARK

# Also when the broadcast ended before this looked: who asked in its last second, or from where there was no signal, needs help no less.
# Pressed again after somebody was there is a new call; pressed twice is one. The phone's own word: an officer who ticks "needs help"
# stands at the door, and whom they could not help stands on their list. Once an all-clear or the end has closed that list it is a call too.
CALLS = """
SELECT b.chain, r.resident_id, (array_agg(b.id ORDER BY b.version DESC))[1] FROM broadcasts_receipt r JOIN broadcasts_broadcast b ON b.id = r.broadcast_id
JOIN people_resident p ON p.id = r.resident_id  -- who is not in the register any more would stand before others for three days
CROSS JOIN LATERAL (
    SELECT d.tick, d.accounted FROM broadcasts_broadcast v JOIN broadcasts_delivery d ON d.broadcast_id = v.id AND d.resident_id = r.resident_id
    WHERE v.chain = b.chain AND v.message_type <> 'Cancel' ORDER BY v.version DESC LIMIT 1
) last
WHERE r.stage = 'need_help' AND NOT b.trial AND r.at > now() - CASE r.source WHEN 'resident' THEN interval '3 days' ELSE interval '10 days' END
  AND (r.source = 'resident' OR last.tick = 'need_help' AND NOT last.accounted
       AND NOT EXISTS (SELECT 1 FROM broadcasts_broadcast v WHERE v.chain = b.chain AND v.message_type <> 'Cancel'
                       AND (v.state IN ('sending', 'in_force') AND v.expires > now()
                            OR v.kind = 'danger_notice' AND v.state = 'expired' AND v.ended_at > now() - interval '2 days')))
  AND NOT EXISTS (SELECT 1 FROM incidents_incident i WHERE i.chain = b.chain AND i.caller = r.resident_id
                  AND (i.state <> 'resolved' OR i.resolved_at >= r.at))
GROUP BY b.chain, r.resident_id LIMIT 100
"""


# Where they were is forgotten first. Who it was has to be known for as long as an officer's word can open a call, which is the longest above:
# else what somebody was helped out of days ago opens again.
FORGET = """
UPDATE incidents_incident i SET place = ST_PointOnSurface(g.geometry), caller = CASE WHEN i.resolved_at > now() - interval '10 days' THEN i.caller END
FROM grids_grid g WHERE g.id = i.grid_id AND i.caller IS NOT NULL AND i.state = 'resolved' AND i.resolved_at < now() - interval '3 days'
  AND (i.resolved_at <= now() - interval '10 days' OR NOT ST_Equals(i.place, ST_PointOnSurface(g.geometry)))
"""


def forget_callers() -> int:
    """Forget where a caller was after three days, and after ten who it was, once no call of theirs can be taken for the same any more: what
    stays is that somebody of the group asked for help.

    Returns:
        How many.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORGET)
        return int(cursor.rowcount)


def open_calls() -> int:
    """Open an incident for everybody who asked for help and has none open; run by the clock.

    Returns:
        How many were opened.

    Raises:
        PassedOverError: some could not be; all the others were.
    """
    with connection.cursor() as cursor:
        cursor.execute(CALLS)
        waiting = cursor.fetchall()
    return one_by_one(_open, waiting)


@transaction.atomic
def _open(call: tuple[UUID, UUID, UUID]) -> bool:
    chain, resident, broadcast = call
    # The person's row is locked, so that two clocks open one incident.
    person = Resident.objects.select_for_update(no_key=True).filter(pk=resident).first()
    if person is None or Incident.objects.open().filter(chain=chain, caller=resident).exists():
        return False
    # Where their phone says that they are, when they share it; else at home; where nobody knows the house, the middle of the group.
    shared = LastPlace.objects.shared([resident]).last()
    no = shared.no if shared and shared.no is not None else person.no
    grid = Grid.objects.current().groups().get(no=no)
    place = (shared.place if shared else person.place) or grid.geometry.point_on_surface
    headline, drill = Broadcast.objects.values_list("headline", "drill").get(pk=broadcast)
    incident = Incident.objects.create(
        number=next_number(), kind=Kind.REQUEST, severity=Severity.SEVERE, title=DRILL_MARK * drill + HELP_MARK + headline, place=place,
        grid=grid, no=no, reporter=None, chain=chain, caller=resident, drill=drill,
    )  # fmt: skip
    audit.record("incident.called", actor=None, subject=resident, about=(no, no + 1), incident=str(incident.pk))
    told(incident.pk, IncidentReported)
    return True
