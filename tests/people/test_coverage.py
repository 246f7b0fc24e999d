"""Coverage is kept in step by the database, whoever writes; the bytes on the wire obey the reader's area."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.grids.models import Grid
from gridmap.people import coverage
from gridmap.people.models import Assignment, Household, Resident
from tests import world
from tests.clients import signed_in

pytestmark = pytest.mark.django_db
CHANGES = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "move", "connect", "away"]), st.integers(0, 39), st.integers(0, 7)), max_size=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_counters_never_drift_from_the_register(db: None, changes: list[tuple[str, int, int]]) -> None:
    groups = list(Grid.objects.current().groups().order_by("no"))
    for verb, who, where in changes:
        everyone = list(Resident.objects.order_by("id"))
        person, group = everyone[who % len(everyone)], groups[where]
        if verb == "add":
            home = Household.objects.create(group=group)
            Resident.objects.create(household=home, group=group, no=group.no, name_sealed=b"x")
        elif verb == "remove" and len(everyone) > 1:
            person.delete()
        elif verb == "move":
            Resident.objects.filter(household=person.household).update(group=group, no=group.no)
        elif verb == "connect":
            Resident.objects.filter(pk=person.pk).update(connected=not person.connected)
        else:
            Resident.objects.filter(no=group.no).update(presence="away")
        assert coverage.drift() == []


def test_a_recount_agrees_with_the_counters() -> None:
    before = coverage.rows([(0, 10_000)])
    coverage.recount()
    assert coverage.rows([(0, 10_000)]) == before


def test_coverage_of_a_township_lists_its_villages_and_adds_up() -> None:
    said = signed_in("officer").get(f"/api/coverage/{world.TOWNSHIP_A}").json()
    assert (said["registered"], said["connected"], said["away"], said["households"]) == (20, 8, 4, 8)
    assert [row["name"] for row in said["children"]] == ["甲村", "乙村"]
    assert sum(row["registered"] for row in said["children"]) == 20


def values(username: str, level: str = "group") -> bytes:
    answer = signed_in(username).get(f"/api/coverage/values?level={level}")
    assert answer["X-Version"] == "1"
    return bytes(answer.content)


def test_live_values_are_one_byte_a_grid_in_half_percents() -> None:
    everywhere = values("planner")
    groups = dict(Grid.objects.current().groups().values_list("no", "code"))
    assert {everywhere[no] for no in groups} == {80}  # 2 of 5 connected
    assert {everywhere[no] for no in range(len(everywhere)) if no not in groups} == {coverage.NO_DATA}
    assert values("planner", "county")[0] == 80


def test_live_values_outside_ones_area_are_no_data() -> None:
    mine = values("officer")
    theirs = {grid.no for grid in Grid.objects.current().groups() if grid.path[1] != world.TOWNSHIP_A}
    assert all(mine[no] == coverage.NO_DATA for no in theirs)
    assert values("officer", "county")[0] == coverage.NO_DATA


def test_live_values_cost_the_same_few_queries_whatever_the_register(django_assert_max_num_queries: Any) -> None:
    caller = signed_in("planner")
    with django_assert_max_num_queries(12):
        caller.get("/api/coverage/values?level=group")


def test_a_grid_with_nobody_is_uncovered_from_the_day_its_assignment_ends() -> None:
    codes = dict(Grid.objects.current().groups().values_list("no", "code"))
    assert {codes[no][:12] for no in coverage.uncovered()} == {"430524002002"}
    Assignment.objects.filter(officer__name="村警", grid__code="430524001001").update(period=(world.SINCE[0], world.SINCE[0].replace(month=2)))
    assert {codes[no][:12] for no in coverage.uncovered()} == {"430524001001", "430524002002"}


def test_the_missed_list_is_masked_and_only_for_who_answers_for_them() -> None:
    said = signed_in("officer").get(f"/api/coverage/{world.TOWNSHIP_A}/missed").json()
    assert said["total"] == 12
    assert all("*" in row["name"] and "****" in row["phone"] and not row["connected"] for row in said["items"])
    assert signed_in("far_officer").get(f"/api/coverage/{world.TOWNSHIP_A}/missed").status_code == 404
    assert signed_in("planner").get(f"/api/coverage/{world.TOWNSHIP_A}/missed").status_code == 403


@pytest.mark.parametrize("page", [-1, 0, 10**9, "x"])
def test_a_page_that_cannot_be_is_refused(page: Any) -> None:
    answer = signed_in("officer").get(f"/api/coverage/{world.TOWNSHIP_A}/missed?page={page}")
    assert answer.status_code == 422
    assert answer.json()["where"]["field"] == "page"
