"""Pictures in messages: drawn anew here, so that nothing of the file that came goes out, neither its metadata nor its tricks."""

import base64
import binascii
import io
import struct
import threading
from uuid import UUID

from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from gridmap.access import Scope, require
from gridmap.audit import log as audit
from gridmap.broadcasts.models import Picture
from gridmap.errors import Invalid, Missing

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 25_000_000  # asked of the header, before anything is unpacked
SIDE = 1280
ONE_AT_A_TIME = threading.BoundedSemaphore(1)  # one of the largest takes 100 MB
QUALITY = 80


@transaction.atomic
def add_picture(content: str, *, actor: Scope) -> Picture:
    """Take a picture for a message.

    Args:
        content: JPEG, PNG or WebP in base64.
        actor: somebody at the desk.

    Raises:
        Invalid: it is no picture, or too large.
    """
    require(actor, "broadcasts.draft")
    data, width, height = redrawn(content)
    picture = Picture.objects.create(data=data, width=width, height=height, author=actor.user)
    audit.record("picture.added", actor=actor.user, subject=picture.pk)
    return picture


def redrawn(content: str) -> tuple[bytes, int, int]:
    """Draw a picture anew as JPEG of at most 1,280 pixels a side; gives its bytes, width and height in pixels."""
    try:
        raw = base64.b64decode(content, validate=True)
        with ONE_AT_A_TIME, Image.open(io.BytesIO(raw), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Invalid("picture.too_large", field="content", most=MOST_PIXELS // 1_000_000)
            opened.draft("RGB", (SIDE, SIDE))  # of a JPEG no more is unpacked than is wanted
            opened.thumbnail((2 * SIDE, 2 * SIDE))
            upright = ImageOps.exif_transpose(opened)
            on_white = Image.new("RGB", upright.size, "white")
            layer = upright.convert("RGBA")
            on_white.paste(layer, mask=layer)
    except Image.DecompressionBombError as error:
        raise Invalid("picture.too_large", field="content", most=MOST_PIXELS // 1_000_000) from error
    except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error) as error:
        raise Invalid("picture.unreadable", field="content") from error
    on_white.thumbnail((SIDE, SIDE))
    drawn = io.BytesIO()
    on_white.save(drawn, "JPEG", quality=QUALITY, optimize=True)
    return drawn.getvalue(), on_white.width, on_white.height


def picture_of(id: UUID) -> bytes:
    """Give a picture's JPEG.

    Raises:
        Missing: there is none.
    """
    data = Picture.objects.filter(pk=id).values_list("data", flat=True).first()
    if data is None:
        raise Missing("request.missing")
    return bytes(data)
