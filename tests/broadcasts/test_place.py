"""The basis "last place": who is there now hears too, by the place that their phone shared, as long as it is shared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import hypothesis
import pytest
import shapely
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.audit.models import Entry
from gridmap.broadcasts import audience, sending
from gridmap.broadcasts.models import Broadcast, Delivery
from gridmap.broadcasts.schemas import SelectionIn
from gridmap.broadcasts.selection import resolve
from gridmap.edge import places
from gridmap.edge.models import Endpoint, LastPlace
from gridmap.errors import Invalid
from gridmap.grids.models import Grid
from gridmap.incidents.calls import open_calls
from gridmap.incidents.models import Incident
from gridmap.people.models import Assignment, Resident, User
from gridmap.walls import staff_side
from tests import world
from tests.broadcasts.steps import GROUP, in_force, reach, receivers, updated
from tests.broadcasts.test_selection import GROUPS, PICKED, RECTANGLE, members, place_of
from tests.clients import Caller, phone, signed_in

pytestmark = pytest.mark.django_db
FAR = "430524002001001"  # where the one who drives in lives
HERE = {"area": {"type": "grids", "codes": [GROUP]}, "basis": "last_place"}
DRAWN = {"area": world.square(*world.centre(GROUP)), "basis": "last_place"}


def driver() -> tuple[Resident, Caller]:
    """Give somebody of the far village, and their phone."""
    person = Resident.objects.filter(group__code=FAR, connected=True).order_by("birth_year")[0]
    return person, phone(str(person.pk), person.no)


def share(caller: Caller, code: str = GROUP, *, hours: int | None = 4, **changes: Any) -> Any:
    body = {"location": list(world.centre(code)), "accuracy_m": 12.5} | ({"hours": hours} if hours else {}) | changes
    return caller.call("POST", "/api/place", body)


def previewed(selection: dict[str, Any]) -> dict[str, Any]:
    answer = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": selection})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


@pytest.mark.parametrize("selection", [HERE, DRAWN])
def test_who_shares_a_place_inside_is_counted_once_and_only_on_that_basis(selection: dict[str, Any]) -> None:
    _, caller = driver()
    assert share(caller).status_code == 200
    found = previewed(selection)
    assert (found["residents"], sum(row["residents"] for row in found["by_grid"])) == (6, 6)
    assert previewed(selection | {"basis": "home"})["residents"] == 5
    at_home = Resident.objects.filter(group__code=GROUP, connected=True)[0]
    at_home_phone = phone(str(at_home.pk), at_home.no)
    share(at_home_phone, GROUP)
    assert previewed(selection)["residents"] == 6  # who lives there counts once
    share(at_home_phone, FAR)
    assert previewed(selection)["residents"] == 6  # and is not left out for being elsewhere: a shared place may be old


def test_who_drives_in_later_gets_it_and_is_looked_for_where_they_are() -> None:
    person, caller = driver()
    broadcast = in_force(selection=DRAWN)
    assert person.pk not in receivers(broadcast)
    share(caller, FAR)
    assert sending.reconcile(broadcast.pk) == 0
    share(caller, GROUP, hours=None)
    assert sending.reconcile(broadcast.pk) == 1
    assert receivers(broadcast, late_at__isnull=False) == {person.pk}
    assert reach(broadcast)["residents"] == 6
    item = caller.call("GET", "/api/inbox").json()["items"][0]
    assert (item["passing"], item["data"]["inside"]) == (True, True)
    row = next(row for row in signed_in("officer").get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"] if row["passing"])
    assert (row["resident"], row["location"], row["group"], row["presence"]) == (str(person.pk), list(world.centre(GROUP)), "", "here")
    assert signed_in("far_officer").get(f"/api/broadcasts/{broadcast.pk}/not-seen").status_code == 404
    safe = caller.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "safe"})
    assert safe.status_code == 200
    assert reach(broadcast)["accounted_for"] == 1
    assert signed_in("officer").call("POST", f"/api/broadcasts/{broadcast.pk}/ticks", {"resident": str(person.pk), "tick": "moved"}).status_code == 204


def test_who_asks_for_help_on_the_road_is_an_incident_where_they_are() -> None:
    person, caller = driver()
    share(caller)
    broadcast = in_force(selection=DRAWN)
    assert caller.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "need_help"}).status_code == 200
    assert open_calls() == 1
    incident = Incident.objects.get(caller=person.pk)
    assert (incident.place.coords, incident.grid.code) == (world.centre(GROUP), GROUP)


def test_who_drove_out_again_is_told_of_the_update_as_one_outside() -> None:
    person, caller = driver()
    share(caller)
    broadcast = in_force(selection=DRAWN)
    assert person.pk in receivers(broadcast)
    share(caller, FAR, hours=None)
    smaller = updated(broadcast.pk, headline="范围不变，延长到晚上")
    assert Delivery.objects.get(broadcast_id=smaller.pk, resident_id=person.pk).outside


@pytest.mark.parametrize("ending", ["stopped", "over", "revoked", "outside"])
def test_a_place_that_is_not_shared_any_more_is_not_used(ending: str) -> None:
    person, caller = driver()
    share(caller)
    if ending == "stopped":
        assert caller.call("DELETE", "/api/place").status_code == 204
        assert not LastPlace.objects.exists()
    elif ending == "over":
        LastPlace.objects.update(until=timezone.now() - timedelta(minutes=5))
        assert share(caller, hours=None).json()["code"] == "place.over"
        assert places.forget() == 1
    elif ending == "revoked":
        Endpoint.objects.filter(resident_id=person.pk).update(revoked=True)
    else:  # over the county's border nothing is kept but that it is shared, and it goes on when they come back
        assert share(caller, hours=None, location=[100.0, 30.0]).status_code == 200
        assert LastPlace.objects.get().place is None
    assert previewed(HERE)["residents"] == 5
    if ending == "outside":
        share(caller, hours=None)
        assert previewed(HERE)["residents"] == 6


def test_the_newest_of_several_phones_says_where_somebody_is() -> None:
    person, caller = driver()
    second = phone(str(person.pk), person.no)
    share(caller, GROUP)
    share(second, FAR)
    assert previewed(HERE)["residents"] == 5
    share(caller, GROUP)
    assert previewed(HERE)["residents"] == 6


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"accuracy_m": 301}, "place.inaccurate"), ({"accuracy_m": -1}, "request.invalid"), ({"hours": 0}, "request.invalid"),
        ({"hours": 13}, "request.invalid"), ({"location": [111.0]}, "request.invalid"), ({"location": ["a", 27]}, "request.invalid"),
        ({"location": None}, "request.invalid"), ({"resident": "x"}, "request.invalid"), ({"hours": None}, "place.over"),
    ],
)  # fmt: skip
def test_a_bad_place_changes_nothing(changes: dict[str, Any], code: str) -> None:
    _, caller = driver()
    answer = caller.call("POST", "/api/place", {"location": list(world.centre(GROUP)), "accuracy_m": 5, "hours": 1} | changes)
    assert (answer.status_code in (409, 422), answer.json()["code"]) == (True, code)
    assert not LastPlace.objects.exists()


def test_staff_read_no_shared_place_in_the_database() -> None:
    share(driver()[1])
    with staff_side([(0, 1000)]):
        assert not LastPlace.objects.exists()
    assert LastPlace.objects.exists()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    area=st.one_of(RECTANGLE, PICKED),
    spots=st.lists(st.tuples(st.integers(0, 39), st.floats(111.0, 111.04), st.floats(27.0, 27.02)), max_size=12, unique_by=lambda row: row[0]),
)
def test_home_and_place_together_are_exactly_what_brute_force_finds(db: None, area: dict[str, Any], spots: list[tuple[int, float, float]]) -> None:
    LastPlace.objects.all().delete()
    everybody = list(Resident.objects.select_related("group").order_by("pk"))
    shared = {}
    for number, lon, lat in spots:
        person = everybody[number]
        endpoint, _ = Endpoint.objects.get_or_create(resident_id=person.pk, defaults={"token_hash": str(person.pk), "no": person.no})
        fix = places.PlaceIn(location=[lon, lat], accuracy_m=1, hours=1)
        kept = places.share_place(fix, endpoint=endpoint)
        shared[person.pk] = kept
    try:
        place = resolve(SelectionIn(area=area, basis="last_place"), None)
    except Invalid as error:
        hypothesis.assume(error.code != "broadcast.county_refused" and error.where.get("fault") != "outside")
        raise
    expected = set()
    for person in everybody:
        if area["type"] == "grids":
            inside = person.group.code in area["codes"]
        else:
            drawn, spot = shapely.geometry.shape(area), place_of(person)
            number = GROUPS.index(person.group.code)
            home = shapely.box(111 + number // 2 * 0.01, 27 + number % 2 * 0.01, 111.01 + number // 2 * 0.01, 27.01 + number % 2 * 0.01)
            inside = shapely.covers(drawn, spot) if spot is not None else shapely.intersects(drawn, home)
        kept = shared.get(person.pk)
        if kept is not None and kept.place is not None:
            if area["type"] == "grids":
                inside = inside or place.index.named(kept.no)[0] in area["codes"]
            else:
                inside = inside or shapely.covers(shapely.geometry.shape(area), shapely.Point(kept.place.x, kept.place.y))
        if inside:
            expected.add(person.pk)
    assert members(place) == expected
    counted = audience.preview(place)
    assert (counted.residents, sum(row.residents for row in counted.by_grid)) == (len(expected), len(expected))


def test_who_drove_on_is_not_followed_and_who_was_looked_for_is_written_down() -> None:
    person, caller = driver()
    broadcast = in_force(selection=DRAWN)
    share(caller, GROUP)
    sending.reconcile(broadcast.pk)

    def passing() -> list[dict[str, Any]]:
        return [row for row in signed_in("officer").get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"] if row["passing"]]

    assert [row["location"] for row in passing() + passing()] == 2 * [list(world.centre(GROUP))]
    assert Entry.objects.filter(action="people.knocks", subject=person.pk).count() == 1  # their own record says who looked
    share(caller, FAR)
    assert [row["location"] for row in passing()] == [None]
    Broadcast.objects.filter(pk=broadcast.pk).update(state="cancelled", ended_at=timezone.now())
    assert passing() == []  # over: nobody has to go to them


def test_a_look_at_a_list_is_about_ones_own_grids_and_none_between_them() -> None:
    broadcast = in_force(selection=DRAWN)
    head = User.objects.get(username="officer").officer
    Assignment.objects.filter(officer=head).delete()
    for code in (GROUP, FAR):
        Assignment.objects.create(officer=head, grid=Grid.objects.current().get(code=code), duty="primary", period=world.SINCE)
    assert signed_in("officer").get(f"/api/broadcasts/{broadcast.pk}/not-seen").status_code == 200
    found = Entry.objects.filter(action="people.knocks", subject=broadcast.pk).values_list("start", "end")
    assert sorted(end - start for start, end in found) == [1, 1]
