"""Real Chromium for tests: one browser, a context for each person, and what their screens must never do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CHROMIUM = "/usr/bin/chromium"
expect.set_options(timeout=20_000)  # a map drawn without a graphics card keeps a page for seconds; how fast it is, the benches judge
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = Path(__file__).parents[2] / ".local" / "screenshots"
HARMLESS = (
    "GPU stall",
    "WebGL",
    "401 (Unauthorized)",
    "404 (Not Found)",
    "422 (",
    "ERR_CONNECTION",
    "ERR_FAILED",
    "WebSocket connection",
)
LATENCY = int(os.environ.get("GRIDMAP_TEST_LATENCY", "0"))  # milliseconds that each answer to a browser is late
MAP = "[data-testid=map][data-idle='1']"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def another(browser: Browser) -> Browser:
    """Start a second browser beside a first one, a process of its own; whoever asks closes it."""
    return browser.browser_type.launch(executable_path=CHROMIUM, args=FLAGS)


class Person:
    """Somebody at a screen of their own size."""

    def __init__(self, browser: Browser, width: int, height: int, *, touch: bool = False, worker: bool = False, **told: Any) -> None:
        """``worker``: whether its service worker may run; ``told``: what else the browser is told, such as where it is."""
        self.faults: list[str] = []
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", has_touch=touch, service_workers="allow" if worker else "block", **told
        )
        context.set_default_timeout(30_000)
        self.page: Page = context.new_page()
        if LATENCY:
            network = {"offline": False, "latency": LATENCY, "downloadThroughput": -1, "uploadThroughput": -1}
            context.new_cdp_session(self.page).send("Network.emulateNetworkConditions", network)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._same_house(request.url))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in HARMLESS):
            self.faults.append(f"{message.text} {message.location.get('url', '')}")

    def _same_house(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1", "blob:", "data:")):
            self.faults.append(f"asked elsewhere: {url}")

    def sign_in(self, url: str, username: str, password: str, face: str) -> None:
        """Sign in by the page as a person does."""
        self.page.goto(f"{url}{face}")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(f"**{face}")

    def see_map(self) -> None:
        """Wait until the map has drawn everything."""
        self.page.wait_for_selector(MAP)
        self.page.wait_for_selector("text=实时")

    def axe(self) -> list[str]:
        """Give what axe finds serious or critical on the screen (WCAG 2.2 A and AA): the rule and the first place of each."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
        grave = [row for row in found["violations"] if row["impact"] in ("serious", "critical")]
        return [f"{row['id']}: {row['nodes'][0]['html'][:160]} {row['nodes'][0].get('failureSummary', '')[:200]}" for row in grave]

    def shoot(self, name: str) -> Path:
        """Save what the screen shows."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path
