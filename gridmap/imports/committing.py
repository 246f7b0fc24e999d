"""Putting a staged import into the register, and taking it back: one transaction each, all of it or nothing.

Run by the reader process as the register's owner: row-level security refuses bulk copies. Whose grids the rows lie in is
therefore looked at once more here, as of now.
"""

from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from django.db.models.expressions import RawSQL
from django.utils import timezone

from gridmap.access import Scope
from gridmap.audit import log as audit
from gridmap.broadcasts import ledger
from gridmap.errors import Conflict
from gridmap.grids.ranges import hold, runs, whole
from gridmap.imports import headings
from gridmap.imports.actions import heading_of
from gridmap.imports.models import Heading, Import, Part, Row, RowState, State
from gridmap.people import coverage
from gridmap.people.models import Resident
from gridmap.realtime.events import CoverageChanged
from gridmap.realtime.log import publish
from gridmap.sealing import blind, unseal

SQL = Path(__file__).parent / "sql"
COMMIT = (SQL / "commit.sql").read_text(encoding="utf-8")
UNDO = (SQL / "undo.sql").read_text(encoding="utf-8")
ANEW = ("phone_taken", "namesake", "left", "died")  # doubts about somebody who would come in anew
SEALED = [name for name in (field.name for field in Row._meta.fields) if name.endswith(("_sealed", "_index"))]


@transaction.atomic
def commit(work: Import, scope: Scope) -> None:
    """Put the good rows in, and the doubtful ones where the person said so.

    Raises:
        Conflict: a row lies outside what the person answers for now.
    """
    states = [RowState.NEW, RowState.UPDATE, *([RowState.DOUBTFUL] if work.doubtful else [])]
    rows = Row.objects.filter(of=work, state__in=states)
    numbers = {no for no in rows.values_list("no", flat=True) if no is not None}
    # Where somebody was until now has one less.
    numbers |= set(Resident.objects.filter(pk__in=rows.exclude(state=RowState.NEW).values("resident")).values_list("no", flat=True))
    if not all(hold(scope.ranges, no) for no in numbers):
        raise Conflict("import.beyond")
    with connection.cursor() as cursor:
        cursor.execute(COMMIT, {"id": work.pk, "states": [state.value for state in states], "by": scope.user.pk, "name": scope.user.name, "anew": list(ANEW)})
    work.counts = {state: Row.objects.filter(of=work, state=state).count() for state in RowState.values}
    _remember(work)
    # What is in the register need not lie about a second time; who came new is kept for an undo.
    Row.objects.filter(of=work).update(**dict.fromkeys(SEALED))
    Part.objects.filter(of=work).delete()
    work.state, work.committed_at, work.headings = State.COMMITTED, timezone.now(), []
    work.save(update_fields=["state", "committed_at", "headings", "counts"])
    ranges = runs(numbers)
    audit.record("people.import", actor=scope.user, subject=work.pk, about=whole(ranges), rows=work.counts, doubtful=work.doubtful)
    if ranges:
        publish(CoverageChanged(by_no=coverage.rows(ranges)), ranges=ranges)


@transaction.atomic
def undo(work: Import, scope: Scope) -> None:
    """Take out whom an import brought and put back what it changed; who has become more than a row since then stays.

    Raises:
        Conflict: somebody of it lies outside what the person answers for now.
    """
    rows = Row.objects.filter(of=work).exclude(state=RowState.BAD).exclude(no=None)
    before = set(Resident.objects.filter(pk__in=rows.values("resident")).values_list("no", flat=True))
    if not all(hold(scope.ranges, no) for no in before):
        raise Conflict("import.beyond")
    with connection.cursor() as cursor:
        cursor.execute(UNDO, {"id": work.pk})
        cursor.execute("SELECT count(*) FROM going")
        gone = cursor.fetchone()[0]
        cursor.execute("SELECT resident FROM back WHERE field = 'phone'")
        _index_phones([pk for (pk,) in cursor.fetchall()])
    added = rows.filter(state=RowState.NEW).count() + (rows.filter(reason__in=ANEW).count() if work.doubtful else 0)
    work.counts |= {"undone": gone, "kept": added - gone}
    work.state = State.UNDONE
    work.save(update_fields=["state", "counts"])
    after = set(Resident.objects.filter(pk__in=rows.values("resident")).values_list("no", flat=True))
    ranges = runs(before | after)
    # A freeze that began before still reads who is going. Last of all: no warning waits for ten thousand telephone numbers.
    touched = ledger.end_deliveries(RawSQL("SELECT id FROM going", [])) if gone else []
    audit.record("people.import", actor=scope.user, subject=work.pk, about=whole(ranges), undone=gone, kept=added - gone)
    for id, no in touched:
        ledger.tell(id, [no])
    if ranges:
        publish(CoverageChanged(by_no=coverage.rows(ranges)), ranges=ranges)


def _index_phones(residents: list[UUID]) -> None:
    for person in Resident.objects.filter(pk__in=residents).only("id", "phone_sealed"):
        phone = person.phone_sealed and unseal(person.phone_sealed, f"people_resident.phone.{person.pk}")
        Resident.objects.filter(pk=person.pk).update(phone_index=blind(phone, "phone") if phone else None)


def _remember(work: Import) -> None:
    """Keep what the person made of headings that we did not know."""
    for heading in work.headings:
        key = headings.normal(heading_of(work, heading))
        # A column that was left out of this file is not left out of everybody's.
        if key and heading["field"] and key not in headings.KNOWN:
            Heading.objects.update_or_create(normal=key, defaults={"field": heading["field"]})
