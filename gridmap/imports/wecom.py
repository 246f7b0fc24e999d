"""Contacts that a county's officers already have in WeCom: matched with residents as *on file*, a list of whom to connect.

An export gives a nickname and the officer's remark, such as 桃洪村3组陈伟. A phone decides; else a whole name that stands in
the remark, in the group that stands beside it. On file is never counted as connected: nothing can be sent there yet.
"""

import re
from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gridmap.access import Scope, visible
from gridmap.audit import log as audit
from gridmap.grids.models import Grid
from gridmap.grids.ranges import Ranges, whole
from gridmap.imports.models import Import, Part, Row, RowState, State
from gridmap.imports.places import group_form
from gridmap.imports.sheets import EMPTY, Cell, SheetFault, seen
from gridmap.imports.staged import write_rows
from gridmap.imports.staging import SAID_SIGNS, chunks, note_staged, opened
from gridmap.people.models import Resident
from gridmap.phones import normal
from gridmap.sealing import blind, seal

NAMING = ("remark", "nickname", "name")
HAN = re.compile(r"[\u3400-\u9fff]+")
PHONE = re.compile(r"(?<!\d)1[2-9]\d{9}(?!\d)", re.ASCII)
GROUP = re.compile(r"第?(?:[0-9]{1,3}|[〇零一二两三四五六七八九十]{1,3})(?:村民小组|小组|组)")
NAME_SIGNS = (4, 3, 2)


def stage(work: Import, scope: Scope) -> None:
    """Match every contact with the residents of somebody's grids.

    Raises:
        SheetFault: the file cannot be read, or has no column with a name or a remark.
    """
    fields, lines = opened(work)
    if not any(name in fields for name in NAMING):
        raise SheetFault("import.no_name_column")
    ranges = _ranges(work, scope)
    counts = dict.fromkeys(RowState.values, 0)
    for part in chunks(lines):
        rows = list(_rows(work, fields, part, ranges, scope))
        with transaction.atomic():
            write_rows(rows)
            for row in rows:
                counts[row.state] += 1
            work.done, work.counts = work.done + len(rows), counts
            work.save(update_fields=["done", "counts"])
    note_staged(work, scope)


@transaction.atomic
def commit(work: Import, scope: Scope) -> None:
    """Note the matched residents as on file."""
    mine = visible(Resident.objects.filter(pk__in=_matched(work)), scope)
    noted = mine.update(on_file=True)
    Part.objects.filter(of=work).delete()
    Row.objects.filter(of=work).update(said_sealed=None)
    work.state, work.committed_at, work.headings = State.COMMITTED, timezone.now(), []
    work.save(update_fields=["state", "committed_at", "headings"])
    audit.record("people.import", actor=scope.user, subject=work.pk, about=whole(scope.ranges), on_file=noted)


@transaction.atomic
def undo(work: Import, scope: Scope) -> None:
    """Take the notes back."""
    undone = visible(Resident.objects.filter(pk__in=_matched(work)), scope).update(on_file=False)
    work.state, work.counts = State.UNDONE, work.counts | {"undone": undone}
    work.save(update_fields=["state", "counts"])
    audit.record("people.import", actor=scope.user, subject=work.pk, about=whole(scope.ranges), undone=undone)


def _matched(work: Import) -> list[UUID]:
    return list(Row.objects.filter(of=work, state=RowState.UPDATE).values_list("resident", flat=True))  # type: ignore[arg-type]  # who is noted is always somebody


def _rows(work: Import, fields: list[str | None], part: list[tuple[int, list[Cell]]], ranges: Ranges, scope: Scope) -> Iterator[Row]:
    said = [(line, {name: cell for name, cell in zip(fields, cells, strict=False) if name}) for line, cells in part]
    said = [(line, cells) for line, cells in said if any(cell.text for cell in cells.values())]
    wanted = [(line, cells, _phones(cells), _names(cells)) for line, cells in said]
    phones = {blind(phone, "phone") for *_, phones, _ in wanted for phone in phones}
    names = {blind(name, "name") for *_, names in wanted for name in names}
    people = visible(Resident.objects.within(ranges).select_related("group").defer("group__geometry", "place"), scope)
    by_phone = _by(people.filter(phone_index__in=phones), "phone_index")
    by_name = _by(people.filter(name_index__in=names), "name_index")
    for line, cells, of_phones, of_names in wanted:
        found = [one for phone in of_phones for one in by_phone.get(blind(phone, "phone"), [])]
        if len(found) != 1:
            # The longest name that stands there: 欧阳小明 before 阳小明.
            found = found or next((hits for name in of_names if (hits := by_name.get(blind(name, "name"), []))), [])
            found = _in_the_group(found, cells)
        yield _row(work, line, cells, found)


def _by(people: QuerySet[Resident], column: str) -> dict[bytes, list[Resident]]:
    found: dict[bytes, list[Resident]] = {}
    for one in people:
        found.setdefault(bytes(getattr(one, column)), []).append(one)
    return found


def _phones(cells: dict[str, Cell]) -> list[str]:
    given = cells.get("phone", EMPTY).text
    return [normal(found) for found in PHONE.findall(" ".join([given, *(cells.get(name, EMPTY).text for name in NAMING)]))]


def _names(cells: dict[str, Cell]) -> list[str]:
    """Give every run of two to four Han signs, the longest first: one of them may be the name."""
    words = [word for name in NAMING for word in HAN.findall(cells.get(name, EMPTY).text)]
    return [word[at : at + size] for size in NAME_SIGNS for word in words for at in range(len(word) - size + 1)][:120]


def _in_the_group(found: list[Resident], cells: dict[str, Cell]) -> list[Resident]:
    group = next((hit[0] for name in NAMING if (hit := GROUP.search(cells.get(name, EMPTY).text))), None)
    return [one for one in found if group_form(one.group.name) == group_form(group)] if group else found


def _row(work: Import, line: int, cells: dict[str, Cell], found: list[Resident]) -> Row:
    text = next((cells[name].text for name in NAMING if name in cells and cells[name].text), "")
    row = Row(of=work, line=line, said_sealed=seal(seen(text[:SAID_SIGNS]), f"imports_row.said.{work.pk}.{line}") if text else None)
    if len(found) == 1:
        row.state, row.resident, row.no = RowState.UPDATE, found[0].pk, found[0].no
    else:
        row.state, row.field, row.reason = RowState.BAD, "remark", "several_people" if found else "nobody"
    return row


def _ranges(work: Import, scope: Scope) -> Ranges:
    grid = Grid.objects.current().filter(code=work.under).first() if work.under else None
    return ((grid.group_start, grid.group_end),) if grid else scope.ranges
