"""How often within the hour one may look: counted in the audit, so that no restart forgets it."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from gridmap.access import Scope
from gridmap.audit import log as audit
from gridmap.audit.models import Entry
from gridmap.errors import TooMany
from gridmap.grids.ranges import Ranges, whole

HOUR = timedelta(hours=1)
SEARCHES_AN_HOUR = 120
STRANGERS_AN_HOUR = 20
STAGED, STAGED_AN_HOUR = "people.staged", 20
LIMITS = 430_524


def limit(action: str, most: int, actor: Scope, *, beside: Mapping[str, str] | None = None, only: Mapping[str, bool] | None = None) -> None:
    """Refuse what somebody did too often within the hour, by the audit.

    Args:
        action: as the audit names it.
        most: how often within an hour.
        actor: who.
        beside: what an entry says that is not counted, for it stands beside another one of the same look.
        only: what an entry has to say to be counted.

    Raises:
        TooMany: with the minutes to wait.
    """
    with connection.cursor() as cursor:  # one at a time: a dozen at once would each count what was there before
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LIMITS, actor.user.pk.int & 0x7FFFFFFF])
    recent = Entry.objects.filter(actor=actor.user.pk, action=action, at__gt=timezone.now() - HOUR)
    if beside:
        recent = recent.exclude(detail__contains=beside)
    if only:
        recent = recent.filter(detail__contains=only)
    if recent.count() >= most:
        raise TooMany("people.too_many", minutes=60)


@transaction.atomic
def note_tags_counted(*, actor: Scope, about: Ranges, people: int) -> None:
    """Write down that somebody counted people by a sensitive tag."""
    audit.record("tags.counted", actor=actor.user, about=whole(about), people=people)
