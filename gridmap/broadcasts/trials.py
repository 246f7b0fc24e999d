"""Trials (先发给我自己): a message is looked at on the desk's own phones, by the way that residents will get it."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from gridmap.access import Scope, require, scope_of
from gridmap.audit import log as audit
from gridmap.broadcasts.actions import written
from gridmap.broadcasts.models import Broadcast, Delivery, Receipt, State
from gridmap.broadcasts.schemas import BroadcastIn
from gridmap.edge.models import Endpoint, TrialPhone
from gridmap.edge.trials import NOWHERE, endpoint_for
from gridmap.errors import Conflict, Missing
from gridmap.grids.ranges import Ranges, runs, whole
from gridmap.people.models import User
from gridmap.realtime.events import BroadcastTried
from gridmap.realtime.log import publish
from gridmap.tokens import hashed

LOOKED_AT = timedelta(minutes=10)  # then it is over on the phones
KEPT = timedelta(days=1)


@transaction.atomic
def add_phone(*, actor: Scope) -> str:
    """Make room for one more phone of the actor's; gives the token for its QR code."""
    require(actor, "broadcasts.draft")
    claim = secrets.token_urlsafe(24)
    phone = TrialPhone.objects.create(owner=actor.user.pk, owner_name=actor.user.name, claim_hash=hashed(claim))
    endpoint_for(phone, claim).save(force_insert=True)
    audit.record("trial.phone_added", actor=actor.user, subject=phone.pk)
    return claim


@transaction.atomic
def drop_phone(id: UUID, *, actor: Scope) -> None:
    """Take one of the actor's phones out.

    Raises:
        Missing: it is none of theirs.
    """
    require(actor, "broadcasts.draft")
    if not TrialPhone.objects.filter(pk=id, owner=actor.user.pk).delete()[0]:
        raise Missing("request.missing")
    Endpoint.objects.filter(resident_id=id).update(revoked=True, online_until=None)
    audit.record("trial.phone_dropped", actor=actor.user, subject=id)


def _looking_on(place: Ranges) -> list[UUID]:
    """Give who at the desk may look at a message for these groups: all of them have to be theirs."""
    owners = User.objects.filter(pk__in=TrialPhone.objects.values("owner"), is_active=True)
    return [user.pk for user in owners if (theirs := scope_of(user)).may("broadcasts.draft") and theirs.holds_all(place)]


@transaction.atomic
def try_broadcast(form: BroadcastIn, *, everybody: bool, actor: Scope) -> int:
    """Show a message to the actor's own phones, or to those of everybody at the desk whose grids its area lies in; it is marked as a
    trial and soon over.

    Returns:
        How many phones it went to.

    Raises:
        Invalid, Missing: the message or its area is wrong, as in a draft.
        Conflict: there is no such phone.
    """
    broadcast = written(form, actor)
    owners = _looking_on(runs(broadcast.touched)) if everybody else [actor.user.pk]
    ids = list(TrialPhone.objects.filter(owner__in=owners).exclude(claimed_at=None).values_list("pk", flat=True))
    if not ids:
        raise Conflict("trial.no_phone")
    now = timezone.now()
    broadcast.trial, broadcast.state, broadcast.started_at, broadcast.completed_at = True, State.IN_FORCE, now, now
    broadcast.expires = min(broadcast.expires, now + LOOKED_AT)
    broadcast.save(force_insert=True)
    Delivery.objects.bulk_create(Delivery(broadcast_id=broadcast.pk, resident_id=id, no=NOWHERE) for id in ids)
    audit.record("broadcast.tried", actor=actor.user, subject=broadcast.pk, about=whole(runs(broadcast.touched)), phones=len(ids))
    publish(BroadcastTried(id=str(broadcast.pk)), ranges=runs(broadcast.touched), topics=("edge",))
    return len(ids)


def forget() -> int:
    """Drop trials that are over for a day, and codes that nobody scanned.

    Returns:
        How many.
    """
    over = list(Broadcast.with_trials.filter(trial=True, expires__lt=Now() - KEPT).values_list("pk", flat=True))
    for rows in (Delivery, Receipt):
        rows.objects.filter(broadcast_id__in=over).delete()
    unscanned = TrialPhone.objects.filter(claimed_at=None, made_at__lt=Now() - KEPT)
    Endpoint.objects.filter(resident_id__in=unscanned.values("pk")).delete()
    return Broadcast.with_trials.filter(pk__in=over).delete()[0] + unscanned.delete()[0]
