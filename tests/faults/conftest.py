"""The house whose processes the faults kill."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.house import House


@pytest.fixture(scope="package")
def house() -> Iterator[House]:
    """A county of 200,000 people, so that a send takes long enough to be cut off."""
    with House("faults", [sys.executable, "manage.py", "seed_county", "--residents", "200000"]) as running:
        yield running
