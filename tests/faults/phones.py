"""A phone as the resident page behaves: it tries for ever with full jitter, gives up a silent link, shows each message once.

Run as a module it is one phone in a process of its own, which can be frozen or put into a network namespace:
``python -m tests.faults.phones ADDRESS`` reads its token from standard input and writes a line for each thing it is told.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from gridmap import cluster
from tests.house import end

# As in frontend/src/realtime/socket.ts.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0
PING_EVERY, SILENT_AFTER = 8.0, 20.0


class Phone:
    """One resident's phone, and what it heard in each of its connections."""

    def __init__(self, address: str, token: str, told: Callable[[str], None] = lambda word: None) -> None:
        self.address, self.token, self.told = address, token, told
        self.heard: list[list[str]] = []  # by connection: welcome, ids of broadcasts, caught_up
        self.shown: list[str] = []

    async def live(self) -> None:
        """Be connected, for ever."""
        tries = 0
        while True:
            before = len(self.heard)
            try:
                await self.listen()
            except (OSError, TimeoutError, WebSocketException):
                pass
            tries = 0 if len(self.heard) > before else tries + 1
            await asyncio.sleep(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries)))

    async def listen(self) -> None:
        """Open a socket, say hello, and hear until it ends or falls silent."""
        opening = connect(
            f"ws://{self.address}/ws/resident", origin=f"http://{self.address}",  # type: ignore[arg-type]
            additional_headers={"Cookie": f"gridmap_device={self.token}"}, compression=None, ping_interval=None, open_timeout=10, close_timeout=1,
        )  # fmt: skip
        async with opening as socket:
            await socket.send(json.dumps({"type": "hello", "since": None}))
            pinging = asyncio.create_task(self.ping(socket))
            try:
                while True:
                    await self.hear(socket, await asyncio.wait_for(socket.recv(), SILENT_AFTER))
            finally:
                pinging.cancel()

    async def ping(self, socket: ClientConnection) -> None:
        """Ask every few seconds, so that a living link is never silent."""
        while True:
            await asyncio.sleep(PING_EVERY)
            await socket.send('{"type": "ping"}')

    async def hear(self, socket: ClientConnection, text: str | bytes) -> None:
        """Take one message; a broadcast is shown when it is new, and said to be shown every time."""
        message = json.loads(text)
        if message["type"] == "welcome":
            self.heard.append([])
        elif message["type"] not in ("broadcast", "caught_up"):
            return
        word = message["id"] if message["type"] == "broadcast" else message["type"]
        self.heard[-1].append(word)
        self.told(word)
        if message["type"] == "broadcast":
            if word not in self.shown:
                self.shown.append(word)
            await socket.send(json.dumps({"type": "receipt", "broadcast": word, "stage": "displayed"}))


class PhoneProcess:
    """A phone in a process of its own; use it as a context."""

    def __init__(self, address: str, token: str, *, namespace: str | None = None) -> None:
        self.address, self.token = address, token
        self.within = ["ip", "netns", "exec", namespace] if namespace else []

    def __enter__(self) -> Self:
        self.said = tempfile.TemporaryFile()
        command = [*self.within, sys.executable, "-m", "tests.faults.phones", self.address]
        self.process = subprocess.Popen(command, cwd=cluster.ROOT, stdin=subprocess.PIPE, stdout=self.said)
        assert self.process.stdin is not None
        self.process.stdin.write(f"{self.token}\n".encode())
        self.process.stdin.close()
        return self

    def __exit__(self, *error: object) -> None:
        self.thaw()
        end(self.process)
        self.said.close()

    def told(self) -> list[str]:
        """Give what it was told so far, all connections in a row."""
        self.said.seek(0)
        return self.said.read().decode().split()

    def freeze(self) -> None:
        """Stop it where it stands, with its socket open."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)


if __name__ == "__main__":
    asyncio.run(Phone(sys.argv[1], sys.stdin.readline().strip(), lambda word: print(word, flush=True)).live())
