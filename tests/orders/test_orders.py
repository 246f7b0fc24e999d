"""Orders: a routine message goes out in an officer's groups when that officer says so, and silence is handed on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.broadcasts import sending
from gridmap.broadcasts.content import content_hash
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.grids.models import Grid
from gridmap.orders.actions import give_orders, hand_on_orders
from gridmap.orders.models import Order
from gridmap.orders.sending import send_confirmed
from gridmap.people.models import Assignment, Officer, Resident, User
from gridmap.realtime import log
from gridmap.realtime.models import Event
from tests import world
from tests.broadcasts.steps import (
    counted,
    form,
    grids,
    in_force,
    receivers,
    recounted,
    send_now,
    update_drafted,
    updated,
)
from tests.broadcasts.test_cancel import cancelled
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
NOTICE = {"kind": "notice", "level": "none", "category": "Other", "headline": "停水通知", "by_order": True}
BOTH = grids("430524001001", "430524002001")  # a village of each township


@pytest.fixture(autouse=True)
def an_officer_a_township(db: None) -> None:
    Assignment.objects.filter(officer__name="村警").delete()  # who answers for villages of both townships, and has no sign-in


def ordered(**changes: Any) -> Broadcast:
    """Send a routine message by order; nothing is out yet, and every officer has one."""
    broadcast = in_force(**{**NOTICE, "selection": BOTH, **changes})
    give_orders()
    return broadcast


def order_of(username: str) -> dict[str, Any]:
    """The order that lies whole in somebody's grids."""
    return dict(next(row for row in signed_in(username).get("/api/orders").json()["items"] if row["residents"]))


def confirmed(username: str, id: str) -> Any:
    return signed_in(username).call("POST", f"/api/orders/{id}/confirm")


def declined(username: str, id: str, reason: str = "我村昨天已经通知过") -> Any:
    return signed_in(username).call("POST", f"/api/orders/{id}/decline", {"reason": reason})


def late(minutes: int) -> None:
    Order.objects.update(given_at=timezone.now() - timedelta(minutes=minutes, seconds=1))


def people(*codes: str) -> set[Any]:
    return {id for code in codes for id in Resident.objects.filter(group__code__startswith=code).values_list("pk", flat=True)}


def test_nothing_goes_out_before_an_officer_confirms() -> None:
    broadcast = ordered()
    assert (broadcast.state, receivers(broadcast)) == ("in_force", set())
    sending.reconcile(broadcast.pk)
    assert receivers(broadcast) == set()
    assert send_confirmed() == 0
    assert {row.residents for row in Order.objects.all()} == {10}
    assert give_orders() == 0


def test_one_tap_sends_it_to_the_officers_own_groups_and_no_others() -> None:
    broadcast = ordered()
    mine = order_of("officer")
    said = confirmed("officer", mine["id"]).json()
    assert (said["state"], said["answered_by"]) == ("confirmed", "刘警官")
    assert (send_confirmed(), send_confirmed()) == (1, 0)
    assert receivers(broadcast) == people("430524001001")
    assert not Delivery.objects.filter(broadcast_id=broadcast.pk, late_at__isnull=False).exists()
    assert confirmed("far_officer", order_of("far_officer")["id"]).status_code == 200
    send_confirmed()
    assert receivers(broadcast) == people("430524001001", "430524002001")
    assert counted(broadcast.pk) == recounted(broadcast.pk)
    assert Entry.objects.filter(action="order.confirmed").count() == 2


def test_whoever_moves_in_where_it_was_confirmed_gets_it_and_nobody_elsewhere() -> None:
    broadcast = ordered()
    confirmed("officer", order_of("officer")["id"])
    send_confirmed()
    one, other = (Resident.objects.filter(group__code=code).order_by("id")[0] for code in ("430524001001001", "430524002001001"))
    Delivery.objects.filter(resident_id=one.pk).delete()  # as one who registers now
    sending.reconcile(broadcast.pk)
    assert one.pk in receivers(broadcast, late_at__isnull=False)
    assert other.pk not in receivers(broadcast)


def test_whoever_moves_into_a_group_that_was_empty_when_officers_were_asked_gets_it_too() -> None:
    empty, full = (Grid.objects.current().get(code=code) for code in ("430524001001002", "430524001001001"))
    movers = list(Resident.objects.filter(group=empty))
    Resident.objects.filter(group=empty).update(group=full, no=full.no)
    broadcast = ordered()
    confirmed("officer", order_of("officer")["id"])
    send_confirmed()
    Delivery.objects.filter(resident_id=movers[0].pk).delete()
    Resident.objects.filter(pk=movers[0].pk).update(group=empty, no=empty.no)
    sending.reconcile(broadcast.pk)
    assert movers[0].pk in receivers(broadcast, late_at__isnull=False)


def test_an_officer_declines_with_a_reason_and_who_leads_may_still_let_it_out() -> None:
    broadcast = ordered()
    mine = order_of("officer")
    assert signed_in("officer").call("POST", f"/api/orders/{mine['id']}/decline", {}).status_code == 422
    assert declined("officer", mine["id"]).json()["reason"] == "我村昨天已经通知过"
    send_confirmed()
    assert receivers(broadcast) == set()
    again = confirmed("officer", mine["id"])
    assert (again.status_code, again.json()["code"], again.json()["where"]["by"]) == (409, "order.answered", "刘警官")
    assert confirmed("head", mine["id"]).json()["answered_by"] == "甲乡长"
    send_confirmed()
    assert receivers(broadcast) == people("430524001001")
    assert Entry.objects.filter(action="order.declined").count() == 1


def test_it_is_answered_once_whoever_is_first() -> None:
    ordered()
    mine = order_of("officer")
    assert confirmed("officer", mine["id"]).status_code == 200
    for username in ("officer", "head", "commander"):
        assert confirmed(username, mine["id"]).json()["code"] == "order.answered"
        assert declined(username, mine["id"]).json()["code"] == "order.answered"


def test_silence_is_reminded_then_the_deputies_may_answer_then_who_leads_is_left() -> None:
    ordered(selection=grids("430524001001"))
    mine = order_of("officer")
    assert (mine["officer"], mine["stage"], len(mine["deputies"])) == ("刘警官", "officer", 2)
    assert confirmed("auxiliary", mine["id"]).json()["code"] == "order.not_yours"
    late(14)
    assert hand_on_orders() == 0
    late(15)
    assert (hand_on_orders(), hand_on_orders()) == (1, 0)
    assert order_of("officer")["reminded_at"]
    late(30)
    assert hand_on_orders() == 1
    assert order_of("officer")["stage"] == "deputy"
    late(60)
    assert hand_on_orders() == 1
    assert order_of("officer")["stage"] == "head"
    assert confirmed("auxiliary", mine["id"]).json()["answered_by"] == "小赵"
    late(120)
    assert hand_on_orders() == 0
    assert Event.objects.filter(type="order.reminded").count() == 1
    assert Event.objects.filter(type="order.escalated").count() == 2


def test_who_cannot_sign_in_is_passed_over_for_the_next_above() -> None:
    village_officer = Officer.objects.get(name="村警")
    village = Grid.objects.current().get(code="430524001001")
    Assignment.objects.create(officer=village_officer, grid=village, duty="primary", period=world.SINCE)
    ordered(selection=grids("430524001001"))
    assert order_of("officer")["officer"] == "刘警官"
    Order.objects.all().delete()
    Broadcast.objects.update(ordered_at=None)
    Assignment.objects.filter(officer__name="刘警官").delete()
    give_orders()
    left = signed_in("head").get("/api/orders").json()["items"]
    assert [(row["officer"], row["user"], row["stage"]) for row in left] == [("村警", None, "deputy")]


def test_who_took_the_grids_over_answers_what_was_given_to_the_one_before() -> None:
    ordered(selection=grids("430524001001"))
    mine = order_of("officer")
    giver, taker = (Officer.objects.get(name=name).pk for name in ("刘警官", "小赵"))
    assert hand_on_orders() == 0
    said = signed_in("planner").call("POST", "/api/handovers", {"giver": str(giver), "taker": str(taker)})
    assert said.status_code == 201, said.json()
    assert (hand_on_orders(), hand_on_orders()) == (1, 0)
    now = order_of("auxiliary")
    assert (now["id"], now["officer"], now["stage"]) == (mine["id"], "小赵", "officer")
    assert confirmed("officer", mine["id"]).status_code in (403, 404)
    assert confirmed("auxiliary", mine["id"]).json()["answered_by"] == "小赵"


def test_who_took_a_part_over_answers_for_it_and_the_rest_stays_with_the_one_before() -> None:
    first, second = "430524001001001", "430524001001002"
    giver, taker = (Officer.objects.get(name=name) for name in ("刘警官", "小赵"))
    Assignment.objects.all().delete()
    for code in (first, second):
        Assignment.objects.create(officer=giver, grid=Grid.objects.current().get(code=code), duty="primary", period=world.SINCE)
    broadcast = ordered(selection=grids(first, second))
    whole = order_of("officer")
    late(10)
    assert hand_on_orders() == 0
    Assignment.objects.filter(grid__code=second).update(officer=taker)
    before = log.last()
    assert (hand_on_orders(), hand_on_orders()) == (2, 0)
    [told] = log.since(before)  # the open tablets hear of both parts
    assert (told.type, {row["officer"] for row in told.data["orders"]}) == ("order.given", {"刘警官", "小赵"})
    kept, taken = order_of("officer"), order_of("auxiliary")
    assert (kept["id"], kept["officer"], kept["residents"]) == (whole["id"], "刘警官", len(people(first)))
    assert (taken["officer"], taken["stage"], taken["residents"]) == ("小赵", "officer", len(people(second)))
    assert taken["given_at"] == kept["given_at"]
    assert confirmed("officer", taken["id"]).status_code in (403, 404)
    assert confirmed("auxiliary", taken["id"]).json()["answered_by"] == "小赵"
    send_confirmed()
    assert receivers(broadcast) == people(second)
    assert confirmed("officer", kept["id"]).status_code == 200
    send_confirmed()
    assert receivers(broadcast) == people(first, second)


def test_deputies_who_stand_in_for_a_part_each_answer_for_their_part() -> None:
    first, second = "430524001001001", "430524001001002"
    primary, deputy = (Officer.objects.get(name=name) for name in ("刘警官", "小赵"))
    village, group = (Grid.objects.current().get(code=code) for code in ("430524001001", first))
    Assignment.objects.all().delete()
    Assignment.objects.create(officer=primary, grid=village, duty="primary", period=world.SINCE)
    Assignment.objects.create(officer=deputy, grid=group, duty="deputy", period=world.SINCE)
    broadcast = ordered(selection=grids(first, second))
    whole = order_of("officer")
    late(30)
    assert hand_on_orders() == 3  # one reminder, and two parts of one order
    parts = {row["stage"]: row for row in signed_in("officer").get("/api/orders").json()["items"]}
    assert (parts["deputy"]["residents"], len(parts["deputy"]["deputies"])) == (len(people(first)), 1)
    assert (parts["head"]["residents"], parts["head"]["deputies"]) == (len(people(second)), [])  # nobody stands in: at once
    assert whole["id"] in {row["id"] for row in parts.values()}
    assert {row["given_at"] for row in parts.values()} == {order_of("officer")["given_at"]}
    assert hand_on_orders() == 0
    assert confirmed("auxiliary", parts["head"]["id"]).status_code in (403, 404)
    assert confirmed("auxiliary", parts["deputy"]["id"]).json()["answered_by"] == "小赵"
    assert confirmed("officer", parts["head"]["id"]).json()["answered_by"] == "刘警官"
    send_confirmed()
    assert receivers(broadcast) == people(first, second)


def test_a_groups_own_officer_comes_before_the_villages() -> None:
    own, rest = "430524001001001", "430524001001002"
    Assignment.objects.create(officer=Officer.objects.get(name="小赵"), grid=Grid.objects.current().get(code=own), duty="primary", period=world.SINCE)
    ordered(selection=grids(own, rest))
    given = {row["officer"]: row["residents"] for row in signed_in("commander").get("/api/orders").json()["items"]}
    assert given == {"小赵": len(people(own)), "刘警官": len(people(rest))}


def test_where_nobody_stands_in_half_an_hour_is_enough() -> None:
    Assignment.objects.filter(duty="deputy").delete()
    ordered(selection=grids("430524001001"))
    late(30)
    assert hand_on_orders() == 2
    assert order_of("officer")["stage"] == "head"
    late(60)
    assert hand_on_orders() == 0


def test_where_nobody_took_over_it_is_for_who_leads() -> None:
    ordered(selection=grids("430524001001"))
    Assignment.objects.all().delete()
    assert hand_on_orders() == 1
    assert order_of("commander")["stage"] == "head"


def test_groups_that_nobody_answers_for_wait_for_who_leads() -> None:
    Assignment.objects.all().delete()
    broadcast = ordered(selection=grids("430524001001"))
    left = signed_in("commander").get("/api/orders").json()["items"]
    assert [(row["officer"], row["stage"]) for row in left] == [(None, "head")]
    confirmed("commander", left[0]["id"])
    send_confirmed()
    assert receivers(broadcast) == people("430524001001")


def test_an_update_goes_at_once_where_it_was_confirmed_and_asks_the_others_anew() -> None:
    first = ordered()
    confirmed("officer", order_of("officer")["id"])
    send_confirmed()
    second = updated(first.pk, headline="停水推迟")
    assert receivers(second) == people("430524001001")
    give_orders()
    assert [row.ranges for row in Order.objects.filter(broadcast=second.pk)] == [row.ranges for row in Order.objects.filter(broadcast=first.pk, state="waiting")]
    old = Order.objects.get(broadcast=first.pk, state="waiting")
    assert confirmed("far_officer", str(old.pk)).json()["code"] == "broadcast.over"
    confirmed("far_officer", order_of("far_officer")["id"])
    send_confirmed()
    assert receivers(second, outside=False) == people("430524001001", "430524002001")


def test_what_was_called_off_waits_for_nobody() -> None:
    broadcast = ordered()
    mine = order_of("officer")
    cancelled(broadcast)
    assert signed_in("officer").get("/api/orders").json()["total"] == 0
    assert confirmed("officer", mine["id"]).json()["code"] == "broadcast.over"
    late(120)
    assert hand_on_orders() == 0


def test_at_night_an_officer_keeps_it_until_the_morning(settings: Any) -> None:
    broadcast = ordered()
    hour = timezone.localtime().hour
    settings.QUIET_HOURS = (hour, (hour + 2) % 24)
    assert confirmed("officer", order_of("officer")["id"]).json()["code"] == "broadcast.quiet_hours"
    assert receivers(broadcast) == set()


@pytest.mark.parametrize("grave", [{"kind": "danger_notice", "level": "none"}, {"kind": "lost_person"}, {"kind": "notice", "level": "red"}])
def test_no_warning_waits_for_an_officer(grave: dict[str, str]) -> None:
    answer = signed_in("planner").call("POST", "/api/broadcasts", form(**grave, by_order=True))
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (422, "broadcast.order_routine", {"field": "by_order"})


def test_by_whose_hands_it_goes_is_part_of_what_is_approved() -> None:
    broadcast = ordered()
    hashed = content_hash(broadcast)
    assert hashed == broadcast.content_hash
    broadcast.by_order = False
    assert content_hash(broadcast) != hashed


def test_a_neighbour_reads_no_count_of_groups_that_are_not_all_theirs() -> None:
    ordered(selection=grids(world.TOWNSHIP_A))
    seen = signed_in("auxiliary").get("/api/orders").json()["items"]
    assert [row["residents"] for row in seen] == [None]


def test_whose_account_was_closed_is_passed_over_too() -> None:
    User.objects.filter(username="officer").update(is_active=False)
    ordered(selection=grids("430524001001"))
    [row] = signed_in("head").get("/api/orders").json()["items"]
    assert (row["officer"], row["stage"], len(row["deputies"])) == ("刘警官", "deputy", 2)
    Order.objects.all().delete()
    Broadcast.objects.update(ordered_at=None)
    User.objects.update(is_active=True)
    give_orders()
    assert hand_on_orders() == 0
    User.objects.filter(username="officer").update(is_active=False)  # closed while the order waits
    assert hand_on_orders() == 1
    assert signed_in("head").get("/api/orders").json()["items"][0]["stage"] == "deputy"
    Order.objects.all().delete()
    Broadcast.objects.update(ordered_at=None)
    User.objects.filter(username="auxiliary").update(is_active=False)
    give_orders()
    assert len(signed_in("head").get("/api/orders").json()["items"][0]["deputies"]) == 1


def test_a_reason_holds_no_telephone_number() -> None:
    ordered()
    assert declined("officer", order_of("officer")["id"], "张三 13812345678 不同意").status_code == 422


def test_an_update_after_the_end_of_the_version_before_still_goes_where_that_was_confirmed() -> None:
    first = ordered()
    confirmed("officer", order_of("officer")["id"])
    send_confirmed()
    waiting = update_drafted(first.pk, headline="停水推迟")["id"]
    submitted = signed_in("planner").call("POST", f"/api/broadcasts/{waiting}/submit").json()
    signed_in("second_planner").call("POST", f"/api/broadcasts/{waiting}/approve", {"content_hash": submitted["content_hash"]})
    Broadcast.objects.filter(pk=first.pk).update(expires=timezone.now() - timedelta(seconds=1))
    sending.expire_due()
    assert signed_in("planner").call("POST", f"/api/broadcasts/{waiting}/send").status_code == 200
    second = send_now(waiting)
    assert receivers(second, outside=False) == people("430524001001")
    assert receivers(second, outside=True) == set()


def test_where_everybody_was_asked_already_nobody_is_counted_anew_each_second(django_assert_max_num_queries: Any) -> None:
    first = ordered(selection=grids("430524001001"))
    confirmed("officer", order_of("officer")["id"])
    send_confirmed()
    updated(first.pk, headline="停水推迟")
    assert give_orders() == 0
    with django_assert_max_num_queries(1):
        assert give_orders() == 0
