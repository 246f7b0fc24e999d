"""The register in the hands of those who keep it and of those who stand in it: a spreadsheet is read, its bad row named, and
the wall counts; an officer keeps an entry; a neighbour hears for somebody; a resident reads who read them and has it mended."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Person
from tests.e2e.pixels import colours
from tests.house import House, until

TOWNSHIP, VILLAGE, GROUP = "430524001", "430524001001", "430524001001001"  # 桃花坪街道 荷叶塘社区 1组
NO_DATA, SHADES = (0xE4, 0xE6, 0xE8), ((0x8F, 0xCF, 0xC0), (0x55, 0xB0, 0xA0), (0x1F, 0x8A, 0x7C))
PLACE = ["桃花坪街道", "荷叶塘社区", "1组"]


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    house = county_house
    people = {
        "wall": Person(browser, 1920, 1080), "officer": Person(browser, 1280, 800, touch=True), "phone": Person(browser, 390, 844, touch=True),
        "auditor": Person(browser, 1280, 800), "planner": Person(browser, 1280, 800),
    }  # fmt: skip
    people["wall"].page.goto(house.demo["wall_url"])
    for name, username, face in (("officer", "officer.taohuaping", "/tablet"), ("auditor", "auditor", "/register"), ("planner", "planner.li", "/register")):
        password = next(row["password"] for row in house.demo["sign_ins"] if row["username"] == username)
        people[name].sign_in(house.url, username, password, face)
    people["officer"].see_map()
    mine = next(row for row in house.demo["residents"] if row["grid"].startswith(TOWNSHIP))
    people["phone"].page.goto(mine["device_url"])
    return {"house": house, "mine": mine, **people}


def workbook(*rows: list[str]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([["荷叶塘社区居民花名册"], ["姓名", "电话", "出生年份", "乡镇", "社区", "小组", "户号"], *rows]):
            sheet.write_row(line, 0, row)
    return file.getvalue()


def registered(wall: Person) -> int:
    """Give how many are registered, as the wall says."""
    text = wall.page.locator(".beside").inner_text()
    return int(text.split("/")[1].replace("人", "").replace(",", "").strip())


def test_1_a_spreadsheet_is_read_and_its_bad_row_named_before_anything_is_written(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.get_by_role("link", name="登记册").click()
    expect(officer.get_by_test_id("drill")).to_be_visible()
    officer.get_by_role("button", name="表格导入导出").click()
    rows = [["新来甲", "12977700001", "1970", *PLACE, "A1"], ["新来乙", "1.29E+10", "1972", *PLACE, "A1"], ["新来丙", "12977700003", "2015", *PLACE, "A1"]]
    expect(story["wall"].page.locator(".beside")).to_contain_text("人")
    story["before"] = registered(story["wall"])
    officer.set_input_files("input[type=file]", {"name": "花名册.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(*rows)})
    officer.get_by_role("button", name="上传读表").click()
    expect(officer.get_by_test_id("import")).to_have_attribute("data-state", "staged")
    expect(officer.get_by_test_id("rows")).to_contain_text("号码被表格改成了科学计数，末尾几位已丢失")
    expect(officer.get_by_test_id("rows").locator("tbody tr td").first).to_have_text("4")
    story["officer"].shoot("register-import")
    assert story["officer"].axe() == []
    assert registered(story["wall"]) == story["before"]


def test_2_written_it_is_on_the_wall_without_a_reload_and_taken_back_it_is_gone(story: dict[str, Any]) -> None:
    officer, wall = story["officer"].page, story["wall"].page
    officer.get_by_role("button", name="写入 2 行").click()
    expect(officer.get_by_test_id("import")).to_have_attribute("data-state", "committed")
    expect(wall.locator(".beside")).to_contain_text(f"{story['before'] + 2:,} 人")
    officer.get_by_role("button", name="整批撤回").click()
    officer.get_by_role("button", name="再点一次，整批撤回").click()
    expect(officer.get_by_test_id("import")).to_have_attribute("data-state", "undone")
    expect(wall.locator(".beside")).to_contain_text(f"{story['before']:,} 人")


def test_3_an_officer_adds_corrects_and_labels_somebody_with_one_thumb(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.goto(f"{story['house'].url}/tablet")
    story["officer"].see_map()
    officer.get_by_role("button", name="居民", exact=True).click()
    officer.get_by_role("button", name="新增居民").click()
    form = officer.get_by_test_id("add-person")
    form.get_by_label("姓名").fill("新来丁")
    form.get_by_label("出生年份").fill("1948")
    story["officer"].shoot("tablet-add")
    form.get_by_role("button", name="新增居民").click()
    person = officer.get_by_test_id("person")
    expect(person).to_contain_text("新**")
    person.get_by_role("button", name="更多").click()
    expect(officer.get_by_test_id("history")).to_contain_text("还缺：电话")
    person.get_by_role("button", name="更正", exact=True).click()
    person.get_by_label("出生年份").fill("1947")
    person.get_by_role("button", name="保存").click()
    expect(officer.get_by_test_id("history")).to_contain_text("改了出生年份，原来是 1948")
    tags = officer.get_by_test_id("tags")
    tags.get_by_role("searchbox").fill("走不了路")
    tags.get_by_role("button", name="走不了路").click()
    tags.get_by_role("button", name="上门核实").click()  # why one says so of somebody, too
    expect(tags).to_contain_text("还有 1 个敏感标签")
    tags.get_by_role("button", name="还有 1 个敏感标签").click()
    tags.get_by_role("button", name="上门核实").click()
    expect(tags).to_contain_text("走不了路")
    story["officer"].shoot("tablet-person-more")
    assert story["officer"].axe() == []


def test_4_a_neighbour_is_asked_on_her_phone_agrees_and_hears_for_him(story: dict[str, Any]) -> None:
    officer, phone, house = story["officer"].page, story["phone"].page, story["house"]
    staff = house.staff("officer.taohuaping")
    name = staff.post(f"/api/residents/{story['mine']['id']}/reveal", json={"field": "name", "reason": "上门核实"}).json()["value"]
    number = staff.post(f"/api/residents/{story['mine']['id']}/reveal", json={"field": "phone", "reason": "上门核实"}).json()["value"]
    officer.get_by_test_id("person").get_by_role("button", name="返回").click()
    officer.get_by_role("searchbox").first.fill(number)
    officer.get_by_role("button", name="查找").click()
    expect(officer.get_by_test_id("people").get_by_role("button").first).to_contain_text(f"{name[0]}*")
    old = staff.post("/api/residents/search", json={"name": "新来丁"}).json()["items"][0]["id"]
    made = staff.post(f"/api/residents/{old}/contacts", json={"contact": story["mine"]["id"], "relation": "neighbour", "resident_agreed": True})
    assert made.status_code == 201, made.text
    phone.reload()
    asked = phone.get_by_test_id("hearings")
    expect(asked).to_contain_text("请您替 新** 代收险情通知")
    story["phone"].shoot("phone-asked-to-hear")
    asked.get_by_role("button", name="愿意", exact=True).click()
    expect(asked).to_contain_text("您正在替 新** 代收险情通知")
    assert story["phone"].axe() == []
    (row,) = staff.get(f"/api/residents/{old}/contacts").json()["items"]
    house_knows = [row["contact_agreed_at"]]
    for _ in range(50):
        if house_knows[0]:
            break
        house_knows = [staff.get(f"/api/residents/{old}/contacts").json()["items"][0]["contact_agreed_at"]]
    assert house_knows[0]


def test_5_a_resident_reads_who_read_them_and_has_a_field_mended(story: dict[str, Any]) -> None:
    phone, officer = story["phone"].page, story["officer"].page
    phone.get_by_role("link", name="我的登记").click()
    record = phone.get_by_test_id("record")
    expect(record).to_contain_text("肖警官 查看了隐藏项 · 电话 · 理由：上门核实")
    story["phone"].shoot("phone-record")
    assert story["phone"].axe() == []
    record.locator("li", has_text="出生年份").get_by_role("button", name="不对").click()
    record.get_by_label("应该是").fill("1966")
    record.get_by_role("button", name="请网格员更正").click()
    expect(record).to_contain_text("已告诉网格员")
    officer.goto(f"{story['house'].url}/tablet")
    task = officer.get_by_test_id("correction")
    expect(task).to_contain_text("应为：1966")
    story["officer"].shoot("tablet-correction")
    task.get_by_role("button", name="属实，改过来").click()
    expect(task).to_have_count(0)
    phone.reload()
    expect(phone.get_by_test_id("record").locator("li", has_text="出生年份").first).to_contain_text("1966本人更正")
    record.locator("li", has_text="姓名").first.get_by_role("button", name="不对").click()
    record.get_by_label("应该是").fill("王大错")
    record.get_by_role("button", name="请网格员更正").click()
    expect(record).to_contain_text("已告诉网格员")
    officer.reload()
    task.get_by_role("button", name="不改").click()
    story["officer"].shoot("tablet-correction-refused")
    task.get_by_role("button", name="与证件不一致").click()
    expect(task).to_have_count(0)
    record.locator("li", has_text="人在哪里").get_by_role("button", name="我在家").click()
    expect(record).to_contain_text("已记下，网格员看得到")
    phone.reload()
    expect(record.locator("li", has_text="姓名").first).to_contain_text("没有改：与证件不一致")
    expect(record.locator("li", has_text="人在哪里").first).to_contain_text("在家")
    story["phone"].shoot("phone-record-answered")
    assert story["phone"].axe() == []


def test_6_the_auditor_sees_who_read_whom_and_nothing_else(story: dict[str, Any]) -> None:
    auditor = story["auditor"].page
    table = auditor.get_by_test_id("audit")
    auditor.reload()
    expect(table).to_contain_text("肖警官")
    table.get_by_role("button", name=story["mine"]["id"][:8]).first.click()
    expect(auditor.get_by_text("看过这个人的：")).to_be_visible()
    expect(table).to_contain_text("查看了隐藏项")
    auditor.get_by_role("button", name="看全部").click()
    auditor.get_by_role("searchbox").fill("新来丁")  # who comes and asks says their name, not an id
    auditor.get_by_role("button", name="查找").click()
    auditor.get_by_test_id("audited").click()
    expect(auditor.get_by_text("看过这个人的：")).to_be_visible()
    expect(table).to_contain_text("新增")
    story["auditor"].shoot("register-audit")
    assert story["auditor"].axe() == []


def test_7_coverage_goes_down_to_the_door_and_says_where_to_go(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.goto(f"{story['house'].url}/register")
    expect(officer.get_by_test_id("drill")).to_contain_text("荷叶塘社区")
    expect(officer.locator(".trend")).to_contain_text("近 46 天")
    story["officer"].shoot("register-coverage")
    assert story["officer"].axe() == []
    officer.get_by_role("button", name="荷叶塘社区 ›").click()
    officer.get_by_role("button", name="1组 ›", exact=True).click()
    expect(officer.locator(".missed")).to_be_visible()
    officer.get_by_label("只看有这个标签的人").select_option("lives-alone")
    expect(officer.locator(".key")).to_be_visible()


def test_8_the_map_shows_coverage_among_those_with_a_tag(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.goto(f"{story['house'].url}/tablet")
    story["officer"].see_map()
    officer.get_by_role("button", name="我的网格").click()
    before = colours(story["officer"].shoot("tablet-map"))
    officer.get_by_label("地图只看有这个标签的人").select_option("cannot-walk")

    def tagged() -> bool:
        now = colours(story["officer"].shoot("tablet-map-by-tag"))
        return now[NO_DATA] > before[NO_DATA] * 1.02 and any(now[shade] > 200 for shade in SHADES)

    until(tagged, "the map in the colours of a tag: where nobody carries it there is no data, which is not 0 %")
    assert story["officer"].axe() == []


def test_9_a_planner_makes_a_tag_and_is_refused_one_that_shames(story: dict[str, Any]) -> None:
    planner = story["planner"].page
    planner.get_by_role("button", name="标签").click()
    expect(planner.get_by_test_id("tag-list").locator("li").first).to_be_visible()
    planner.get_by_text("新建标签").click()
    for label, value in (("名称", "上访户"), ("编码（小写英文）", "visits"), ("什么人算", "去过县里反映情况的。"), ("做什么用", "方便联系这些人。"), ("责任单位", "派出所")):
        planner.get_by_label(label, exact=True).fill(value)
    planner.get_by_role("button", name="保存").click()
    expect(planner.get_by_role("alert")).to_contain_text("这类标签任何人都不得使用")
    planner.get_by_label("名称", exact=True).fill("会扎木排")
    planner.get_by_label("什么人算", exact=True).fill("会扎木排、能在河里撑的人。")
    planner.get_by_label("做什么用", exact=True).fill("涨水时请他来撑人。")
    story["planner"].shoot("register-tags")
    planner.get_by_role("button", name="保存").click()
    expect(planner.get_by_test_id("tag-list")).to_contain_text("会扎木排")
    assert story["planner"].axe() == []


def test_10_an_officer_hangs_up_a_code_and_takes_it_down(story: dict[str, Any]) -> None:
    officer = story["officer"].page
    officer.goto(f"{story['house'].url}/tablet")
    officer.get_by_role("button", name="我的网格", exact=True).click()
    officer.get_by_role("button", name="张贴二维码").first.click()
    dialog = officer.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="关闭").click()
    officer.get_by_text("挂出去的二维码").click()
    hung = officer.get_by_test_id("hung").locator("li")
    expect(hung.first).to_be_visible()
    before = hung.count()
    story["officer"].shoot("tablet-hung-codes")
    hung.first.get_by_role("button", name="撤下", exact=True).click()
    hung.first.get_by_role("button", name="再点一次").click()
    expect(hung).to_have_count(before - 1)
    assert story["officer"].axe() == []


def test_11_a_planner_narrows_a_notice_by_tags_and_never_an_evacuation(story: dict[str, Any]) -> None:
    planner = story["planner"].page
    planner.goto(f"{story['house'].url}/plan")
    story["planner"].see_map()
    expect(planner.get_by_test_id("whom")).to_have_count(0)  # the form begins as an evacuation
    planner.get_by_label("类别").select_option("notice")
    whom = planner.get_by_test_id("whom")
    whom.get_by_text("只发给其中哪些人").click()
    whom.get_by_role("searchbox").fill("走不了路")
    whom.get_by_role("listitem").first.get_by_role("button", name="只发给").click()
    whom.get_by_role("searchbox").fill("会扎木排")
    whom.get_by_role("listitem").first.get_by_role("button", name="不发给").click()
    expect(whom.locator(".chosen-tags")).to_have_count(2)
    story["planner"].shoot("plan-whom")
    assert story["planner"].axe() == []
    planner.get_by_label("类别").select_option("danger_notice")
    expect(whom).to_have_count(0)


def test_12_nothing_went_wrong_on_any_screen(story: dict[str, Any]) -> None:
    assert {name: story[name].faults for name in ("wall", "officer", "phone", "auditor", "planner") if story[name].faults} == {}
