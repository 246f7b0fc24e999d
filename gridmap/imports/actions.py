"""What a person does with an import: begin, send its parts, have it read, commit, undo or discard it."""

import base64
import binascii
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.errors import Conflict, Invalid, Missing, TooMany
from gridmap.grids.models import Grid
from gridmap.imports.headings import FIELDS
from gridmap.imports.models import Import, Part, State
from gridmap.imports.schemas import ImportIn, PartIn
from gridmap.people.limits import STAGED, STAGED_AN_HOUR, limit
from gridmap.sealing import seal, unseal

CHANNEL = "gridmap_imports"
PART_BYTES, MOST_BYTES = 600_000, 24_000_000
MOST_OPEN = 5
KEPT, UNDO_DAYS = timedelta(days=1), timedelta(days=30)
DECIDABLE = (State.STAGED, State.REFUSED)


@transaction.atomic
def begin_import(wanted: ImportIn, *, actor: Scope) -> Import:
    """Begin an import; its parts follow.

    Raises:
        Missing: the grid lies outside the actor's.
        Invalid: the file is larger than 24 MB.
        TooMany: five are open already, or the actor had too many read within the hour.
    """
    require(actor, "people.import")
    limit(STAGED, STAGED_AN_HOUR, actor)
    if wanted.under:
        grid = visible(Grid.objects.current(), actor).filter(code=wanted.under).first()
        if grid is None:
            raise Missing("request.missing")
    if not 0 < wanted.size <= MOST_BYTES:
        raise Invalid("import.too_large", field="size", most=MOST_BYTES // 1_000_000)
    if Import.objects.filter(user=actor.user.pk).exclude(state__in=(State.COMMITTED, State.UNDONE)).count() >= MOST_OPEN:
        raise TooMany("import.too_many_open", most=MOST_OPEN)
    work = Import(pk=uuid4(), user=actor.user.pk, kind=wanted.kind, under=wanted.under or "", size=wanted.size)
    work.name_sealed = seal(wanted.name, f"imports_import.name.{work.pk}")
    work.save(force_insert=True)
    work.refresh_from_db()
    return work


@transaction.atomic
def add_part(id: UUID, part: PartIn, *, actor: Scope) -> Import:
    """Take one part of the file; after the last one the file is read. The same part twice changes nothing.

    Raises:
        Missing: no import of the actor's.
        Invalid: it is no base64, or longer or shorter than it has to be.
        Conflict: the file is complete already.
    """
    work = _mine(id, actor)
    try:
        data = base64.b64decode(part.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("request.invalid", field="content", reason="base64") from error
    last = (work.size - 1) // PART_BYTES
    if part.number > last:
        raise Invalid("request.invalid", field="number", reason=f"0 to {last}")
    if len(data) != (PART_BYTES if part.number < last else work.size - last * PART_BYTES):
        raise Invalid("request.invalid", field="content", reason=f"{PART_BYTES} bytes, the last part the rest")
    if work.state != State.UPLOADING:
        raise Conflict("import.state", state=work.state)
    place = f"imports_part.{work.pk}.{part.number}"
    kept, fresh = Part.objects.get_or_create(of=work, number=part.number, defaults={"sealed": seal(part.content, place)})
    if not fresh and unseal(kept.sealed, place) != part.content:
        raise Conflict("import.part_differs", number=part.number)
    if Part.objects.filter(of=work).count() == last + 1:
        _hand_over(work, State.READING)
    return work


@transaction.atomic
def read_again(id: UUID, columns: list[str | None], *, actor: Scope) -> Import:
    """Have the file read with other fields for its columns.

    Raises:
        Invalid: a field that does not exist.
        Conflict: it is not waiting for a decision.
    """
    work = _mine(id, actor)
    for position, name in enumerate(columns):
        if name is not None and name not in FIELDS:
            raise Invalid("request.invalid", field=f"columns.{position}", reason=" ".join(FIELDS))
    if work.state not in DECIDABLE or not Part.objects.filter(of=work).exists():
        raise Conflict("import.state", state=work.state)
    work.columns, work.fault, work.counts, work.done, work.attempts = columns, None, {}, 0, 0
    work.save(update_fields=["columns", "fault", "counts", "done", "attempts"])
    _hand_over(work, State.READING)
    return work


@transaction.atomic
def commit_import(id: UUID, *, doubtful: bool, actor: Scope) -> Import:
    """Have all good rows go into the register, or none.

    Raises:
        Conflict: it is not staged, or has no good row.
    """
    work = _mine(id, actor)
    good = work.counts.get("new", 0) + work.counts.get("update", 0) + (work.counts.get("doubtful", 0) if doubtful else 0)
    if work.state != State.STAGED or not good:
        raise Conflict("import.state", state=work.state)
    work.doubtful = doubtful
    work.save(update_fields=["doubtful"])
    _hand_over(work, State.COMMITTING)
    return work


@transaction.atomic
def undo_import(id: UUID, *, actor: Scope) -> Import:
    """Have a whole import taken back, within thirty days.

    Raises:
        Conflict: it is not in the register, or too long.
    """
    work = _mine(id, actor)
    if work.state != State.COMMITTED or work.committed_at is None or work.committed_at < timezone.now() - UNDO_DAYS:
        raise Conflict("import.state", state=work.state)
    _hand_over(work, State.UNDOING)
    return work


@transaction.atomic
def discard_import(id: UUID, *, actor: Scope) -> None:
    """Throw an import away that is not in the register.

    Raises:
        Conflict: it is in the register, or being worked at.
    """
    work = _mine(id, actor)
    if work.state not in (*DECIDABLE, State.UPLOADING):
        raise Conflict("import.state", state=work.state)
    work.delete()


def heading_place(work: Import) -> str:
    """Give the place that an import's headings are sealed for."""
    return f"imports_import.heading.{work.pk}"


def heading_of(work: Import, heading: dict[str, Any]) -> str:
    """Open a heading."""
    return unseal(bytes.fromhex(heading["heading"]), heading_place(work))


def forget() -> int:
    """Drop files that nobody decided on for a day, and what an undo would need after a month; run by the clock.

    Returns:
        How many imports, with their parts and rows.
    """
    undecided = Q(state__in=(*DECIDABLE, State.UPLOADING), at__lt=timezone.now() - KEPT)
    return Import.objects.filter(undecided | Q(committed_at__lt=timezone.now() - UNDO_DAYS)).delete()[0]


def _mine(id: UUID, actor: Scope) -> Import:
    require(actor, "people.import")
    work = Import.objects.select_for_update(no_key=True).filter(pk=id, user=actor.user.pk).first()
    if work is None:
        raise Missing("request.missing")
    return work


def _hand_over(work: Import, state: State) -> None:
    work.state = state
    work.save(update_fields=["state"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
