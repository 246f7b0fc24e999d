"""Who answers for what: assigning grids, ending an assignment, handing everything over to a successor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.edge.models import CodeKind, JoinCode
from gridmap.errors import Conflict, Denied, Invalid, Missing
from gridmap.grids.models import Grid
from gridmap.grids.ranges import merged
from gridmap.people.alarms import follow_uncovered
from gridmap.people.assign_schemas import AssignIn, EndIn, HandoverIn
from gridmap.people.models import Assignment, Duty, Handover, Officer
from gridmap.realtime.events import AssignmentChanged
from gridmap.realtime.log import publish, ring_clock
from gridmap.sealing import seal

MOST_GRIDS = 500
LOCK = 430_524_003


@transaction.atomic
def assign_officer(wanted: AssignIn, *, actor: Scope) -> None:
    """Have an officer answer for grids from a moment on; who was primary there until then ends at that moment.

    Raises:
        Missing: there is no such officer, or a grid lies outside the actor's grids.
        Invalid: no grid, too many, or the county.
        Conflict: another primary is planned there for later, or the officer answers there in this duty already.
    """
    _one_at_a_time()
    at = _from(wanted.since)
    officer = _officer(wanted.officer, actor)
    grids = _grids(wanted.grids, actor)
    there = Assignment.objects.select_for_update(no_key=True).from_then_on(at).filter(grid__in=grids)
    if there.filter(officer=officer, duty=wanted.duty).exists():
        raise Conflict("assignment.already", name=officer.name)
    if wanted.duty == Duty.PRIMARY:
        if there.filter(duty=Duty.PRIMARY, period__startswith__gte=at).exists():
            raise Conflict("assignment.planned")
        _end(list(there.filter(duty=Duty.PRIMARY)), at)
    Assignment.objects.bulk_create([Assignment(officer=officer, grid=grid, duty=wanted.duty, period=(at, None)) for grid in grids])
    _changed(grids, at, "people.assign", actor, officer=str(officer.pk), duty=wanted.duty)


@transaction.atomic
def set_officer_phone(id: UUID, phone: str | None, *, actor: Scope) -> None:
    """Keep the number on which an officer is called up; by themselves, or by who assigns.

    Raises:
        Missing: there is no such officer, or one who answers for something beyond the actor's grids.
        Denied: it is another's, and the role assigns nobody.
    """
    officer = _officer(id)
    if officer.user_id != actor.user.pk:
        held = Assignment.objects.from_then_on(timezone.now()).filter(officer=officer).values_list("grid__group_start", "grid__group_end")
        require(actor, "people.assign", ranges=list(held) or None)
    sealed = seal(phone, f"people_officer.phone.{officer.pk}") if phone else None
    Officer.objects.filter(pk=officer.pk).update(phone_sealed=sealed)
    audit.record("officer.phone", actor=actor.user, subject=officer.pk, removed=phone is None)


@transaction.atomic
def end_assignment(id: int, ending: EndIn, *, actor: Scope) -> None:
    """End an assignment at a moment; a grid left with no primary is an alarm from then on.

    Raises:
        Missing: it lies outside the actor's grids.
        Conflict: it is over already.
    """
    _one_at_a_time()
    at = _from(ending.at)
    found = visible(Assignment.objects.select_related("grid", "officer"), actor).filter(pk=id).first()
    if found is None:
        raise Missing("request.missing")
    require(actor, "people.assign", ranges=[(found.grid.group_start, found.grid.group_end)])
    if found.period.upper is not None and found.period.upper <= at:
        raise Conflict("assignment.over")
    _end([found], at)
    _changed([found.grid], at, "people.assign", actor, ended=str(found.officer_id), duty=found.duty)


@transaction.atomic
def hand_over(wanted: HandoverIn, *, actor: Scope) -> Handover:
    """Hand everything that one officer answers for to another at a moment: grids in both duties, and QR codes.

    What belongs to a grid (incidents, waiting phones, knock lists) needs no handing: it follows whoever answers for it.

    Raises:
        Missing: there is no such officer, or not all their grids lie in the actor's.
        Conflict: they answer for nothing, or to themselves, or the successor is planned there already.
    """
    _one_at_a_time()
    at = _from(wanted.at)
    giver, taker = _officer(wanted.giver), _officer(wanted.taker, actor)
    rows = Assignment.objects.select_for_update(no_key=True, of=("self",)).select_related("grid").from_then_on(at)
    mine = list(rows.filter(officer=giver))
    grids = [row.grid for row in mine]
    require(actor, "people.assign", ranges=[(grid.group_start, grid.group_end) for grid in grids] if grids else None)
    if not mine or giver == taker:
        raise Conflict("assignment.nothing", name=giver.name)
    if rows.filter(officer=taker, grid__in=grids, duty=Duty.PRIMARY).exists():
        raise Conflict("assignment.already", name=taker.name)
    for row in mine:
        start, end = max(at, row.period.lower), row.period.upper
        _end([row], at)
        Assignment.objects.create(officer=taker, grid=row.grid, duty=row.duty, period=(start, end))
    handover = Handover.objects.create(
        giver=giver, taker=taker, at=at, grids=sorted({grid.code for grid in grids}),
        start=min(grid.group_start for grid in grids), end=max(grid.group_end for grid in grids),
    )  # fmt: skip
    due = _pass_codes_on()  # before the record's lock is taken: whoever takes a code down waits for that one with its row in hand
    _changed(grids, at, "people.assign", actor, handover=str(handover.pk), giver=str(giver.pk), taker=str(taker.pk))
    _tell_who_changed(due)
    return handover


@transaction.atomic
def sign_handover(id: UUID, *, actor: Scope) -> Handover:
    """Sign for what was handed over.

    Raises:
        Missing: it was not handed to the actor.
        Conflict: it is signed already, or its time has not come.
    """
    handover = Handover.objects.filter(pk=id, taker__user=actor.user).first()
    if handover is None:
        raise Missing("request.missing")
    if not Handover.objects.filter(pk=id, signed_at=None, at__lte=timezone.now()).update(signed_at=timezone.now()):
        raise Conflict("assignment.signed")
    audit.record("people.sign_handover", actor=actor.user, subject=id, about=(handover.start, handover.end))
    handover.refresh_from_db()
    publish(AssignmentChanged(grids=handover.grids), ranges=[(handover.start, handover.end)])
    return handover


@transaction.atomic
def finish_handovers() -> int:
    """Have QR codes change hands where the time has come, and tell who changes now; run by the clock.

    Returns:
        How many handovers.
    """
    rows = _pass_codes_on()
    _tell_who_changed(rows)
    return len(rows)


def _pass_codes_on() -> list[Handover]:
    due = Handover.objects.filter(done_at=None, at__lte=timezone.now()).select_for_update(skip_locked=True, of=("self",))
    rows = list(due.select_related("taker"))
    for row in rows:
        ranges = merged(Grid.objects.current().filter(code__in=row.grids).values_list("group_start", "group_end"))
        codes = JoinCode.objects.within(ranges).filter(kind=CodeKind.OFFICER, officer=row.giver_id)
        codes.update(officer=row.taker_id, officer_name=row.taker.name)
        Handover.objects.filter(pk=row.pk).update(done_at=timezone.now())
    return rows


def _tell_who_changed(rows: list[Handover]) -> None:
    for row in rows:
        publish(AssignmentChanged(grids=row.grids), ranges=[(row.start, row.end)])


def _one_at_a_time() -> None:
    """Let one change of assignments in at a time, before anything is read: a grid with nobody has no row to lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _from(wanted: datetime | None) -> datetime:
    now = timezone.now()
    if wanted is not None and wanted < now:
        raise Invalid("assignment.past", field="at")
    return wanted or now


def _officer(id: UUID, actor: Scope | None = None) -> Officer:
    """Find an officer; where an actor is given, another person than they: nobody extends rights of their own."""
    found = Officer.objects.filter(pk=id).first()
    if found is None:
        raise Missing("assignment.no_officer")
    if actor is not None and found.user_id == actor.user.pk:
        raise Denied("assignment.own")
    return found


def _grids(codes: Sequence[str], actor: Scope) -> list[Grid]:
    wanted = sorted(set(codes))
    if not 0 < len(wanted) <= MOST_GRIDS:
        raise Invalid("assignment.grids", field="grids", most=MOST_GRIDS)
    found = list(visible(Grid.objects.current(), actor).defer("geometry").filter(code__in=wanted))
    if len(found) < len(wanted):
        raise Missing("request.missing")
    require(actor, "people.assign", ranges=[(grid.group_start, grid.group_end) for grid in found])
    if any(grid.level == 0 for grid in found):
        raise Invalid("assignment.grids", field="grids", most=MOST_GRIDS)
    return found


def _end(rows: Sequence[Assignment], at: datetime) -> None:
    for row in rows:
        if row.period.lower >= at:
            row.delete()  # it never began
        else:
            Assignment.objects.filter(pk=row.pk).update(period=(row.period.lower, at))


def _changed(grids: Sequence[Grid], at: datetime, action: str, actor: Scope, **detail: Any) -> None:
    start, end = min(grid.group_start for grid in grids), max(grid.group_end for grid in grids)
    codes = sorted({grid.code for grid in grids})
    audit.record(action, actor=actor.user, about=(start, end), grids=codes, at=at, **detail)
    ranges = sorted({(grid.group_start, grid.group_end) for grid in grids})
    ring_clock()
    if at <= timezone.now():
        follow_uncovered()
    publish(AssignmentChanged(grids=codes), ranges=ranges)
