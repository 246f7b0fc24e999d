"""Sending: takes what waits, puts phone and text together, hands it to the channel, notes what was said."""

from collections.abc import Sequence
from datetime import timedelta
from http.client import HTTPException
from random import uniform
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least, Now

from gridmap.broadcasts.models import LIVE, Broadcast, Delivery
from gridmap.broadcasts.quiet import waits_for_morning
from gridmap.dispatches.contract import Answer, Channel, Outgoing
from gridmap.dispatches.models import STUCK_AFTER, Dispatch, State
from gridmap.dispatches.sms import parts_of, text_of
from gridmap.edge.models import Hearing
from gridmap.people.models import Resident
from gridmap.sealing import unseal

AT_ONCE = 100
LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
LOOK_AGAIN = timedelta(minutes=10)
OUTAGE_PAUSE = 60.0  # at most, where the gateway itself is away


def send_batch(channel: Channel) -> int:
    """Send what is due, up to a hundred; a crash before the answer is noted repeats it under the same ids.

    Returns:
        How many were taken.
    """
    rows = _taken(channel.name)
    if not rows:
        return 0
    outgoing = _put_together(rows)
    away = False
    try:
        answers = channel.send(outgoing) if outgoing else []
    except (OSError, ValueError, HTTPException) as error:
        answers, away = [Answer(row.id, refused=type(error).__name__, again=True) for row in outgoing], True
    _note(answers, {row.id: row for row in outgoing}, away=away)
    return len(rows)


@transaction.atomic
def _taken(channel: str) -> list[Dispatch]:
    rows = list(Dispatch.objects.due().filter(channel=channel).select_for_update(skip_locked=True)[:AT_ONCE])
    Dispatch.objects.filter(pk__in=[row.pk for row in rows]).update(next_at=Now() + LEASE, attempts=F("attempts") + 1)
    return rows


def _put_together(rows: Sequence[Dispatch]) -> list[Outgoing]:
    """Give what is still to be said: nothing of a broadcast that is over by now, and nothing to who was erased meanwhile or hears no longer."""
    live = {row.pk: row for row in Broadcast.objects.filter(pk__in={row.broadcast_id for row in rows}, state__in=LIVE, expires__gt=Now())}
    people = Resident.objects.in_bulk([row.hearer_id or row.resident_id for row in rows])
    heard = Hearing.objects.filter(heard_for__in=[row.resident_id for row in rows if row.hearer_id], active=True)
    names = {(whom, by): name for whom, by, name in heard.values_list("heard_for", "resident_id", "shown_as")}
    pairs = {(row.broadcast_id, row.resident_id) for row in rows}
    beyond = {
        (broadcast, resident): beyond
        for broadcast, resident, beyond in Delivery.objects.filter(
            broadcast_id__in={pair[0] for pair in pairs}, resident_id__in={pair[1] for pair in pairs}
        ).values_list("broadcast_id", "resident_id", "beyond")
    }  # fmt: skip
    asleep = {broadcast.pk for broadcast in live.values() if waits_for_morning(broadcast)}  # queued by day, when the gateway was away
    outgoing, over, unreadable, unheard, early = [], [], [], [], []
    for row in rows:
        person, broadcast = people.get(row.hearer_id or row.resident_id), live.get(row.broadcast_id)
        name = names.get((row.resident_id, row.hearer_id)) if row.hearer_id else ""
        true = beyond.get((row.broadcast_id, row.resident_id)) == row.outside  # else they came back into the area: another tells them so
        if name is None and row.attempts == 0:
            unheard.append(row.pk)  # withdrawn, and nothing went out: whoever else hears for them is written to instead
            continue
        if broadcast is None or person is None or person.phone_sealed is None or not true or name is None:
            over.append(row.pk)
            continue
        if broadcast.pk in asleep:
            early.append(row.pk)
            continue
        try:
            phone = unseal(person.phone_sealed, f"people_resident.phone.{person.pk}")
        except (ValueError, InvalidTag):  # sealed under a key that is lost, or spoiled: it must not hold up ninety-nine others
            unreadable.append(row.pk)
            continue
        outgoing.append(Outgoing(row.pk, phone, text_of(broadcast, inside=not row.outside, behalf=name), broadcast.expires))
    # None of these was handed over: it is no attempt, and whoever got nothing gets no all-clear of it.
    never = {"settled_at": Now(), "attempts": F("attempts") - 1}
    Dispatch.objects.filter(pk__in=unheard).delete()
    Dispatch.objects.filter(pk__in=early).update(next_at=Now() + LOOK_AGAIN, attempts=F("attempts") - 1)
    Dispatch.objects.filter(pk__in=over).update(state=State.OVER, **never)
    Dispatch.objects.filter(pk__in=unreadable).update(state=State.FAILED, refused="phone_unreadable", **never)
    return outgoing


@transaction.atomic
def _note(answers: Sequence[Answer], outgoing: dict[UUID, Outgoing], *, away: bool) -> None:
    """Note what was said; while the gateway is away, as when a storm has cut the line, nothing is given up before its broadcast ends."""
    for answer in answers:
        row = Dispatch.objects.filter(pk=answer.id, state=State.WAITING)
        if answer.provider_id:
            row.update(state=State.SENT, provider_id=answer.provider_id, parts=parts_of(outgoing[answer.id].text), refused="")
        elif answer.again:
            pause = min(OUTAGE_PAUSE if away else LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(MOST_ATTEMPTS, row.values_list("attempts", flat=True).get())) * uniform(0.5, 1.0)
            if not away:
                row.filter(attempts__gte=MOST_ATTEMPTS).update(state=State.FAILED, refused=answer.refused, settled_at=Now())
            tries = Least(F("attempts"), STUCK_AFTER) if away else F("attempts")  # a line that was cut is no refusal, of which there may be a few
            row.update(refused=answer.refused, next_at=Now() + timedelta(seconds=pause), attempts=tries)
        else:
            row.update(state=State.FAILED, refused=answer.refused, settled_at=Now(), attempts=F("attempts") - 1)  # refused is not sent
