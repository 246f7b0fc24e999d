"""先发给我自己: a message is seen on the desk's own phones as residents would see it, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from gridmap.access import scope_of
from gridmap.audit.models import Entry
from gridmap.broadcasts import sending, trials
from gridmap.broadcasts.models import Broadcast, Delivery, DeliveryCount
from gridmap.callups.actions import call_up
from gridmap.edge.models import Endpoint, TrialPhone
from gridmap.grids.models import Grid
from gridmap.incidents.calls import open_calls
from gridmap.people import accounts
from gridmap.people.models import Posting, Resident, User
from gridmap.realtime.models import Event
from tests.broadcasts.steps import GROUP, form, grids
from tests.clients import Caller, phone, signed_in

pytestmark = pytest.mark.django_db


def claimed(member: Caller) -> Caller:
    """Add a phone of somebody's at the desk, by scanning the QR code that the desk shows."""
    url = member.call("POST", "/api/trial-phones").json()["url"]
    browser = Caller()
    answer = browser.call("POST", url.replace(f"{settings.ORIGINS[0]}/trial/", "/api/trial/"))
    assert answer.status_code == 204, answer.content
    browser.token = browser.call("GET", "/api/inbox").json()["csrf"]
    return browser


def tried(member: Caller, **changes: Any) -> Any:
    return member.call("POST", "/api/trials", form(**changes))


def inbox(browser: Caller) -> list[dict[str, Any]]:
    return list(browser.call("GET", "/api/inbox").json()["items"])


def test_my_phone_shows_it_marked_as_a_trial_and_nobody_else_hears_of_it() -> None:
    mine, colleagues = claimed(signed_in("planner")), claimed(signed_in("second_planner"))
    person = Resident.objects.filter(group__code=GROUP)[0]
    neighbour = phone(str(person.pk), person.no)
    assert tried(signed_in("planner")).json() == {"phones": 1}
    [item] = inbox(mine)
    assert (item["data"]["trial"], item["state"], item["data"]["headline"]) == (True, "in_force", form()["headline"])
    assert inbox(colleagues) == inbox(neighbour) == []
    assert tried(signed_in("planner"), everybody=True).json() == {"phones": 2}
    assert len(inbox(colleagues)) == 1


def test_no_list_feed_count_or_clock_takes_it_for_a_broadcast() -> None:
    mine = claimed(signed_in("planner"))
    tried(signed_in("planner"))
    id = inbox(mine)[0]["id"]
    assert signed_in("planner").get("/api/broadcasts").json()["total"] == 0
    assert signed_in("planner").get(f"/api/broadcasts/{id}").status_code == 404
    assert signed_in("planner").call("POST", f"/api/broadcasts/{id}/cancel", {"reason": "解除"}).status_code == 404
    assert id not in Caller().get("/cap/feed").content.decode()
    mine.call("POST", "/api/receipts", {"broadcast": id, "stage": "displayed"})
    assert mine.call("POST", "/api/receipts", {"broadcast": id, "stage": "need_help"}).status_code == 200
    assert (open_calls(), call_up(), sending.due(), sending.expire_due()) == (0, 0, [], 0)
    assert not DeliveryCount.objects.filter(broadcast_id=id).exists()
    assert signed_in("planner").get("/api/snapshot").json()["broadcasts"] == []
    assert list(Event.objects.filter(type__startswith="broadcast.").values_list("type", "topics")) == [("broadcast.tried", ["edge"])]
    assert Entry.objects.filter(action="broadcast.tried").count() == 1


def test_it_is_over_in_ten_minutes_and_gone_in_a_day() -> None:
    mine = claimed(signed_in("planner"))
    tried(signed_in("planner"))
    trial = Broadcast.with_trials.get(trial=True)
    assert trial.expires <= timezone.now() + timedelta(minutes=10)
    Broadcast.with_trials.update(expires=timezone.now() - timedelta(seconds=1))
    assert inbox(mine) == []
    assert trials.forget() == 0
    Broadcast.with_trials.update(expires=timezone.now() - timedelta(hours=25))
    assert trials.forget() == 1
    assert not Delivery.objects.filter(broadcast_id=trial.pk).exists()
    assert TrialPhone.objects.count() == 1


def test_a_code_works_once_and_for_ten_minutes() -> None:
    url = signed_in("planner").call("POST", "/api/trial-phones").json()["url"].replace(f"{settings.ORIGINS[0]}/trial/", "/api/trial/")
    assert Caller().call("POST", url).status_code == 204
    again = Caller().call("POST", url)
    assert (again.status_code, again.json()["code"]) == (404, "trial.code")
    late = signed_in("planner").call("POST", "/api/trial-phones").json()["url"].replace(f"{settings.ORIGINS[0]}/trial/", "/api/trial/")
    TrialPhone.objects.filter(claimed_at=None).update(made_at=timezone.now() - timedelta(minutes=11))
    assert Caller().call("POST", late).json()["code"] == "trial.code"
    assert Caller().call("POST", "/api/trial/guessed").json()["code"] == "trial.code"
    assert url.rsplit("/", 1)[1] not in {endpoint.token_hash for endpoint in Endpoint.objects.all()}


def test_a_residents_phone_stays_the_residents() -> None:
    person = Resident.objects.filter(group__code=GROUP)[0]
    theirs = phone(str(person.pk), person.no)
    url = signed_in("planner").call("POST", "/api/trial-phones").json()["url"].replace(f"{settings.ORIGINS[0]}/trial/", "/api/trial/")
    refused = theirs.call("POST", url)
    assert (refused.status_code, refused.json()["code"]) == (409, "trial.resident_phone")
    assert TrialPhone.objects.get().claimed_at is None
    assert theirs.call("GET", "/api/inbox").status_code == 200


def test_a_phone_taken_out_hears_no_more() -> None:
    mine = claimed(signed_in("planner"))
    [row] = signed_in("second_planner").get("/api/trial-phones").json()["items"]
    assert (row["owner"], row["mine"]) == ("王规划", False)
    assert signed_in("second_planner").call("DELETE", f"/api/trial-phones/{row['id']}").status_code == 404
    assert signed_in("planner").call("DELETE", f"/api/trial-phones/{row['id']}").status_code == 204
    assert mine.call("GET", "/api/inbox").status_code == 401
    answer = tried(signed_in("planner"))
    assert (answer.status_code, answer.json()["code"]) == (409, "trial.no_phone")


@pytest.mark.parametrize("wrong", [{"selection": {"area": None}}, {"headline": ""}, {"kind": "relayed_warning"}])
def test_what_no_draft_may_be_is_not_tried_either(wrong: dict[str, Any]) -> None:
    mine = claimed(signed_in("planner"))
    assert tried(signed_in("planner"), **wrong).status_code == 422
    assert inbox(mine) == []


def test_whose_account_is_closed_reads_no_trial_and_nor_does_who_has_other_grids() -> None:
    leaver = claimed(signed_in("second_planner"))
    claimed(signed_in("planner"))
    Posting.objects.filter(user__username="second_planner").update(grid=Grid.objects.current().get(code=GROUP[:9]))
    here, there = {"selection": grids(GROUP)}, {"selection": grids("430524002001001")}
    assert tried(signed_in("planner"), everybody=True, **there).json() == {"phones": 1}
    assert tried(signed_in("planner"), everybody=True, **here).json() == {"phones": 2}
    assert len(inbox(leaver)) == 1
    accounts.deactivate_account(User.objects.get(username="second_planner").pk, actor=scope_of(User.objects.get(username="commander")))
    assert leaver.call("GET", "/api/inbox").status_code == 401
    assert tried(signed_in("planner"), everybody=True, **here).json() == {"phones": 1}
