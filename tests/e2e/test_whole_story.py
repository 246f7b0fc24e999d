"""The whole story in three browsers: a warning along a road, from the first stroke to the all-clear. Twenty phones live beside the
road: seventeen on sockets, two in real browsers, one out of reach at first; and somebody from elsewhere drives in later."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import MAP, Person, another
from tests.e2e.pixels import share
from tests.e2e.test_planning import counted, unfold
from tests.house import House, hello, until

HEADLINE, SMALLER, CLEAR = "沿河公路有泥石流危险，请立即撤离", "范围缩小：只有北段仍须撤离", "险情解除，可以回家"
ON_SOCKETS = 17
HAS = "SELECT count(*) FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = %s"


class Phones:
    """Phones on sockets, in a thread of their own; what each was told, and "displayed" said of it, as the page does."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.told: dict[str, list[dict[str, Any]]] = {}
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.open: list[asyncio.Task[None]] = []

    def connect(self, resident: dict[str, Any]) -> None:
        asyncio.run_coroutine_threadsafe(self._connect(resident), self.loop).result(30)

    def states(self, resident: dict[str, Any]) -> list[tuple[str, int, str, bool]]:
        """Give headline, version, state and whether it says "inside", of what a phone was told, in order."""
        return [(row["data"]["headline"], row["version"], row["state"], row["data"]["inside"]) for row in self.told[resident["id"]]]

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    async def _close(self) -> None:
        for task in self.open:
            task.cancel()
        await asyncio.gather(*self.open, return_exceptions=True)

    async def _connect(self, resident: dict[str, Any]) -> None:
        joined = asyncio.Event()
        self.open.append(asyncio.create_task(self._listen(resident, joined)))
        await asyncio.wait_for(joined.wait(), 25)

    async def _listen(self, resident: dict[str, Any], joined: asyncio.Event) -> None:
        told = self.told.setdefault(resident["id"], [])
        async with self.house.phone_socket(resident["device_url"].rsplit("/", 1)[1]) as socket:
            for message in await hello(socket):
                await self._take(socket, told, message)
            joined.set()
            async for text in socket:
                await self._take(socket, told, json.loads(text))

    async def _take(self, socket: Any, told: list[dict[str, Any]], message: dict[str, Any]) -> None:
        if message["type"] == "broadcast":
            told.append(message)
            await socket.send(json.dumps({"type": "receipt", "broadcast": message["id"], "stage": "displayed"}))


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> Iterator[dict[str, Any]]:
    house = county_house
    residents = house.demo["residents"]
    road = sorted(residents[:20], key=lambda row: row["location"][1])
    with ExitStack() as opened:
        desk, command, phones = browser, another(browser), another(browser)
        opened.callback(command.close)
        opened.callback(phones.close)
        people = {
            "planner": Person(desk, 1440, 900), "second": Person(command, 1440, 900), "wall": Person(command, 1920, 1080),
            "calm": Person(phones, 390, 844, touch=True), "trapped": Person(phones, 390, 844, touch=True),
            "driver": Person(phones, 390, 844, touch=True, permissions=["geolocation"], geolocation=dict(zip(("longitude", "latitude"), residents[21]["location"], strict=True))),
        }  # fmt: skip
        for name, username in (("planner", "planner.wang"), ("second", "planner.li")):
            password = next(row["password"] for row in house.demo["sign_ins"] if row["username"] == username)
            people[name].sign_in(house.url, username, password, "/plan")
        people["wall"].page.goto(house.demo["wall_url"])
        people["calm"].page.goto(road[0]["device_url"])
        people["trapped"].page.goto(road[19]["device_url"])
        people["driver"].page.goto(residents[21]["device_url"])
        sockets = Phones(house)
        opened.callback(sockets.close)
        for resident in road[1 : 1 + ON_SOCKETS]:
            sockets.connect(resident)
        yield {"house": house, "road": road, "absent": road[18], "driving": residents[21], "phones": sockets, **people}


def paste(page: Any, shape: dict[str, Any]) -> None:
    unfold(page)
    page.get_by_label("粘贴 GeoJSON").fill(json.dumps(shape))
    page.get_by_role("button", name="用这个范围").click()


def on_sockets(story: dict[str, Any]) -> list[dict[str, Any]]:
    return list(story["road"][1 : 1 + ON_SOCKETS])


def approve_and_send(story: dict[str, Any], headline: str) -> str:
    """Have the second planner read it, approve it and send it; gives its id."""
    page = story["second"].page
    back = page.get_by_role("button", name="返回")
    if back.count():
        back.click()
    page.get_by_test_id("waiting").get_by_test_id("broadcast-row").first.click()
    expect(page.get_by_test_id("detail")).to_contain_text(headline)
    page.get_by_role("button", name="复核通过").click()
    page.get_by_role("button", name="发出", exact=True).click()
    expect(page.get_by_role("button", name="停！先不发")).to_be_visible()
    return str(story["house"].ask("SELECT id FROM broadcasts_broadcast ORDER BY drafted_at DESC LIMIT 1")[0][0])


def test_1_a_corridor_along_a_road_holds_the_twenty_who_live_beside_it(story: dict[str, Any]) -> None:
    page = story["planner"].page
    story["planner"].see_map()
    paste(page, {"type": "LineString", "coordinates": [row["location"] for row in story["road"]]})
    width = page.get_by_label("宽度（米，路两边合计）")
    width.fill("300")
    width.blur()
    story["residents"] = counted(page)
    assert story["residents"] > 20
    expect(page.get_by_label("此刻在区域里、共享了位置的人也发")).to_be_checked()
    page.get_by_label("标题").fill(HEADLINE)
    page.get_by_label("险情和注意事项").fill("上游塌方堵河，随时可能冲下来。")
    page.get_by_label("怎么做").fill("离开河边，往山上高处走。")
    page.wait_for_selector(MAP)
    assert share(story["planner"].shoot("story-corridor"), "#f76b15") > 0.0005
    page.get_by_role("button", name="提交，请人复核").click()
    expect(page.get_by_text("等另一位同事复核")).to_be_visible(timeout=20_000)


def test_2_a_second_planner_approves_and_all_who_are_online_get_it(story: dict[str, Any]) -> None:
    story["id"] = approve_and_send(story, HEADLINE)
    for name in ("calm", "trapped"):
        expect(story[name].page.get_by_test_id("message").first).to_contain_text(HEADLINE, timeout=20_000)
    for resident in on_sockets(story):
        until(lambda resident=resident: (HEADLINE, 1, "in_force", True) in story["phones"].states(resident), f"told {resident['id']}")
    expect(story["wall"].page.get_by_test_id("running")).to_contain_text(HEADLINE)
    expect(story["wall"].page.get_by_test_id("displayed")).to_have_text("19")
    hashed = story["house"].ask("SELECT content_hash FROM broadcasts_broadcast WHERE id = %s", story["id"])[0][0]
    expect(story["wall"].page.get_by_test_id("fingerprint")).to_contain_text(hashed[:8])  # what went out is what was approved
    assert story["house"].ask("SELECT stage FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = %s", story["id"], story["absent"]["id"]) == [(0,)]


def test_3_one_goes_and_one_needs_help(story: dict[str, Any]) -> None:
    story["calm"].page.get_by_role("button", name="我正在撤离").click()
    story["trapped"].page.get_by_role("button", name="我需要帮助").click()
    wall = story["wall"].page
    expect(wall.get_by_test_id("moving")).to_have_text("1")
    expect(wall.get_by_test_id("need_help")).to_have_text("1")
    help_row = wall.get_by_test_id("incidents").locator("li", has_text="求助：").filter(has_text=HEADLINE)
    expect(help_row).to_be_in_viewport(ratio=0.95)  # a whole row, beside the broadcast and an older incident
    wall.wait_for_selector(MAP)
    story["wall"].shoot("story-wall")
    story["trapped"].shoot("story-trapped")


def test_3_the_desk_sees_which_villages_no_sms_reached(story: dict[str, Any]) -> None:
    """The gateway is proven in tests/dispatches and the faults; here its outcomes are written down as the sender writes them."""
    story["house"].ask(
        """INSERT INTO dispatches_dispatch (id, broadcast_id, resident_id, channel, state, provider_id, parts, attempts, refused)
           SELECT gen_random_uuid(), broadcast_id, resident_id, 'sms', (ARRAY['delivered', 'delivered', 'sent', 'failed'])[1 + row_number() OVER (ORDER BY no, resident_id) %% 4], '', 2, 1, ''
           FROM broadcasts_delivery WHERE broadcast_id = %s AND stage = 0 ORDER BY no, resident_id LIMIT 400""",
        story["id"],
    )
    desk = story["second"].page.get_by_test_id("dispatched")
    expect(desk.locator(".sms-delivered dd")).to_have_text("200", timeout=30_000)
    expect(desk.locator(".sms-failed dd")).to_have_text("100")
    expect(desk.locator("li").first).to_contain_text("街道")
    desk.scroll_into_view_if_needed()
    story["second"].shoot("plan-sms")


def test_4_who_was_out_of_reach_gets_it_on_return(story: dict[str, Any]) -> None:
    story["phones"].connect(story["absent"])
    assert story["phones"].states(story["absent"])[-1] == (HEADLINE, 1, "in_force", True)
    expect(story["wall"].page.get_by_test_id("displayed")).to_have_text("20")


def test_5_who_drives_in_later_gets_it_too(story: dict[str, Any]) -> None:
    driver, house = story["driver"].page, story["house"]
    assert house.ask(HAS, story["id"], story["driving"]["id"]) == [(0,)]
    driver.get_by_role("button", name="共享我的位置").click()
    driver.get_by_role("button", name="共享 1 小时").click()
    expect(driver.get_by_test_id("sharing")).to_be_visible()
    lon, lat = story["road"][9]["location"]
    driver.context.set_geolocation({"longitude": lon, "latitude": lat})
    message = driver.get_by_test_id("message").first
    expect(message).to_contain_text(HEADLINE, timeout=25_000)
    expect(message).to_contain_text("您现在经过的地方在危险范围内")
    assert house.ask("SELECT late_at IS NOT NULL FROM broadcasts_delivery WHERE broadcast_id = %s AND resident_id = %s", story["id"], story["driving"]["id"]) == [(True,)]
    expect(story["wall"].page.get_by_test_id("displayed")).to_have_text("21")
    story["driver"].shoot("story-driver")


def test_6_an_update_shrinks_the_area_and_tells_everybody_where_they_stand(story: dict[str, Any]) -> None:
    page, road = story["planner"].page, story["road"]
    page.get_by_role("button", name="更新内容、范围或截止时间").click()
    expect(page.get_by_test_id("updating")).to_contain_text("更新第 2 版")
    page.get_by_role("button", name="清除").click()
    paste(page, {"type": "LineString", "coordinates": [row["location"] for row in road[15:]]})
    assert 0 < counted(page) < story["residents"]
    page.get_by_label("标题").fill(SMALLER)
    page.get_by_role("button", name="提交，请人复核").click()
    expect(page.get_by_text("等另一位同事复核")).to_be_visible()
    expect(page.get_by_test_id("changed")).to_contain_text(f"标题：原来是{HEADLINE}")  # whoever approves looks at the difference, and not for it
    expect(page.get_by_test_id("changed")).to_contain_text("登记在此的居民：原来是")
    story["planner"].shoot("story-update-compared")
    story["second_id"] = approve_and_send(story, SMALLER)
    everywhere = [*on_sockets(story), story["absent"]]
    for place, resident in enumerate(road):
        if resident in everywhere:
            until(lambda resident=resident, place=place: (SMALLER, 2, "in_force", place >= 15) in story["phones"].states(resident), f"told {place}")
    expect(story["calm"].page.get_by_test_id("message").first).to_contain_text("您家现在不在范围内了", timeout=20_000)
    expect(story["trapped"].page.get_by_test_id("message").first).to_contain_text(SMALLER)
    expect(story["driver"].page.get_by_test_id("message").first).to_contain_text(SMALLER)
    expect(story["wall"].page.get_by_test_id("running")).to_contain_text(SMALLER)
    expect(story["wall"].page.get_by_test_id("need_help")).to_have_text("1")  # what was answered stands on


def test_7_the_all_clear_reaches_all_of_them(story: dict[str, Any]) -> None:
    second, page = story["second"].page, story["planner"].page
    second.get_by_label("撤销原因").fill(CLEAR)
    second.get_by_role("button", name="撤销通知").click()
    expect(second.get_by_text("等另一位同事复核")).to_be_visible()
    page.get_by_role("button", name="返回").click()
    page.get_by_test_id("waiting").get_by_test_id("broadcast-row").first.click()
    page.get_by_role("button", name="同意撤销").click()
    for resident in [*on_sockets(story), story["absent"]]:
        until(lambda resident=resident: story["phones"].states(resident)[-1][2] == "cancelled", f"cleared {resident['id']}")
    for name in ("calm", "trapped", "driver"):
        expect(story[name].page.get_by_text(f"这条通知已撤销：{CLEAR}")).to_be_visible(timeout=20_000)
    expect(story["wall"].page.get_by_text("眼下没有生效的通知")).to_be_visible()
    story["driver"].shoot("story-all-clear")
    got = "SELECT count(DISTINCT resident_id) FROM broadcasts_delivery WHERE broadcast_id = ANY(%s::uuid[])"
    cancel = story["house"].ask("SELECT id FROM broadcasts_broadcast WHERE chain = (SELECT chain FROM broadcasts_broadcast WHERE id = %s) ORDER BY version DESC LIMIT 1", story["id"])[0][0]
    everybody = story["house"].ask(got, [story["id"], story["second_id"]])  # who is on no socket comes after those who are
    until(lambda: story["house"].ask(got, [str(cancel)]) == everybody, "everybody cleared")


def test_no_screen_complained(story: dict[str, Any]) -> None:
    assert {name: person.faults for name, person in story.items() if isinstance(person, Person) and person.faults} == {}
