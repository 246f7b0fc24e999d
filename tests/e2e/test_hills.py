"""An officer in the hills: what they report where there is no signal, what calls them up, whom they telephone, and a list of many pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Person
from tests.e2e.test_landslide import middle_of, number
from tests.house import House, until

WHO = "officer.taohuaping"
VILLAGES = "SELECT DISTINCT code FROM grids_grid WHERE length(code) = 12 AND code LIKE %s || '%%' AND code <> ALL(%s) ORDER BY code LIMIT 2"
REPORTED = "SELECT count(*) FROM incidents_incident WHERE title = %s"


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    """An officer at a tablet, of a township that no other story warns."""
    row = next(row for row in county_house.demo["sign_ins"] if row["username"] == WHO)
    tablet = Person(browser, 1280, 800, touch=True, worker=True)
    tablet.sign_in(county_house.url, WHO, row["password"], "/tablet")
    tablet.see_map()
    return {"house": county_house, "tablet": tablet, "grid": row["grids"][0]}


def fill(story: dict[str, Any], title: str) -> None:
    page = story["tablet"].page
    page.get_by_role("button", name="＋ 上报").click()
    page.mouse.click(*middle_of(story["tablet"]))
    form = page.get_by_test_id("report-form")
    form.get_by_label("类别").select_option(label="火情")
    form.get_by_label("什么事").fill(title)


def send(story: dict[str, Any]) -> None:
    story["tablet"].page.get_by_test_id("report-form").get_by_role("button", name="上报").click()


def test_1_a_report_without_a_signal_is_kept_over_a_crash_and_goes_out_once_by_itself(story: dict[str, Any]) -> None:
    tablet, house = story["tablet"], story["house"]
    page = tablet.page
    fill(story, "岭上冒烟")
    page.get_by_role("button", name="取消").click()
    page.get_by_role("button", name="＋ 上报").click()
    expect(page.get_by_test_id("report-form").get_by_label("什么事")).to_have_value("岭上冒烟")  # what was typed stands
    page.mouse.click(*middle_of(tablet))
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    send(story)
    expect(page.get_by_test_id("report-waits")).to_contain_text("岭上冒烟")
    tablet.shoot("tablet-report-waits")
    page.reload()
    expect(page.get_by_test_id("report-waits")).to_contain_text("岭上冒烟")
    assert house.ask(REPORTED, "岭上冒烟") == [(0,)]
    page.context.set_offline(False)
    expect(page.get_by_text("已上报 · 编号")).to_be_visible()
    expect(page.get_by_test_id("report-waits")).to_have_count(0)
    tablet.see_map()
    tablet.faults[:] = [fault for fault in tablet.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
    assert house.ask(REPORTED, "岭上冒烟") == [(1,)]


def test_2_a_report_whose_answer_was_lost_is_one_incident(story: dict[str, Any]) -> None:
    page, house = story["tablet"].page, story["house"]
    fill(story, "塘坝渗水")
    lost: list[int] = []

    def lose(route: Any) -> None:
        lost.append(route.fetch().status)
        route.abort() if len(lost) == 1 else route.continue_()

    page.route("**/api/incidents", lose)
    send(story)
    expect(page.get_by_text("已上报 · 编号")).to_be_visible()
    page.unroute("**/api/incidents")
    assert len(lost) == 2
    assert house.ask(REPORTED, "塘坝渗水") == [(1,)]


def test_3_what_the_server_does_not_take_comes_back_to_be_mended_and_not_typed_again(story: dict[str, Any]) -> None:
    page, house = story["tablet"].page, story["house"]
    fill(story, "桥面塌陷")
    place = {"status": 422, "json": {"code": "geography.outside", "message": "地点在本县以外", "where": {}}}
    page.route("**/api/incidents", lambda route: route.fulfill(**place))
    send(story)
    back = page.get_by_test_id("report-refused")
    expect(back).to_contain_text("桥面塌陷：地点在本县以外")
    page.reload()
    back.get_by_role("button", name="改一改").click()
    form = page.get_by_test_id("report-form")
    expect(form.get_by_label("什么事")).to_have_value("桥面塌陷")
    page.unroute("**/api/incidents")
    send(story)
    expect(page.get_by_text("已上报 · 编号")).to_be_visible()
    assert house.ask(REPORTED, "桥面塌陷") == [(1,)]


def test_4_what_burns_stands_there_though_the_page_is_opened_without_a_signal(story: dict[str, Any]) -> None:
    tablet = story["tablet"]
    page = tablet.page
    expect(page.get_by_test_id("incident").filter(has_text="桥面塌陷")).to_be_visible()
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_test_id("incident").filter(has_text="桥面塌陷")).to_be_visible()
    page.context.set_offline(False)
    tablet.see_map()
    tablet.faults[:] = [fault for fault in tablet.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_5_an_evacuation_calls_up_the_tablet_which_rings_until_it_is_answered(story: dict[str, Any]) -> None:
    page, house = story["tablet"].page, story["house"]
    page.mouse.click(2, 2)  # a page may make a sound once somebody has touched it
    others = [row["grid"][:12] for row in house.demo["residents"]]  # whose phones are in other stories
    villages = [code for (code,) in house.ask(VILLAGES, story["grid"], others)]
    story["id"] = house.send(house.approve({"selection": {"area": {"type": "grids", "codes": villages}}}))
    mine = page.get_by_role("button", name="叫应：收到，马上去")
    expect(mine).to_be_visible()
    page.wait_for_function("document.documentElement.dataset.rang === 'red'")
    story["tablet"].shoot("tablet-called-up")
    filing = page.context.new_page()  # also where papers are filed
    filing.goto(f"{house.url}/register")
    expect(filing.get_by_role("button", name="叫应：收到，马上去")).to_be_visible()
    filing.screenshot(path=".local/screenshots/register-called-up.png")
    filing.close()
    mine.click()
    expect(mine).to_have_count(0)
    answered = "SELECT count(*) FROM callups_callup c JOIN people_officer o ON o.id = c.officer_id JOIN people_user u ON u.id = o.user_id WHERE u.username = %s AND answered_at IS NOT NULL"
    until(lambda: house.ask(answered, WHO) == [(1,)], "answered")


def test_6_the_knock_list_goes_on_page_after_page_until_everybody_stands_on_it(story: dict[str, Any]) -> None:
    page, house = story["tablet"].page, story["house"]
    page.get_by_role("button", name=re.compile("^任务")).click()
    more = page.get_by_role("button", name=re.compile("还有.*点这里再看"))
    expect(more).to_be_visible()
    total = house.staff(WHO).get(f"/api/broadcasts/{story['id']}/not-seen").json()["total"]
    listed = page.get_by_test_id("door")
    first = listed.count()
    left = number(more.inner_text())
    assert 0 < first < total
    assert first + left == total
    while more.count():
        before = listed.count()
        more.click()
        expect(listed).to_have_count(min(before + first, total))
    expect(listed).to_have_count(total)


def test_7_what_lies_under_the_thumb_does_not_move_when_a_word_can_be_taken_back_no_more(story: dict[str, Any]) -> None:
    page = story["tablet"].page
    door = page.get_by_test_id("door").first
    door.get_by_role("button", name="登记结果").click()
    door.get_by_role("button", name="已转移").click()
    back = page.get_by_role("button", name="撤回")
    expect(back).to_be_visible()
    following = page.get_by_test_id("door").first.get_by_role("button", name="登记结果")
    following.click()
    word = page.get_by_test_id("door").first.get_by_role("button", name="已转移")
    lies = word.bounding_box()
    story["tablet"].shoot("tablet-take-back")
    expect(back).to_have_count(0, timeout=15_000)
    stays = word.bounding_box()
    assert lies
    assert stays
    assert abs(stays["y"] - lies["y"]) < 2  # a row of buttons is 56
    page.get_by_test_id("door").first.get_by_role("button", name="登记结果").click()


def test_8_where_the_satellites_say_it_only_roughly_a_report_goes_out_and_says_so(story: dict[str, Any]) -> None:
    page, house = story["tablet"].page, story["house"]
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 111.03, "latitude": 27.11, "accuracy": 150})
    page.get_by_role("button", name="＋ 上报").click()
    form = page.get_by_test_id("report-form")
    form.get_by_label("什么事").fill("崖上落石")
    page.reload()  # a crash: what was written stands
    story["tablet"].see_map()
    page.get_by_role("button", name="＋ 上报").click()
    expect(form.get_by_label("什么事")).to_have_value("崖上落石")
    form.get_by_role("button", name="先用这个位置（误差约 150 米）").click()
    story["tablet"].shoot("tablet-report-rough")
    send(story)
    until(lambda: house.ask("SELECT description FROM incidents_incident WHERE title = '崖上落石'") == [("位置误差约 150 米。",)], "reported")
    page.context.clear_permissions()


def test_9_who_is_telephoned_first_is_not_walked_to_and_the_look_is_written_down(story: dict[str, Any]) -> None:
    page, house = story["tablet"].page, story["house"]
    officer = house.staff(WHO)
    listed = officer.get(f"/api/broadcasts/{story['id']}/not-seen").json()["items"]
    resident = next(row["resident"] for row in listed if row["phone"])
    assert officer.post(f"/api/residents/{resident}/edit", json={"address": "水井边第二家"}).status_code == 200
    door = page.get_by_test_id("door").filter(has_text=re.compile(r"1\d\d\*+")).first
    masked = re.search(r"1\d\d\*+(\d{4})", door.locator("small").inner_text())
    door.get_by_role("button", name="登记结果").click()
    door.get_by_role("button", name="看电话和住址").click()
    line = door.get_by_test_id("call").get_by_role("link").first
    expect(line).to_have_attribute("href", re.compile(r"^tel:1\d{10}$"))
    assert masked
    assert (line.get_attribute("href") or "").endswith(masked[1])
    expect(door.get_by_test_id("call")).to_contain_text("水井边第二家")
    story["tablet"].shoot("tablet-telephone")
    assert story["tablet"].axe() == []
    looked = "SELECT detail ->> 'field' FROM audit_entry WHERE action = 'people.reveal' AND subject::text = %s ORDER BY seq"
    assert house.ask(looked, resident) == [("phone",), ("address",)]
    house.call_off(story["id"], "测试结束")
    for row in officer.get("/api/incidents").json()["items"]:
        assert row["state"] == "resolved" or officer.post(f"/api/incidents/{row['id']}/resolve").status_code == 200
    expect(page.get_by_test_id("door")).to_have_count(0)
    assert story["tablet"].faults == []
