"""Acknowledging and resolving: each step once, in order, by who answers for the place."""

from __future__ import annotations

import pytest

from tests.clients import signed_in
from tests.incidents.test_report import report

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident() -> str:
    return str(signed_in("planner").call("POST", "/api/incidents", report()).json()["id"])


def test_an_officer_takes_it_on_and_ends_it(incident: str) -> None:
    officer = signed_in("officer")
    taken = officer.call("POST", f"/api/incidents/{incident}/acknowledge").json()
    assert (taken["state"], taken["acknowledged_at"] is not None) == ("acknowledged", True)
    over = officer.call("POST", f"/api/incidents/{incident}/resolve").json()
    assert (over["state"], over["resolved_at"] is not None) == ("resolved", True)


def test_a_step_that_the_state_does_not_allow_is_a_conflict(incident: str) -> None:
    officer = signed_in("officer")
    officer.call("POST", f"/api/incidents/{incident}/acknowledge")
    again = officer.call("POST", f"/api/incidents/{incident}/acknowledge")
    assert (again.status_code, again.json()["where"]) == (409, {"state": "acknowledged"})


def test_for_who_answers_for_other_grids_it_does_not_exist(incident: str) -> None:
    far = signed_in("far_officer")
    assert far.call("POST", f"/api/incidents/{incident}/acknowledge").status_code == 404
    assert far.get("/api/incidents").json() == {"items": [], "total": 0}
    assert far.get("/api/incidents?under=430524001").json()["total"] == 0


def test_without_the_right_it_is_denied(incident: str) -> None:
    assert signed_in("planner").call("POST", f"/api/incidents/{incident}/resolve").status_code == 403


def test_the_list_filters_by_state_place_and_time(incident: str) -> None:
    planner = signed_in("planner")
    assert planner.get("/api/incidents?state=reported&under=430524001002").json()["total"] == 1
    assert planner.get("/api/incidents?state=resolved").json()["total"] == 0
    assert planner.get("/api/incidents?since=2099-01-01T00:00:00%2B08:00").json()["total"] == 0
    assert planner.get("/api/incidents?since=yesterday").status_code == 422
