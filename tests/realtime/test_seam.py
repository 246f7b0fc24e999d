"""The short cut past uvicorn's ``send``: the same frames in the same order, and the public way wherever it must not be taken."""

from __future__ import annotations

import asyncio
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from gridmap.realtime import seam
from gridmap.realtime.hub import Hub, Socket
from tests.bench.clients import framed

LONG = {"type": "websocket.send", "text": "水" * 30_000}


class Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def served() -> AsyncIterator[tuple[int, list[Socket]]]:
    """Serve an application that only takes sockets in, by uvicorn as we run it; gives its port and the sockets."""
    opened: list[Socket] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        opened.append(Socket(send=send, close=lambda code: send({"type": "websocket.close", "code": code})))
        while (await receive())["type"] != "websocket.disconnect":
            pass

    config = uvicorn.Config(
        application, port=0, ws="websockets-sansio", ws_per_message_deflate=False, lifespan="off", log_level="warning", timeout_graceful_shutdown=1
    )
    server = Server(config)
    task = asyncio.create_task(server.serve())
    await server.up.wait()
    try:
        yield server.servers[0].sockets[0].getsockname()[1], opened
    finally:
        server.should_exit = True
        await task


async def never(message: Any) -> None:
    raise AssertionError("the public way was taken")


def test_the_server_is_the_one_that_the_seam_was_written_for() -> None:
    assert uvicorn.__version__ == seam.KNOWN_VERSION, "read uvicorn's new send, then say here that the short cut still does the same"


@given(texts=st.lists(st.one_of(st.text(max_size=200), st.integers(0, 70_000).map("水".__mul__)), max_size=4))
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
def test_a_client_is_told_the_same_by_either_way(texts: list[str]) -> None:
    async def both() -> None:
        async with served() as (port, opened), connect(f"ws://127.0.0.1:{port}", compression=None, max_size=None) as client:
            hub, socket = Hub(), opened[0]
            for turn, text in enumerate(texts):
                public, message = socket.send, {"type": "websocket.send", "text": text}
                await hub.give(socket, message)
                if turn == 0:  # nothing fills the buffer yet, so this one may not wait
                    socket.send = never
                    await hub.give(socket, {"type": "websocket.send", "text": "short"})
                    socket.send = public
                await socket.send(message)
                heard = [await client.recv() for _ in range(3 if turn == 0 else 2)]
                assert heard == ([text, "short", text] if turn == 0 else [text, text])

    with override_settings(SOCKET_SEAM=True):
        asyncio.run(both())


@override_settings(SOCKET_SEAM=True)
async def test_who_does_not_read_holds_up_nobody_and_has_everything_in_order_later() -> None:
    async with served() as (port, opened):
        reader, writer = await asyncio.open_connection(sock=stalled(port))
        writer.write(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio types it without its reading half
        async with connect(f"ws://127.0.0.1:{port}", compression=None, max_size=None) as client:
            hub, texts = Hub(), [f"{n} {LONG['text']}" for n in range(100)]
            for text in texts:
                await asyncio.wait_for(hub.fan(opened, {"type": "websocket.send", "text": text}), 5)
                assert await asyncio.wait_for(client.recv(), 5) == text
            assert opened[0].backlog, "the buffers held it all, so nothing was tested"
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            wanted = b"".join(framed(text.encode()) for text in texts)
            assert await asyncio.wait_for(reader.readexactly(len(wanted)), 20) == wanted
            writer.close()


@override_settings(SOCKET_SEAM=True)
async def test_nothing_is_written_after_a_close() -> None:
    async with served() as (port, opened), connect(f"ws://127.0.0.1:{port}", compression=None) as client:
        server = opened[0].server
        assert server is not None
        assert seam.write(server, framed(b"before"))
        await opened[0].close(4008)
        assert not seam.write(server, framed(b"after"))
        assert await client.recv() == "before"
        await client.wait_closed()
        assert client.close_code == 4008


@pytest.mark.parametrize("on", [True, False])
async def test_it_is_off_unless_the_setting_says_so(on: bool) -> None:
    with override_settings(SOCKET_SEAM=on):
        async with served() as (port, opened), connect(f"ws://127.0.0.1:{port}", compression=None):
            assert (opened[0].server is not None) == on
            assert (seam.framed(LONG) is not None) == on


@override_settings(SOCKET_SEAM=True)
async def test_another_server_or_a_wrapped_send_goes_the_public_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served() as (port, opened), connect(f"ws://127.0.0.1:{port}", compression=None) as client:
        assert seam.server_of(lambda message: opened[0].send(message)) is None
        monkeypatch.setattr(seam, "KNOWN_VERSION", "0.0.1")
        socket = Socket(send=opened[0].send, close=opened[0].close)
        assert socket.server is None
        await Hub().give(socket, LONG)
        assert await client.recv() == LONG["text"]


def stalled(port: int) -> sockets.socket:
    """Open a connection that holds little of what it is sent."""
    client = sockets.socket()
    client.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    return client
