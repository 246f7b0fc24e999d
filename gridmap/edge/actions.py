"""What a resident's phone may write: receipts and signs of life."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from gridmap.broadcasts import ledger
from gridmap.broadcasts.models import Broadcast, Delivery, MessageType, Stage
from gridmap.dispatches.contract import settle
from gridmap.edge.models import Endpoint, Hearing
from gridmap.edge.reads import behalf_of, heard_for
from gridmap.edge.schemas import ReceiptIn, ReceiptOut
from gridmap.errors import Conflict, Invalid, Missing
from gridmap.realtime.log import ring_clock
from gridmap.tokens import hashed

BEAT_SECONDS = 20
MOST_SOCKETS = 5  # of one phone
ANSWERS = {"moving", "safe", "need_help"}


@transaction.atomic
def receive_receipt(receipt: ReceiptIn, *, endpoint: Endpoint) -> ReceiptOut:
    """Take one receipt; committed before the answer, so the phone may forget it then.

    Raises:
        Missing: the broadcast was not sent to this resident.
        Invalid: an answer of an evacuation to another kind of broadcast.
        Conflict: an answer to a broadcast that is over, other than a call for help or that one is safe; or one older than a call for help.
    """
    everybody = [endpoint.resident_id, *(other for _, other in heard_for([endpoint.resident_id]))]
    found = {row.resident_id: row for row in Delivery.objects.filter(broadcast_id=receipt.broadcast, resident_id__in=everybody)}
    delivery = found.get(endpoint.resident_id) or next(iter(found.values()), None)
    broadcast = Broadcast.with_trials.filter(pk=receipt.broadcast).first() if delivery else None
    if delivery is None or broadcast is None:
        raise Missing("broadcast.not_a_recipient")
    if receipt.stage in ANSWERS:
        if endpoint.resident_id not in found:  # where somebody is, they say themselves, or their officer does
            raise Invalid("broadcast.not_yours_to_say", field="stage")
        if broadcast.kind != "danger_notice" or broadcast.message_type == MessageType.CANCEL:
            raise Invalid("broadcast.stage_wrong", field="stage")
        broadcast = ledger.standing(broadcast, endpoint.resident_id, afterwards=receipt.stage in ("need_help", "safe"))
        if receipt.stage != "need_help" and receipt.at and ledger.needed_since(broadcast, endpoint.resident_id, receipt.at):
            raise Conflict("receipt.called_since", field="at")
    # What was pressed on the version before says where they are, and not that the phone has shown the one that follows it.
    shown = ledger.Word(receipt.broadcast, endpoint.resident_id, stage="acknowledged", pressed_at=receipt.at, behalf=receipt.behalf)
    word = ledger.Word(broadcast.pk, endpoint.resident_id, stage=receipt.stage, pressed_at=receipt.at, behalf=receipt.behalf, shown=broadcast.pk == receipt.broadcast)
    take_receipts([word] if word.shown else [shown, word])
    delivery = Delivery.objects.get(broadcast_id=broadcast.pk, resident_id=delivery.resident_id)
    return ReceiptOut(broadcast=broadcast.pk, stage=Stage(delivery.stage).word, answer=delivery.answer)


@transaction.atomic
def revoke_device(id: UUID, *, endpoint: Endpoint) -> None:
    """Take a phone out: its sockets close, it is told nothing more, and the clock counts it out of the register, also one that
    was counted out already as silent: its owner still stood there as joined.

    Raises:
        Missing: it is no phone of this resident.
    """
    mine = Endpoint.objects.filter(pk=id, resident_id=endpoint.resident_id, revoked=False)
    if not mine.update(revoked=True, online_until=None, counted=True):
        raise Missing("request.missing")
    ring_clock()


@transaction.atomic
def pause_device(*, paused: bool, endpoint: Endpoint) -> None:
    """Have a phone hear nothing but danger notices, until the resident says otherwise; its socket closes and comes back."""
    Endpoint.objects.filter(pk=endpoint.pk).update(paused=paused)


@transaction.atomic
def retire_device(token: str) -> None:
    """Take out what a browser was before it becomes another phone: nobody may count as connected by a token that is gone."""
    if token and Endpoint.objects.filter(token_hash=hashed(token), revoked=False).update(revoked=True, online_until=None, counted=True):
        ring_clock()


@transaction.atomic
def take_receipts(words: Sequence[ledger.Word]) -> None:
    """Take a batch of receipts from phones; who hears for somebody has seen it for them once their page named them all, but says
    nothing of where they are. Who began to hear after their page had the message has not been told whom else it is for."""
    behind = _behind(words)
    seen = [
        ledger.Word(word.broadcast, other, stage="displayed" if word.stage == "displayed" else "acknowledged", pressed_at=word.pressed_at)
        for word in words
        if word.shown and word.behalf
        for others in [behind.get((word.broadcast, word.resident), {})]
        if word.behalf == behalf_of(others)
        for other in others.values()
    ]
    for id, numbers in sorted(ledger.receive([*words, *seen], source="resident").items()):
        ledger.tell(id, numbers)


def _behind(words: Sequence[ledger.Word]) -> dict[tuple[UUID, UUID], dict[UUID, UUID]]:
    """Give for each broadcast and resident for whom of its recipients they hear, by the hearing's id."""
    residents = {word.resident for word in words if word.behalf}
    hearings = Hearing.objects.filter(resident_id__in=residents, active=True).values_list("heard_for", "resident_id", "pk") if residents else []
    by_other: dict[UUID, list[tuple[UUID, UUID]]] = {}
    for other, resident, id in hearings:
        by_other.setdefault(other, []).append((resident, id))
    theirs = Delivery.objects.filter(broadcast_id__in={word.broadcast for word in words if word.behalf}, resident_id__in=list(by_other))
    behind: dict[tuple[UUID, UUID], dict[UUID, UUID]] = {}
    for broadcast, other in theirs.values_list("broadcast_id", "resident_id"):
        for resident, id in by_other[other]:
            behind.setdefault((broadcast, resident), {})[id] = other
    return behind


@transaction.atomic
def note_pushed(id: UUID, residents: Iterable[str]) -> None:
    """Note that a broadcast was sent to the sockets of these residents, ids as text, and with them to whom they hear for."""
    sent = list(residents)
    settle("socket", "sent", id, [*sent, *(str(other) for _, other in heard_for(sent))])


@transaction.atomic
def answer_hearing(id: UUID, *, agreed: bool, endpoint: Endpoint) -> None:
    """Say whether one hears for somebody; the register's side follows within seconds.

    Raises:
        Missing: nobody asked this resident.
    """
    mine = Hearing.objects.filter(pk=id, resident_id=endpoint.resident_id).exclude(agreed=False)
    if not mine.update(agreed=agreed, counted=False, **({} if agreed else {"active": False})):
        raise Missing("request.missing")
    ring_clock()


def beat(endpoints: Sequence[UUID]) -> None:
    """Note that these phones have a socket open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE edge_endpoint SET seen_at = now(), online_until = now() + make_interval(secs => %s)"
            " WHERE id = ANY(%s::uuid[])",
            [2 * BEAT_SECONDS, list(endpoints)],
        )


def note_calls(endpoints: Sequence[UUID]) -> None:
    """Note that these phones called, once an hour each: who has no socket, or looks for a few seconds, is connected too."""
    long_ago = timezone.now() - timedelta(hours=1)
    Endpoint.objects.filter(pk__in=endpoints, seen_at__lt=long_ago).update(seen_at=Now())


def leave(endpoints: Sequence[UUID]) -> None:
    """Note that these phones closed their socket."""
    Endpoint.objects.filter(pk__in=endpoints).update(online_until=None)
