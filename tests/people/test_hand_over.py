"""Who answers for what: assigned from a moment on, ended, handed over; a grid with nobody is an alarm from that moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridmap.access import scope_of
from gridmap.audit import log as audit
from gridmap.audit.models import Entry
from gridmap.edge.models import JoinCode
from gridmap.people import coverage
from gridmap.people.alarms import follow_uncovered
from gridmap.people.assign import finish_handovers
from gridmap.people.models import Assignment, Handover, Officer, Resident, UncoveredGroup, User
from gridmap.realtime import log
from gridmap.register.records import answer_record
from tests.clients import phone, signed_in

pytestmark = pytest.mark.django_db
VILLAGE, OTHER, NOBODYS = "430524001001", "430524001002", "430524002002"
GROUPS = {VILLAGE: [0, 1]}


@pytest.fixture
def newcomer(db: None) -> Officer:
    """An officer with a login and no grids yet."""
    user = User.objects.create(username="newcomer", name="新警官", role="officer")
    return Officer.objects.create(name="新警官", user=user)


def assign(officer: Officer, *codes: str, who: str = "planner", **wanted: Any) -> Any:
    return signed_in(who).call("POST", "/api/assignments", {"officer": str(officer.pk), "grids": list(codes), **wanted})


def primary_of(code: str) -> list[str]:
    rows = Assignment.objects.running(timezone.now()).filter(grid__code=code, duty="primary")
    return [row.officer.name for row in rows.select_related("officer")]


def told(before: int) -> list[str]:
    return [row.type for row in log.since(before)]


def test_whoever_was_primary_ends_where_the_successor_begins(newcomer: Officer) -> None:
    assert primary_of(VILLAGE) == ["村警"]
    assert assign(newcomer, VILLAGE).status_code == 204
    assert primary_of(VILLAGE) == ["新警官"]
    former = Assignment.objects.get(officer__name="村警", grid__code=VILLAGE)
    mine = Assignment.objects.get(officer=newcomer)
    assert former.period.upper == mine.period.lower
    assert scope_of(newcomer.user).codes == (VILLAGE,)  # type: ignore[arg-type]
    entry = Entry.objects.get(action="people.assign")
    assert entry.detail["grids"] == [VILLAGE]


def test_covering_a_grid_ends_its_alarm_and_ending_raises_it_at_once(newcomer: Officer) -> None:
    uncovered = coverage.uncovered()
    assert set(UncoveredGroup.objects.values_list("no", flat=True)) == set(uncovered) != set()
    before = log.last()
    assign(newcomer, NOBODYS)
    assert told(before) == ["grids.uncovered", "assignment.changed"]
    assert coverage.uncovered() == []
    row = Assignment.objects.get(officer=newcomer)
    before = log.last()
    signed_in("planner").call("POST", f"/api/assignments/{row.pk}/end", {})
    assert log.since(before)[0].data == {"uncovered": uncovered, "covered": []}
    assert signed_in("wall").get("/api/snapshot").json()["uncovered"] == uncovered


def test_an_end_in_the_future_is_an_alarm_from_that_moment(newcomer: Officer) -> None:
    assign(newcomer, NOBODYS)
    row = Assignment.objects.get(officer=newcomer)
    soon = timezone.now() + timedelta(hours=2)
    answer = signed_in("planner").call("POST", f"/api/assignments/{row.pk}/end", {"at": soon.isoformat()})
    assert (answer.status_code, coverage.uncovered()) == (204, [])
    Assignment.objects.filter(pk=row.pk).update(period=(timezone.now() - timedelta(days=1), timezone.now()))
    before = log.last()
    assert follow_uncovered() == 2
    assert told(before) == ["grids.uncovered"]
    assert follow_uncovered() == 0


def test_handing_over_moves_every_grid_in_both_duties_and_the_codes(newcomer: Officer) -> None:
    giver = Officer.objects.get(name="村警")
    other = User.objects.create(username="former", name="村警", role="officer")
    Officer.objects.filter(pk=giver.pk).update(user=other)
    JoinCode.objects.create(kind="officer", grid=VILLAGE, start=0, end=2, officer=giver.pk, officer_name="村警", made_by=other.pk)
    held = len(scope_of(other).codes)
    answer = signed_in("planner").call("POST", "/api/handovers", {"giver": str(giver.pk), "taker": str(newcomer.pk)})
    assert (answer.status_code, answer.json()["grids"]) == (201, ["甲村", "乙村", "丙村"])
    assert answer.json()["residents"] == 30
    assert scope_of(other).codes == ()
    assert len(scope_of(newcomer.user).codes) == held == 3  # type: ignore[arg-type]
    code = JoinCode.objects.get()
    assert (code.officer, code.officer_name) == (newcomer.pk, "新警官")
    mine = signed_in("newcomer").get("/api/handovers").json()["items"]
    assert [row["giver"] for row in mine] == ["村警"]
    assert signed_in("newcomer").call("POST", f"/api/handovers/{mine[0]['id']}/sign").json()["signed_at"]
    assert signed_in("newcomer").call("POST", f"/api/handovers/{mine[0]['id']}/sign").status_code == 409


def test_the_list_to_sign_names_what_waits_and_who_assigns_sees_whether_it_was_signed(newcomer: Officer) -> None:
    people = list(Resident.objects.filter(group__code=f"{VILLAGE}001").order_by("id"))
    officer, planner = signed_in("officer"), signed_in("planner")
    officer.call("POST", f"/api/residents/{people[0].pk}/contacts", {"contact": str(people[1].pk), "relation": "neighbour", "resident_agreed": True})
    officer.call("POST", f"/api/residents/{people[3].pk}/contacts", {"contact": str(people[1].pk), "relation": "neighbour", "resident_agreed": True, "contact_agreed": True})
    phone(str(people[2].pk), people[2].no).call("POST", "/api/record/corrections", {"field": "birth_year", "value": "1950"})
    while answer_record():
        pass
    planner.call("POST", "/api/handovers", {"giver": str(Officer.objects.get(name="村警").pk), "taker": str(newcomer.pk)})
    (mine,) = signed_in("newcomer").get("/api/handovers").json()["items"]
    assert (mine["waiting_corrections"], mine["waiting_consents"]) == (1, 1)
    assert [row["signed_at"] for row in planner.get("/api/handovers?of=all").json()["items"]] == [None]
    assert signed_in("far_officer").get("/api/handovers?of=all").status_code == 403
    before = log.last()
    signed_in("newcomer").call("POST", f"/api/handovers/{mine['id']}/sign")
    assert told(before) == ["assignment.changed"]
    assert planner.get("/api/handovers?of=all").json()["items"][0]["signed_at"]
    Handover.objects.update(at=timezone.now() - timedelta(days=31))
    assert planner.get("/api/handovers?of=all").json()["items"] == []


def test_a_handover_planned_for_later_changes_nothing_before_its_time(newcomer: Officer) -> None:
    giver, at = Officer.objects.get(name="村警"), timezone.now() + timedelta(hours=1)
    body = {"giver": str(giver.pk), "taker": str(newcomer.pk), "at": at.isoformat()}
    handover = signed_in("planner").call("POST", "/api/handovers", body).json()
    assert primary_of(VILLAGE) == ["村警"]
    assert scope_of(newcomer.user).codes == ()  # type: ignore[arg-type]
    assert finish_handovers() == 0
    assert signed_in("newcomer").call("POST", f"/api/handovers/{handover['id']}/sign").status_code == 409
    Handover.objects.update(at=timezone.now())
    before = log.last()
    assert finish_handovers() == 1
    assert told(before) == ["assignment.changed"]
    assert finish_handovers() == 0


def test_the_load_before_and_after_counts_a_group_once(newcomer: Officer) -> None:
    assign(newcomer, VILLAGE)
    body = {"grids": [f"{VILLAGE}001", OTHER], "officer": str(newcomer.pk)}
    found = signed_in("planner").call("POST", "/api/assignments/preview", body).json()
    assert [(row["code"], row["primary"]) for row in found["grids"]] == [(f"{VILLAGE}001", None), (OTHER, "村警")]
    assert (found["before"]["residents"], found["after"]["residents"]) == (10, 20)
    assert found["picked"]["residents"] == 15
    assert found["after"]["households"] == 8
    assert found["before"]["area_km2"] < found["after"]["area_km2"]


def test_a_township_head_assigns_in_their_township_only(newcomer: Officer) -> None:
    assert assign(newcomer, VILLAGE, who="head").status_code == 204
    assert assign(newcomer, NOBODYS, who="head").status_code == 404
    assert primary_of(NOBODYS) == []


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"grids": []}, 422, "assignment.grids"), ({"grids": ["430524"]}, 422, "assignment.grids"),
        ({"grids": ["430524001001", "x"]}, 404, "request.missing"), ({"grids": ["430524001001"] * 501}, 422, "request.invalid"),
        ({"officer": "00000000-0000-0000-0000-000000000000"}, 404, "assignment.no_officer"), ({"officer": "x"}, 422, "request.invalid"),
        ({"since": "2026-01-01T00:00:00+08:00"}, 422, "assignment.past"), ({"since": "2026-12-01T00:00:00"}, 422, "request.invalid"),
        ({"duty": "boss"}, 422, "request.invalid"),
    ],
)  # fmt: skip
def test_a_bad_wish_is_refused_and_changes_nothing(newcomer: Officer, wanted: dict[str, Any], status: int, code: str) -> None:
    body = {"officer": str(newcomer.pk), "grids": [VILLAGE], **wanted}
    answer = signed_in("planner").call("POST", "/api/assignments", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert primary_of(VILLAGE) == ["村警"]


def test_one_is_not_assigned_twice_nor_before_somebody_planned(newcomer: Officer) -> None:
    assign(newcomer, VILLAGE, since=(timezone.now() + timedelta(days=2)).isoformat())
    assert assign(newcomer, VILLAGE).json()["code"] == "assignment.already"
    assert assign(Officer.objects.get(name="小赵"), VILLAGE).json()["code"] == "assignment.planned"


def test_nobody_assigns_to_themselves_or_takes_over(newcomer: Officer) -> None:
    head = Officer.objects.get(name="甲乡长")
    assert assign(head, VILLAGE, who="head").json()["code"] == "assignment.own"
    body = {"giver": str(Officer.objects.get(name="小赵").pk), "taker": str(head.pk)}
    assert signed_in("head").call("POST", "/api/handovers", body).json()["code"] == "assignment.own"


def test_the_audit_still_holds_after_every_change(newcomer: Officer) -> None:
    """Times, whose digits change on their way through JSON, once broke the chain here."""
    assign(newcomer, VILLAGE)
    signed_in("planner").call("POST", f"/api/assignments/{Assignment.objects.get(officer=newcomer).pk}/end", {})
    body = {"giver": str(Officer.objects.get(name="小赵").pk), "taker": str(newcomer.pk)}
    signed_in("planner").call("POST", "/api/handovers", body)
    count, _, broken = audit.verify()
    assert (count, broken) == (3, None)


def test_figures_of_grids_that_one_does_not_hold_are_not_told(newcomer: Officer) -> None:
    far = Officer.objects.get(name="彭警官")
    found = signed_in("head").call("POST", "/api/assignments/preview", {"grids": [VILLAGE], "officer": str(far.pk)}).json()
    assert (found["before"]["residents"], found["after"]["residents"]) == (0, 10)
    assign(newcomer, NOBODYS)
    at = timezone.now() + timedelta(days=30)
    body = {"giver": str(Officer.objects.get(name="村警").pk), "taker": str(newcomer.pk), "at": at.isoformat()}
    assert signed_in("planner").call("POST", "/api/handovers", body).json()["residents"] == 30
    early = signed_in("newcomer").get("/api/handovers").json()["items"][0]
    assert (early["residents"], early["households"], early["codes"]) == (0, 0, 0)


def test_a_planned_handover_leaves_codes_of_other_grids_alone(newcomer: Officer) -> None:
    giver = Officer.objects.get(name="小赵")
    JoinCode.objects.create(kind="officer", grid=NOBODYS, start=30, end=32, officer=giver.pk, officer_name="小赵", made_by=giver.pk)
    signed_in("planner").call("POST", "/api/handovers", {"giver": str(giver.pk), "taker": str(newcomer.pk)})
    assert JoinCode.objects.get().officer == giver.pk


def test_a_retry_assigns_once(newcomer: Officer) -> None:
    planner, body = signed_in("planner"), {"officer": str(newcomer.pk), "grids": [VILLAGE]}
    answers = [planner.call("POST", "/api/assignments", body, **{"Idempotency-Key": "k"}).status_code for _ in range(2)]
    assert answers == [204, 204]
    assert Assignment.objects.filter(officer=newcomer).count() == 1


def test_officers_are_found_by_name_and_those_without_grids_too(newcomer: Officer) -> None:
    planner = signed_in("planner")
    assert [row["name"] for row in planner.get("/api/officers?name=新警").json()["items"]] == ["新警官"]
    village = planner.get("/api/officers?under=430524001001").json()["items"]
    assert {row["name"]: row["load"]["residents"] for row in village} == {"村警": 30, "小赵": 0}
