"""Thousands of WebSocket clients in one process: raw enough that the client is not what a bench measures.

Driven over a pipe by ``Clients``; every side of a bench, ours, the floor and the peer, is measured by these same
clients. ``CLOCK_MONOTONIC`` is one clock for the whole machine, so times of two processes can be subtracted.

On a county's server the phones are other machines. Here they share its cores, so clients can also sleep until everything
has come: then the kernel's own note of when the bytes arrived (``SO_TIMESTAMPNS``) is read, and only then are they decoded.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import json
import multiprocessing
import os
import socket
import struct
import termios
import threading
import time
from array import array
from multiprocessing.connection import Connection
from typing import Any

import uvloop

AT_ONCE = 100
TEXT, PING = 1, 9
GIVES_UP_SECONDS = 30.0
LOOKS_SECONDS = 0.02  # how often who sleeps looks whether all have it: a call for each time, not for each client
SO_TIMESTAMPNS = 35  # of <asm-generic/socket.h>; Python's socket does not name it
LARGEST_PING, LARGEST_MESSAGE = 200, 65536


class Clients:
    """The process of the clients, seen from the bench; use it as a context."""

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, other = spawn.Pipe()
        self.process = spawn.Process(target=main, args=(other,), daemon=True)
        self.answers: dict[str, Any] = {}

    def __enter__(self) -> Clients:
        self.process.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.pipe.send({"do": "end"})
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()

    def start_connecting(self, *, port: int, path: str, cookies: list[str], hello: bool) -> None:
        """Begin to open sockets, one a cookie."""
        self.pipe.send({"do": "connect", "port": port, "path": path, "cookies": cookies, "hello": hello})

    def connected(self) -> int:
        """Wait until ``start_connecting`` is done; gives how many sockets got ready."""
        return int(self._answer("connected"))

    def expect(self, id: str, count: int, *, glance: bool = False, asleep: bool = False) -> None:
        """Look out for the message with an id, at this many sockets, decoding what comes, only glancing at it, or asleep until all have it."""
        self.pipe.send({"do": "expect", "marker": id, "count": count, "glance": glance, "asleep": asleep})
        self._answer("looking")

    def seen(self) -> tuple[int, int, int]:
        """Give when the first and the last socket had the expected message (ns), and how many never had it."""
        if not self.pipe.poll(GIVES_UP_SECONDS):
            self.pipe.send({"do": "tell"})
        first, last, missing = self._answer("seen")
        return first, last, missing

    def _answer(self, kind: str) -> Any:
        while kind not in self.answers:
            found, value = self.pipe.recv()
            self.answers[found] = value
        return self.answers.pop(kind)


class Client(asyncio.Protocol):
    """One connection; knows only what a bench needs: it upgrades, says hello, and looks into text frames."""

    def __init__(self, house: House, what: dict[str, Any], cookie: str) -> None:
        self.house, self.what, self.cookie = house, what, cookie
        self.buffer = b""
        self.upgraded = False
        self.saw: str | None = None
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.what['path']} HTTP/1.1\r\nHost: 127.0.0.1:{self.what['port']}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://127.0.0.1:{self.what['port']}\r\nCookie: {self.cookie}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data if self.buffer else data
        if not self.upgraded:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self.buffer = head
                return
            self.upgraded = True
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.transport.close()
                return
            if self.what["hello"]:
                self.transport.write(masked(b'{"type":"hello","since":null}'))
            else:
                self.ready.set_result(True)
        while len(data) >= 2:
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4]), 4
            elif size == 127:
                size, start = int.from_bytes(data[2:10]), 10
            if len(data) < start + size:
                break
            if data[0] & 0x0F == PING:
                self.transport.write(bytes([0x8A, 0x80 | size, 0, 0, 0, 0]) + data[start : start + size])
            elif data[0] & 0x0F == TEXT:
                self.text(data[start : start + size])
            data = data[start + size :]
        self.buffer = data

    def text(self, payload: bytes) -> None:
        """Take one message: a phone has a warning when it has decoded it; ``glance`` only looks for the id's bytes."""
        wanted = self.house.marker
        if wanted is not None and self.saw is not wanted and self.is_it(payload, wanted):
            self.saw = wanted
            self.house.count()
        if not self.ready.done() and b'"caught_up"' in payload:
            self.ready.set_result(True)

    def is_it(self, payload: bytes, wanted: str) -> bool:
        """Say whether a message has the id that is looked out for."""
        return wanted.encode() in payload if self.house.glance else json.loads(payload).get("id") == wanted

    def waiting(self) -> int:
        """Give how many bytes of a message lie in the kernel unread; none where it is only a ping."""
        size = array("i", [0])
        fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.FIONREAD, size)
        return size[0] if size[0] > LARGEST_PING else 0

    def arrived(self) -> int:
        """Give when the kernel got what lies unread (ns since 1970)."""
        with socket.socket(fileno=os.dup(self.transport.get_extra_info("socket").fileno())) as twin:
            found = twin.recvmsg(LARGEST_MESSAGE, 64, socket.MSG_PEEK)[1]
        seconds, nanoseconds = struct.unpack("ll", next(value for _, kind, value in found if kind == SO_TIMESTAMPNS))
        return int(seconds * 1_000_000_000 + nanoseconds)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_result(False)


class House:
    """Every client of the process, and what they look out for."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self.clients: list[Client] = []
        self.marker: str | None = None
        self.glance = False
        self.left = self.first = self.last = 0
        self.jobs: set[asyncio.Task[None]] = set()

    def count(self) -> None:
        """Note that one more client has what is looked out for."""
        self.first = self.first or time.monotonic_ns()
        self.left -= 1
        if self.left == 0:
            self.tell()

    def tell(self) -> None:
        """Tell the bench when the first and the last came."""
        if self.marker is not None:
            self.marker = None
            self.pipe.send(("seen", (self.first, self.last or time.monotonic_ns(), self.left)))

    async def sleep(self) -> None:
        """Read nothing until every client has something, note when the kernel got it, and only then read.

        A socket's note is of the last bytes that came: where a server's ping came behind the message, it says nothing of the message, and
        is passed over (one in a hundred; the bare floor sends no pings).
        """
        for client in self.clients:
            client.transport.pause_reading()
        gives_up = time.monotonic() + GIVES_UP_SECONDS / 2
        for client in self.clients:
            while not client.waiting() and time.monotonic() < gives_up:  # noqa: ASYNC110 - being told would wake the client
                await asyncio.sleep(LOOKS_SECONDS)
        since_1970 = time.time_ns() - time.monotonic_ns()
        came = [(client.arrived() - since_1970, client.waiting()) for client in self.clients if client.waiting()]
        alone = min((size for _, size in came), default=0)
        times = [at for at, size in came if size == alone]
        self.first, self.last = min(times, default=0), max(times, default=0)
        for client in self.clients:
            client.transport.resume_reading()

    def obey(self, order: dict[str, Any]) -> None:
        """Do one order of the bench."""
        loop = asyncio.get_running_loop()
        if order["do"] == "connect":
            self.keep(loop.create_task(self.connect(order)))
        elif order["do"] == "expect":
            self.marker, self.left, self.first, self.last = order["marker"], order["count"], 0, 0
            self.glance = order["glance"]
            if order["asleep"]:
                self.keep(loop.create_task(self.sleep()))
            self.pipe.send(("looking", None))
        elif order["do"] == "tell":
            self.tell()
        else:
            loop.stop()

    def keep(self, job: asyncio.Task[None]) -> None:
        """Hold on to a task until it is done; asyncio itself does not."""
        self.jobs.add(job)
        job.add_done_callback(self.jobs.discard)

    async def connect(self, what: dict[str, Any]) -> None:
        """Open one socket a cookie, some at a time."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(cookie: str) -> bool:
            async with gate:
                client = Client(self, what, cookie)
                self.clients.append(client)
                await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", what["port"])
                return await client.ready

        found = await asyncio.gather(*(one(cookie) for cookie in what["cookies"]), return_exceptions=True)
        self.pipe.send(("connected", sum(ready is True for ready in found)))


def masked(payload: bytes) -> bytes:
    """Give a client's text frame of up to 125 bytes; the mask is zero, which the protocol allows."""
    return bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def framed(payload: bytes) -> bytes:
    """Give a server's text frame."""
    size = len(payload)
    head = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2) if size < 65536 else b"\x7f" + size.to_bytes(8)
    return b"\x81" + head + payload


def never_reading(port: int, path: str, cookie: str) -> socket.socket:
    """Open a socket that upgrades, says hello and then never reads again; its window is as small as the kernel allows."""
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    stalled.connect(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    stalled.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    said = b""
    while b"\r\n\r\n" not in said:
        said += stalled.recv(256)
    stalled.sendall(masked(b'{"type":"hello","since":null}'))
    while b'"caught_up"' not in said:
        said += stalled.recv(256)
    return stalled


def main(pipe: Connection) -> None:
    """Be the process of the clients."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    house = House(pipe)
    threading.Thread(target=listen, args=(pipe, loop, house), daemon=True).start()
    loop.run_forever()


def listen(pipe: Connection, loop: asyncio.AbstractEventLoop, house: House) -> None:
    """Hand on the bench's orders; in a thread, since uvloop would make the pipe non-blocking and cut long ones."""
    while True:
        try:
            loop.call_soon_threadsafe(house.obey, pipe.recv())
        except EOFError:  # the bench was killed
            os._exit(1)
