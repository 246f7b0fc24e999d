"""Writes of call-ups: made when an evacuation begins, answered, and taken up the chain when nobody answers."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.broadcasts.models import LIVE, Broadcast
from gridmap.callups.models import Callup, Stage
from gridmap.callups.reads import called_for, running, shown
from gridmap.errors import Conflict, Missing
from gridmap.grids.ranges import Ranges, contain, merged, runs, whole
from gridmap.one_by_one import one_by_one
from gridmap.people.models import Assignment, AssignmentQuerySet, Duty, GroupCount, Officer, Role
from gridmap.realtime.events import CallupAnswered, CallupEscalated, CallupFact, CallupMade
from gridmap.realtime.log import publish
from gridmap.sealing import unseal

ANSWER_WITHIN = timedelta(minutes=5)


def call_up() -> int:
    """Call the officers of every evacuation in force that were not called yet; run by the clock.

    Returns:
        How many were called.
    """
    live = Broadcast.objects.evacuations().exclude(started_at=None)
    # Looked at without a lock first: once everybody is called, every second of the clock finds nobody.
    return one_by_one(lambda row: _call(row.pk) if _has_new(row) else 0, live)


def call_wider() -> int:
    """Call officers anew whose groups in an evacuation are more now than they were called for; run by the clock.

    Returns:
        How many were called.
    """
    live = Broadcast.objects.evacuations().exclude(started_at=None)
    return one_by_one(lambda row: _call(row.pk) if _has_changed(row) else 0, live)


def _has_changed(broadcast: Broadcast) -> bool:
    mine = _answering(broadcast)
    return any(_uncalled(broadcast, mine)) or bool(_taken(broadcast, mine))


def _has_new(broadcast: Broadcast) -> bool:
    called = Callup.objects.filter(chain=broadcast.chain)
    if _primaries(broadcast).exclude(officer__in=called.exclude(officer=None).values("officer")).exists():
        return True
    return not called.exists() and bool(broadcast.touched)  # where nobody answers at all


def _primaries(broadcast: Broadcast) -> AssignmentQuerySet:
    """Give what officers answer for as primary in the area now."""
    return Assignment.objects.running(timezone.now()).filter(duty=Duty.PRIMARY).meeting(runs(broadcast.touched))


def _answering(broadcast: Broadcast) -> dict[UUID | None, list[tuple[int, int]]]:
    """Give the groups of each officer to be called: who answers as primary, and who stands in where no primary is; under nobody
    those where neither is, which is for the head to find somebody for."""
    mine: dict[UUID | None, list[tuple[int, int]]] = {}
    left = list(broadcast.touched)
    assigned = Assignment.objects.running(timezone.now()).meeting(runs(left))
    for duty in (Duty.PRIMARY, Duty.DEPUTY):
        bare = left
        for officer, start, end in assigned.filter(duty=duty).values_list("officer", "grid__group_start", "grid__group_end"):
            if own := bare[bisect_left(bare, start) : bisect_left(bare, end)]:
                mine.setdefault(officer, []).extend(runs(own))
                left = [no for no in left if not start <= no < end]
    lived = set(GroupCount.objects.filter(no__in=left, registered__gt=0).values_list("no", flat=True))
    if lived:  # where nobody lives nobody has to be sent
        mine[None] = list(runs(sorted(lived)))
    return mine


def _uncalled(broadcast: Broadcast, mine: Mapping[UUID | None, Sequence[tuple[int, int]]]) -> tuple[list[Callup], list[Callup]]:
    """Give the call-ups that are missing: of officers who answer in the area and were not called for its chain yet, of those whose
    groups are more now than they were called for, by an update or a handover, and where nobody answers any more."""
    # Who cannot sign in has no tablet to answer on: nobody waits five minutes for it.
    able = set(Officer.objects.filter(pk__in=[id for id in mine if id], user__is_active=True).values_list("pk", flat=True))
    called = {row.officer_id: row for row in Callup.objects.filter(chain=broadcast.chain)}
    headed = _headed()
    anew: list[Callup] = []
    wider: list[Callup] = []
    for officer, pairs in mine.items():
        before = called.get(officer)
        # It was taken as answered, since somebody else had come to answer there, which is over: it is to be answered anew.
        lost = before is not None and before.answered_at is not None and not before.by_phone and (officer is None or not before.answered_by)
        ranges = merged([*pairs, *(before.ranges if before and not lost else [])])
        stage = Stage.OFFICER if officer in able else Stage.HEAD if any(contain(held, ranges) for held in headed) else Stage.COMMANDER
        silenced = before is not None and before.answered_at is None and before.stage == Stage.OFFICER != stage  # their account was closed meanwhile
        starts, ends = [start for start, _ in ranges], [end for _, end in ranges]
        if before is None:
            anew.append(Callup(chain=broadcast.chain, officer_id=officer, starts=starts, ends=ends, stage=stage))
        elif lost or silenced or ranges != merged(before.ranges):
            before.starts, before.ends, before.stage = starts, ends, stage
            wider.append(before)
    return anew, wider


def _taken(broadcast: Broadcast, mine: Mapping[UUID | None, Sequence[tuple[int, int]]]) -> list[Callup]:
    """Give the open call-ups of whoever does not answer in the area any more, or of nobody where somebody does."""
    return [row for row in Callup.objects.filter(chain=broadcast.chain, answered_at=None) if row.officer_id not in mine]


def _headed() -> list[Ranges]:
    """Give the groups of each head of a township who can sign in: where no one of them holds all, nobody waits five minutes for one."""
    return list(_of_each(_heads().values_list("officer", "grid__group_start", "grid__group_end")).values())


def _of_each(heads: Iterable[tuple[UUID, int, int]]) -> dict[UUID, Ranges]:
    held: dict[UUID, list[tuple[int, int]]] = {}
    for officer, start, end in heads:
        held.setdefault(officer, []).append((start, end))
    return {officer: merged(pairs) for officer, pairs in held.items()}


def _heads() -> AssignmentQuerySet:
    return Assignment.objects.running(timezone.now()).filter(officer__user__role=Role.TOWNSHIP_HEAD, officer__user__is_active=True)


@transaction.atomic
def _call(id: UUID) -> int:
    # The row is locked, so that two clocks call each officer once.
    broadcast = Broadcast.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=id, state__in=LIVE).first()
    if broadcast is None:
        return 0
    mine = _answering(broadcast)
    anew, wider = _uncalled(broadcast, mine)
    Callup.objects.bulk_create(anew)
    for row in wider:  # what was answered was answered for fewer groups
        asked = {"stage": row.stage, "called_at": Now(), "answered_at": None, "answered_by": "", "by_phone": False}
        Callup.objects.filter(pk=row.pk).update(starts=row.starts, ends=row.ends, **asked)
    # Somebody else answers there now, and is called: nobody has to be sent any more, and who was called there has not to be reached.
    taken = _taken(broadcast, mine)
    over = [row.pk for row in taken]
    if over:
        by = Officer.objects.filter(pk__in=[row.officer_id for row in anew]).values_list("name", flat=True).first()
        Callup.objects.filter(pk__in=over, officer=None).update(answered_by=by or "")
        Callup.objects.filter(pk__in=over).update(answered_at=Now(), by_phone=False)
    if anew or wider or taken:
        officers = {name: sorted(str(row.officer_id or "nobody") for row in rows) for name, rows in (("called", anew), ("wider", wider), ("relieved", taken)) if rows}
        audit.record("callup.made", actor=None, subject=id, about=whole(runs(broadcast.touched)), **officers)
    _tell(CallupMade, [row.pk for row in [*anew, *wider]])
    _tell(CallupAnswered, over)
    return len(anew) + len(wider)


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
    ranges = tuple(found.ranges)
    own = found.officer is not None and found.officer.user_id == actor.user.pk
    if not own:
        require(actor, "callups.answer", ranges=ranges)
    if found.answered_at:
        raise Conflict("callup.answered", by=found.answered_by)
    Callup.objects.filter(pk=id).update(answered_at=Now(), answered_by=actor.user.name, by_phone=not own)
    audit.record("callup.answered", actor=actor.user, subject=found.officer_id, about=whole(ranges), chain=str(found.chain), by_phone=not own)
    _tell(CallupAnswered, [id])
    return Callup.objects.select_related("officer").get(pk=id)


@transaction.atomic
def call_officer(id: UUID, *, actor: Scope) -> str | None:
    """Give the number of an officer who does not answer, to whoever has to reach them; each look is written down.

    Raises:
        Missing: it lies outside the actor's grids, was answered, or the evacuation is over.
        Denied: the role has no such right.
    """
    found = visible(running().filter(answered_at=None), actor).filter(pk=id).first()
    if found is None:
        raise Missing("request.missing")
    require(actor, "callups.answer", ranges=tuple(found.ranges))
    officer = found.officer
    if officer is None or officer.phone_sealed is None:
        return None
    audit.record("callup.called", actor=actor.user, subject=officer.pk, about=whole(tuple(found.ranges)), chain=str(found.chain))
    return unseal(officer.phone_sealed, f"people_officer.phone.{officer.pk}")


@transaction.atomic
def escalate() -> int:
    """Hand officers who do not answer to the head of their township after five minutes, and five minutes later to the commander;
    to the commander at once where no other head is, and after the head's own five minutes where the head was called first.

    Returns:
        How many were handed on.
    """
    waiting = Callup.objects.filter(answered_at=None, stage__lt=Stage.COMMANDER, called_at__lt=Now() - ANSWER_WITHIN, chain__in=called_for())
    late = waiting.select_related("officer__user").annotate(very_late=Q(called_at__lt=Now() - 2 * ANSWER_WITHIN))
    rows = list(late.select_for_update(skip_locked=True, of=("self",)))
    heads = list(_heads().values_list("officer", "grid__group_start", "grid__group_end")) if rows else []
    moved: list[UUID] = []
    for stage in (Stage.HEAD, Stage.COMMANDER):
        ids = [row.pk for row in rows if row.stage < stage and _next(row, heads) == stage]
        Callup.objects.filter(pk__in=ids).update(stage=stage)
        moved += ids
        # One entry for all of them: every entry takes the audit's lock, for which all that is sent would wait.
        if ids:
            named = Callup.objects.filter(pk__in=ids).order_by("pk")
            audit.record("callup.escalated", actor=None, stage=int(stage), officers=sorted(str(row.officer_id or "nobody") for row in named), chains=sorted({str(row.chain) for row in named}))
    _tell(CallupEscalated, moved)
    return len(moved)


def _next(row: Any, heads: Sequence[tuple[UUID, int, int]]) -> Stage:
    """Say whose it is to reach an officer who has not answered for five minutes."""
    others = _of_each(head for head in heads if head[0] != row.officer_id).values()
    if row.very_late or not any(contain(held, row.ranges) for held in others):
        return Stage.COMMANDER
    asked_first = row.officer is None or row.officer.user is None or not row.officer.user.is_active  # the head: the officer has no tablet
    return Stage.COMMANDER if row.stage == Stage.HEAD and asked_first else Stage.HEAD


def _tell(fact: type[CallupFact], ids: Iterable[UUID]) -> None:
    rows = [shown(row) for row in Callup.objects.select_related("officer").filter(pk__in=list(ids)).order_by("officer__name")]
    if rows:
        ranges = merged((start, end) for row in rows for start, end in row.ranges)
        publish(fact(callups=rows), ranges=ranges)
