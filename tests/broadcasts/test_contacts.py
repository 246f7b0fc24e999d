"""Who has no phone and is told by a contact: counted in every area as brute force counts them, tags and holes included."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.broadcasts import contacts
from gridmap.broadcasts.schemas import SelectionIn
from gridmap.broadcasts.selection import resolve
from gridmap.edge.models import Hearing
from gridmap.errors import Invalid
from gridmap.people.models import Resident
from tests.broadcasts.steps import GROUP, grids
from tests.broadcasts.test_preview import LAT, LON, members
from tests.clients import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard_for(db: None) -> set[Any]:
    """Every third person has nobody's phone but a contact's; some have a phone too, and some contacts have not agreed."""
    found = set()
    for i, person in enumerate(Resident.objects.order_by("group__code", "pk")):  # keys are random: as many in each group at each run
        phone, active = i % 5 == 0, i % 7 != 0
        Resident.objects.filter(pk=person.pk).update(phone_index=str(person.pk).encode() if phone else None)
        if i % 3 == 0:
            for _ in range(1 + i % 2):  # two may hear for one
                Hearing.objects.create(id=uuid4(), resident_id=uuid4(), heard_for=person.pk, shown_as="", active=active)
            found |= set() if phone or not active else {person.pk}
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lon=LON, lat=LAT, radius=st.floats(50, 4000), hole=st.booleans())
def test_a_circle_with_and_without_a_hole(heard_for: set[Any], lon: float, lat: float, radius: float, hole: bool) -> None:
    less = {"exclude": {"type": "circle", "center": [lon, lat], "radius_m": radius / 2}} if hole else {}
    try:
        place = resolve(SelectionIn(area={"type": "circle", "center": [lon, lat], "radius_m": radius}, **less), None)
    except Invalid:  # outside the county, all of it, or nothing left
        return
    told = Resident.objects.filter(pk__in=members(place) & heard_for).values_list("no", flat=True)
    assert contacts.heard(place) == Counter(told)


def test_it_stands_in_the_preview_of_picked_grids(heard_for: set[Any]) -> None:
    said = signed_in("planner").call("POST", "/api/broadcasts/preview", {"selection": grids(GROUP)}).json()
    mine = set(Resident.objects.filter(group__code=GROUP).values_list("pk", flat=True))
    assert said["heard"] == said["by_grid"][0]["heard"] == len(mine & heard_for) > 0
