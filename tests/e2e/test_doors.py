"""Door by door with one thumb: a tap on the map opens a group, a door, a person; somebody moves in with a neighbour, is found to
stand there twice, leaves and comes back; a list goes out as a spreadsheet; a resident pauses and is erased; a planner hands over
for tomorrow and sees that nobody signed; a commander hangs up a wall."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Person
from tests.e2e.pixels import colours
from tests.house import House, until

TOWNSHIP = "430524001"  # 桃花坪街道
SEEN, NOBODY = (0x1F, 0x7A, 0x3F), (0xC2, 0x29, 0x8A)


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    house = county_house
    people = {"officer": Person(browser, 1280, 800, touch=True), "phone": Person(browser, 390, 844, touch=True), "desk": Person(browser, 1440, 900), "screen": Person(browser, 1920, 1080)}
    for name, username, face in (("officer", "officer.taohuaping", "/tablet"), ("desk", "commander", "/plan")):
        password = next(row["password"] for row in house.demo["sign_ins"] if row["username"] == username)
        people[name].sign_in(house.url, username, password, face)
        people[name].see_map()
    return {"house": house, **people}


def settle(person: Person) -> None:
    """Wait until the map has drawn what was asked of it."""
    person.page.wait_for_selector("[data-testid=map][data-idle='1']")


def unfold(page: Page, what: str) -> None:
    page.get_by_test_id("person").get_by_role("button", name="更多").click()
    page.get_by_role("button", name=what, exact=True).click()


def test_1_a_tap_on_the_map_opens_a_group_and_its_doors_stand_on_the_map(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    box = officer.get_by_test_id("map").bounding_box()
    assert box
    officer.touchscreen.tap(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.4)
    doors = officer.get_by_test_id("doors")
    expect(doors).to_contain_text(re.compile(r"\d+ 户中 \d+ 户可触达"))
    settle(story["officer"])

    def drawn() -> bool:
        counted = colours(story["officer"].shoot("tablet-doors"))
        return counted[SEEN] > 400

    until(drawn, "the doors in their colours on the map")
    story["doors"] = doors.locator("li").count()
    assert story["officer"].axe() == []


def test_2_a_tap_on_a_door_of_the_map_opens_who_lives_there(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    group = story["house"].staff("officer.taohuaping")
    name = officer.get_by_test_id("doors").locator("li").nth(3).locator("b").first.inner_text()
    officer.get_by_test_id("doors").locator("li").nth(3).get_by_role("button").click()
    person = officer.get_by_test_id("person")
    expect(person.locator("h2")).to_have_text(name.removesuffix("家"))
    story["group"] = group
    person.get_by_role("button", name="返回").click()
    expect(officer.get_by_test_id("doors").locator("li")).to_have_count(story["doors"])


def test_3_somebody_moves_in_with_a_household_of_the_group(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.get_by_test_id("doors").locator("li").last.get_by_role("button").click()
    unfold(officer, "迁居")
    officer.get_by_label("搬进这个组里已有的一户").check()
    which = officer.get_by_label("哪一户")
    which.select_option(index=1)
    officer.get_by_label("全家一起搬").uncheck()
    story["officer"].shoot("tablet-move")
    officer.get_by_test_id("person").locator("form").get_by_role("button", name="迁居").click()
    expect(officer.get_by_role("status").filter(has_text="已记下")).to_be_visible()
    expect(officer.get_by_test_id("history")).to_contain_text("所在户")
    assert story["officer"].axe() == []


def test_4_one_who_stands_there_twice_is_made_one(story: dict[str, Any]) -> None:
    officer, staff = story["officer"].page, story["house"].staff("officer.taohuaping")
    for name in ("双头甲", "双头乙"):
        made = staff.post("/api/residents", json={"group": f"{TOWNSHIP}001001", "name": name})
        assert made.status_code == 201, made.text
    officer.reload()
    story["officer"].see_map()
    officer.get_by_role("button", name="居民", exact=True).click()
    officer.get_by_role("searchbox").fill("双头甲")
    officer.get_by_role("button", name="查找").click()
    expect(officer.get_by_text("找到 1 人")).to_be_visible()
    officer.get_by_test_id("people").get_by_role("button").first.click()
    unfold(officer, "重复合并")
    merging = officer.locator(".task-form")
    merging.get_by_role("searchbox").fill("双头乙")
    merging.get_by_role("button", name="查找").click()
    merging.get_by_role("button", name=re.compile(r"双\*\*")).click()
    officer.get_by_role("button", name="再点一次，确认合并").click()
    expect(officer.get_by_role("status").filter(has_text="已记下")).to_be_visible()
    assert staff.post("/api/residents/search", json={"name": "双头甲"}).json()["total"] == 0


def test_5_who_left_is_gone_and_comes_back_when_it_was_a_slip(story: dict[str, Any]) -> None:
    officer, staff = story["officer"].page, story["house"].staff("officer.taohuaping")
    officer.get_by_role("button", name="迁出、去世").click()
    officer.get_by_role("button", name="已去世").click()
    story["officer"].shoot("tablet-leave")
    officer.get_by_role("button", name="再点一次，确认").click()
    expect(officer.get_by_test_id("person")).to_have_count(0)
    assert staff.post("/api/residents/search", json={"name": "双头乙"}).json()["total"] == 0
    officer.goto(f"{story['house'].url}/register")
    officer.get_by_role("button", name="迁出、去世").click()
    row = officer.get_by_test_id("former").locator("li", has_text="双**").filter(has_text="已去世")
    story["officer"].shoot("register-former")
    row.get_by_role("button", name="恢复").click()
    expect(row).to_have_count(0)
    assert staff.post("/api/residents/search", json={"name": "双头乙"}).json()["total"] == 1


def test_6_a_list_goes_out_masked_and_says_who_took_it(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.get_by_role("button", name="表格导入导出").click()
    form = officer.locator("form", has_text="导出表格")
    form.get_by_label("哪个网格").select_option(index=1)
    form.get_by_label("做什么用").fill("防汛值班点名")
    with officer.expect_download() as saved:
        form.get_by_role("button", name="导出表格").click()
    book = openpyxl.load_workbook(io.BytesIO(saved.value.path().read_bytes()))
    said = "\n".join(str(cell) for row in book.active.iter_rows(values_only=True) for cell in row)
    assert "肖警官" in said
    assert "防汛值班点名" in said or "****" in said
    assert not re.search(r"\b129\d{8}\b", said)


def test_7_a_door_and_a_missed_person_open_from_the_drill(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.get_by_role("button", name="覆盖到户").click()
    officer.get_by_test_id("drill").get_by_role("button").first.click()
    expect(officer.get_by_test_id("drill").locator("th button").first).to_contain_text("组")
    officer.get_by_test_id("drill").get_by_role("button").first.click()
    expect(officer.get_by_test_id("doors").locator("li").first).to_contain_text(re.compile(r"\d+ / \d+"))
    story["officer"].shoot("register-doors")
    assert story["officer"].axe() == []
    officer.locator(".missed").get_by_role("button").first.click()
    expect(officer.get_by_test_id("person")).to_be_visible()
    assert story["officer"].axe() == []


def test_8_a_resident_pauses_and_then_has_themselves_erased(story: dict[str, Any]) -> None:
    phone, house = story["phone"].page, story["house"]
    mine = [row for row in house.demo["residents"] if not row["grid"].startswith((TOWNSHIP, "430524203"))][-1]  # of nobody else's story
    phone.goto(mine["device_url"])
    phone.get_by_role("button", name="我的手机").click()
    phone.get_by_role("button", name="暂停一般通知").click()
    expect(phone.get_by_text("已暂停一般通知；紧急撤离通知照样会收到。")).to_be_visible()
    story["phone"].shoot("phone-paused")
    assert story["phone"].axe() == []
    phone.get_by_role("button", name="恢复接收").click()
    expect(phone.get_by_text("已暂停一般通知；紧急撤离通知照样会收到。")).to_have_count(0)
    before = house.staff("commander").get(f"/api/coverage/{mine['grid']}").json()["registered"]
    phone.goto(f"{house.url}/me/record")
    record = phone.get_by_test_id("record")
    expect(record).to_contain_text("的登记")
    record.get_by_role("button", name="注销我的登记").click()
    record.get_by_role("button", name="再点一次，确认注销").click()
    expect(phone.get_by_text("已注销。").or_(phone.get_by_text("这部手机还没有加入"))).to_be_visible()

    def erased() -> bool:
        return house.ask("SELECT name_sealed IS NULL FROM people_resident WHERE id = %s", mine["id"])[0][0]

    until(erased, "the name gone from the register")
    assert house.staff("commander").get(f"/api/coverage/{mine['grid']}").json()["registered"] == before  # a head that is still knocked for
    phone.reload()
    expect(phone.get_by_text("这部手机还没有加入")).to_be_visible()


def test_9_a_handover_for_tomorrow_is_planned_and_seen_to_be_unsigned(story: dict[str, Any]) -> None:
    desk = story["desk"].page
    desk.get_by_role("button", name="责任分工").click()
    names = [row["name"] for row in story["house"].staff("commander").get("/api/officers").json()["items"] if row["load"]["grids"]][:2]
    for name, then in ((names[0], "设为交出人"), (names[1], None)):
        desk.get_by_label("按姓名查找网格员").fill(name)
        desk.get_by_test_id("officers").get_by_text(name).first.click()
        if then:
            desk.get_by_role("button", name=then).click()
    tomorrow = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=1)
    desk.get_by_label("交接时间（不填为现在）").fill(tomorrow.strftime("%Y-%m-%dT%H:%M"))
    desk.get_by_role("button", name="确认交接").click()
    expect(desk.get_by_text("交接已办，等接手人签收。")).to_be_visible()
    given = desk.get_by_test_id("given").locator("li", has_text=names[0]).first
    expect(given).to_contain_text("时间未到")
    story["desk"].shoot("plan-handovers")
    assert story["desk"].axe() == []


def test_10_a_commander_makes_a_wall_and_its_screen_opens_without_a_password(story: dict[str, Any]) -> None:
    desk, screen = story["desk"].page, story["screen"].page
    desk.get_by_role("button", name="账号", exact=True).click()
    desk.get_by_label("用户名").fill("wall.hall")
    desk.get_by_label("姓名").fill("大厅大屏")
    desk.get_by_label("岗位").select_option("wall")
    desk.get_by_label("管哪里").select_option(label="桃花坪街道")
    desk.get_by_role("button", name="新建", exact=True).click()
    address = desk.get_by_test_id("wall-address").inner_text()
    story["desk"].shoot("plan-wall-account")
    screen.goto(address)
    screen.wait_for_url("**/wall")
    story["screen"].see_map()
    assert "#" not in screen.url
    desk.get_by_test_id("accounts").locator("li", has_text="wall.hall").get_by_role("button", name="重置").click()
    screen.wait_for_url("**/sign-in**")


def test_11_townships_villages_or_groups_carry_the_colour(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.goto(f"{story['house'].url}/tablet")
    story["officer"].see_map()
    seen = {}
    for level in ("小组", "村（社区）", "乡镇街道"):
        officer.get_by_role("group", name="按哪一级上色").get_by_role("button", name=level).click()
        settle(story["officer"])
        seen[level] = colours(story["officer"].shoot(f"tablet-level-{len(seen)}"))
    shades = [(0xE3, 0xF1, 0xEE), (0xBF, 0xE3, 0xDA), (0x8F, 0xCF, 0xC0), (0x55, 0xB0, 0xA0), (0x1F, 0x8A, 0x7C)]
    classes = {level: sum(1 for shade in shades if found[shade] > 300) for level, found in seen.items()}
    assert classes["小组"] > classes["乡镇街道"] >= 1, classes


def test_12_no_screen_had_a_fault(story: dict[str, Any]) -> None:
    assert {name: story[name].faults for name in ("officer", "phone", "desk", "screen") if story[name].faults} == {}
