"""The door of HTTP: what no page of ours sends is refused before anything reads it.

Django spools a chunked body of any length to disk before it says 413, turns ``\\000`` in a cookie into a NUL that
PostgreSQL refuses, and reads a form as a stream that the API then cannot read again: each was a 500 or a full disk.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from gridmap.words import sentence

MOST_BYTES = 1_000_000
SAFE = {"GET", "HEAD", "OPTIONS"}
Connection: TypeAlias = dict[str, Any]  # what ASGI calls a scope; here a scope is what somebody may touch
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Connection, Receive, Send], Awaitable[None]]


def door(inside: Application) -> Application:
    """Wrap an ASGI application for HTTP."""

    async def guarded(connection: Connection, receive: Receive, send: Send) -> None:
        refusal = refused(connection)
        if refusal:
            return await refuse(connection, send, *refusal)
        # An escaped sign is no part of any cookie of ours.
        connection["headers"] = [(name, value) for name, value in connection["headers"] if not (name == b"cookie" and b"\\" in value)]
        try:
            await inside(connection, counted(receive), send)
        except TooLarge:
            await refuse(connection, send, 413, "request.too_large")

    return guarded


class TooLarge(Exception):
    """More came than any call of ours brings."""


def refused(connection: Connection) -> tuple[int, str] | None:
    """Give the status and code with which a call is refused by its head alone, None when it may pass."""
    headers = dict(connection["headers"])
    if "\0" in connection["path"] or b"%00" in connection["query_string"] or b"\0" in connection["query_string"]:
        return 404, "request.missing"
    if not headers.get(b"content-length", b"0").isdigit() or int(headers.get(b"content-length", b"0")[:12]) > MOST_BYTES:
        return 413, "request.too_large"
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if connection["method"] not in SAFE and kind not in (b"", b"application/json"):
        return 415, "request.not_json"
    return None


def counted(receive: Receive) -> Receive:
    """Count a body while it comes, and stop reading at a megabyte."""
    came = 0

    async def count() -> Mapping[str, Any]:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > MOST_BYTES:
            raise TooLarge
        return message

    return count


async def refuse(connection: Connection, send: Send, status: int, code: str) -> None:
    """Answer in the one shape of errors, and end the connection, since the rest of the body is not read."""
    english = dict(connection["headers"]).get(b"accept-language", b"").lower().startswith(b"en")
    body = json.dumps({"code": code, "message": sentence(code, {}, english=english), "where": {}}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
