"""Whoever presses "I need help" becomes an incident at their place, once, until somebody has been there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.broadcasts.models import Broadcast, Receipt
from gridmap.incidents import calls
from gridmap.incidents.calls import forget_callers, open_calls
from gridmap.incidents.models import Incident
from gridmap.one_by_one import PassedOverError
from gridmap.people.models import Resident
from gridmap.realtime.models import Event
from tests.broadcasts.steps import GROUP, in_force, updated
from tests.broadcasts.test_cancel import cancelled
from tests.clients import phone, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def broadcast(db: None) -> Broadcast:
    return in_force()


def asks(broadcast: Broadcast, person: Resident, stage: str = "need_help") -> None:
    answer = phone(str(person.pk), person.no).call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": stage})
    assert answer.status_code == 200, answer.content


def living(**where: Any) -> Resident:
    person = Resident.objects.filter(group__code=GROUP, **where).order_by("pk").first()
    assert person is not None
    return person


def test_help_is_an_incident_at_the_persons_place_and_staff_hear_of_it(broadcast: Broadcast) -> None:
    person = living(place__isnull=False)
    asks(broadcast, person)
    assert open_calls() == 1
    incident = Incident.objects.get()
    assert (incident.kind, incident.severity, incident.title, incident.caller, incident.no) == ("request", "severe", f"求助：{broadcast.headline}", person.pk, person.no)
    assert incident.place.coords == person.place.coords  # type: ignore[union-attr]
    assert Event.objects.filter(type="incident.reported").count() == 1
    shown = signed_in("officer").get("/api/incidents").json()["items"][0]
    assert (shown["kind"], shown["state"]) == ("request", "reported")
    assert str(person.pk) not in str(shown)


def test_where_the_house_is_not_known_it_stands_in_the_group(broadcast: Broadcast) -> None:
    person = living(place__isnull=True)
    asks(broadcast, person)
    open_calls()
    assert person.group.geometry.contains(Incident.objects.get().place)


def test_pressed_twice_or_on_an_update_it_is_one_incident(broadcast: Broadcast) -> None:
    person = living()
    asks(broadcast, person)
    asks(broadcast, person, "moving")
    asks(broadcast, person)
    assert open_calls() == 1
    asks(updated(broadcast.pk, level="red"), person)
    assert open_calls() == 0


def test_pressed_again_after_somebody_was_there_it_is_a_new_one(broadcast: Broadcast) -> None:
    person = living()
    asks(broadcast, person)
    open_calls()
    signed_in("officer").call("POST", f"/api/incidents/{Incident.objects.get().pk}/resolve")
    assert open_calls() == 0
    asks(broadcast, person)  # the same press, sent again
    assert open_calls() == 0
    Receipt.objects.update(at=timezone.now() - timedelta(minutes=5))
    Incident.objects.update(resolved_at=timezone.now() - timedelta(minutes=1))
    asks(broadcast, person)
    assert open_calls() == 1


def test_who_calls_again_is_not_taken_off_the_list_by_what_was_ticked_in_between(broadcast: Broadcast) -> None:
    person, pressed = living(), timezone.now()
    asks(broadcast, person)
    Receipt.objects.update(at=pressed - timedelta(minutes=5))
    asks(broadcast, person)
    tick = {"resident": str(person.pk), "tick": "moved", "at": (pressed - timedelta(minutes=2)).isoformat()}  # without a signal until now
    answer = signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", tick)
    assert (answer.status_code, answer.json()["code"]) == (409, "tick.called_since")


def test_who_took_a_call_on_and_who_ended_it_is_written_down(broadcast: Broadcast) -> None:
    asks(broadcast, living())
    open_calls()
    id = Incident.objects.get().pk
    for step in ("acknowledge", "resolve"):
        assert signed_in("officer").call("POST", f"/api/incidents/{id}/{step}").status_code == 200
    done = Entry.objects.filter(subject=id).order_by("seq").values_list("action", "actor_name", "detail__chain")
    assert list(done) == [("incident.acknowledged", "刘警官", str(broadcast.chain)), ("incident.resolved", "刘警官", str(broadcast.chain))]


@pytest.mark.parametrize("over", ["expired", "cancelled"])
def test_a_call_that_comes_as_the_broadcast_ends_or_after_it_is_not_lost(broadcast: Broadcast, over: str) -> None:
    first, second = Resident.objects.filter(group__code=GROUP).order_by("pk")[:2]
    asks(broadcast, first)  # in its last second: the clock ends it before it looks for calls
    Broadcast.objects.filter(pk=broadcast.pk).update(state=over, expires=timezone.now())
    asks(broadcast, second)  # pressed in time, where there was no signal
    assert (open_calls(), open_calls()) == (2, 0)
    assert {row.caller for row in Incident.objects.all()} == {first.pk, second.pk}


def test_in_a_drill_it_says_so() -> None:
    asks(in_force(drill=True), living())
    open_calls()
    assert Incident.objects.get().title.startswith("【演练】")
    assert [row["drill"] for row in signed_in("commander").get("/api/snapshot").json()["incidents"]] == [True]  # behind all real ones


def test_other_answers_and_ticks_at_the_door_open_none(broadcast: Broadcast) -> None:
    person, other = living(), Resident.objects.filter(group__code=GROUP).order_by("-pk")[0]
    asks(broadcast, person, "safe")
    signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": str(other.pk), "tick": "need_help"})
    assert open_calls() == 0


def test_who_called_and_where_they_were_is_forgotten_days_after_somebody_was_there(broadcast: Broadcast) -> None:
    person = living(place__isnull=False)
    asks(broadcast, person)
    open_calls()
    Incident.objects.update(reported_at=timezone.now() - timedelta(days=9))
    assert forget_callers() == 0  # nobody was there yet
    signed_in("officer").call("POST", f"/api/incidents/{Incident.objects.get().pk}/resolve")
    assert forget_callers() == 0
    Incident.objects.update(resolved_at=timezone.now() - timedelta(days=3, seconds=1))
    Receipt.objects.update(at=timezone.now() - timedelta(days=3, seconds=2))
    assert (forget_callers(), forget_callers(), open_calls()) == (1, 0, 0)
    incident = Incident.objects.get()
    assert (incident.caller, incident.place.coords == person.place.coords) == (person.pk, False)  # type: ignore[union-attr]
    assert incident.grid.geometry.contains(incident.place)
    Incident.objects.update(resolved_at=timezone.now() - timedelta(days=10, seconds=1))
    Receipt.objects.update(at=timezone.now() - timedelta(days=10, seconds=2))
    assert (forget_callers(), Incident.objects.get().caller) == (1, None)
    assert (forget_callers(), open_calls()) == (0, 0)


def test_whom_somebody_has_fetched_is_not_called_out_for_again_days_later(broadcast: Broadcast) -> None:
    trapped = living()
    signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": str(trapped.pk), "tick": "need_help"})
    cancelled(broadcast)
    assert open_calls() == 1
    signed_in("officer").call("POST", f"/api/incidents/{Incident.objects.get().pk}/resolve")
    for days in (3, 9):
        Incident.objects.update(resolved_at=timezone.now() - timedelta(days=days, seconds=1))
        Receipt.objects.update(at=timezone.now() - timedelta(days=days, seconds=2))
        forget_callers()
        assert open_calls() == 0


def test_whom_an_officer_found_in_need_is_a_call_once_the_all_clear_ends_the_list(broadcast: Broadcast) -> None:
    trapped, fetched = Resident.objects.filter(group__code=GROUP)[:2]
    officer = signed_in("officer")
    for person, ticks in ((trapped, ("need_help",)), (fetched, ("need_help", "moved"))):
        for tick in ticks:
            assert officer.call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": str(person.pk), "tick": tick}).status_code == 204
    assert open_calls() == 0  # they stand on the list
    cancelled(broadcast)
    assert (open_calls(), open_calls()) == (1, 0)
    assert Incident.objects.get().caller == trapped.pk


@pytest.mark.parametrize(("kind", "hours"), [("relayed_warning", 1), ("danger_notice", 49)])
def test_whom_an_officer_found_in_need_is_a_call_once_its_end_closes_the_list(kind: str, hours: int) -> None:
    warning = in_force(kind=kind, level="red", authority="湖南省气象台 2026 年第 3 号" if kind == "relayed_warning" else "")
    trapped = Resident.objects.filter(group__code=GROUP)[0]
    assert signed_in("officer").call("POST", f"/api/broadcasts/{warning.pk}/ticks", {"resident": str(trapped.pk), "tick": "need_help"}).status_code == 204
    assert open_calls() == 0
    ended = timezone.now() - timedelta(hours=hours)
    Broadcast.objects.filter(pk=warning.pk).update(state="expired", expires=ended, ended_at=ended)
    assert (open_calls(), open_calls()) == (1, 0)


def test_one_call_that_cannot_be_opened_holds_up_no_other(broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch) -> None:
    people = Resident.objects.filter(group__code=GROUP)[:2]
    for person in people:
        asks(broadcast, person)
    opened = calls._open

    def failing(call: Any) -> bool:
        if call[1] == people[0].pk:
            raise ZeroDivisionError
        return opened(call)

    monkeypatch.setattr(calls, "_open", failing)
    with pytest.raises(PassedOverError):
        open_calls()
    assert Incident.objects.get().caller == people[1].pk
