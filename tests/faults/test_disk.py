"""PostgreSQL's disk for its log is full in the middle of a send: it stops, the web says so, and with room again all is whole."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
import pytest

from gridmap import cluster
from tests.faults.phones import PhoneProcess
from tests.faults.test_kill import WHOLE, approved, is_whole, state, written
from tests.house import House, until

pytestmark = pytest.mark.long  # a minute, and a small disk to mount

DISK = "300m"
LEFT = 5_000_000  # what the send finds on the disk; it needs five times as much
RESIDENTS = 130_000
SHOWN = "SELECT resident_id::text FROM broadcasts_delivery WHERE broadcast_id = %s AND stage >= 2"
PASSWORD = "only-for-this-test"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 100
shared_buffers = 256MB
max_wal_size = 64MB
min_wal_size = 2MB
wal_recycle = off
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
        """Leave little room on the disk, and have nothing of the log dropped, as when a standby that is away still needs it.

        Old files of the log are not kept to be used again (``wal_recycle``): a send would fit into them, and nothing would fill."""
        for setting in ("max_wal_size = '2MB'", "wal_keep_size = '1GB'"):
            house.ask("CHECKPOINT")
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


@dataclass
class Full:
    """What was seen while the disk was full."""

    house: House
    resident: str
    id: str
    unsent: str
    began: tuple[str, int]
    answered: dict[str, httpx.Response]
    readiness: int
    told: list[str]


@pytest.fixture(scope="module")
def full() -> Iterator[Full]:
    """Let the disk fill in the middle of a send, look, make room, and wait until everything is in force."""
    with Cluster() as small, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMAP_DATABASE_URL", small.url())
        with HouseWithLogins("disk", [sys.executable, "manage.py", "seed_county", "--residents", str(RESIDENTS)]) as house:
            yield fail_and_heal(small, house)


def fail_and_heal(small: Cluster, house: House) -> Full:
    resident = next(row for row in house.demo["residents"] if row["grid"][:9] in WHOLE)
    token = resident["device_url"].rsplit("/", 1)[1]
    id, unsent = approved(house, WHOLE), approved(house, [WHOLE[0]])
    with PhoneProcess(house.url.removeprefix("http://"), token) as phone:
        until(lambda: "caught_up" in phone.told(), "connected")
        small.fill(house)
        house.send(id)
        until(lambda: "No space left on device" in small.log.read_text() and not small.stands(), "stopped", 30)
        press = house.staff("planner.li").post(f"/api/broadcasts/{unsent}/send")
        answered = {"press": press, "report": report(house), "inbox": httpx.get(f"{house.url}/api/inbox", cookies={"gridmap_device": token})}
        readiness = httpx.get(f"{house.url}/readyz").status_code
        assert house.clock is not None
        house.clock.send_signal(signal.SIGSTOP)  # only so that what stands on the disk can be looked at before it goes on
        small.ballast.unlink()
        small.start()
        began = (state(house, id), written(house, id))
        house.clock.send_signal(signal.SIGCONT)
        until(lambda: state(house, id) == "in_force", "in force", 60)
        until(lambda: id in phone.told(), "heard")
        until(lambda: house.ask(SHOWN, id) != [], "receipt kept")
        return Full(house, resident["id"], id, unsent, began, answered, readiness, phone.told())


def report(house: House) -> httpx.Response:
    body = {"kind": "fire", "severity": "minor", "title": "硬盘已满", "location": house.demo["residents"][0]["location"]}
    return house.staff("planner.wang").post("/api/incidents", json=body)


def test_the_disk_was_full_in_the_middle_and_the_send_went_on_alone_and_lost_nobody(full: Full) -> None:
    assert full.began[0] == "sending"
    assert 0 < full.began[1] < written(full.house, full.id)
    is_whole(full.house, full.id)
    full.house.wait_ready()


def test_a_call_while_the_database_is_gone_is_refused_with_a_code_and_changed_nothing(full: Full) -> None:
    assert full.readiness == 503
    said = {name: (answer.status_code, answer.json()["code"]) for name, answer in full.answered.items()}
    assert said == dict.fromkeys(full.answered, (503, "server.database_down"))
    assert state(full.house, full.unsent) == "approved"
    assert full.house.ask("SELECT count(*) FROM incidents_incident") == [(0,)]
    assert report(full.house).status_code == 201  # the sign-in outlived it too


def test_a_phone_that_was_online_all_along_has_it_and_its_receipt_is_the_only_one(full: Full) -> None:
    assert full.told == ["welcome", "caught_up", full.id]
    assert full.house.ask(SHOWN, full.id) == [(full.resident,)]
