"""The ASGI application: HTTP to Django, sockets to the two consumers, and the hub from start to stop."""

import asyncio
import logging
import os
import warnings
from collections.abc import Awaitable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmap.settings")

from gridmap import cluster

cluster.log_in_as("web")  # before the settings: a web process owns nothing in the database (gridmap/walls.py)

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

http = get_asgi_application()
# WhiteNoise gives files as synchronous iterators; they are small, built ahead and read once a browser.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

from gridmap.door import Connection, Receive, Send, door
from gridmap.edge import push
from gridmap.edge.consumers import ResidentConsumer, beat_for_ever
from gridmap.edge.consumers import recheck_for_ever as recheck_phones_for_ever
from gridmap.realtime import garbage
from gridmap.realtime.consumers import StaffConsumer, recheck_for_ever
from gridmap.realtime.hub import hub
from gridmap.realtime.threads import in_database
from gridmap.start import require_bare_login, require_commander, require_durable_database

hub.on_edge.append(push.push)
sockets = URLRouter([path("ws/staff", StaffConsumer.as_asgi()), path("ws/resident", ResidentConsumer.as_asgi())])
router = ProtocolTypeRouter({"http": door(http), "websocket": sockets})


async def application(connection: Connection, receive: Receive, send: Send) -> None:
    """Answer one connection, or live through the server's life."""
    if connection["type"] == "lifespan":
        return await live(receive, send)
    if connection["type"] == "websocket" and connection["path"] not in ("/ws/staff", "/ws/resident"):
        return await send({"type": "websocket.close", "code": 4003})
    await router(connection, receive, send)


async def live(receive: Receive, send: Send) -> None:
    """Run the hub and its companions while the server runs; write the last receipts before it stops."""
    await receive()
    try:
        await in_database(require_durable_database)
        await in_database(require_bare_login)
        await in_database(require_commander)
    except SystemExit as refusal:
        return await send({"type": "lifespan.startup.failed", "message": str(refusal)})
    garbage.hold_back()
    for_ever = (
        hub.run(), push.flush_for_ever(), beat_for_ever(), recheck_for_ever(), recheck_phones_for_ever(),
        garbage.collect_for_ever(),
    )  # fmt: skip
    tasks = [asyncio.create_task(keep(job)) for job in for_ever]
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await push.flush()
    await send({"type": "lifespan.shutdown.complete"})


async def keep(job: Awaitable[None]) -> None:
    """Run a job that never ends; if it does, end the process, so that the supervisor starts a sound one (P10)."""
    try:
        await job
    except asyncio.CancelledError:
        raise
    except BaseException:
        logging.getLogger(__name__).exception("a job that never ends has ended")
        os._exit(70)
