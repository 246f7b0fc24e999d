"""On duty and off, by an officer's own word; while on duty, and only then, their place is shared with who leads them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from gridmap.access import Scope
from gridmap.audit import log as audit
from gridmap.errors import Conflict, Denied, Invalid
from gridmap.grids.index import current_index
from gridmap.grids.ranges import Ranges, merged
from gridmap.people.duty_schemas import OnDutyOut, PositionIn
from gridmap.people.models import Assignment, Officer, Position
from gridmap.realtime.events import OfficerOffDuty, OfficerOnDuty
from gridmap.realtime.log import publish

LONGEST_DUTY = timedelta(days=1)
ROUGHEST = 100.0  # metres: worse than that points at the wrong group
OFTEN_ENOUGH = timedelta(seconds=15)
FRESH = timedelta(minutes=15)


@transaction.atomic
def set_duty(*, on: bool, actor: Scope) -> datetime | None:
    """Note that an officer goes on duty, or off; anybody else has none.

    Returns:
        Since when, None when off.

    Raises:
        Denied: the actor is no officer.
    """
    officer = _me(actor)
    if on != (officer.on_duty_since is not None):
        officer.on_duty_since = timezone.now() if on else None
        officer.save(update_fields=["on_duty_since"])
        audit.record("officer.duty", actor=actor.user, subject=officer.pk, on=on)
        publish(OfficerOnDuty(duty=_shown(officer)) if on else OfficerOffDuty(officer=officer.pk), ranges=actor.ranges)
    return officer.on_duty_since


@transaction.atomic
def share_position(fix: PositionIn, *, actor: Scope) -> None:
    """Note where an officer on duty is, and tell who leads them; a fix soon after the last one is passed over.

    Raises:
        Denied: the actor is no officer.
        Conflict: they are not on duty: nothing is kept then.
        Invalid: the fix is too rough, or lies outside the county.
    """
    officer = _me(actor)
    if officer.on_duty_since is None:
        raise Conflict("officer.off_duty")
    if fix.accuracy_m > ROUGHEST:
        raise Invalid("officer.rough_fix", field="accuracy_m", metres=int(fix.accuracy_m))
    lon, lat = fix.location
    if not current_index().box.holds(lon, lat):
        raise Invalid("people.place", field="location")
    if Position.objects.filter(officer=officer, at__gt=timezone.now() - OFTEN_ENOUGH).exists():
        return
    last = Position.objects.create(officer=officer, at=timezone.now(), place=Point(round(lon, 6), round(lat, 6), srid=4326), accuracy_m=int(fix.accuracy_m))
    publish(OfficerOnDuty(duty=_shown(officer, last)), ranges=actor.ranges)


@transaction.atomic
def end_duties() -> int:
    """End what somebody forgot to: nobody is on duty for longer than a day; run by the clock.

    Returns:
        How many.
    """
    over = list(Officer.objects.select_for_update(no_key=True, skip_locked=True).filter(on_duty_since__lt=timezone.now() - LONGEST_DUTY))
    Officer.objects.filter(pk__in=[officer.pk for officer in over]).update(on_duty_since=None)
    held = [(officer, _ranges(officer)) for officer in over]
    for officer, ranges in held:
        publish(OfficerOffDuty(officer=officer.pk), ranges=ranges)
    return len(over)


def on_duty(ranges: Ranges) -> list[OnDutyOut]:
    """Give the officers on duty who answer for anything in these group numbers, each with where they were last on this duty."""
    here = Assignment.objects.running(timezone.now()).meeting(ranges).values("officer")
    last = Position.objects.filter(officer=OuterRef("pk"), at__gte=OuterRef("on_duty_since")).order_by("-at")
    rows = Officer.objects.filter(pk__in=here, on_duty_since__isnull=False).annotate(last=Subquery(last.values("pk")[:1])).order_by("name", "id")
    officers = list(rows)
    places = Position.objects.in_bulk([row.last for row in officers if row.last])
    return [_shown(row, places.get(row.last)) for row in officers]


def whereabouts(actor: Scope) -> Point | None:
    """Say where an officer was some minutes ago at most, while on duty; None when nobody knows."""
    mine = Position.objects.filter(officer__user=actor.user, officer__on_duty_since__isnull=False, at__gt=timezone.now() - FRESH)
    return mine.order_by("-at").values_list("place", flat=True).first()


def forget_positions(before: datetime) -> int:
    """Delete where officers were before a time; for retention.

    Returns:
        How many positions.
    """
    return Position.objects.filter(at__lt=before).delete()[0]


def _me(actor: Scope) -> Officer:
    officer = Officer.objects.select_for_update(no_key=True).filter(user=actor.user).first()
    if officer is None:
        raise Denied("access.denied")
    return officer


def _ranges(officer: Officer) -> Sequence[tuple[int, int]]:
    held = Assignment.objects.running(timezone.now()).filter(officer=officer)
    return merged(held.values_list("grid__group_start", "grid__group_end"))


def _shown(officer: Officer, last: Position | None = None) -> OnDutyOut:
    return OnDutyOut(
        officer=officer.pk, name=officer.name, since=officer.on_duty_since or timezone.now(), location=[last.place.x, last.place.y] if last else None,
        at=last.at if last else None,
    )  # fmt: skip
