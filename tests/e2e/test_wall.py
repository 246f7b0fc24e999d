"""A wall that nobody touches: it goes from township to township while nothing happens, and what happens is seen and heard."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Person
from tests.house import House

HAZARD = {"kind": "hazard", "title": "桥面裂缝", "description": "", "location": [111.0, 27.3]}


@pytest.fixture(scope="module")
def story(browser: Browser, county_house: House) -> dict[str, Any]:
    """A wall of 1080 lines, told by its address once what to do."""
    commander = county_house.staff("commander")
    for row in commander.get("/api/incidents").json()["items"]:  # what earlier stories left is new to this wall
        assert row["state"] == "resolved" or commander.post(f"/api/incidents/{row['id']}/resolve").status_code == 200
    wall = Person(browser, 1920, 1080)
    wall.page.goto(county_house.demo["wall_url"])
    wall.page.goto(f"{county_house.url}/wall?room=1.5&tour=5&sound=1")
    wall.see_map()
    return {"house": county_house, "wall": wall}


def report(story: dict[str, Any], severity: str) -> str:
    planner = story["house"].staff("planner.wang")
    answer = planner.post("/api/incidents", json=HAZARD | {"severity": severity, "title": f"{HAZARD['title']}（{severity}）"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def resolve(story: dict[str, Any], incident: str) -> None:
    assert story["house"].staff("commander").post(f"/api/incidents/{incident}/resolve").status_code == 200


def test_1_while_nothing_happens_it_goes_from_township_to_township(story: dict[str, Any]) -> None:
    wall = story["wall"]
    tour = wall.page.get_by_test_id("tour")
    expect(tour).to_contain_text(re.compile(r"可触达 \d+\.\d%巡看 \d+ / 25"), timeout=30_000)
    first = tour.locator("b").inner_text()
    expect(tour.locator("b")).not_to_have_text(first, timeout=30_000)
    wall.page.wait_for_selector("[data-testid=map][data-idle='1']")
    wall.shoot("wall-tour")


def test_2_a_room_that_counts_on_the_sound_is_told_that_there_is_none(story: dict[str, Any]) -> None:
    page = story["wall"].page
    expect(page.get_by_text("没有声音，请点一下屏幕")).to_be_visible()
    page.mouse.click(900, 500)
    expect(page.get_by_text("没有声音，请点一下屏幕")).to_have_count(0)


def test_3_what_happens_is_heard_and_brings_the_county_back(story: dict[str, Any]) -> None:
    page = story["wall"].page
    expect(page.get_by_test_id("tour")).to_be_visible(timeout=40_000)
    assert page.evaluate("document.documentElement.dataset.rang") is None  # nothing that stood there when it opened
    light = report(story, "minor")
    expect(page.get_by_test_id("incidents")).to_contain_text("桥面裂缝（minor）")
    expect(page.get_by_test_id("tour")).to_have_count(0)
    assert page.evaluate("document.documentElement.dataset.rang") == "blue"
    grave = report(story, "severe")
    expect(page.locator("html")).to_have_attribute("data-rang", "orange")
    story["wall"].shoot("wall-interrupted")
    for incident in (light, grave):
        resolve(story, incident)
    expect(page.get_by_test_id("tour")).to_be_visible(timeout=40_000)  # and goes on when it is over
    assert page.evaluate("document.documentElement.dataset.rang") == "orange"  # what goes is not heard


def test_4_the_screen_keeps_what_its_address_said(story: dict[str, Any]) -> None:
    page = story["wall"].page
    page.goto(f"{story['house'].url}/wall")
    expect(page.get_by_test_id("tour")).to_be_visible(timeout=40_000)
    assert page.evaluate("getComputedStyle(document.querySelector('.wall')).getPropertyValue('--room')") == "1.5"
    assert story["wall"].faults == []
