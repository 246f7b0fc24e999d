"""Reporting an incident: its group is found from its place, its officers are told, a retry reports nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from gridmap.incidents.models import Incident
from gridmap.realtime.models import Event
from tests import world
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
GROUP = "430524001002001"


def report(**changes: Any) -> dict[str, Any]:
    return {"kind": "landslide", "severity": "severe", "title": "后山滑坡", "location": list(world.centre(GROUP))} | changes


def test_its_group_is_found_from_its_place() -> None:
    answer = signed_in("planner").call("POST", "/api/incidents", report())
    assert answer.status_code == 201
    said = answer.json()
    assert said["grid"] == {"code": GROUP, "names": ["甲乡", "乙村", "1组"]}
    assert said["state"] == "reported"


def test_it_is_told_to_who_answers_for_the_group_in_the_same_transaction() -> None:
    said = signed_in("officer").call("POST", "/api/incidents", report()).json()
    event = Event.objects.order_by("-seq")[0]
    assert event.type == "incident.reported"
    assert event.ranges == [said["no"], said["no"] + 1]
    assert event.data["incident"]["id"] == said["id"]


def test_the_same_key_reports_once_and_another_body_is_refused() -> None:
    caller, key = signed_in("officer"), {"Idempotency-Key": "press-1"}
    first = caller.call("POST", "/api/incidents", report(), **key)
    again = caller.call("POST", "/api/incidents", report(), **key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Incident.objects.count() == 1
    other = caller.call("POST", "/api/incidents", report(title="别的事"), **key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.other_body")


def test_a_key_belongs_to_its_caller() -> None:
    for username in ("officer", "planner"):
        assert signed_in(username).call("POST", "/api/incidents", report(), **{"Idempotency-Key": "k"}).status_code == 201
    assert Incident.objects.count() == 2


def test_a_refused_report_leaves_its_key_free() -> None:
    caller, key = signed_in("officer"), {"Idempotency-Key": "press-2"}
    assert caller.call("POST", "/api/incidents", report(kind="ufo"), **key).status_code == 422
    assert caller.call("POST", "/api/incidents", report(), **key).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "ufo"}, "kind"), ({"severity": "huge"}, "severity"), ({"title": ""}, "title"), ({"title": "长" * 81}, "title"),
        ({"title": "a\u0000b"}, "title"), ({"description": "x" * 2001}, "description"), ({"location": "here"}, "location"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_is_kept(change: dict[str, Any], field: str) -> None:
    answer = signed_in("officer").call("POST", "/api/incidents", report(**change))
    assert answer.status_code == 422
    assert field in str(answer.json()["where"])
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("location", "status", "code"),
    [
        ([27.01, 111.01], 422, "incident.location_invalid"), ([111.01], 422, "incident.location_invalid"),
        ([111.01, 27.01, 5], 422, "incident.location_invalid"), ([0, 0], 422, "incident.location_invalid"),
        ([111.045, 27.01], 404, "grids.outside"),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_refused(location: list[float], status: int, code: str) -> None:
    answer = signed_in("planner").call("POST", "/api/incidents", report(location=location))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_outside_ones_area_is_not_found() -> None:
    assert signed_in("far_officer").call("POST", "/api/incidents", report()).status_code == 404


def test_text_from_people_stays_text() -> None:
    title = "<img onerror=alert(1)> 𠮷"
    assert signed_in("officer").call("POST", "/api/incidents", report(title=title)).json()["title"] == title
