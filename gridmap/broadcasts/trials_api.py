"""HTTP for trials and for the desk's own phones."""

from uuid import UUID

import segno
from django.conf import settings
from ninja import Router, Status

from gridmap.access import Scope, StaffRequest, require
from gridmap.broadcasts import trials
from gridmap.broadcasts.trials_schemas import TrialCode, TrialIn, TrialOut, TrialPhoneOut, TrialPhones
from gridmap.edge.models import TrialPhone
from gridmap.idempotency.once import once

router = Router()


@router.get("/trial-phones", response=TrialPhones)
def list_phones(request: StaffRequest) -> TrialPhones:
    """The phones of everybody at the desk."""
    require(request.auth, "broadcasts.draft")
    rows = TrialPhone.objects.exclude(claimed_at=None).order_by("owner_name", "made_at")
    items = [_shown(row, request.auth) for row in rows]
    return TrialPhones(items=items, total=len(items))


@router.post("/trial-phones", response={201: TrialCode})
def add_phone(request: StaffRequest) -> Status[TrialCode]:
    """A QR code that makes a phone one of the desk's, once."""
    url = f"{settings.ORIGINS[0]}/trial/{trials.add_phone(actor=request.auth)}"
    return Status(201, TrialCode(url=url, picture=segno.make(url, error="m").svg_data_uri(scale=8, border=2)))


@router.delete("/trial-phones/{uuid:id}", response={204: None})
def drop_phone(request: StaffRequest, id: UUID) -> Status[None]:
    """Take one of one's own phones out."""
    trials.drop_phone(id, actor=request.auth)
    return Status(204, None)


@router.post("/trials", response={201: TrialOut})
@once
def try_broadcast(request: StaffRequest, body: TrialIn) -> Status[TrialOut]:
    """Show a message to one's own phones, or to all of the desk's."""
    require(request.auth, "broadcasts.draft")
    return Status(201, TrialOut(phones=trials.try_broadcast(body.form(), everybody=body.everybody, actor=request.auth)))


def _shown(row: TrialPhone, scope: Scope) -> TrialPhoneOut:
    return TrialPhoneOut(id=row.pk, owner=row.owner_name, mine=row.owner == scope.user.pk)
