"""What is old goes, each run is written down, and the audit's chain still holds where it begins now; keys change in service."""

from __future__ import annotations

import secrets
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from gridmap import retention
from gridmap.audit import log as audit
from gridmap.audit.models import Anchor, Entry
from gridmap.broadcasts.models import Broadcast, Delivery, DeliveryCount, Receipt
from gridmap.edge.models import Join, RecordRequest
from gridmap.imports.models import Import
from gridmap.people.models import Resident
from gridmap.people.presence import forget_presence
from gridmap.people.reads import opened
from gridmap.register.models import Former
from gridmap.resealing import left
from gridmap.sealing import current_mark, mark_of, unseal
from gridmap.tags.models import Tagging
from tests.broadcasts.steps import GROUP, in_force
from tests.clients import Caller, phone, signed_in
from tests.imports.sheets import ROW, csv, send

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=731)


@pytest.fixture
def person(db: None) -> Resident:
    return Resident.objects.filter(group__code=GROUP, connected=True).order_by("id")[0]


def test_former_residents_and_receipts_go_after_two_years_and_the_run_is_written_down(person: Resident) -> None:
    broadcast, mine = in_force(), phone(str(person.pk), person.no)
    mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "safe"})
    counted = DeliveryCount.objects.filter(broadcast_id=broadcast.pk).values_list("no", "residents", "safe").order_by("no")
    before = list(counted)
    signed_in("officer").call("POST", f"/api/residents/{person.pk}/leave", {"how": "left"})
    assert retention.apply() == {"erased": 0, "former": 0, "changes": 0, "receipts": 0, "positions": 0, "sign_ins": 0, "audit": 0}
    assert retention.apply() is None
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER append_only")
        cursor.execute("UPDATE audit_entry SET at = at - interval '40 hours'")
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER append_only")
    Former.objects.update(at=timezone.now() - LONG_AGO)
    Receipt.objects.update(at=timezone.now() - LONG_AGO)
    Broadcast.objects.update(ended_at=timezone.now() - LONG_AGO)
    deliveries = Delivery.objects.count()
    removed = retention.apply()
    assert removed == {"erased": 0, "former": 1, "changes": 0, "receipts": deliveries + 1, "positions": 0, "sign_ins": 0, "audit": 0}
    assert (Former.objects.count(), Receipt.objects.count(), Delivery.objects.count()) == (0, 0, 0)
    assert list(counted) == before
    assert Entry.objects.filter(action="retention.run").order_by("-seq")[0].detail["removed"] == removed


def test_what_lives_for_days_is_swept_up_and_that_is_written_down_too(person: Resident) -> None:
    code = signed_in("officer").call("POST", "/api/join-codes", {"kind": "grid", "grid": GROUP[:12]}).json()
    Caller().call("POST", code["url"].replace("/join/", "/api/join/"), {"name": "测试01", "phone": "12900000001"})
    staged = send(signed_in("officer"), csv(ROW))
    phone(str(person.pk), person.no).call("POST", "/api/record/corrections", {"field": "birth_year", "value": "1950"})
    signed_in("officer").call("POST", f"/api/residents/{person.pk}/tags", {"add": ["has-boat"]})
    assert retention.sweep() == {}
    assert not Entry.objects.filter(action="retention.sweep").exists()
    long_ago = timezone.now() - timedelta(days=91)
    Join.objects.update(at=long_ago)
    Import.objects.update(at=long_ago)
    RecordRequest.objects.update(at=long_ago)
    Tagging.objects.filter(resident=person).update(until=long_ago.date())
    removed = retention.sweep()
    assert set(removed) == {"joins", "imports", "wishes", "tags"}
    assert (Join.objects.count(), Import.objects.filter(pk=staged["id"]).count(), RecordRequest.objects.count()) == (0, 0, 0)
    said = {name: count for entry in Entry.objects.filter(action="retention.sweep") for name, count in entry.detail["removed"].items()}
    assert said == removed
    Resident.objects.filter(pk=person.pk).update(presence="here", presence_on="2020-01-01")
    forget_presence()
    assert Entry.objects.order_by("-seq")[0].detail == {"removed": {"presence": 1}}
    assert audit.verify()[2] is None


def test_the_oldest_entries_go_and_the_chain_holds_from_its_anchor(cast: dict[str, Any]) -> None:
    for number in range(5):
        audit.record("people.read", actor=cast["officer"].user, page=number)
    third = Entry.objects.get(seq=3)
    assert audit.forget(third.at) == 2
    assert list(Entry.objects.order_by("seq").values_list("seq", flat=True)) == [3, 4, 5]
    assert audit.verify()[2] is None
    assert audit.forget(timezone.now()) == 3
    audit.record("people.read", actor=None)
    assert (Entry.objects.get().seq, audit.verify()[2]) == (6, None)


def test_who_deletes_without_the_key_is_found(cast: dict[str, Any]) -> None:
    for number in range(5):
        audit.record("people.read", actor=cast["officer"].user, page=number)
    chain = bytes(Entry.objects.get(seq=2).chain)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL gridmap.forgetting = 'on'")
        cursor.execute("DELETE FROM audit_entry WHERE seq <= 2")
    assert audit.verify()[2].why == "an entry is missing"  # type: ignore[union-attr]
    Anchor.objects.create(seq=2, chain=chain, mark=b"forged")
    assert audit.verify()[2].why == "the anchor was forged"  # type: ignore[union-attr]


def rotate() -> str:
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    return said.getvalue()


def other_key(old: str) -> str:
    while True:
        key = secrets.token_urlsafe(32)
        if mark_of(key) != mark_of(old):
            return key


def test_keys_change_while_both_open_and_the_old_one_is_not_needed_afterwards(person: Resident, settings: Any) -> None:
    officer = signed_in("officer")
    officer.call("POST", f"/api/residents/{person.pk}/edit", {"phone": "12988000009", "address": "1组9号"})
    gone = Resident.objects.filter(group__code=GROUP).exclude(pk=person.pk)[0]
    officer.call("POST", f"/api/residents/{gone.pk}/leave", {"how": "left"})
    name = opened(person, "name")
    settings.FIELD_KEY_BEFORE, settings.FIELD_KEY = settings.FIELD_KEY, other_key(settings.FIELD_KEY)
    person = Resident.objects.select_related("household").get(pk=person.pk)
    assert (opened(person, "name"), opened(person, "phone")) == (name, "12988000009")  # side by side
    made = officer.call("POST", "/api/residents", {"group": GROUP, "name": "新来的"}).json()["id"]
    assert bytes(Resident.objects.get(pk=made).name_sealed or b"")[:2] == current_mark()
    assert "still under the old key: 0" in rotate()
    settings.FIELD_KEY_BEFORE = ""
    person = Resident.objects.select_related("household").get(pk=person.pk)
    assert (opened(person, "name"), opened(person, "phone"), opened(person, "address")) == (name, "12988000009", "1组9号")
    assert officer.get(f"/api/residents/{person.pk}/history").status_code == 200
    assert officer.call("POST", f"/api/former-residents/{gone.pk}/return").status_code == 200
    assert all(bytes(row.name_sealed or b"")[:2] == current_mark() for row in Resident.objects.all())
    assert left() == 0


def test_the_old_key_stays_while_an_import_waits(settings: Any) -> None:
    officer = signed_in("officer")
    staged = send(officer, csv(ROW))
    settings.FIELD_KEY_BEFORE, settings.FIELD_KEY = settings.FIELD_KEY, other_key(settings.FIELD_KEY)
    with pytest.raises(CommandError, match="Keep the old key"):
        rotate()
    officer.call("DELETE", f"/api/imports/{staged['id']}")
    assert "still under the old key: 0" in rotate()


def test_a_key_with_the_mark_of_the_old_one_is_refused(settings: Any) -> None:
    twin = next(key for key in (secrets.token_urlsafe(32) for _ in range(10_000)) if mark_of(key) == mark_of(settings.FIELD_KEY))
    settings.FIELD_KEY_BEFORE, settings.FIELD_KEY = settings.FIELD_KEY, twin
    with pytest.raises(CommandError, match="same mark"):
        rotate()


def test_a_value_of_a_third_key_opens_with_neither(person: Resident, settings: Any) -> None:
    settings.FIELD_KEY = other_key(settings.FIELD_KEY)
    with pytest.raises(InvalidTag):
        unseal(person.name_sealed or b"", f"people_resident.name.{person.pk}")
