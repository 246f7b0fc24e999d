"""The desk in the middle of other things: what is drawn waits while something else is looked at, steps go back over everything, what
was handed over is taken back to be changed, and what went out says how far it came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Person
from tests.e2e.test_planning import TAKEN, counted, square, unfold
from tests.house import House


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    house = county_house
    resident = [row for row in house.demo["residents"] if not row["grid"].startswith(TAKEN)][-1]
    id = house.send(house.approve({"selection": {"area": {"type": "grids", "codes": [resident["grid"]]}}, "kind": "road_hazard", "level": "yellow", "headline": "桥面塌了，请绕行"}))
    planner = Person(browser, 1440, 900)
    password = next(row["password"] for row in house.demo["sign_ins"] if row["username"] == "planner.wang")
    planner.sign_in(house.url, "planner.wang", password, "/plan")
    return {"house": house, "planner": planner, "at": resident["location"], "out": id}


def drawn(page: Any, area: dict[str, Any]) -> int:
    unfold(page)
    page.get_by_label("粘贴 GeoJSON").fill(json.dumps(area))
    page.get_by_role("button", name="用这个范围").click()
    return counted(page)


def test_1_what_is_drawn_waits_while_another_message_is_looked_at(story: dict[str, Any]) -> None:
    page = story["planner"].page
    story["planner"].see_map()
    story["n"] = drawn(page, square(story["at"], 0.012))
    page.get_by_label("标题").fill("山洪来了，请上高处")
    page.get_by_test_id("desk-list").get_by_text("桥面塌了，请绕行").first.click()
    reached = page.get_by_test_id("reached")
    expect(reached.get_by_test_id("went-to")).not_to_have_text("0")  # what went out is echoed
    reached.get_by_text("各村看到的人数").click()
    expect(page.get_by_test_id("reached-by-village").locator("li")).to_have_count(1)
    expect(page.get_by_role("button", name="上一步")).to_be_disabled()  # nothing of the message looked at can be drawn
    page.get_by_text("图例").click()
    expect(page.get_by_test_id("legend")).to_be_visible()
    story["planner"].shoot("plan-reached")
    assert story["planner"].axe() == []
    page.get_by_role("button", name="返回").click()
    assert counted(page) == story["n"]
    expect(page.get_by_label("标题")).to_have_value("山洪来了，请上高处")


def test_2_steps_go_back_over_what_was_cleared_or_replaced(story: dict[str, Any]) -> None:
    page = story["planner"].page
    page.get_by_role("button", name="清除").click()
    expect(page.get_by_text("先在地图上画出范围")).to_be_visible()
    page.get_by_role("button", name="上一步").click()
    assert counted(page) == story["n"]
    more = drawn(page, square(story["at"], 0.03))
    assert more > story["n"]
    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_test_id("residents")).to_have_text(f"{story['n']:,}")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_test_id("residents")).to_have_text(f"{more:,}")
    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_test_id("residents")).to_have_text(f"{story['n']:,}")


def test_3_what_waits_for_approval_is_taken_back_and_changed(story: dict[str, Any]) -> None:
    page = story["planner"].page
    page.get_by_label("险情和注意事项").fill("河水在涨")
    page.get_by_label("怎么做").fill("往高处走")
    page.get_by_role("button", name="提交，请人复核").click()
    expect(page.get_by_text("等另一位同事复核")).to_be_visible()
    page.get_by_role("button", name="拿回来改").click()
    expect(page.get_by_label("标题")).to_have_value("山洪来了，请上高处")
    expect(page.get_by_label("怎么做")).to_have_value("往高处走")
    assert counted(page) == story["n"]
    page.get_by_label("标题").fill("山洪要来了，请上高处")
    page.get_by_label("标题").press("Enter")  # hands nothing over
    expect(page.get_by_test_id("detail")).to_have_count(0)
    page.get_by_role("button", name="提交，请人复核").click()
    expect(page.get_by_test_id("detail")).to_contain_text("山洪要来了，请上高处")
    rows = story["house"].staff("planner.wang").get("/api/broadcasts").json()["items"]
    states = {row["headline"]: row["state"] for row in rows if "请上高处" in row["headline"]}
    assert states == {"山洪来了，请上高处": "cancelled", "山洪要来了，请上高处": "submitted"}


def test_4_nothing_is_left_behind(story: dict[str, Any]) -> None:
    page = story["planner"].page
    page.get_by_role("button", name="作废", exact=True).click()
    page.get_by_role("button", name="再点一次，确认作废").click()
    expect(page.get_by_test_id("detail")).to_have_attribute("data-state", "cancelled")
    story["house"].call_off(story["out"], "桥修好了")
    assert story["planner"].faults == []
