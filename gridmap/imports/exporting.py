"""The residents of a grid as a spreadsheet: the importer's own columns, nothing that computes, and who took it on every row."""

import io
import re
from collections.abc import Iterator
from uuid import uuid4

import xlsxwriter
from django.db import transaction
from django.utils import timezone

from gridmap.access import Scope, require, visible
from gridmap.audit import log as audit
from gridmap.errors import Invalid, Missing
from gridmap.grids.models import Grid
from gridmap.imports.headings import FIELDS
from gridmap.imports.schemas import ExportIn
from gridmap.people.limits import limit
from gridmap.people.models import Resident
from gridmap.people.reads import opened, shown
from gridmap.sealing import unseal

COLUMNS = ("township", "village", "group", "group_code", "household", "name", "phone", "birth", "presence", "address", "lon", "lat", "mark")
PRESENCE = {"here": "在家", "away": "外出", "unknown": "不详"}
MOST_MASKED, MOST_CLEAR = 20_000, 3_000
EXPORTS_AN_HOUR = 12
Cells = list[str | float | None]


@transaction.atomic
def export_residents(wanted: ExportIn, *, actor: Scope) -> tuple[str, bytes]:
    """Make the spreadsheet of a grid, masked unless asked for in clear, and write down who took it and why.

    Returns:
        The file's name and its bytes (xlsx).

    Raises:
        Missing: the grid lies outside the actor's.
        Invalid: too many people for one file.
        TooMany: too many exports within the hour.
    """
    grid = visible(Grid.objects.current(), actor).filter(code=wanted.grid).first()
    if grid is None:
        raise Missing("request.missing")
    span = (grid.group_start, grid.group_end)
    require(actor, "people.export", ranges=[span])
    limit("people.export", EXPORTS_AN_HOUR, actor)
    people = visible(Resident.objects.all(), actor).within([span])
    most = MOST_CLEAR if wanted.clear else MOST_MASKED
    count = people.count()
    if count > most:
        raise Invalid("export.too_many", field="grid", count=count, most=most)
    id = uuid4()
    mark = f"{actor.user.name} {timezone.localtime():%Y-%m-%d %H:%M} {str(id)[:8]}"
    rows = people.select_related("group", "household").defer("group__geometry").order_by("no", "household_id", "id")
    data = _workbook(_rows(rows.iterator(chunk_size=1000), mark, clear=wanted.clear), mark)
    audit.record("people.export", actor=actor.user, subject=id, about=span, grid=wanted.grid, clear=wanted.clear, people=count, reason=wanted.reason)
    return f"gridmap-{wanted.grid}-{timezone.localtime():%Y%m%d-%H%M}.xlsx", data


def _rows(people: Iterator[Resident], mark: str, *, clear: bool) -> Iterator[Cells]:
    names = dict(Grid.objects.current().values_list("code", "name"))
    for person in people:
        masked = shown(person)
        code, home = person.group.code, person.household
        # A household without a number of the county's goes by ours, so that an export that comes back finds it again.
        number = unseal(home.number_sealed, f"people_household.number.{home.pk}") if clear and home.number_sealed else f"G{home.pk.hex}"
        cells: Cells = [
            names.get(code[:9]), names.get(code[:12]), person.group.name, code, number,
            opened(person, "name") if clear else masked.name, opened(person, "phone") if clear else masked.phone,
            person.birth_year, PRESENCE[person.presence], opened(person, "address") if clear else None,
            *([*masked.location] if masked.location else [None, None]), mark,
        ]  # fmt: skip
        yield cells


def _workbook(rows: Iterator[Cells], mark: str) -> bytes:
    file = io.BytesIO()
    # Texts stay texts: nothing a person is called is ever computed or followed as a link.
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "居民登记", "author": mark, "comments": mark})
        sheet = book.add_worksheet("居民登记")
        sheet.set_footer(f"&C{mark}")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [FIELDS[name][0] for name in COLUMNS])
        for line, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(line, column, defused(value))
                elif value is not None:
                    sheet.write_number(line, column, value)
    return file.getvalue()


def defused(text: str) -> str:
    """Take the power out of a text that a spreadsheet would compute once it is saved as csv (OWASP: CSV injection)."""
    return f"'{text}" if re.match(r"[=+\-@\t\r]", text) else text
