"""A spreadsheet is read, every row named that cannot be taken, committed whole, and taken back whole."""

from __future__ import annotations

import base64
import datetime
import io
from typing import Any

import pytest
import xlsxwriter
from django.db import connection
from django.db.models.expressions import RawSQL

from gridmap.audit.models import Entry
from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import Delivery
from gridmap.imports import actions
from gridmap.imports.models import Import, Part, Row
from gridmap.imports.work import work_once
from gridmap.people import coverage
from gridmap.people.models import Assignment, GroupCount, Household, Resident
from gridmap.people.reads import opened
from gridmap.realtime import log
from gridmap.register.models import Change
from gridmap.register.records import answer_record
from gridmap.sealing import blind, unseal
from tests.broadcasts.steps import counted, in_force, recounted
from tests.clients import Caller, phone, signed_in
from tests.imports.sheets import HEADINGS, ROW, commit, csv, look, reasons, send, xlsx

pytestmark = pytest.mark.django_db
GROUP = "430524001001001"


@pytest.fixture
def officer(db: None) -> Caller:
    return signed_in("officer")


def named(name: str) -> list[Resident]:
    return list(Resident.objects.select_related("group", "household").filter(name_index=blind(name, "name")))


def row(**said: str) -> list[str]:
    """Give the plain row with some cells said otherwise, by heading."""
    return [said.get(heading, cell) for heading, cell in zip(HEADINGS, ROW, strict=True)]


def test_a_row_is_in_the_register_only_after_the_commit(officer: Caller) -> None:
    before, last = GroupCount.objects.get(no=0).registered, log.last()
    staged = send(officer, csv(ROW))
    assert (staged["state"], staged["counts"]) == ("staged", {"new": 1, "update": 0, "doubtful": 0, "bad": 0})
    assert named("新来一") == []
    done = commit(officer, staged["id"])
    (person,) = named("新来一")
    assert (done["state"], person.group.code, person.presence, person.birth_year, person.source) == ("committed", GROUP, "here", 1970, "import")
    assert opened(person, "phone") == "12988000001"
    assert GroupCount.objects.get(no=person.no).registered == before + 1
    assert coverage.drift() == []
    assert [event.type for event in log.since(last)] == ["coverage.changed"]
    assert Entry.objects.get(action="people.import").detail["rows"] == staged["counts"]


def test_the_file_and_the_values_are_gone_after_the_commit(officer: Caller) -> None:
    staged = send(officer, csv(ROW, row(姓名="新来二", 联系电话="x")))
    assert Part.objects.filter(of=staged["id"]).exists()
    assert b"\xe6\x96\xb0\xe6\x9d\xa5" not in b"".join(bytes(part.sealed) for part in Part.objects.all())
    commit(officer, staged["id"])
    assert not Part.objects.exists()
    assert all(line.name_sealed is None and line.phone_sealed is None and line.said_sealed is None for line in Row.objects.all())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_encodings_of_csv(officer: Caller, encoding: str) -> None:
    staged = send(officer, csv(row(姓名="新来𠮷"), encoding=encoding))
    assert staged["counts"]["new"] == 1, staged
    commit(officer, staged["id"])
    assert named("新来𠮷")


def test_a_workbook_with_a_title_numbers_and_dates(officer: Caller) -> None:
    data = xlsx(
        HEADINGS, ["新来一", 12988000001, datetime.date(1970, 5, 1), "甲乡", "甲村", 1, "", ""],
        headings=["甲村居民花名册", "", "", "", "", "", "", ""],
    )  # fmt: skip
    staged = send(officer, data)
    assert staged["counts"]["new"] == 1, reasons(officer, staged["id"])
    commit(officer, staged["id"])
    assert opened(named("新来一")[0], "phone") == "12988000001"


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        (["姓名", "组代码"], ["新来一", GROUP]),
        (["姓名", "乡镇", "村", "组"], ["新来一", "甲乡", "甲村村委会", "第一村民小组"]),
        (["居民姓名", "户籍地址"], ["新来一", "湖南省邵阳市隆回县甲乡甲村一组12号"]),
        (["姓名", "经度", "纬度"], ["新来一", "111.005", "27.005"]),
        (["姓名", "所属乡镇", "行政村", "村民小组"], ["新来一", "甲乡", "甲", "1"]),
    ],
)
def test_a_row_is_placed_by_code_names_address_or_place(officer: Caller, headings: list[str], cells: list[str]) -> None:
    staged = send(officer, csv(cells, headings=headings))
    assert staged["counts"]["new"] == 1, reasons(officer, staged["id"])
    commit(officer, staged["id"])
    assert named("新来一")[0].group.code == GROUP


def test_a_village_alone_is_enough_where_the_file_is_said_to_be_of_its_township(officer: Caller) -> None:
    data = csv(["新来一", "甲村", "1组"], headings=["姓名", "村", "组"])
    assert reasons(officer, send(officer, data)["id"]) == [(2, "township", "missing")]
    assert send(officer, data, under="430524001")["counts"]["new"] == 1


def test_every_bad_row_is_named_by_line_field_and_reason_and_the_good_ones_go_in(officer: Caller) -> None:
    rows = [row(姓名=f"新来{chr(0x4E00 + n)}", 联系电话=f"129880{n:05d}") for n in range(60)]
    for n in range(0, 60, 7):
        rows[n][1] = "12345"
    staged = send(officer, csv(*rows))
    assert reasons(officer, staged["id"]) == [(n + 2, "phone", "no_phone") for n in range(0, 60, 7)]
    assert (staged["counts"]["new"], staged["counts"]["bad"]) == (51, 9)
    said = officer.get(f"/api/imports/{staged['id']}/rows").json()["items"][0]
    assert (said["said"], said["message"]) == ("12345", "no mobile or landline number")
    assert commit(officer, staged["id"])["state"] == "committed"


def test_what_is_known_is_updated_with_its_history_and_nobody_is_there_twice(officer: Caller) -> None:
    commit(officer, send(officer, csv(ROW))["id"])
    staged = send(officer, csv(row(出生年份="1971", 居住状态="外出")))
    assert staged["counts"] == {"new": 0, "update": 1, "doubtful": 0, "bad": 0}
    commit(officer, staged["id"])
    (person,) = named("新来一")
    assert (person.birth_year, person.presence) == (1971, "away")
    assert {(change.field, bytes(change.before or b""), bytes(change.after or b"")) for change in Change.objects.all()} == {
        ("birth_year", b"1970", b"1971"), ("presence", b"here", b"away"),
    }  # fmt: skip
    assert coverage.drift() == []


def test_households_are_made_by_number_by_head_and_by_address(officer: Caller) -> None:
    headings = ["姓名", "组代码", "户编号", "户主", "地址"]
    rows = [["新来一", GROUP, "A1", "", ""], ["新来二", GROUP, "A1", "", ""], ["新来三", GROUP, "", "老王", ""], ["新来四", GROUP, "", "老王", ""],
            ["新来五", GROUP, "", "", "1组5号"], ["新来六", GROUP, "", "", "1组 5号"], ["新来七", GROUP, "", "", ""]]  # fmt: skip
    before = Household.objects.count()
    commit(officer, send(officer, csv(*rows, headings=headings))["id"])
    homes = [named(f"新来{sign}")[0].household_id for sign in "一二三四五六七"]
    assert (homes[0] == homes[1], homes[2] == homes[3], homes[4] == homes[5]) == (True, True, True)
    assert (len(set(homes)), Household.objects.count()) == (4, before + 4)
    # The next file finds them again.
    commit(officer, send(officer, csv(["新来八", GROUP, "A1", "", ""], ["新来九", GROUP, "", "", "1组5号"], headings=headings))["id"])
    assert (named("新来八")[0].household_id, named("新来九")[0].household_id) == (homes[0], homes[4])
    assert opened(named("新来九")[0], "address") == "1组5号"


def test_a_person_twice_in_the_file_is_named_with_the_other_line(officer: Caller) -> None:
    staged = send(officer, csv(ROW, ROW))
    assert reasons(officer, staged["id"]) == [(3, "name", "twice")]
    assert officer.get(f"/api/imports/{staged['id']}/rows").json()["items"][0]["message"] == "the same person as in line 2"


def test_doubtful_rows_wait_for_a_word(officer: Caller) -> None:
    commit(officer, send(officer, csv(ROW))["id"])
    rows = [row(组="2组"), row(姓名="别人家", 户编号="H2"), row(联系电话="", 户编号="H3")]
    staged = send(officer, csv(*rows))
    assert reasons(officer, staged["id"], "doubtful") == [(2, "group", "moved"), (3, "phone", "phone_taken"), (4, "name", "namesake")]
    assert officer.call("POST", f"/api/imports/{staged['id']}/commit", {"doubtful": False}).status_code == 409
    commit(officer, staged["id"], doubtful=True)
    assert sorted(person.group.name for person in named("新来一")) == ["1组", "2组"]
    assert len(named("别人家")) == 1
    assert coverage.drift() == []


def test_undo_takes_everything_back_and_leaves_who_became_more_than_a_row(officer: Caller) -> None:
    commit(officer, send(officer, csv(ROW))["id"])
    residents, households = Resident.objects.count(), Household.objects.count()
    work = send(officer, csv(row(出生年份="1971"), row(姓名="新来二", 联系电话="12988000002", 户编号="H2"), row(姓名="新来三", 联系电话="12988000003", 户编号="H3"), row(组="2组", 姓名="新来四", 联系电话="")))
    commit(officer, work["id"])
    Resident.objects.filter(pk=named("新来三")[0].pk).update(joined=True, connected=True)
    assert officer.call("POST", f"/api/imports/{work['id']}/undo").status_code == 202
    work_once()
    undone = look(officer, work["id"])
    assert (undone["state"], undone["counts"]["undone"], undone["counts"]["kept"]) == ("undone", 2, 1)
    assert (named("新来二"), len(named("新来三")), named("新来四")) == ([], 1, [])
    assert named("新来一")[0].birth_year == 1970
    assert not Change.objects.exists()
    assert (Resident.objects.count(), Household.objects.count()) == (residents + 1, households + 1)
    assert coverage.drift() == []


def test_an_undone_phone_is_found_by_search_again(officer: Caller) -> None:
    commit(officer, send(officer, csv(ROW))["id"])
    work = send(officer, csv(row(联系电话="12988000009")))
    assert work["counts"]["update"] == 1
    commit(officer, work["id"])
    officer.call("POST", f"/api/imports/{work['id']}/undo")
    work_once()
    found = officer.call("POST", "/api/residents/search", {"phone": "12988000001"}).json()
    assert found["total"] == 1


def test_what_lies_outside_is_refused_row_by_row_and_elsewhere_nobody_is_matched(officer: Caller) -> None:
    far = signed_in("far_officer")
    commit(far, send(far, csv(row(乡镇="乙镇", 村="丙村")))["id"])
    staged = send(officer, csv(row(乡镇="乙镇", 村="丙村", 姓名="新来二"), ROW))
    assert reasons(officer, staged["id"]) == [(2, "group", "outside")]
    assert staged["counts"]["new"] == 1  # not "known elsewhere": who lives beyond one's grids does not exist here


def test_who_lost_the_grids_between_staging_and_commit_writes_nothing(officer: Caller) -> None:
    staged = send(officer, csv(ROW))
    Assignment.objects.filter(officer__user__username="officer").delete()
    officer.call("POST", f"/api/imports/{staged['id']}/commit", {"doubtful": False})
    Import.objects.filter(pk=staged["id"]).update(state="committing")
    work_once()
    work = Import.objects.get(pk=staged["id"])
    assert (work.state, work.fault["code"], named("新来一")) == ("staged", "import.beyond", [])  # type: ignore[index]


def test_headings_that_somebody_matched_are_remembered(officer: Caller) -> None:
    data = csv(["新来一", "129 8800 0001", GROUP], headings=["人", "打哪个", "组代码"])
    refused = send(officer, data)
    assert (refused["state"], refused["fault"]["code"]) == ("refused", "import.no_name_column")
    assert [heading["field"] for heading in refused["headings"]] == [None, None, "group_code"]
    officer.call("POST", f"/api/imports/{refused['id']}/read", {"columns": ["name", "phone", "group_code"]})
    work_once()
    assert commit(officer, refused["id"])["state"] == "committed"
    assert send(officer, csv(["新来二", "12988000002", GROUP], headings=["人", "打哪个", "组代码"]))["counts"]["new"] == 1


def test_a_near_heading_is_suggested(officer: Caller) -> None:
    staged = send(officer, csv([*ROW, ""], headings=[*HEADINGS, "身份证号码码"]))
    assert staged["headings"][-1] == {"heading": "身份证号码码", "field": None, "suggestion": "id_number"}


def test_an_identity_number_gives_the_year_and_is_kept_only_where_the_county_asks(officer: Caller, settings: Any) -> None:
    data = csv(["新来一", "11010519491231002X", GROUP, "H1"], headings=["姓名", "身份证号码", "组代码", "户编号"])
    commit(officer, send(officer, data)["id"])
    assert (named("新来一")[0].birth_year, named("新来一")[0].id_sealed) == (1949, None)
    settings.ID_NUMBERS = True
    commit(officer, send(officer, data)["id"])
    kept = named("新来一")[0]
    assert unseal(kept.id_sealed or b"", f"people_resident.id.{kept.pk}") == "11010519491231002X"


def test_somebody_elses_import_does_not_exist(officer: Caller) -> None:
    staged = send(officer, csv(ROW))
    head = signed_in("head")
    assert [head.get(f"/api/imports/{staged['id']}").status_code, head.get(f"/api/imports/{staged['id']}/rows").status_code] == [404, 404]
    assert head.call("POST", f"/api/imports/{staged['id']}/commit", {"doubtful": False}).status_code == 404
    assert head.get("/api/imports").json()["total"] == 0


def test_the_same_part_twice_is_one_part(officer: Caller) -> None:
    data = csv(ROW)
    id = officer.call("POST", "/api/imports", {"name": "a.csv", "size": len(data)}).json()["id"]
    body = {"number": 0, "content": base64.b64encode(data).decode()}
    assert officer.call("POST", f"/api/imports/{id}/parts", body).json()["state"] == "reading"
    assert officer.call("POST", f"/api/imports/{id}/parts", body).status_code == 409
    assert Part.objects.filter(of=id).count() == 1

def erase(person: Resident) -> None:
    mine = phone(str(person.pk), person.no)
    assert mine.call("POST", "/api/record/erase", {}).status_code == 202
    while answer_record():
        pass


def test_who_had_themselves_erased_is_not_brought_back_by_the_next_spreadsheet(officer: Caller) -> None:
    commit(officer, send(officer, csv(ROW))["id"])
    erase(named("新来一")[0])
    for again in (ROW, row(联系电话="")):
        staged = send(officer, csv(again))
        assert reasons(officer, staged["id"]) == [(2, "name", "erased")]
    answer = officer.call("POST", "/api/residents", {"group": "430524001001001", "name": "新来一", "phone": "12988000001"}, **{"Idempotency-Key": "asked"})
    assert answer.status_code == 201  # they asked an officer: a spreadsheet may know them again
    assert send(officer, csv(ROW))["counts"]["update"] == 1


@pytest.mark.parametrize("how", ["died", "left"])
def test_who_died_or_left_comes_back_only_by_the_clerks_word(how: str, officer: Caller) -> None:
    commit(officer, send(officer, csv(ROW))["id"])
    assert officer.call("POST", f"/api/residents/{named('新来一')[0].pk}/leave", {"how": how}).status_code == 204
    for again in (ROW, row(联系电话="12988000077")):
        staged = send(officer, csv(again))
        assert reasons(officer, staged["id"], "doubtful") == [(2, "name", how)]
    assert send(officer, csv(row(联系电话="12988000077", 出生年份="2001")))["counts"]["new"] == 1  # somebody else of that name
    commit(officer, staged["id"], doubtful=True)
    assert len(named("新来一")) == 1


def test_undo_takes_back_what_a_household_was_given_and_since_when_somebody_is_there(officer: Caller) -> None:
    first = [*HEADINGS]
    commit(officer, send(officer, csv(row(户编号="H1"), headings=first))["id"])
    person = named("新来一")[0]
    Resident.objects.filter(pk=person.pk).update(presence_on="2026-01-05")
    work = send(officer, csv([*ROW, "1组5号"], headings=[*first, "户籍地址"]))
    commit(officer, work["id"])
    person = Resident.objects.select_related("household").get(pk=person.pk)
    assert (opened(person, "address"), str(person.presence_on) > "2026-01-05") == ("1组5号", True)
    assert [(row.field, row.source) for row in Change.objects.filter(resident=person.pk)] == [("address", "import")]
    officer.call("POST", f"/api/imports/{work['id']}/undo")
    work_once()
    person = Resident.objects.select_related("household").get(pk=person.pk)
    assert (opened(person, "address"), person.household.address_index, str(person.presence_on)) == (None, None, "2026-01-05")
    assert not Change.objects.exists()


def test_a_cell_that_stands_for_several_rows_is_read_for_each_of_them(officer: Caller) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        for line, name in enumerate(("合并一", "合并二", "合并三"), start=1):
            sheet.write_row(line, 0, [name, "", "1970"])
            sheet.write(line, 5, "1组")
        sheet.merge_range(1, 3, 3, 3, "甲乡")
        sheet.merge_range(1, 4, 3, 4, "甲村")
        sheet.merge_range(1, 6, 2, 6, "H7")
        sheet.write(3, 6, "H8")
    staged = send(officer, file.getvalue())
    assert (staged["counts"]["new"], staged["counts"]["bad"]) == (3, 0)
    commit(officer, staged["id"])
    one, two, three = (named(name)[0] for name in ("合并一", "合并二", "合并三"))
    assert one.household_id == two.household_id != three.household_id


def test_what_a_broadcast_wrote_while_an_import_was_taken_back_is_waited_for_by_nobody() -> None:
    """A freeze that began before the undo and ended during it still reads who is going."""
    broadcast, person = in_force(), Resident.objects.filter(group__code=GROUP).order_by("pk")[0]
    before = counted(broadcast.pk)["residents"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE going ON COMMIT DROP AS SELECT id, household_id FROM people_resident WHERE id = %s", [person.pk])
        assert ledger.end_deliveries(RawSQL("SELECT id FROM going", [])) == [(broadcast.pk, person.no)]
    assert not Delivery.objects.filter(resident_id=person.pk).exists()
    assert counted(broadcast.pk) == recounted(broadcast.pk)
    assert counted(broadcast.pk)["residents"] == before - 1


def test_that_a_file_was_read_is_written_down_though_it_is_thrown_away_and_has_an_end(officer: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """What became of its rows says whose phone is in the register."""
    monkeypatch.setattr(actions, "STAGED_AN_HOUR", 2)
    for _ in range(2):
        staged = send(officer, csv(row()))
        assert officer.call("DELETE", f"/api/imports/{staged['id']}").status_code == 204
    assert Entry.objects.filter(action="people.staged").count() == 2
    assert officer.call("POST", "/api/imports", {"kind": "register", "name": "again.csv", "size": 10}).status_code == 429
