"""A resident joins by a QR code: at a door at once, at a poster when the officer presses; a guess gets nothing."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.conf import settings
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.edge import joins
from gridmap.edge.models import Endpoint, Join, JoinCode
from gridmap.people import connect, coverage
from gridmap.people import joins as people_joins
from gridmap.people.connect import let_in_at_doors
from gridmap.people.connections import follow_connections
from gridmap.people.models import GroupCount, Resident
from gridmap.realtime import log
from tests.clients import Caller, signed_in

pytestmark = pytest.mark.django_db
VILLAGE = "430524001001"


@pytest.fixture
def person(db: None) -> Resident:
    """Somebody of 甲村 1组 whom nobody reaches: 测试03, 12900000003."""
    return Resident.objects.get(group__code=f"{VILLAGE}001", birth_year=1953)


def code(kind: str = "grid", who: str = "officer", **wanted: Any) -> dict[str, Any]:
    body = {"kind": kind, **({"grid": VILLAGE} if kind != "door" else {}), **wanted}
    answer = signed_in(who).call("POST", "/api/join-codes", body)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def asks(made: dict[str, Any], name: str = "测试03", phone: str = "129 0000 0003", caller: Caller | None = None) -> Any:
    caller = caller or Caller()
    path = urlsplit(made["url"]).path.replace("/join/", "/api/join/")
    answer = caller.call("POST", path, {"name": name, "phone": phone})
    answer.caller = caller
    return answer


def state(caller: Caller) -> str:
    return str(caller.get("/api/join").json()["state"])


def test_at_a_poster_the_officer_lets_in_and_the_phone_is_connected(person: Resident) -> None:
    asked = asks(code())
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    let_in_at_doors()
    assert state(asked.caller) == "waiting"
    officer = signed_in("officer")
    waiting = officer.get("/api/joins").json()["items"]
    assert [(row["name"], row["phone"], row["door"]) for row in waiting] == [("测***", "129****0003", False)]
    first = waiting[0]["candidates"][0]
    assert (first["resident"]["id"], first["same_name"], first["same_phone"]) == (str(person.pk), True, True)
    before = GroupCount.objects.get(no=person.no).connected
    answer = officer.call("POST", f"/api/joins/{waiting[0]['id']}/confirm", {"resident": str(person.pk)})
    assert answer.status_code == 204
    assert state(asked.caller) == "connected"
    assert asked.caller.get("/api/inbox").json()["home"] == ["甲乡", "甲村", "1组"]
    assert GroupCount.objects.get(no=person.no).connected == before + 1
    assert coverage.drift() == []
    assert officer.get("/api/joins").json()["total"] == 0


def test_at_a_door_name_and_phone_of_who_lives_there_let_in_at_once(person: Resident) -> None:
    asked = asks(code("door", resident=str(person.pk)))
    assert let_in_at_doors() == 1
    assert state(asked.caller) == "connected"
    entry = Entry.objects.get(action="join.confirmed")
    assert (entry.subject, entry.actor) == (person.pk, None)


@pytest.mark.parametrize(("name", "phone"), [("测试03", "12900000099"), ("测试99", "12900000003"), ("测试00", "12900000000")])
def test_at_a_door_anything_less_waits_for_the_officer(person: Resident, name: str, phone: str) -> None:
    """The last is right in itself, but lives behind another door."""
    asked = asks(code("door", resident=str(person.pk)), name, phone)
    assert let_in_at_doors() == 0
    assert state(asked.caller) == "waiting"
    mine = signed_in("officer").get("/api/joins").json()["items"][0]["candidates"]
    assert str(person.pk) in [row["resident"]["id"] for row in mine]


def test_the_answer_is_the_same_whether_the_register_knows_the_phone(person: Resident) -> None:
    made = code()
    known, unknown = asks(made), asks(made, "没有人", "12900009999")
    assert (known.status_code, known.json().keys(), known.json()["state"]) == (unknown.status_code, unknown.json().keys(), unknown.json()["state"])
    assert state(known.caller) == state(unknown.caller) == "waiting"


def test_events_tell_how_many_wait_and_never_who(person: Resident) -> None:
    before = log.last()
    asked = asks(code())
    officer = signed_in("officer")
    officer.call("POST", f"/api/joins/{Join.objects.get().pk}/confirm", {"resident": str(person.pk)})
    rows = log.since(before)
    assert [row.type for row in rows] == ["join.requested", "coverage.changed", "join.confirmed"]
    assert [row.data.get("waiting") for row in rows] == [1, None, 0]
    assert "测试" not in str(rows)
    assert asked.status_code == 202


def test_asking_does_not_take_a_joined_phone_off_the_air(person: Resident) -> None:
    other = Resident.objects.get(group__code=f"{VILLAGE}001", birth_year=1950)
    from tests.clients import phone

    mine = phone(str(other.pk), other.no)
    asks(code(), caller=mine)
    assert mine.get("/api/inbox").status_code == 200
    assert state(mine) == "waiting"


def test_who_sends_twice_from_one_browser_stands_in_the_queue_once(person: Resident) -> None:
    made = code()
    first = asks(made)
    asks(made, caller=first.caller)
    assert signed_in("officer").get("/api/joins").json()["total"] == 1
    assert state(first.caller) == "waiting"


def test_whoever_copies_the_words_neither_replaces_the_request_nor_has_its_digits(person: Resident) -> None:
    made = code()
    mine, copied = asks(made), asks(made)
    rows = signed_in("officer").get("/api/joins").json()["items"]
    assert len({row["pairing"] for row in rows}) == 2
    assert state(mine.caller) == state(copied.caller) == "waiting"
    assert mine.json()["pairing"] in {row["pairing"] for row in rows}


def test_a_look_at_who_it_may_be_is_recorded_once_for_the_same_people(person: Resident) -> None:
    asks(code(), "查无", "12900000003")
    officer = signed_in("officer")
    for _ in range(3):
        officer.get("/api/joins")
    entries = Entry.objects.filter(action="people.joins")
    assert [entry.detail for entry in entries] == [{"found": [str(person.pk)]}]
    about = signed_in("auditor").get(f"/api/audit?subject={person.pk}").json()["items"]
    assert "people.joins" in {row["action"] for row in about}


def test_who_guesses_names_at_a_door_is_left_to_the_officer(person: Resident) -> None:
    made = code("door", resident=str(person.pk))
    for guess in ("测试97", "测试98", "测试99", "测试96"):
        asks(made, guess)
    right = asks(made)
    assert let_in_at_doors() == 0
    assert state(right.caller) == "waiting"


def test_a_door_code_that_is_over_lets_nobody_in_any_more(person: Resident) -> None:
    made = code("door", resident=str(person.pk))
    asked = asks(made)
    signed_in("officer").call("DELETE", f"/api/join-codes/{made['id']}")
    assert let_in_at_doors() == 0
    assert state(asked.caller) == "waiting"


def test_an_officer_who_was_quicker_does_not_stop_the_clock(person: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    asks(code("door", resident=str(person.pk)))
    sure = people_joins.certain_at_doors()
    Join.objects.update(state="refused")
    monkeypatch.setattr(people_joins, "certain_at_doors", lambda: sure)
    assert let_in_at_doors() == 0
    assert not Endpoint.objects.filter(resident_id=person.pk).exists()


def test_made_up_requests_do_not_push_a_known_one_off_the_list(person: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_joins, "MOST_SHOWN", 2)
    made = code()
    for n in range(3):
        asks(made, f"没有{n}号")
    asks(made)
    first = signed_in("officer").get("/api/joins").json()["items"][0]
    assert first["candidates"][0]["same_name"]


def test_a_browser_that_becomes_another_residents_phone_stops_counting_for_the_first(person: Resident) -> None:
    other = Resident.objects.get(group__code=f"{VILLAGE}001", birth_year=1950)
    Endpoint.objects.filter(resident_id=other.pk).delete()
    from tests.clients import phone

    mine = phone(str(other.pk), other.no)
    asks(code("door", resident=str(person.pk)), caller=mine)
    assert let_in_at_doors() == 1
    assert state(mine) == "connected"
    follow_connections()
    other.refresh_from_db()
    assert (other.connected, coverage.drift()) == (False, [])
    assert Entry.objects.filter(action="device.revoked", subject=other.pk).exists()


def test_an_auxiliary_of_one_village_cannot_turn_away_at_a_poster_of_the_township() -> None:
    asks(code(grid="430524001"))
    assert signed_in("auxiliary").call("POST", f"/api/joins/{Join.objects.get().pk}/refuse").status_code == 403


def test_the_audit_says_what_matched(person: Resident) -> None:
    asks(code(), "别人", "12900000003")
    signed_in("officer").call("POST", f"/api/joins/{Join.objects.get().pk}/confirm", {"resident": str(person.pk)})
    detail = Entry.objects.get(action="join.confirmed").detail
    assert (detail["same_phone"], detail["same_name"]) == (True, False)


@pytest.mark.parametrize("token", ["x", "A" * 43, "../../etc", "%00", "测" * 5])
def test_a_guessed_token_gets_nothing(token: str) -> None:
    assert Caller().get(f"/api/join/{token}").status_code == 404
    assert Caller().call("POST", f"/api/join/{token}", {"name": "测试03", "phone": "12900000003"}).status_code == 404
    assert not Join.objects.exists()


def test_who_knows_a_codes_id_still_needs_its_mark() -> None:
    id = UUID(code()["id"])
    forged = base64.urlsafe_b64encode(id.bytes + bytes(16)).rstrip(b"=").decode()
    assert Caller().get(f"/api/join/{forged}").status_code == 404


def test_a_token_is_dead_once_revoked_or_over(person: Resident) -> None:
    made, door = code(), code("door", resident=str(person.pk))
    assert signed_in("officer").call("DELETE", f"/api/join-codes/{made['id']}").status_code == 204
    JoinCode.objects.filter(pk=door["id"]).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert [asks(each).status_code for each in (made, door)] == [404, 404]
    assert JoinCode.objects.get(pk=door["id"]).expires_at is not None


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": "测", "phone": "12900000003"}, "name"), ({"name": "测试03", "phone": "110"}, "phone"), ({"name": "测试03"}, "phone"),
     ({"name": "<b>\u202e", "phone": "12900000003"}, "name"), ({"name": "x" * 41, "phone": "12900000003"}, "name"),
     ({"name": "测试03", "phone": 12900000003}, "phone")],
)  # fmt: skip
def test_bad_words_are_refused_with_their_field(body: dict[str, Any], field: str) -> None:
    answer = Caller().call("POST", urlsplit(code()["url"]).path.replace("/join/", "/api/join/"), body)
    assert (answer.status_code, answer.json()["where"]["field"]) == (422, field)
    assert not Join.objects.exists()


def test_another_site_cannot_have_a_phone_join() -> None:
    path = urlsplit(code()["url"]).path.replace("/join/", "/api/join/")
    answer = Caller().call("POST", path, {"name": "测试03", "phone": "12900000003"}, Origin="https://evil.example")
    assert answer.status_code == 403


def test_a_flood_is_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "MOST_OF_ADDRESS", 2)
    made = code()
    assert [asks(made, f"测试{n}号").status_code for n in range(3)] == [202, 202, 429]


def test_it_is_decided_once(person: Resident) -> None:
    asks(code())
    officer, id = signed_in("officer"), Join.objects.get().pk
    assert officer.call("POST", f"/api/joins/{id}/refuse").status_code == 204
    answer = officer.call("POST", f"/api/joins/{id}/confirm", {"resident": str(person.pk)})
    assert (answer.status_code, answer.json()["code"]) == (409, "join.decided")
    assert not Endpoint.objects.filter(resident_id=person.pk).exists()


def test_nobody_is_let_in_as_a_resident_of_foreign_grids(person: Resident) -> None:
    asks(code())
    foreign = Resident.objects.filter(group__code__startswith="430524002").order_by("id")[0]
    answer = signed_in("officer").call("POST", f"/api/joins/{Join.objects.get().pk}/confirm", {"resident": str(foreign.pk)})
    assert answer.status_code == 404
    assert Join.objects.get().state == "waiting"


def test_a_resident_takes_a_lost_phone_out_and_is_counted_out_with_the_last(person: Resident) -> None:
    asked = asks(code("door", resident=str(person.pk)))
    let_in_at_doors()
    assert state(asked.caller) == "connected"
    asked.caller.token = asked.caller.get("/api/inbox").json()["csrf"]
    mine = asked.caller.get("/api/devices").json()["items"]
    assert [row["this"] for row in mine] == [True]
    assert asked.caller.call("DELETE", f"/api/devices/{mine[0]['id']}").status_code == 204
    assert asked.caller.get("/api/inbox").status_code == 401
    follow_connections()
    person.refresh_from_db()
    assert (person.connected, person.joined) == (False, False)
    assert coverage.drift() == []


def test_a_phone_of_somebody_else_cannot_be_taken_out(person: Resident) -> None:
    asked = asks(code("door", resident=str(person.pk)))
    let_in_at_doors()
    state(asked.caller)
    asked.caller.token = asked.caller.get("/api/inbox").json()["csrf"]
    other = Endpoint.objects.exclude(resident_id=person.pk)[0]
    assert asked.caller.call("DELETE", f"/api/devices/{other.pk}").status_code == 404
    assert not Endpoint.objects.get(pk=other.pk).revoked


def test_names_and_phones_of_a_request_are_sealed_and_go_after_a_week() -> None:
    asks(code())
    row = Join.objects.get()
    kept = b"".join(bytes(getattr(row, field)) for field in ("name_sealed", "phone_sealed", "name_index", "phone_index"))
    assert "测试".encode() not in kept
    assert b"1290000" not in kept
    Join.objects.update(at=timezone.now() - timedelta(days=8))
    joins.forget()
    assert not Join.objects.exists()


def test_the_picture_is_a_code_of_the_address() -> None:
    made = code("officer")
    assert made["url"].startswith(f"{settings.ORIGINS[0]}/join/")
    assert made["picture"].startswith("data:image/svg+xml")
    page = Caller().get(urlsplit(made["url"]).path.replace("/join/", "/api/join/")).json()
    assert page == {"places": ["甲乡", "甲村"], "officer": "刘警官", "door": False, "demo": True}


def test_the_number_that_an_officer_confirmed_is_kept_for_who_had_none(person: Resident) -> None:
    Resident.objects.filter(pk=person.pk).update(phone_sealed=None, phone_index=None)
    asks(code(), phone="12988000055")
    officer = signed_in("officer")
    (waiting,) = officer.get("/api/joins").json()["items"]
    assert officer.call("POST", f"/api/joins/{waiting['id']}/confirm", {"resident": str(person.pk)}).status_code == 204
    assert officer.call("POST", "/api/residents/search", {"phone": "12988000055"}).json()["items"][0]["id"] == str(person.pk)
    assert [(row["field"], row["source"]) for row in officer.get(f"/api/residents/{person.pk}/history").json()["changes"]] == [("phone", "resident")]


def test_who_was_merged_at_this_moment_is_nobody_to_let_in_as(person: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    asks(code("door", resident=str(person.pk)))
    sure = people_joins.certain_at_doors()
    Resident.objects.filter(pk=person.pk).delete()
    monkeypatch.setattr(people_joins, "certain_at_doors", lambda: sure)
    assert let_in_at_doors() == 0
    assert not Endpoint.objects.filter(resident_id=person.pk).exists()
    assert Join.objects.waiting().count() == 1  # the officer who stands there sees it


def test_a_strangers_number_is_nobody_elses_and_letting_strangers_in_has_an_end(person: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    Resident.objects.filter(pk=person.pk).update(phone_sealed=None, phone_index=None)
    officer = signed_in("officer")
    monkeypatch.setattr(connect, "STRANGERS_AN_HOUR", 2)
    said = []
    for n in range(3):
        asks(code(), "陌生人", f"1298800006{n}")
        said.append(officer.call("POST", f"/api/joins/{Join.objects.waiting().get().pk}/confirm", {"resident": str(person.pk)}).status_code)
    assert said == [204, 204, 429]
    assert Resident.objects.get(pk=person.pk).phone_sealed is None
    asks(code(), "测试03", "12988000069")  # who gives their name is no stranger
    mine = Join.objects.waiting().order_by("-at")[0]
    assert officer.call("POST", f"/api/joins/{mine.pk}/confirm", {"resident": str(person.pk)}).status_code == 204
