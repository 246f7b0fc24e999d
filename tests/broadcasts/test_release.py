"""One press by the duty commander: only from an approved template, only where two people are not needed, and reviewed afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.broadcasts import release
from gridmap.broadcasts.models import Broadcast, Delivery, Template
from gridmap.broadcasts.templates import gaps_of
from tests import world
from tests.broadcasts.steps import GROUP, drafted, form, grids, in_force, send_now
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
TEMPLATE = {
    "name": "滑坡转移", "kind": "danger_notice", "level": "orange", "category": "Geo", "headline": "{地点}滑坡危险，请撤离", "description": "{地点}山体有裂缝",
    "instruction": "请到{安置点}", "issuer": "小县防汛抗旱指挥部", "hours": 6,
}  # fmt: skip
RELEASE = {"selection": {"area": {"type": "grids", "codes": [GROUP]}}, "gaps": {"地点": "甲村", "安置点": "村小学"}}


def template(*, approved: bool, **changes: Any) -> str:
    """Write a template, and have another person approve it."""
    made = signed_in("second_planner").call("POST", "/api/templates", TEMPLATE | changes)
    assert made.status_code == 201, made.content
    if approved:
        assert signed_in("commander").call("POST", f"/api/templates/{made.json()['id']}/approve").json()["state"] == "approved"
    return str(made.json()["id"])


def released(id: str, who: str = "commander", **changes: Any) -> Any:
    return signed_in(who).call("POST", f"/api/templates/{id}/release", RELEASE | changes)


def test_one_press_sends_the_filled_template_and_waits_for_a_review() -> None:
    answer = released(template(approved=True))
    sent = answer.json()
    assert (answer.status_code, sent["state"], sent["review"], sent["approver"]) == (201, "countdown", "waiting", None)
    assert (sent["headline"], sent["description"], sent["instruction"]) == ("甲村滑坡危险，请撤离", "甲村山体有裂缝", "请到村小学")
    assert send_now(sent["id"]).state == "in_force"
    assert Delivery.objects.filter(broadcast_id=sent["id"]).count() == 5
    own = signed_in("commander").call("POST", f"/api/broadcasts/{sent['id']}/review", {"right": True})
    assert (own.status_code, own.json()["code"]) == (403, "broadcast.own_approval")
    review = signed_in("planner").call("POST", f"/api/broadcasts/{sent['id']}/review", {"right": False, "remark": "范围大了"}).json()
    assert (review["review"], review["reviewer"]["name"], review["remark"]) == ("wrong", "王规划", "范围大了")
    assert signed_in("planner").call("POST", f"/api/broadcasts/{sent['id']}/review", {"right": True}).status_code == 409
    assert list(Entry.objects.filter(subject=sent["id"]).order_by("seq").values_list("action", "actor_name")) == [
        ("broadcast.sent", "陈指挥"), ("broadcast.started", ""), ("broadcast.completed", ""), ("broadcast.reviewed", "王规划"),
    ]  # fmt: skip


@pytest.mark.parametrize(("changes", "status", "code"), [
    ({"gaps": {"地点": "甲村"}}, 422, "template.gap_empty"), ({"gaps": {"地点": "甲村", "安置点": "小学", "别的": "x"}}, 422, "template.gap_unknown"),
    ({"gaps": {"地点": "很长" * 40, "安置点": "小学"}}, 422, "request.invalid"), ({"gaps": {"地点": "甲\u202e村", "安置点": "小学"}}, 422, "request.invalid"),
    ({"selection": {"area": None}}, 422, "broadcast.area_invalid"), ({"headline": "别的"}, 422, "request.invalid"),
    ({"selection": {"area": {"type": "grids", "codes": [world.TOWNSHIP_A]}}}, 403, "broadcast.needs_two"),
    ({"selection": {"area": {"type": "grids", "codes": ["430524001001", "430524001002"]}}}, 403, "broadcast.needs_two"),
])  # fmt: skip
def test_what_cannot_go_out_by_one_press(changes: dict[str, Any], status: int, code: str) -> None:
    answer = released(template(approved=True), **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Broadcast.objects.count() == 0


def test_more_people_than_one_may_answer_for_need_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "MOST_ALONE", 4)
    assert released(template(approved=True)).json()["code"] == "broadcast.needs_two"
    monkeypatch.setattr(release, "MOST_ALONE", 5)
    assert released(template(approved=True)).status_code == 201


def test_only_a_commander_and_only_approved_warnings_of_danger() -> None:
    assert released(template(approved=True), "planner").status_code == 403
    assert released(template(approved=False)).json()["code"] == "template.not_approved"
    assert released(template(approved=True, kind="notice")).json()["code"] == "template.routine"


def test_a_stopped_press_is_over() -> None:
    id = released(template(approved=True)).json()["id"]
    stopped = signed_in("planner").call("POST", f"/api/broadcasts/{id}/stop").json()
    assert (stopped["state"], stopped["review"]) == ("cancelled", "")
    assert signed_in("commander").call("POST", f"/api/broadcasts/{id}/send").status_code == 409


def test_nobody_approves_their_own_template_and_a_retired_one_is_gone() -> None:
    id = template(approved=False)
    assert signed_in("second_planner").call("POST", f"/api/templates/{id}/approve").status_code == 403
    assert signed_in("planner").call("POST", f"/api/templates/{id}/retire").status_code == 204
    assert signed_in("commander").call("POST", f"/api/templates/{id}/approve").status_code == 404
    assert id not in {row["id"] for row in signed_in("planner").get("/api/templates").json()["items"]}


@pytest.mark.parametrize("words", ["{地点", "地点}", "{}", "{{地点}}"])
def test_a_brace_without_its_partner_is_refused(words: str) -> None:
    answer = signed_in("planner").call("POST", "/api/templates", TEMPLATE | {"headline": f"险情{words}"})
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]["field"]) == (422, "template.brace", "headline")


def test_the_shipped_templates_can_be_filled_and_wait_for_two_people() -> None:
    shipped = list(Template.objects.filter(author=None))
    assert len(shipped) >= 6
    for row in shipped:
        assert row.approved_at is None
        assert gaps_of(row)
        assert all(len(getattr(row, name)) >= 2 for name in ("headline", "description", "instruction", "issuer"))


@pytest.mark.parametrize("field", ["headline", "description", "instruction", "issuer", "languages"])
def test_a_gap_that_nobody_filled_never_goes_out(field: str) -> None:
    said: Any = "请沿{撤离路线}走"
    if field == "languages":
        said = [{"language": "en", "headline": "Leave now", "description": "", "instruction": "Go along {撤离路线}"}]
    answer = signed_in("planner").call("POST", "/api/broadcasts", form(**{field: said}))
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (422, "template.gap_empty", {"field": field, "gap": "撤离路线"})
    assert not Broadcast.objects.exists()


def test_a_cancel_of_what_was_sent_alone_is_looked_at_by_nobody_and_asks_for_no_review() -> None:
    sent = send_now(released(template(approved=True)).json()["id"])
    signed_in("planner").call("POST", f"/api/broadcasts/{sent.pk}/review", {"right": True, "remark": "及时"})
    cancel = Broadcast.objects.get(pk=signed_in("planner").call("POST", f"/api/broadcasts/{sent.pk}/cancel", {"reason": "险情解除"}).json()["cancel"]["id"])
    assert (cancel.review, cancel.reviewer, cancel.remark, cancel.template) == ("", None, "", None)


def test_area_by_area_one_person_does_not_reach_more_than_one_press_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridmap.broadcasts.release.MOST_ALONE", 7)
    id, elsewhere = template(approved=True), grids("430524001002001")
    assert released(id).status_code == 201
    second = released(id, selection=elsewhere)
    assert (second.status_code, second.json()["code"]) == (403, "broadcast.needs_two_lately")
    assert released(id).status_code == 201  # the same people once more are no more people
    Broadcast.objects.update(sends_at=timezone.now() - timedelta(hours=1, seconds=1))
    assert released(id, selection=elsewhere).status_code == 201


def test_a_gap_takes_a_name_and_no_message_of_its_own() -> None:
    id = template(approved=True)
    answer = released(id, gaps={"地点": "请全县所有人马上离开" * 5})
    assert (answer.status_code, answer.json()["where"]["field"]) == (422, "gaps.地点")
    twice = template(approved=True, headline="{地点}和{地点}有滑坡危险", name="滑坡二")
    answer = released(twice, gaps={"地点": "很长" * 20, "安置点": "小学"})
    assert (answer.status_code, answer.json()["code"]) == (422, "template.too_long")


def test_what_is_out_and_what_nobody_reviewed_is_on_every_desk_however_much_came_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridmap.realtime.snapshot.MOST", 2)
    alone = send_now(released(template(approved=True)).json()["id"])
    out = in_force()
    Broadcast.objects.filter(pk=alone.pk).update(state="expired", ended_at=timezone.now() - timedelta(days=2), drafted_at=timezone.now() - timedelta(days=3))
    Broadcast.objects.filter(pk=out.pk).update(drafted_at=timezone.now() - timedelta(days=2))
    drafted()
    drafted()
    assert {row["id"] for row in signed_in("second_planner").get("/api/snapshot").json()["broadcasts"]} == {str(alone.pk), str(out.pk)}
    Broadcast.objects.filter(pk=alone.pk).update(review="fine")
    assert str(alone.pk) not in {row["id"] for row in signed_in("second_planner").get("/api/snapshot").json()["broadcasts"]}
