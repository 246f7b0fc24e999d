"""The desk beyond the first warning: areas that nobody has to draw, a part taken out, one press by the commander, its review,
and an update that tells those outside that they are."""

from __future__ import annotations

import base64
import json
import math
import re
from contextlib import nullcontext
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.broadcasts.test_picture import encoded
from tests.e2e.browser import MAP, Person
from tests.e2e.pixels import share
from tests.geodata.test_shapes import BAD
from tests.house import House, until

TAKEN = ("430524001", "430524104", "430524203", "430524202")  # by other stories


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    house, people = county_house, {}
    resident = [row for row in house.demo["residents"] if not row["grid"].startswith(TAKEN)][3]
    for name, username in (("planner", "planner.wang"), ("commander", "commander")):
        people[name] = Person(browser, 1440, 900)
        password = next(row["password"] for row in house.demo["sign_ins"] if row["username"] == username)
        people[name].sign_in(house.url, username, password, "/plan")
    people["phone"] = Person(browser, 390, 844, touch=True)
    people["phone"].page.goto(resident["device_url"])
    expect(people["phone"].page.get_by_test_id("empty")).to_be_visible()
    return {"house": house, "at": resident["location"], "grid": resident["grid"], **people}


def square(at: list[float], half: float) -> dict[str, Any]:
    lon, lat = at
    ring = [[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half], [lon - half, lat - half]]
    return {"type": "Polygon", "coordinates": [ring]}


def slope() -> Image.Image:
    """A photo of a slope: sky above, brown earth below."""
    picture = Image.new("RGB", (2600, 1600), "#9fc5e8")
    picture.paste("#8b5a2b", (0, 700, 2600, 1600))
    return picture


def unfold(page: Any) -> None:
    """Open the panel of areas that nobody has to draw, unless it is open; using one closes it."""
    if not page.get_by_test_id("area-choice").evaluate("node => node.open"):
        page.get_by_text("常用范围 · 导入 · 全县").click()


def counted(page: Any) -> int:
    expect(page.get_by_test_id("inside")).to_have_attribute("data-counting", "false")
    return int(re.sub(r"\D", "", page.get_by_test_id("residents").inner_text()))


def test_1_geojson_from_elsewhere_is_an_area_and_is_saved_under_a_name(story: dict[str, Any]) -> None:
    page = story["planner"].page
    story["planner"].see_map()
    unfold(page)
    page.get_by_label("粘贴 GeoJSON").fill("{")
    page.get_by_role("button", name="用这个范围").click()
    expect(page.get_by_text("读不懂：不是 GeoJSON。").first).to_be_visible()
    collection = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": square(story["at"], 0.012)}]}
    page.get_by_label("粘贴 GeoJSON").fill(json.dumps(collection))
    page.get_by_role("button", name="用这个范围").click()
    story["all"] = counted(page)
    assert story["all"] > 0
    unfold(page)
    page.get_by_label("范围名称").fill("后山隐患点")
    page.get_by_label("文件夹").fill("地质灾害")
    page.get_by_role("button", name="存下这个范围").click()
    expect(page.get_by_text("已存下：后山隐患点")).to_be_visible()
    story["planner"].shoot("plan-geofence")
    assert story["planner"].axe() == []
    page.get_by_role("button", name="清除").click()
    page.get_by_role("button", name="后山隐患点", exact=True).click()
    assert counted(page) == story["all"]


def test_2_a_part_is_taken_out_and_the_map_shows_the_hole(story: dict[str, Any]) -> None:
    page = story["planner"].page
    page.get_by_role("button", name="挖去一块").click()
    expect(page.get_by_text("再用左边的工具画出或点出要去掉的部分")).to_be_visible()
    page.get_by_role("button", name="多边形").click()
    box = page.locator("[data-testid=map]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = counted(page)
    for dx, dy in ((-120, 90), (60, 90), (60, -80), (-120, -80)):
        page.mouse.click(x + dx, y + dy)
    with page.expect_response(lambda answer: answer.url.endswith("/preview") and '"exclude"' in (answer.request.post_data or "")) as answer:
        page.keyboard.press("Enter")
    assert answer.value.json()["outline"]["type"] == "MultiPolygon"
    assert counted(page) < before
    page.wait_for_selector(MAP)
    story["planner"].shoot("plan-exclude")
    page.get_by_role("button", name="清除").click()


def test_3_the_whole_county_wants_its_name(story: dict[str, Any]) -> None:
    page = story["planner"].page
    unfold(page)
    page.get_by_label("发给全县：请输入县名").fill("隆回")
    page.get_by_role("button", name="选定全县").click()
    expect(page.get_by_text("发给全县，请原样输入县名“隆回县”。")).to_be_visible()
    unfold(page)
    page.get_by_label("发给全县：请输入县名").fill("隆回县")
    page.get_by_role("button", name="选定全县").click()
    assert counted(page) > 90_000
    page.wait_for_selector(MAP)
    assert share(story["planner"].shoot("plan-county"), "#f76b15") > 0.001
    page.get_by_role("button", name="清除").click()


def preview_of(page: Any, act: Any, holding: str) -> dict[str, Any]:
    """Do something, and give the selection that was counted because of it."""
    with page.expect_response(lambda answer: answer.url.endswith("/preview") and holding in (answer.request.post_data or "")) as answer:
        act()
    assert answer.value.status == 200, answer.value.text()
    return dict(json.loads(answer.value.request.post_data)["selection"]["area"])


def test_a_place_told_by_telephone_a_hand_drawn_border_and_a_whole_village(story: dict[str, Any]) -> None:
    page = story["planner"].page
    lon, lat = story["at"]
    unfold(page)
    page.get_by_label("坐标（经度, 纬度）").fill(f"{lat}, {lon}")
    page.get_by_label("多少米以内").fill("800")
    page.get_by_role("button", name="以它为圆心").click()
    expect(page.locator(".refused").filter(has_text="范围有误")).to_be_visible()
    unfold(page)
    page.get_by_label("坐标（经度, 纬度）").fill(f"{lon}, {lat}")
    circle = preview_of(page, page.get_by_role("button", name="以它为圆心").click, '"radius_m":800')
    assert circle["center"] == [lon, lat]
    page.wait_for_selector(MAP)
    box = page.locator("[data-testid=map]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.get_by_role("button", name="选网格").click()
    page.keyboard.down("Shift")
    picked = preview_of(page, lambda: page.mouse.click(x - 120, y), '"grids"')
    page.keyboard.up("Shift")
    assert [len(code) for code in picked["codes"]] == [12]
    page.wait_for_selector(MAP)
    story["planner"].shoot("plan-village")
    page.get_by_role("button", name="随手画").click()
    page.mouse.click(x - 20, y)
    for turn in range(1, 24):
        page.mouse.move(x - 120 + 100 * math.cos(turn * 0.26), y + 100 * math.sin(turn * 0.26), steps=3)

    drawn = preview_of(page, lambda: page.mouse.click(x - 22, y - 4), '"Polygon"')
    assert len(drawn["coordinates"][0]) > 12
    page.wait_for_selector(MAP)
    story["planner"].shoot("plan-freehand")
    page.get_by_role("button", name="清除").click()


def test_a_box_picks_many_a_border_says_where_it_crosses_and_corners_stick(story: dict[str, Any]) -> None:
    page = story["planner"].page
    box = page.locator("[data-testid=map]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.get_by_role("button", name="选网格").click()
    page.keyboard.down("Shift")
    page.mouse.move(x - 120, y - 90)
    page.mouse.down()
    page.mouse.move(x, y, steps=3)
    picked = preview_of(page, lambda: (page.mouse.move(x + 120, y + 90, steps=3), page.mouse.up()), '"grids"')
    page.keyboard.up("Shift")
    assert len(picked["codes"]) > 3
    assert all(len(code) == 15 for code in picked["codes"])
    page.wait_for_selector(MAP)
    story["planner"].shoot("plan-box")
    page.get_by_role("button", name="多边形").click()
    page.keyboard.down("Alt")  # free of the grids' borders
    for dx, dy in ((-150, -80), (150, 80), (150, -80)):
        page.mouse.move(x + dx, y + dy, steps=3)
        page.mouse.click(x + dx, y + dy)
    page.mouse.move(x - 150, y + 80, steps=4)
    expect(page.locator(".vertex-fault")).to_have_text("这里交叉")
    expect(page.locator(".snap-ring")).to_have_count(0)
    story["planner"].shoot("plan-crossed")
    page.keyboard.up("Alt")
    page.get_by_role("button", name="清除").click()
    page.get_by_role("button", name="多边形").click()
    ring, seen = page.locator(".snap-ring"), 0
    for step in range(60):  # over the map from west to east there are borders, and places between them
        page.mouse.move(x - 180 + 6 * step, y + 10)
        seen += ring.count()
    assert 0 < seen < 60
    page.get_by_role("button", name="清除").click()


def test_the_phone_stands_beside_the_words_and_hard_words_are_named(story: dict[str, Any]) -> None:
    page = story["planner"].page
    page.get_by_label("标题").fill("受短时强降水影响，请马上离开河边")
    expect(page.get_by_test_id("plain-hints")).to_contain_text("“短时强降水”老人家听不懂，可以写“一阵大暴雨”。")
    page.get_by_text("看看手机上是什么样子").click()
    phone = page.get_by_test_id("phone-preview")
    expect(phone.get_by_role("heading", level=1, include_hidden=True)).to_have_text("受短时强降水影响，请马上离开河边")
    page.get_by_text("再加一种语言").click()
    page.get_by_test_id("translations").get_by_role("combobox").select_option("en")
    page.get_by_label("标题 · English").fill("Leave the river now")
    expect(phone.get_by_text("English")).to_have_count(1)
    page.get_by_test_id("translations").scroll_into_view_if_needed()
    story["planner"].shoot("plan-languages")
    assert story["planner"].axe() == []
    page.get_by_role("button", name="去掉").click()
    phone.scroll_into_view_if_needed()
    story["planner"].shoot("plan-phone")
    page.get_by_text("看看手机上是什么样子").click()
    page.get_by_label("标题").fill("")


def test_the_message_is_seen_on_ones_own_phone_first_and_on_no_residents(story: dict[str, Any], browser: Browser) -> None:
    page = story["planner"].page
    page.get_by_role("button", name="清除").click()
    unfold(page)
    page.get_by_role("button", name="后山隐患点", exact=True).click()
    counted(page)
    page.fill("[name=headline]", "后山开裂，请立即撤离")
    page.fill("[name=instruction]", "带上药品，往村部走")
    page.locator("[name=picture]").set_input_files({"name": "slope.png", "mimeType": "image/png", "buffer": base64.b64decode(encoded(slope()))})
    expect(page.get_by_test_id("picture-choice").get_by_role("img")).to_be_visible()
    page.get_by_text("先发给我自己看看").click()
    page.get_by_role("button", name="加一部测试手机").click()
    mine = Person(browser, 390, 844, touch=True)
    mine.page.goto(page.get_by_test_id("trial-url").inner_text().strip())
    mine.shoot("phone-trial-join")
    mine.page.get_by_role("button", name="用这部手机").tap()
    expect(mine.page.get_by_test_id("empty")).to_be_visible()
    page.get_by_role("button", name="发给我自己（1 部）").click()
    expect(page.get_by_text("已试发到 1 部手机")).to_be_visible()
    expect(mine.page.get_by_role("heading", name="【试发】后山开裂，请立即撤离")).to_be_visible()
    picture = mine.page.get_by_role("img", name="后山开裂")
    until(lambda: picture.evaluate("node => node.naturalWidth") == 1280, "the picture")
    mine.shoot("phone-trial")
    picture.scroll_into_view_if_needed()
    assert share(mine.shoot("phone-picture"), "#8b5a2b") > 0.02
    page.get_by_test_id("trial").scroll_into_view_if_needed()
    story["planner"].shoot("plan-trial")
    expect(story["phone"].page.get_by_test_id("message")).to_have_count(0)
    assert (mine.faults, story["planner"].axe(), mine.axe()) == ([], [], [])
    page.get_by_role("button", name="清除").click()
    page.reload()


def test_4_the_commander_sends_an_approved_template_by_one_press(story: dict[str, Any]) -> None:
    page = story["commander"].page
    story["commander"].see_map()
    unfold(page)
    page.get_by_role("button", name="后山隐患点", exact=True).click()
    page.get_by_label("模板").select_option(label="山体滑坡转移")
    release = page.get_by_role("button", name="一人先发（5 秒内可停）")
    expect(release).to_be_disabled()
    for gap, said in (("地点", "后山"), ("撤离路线", "村道"), ("安置点", "村小学"), ("县名", "隆回县")):
        page.get_by_label(gap, exact=True).fill(said)
    expect(page.get_by_label("标题")).to_have_value("后山有山体滑坡危险，请立即撤离")
    page.get_by_test_id("phone-preview").evaluate("node => node.scrollIntoView({block: 'center'})")  # no half of it under the button
    story["commander"].shoot("plan-template")
    assert story["commander"].axe() == []
    release.click()
    expect(page.get_by_role("button", name="停！先不发")).to_be_visible()
    message = story["phone"].page.get_by_test_id("message")
    expect(message).to_contain_text("后山有山体滑坡危险，请立即撤离", timeout=15_000)
    expect(message).to_contain_text("您家在危险范围内")


def test_5_a_colleague_reviews_what_was_sent_alone(story: dict[str, Any]) -> None:
    page = story["planner"].page
    page.get_by_test_id("to-review").get_by_test_id("broadcast-row").first.click()
    expect(page.get_by_test_id("review")).to_have_text("一人先发，等人复查")
    page.get_by_label("复查意见").fill("及时")
    story["planner"].shoot("plan-review")
    page.get_by_role("button", name="处置得当").click()
    expect(page.get_by_test_id("review")).to_have_text("已复查：处置得当 · 王规划：及时")
    expect(story["commander"].page.get_by_test_id("review")).to_have_text("已复查：处置得当 · 王规划：及时")


def test_6_an_update_with_another_area_tells_those_outside(story: dict[str, Any]) -> None:
    page, phone = story["planner"].page, story["phone"].page
    page.get_by_role("button", name="更新内容、范围或截止时间").click()
    expect(page.get_by_test_id("updating")).to_contain_text("更新第 2 版：后山有山体滑坡危险，请立即撤离")
    expect(page.get_by_label("标题")).to_have_value("后山有山体滑坡危险，请立即撤离")
    assert counted(page) == story["all"]
    page.wait_for_selector(MAP)
    assert share(story["planner"].shoot("plan-update"), "#f76b15") > 0.0005
    page.get_by_role("button", name="清除").click()
    unfold(page)
    elsewhere = square([story["at"][0] - 0.03, story["at"][1]], 0.012)
    page.get_by_label("粘贴 GeoJSON").fill(json.dumps(elsewhere))
    page.get_by_role("button", name="用这个范围").click()
    assert counted(page) > 0
    page.get_by_label("标题").fill("范围已调整：西边仍须撤离")
    page.get_by_role("button", name="提交，请人复核").click()
    expect(page.get_by_text("等另一位同事复核")).to_be_visible()
    other = story["commander"].page
    other.get_by_role("button", name="返回").click()
    other.get_by_test_id("waiting").get_by_test_id("broadcast-row").first.click()
    other.get_by_role("button", name="复核通过").click()
    other.get_by_role("button", name="发出", exact=True).click()
    message = phone.get_by_test_id("message")
    expect(message).to_contain_text("范围已调整：西边仍须撤离", timeout=15_000)
    expect(message).to_contain_text("您家现在不在范围内了")
    expect(message).to_have_count(1)
    expect(phone.get_by_role("button", name="我已到安全处")).to_have_count(0)
    story["phone"].shoot("phone-outside-now")
    assert story["phone"].axe() == []
    states = story["house"].staff("planner.wang").get("/api/broadcasts").json()["items"]
    assert [(row["version"], row["state"]) for row in states if "后山" in row["headline"] or "范围已调整" in row["headline"]] == [(2, "in_force"), (1, "superseded")]


def test_7_the_all_clear_reaches_those_outside_too(story: dict[str, Any]) -> None:
    house = story["house"]
    wang = house.staff("planner.wang")
    out = next(row for row in wang.get("/api/broadcasts").json()["items"] if row["state"] == "in_force" and row["message_type"] == "Update")
    cancel = house.call_off(out["id"], "险情解除")
    expect(story["phone"].page.get_by_text("这条通知已撤销：险情解除")).to_be_visible(timeout=15_000)
    until(lambda: wang.get(f"/api/broadcasts/{cancel}").json()["state"] == "in_force", "the cancel out")


# What the desk takes off a GeoJSON before it sends it harms nobody: a feature's wrapping, a line as a road, strangers' members, boxes, a rider on WGS-84.
UNREAD = ("not_geojson", "empty", "not_finite")  # the desk says so before it asks
HARMLESS = ("unknown_member", "bbox")
BROKEN: list[tuple[str, str, str | None]] = [(name, json.dumps(area), code) for name, area, code in BAD if code not in HARMLESS and name not in ("a line", "a million vertices", "a crs with a rider")]
BROKEN += [("cut off", '{"type": "Polygon", "coordinates": [[[111.0,', None), ("another format", "<kml><Placemark/></kml>", None), ("numbers alone", "111.0 27.1, 111.1 27.1", None)]


def fault_of(answer: dict[str, Any]) -> tuple[str, str | None]:
    return answer.get("code", ""), answer.get("where", {}).get("fault")


def test_no_broken_area_gets_past_the_desk_pasted_or_from_a_file(story: dict[str, Any]) -> None:
    page = story["planner"].page
    size, _ = page.viewport_size, page.set_viewport_size({"width": 640, "height": 360})  # painting a large map without a graphics card took two minutes
    page.reload()
    assert len(BROKEN) >= 60
    for turn, (name, text, code) in enumerate(BROKEN):
        page.get_by_role("button", name="清除").click()
        unfold(page)
        # What the desk cannot read it refuses itself; the rest the server refuses, by its own word for what is wrong.
        words = {("broadcast.area_invalid", code), ("broadcast.area_invalid", "outside"), ("request.invalid", None)}
        asks = code is not None and code not in UNREAD
        with page.expect_response(lambda told: told.url.endswith("/preview") and fault_of(told.json()) in words) if asks else nullcontext():  # noqa: B023
            if turn % 2:
                page.locator("[name=geojson-file]").set_input_files({"name": "area.geojson", "mimeType": "application/geo+json", "buffer": text.encode()})
            else:
                page.get_by_label("粘贴 GeoJSON").fill(text)
                page.get_by_role("button", name="用这个范围").click()
        expect(page.locator(".composer .refused"), name).not_to_be_empty()
        assert page.get_by_test_id("residents").count() == 0 or page.get_by_test_id("residents").inner_text() == "…", name
        expect(page.get_by_role("button", name="提交，请人复核")).to_be_disabled()
    page.get_by_role("button", name="清除").click()
    page.set_viewport_size(size)


def test_a_new_message_takes_nothing_over_and_words_are_kept_as_a_template(story: dict[str, Any]) -> None:
    page = story["planner"].page
    page.reload()
    story["planner"].see_map()
    page.get_by_label("类别").select_option("notice")
    expect(page.locator("[name=by-order]")).to_be_checked()
    expect(page.locator("[name=by-place]")).not_to_be_checked()
    page.get_by_label("这是演练，不是真的").check()
    page.get_by_label("模板").select_option(label="道路中断")
    expect(page.get_by_label("类别")).to_have_value("road_hazard")
    expect(page.locator("[name=by-place]")).to_be_checked()  # who drives there is in danger too
    expect(page.locator("[name=by-order]")).to_have_count(0)
    page.get_by_label("标题").fill("{桥名}垮了，请绕行")
    page.get_by_text("把这些话存为模板").click()
    page.get_by_label("存成什么名字").fill("桥梁垮塌")
    page.get_by_label("存成什么名字").press("Enter")  # hands nothing over
    expect(page.get_by_label("标题")).to_have_value("{桥名}垮了，请绕行")
    page.get_by_role("button", name="存为模板", exact=True).click()
    expect(page.get_by_text("已存下模板：桥梁垮塌，等同事批准")).to_be_visible()
    page.get_by_test_id("save-template").scroll_into_view_if_needed()
    story["planner"].shoot("plan-save-template")
    assert story["planner"].axe() == []
    page.get_by_label("模板").select_option(label="桥梁垮塌（还没人批准）")
    page.get_by_role("button", name="停用这个模板").click()
    page.get_by_role("button", name="再点一次，确认停用").click()
    expect(page.get_by_label("模板").locator("option", has_text="桥梁垮塌")).to_have_count(0)


def test_a_silent_clock_is_loud_on_the_desk(story: dict[str, Any]) -> None:
    house, page = story["house"], story["planner"].page
    house.kill_clock()
    expect(page.get_by_test_id("no-clock")).to_be_visible(timeout=40_000)
    story["planner"].shoot("plan-no-clock")
    house.start_clock()
    expect(page.get_by_test_id("no-clock")).to_have_count(0, timeout=40_000)


def test_no_screen_complained(story: dict[str, Any]) -> None:
    assert {name: person.faults for name, person in story.items() if isinstance(person, Person) and person.faults} == {}
