"""My record: what is kept, from where, who read it and why; corrected by the officer, erased at once, for a child by an adult."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.edge import records
from gridmap.edge.models import Endpoint, RecordRequest
from gridmap.people import coverage
from gridmap.people.models import GroupCount, Resident
from gridmap.people.presence import forget_presence
from gridmap.people.reads import opened
from gridmap.register.models import Change, Former
from gridmap.register.records import answer_record
from gridmap.sealing import seal
from gridmap.walls import edge_side
from tests.broadcasts.steps import GROUP, in_force
from tests.clients import Caller, phone, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(db: None) -> Resident:
    return Resident.objects.select_related("household").filter(group__code=GROUP, connected=True).order_by("id")[0]


@pytest.fixture
def mine(person: Resident) -> Caller:
    return phone(str(person.pk), person.no)


def answer_all() -> None:
    """Do what the clock does."""
    while answer_record():
        pass


def read(mine: Caller, **about: str) -> dict[str, Any]:
    assert mine.call("POST", "/api/record", about).status_code == 202
    assert mine.call("GET", "/api/record").json()["state"] == "waiting"
    answer_all()
    found: dict[str, Any] = mine.call("GET", "/api/record").json()
    return found


def test_it_says_what_is_kept_from_where_and_who_read_it_and_why(mine: Caller, person: Resident) -> None:
    officer = signed_in("officer")
    officer.call("POST", f"/api/residents/{person.pk}/edit", {"address": "1组9号"})
    officer.call("POST", f"/api/residents/{person.pk}/reveal", {"field": "phone", "reason": "上门核实"})
    officer.get(f"/api/residents?under={GROUP}")
    record = read(mine)["record"]
    fields = {row["field"]: (row["value"], row["source"]) for row in record["fields"]}
    assert fields["phone"] == (opened(person, "phone"), "demo")
    assert fields["address"] == ("1组9号", "officer")
    said = [(row["who"], row["action"], row["reason"]) for row in record["readings"]]
    assert said == [("刘警官", "people.list", ""), ("刘警官", "people.reveal", "上门核实"), ("刘警官", "people.edit", "")]


def test_an_export_in_clear_stands_in_the_record(mine: Caller) -> None:
    signed_in("officer").call("POST", "/api/residents/export", {"grid": "430524001001", "clear": True, "reason": "防汛值班"})
    assert [(row["action"], row["reason"]) for row in read(mine)["record"]["readings"]] == [("people.export", "防汛值班")]


def test_the_answer_lies_sealed_and_is_gone_after_an_hour(mine: Caller, person: Resident) -> None:
    read(mine)
    kept = bytes(RecordRequest.objects.get().answer_sealed or b"")
    assert str(opened(person, "name")).encode() not in kept
    RecordRequest.objects.update(answered_at="2026-01-01T00:00:00Z")
    records.forget()
    again = mine.call("GET", "/api/record").json()
    assert (again["state"], again["record"]) == ("none", None)


def test_the_phones_side_cannot_read_the_register_for_it(mine: Caller) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), edge_side(), connection.cursor() as cursor:
        cursor.execute("SELECT name_sealed FROM people_resident")


def test_a_correction_waits_for_the_officer_and_keeps_its_source(mine: Caller, person: Resident) -> None:
    assert mine.call("POST", "/api/record/corrections", {"field": "birth_year", "value": "1972"}).status_code == 202
    answer_all()
    officer = signed_in("officer")
    (waiting,) = officer.get("/api/corrections").json()["items"]
    assert (waiting["field"], waiting["value"], waiting["resident"]["id"]) == ("birth_year", "1972", str(person.pk))
    assert [(row["field"], row["state"]) for row in read(mine)["record"]["corrections"]] == [("birth_year", "waiting")]
    assert officer.call("POST", f"/api/corrections/{waiting['id']}/accept").status_code == 204
    person.refresh_from_db()
    assert (person.birth_year, Change.objects.get(field="birth_year").source) == (1972, "resident")
    assert officer.call("POST", f"/api/corrections/{waiting['id']}/accept").status_code == 409
    assert officer.get("/api/corrections").json()["total"] == 0
    assert [(row["state"], row["why"]) for row in read(mine)["record"]["corrections"]] == [("done", None)]


def test_a_refused_correction_changes_nothing_and_the_resident_reads_why(mine: Caller, person: Resident) -> None:
    officer = signed_in("officer")
    mine.call("POST", "/api/record/corrections", {"field": "phone", "value": "129 8800-0011"})
    answer_all()
    (wish,) = officer.get("/api/corrections").json()["items"]
    assert wish["value"] == "12988000011"
    refuse = f"/api/corrections/{wish['id']}/refuse"
    assert officer.call("POST", refuse, {"why": "because"}).status_code == 422
    assert signed_in("far_officer").call("POST", refuse, {"why": "right"}).status_code == 404
    assert officer.call("POST", refuse, {"why": "papers"}).status_code == 204
    assert not Change.objects.exists()
    assert RecordRequest.objects.get().value_sealed is None
    assert [(row["state"], row["why"]) for row in read(mine)["record"]["corrections"]] == [("refused", "papers")]
    mine.call("POST", "/api/record/corrections", {"field": "phone", "value": "12988000012"})
    assert [row["state"] for row in read(mine)["record"]["corrections"]] == ["waiting"]


@pytest.mark.parametrize(("field", "value"), [("phone", "abc"), ("birth_year", "1820"), ("birth_year", "two"), ("name", "3"), ("address", "\u202e1")])
def test_a_correction_that_nobody_could_take_over_is_refused_at_once(field: str, value: str, mine: Caller) -> None:
    answer = mine.call("POST", "/api/record/corrections", {"field": field, "value": value})
    assert (answer.status_code, answer.json()["where"]["field"]) == (422, "value")
    assert not RecordRequest.objects.exists()


def test_an_officer_who_leafs_through_the_list_all_day_stands_there_once_with_how_often(mine: Caller) -> None:
    officer = signed_in("officer")
    for _ in range(3):
        officer.get(f"/api/residents?under={GROUP}")
    assert [(row["action"], row["times"]) for row in read(mine)["record"]["readings"]] == [("people.list", 3)]


def test_a_correction_about_somebody_else_never_reaches_the_officer(mine: Caller, person: Resident) -> None:
    victim = Resident.objects.filter(group__code=GROUP).exclude(household=person.household_id)[0]
    mine.call("POST", "/api/record/corrections", {"field": "phone", "value": "12988877766", "about": str(victim.pk)})
    officer = signed_in("officer")
    assert officer.get("/api/corrections").json()["total"] == 0  # nor before it was looked at
    answer_all()
    assert officer.get("/api/corrections").json()["total"] == 0
    assert (RecordRequest.objects.get().state, RecordRequest.objects.get().value_sealed) == ("refused", None)


def test_a_correction_follows_who_moves(mine: Caller, person: Resident) -> None:
    mine.call("POST", "/api/record/corrections", {"field": "birth_year", "value": "1950"})
    answer_all()
    far = Resident.objects.filter(group__code__startswith="430524002")[0]
    Resident.objects.filter(pk=person.pk).update(no=far.no)
    assert (signed_in("officer").get("/api/corrections").json()["total"], signed_in("far_officer").get("/api/corrections").json()["total"]) == (0, 1)


def test_erased_is_also_the_double_and_the_address_of_who_lived_alone(mine: Caller, person: Resident) -> None:
    officer = signed_in("officer")
    Resident.objects.filter(household=person.household_id).exclude(pk=person.pk).delete()
    officer.call("POST", f"/api/residents/{person.pk}/edit", {"address": "甲村1组88号"})
    double = officer.call("POST", "/api/residents", {"group": GROUP, "name": "测试零零", "phone": "12988001122"}, **{"Idempotency-Key": "k"}).json()["id"]
    officer.call("POST", f"/api/residents/{double}/merge", {"into": str(person.pk)})
    mine.call("POST", "/api/record/erase", {})
    answer_all()
    person.household.refresh_from_db()
    assert (person.household.address_sealed, Former.objects.count()) == (None, 0)


def test_who_is_erased_is_a_head_that_is_still_counted_and_knocked_for(mine: Caller, person: Resident) -> None:
    name, number = opened(person, "name"), opened(person, "phone")
    signed_in("officer").call("POST", f"/api/residents/{person.pk}/edit", {"phone": "12988000009"})
    read(mine)
    before = GroupCount.objects.get(no=person.no).registered
    assert mine.call("POST", "/api/record/erase", {}).status_code == 202
    answer_all()
    now = Resident.objects.get(pk=person.pk)
    assert (now.name_sealed, now.name_index, now.phone_sealed, now.phone_index, now.birth_year, now.connected) == (None, None, None, None, None, False)
    assert (now.household_id, now.no, now.place) == (person.household_id, person.no, person.place)
    assert GroupCount.objects.get(no=person.no).registered == before
    assert mine.call("GET", "/api/inbox").status_code == 401
    assert not Endpoint.objects.filter(resident_id=person.pk, revoked=False).exists()
    assert not Change.objects.filter(resident=person.pk).exists()
    assert not RecordRequest.objects.exclude(wish="erase").exists()
    officer, broadcast = signed_in("officer"), in_force()
    listed = {row["resident"]: row["name"] for row in officer.get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]}
    assert listed[str(person.pk)] == ""
    for asked in ({"name": name}, {"phone": number}, {"phone": "12988000009"}):
        assert officer.call("POST", "/api/residents/search", asked).json()["total"] == 0
    assert Entry.objects.get(action="people.erase").detail == {}
    assert coverage.drift() == []


def test_an_adult_asks_for_a_child_of_the_household_and_nobody_else(mine: Caller, person: Resident) -> None:
    housemate = Resident.objects.filter(household=person.household_id).exclude(pk=person.pk)[0]
    stranger = Resident.objects.filter(group__code=GROUP).exclude(household=person.household_id)[0]
    assert read(mine, about=str(housemate.pk))["state"] == "refused"
    Resident.objects.filter(pk__in=[housemate.pk, stranger.pk]).update(birth_year=2020)
    assert read(mine, about=str(stranger.pk))["state"] == "refused"
    assert [row["id"] for row in read(mine)["record"]["children"]] == [str(housemate.pk)]
    child = read(mine, about=str(housemate.pk))
    assert (child["state"], child["record"]["about"], child["record"]["children"]) == ("done", str(housemate.pk), [])
    Resident.objects.filter(pk=person.pk).update(birth_year=2012)
    assert read(mine, about=str(housemate.pk))["state"] == "refused"  # a child for a child


def test_wishes_are_limited(mine: Caller) -> None:
    answers = [mine.call("POST", "/api/record", {}).status_code for _ in range(32)]
    assert answers == [202] * 30 + [429] * 2


def test_the_most_sensitive_looks_stand_in_the_record_too(mine: Caller, person: Resident) -> None:
    officer = signed_in("officer")
    assert officer.call("POST", f"/api/residents/{person.pk}/tags", {"add": ["cannot-walk"], "reason": "上门核实"}).status_code == 204
    assert officer.call("POST", f"/api/residents/{person.pk}/tags/reveal", {"reason": "转移排班"}).status_code == 200
    said = [(row["action"], row["reason"]) for row in read(mine)["record"]["readings"]]
    assert said == [("tags.reveal", "转移排班"), ("tags.set", "上门核实")]


def test_a_household_number_is_kept_and_said(mine: Caller, person: Resident) -> None:
    home = person.household
    home.number_sealed = seal("H77", f"people_household.number.{home.pk}")
    home.save()
    assert {"field": "number", "value": "H77"}.items() <= next(row for row in read(mine)["record"]["fields"] if row["field"] == "number").items()


def test_a_child_reads_but_is_erased_by_a_guardian_only(mine: Caller, person: Resident) -> None:
    Resident.objects.filter(pk=person.pk).update(birth_year=timezone.localdate().year - 10)
    assert read(mine)["record"]["may_erase"] is False
    mine.call("POST", "/api/record/erase", {})
    answer_all()
    person.refresh_from_db()
    assert person.name_sealed is not None
    guardian = Resident.objects.filter(household=person.household_id).exclude(pk=person.pk)[0]
    phone(str(guardian.pk), guardian.no).call("POST", "/api/record/erase", {"about": str(person.pk)})
    answer_all()
    person.refresh_from_db()
    assert person.name_sealed is None


def test_where_somebody_is_stands_in_the_officers_table_in_words_and_expiry_says_so(person: Resident) -> None:
    officer = signed_in("officer")
    officer.call("POST", f"/api/residents/{person.pk}/presence", {"presence": "here"})
    address = f"/api/residents/{person.pk}/history"

    def presence() -> tuple[str, str]:
        row = next(row for row in officer.get(address).json()["fields"] if row["field"] == "presence")
        return row["value"], row["source"]

    assert presence() == ("here", "officer")
    Resident.objects.filter(pk=person.pk).update(presence_on="2020-01-01")
    forget_presence()
    assert presence() == ("unknown", "expired")


def test_a_resident_says_where_they_are_and_an_adult_says_it_for_the_household(mine: Caller, person: Resident) -> None:
    home = Resident.objects.filter(household=person.household_id)
    home.update(presence="unknown", presence_on=None)
    assert mine.call("POST", "/api/record/presence", {"presence": "elsewhere"}).status_code == 422
    assert mine.call("POST", "/api/record/presence", {"presence": "away"}).status_code == 202
    answer_all()
    assert set(home.filter(presence="away").values_list("pk", flat=True)) == {person.pk}
    mine.call("POST", "/api/record/presence", {"presence": "here", "household": True})
    answer_all()
    assert set(home.values_list("presence", "presence_on")) == {("here", timezone.localdate())}
    assert {row.source for row in Change.objects.filter(field="presence")} == {"resident"}
    home.filter(pk=person.pk).update(birth_year=timezone.localdate().year - 12)
    mine.call("POST", "/api/record/presence", {"presence": "away", "household": True})
    answer_all()
    assert home.filter(presence="away").count() == 1
    assert coverage.drift() == []


def test_a_look_from_a_phone_and_who_let_it_in_stand_in_the_record_too(mine: Caller, person: Resident) -> None:
    """An officer who lets a phone of their own in as somebody reads all of it: the one whose it is sees that."""
    read(mine)
    assert "people.record" in [row["action"] for row in read(mine)["record"]["readings"]]


def test_a_wish_without_a_phone_behind_it_is_not_done(person: Resident) -> None:
    Endpoint.objects.filter(resident_id=person.pk).update(revoked=True)
    RecordRequest.objects.create(resident_id=person.pk, about=person.pk, wish="erase", no=person.no)
    answer_all()
    assert (RecordRequest.objects.get().state, Resident.objects.get(pk=person.pk).name_sealed is None) == ("refused", False)


def test_a_wish_that_cannot_be_read_holds_up_no_other(mine: Caller, person: Resident) -> None:
    RecordRequest.objects.create(resident_id=person.pk, about=person.pk, wish="presence", no=person.no, value_sealed=b"of another key")
    assert read(mine)["state"] == "done"
