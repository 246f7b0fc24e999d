"""HTTP for connecting residents: QR codes, and the phones that wait to be let in."""

from uuid import UUID

import segno
from ninja import Router, Status

from gridmap.access import StaffRequest, require, visible
from gridmap.edge.codes import address_of
from gridmap.edge.models import CodeKind, JoinCode
from gridmap.edge.reads import names_down_to
from gridmap.idempotency.once import once
from gridmap.people import connect
from gridmap.people.actions import note_candidates
from gridmap.people.connect_schemas import CodeIn, CodeOut, Codes, ConfirmIn, Joins
from gridmap.people.joins import waiting_joins

router = Router()


@router.get("/joins", response=Joins)
def joins(request: StaffRequest) -> Joins:
    """Whoever waits in one's grids, and whom it may be."""
    require(request.auth, "people.connect")
    found = waiting_joins(request.auth)
    note_candidates([row.resident.id for join in found.items for row in join.candidates], actor=request.auth)
    return found


@router.post("/joins/{uuid:id}/confirm", response={204: None})
def confirm(request: StaffRequest, id: UUID, body: ConfirmIn) -> Status[None]:
    """Let a phone in as a resident's."""
    connect.confirm_join(id, body.resident, actor=request.auth)
    return Status(204, None)


@router.post("/joins/{uuid:id}/refuse", response={204: None})
def refuse(request: StaffRequest, id: UUID) -> Status[None]:
    """Turn a phone away."""
    connect.refuse_join(id, actor=request.auth)
    return Status(204, None)


@router.post("/join-codes", response={201: CodeOut})
@once
def make(request: StaffRequest, body: CodeIn) -> Status[CodeOut]:
    """A QR code."""
    code = connect.make_code(body, actor=request.auth)
    return Status(201, _shown(code))


@router.get("/join-codes", response=Codes)
def codes(request: StaffRequest) -> Codes:
    """The QR codes that hang in one's grids, to be printed again or taken down."""
    require(request.auth, "people.connect")
    rows = visible(JoinCode.objects.filter(revoked=False).exclude(kind=CodeKind.DOOR), request.auth).order_by("start", "-made_at")
    return Codes(items=[_shown(row) for row in rows[:100]], total=rows.count())


@router.delete("/join-codes/{uuid:id}", response={204: None})
def revoke(request: StaffRequest, id: UUID) -> Status[None]:
    """Take a QR code down: nobody joins by it any more."""
    connect.revoke_code(id, actor=request.auth)
    return Status(204, None)


def _shown(code: JoinCode) -> CodeOut:
    url = address_of(code)
    picture = segno.make(url, error="m").svg_data_uri(scale=8, border=2)
    return CodeOut(
        id=code.pk, kind=code.kind, grid=code.grid, place=" ".join(names_down_to(code.grid)), officer_name=code.officer_name, url=url, picture=picture,
        expires_at=code.expires_at,
    )  # fmt: skip
