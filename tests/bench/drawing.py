"""``bench drawing``: how long after a change of the area the desk shows who is in it, in a real Chromium on the whole register.

Ours runs from the change of a circle's radius to the new figure on the screen: the question, the answer, the picture. Without a graphics
card the map is painted by the cores that answer, 130 ms a frame at full size; so the window is small, and each change is measured a second
time with a map of one pixel, which costs what a graphics card leaves to the processor. The floor asks the same question from the same page
by a bare ``fetch``. There is no peer.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from typing import Any

from tests.bench.audience import CENTRE
from tests.e2e.browser import Person, chromium
from tests.house import House

FROM_M, STEP_M = 600, 350
WINDOW = 800, 500  # pixels
SHRUNK = "document.querySelector('.maplibregl-map').style.cssText += ';width:1px;height:1px'"
CHANGED = """
async (metres) => {
  const field = document.querySelector(".composer input[type=number]");
  const inside = document.querySelector("[data-testid=inside]");
  const began = performance.now();
  const shown = new Promise((resolve) => new MutationObserver((_, watch) => {
    if (inside.dataset.counting !== "false") return;
    watch.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - began));
  }).observe(inside, { attributes: true, attributeFilter: ["data-counting"] }));
  field.value = String(metres);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return shown;
}
"""
ASKED = """
async ([center, radius_m]) => {
  const { csrf } = await (await fetch("/api/session")).json();
  const asked = { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf } };
  const began = performance.now();
  const answer = await fetch("/api/broadcasts/preview", { ...asked, body: JSON.stringify({ selection: { area: { type: "circle", center, radius_m }, basis: "last_place" } }) });
  const { residents } = await answer.json();
  return [performance.now() - began, residents];
}
"""
Say = Callable[[str], None]


def run(*, residents: int, rounds: int, say: Say, **others: int) -> dict[str, Any]:
    """Measure.

    Args:
        residents: size of the register.
        rounds: how many changes; the medians are compared.
        say: told how far it is.
        others: the sizes of other benches, not used here.

    Returns:
        Milliseconds and ratio as contracts.md names them, ``slowest`` of the changes, the same two with a map of one pixel, and ``lost``,
        people in whom the screen differs from the bare answer.
    """
    say(f"making a county of {residents} residents")
    seed = [sys.executable, "manage.py", "seed_county", "--residents", str(residents)]
    with House("drawing", seed) as house, chromium() as browser:
        planner = Person(browser, *WINDOW)
        password = next(row["password"] for row in house.demo["sign_ins"] if row["username"] == "planner.wang")
        planner.sign_in(house.url, "planner.wang", password, "/plan")
        planner.see_map()
        page, lon, lat = planner.page, *CENTRE
        page.get_by_text("常用范围 · 导入 · 全县").click()
        page.get_by_label("坐标（经度, 纬度）").fill(f"{lon}, {lat}")
        page.get_by_label("多少米以内").fill(str(FROM_M))
        page.get_by_role("button", name="以它为圆心").click()
        page.wait_for_selector("[data-testid=inside][data-counting=false]")
        took, bare, lost = [], [], 0
        for turn in range(1, 2 * rounds + 1):
            if turn == rounds + 1:
                page.evaluate(SHRUNK)
            metres = FROM_M + (1 + (turn - 1) % rounds) * STEP_M
            took.append(page.evaluate(CHANGED, metres))
            milliseconds, people = page.evaluate(ASKED, [[lon, lat], metres])
            bare.append(milliseconds)
            lost += abs(people - int(page.get_by_test_id("residents").inner_text().replace(",", "")))
            say(f"{metres} m: {took[-1]:.0f} ms, bare {bare[-1]:.0f} ms, {people} people")
    painted, unpainted = took[:rounds], took[rounds:]
    ours, floor = statistics.median(painted), statistics.median(bare)
    return {
        "bench": "drawing", "residents": residents, "rounds": rounds, "ours": round(ours, 1), "floor": round(floor, 1), "peer": None,
        "ratio_to_floor": round(ours / floor, 2), "ratio_to_peer": None, "slowest": round(max(painted), 1),
        "ours_unpainted": round(statistics.median(unpainted), 1), "slowest_unpainted": round(max(unpainted), 1), "lost": lost,
    }  # fmt: skip
