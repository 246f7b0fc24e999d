"""Tags narrow who hears: OR inside a list, AND across, exclusions; never an evacuation; every path equals brute force."""

from __future__ import annotations

import itertools
from datetime import timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.access import Scope
from gridmap.audit.models import Entry
from gridmap.broadcasts import audience, ledger, reads, sending
from gridmap.broadcasts.members import MEMBERS
from gridmap.broadcasts.models import Delivery
from gridmap.broadcasts.schemas import SelectionIn
from gridmap.broadcasts.selection import resolve
from gridmap.broadcasts.tens import in_tens
from gridmap.dispatches.models import Dispatch
from gridmap.edge.actions import take_receipts
from gridmap.orders.actions import give_orders
from gridmap.orders.models import Order
from gridmap.orders.sending import send_confirmed
from gridmap.people.models import Resident
from gridmap.realtime import log, snapshot
from gridmap.realtime.hub import event, hears
from gridmap.tags.coverage import drift
from gridmap.tags.labels import label_of
from gridmap.tags.models import Tag, Tagging
from tests import world
from tests.broadcasts.steps import GROUP, in_force, updated
from tests.broadcasts.test_cancel import cancelled
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
CODES = ("lives-alone", "cannot-walk", "school-bus-driver", "shop-keeper")
PICKED = {"type": "grids", "codes": ["430524001", "430524002001"]}
DRAWN = world.square(111.012, 27.012, 0.011)
LISTS = st.lists(st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True), max_size=3)
WITHOUT = st.lists(st.sampled_from(CODES), max_size=2, unique=True)


def carry(person: Resident, code: str) -> None:
    now = {"no": person.no, "household": person.household_id, "connected": person.connected, "away": person.presence == "away"}
    Tagging.objects.get_or_create(resident=person, label=label_of(Tag.objects.get(pk=code)), defaults={**now, "until": timezone.localdate() + timedelta(days=9)})


@pytest.fixture
def codes(db: None) -> tuple[str, ...]:
    """Make sure that the four tags exist, whatever is shipped."""
    for code in CODES:
        words = {"name_zh": code, "name_en": code, "definition_zh": "谁算。", "purpose_zh": "为何。", "owner_zh": "应急"}
        Tag.objects.get_or_create(pk=code, defaults={**words, "category": "care", "sensitive": code == "cannot-walk", "months": 12})
    return CODES


def wanted(person: Resident, worn: dict[UUID, set[str]], any_of: list[list[str]], none_of: list[str]) -> bool:
    mine = worn.get(person.pk, set())
    return all(mine & set(codes) for codes in any_of) and not mine & set(none_of)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_of=LISTS, none_of=WITHOUT, wearing=st.lists(st.lists(st.sampled_from(CODES), max_size=3, unique=True), min_size=40, max_size=40), drawn=st.booleans())
def test_counts_and_members_are_exactly_who_brute_force_finds(
    codes: tuple[str, ...], any_of: list[list[str]], none_of: list[str], wearing: list[list[str]], drawn: bool
) -> None:
    if not any_of and not none_of:
        none_of = ["shop-keeper"]
    Tagging.objects.all().delete()
    worn = {}
    for person, tags in zip(Resident.objects.order_by("id"), wearing, strict=True):
        worn[person.pk] = set(tags)
        for code in tags:
            carry(person, code)
    assert drift() == []
    area = DRAWN if drawn else PICKED
    everybody = found(resolve(SelectionIn(area=area), None))
    place = resolve(SelectionIn(area=area, tags={"any_of": any_of, "none_of": none_of}), None)
    expected = {person.pk for person in Resident.objects.filter(pk__in=everybody) if wanted(person, worn, any_of, none_of)}
    assert found(place) == expected
    counted = audience.preview(place)
    rows = Resident.objects.filter(pk__in=expected)
    assert (counted.residents, counted.connected, counted.away) == (len(expected), rows.filter(connected=True).count(), rows.filter(presence="away").count())
    assert counted.households == len({(row.household_id, row.no) for row in rows})
    assert {row.no: row.residents for row in counted.by_grid} == {no: rows.filter(no=no).count() for no in rows.values_list("no", flat=True)}


def found(place: Any) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({MEMBERS}) m", audience.of_place(place))
        return {id for (id,) in cursor.fetchall()}


def test_only_who_carries_the_tag_gets_it_and_who_gets_the_tag_later_gets_it_late(codes: tuple[str, ...]) -> None:
    drivers = list(Resident.objects.filter(group__code="430524001001001").order_by("id")[:2])
    for person in drivers:
        carry(person, "school-bus-driver")
    broadcast = in_force(kind="road_hazard", selection={"area": PICKED, "tags": {"any_of": [["school-bus-driver"]]}})
    assert set(Delivery.objects.filter(broadcast_id=broadcast.pk).values_list("resident_id", flat=True)) == {person.pk for person in drivers}
    third = Resident.objects.filter(group__code="430524001001002").order_by("id")[0]
    carry(third, "school-bus-driver")
    assert sending.reconcile(broadcast.pk) == 1
    assert Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=third.pk).late_at
    assert broadcast.selection["tags"] == {"any_of": [["school-bus-driver"]]}


def test_an_evacuation_is_never_narrowed(codes: tuple[str, ...]) -> None:
    body = {"selection": {"area": PICKED, "tags": {"any_of": [["cannot-walk"]]}}, "kind": "danger_notice"}
    answer = signed_in("planner").call("POST", "/api/broadcasts/preview", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "broadcast.tags_refused")


def test_counts_by_a_sensitive_tag_are_blurred_for_planners_and_written_down(codes: tuple[str, ...]) -> None:
    carry(Resident.objects.filter(group__code="430524001001001").order_by("id")[0], "cannot-walk")
    body = {"selection": {"area": PICKED, "tags": {"any_of": [["cannot-walk"]]}}}
    blurred = signed_in("planner").call("POST", "/api/broadcasts/preview", body).json()
    assert (blurred["residents"], blurred["by_grid"], blurred["warnings"]) == (10, [], ["blurred"])
    nobody = {"selection": {"area": {"type": "grids", "codes": ["430524002002"]}, "tags": body["selection"]["tags"]}}
    answer = signed_in("planner").call("POST", "/api/broadcasts/preview", nobody).json()  # nobody and a few look alike
    assert (answer["residents"], answer["by_grid"], answer["warnings"]) == (10, [], ["blurred"])
    exact = signed_in("commander").call("POST", "/api/broadcasts/preview", body).json()
    assert (exact["residents"], len(exact["by_grid"])) == (1, 1)
    assert Entry.objects.filter(action="tags.counted").count() == 3
    plain = {"selection": {"area": PICKED, "tags": {"any_of": [["school-bus-driver"]]}}}
    assert signed_in("planner").call("POST", "/api/broadcasts/preview", plain).json()["residents"] == 0


def test_a_border_that_moves_through_a_group_tells_a_planner_nothing_of_its_houses(codes: tuple[str, ...]) -> None:
    for person in Resident.objects.all():
        carry(person, "cannot-walk")
    lon, lat = world.centre(GROUP)
    planner = signed_in("planner")
    far = ("430524001002001", "430524001002002", "430524002001001", "430524002001002", "430524002002001")
    for pair in combinations(far, 2):  # ten questions: in some of them a step would show
        elsewhere = [world.square(*world.centre(code), 0.003)["coordinates"] for code in pair]
        plain, narrowed = set(), set()
        for n in range(1, 6):  # from one house of the group to all of them
            part = world.square(lon - 0.0028 + 0.0006 * n, lat, 0.0006 * n)["coordinates"]
            selection: dict[str, Any] = {"area": {"type": "MultiPolygon", "coordinates": [*elsewhere, part]}}
            plain.add(planner.call("POST", "/api/broadcasts/preview", {"selection": selection}).json()["residents"])
            selection["tags"] = {"any_of": [["cannot-walk"]]}
            narrowed.add(planner.call("POST", "/api/broadcasts/preview", {"selection": selection}).json()["residents"])
        assert len(plain) > 2
        assert len(narrowed) == 1


def test_once_out_planners_and_walls_still_get_tens_and_no_group(codes: tuple[str, ...], cast: dict[str, Scope]) -> None:
    person, before = Resident.objects.filter(group__code=GROUP).order_by("id")[0], log.last()
    carry(person, "cannot-walk")
    broadcast = in_force(kind="notice", level="none", selection={"area": PICKED, "tags": {"any_of": [["cannot-walk"]]}})
    take_receipts([ledger.Word(broadcast.pk, person.pk, stage="displayed")])
    for who, knows in (("planner", False), ("wall", False), ("commander", True), ("officer", True)):
        told = signed_in(who).get(f"/api/broadcasts/{broadcast.pk}/progress").json()
        assert (told["residents"], told["displayed"] in ((1,) if knows else (0, 10))) == (1 if knows else 10, True), who
        assert [row["no"] for row in told["by_grid"]] == ([person.no] if knows else []), who
        heard = [event(row, cast[who].ranges)["data"]["by_no"] for row in log.since(before) if row.type == "broadcast.progressed" and hears(cast[who], row)]
        assert {int(no) for rows in heard for no in rows} == ({person.no} if knows else {-1}), who
        assert list(snapshot.read(cast[who]).progress[str(broadcast.pk)]) == ([person.no] if knows else [-1]), who
    # One person came through queued, pushed, displayed: who counts the events must not count the people.
    rough = [row.data["by_no"] for row in log.since(before) if "tens" in row.topics]
    assert all(one != other for one, other in itertools.pairwise(rough))
    # Who answers for a part of it only is not told of the whole, not even in tens.
    part = Scope(cast["planner"].user, cast["officer"].ranges, cast["officer"].codes)
    assert reads.progress(broadcast, part).residents == 0
    assert all(event(row, part.ranges)["data"]["by_no"] == {} for row in log.since(before) if "tens" in row.topics)


def test_messages_and_orders_of_such_a_broadcast_are_counted_in_tens(codes: tuple[str, ...]) -> None:
    person = Resident.objects.filter(group__code=GROUP).order_by("id")[0]
    carry(person, "cannot-walk")
    broadcast = in_force(kind="notice", level="none", by_order=True, selection={"area": PICKED, "tags": {"any_of": [["cannot-walk"]]}})
    give_orders()
    orders = signed_in("planner").get(f"/api/orders?broadcast={broadcast.pk}").json()["items"]
    assert {row["residents"] for row in orders} == {10}
    assert [no for row in orders for start, end in row["ranges"] for no in range(start, end)] == list(broadcast.touched)  # nor in which group they live
    for order in Order.objects.filter(broadcast=broadcast):
        signed_in("commander").call("POST", f"/api/orders/{order.pk}/confirm")
    send_confirmed()
    Dispatch.objects.create(broadcast_id=broadcast.pk, resident_id=person.pk, channel="sms", state="delivered")
    sent = {who: signed_in(who).get(f"/api/broadcasts/{broadcast.pk}/dispatches").json() for who in ("planner", "commander")}
    assert (sent["planner"]["delivered"] in (0, 10), sent["planner"]["by_grid"]) == (True, [])
    assert (sent["commander"]["delivered"], [row["no"] for row in sent["commander"]["by_grid"]]) == (1, [person.no])


def test_what_follows_a_message_by_sensitive_tags_is_in_tens_too(codes: tuple[str, ...]) -> None:
    person = Resident.objects.filter(group__code="430524002001001").order_by("id")[0]
    carry(person, "cannot-walk")
    first = in_force(kind="notice", level="none", selection={"area": PICKED, "tags": {"any_of": [["cannot-walk"]]}})
    update = updated(first.pk, selection={"area": {"type": "grids", "codes": [GROUP]}})
    assert update.in_tens
    cancel = cancelled(update)
    assert signed_in("planner").get(f"/api/broadcasts/{cancel.pk}/progress").json()["by_grid"] == []
    assert person.no in {row["no"] for row in signed_in("commander").get(f"/api/broadcasts/{cancel.pk}/progress").json()["by_grid"]}


def test_one_question_asked_in_other_words_gets_the_same_answer(codes: tuple[str, ...]) -> None:
    one = resolve(SelectionIn(area=DRAWN, tags={"any_of": [["cannot-walk", "lives-alone"]]}), None)
    moved = {"type": "Polygon", "coordinates": [[[lon + 1e-7, lat] for lon, lat in DRAWN["coordinates"][0]]]}
    other = resolve(SelectionIn(area=moved, tags={"any_of": [["lives-alone", "cannot-walk"]]}), None)
    assert one.question == other.question
    spelled = resolve(SelectionIn(area=DRAWN, tags={"any_of": [["cannot-walk", "lives-alone", "cannot-walk"], ["lives-alone", "cannot-walk"]]}), None)
    assert spelled.question == one.question  # else its roundings would be as many as one may spell it, and their mean the figure


@given(people=st.lists(st.integers(0, 2000), min_size=2, max_size=8), of=st.text(max_size=40))
def test_tens_are_within_ten_rise_with_the_count_and_stay_for_one_question(people: list[int], of: str) -> None:
    rounded = [in_tens(count, of) for count in sorted(people)]
    assert rounded == sorted(rounded) == [in_tens(count, of) for count in sorted(people)]
    assert all(ten % 10 == 0 and abs(ten - count) < 10 for ten, count in zip(rounded, sorted(people), strict=True))


def test_where_the_step_lies_depends_on_the_question() -> None:
    assert {in_tens(5, f"question {n}") for n in range(60)} == {0, 10}
