"""Phones of the desk: a QR code that works once, for ten minutes, makes a browser one of them."""

import hmac
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from gridmap.edge.models import Endpoint, TrialPhone
from gridmap.edge.reads import endpoint_of
from gridmap.errors import Conflict, Missing
from gridmap.tokens import hashed

CLAIM_WITHIN = timedelta(minutes=10)
NOWHERE = 2_000_000_000  # a group number that no group has: such a phone counts in none


def device_token(claim: str) -> str:
    """Give the token that the browser keeps: another than stands in the address, which stays in its history."""
    return hmac.digest(settings.JOIN_KEY.encode(), f"trial {claim}".encode(), "sha256").hex()


def endpoint_for(phone: TrialPhone, claim: str) -> Endpoint:
    """Make the endpoint of a phone whose QR code is shown, not saved yet; the register does not count it."""
    return Endpoint(token_hash=hashed(device_token(claim)), resident_id=phone.pk, no=NOWHERE, counted=False)


def drop_phones_of(owner: UUID) -> None:
    """Take out all phones of somebody whose account is closed; inside its transaction."""
    phones = TrialPhone.objects.filter(owner=owner)
    Endpoint.objects.filter(resident_id__in=phones.values("pk")).update(revoked=True, online_until=None)
    phones.delete()


@transaction.atomic
def claim_phone(claim: str, *, before: str) -> str:
    """Make a browser the phone whose QR code it scanned.

    Args:
        claim: the token in the address.
        before: the token of the phone that the browser is already, or nothing.

    Returns:
        The token that the browser keeps.

    Raises:
        Missing: no such code, or used, or too old.
        Conflict: the browser is a resident's phone, which would hear no warning any more.
    """
    known = endpoint_of(hashed(before)) if before else None
    if known is not None and not TrialPhone.objects.filter(pk=known.resident_id).exists():
        raise Conflict("trial.resident_phone")
    waiting = TrialPhone.objects.filter(claim_hash=hashed(claim), claimed_at=None, made_at__gt=timezone.now() - CLAIM_WITHIN)
    if not waiting.update(claimed_at=Now()):
        raise Missing("trial.code")
    return device_token(claim)
