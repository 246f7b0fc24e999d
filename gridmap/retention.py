"""How long what is kept: each rule deletes what is older than its setting; each run is written into the audit.

What lives shorter is swept up every hour, by a limit that stands where it lives: join requests 7 days, undecided imports 1 day
and what an undo needs 30, answers to "my record" 1 hour and the wishes 90 days, shared places until their own end, events 72 hours, idempotency answers 48
hours, tags until their own end, presence by its setting (``people.presence``). A sweep that found something is an entry too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from gridmap.audit import log as audit
from gridmap.audit.models import Entry
from gridmap.broadcasts import trials
from gridmap.broadcasts.models import Broadcast, Delivery, Picture, Receipt
from gridmap.dispatches.models import Dispatch
from gridmap.edge import joins, places, records
from gridmap.idempotency import once
from gridmap.imports import actions as imports
from gridmap.incidents.calls import forget_callers
from gridmap.people.duty import forget_positions
from gridmap.people.models import SignInFailure
from gridmap.realtime import log
from gridmap.register.erased import forget_erased
from gridmap.register.leaving import forget_former
from gridmap.register.models import Change
from gridmap.tags.actions import forget_tags

DAY = timedelta(hours=23)


@dataclass(frozen=True)
class Rule:
    """What is deleted once it is older than a setting in days."""

    name: str
    forget: Callable[[datetime], int]


def _receipts(before: datetime) -> int:
    removed = Receipt.objects.filter(at__lt=before).delete()[0]
    over = list(Broadcast.objects.filter(ended_at__lt=before).values_list("pk", flat=True))
    Dispatch.objects.filter(broadcast_id__in=over).delete()
    pictures = Broadcast.objects.filter(pk__in=over).exclude(picture=None).values("picture")
    Picture.objects.filter(pk__in=pictures).exclude(pk__in=Broadcast.objects.filter(ended_at=None).exclude(picture=None).values("picture")).delete()
    # Who got what goes; how many, by group, stays with the broadcast.
    return removed + Delivery.objects.filter(broadcast_id__in=over).delete()[0]


RULES = (
    Rule("former", forget_former),
    Rule("erased", forget_erased),
    Rule("changes", lambda before: Change.objects.filter(at__lt=before).delete()[0]),
    Rule("receipts", _receipts),
    Rule("positions", forget_positions),
    Rule("sign_ins", lambda before: SignInFailure.objects.filter(at__lt=before).delete()[0]),
    Rule("audit", audit.forget),
)


SWEEPS: dict[str, Callable[[], int]] = {
    "sessions": lambda: Session.objects.filter(expire_date__lt=timezone.now()).delete()[0], "events": log.forget, "answers": once.forget, "joins": joins.forget, "imports": imports.forget, "wishes": records.forget, "places": places.forget, "tags": forget_tags, "trials": trials.forget, "callers": forget_callers,
}  # fmt: skip


@transaction.atomic
def apply() -> dict[str, int] | None:
    """Apply every rule and write the run down; run by the clock, which does it once a day however often it starts.

    Returns:
        How many of each went, None when it was done today.
    """
    if Entry.objects.filter(action="retention.run", at__gt=timezone.now() - DAY).exists():
        return None
    now = timezone.now()
    removed = {rule.name: rule.forget(now - timedelta(days=settings.KEEP_DAYS[rule.name])) for rule in RULES}
    audit.record("retention.run", actor=None, removed=removed, days=settings.KEEP_DAYS)
    return removed


def sweep() -> dict[str, int]:
    """Drop what lives for hours or days, and write down what went; run by the clock.

    Returns:
        How many of each kind that had any.
    """
    removed = {}
    for name, forget in SWEEPS.items():
        with transaction.atomic():  # a kind each: none holds its locks while another is looked for
            if found := forget():
                removed[name] = found
                audit.record("retention.sweep", actor=None, removed={name: found})
    return removed
