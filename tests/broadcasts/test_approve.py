"""From draft to sending: two people, what was approved is what goes out, and anybody stops the countdown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from gridmap.access import ACTIONS
from gridmap.broadcasts import sending
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.grids.models import Grid
from gridmap.people import sessions
from gridmap.people.models import Posting, Role
from tests import world
from tests.broadcasts.steps import approved, drafted, form, submitted
from tests.clients import signed_in

pytestmark = pytest.mark.django_db


def post(username: str, id: str, verb: str, body: Any = None) -> tuple[int, str]:
    answer = signed_in(username).call("POST", f"/api/broadcasts/{id}/{verb}", body)
    return answer.status_code, answer.json().get("code", answer.json().get("state", ""))


def test_a_draft_keeps_the_recipe_and_counts_who_is_inside() -> None:
    circle = {"type": "circle", "center": list(world.centre("430524001001001")), "radius_m": 400}
    said = drafted(selection={"area": circle})
    assert said["selection"]["area"] == circle
    assert said["counts"] == {"residents": 5, "away": 1, "connected": 2, "households": 2}
    assert said["area"]["type"] == "MultiPolygon"
    assert said["state"] == "draft"


def test_the_author_cannot_approve() -> None:
    waiting = submitted()
    assert post("planner", waiting["id"], "approve", {"content_hash": waiting["content_hash"]}) == (403, "broadcast.own_approval")


def test_an_approval_of_something_else_is_refused() -> None:
    waiting = submitted()
    assert post("second_planner", waiting["id"], "approve", {"content_hash": "0" * 64}) == (409, "broadcast.hash_differs")


def test_the_hash_changes_with_words_area_time_and_count() -> None:
    hashes = {drafted()["content_hash"], drafted(headline="别的标题")["content_hash"], drafted(drill=True)["content_hash"]}
    hashes.add(drafted(selection={"area": world.square(*world.centre("430524001001001"), 0.003)})["content_hash"])
    assert len(hashes) == 4


def test_nothing_is_sent_without_an_approval() -> None:
    waiting = submitted()
    assert post("planner", waiting["id"], "send") == (409, "broadcast.state")
    assert sending.due() == []


def test_only_the_author_or_the_approver_sends() -> None:
    ready = approved()
    assert post("commander", ready["id"], "send") == (403, "broadcast.not_yours")
    assert post("second_planner", ready["id"], "send") == (200, "countdown")


def test_the_countdown_is_five_seconds_and_one_person_stops_it() -> None:
    ready = approved()
    said = signed_in("planner").call("POST", f"/api/broadcasts/{ready['id']}/send").json()
    row = Broadcast.objects.get(pk=ready["id"])
    assert row.sends_at is not None
    assert timedelta(seconds=4) < row.sends_at - timezone.now() <= timedelta(seconds=5)
    assert said["sends_at"]
    assert sending.due() == []
    assert post("commander", ready["id"], "stop") == (200, "approved")
    Broadcast.objects.filter(pk=ready["id"]).update(sends_at=None)
    assert not sending.send_step(row.pk)
    assert not Delivery.objects.exists()


def test_a_second_press_of_the_same_button_does_nothing_twice() -> None:
    ready, key = approved(), {"Idempotency-Key": "one press"}
    caller = signed_in("planner")
    first = caller.call("POST", f"/api/broadcasts/{ready['id']}/send", **key)
    again = caller.call("POST", f"/api/broadcasts/{ready['id']}/send", **key)
    assert first.json() == again.json()
    assert post("planner", ready["id"], "send") == (409, "broadcast.state")


def test_an_area_without_anybody_is_not_submitted() -> None:
    lon, lat = world.centre("430524001001001")
    from gridmap.people.models import Resident

    Resident.objects.filter(place=None).delete()
    draft = drafted(selection={"area": world.square(lon + 0.004, lat, 0.0009)})
    assert post("planner", draft["id"], "submit") == (422, "broadcast.nobody")


@pytest.mark.parametrize(
    ("codes", "status"),
    [([world.TOWNSHIP_A], 200), ([world.TOWNSHIP_A, "430524002001"], 403), (["430524002001"], 404)],
)
def test_a_townships_planner_reaches_her_own_grids_only(codes: list[str], status: int) -> None:
    Posting.objects.filter(user__username="planner").update(grid=Grid.objects.current().get(code=world.TOWNSHIP_A))
    area = {"selection": {"area": {"type": "grids", "codes": codes}}}
    planner = signed_in("planner")
    answer = planner.call("POST", "/api/broadcasts/preview", area)
    assert answer.status_code == status
    assert status != 403 or answer.json()["code"] == "access.beyond"
    assert planner.call("POST", "/api/broadcasts", form(**area)).status_code == {200: 201}.get(status, status)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expires": "2020-01-01T00:00:00+08:00"}, "request.invalid"), ({"headline": "撤离\u202e离撤"}, "request.invalid"), ({"headline": "撤离\uffff"}, "request.invalid"), ({"description": "撤离\U0001fffe"}, "request.invalid"),
        ({"headline": "\u200b\u200b\u3164"}, "request.invalid"), ({"headline": "\ufe0f\ufe0f"}, "request.invalid"), ({"headline": "\u034f\u034f"}, "request.invalid"),
        ({"headline": "撤离\u2028取消"}, "request.invalid"), ({"headline": "撤\u200b离"}, "request.invalid"), ({"effective": "0001-01-01T00:00:00+14:00"}, "request.invalid"),
        ({"expires": (timezone.now() - timedelta(days=1)).isoformat()}, "broadcast.expires_past"), ({"expires": "2026-12-01T00:00:00"}, "request.invalid"),
        ({"expires": (timezone.now() + timedelta(days=8)).isoformat()}, "broadcast.expires_past"), ({"expires": "soon"}, "request.invalid"),
        ({"kind": "relayed_warning"}, "broadcast.authority_needed"), ({"kind": "relayed_warning", "authority": "湖南省气象台"}, "broadcast.document_needed"), ({"level": "purple"}, "request.invalid"), ({"headline": ""}, "request.invalid"),
        ({"issuer": ""}, "request.invalid"), ({"state": "in_force"}, "request.invalid"), ({"residents": 1}, "request.invalid"),
        ({"selection": {"area": world.square(111.01, 27.01), "tags": {"any_of": [["x"]]}}}, "broadcast.tags_refused"),
    ],
)  # fmt: skip
def test_a_wrong_draft_is_refused_and_nothing_is_kept(change: dict[str, Any], code: str) -> None:
    answer = signed_in("planner").call("POST", "/api/broadcasts", form(**change))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Broadcast.objects.exists()


def test_a_draft_is_hidden_from_who_is_not_at_the_desk() -> None:
    waiting = submitted()
    for username in ("officer", "far_officer", "wall"):
        assert signed_in(username).get(f"/api/broadcasts/{waiting['id']}").status_code == 404


@pytest.mark.parametrize("area", ["POLYGON EMPTY", "POLYGON((0 0,1 1,1 0,0 1,0 0))", "POLYGON((27 111,28 111,28 112,27 111))", "POLYGON((0 0,0 1,1 1,0 0))"])
def test_the_database_itself_refuses_a_broken_area(area: str) -> None:
    draft = drafted()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE broadcasts_broadcast SET area = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s", [area, draft["id"]])


@pytest.mark.parametrize("missing", ["description", "instruction"])
def test_a_warning_states_all_that_the_law_wants(missing: str) -> None:
    said = drafted(**{missing: ""})
    answer = signed_in("planner").call("POST", f"/api/broadcasts/{said['id']}/submit")
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]["field"]) == (422, "broadcast.element_missing", missing)
    assert post("planner", drafted(kind="notice", **{missing: ""})["id"], "submit")[0] == 200


def test_a_desk_left_open_approves_nothing() -> None:
    waiting = submitted()
    approver = signed_in("second_planner")
    session = approver.session
    session["proven"] -= 601
    session.save()
    approve = f"/api/broadcasts/{waiting['id']}/approve"
    body = {"content_hash": waiting["content_hash"]}
    refused = approver.call("POST", approve, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "session.prove")
    wrong = approver.call("POST", "/api/session/prove", {"password": "not-the-password"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "session.refused")
    assert approver.call("POST", approve, body).status_code == 403
    assert approver.call("POST", "/api/session/prove", {"password": world.PASSWORD}).status_code == 204
    assert approver.call("POST", approve, body).json()["state"] == "approved"


def test_who_may_practise_and_not_warn_takes_a_drill_to_its_hand_over_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIONS, "broadcasts.drill", ACTIONS["broadcasts.drill"] | {Role.TOWNSHIP_HEAD})
    head = signed_in("head")
    body = form()
    del body["drill"]
    made = head.call("POST", "/api/drills", body)
    assert made.status_code == 201, made.content
    assert head.call("POST", f"/api/broadcasts/{made.json()['id']}/submit").json()["state"] == "submitted"
    assert head.call("POST", "/api/broadcasts", form()).status_code == 403
    assert head.call("POST", f"/api/broadcasts/{drafted()['id']}/discard").status_code == 404


def test_whoever_finds_a_desk_open_cannot_try_passwords_without_end() -> None:
    approver = signed_in("second_planner")
    said = [approver.call("POST", "/api/session/prove", {"password": f"wrong-{n}"}).status_code for n in range(sessions.TRIES_PER_ACCOUNT_AND_ADDRESS + 1)]
    assert said == [*[403] * sessions.TRIES_PER_ACCOUNT_AND_ADDRESS, 429]
    assert approver.call("POST", "/api/session/prove", {"password": world.PASSWORD}).status_code == 429
