"""HTTP for imports and exports of the register."""

from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from ninja import Query, Router, Status

from gridmap.access import StaffRequest, require
from gridmap.errors import Missing, shape
from gridmap.grids.placed import number_within
from gridmap.idempotency.once import once
from gridmap.imports import actions, exporting
from gridmap.imports.actions import heading_of
from gridmap.imports.models import Import, Row, RowState
from gridmap.imports.schemas import ColumnsIn, CommitIn, ExportIn, ImportIn, ImportOut, Imports, PartIn, RowOut, Rows
from gridmap.sealing import unseal
from gridmap.words import is_english, sentence

router = Router()
PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/imports", response=Imports)
def imports(request: StaffRequest) -> Imports:
    """One's own imports."""
    require(request.auth, "people.import")
    rows = Import.objects.filter(user=request.auth.user.pk).order_by("-at")
    return Imports(items=[_shown(request, row) for row in rows[:PAGE]], total=rows.count(), keeps_id_numbers=settings.ID_NUMBERS)


@router.post("/imports", response={201: ImportOut})
@once
def begin(request: StaffRequest, body: ImportIn) -> Status[ImportOut]:
    """Begin an import."""
    return Status(201, _shown(request, actions.begin_import(body, actor=request.auth)))


@router.get("/imports/{uuid:id}", response=ImportOut)
def one(request: StaffRequest, id: UUID) -> ImportOut:
    """How far an import has come."""
    return _shown(request, _mine(request, id))


@router.post("/imports/{uuid:id}/parts", response=ImportOut)
def part(request: StaffRequest, id: UUID, body: PartIn) -> ImportOut:
    """Send one part of the file."""
    return _shown(request, actions.add_part(id, body, actor=request.auth))


@router.get("/imports/{uuid:id}/rows", response=Rows)
def rows(request: StaffRequest, id: UUID, state: str = "bad", page: int = Query(1, ge=1, le=10_000)) -> Rows:
    """The rows of one state, by line, each with its reason."""
    found = _visible_rows(request, _mine(request, id)).filter(state=state if state in RowState.values else "bad").order_by("line")
    english = is_english(request.headers.get("Accept-Language", ""))
    return Rows(items=[_row(row, english) for row in found[(page - 1) * PAGE : page * PAGE]], total=found.count())


@router.post("/imports/{uuid:id}/read", response=ImportOut)
def read(request: StaffRequest, id: UUID, body: ColumnsIn) -> ImportOut:
    """Read the file again with other fields for its columns."""
    return _shown(request, actions.read_again(id, body.columns, actor=request.auth))


@router.post("/imports/{uuid:id}/commit", response={202: ImportOut})
def commit(request: StaffRequest, id: UUID, body: CommitIn) -> Status[ImportOut]:
    """Put the good rows into the register."""
    return Status(202, _shown(request, actions.commit_import(id, doubtful=body.doubtful, actor=request.auth)))


@router.post("/imports/{uuid:id}/undo", response={202: ImportOut})
def undo(request: StaffRequest, id: UUID) -> Status[ImportOut]:
    """Take a whole import back."""
    return Status(202, _shown(request, actions.undo_import(id, actor=request.auth)))


@router.delete("/imports/{uuid:id}", response={204: None})
def discard(request: StaffRequest, id: UUID) -> Status[None]:
    """Throw away an import that is not in the register."""
    actions.discard_import(id, actor=request.auth)
    return Status(204, None)


@router.post("/residents/export", response={200: bytes}, openapi_extra={"description": "An xlsx file."})
def export(request: StaffRequest, body: ExportIn) -> HttpResponse:
    """The residents of a grid as a spreadsheet."""
    name, data = exporting.export_residents(body, actor=request.auth)
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _mine(request: StaffRequest, id: UUID) -> Import:
    require(request.auth, "people.import")
    work = Import.objects.filter(pk=id, user=request.auth.user.pk).first()
    if work is None:
        raise Missing("request.missing")
    return work


def _visible_rows(request: StaffRequest, work: Import) -> QuerySet[Row]:
    """Bad rows that lie nowhere are one's own; the rest are seen only within one's grids of now."""
    return Row.objects.filter(of=work).filter(number_within(request.auth.ranges) | Q(no=None))


def _shown(request: StaffRequest, work: Import) -> ImportOut:
    fault = work.fault and shape(work.fault["code"], work.fault["where"], request.headers.get("Accept-Language", ""))
    names = ("id", "kind", "under", "state", "total", "done", "counts", "at", "committed_at")
    headings = [{**heading, "heading": heading_of(work, heading)} for heading in work.headings]
    name = unseal(work.name_sealed, f"imports_import.name.{work.pk}")
    return ImportOut(fault=fault, name=name, headings=headings, **{name: getattr(work, name) for name in names})  # type: ignore[arg-type]  # the columns' choices


def _row(row: Row, english: bool) -> RowOut:
    said = unseal(row.said_sealed, f"imports_row.said.{row.of_id}.{row.line}") if row.said_sealed else ""
    message = sentence(f"row.{row.reason}", {"said": said}, english=english)
    return RowOut(line=row.line, state=row.state, field=row.field, reason=row.reason, message=message, said=said)
