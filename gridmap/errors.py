"""What a refused call gets: a status, a stable code, a sentence in the reader's language, and the place.

The four kinds below are all that an action raises; the API turns them into ``{"code", "message", "where"}``.
"""

from typing import Any

from django.http import HttpRequest, JsonResponse

from gridmap.words import is_english, sentence


class Refused(Exception):
    """A call that changes nothing and says why.

    Args:
        code: stable for programs, such as ``broadcast.area_invalid``; its sentence stands in words.py.
        where: the place: field, row, vertex, state.
    """

    status = 400
    keeps = False  # what was written down before it was refused, such as the try itself

    def __init__(self, code: str, /, **where: Any) -> None:
        super().__init__(code)
        self.code = code
        self.where = where


class Unknown(Refused):
    """Nobody is signed in."""

    status = 401


class Denied(Refused):
    """Inside one's area, but without the right."""

    status = 403


class Missing(Refused):
    """Not there, or outside one's area, which looks the same."""

    status = 404


class Conflict(Refused):
    """The state does not allow it, or the same key came with another body."""

    status = 409


class Invalid(Refused):
    """The body cannot be taken as it is."""

    status = 422


class Unsupported(Refused):
    """The body is not JSON."""

    status = 415


class TooMany(Refused):
    """Too many tries; later again."""

    status = 429


class Later(Refused):
    """Something the call needs is down for the moment."""

    status = 503


def shape(code: str, where: dict[str, Any], language: str) -> dict[str, Any]:
    """Build the one shape that every refusal has, in Chinese unless Accept-Language begins with English."""
    return {"code": code, "message": sentence(code, where, english=is_english(language)), "where": where}


def answer(request: HttpRequest, status: int, code: str, where: dict[str, Any]) -> JsonResponse:
    """Answer a call with a refusal."""
    said = shape(code, where, request.headers.get("Accept-Language", ""))
    return JsonResponse(said, status=status, json_dumps_params={"ensure_ascii": False})


def csrf_failed(request: HttpRequest, reason: str = "") -> JsonResponse:
    """Answer a call without a valid CSRF token."""
    return answer(request, 403, "session.csrf", {})
