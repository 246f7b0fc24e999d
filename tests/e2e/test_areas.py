"""Areas by the keyboard, by a finger, and saved with what is taken out of them; and the password once more before approving."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Person
from tests.e2e.pixels import share
from tests.house import House

DRAWN = "#f76b15"
HALF = 0.012  # degrees


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    house, people = county_house, {}
    for name, username in (("planner", "planner.wang"), ("second", "planner.li")):
        people[name] = Person(browser, 1440, 900)
        people[name].sign_in(house.url, username, password_of(house, username), "/plan")
    people["finger"] = Person(browser, 1180, 820, touch=True, is_mobile=True)
    people["finger"].sign_in(house.url, "planner.wang", password_of(house, "planner.wang"), "/plan")
    return {"house": house, "at": house.demo["residents"][7]["location"], **people}


def password_of(house: House, username: str) -> str:
    return str(next(row["password"] for row in house.demo["sign_ins"] if row["username"] == username))


def unfold(page: Page) -> None:
    """Open the panel of areas that nobody has to draw; using one closes it."""
    if not page.get_by_test_id("area-choice").evaluate("node => node.open"):
        page.get_by_text("常用范围 · 导入 · 全县").click()


def counted(page: Page) -> int:
    expect(page.get_by_test_id("inside")).to_have_attribute("data-counting", "false")
    return int(re.sub(r"\D", "", page.get_by_test_id("residents").inner_text()))


def lines(at: list[float], *corners: tuple[float, float]) -> str:
    return "\n".join(f"{at[0] + east * HALF:.6f}, {at[1] + north * HALF:.6f}" for east, north in corners)


def to_the_end(page: Page) -> None:
    """Scroll the panel to where the button that sticks covers no half of a field, which axe takes for a small target."""
    page.locator("aside").evaluate("node => node.scrollTo(0, node.scrollHeight)")


def type_corners(page: Page, text: str, *, road: bool = False) -> None:
    """As somebody without a mouse does."""
    if not page.get_by_test_id("area-choice").evaluate("node => node.open"):
        page.get_by_test_id("area-choice").locator("summary").focus()
        page.keyboard.press("Enter")
    page.get_by_label("角点坐标").focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    for _ in range(2 if road else 1):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def test_1_corners_told_over_the_telephone_are_an_area_without_any_mouse(story: dict[str, Any]) -> None:
    page, at = story["planner"].page, story["at"]
    story["planner"].see_map()
    type_corners(page, "111.03")
    expect(page.get_by_text("第 1 行读不懂：要写成 经度, 纬度").first).to_be_visible()
    type_corners(page, lines(at, (-1, -1), (1, -1), (1, 1), (-1, 1)))
    story["all"] = counted(page)
    assert story["all"] > 0
    story["planner"].see_map()
    assert share(story["planner"].shoot("plan-corners"), DRAWN) > 0.0005
    unfold(page)
    expect(page.get_by_label("角点坐标")).to_have_value(re.compile(r"^\S+, \S+\n\S+, \S+\n\S+, \S+\n\S+, \S+$"))  # they stand there to be changed
    assert story["planner"].axe() == []
    type_corners(page, lines(at, (-1, -1), (1, -1), (1, 1)))
    assert 0 < counted(page) < story["all"]
    page.get_by_role("button", name="上一步").click()
    assert counted(page) == story["all"]


def test_2_corners_that_cross_are_refused_at_their_place_and_a_road_has_its_width(story: dict[str, Any]) -> None:
    page, at = story["planner"].page, story["at"]
    type_corners(page, lines(at, (-1, -1), (1, 1), (1, -1), (-1, 1)))
    expect(page.locator(".composer .refused")).not_to_be_empty()
    expect(page.locator(".vertex-fault")).to_be_visible()
    expect(page.get_by_role("button", name="提交，请人复核")).to_be_disabled()
    type_corners(page, lines(at, (-1, 0), (1, 0.2)), road=True)
    narrow = counted(page)
    page.get_by_label("宽度（米，路两边合计）").fill("900")
    page.get_by_label("宽度（米，路两边合计）").press("Enter")
    expect(page.get_by_test_id("inside")).to_have_attribute("data-counting", "false")
    assert counted(page) > narrow > 0
    page.get_by_role("button", name="清除").click()


def test_3_a_part_taken_out_is_saved_with_the_area(story: dict[str, Any]) -> None:
    page, at = story["planner"].page, story["at"]
    type_corners(page, lines(at, (-1, -1), (1, -1), (1, 1), (-1, 1)))
    assert counted(page) == story["all"]
    story["planner"].see_map()
    page.get_by_role("button", name="挖去一块").click()
    page.get_by_role("button", name="多边形").click()
    box = page.locator("[data-testid=map]").bounding_box() or {}
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for dx, dy in ((-90, 70), (60, 70), (60, -60), (-90, -60)):
        page.mouse.click(x + dx, y + dy)
    with page.expect_response(lambda answer: answer.url.endswith("/preview") and '"exclude"' in (answer.request.post_data or "")):
        page.keyboard.press("Enter")
    left = counted(page)
    assert 0 < left < story["all"]
    page.get_by_role("button", name="挖去一块").click()
    unfold(page)
    page.get_by_label("范围名称").fill("后山不含学校")
    page.get_by_role("button", name="存下这个范围").click()
    expect(page.get_by_text("已存下：后山不含学校")).to_be_visible()
    page.get_by_role("button", name="清除").click()
    unfold(page)
    page.get_by_role("button", name="后山不含学校", exact=True).click()
    assert counted(page) == left
    story["planner"].see_map()
    story["planner"].shoot("plan-saved-hole")


def test_4_by_group_stand_people_households_and_who_is_heard_for(story: dict[str, Any]) -> None:
    page = story["planner"].page
    village = page.get_by_test_id("by-grid").locator("details").first
    village.locator("summary").click()
    expect(village.locator("tbody tr").first).to_be_visible()
    rows = [[int(re.sub(r"\D", "", cell)) for cell in row.locator("td").all_inner_texts()] for row in village.locator("tbody tr").all()]
    people, households, reached, _ = (sum(column) for column in zip(*rows, strict=True))
    said = village.locator("summary").inner_text()
    assert f"{len(rows)} 个组" in said
    assert f"{households} 户" in said
    assert f"{people} 人 · 可触达 {reached}" in said.replace(",", "")
    story["planner"].shoot("plan-by-group")
    to_the_end(page)
    assert story["planner"].axe() == []
    page.get_by_role("button", name="清除").click()


def test_5_a_finger_taps_a_centre_and_a_slider_makes_it_wider(story: dict[str, Any]) -> None:
    page = story["finger"].page
    story["finger"].see_map()
    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    page.get_by_role("button", name="圆").tap()
    page.locator("[data-testid=map]").tap()
    few = counted(page)
    page.get_by_label("拖动改半径").fill("4000")
    page.get_by_label("拖动改半径").dispatch_event("change")
    expect(page.get_by_test_id("inside")).to_have_attribute("data-counting", "false")
    assert counted(page) > few
    story["finger"].see_map()
    assert share(story["finger"].shoot("plan-finger-circle"), DRAWN) > 0.0005


def test_6_a_finger_draws_a_slope_and_moves_a_corner(story: dict[str, Any]) -> None:
    finger, page = story["finger"], story["finger"].page
    page.get_by_role("button", name="多边形").tap()
    box = page.locator("[data-testid=map]").bounding_box() or {}
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    corners = ((-120, 100), (120, 100), (120, -90), (-120, -90))
    for dx, dy in corners:
        page.touchscreen.tap(x + dx, y + dy)
    page.touchscreen.tap(x + corners[-1][0], y + corners[-1][1])  # the last corner once more ends it
    small = counted(page)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *at: float) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]}] if at else []})

    with page.expect_response(lambda answer: answer.url.endswith("/preview")):
        touch("touchStart", x + 120 + 6, y + 100 + 6)  # a thumb is not exact
        for step in range(1, 11):
            touch("touchMove", x + 120 + 12 * step, y + 100 + 12 * step)
        touch("touchEnd")
    expect(page.get_by_test_id("inside")).to_have_attribute("data-counting", "false")
    assert counted(page) > small
    finger.see_map()
    finger.shoot("plan-finger-polygon")
    to_the_end(page)
    assert finger.axe() == []
    page.get_by_role("button", name="清除").tap()


def test_7_who_signed_in_long_ago_gives_the_password_once_more_before_approving(story: dict[str, Any]) -> None:
    house, page = story["house"], story["second"].page
    wang = house.staff("planner.wang")
    grid = house.demo["residents"][7]["grid"]
    form = {"kind": "road_hazard", "level": "yellow", "category": "Transport", "headline": "验证口令的草稿", "description": "桥面塌陷", "instruction": "绕行", "issuer": "交警大队", "drill": False}
    answer = wang.post("/api/broadcasts", json={**form, "selection": {"area": {"type": "grids", "codes": [grid]}}, "expires": house.ends(2)})
    assert answer.status_code == 201, answer.text
    draft = answer.json()
    assert wang.post(f"/api/broadcasts/{draft['id']}/submit").status_code == 200
    house.signed_in_long_ago()
    page.get_by_test_id("waiting").get_by_text("验证口令的草稿").click()
    expect(page.get_by_test_id("detail").get_by_test_id("by-grid")).to_contain_text("个组")  # who approves sees whom it means, place by place
    page.get_by_role("button", name="复核通过").click()
    form_of = page.get_by_test_id("prove")
    expect(form_of.get_by_label("密码")).to_be_focused()
    story["second"].shoot("plan-prove")
    assert story["second"].axe() == []
    page.keyboard.type("wrong-password")
    page.keyboard.press("Enter")
    expect(form_of.locator(".refused")).to_have_text("用户名或密码不对。")
    assert wang.get(f"/api/broadcasts/{draft['id']}").json()["state"] == "submitted"
    form_of.get_by_label("密码").fill(password_of(house, "planner.li"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="发出", exact=True)).to_be_visible()
    expect(form_of).to_have_count(0)
    assert wang.get(f"/api/broadcasts/{draft['id']}").json()["state"] == "approved"
    assert wang.post(f"/api/broadcasts/{draft['id']}/discard").status_code == 200


def test_8_what_is_being_written_stays_over_a_reload_and_an_update_of_something_else(story: dict[str, Any]) -> None:
    house, page = story["house"], story["planner"].page
    form = {"kind": "road_hazard", "level": "yellow", "category": "Transport", "headline": "桥梁封闭", "description": "桥面塌陷", "instruction": "绕行", "issuer": "交警大队"}
    selection = {"area": {"type": "grids", "codes": [house.demo["residents"][7]["grid"]]}}
    drill = house.staff("planner.wang").post("/api/drills", json={**form, "selection": selection, "expires": house.ends(2)})
    assert drill.status_code == 201, drill.text
    id = house.send(house.approve_draft(drill.json()["id"]))
    type_corners(page, lines(story["at"], (-1, -1), (1, -1), (1, 1)))
    people = counted(page)
    page.get_by_label("标题").fill("写到一半的通知")
    page.reload()
    story["planner"].see_map()
    expect(page.get_by_label("标题")).to_have_value("写到一半的通知")
    assert counted(page) == people
    assert share(story["planner"].shoot("plan-kept"), DRAWN) > 0.0005
    page.get_by_test_id("desk-list").get_by_text("桥梁封闭").click()
    page.get_by_role("button", name="更新内容、范围或截止时间").click(timeout=20_000)
    expect(page.get_by_label("标题")).to_have_value("桥梁封闭")
    page.get_by_role("button", name="不更新了").click()
    expect(page.get_by_label("标题")).to_have_value("写到一半的通知")
    assert counted(page) == people
    page.get_by_role("button", name="清除").click()
    house.call_off(id, "演练结束")


def test_no_screen_complained(story: dict[str, Any]) -> None:
    faults = {name: [fault for fault in person.faults if "403 (Forbidden)" not in fault] for name, person in story.items() if isinstance(person, Person)}  # the password that was asked for, and a wrong one
    assert {name: said for name, said in faults.items() if said} == {}
