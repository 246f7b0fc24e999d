"""PostgreSQL's disk for its log is full in the middle of a send: it stops, the web says so, and with room again all is whole."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from gridmap import cluster
from tests.faults.phones import Phone
from tests.faults.test_kill import WHOLE, answers, approved, is_whole, state, written
from tests.house import House, until

DISK = "300m"
LEFT = 10_000_000  # what the send finds on the disk; it needs five times as much
RESIDENTS = 130_000
PASSWORD = "only-for-this-test"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 100
shared_buffers = 256MB
max_wal_size = 64MB
min_wal_size = 2MB
checkpoint_completion_target = 0.1
jit = off
"""


class Cluster:
    """A throw-away PostgreSQL whose log lies on a small disk of its own; use it as a context."""

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="gridmap-disk-"))
        self.disk, self.data, self.log = (self.folder / name for name in ("disk", "data", "log"))
        self.ballast = self.disk / "ballast"
        for folder in (self.folder, self.data):
            folder.mkdir(mode=0o700, exist_ok=True)
            cluster._give(folder)
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "gridmap-disk", str(self.disk)], capture_output=True, text=True, check=False)
        assert mounted.returncode == 0, f"this test needs a small disk and may not mount one on this machine: {mounted.stderr}"
        cluster._give(self.disk)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        cluster._give(password)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=1", f"--waldir={self.disk / 'log'}"]
        self._run("initdb", "-U", "gridmap", f"--pwfile={password}", *options)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(folder=self.folder))
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ballast.unlink(missing_ok=True)
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-m", "immediate", check=False)
        subprocess.run(["umount", "--lazy", str(self.disk)], check=True)
        shutil.rmtree(self.folder)

    def url(self) -> str:
        """Give the address of its first database."""
        return f"postgresql://gridmap:{PASSWORD}@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("pg_ctl", "start", "-w", "-l", str(self.log))

    def fill(self, house: House) -> None:
        """Leave little room on the disk, and have nothing of the log dropped, as when a standby that is away still needs it."""
        for setting in ("max_wal_size = '2MB'", "wal_keep_size = '1GB'"):
            house.ask("CHECKPOINT")  # so that by the first no old files are kept to be used again
            house.ask(f"ALTER SYSTEM SET {setting}")
            house.ask("SELECT pg_reload_conf()")
        free = os.statvfs(self.disk)
        with self.ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - LEFT)

    def stands(self) -> bool:
        """Say whether its first process runs."""
        return self._run("pg_ctl", "status", check=False) == 0

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        # PostgreSQL would inherit a pipe and hold it open, so what is said goes to a file.
        with (self.folder / "said").open("ab") as said:
            command = [*cluster._as_server(), cluster._program(program), "-D", str(self.data), *arguments]
            code = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, check=False).returncode
        assert code == 0 or not check, (self.folder / "said").read_text()
        return code


class HouseWithLogins(House):
    """A house on a cluster to which nobody has been let in yet."""

    def start_web(self) -> None:
        """Let web and clock into the database, then start."""
        self._run([sys.executable, "manage.py", "open_logins"])
        super().start_web()


@pytest.fixture
def small() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


@pytest.fixture
def house(small: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A county of its own on the small disk."""
    monkeypatch.setenv("GRIDMAP_DATABASE_URL", small.url())
    with HouseWithLogins("disk", [sys.executable, "manage.py", "seed_county", "--residents", str(RESIDENTS)]) as running:
        yield running


def report(house: House, title: str) -> httpx.Response:
    body: dict[str, Any] = {"kind": "fire", "severity": "minor", "title": title, "location": house.demo["residents"][0]["location"]}
    return house.staff("planner.wang").post("/api/incidents", json=body)


async def test_a_disk_without_room_for_the_log_stops_all_and_with_room_again_nothing_is_lost(small: Cluster, house: House) -> None:
    resident = house.demo["residents"][0]
    phone = Phone(house.url.removeprefix("http://"), resident["device_url"].rsplit("/", 1)[1])
    life = asyncio.create_task(phone.live())
    try:
        await asyncio.to_thread(until, lambda: phone.heard, "connected")
        said = await asyncio.to_thread(fail_and_heal, small, house)
        id = said["id"]
        await asyncio.to_thread(until, lambda: phone.shown == [id], "heard", 60)
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
    is_whole(house, id)


def fail_and_heal(small: Cluster, house: House) -> dict[str, Any]:
    import time
    print("USED", subprocess.run(["df", "-m", str(small.disk)], capture_output=True, text=True).stdout)
    id = approved(house, WHOLE)
    small.fill(house)
    print("FILLED", subprocess.run(["df", "-m", str(small.disk)], capture_output=True, text=True).stdout)
    house.send(id)
    until(lambda: "No space left" in small.log.read_text(), "full", 30)
    t=time.monotonic()
    while time.monotonic()-t<8:
        try:
            a = report(house, "x").status_code, report(house,"y").text[:100]
        except Exception as e: a = repr(e)
        print(round(time.monotonic()-t,2), small.stands(), answers(house), a)
        time.sleep(.4)
    print(small.log.read_text()[-6000:])
    assert house.clock
    house.clock.send_signal(signal.SIGSTOP)
    small.ballast.unlink()
    if not small.stands(): small.start()
    until(lambda: answers(house), "up")
    print("WRITTEN", written(house, id), state(house, id))
    house.clock.send_signal(signal.SIGCONT)
    until(lambda: state(house, id) == "in_force", "in force", 60)
    print("WRITTEN", written(house, id), house.log()[-3000:])
    return {"id": id}
