"""A session that nobody touches ends; a page that only polls keeps none alive; a wall stays on for months, until its device is revoked."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings

from gridmap.people import sessions
from gridmap.people.models import User, WallDevice
from gridmap.realtime.consumers import scope_of_session
from tests.clients import Caller, signed_in

pytestmark = pytest.mark.django_db
MINUTE = 60


def key_of(caller: Caller) -> str:
    return str(caller.cookies[settings.SESSION_COOKIE_NAME].value)


def stored(caller: Caller) -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore(key_of(caller))


def untouched_for(caller: Caller, minutes: float) -> None:
    session = stored(caller)
    session[sessions.TOUCHED] = int(time.time() - minutes * MINUTE)
    session.save()


@pytest.mark.parametrize(("who", "minutes"), [("planner", 60), ("commander", 60), ("auditor", 60), ("officer", 240), ("auxiliary", 240), ("head", 240)])
def test_a_session_left_alone_ends_over_http_and_on_the_socket(who: str, minutes: int) -> None:
    caller = signed_in(who)
    untouched_for(caller, minutes - 1)
    assert scope_of_session(key_of(caller)) is not None
    assert caller.get("/api/session", headers={sessions.UNATTENDED: "1"}).status_code == 200
    untouched_for(caller, minutes + 1)
    assert scope_of_session(key_of(caller)) is None
    assert caller.get("/api/session").status_code == 401
    assert caller.get("/plan").status_code == 302


def test_a_page_that_polls_keeps_nothing_alive_and_a_person_does() -> None:
    caller = signed_in("planner")
    untouched_for(caller, 50)
    caller.get("/api/handovers", headers={sessions.UNATTENDED: "1"})
    assert time.time() - stored(caller)[sessions.TOUCHED] > 49 * MINUTE
    caller.get("/api/handovers")
    assert time.time() - stored(caller)[sessions.TOUCHED] < MINUTE


def test_a_closed_account_is_shut_out_at_once_and_its_session_gone() -> None:
    caller = signed_in("officer")
    User.objects.filter(username="officer").update(is_active=False)
    assert caller.get("/api/session").status_code == 401
    assert scope_of_session(key_of(caller)) is None


def wall(grid: str = "430524") -> tuple[dict[str, Any], str]:
    made = signed_in("commander").call("POST", "/api/accounts", {"username": "wall.hall", "name": "大厅大屏", "role": "wall", "grid": grid})
    assert made.status_code == 201, made.content
    return made.json(), made.json()["wall_address"].split("#wall=")[1]


def test_a_commander_makes_a_wall_whose_screen_stays_on() -> None:
    made, token = wall()
    assert made["first_password"] is None
    screen = Caller()
    answer = screen.call("POST", "/api/session/wall", {"token": token})
    assert (answer.status_code, answer.json()["user"]["role"]) == (200, "wall")
    assert answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] > 300 * 24 * 3600
    untouched_for(screen, 60 * 24 * 90)
    assert screen.get("/api/snapshot", headers={sessions.UNATTENDED: "1"}).status_code == 200
    assert scope_of_session(key_of(screen)) is not None
    assert token not in str(WallDevice.objects.values_list("token_hash", flat=True))


def test_a_screen_whose_device_was_taken_out_is_shut_out_though_the_wall_has_another() -> None:
    _, token = wall()
    screen = Caller()
    screen.call("POST", "/api/session/wall", {"token": token})
    device = WallDevice.objects.get(user__username="wall.hall")
    assert screen.get("/api/snapshot").status_code == 200
    WallDevice.objects.filter(pk=device.pk).delete()
    WallDevice.objects.create(token_hash="another", user=device.user)
    assert screen.get("/api/snapshot").status_code == 401
    assert scope_of_session(key_of(screen)) is None


def test_a_walls_new_address_voids_the_old_one_and_every_screen_that_used_it() -> None:
    made, token = wall()
    screen = Caller()
    screen.call("POST", "/api/session/wall", {"token": token})
    again = signed_in("commander").call("POST", f"/api/accounts/{made['id']}/reset").json()["wall_address"].split("#wall=")[1]
    assert screen.get("/api/snapshot").status_code == 401
    assert scope_of_session(key_of(screen)) is None
    assert Caller().call("POST", "/api/session/wall", {"token": token}).json()["code"] == "session.wall"
    assert screen.call("POST", "/api/session/wall", {"token": again}).status_code == 200
    signed_in("commander").call("POST", f"/api/accounts/{made['id']}/deactivate")
    assert screen.get("/api/snapshot").status_code == 401


@pytest.mark.parametrize("token", ["", "x", "x" * 100, "\u202e"])
def test_a_guessed_token_gets_nothing(token: str) -> None:
    answer = Caller().call("POST", "/api/session/wall", {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "session.wall")
    assert Caller().call("POST", "/api/session/wall", {"token": "x" * 101}).status_code == 422


def test_a_wall_is_signed_in_from_our_own_pages_only() -> None:
    _, token = wall()
    answer = Caller().call("POST", "/api/session/wall", {"token": token}, Origin="http://evil.example")
    assert answer.json()["code"] == "session.origin"
