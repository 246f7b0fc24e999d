"""Databases that are filled once a session of tests and copied from then on: the same county seeded for each took six minutes.

A session has a name (``GRIDMAP_TEST_SESSION``, set by conftest) and drops its databases when it ends, so no copy is older
than the run. A bench by hand is in no session and fills its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from gridmap import cluster

PREFIX = "gridmap_seed_"


def begin() -> None:
    """Name the session, unless a session of which this process is a part has a name already."""
    os.environ.setdefault("GRIDMAP_TEST_SESSION", f"{os.getpid()}")


def end() -> None:
    """Drop what this session filled, and what sessions left behind whose process is gone."""
    with _admin() as ask:
        for (name,) in ask("SELECT datname FROM pg_database WHERE datname LIKE %s", PREFIX + "%"):
            session = name.removeprefix(PREFIX).partition("_")[0]
            if session == os.environ.get("GRIDMAP_TEST_SESSION") or not Path(f"/proc/{session}").exists():
                ask(f"DROP DATABASE {name} WITH (FORCE)")
                shutil.rmtree(_folder(name), ignore_errors=True)


def copied(database: str, demo_file: Path, fill: list[str], url: str, make: Callable[[], None]) -> None:
    """Make a filled database, from this session's copy of it where there is one.

    Args:
        database: the name that it gets.
        demo_file: where its sign-ins and links are put.
        fill: the command that fills it, without the address of its web process.
        url: that address, which stands in the links.
        make: creates and fills it when it cannot be copied.
    """
    session = os.environ.get("GRIDMAP_TEST_SESSION")
    if not session:
        return make()
    seed = f"{PREFIX}{session}_{hashlib.sha256(' '.join(fill).encode()).hexdigest()[:12]}"
    kept = _folder(seed)
    with _admin() as ask:
        ask("SELECT pg_advisory_lock(hashtext(%s))", seed)  # two workers that want the same: one makes it
        if not ask("SELECT 1 FROM pg_database WHERE datname = %s", seed):
            make()
            kept.mkdir(parents=True, exist_ok=True)
            shutil.copy(demo_file, kept / "demo.json")
            (kept / "url").write_text(url)
            ask(f"CREATE DATABASE {seed} TEMPLATE {database} STRATEGY FILE_COPY")
            return None
        ask(f"CREATE DATABASE {database} TEMPLATE {seed} STRATEGY FILE_COPY")
    with closing(psycopg2.connect(cluster.url(), dbname=database)) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM realtime_history")  # the copy begins a history of its own, as a new database does
        connection.commit()
    demo_file.write_text((kept / "demo.json").read_text().replace((kept / "url").read_text(), url))


def _folder(seed: str) -> Path:
    return cluster.LOCAL / "seeds" / seed


@contextmanager
def _admin() -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    with closing(psycopg2.connect(cluster.url(), dbname="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:

            def ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
                cursor.execute(sql, values or None)
                return cursor.fetchall() if cursor.description else []

            yield ask
