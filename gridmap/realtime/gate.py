"""The way into a socket: exact Origin, the cookie, and what both sockets do alike."""

import asyncio
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.db import Error
from django.utils import timezone

from gridmap.realtime import frames
from gridmap.realtime.hub import COME_BACK, Socket, hub, text

HELLO_SECONDS = 10.0
NOT_SIGNED_IN, NOT_YOURS, BAD_FRAMES, CHANGED = 4001, 4003, 4003, 4009


class Gate(AsyncConsumer):
    """A consumer without a channel layer: accepts, checks, then answers hello, ping and what its face adds."""

    socket: Socket | None = None
    silence: asyncio.TimerHandle | None = None
    bad = 0
    closed = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Live from accept to the end, however it ends; then nothing of it stays in the hub."""
        try:
            await super().__call__(scope, receive, send)
        except OSError:
            pass  # the client went while it was being sent to
        finally:
            if self.silence is not None:
                self.silence.cancel()
            if self.socket is not None:
                hub.forget(self.socket)
                # The beats stop, which says the same a little later; a web process that is stopped waits for nobody.
                with suppress(Error, asyncio.CancelledError):
                    await self.leave(self.socket)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        """Let in who comes from our own pages and is known; say why not by the close code."""
        await self.base_send({"type": "websocket.accept"})
        if self.header(b"origin") not in settings.ORIGINS:
            return await self.shut(NOT_YOURS)
        try:
            self.socket = await self.enter()
        except Error:
            return await self.shut(COME_BACK)
        self.scope["headers"] = []  # a token is not kept in memory as long as a socket is open, nor the room it takes
        if self.socket is None:
            return await self.shut(NOT_SIGNED_IN)
        self.silence = asyncio.get_running_loop().call_later(HELLO_SECONDS, hub.drop, self.socket, COME_BACK)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Take one frame."""
        if self.socket is None or self.closed:
            return
        try:
            frame = frames.read(message)
            if frame["type"] == "hello" and self.silence is not None:
                self.silence.cancel()
            await self.take(frame)
        except frames.BadFrame:
            self.bad += 1
            await hub.give(self.socket, text({"type": "error", "code": "socket.bad_frame"}))
            if self.bad >= frames.MAX_BAD:
                await self.shut(BAD_FRAMES)
        except Error:
            await self.shut(COME_BACK)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """End; what is left to do stands in ``__call__``."""
        raise StopConsumer

    async def take(self, frame: dict[str, Any]) -> None:
        """Answer one frame: ping here, hello and the rest in the face's own consumer."""
        if frame["type"] == "ping" and self.socket:
            return await hub.give(self.socket, text({"type": "pong", "server_time": timezone.now().isoformat(), **self.standing()}))
        if frame["type"] == "hello":
            return await self.hello(frame)
        raise frames.BadFrame

    def standing(self) -> dict[str, Any]:
        """Give what every welcome and pong says of how the house stands; nothing, unless a face's own consumer does."""
        return {}

    async def shut(self, code: int) -> None:
        """Close the socket with a code."""
        if not self.closed:
            self.closed = True
            await self.base_send({"type": "websocket.close", "code": code})

    def header(self, name: bytes) -> str:
        """Give a request header, empty when it is missing."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), "")

    def cookie(self, name: str) -> str:
        """Give a cookie, empty when it is missing."""
        said = self.header(b"cookie")
        if "\\" in said:  # an escaped sign is no part of any cookie of ours
            return ""
        try:
            morsel = SimpleCookie(said).get(name)
        except CookieError:
            return ""
        return morsel.value if morsel else ""

    async def enter(self) -> Socket | None:
        """Find out who it is; None when nobody we know."""
        raise NotImplementedError

    async def hello(self, frame: dict[str, Any]) -> None:
        """Begin: welcome, what was missed, caught_up."""
        raise NotImplementedError

    async def leave(self, socket: Any) -> None:
        """Note that the socket is gone, where that is kept."""
