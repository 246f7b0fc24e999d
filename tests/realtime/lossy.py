"""The same application behind a bad doorbell: three rings in ten are lost, three come twice, some come late."""

import asyncio
import os
import random
from collections.abc import AsyncIterator

import django

from gridmap import cluster

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmap.settings")
cluster.log_in_as("web")
django.setup()

from gridmap.realtime import doorbell  # noqa: E402

sound = doorbell.rings


async def rings() -> AsyncIterator[None]:
    """Pass on most of what the sound doorbell says."""
    async for _ in sound():
        luck = random.random()
        if luck < 0.3:
            continue
        if luck > 0.8:
            await asyncio.sleep(random.uniform(0, 0.3))
        yield None
        if luck > 0.7:
            yield None


doorbell.rings = rings

from gridmap.asgi import application  # noqa: E402

__all__ = ["application"]
