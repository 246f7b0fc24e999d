"""Dispatches: a broadcast to one resident over another way than the socket."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

STUCK_AFTER = 6  # tries, some two minutes: it is tried on, but somebody should go there meanwhile


class State(models.TextChoices):
    """How far a dispatch has come."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    OVER = "over"


class DispatchQuerySet(models.QuerySet["Dispatch"]):
    """Reads of dispatches."""

    def due(self) -> DispatchQuerySet:
        """Those to be sent now, the gravest first, of these the longest waiting."""
        return self.filter(state=State.WAITING, next_at__lte=Now()).order_by("urgency", "next_at")


class Dispatch(models.Model):
    """One message on its way; it holds no phone and no text, both are put together when it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    broadcast_id = models.UUIDField()
    resident_id = models.UUIDField()
    outside = models.BooleanField(db_default=False, help_text="says that the area does not reach them any more; who comes back into it gets another")
    hearer_id = models.UUIDField(null=True, help_text="whose phone it goes to, when they hear for the resident")
    channel = models.CharField(max_length=10)
    turn = models.PositiveSmallIntegerField(db_default=0, help_text="how many before it did not arrive")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    urgency = models.PositiveSmallIntegerField(db_default=5, help_text="of the broadcast's level: 1 red to 5 none")
    provider_id = models.CharField(max_length=80, blank=True)
    parts = models.PositiveSmallIntegerField(default=0, help_text="as which a long text was charged")
    attempts = models.PositiveSmallIntegerField(default=0)  # after which it may have arrived: what was not handed over, or refused, is none
    refused = models.CharField(max_length=40, blank=True, help_text="the provider's last word against it")
    next_at = models.DateTimeField(db_default=Now(), help_text="a send in progress moves it ahead: who dies meanwhile is followed by another")
    made_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["broadcast_id", "resident_id", "channel", "outside", "turn"], name="dispatch_once")]
        indexes = [
            models.Index(fields=["urgency", "next_at"], condition=models.Q(state="waiting"), name="dispatch_due"),
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="dispatch_by_provider"),
            models.Index(fields=["resident_id"], name="dispatch_by_resident"),
        ]
