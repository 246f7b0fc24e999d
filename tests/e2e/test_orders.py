"""管理员下达指令，民辅警一键确认: a notice waits for the officer's tap, and the desk sees whose word is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Person
from tests.e2e.test_planning import square, unfold
from tests.house import House

TOWNSHIP = "430524104"  # 高平镇


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    house = county_house
    resident = next(row for row in house.demo["residents"] if row["grid"].startswith(TOWNSHIP))
    people = {"plan": Person(browser, 1440, 900), "tablet": Person(browser, 1280, 800, touch=True), "phone": Person(browser, 390, 844, touch=True)}
    for name, username, face in (("plan", "planner.wang", "/plan"), ("tablet", "officer.gaoping", "/tablet")):
        password = next(row["password"] for row in house.demo["sign_ins"] if row["username"] == username)
        people[name].sign_in(house.url, username, password, face)
    people["phone"].page.goto(resident["device_url"])
    expect(people["phone"].page.get_by_test_id("empty")).to_be_visible()
    return {"house": house, "at": resident["location"], **people}


def compose(story: dict[str, Any], headline: str, description: str, instruction: str) -> None:
    """Write a notice at the desk around the resident's home, have it approved, and send it."""
    page = story["plan"].page
    page.goto(f"{story['house'].url}/plan")
    story["plan"].see_map()
    unfold(page)
    page.get_by_label("粘贴 GeoJSON").fill(json.dumps(square(story["at"], 0.004)))
    page.get_by_role("button", name="用这个范围").click()
    page.select_option("[name=kind]", "notice")
    expect(page.locator("[name=by-order]")).to_be_checked()
    for name, text in (("headline", headline), ("description", description), ("instruction", instruction)):
        page.fill(f"[name={name}]", text)


def send(story: dict[str, Any]) -> None:
    page = story["plan"].page
    page.get_by_role("button", name="提交，请人复核").click()
    expect(page.get_by_test_id("by-order")).to_be_visible()
    second, waiting = story["house"].proven("planner.li"), story["house"].staff("planner.wang").get("/api/broadcasts?state=submitted").json()["items"][0]
    assert second.post(f"/api/broadcasts/{waiting['id']}/approve", json={"content_hash": waiting["content_hash"]}).status_code == 200
    page.get_by_role("button", name="发出", exact=False).first.click()
    expect(page.get_by_test_id("order-progress")).to_contain_text("网格员已确认 0 / 1", timeout=20_000)


def test_1_a_warning_offers_no_such_choice(story: dict[str, Any]) -> None:
    compose(story, "周五停水通知", "管道检修，上午 9 点到下午 5 点停水。", "请提前存水。")
    page = story["plan"].page
    story["plan"].shoot("plan-by-order")
    page.select_option("[name=kind]", "danger_notice")
    expect(page.locator("[name=by-order]")).to_have_count(0)
    page.select_option("[name=kind]", "notice")
    send(story)


def test_2_the_officers_tap_sends_it_to_her_grids(story: dict[str, Any]) -> None:
    tablet, phone = story["tablet"].page, story["phone"].page
    order = tablet.get_by_test_id("orders")
    expect(order.get_by_role("heading", name="周五停水通知")).to_be_visible()
    expect(phone.get_by_test_id("empty")).to_be_visible()
    expect(tablet.get_by_test_id("notice")).to_have_count(0)
    story["tablet"].shoot("tablet-order")
    assert story["tablet"].axe() == []
    order.get_by_role("button", name="一键确认").tap()
    expect(phone.get_by_role("heading", name="周五停水通知")).to_be_visible()
    expect(order).to_have_count(0)
    progress = story["plan"].page.get_by_test_id("order-progress")
    expect(progress).to_contain_text("已确认，已发出")
    story["plan"].shoot("plan-orders")
    story["phone"].shoot("phone-notice")


def test_3_declined_with_a_reason_nobody_hears_it_and_the_desk_reads_why(story: dict[str, Any]) -> None:
    compose(story, "禁止露天焚烧秸秆", "近日天干物燥。", "请不要在田里烧秸秆。")
    send(story)
    order = story["tablet"].page.get_by_test_id("orders")
    order.get_by_role("button", name="不发").tap()
    story["tablet"].shoot("tablet-decline")
    order.get_by_role("button", name="已经当面或喇叭通知过").tap()
    expect(order).to_have_count(0)
    expect(story["plan"].page.get_by_test_id("order-progress")).to_contain_text("没有发：已经当面或喇叭通知过")
    expect(story["phone"].page.get_by_role("heading", name="禁止露天焚烧秸秆")).to_have_count(0)


def test_4_taken_back_it_is_struck_through_where_it_came_and_silent_where_it_did_not(story: dict[str, Any]) -> None:
    house, phone = story["house"], story["phone"].page
    out = house.staff("planner.wang").get("/api/broadcasts").json()["items"]
    sent = [row for row in out if row["state"] == "in_force" and row["headline"] in ("周五停水通知", "禁止露天焚烧秸秆")]
    assert len(sent) == 2
    for row in sent:
        house.call_off(row["id"], "改期")
    expect(phone.get_by_text("这条通知已撤销：改期")).to_be_visible(timeout=20_000)
    expect(phone.get_by_role("heading", name="禁止露天焚烧秸秆")).to_have_count(0)


def test_no_screen_complained(story: dict[str, Any]) -> None:
    assert {name: person.faults for name, person in story.items() if isinstance(person, Person)} == {"plan": [], "tablet": [], "phone": []}
