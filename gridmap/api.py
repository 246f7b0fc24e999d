"""The HTTP API: every noun's router, one way to refuse, one way to read a body."""

import json
import logging
import math
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import Error, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from gridmap.audit.api import router as audit
from gridmap.broadcasts.api import router as broadcasts
from gridmap.broadcasts.pictures_api import router as pictures
from gridmap.broadcasts.relayed_api import router as relayed
from gridmap.broadcasts.templates_api import router as templates
from gridmap.broadcasts.trials_api import router as trials
from gridmap.callups.api import router as callups
from gridmap.dispatches.api import router as dispatches
from gridmap.edge.api import router as edge
from gridmap.errors import Invalid, Refused, Unsupported, answer
from gridmap.grids.api import router as grids
from gridmap.imports.api import router as imports
from gridmap.incidents.api import router as incidents
from gridmap.orders.api import router as orders
from gridmap.people.accounts_api import router as accounts
from gridmap.people.api import router as people
from gridmap.people.assign_api import router as assign
from gridmap.people.connect_api import router as connect
from gridmap.people.sessions import StaffSession
from gridmap.realtime.snapshot import router as snapshot
from gridmap.register.api import router as register
from gridmap.tags.api import router as tags
from gridmap.walls import at_the_edge, behind_staff_wall

logger = logging.getLogger(__name__)
MOST_DEPTH = 24
HTTP_CODES = {403: "session.csrf", 404: "request.missing", 405: "request.method"}


class StrictParser(Parser):
    """JSON without NaN, without a key twice, without bombs; and only as application/json."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Read a body.

        Raises:
            Unsupported: another content type.
            Invalid: not proper JSON.
        """
        if request.content_type != "application/json":
            raise Unsupported("request.not_json")
        try:
            read = json.loads(request.body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_twice)
            _sound(read, "body", 0)
            return read
        except UnicodeDecodeError as error:
            raise Invalid("request.malformed", reason="UTF-8", at=error.start) from error
        except json.JSONDecodeError as error:
            raise Invalid("request.malformed", reason=error.msg, at=error.pos) from error
        except ValueError as error:  # a number of more digits than Python reads
            raise Invalid("request.malformed", reason="a number too long") from error
        except RecursionError as error:
            raise Invalid("request.malformed", reason="too deep") from error


def _no_constant(name: str) -> Any:
    raise Invalid("request.malformed", reason=name)


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key, value in pairs:
        if key in read:
            raise Invalid("request.malformed", reason=f"duplicate key {key[:40]}")
        read[key] = value
    return read


def _sound(value: Any, field: str, depth: int) -> None:
    """Refuse, with its field, what cannot be kept: PostgreSQL takes no NUL, half a surrogate is no text, JSON has no
    infinity, and what is wrapped once more must still be readable."""
    if depth > MOST_DEPTH:
        raise Invalid("request.malformed", reason="too deep")
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value)):
        raise Invalid("request.invalid", field=field, reason="NUL or half a surrogate")
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid("request.malformed", reason="a number too large")
    if isinstance(value, dict):
        for key, inner in value.items():
            _sound(key, key[:40].encode("utf-8", "replace").decode(), depth + 1)
            _sound(inner, key[:40], depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _sound(inner, field, depth + 1)


api = NinjaAPI(title="gridmap", version="1", parser=StrictParser(), auth=StaffSession(), docs_url=None)
for router in (people, accounts, connect, assign, register, tags, imports, grids, incidents, relayed, broadcasts, templates, trials, pictures, callups, orders, audit):
    router.add_decorator(behind_staff_wall)
    api.add_router("", router)
for router in (edge, dispatches):
    router.add_decorator(at_the_edge)
    api.add_router("", router)
api.add_router("", snapshot)  # sets how isolated its transaction is, so it goes behind the wall by itself


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> JsonResponse:
    """An action refused."""
    return answer(request, error.status, error.code, error.where)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> JsonResponse:
    """A field is missing or wrong; ids in an address that are none are simply not there."""
    first = error.errors[0]
    place = [str(step) for step in first["loc"]]
    if place[0] == "path":
        return answer(request, 404, "request.missing", {})
    field = ".".join(step for step in place[1:] if step not in ("body", "form"))
    return answer(request, 422, "request.invalid", {"field": field or place[0], "reason": str(first["msg"]).removeprefix("Value error, ")[:200]})


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> JsonResponse:
    """What ninja itself refuses, the CSRF check among it; a body that the parser refused says why."""
    if isinstance(error.__cause__, Refused):
        return refused(request, error.__cause__)
    if isinstance(error.__cause__, RequestDataTooBig):
        return too_big(request, error.__cause__)
    return answer(request, error.status_code, HTTP_CODES.get(error.status_code, "request.missing"), {})


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> JsonResponse:
    """No such route."""
    return answer(request, 404, "request.missing", {})


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> JsonResponse:
    """A body over a megabyte."""
    return answer(request, 413, "request.too_large", {})


@api.exception_handler(Error)
def database_failed(request: HttpRequest, error: Error) -> HttpResponse:
    """The database is down or broke off; everything in the transaction is undone."""
    if isinstance(error, OperationalError | InterfaceError):
        return answer(request, 503, "server.database_down", {})
    raise error


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> JsonResponse:
    """A mistake of ours: the log has the trace, the caller a sentence."""
    logger.exception("unhandled", exc_info=error)
    return answer(request, 500, "server.error", {})


