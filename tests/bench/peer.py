"""The peer of ``bench fanout``: a Channels consumer on the Redis pub/sub layer, sent to with ``group_send``.

Served by uvicorn as ours is. Needs redis-server; ``Peer.possible()`` says whether it is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from typing import Any

import httpx
from asgiref.sync import async_to_sync
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from channels_redis.pubsub import RedisPubSubChannelLayer

from gridmap import cluster
from tests.house import end, free_port, until

GROUP = "everyone"


def layer() -> RedisPubSubChannelLayer:
    """Give a layer on the bench's own Redis."""
    return RedisPubSubChannelLayer(hosts=[f"unix://{os.environ['BENCH_REDIS']}"])


class Consumer(AsyncConsumer):
    """Joins the group and passes on what the group is sent."""

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)
        raise StopConsumer

    async def news(self, message: dict[str, Any]) -> None:
        """Send one message on."""
        await self.send({"type": "websocket.send", "text": message["text"]})


class Application:
    """The peer's ASGI application, with its layer put in place of Django's setting."""

    def __init__(self) -> None:
        import channels.consumer

        shared = layer()
        channels.consumer.get_channel_layer = lambda alias: shared  # type: ignore[assignment]
        self.consumer = Consumer.as_asgi()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            return await self.consumer(scope, receive, send)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ready"})


class Peer:
    """Redis and the peer's web process, seen from the bench; use it as a context."""

    @staticmethod
    def possible() -> bool:
        """Say whether Redis is installed."""
        return shutil.which("redis-server") is not None

    def __enter__(self) -> Peer:
        self.folder = tempfile.mkdtemp(prefix="gridmap-peer-")
        os.environ["BENCH_REDIS"] = f"{self.folder}/redis.sock"
        self.redis = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", os.environ["BENCH_REDIS"], "--save", "", "--dir", self.folder],
            stdout=subprocess.DEVNULL,
        )
        self.port = free_port()
        self.web = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "tests.bench.peer:Application", "--factory", "--port", str(self.port), "--ws",
             "websockets-sansio", "--ws-per-message-deflate", "false", "--loop", "uvloop", "--log-level", "warning",
             "--lifespan", "off", "--backlog", "4096"],
            cwd=cluster.ROOT,
        )  # fmt: skip
        until(self._ready, "the peer ready")
        return self

    def __exit__(self, *error: object) -> None:
        end(self.web)
        end(self.redis)
        shutil.rmtree(self.folder, ignore_errors=True)

    def send(self, text: str) -> None:
        """Send a text to the group, as any other process of a Channels site would."""
        async_to_sync(self._send)(text)

    async def _send(self, text: str) -> None:
        sender = layer()
        await sender.group_send(GROUP, {"type": "news", "text": text})
        await sender.flush()

    def _ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/").status_code == 200
        except httpx.HTTPError:
            return False
