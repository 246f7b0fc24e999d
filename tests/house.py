"""Real processes for tests: a database of their own on the private cluster, web processes on a free port, and a clock."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg2
from websockets.asyncio.client import ClientConnection, connect

from gridmap import cluster, web
from tests import seeds, world

ENDS_WITHIN = 20.0


class Database:
    """A database of one's own on the private cluster, filled and in the end dropped; use it as a context."""

    url = "http://127.0.0.1:1"  # nobody serves it; a house has an address of its own

    def __init__(self, name: str, fill: list[str]) -> None:
        self.database = f"gridmap_test_{name}_{os.getpid()}_{secrets.token_hex(3)}"
        self.fill = fill
        self.folder = Path(tempfile.mkdtemp(prefix="gridmap-house-"))
        self.demo_file = self.folder / "demo.json"
        self.log_file = cluster.LOCAL / "logs" / f"test-{name}.log"
        self.log_file.write_bytes(b"")
        self.environment = os.environ | {"GRIDMAP_DATABASE_NAME": self.database, "GRIDMAP_DEMO_FILE": str(self.demo_file)}

    def __enter__(self) -> Self:
        seeds.copied(self.database, self.demo_file, self.fill, self.url, self._make)
        self.demo: Any = json.loads(self.demo_file.read_text())
        return self

    def __exit__(self, *error: object) -> None:
        self._admin(f"DROP DATABASE {self.database} WITH (FORCE)")
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database directly."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def connect(self, database: str | None = None) -> Any:
        """Open a connection of the test's own."""
        connection = psycopg2.connect(cluster.url(), dbname=database or self.database)
        connection.autocommit = True
        return connection

    def _make(self) -> None:
        self._admin(f"CREATE DATABASE {self.database}")
        self._run([sys.executable, "manage.py", "migrate", "-v", "0"])
        self._run([*self.fill, "--url", self.url] if "seed_county" in self.fill else self.fill)

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, env=self.environment, cwd=cluster.ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def _admin(self, sql: str) -> None:
        with closing(self.connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute(sql)


class House(Database):
    """A whole gridmap for one test session: its database, a web process on a free port, and a clock."""

    def __init__(self, name: str, fill: list[str], application: str | None = None) -> None:
        self.application = application or os.environ.get("GRIDMAP_TEST_APPLICATION", "gridmap.asgi:application")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(name, fill)
        self.environment |= {"GRIDMAP_PORT": str(self.port), "GRIDMAP_HOSTS": "127.0.0.1 localhost"}
        self.web: subprocess.Popen[bytes] | None = None
        self.clock: subprocess.Popen[bytes] | None = None
        self.reader: subprocess.Popen[bytes] | None = None
        self.clients: dict[str, httpx.Client] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        self.start_web()
        self.start_clock()
        self.start_reader()
        self.wait_ready()
        return self

    def __exit__(self, *error: object) -> None:
        for client in self.clients.values():
            client.close()
        for process in (self.web, self.clock, self.reader):
            end(process)
        super().__exit__(*error)

    # processes

    def start_web(self) -> None:
        """Start the web process on the house's port."""
        command = web.command("--port", str(self.port), application=self.application)
        self.web = subprocess.Popen(command, env=self.environment, cwd=cluster.ROOT, stdout=self._log(), stderr=subprocess.STDOUT)

    def start_clock(self) -> None:
        """Start the clock."""
        self.clock = self._manage("run_clock")

    def start_reader(self) -> None:
        """Start the reader of imports."""
        self.reader = self._manage("run_imports")

    def _manage(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", name]
        return subprocess.Popen(command, env=self.environment, cwd=cluster.ROOT, stdout=self._log(), stderr=subprocess.STDOUT)

    def kill_web(self) -> None:
        """Kill the web process as a crash would."""
        kill(self.web)

    def kill_reader(self) -> None:
        """Kill the reader of imports as a crash would."""
        kill(self.reader)

    def kill_clock(self) -> None:
        """Kill the clock as a crash would."""
        kill(self.clock)

    def wait_ready(self) -> None:
        """Wait until database, doorbell and clock are alive."""
        until(lambda: self._ready(), "ready")

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    # people

    def staff(self, username: str) -> httpx.Client:
        """Give a signed-in client of a member of staff, one a name."""
        if username not in self.clients:
            password = self._password(username)
            client = httpx.Client(base_url=self.url, headers={"Origin": self.url, "Accept-Language": "en"}, timeout=30)
            answer = client.post("/api/session", json={"username": username, "password": password})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRFToken"] = answer.json()["csrf"]
            self.clients[username] = client
        return self.clients[username]

    def _password(self, username: str) -> str:
        rows = self.demo.get("sign_ins")
        return next(row["password"] for row in rows if row["username"] == username) if isinstance(rows, list) else world.PASSWORD

    def ends(self, hours: float) -> str:
        """Give the time so many hours from now."""
        return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()

    def signed_in_long_ago(self) -> None:
        """Let everybody's password lie longer back than an approval allows."""
        from django.contrib.sessions.backends.db import SessionStore

        from gridmap.people.sessions import PROVEN

        for key, data in self.ask("SELECT session_key, session_data FROM django_session"):
            said = SessionStore().decode(data)
            if PROVEN in said:
                self.ask("UPDATE django_session SET session_data = %s WHERE session_key = %s", SessionStore().encode(said | {PROVEN: 0}), key)

    def proven(self, username: str) -> httpx.Client:
        """Give their client, having given the password anew: a story may have gone on for more than ten minutes."""
        client = self.staff(username)
        answer = client.post("/api/session/prove", json={"password": self._password(username)})
        assert answer.status_code == 204, answer.text
        return client

    def phone(self, code: str) -> world.Phone:
        """Give the phone of the first resident of a group of the tiny world."""
        id, token = self.demo[code].split()
        return world.Phone(id, code, token)

    def approve(self, said: dict[str, Any]) -> str:
        """Have one planner draft a broadcast, an evacuation unless told otherwise, and the other approve it; gives its id."""
        form = {
            "kind": "danger_notice", "level": "red", "category": "Geo", "headline": "山洪即将到来", "description": "河水上涨很快",
            "instruction": "上高处去", "issuer": "隆回县防汛抗旱指挥部", "drill": False,
            "expires": self.ends(2),
        }  # fmt: skip
        draft = self.staff("planner.wang").post("/api/broadcasts", json=form | said)
        assert draft.status_code == 201, draft.text
        return self.approve_draft(draft.json()["id"])

    def approve_draft(self, id: str) -> str:
        """Hand a draft over, and have the other planner approve it; gives its id."""
        waiting = self.staff("planner.wang").post(f"/api/broadcasts/{id}/submit").json()
        approval = {"content_hash": waiting["content_hash"]}
        assert self.proven("planner.li").post(f"/api/broadcasts/{id}/approve", json=approval).status_code == 200
        return str(id)

    def send(self, id: str) -> str:
        """Start the countdown of what was approved; gives its id."""
        assert self.staff("planner.li").post(f"/api/broadcasts/{id}/send").status_code == 200
        return id

    def call_off(self, id: str, reason: str) -> str:
        """Cancel what two planners of the demonstration have sent; gives the id of the cancel."""
        cancel = self.staff("planner.wang").post(f"/api/broadcasts/{id}/cancel", json={"reason": reason}).json()["cancel"]
        second = self.proven("planner.li").post(f"/api/broadcasts/{cancel['id']}/approve", json={"content_hash": cancel["content_hash"]})
        assert second.status_code == 200, second.text
        return str(cancel["id"])

    def staff_socket(self, username: str) -> connect:
        """Open a staff member's socket."""
        cookie = f"gridmap_session={self.staff(username).cookies['gridmap_session']}"
        return self.socket("/ws/staff", cookie)

    def phone_socket(self, token: str) -> connect:
        """Open a resident's socket."""
        return self.socket("/ws/resident", f"gridmap_device={token}")

    def socket(self, path: str, cookie: str, origin: str | None = None) -> connect:
        """Open a socket with a cookie, from our own origin unless told."""
        return connect(
            f"ws://127.0.0.1:{self.port}{path}", origin=origin or self.url, additional_headers={"Cookie": cookie},  # type: ignore[arg-type]
            compression=None, ping_interval=None, open_timeout=20,
        )  # fmt: skip

    # inner

    def _log(self) -> Any:
        return self.log_file.open("ab")

    def log(self) -> str:
        """Give what the processes said."""
        return self.log_file.read_text()


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def kill(process: subprocess.Popen[bytes] | None) -> None:
    """kill -9 and wait until it is gone."""
    assert process is not None
    process.send_signal(signal.SIGKILL)
    process.wait()


def end(process: subprocess.Popen[bytes] | None) -> None:
    """End a process politely, then not."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until(holds: Any, what: str, within: float = ENDS_WITHIN) -> Any:
    """Wait for a condition, looking twenty times a second; fail with its name when it does not come."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not {what} within {within} s")


async def hello(socket: ClientConnection, since: int | None = None) -> list[dict[str, Any]]:
    """Say hello and give everything up to caught_up."""
    await socket.send(json.dumps({"type": "hello", "since": since}))
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["type"] != "caught_up":
        heard.append(json.loads(await socket.recv()))
    return heard


async def hear(socket: ClientConnection, wanted: Any, within: float = ENDS_WITHIN) -> dict[str, Any]:
    """Give the first message that is wanted, passing over others."""
    import asyncio

    async def listen() -> dict[str, Any]:
        while True:
            message = json.loads(await socket.recv())
            if wanted(message):
                return message

    return await asyncio.wait_for(listen(), within)
