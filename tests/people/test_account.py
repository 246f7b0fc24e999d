"""Accounts outside the demo: a first password and a second factor, reset by another person, closed at once."""

from __future__ import annotations

import re
import time
from io import StringIO
from typing import Any

import pyotp
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from gridmap.access import scope_of
from gridmap.audit.models import Entry
from gridmap.edge.models import JoinCode
from gridmap.people import coverage
from gridmap.people.models import Assignment, Officer, Resident, SignInFailure, UncoveredGroup, User
from gridmap.realtime.consumers import scope_of_session
from gridmap.start import Unfit, require_commander
from tests.clients import Caller, signed_in

pytestmark = pytest.mark.django_db
OWN = "wet-slope-40-steps"


@pytest.fixture(autouse=True)
def _no_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMO", False)


@pytest.fixture
def commander(db: None) -> Caller:
    """The cast's commander, enrolled."""
    from gridmap.people import second_factor

    user = User.objects.get(username="commander")
    user.totp_sealed = second_factor.kept(user, second_factor.new_secret())
    user.save()
    return signed_in("commander")


def made(commander: Caller, role: str = "planner", **wanted: Any) -> dict[str, Any]:
    body = {"username": "fresh", "name": "新人", "role": role, "grid": "430524", **wanted}
    answer = commander.call("POST", "/api/accounts", body)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def sign_in(username: str, password: str, otp: str | None = None) -> tuple[Caller, Any]:
    caller = Caller()
    answer = caller.call("POST", "/api/session", {"username": username, "password": password, "otp": otp})
    if answer.status_code == 200:
        caller.token = answer.json()["csrf"]
    return caller, answer


def enrolled(commander: Caller) -> tuple[Caller, str]:
    """A planner who has chosen a password and a second factor; gives her browser and her secret."""
    caller, _ = sign_in("fresh", made(commander)["first_password"])
    secret = caller.get("/api/session/enrol").json()["secret"]
    answer = caller.call("POST", "/api/session/enrol", {"password": OWN, "otp": pyotp.TOTP(secret).now()})
    assert answer.status_code == 204, answer.content
    return caller, secret


def test_until_enrolled_one_is_signed_in_and_has_no_rights(commander: Caller) -> None:
    caller, answer = sign_in("fresh", made(commander)["first_password"])
    assert (answer.status_code, answer.json()["enrol"], answer.json()["user"]["grids"]) == (200, True, [])
    assert caller.get("/api/coverage/430524").status_code == 404
    assert caller.get("/api/snapshot").status_code == 403
    assert scope_of_session(caller.cookies[settings.SESSION_COOKIE_NAME].value) is None


def test_enrolling_gives_the_rights_and_ends_the_first_password(commander: Caller) -> None:
    first = made(commander)["first_password"]
    caller, _ = sign_in("fresh", first)
    secret = caller.get("/api/session/enrol").json()["secret"]
    assert caller.get("/api/session/enrol").json()["secret"] == secret
    assert caller.call("POST", "/api/session/enrol", {"password": OWN, "otp": pyotp.TOTP(secret).now()}).status_code == 204
    assert caller.get("/api/session").json()["user"]["grids"] == ["430524"]
    assert sign_in("fresh", first)[1].status_code == 401
    with connection.cursor() as cursor:
        cursor.execute("SELECT totp_sealed FROM people_user WHERE username = 'fresh'")
        assert secret.encode() not in bytes(cursor.fetchone()[0])


def test_the_second_factor_is_asked_for_after_the_password_and_each_code_works_once(commander: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = enrolled(commander)
    assert sign_in("fresh", "wrong")[1].json()["code"] == "session.refused"
    assert sign_in("fresh", OWN)[1].json()["code"] == "session.otp_needed"
    assert sign_in("fresh", OWN, "000000")[1].json()["code"] == "session.otp_wrong"
    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    code = pyotp.TOTP(secret).at(int(later))
    assert sign_in("fresh", OWN, code)[1].status_code == 200
    assert sign_in("fresh", OWN, code)[1].json()["code"] == "session.otp_wrong"


def test_guessing_codes_is_throttled_like_guessing_passwords(commander: Caller) -> None:
    enrolled(commander)
    answers = [sign_in("fresh", OWN, f"00000{n}")[1].status_code for n in range(6)]
    assert answers[-1] == 429
    assert SignInFailure.objects.filter(username="fresh").count() == 5


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012", "新人"])
def test_an_easy_password_is_refused(commander: Caller, password: str) -> None:
    caller, _ = sign_in("fresh", made(commander)["first_password"])
    secret = caller.get("/api/session/enrol").json()["secret"]
    answer = caller.call("POST", "/api/session/enrol", {"password": password, "otp": pyotp.TOTP(secret).now()})
    assert (answer.status_code, answer.json()["where"]["field"]) == (422, "password")
    assert scope_of(User.objects.get(username="fresh")).ranges == ()


def test_the_first_password_cannot_be_kept_and_a_wrong_code_enrols_nobody(commander: Caller) -> None:
    first = made(commander)["first_password"]
    caller, _ = sign_in("fresh", first)
    caller.get("/api/session/enrol")
    assert caller.call("POST", "/api/session/enrol", {"password": first, "otp": "000000"}).status_code == 422
    assert caller.call("POST", "/api/session/enrol", {"password": OWN, "otp": "000000"}).json()["code"] == "session.otp_wrong"
    assert User.objects.get(username="fresh").first_password


def test_an_officer_enrols_with_a_password_alone_and_gets_grids_by_assignment(commander: Caller) -> None:
    caller, _ = sign_in("fresh", made(commander, "officer")["first_password"])
    assert caller.get("/api/session/enrol").json() == {"secret": None, "picture": None}
    assert caller.call("POST", "/api/session/enrol", {"password": OWN}).status_code == 204
    found = commander.get("/api/officers?name=新人").json()["items"]
    commander.call("POST", "/api/assignments", {"officer": found[0]["id"], "grids": ["430524002002"]})
    assert caller.get("/api/session").json()["user"]["grids"] == ["430524002002"]


def test_a_reset_ends_sessions_and_takes_the_second_factor_away(commander: Caller) -> None:
    caller, _ = enrolled(commander)
    id = str(User.objects.get(username="fresh").pk)
    first = commander.call("POST", f"/api/accounts/{id}/reset").json()["first_password"]
    assert caller.get("/api/session").status_code == 401
    assert sign_in("fresh", OWN)[1].status_code == 401
    assert sign_in("fresh", first)[1].json()["enrol"] is True


def test_a_closed_account_is_out_at_once(commander: Caller) -> None:
    caller, secret = enrolled(commander)
    key = caller.cookies[settings.SESSION_COOKIE_NAME].value
    assert scope_of_session(key) is not None
    id = str(User.objects.get(username="fresh").pk)
    assert commander.call("POST", f"/api/accounts/{id}/deactivate").json()["active"] is False
    assert scope_of_session(key) is None
    assert caller.get("/api/coverage/430524").status_code in (401, 404)
    assert sign_in("fresh", OWN, pyotp.TOTP(secret).now())[1].json()["code"] == "session.refused"


def test_nobody_resets_or_closes_their_own_account(commander: Caller) -> None:
    id = str(User.objects.get(username="commander").pk)
    for verb in ("reset", "deactivate"):
        assert commander.call("POST", f"/api/accounts/{id}/{verb}").json()["code"] == "account.own"


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [({"username": "planner"}, 409, "account.taken"), ({"username": "A B"}, 422, "request.invalid"), ({"name": "\u202e"}, 422, "request.invalid"),
     ({"role": "resident"}, 422, "request.invalid"), ({"grid": None}, 404, "request.missing"), ({"grid": "999"}, 404, "request.missing")],
)  # fmt: skip
def test_a_bad_account_is_refused(commander: Caller, wanted: dict[str, Any], status: int, code: str) -> None:
    body = {"username": "fresh", "name": "新人", "role": "planner", "grid": "430524", **wanted}
    answer = commander.call("POST", "/api/accounts", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not User.objects.filter(username="fresh").exists()


def test_the_first_commander_is_made_from_the_shell() -> None:
    User.objects.filter(role="commander").update(is_active=False)
    with pytest.raises(Unfit, match="create_commander"):
        require_commander()
    said = StringIO()
    call_command("create_commander", "chief", "陈大队", stdout=said)
    require_commander()
    first = re.search(r"first password (\S+)", said.getvalue())
    assert first
    assert sign_in("chief", first[1])[1].json()["enrol"] is True
    with pytest.raises(CommandError, match="taken"):
        call_command("create_commander", "chief", "陈大队")
    with pytest.raises(CommandError, match="username"):
        call_command("create_commander", "C h", "陈大队")


def test_no_password_stands_in_the_audit(commander: Caller) -> None:
    account = made(commander)
    commander.call("POST", f"/api/accounts/{account['id']}/reset")
    assert account["first_password"] not in str(list(Entry.objects.values()))
    assert [entry.action for entry in Entry.objects.all()] == ["people.accounts", "people.accounts"]


def test_what_a_closed_account_answered_for_is_uncovered_at_once(commander: Caller) -> None:
    officer = User.objects.get(username="officer")
    door = signed_in("officer").call("POST", "/api/join-codes", {"kind": "door", "resident": str(Resident.objects.filter(group__code__startswith="430524001001")[0].pk)}).json()
    Assignment.objects.filter(officer__user=None).update(officer=Officer.objects.get(user=officer))
    before = set(coverage.uncovered())
    assert commander.call("POST", f"/api/accounts/{officer.pk}/deactivate").status_code == 200
    now = set(coverage.uncovered())
    assert now > before
    assert set(UncoveredGroup.objects.values_list("no", flat=True)) == now
    assert JoinCode.objects.get(pk=door["id"]).revoked
    assert "刘警官" not in [row["name"] for row in commander.get("/api/officers").json()["items"]]


def test_a_township_commander_neither_sees_nor_takes_over_who_has_more_than_the_township(commander: Caller) -> None:
    made(commander, role="commander", username="below", grid="430524001")
    User.objects.filter(username="below").update(first_password=False, totp_sealed=User.objects.get(username="commander").totp_sealed)
    below = signed_in("below")
    names = {row["username"] for row in below.get("/api/accounts").json()["items"]}
    assert {"head", "officer", "auxiliary"} <= names
    assert names.isdisjoint({"commander", "planner", "wall", "far_officer"})
    for username in ("commander", "far_officer"):
        for step in ("reset", "deactivate"):
            assert below.call("POST", f"/api/accounts/{User.objects.get(username=username).pk}/{step}").status_code == 404
    assert User.objects.get(username="commander").is_active
    assert below.call("POST", f"/api/accounts/{User.objects.get(username='officer').pk}/reset").status_code == 200


def test_a_desk_left_open_makes_no_account_and_resets_none(commander: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    body = {"username": "fresh", "name": "新人", "role": "planner", "grid": "430524"}
    for address, sent in (("/api/accounts", body), (f"/api/accounts/{User.objects.get(username='planner').pk}/reset", None)):
        answer = commander.call("POST", address, sent)
        assert (answer.status_code, answer.json()["code"]) == (403, "session.prove")
    assert not User.objects.filter(username="fresh").exists()
