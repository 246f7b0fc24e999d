"""How a resident's phone is known: a random token in a cookie, of which only the hash is kept."""

import secrets
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja.security.apikey import APIKeyCookie

from gridmap.edge.models import Endpoint
from gridmap.edge.reads import endpoint_of
from gridmap.errors import Unknown
from gridmap.tokens import hashed

YEAR = 365 * 24 * 3600
called: set[UUID] = set()  # phones that gave a sign of life by a call and not by a socket, until that is written


class DeviceCookie(APIKeyCookie):
    """Lets a joined phone in; unsafe calls need the CSRF token that the inbox gives."""

    param_name = settings.DEVICE_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Endpoint | None:
        endpoint = endpoint_of(hashed(key)) if key else None
        if endpoint is None:
            raise Unknown("edge.unknown_device")
        called.add(endpoint.pk)
        return endpoint


def keep_device(response: HttpResponse, cookie: str, token: str) -> None:
    """Have a browser keep a token for a year, out of reach of scripts."""
    response.set_cookie(cookie, token, max_age=YEAR, secure=settings.SECURE, httponly=True, samesite="Lax", path="/")


class PhoneRequest(HttpRequest):
    """A call of a joined phone, as the API's routes get it."""

    auth: Endpoint


def new_endpoint(resident: UUID, no: int) -> tuple[Endpoint, str]:
    """Make an endpoint for a resident, not saved yet, and the token that its browser keeps."""
    token = secrets.token_urlsafe(32)
    return Endpoint(token_hash=hashed(token), resident_id=resident, no=no), token

