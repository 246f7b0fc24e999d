"""The door of HTTP: what no page of ours sends is refused before anything reads it.

Django spools a chunked body of any length to disk before it says 413, turns ``\\000`` in a cookie into a NUL that
PostgreSQL refuses, and reads a form as a stream that the API then cannot read again: each was a 500 or a full disk.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from gridmap.words import sentence

MOST_BYTES = 1_000_000
SAFE = {"GET", "HEAD", "OPTIONS"}
Scope, Receive, Send = dict[str, Any], Callable[[], Awaitable[dict[str, Any]]], Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def door(inside: Application) -> Application:
    """Wrap an ASGI application for HTTP."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        refusal = refused(scope)
        if refusal:
            return await refuse(scope, send, *refusal)
        # An escaped sign is no part of any cookie of ours.
        scope["headers"] = [(name, value) for name, value in scope["headers"] if not (name == b"cookie" and b"\\" in value)]
        try:
            await inside(scope, counted(receive), send)
        except TooLarge:
            await refuse(scope, send, 413, "request.too_large")

    return guarded


class TooLarge(Exception):
    """More came than any call of ours brings."""


def refused(scope: Scope) -> tuple[int, str] | None:
    """Give the status and code with which a call is refused by its head alone, None when it may pass."""
    headers = dict(scope["headers"])
    if "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
        return 404, "request.missing"
    if not headers.get(b"content-length", b"0").isdigit() or int(headers.get(b"content-length", b"0")[:12]) > MOST_BYTES:
        return 413, "request.too_large"
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if scope["method"] not in SAFE and kind not in (b"", b"application/json"):
        return 415, "request.not_json"
    return None


def counted(receive: Receive) -> Receive:
    """Count a body while it comes, and stop reading at a megabyte."""
    came = 0

    async def count() -> dict[str, Any]:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > MOST_BYTES:
            raise TooLarge
        return message

    return count


async def refuse(scope: Scope, send: Send, status: int, code: str) -> None:
    """Answer in the one shape of errors, and end the connection, since the rest of the body is not read."""
    english = dict(scope["headers"]).get(b"accept-language", b"").lower().startswith(b"en")
    body = json.dumps({"code": code, "message": sentence(code, {}, english=english), "where": {}}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
