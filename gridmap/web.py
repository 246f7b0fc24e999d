"""One web process: uvicorn with the options that our promises rest on, in one place.

    python -m gridmap.web HOST PORT

Says nothing about who may reach it: ``serve.py`` refuses plain HTTP beyond loopback, compose publishes on loopback.
"""

import os
import sys

# h11 and not httptools: httptools has no limit to a request's head, and 80 MB of it froze everybody for seven seconds.
OPTIONS = [
    "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--ws-max-size", "8192", "--loop", "uvloop",
    "--http", "h11", "--h11-max-incomplete-event-size", "16384", "--log-level", "warning", "--no-server-header",
    "--timeout-graceful-shutdown", "3", "--backlog", "4096",
    "--lifespan", "on",  # "auto" took a database that was away at the start for "no lifespan", and served for ever without hub or receipts
]  # fmt: skip
# Behind a proxy everybody has the proxy's address, and one guesser would throttle the county's sign-ins: its address goes
# here, and only from there is a forwarded one believed.
PROXY = os.environ.get("GRIDMAP_PROXY", "")
OPTIONS += ["--proxy-headers", "--forwarded-allow-ips", PROXY] if PROXY else ["--no-proxy-headers"]


def command(*where: str, application: str = "gridmap.asgi:application") -> list[str]:
    """Give the command of a web process.

    Args:
        where: uvicorn's own flags for where it listens.
        application: the ASGI application.
    """
    return [sys.executable, "-m", "uvicorn", application, *where, *OPTIONS]


if __name__ == "__main__":
    wanted = command("--host", sys.argv[1], "--port", sys.argv[2])
    os.execv(wanted[0], wanted)  # noqa: S606
