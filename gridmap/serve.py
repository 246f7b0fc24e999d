"""Runs the program: web processes on one socket and the clock, each started anew when it dies.

    python -m gridmap.serve [--host H] [--port N] [--cert FILE --key FILE] [--workers N]

Plain HTTP is for loopback alone: any other host without a certificate is refused.
"""

import argparse
import ipaddress
import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from gridmap import cluster, web

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
START_SECONDS = 30.0
STEADY_SECONDS = 10.0
DATABASE_SECONDS = 5.0  # between two looks whether it runs
WAIT_MOST, MOST_DOUBLINGS = 5.0, 10
PHONES_SHOWN = 3


@dataclass
class Child:
    """One process that has to run."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    not_before: float = 0.0
    fds: tuple[int, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start it, in a group of its own so that a Ctrl-C reaches only the supervisor."""
        self.started = time.monotonic()
        environment = os.environ | self.environment
        self.process = subprocess.Popen(
            self.command, cwd=cluster.ROOT, env=environment, pass_fds=self.fds, start_new_session=True
        )

    def mend(self) -> None:
        """Start it again when it died: at once the first time, then with growing pauses, for which the others do not wait."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self.failures = 0 if now - self.started > STEADY_SECONDS else min(self.failures + 1, MOST_DOUBLINGS)
            print(f"gridmap: {self.name} ended ({self.process.returncode}), starting it again", flush=True)
            self.not_before = now + (min(WAIT_MOST, 0.1 * 2**self.failures) if self.failures else 0.0)
            self.process = None
        if self.process is None and now >= self.not_before:
            self.start()


def main() -> None:
    """Serve until told to stop, then stop all that was started."""
    options = parse()
    if options.check:
        return
    try:
        listener = socket.create_server((options.host, options.port), backlog=4096)
    except OSError as error:
        raise SystemExit(f"gridmap cannot listen on {options.host}:{options.port}: {error.strerror}; try another --port") from error
    url = prepare(options)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a socket a phone, and a thousand is soon too few
    listener.set_inheritable(True)
    for ending in ENDINGS:  # also where a script's "&" has them ignored
        signal.signal(ending, end)
    children = [Child(name, [sys.executable, "manage.py", f"run_{name}"]) for name in ("clock", "imports", "dispatches")]
    # Nobody waits longer for an answer than this; the clock's chunks and counts may.
    patience = {"GRIDMAP_STATEMENT_MS": "15000"}
    tls = ["--ssl-certfile", str(options.cert), "--ssl-keyfile", str(options.key)] if options.cert else []
    accepting = web.command("--fd", str(listener.fileno()), *tls)  # all of them accept from one socket
    for n in range(options.workers):
        children.append(Child(f"web {n}", accepting, fds=(listener.fileno(),), environment=patience))
    database = Database()
    try:
        for child in children:
            child.start()
        announce(url, children)
        while True:
            for child in children:
                child.mend()
            database.mend()
            time.sleep(0.2)
    finally:
        stop(children)


def end(*_: object) -> None:
    """End once: a second Ctrl-C in the middle of stopping would leave the children behind."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    sys.exit(0)


class Database:
    """The private cluster, started anew where it died: no child of ours ends with it, they only wait (P10)."""

    def __init__(self) -> None:
        cluster.is_down()  # finds out now where it lies, which asks another process
        self.looked_at = 0.0
        self.starting: subprocess.Popen[bytes] | None = None

    def mend(self) -> None:
        """Start it in a process of its own: replaying what it had written may take minutes, and the children are looked after meanwhile."""
        now = time.monotonic()
        if now < self.looked_at + DATABASE_SECONDS or (self.starting is not None and self.starting.poll() is None):
            return
        self.looked_at = now
        try:
            if cluster.is_down():
                print("gridmap: PostgreSQL does not run, starting it", file=sys.stderr, flush=True)
                self.starting = subprocess.Popen([sys.executable, "-m", "gridmap.cluster", "start"], stdout=subprocess.DEVNULL, start_new_session=True)
        except OSError as error:  # no memory for a moment: tried again, and the children go on
            print(f"gridmap: {error}", file=sys.stderr, flush=True)


def parse() -> argparse.Namespace:
    """Read the flags."""
    flags = argparse.ArgumentParser(prog="./run", add_help=False)
    flags.add_argument("--host", default="127.0.0.1")
    flags.add_argument("--port", type=int, default=8000)
    flags.add_argument("--cert", type=Path)
    flags.add_argument("--key", type=Path)
    flags.add_argument("--workers", type=int, default=1)
    flags.add_argument("--check", action="store_true", help="only say whether the flags are right")
    options = flags.parse_args()
    if not 0 < options.port < 65536 or options.workers < 1:
        flags.error("--port lies between 1 and 65535, --workers is at least 1")
    for file in (options.cert, options.key):
        if file and not file.is_file():
            flags.error(f"there is no file {file}")
    if bool(options.cert) != bool(options.key):
        flags.error("--cert and --key go together")
    if not options.cert and not loopback(options.host):
        flags.error(f"--host {options.host} without --cert and --key would send passwords in clear; refused")
    return options


def loopback(host: str) -> bool:
    """Say whether a host is this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def prepare(options: argparse.Namespace) -> str:
    """Set the environment of all children from the flags, and give the address."""
    hosts = {options.host, "127.0.0.1", "localhost"} if not options.cert else {options.host}
    os.environ.setdefault("GRIDMAP_HOSTS", " ".join(sorted(hosts)))
    os.environ["GRIDMAP_PORT"] = str(options.port)
    if options.cert:
        os.environ["GRIDMAP_SECURE"] = "1"  # without, it is what the environment says: a TLS proxy may stand in front
    url = f"{'https' if options.cert else 'http'}://{options.host}:{options.port}"
    demo = cluster.DEMO_FILE
    if demo.exists():
        said = demo.read_text()
        demo.write_text(said.replace(json.loads(said)["url"], url))  # writing in place keeps mode 600
    return url


def announce(url: str, children: list[Child]) -> None:
    """Wait until everything is ready and say so, with the demo's sign-ins."""
    deadline = time.monotonic() + START_SECONDS
    while not ready(url):
        if time.monotonic() > deadline:
            raise SystemExit(f"gridmap did not get ready in {START_SECONDS:.0f} s; see the lines above")
        for child in children:
            child.mend()
        time.sleep(0.1)
    if cluster.DEMO_FILE.exists():
        said = json.loads(cluster.DEMO_FILE.read_text())
        for row in said["sign_ins"]:
            print(f"  {row['role']:<10} {row['username']:<22} {row['password']}   {' '.join(row['grids'])}")
        print(f"  wall       {said['wall_url']}")
        for phone in said["residents"][:PHONES_SHOWN]:
            print(f"  a phone    {phone['device_url']}   {phone['grid']}")
        print(f"  desk {url}/plan   officers {url}/tablet   (all phones: {cluster.DEMO_FILE})")
    print(f"gridmap is ready: {url}   (Ctrl-C stops it)", flush=True)


def ready(url: str) -> bool:
    """Say whether database, doorbell and clock are alive."""
    context = ssl._create_unverified_context() if url.startswith("https") else None  # our own certificate, own machine
    try:
        # By a name that is answered: behind a proxy that is the county's, and not this machine's.
        asked = urllib.request.Request(f"{url}/readyz", headers={"Host": os.environ["GRIDMAP_HOSTS"].split()[0]})
        with urllib.request.urlopen(asked, timeout=2, context=context) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def stop(children: list[Child]) -> None:
    """Stop every child: asked first, then made to."""
    running = [child.process for child in children if child.process and child.process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + 6
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
