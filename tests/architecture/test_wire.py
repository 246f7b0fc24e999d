"""The wire types that the front end compiles against are those of today's schemas."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from gridmap.management.commands.write_wire import wire

ROOT = Path(__file__).parents[2]


def test_the_generated_types_are_up_to_date(tmp_path: Path) -> None:
    """Make them anew and compare: `npm run wire` mends a difference."""
    description, made = tmp_path / "openapi.json", tmp_path / "wire.gen.ts"
    description.write_text(json.dumps(wire(), ensure_ascii=False, default=str))
    tool = ROOT / "frontend" / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    node = ROOT / ".local" / "node" / "node"
    command = [str(node if node.exists() else "node"), str(tool), str(description), "-o", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"NO_COLOR": "1"})
    assert done.returncode == 0, done.stderr
    assert made.read_text() == (ROOT / "frontend" / "src" / "wire.gen.ts").read_text()
