"""The private PostgreSQL under ``.local/`` or in GRIDMAP_DATABASE_FOLDER: made, started and stopped here, reachable by its socket alone.

Standard library only: ``./run`` calls it before anything else works. PostgreSQL refuses to run as root, so root
runs it as the ``postgres`` user; where that user cannot reach the checkout the cluster lies in /var/lib/gridmap.

    python -m gridmap.cluster start | stop | url
"""

import functools
import hashlib
import os
import pwd
import secrets
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
SECRETS = LOCAL / "secrets.env"
DEMO_FILE = Path(os.environ.get("GRIDMAP_DEMO_FILE") or LOCAL / "demo.json")
SERVER_USER = "postgres"
STOPPED = "stopped"  # lies beside the data where somebody stopped it: what died is started again, what was stopped is not
MAX_SOCKET_PATH = 107 - len("/.s.PGSQL.5432")
LOGINS = {"web": "gridmap_web", "work": "gridmap_work"}
_logged_in_as: str | None = None


def secret(name: str) -> str:
    """Give one of this checkout's secrets, making it on first use.

    Args:
        name: such as ``GRIDMAP_SECRET_KEY``; the environment's value of that name comes first.

    Returns:
        The environment's value, or 43 URL-safe characters kept in ``.local/secrets.env`` (mode 600).
    """
    if os.environ.get(name):
        return os.environ[name]
    LOCAL.mkdir(mode=0o711, exist_ok=True)
    lines = SECRETS.read_text().splitlines() if SECRETS.exists() else []
    for line in lines:
        if line.startswith(f"{name}="):
            return line.partition("=")[2]
    value = secrets.token_urlsafe(32)
    descriptor = os.open(SECRETS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as file:
        file.write(f"{name}={value}\n")
    return value


def own_database() -> str | None:
    """Give the URL of a database of one's own, or None when the private cluster is the database."""
    return os.environ.get("GRIDMAP_DATABASE_URL") or None


def url() -> str:
    """Give the database's URL: one's own, or the private cluster's."""
    return own_database() or f"postgresql://gridmap:{secret('GRIDMAP_DATABASE_PASSWORD')}@/gridmap?host={_sockets()}"


def log_in_as(name: str) -> None:
    """Have this process reach the database by a login that owns nothing; before the settings are read.

    Args:
        name: a key of ``LOGINS``: ``web`` for what answers, ``work`` for clock and imports.
    """
    global _logged_in_as
    _logged_in_as = name


def login() -> tuple[str, str] | None:
    """Give this process's own user and password, or None for the owner's, who migrates and runs commands."""
    return (LOGINS[_logged_in_as], login_password(_logged_in_as)) if _logged_in_as else None


def login_password(name: str) -> str:
    """Give the password of one of ``LOGINS``, by its key."""
    return secret(f"GRIDMAP_{name.upper()}_PASSWORD")


def ensure() -> None:
    """Make and start the private cluster where it is missing or down; do nothing with a database of one's own."""
    if own_database():
        return
    data = _data()
    if not (data / "PG_VERSION").exists():
        _create(data)
    (data.parent / STOPPED).unlink(missing_ok=True)
    if _control("status", check=False).returncode != 0:
        _sockets().mkdir(mode=0o755, parents=True, exist_ok=True)
        _give(_sockets())
        _control("start", "-w", "-l", str(data.parent / "postgres.log"))


def stop() -> None:
    """Stop the private cluster, cutting off whoever is connected; nothing committed is lost."""
    if (_data() / "PG_VERSION").exists() and _control("status", check=False).returncode == 0:
        (_data().parent / STOPPED).touch()
        _control("stop", "-m", "fast")


@functools.cache
def _where() -> tuple[Path, Path]:
    return _data(), _sockets()


def is_down() -> bool:
    """Say whether the private cluster, made once and not stopped on purpose, takes no connection; never of a database of one's own."""
    if own_database():
        return False
    data, sockets = _where()
    if not (data / "PG_VERSION").exists() or (data.parent / STOPPED).exists():
        return False
    with socket.socket(socket.AF_UNIX) as door:
        return door.connect_ex(str(sockets / ".s.PGSQL.5432")) != 0


def _place() -> Path:
    """Find a folder that the server's user can reach: the one that was named, in the checkout, or in /var/lib when that is out of reach."""
    if named := os.environ.get("GRIDMAP_DATABASE_FOLDER"):
        if not os.path.isabs(named):
            raise SystemExit("GRIDMAP_DATABASE_FOLDER has to be a whole path, from /.")
        return Path(named)
    LOCAL.mkdir(mode=0o711, exist_ok=True)
    if os.geteuid() != 0:
        return LOCAL / "postgres"
    reachable = subprocess.run([*_as_server(), "test", "-x", str(LOCAL)], capture_output=True, check=False)
    return LOCAL / "postgres" if reachable.returncode == 0 else Path("/var/lib/gridmap") / _mark()


def _mark() -> str:
    return hashlib.sha256((os.environ.get("GRIDMAP_DATABASE_FOLDER") or str(ROOT)).encode()).hexdigest()[:12]


def _data() -> Path:
    return _place() / "data"


def _sockets() -> Path:
    folder = _place() / "socket"
    return folder if len(str(folder)) <= MAX_SOCKET_PATH else Path("/tmp") / f"gridmap-{_mark()}"


def _as_server() -> list[str]:
    return ["runuser", "-u", SERVER_USER, "--"] if os.geteuid() == 0 else []


def _give(path: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam(SERVER_USER)
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if not found:
        raise SystemExit("PostgreSQL is not installed; ./run installs it, or set GRIDMAP_DATABASE_URL.")
    return str(found[-1])


def _control(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [*_as_server(), _program("pg_ctl"), "-D", str(_data()), *arguments]
    # The server inherits pg_ctl's pipes and would hold them open, so what it says is not captured.
    done = subprocess.run(
        command, cwd="/", text=True, check=False, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if check and done.returncode != 0:
        raise SystemExit(f"PostgreSQL did not {arguments[0]}; its log is {_data().parent / 'postgres.log'}")
    return done


def _create(data: Path) -> None:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (data.parent, data):
        _give(folder)
    password = data.parent / "password"
    password.touch(mode=0o600)
    _give(password)
    password.write_text(secret("GRIDMAP_DATABASE_PASSWORD"))
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    command = [*_as_server(), _program("initdb"), "-D", str(data), "-U", "gridmap", f"--pwfile={password}", *options]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    password.unlink()
    if done.returncode != 0:
        raise SystemExit(f"initdb failed: {done.stderr.strip()}")
    with (data / "postgresql.conf").open("a") as file:
        file.write(_settings())
    _control("start", "-w", "-l", str(data.parent / "postgres.log"))
    environment = os.environ | {"PGPASSWORD": secret("GRIDMAP_DATABASE_PASSWORD")}
    create = [_program("createdb"), "-h", str(_sockets()), "-U", "gridmap", "gridmap"]
    subprocess.run(create, env=environment, check=True)


def _settings() -> str:
    _sockets().mkdir(mode=0o755, parents=True, exist_ok=True)
    _give(_sockets())
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return (
        "\n# gridmap: one machine, one county; nothing listens on the network\n"
        f"listen_addresses = ''\nunix_socket_directories = '{_sockets()}'\n"
        f"shared_buffers = {min(1024, max(128, memory_mb // 8))}MB\nwork_mem = 32MB\nmaintenance_work_mem = 256MB\n"
        "max_connections = 200\nmax_wal_size = 4GB\ncheckpoint_timeout = 15min\njit = off\nrandom_page_cost = 1.1\n"
        "log_min_error_statement = panic\n"
    )


if __name__ == "__main__":
    act = {"start": ensure, "stop": stop, "url": lambda: print(url())}
    if sys.argv[1:2] == [] or sys.argv[1] not in act:
        raise SystemExit(__doc__)
    act[sys.argv[1]]()
