"""A web process that cannot do its work does not look as if it could."""

from __future__ import annotations

import os
import socket
import subprocess

from gridmap import web


def test_a_web_process_that_starts_while_the_database_is_away_ends_and_does_not_serve_deaf() -> None:
    """Without its hub it would answer every page and push no warning, for ever; the supervisor starts another one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nowhere = {"GRIDMAP_DATABASE_URL": "postgresql://nobody:none@127.0.0.1:1/none", "GRIDMAP_STATEMENT_MS": "15000"}
    ended = subprocess.run(web.command("--host", "127.0.0.1", "--port", str(port)), env=os.environ | nowhere, timeout=60, check=False, capture_output=True, text=True)
    assert ended.returncode != 0
    assert "Error" in ended.stderr
