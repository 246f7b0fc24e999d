"""Staging: a file is read once, every row checked, placed and matched with the register, and sealed as it would stand in it.

Run by the reader process, in chunks of their own transactions, so that a million cells need no more memory than a
thousand and somebody sees how far it is. Nothing of it is in the register before the person commits.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import transaction

from gridmap.access import Scope, visible
from gridmap.audit import log as audit
from gridmap.grids.index import GroupIndex, current_index
from gridmap.grids.models import Grid
from gridmap.grids.ranges import hold, whole
from gridmap.imports import headings
from gridmap.imports.actions import heading_place
from gridmap.imports.models import Heading, Import, Part, Row, RowState, State
from gridmap.imports.places import NoPlace, Placer
from gridmap.imports.rows import Person, Wrong, person_of
from gridmap.imports.sheets import EMPTY, LINES_LOOKED_AT, Cell, SheetFault, read, seen
from gridmap.imports.sheets import Rows as Sheet
from gridmap.imports.staged import write_rows
from gridmap.people.limits import STAGED
from gridmap.people.models import Household, Resident
from gridmap.register.erased import erased_among, marks_of
from gridmap.register.models import Former, How
from gridmap.sealing import blind, blind_address, seal, unseal

CHUNK = 2000
OURS = re.compile(r"G[0-9a-f]{32}")  # a household's id, as an export writes it
MOST_ROWS = 120_000
PLACING = ("group_code", "village", "group", "address", "lon")
SAID_SIGNS, GROUP_DIGITS = 40, 15


@dataclass
class Known:
    """What one chunk needs of the register, within the grids of whoever imports."""

    by_phone: dict[bytes, list[Resident]]
    by_name: dict[bytes, list[Resident]]
    homes: dict[bytes, dict[int, UUID]]
    former: dict[bytes, list[Former]]
    erased: set[bytes]


@dataclass
class Reading:
    """What goes on from chunk to chunk: 100,000 rows leave some ten megabytes of keys here."""

    work: Import
    scope: Scope
    placer: Placer
    index: GroupIndex
    grids: dict[int, UUID]
    homes: dict[tuple[int, str, str], UUID] = field(default_factory=dict)
    new_homes: set[UUID] = field(default_factory=set)
    seen: dict[bytes, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RowState.values, 0))


@dataclass
class Line:
    """A row on its way: its line, what it says, its registered group and the group of its place, or what is wrong with it."""

    number: int
    person: Person | None = None
    group: int = 0
    no: int = 0
    place: tuple[float, float] | None = None
    wrong: Wrong | None = None


def stage(work: Import, scope: Scope) -> None:
    """Read a file and stage its rows, or refuse it as a whole.

    Raises:
        SheetFault: the file cannot be read, lacks a column, or has too many rows.
    """
    fields, lines = opened(work)
    _look_at_columns(fields, work)
    index = current_index()
    grids = dict(Grid.objects.current().groups().values_list("no", "pk"))
    reading = Reading(work, scope, Placer.below(index, work.under), index, grids)
    for part in chunks(lines):
        _stage_chunk(reading, fields, part)
    note_staged(work, scope)


@transaction.atomic
def note_staged(work: Import, scope: Scope) -> None:
    """Say that a file is staged, and write it down: whose phone is in the register can be read off what became of its rows, also of one
    that is thrown away afterwards."""
    work.state, work.total = State.STAGED, work.done
    work.save(update_fields=["state", "total"])
    audit.record(STAGED, actor=scope.user, subject=work.pk, about=whole(scope.ranges), rows=work.counts)


def opened(work: Import) -> tuple[list[str | None], Sheet]:
    """Find the headings of a file, and note what was made of them.

    Returns:
        The field of each column, and the rows below with their line in the file.

    Raises:
        SheetFault: it cannot be read, or no row looks like headings.
    """
    Row.objects.filter(of=work).delete()
    rows, about = read(_file(work))
    head = list(islice(rows, LINES_LOOKED_AT))
    remembered = dict(Heading.objects.values_list("normal", "field"))
    position = headings.find([cells for _, cells in head], remembered)
    if position is None:
        raise SheetFault("import.no_headings")
    matches = headings.match([cell.text for cell in head[position][1]], remembered)
    fields = [match.field for match in matches]
    if work.columns:
        fields = [*work.columns, *[None] * len(fields)][: len(fields)]
    work.headings = [
        {"heading": seal(match.heading, heading_place(work)).hex(), "field": name, "suggestion": match.suggestion}
        for match, name in zip(matches, fields, strict=True)  # a file without headings has people where they would be
    ]
    work.total, work.done, work.counts = max(0, about - head[position][0]), 0, dict.fromkeys(RowState.values, 0)
    work.save(update_fields=["headings", "total", "done", "counts"])
    return fields, chain(head[position + 1 :], rows)


def chunks(lines: Sheet) -> Iterator[list[tuple[int, list[Cell]]]]:
    """Give some thousand rows at a time.

    Raises:
        SheetFault: there are too many.
    """
    read_so_far = 0
    while part := list(islice(lines, CHUNK)):
        read_so_far += len(part)
        if read_so_far > MOST_ROWS:
            raise SheetFault("import.too_many_rows", most=MOST_ROWS)
        yield part


def _file(work: Import) -> bytes:
    parts = Part.objects.filter(of=work).order_by("number")
    return b"".join(base64.b64decode(unseal(part.sealed, f"imports_part.{work.pk}.{part.number}")) for part in parts.iterator(4))


def _look_at_columns(fields: list[str | None], work: Import) -> None:
    known = [name for name in fields if name]
    twice = next((name for name in known if known.count(name) > 1), None)
    if twice:
        places = [number + 1 for number, name in enumerate(fields) if name == twice]
        raise SheetFault("import.heading_twice", field=twice, columns=" ".join(map(str, places)))
    if "name" not in known:
        raise SheetFault("import.no_name_column")
    if not any(name in known for name in PLACING) and len(work.under) < GROUP_DIGITS:
        raise SheetFault("import.no_place_columns")


def _stage_chunk(reading: Reading, fields: list[str | None], part: list[tuple[int, list[Cell]]]) -> None:
    lines = list(_lines(reading, fields, part))
    known = _known(reading, lines)
    with transaction.atomic():
        write_rows([_row(reading, line, known) for line in lines])
        reading.work.done += len(lines)
        reading.work.counts = reading.counts
        reading.work.save(update_fields=["done", "counts"])


def _lines(reading: Reading, fields: list[str | None], part: Iterable[tuple[int, list[Cell]]]) -> Iterator[Line]:
    for number, cells in part:
        said = {name: cell for name, cell in zip(fields, cells, strict=False) if name}
        if not any(cell.text for cell in said.values()):
            continue  # an empty line is no person
        line = Line(number)
        try:
            line.person = person_of(said)
            line.group, line.no, line.place = _placed(reading.placer, {name: cell.text for name, cell in said.items()})
            if not hold(reading.scope.ranges, line.group) or not hold(reading.scope.ranges, line.no):
                raise Wrong("group" if not hold(reading.scope.ranges, line.group) else "lon", "outside")
        except Wrong as wrong:
            line.wrong, line.person = wrong, None
        except NoPlace as wrong:
            line.wrong, line.person = Wrong(wrong.field, wrong.reason, said.get(wrong.field, EMPTY).text), None
        yield line


def _placed(placer: Placer, said: dict[str, str]) -> tuple[int, int, tuple[float, float] | None]:
    """Find the group by the surest thing that the row says.

    Returns:
        The registered group, the group of the place (people move, so it may be another), and the place where it is known.
    """
    there, place = None, None
    if said.get("lon") or said.get("lat"):
        there, place = placer.by_place(said.get("lon", ""), said.get("lat", ""))
    if said.get("group_code"):
        group = placer.by_code(said["group_code"])
    elif said.get("village") or said.get("group") or (said.get("township") and not said.get("address")):
        group = placer.by_names(said.get("township", ""), said.get("village", ""), said.get("group", ""))
    elif said.get("address"):
        group = placer.by_address(said["address"])
    else:
        group = there if there is not None else placer.by_names("", "", "")
    return group, group if there is None else there, place


def _known(reading: Reading, lines: list[Line]) -> Known:
    people = [line.person for line in lines if line.person]
    phones = {blind(person.phone, "phone") for person in people if person.phone}
    names = {blind(person.name, "name") for person in people}
    mine = visible(Resident.objects.only("id", "household_id", "group_id", "no", "name_index", "phone_index", "birth_year"), reading.scope)
    known = Known({}, {}, {}, {}, erased_among({mark for line in lines for mark in _marks(line)}))
    for gone in visible(Former.objects.exclude(how=How.MERGED), reading.scope).filter(row__name_index__in=[name.hex() for name in names]):
        known.former.setdefault(bytes.fromhex(gone.row["name_index"]), []).append(gone)
    for resident in mine.filter(phone_index__in=phones):
        known.by_phone.setdefault(bytes(resident.phone_index or b""), []).append(resident)
    for resident in mine.filter(name_index__in=names):
        known.by_name.setdefault(bytes(resident.name_index or b""), []).append(resident)
    numbers = {blind(person.household, "household") for person in people if person.household}
    addresses = {blind_address(person.address) for person in people if person.address}
    ours = {UUID(person.household[1:]) for person in people if OURS.fullmatch(person.household)}
    for pk, no in Household.objects.filter(pk__in=ours).values_list("pk", "group__no"):
        if hold(reading.scope.ranges, no):
            known.homes.setdefault(blind(f"G{pk.hex}", "household"), {})[no] = pk
    for column, wanted in (("number_index", numbers), ("address_index", addresses)):
        rows = Household.objects.filter(**{f"{column}__in": wanted}).values_list(column, "group__no", "pk")
        for key, no, pk in rows:
            if hold(reading.scope.ranges, no):
                known.homes.setdefault(bytes(key), {})[no] = pk
    return known


def _marks(line: Line) -> set[bytes]:
    person = line.person
    return marks_of(person.name, person.phone, person.birth_year, line.group) if person else set()


def _plain(address: str) -> str:
    return re.sub(r"\s", "", address)


def _row(reading: Reading, line: Line, known: Known) -> Row:
    row = Row(of=reading.work, line=line.number)
    if line.person is None:
        wrong = line.wrong or Wrong("name", "missing")
        _bad(row, wrong.field, wrong.reason, wrong.said)
    else:
        _fill(row, line, line.person, reading, known)
    reading.counts[row.state] += 1
    return row


def _bad(row: Row, name: str, reason: str, said: str = "") -> None:
    row.state, row.field, row.reason = RowState.BAD, name, reason
    if said:
        row.said_sealed = seal(seen(said[:SAID_SIGNS]), f"imports_row.said.{row.of_id}.{row.line}")


def _fill(row: Row, line: Line, person: Person, reading: Reading, known: Known) -> None:
    """Match a good row with the register and seal it for the place where it will stand."""
    name, phone = blind(person.name, "name"), blind(person.phone, "phone") if person.phone else None
    home, new = _home(line, person, reading, known)
    same_phone, same_name = known.by_phone.get(phone or b"", []), known.by_name.get(name, [])
    sure = [one for one in same_phone if bytes(one.name_index or b"") == name]
    sure = sure or [one for one in same_name if one.household_id == home and _same_year(one, person)]
    key = name + (phone or home.bytes + str(person.birth_year).encode())
    twice = reading.seen.setdefault(key if not sure else sure[0].pk.bytes, line.number)
    if twice != line.number:
        return _bad(row, "name", "twice", str(twice))
    if len(sure) > 1:
        return _bad(row, "name", "several_people", "")
    group, row.no = reading.grids[line.group], line.no
    gone = next((one for one in known.former.get(name, []) if _is_former(one, person, phone, group)), None)
    if not sure and known.erased and known.erased & _marks(line):
        return _bad(row, "name", "erased")
    if sure and sure[0].group_id == group:
        row.no = line.no if line.place else sure[0].no
        row.state, row.resident, home, new = RowState.UPDATE, sure[0].pk, sure[0].household_id, False
    elif sure:
        row.state, row.reason, row.field, row.resident = RowState.DOUBTFUL, "moved", "group", sure[0].pk
    elif gone:
        row.state, row.reason, row.field, row.resident = RowState.DOUBTFUL, gone.how, "name", uuid4()
    elif any(one.household_id != home for one in same_phone):
        row.state, row.reason, row.field, row.resident = RowState.DOUBTFUL, "phone_taken", "phone", uuid4()
    elif any(one.group_id == group and _same_year(one, person) for one in same_name):
        row.state, row.reason, row.field, row.resident = RowState.DOUBTFUL, "namesake", "name", uuid4()
    else:
        row.state, row.resident = RowState.NEW, uuid4()
    row.household, row.new_household = home, new
    row.group = group
    row.place = Point(*line.place, srid=4326) if line.place else None
    row.birth_year, row.presence = person.birth_year, person.presence
    _seal(row, person, name, phone)


def _seal(row: Row, person: Person, name: bytes, phone: bytes | None) -> None:
    row.name_sealed, row.name_index = seal(person.name, f"people_resident.name.{row.resident}"), name
    if phone:
        row.phone_sealed, row.phone_index = seal(person.phone, f"people_resident.phone.{row.resident}"), phone
    if person.id_number and settings.ID_NUMBERS:
        row.id_sealed = seal(person.id_number, f"people_resident.id.{row.resident}")
    if person.address:
        row.address_sealed = seal(person.address, f"people_household.address.{row.household}")
        row.address_index = blind_address(person.address)
    if person.household and not OURS.fullmatch(person.household):
        row.number_sealed = seal(person.household, f"people_household.number.{row.household}")
        row.number_index = blind(person.household, "household")


def _home(line: Line, person: Person, reading: Reading, known: Known) -> tuple[UUID, bool]:
    """Find the household: by the county's number, else by the head's name, else by the address; with none of them one's own."""
    kind, said = next(
        ((kind, said) for kind, said in (("number", person.household), ("head", person.head), ("address", _plain(person.address))) if said),
        ("", ""),
    )
    if not said:
        home = uuid4()
        reading.new_homes.add(home)
        return home, True
    key = (line.group, kind, said)
    if key not in reading.homes:
        index = {"number": "household", "address": "address"}.get(kind)
        there = known.homes.get(blind(said, index), {}).get(line.group) if index else None
        reading.homes[key] = there or uuid4()
        if there is None:
            reading.new_homes.add(reading.homes[key])
    return reading.homes[key], reading.homes[key] in reading.new_homes


def _is_former(gone: Former, person: Person, phone: bytes | None, group: UUID) -> bool:
    """Say whether a row is somebody who left or died: by name and phone, or by name, year and group."""
    if phone and gone.row["phone_index"] == phone.hex():
        return True
    return gone.row["group"] == str(group) and person.birth_year is not None and gone.row["birth_year"] in (None, person.birth_year)


def _same_year(one: Resident, person: Person) -> bool:
    return one.birth_year is None or person.birth_year is None or one.birth_year == person.birth_year
