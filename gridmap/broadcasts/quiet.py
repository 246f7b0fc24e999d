"""Routine messages leave people alone at night, and do not come too often; what saves lives goes out at any hour, as often as it has to."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from gridmap.broadcasts.models import Broadcast, MessageType, State
from gridmap.errors import Conflict
from gridmap.grids.models import Grid
from gridmap.grids.ranges import runs

ROUTINE = ("found_property", "notice", "campaign")
URGENT_LEVELS = ("red", "orange")
DAY = timedelta(days=1)


def require_quiet(broadcast: Broadcast) -> None:
    """Refuse to send a routine message at night, or to groups that had enough of them within a day.

    Raises:
        Conflict: ``broadcast.quiet_hours`` with the hour at which it may go, ``broadcast.too_often`` with how many groups and one of them.
    """
    require_day(broadcast)
    if not broadcast.by_order:  # of one by order each part is looked at when its officer lets it out
        require_few(broadcast, broadcast.touched)


def require_few(broadcast: Broadcast, numbers: Sequence[int]) -> None:
    """Refuse to let a routine message out in groups that had enough of them within a day.

    Raises:
        Conflict: ``broadcast.too_often`` with how many groups and one of them.
    """
    if not is_routine(broadcast.kind, broadcast.level) or broadcast.message_type != MessageType.ALERT:
        return  # mending what people were told is no further message
    out = Q(started_at__gt=timezone.now() - DAY) | Q(state=State.COUNTDOWN)  # several within one countdown are several
    recent = Broadcast.objects.filter(out, kind__in=ROUTINE, message_type=MessageType.ALERT).exclude(level__in=URGENT_LEVELS)
    told = Counter(no for row in recent.exclude(pk=broadcast.pk).within(runs(numbers)).only("touched", "by_order", "confirmed") for no in row.out_in)
    tired = [no for no in numbers if told[no] >= settings.MOST_ROUTINE_A_DAY]
    if tired:
        name = Grid.objects.current().filter(level=2, group_start__lte=tired[0], group_end__gt=tired[0]).values_list("name", flat=True).first()
        raise Conflict("broadcast.too_often", groups=len(tired), name=name or "", most=settings.MOST_ROUTINE_A_DAY)


def require_day(broadcast: Broadcast) -> None:
    """Refuse to let a routine message out at night.

    Raises:
        Conflict: ``broadcast.quiet_hours`` with the hour at which it may go.
    """
    if settings.QUIET_HOURS and waits_for_morning(broadcast):
        raise Conflict("broadcast.quiet_hours", until=f"{settings.QUIET_HOURS[1]:02d}:00")


def waits_for_morning(broadcast: Broadcast) -> bool:
    """Say whether a message wakes nobody now, by whatever way: routine, and night."""
    routine = is_routine(broadcast.kind, broadcast.level) and broadcast.message_type != MessageType.CANCEL
    return routine and settings.QUIET_HOURS is not None and _holds(settings.QUIET_HOURS, timezone.localtime())


def is_routine(kind: str, level: str) -> bool:
    """Say whether a message may wait until morning, and for an officer's word."""
    return kind in ROUTINE and level not in URGENT_LEVELS


def _holds(hours: tuple[int, ...], now: datetime) -> bool:
    """Say whether a time lies in a span of hours, which may go over midnight."""
    begin, end = hours
    return begin <= now.hour < end if begin < end else now.hour >= begin or now.hour < end
