"""Connected follows the signs of life of a resident's phones: thirty silent days end it, one sign begins it again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gridmap.edge.actions import revoke_device
from gridmap.edge.models import Endpoint
from gridmap.people import coverage
from gridmap.people.connections import follow_connections
from gridmap.people.models import Resident
from gridmap.realtime.models import Event

pytestmark = pytest.mark.django_db


def test_a_phone_silent_for_thirty_days_is_counted_out_and_told() -> None:
    person = Resident.objects.filter(connected=True).first()
    assert person is not None
    Endpoint.objects.filter(resident_id=person.pk).update(seen_at=timezone.now() - timedelta(days=31))
    assert follow_connections() == 1
    person.refresh_from_db()
    assert (person.connected, person.joined) == (False, True)
    told = Event.objects.order_by("-seq")[0]
    assert told.type == "coverage.changed"
    assert told.data["by_no"][str(person.no)] == coverage.rows([(person.no, person.no + 1)])[person.no]


def test_a_second_living_phone_keeps_a_resident_connected() -> None:
    person = Resident.objects.filter(connected=True).first()
    assert person is not None
    Endpoint.objects.filter(resident_id=person.pk).update(seen_at=timezone.now() - timedelta(days=31))
    Endpoint.objects.create(token_hash="b" * 64, resident_id=person.pk, no=person.no)
    follow_connections()
    person.refresh_from_db()
    assert person.connected


def test_a_sign_of_life_counts_a_resident_in_again() -> None:
    person = Resident.objects.filter(connected=True).first()
    assert person is not None
    phone = Endpoint.objects.filter(resident_id=person.pk)
    phone.update(seen_at=timezone.now() - timedelta(days=31))
    follow_connections()
    phone.update(seen_at=timezone.now())
    assert follow_connections() == 1
    person.refresh_from_db()
    assert person.connected
    assert follow_connections() == 0


def test_a_revoked_phone_never_counts_again_whatever_it_says() -> None:
    person = Resident.objects.filter(connected=True).first()
    assert person is not None
    phone = Endpoint.objects.filter(resident_id=person.pk)
    phone.update(seen_at=timezone.now() - timedelta(days=31))
    follow_connections()
    phone.update(seen_at=timezone.now(), revoked=True)
    follow_connections()
    person.refresh_from_db()
    assert not person.connected
    assert not phone.get().counted


def test_who_takes_their_only_phone_out_after_a_silent_month_has_none_any_more() -> None:
    person = Resident.objects.filter(connected=True).first()
    assert person is not None
    phone = Endpoint.objects.filter(resident_id=person.pk)
    phone.update(seen_at=timezone.now() - timedelta(days=31))
    follow_connections()
    person.refresh_from_db()
    assert (person.connected, person.joined) == (False, True)
    revoke_device(phone.get().pk, endpoint=phone.get())
    follow_connections()
    person.refresh_from_db()
    assert (person.connected, person.joined) == (False, False)
