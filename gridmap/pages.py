"""Pages: the shells of the four faces, tiles, health, and the demo's device links."""

import gzip
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gridmap.edge import cap
from gridmap.edge.reads import endpoint_of
from gridmap.edge.sessions import keep_device
from gridmap.errors import answer
from gridmap.grids.tiles import ZOOMS, tile
from gridmap.people.models import Role
from gridmap.people.sessions import sign_in_wall
from gridmap.realtime.hub import hub
from gridmap.realtime.models import Beat
from gridmap.tokens import hashed
from gridmap.walls import at_the_edge

MOST_OFFERED = 100
FACES = {
    Role.WALL: "/wall", Role.COMMANDER: "/wall", Role.PLANNER: "/plan", Role.AUDITOR: "/register",
    Role.TOWNSHIP_HEAD: "/tablet", Role.OFFICER: "/tablet", Role.AUXILIARY: "/tablet",
}  # fmt: skip


@require_safe
@never_cache
def shell(request: HttpRequest, face: str, token: str = "") -> HttpResponse:
    """Give a face's page: no data in it, so it is the same for everybody, and the page reads a token from its own address."""
    if face in ("wall", "tablet", "plan", "register") and not request.user.is_authenticated:
        return HttpResponseRedirect(f"/sign-in?to=/{face}")
    page: Path = settings.FRONTEND / f"{face}.html"
    if not page.exists():
        return HttpResponse("the front end is not built: run ./run --setup-only", status=503, content_type="text/plain")
    return HttpResponse(page.read_bytes(), content_type="text/html; charset=utf-8")


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the face of whoever is signed in."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(FACES[Role(request.user.role)])
    return HttpResponseRedirect("/me" if settings.DEVICE_COOKIE_NAME in request.COOKIES else "/sign-in")


@require_safe
def grid_tile(request: HttpRequest, version: int, z: int, x: int, y: int) -> HttpResponse:
    """Give one tile; it never changes, so the browser never asks again."""
    if not request.user.is_authenticated or not request.user.is_active:
        return answer(request, 401, "session.needed", {})
    if z not in ZOOMS or not (x < 2**z and y < 2**z) or version > 2**31 - 1:
        return answer(request, 404, "request.missing", {})
    data = tile(version, z, x, y)
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    body = data if zipped or not data else gzip.decompress(data)
    found = HttpResponse(body, content_type="application/vnd.mapbox-vector-tile", status=200 if data else 204)
    if zipped and data:
        found["Content-Encoding"] = "gzip"
    found["Vary"] = "Accept-Encoding"
    found["Cache-Control"] = "private, max-age=31536000, immutable"
    return found


@require_safe
@never_cache
@at_the_edge
def cap_feed(request: HttpRequest) -> HttpResponse:
    """Give the broadcasts of the last days as a feed of CAP documents; open to everybody, as the warnings are."""
    feed = cap.feed(cap.offered()[:MOST_OFFERED], f"{request.scheme}://{request.get_host()}")
    return HttpResponse(feed, content_type="application/atom+xml; charset=utf-8")


@require_safe
@never_cache
@at_the_edge
def cap_document(request: HttpRequest, id: UUID) -> HttpResponse:
    """Give one broadcast as a CAP document."""
    broadcast = cap.offered().filter(pk=id).first()
    if broadcast is None:
        return answer(request, 404, "request.missing", {})
    return HttpResponse(cap.document(broadcast), content_type="application/cap+xml; charset=utf-8")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"ok": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether database, doorbell and clock are alive, and which jobs of the clock fail; silence is loud (P16)."""
    try:
        clock, database = Beat.objects.clock_runs(), True
        sms, failing = Beat.objects.sms_runs(), Beat.objects.failing()
    except Error:
        clock = database = sms = False
        failing = []
    doorbell = hub.listens()
    ready = database and clock and doorbell
    # Warnings go out without the gateway too, and while a job fails for one.
    state = {"ok": ready, "database": database, "doorbell": doorbell, "clock": clock, "sms": sms, "failing": failing}
    return JsonResponse(state, status=200 if ready else 503)


@require_safe
@never_cache
def demo_device(request: HttpRequest, token: str) -> HttpResponse:
    """In the demo only: make this browser a demo resident's phone; reusable, so that a link can be shown around."""
    if not settings.DEMO:
        raise Http404
    answered = HttpResponseRedirect("/me")
    if endpoint_of(hashed(token)) is None:
        return answered  # the page says in words that this phone has not joined
    keep_device(answered, settings.DEVICE_COOKIE_NAME, token)
    return answered


@require_safe
@never_cache
def demo_wall(request: HttpRequest, token: str) -> HttpResponse:
    """In the demo only: sign this browser in as the wall screen."""
    if not settings.DEMO or sign_in_wall(request, token) is None:
        raise Http404
    return HttpResponseRedirect("/wall")


@require_safe
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """Give the resident page's service worker; from here, because one under /static could not stand before /me (trap 10)."""
    script: Path = settings.FRONTEND / "worker.js"
    if not script.exists():
        raise Http404
    return HttpResponse(script.read_bytes(), content_type="text/javascript; charset=utf-8")


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Point to the machine-readable description; a page of its own would need scripts from elsewhere."""
    return HttpResponseRedirect("/api/openapi.json")

