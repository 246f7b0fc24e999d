"""What every story in the browser begins with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give one Chromium for a whole story."""
    with chromium() as running:
        yield running
