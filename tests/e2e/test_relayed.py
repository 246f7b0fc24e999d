"""A warning that another authority issued comes to the desk as its CAP document, once, and where it stands already the desk says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Person
from tests.e2e.pixels import share
from tests.e2e.test_areas import DRAWN, HALF, counted, password_of, to_the_end, unfold
from tests.house import House, until

HEADLINE, SENDER, ID = "崩塌风险较高，请转移", "湖南省自然资源厅", "43000041600000_20261127093000"
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    planner = Person(browser, 1440, 900)
    planner.sign_in(county_house.url, "planner.wang", password_of(county_house, "planner.wang"), "/plan")
    return {"house": county_house, "at": county_house.demo["residents"][9]["location"], "planner": planner}


def document(at: list[float], kind: str = "Alert", identifier: str = ID, references: str = "") -> str:
    now = datetime.now(CHINA).replace(microsecond=0)
    ring = " ".join(f"{at[1] + north * HALF:.6f},{at[0] + east * HALF:.6f}" for east, north in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier><sender>zrzy@hunan.gov.cn</sender>'
        f"<sent>{now.isoformat()}</sent><status>Actual</status><msgType>{kind}</msgType><scope>Public</scope>{references and f'<references>{references}</references>'}"
        "<info><language>zh-CN</language><category>Geo</category><event>地质灾害</event><urgency>Expected</urgency><severity>Moderate</severity><certainty>Likely</certainty>"
        f"<expires>{(now + timedelta(hours=7)).isoformat()}</expires><senderName>{SENDER}</senderName><headline>{HEADLINE}</headline><description>降雨持续，山体含水饱和</description>"
        f"<instruction>离开陡坡脚下</instruction><area><areaDesc>隆回县北部山区</areaDesc><polygon>{ring}</polygon></area></info></alert>"
    )


def put_in(story: dict[str, Any], **said: str) -> Any:
    """Give the desk a document as a file."""
    page = story["planner"].page
    if not page.get_by_test_id("relayed").evaluate("node => node.open"):
        page.get_by_text("转发上级预警（CAP 文件）").click()
    page.locator("input[name=cap-file]").set_input_files({"name": "warning.xml", "mimeType": "application/cap+xml", "buffer": document(story["at"], **said).encode()})
    return page.get_by_test_id("relayed-read")


def test_1_the_document_fills_the_desk_and_what_was_being_written_waits(story: dict[str, Any]) -> None:
    planner, page, house = story["planner"], story["planner"].page, story["house"]
    page.get_by_label("标题").fill("写到一半的通知")
    read = put_in(story)
    expect(read).to_contain_text(f"{SENDER} {ID}")
    expect(read).to_contain_text("隆回县北部山区")
    expect(page.get_by_label("标题")).to_have_value(HEADLINE)
    expect(page.get_by_label("预警单位和文号")).to_have_value(f"{SENDER} {ID}")
    expect(page.locator("select[name=level]")).to_have_value("yellow")
    expect(page.locator("select[name=hours] option:checked")).to_contain_text("按原文件")
    assert counted(page) > 0
    planner.see_map()
    assert share(planner.shoot("plan-relayed"), DRAWN) > 0.0005
    to_the_end(page)
    assert planner.axe() == []
    page.get_by_role("button", name="提交，请人复核").click()
    expect(page.get_by_test_id("detail")).to_contain_text(HEADLINE)
    draft = next(row for row in house.staff("planner.wang").get("/api/broadcasts?state=submitted").json()["items"] if row["headline"] == HEADLINE)
    assert datetime.fromisoformat(draft["expires"]) - datetime.fromisoformat(draft["drafted_at"]) > timedelta(hours=6, minutes=50)
    story["id"] = draft["id"]
    page.get_by_role("button", name="← 返回").click()
    expect(page.get_by_label("标题")).to_have_value("写到一半的通知")


def test_2_a_second_time_the_desk_says_that_it_is_in_hand(story: dict[str, Any]) -> None:
    planner = story["planner"]
    read = put_in(story)
    expect(read).to_contain_text("这份文件已经转发过")
    expect(planner.page.get_by_label("标题")).to_have_value("写到一半的通知")
    planner.shoot("plan-relayed-again")
    read.get_by_role("button", name="打开看看").click()
    expect(planner.page.get_by_test_id("detail")).to_contain_text(HEADLINE)
    planner.page.get_by_role("button", name="← 返回").click()


def test_3_once_it_stands_whoever_picks_a_grid_below_it_by_name_sees_that(story: dict[str, Any]) -> None:
    house, page = story["house"], story["planner"].page
    waiting = house.staff("planner.wang").get(f"/api/broadcasts/{story['id']}").json()
    assert house.proven("planner.li").post(f"/api/broadcasts/{story['id']}/approve", json={"content_hash": waiting["content_hash"]}).status_code == 200
    house.send(story["id"])
    until(lambda: house.ask("SELECT state FROM broadcasts_broadcast WHERE id = %s", story["id"]) == [("in_force",)], "in force")
    code = house.demo["residents"][9]["grid"]
    names = dict(house.ask("SELECT code, name FROM grids_grid WHERE version_to IS NULL AND code = ANY(%s)", [code[:9], code[:12], code]))
    unfold(page)
    choice = page.get_by_test_id("grid-choice")
    choice.get_by_role("searchbox").fill("没有这样的地方")
    expect(choice).to_contain_text("没有叫这个名字的网格")
    choice.get_by_role("searchbox").fill(f"{names[code[:9]]} {names[code[:12]]} {names[code]}")
    choice.get_by_role("checkbox").first.check()
    assert counted(page) == house.ask("SELECT count(*) FROM people_resident WHERE no = (SELECT no FROM grids_grid WHERE version_to IS NULL AND code = %s)", code)[0][0]
    expect(page.get_by_test_id("overlaps")).to_contain_text(HEADLINE)
    story["planner"].shoot("plan-overlaps")
    choice.get_by_role("searchbox").fill("没有这样的地方")
    expect(choice.get_by_role("checkbox")).to_have_count(1)  # what is picked stays in sight
    choice.get_by_role("checkbox").first.click()  # and goes with its tick
    expect(page.get_by_text("先在地图上画出范围")).to_be_visible()


def test_4_what_follows_it_becomes_its_update_and_what_ends_it_leads_to_it(story: dict[str, Any]) -> None:
    page = story["planner"].page
    references = f"zrzy@hunan.gov.cn,{ID},{datetime.now(CHINA).replace(microsecond=0).isoformat()}"
    put_in(story, kind="Update", identifier=f"{ID}_2", references=references).get_by_role("button", name="写成它的更新").click()
    expect(page.get_by_test_id("updating")).to_contain_text("第 2 版")
    expect(page.get_by_label("预警单位和文号")).to_have_value(f"{SENDER} {ID}_2")
    page.get_by_role("button", name="不更新了").click()
    read = put_in(story, kind="Cancel", identifier=f"{ID}_3", references=references)
    expect(read).to_contain_text("请撤销下面已转发的通知")
    read.get_by_role("button", name="打开看看").click()
    expect(page.get_by_test_id("detail")).to_contain_text(HEADLINE)
    story["house"].call_off(story["id"], "上级解除预警")


def test_no_screen_complained(story: dict[str, Any]) -> None:
    assert story["planner"].faults == []
