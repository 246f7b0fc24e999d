"""Tags: shipped with purpose and owner, none that shames anybody, sensitive ones under a key of their own, ended by time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.grids.models import Grid
from gridmap.people.models import Posting, Resident
from gridmap.tags.actions import forget_tags, months_from, recount_labels
from gridmap.tags.forbidden import forbidden
from gridmap.tags.labels import label_of
from gridmap.tags.models import Category, Count, Tag, Tagging
from tests.broadcasts.steps import GROUP, approved
from tests.clients import Caller, signed_in

pytestmark = pytest.mark.django_db
FAR = "430524002001001"
PLAIN, SENSITIVE = "school-bus-driver", "cannot-walk"
TAG = {
    "code": "boat-owner-2", "category": "strength", "name_zh": "有冲锋舟", "name_en": "Has a rescue boat", "definition_zh": "家里有能下水的冲锋舟。",
    "purpose_zh": "涨水时请他来接人。", "owner_zh": "应急", "sensitive": False, "months": 12,
}  # fmt: skip


@pytest.fixture
def officer(db: None) -> Caller:
    return signed_in("officer")


@pytest.fixture
def planner(db: None) -> Caller:
    return signed_in("planner")


@pytest.fixture
def person(db: None) -> Resident:
    return Resident.objects.filter(group__code=GROUP).order_by("id")[0]


def put(officer: Caller, person: Resident, *add: str, remove: tuple[str, ...] = ()) -> Any:
    return officer.call("POST", f"/api/residents/{person.pk}/tags", {"add": list(add), "remove": list(remove), "reason": "上门核实"})


def test_two_hundred_tags_are_shipped_in_seven_categories_each_with_a_purpose_and_none_forbidden() -> None:
    tags = list(Tag.objects.all())
    assert len(tags) >= 200
    assert {tag.category for tag in tags} == set(Category.values)
    assert len(Category.values) == 7
    for tag in tags:
        assert tag.purpose_zh, tag.code
        assert tag.owner_zh, tag.code
        assert 1 <= tag.months <= 24
        assert forbidden(tag.name_zh, tag.name_en, tag.definition_zh, tag.definition_en, tag.purpose_zh, tag.purpose_en) is None, tag.code
    assert Tag.objects.filter(category__in=["medical", "minor"], sensitive=False).count() < 12


@pytest.mark.parametrize(
    ("field", "text", "topic"),
    [
        ("name_zh", "信教群众", "belief"), ("name_zh", "土家族", "ethnicity"), ("name_zh", "坐过牢的", "criminal record"), ("owner_zh", "维稳办", "key persons"), ("name_zh", "少数民族", "ethnicity"), ("name_zh", "上 访 户", "petitioning"), ("definition_zh", "曾经信-访过的人。", "petitioning"),
        ("name_zh", "刑释人员", "criminal record"), ("name_zh", "社区矫正", "criminal record"), ("name_zh", "戒毒人员", "drug treatment"), ("name_zh", "重点人员", "key persons"),
        ("name_zh", "精神病人", "mental illness"), ("name_en", "Known Dissident", "opinion"), ("purpose_zh", "方便维稳用的。", "key persons"), ("name_en", "HIV carrier", "disease of shame"),
        ("name_zh", "失信人员", "judgement"), ("name_en", "Member of a church", "belief"), ("name_zh", "ＨＩＶ感染", "disease of shame"),
    ],
)  # fmt: skip
def test_what_nobody_may_be_labelled_by_is_refused_by_name(planner: Caller, field: str, text: str, topic: str) -> None:
    answer = planner.call("POST", "/api/tags", {**TAG, field: text})
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]["topic"]) == (422, "tags.forbidden", topic)
    assert not Tag.objects.filter(pk=TAG["code"]).exists()


@pytest.mark.parametrize("field", ["purpose_zh", "owner_zh", "definition_zh", "months", "category"])
def test_purpose_owner_definition_and_end_are_required(planner: Caller, field: str) -> None:
    for body in ({name: value for name, value in TAG.items() if name != field}, {**TAG, field: ""}, {**TAG, field: 0}):
        answer = planner.call("POST", "/api/tags", body)
        assert (answer.status_code, answer.json()["where"]["field"]) == (422, field)


def test_a_tag_is_made_changed_used_counted_merged_and_retired(planner: Caller, officer: Caller, person: Resident) -> None:
    assert planner.call("POST", "/api/tags", TAG).status_code == 200
    assert planner.call("POST", "/api/tags", {**TAG, "months": 6}).json()["months"] == 6
    assert put(officer, person, TAG["code"]).status_code == 204
    assert Tagging.objects.get().until == months_from(timezone.localdate(), 6)
    used = {row["code"]: row["used"] for row in officer.get("/api/tags").json()["items"]}
    assert (used[TAG["code"]], used[PLAIN]) == (1, 0)
    assert planner.call("POST", f"/api/tags/{TAG['code']}/merge", {"into": PLAIN}).status_code == 200
    assert [row["code"] for row in officer.get(f"/api/residents/{person.pk}/tags").json()["items"]] == [PLAIN]
    assert put(officer, person, TAG["code"]).json()["code"] == "tags.unknown"
    assert planner.call("POST", f"/api/tags/{PLAIN}/retire").json()["retired"]
    assert officer.get(f"/api/residents/{person.pk}/tags").json()["items"] == []
    assert put(officer, person, PLAIN).json()["code"] == "tags.unknown"
    kept = {name: getattr(Tag.objects.get(pk=PLAIN), name) for name in TAG}
    assert planner.call("POST", "/api/tags", kept).json()["retired"] is False  # a slip is taken back, with whom it stood on
    assert [row["code"] for row in officer.get(f"/api/residents/{person.pk}/tags").json()["items"]] == [PLAIN]


def test_a_sensitive_tag_never_becomes_a_plain_one_while_it_stands_on_people(planner: Caller, officer: Caller, person: Resident) -> None:
    put(officer, person, SENSITIVE)
    tag = Tag.objects.get(pk=SENSITIVE)
    body = {name: getattr(tag, name) for name in TAG} | {"sensitive": False}
    assert planner.call("POST", "/api/tags", body).json()["code"] == "tags.sensitivity"
    assert planner.call("POST", f"/api/tags/{SENSITIVE}/merge", {"into": PLAIN}).json()["code"] == "tags.merge"


def test_sensitive_tags_are_shown_only_with_a_reason_and_that_is_recorded(officer: Caller, person: Resident) -> None:
    put(officer, person, PLAIN, SENSITIVE)
    masked = officer.get(f"/api/residents/{person.pk}/tags").json()
    assert ([row["code"] for row in masked["items"]], masked["hidden"]) == ([PLAIN], 1)
    assert officer.call("POST", f"/api/residents/{person.pk}/tags/reveal", {"reason": ""}).status_code == 422
    shown = officer.call("POST", f"/api/residents/{person.pk}/tags/reveal", {"reason": "安排转移车辆"}).json()
    assert ({row["code"] for row in shown["items"]}, shown["hidden"]) == ({PLAIN, SENSITIVE}, 0)
    entry = Entry.objects.get(action="tags.reveal")
    assert (entry.subject, entry.detail["reason"]) == (person.pk, "安排转移车辆")


def test_a_sensitive_tag_is_not_set_without_a_reason_and_the_answer_tells_nothing(officer: Caller, person: Resident) -> None:
    without = officer.call("POST", f"/api/residents/{person.pk}/tags", {"add": [SENSITIVE]})
    assert (without.status_code, without.json()["code"]) == (422, "tags.reason")
    assert officer.call("POST", f"/api/residents/{person.pk}/tags", {"add": [PLAIN]}).status_code == 204
    answer = put(officer, person, SENSITIVE)
    assert (answer.status_code, answer.content) == (204, b"")
    assert Entry.objects.filter(action="tags.set").order_by("-seq")[0].detail["reason"] == "上门核实"


def test_a_planner_of_one_township_cannot_touch_the_countys_tags(planner: Caller, officer: Caller, person: Resident) -> None:
    put(officer, person, SENSITIVE)
    Posting.objects.filter(user__username="planner").update(grid=Grid.objects.current().get(code="430524002"))
    for call in (lambda: planner.call("POST", "/api/tags", TAG), lambda: planner.call("POST", f"/api/tags/{SENSITIVE}/retire"), lambda: planner.call("POST", "/api/tags/import", {"content": "code"})):
        assert call().status_code == 403
    assert Tagging.objects.count() == 1


def test_a_tag_by_which_a_broadcast_goes_is_neither_retired_nor_merged(planner: Caller, officer: Caller, person: Resident) -> None:
    put(officer, person, PLAIN)
    approved(kind="road_hazard", selection={"area": {"type": "grids", "codes": ["430524001"]}, "tags": {"any_of": [[PLAIN]]}})
    for call in (planner.call("POST", f"/api/tags/{PLAIN}/retire"), planner.call("POST", f"/api/tags/{PLAIN}/merge", {"into": "has-boat"})):
        assert (call.status_code, call.json()["code"]) == (409, "tags.in_use")


def test_a_list_that_is_none_or_endless_is_refused(planner: Caller) -> None:
    for content in ('code\n"' + "x" * 200_000, "code\n" * 3000):
        answer = planner.call("POST", "/api/tags/import", {"content": content})
        assert (answer.status_code, answer.json()["code"]) == (422, "tags.list")


def test_the_database_does_not_say_which_sensitive_tag_a_label_stands_for(officer: Caller, person: Resident, settings: Any) -> None:
    put(officer, person, SENSITIVE)
    label, tag = Tagging.objects.get().label, Tag.objects.get(pk=SENSITIVE)
    settings.TAG_KEY = "another key"
    assert label_of(tag) != label
    assert label_of(Tag.objects.get(pk=PLAIN)) == label_of(Tag.objects.get(pk=PLAIN))
    assert officer.get(f"/api/residents/{person.pk}/tags").json() == {"items": [], "hidden": 0}
    assert "cannot-walk" not in str(list(Entry.objects.values_list("detail", flat=True)))


def test_nobody_can_list_people_by_tag() -> None:
    from gridmap.api import api

    for path, methods in api.get_openapi_schema()["paths"].items():
        for method in methods.values():
            names = [parameter["name"] for parameter in method.get("parameters", [])]
            assert "tag" not in names or path in ("/api/coverage/{code}/tags/{tag}", "/api/coverage/values/tags/{tag}")


def test_who_is_far_sees_and_sets_nothing(officer: Caller) -> None:
    far = Resident.objects.filter(group__code=FAR)[0]
    assert put(officer, far, PLAIN).status_code == 404
    assert officer.get(f"/api/residents/{far.pk}/tags").status_code == 404
    assert officer.call("POST", f"/api/residents/{far.pk}/tags/reveal", {"reason": "想看看"}).status_code == 404


def test_labels_follow_their_resident_and_end_in_time(officer: Caller, person: Resident) -> None:
    put(officer, person, PLAIN)
    no = Resident.objects.filter(group__code="430524001001002")[0].no
    Resident.objects.filter(pk=person.pk).update(no=no, connected=not person.connected, presence="away")
    row = Tagging.objects.get()
    assert (row.no, row.connected, row.away) == (no, not person.connected, True)
    assert forget_tags() == 0
    Tagging.objects.update(until=timezone.localdate() - timedelta(days=1))
    assert forget_tags() == 1


def test_the_recount_finds_nothing_and_mends_what_somebody_broke_by_hand(officer: Caller, person: Resident) -> None:
    put(officer, person, PLAIN)
    assert recount_labels() == 0
    Count.objects.update(people=99)
    assert recount_labels() == 1
    assert Count.objects.get().people == 1


def test_confirming_anew_moves_the_end_and_keeps_the_beginning(officer: Caller, person: Resident) -> None:
    put(officer, person, PLAIN)
    Tagging.objects.update(since=date(2026, 1, 1), until=date(2026, 12, 1))
    put(officer, person, PLAIN)
    row = Tagging.objects.get()
    assert (row.since, row.until > date(2027, 1, 1)) == (date(2026, 1, 1), True)


@pytest.mark.parametrize(("day", "months", "until"), [("2026-01-31", 1, "2026-02-28"), ("2026-11-24", 2, "2027-01-24"), ("2026-12-31", 24, "2028-12-31"), ("2027-08-31", 6, "2028-02-29")])
def test_months_end_where_a_month_ends(day: str, months: int, until: str) -> None:
    assert months_from(date.fromisoformat(day), months).isoformat() == until


def test_coverage_among_those_with_a_tag(officer: Caller) -> None:
    people = list(Resident.objects.filter(group__code__in=[GROUP, "430524001002001"]).order_by("no", "id"))
    for person in people[:7]:
        put(officer, person, SENSITIVE)
    found = officer.get(f"/api/coverage/430524001/tags/{SENSITIVE}").json()
    assert (found["registered"], found["connected"]) == (7, sum(person.connected for person in people[:7]))
    assert [(row["code"], row["registered"]) for row in found["children"]] == [("430524001001", 5), ("430524001002", 2)]
    values = officer.get(f"/api/coverage/values/tags/{SENSITIVE}?level=group").content
    assert values[people[0].no] == round(200 * sum(person.connected for person in people[:5]) / 5)
    assert values[people[0].no + 1] == 255
    for member in ("planner", "wall", "auditor"):
        assert signed_in(member).get(f"/api/coverage/430524001/tags/{SENSITIVE}").status_code == 403
    assert signed_in("far_officer").get(f"/api/coverage/430524001/tags/{SENSITIVE}").status_code == 404


# the county's own list

LIST = "编码,类别,名称,定义,用途,责任单位,敏感,有效月数\n"


def offer(planner: Caller, *lines: str, commit: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = planner.call("POST", "/api/tags/import", {"content": LIST + "\n".join(lines), "commit": commit}).json()
    return found


def test_a_countys_own_list_is_looked_at_first_and_taken_over_whole(planner: Caller) -> None:
    lines = ["raft,力量,有木筏,家里有木筏能载人。,涨水时请他来接人。,应急,否,12", "cannot-walk,照护,走不动的,没人扶就走不出门的人。,转移时派人去背。,民政,是,12"]
    before = Tag.objects.count()
    assert offer(planner, *lines) == {"added": 1, "changed": 1, "bad": [], "committed": False}
    assert (Tag.objects.count(), Tag.objects.get(pk="cannot-walk").name_zh != "走不动的") == (before, True)
    assert offer(planner, *lines, commit=True)["committed"]
    assert (Tag.objects.count(), Tag.objects.get(pk="cannot-walk").name_zh) == (before + 1, "走不动的")


def test_bad_lines_are_named_and_nothing_is_taken_over(planner: Caller) -> None:
    lines = ["raft,力量,有木筏,家里有木筏能载人。,涨水时请他来接人。,应急,否,12", "k1,照护,上访户,去过县里反映。,方便联系他们。,派出所,是,12",
             "k2,别的,有木筏二,家里有木筏能载人。,涨水时请他来接人。,应急,否,12", "k3,照护,没用途的,家里有木筏能载人。,,应急,否,12"]  # fmt: skip
    before = Tag.objects.count()
    found = offer(planner, *lines, commit=True)
    assert (found["committed"], found["added"], Tag.objects.count()) == (False, 1, before)
    assert [(row["line"], row["field"], row["code"]) for row in found["bad"]] == [(3, "name_zh", "tags.forbidden"), (4, "category", "request.invalid"), (5, "purpose_zh", "request.invalid")]
    assert "petitioning" in found["bad"][0]["message"]


def test_962_tags_and_not_one_more(planner: Caller) -> None:
    missing = 962 - Tag.objects.count()
    lines = [f"own-{n},力量,自定{n},家里有木筏能载人第{n}。,涨水时请他来接人。,应急,否,12" for n in range(missing + 1)]
    assert offer(planner, *lines)["bad"][0]["code"] == "tags.most"
    assert offer(planner, *lines[:-1], commit=True)["added"] == missing


def test_a_sensitive_tag_never_becomes_a_plain_one_though_nobody_carries_it_yet(planner: Caller) -> None:
    tag = Tag.objects.get(pk=SENSITIVE)
    body = {name: getattr(tag, name) for name in TAG} | {"sensitive": False}
    assert planner.call("POST", "/api/tags", body).json()["code"] == "tags.sensitivity"
