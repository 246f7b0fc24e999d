"""``bench workers``: the same broadcast to N sockets of one web process, and to N/2 sockets of each of two.

The clients sleep until all have it and take the kernel's own note of when: phones do not share a server's cores. The floor is the bare
uvloop loop of ``bench fanout``; the peer is gridmap itself with one web process.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

import httpx

from gridmap import cluster, web
from tests.bench.clients import Clients
from tests.bench.databases import pointed_at
from tests.bench.fanout import WARM_UP, Broadcasts, Say, connect, floor_sends, join, one
from tests.bench.floor import Floor
from tests.house import House, end, free_port, until


def run(*, sockets: int, rounds: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        sockets: how many residents listen, on one web process or on both together.
        rounds: how often each side sends; the medians are compared.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        Milliseconds until the last socket has it with two web processes (``ours``) and with one (``peer``), and their ratio.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack:
        house = stack.enter_context(House("workers", [sys.executable, "-m", "tests.world"]))
        stack.enter_context(pointed_at(house.database))
        floor, of_floor = stack.enter_context(Floor()), stack.enter_context(Clients())
        cookies = [f"gridmap_device={token}" for token in join(sockets)]
        broadcasts = Broadcasts(house, sockets)
        connect(of_floor, floor.port, "/", ["none=1"] * sockets, hello=False)
        say("one web process")
        with Clients() as clients:
            connect(clients, house.port, "/ws/resident", cookies, hello=True)
            single, lost = several(rounds, clients, broadcasts, sockets)
        say("two")
        second = free_port()
        environment = house.environment | {"GRIDMAP_PORT": str(second)}
        log = stack.enter_context(house.log_file.open("ab"))
        process = subprocess.Popen(web.command("--port", str(second)), env=environment, cwd=cluster.ROOT, stdout=log, stderr=log)
        stack.callback(end, process)
        clients = stack.enter_context(Clients())
        until(lambda: answers(second), "the second web process listening")
        connect(clients, house.port, "/ws/resident", cookies[::2], hello=True)
        connect(clients, second, "/ws/resident", cookies[1::2], hello=True)
        double, missing = several(rounds, clients, broadcasts, sockets)
        bare = [one(of_floor, sockets, lambda id: floor_sends(floor, broadcasts.text.replace(broadcasts.last, "{id}"), id), asleep=True)[0] for _ in range(rounds)]
    bottom = statistics.median(bare)
    return {
        "bench": "workers", "sockets": sockets, "rounds": rounds, "ours": round(double, 1), "floor": round(bottom, 1), "peer": round(single, 1),
        "ratio_to_floor": round(double / bottom, 2), "ratio_to_peer": round(double / single, 3), "lost": lost + missing,
    }  # fmt: skip


def several(rounds: int, clients: Clients, broadcasts: Broadcasts, sockets: int) -> tuple[float, int]:
    """Send some times; gives the median of the milliseconds and how many messages never came."""
    found = [one(clients, sockets, lambda id: broadcasts.send(id), asleep=True) for _ in range(WARM_UP + rounds)]
    return statistics.median(took for took, _ in found[WARM_UP:]), sum(missing for _, missing in found)


def answers(port: int) -> bool:
    """Say whether a web process listens."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.HTTPError:
        return False
