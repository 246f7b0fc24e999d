"""A short cut past uvicorn's ``send``, off unless the setting says so: a frame that was made once, written as it is.

It reaches into the server: into the transport of uvicorn's own WebSocket class. So it is taken only with the class and
the version that ``tests/realtime/test_seam.py`` pins, and only for a socket that is open and can be written to without
waiting; everything else goes the public way, which this leaves as it was (docs/decisions/0022).
"""

from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol as Server
from websockets.frames import Frame, Opcode
from websockets.protocol import State

KNOWN_VERSION = "0.54.0"


def server_of(send: Callable[[dict[str, Any]], Awaitable[None]]) -> Server | None:
    """Give the server's own end of a socket; None when only the public way is known.

    Args:
        send: the ASGI ``send`` as the server gave it, not wrapped by anybody.
    """
    server = getattr(send, "__self__", None)
    if not settings.SOCKET_SEAM or uvicorn.__version__ != KNOWN_VERSION or type(server) is not Server:
        return None
    return None if server.conn.extensions else server  # a frame made once fits no connection that compresses


def write(server: Server, frame: bytes) -> bool:
    """Write a ready frame to a socket; says False, and does nothing, where ``send`` would have to wait or to raise."""
    if server.conn.state is not State.OPEN or server.disconnected or not server.writable.is_set() or server.transport.is_closing():
        return False
    server.transport.write(frame)
    return True


def framed(message: dict[str, Any]) -> bytes | None:
    """Make the frame of an ASGI text message, as RFC 6455 5.2 has a server send it: whole, unmasked, not compressed; None when off."""
    return Frame(Opcode.TEXT, message["text"].encode()).serialize(mask=False) if settings.SOCKET_SEAM else None
