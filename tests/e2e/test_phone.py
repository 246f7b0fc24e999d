"""A resident's phone by itself: asked whether it is inside, sharing its place, ringing once, opened without a signal, in WeChat."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Person
from tests.house import House, until

WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN"
SHARED = """
SELECT l.no IS NOT NULL, l.until > now() + interval '3 hours' FROM edge_lastplace l JOIN edge_endpoint e ON e.id = l.endpoint_id WHERE e.resident_id = %s
"""
NO_WORKER = "Object.defineProperty(Navigator.prototype, 'serviceWorker', {get: () => undefined})"


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    """A resident at home and one who is in the resident's village by car."""
    house = county_house
    at_home, passing = house.demo["residents"][20], house.demo["residents"][22]  # of nobody else's story
    where = {"geolocation": dict(zip(("longitude", "latitude"), at_home["location"], strict=True)), "permissions": ["geolocation"]}
    people = {
        "home": Person(browser, 390, 844, touch=True, worker=True, **where),
        "car": Person(browser, 390, 844, touch=True, user_agent=WECHAT, **where),
    }
    people["car"].page.add_init_script(NO_WORKER)
    people["home"].page.goto(at_home["device_url"])
    people["car"].page.goto(passing["device_url"])
    return {"house": house, "at_home": at_home, "passing": passing, **people}


def circle(story: dict[str, Any], metres: int) -> dict[str, Any]:
    return {"type": "circle", "center": story["at_home"]["location"], "radius_m": metres}


def test_1_the_place_is_shared_only_when_asked_for_some_hours_and_visibly(story: dict[str, Any]) -> None:
    car, house = story["car"].page, story["house"]
    expect(car.get_by_test_id("empty")).to_be_visible()
    expect(car.get_by_text("正在打开")).to_have_count(0)  # said while the page is on its way, and not for ever below it
    assert house.ask(SHARED, story["passing"]["id"]) == []
    car.get_by_role("button", name="共享我的位置").click()
    expect(car.get_by_test_id("share-place")).to_contain_text("到点自动停")
    story["car"].shoot("phone-share")
    assert story["car"].axe() == []
    car.get_by_role("button", name="共享 4 小时").click()
    expect(car.get_by_test_id("sharing")).to_contain_text("正在共享位置")
    assert house.ask(SHARED, story["passing"]["id"]) == [(True, True)]


def test_2_a_warning_finds_who_lives_there_and_who_passes_and_rings_as_loud_as_it_is(story: dict[str, Any]) -> None:
    home, car, house = story["home"].page, story["car"].page, story["house"]
    expect(home.get_by_text("点一下屏幕，有险情时手机才会响。")).to_be_visible()
    home.touchscreen.tap(5, 5)  # a page may make a sound once somebody has touched it, and of a finger only its lifting counts
    expect(home.get_by_text("点一下屏幕，有险情时手机才会响。")).to_have_count(0)
    expect(home.get_by_test_id("empty")).to_be_visible()
    english = {"language": "en", "headline": "Debris flow ahead: stop here", "instruction": "Turn back."}
    words = {"kind": "road_hazard", "level": "red", "headline": "前方泥石流，请停车不要通过", "languages": [english]}
    story["id"] = house.send(house.approve({"selection": {"area": circle(story, 400), "basis": "last_place"}} | words))
    expect(home.get_by_test_id("message")).to_contain_text("前方泥石流", timeout=20_000)
    expect(home.get_by_test_id("message")).to_contain_text("您家在通知范围内")
    expect(car.get_by_test_id("message")).to_contain_text("您现在经过的地方在通知范围内")
    assert home.evaluate("document.documentElement.dataset.rang") == "red"
    story["car"].shoot("phone-passing")
    car.get_by_test_id("message").get_by_role("button", name="English").click()
    expect(car.get_by_test_id("message")).to_contain_text("Debris flow ahead: stop here")
    expect(car.get_by_test_id("message")).to_contain_text("Turn back.")
    story["car"].shoot("phone-languages")
    car.get_by_test_id("message").get_by_role("button", name="中文").click()
    home.reload()
    home.mouse.click(5, 5)
    expect(home.get_by_test_id("message")).to_be_visible()
    home.wait_for_selector("[data-state=in_force]")
    assert home.evaluate("document.documentElement.dataset.rang") is None  # once on each phone


def test_3_the_phone_says_in_words_whether_it_is_inside_and_tells_nobody(story: dict[str, Any]) -> None:
    home, context = story["home"].page, story["home"].page.context
    asked: list[str] = []
    home.on("request", lambda request: asked.append(request.url))
    home.get_by_role("button", name="我现在在不在范围里").click()
    expect(home.get_by_test_id("where-i-am")).to_contain_text("您现在的位置在范围里，离边上约 39")
    lon, lat = story["at_home"]["location"]
    context.set_geolocation({"longitude": lon, "latitude": lat + 0.01})
    home.get_by_role("button", name="我现在在不在范围里").click()
    expect(home.get_by_test_id("where-i-am")).to_contain_text("您现在的位置不在范围里，离范围约 7")
    story["home"].shoot("phone-am-i-inside")
    assert story["home"].axe() == []
    assert not [url for url in asked if "/api/" in url]


def test_4_it_opens_without_a_signal_says_since_when_it_is_old_and_keeps_an_answer(story: dict[str, Any]) -> None:
    home, house = story["home"].page, story["house"]
    home.evaluate("navigator.serviceWorker.ready.then(() => true)")
    home.reload()  # the second visit puts every file into the worker's hands
    expect(home.get_by_test_id("message")).to_be_visible()
    home.context.set_offline(True)
    home.reload()
    expect(home.get_by_text("没有信号，下面是")).to_be_visible()
    expect(home.get_by_test_id("message")).to_contain_text("前方泥石流")
    home.get_by_role("button", name="知道了").click()
    story["home"].shoot("phone-offline")
    home.context.set_offline(False)
    resident = story["at_home"]["id"]
    stage = "SELECT stage FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = %s"
    until(lambda: house.ask(stage, story["id"], resident) == [(3,)], "answered once there was a signal")
    expect(home.get_by_text("没有信号，下面是")).to_have_count(0)


def test_5_in_wechat_nothing_rests_on_a_worker_and_a_wiped_phone_is_told_how_to_come_back(story: dict[str, Any]) -> None:
    car = story["car"].page
    assert car.evaluate("navigator.serviceWorker === undefined")
    assert story["car"].faults == []
    car.evaluate("localStorage.clear()")
    with car.expect_response("**/api/place"):  # told anew by the page that knows of none; the cookies go only then
        car.reload()
    expect(car.get_by_test_id("message")).to_contain_text("前方泥石流")  # the cookie alone is enough
    car.context.clear_cookies()
    car.reload()
    expect(car.get_by_role("heading")).to_be_visible()
    expect(car.get_by_test_id("message")).to_have_count(0)
    story["car"].shoot("phone-wiped")
    car.goto(story["passing"]["device_url"])
    expect(car.get_by_test_id("message")).to_contain_text("前方泥石流")


def test_6_sharing_ends_when_the_resident_says_so(story: dict[str, Any]) -> None:
    car, house = story["car"].page, story["house"]
    car.get_by_role("button", name="停止共享").click()
    expect(car.get_by_test_id("sharing")).to_have_count(0)
    assert house.ask(SHARED, story["passing"]["id"]) == []
    assert story["car"].faults == []
    assert [fault for fault in story["home"].faults if "ERR_INTERNET_DISCONNECTED" not in fault] == []  # the one that was offline


def test_7_the_warning_is_over(story: dict[str, Any]) -> None:
    story["house"].call_off(story["id"], "道路已疏通")
    expect(story["car"].page.get_by_text("这条通知已撤销：道路已疏通")).to_be_visible(timeout=20_000)


def test_8_frozen_in_the_background_and_cut_off_it_has_the_news_as_soon_as_it_is_looked_at(story: dict[str, Any]) -> None:
    """WeChat stops a page that nobody looks at: no timer runs, and its socket dies without a word."""
    car, house = story["car"].page, story["house"]
    life = car.context.new_cdp_session(car)
    life.send("Page.setWebLifecycleState", {"state": "frozen"})
    car.context.set_offline(True)
    words = {"kind": "road_hazard", "level": "orange", "headline": "桥面结冰，请慢行"}
    id = house.send(house.approve({"selection": {"area": {"type": "grids", "codes": [story["passing"]["grid"]]}} | {"basis": "home"}} | words))
    until(lambda: house.ask("SELECT state FROM broadcasts_broadcast WHERE id = %s", id) == [("in_force",)], "it is out")
    car.context.set_offline(False)
    life.send("Page.setWebLifecycleState", {"state": "active"})
    expect(car.get_by_test_id("message").filter(has_text="桥面结冰，请慢行")).to_be_visible(timeout=45_000)
    until(lambda: house.ask("SELECT count(*) FROM broadcasts_receipt WHERE broadcast_id = %s AND stage = 'displayed'", id) == [(1,)], "seen, and said so")
    house.call_off(id, "化了")


def test_9_the_message_is_read_aloud_and_can_be_stopped(story: dict[str, Any]) -> None:
    home, house = story["home"].page, story["house"]
    words = {"kind": "road_hazard", "level": "yellow", "headline": "前面塌方，请掉头", "instruction": "走老路。", "drill": True}
    planner = house.staff("planner.wang")
    form = {"category": "Transport", "description": "塌方", "issuer": "交警大队", "selection": {"area": circle(story, 400), "basis": "home"}, "expires": house.ends(1), **words}
    form.pop("drill")
    draft = planner.post("/api/drills", json=form)
    assert draft.status_code == 201, draft.text
    id = house.send(house.approve_draft(draft.json()["id"]))
    message = home.get_by_test_id("message").filter(has_text="前面塌方，请掉头")
    expect(message).to_be_visible(timeout=20_000)
    home.evaluate("window.said = []; speechSynthesis.speak = (voice) => window.said.push([voice.text, voice.lang]); speechSynthesis.cancel = () => window.said.push('stopped')")
    message.get_by_role("button", name="读给我听").click()
    text, language = next(one for one in home.evaluate("said") if one != "stopped")
    assert language == "zh-CN"
    assert text.index("演练") < text.index("前面塌方，请掉头") < text.index("走老路")
    message.get_by_role("button", name="不读了").click()
    assert home.evaluate("said.at(-1)") == "stopped"
    house.call_off(id, "演练结束")


def test_10_whoever_has_not_said_that_they_are_safe_is_asked_after_the_end_too(story: dict[str, Any]) -> None:
    home, house, resident = story["home"].page, story["house"], story["at_home"]["id"]
    id = house.send(house.approve({"selection": {"area": circle(story, 400), "basis": "home"}, "headline": "河边滑坡，请马上离开", "level": "red"}))
    message = home.get_by_test_id("message").filter(has_text="河边滑坡，请马上离开")
    expect(message).to_be_visible(timeout=20_000)
    message.get_by_role("button", name="正在撤离").click()
    answer = "SELECT answer, accounted FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = %s"
    until(lambda: house.ask(answer, id, resident) == [("moving", False)], "moving")
    house.ask("UPDATE broadcasts_broadcast SET expires = now() WHERE id = %s", id)
    until(lambda: house.ask("SELECT state FROM broadcasts_broadcast WHERE id = %s", id) == [("expired",)], "its time is over")
    home.reload()
    expect(message).to_contain_text("这条通知已截止")
    expect(message).to_contain_text("网格员还在找没报平安的人")
    message.scroll_into_view_if_needed()
    story["home"].shoot("phone-after-the-end")
    assert story["home"].axe() == []
    message.get_by_role("button", name="我已到安全处").click()
    until(lambda: house.ask(answer, id, resident) == [("safe", True)], "safe")
    expect(home.get_by_text("网格员还在找没报平安的人")).to_have_count(0)
    house.call_off(id, "险情解除，全部找到")


def test_11_a_page_that_lies_there_with_a_warning_takes_next_to_nothing_of_the_battery(story: dict[str, Any]) -> None:
    """Of ten seconds with nothing to do, the share in which the page's own thread works."""
    home = story["home"].page
    expect(home.get_by_test_id("message").first).to_be_visible()
    watch = home.context.new_cdp_session(home)
    watch.send("Performance.enable")

    def worked() -> tuple[float, float]:
        found = {row["name"]: row["value"] for row in watch.send("Performance.getMetrics")["metrics"]}
        return found["TaskDuration"], found["Timestamp"]

    before, began = worked()
    home.evaluate("new Promise((later) => setTimeout(later, 10_000))")
    after, ended = worked()
    assert (after - before) / (ended - began) < 0.05
