"""The register kept by hand: added, edited with history, moved, merged with the double, gone and back; counters always in step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.broadcasts import ledger, sending
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.edge.actions import take_receipts
from gridmap.edge.models import Endpoint
from gridmap.people import coverage
from gridmap.people.models import GroupCount, Household, Resident
from gridmap.people.reads import opened
from gridmap.realtime import log
from gridmap.realtime.models import Event
from gridmap.register.models import Change, Former
from gridmap.sealing import blind
from gridmap.tags import coverage as tag_coverage
from gridmap.tags.models import Tagging
from tests import world
from tests.broadcasts.steps import GROUP, counted, grids, in_force, recounted, updated
from tests.clients import Caller, phone, signed_in

pytestmark = pytest.mark.django_db
NEIGHBOUR, FAR = "430524001001002", "430524002001001"


@pytest.fixture
def officer(db: None) -> Caller:
    return signed_in("officer")


@pytest.fixture
def person(db: None) -> Resident:
    return Resident.objects.select_related("group", "household").filter(group__code=GROUP, connected=True).order_by("id")[0]


@pytest.fixture(autouse=True)
def counters_hold(db: None) -> Any:
    """Whatever is done to whom, everybody and every label is counted as it stands; half of the people carry one."""
    for person in Resident.objects.order_by("id")[::2]:
        now = {"no": person.no, "household": person.household_id, "connected": person.connected, "away": person.presence == "away"}
        Tagging.objects.create(resident=person, label=1, until=timezone.localdate() + timedelta(days=9), **now)
    yield
    assert coverage.drift() == []
    assert tag_coverage.drift() == []


def fresh(person: Resident) -> Resident:
    return Resident.objects.select_related("group", "household").get(pk=person.pk)


def post(officer: Caller, person: Resident, verb: str, **body: Any) -> Any:
    return officer.call("POST", f"/api/residents/{person.pk}/{verb}", body)


# add


def test_somebody_new_is_counted_found_and_in_the_area(officer: Caller) -> None:
    before, broadcast = GroupCount.objects.get(no=0).registered, in_force()
    body = {"group": GROUP, "name": "新来的", "phone": "129-8800-0001", "birth_year": 1990, "location": list(world.centre(GROUP)), "address": "1组8号"}
    made = officer.call("POST", "/api/residents", body)
    assert made.status_code == 201, made.content
    assert (made.json()["name"], made.json()["phone"], made.json()["code"]) == ("新**", "129****0001", GROUP)
    assert GroupCount.objects.get(no=0).registered == before + 1
    assert officer.call("POST", "/api/residents/search", {"phone": "12988000001"}).json()["items"][0]["id"] == made.json()["id"]
    sending.reconcile(broadcast.pk)
    assert Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=made.json()["id"]).late_at


def test_somebody_new_can_live_with_somebody(officer: Caller, person: Resident) -> None:
    made = officer.call("POST", "/api/residents", {"group": GROUP, "lives_with": str(person.pk), "name": "小孩子"}).json()
    assert Resident.objects.get(pk=made["id"]).household_id == person.household_id


def test_who_is_added_to_a_household_changes_its_address_only_with_a_trace(officer: Caller, person: Resident) -> None:
    officer.call("POST", f"/api/residents/{person.pk}/edit", {"address": "1组1号"})
    body = {"group": GROUP, "name": "新来的", "lives_with": str(person.pk), "address": "1组2号"}
    added = officer.call("POST", "/api/residents", body, **{"Idempotency-Key": "k"}).json()["id"]
    assert [row["field"] for row in officer.get(f"/api/residents/{added}/history").json()["changes"]] == ["address"]
    Resident.objects.filter(pk=added).update(no=Resident.objects.filter(group__code__startswith="430524002")[0].no)  # of the household, beyond the officer's grids
    again = officer.call("POST", "/api/residents", body | {"name": "又来的", "address": "1组3号"}, **{"Idempotency-Key": "l"})
    assert (again.status_code, again.json()["code"]) == (403, "access.beyond")
    assert not Resident.objects.filter(name_index=blind("又来的", "name")).exists()


def test_the_same_name_and_phone_twice_is_refused_with_who_it_is(officer: Caller) -> None:
    body = {"group": GROUP, "name": "新来的", "phone": "12988000001"}
    first = officer.call("POST", "/api/residents", body).json()["id"]
    again = officer.call("POST", "/api/residents", body)
    assert (again.status_code, again.json()["code"], again.json()["where"]["resident"]) == (409, "people.known", first)
    nowhere = officer.call("POST", "/api/residents", body | {"lives_with": "00000000-0000-4000-8000-000000000000"})
    assert nowhere.status_code == 404  # what is refused anyway does not say who is known


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"group": FAR, "name": "新来的"}, 404, "grids.unknown"), ({"group": "430524001001", "name": "新来的"}, 404, "grids.unknown"),
        ({"group": GROUP, "name": "新"}, 422, "request.invalid"), ({"group": GROUP, "name": "新来的", "phone": "123"}, 422, "request.invalid"),
        ({"group": GROUP, "name": "新来的", "location": [0, 0]}, 422, "people.place"), ({"group": GROUP, "name": "新来的", "location": [111.035, 27.005]}, 404, "request.missing"),
        ({"group": GROUP, "name": "新来的", "birth_year": 1800}, 422, "request.invalid"), ({"group": GROUP, "name": "新\u202e来的"}, 422, "request.invalid"),
        ({"group": GROUP, "name": "新来的", "lives_with": "00000000-0000-4000-8000-000000000000"}, 404, "request.missing"),
        ({"group": GROUP, "name": "新来的", "location": [27.005, 111.005]}, 422, "people.place"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_changes_nothing(officer: Caller, body: dict[str, Any], status: int, code: str) -> None:
    before = (Resident.objects.count(), Household.objects.count())
    answer = officer.call("POST", "/api/residents", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (Resident.objects.count(), Household.objects.count()) == before


# edit


def test_every_changed_field_is_kept_with_what_it_was(officer: Caller, person: Resident) -> None:
    old = opened(person, "phone")
    answer = post(officer, person, "edit", phone="12988000002", birth_year=1961, address="1组9号")
    assert answer.status_code == 200, answer.content
    now = fresh(person)
    assert (opened(now, "phone"), now.birth_year, opened(now, "address")) == ("12988000002", 1961, "1组9号")
    assert sorted(Change.objects.filter(resident=person.pk).values_list("field", flat=True)) == ["address", "birth_year", "phone"]
    told = officer.get(f"/api/residents/{person.pk}/history").json()
    changed = {row["field"]: row["before"] for row in told["changes"]}
    assert changed == {"phone": f"{old[:3]}****{old[-4:]}", "birth_year": str(person.birth_year), "address": None}  # type: ignore[index]
    assert next(row for row in told["fields"] if row["field"] == "phone")["source"] == "officer"
    assert Entry.objects.get(action="people.edit").detail == {"fields": ["phone", "birth_year", "address"]}


def test_an_edit_that_changes_nothing_leaves_no_trace(officer: Caller, person: Resident) -> None:
    post(officer, person, "edit", birth_year=person.birth_year)
    assert not Change.objects.exists()
    assert not Entry.objects.filter(action="people.edit").exists()


def test_a_phone_can_be_taken_out(officer: Caller, person: Resident) -> None:
    assert post(officer, person, "edit", phone="").json()["phone"] is None
    assert (fresh(person).phone_sealed, fresh(person).phone_index) == (None, None)


def test_a_place_in_another_group_moves_the_number_and_the_phone_hears_there(officer: Caller, person: Resident) -> None:
    no = Resident.objects.filter(group__code=NEIGHBOUR)[0].no
    post(officer, person, "edit", location=list(world.centre(NEIGHBOUR)))
    assert (fresh(person).no, fresh(person).group.code) == (no, GROUP)
    assert set(Endpoint.objects.filter(resident_id=person.pk).values_list("no", flat=True)) == {no}


def test_two_who_edit_the_same_field_are_told_of_each_other(officer: Caller, person: Resident) -> None:
    seen = timezone.now().isoformat()
    post(signed_in("head"), person, "edit", birth_year=1960)
    answer = post(officer, person, "edit", birth_year=1961, seen_at=seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "people.changed_meanwhile")
    assert (answer.json()["where"]["field"], answer.json()["where"]["by"]) == ("birth_year", "甲乡长")
    assert fresh(person).birth_year == 1960
    assert post(officer, person, "edit", address="别处", seen_at=seen).status_code == 200  # another field is nobody's quarrel


def test_completeness_says_what_is_missing(officer: Caller) -> None:
    id = officer.call("POST", "/api/residents", {"group": GROUP, "name": "新来的"}).json()["id"]
    told = officer.get(f"/api/residents/{id}/history").json()
    assert (told["complete"], set(told["missing"])) == (0, {"phone", "birth_year", "address", "place", "presence", "joined"})
    officer.call("POST", f"/api/residents/{id}/edit", {"phone": "12988000003", "birth_year": 1950, "address": "1组"})
    assert officer.get(f"/api/residents/{id}/history").json()["complete"] == 50


# move


def test_a_household_moves_with_everybody_and_its_phones(officer: Caller, person: Resident) -> None:
    members = list(Resident.objects.filter(household=person.household_id).values_list("pk", flat=True))
    answer = post(officer, person, "move", group=NEIGHBOUR, household=True)
    assert answer.status_code == 200, answer.content
    moved = Resident.objects.filter(pk__in=members)
    assert {(row.group.code, row.household_id) for row in moved.select_related("group")} == {(NEIGHBOUR, person.household_id)}
    assert Change.objects.filter(field="home").count() == len(members) > 1
    assert set(Endpoint.objects.filter(resident_id=person.pk).values_list("no", flat=True)) == {fresh(person).no}


def test_one_moves_out_into_a_household_of_their_own_or_somebody_elses(officer: Caller, person: Resident) -> None:
    post(officer, person, "move", group=NEIGHBOUR)
    assert fresh(person).household_id != person.household_id
    other = Resident.objects.filter(group__code=NEIGHBOUR).exclude(pk=person.pk)[0]
    post(officer, person, "move", group=NEIGHBOUR, lives_with=str(other.pk))
    assert fresh(person).household_id == other.household_id
    again = post(officer, person, "move", group=NEIGHBOUR, lives_with=str(other.pk))
    assert (again.status_code, again.json()["code"]) == (422, "people.lives_there")


def test_nobody_is_moved_beyond_ones_grids(officer: Caller, person: Resident) -> None:
    assert post(officer, person, "move", group=FAR).status_code == 404
    assert fresh(person).group.code == GROUP


# merge


def test_a_double_is_merged_and_loses_nothing(officer: Caller, person: Resident) -> None:
    made = officer.call("POST", "/api/residents", {"group": NEIGHBOUR, "name": "双份的"}).json()["id"]
    survivor = Resident.objects.get(pk=made)
    Tagging.objects.create(resident=person, label=7, no=person.no, household=person.household_id, connected=True, away=False, until=timezone.localdate() + timedelta(days=9))
    answer = post(officer, person, "merge", into=made)
    assert answer.status_code == 200, answer.content
    now = fresh(survivor)
    assert (opened(now, "phone"), now.birth_year, now.connected) == (opened(person, "phone"), person.birth_year, True)
    assert set(Endpoint.objects.filter(resident_id=survivor.pk).values_list("no", flat=True)) == {now.no}
    assert Tagging.objects.get(label=7).resident_id == survivor.pk
    assert not Resident.objects.filter(pk=person.pk).exists()
    assert (Former.objects.get().how, Former.objects.get().into) == ("merged", survivor.pk)
    assert officer.call("POST", f"/api/former-residents/{person.pk}/return").status_code == 409


def test_a_double_that_was_warned_is_warned_as_the_one_who_stays(officer: Caller, person: Resident) -> None:
    broadcast = in_force()
    made = officer.call("POST", "/api/residents", {"group": GROUP, "name": "双份的"}).json()["id"]
    post(officer, person, "merge", into=made)
    sending.reconcile(broadcast.pk)
    assert Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=made).count() == 1
    listed = [row["resident"] for row in officer.get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]]
    assert made in listed
    assert str(person.pk) not in listed


def test_who_stays_is_rung_for_the_doubles_warning_and_has_not_seen_what_only_said_that_they_are_outside(officer: Caller, person: Resident) -> None:
    made = officer.call("POST", "/api/residents", {"group": NEIGHBOUR, "name": "双份的"}).json()["id"]
    first = in_force(selection=grids(GROUP, NEIGHBOUR))
    update = updated(first.pk, selection=grids(GROUP))
    take_receipts([ledger.Word(update.pk, UUID(made), stage="displayed")])  # "you are outside"
    seq = log.last()
    post(officer, person, "merge", into=made)
    delivery = Delivery.objects.get(broadcast_id=update.pk, resident_id=made)
    assert (delivery.outside, delivery.beyond, delivery.stage) == (False, False, 0)
    told = [row for row in Event.objects.filter(seq__gt=seq, type="broadcast.progressed") if row.data["id"] == str(update.pk)]
    assert any("edge" in row.topics for row in told)
    over = [row for row in Event.objects.filter(seq__gt=seq, type="broadcast.progressed") if row.data["id"] == str(first.pk)]
    assert over
    assert not any("edge" in row.topics for row in over)  # nobody is told anew of a version that is over


def test_who_died_after_an_evacuations_time_ran_out_is_missing_no_more(officer: Caller, person: Resident) -> None:
    broadcast = in_force(selection=grids(GROUP))
    Broadcast.objects.filter(pk=broadcast.pk).update(state="expired", ended_at=timezone.now(), expires=timezone.now())
    assert post(officer, person, "leave", how="died").status_code == 204
    assert not Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=person.pk).exists()
    assert counted(broadcast.pk) == recounted(broadcast.pk)


def test_nobody_merges_with_themselves_or_beyond(officer: Caller, person: Resident) -> None:
    assert post(officer, person, "merge", into=str(person.pk)).json()["code"] == "people.same"
    far = Resident.objects.filter(group__code=FAR)[0]
    assert post(officer, person, "merge", into=str(far.pk)).status_code == 404


# leave and return


@pytest.mark.parametrize("how", ["left", "died"])
def test_who_left_is_in_no_count_list_search_or_area_and_their_phone_hears_nothing(officer: Caller, person: Resident, how: str) -> None:
    mine, before = phone(str(person.pk), person.no), GroupCount.objects.get(no=person.no).registered
    broadcast = in_force()
    assert post(officer, person, "leave", how=how).status_code == 204
    assert GroupCount.objects.get(no=person.no).registered == before - 1
    assert officer.get(f"/api/residents/{person.pk}").status_code == 404
    assert mine.call("GET", "/api/inbox").status_code == 401
    listed = officer.get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]
    assert str(person.pk) not in [row["resident"] for row in listed]
    former = officer.get("/api/former-residents").json()
    assert [(row["id"], row["how"], row["name"][1:]) for row in former["items"]] == [(str(person.pk), how, former["items"][0]["name"][1:])]


def test_who_came_back_is_as_they_were_but_not_joined(officer: Caller, person: Resident) -> None:
    Tagging.objects.create(resident=person, label=7, no=person.no, household=person.household_id, connected=True, away=False, until=timezone.localdate() + timedelta(days=9))
    post(officer, person, "leave", how="left")
    assert officer.call("POST", f"/api/former-residents/{person.pk}/return").status_code == 200
    now = fresh(person)
    assert [opened(now, "name"), opened(now, "phone"), now.place, now.group_id] == [opened(person, "name"), opened(person, "phone"), person.place, person.group_id]
    assert (now.joined, now.connected, Tagging.objects.get(label=7).resident_id) == (False, False, person.pk)
    assert not Former.objects.exists()


def test_who_left_elsewhere_is_nobody_here(officer: Caller) -> None:
    far = Resident.objects.filter(group__code=FAR)[0]
    post(signed_in("far_officer"), far, "leave", how="left")
    assert officer.get("/api/former-residents").json()["total"] == 0
    assert officer.call("POST", f"/api/former-residents/{far.pk}/return").status_code == 404
