"""Serving as ./run does: ready, healing, stopping everything it started, and refusing what would not be safe."""

from __future__ import annotations

import datetime
import os
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gridmap import cluster, serve
from gridmap.serve import MOST_DOUBLINGS, Child
from tests import world
from tests.house import Database, free_port, until


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with Database("serve", [sys.executable, "-m", "tests.world"]) as made:
        yield made


@contextmanager
def serving(database: Database, *flags: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the server as ./run does, until it says that it is ready."""
    port = free_port()
    environment = database.environment | {"GRIDMAP_DEMO_FILE": str(database.folder / "none.json"), "PYTHONUNBUFFERED": "1"}
    environment.pop("GRIDMAP_HOSTS", None)
    command = [sys.executable, "-m", "gridmap.serve", "--port", str(port), *flags]
    server = subprocess.Popen(command, cwd=cluster.ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert server.stdout is not None
    try:
        for line in server.stdout:
            if line.startswith("gridmap is ready: "):
                break
        else:
            raise AssertionError("it never said that it is ready")
        yield server, port
    finally:
        server.kill()
        server.wait()
        for child in children(server.pid):  # only when the test failed
            os.kill(child, signal.SIGKILL)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] if Path(f"/proc/{pid}").exists() else []


def is_gone(pid: int) -> bool:
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def is_ready(address: str, context: ssl.SSLContext | bool = True) -> bool:
    try:
        return httpx.get(f"{address}/readyz", verify=context).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_all_that_it_started(database: Database, ending: signal.Signals) -> None:
    with serving(database, "--workers", "2") as (server, _):
        # Two web processes, the clock, the reader of imports and the sender of SMS; it is ready before the last of them is up.
        started = until(lambda: len(now := children(server.pid)) == 5 and now, "all started")
        server.send_signal(ending)
        assert server.wait(15) == 0
        until(lambda: all(is_gone(pid) for pid in started), "gone")


def test_pressed_again_and_again_it_stops_all_the_same(database: Database) -> None:
    with serving(database) as (server, _):
        started = until(lambda: len(now := children(server.pid)) == 4 and now, "all started")
        for ending in (signal.SIGINT, signal.SIGTERM):
            server.send_signal(ending)
        assert server.wait(15) == 0
        until(lambda: all(is_gone(pid) for pid in started), "gone")


def test_a_killed_child_is_started_anew(database: Database) -> None:
    with serving(database) as (server, port):
        before = children(server.pid)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(now := children(server.pid)) == len(before) == 4 and not {*now} & {*before}, "started anew")
        until(lambda: is_ready(f"http://127.0.0.1:{port}"), "ready again")
        server.terminate()
        assert server.wait(15) == 0


def test_none_of_its_processes_refuses_to_run(database: Database) -> None:
    with serving(database) as (server, _):
        alive = "SELECT name FROM realtime_beat WHERE at > now() - interval '5 seconds'"
        until(lambda: {"clock", "jobs", "dispatches"} <= {name for (name,) in database.ask(alive)}, "all at work")
        server.terminate()
        assert server.stdout is not None
        said = server.stdout.read()
        assert "starting it again" not in said, said


def test_a_process_that_never_starts_holds_up_no_other_and_ends_nothing() -> None:
    child = Child("hopeless", ["/bin/false"])
    child.start()
    for _ in range(1100):
        assert child.process is not None
        child.process.wait()
        child.mend()  # returns at once, whatever the pause
        child.not_before = 0.0
        child.mend()
    assert child.failures == MOST_DOUBLINGS


def test_a_port_in_use_is_said_in_one_sentence(database: Database) -> None:
    with serving(database) as (server, port):
        done = subprocess.run(
            [sys.executable, "-m", "gridmap.serve", "--port", str(port)], cwd=cluster.ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        assert "try another --port" in done.stderr
        assert "Traceback" not in done.stderr
        server.terminate()
        server.wait(15)


def test_with_a_certificate_it_speaks_https_only_and_its_cookies_stay_there(database: Database) -> None:
    certificate, key = self_signed(database.folder)
    with serving(database, "--host", "127.0.0.1", "--cert", str(certificate), "--key", str(key)) as (server, port):
        address, trust = f"https://127.0.0.1:{port}", ssl.create_default_context(cafile=str(certificate))
        body = {"username": "planner", "password": world.PASSWORD}
        answer = httpx.post(f"{address}/api/session", json=body, headers={"Origin": address}, verify=trust)
        assert answer.status_code == 200
        cookies = [cookie.partition("=")[0] for cookie in answer.headers.get_list("set-cookie")]
        assert sorted(cookies) == ["__Host-gridmap_csrf", "__Host-gridmap_session"]
        assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in answer.headers.get_list("set-cookie"))
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/healthz")
        server.terminate()
        assert server.wait(15) == 0


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--host", "0.0.0.0"], "would send passwords in clear"), (["--host", "192.168.1.5"], "would send passwords in clear"),
        (["--host", "0.0.0.0", "--cert", "run"], "--cert and --key go together"), (["--cert", "nowhere.pem", "--key", "run"], "there is no file nowhere.pem"),
        (["--port", "0"], "--port lies between"), (["--port", "x"], "invalid int value"), (["--workers", "0"], "--workers is at least 1"),
        (["--prot", "1"], "unrecognized arguments"),
    ],
)  # fmt: skip
def test_what_would_not_be_safe_is_refused_before_anything_starts(flags: list[str], sentence: str) -> None:
    done = subprocess.run([str(cluster.ROOT / "run"), *flags], cwd="/", capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "starting" not in done.stdout


def test_outside_the_demo_it_does_not_start_while_nobody_commands(database: Database) -> None:
    database.ask("UPDATE people_user SET is_active = false WHERE role = 'commander'")
    environment = database.environment | {"GRIDMAP_DEMO": "0", "GRIDMAP_PORT": str(free_port())}
    command = [sys.executable, "-m", "gridmap.web", "127.0.0.1", environment["GRIDMAP_PORT"]]
    done = subprocess.run(command, cwd=cluster.ROOT, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert "create_commander" in done.stderr
    database.ask("UPDATE people_user SET is_active = true WHERE role = 'commander'")


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 that nobody else trusts."""
    import ipaddress

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(secret.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(secret, hashes.SHA256())
    )  # fmt: skip
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return certificate, key


@pytest.fixture
def own_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make and start a PostgreSQL that no other test uses: what dies in it takes nothing along."""
    with tempfile.TemporaryDirectory(prefix="gridmap-cluster-") as folder:
        Path(folder).chmod(0o755)  # for the server's user
        monkeypatch.setenv("GRIDMAP_DATABASE_FOLDER", f"{folder}/postgres")
        cluster._where.cache_clear()
        try:
            cluster.ensure()
            yield
        finally:
            cluster.stop()
            cluster._where.cache_clear()


def test_a_postgres_that_died_is_started_again_and_one_that_was_stopped_is_not(own_cluster: None) -> None:
    """Nothing of ours ends with it, all only wait: without this the county is dark until somebody comes (P10)."""
    keeper = serve.Database()
    pid = int((cluster._data() / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    os.kill(pid, signal.SIGKILL)
    until(cluster.is_down, "PostgreSQL is gone")
    until(lambda: keeper.mend() or not cluster.is_down(), "PostgreSQL runs again", 60)  # its last children go first
    cluster.stop()
    assert not cluster.is_down()  # on purpose: as long as it was not started by hand nobody asks for it
    cluster.ensure()
    assert not cluster.is_down()
