"""A contact person hears for somebody without a phone: with both their words, told so on their own phone, and counted so."""

from __future__ import annotations

from typing import Any

import pytest

from gridmap.broadcasts.models import Delivery
from gridmap.edge.models import Hearing
from gridmap.edge.reads import in_force_for, recipients
from gridmap.people import coverage
from gridmap.people.models import GroupCount, Resident
from gridmap.register.contacts import follow_hearing
from gridmap.register.models import Contact
from tests.broadcasts.steps import GROUP, in_force
from tests.clients import Caller, phone, signed_in

pytestmark = pytest.mark.django_db
OTHER = "430524001002001"


@pytest.fixture
def officer(db: None) -> Caller:
    return signed_in("officer")


@pytest.fixture
def silent(db: None) -> Resident:
    """Somebody without a phone in 甲村 whose household nobody reaches."""
    person = Resident.objects.select_related("household").filter(group__code=GROUP, connected=False).order_by("birth_year")[0]
    Resident.objects.filter(household=person.household_id).update(connected=False, joined=False)
    return person


@pytest.fixture
def hearer(db: None) -> Resident:
    """A connected resident of another village."""
    return Resident.objects.filter(group__code=OTHER, connected=True).order_by("id")[0]


def propose(officer: Caller, silent: Resident, hearer: Resident, **agreed: bool) -> Any:
    return officer.call("POST", f"/api/residents/{silent.pk}/contacts", {"contact": str(hearer.pk), "relation": "neighbour", **agreed})


def reached(person: Resident) -> int:
    return GroupCount.objects.get(no=person.no).households_connected


def test_both_have_to_agree_before_anything_goes_to_the_contact(officer: Caller, silent: Resident, hearer: Resident) -> None:
    broadcast, before = in_force(), reached(silent)
    id = propose(officer, silent, hearer).json()["id"]
    assert recipients(broadcast.pk, [str(hearer.pk)]) == (set(), set())
    officer.call("POST", f"/api/contacts/{id}/agree", {"who": "resident"})
    assert recipients(broadcast.pk, [str(hearer.pk)]) == (set(), set())
    officer.call("POST", f"/api/contacts/{id}/agree", {"who": "contact"})
    assert recipients(broadcast.pk, [str(hearer.pk)]) == ({str(hearer.pk)}, set())
    assert [(row.pk, inside) for row, inside in in_force_for(hearer.pk)] == [(broadcast.pk, True)]
    assert reached(silent) == before + 1
    assert coverage.drift() == []


def test_the_contact_is_asked_on_their_own_phone_and_told_for_whom(officer: Caller, silent: Resident, hearer: Resident) -> None:
    mine, broadcast = phone(str(hearer.pk), hearer.no), in_force()
    id = propose(officer, silent, hearer, resident_agreed=True).json()["id"]
    asked = mine.call("GET", "/api/inbox").json()
    assert [(row["id"], row["active"], row["shown_as"][-1]) for row in asked["hearings"]] == [(id, False, "*")]
    assert asked["items"] == []
    assert mine.call("POST", f"/api/hearings/{id}", {"agreed": True}).status_code == 204
    assert follow_hearing()
    told = mine.call("GET", "/api/inbox").json()
    assert [(row["id"], row["own"], row["on_behalf"]) for row in told["items"]] == [(str(broadcast.pk), False, [asked["hearings"][0]["shown_as"]])]


def test_what_the_contact_has_seen_is_seen_for_the_resident_but_nothing_is_said_of_where_they_are(officer: Caller, silent: Resident, hearer: Resident) -> None:
    mine, broadcast = phone(str(hearer.pk), hearer.no), in_force()
    propose(officer, silent, hearer, resident_agreed=True, contact_agreed=True)
    answer = mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "safe"})
    assert (answer.status_code, answer.json()["code"]) == (422, "broadcast.not_yours_to_say")
    mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "acknowledged"})  # of a page that did not say yet for whom it is
    assert Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=silent.pk).stage == 0
    mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "acknowledged", "behalf": mine.call("GET", "/api/inbox").json()["items"][0]["behalf"]})
    delivery = Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=silent.pk)
    assert (delivery.stage, delivery.accounted, delivery.answer) == (3, False, None)
    listed = officer.get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]
    assert str(silent.pk) in [row["resident"] for row in listed]  # heard of is not safe: the officer still knocks


def test_who_hears_for_somebody_else_now_has_not_seen_it_for_them(officer: Caller, silent: Resident, hearer: Resident) -> None:
    mine, broadcast = phone(str(hearer.pk), hearer.no), in_force()
    other = Resident.objects.filter(group__code=GROUP, connected=False).exclude(pk=silent.pk)[0]
    first = propose(officer, silent, hearer, resident_agreed=True, contact_agreed=True).json()["id"]
    behalf = mine.call("GET", "/api/inbox").json()["items"][0]["behalf"]
    officer.call("DELETE", f"/api/contacts/{first}")
    assert propose(officer, other, hearer, resident_agreed=True, contact_agreed=True).status_code == 201
    mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "acknowledged", "behalf": behalf})  # as many, and another
    assert Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=other.pk).stage == 0


def test_the_knock_list_says_whom_to_call_before_anybody_walks_there(officer: Caller, silent: Resident, hearer: Resident) -> None:
    broadcast = in_force()
    id = propose(officer, silent, hearer, resident_agreed=True).json()["id"]

    def called() -> list[str]:
        doors = officer.get(f"/api/broadcasts/{broadcast.pk}/not-seen").json()["items"]
        return [one["phone"] for door in doors if door["resident"] == str(silent.pk) for one in door["heard_by"]]

    assert called() == []
    officer.call("POST", f"/api/contacts/{id}/agree", {"who": "contact"})
    assert [len(number) for number in called()] == [11]
    assert all("****" in number for number in called())


def test_the_contacts_own_safe_is_only_their_own(officer: Caller, silent: Resident) -> None:
    neighbour = Resident.objects.filter(group__code=GROUP, connected=True).order_by("id").first() or Resident.objects.filter(group__code=GROUP).exclude(household=silent.household_id)[0]
    broadcast, mine = in_force(), phone(str(neighbour.pk), neighbour.no)
    propose(officer, silent, neighbour, resident_agreed=True, contact_agreed=True)
    assert mine.call("POST", "/api/receipts", {"broadcast": str(broadcast.pk), "stage": "safe"}).status_code == 200
    states = dict(Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id__in=[silent.pk, neighbour.pk]).values_list("resident_id", "accounted"))
    assert states == {silent.pk: False, neighbour.pk: True}


def test_either_can_end_it(officer: Caller, silent: Resident, hearer: Resident) -> None:
    mine, broadcast, before = phone(str(hearer.pk), hearer.no), in_force(), reached(silent)
    id = propose(officer, silent, hearer, resident_agreed=True, contact_agreed=True).json()["id"]
    assert mine.call("POST", f"/api/hearings/{id}", {"agreed": False}).status_code == 204
    assert recipients(broadcast.pk, [str(hearer.pk)]) == (set(), set())  # at once, before the register knows
    follow_hearing()
    assert (Contact.objects.count(), Hearing.objects.count(), reached(silent)) == (0, 0, before)
    again = propose(officer, silent, hearer, resident_agreed=True, contact_agreed=True).json()["id"]
    assert officer.call("DELETE", f"/api/contacts/{again}").status_code == 204
    assert (Contact.objects.count(), Hearing.objects.count(), reached(silent)) == (0, 0, before)
    assert coverage.drift() == []


def test_a_contact_who_is_no_longer_connected_covers_nobody(officer: Caller, silent: Resident, hearer: Resident) -> None:
    before = reached(silent)
    propose(officer, silent, hearer, resident_agreed=True, contact_agreed=True)
    assert reached(silent) == before + 1
    Resident.objects.filter(pk=hearer.pk).update(connected=False)
    assert reached(silent) == before
    Resident.objects.filter(pk=hearer.pk).update(connected=True)
    assert reached(silent) == before + 1
    officer.call("POST", f"/api/residents/{hearer.pk}/leave", {"how": "left"})
    assert (reached(silent), Hearing.objects.count()) == (before, 0)
    assert coverage.drift() == []


def test_who_said_no_on_their_phone_is_not_overruled(officer: Caller, silent: Resident, hearer: Resident) -> None:
    mine = phone(str(hearer.pk), hearer.no)
    id = propose(officer, silent, hearer, resident_agreed=True).json()["id"]
    mine.call("POST", f"/api/hearings/{id}", {"agreed": False})
    answer = officer.call("POST", f"/api/contacts/{id}/agree", {"who": "contact"})
    assert (answer.status_code, answer.json()["code"]) == (409, "people.contact_refused")


def test_a_contact_beyond_ones_grids_is_seen_but_not_where_they_live(officer: Caller, silent: Resident, hearer: Resident) -> None:
    id = propose(officer, silent, hearer, resident_agreed=True, contact_agreed=True).json()["id"]
    far = Resident.objects.filter(group__code__startswith="430524002")[0]
    Resident.objects.filter(pk=hearer.pk).update(no=far.no, group=far.group)
    (row,) = officer.get(f"/api/residents/{silent.pk}/contacts").json()["items"]
    assert (row["contact"]["group"], row["contact"]["location"], row["contact"]["birth_year"]) == ("", None, None)
    assert officer.call("DELETE", f"/api/contacts/{id}").status_code == 204


def test_what_cannot_be(officer: Caller, silent: Resident, hearer: Resident) -> None:
    assert propose(officer, silent, silent).json()["code"] == "people.same"
    far = Resident.objects.filter(group__code__startswith="430524002")[0]
    assert propose(officer, silent, far).status_code == 404
    propose(officer, silent, hearer)
    assert propose(officer, silent, hearer).json()["code"] == "people.contact_known"
    stranger = phone(str(far.pk), far.no)
    assert stranger.call("POST", f"/api/hearings/{Contact.objects.get().pk}", {"agreed": True}).status_code == 404
    assert signed_in("far_officer").call("DELETE", f"/api/contacts/{Contact.objects.get().pk}").status_code == 404
