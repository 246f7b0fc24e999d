"""The token in a QR code: the code's id and a mark of it under our key, so nothing but the id has to be kept."""

import base64
import hmac
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from gridmap.edge.models import JoinCode

MARK_BYTES = 16


def token_of(code: JoinCode) -> str:
    """Give the token of a code: 43 URL-safe characters."""
    return base64.urlsafe_b64encode(code.pk.bytes + _mark(code.pk)).rstrip(b"=").decode()


def address_of(code: JoinCode) -> str:
    """Give the address that the QR code leads to."""
    return f"{settings.ORIGINS[0]}/join/{token_of(code)}"


def code_behind(token: str) -> JoinCode | None:
    """Find a code by its token; None for a guessed one, and for one that is over or was revoked."""
    try:
        read = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    id, mark = read[:16], read[16:]
    if len(id) != 16 or not hmac.compare_digest(mark, _mark(UUID(bytes=id))):
        return None
    living = JoinCode.objects.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked=False)
    return living.filter(pk=UUID(bytes=id)).first()


def _mark(id: UUID) -> bytes:
    return hmac.digest(settings.JOIN_KEY.encode(), id.bytes, "sha256")[:MARK_BYTES]
