"""The main job in real browsers: a landslide is reported, its area drawn, the warning approved and sent; a resident
inside answers, one outside hears nothing, the wall counts, and the township's officer sees who is left."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.browser import MAP, Person
from tests.e2e.pixels import share
from tests.house import House, until

TOWNSHIP = "430524203"  # 大水田乡
COVERAGE_DARK = ("#17343a", "#19575e", "#1f8783", "#4fbaa6", "#a9e6ce")
COVERAGE_LIGHT = ("#e3f1ee", "#bfe3da", "#8fcfc0", "#55b0a0", "#1f8a7c")
MISSING = ("#2f9e5b", "#8fcf9f", "#f3b3d6", "#e066b0", "#c2298a")


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    """Open every face; what one test does the next one finds, in the order of the story."""
    house, people = county_house, {}
    inside = next(row for row in house.demo["residents"] if row["grid"].startswith(TOWNSHIP))
    outside = next(row for row in house.demo["residents"] if not row["grid"].startswith(TOWNSHIP))
    people["wall"] = Person(browser, 1920, 1080)
    people["wall"].page.goto(house.demo["wall_url"])
    people["plan"] = Person(browser, 1440, 900)
    people["second"] = Person(browser, 1440, 900)
    people["tablet"] = Person(browser, 1280, 800, touch=True, worker=True)
    for name, username, face in (
        ("plan", "planner.wang", "/plan"),
        ("second", "planner.li", "/plan"),
        ("tablet", "officer.dashuitian", "/tablet"),
    ):
        password = next(row["password"] for row in house.demo["sign_ins"] if row["username"] == username)
        people[name].sign_in(house.url, username, password, face)
    people["inside"], people["outside"] = Person(browser, 390, 844, touch=True), Person(browser, 390, 844, touch=True)
    people["inside"].page.goto(inside["device_url"])
    people["outside"].page.goto(outside["device_url"])
    return {"house": house, "at": inside["location"], **people}


def screen(story: dict[str, Any], lon: float, lat: float) -> tuple[float, float]:
    """Give where a place lies on the planner's screen, by the county's box that the map was fitted to."""
    box = story["plan"].page.locator("[data-testid=map]").bounding_box()
    west, south, east, north = story["house"].staff("planner.wang").get("/api/grids/current").json()["bbox"]

    def mercator(degrees: float) -> float:
        return math.log(math.tan(math.pi / 4 + math.radians(degrees) / 2))

    inner = (box["width"] - 48, box["height"] - 48)
    scale = min(inner[0] / math.radians(east - west), inner[1] / (mercator(north) - mercator(south)))
    x = box["x"] + box["width"] / 2 + (math.radians(lon) - math.radians((west + east) / 2)) * scale
    y = box["y"] + box["height"] / 2 - (mercator(lat) - (mercator(north) + mercator(south)) / 2) * scale
    return x, y


def middle(story: dict[str, Any]) -> tuple[float, float]:
    """Give the middle of the planner's map on her screen."""
    return middle_of(story["plan"])


def middle_of(person: Person) -> tuple[float, float]:
    """Give the middle of the map on somebody's screen."""
    box = person.page.locator("[data-testid=map]").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_1_the_wall_shows_the_county_shaded_by_coverage_with_uncovered_grids_standing_out(
    story: dict[str, Any],
) -> None:
    wall = story["wall"]
    wall.see_map()
    for words in (
        "隆回县 · 网格指挥",
        "演示",
        "实时",
        "无人负责",
        "可触达率",
        "演示数据 · 乡镇以下边界为合成，非真实界线",
    ):
        expect(wall.page.get_by_text(words).first).to_be_visible()
    expect(wall.page.get_by_text("572")).to_be_visible()
    path = wall.shoot("wall")
    assert share(path, *COVERAGE_DARK) > 0.08
    assert share(path, "#ff5db1") > 0.0002


def test_2_a_planner_reports_a_landslide_on_the_map(story: dict[str, Any]) -> None:
    plan = story["plan"]
    plan.see_map()
    plan.shoot("plan-empty")
    plan.page.get_by_role("button", name="上报", exact=True).first.click()
    plan.page.mouse.click(*screen(story, *story["at"]))
    form = plan.page.get_by_test_id("report-form")
    form.get_by_label("什么事").fill("后山滑坡，土还在动")
    form.get_by_role("button", name="上报").click()
    expect(plan.page.get_by_text("已上报 · 编号")).to_be_visible()
    expect(story["wall"].page.get_by_test_id("incidents")).to_contain_text("后山滑坡，土还在动")
    expect(story["wall"].page.get_by_test_id("incidents")).to_contain_text("大水田乡")


def test_3_she_draws_a_polygon_and_sees_at_once_who_lives_inside(story: dict[str, Any]) -> None:
    plan = story["plan"]
    plan.page.get_by_role("button", name="多边形").click()
    plan.page.wait_for_selector(MAP)
    x, y = middle(story)  # the map went to the incident when it was reported
    for dx, dy in ((-210, 150), (230, 120), (200, -190), (-180, -170)):
        plan.page.mouse.click(x + dx, y + dy)
    plan.page.keyboard.press("Enter")
    inside = plan.page.get_by_test_id("inside")
    expect(inside).to_have_attribute("data-counting", "false")
    residents = number(plan.page.get_by_test_id("residents").inner_text())
    connected = number(plan.page.get_by_test_id("connected").inner_text())
    assert 0 < connected < residents
    expect(plan.page.get_by_test_id("by-grid")).to_contain_text("个组")
    story["residents"], story["connected"] = residents, connected
    plan.page.get_by_label("标题").fill("山体滑坡危险，请立即撤离")
    plan.page.get_by_label("险情和注意事项").fill("屋后山体有裂缝，随时可能滑坡。不要回屋取东西。")
    plan.page.get_by_label("怎么做").fill("带上药品和证件，沿村道向东走到学校操场，不要走河边。")
    plan.page.get_by_text("看看手机上是什么样子").click()
    plan.page.get_by_label("从何时起").select_option(index=2)
    expect(plan.page.get_by_test_id("phone-preview").get_by_text("从何时起")).to_have_count(1)
    plan.page.get_by_label("从何时起").select_option(index=0)
    expect(plan.page.get_by_test_id("phone-preview").get_by_text("从何时起")).to_have_count(0)
    plan.page.get_by_text("看看手机上是什么样子").click()
    path = plan.shoot("plan")
    assert share(path, "#f76b15") > 0.001
    lost: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.url)
        route.fetch()  # the server takes it, and the answer is lost on its way back
        route.abort()

    plan.page.route("**/api/broadcasts", lose_the_first_answer)
    plan.page.get_by_role("button", name="提交，请人复核").click()
    expect(plan.page.get_by_text("网络不通，服务器没有回应。")).to_be_visible()
    plan.page.get_by_role("button", name="提交，请人复核").click()
    expect(plan.page.get_by_text("等另一位同事复核")).to_be_visible()
    assert story["house"].ask("SELECT count(*) FROM broadcasts_broadcast WHERE headline = '山体滑坡危险，请立即撤离'") == [(1,)]


def test_4_a_second_planner_approves_and_it_goes_out(story: dict[str, Any]) -> None:
    second, inside = story["second"], story["inside"]
    expect(inside.page.get_by_test_id("empty")).to_be_visible()
    inside.shoot("phone-empty")
    second.page.get_by_test_id("broadcast-row").first.click()
    expect(second.page.get_by_test_id("detail")).to_contain_text("山体滑坡危险，请立即撤离")
    expect(second.page.get_by_test_id("counted")).to_contain_text(f"{story['residents']}")
    second.page.wait_for_selector(MAP)
    assert share(second.shoot("plan-approval"), "#f76b15") > 0.001  # the approver sees the area that is approved
    second.page.get_by_role("button", name="复核通过").click()
    second.page.get_by_role("button", name="发出", exact=True).click()
    expect(second.page.get_by_role("button", name="停！先不发")).to_be_visible()
    second.shoot("plan-countdown")
    message = inside.page.get_by_test_id("message")
    expect(message).to_be_visible(timeout=15_000)
    seen = datetime.now(UTC)
    sends_at = story["house"].ask("SELECT sends_at FROM broadcasts_broadcast ORDER BY drafted_at DESC LIMIT 1")[0][0]
    assert 0 <= (seen - sends_at).total_seconds() < 1.5  # a second for the phone, half for two browsers on two cores
    expect(message).to_contain_text("山体滑坡危险，请立即撤离")
    expect(message).to_contain_text("您家在危险范围内")
    expect(message).to_contain_text("紧急撤离通知 · 地质灾害 · 橙色")
    expect(message).to_contain_text("沿村道向东走到学校操场")
    inside.shoot("phone")
    inside.page.set_viewport_size({"width": 360, "height": 600})  # a small phone, WeChat's bars around the page
    for answer in ("我正在撤离", "我已到安全处", "我需要帮助"):
        expect(inside.page.get_by_role("button", name=answer)).to_be_in_viewport(ratio=1)
    inside.shoot("phone-small")
    inside.page.set_viewport_size({"width": 390, "height": 844})


def test_5_the_resident_answers_and_one_outside_gets_nothing(story: dict[str, Any]) -> None:
    inside, wall = story["inside"], story["wall"]
    inside.page.get_by_role("button", name="我正在撤离").click()
    expect(inside.page.get_by_text("已回复：我正在撤离")).to_be_visible()
    expect(wall.page.get_by_test_id("moving")).to_have_text("1")
    inside.page.get_by_role("button", name="我已到安全处").click()
    expect(wall.page.get_by_test_id("safe")).to_have_text("1")
    expect(wall.page.get_by_test_id("moving")).to_have_text("0")
    expect(wall.page.get_by_test_id("missing")).to_have_text(f"{story['residents'] - 1:,}")
    inside.shoot("phone-safe")
    expect(story["outside"].page.get_by_test_id("empty")).to_be_visible()
    assert story["outside"].page.get_by_test_id("message").count() == 0
    story["outside"].shoot("phone-outside")


def test_6_the_wall_counts_live_and_shows_who_is_missing_by_group(story: dict[str, Any]) -> None:
    wall = story["wall"]
    expect(wall.page.get_by_test_id("running")).to_contain_text("橙色 · 紧急撤离通知")
    expect(wall.page.get_by_test_id("pushed")).to_have_text("1")
    expect(wall.page.get_by_test_id("displayed")).to_have_text("1")
    wall.page.wait_for_selector(MAP)
    path = until(
        lambda: (shot := wall.shoot("wall-evacuation")) and share(shot, *MISSING) > 0.05 and shot,
        "shaded by who is missing",
    )
    assert share(path, "#f76b15") > 0.0005


def test_7_the_townships_officer_sees_only_her_people_and_ticks_one_off(story: dict[str, Any]) -> None:
    tablet = story["tablet"]
    tablet.see_map()
    expect(tablet.page.get_by_role("heading", level=1)).to_have_text("大水田乡")
    expect(tablet.page.get_by_test_id("tasks")).to_contain_text("后山滑坡，土还在动")
    doors = tablet.page.get_by_test_id("door")
    expect(doors.first).to_be_visible()
    tablet.shoot("tablet")
    expect(story["wall"].page.get_by_test_id("callup-line")).to_contain_text("网格员应答 0 / ")
    tablet.page.get_by_role("button", name="叫应：收到，马上去").click()
    expect(story["wall"].page.get_by_test_id("callup-line")).to_contain_text("网格员应答 1 / ")
    expect(tablet.page.get_by_test_id("callups")).to_have_count(0)
    before = story["house"].staff("officer.dashuitian")
    id = story["house"].ask("SELECT id FROM broadcasts_broadcast ORDER BY drafted_at DESC LIMIT 1")[0][0]
    waiting = before.get(f"/api/broadcasts/{id}/not-seen").json()["total"]
    doors.first.get_by_role("button", name="登记结果").click()
    doors.first.get_by_role("button", name="已转移").click()
    until(lambda: before.get(f"/api/broadcasts/{id}/not-seen").json()["total"] == waiting - 1, "one fewer to visit")
    expect(story["wall"].page.get_by_test_id("accounted_for")).to_have_text("2")
    tablet.page.get_by_role("button", name="居民").click()
    expect(tablet.page.get_by_test_id("people").locator("li").first).to_contain_text("*")
    tablet.shoot("tablet-people")
    tablet.page.get_by_role("button", name="我的网格").click()
    expect(tablet.page.get_by_text("登记").first).to_be_visible()
    tablet.shoot("tablet-grids")


def test_a_tick_without_signal_is_kept_and_a_wrong_one_taken_back(story: dict[str, Any]) -> None:
    tablet, officer = story["tablet"], story["house"].staff("officer.dashuitian")
    id = story["house"].ask("SELECT id FROM broadcasts_broadcast ORDER BY drafted_at DESC LIMIT 1")[0][0]
    progress = f"/api/broadcasts/{id}/progress"
    before = officer.get(progress).json()
    tablet.page.get_by_role("button", name="任务").click()
    tablet.page.route("**/ticks", lambda route: route.abort())
    first = tablet.page.get_by_test_id("door").first
    first.get_by_role("button", name="登记结果").click()
    first.get_by_role("button", name="已告知").click()
    expect(tablet.page.get_by_text("已记下 1 条，正等着传，有信号自动补传")).to_be_visible()
    tablet.shoot("tablet-offline")
    listed = tablet.page.get_by_test_id("door").count()
    tablet.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    tablet.page.context.set_offline(True)
    tablet.page.reload()  # the browser crashed in a valley: the page and the list are there all the same, and say how old they are
    expect(tablet.page.get_by_text("已记下 1 条，正等着传，有信号自动补传")).to_be_visible()
    expect(tablet.page.get_by_test_id("door")).to_have_count(listed)
    expect(tablet.page.get_by_text("新的还没读到，正在再试")).to_be_visible()
    tablet.shoot("tablet-no-signal")
    tablet.page.context.set_offline(False)
    tablet.see_map()
    tablet.faults[:] = [fault for fault in tablet.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
    expect(tablet.page.get_by_text("新的还没读到，正在再试")).to_have_count(0)
    tablet.page.unroute("**/ticks")
    until(lambda: officer.get(progress).json()["visited"] == before["visited"] + 1, "sent when the signal returned")
    expect(tablet.page.get_by_text("没有信号")).to_have_count(0)
    unvisited = tablet.page.get_by_test_id("door").filter(has=tablet.page.get_by_role("button", name="登记结果"))
    seen = unvisited.locator("small").all_inner_texts()
    someone = next(text for text in seen[1:] if seen.count(text) == 1)  # two of one family may look alike, masked
    door = tablet.page.get_by_test_id("door").filter(has_text=someone)
    door.get_by_role("button", name="登记结果").click()
    door.get_by_role("button", name="在外").click()
    expect(door).to_have_count(0)
    tablet.page.get_by_role("button", name="撤回").click()
    expect(door).to_have_count(1)
    assert officer.get(progress).json()["accounted_for"] == before["accounted_for"]


def test_8_the_warning_is_called_off_and_struck_out_on_the_phone(story: dict[str, Any]) -> None:
    second, plan, inside = story["second"], story["plan"], story["inside"]
    second.page.get_by_label("撤销原因").fill("险情解除，可以回家")
    second.page.get_by_role("button", name="撤销通知").click()
    expect(second.page.get_by_text("等另一位同事复核")).to_be_visible()
    plan.page.get_by_role("button", name="返回").click()
    plan.page.get_by_test_id("broadcast-row").first.click()
    plan.page.get_by_role("button", name="同意撤销").click()
    expect(inside.page.get_by_text("这条通知已撤销：险情解除，可以回家")).to_be_visible()
    assert "line-through" in inside.page.locator(".message h1").evaluate(
        "node => getComputedStyle(node).textDecorationLine"
    )
    expect(story["wall"].page.get_by_text("眼下没有生效的通知")).to_be_visible()
    inside.shoot("phone-cancelled")
    plan.shoot("plan-list")


def test_a_circle_is_what_was_typed_and_is_taken_by_the_server(story: dict[str, Any]) -> None:
    plan = story["plan"]
    plan.page.get_by_role("button", name="返回").click()
    plan.page.get_by_role("button", name="圆", exact=True).click()
    plan.page.wait_for_selector(MAP)
    x, y = middle(story)
    plan.page.mouse.click(x, y)
    plan.page.mouse.move(x + 60, y, steps=4)
    plan.page.mouse.click(x + 87, y)
    radius = plan.page.get_by_label("半径（米）")
    expect(radius).to_be_visible()
    with plan.page.expect_response(lambda answer: answer.url.endswith("/preview") and '"radius_m":1234' in (answer.request.post_data or "")) as counted:
        radius.fill("")
        radius.press_sequentially("1234", delay=300)  # as slowly as a person: the form is drawn anew meanwhile
        radius.blur()
    expect(plan.page.get_by_text("面积 4.78 平方公里")).to_be_visible()
    expect(plan.page.get_by_test_id("inside")).to_have_attribute("data-counting", "false")
    assert number(plan.page.get_by_test_id("residents").inner_text()) == counted.value.json()["residents"]
    assert radius.evaluate("node => node.validity.valid")
    plan.shoot("plan-circle")
    plan.page.get_by_role("button", name="清除").click()


def test_a_corridor_along_a_road_is_as_wide_as_was_typed(story: dict[str, Any]) -> None:
    plan = story["plan"]
    plan.page.get_by_role("button", name="沿路", exact=True).click()
    plan.page.wait_for_selector(MAP)
    x, y = middle(story)
    for dx, dy in ((0, 0), (50, 20), (90, -10)):
        plan.page.mouse.move(x + dx, y + dy, steps=3)
        plan.page.mouse.click(x + dx, y + dy)
    plan.page.keyboard.press("Enter")
    width = plan.page.get_by_label("宽度（米，路两边合计）")
    expect(width).to_have_value("200")
    with plan.page.expect_response(lambda answer: answer.url.endswith("/preview") and '"width_m":900' in (answer.request.post_data or "")) as counted:
        width.fill("900")
        width.blur()
    expect(plan.page.get_by_text("路长")).to_be_visible()
    expect(plan.page.get_by_test_id("inside")).to_have_attribute("data-counting", "false")
    said = counted.value.json()
    assert number(plan.page.get_by_test_id("residents").inner_text()) == said["residents"] > 0
    assert sum(row["residents"] for row in said["by_grid"]) == said["residents"]
    plan.shoot("plan-corridor")
    plan.page.get_by_role("button", name="清除").click()


def test_9_the_wall_heals_itself_after_the_server_was_gone_and_says_that_it_was_stale(story: dict[str, Any]) -> None:
    wall, house = story["wall"], story["house"]
    house.kill_web()
    expect(wall.page.get_by_text("数据停在")).to_be_visible(timeout=40_000)
    wall.shoot("wall-stale")
    house.start_web()
    house.wait_ready()
    expect(wall.page.locator(".live")).to_be_visible(timeout=40_000)
    body = {"kind": "fire", "severity": "minor", "title": "重连后的新事件", "location": story["at"]}
    assert house.staff("planner.wang").post("/api/incidents", json=body).status_code == 201
    expect(wall.page.get_by_test_id("incidents")).to_contain_text("重连后的新事件")


def test_no_screen_complained_or_asked_anything_of_another_house(story: dict[str, Any]) -> None:
    assert {name: person.faults for name, person in story.items() if isinstance(person, Person) and person.faults} == {}


def test_english_is_a_switch_away(story: dict[str, Any]) -> None:
    plan = story["plan"]
    plan.page.get_by_role("button", name="English").click()
    expect(
        plan.page.get_by_text("Draw an area on the map first").or_(plan.page.get_by_text("Broadcasts")).first
    ).to_be_visible()
    plan.shoot("plan-english")
    plan.page.get_by_role("button", name="中文").click()
