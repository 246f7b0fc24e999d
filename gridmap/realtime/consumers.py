"""The staff socket: signed in by the session cookie, tells events, takes nothing but hello and ping."""

import asyncio
import logging
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db import Error
from django.utils import timezone

from gridmap.access import Scope, scope_of
from gridmap.people.sessions import still_holds
from gridmap.realtime import frames, log
from gridmap.realtime.gate import CHANGED, Gate
from gridmap.realtime.hub import Socket, StaffSocket, hears, hub, text, told
from gridmap.realtime.models import Beat
from gridmap.realtime.threads import at_the_gate, in_database
from gridmap.tokens import hashed

RECHECK_SECONDS = 3.0
FARTHEST_BACK = 2000
_page = settings.FRONTEND / "wall.html"
BUILD = hashed(_page.read_text(encoding="utf-8"))[:12] if _page.exists() else ""  # which files the pages name
logger = logging.getLogger(__name__)


class StaffConsumer(Gate):
    """One staff member's or wall's socket."""

    socket: StaffSocket | None = None

    async def enter(self) -> Socket | None:
        """Find the session and its scope."""
        key = self.cookie(settings.SESSION_COOKIE_NAME)
        scope = await at_the_gate(scope_of_session, key)
        if scope is None:
            return None
        return StaffSocket(send=self.base_send, close=self.shut, scope=scope, session_key=key)

    async def hello(self, frame: dict[str, Any]) -> None:
        """Welcome, then every event after ``since``, then caught_up; what happens meanwhile waits behind it (P4)."""
        since = frame.get("since")
        if self.socket is None or self.socket in hub.staff:
            raise frames.BadFrame
        if since is not None and (not isinstance(since, int) or isinstance(since, bool) or since < 0):
            raise frames.BadFrame
        now = await in_database(scope_of_session, self.socket.session_key)
        if now is None:  # signed out, or without rights, since the socket was opened
            return await self.shut(CHANGED)
        self.socket.scope = now
        await hub.catch_up()  # a ring may be lost or on its way, and "caught_up" is said of what was committed before
        socket, until = self.socket, hub.seq
        socket.busy = True
        hub.staff.add(socket)
        resync = since is not None and not await in_database(known, since, until)
        # A page that was away while its grids changed must not go on from what it showed: it sees other rights, and begins anew.
        rights = hashed(repr(fingerprint(now)))[:16]
        welcome = {"type": "welcome", "seq": until, "server_time": timezone.now().isoformat(), "rights": rights, "build": BUILD, **self.standing()}
        await socket.send(text({**welcome, "resync": True} if resync else welcome))
        while since is not None and not resync and since < until:
            rows = await in_database(log.since, since, until=until)
            for row in rows:
                if hears(socket.scope, row) and (message := told(row, socket.scope.ranges)):
                    await socket.send(message)
            since = rows[-1].seq if rows else until
        await socket.send(text({"type": "caught_up", "seq": until}))
        await hub.drain(socket)


    def standing(self) -> dict[str, Any]:
        """Say whether the clock gave a sign of life and the doorbell is looked at: without them no warning goes out, however live the
        screen looks (P16); whether what writes SMS did; and which jobs of the clock fail, though it runs."""
        return {"clock": hub.clock and hub.listens(), "sms": hub.sms, "failing": hub.failing}


def known(since: int, until: int) -> bool:
    """Say whether a client can be caught up event by event, or has to read a snapshot."""
    return since <= until and until - since <= FARTHEST_BACK and log.holds(since)


def scope_of_session(key: str) -> Scope | None:
    """Give the scope behind a session cookie, None when the session is over or its user may not come in."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(SimpleNamespace(session=store))  # type: ignore[arg-type]
    if not user.is_authenticated or not still_holds(store, user):
        return None
    scope = scope_of(user)
    return scope if scope.ranges else None


async def recheck_for_ever() -> None:
    """Close the sockets whose session ended or whose role or grids changed: within five seconds (P18), and at once when the
    log tells of a changed assignment."""
    changed = asyncio.Event()
    hub.on_assignment.append(changed.set)
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), RECHECK_SECONDS)
        changed.clear()
        try:
            hub.clock, hub.sms, hub.failing = await in_database(_alive)
        except Error:
            hub.clock = False  # without the database nothing goes out either, and nobody could say so
        by_session: dict[str, list[StaffSocket]] = {}
        for socket in hub.staff:
            by_session.setdefault(socket.session_key, []).append(socket)
        for key, sockets in by_session.items():
            try:
                now = await in_database(scope_of_session, key)
            except Error:
                logger.warning("recheck: the database failed; trying again")
                break
            for socket in sockets:
                if now is None or fingerprint(now) != fingerprint(socket.scope):
                    hub.drop(socket, CHANGED)


def _alive() -> tuple[bool, bool, list[str]]:
    return Beat.objects.clock_runs(), Beat.objects.sms_runs(), Beat.objects.failing()


def fingerprint(scope: Scope) -> tuple[Any, ...]:
    """Give what a socket's rights rest on."""
    return scope.user.pk, scope.role, scope.ranges
