"""The door of HTTP: what no page of ours sends is refused before anything reads it, and only so many come in at once.

Django spools a chunked body of any length to disk before it says 413, turns ``\\000`` in a cookie into a NUL that
PostgreSQL refuses, reads a form as a stream that the API then cannot read again, and takes a database connection for
every call: each of these was a 500, a full disk, or a county without a connection left.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from gridmap.errors import shape

MOST_BYTES = 1_000_000
BODY_SECONDS = 20.0
AT_ONCE = 64  # calls a process; PostgreSQL has 200 connections, and clock, doorbell and sockets need theirs
SAFE = {"GET", "HEAD", "OPTIONS"}
ONCE_ONLY = (b"content-type", b"content-length", b"host", b"idempotency-key", b"origin", b"x-csrftoken")
Connection: TypeAlias = dict[str, Any]  # what ASGI calls a scope; here a scope is what somebody may touch
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Connection, Receive, Send], Awaitable[None]]


class Refusal(Exception):
    """A call that does not come in, with its status and code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def door(inside: Application) -> Application:
    """Wrap an ASGI application for HTTP."""
    places = asyncio.Semaphore(AT_ONCE)

    async def guarded(connection: Connection, receive: Receive, send: Send) -> None:
        try:
            look_at_head(connection)
            whole = await body(receive)
        except Refusal as refusal:
            return await refuse(connection, send, refusal)
        if whole is None:
            return  # the caller went in the middle: half a body is no body
        # An escaped sign is no part of any cookie of ours.
        headers = connection["headers"]
        connection["headers"] = [(name, value) for name, value in headers if not (name == b"cookie" and b"\\" in value)]
        await places.acquire()
        held = True

        def leave() -> None:
            nonlocal held
            if held:
                places.release()
            held = False

        async def answer(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                leave()  # a slow reader keeps nobody else out
                message = {**message, "headers": private(connection["path"], list(message.get("headers", [])))}
            await send(message)

        try:
            await inside(connection, replayed(whole, receive), answer)
        finally:
            leave()

    return guarded


def look_at_head(connection: Connection) -> None:
    """Refuse what the head of a call alone gives away.

    Raises:
        Refusal: with the status and code that it gets.
    """
    names = [name for name, _ in connection["headers"]]
    headers = dict(connection["headers"])
    if any(names.count(name) > 1 for name in ONCE_ONLY):
        raise Refusal(400, "request.head")
    if "\0" in connection["path"] or b"%00" in connection["query_string"] or b"\0" in connection["query_string"]:
        raise Refusal(404, "request.missing")
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length[:12]) > MOST_BYTES:
        raise Refusal(413, "request.too_large")
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if connection["method"] not in SAFE and kind not in (b"", b"application/json"):
        raise Refusal(415, "request.not_json")


async def body(receive: Receive) -> bytes | None:
    """Read a whole body, at most a megabyte, before anybody's place is taken for it; None when the caller went.

    Raises:
        Refusal: it is too large, or too slow.
    """
    parts, size, more = [], 0, True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                parts.append(message.get("body", b""))
                size, more = size + len(parts[-1]), message.get("more_body", False)
                if size > MOST_BYTES:
                    raise Refusal(413, "request.too_large")
    except TimeoutError as error:
        raise Refusal(408, "request.too_slow") from error
    return b"".join(parts)


def replayed(whole: bytes, receive: Receive) -> Receive:
    """Give a body that was read already, then whatever comes after it."""
    given = False

    async def again() -> Mapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": whole, "more_body": False}

    return again


def private(path: str, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Keep what the API says about people out of every cache, unless the answer says something else itself."""
    if path.startswith("/api/") and all(name.lower() != b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", b"no-store"))
    return headers


async def refuse(connection: Connection, send: Send, refusal: Refusal) -> None:
    """Answer in the one shape of errors, and end the connection, since the rest of the body is not read."""
    language = dict(connection["headers"]).get(b"accept-language", b"").decode("latin-1")
    said = json.dumps(shape(refusal.code, {}, language), ensure_ascii=False).encode()
    headers = [
        (b"content-type", b"application/json"), (b"content-length", str(len(said)).encode()), (b"connection", b"close"),
        (b"x-content-type-options", b"nosniff"), (b"content-security-policy", b"default-src 'none'"), (b"cache-control", b"no-store"),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": said})
