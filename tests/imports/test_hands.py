"""What a hand did while a file waited is newer than the file; what lies beyond one's grids by now is nobody's to take back."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.edge.models import Endpoint
from gridmap.imports.actions import forget
from gridmap.imports.models import Import, Row
from gridmap.imports.work import work_once
from gridmap.people import coverage
from gridmap.people.models import Assignment, Resident
from gridmap.people.reads import opened
from gridmap.sealing import blind, seal
from tests import world
from tests.broadcasts.steps import counted, in_force, recounted
from tests.clients import Caller, phone, signed_in
from tests.imports.sheets import commit, csv, look, reasons, send
from tests.imports.test_import import named, row

pytestmark = pytest.mark.django_db
OTHER = "430524001001002"


@pytest.fixture
def officer(db: None) -> Caller:
    return signed_in("officer")


@pytest.fixture
def person(officer: Caller) -> Resident:
    commit(officer, send(officer, csv(row()))["id"])
    return named("新来一")[0]


def undo(officer: Caller, id: str) -> dict[str, Any]:
    assert officer.call("POST", f"/api/imports/{id}/undo").status_code == 202
    work_once()
    return look(officer, id)


def test_whoever_was_changed_by_hand_meanwhile_is_left_as_the_hand_left_them(officer: Caller, person: Resident) -> None:
    staged = send(officer, csv(row(出生年份="1951", 居住状态="外出"), row(姓名="新来二", 联系电话="12988000002", 户编号="H2")))
    officer.call("POST", f"/api/residents/{person.pk}/edit", {"location": list(world.centre(OTHER)), "birth_year": 1944})
    done = commit(officer, staged["id"])
    assert (done["counts"]["new"], done["counts"]["update"], done["counts"]["bad"]) == (1, 0, 1)
    assert reasons(officer, staged["id"]) == [(2, "name", "changed")]
    now = Resident.objects.get(pk=person.pk)
    assert (now.birth_year, now.presence, now.place and now.place.coords, now.no) == (1944, "here", world.centre(OTHER), now.no)
    broadcast = in_force(selection={"area": world.square(*world.centre(OTHER))})
    assert Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=person.pk).exists()
    assert coverage.drift() == []


def test_two_files_that_wait_at_once_bring_nobody_in_twice(officer: Caller) -> None:
    other = row(姓名="新来二", 联系电话="12988000002", 户编号="H2")
    first, second = send(officer, csv(row())), send(officer, csv(row(), other))
    assert commit(officer, first["id"])["counts"]["new"] == 1
    done = commit(officer, second["id"])
    assert (done["counts"]["new"], done["counts"]["bad"]) == (1, 1)
    assert reasons(officer, second["id"]) == [(2, "name", "came")]
    assert (len(named("新来一")), len(named("新来二"))) == (1, 1)
    assert coverage.drift() == []


def test_a_file_without_places_moves_nobody_who_has_one(officer: Caller, person: Resident) -> None:
    officer.call("POST", f"/api/residents/{person.pk}/edit", {"location": list(world.centre(OTHER))})
    before = Resident.objects.get(pk=person.pk)
    commit(officer, send(officer, csv(row(出生年份="1971")))["id"])
    after = Resident.objects.get(pk=person.pk)
    assert (after.birth_year, after.no, after.place) == (1971, before.no, before.place)


def test_presence_ticked_by_hand_is_a_hand(officer: Caller, person: Resident) -> None:
    work = Import.objects.get()
    officer.call("POST", f"/api/residents/{person.pk}/presence", {"presence": "away"})
    assert undo(officer, str(work.pk))["counts"]["kept"] == 1


@pytest.mark.parametrize("missing", [True, False])
def test_who_is_missing_of_an_evacuation_that_ran_out_is_not_taken_out_of_it_by_an_undo(officer: Caller, person: Resident, missing: bool) -> None:
    work = Import.objects.get()
    broadcast = in_force(selection={"area": {"type": "grids", "codes": [OTHER[:12]]}})
    mine = Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=person.pk)
    if not missing:
        ledger.receive([ledger.Word(broadcast.pk, person.pk, tick="moved")], source="officer")
    Broadcast.objects.filter(pk=broadcast.pk).update(state="expired", ended_at=timezone.now(), expires=timezone.now())
    counts = undo(officer, str(work.pk))["counts"]
    assert (counts["kept"], counts["undone"], mine.count()) == ((1, 0, 1) if missing else (0, 1, 0))
    assert counted(broadcast.pk) == recounted(broadcast.pk)


def test_home_and_place_go_back_together_or_not_at_all(officer: Caller, person: Resident) -> None:
    moved = send(officer, csv(row(组="2组")))
    commit(officer, moved["id"], doubtful=True)
    officer.call("POST", f"/api/residents/{person.pk}/edit", {"location": list(world.centre(OTHER))})
    undo(officer, moved["id"])
    now = Resident.objects.get(pk=person.pk)
    there = Resident.objects.filter(group__code=OTHER, place__isnull=False).exclude(pk=person.pk)[0]
    assert (now.no, now.place and now.place.coords) == (there.no, world.centre(OTHER))
    assert coverage.drift() == []


def test_a_phone_follows_when_a_file_moves_its_resident(officer: Caller, person: Resident) -> None:
    phone(str(person.pk), person.no)
    commit(officer, send(officer, csv(row(组="2组")))["id"], doubtful=True)
    now = Resident.objects.get(pk=person.pk)
    assert now.no != person.no
    assert Endpoint.objects.get(resident_id=person.pk).no == now.no


def test_who_lost_the_grids_takes_nothing_back(officer: Caller, person: Resident) -> None:
    work = Import.objects.get()
    Import.objects.filter(pk=work.pk).update(state="undoing")
    Assignment.objects.filter(officer__user__username="officer").delete()
    work_once()
    work.refresh_from_db()
    assert (work.state, work.fault["code"], len(named("新来一"))) == ("committed", "import.beyond", 1)  # type: ignore[index]


def test_who_left_can_come_back_after_their_import_was_undone(officer: Caller, person: Resident) -> None:
    work = Import.objects.get()
    officer.call("POST", f"/api/residents/{person.pk}/leave", {"how": "left"})
    undo(officer, str(work.pk))
    assert officer.call("POST", f"/api/former-residents/{person.pk}/return").status_code == 200


def test_neither_headings_nor_the_files_name_lie_in_clear(officer: Caller) -> None:
    send(officer, csv(["甲村", "1组"], headings=["姓名", "陈小明12988001234"]), name="陈小明12988001234.xlsx")
    work = Import.objects.get()
    assert "陈小明" not in str(work.headings)
    assert "12988001234" not in str(work.headings)
    assert "陈小明".encode() not in bytes(work.name_sealed)
    assert look(officer, str(work.pk))["headings"][1]["heading"] == "陈小明12988001234"


# contacts from WeCom


@pytest.fixture
def wang(officer: Caller) -> Resident:
    found = Resident.objects.filter(group__code="430524001001001").order_by("id")[0]
    found.name_sealed, found.name_index = seal("王小明", f"people_resident.name.{found.pk}"), blind("王小明", "name")
    found.save()
    return found


def test_contacts_from_wecom_are_on_file_and_never_counted_as_connected(officer: Caller, wang: Resident) -> None:
    Resident.objects.filter(pk=wang.pk).update(connected=False, joined=False)
    before = officer.get("/api/coverage/430524001001").json()
    data = csv(["晴天", "甲村1组王小明"], ["雨天", f"{opened(Resident.objects.filter(group__code=OTHER)[0], 'phone')}"], ["风", "谁也不是"], headings=["昵称", "备注"])
    staged = send(officer, data, kind="wecom")
    assert (staged["counts"]["update"], reasons(officer, staged["id"])) == (2, [(4, "remark", "nobody")])
    assert commit(officer, staged["id"])["state"] == "committed"
    assert Resident.objects.get(pk=wang.pk).on_file
    assert officer.get("/api/coverage/430524001001").json() == before
    listed = officer.get("/api/coverage/430524001001/missed?on_file=true").json()
    assert str(wang.pk) in [row["id"] for row in listed["items"]]
    assert not Row.objects.exclude(said_sealed=None).exists()


def test_a_contacts_column_that_is_called_differently_is_chosen_by_hand(officer: Caller, wang: Resident) -> None:
    staged = send(officer, csv(["晴天", "王小明"], headings=["昵称", "我写的"]), kind="wecom")
    assert staged["counts"]["update"] == 0
    officer.call("POST", f"/api/imports/{staged['id']}/read", {"columns": ["nickname", "remark"]})
    work_once()
    assert officer.get(f"/api/imports/{staged['id']}").json()["counts"]["update"] == 1


def test_contacts_from_wecom_are_taken_back_and_forgotten(officer: Caller, wang: Resident) -> None:
    staged = send(officer, csv(["晴天", "王小明"], headings=["昵称", "备注"]), kind="wecom")
    commit(officer, staged["id"])
    assert undo(officer, staged["id"])["state"] == "undone"
    assert not Resident.objects.get(pk=wang.pk).on_file
    Import.objects.update(committed_at="2026-01-01T00:00:00Z")
    forget()
    assert not Import.objects.exists()
