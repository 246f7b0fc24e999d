"""Where an unsafe call without a CSRF token may come from: our own pages alone."""

from django.conf import settings
from django.http import HttpRequest

from gridmap.errors import Denied


def require_same_origin(request: HttpRequest) -> None:
    """Refuse a call that a page of another site makes; for the unsafe calls that have no CSRF token yet."""
    if request.headers.get("Origin") not in settings.ORIGINS:
        raise Denied("session.origin")
