"""HTTP for pictures in messages, as the desk and the officers see them."""

from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from gridmap.access import StaffRequest, require, visible
from gridmap.broadcasts import pictures
from gridmap.broadcasts.models import Broadcast, Picture
from gridmap.errors import Missing
from gridmap.idempotency.once import once

router = Router()
MOST_CHARACTERS = 950_000  # of base64, which the limit of a body leaves; the desk makes it smaller before it sends it


class PictureIn(Schema):
    """A picture to go with a message: JPEG, PNG or WebP in base64."""

    model_config = ConfigDict(extra="forbid")
    content: str = Field(min_length=1, max_length=MOST_CHARACTERS)


class PictureOut(Schema):
    """A picture as it was drawn anew, in pixels."""

    id: UUID
    width: int
    height: int


@router.post("/pictures", response={201: PictureOut})
@once
def add(request: StaffRequest, body: PictureIn) -> Status[PictureOut]:
    """Take a picture for a message."""
    picture = pictures.add_picture(body.content, actor=request.auth)
    return Status(201, PictureOut(id=picture.pk, width=picture.width, height=picture.height))


@router.get("/pictures/{uuid:id}")
def show(request: StaffRequest, id: UUID) -> HttpResponse:
    """A picture of a message that one may see, or of one's own."""
    require(request.auth, "broadcasts.read")
    rows = visible(Broadcast.objects.filter(picture=id), request.auth)
    mine = Picture.objects.filter(pk=id, author=request.auth.user)
    if not (rows if request.auth.may("broadcasts.draft") else rows.told()).exists() and not mine.exists():
        raise Missing("request.missing")
    return jpeg(pictures.picture_of(id))


def jpeg(data: bytes) -> HttpResponse:
    """Answer with a picture, which a browser may keep for a day since it never changes."""
    return HttpResponse(data, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400, immutable"})
