"""The floor of ``bench fanout``: a bare uvloop server that writes one ready frame to every connection in one loop."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import multiprocessing
import os
from multiprocessing.connection import Connection
from typing import Any

import uvloop

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Floor:
    """The process of the bare server, seen from the bench; use it as a context."""

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, other = spawn.Pipe()
        self.process = spawn.Process(target=main, args=(other,), daemon=True)

    def __enter__(self) -> Floor:
        self.process.start()
        self.port = int(self.pipe.recv())
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.join()

    def send(self, frame: bytes) -> None:
        """Have a frame written to every connection."""
        self.pipe.send_bytes(frame)


class Bare(asyncio.Protocol):
    """One connection: accepts the upgrade, then only listens to nothing."""

    everyone: list[Any] = []

    def connection_made(self, transport: Any) -> None:
        self.transport, self.head = transport, b""

    def data_received(self, data: bytes) -> None:
        self.head += data
        if b"\r\n\r\n" not in self.head:
            return
        key = self.head.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            + accept + b"\r\n\r\n"
        )  # fmt: skip
        self.everyone.append(self.transport)


def main(pipe: Connection) -> None:
    """Be the process of the bare server."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(loop.create_server(Bare, "127.0.0.1", 0, backlog=4096))
    pipe.send(server.sockets[0].getsockname()[1])

    def ring() -> None:
        try:
            frame = pipe.recv_bytes()
        except EOFError:  # the bench was killed
            os._exit(1)
        for transport in Bare.everyone:
            transport.write(frame)

    loop.add_reader(pipe.fileno(), ring)
    loop.run_forever()
