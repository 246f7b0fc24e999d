"""The reader process's turn: takes one import that waits, under a lock that dies with the process, and does what is due."""

import logging

from django.db import connection

from gridmap.access import scope_of
from gridmap.errors import Refused
from gridmap.imports import committing, staging, wecom
from gridmap.imports.models import Import, Kind, Row, State
from gridmap.imports.sheets import SheetFault
from gridmap.people.models import User

MOST_ATTEMPTS = 3
LOCKS = 430_525
logger = logging.getLogger(__name__)


def work_once() -> bool:
    """Do the oldest import that waits and that no other reader has.

    Returns:
        Whether there was one.
    """
    for work in Import.objects.to_do():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, work.pk.int & 0x7FFFFFFF])
            if not cursor.fetchone()[0]:
                continue
            try:
                _do(Import.objects.get(pk=work.pk))
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, work.pk.int & 0x7FFFFFFF])
        return True
    return False


def _do(work: Import) -> None:
    scope = scope_of(User.objects.get(pk=work.user))
    before = State(work.state)
    if work.attempts >= MOST_ATTEMPTS:
        return _refuse(work, before, "import.unreadable", {})
    Import.objects.filter(pk=work.pk).update(attempts=work.attempts + 1)
    try:
        if before == State.READING:
            (wecom.stage if work.kind == Kind.WECOM else staging.stage)(work, scope)
        elif before == State.COMMITTING:
            (wecom.commit if work.kind == Kind.WECOM else committing.commit)(work, scope)
        elif before == State.UNDOING:
            (wecom.undo if work.kind == Kind.WECOM else committing.undo)(work, scope)
        Import.objects.filter(pk=work.pk).update(attempts=0)
    except SheetFault as fault:
        _refuse(work, before, fault.code, fault.where)
    except Refused as refused:
        _refuse(work, before, refused.code, refused.where)
    except MemoryError:
        _refuse(work, before, "import.bomb", {})


def _refuse(work: Import, before: State, code: str, where: dict[str, object]) -> None:
    """A file that cannot be read is refused as a whole; what is staged or in the register stays as it was."""
    state = {State.READING: State.REFUSED, State.COMMITTING: State.STAGED, State.UNDOING: State.COMMITTED}[before]
    if before == State.READING:
        Row.objects.filter(of=work).delete()
    Import.objects.filter(pk=work.pk).update(state=state, fault={"code": code, "where": where}, attempts=0)
