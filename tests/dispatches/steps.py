"""The steps of an SMS: who joined, a broadcast that went out a while ago, a batch, a gateway's report."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import httpx
from django.db.models.expressions import RawSQL
from django.utils import timezone

from gridmap.broadcasts.models import Broadcast
from gridmap.dispatches import sending, sms
from gridmap.dispatches.models import Dispatch
from gridmap.edge.models import Endpoint
from gridmap.people.models import Resident
from gridmap.sealing import blind, seal
from tests.broadcasts.steps import GROUP
from tests.clients import Caller

SECRET = "between-gridmap-and-the-gateway"
SECOND = "430524001001002"



def got(gateway: str) -> list[dict[str, str]]:
    """Give what the gateway took of the broadcasts of this test."""
    mine = {str(id) for id in Dispatch.objects.values_list("pk", flat=True)}
    return [row for row in httpx.get(f"{gateway}/messages").json()["messages"] if row["id"] in mine]


def joined(group: str = GROUP, phones: tuple[str, ...] = ("12900000001",)) -> list[Resident]:
    """Let the first people of a group have joined, by these phones."""
    people = list(Resident.objects.filter(group__code=group).order_by("pk")[: len(phones)])
    Resident.objects.update(joined=False)
    for person, phone in zip(people, phones, strict=True):
        sealed = {"phone_sealed": seal(phone, f"people_resident.phone.{person.pk}"), "phone_index": blind(phone, "phone")}
        Resident.objects.filter(pk=person.pk).update(joined=True, **sealed)
    return people


def online(person: Resident, seconds: int) -> None:
    """Let a person have a page open that gave a sign of life for so many seconds from now."""
    Endpoint.objects.create(
        resident_id=person.pk, no=person.no, token_hash=f"hash of {person.pk}", online_until=timezone.now() + timedelta(seconds=seconds)
    )


def begun(broadcast: Broadcast, seconds: int) -> None:
    """Have a broadcast gone out so many seconds ago, by the clock that judges it: within a test the database's stands still."""
    Broadcast.objects.filter(pk=broadcast.pk).update(started_at=RawSQL("now() - make_interval(secs => %s)", [seconds]))


def sent() -> int:
    return sending.send_batch(sms.Gateway())


def reported(body: dict[str, Any], *, at: int | None = None, secret_says: str | None = None) -> Any:
    said = json.dumps(body).encode()
    signature = secret_says or sms.sign(said, at or int(time.time()))
    return Caller().post("/api/sms/reports", said, content_type="application/json", headers={"X-Signature": signature})
