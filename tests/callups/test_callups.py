"""叫应: an evacuation calls every officer of its groups; who does not answer is reached by the next above, in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridmap.audit.models import Entry
from gridmap.broadcasts.models import Broadcast
from gridmap.broadcasts.sending import expire_due
from gridmap.callups.actions import call_up, call_wider, escalate
from gridmap.callups.models import Callup
from gridmap.grids.models import Grid
from gridmap.people.models import Assignment, Officer, Resident, User
from gridmap.realtime.models import Event
from tests import world
from tests.broadcasts.steps import GROUP, grids, in_force, updated
from tests.broadcasts.test_cancel import cancelled
from tests.clients import signed_in

pytestmark = pytest.mark.django_db


def called() -> set[str]:
    return set(Callup.objects.values_list("officer__name", flat=True))


def staged() -> dict[str, int]:
    return dict(Callup.objects.values_list("officer__name", "stage"))


def primaries(*codes: str) -> set[str]:
    return set(Assignment.objects.filter(duty="primary", grid__code__in=codes).values_list("officer__name", flat=True))


def seen_by(username: str) -> list[dict[str, Any]]:
    return list(signed_in(username).get("/api/callups").json()["items"])


def late(minutes: int) -> None:
    Callup.objects.update(called_at=timezone.now() - timedelta(minutes=minutes, seconds=1))


def answered(username: str, id: str) -> Any:
    return signed_in(username).call("POST", f"/api/callups/{id}/answer")


def test_everybody_who_answers_for_a_group_of_it_is_called_once() -> None:
    in_force(selection=grids(GROUP))
    assert call_up() == len(called()) > 0
    assert called() == primaries(GROUP, GROUP[:12], GROUP[:9], GROUP[:6])
    assert call_up() == 0
    assert Event.objects.filter(type="callup.made").count() == 1


def test_an_update_calls_those_who_are_new_and_again_those_who_have_more_groups_in_it_now() -> None:
    first = in_force(selection=grids("430524001001001"))
    call_up()
    before = called()
    mine = next(row for row in seen_by("officer") if row["user"])
    assert answered("officer", mine["id"]).status_code == 200
    Callup.objects.exclude(pk=mine["id"]).update(answered_by="电话里应了", answered_at=timezone.now())
    second = updated(first.pk, selection=grids("430524001001001", "430524001001002"))
    assert (call_up(), call_wider()) == (0, len(before))  # all of them answer for the second group too
    assert (call_up(), call_wider()) == (0, 0)
    again = Callup.objects.get(pk=mine["id"])
    assert (again.answered_at, again.answered_by, again.stage) == (None, "", 0)
    assert answered("officer", mine["id"]).status_code == 200
    updated(second.pk, selection=grids("430524001001", "430524002001"))
    call_up()
    call_wider()
    assert primaries("430524002001", "430524002") <= called()
    third = updated(Broadcast.objects.standing().latest("version").pk, selection=grids("430524002001"))
    assert (third.state, call_up(), call_wider()) == ("in_force", 0, 0)  # fewer groups ask nobody anew


def test_only_evacuations_call_officers() -> None:
    in_force(kind="road_hazard")
    assert call_up() == 0


def test_an_officer_answers_for_herself_once(world_officer: str) -> None:
    in_force(selection=grids(GROUP))
    call_up()
    mine = next(row for row in seen_by(world_officer) if row["user"])
    said = answered(world_officer, mine["id"]).json()
    assert (said["answered_by"], said["by_phone"]) == (mine["officer"], False)
    again = answered(world_officer, mine["id"])
    assert (again.status_code, again.json()["code"]) == (409, "callup.answered")
    assert Entry.objects.filter(action="callup.answered").count() == 1
    late(6)
    escalate()
    assert Callup.objects.get(pk=mine["id"]).stage == 0


def test_silence_goes_up_the_chain_in_five_and_ten_minutes() -> None:
    in_force(selection=grids(GROUP))
    call_up()
    late(4)
    assert escalate() == 0
    late(5)
    assert escalate() > 0
    assert staged() == {"刘警官": 1, "村警": 2}  # of 村警, who cannot sign in, the head was told five minutes ago
    assert escalate() == 0
    late(10)
    assert escalate() == 1
    assert set(staged().values()) == {2}
    assert Event.objects.filter(type="callup.escalated").count() == 2


@pytest.mark.parametrize("head", ["none", "closed", "is the one who is silent"])
def test_where_no_other_head_is_the_commander_has_it_after_five_minutes(head: str) -> None:
    in_force(selection=grids(GROUP))
    if head == "none":
        Assignment.objects.filter(officer__user__role="township_head").delete()
    elif head == "closed":
        User.objects.filter(role="township_head").update(is_active=False)
    else:
        Assignment.objects.filter(officer__user__role="township_head").delete()
        User.objects.filter(username="officer").update(role="township_head")
    call_up()
    late(5)
    escalate()
    assert staged()["刘警官"] == 2


def test_the_head_reaches_somebody_by_telephone_and_a_neighbour_cannot_say_so() -> None:
    in_force(selection=grids(GROUP))
    call_up()
    other = next(row for row in seen_by("head") if row["officer"] == "村警" or not row["user"])
    assert answered("auxiliary", other["id"]).status_code in (403, 404)
    assert answered("planner", other["id"]).status_code == 403
    assert answered("far_officer", other["id"]).status_code == 404
    said = answered("head", other["id"]).json()
    assert (said["answered_by"], said["by_phone"]) == ("甲乡长", True)


def test_another_township_hears_nothing_of_it_and_the_end_ends_it() -> None:
    out = in_force(selection=grids(GROUP))
    call_up()
    assert seen_by("far_officer") == []
    assert seen_by("commander") != []
    cancelled(Broadcast.objects.get(pk=out.pk))
    assert seen_by("commander") == []
    late(6)
    assert escalate() == 0


@pytest.fixture
def world_officer(db: None) -> str:
    """Give whoever of the cast answers for the group as primary and can sign in."""
    codes = (GROUP, GROUP[:12], GROUP[:9])
    row = Assignment.objects.filter(duty="primary", grid__code__in=codes, officer__user__isnull=False).select_related("officer__user").first()
    assert row is not None
    assert row.officer.user is not None
    return str(row.officer.user.username)


def test_for_whose_account_was_closed_nobody_waits_five_minutes() -> None:
    User.objects.filter(username="officer").update(is_active=False)
    in_force(selection=grids(GROUP))
    call_up()
    assert dict(Callup.objects.values_list("officer__name", "stage"))["刘警官"] == 1
    assert escalate() == 0


def test_who_has_no_sign_in_has_nothing_to_answer_on_and_is_telephoned_at_once() -> None:
    in_force(selection=grids(GROUP))
    call_up()
    assert dict(Callup.objects.values_list("officer__name", "stage"))["村警"] == 1


def test_where_nobody_answers_those_above_are_called_at_once_and_until_somebody_is_sent() -> None:
    Assignment.objects.filter(grid__code__startswith="430524002").delete()
    out = in_force(selection=grids("430524002002"))
    assert call_up() == 1
    assert (call_up(), call_wider()) == (0, 0)
    [row] = seen_by("commander")
    assert (row["officer"], row["stage"], row["user"]) == (None, "commander", None)  # its township has no head who could sign in
    assert sorted(no for start, end in row["ranges"] for no in range(start, end)) == out.touched
    late(11)
    assert escalate() == 0
    said = answered("commander", row["id"]).json()
    assert (said["by_phone"], escalate()) == (True, 0)


def test_who_stands_in_is_called_for_the_groups_that_have_nobody_else() -> None:
    Assignment.objects.filter(duty="primary").exclude(grid__code="430524001002").delete()  # of 乙村 alone somebody is in charge
    in_force(selection=grids("430524001"))
    call_up()
    numbers = {code: set(Grid.objects.current().groups().filter(code__startswith=code).values_list("no", flat=True)) for code in ("430524001001", "430524001002")}
    called = {row.officer.name if row.officer else None: {no for a, b in row.ranges for no in range(a, b)} for row in Callup.objects.select_related("officer")}
    assert called == {"村警": numbers["430524001002"], "小赵": numbers["430524001001"], "甲乡长": numbers["430524001001"]}


def test_nobody_has_to_be_sent_any_more_once_somebody_answers_there() -> None:
    Assignment.objects.filter(grid__code__startswith="430524002").delete()
    in_force(selection=grids("430524002002"))
    call_up()
    grid = Grid.objects.current().get(code="430524002002")
    Assignment.objects.create(officer=User.objects.get(username="far_officer").officer, grid=grid, duty="primary", period=world.SINCE)
    assert call_up() == 1
    rows = {row["officer"]: (row["answered_at"] is not None, row["answered_by"]) for row in seen_by("commander")}
    assert rows == {None: (True, "彭警官"), "彭警官": (False, "")}
    assert Event.objects.filter(type="callup.answered").count() == 1
    Assignment.objects.filter(officer__name="彭警官").delete()
    assert (call_up(), call_wider(), call_wider()) == (0, 1, 0)  # nobody answers there any more: said anew, once
    [row] = [row for row in seen_by("commander") if row["officer"] is None]
    assert (row["answered_at"], row["stage"]) == (None, "commander")
    assert answered("commander", row["id"]).json()["by_phone"] is True
    assert call_wider() == 0  # who said "I find somebody" is not asked again


def test_where_nobody_lives_nobody_has_to_be_sent() -> None:
    Assignment.objects.filter(grid__code__startswith="430524002").delete()
    Resident.objects.filter(group__code="430524002002002").delete()
    in_force(selection=grids("430524002002"))
    call_up()
    [row] = seen_by("commander")
    assert row["ranges"] == [[no, no + 1] for no in Grid.objects.current().filter(code="430524002002001").values_list("no", flat=True)]


def test_the_head_has_the_number_of_who_does_not_answer_and_each_look_is_written_down() -> None:
    in_force(selection=grids(GROUP))
    call_up()
    row = Callup.objects.exclude(officer=None)[0]
    head = signed_in("head")
    assert head.call("POST", f"/api/callups/{row.pk}/call").json() == {"phone": None}
    assert head.call("POST", f"/api/officers/{row.officer_id}/phone", {"phone": "129 0000 0077"}).status_code in (204, 404)
    assert signed_in("planner").call("POST", f"/api/officers/{row.officer_id}/phone", {"phone": "129 0000 0077"}).status_code == 204
    assert head.call("POST", f"/api/callups/{row.pk}/call").json() == {"phone": "12900000077"}
    assert Entry.objects.filter(action="callup.called", subject=str(row.officer_id), actor_name=User.objects.get(username="head").name).count() == 1
    assert signed_in("officer").call("POST", f"/api/callups/{row.pk}/call").status_code == 403
    assert signed_in("far_officer").call("POST", f"/api/callups/{row.pk}/call").status_code == 404
    assert answered("head", str(row.pk)).status_code == 200
    assert head.call("POST", f"/api/callups/{row.pk}/call").status_code == 404  # they answer: nobody's number is anybody's
    assert b"12900000077" not in bytes(Officer.objects.get(pk=row.officer_id).phone_sealed)
    assert not any("12900000077" in str(entry.detail) for entry in Entry.objects.all())
    bad = signed_in("planner").call("POST", f"/api/officers/{row.officer_id}/phone", {"phone": "12"})
    assert (bad.status_code, bad.json()["code"]) == (422, "request.invalid")


def test_an_officer_keeps_their_own_number_and_nobody_elses() -> None:
    mine = Officer.objects.get(user__username="officer")
    other = Officer.objects.exclude(pk=mine.pk).filter(assignment__isnull=False)[0]
    officer = signed_in("officer")
    assert officer.call("POST", f"/api/officers/{mine.pk}/phone", {"phone": "12900000078"}).status_code == 204
    assert officer.call("POST", f"/api/officers/{other.pk}/phone", {"phone": "12900000079"}).status_code in (403, 404)
    assert Officer.objects.get(pk=other.pk).phone_sealed is None
    assert officer.call("POST", f"/api/officers/{mine.pk}/phone", {"phone": None}).status_code == 204
    assert Officer.objects.get(pk=mine.pk).phone_sealed is None


def test_whoever_did_not_answer_is_called_on_when_the_evacuation_runs_out_with_people_missing() -> None:
    out = in_force(selection=grids(GROUP))
    call_up()
    Broadcast.objects.filter(pk=out.pk).update(expires=timezone.now() - timedelta(seconds=1))
    expire_due()
    late(6)
    assert escalate() >= 1
    assert seen_by("commander")


def test_the_missing_of_an_evacuation_stand_on_the_screens_for_as_long_as_words_about_them_count() -> None:
    out = in_force(selection=grids(GROUP))
    Broadcast.objects.filter(pk=out.pk).update(state="expired", expires=timezone.now() - timedelta(hours=30), ended_at=timezone.now() - timedelta(hours=30))
    snapshot = signed_in("officer").get("/api/snapshot").json()
    assert [row["id"] for row in snapshot["broadcasts"]] == [str(out.pk)]


def test_what_two_townships_share_no_one_head_could_take_and_the_commander_has_it_at_once() -> None:
    grid = Grid.objects.current().get(code="430524002002")
    Assignment.objects.create(officer=Officer.objects.get(name="村警"), grid=grid, duty="primary", period=world.SINCE)
    in_force(selection=grids("430524001002", "430524002002"))
    call_up()
    assert staged()["村警"] == 2


def test_who_was_called_and_is_relieved_has_not_to_be_reached_any_more() -> None:
    in_force(selection=grids(GROUP))
    call_up()
    officer = Officer.objects.get(user__username="officer")
    held = list(Assignment.objects.filter(officer=officer).values_list("pk", flat=True))
    Assignment.objects.filter(pk__in=held).update(officer=Officer.objects.get(user__username="far_officer"))
    call_up()
    call_wider()
    row = Callup.objects.get(officer=officer)
    assert (row.answered_at is not None, row.by_phone) == (True, False)
    assert Entry.objects.filter(action="callup.made", detail__relieved=[str(officer.pk)]).exists()
    late(11)
    escalate()
    assert Callup.objects.get(officer=officer).stage == 0
    Assignment.objects.filter(pk__in=held).update(officer=officer)  # and back: called anew
    assert (call_wider(), Callup.objects.get(officer=officer).answered_at) == (1, None)


def test_for_whose_account_is_closed_after_the_call_nobody_waits_five_minutes_more() -> None:
    in_force(selection=grids(GROUP))
    call_up()
    User.objects.filter(username="officer").update(is_active=False)
    assert (call_wider(), call_wider()) == (1, 0)
    assert staged()["刘警官"] == 1


def test_the_number_of_who_begins_tomorrow_is_their_own_too() -> None:
    Assignment.objects.filter(officer__user__username="far_officer").update(period=(timezone.now() + timedelta(days=1), None))
    far = Officer.objects.get(user__username="far_officer")
    assert signed_in("head").call("POST", f"/api/officers/{far.pk}/phone", {"phone": "12900000079"}).status_code in (403, 404)
    assert Officer.objects.get(pk=far.pk).phone_sealed is None
