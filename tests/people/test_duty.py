"""An officer goes on duty and off by their own word; it ends after a day; planners see it, and where they work from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.people.assign import end_duties
from gridmap.people.models import Officer
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
