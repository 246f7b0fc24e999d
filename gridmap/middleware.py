"""Around every call: a session that no longer holds is over, and what Django or ninja answer by themselves gets the one shape of errors."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from gridmap.errors import answer
from gridmap.people.sessions import note_touch, still_holds


def one_shape(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Say in the one shape that an address of the API does not take a method."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and request.path.startswith("/api/"):
            said = answer(request, 405, "request.method", {})
            said["Allow"] = response.get("Allow", "")
            return said
        return response

    return middleware


def sessions_end(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """End a session that was left alone for too long or whose wall was revoked, before anything asks who is calling."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            if request.user.is_authenticated:
                if still_holds(request.session, request.user):
                    note_touch(request)
                else:
                    logout(request)
        except (OperationalError, InterfaceError):  # who calls is asked before the API's own handlers stand around the call
            return answer(request, 503, "server.database_down", {})
        return get_response(request)

    return middleware
