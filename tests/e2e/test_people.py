"""An officer takes over a township, connects a household by QR in a second browser, the wall counts one more without a
reload, and the former officer's open page is shut out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.browser import Person
from tests.house import House

TOWNSHIP = "430524203"  # 大水田乡


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    house = county_house
    people = {
        "wall": Person(browser, 1920, 1080), "plan": Person(browser, 1440, 900), "former": Person(browser, 1280, 800, touch=True),
        "officer": Person(browser, 1280, 800, touch=True), "phone": Person(browser, 390, 844, touch=True),
    }  # fmt: skip
    people["wall"].page.goto(house.demo["wall_url"])
    for name, username, face in (
        ("plan", "planner.wang", "/plan"), ("former", "officer.dashuitian", "/tablet"), ("officer", "officer.gaoping", "/tablet"),
    ):  # fmt: skip
        password = next(row["password"] for row in house.demo["sign_ins"] if row["username"] == username)
        people[name].sign_in(house.url, username, password, face)
        people[name].see_map()
    return {"house": house, **people}


def reached(wall: Person) -> int:
    """Give how many residents are in reach, as the wall says."""
    found = re.search(r"([\d,]+) / [\d,]+ 人", wall.page.locator("body").inner_text())
    assert found
    return int(found[1].replace(",", ""))


def test_1_a_planner_sees_the_load_and_hands_a_township_over(story: dict[str, Any]) -> None:
    plan = story["plan"].page
    plan.get_by_role("button", name="责任分工").click()
    expect(plan.get_by_role("alert")).to_contain_text("个小组无人负责")
    plan.locator("canvas").first.click()  # one village of the middle of the county: everybody who answers for it, each with an end
    expect(plan.get_by_test_id("answering")).to_contain_text("协管")
    expect(plan.get_by_test_id("answering").get_by_role("button", name="撤下").first).to_be_visible()
    story["plan"].shoot("plan-answering")
    plan.get_by_role("button", name="全部选中").click()
    expect(plan.get_by_test_id("picked")).to_contain_text("无人负责")
    plan.get_by_label("按姓名查找网格员").fill("彭警官")
    plan.get_by_test_id("officers").get_by_text("彭警官").click()
    expect(plan.get_by_test_id("compare")).to_contain_text("之后")
    story["plan"].shoot("plan-assign")
    plan.get_by_label("按姓名查找网格员").fill("刘警官")
    plan.get_by_test_id("officers").get_by_text("刘警官").click()
    plan.get_by_role("button", name="设为交出人").click()
    plan.get_by_label("按姓名查找网格员").fill("彭警官")
    plan.get_by_test_id("officers").get_by_text("彭警官").click()
    plan.get_by_role("button", name="确认交接").click()
    expect(plan.get_by_text("交接已办，等接手人签收。")).to_be_visible()


def test_2_the_former_officers_open_page_is_shut_out(story: dict[str, Any]) -> None:
    former = story["former"].page
    expect(former.get_by_text("还没有给您安排网格").first).to_be_visible()
    expect(former.get_by_test_id("tasks").locator("li")).to_have_count(0)
    former.get_by_role("button", name="居民", exact=True).click()
    expect(former.get_by_test_id("people")).to_have_count(0)
    story["former"].shoot("tablet-shut-out")
    former.goto(f"{story['house'].url}/api/residents?under={TOWNSHIP}")
    expect(former.locator("body")).to_contain_text("request.missing")


def test_3_the_successor_signs_for_what_came(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    task = officer.get_by_test_id("handover")
    expect(task).to_contain_text("刘警官 的网格交给您了")
    story["officer"].see_map()
    story["officer"].shoot("tablet-handover")
    task.get_by_role("button", name="签收").click()
    expect(task).to_have_count(0)


def test_4_at_the_door_a_household_scans_and_is_connected_and_the_wall_counts_one_more(story: dict[str, Any]) -> None:
    house, officer, phone = story["house"], story["officer"].page, story["phone"].page
    staff = house.staff("officer.gaoping")
    missed = staff.get(f"/api/coverage/{TOWNSHIP}/missed").json()["items"]
    person = next(row for row in missed if row["phone"])

    def clear(field: str) -> str:
        body = {"field": field, "reason": "上门核实"}
        return str(staff.post(f"/api/residents/{person['id']}/reveal", json=body).json()["value"])

    name, number = clear("name"), clear("phone")
    expect(story["wall"].page.get_by_text("实时").first).to_be_visible()
    before = reached(story["wall"])
    officer.get_by_role("button", name="居民", exact=True).click()
    officer.get_by_role("searchbox").fill(number)
    held: list[Route] = []
    officer.route("**/api/residents/search", lambda route: held.append(route))
    officer.get_by_role("button", name="查找").click()
    expect(officer.get_by_text("正在查找")).to_be_visible()
    expect(officer.get_by_test_id("people")).to_have_count(0)  # a thumb that is quick opens nobody of the list before
    held[0].continue_()
    officer.unroute("**/api/residents/search")
    expect(officer.get_by_text("找到 1 人")).to_be_visible()
    story["officer"].shoot("tablet-people")
    officer.get_by_test_id("people").get_by_role("button").first.click()
    officer.get_by_test_id("person").get_by_role("button", name="查看").first.click()
    officer.get_by_role("button", name="上门核实").click()
    expect(officer.get_by_role("link", name=number)).to_be_visible()
    story["officer"].shoot("tablet-person")
    officer.get_by_role("button", name="出示二维码，让这户加入").click()
    picture = officer.get_by_role("dialog").get_by_role("img")
    expect(picture).to_be_visible()
    story["officer"].shoot("tablet-code")
    phone.goto(str(picture.get_attribute("alt")))
    expect(phone.get_by_text("大水田乡")).to_be_visible()
    phone.get_by_label("您的姓名").fill(name)
    phone.get_by_label("您的手机号").fill(number)
    story["phone"].shoot("join-form")
    phone.get_by_role("button", name="加入").click()
    expect(phone.get_by_text("加入成功")).to_be_visible()
    story["phone"].shoot("join-done")
    expect(officer.get_by_role("dialog")).to_contain_text("已加入 1 人")
    expect(officer.get_by_test_id("person")).to_contain_text("可触达")
    phone.wait_for_url("**/me")
    expect(phone.get_by_test_id("empty").or_(phone.locator("article")).first).to_be_visible()
    expect(story["wall"].page.locator("body")).to_contain_text(f"{before + 1:,} / ")


def test_5_by_a_poster_somebody_waits_until_the_officer_taps(story: dict[str, Any], browser: Browser) -> None:
    link = next(row["url"] for row in story["house"].demo["join_links"] if row["grid"] == TOWNSHIP)
    stranger = Person(browser, 390, 844, touch=True)
    stranger.page.goto(link)
    stranger.page.get_by_label("您的姓名").fill("查无此人")
    stranger.page.get_by_label("您的手机号").fill("129 9999 0000")
    stranger.page.get_by_role("button", name="加入").click()
    expect(stranger.page.get_by_text("已提交，请稍等")).to_be_visible()
    stranger.shoot("join-waiting")
    officer = story["officer"].page
    officer.get_by_role("button", name="关闭").click()
    queue = officer.get_by_test_id("joins")
    expect(queue).to_contain_text("查***")
    story["officer"].shoot("tablet-joins")
    queue.get_by_role("button", name="不是本村的人，不加").click()
    queue.get_by_role("button", name="再点一次，确认不加").click()
    expect(stranger.page.get_by_text("没有加入")).to_be_visible()
    expect(queue).to_have_count(0)


def test_6_a_poster_can_be_shown_and_printed(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.get_by_role("button", name="我的网格").click()
    story["officer"].shoot("tablet-grids")
    officer.get_by_role("button", name="张贴二维码").first.click()
    expect(officer.get_by_role("dialog")).to_contain_text("微信扫一扫")
    officer.get_by_label("小张（A6）").check()
    officer.emulate_media(media="print")
    story["officer"].shoot("poster")
    officer.emulate_media(media="screen")


def test_7_the_resident_takes_the_phone_out_and_the_wall_counts_one_less(story: dict[str, Any]) -> None:
    phone, before = story["phone"].page, reached(story["wall"])
    phone.get_by_role("button", name="我的手机").click()
    phone.get_by_test_id("devices").get_by_role("button", name="退出").click()
    story["phone"].shoot("phone-devices")
    phone.get_by_role("button", name="再点一次，不再接收").click()
    expect(phone.get_by_text("这部手机还没有加入")).to_be_visible()
    expect(story["wall"].page.locator("body")).to_contain_text(f"{before - 1:,} / ")


def test_8_a_commander_makes_an_account_and_the_new_officer_begins_with_a_village(story: dict[str, Any], browser: Browser) -> None:
    house, commander, fresh = story["house"], Person(browser, 1440, 900), Person(browser, 1280, 800, touch=True)
    signed = next(row for row in house.demo["sign_ins"] if row["role"] == "commander")
    commander.sign_in(house.url, signed["username"], signed["password"], "/plan")
    desk = commander.page
    desk.get_by_role("button", name="账号", exact=True).click()
    desk.get_by_label("用户名").fill("officer.new")
    desk.get_by_label("姓名").fill("唐新")
    desk.get_by_label("岗位").select_option("officer")
    desk.get_by_role("button", name="新建", exact=True).click()
    first = desk.get_by_test_id("first-password").inner_text()
    commander.shoot("plan-accounts")
    page = fresh.page
    page.goto(f"{house.url}/tablet")
    page.fill("[name=username]", "officer.new")
    page.fill("[name=password]", first)
    page.click("button[type=submit]")
    expect(page.get_by_text("首次登录：设置您的密码")).to_be_visible()
    fresh.shoot("enrol")
    page.get_by_label("新密码").fill("wet-slope-40-steps")
    page.get_by_label("再输一遍").fill("wet-slope-40-steps")
    page.get_by_role("button", name="启用账号").click()
    page.wait_for_url("**/tablet")
    expect(page.get_by_text("还没有给您安排网格").first).to_be_visible()
    planner = house.staff("planner.wang")
    village = planner.get("/api/grids/at", params=dict(zip(("lon", "lat"), house.demo["residents"][0]["location"], strict=True))).json()["chain"][2]
    officer = planner.get("/api/officers", params={"name": "唐新"}).json()["items"][0]["id"]
    assert planner.post("/api/assignments", json={"officer": officer, "grids": [village["code"]]}).status_code == 204
    page.get_by_role("button", name="我的网格").click()
    expect(page.locator(".rows").first).to_contain_text(village["name"], timeout=15_000)
    fresh.shoot("tablet-new-officer")


def test_9_no_screen_had_a_fault(story: dict[str, Any]) -> None:
    for name in ("wall", "plan", "former", "officer", "phone"):
        refused = "403 (Forbidden)" if name == "former" else "nothing"  # what shuts out answers so
        assert [fault for fault in story[name].faults if refused not in fault] == [], name
