"""Every address, on one screen."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from gridmap import pages
from gridmap.api import api
from gridmap.errors import answer

urlpatterns = [
    path("", pages.home),
    *(path(face, pages.shell, {"face": face}) for face in ("sign-in", "wall", "tablet", "plan", "register", "me")),
    path("me/record", pages.shell, {"face": "me"}),
    path("join/<str:token>", pages.shell, {"face": "join"}),
    path("trial/<str:token>", pages.shell, {"face": "join"}),
    path("api/docs", pages.api_docs),
    path("api/", api.urls),
    path("tiles/grids/<int:version>/<int:z>/<int:x>/<int:y>.mvt", pages.grid_tile),
    path("demo/device/<str:token>", pages.demo_device),
    path("demo/wall/<str:token>", pages.demo_wall),
    path("cap/feed", pages.cap_feed),
    path("cap/<uuid:id>.xml", pages.cap_document),
    path("worker.js", pages.worker),
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refuse an address that does not exist, in the one shape."""
    return answer(request, 404, "request.missing", {})


def failed(request: HttpRequest) -> HttpResponse:
    """Own up to a mistake of ours, in the one shape."""
    return answer(request, 500, "server.error", {})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refuse a call to an address that is not ours, in the one shape."""
    return answer(request, 400, "request.host", {})


handler400 = bad_request
handler404 = not_found
handler500 = failed
