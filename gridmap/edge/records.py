"""What a resident wants of their record: the wish is left here, and the register's side answers here within a second or two."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from gridmap.edge.models import Endpoint, RecordRequest, RecordState, Wish
from gridmap.edge.schemas import CorrectionIn, HomeIn
from gridmap.errors import TooMany
from gridmap.realtime.log import ring_clock
from gridmap.sealing import seal, unseal

MOST_A_DAY = 30
DAY, ANSWER_KEPT, REQUEST_KEPT = timedelta(days=1), timedelta(hours=1), timedelta(days=90)


@transaction.atomic
def ask_record(*, about: UUID | None, endpoint: Endpoint) -> RecordRequest:
    """Ask for what is kept about oneself, or about a child of one's household.

    Raises:
        TooMany: too many wishes today.
    """
    return _leave(Wish.READ, about, endpoint)


@transaction.atomic
def ask_correction(wanted: CorrectionIn, *, endpoint: Endpoint) -> RecordRequest:
    """Ask to have a field corrected; the officer who knows the family decides.

    Raises:
        TooMany: too many wishes today.
    """
    return _leave(Wish.CORRECT, wanted.about, endpoint, field=wanted.field, value=wanted.value)


@transaction.atomic
def say_presence(said: HomeIn, *, endpoint: Endpoint) -> RecordRequest:
    """Say whether one is at home, for oneself or one's household.

    Raises:
        TooMany: too many wishes today.
    """
    return _leave(Wish.PRESENCE, None, endpoint, field="household" if said.household else "", value=said.presence)


@transaction.atomic
def ask_erasure(*, about: UUID | None, endpoint: Endpoint) -> RecordRequest:
    """Ask to be erased: done at once; a head without a name is still counted, so that an evacuation still knocks.

    Raises:
        TooMany: too many wishes today.
    """
    return _leave(Wish.ERASE, about, endpoint)


def latest(endpoint: Endpoint) -> RecordRequest | None:
    """Give the last wish to read."""
    return RecordRequest.objects.filter(resident_id=endpoint.resident_id, wish=Wish.READ).order_by("-at").first()


def answer_of(request: RecordRequest) -> dict[str, Any] | None:
    """Open an answer, None while there is none."""
    if request.answer_sealed is None:
        return None
    answer: dict[str, Any] = json.loads(unseal(request.answer_sealed, f"edge_record.answer.{request.pk}"))
    return answer


def forget() -> int:
    """Drop answers after an hour, and the wishes themselves after three months; run by the clock.

    Returns:
        How many answers and wishes.
    """
    now = timezone.now()
    answers = RecordRequest.objects.filter(answered_at__lt=now - ANSWER_KEPT).exclude(answer_sealed=None).update(answer_sealed=None)
    return answers + RecordRequest.objects.filter(at__lt=now - REQUEST_KEPT).delete()[0]


def _leave(wish: Wish, about: UUID | None, endpoint: Endpoint, *, field: str = "", value: str = "") -> RecordRequest:
    mine = RecordRequest.objects.filter(resident_id=endpoint.resident_id, at__gt=timezone.now() - DAY)
    if mine.count() >= MOST_A_DAY:
        raise TooMany("record.too_many")
    if wish == Wish.READ:  # the page asks again when it is opened again: one wait is enough
        mine.filter(wish=Wish.READ, state=RecordState.WAITING).update(state=RecordState.REFUSED)
    id = uuid4()
    request = RecordRequest(
        pk=id, resident_id=endpoint.resident_id, about=about or endpoint.resident_id, no=endpoint.no, wish=wish, field=field,
        value_sealed=seal(value, f"edge_record.value.{id}") if value else None,
    )  # fmt: skip
    request.save(force_insert=True)
    ring_clock()
    return request
