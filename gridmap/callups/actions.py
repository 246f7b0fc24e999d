"""Writes of call-ups: made when an evacuation begins, answered, and taken up the chain when nobody answers."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.broadcasts.models import LIVE, Broadcast
from gridmap.callups.models import Callup, Stage
from gridmap.callups.reads import shown
from gridmap.errors import Conflict, Missing
from gridmap.grids.ranges import Ranges, merged, runs, whole
from gridmap.people.models import Assignment, AssignmentQuerySet, Duty
from gridmap.realtime.events import CallupAnswered, CallupEscalated, CallupFact, CallupMade
from gridmap.realtime.log import publish

ANSWER_WITHIN = timedelta(minutes=5)
STAGES = ((Stage.HEAD, ANSWER_WITHIN), (Stage.COMMANDER, 2 * ANSWER_WITHIN))


def call_up() -> int:
    """Call the officers of every evacuation in force that were not called yet; run by the clock.

    Returns:
        How many were called.
    """
    live = Broadcast.objects.evacuations().exclude(started_at=None)
    # Looked at without a lock first: once everybody is called, every second of the clock finds nobody.
    return sum(_call(row.pk) for row in live if _uncalled(row).exists())


def _uncalled(broadcast: Broadcast) -> AssignmentQuerySet:
    """Give what officers answer for as primary in the area who were not called for its chain yet."""
    called = Callup.objects.filter(chain=broadcast.chain).values("officer")
    primaries = Assignment.objects.running(timezone.now()).filter(duty=Duty.PRIMARY)
    return primaries.meeting(runs(broadcast.touched)).exclude(officer__in=called)


@transaction.atomic
def _call(id: UUID) -> int:
    # The row is locked, so that two clocks call each officer once.
    broadcast = Broadcast.objects.select_for_update(no_key=True).filter(pk=id, state__in=LIVE).first()
    if broadcast is None:
        return 0
    touched = broadcast.touched
    mine: dict[UUID, list[tuple[int, int]]] = {}
    for officer, start, end in _uncalled(broadcast).values_list("officer", "grid__group_start", "grid__group_end"):
        mine.setdefault(officer, []).extend(runs(touched[bisect_left(touched, start) : bisect_left(touched, end)]))
    rows = [_callup(broadcast.chain, officer, merged(ranges)) for officer, ranges in mine.items() if ranges]
    Callup.objects.bulk_create(rows)
    _tell(CallupMade, [row.pk for row in rows])
    return len(rows)


def _callup(chain: UUID, officer: UUID, ranges: Ranges) -> Callup:
    return Callup(chain=chain, officer_id=officer, starts=[start for start, _ in ranges], ends=[end for _, end in ranges])


@transaction.atomic
def answer_callup(id: UUID, *, actor: Scope) -> Callup:
    """Say that one is on it, or that one has reached the officer by telephone.

    Raises:
        Missing: it lies outside the actor's grids.
        Denied: the role has no such right.
        Conflict: answered already.
    """
    found = visible(Callup.objects.select_for_update(of=("self",)).select_related("officer"), actor).filter(pk=id).first()
    if found is None:
        raise Missing("request.missing")
    ranges = tuple(zip(found.starts, found.ends, strict=True))
    own = found.officer.user_id == actor.user.pk
    if not own:
        require(actor, "callups.answer", ranges=ranges)
    if found.answered_at:
        raise Conflict("callup.answered", by=found.answered_by)
    Callup.objects.filter(pk=id).update(answered_at=Now(), answered_by=actor.user.name, by_phone=not own)
    audit.record("callup.answered", actor=actor.user, subject=found.officer_id, about=whole(ranges), chain=str(found.chain), by_phone=not own)
    _tell(CallupAnswered, [id])
    return Callup.objects.select_related("officer").get(pk=id)


@transaction.atomic
def escalate() -> int:
    """Hand officers who do not answer to the head of their township after five minutes, to the commander after ten.

    Returns:
        How many were handed on.
    """
    chains = Broadcast.objects.standing().values("chain")
    moved: list[UUID] = []
    for stage, after in STAGES:
        late = Callup.objects.filter(answered_at=None, stage__lt=stage, called_at__lt=timezone.now() - after, chain__in=chains)
        ids = list(late.select_for_update(skip_locked=True).values_list("pk", flat=True))
        Callup.objects.filter(pk__in=ids).update(stage=stage)
        moved += ids
    _tell(CallupEscalated, moved)
    return len(moved)


def _tell(fact: type[CallupFact], ids: Iterable[UUID]) -> None:
    rows = [shown(row) for row in Callup.objects.select_related("officer").filter(pk__in=list(ids)).order_by("officer__name")]
    if rows:
        ranges = merged((start, end) for row in rows for start, end in row.ranges)
        publish(fact(callups=rows), ranges=ranges)
