"""From the bytes of a spreadsheet to rows of cells: xlsx, and csv in UTF-8, UTF-16 or GB18030.

Every file comes from somewhere else: what cannot be read safely is refused with a code and a place, before anything
large is unpacked. Only the first sheet that holds anything is read.
"""

import codecs
import csv
import io
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet._reader import WorkSheetParser

MOST_UNPACKED, MOST_RATIO, MOST_MEMBERS = 150_000_000, 100, 500
MOST_COLUMNS, MOST_SIGNS = 60, 500
LINES_LOOKED_AT = 6
OLD_EXCEL, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
EXACT = 2**53  # beyond it a spreadsheet's number has lost digits
BLANKS = b" \t\r\n\0"
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
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
MOST_MERGED, OVERLAP = 200_000, 256
Rows: TypeAlias = Iterator[tuple[int, list[Cell]]]


def read(data: bytes) -> tuple[Rows, int]:
    """Give the rows of a file that say anything, and about how many there are.

    Args:
        data: the whole file.

    Returns:
        Rows with their line in the file, from 1; and the number of lines, 0 when not known.

    Raises:
        SheetFault: at once or while reading: no spreadsheet, unsafe to unpack, or in no encoding that we know.
    """
    if not _without_mark(data).strip(BLANKS):
        raise SheetFault("import.empty")
    if data.startswith(OLD_EXCEL):
        raise SheetFault("import.old_excel")
    if data.startswith(ZIP):
        return _workbook(data)
    return _csv(data)


def _without_mark(data: bytes) -> bytes:
    return next((data.removeprefix(mark) for mark, _ in BOMS if data.startswith(mark)), data)


def seen(text: str) -> str:
    """Show a text with a mark for every sign that shows nothing or turns the line."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _csv(data: bytes) -> tuple[Rows, int]:
    text = _decoded(data)
    if "\0" in text:
        raise SheetFault("import.unreadable", line=text[: text.index("\0")].count("\n") + 1)
    first = text.split("\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT]  # a title above the table has no separators
    delimiter = max(",\t;", key=lambda sign: max(line.count(sign) for line in first))
    return _csv_rows(text, delimiter), text.count("\n") + 1


def _csv_rows(text: str, delimiter: str) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 0
    try:
        for row in reader:
            cells = [_said(cell) for cell in row[:MOST_COLUMNS]]
            if any(cell.text for cell in cells):
                yield line + 1, cells
            line = reader.line_num
    except csv.Error as error:
        raise SheetFault("import.unreadable", line=line + 1) from error


def _said(text: str) -> Cell:
    return Cell(text.strip()[: MOST_SIGNS + 1], "formula" if _is_formula(text) else "")


def _is_formula(text: str) -> bool:
    """A text that a spreadsheet would compute; phones that begin with + are none."""
    return bool(re.match(r"\s*[=@]|\s*[+-][^\d\s]", unicodedata.normalize("NFKC", text)))


def _decoded(data: bytes) -> str:
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return _as(data, encoding)
    if data[:400].count(0) > len(data[:400]) // 4:  # half of Latin UTF-16 is zeros; some programs write no mark
        return _as(data, "utf-16-le" if data[1:400:2].count(0) > data[:400:2].count(0) else "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as broken:
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError as error:
            # Whichever got further is what the file is meant to be.
            raise _encoding(data, max(broken.start, error.start)) from error


def _as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _encoding(data, error.start) from error


def _encoding(data: bytes, at: int) -> SheetFault:
    return SheetFault("import.encoding", line=data[:at].count(b"\n") + 1, at=at)


def _workbook(data: bytes) -> tuple[Rows, int]:
    _look_inside(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    except MemoryError:
        raise
    except Exception as error:  # what a hostile file makes openpyxl raise is a list without end
        raise SheetFault("import.unreadable") from error
    for sheet in book.worksheets:
        if next(_sheet_rows(sheet), None) is not None:
            return _sheet_rows(sheet), 0
    raise SheetFault("import.empty")


def _sheet_rows(sheet: Any) -> Rows:
    """Read a sheet's rows as they stand there. openpyxl's own reader fills gaps up to what a file says of its size, and
    drops rows that come out of order without a word, so its parser is asked directly (the version is pinned)."""
    book, last = sheet.parent, 0
    merged: dict[int, tuple[int, Cell]] = {}
    formats = {"epoch": book.epoch, "date_formats": book._date_formats, "timedelta_formats": book._timedelta_formats}
    try:
        starting = _merged(book, sheet._worksheet_path)
        with book._archive.open(sheet._worksheet_path) as source:
            for line, row in WorkSheetParser(source, sheet._shared_strings, **formats).parse():
                if line <= last:
                    raise SheetFault("import.unreadable", line=line)
                last = line
                said = {cell["column"]: _cell(cell["value"], cell["data_type"]) for cell in row if cell["column"] <= MOST_COLUMNS}
                for column, until in starting.get(line, ()):
                    merged[column] = (until, said.get(column, EMPTY))
                filled = [column for column, cell in said.items() if cell.text]
                if filled:
                    # A household's number or a village's name is often one cell beside all its rows.
                    said |= {column: cell for column, (until, cell) in merged.items() if line <= until and not said.get(column, EMPTY).text}
                    filled = [column for column, cell in said.items() if cell.text]
                    yield line, [said.get(column, EMPTY) for column in range(1, max(filled) + 1)]
    except (SheetFault, MemoryError):
        raise
    except Exception as error:
        raise SheetFault("import.unreadable", line=last + 1) from error


def _merged(book: Any, path: str) -> dict[int, list[tuple[int, int]]]:
    """Find the cells that stand for several rows: by their first line, the column and the last line. They come behind the rows."""
    found: set[tuple[bytes, int, int]] = set()
    rest = b""
    with book._archive.open(path) as source:
        while len(found) < MOST_MERGED and (piece := source.read(1 << 20)):
            text = rest + piece
            found |= {(column, int(first), int(last)) for column, first, last in MERGED.findall(text) if int(last) > int(first)}
            rest = text[-OVERLAP:]
    starting: dict[int, list[tuple[int, int]]] = {}
    for name, first, last in found:
        column = column_index_from_string(name.decode())
        if column <= MOST_COLUMNS:
            starting.setdefault(first, []).append((column, last))
    return starting


def _cell(value: Any, kind: str) -> Cell:
    if value is None:
        return EMPTY
    if kind == "f":
        return Cell(str(getattr(value, "text", value))[:MOST_SIGNS] or "=", "formula")
    if kind == "e":
        return Cell(str(value), "error_value")
    if isinstance(value, bool):
        return Cell(str(value))
    if isinstance(value, datetime | date):
        return Cell(value.strftime("%Y-%m-%d"))
    if isinstance(value, int | float):
        if abs(value) >= EXACT:
            return Cell(str(value), "rounded")
        return Cell(str(int(value)) if value == int(value) else repr(value))
    return _said(str(value))


def _look_inside(data: bytes) -> None:
    """Refuse a zip that would unpack into something enormous, or that is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            members = box.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise SheetFault("import.unreadable") from error
    names = [member.filename for member in members]
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise SheetFault("import.bomb")
    if any(member.file_size > 1_000_000 and member.file_size > MOST_RATIO * max(1, member.compress_size) for member in members):
        raise SheetFault("import.bomb")
    if len(set(names)) < len(names) or any(
        name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names
    ) or any(stat.S_ISLNK(member.external_attr >> 16) for member in members):
        raise SheetFault("import.unsafe")
    if any(member.flag_bits & 1 for member in members):
        raise SheetFault("import.encrypted")
    if "xl/workbook.xml" not in names:
        raise SheetFault("import.not_a_workbook")
    if _is_strict(data):  # another dialect of the format, in which openpyxl finds nothing
        raise SheetFault("import.unreadable")


def _is_strict(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box, box.open("xl/workbook.xml") as file:
            return b"purl.oclc.org/ooxml" in file.read(4096)
    except Exception as error:
        raise SheetFault("import.unreadable") from error
