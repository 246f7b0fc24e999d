"""``bench imports``: a township's register of 100,000 rows as a workbook, from its last byte to coverage counted anew.

Ours is the reader process's own work: reading, checking, matching, sealing, staging, committing, undoing. The floor reads
the same cells and seals the same values without any database; the peer makes the same residents one by one, as forms do.
"""

from __future__ import annotations

import io
import resource
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import xlsxwriter
from django.db import transaction

from tests.bench.databases import pointed_at
from tests.house import Database

HEADINGS = ["姓名", "联系电话", "身份证号码", "组代码", "户编号", "居住状态", "经度", "纬度"]
BAD_EVERY = 270  # 37 of 10,000
PEERS = 300
Say = Callable[[str], None]


def run(*, residents: int, rows: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        residents: size of the register that the file comes into.
        rows: in the file.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        Milliseconds and ratios as contracts.md names them; ``seconds`` by step, ``megabytes`` that the reader grew by after a
        tenth of the rows and after all; ``lost`` counts rows that are not in the register, bad ones not named, groups whose
        counters drifted, and people who are there after the undo.
    """
    say(f"making a county of {residents} residents")
    with Database("imports", [sys.executable, "manage.py", "seed_county", "--residents", str(residents)]) as database, pointed_at(database.database):
        data = workbook(rows)
        say(f"{rows} rows, {len(data) / 1e6:.1f} MB")
        return measure(data, rows, residents, say)


def measure(data: bytes, rows: int, residents: int, say: Say) -> dict[str, Any]:
    from gridmap.imports.models import Import
    from gridmap.imports.work import work_once
    from gridmap.people import coverage
    from gridmap.people.models import Resident

    before, small = Resident.objects.count(), prepared(workbook(rows // 10))
    work_once()
    lean = megabytes()
    small.delete()
    work = prepared(data)
    seconds = {"staging": timed(work_once)}
    work.refresh_from_db()
    grown = megabytes() - lean
    bad = -(-rows // BAD_EVERY)
    lost = abs(work.counts.get("bad", 0) - bad) + abs(work.counts.get("new", 0) - (rows - bad))
    hand_over(work, "committing")
    seconds["commit"] = timed(work_once)
    lost += abs(Resident.objects.count() - before - (rows - bad)) + len(coverage.drift())
    hand_over(work, "undoing")
    seconds["undo"] = timed(work_once)
    lost += abs(Resident.objects.count() - before) + len(coverage.drift())
    ours = (seconds["staging"] + seconds["commit"]) * 1000
    floor = timed(lambda: bare(data)) * 1000
    peer = timed(one_by_one) * 1000 * rows / PEERS
    work = Import.objects.get(pk=work.pk)
    return {
        "bench": "imports", "rows": rows, "residents": residents, "ours": round(ours), "floor": round(floor), "peer": round(peer),
        "ratio_to_floor": round(ours / floor, 2), "ratio_to_peer": round(ours / peer, 3), "lost": lost,
        "seconds": {step: round(took, 1) for step, took in seconds.items()}, "megabytes": {"after_a_tenth": round(lean), "more_after_all": round(grown)},
        "state": work.state,
    }  # fmt: skip


def workbook(rows: int) -> bytes:
    """Make a register of people whom nobody has: names and phones by number, in the groups of the first townships."""
    from gridmap.grids.models import Grid

    groups = [(grid.code, grid.geometry.point_on_surface) for grid in Grid.objects.current().groups().order_by("no")[:1200]]
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        for n in range(rows):
            code, place = groups[n * len(groups) // rows]
            phone = "12345" if n % BAD_EVERY == 0 else f"127{n:08d}"
            name = "欧" + "".join(chr(0x4E00 + digit * 97 + int(sign)) for digit, sign in enumerate(f"{n:06d}"))
            sheet.write_row(n + 1, 0, [name, phone, "", code, f"H{n // 3}", "在家", round(place.x, 6), round(place.y, 6)])
    return file.getvalue()


def prepared(data: bytes) -> Any:
    """Lay an uploaded file ready for the reader."""
    import base64

    from gridmap.imports.actions import PART_BYTES
    from gridmap.imports.models import Import, Part
    from gridmap.people.models import User
    from gridmap.sealing import seal

    work = Import(user=User.objects.filter(role="commander")[0].pk, kind="register", size=len(data), state="reading")
    work.name_sealed = seal("bench.xlsx", f"imports_import.name.{work.pk}")
    work.save(force_insert=True)
    for number in range(-(-len(data) // PART_BYTES)):
        content = base64.b64encode(data[number * PART_BYTES : (number + 1) * PART_BYTES]).decode()
        Part.objects.create(of=work, number=number, sealed=seal(content, f"imports_part.{work.pk}.{number}"))
    return work


def hand_over(work: Any, state: str) -> None:
    """Have the reader do the next step."""
    type(work).objects.filter(pk=work.pk).update(state=state)


def bare(data: bytes) -> None:
    """Read every cell and seal what would be sealed."""
    from gridmap.imports.sheets import read
    from gridmap.sealing import blind, seal

    rows, _ = read(data)
    for _, cells in rows:
        for column, cell in zip(("name", "phone", "number"), cells, strict=False):
            seal(cell.text, "people_resident.name.00000000-0000-4000-8000-000000000000")
            blind(cell.text, column)


def one_by_one() -> None:
    """Make a few hundred residents one transaction each, and take them out again."""
    from gridmap.grids.models import Grid
    from gridmap.people.models import Household, Resident
    from gridmap.sealing import blind, seal

    group = Grid.objects.current().groups().order_by("no")[10]
    made = []
    for n in range(PEERS):
        with transaction.atomic():
            home = Household.objects.create(group=group)
            id = uuid4()
            sealed = {"name_sealed": seal(f"某{n}", f"people_resident.name.{id}"), "name_index": blind(f"某{n}", "name")}
            Resident.objects.create(pk=id, household=home, group=group, no=group.no, **sealed)
            made.append(id)
    Resident.objects.filter(pk__in=made).delete()


def timed(work: Callable[[], Any]) -> float:
    """Give how many seconds something took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def megabytes() -> float:
    """Give the most memory this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
