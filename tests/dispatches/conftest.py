"""The gateway: an emulator that runs as its own process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.dispatches.steps import SECRET


@pytest.fixture(scope="package")
def process() -> Iterator[str]:
    with subprocess.Popen([sys.executable, "-m", "tests.emulators.sms_gateway", "0", SECRET], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield f"http://127.0.0.1:{running.stdout.readline().strip()}"
        running.terminate()


@pytest.fixture
def gateway(process: str, settings: Any) -> str:
    settings.SMS_URL, settings.SMS_SECRET = f"{process}/send", SECRET
    httpx.post(f"{process}/mood", json={"status": 200})
    return process
