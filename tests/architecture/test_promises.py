"""docs/promises.md names a test for each promise, and each is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROMISES = (ROOT / "docs/promises.md").read_text(encoding="utf-8")


def test_each_promise_has_a_test_that_is_there() -> None:
    assert re.findall(r"^\| (P\d+) \|", PROMISES, re.MULTILINE) == [f"P{n}" for n in range(1, 19)]
    for line in PROMISES.splitlines():
        if line.startswith("| ") and not line.startswith(("| |", "| fault")):
            named = re.findall(r"`((?:tests|frontend)/[^`]+)`", line)
            assert named, line
            for path, _, name in (one.partition("::") for one in named):
                assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8") if name else (ROOT / path).exists(), (path, name)
