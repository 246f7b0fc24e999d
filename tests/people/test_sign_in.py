"""Signing in: a new session, the same answer for wrong names and wrong passwords, slow for who guesses."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher

from gridmap.people.models import User
from tests import world
from tests.clients import Caller, signed_in

pytestmark = pytest.mark.django_db


def try_to(caller: Caller, username: str, password: str, **headers: str) -> tuple[int, str]:
    answer = caller.call("POST", "/api/session", {"username": username, "password": password}, **headers)
    return answer.status_code, answer.json().get("code", "")


def test_a_session_says_who_it_is_and_over_which_grids() -> None:
    said = signed_in("officer").get("/api/session").json()
    assert said["user"]["role"] == "officer"
    assert said["user"]["grids"] == [world.TOWNSHIP_A]


def test_passwords_are_kept_with_argon2() -> None:
    assert identify_hasher(User.objects.get(username="officer").password).algorithm == "argon2"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer() -> None:
    assert try_to(Caller(), "officer", "wrong") == try_to(Caller(), "nobody", "wrong") == (401, "session.refused")


def test_a_sign_in_begins_a_new_session() -> None:
    caller = Caller()
    try_to(caller, "officer", world.PASSWORD)
    first = caller.cookies[settings.SESSION_COOKIE_NAME].value
    try_to(caller, "planner", world.PASSWORD)
    assert caller.cookies[settings.SESSION_COOKIE_NAME].value != first


def test_the_session_cookie_is_out_of_reach_of_scripts() -> None:
    caller = Caller()
    try_to(caller, "officer", world.PASSWORD)
    cookie = caller.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_guessing_is_throttled_here_while_the_owner_elsewhere_still_gets_in() -> None:
    guesser = Caller()
    answers = [try_to(guesser, "officer", f"guess{n}") for n in range(6)]
    assert answers[4] == (401, "session.refused")
    assert answers[5] == (429, "session.throttled")
    assert try_to(guesser, "officer", world.PASSWORD) == (429, "session.throttled")
    owner = Caller()
    owner.defaults["REMOTE_ADDR"] = "127.0.0.9"
    assert try_to(owner, "officer", world.PASSWORD)[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1:8000.evil.example", "http://sub.127.0.0.1:8000"])
def test_signing_in_from_another_site_is_refused(origin: str) -> None:
    assert try_to(Caller(), "officer", world.PASSWORD, Origin=origin) == (403, "session.origin")


def test_an_unsafe_call_without_the_token_is_refused() -> None:
    caller = signed_in("planner")
    caller.token = "x" * 64
    answer = caller.call("DELETE", "/api/session")
    assert (answer.status_code, answer.json()["code"]) == (403, "session.csrf")


def test_a_deactivated_account_is_out_at_once() -> None:
    caller = signed_in("officer")
    User.objects.filter(username="officer").update(is_active=False)
    assert caller.get("/api/session").status_code in (401, 403)
    assert caller.get("/api/incidents").status_code in (401, 403)


def test_signing_out_ends_the_session() -> None:
    caller = signed_in("officer")
    assert caller.call("DELETE", "/api/session").status_code == 204
    assert caller.get("/api/session").status_code == 401
