"""From the bytes of a spreadsheet to rows of cells: xlsx, and csv in UTF-8, UTF-16 or GB18030.

Every file comes from somewhere else: what cannot be read safely is refused with a code and a place, before anything
large is unpacked. Only the first sheet that holds anything is read.
"""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.cell.read_only import EmptyCell
from openpyxl.utils.exceptions import InvalidFileException

MOST_UNPACKED, MOST_RATIO, MOST_MEMBERS = 150_000_000, 300, 500
MOST_COLUMNS, MOST_SIGNS = 60, 500
OLD_EXCEL, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
EXACT = 2**53  # beyond it a spreadsheet's number has lost digits
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class SheetFault(Exception):
    """A file that cannot be read, with a stable code and the place of the fault."""

    def __init__(self, code: str, **where: Any) -> None:
        super().__init__(code)
        self.code, self.where = code, where


@dataclass(frozen=True)
class Cell:
    """What a cell says, trimmed; ``fault`` names why it cannot be taken at its word."""

    text: str
    fault: str = ""


EMPTY = Cell("")


def read(data: bytes) -> tuple[Iterator[list[Cell]], int]:
    """Give the rows of a file and about how many there are.

    Args:
        data: the whole file.

    Returns:
        Rows from the first line on, empty ones too so that line numbers hold; and their number, 0 when not known.

    Raises:
        SheetFault: at once or while reading: no spreadsheet, unsafe to unpack, or in no encoding that we know.
    """
    if not data.strip():
        raise SheetFault("import.empty")
    if data.startswith(OLD_EXCEL):
        raise SheetFault("import.old_excel")
    if data.startswith(ZIP):
        return _workbook(data)
    return _csv(data)


def _csv(data: bytes) -> tuple[Iterator[list[Cell]], int]:
    text = _decoded(data)
    if "\0" in text:
        raise SheetFault("import.unreadable", line=text[: text.index("\0")].count("\n") + 1)
    heading = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=heading.count)
    return _csv_rows(text, delimiter), text.count("\n") + 1


def _csv_rows(text: str, delimiter: str) -> Iterator[list[Cell]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield [Cell(cell.strip()[: MOST_SIGNS + 1], "formula" if _is_formula(cell) else "") for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise SheetFault("import.unreadable", line=reader.line_num) from error


def _is_formula(text: str) -> bool:
    """A text that a spreadsheet would compute; phones that begin with + are none."""
    return bool(re.match(r"\s*[=@]|\s*[+-][^\d\s]", text))


def _decoded(data: bytes) -> str:
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return _as(data, encoding)
    if data[:400].count(0) > len(data[:400]) // 4:  # half of Latin UTF-16 is zeros; some programs write no mark
        return _as(data, "utf-16-le" if data[1:400:2].count(0) > data[:400:2].count(0) else "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _as(data, "gb18030")


def _as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SheetFault("import.encoding", line=data[: error.start].count(b"\n") + 1, at=error.start) from error


def _workbook(data: bytes) -> tuple[Iterator[list[Cell]], int]:
    _look_inside(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    except UNREADABLE as error:
        raise SheetFault("import.unreadable", line=0) from error
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file says of its own size is not to be believed
        first = next(_sheet_rows(sheet), None)
        if first is not None:
            return _sheet_rows(sheet), 0
    raise SheetFault("import.empty")


UNREADABLE = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OSError, ParseError, DefusedXmlException, NotImplementedError)  # fmt: skip


def _sheet_rows(sheet: Any) -> Iterator[list[Cell]]:
    line = 0
    try:
        for row in sheet.iter_rows(max_col=MOST_COLUMNS):
            line += 1
            yield [_cell(cell) for cell in row]
    except UNREADABLE as error:
        raise SheetFault("import.unreadable", line=line + 1) from error


def _cell(cell: Any) -> Cell:
    if isinstance(cell, EmptyCell) or cell.value is None:
        return EMPTY
    value = cell.value
    if cell.data_type == "f":
        return Cell(str(getattr(value, "text", value))[:MOST_SIGNS], "formula")
    if cell.data_type == "e":
        return Cell(str(value), "error_value")
    if isinstance(value, bool):
        return Cell(str(value))
    if isinstance(value, datetime | date):
        return Cell(value.strftime("%Y-%m-%d"))
    if isinstance(value, int | float):
        if abs(value) >= EXACT:
            return Cell(str(value), "rounded")
        return Cell(str(int(value)) if value == int(value) else repr(value))
    return Cell(str(value).strip()[: MOST_SIGNS + 1])


def _look_inside(data: bytes) -> None:
    """Refuse a zip that would unpack into something enormous, or that is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            members = box.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise SheetFault("import.unreadable", line=0) from error
    names = [member.filename for member in members]
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise SheetFault("import.bomb")
    if any(member.file_size > 1_000_000 and member.file_size > MOST_RATIO * max(1, member.compress_size) for member in members):
        raise SheetFault("import.bomb")
    if len(set(names)) < len(names) or any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise SheetFault("import.unsafe")
    if any(member.flag_bits & 1 for member in members):
        raise SheetFault("import.encrypted")
    if "xl/workbook.xml" not in names:
        raise SheetFault("import.not_a_workbook")
