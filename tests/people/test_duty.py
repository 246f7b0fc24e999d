"""An officer goes on duty and off by their own word; it ends after a day; planners see it, and where they work from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gridmap import retention
from gridmap.audit.models import Entry
from gridmap.people.duty import end_duties, forget_positions
from gridmap.people.models import Officer, Position
from tests.clients import signed_in

pytestmark = pytest.mark.django_db


def test_on_duty_is_said_shown_and_written_down() -> None:
    officer, planner = signed_in("officer"), signed_in("planner")
    assert officer.get("/api/duty").json() == {"since": None}
    since = officer.call("POST", "/api/duty", {"on": True}).json()["since"]
    assert officer.call("POST", "/api/duty", {"on": True}).json()["since"] == since  # pressed twice, begun once
    row = next(row for row in planner.get("/api/officers?name=刘警官").json()["items"] if row["name"] == "刘警官")
    assert row["on_duty_since"] == since
    assert officer.call("POST", "/api/duty", {"on": False}).json() == {"since": None}
    assert [entry.detail for entry in Entry.objects.filter(action="officer.duty").order_by("seq")] == [{"on": True}, {"on": False}]


def test_who_forgets_is_off_duty_after_a_day() -> None:
    signed_in("officer").call("POST", "/api/duty", {"on": True})
    assert end_duties() == 0
    Officer.objects.filter(user__username="officer").update(on_duty_since=timezone.now() - timedelta(hours=25))
    assert end_duties() == 1
    assert signed_in("officer").get("/api/duty").json() == {"since": None}


def test_who_is_no_officer_has_no_duty() -> None:
    assert signed_in("planner").call("POST", "/api/duty", {"on": True}).status_code == 403


def test_an_account_says_where_somebody_works_from() -> None:
    body = {"username": "fresh.one", "name": "新警官", "role": "officer", "station": "桃花坪派出所"}
    assert signed_in("commander").call("POST", "/api/accounts", body).status_code == 201
    assert Officer.objects.get(name="新警官").station == "桃花坪派出所"


def on_duty(who: str) -> list[tuple[str, list[float] | None]]:
    return [(row["name"], row["location"]) for row in signed_in(who).get("/api/snapshot").json()["on_duty"]]


FIX = {"location": [111.0051234567, 27.005], "accuracy_m": 12.4}


def test_a_place_is_shared_while_on_duty_and_only_then_and_only_with_who_leads_them() -> None:
    officer = signed_in("officer")
    assert officer.call("POST", "/api/positions", FIX).json()["code"] == "officer.off_duty"
    officer.call("POST", "/api/duty", {"on": True})
    assert on_duty("wall") == [("刘警官", None)]
    assert officer.call("POST", "/api/positions", FIX).status_code == 204
    assert on_duty("planner") == on_duty("auxiliary") == [("刘警官", [111.005123, 27.005])]
    assert on_duty("far_officer") == []
    officer.call("POST", "/api/positions", FIX | {"location": [111.006, 27.005]})  # a moment later: passed over
    assert Position.objects.count() == 1
    officer.call("POST", "/api/duty", {"on": False})
    assert on_duty("planner") == []
    officer.call("POST", "/api/duty", {"on": True})
    assert on_duty("planner") == [("刘警官", None)]  # where they were on an earlier duty is nobody's business now


@pytest.mark.parametrize(
    ("change", "code"),
    [({"accuracy_m": 101}, "officer.rough_fix"), ({"location": [27.005, 111.005]}, "people.place"), ({"location": [111.0]}, "request.invalid"), ({"accuracy_m": -1}, "request.invalid")],
)  # fmt: skip
def test_a_bad_fix_is_refused_and_nothing_kept(change: dict[str, object], code: str) -> None:
    officer = signed_in("officer")
    officer.call("POST", "/api/duty", {"on": True})
    answer = officer.call("POST", "/api/positions", FIX | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Position.objects.exists()


def test_positions_go_after_thirty_days_and_the_run_says_so() -> None:
    officer = signed_in("officer")
    officer.call("POST", "/api/duty", {"on": True})
    officer.call("POST", "/api/positions", FIX)
    Position.objects.update(at=timezone.now() - timedelta(days=29))
    assert retention.apply()["positions"] == 0  # type: ignore[index]
    Position.objects.update(at=timezone.now() - timedelta(days=31))
    assert forget_positions(timezone.now() - timedelta(days=30)) == 1
